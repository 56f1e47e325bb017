"""What may be set in a workspace, and which values can be.

Everything a local procedure may decide (visit intervals, capacities, thresholds) is a setting here; what statute
decides is in `measures`.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

WHOLE_AUTHORITY = "whole_authority"
"""The unit code of a brief for everyone, where no roster says who holds whom."""

_SECRET = re.compile(r"^(?:env:[A-Za-z_][A-Za-z0-9_]*|keyring:[^/\s]+/[^/\s]+)$")

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]

CaseStatus = Literal[
    "looked_after", "child_protection_plan", "child_in_need_plan", "open_assessment", "child_in_need", "early_help"
]


class Section(BaseModel):
    """A settings table: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Authority(Section):
    """Whose workspace this is."""

    name: str
    code: str = Field(pattern=r"^\d{3}$", description="the authority's three-digit DfE number, as returns carry it")
    child_population: int | None = Field(default=None, ge=1, description="children under 18 (ONS mid-year estimate)")
    synthetic: bool = False
    synthetic_until: date | None = Field(
        default=None, description="the last day that a synthetic authority was made up to, which may be a coming one"
    )

    def today(self, day: date) -> date:
        """The day that it is here on a day of the clock.

        Nobody waits for the Mondays of a synthetic authority: where it was made up to a later day than the clock's,
        that day is over.
        """
        if not self.synthetic or self.synthetic_until is None:
            return day
        return max(day, self.synthetic_until + timedelta(days=1))


class Returns(Section):
    """What the headers of statutory returns are expected to say; unset means that any year is taken."""

    cin_census_years: tuple[int, ...] = ()
    ssda903_years: tuple[int, ...] = ()


class Unit(Section):
    """A social work unit. Names and segments are configuration: the default set is illustrative."""

    code: Code
    name: str
    segments: tuple[Code, ...] = Field(default=(), description="segments the unit specialises in; empty means any")
    takes: tuple[Code, ...] = Field(
        default=(), description="segments whose families may be proposed to the unit at all; empty means any"
    )
    capacity_children: int | None = Field(
        default=None, ge=1, description="children the unit can hold; unset means from FTE"
    )

    @model_validator(mode="after")
    def _takes_what_it_leans_to(self) -> Unit:
        outside = sorted(set(self.segments) - set(self.takes)) if self.takes else []
        if outside:
            message = f"unit {self.code} leans to {', '.join(outside)}, which it does not take"
            raise ValueError(message)
        return self


class Caseload(Section):
    """How much one full-time worker may hold."""

    children_per_fte: float = Field(default=17.0, gt=0, description="agreed cap of children for one FTE")
    newly_qualified_share: float = Field(default=0.6, gt=0, le=1)
    protected_headroom: float = Field(default=0.05, ge=0, lt=1, description="share of capacity kept free")
    points: dict[CaseStatus, Annotated[float, Field(gt=0, le=10)]] = Field(
        default_factory=dict, description="places that a child of a status takes up; 1 where none is given"
    )


class Clocks(Section):
    """Local intervals, where statute leaves them to local procedure. `approved_by` names who decided."""

    child_protection_visit_working_days: int = Field(default=10, ge=1)
    child_in_need_visit_working_days: int = Field(default=20, ge=1)
    core_group_weeks: int = Field(default=6, ge=1)
    child_in_need_review_weeks: int = Field(default=13, ge=1)
    supervision_working_days: int = Field(default=20, ge=1)
    approved_by: str = "not yet approved: illustrative defaults"


class DecisionPoints(Section):
    """When a manager looks at what stays open: local practice, with who approved it."""

    child_protection_months: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(9, 15), min_length=1)
    child_in_need_months: int = Field(default=12, ge=1)
    section_20_months: int = Field(default=6, ge=1)
    pre_proceedings_weeks: int = Field(default=16, ge=1)
    assessment_working_days: tuple[Annotated[int, Field(ge=1, le=44)], ...] = Field(default=(10, 25, 35), min_length=1)
    worker_changes: int = Field(default=2, ge=1, description="so many changes of lead practitioner in 12 months")
    approved_by: str = "not yet approved: illustrative defaults"

    @field_validator("child_protection_months", "assessment_working_days")
    @classmethod
    def _rises(cls, given: tuple[int, ...]) -> tuple[int, ...]:
        if list(given) != sorted(set(given)):
            message = "give each point once, the earliest first"
            raise ValueError(message)
        return given


class Segmentation(Section):
    """How families are grouped by need."""

    n_classes: int = Field(default=4, ge=1, le=12)
    most_classes: int = Field(default=12, ge=1, le=20, description="1 to so many classes are compared in a review")
    n_refits: int = Field(default=100, ge=1, description="draws with which a candidate's stability is tried")
    n_starts: int = Field(default=20, ge=1)
    prior_families: float = Field(
        default=10, ge=0, description="families who answer as all do, added to each segment in a fit; 0 adds none"
    )
    random_state: int = 0
    unclear_below: float = Field(default=0.6, ge=0, le=1, description="a family fits no one segment clearly below this")
    keep_odds: float = Field(
        default=1.5,
        ge=1,
        description="after a refit a family keeps its segment unless another is more than so many times as likely",
    )
    leaving_cost: float = Field(
        default=0.3, ge=0, description="what moving a family from its unit costs, in probability"
    )
    review_weeks: int = Field(
        default=13,
        ge=1,
        description="a family may be proposed another unit if a need was newly recorded, or ended, since so long",
    )
    factor_lookback_days: int = Field(default=730, ge=1, description="how far back evidence of a need counts")


