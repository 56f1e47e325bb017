"""A week as a brief notebook sees it: its unit's released tables, one named call for each answer.

`open_week` is the rim of a notebook, so it reads the environment: which workspace, and which run when a brief is
made unattended. Everything that it shows has passed the gate for the audience `unit`.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar, TypeVar

import polars as pl

from fi_workbench import display
from fi_workbench.briefs.answering import answerable, learnt
from fi_workbench.briefs.due_lists import withheld
from fi_workbench.briefs.evidence_weeks import latest_evidence
from fi_workbench.briefs.handing import RememberedLake, WeekLake, taken
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import Catalogue, contracts_of
from fi_workbench.disclosure import Audience, Released, release
from fi_workbench.display import Head, MadeFrom, Section
from fi_workbench.display.prose import day
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.learning import Learning
from fi_workbench.settings import WHOLE_AUTHORITY, Settings, parse_settings, read_settings
from fi_workbench.store import Lake, Run

WORKSPACE_VARIABLE = "FI_WORKSPACE"
RUN_VARIABLE = "FI_RUN_ID"
"""Set by the engine: the run to show, and the sign that nobody watches, so that no picture is drawn for the screen."""

ERASED = "an erasure has taken away records that this week was first made from"
FRESHNESS = "source_freshness"
TABLES = (
    "unit_actions",
    "unit_changes",
    "unit_clocks",
    "unit_good_news",
    "unit_insights",
    "unit_journeys",
    "unit_limits",
    "unit_needs",
    "unit_overload",
    "unit_series",
    "unit_step_down",
    "unit_step_down_follow_up",
    "unit_step_down_help",
    "unit_workload",
)
"""The week's tables that a unit brief is made of."""
HELP_TABLES = ("evidence_questions", "evidence_cells", "evidence_expected")
EVIDENCE_TABLES = ("evidence_questions", "evidence_cells", "evidence_arms")
EVIDENCE_UNITS = "evidence_units"
"""What was worked out about kinds of help, in this week or in one of the weeks before it."""


