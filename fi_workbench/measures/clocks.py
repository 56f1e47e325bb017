"""Every clock, defined once: what starts it, its limit, what stops it, who says so, and what it is never read from.

The day of the event is day 0. A visit is only ever read from a row of the visit list, never from a case note, a
meeting or an assessment. The census holds the start of a section 47 enquiry, not the strategy discussion that began
it, so that clock runs from a proxy and says so.

Source:
    Working Together to Safeguard Children; Care Planning, Placement and Case Review (England) Regulations 2010,
    regulations 28 and 33. Intervals that statute leaves to local procedure are settings, with who approved them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import polars as pl

from fi_workbench.calendar import add_working_days_expression
from fi_workbench.settings import Clocks

Unit = Literal["working days", "weeks", "months"]
Authority = Literal["regulation", "guidance", "local"]
Kind = Literal["visit", "meeting", "assessment", "supervision"]

VISITS, MEETINGS, SUPERVISION = ("visits",), ("meetings",), ("supervision",)
CENSUS, CARE, ROSTER = ("cin_census",), ("ssda903",), ("roster",)


@dataclass(frozen=True)
class Limit:
    """How long a step of a clock may take.

    Attributes:
        n: the number of units; for a local interval the value is put in from the settings.
        setting: the name of the local setting, empty where statute or guidance decides.
    """

    n: int
    unit: Unit
    setting: str = ""

    def due(self, start: pl.Expr) -> pl.Expr:
        """The due date for each start; null where a start is null or the calendar of working days lacks it."""
        if self.unit == "working days":
            return add_working_days_expression(start, self.n)
        return start.dt.offset_by(f"{self.n}{'w' if self.unit == 'weeks' else 'mo'}")

    def __str__(self) -> str:
        """As in a sentence."""
        return f"{self.n} {self.unit if self.n != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True)
class Clock:
    """One clock.

    Attributes:
        id: as in `unit_clocks`.
        label: for people.
        kind: what would stop it: a visit, a meeting, an end of an assessment, supervision.
        starts_on: what day 0 is.
        limits: of the first step, the second, and so on; the last one repeats.
        stops_on: what is looked for.
        authority: regulation, guidance or local.
        source: where it is written.
        feeds: sources it cannot do without; of each group, one is enough.
        in_force_from: the rule is known to have been in force from this day at the latest; None for a local setting.
        in_force_to: the last day it was in force, None while it is.
        never_from: what must never stand in for the event.
        note: what a reader has to know, as a sentence.
        approved_by: who approved a local interval.
    """

    id: str
    label: str
    kind: Kind
    starts_on: str
    limits: tuple[Limit, ...]
    stops_on: str
    authority: Authority
    source: str
    feeds: tuple[tuple[str, ...], ...]
    in_force_from: date | None
    in_force_to: date | None = None
    never_from: str = ""
    note: str = ""
    approved_by: str = ""
    repeats: bool = field(default=False)

    @property
    def rule(self) -> str:
        """The limit as a sentence."""
        first, *later = self.limits
        if not later:
            return f"{'Every' if self.repeats else 'Within'} {first} from {self.starts_on}."
        steps = "".join(f", then within {limit}" for limit in later)
        return f"Within {first} from {self.starts_on}{steps}."

    @property
    def rule_source(self) -> str:
        """Who says so, with who approved a local interval."""
        return f"{self.source} ({self.approved_by})" if self.approved_by else self.source

    def due(self, start: pl.Expr, step: pl.Expr) -> pl.Expr:
        """The due date of a step, counted from 0; later steps than the clock has take its last limit."""
        last = len(self.limits) - 1
        due = self.limits[last].due(start)
        for n, limit in reversed(list(enumerate(self.limits[:-1]))):
            due = pl.when(step == n).then(limit.due(start)).otherwise(due)
        return due


_GUIDANCE = "Working Together to Safeguard Children"
_CARE = "Care Planning, Placement and Case Review (England) Regulations 2010"
_LOCAL = "Local procedure"
_NO_VISIT_FROM = "case notes, meetings, assessments or contacts by other agencies"
_FROM = date(2013, 4, 15)

CLOCKS: tuple[Clock, ...] = (
    Clock(
        "assessment_from_referral",
        "Assessment, counted from the referral",
        "assessment",
        "the referral",
        (Limit(45, "working days"),),
        "the assessment is authorised",
        "guidance",
        _GUIDANCE,
        (CENSUS,),
        _FROM,
    ),
    Clock(
        "assessment_from_start",
        "Assessment, counted from its start",
        "assessment",
        "the start of the assessment",
        (Limit(45, "working days"),),
        "the assessment is authorised",
        "guidance",
        "DfE statistics, children in need census guide",
        (CENSUS,),
        _FROM,
        note="National figures count from the start of the assessment; guidance counts from the referral.",
    ),
    Clock(
        "section47_to_conference",
        "Section 47 enquiry to initial child protection conference",
        "meeting",
        "the start of the section 47 enquiry",
        (Limit(15, "working days"),),
        "the initial conference is held",
        "guidance",
        _GUIDANCE,
        (CENSUS,),
        _FROM,
        note="The start of the enquiry stands in for the strategy discussion, which the census does not hold.",
    ),
    Clock(
        "child_protection_review",
        "Child protection review",
        "meeting",
        "the start of the plan",
        (Limit(3, "months"), Limit(6, "months")),
        "a review conference is held",
        "guidance",
        _GUIDANCE,
        (CENSUS,),
        _FROM,
        note="A plan starts on the day of the initial conference.",
        repeats=True,
    ),
    Clock(
        "core_group",
        "Core group",
        "meeting",
        "the start of the plan",
        (Limit(10, "working days"), Limit(6, "weeks", "core_group_weeks")),
        "a core group is held",
        "local",
        _LOCAL,
        (MEETINGS, CENSUS),
        None,
        repeats=True,
    ),
    Clock(
        "child_protection_visit",
        "Child protection visit",
        "visit",
        "the start of the plan or the last visit",
        (Limit(10, "working days", "child_protection_visit_working_days"),),
        "a visit at which the child was seen",
        "local",
        _LOCAL,
        (VISITS, CENSUS),
        None,
        never_from=_NO_VISIT_FROM,
        repeats=True,
    ),
    Clock(
        "child_in_need_visit",
        "Child in need visit",
        "visit",
        "the start of the plan or the last visit",
        (Limit(20, "working days", "child_in_need_visit_working_days"),),
        "a visit at which the child was seen",
        "local",
        _LOCAL,
        (VISITS, CENSUS),
        None,
        never_from=_NO_VISIT_FROM,
        repeats=True,
    ),
    Clock(
        "child_in_need_review",
        "Child in need review",
        "meeting",
        "the start of the plan or the last review",
        (Limit(13, "weeks", "child_in_need_review_weeks"),),
        "a review is held",
        "local",
        _LOCAL,
        (MEETINGS, CENSUS),
        None,
        repeats=True,
    ),
    Clock(
        "looked_after_visit",
        "Looked after visit",
        "visit",
        "the start of the placement",
        (Limit(1, "weeks"), Limit(6, "weeks")),
        "a visit at which the child was seen",
        "regulation",
        f"{_CARE}, regulation 28, simplified",
        (VISITS, CARE),
        date(2011, 4, 1),
        never_from=_NO_VISIT_FROM,
        note="Adoption placements, short breaks and interim care orders at home have other clocks: left out.",
        repeats=True,
    ),
    Clock(
        "looked_after_review",
        "Looked after review",
        "meeting",
        "the day the child became looked after",
        (Limit(20, "working days"), Limit(3, "months"), Limit(6, "months")),
        "a review is held",
        "regulation",
        f"{_CARE}, regulation 33",
        (("meetings", "ssda903"), CARE),
        date(2011, 4, 1),
        note="Adoption placements and short breaks have other clocks: left out.",
        repeats=True,
    ),
    Clock(
        "supervision",
        "Supervision",
        "supervision",
        "the start in post or the last supervision",
        (Limit(20, "working days", "supervision_working_days"),),
        "supervision is held",
        "local",
        _LOCAL,
        (SUPERVISION, ROSTER),
        None,
        note="Informal and group supervision is not recorded. Never used for appraisal.",
        repeats=True,
    ),
)
"""The clocks with illustrative local intervals; `clocks_in_force` puts in those of the workspace."""


def clocks_in_force(settings: Clocks) -> Mapping[str, Clock]:
    """Take the clocks with the workspace's own intervals, by id.

    Example:
        >>> clocks_in_force(Clocks(core_group_weeks=4))["core_group"].rule
        'Within 10 working days from the start of the plan, then within 4 weeks.'
    """
    return {clock.id: _with(clock, settings) for clock in CLOCKS}


def _with(clock: Clock, settings: Clocks) -> Clock:
    limits = tuple(
        replace(limit, n=getattr(settings, limit.setting)) if limit.setting else limit for limit in clock.limits
    )
    local = clock.authority == "local"
    return replace(clock, limits=limits, approved_by=settings.approved_by if local else "")