class Thresholds(Section):
    """When figures may speak."""

    families_for_insight: int = Field(default=10, ge=10, description="an insight is about at least so many families")
    too_few_events: int = Field(default=5, ge=1)
    stale_days: int = Field(default=14, ge=1, description="a weekly source older than this is old")
    case_system_stale_working_days: int = Field(default=3, ge=1)
    rows_fall_share: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="a full delivery that shrinks more is held, where its contract states no limit",
    )


class Disclosure(Section):
    """Which profile of small-number rules applies to what is published."""

    profile: Literal["dfe", "nhs", "opensafely", "local"] = "local"


class Briefs(Section):
    """How briefs are made."""

    worklist_days: int = Field(default=7, ge=1, le=14, description="days after which a worklist expires")
    workers: int | None = Field(default=None, ge=1, description="briefs made side by side; unset means by cores")
    timeout_seconds: int = Field(default=600, ge=10, description="longest time for one brief's notebook")
    memory_mb: int = Field(default=2048, ge=256, description="memory that one brief's notebook may take (on Linux)")
    pages_beside: tuple[Literal["managers", "digest_and_data_note", "evidence"], ...] = Field(
        default=("managers", "digest_and_data_note", "evidence"), description="pages made beside briefs and worklists"
    )
    contact: str = "your unit's analyst"
    place: str = Field(
        default="", max_length=200, description="where readers find the released folder, for the mail that says so"
    )
    feedback_address: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})?$",
        description="mailbox for answers to findings; without one they are ticked on paper",
    )


MEANS = ("workers", "timeout_seconds", "memory_mb")
"""Settings of `briefs` that say with what they are made, and not what is in them."""


class Storage(Section):
    """Where the lake is: a folder name in the workspace, or any URI that delta-rs opens."""

    lake: str = "lake"


class Connection(Section):
    """A reporting database that may be read. Its password is referred to, never written into the file."""

    driver: Literal["postgresql", "sqlserver", "oracle"]
    host: str = Field(pattern=r"^[A-Za-z0-9._:/\\-]+$")
    port: int | None = Field(default=None, ge=1, le=65535)
    database: str = Field(pattern=r"^[A-Za-z0-9_.$ -]+$", description="database; for Oracle the service name")
    user: str = Field(default="", pattern=r"^[^;{}]*$", description="empty: sign in as the account that runs this")
    password: str = Field(default="", description="env:NAME or keyring:SERVICE/ENTRY")
    timeout_seconds: int = Field(default=300, ge=1, le=86_400, description="longest wait for a query")
    connect_seconds: int = Field(default=15, ge=2, le=600, description="longest wait for the server to answer")

    @field_validator("password")
    @classmethod
    def _is_a_reference(cls, given: str) -> str:
        if given and not _SECRET.match(given):
            message = (
                "a password must not stand in this file; write env:NAME for an environment variable or "
                "keyring:SERVICE/ENTRY for an entry of the keyring (and change a password that stood here)"
            )
            raise ValueError(message)
        return given


class DatabaseSource(Section):
    """A source that is asked of a database: queries of the workspace, one for each table."""

    connection: Code
    query: str = Field(default="", description="file with the query, for a source of one table")
    queries: dict[str, str] = Field(default_factory=dict, description="files with queries, by table")
    as_of_column: str = Field(default="", description="column of the queries with the day they cover up to")

    @model_validator(mode="after")
    def _has_one_way(self) -> DatabaseSource:
        if bool(self.query) == bool(self.queries):
            message = "give either query (a file) or queries (a file for each table)"
            raise ValueError(message)
        return self


class Settings(Section):
    """Everything a workspace decides."""

    authority: Authority
    returns: Returns = Returns()
    units: tuple[Unit, ...] = ()
    caseload: Caseload = Caseload()
    clocks: Clocks = Clocks()
    decision_points: DecisionPoints = DecisionPoints()
    segmentation: Segmentation = Segmentation()
    segment_names: dict[Code, str] = Field(default_factory=dict, description="names that a person confirmed")
    thresholds: Thresholds = Thresholds()
    disclosure: Disclosure = Disclosure()
    briefs: Briefs = Briefs()
    storage: Storage = Storage()
    connections: dict[Code, Connection] = Field(default_factory=dict)
    databases: dict[Code, DatabaseSource] = Field(default_factory=dict, description="sources read from a database")

    @model_validator(mode="after")
    def _connections_are_there(self) -> Settings:
        for source, database in self.databases.items():
            if database.connection not in self.connections:
                message = f"databases.{source} names the connection {database.connection}, which is not described"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _codes_are_distinct(self) -> Settings:
        codes = [unit.code for unit in self.units]
        if len(codes) != len(set(codes)):
            message = "two units have the same code"
            raise ValueError(message)
        if WHOLE_AUTHORITY in codes:
            message = f"{WHOLE_AUTHORITY} is kept for the brief for everyone"
            raise ValueError(message)
        return self

    def fingerprint(self, *sections: str) -> str:
        """Hash of the sections named (all when none), for stages that must run again when one changes.

        How long a notebook may take, and within what, changes nothing that is made, so it does not count; nor does
        how far a synthetic authority was made up to.
        """
        data = self.model_dump(mode="json")
        del data["authority"]["synthetic_until"]
        data["briefs"] = {name: value for name, value in data["briefs"].items() if name not in MEANS}
        chosen = {name: data[name] for name in sections} if sections else data
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]

    def within(self, present: Settings) -> Settings:
        """These settings, as a week keeps them, with the means of today: workers, time limit and memory."""
        means = {name: getattr(present.briefs, name) for name in MEANS}
        return self.model_copy(update={"briefs": self.briefs.model_copy(update=means)})

    def unit_name(self, code: str) -> str:
        """A unit's name for people."""
        if code == WHOLE_AUTHORITY:
            return self.authority.name
        return next((unit.name for unit in self.units if unit.code == code), code.replace("_", " ").capitalize())