@dataclass
class UnitWeek:
    """One unit's week. Each call gives one answer, ready to be shown; none computes anything.

    Attributes:
        unit: the unit's code, or `whole_authority`.
        week: the reporting week.
    """

    lake: WeekLake = field(repr=False)
    run: Run = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    settings: Settings = field(repr=False)
    week: ReportingWeek
    unit: str
    unattended: bool = False
    rows: dict[str, int] = field(default_factory=dict, repr=False)
    handed_learning: Learning | None = field(default=None, repr=False)
    _fresh: pl.DataFrame | None = field(default=None, repr=False)

    audience: ClassVar[Audience] = "unit"
    product: ClassVar[str] = "Monday brief"
    whole: ClassVar[bool] = False

    def heading(self) -> Head:
        """For whom, which week, and how the brief may be used."""
        monday, sunday = self.week.monday, self.week.sunday
        name = self.settings.unit_name(self.unit)
        return Head(
            title=f"{name}: {self.product}",
            unit=self.unit,
            unit_name=name,
            authority=self.settings.authority.name,
            week=str(self.week),
            week_words=f"Week of {_span(monday, sunday)}",
            audience=self.audience,
            audience_words=self.audience_words(),
            synthetic=self.settings.authority.synthetic,
            contact=self.settings.briefs.contact,
            dates=tuple(monday + timedelta(days=n) for n in range(15)),
        )

    def audience_words(self) -> str:
        """For whom it is, and how it may be used."""
        return (
            f"For everyone in the {'service' if self.unit == WHOLE_AUTHORITY else 'unit'}. It is about the work, "
            "not about any one family or worker. It is never used to judge anyone. Decisions stay with you."
        )

    def trust(self) -> Section:
        """One line: may this be used, and what is old or missing."""
        return self._shown(display.trust(self._freshness(), withheld=bool(self._withheld())))

    def learning(self) -> Section:
        """What was said of earlier briefs and what changed because of it, what was asked, and what others learnt."""
        known = self._learnt()
        frames = {
            "unit_feedback": known.unit_feedback,
            "unit_requests": known.unit_requests,
            "unit_finding_decisions": known.unit_finding_decisions,
            "practice_notes": known.practice_notes.filter(pl.col("from_unit") != self.unit),
        }
        self.rows |= {table: frame.height for table, frame in frames.items()}
        given = [self._gate(frame, table) for table, frame in frames.items()]
        return self._shown(display.told(*given, by_mail=bool(self.settings.briefs.feedback_address)))

    def _learnt(self) -> Learning:
        """What readers said, worked out once for all units where this one was handed its part."""
        if self.handed_learning is not None:
            return self.handed_learning
        return learnt(self.lake, self.run.pin, self.week, self.settings).of_unit(self.unit)

    def actions(self) -> Section:
        """What the unit may do this week; nothing that falls due when the case system's extract is too old."""
        why_not = self._withheld()
        released = self._released("unit_actions")
        if why_not:
            return self._shown(Section(key="actions", audience="unit", unit=self.unit, lead=why_not, level="stop"))
        return self._shown(display.actions(released))

    def _withheld(self) -> str:
        """Why what falls due is not said; empty where it may be."""
        most = self.settings.thresholds.case_system_stale_working_days
        return withheld(self._how_fresh(), self.week, most=most)

    def changes(self) -> Section:
        """What changed in who the unit works with, and whether it is more than chance."""
        return self._shown(display.changes(self._released("unit_changes"), self._released("unit_series")))

    def needs(self) -> Section:
        """What the families need."""
        return self._shown(display.needs(self._released("unit_needs")))

    def journeys(self) -> Section:
        """Where the families of a quarter ago are now."""
        return self._shown(display.journeys(self._released("unit_journeys")))

    def dates_kept(self) -> Section:
        """How the unit keeps its dates."""
        return self._shown(display.clocks(self._released("unit_clocks")))

    def insight(self) -> Section:
        """One pattern over ten families or more."""
        return self._shown(display.insight(self._released("unit_insights"), self._freshness()))

    def evidence(self) -> Section:
        """At most one figure on an intervention, where the last evidence that was worked out is firm enough."""
        found = latest_evidence(self.lake, self.week, self.run)
        if found is None:
            return self._shown(Section(key="evidence", audience="unit", unit=self.unit))
        questions, cells, arms = (self._from(found, table) for table in EVIDENCE_TABLES)
        held = self._read(found, EVIDENCE_UNITS).filter(pl.col("unit") == self.unit)
        segments = held.sort("n_families", "segment", descending=[True, False])["segment"].to_list()
        return self._shown(display.evidence_finding(questions, cells, arms, segments, as_at=found[0].sunday))

    def what_seems_to_help(self) -> Section:
        """What was worked out about kinds of help; that nothing was, or could be, is said."""
        found = latest_evidence(self.lake, self.week, self.run)
        if found is None:
            lead = "What seems to help was not worked out for this week."
            return self._unasked(Section(key="helping", audience="unit", unit=self.unit, lead=lead))
        shown = display.helping(*(self._from(found, table) for table in HELP_TABLES))
        return self._shown(shown) if shown.charts else self._unasked(shown)

    def _from(self, found: tuple[ReportingWeek, Run], table: str) -> Released:
        frame = self._read(found, table)
        self.rows[table] = frame.height
        return self._gate(frame, table)

    def _read(self, found: tuple[ReportingWeek, Run], table: str) -> pl.DataFrame:
        return self.lake.read_week_table(str(found[0]), table, found[1].run_id).drop("week")

    def step_down(self) -> Section:
        """Criteria for a talk about stepping down, met, not met and unknown."""
        return self._shown(display.step_down(self._released("unit_step_down")))

    def step_down_after(self) -> Section:
        """Who has not come back after stepping down, and who helps now."""
        given = [self._released(table) for table in ("unit_step_down_follow_up", "unit_step_down_help")]
        return self._shown(display.step_down_after(*given))

    def workload(self) -> Section:
        """What the unit carries against what it can hold, and an overload that lies ahead."""
        return self._shown(display.workload(self._released("unit_workload"), self._released("unit_overload")))

    def good_news(self) -> Section:
        """What went well."""
        return self._shown(display.good_news(self._released("unit_good_news")))

    def limits(self) -> Section:
        """What cannot be told this week."""
        return self._shown(display.limits(self._released("unit_limits")))

    def sources(self) -> Section:
        """Every source with how far it goes, and the rule behind each date."""
        shown = display.sources(self._freshness())
        rules = display.rules(self._released("unit_clocks"))
        kept = shown.tables if not rules.rows else (*shown.tables, rules)
        return self._shown(shown.model_copy(update={"tables": kept}))

    def made_from(self) -> MadeFrom:
        """What this brief was made from, so that it can be made again."""
        pin = self.run.pin
        return MadeFrom.of(
            {
                "Week": str(self.week),
                "Known up to": day(pin.as_of),
                "Pin": f"delivery {pin.load_id}, decision {pin.decision_id}",
                "Run": self.run.run_id,
                "Model": self.run.model_version or "none approved",
                "Settings": self.run.settings_fingerprint,
                "Code": f"fi_workbench {self.run.code_version}",
                **({"Since then": ERASED} if self.run.erasure_touched else {}),
            },
            self.rows,
            {pin.as_of, self.run.made_at.date()},
        )

    def _released(self, table: str) -> Released:
        frame = self.lake.read_week_table(str(self.week), table, self.run.run_id).filter(pl.col("unit") == self.unit)
        self.rows[table] = frame.height
        return self._gate(frame, table)

    def _how_fresh(self) -> pl.DataFrame:
        thresholds = self.settings.thresholds
        if self._fresh is None:  # asked for by three answers
            self._fresh = self.lake.source_freshness(
                self.run.pin, stale_days=thresholds.stale_days, at=self.week.sunday
            )
        self.rows[FRESHNESS] = self._fresh.height
        return self._fresh

    def _freshness(self) -> Released:
        return self._gate(self._how_fresh(), FRESHNESS)

    def _gate(self, frame: pl.DataFrame, table: str) -> Released:
        profile = self.settings.disclosure.profile
        return release(frame, self.catalogue.table(table), audience=self.audience, unit=self.unit, profile=profile)

    def _shown(self, section: Section) -> Section:
        tells_change = any(one.is_change for one in section.findings)
        coded = answerable(
            section,
            unit=self.unit,
            week=str(self.week),
            address=self.settings.briefs.feedback_address,
            shown=set(self._learnt().unit_feedback["code"]) if tells_change else (),
        )
        return self._unasked(coded)

    def _unasked(self, section: Section) -> Section:
        """A section as it is shown, without asking whether it was useful."""
        return section.without_pictures() if self.unattended else section


def open_week(week: str, unit: str, *, workspace: Path | str | None = None) -> UnitWeek:
    """Open a week of a workspace for one unit.

    Args:
        week: as 2026-W47.
        unit: the unit's code, or `whole_authority`.
        workspace: the workspace's folder; otherwise that of FI_WORKSPACE, otherwise ./workspace.

    Raises:
        WrongUseError: the week or the unit cannot be.
        BriefError: the week has not been made.
    """
    return opened(UnitWeek, week, unit, workspace)


Kind = TypeVar("Kind", bound=UnitWeek)


def opened(kind: type[Kind], week: str, unit: str, workspace: Path | str | None) -> Kind:
    """Open a week as one kind of product sees it."""
    folder = Path(workspace or os.environ.get(WORKSPACE_VARIABLE) or "workspace")
    chosen = ReportingWeek.parse(week)
    catalogue = contracts_of(folder)
    wanted = os.environ.get(RUN_VARIABLE, "")
    handed = taken(folder, str(chosen), unit, wanted)
    if handed is not None:
        remembered = RememberedLake(lambda: open_lake(folder, read_settings(folder), catalogue), handed.answers)
        told = handed.learning
        return kind(
            remembered, handed.run, catalogue, handed.settings, chosen, unit, unattended=True, handed_learning=told
        )
    lake = open_lake(folder, read_settings(folder), catalogue)
    runs = [run for run in lake.runs(str(chosen)) if run.run_id == wanted] if wanted else []
    run = runs[0] if runs else lake.current_run(str(chosen))
    if run is None:
        raise BriefError(
            "This week has not been made.", where=week, next_step=f"Run `fi-workbench weekly --week {chosen}` first."
        )
    settings = settings_of(run)
    known = units_of(lake, chosen, run)
    if unit not in known and not (kind.whole and unit == WHOLE_AUTHORITY):
        raise WrongUseError("There is no such unit in this week.", where=unit, next_step="Units: " + ", ".join(known))
    return kind(lake, run, catalogue, settings, chosen, unit, unattended=bool(wanted))


def open_lake(folder: Path, settings: Settings, catalogue: Catalogue) -> Lake:
    """The lake of a workspace."""
    where = settings.storage.lake
    return Lake.open(where if "://" in where else folder / where, catalogue)


def settings_of(run: Run) -> Settings:
    """The settings that a run was opened with."""
    return parse_settings(tomllib.loads(run.settings_text), where=f"settings of run {run.run_id}")


def units_of(lake: WeekLake, week: ReportingWeek, run: Run) -> tuple[str, ...]:
    """The units that a brief can be made for, in order: those in which the roster has somebody.

    A unit of the settings that has neither worker nor family, as after it was given another code, would have a brief
    that says all is well. Where no roster is loaded, the whole authority is the only one.
    """
    return tuple(sorted(lake.read_week_table(str(week), "unit_workload", run.run_id)["unit"].to_list()))


def _span(first: date, last: date) -> str:
    """The days of a week, with the year of each where it goes over the turn of one."""
    if first.year != last.year:
        return f"{day(first)} to {day(last)}"
    if first.month == last.month:
        return f"{first.day} to {day(last)}"
    return f"{first.day} {first:%B} to {day(last)}"
