"""All that a week's briefs are told by their readers: the one call that makes the room's tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.learning.asked import REQUEST, unit_requests
from fi_workbench.learning.decided import FINDING_DECISION, codes_coming_back, unit_finding_decisions
from fi_workbench.learning.notes import NOTE, practice_notes
from fi_workbench.learning.told import (
    CODES,
    FEEDBACK,
    RESPONSE,
    SHOWN_WEEKS,
    findings_shown,
    replies_accepted,
    responses,
    unit_feedback,
)
from fi_workbench.learning.use import UNUSED_WEEKS, section_use

KINDS = (CODES, FEEDBACK, RESPONSE, REQUEST, FINDING_DECISION, NOTE)
"""Kinds of decisions that are read."""


@dataclass(frozen=True)
class Learning:
    """What readers said: each field is the table of its contract."""

    unit_feedback: pl.DataFrame
    unit_requests: pl.DataFrame
    unit_finding_decisions: pl.DataFrame
    practice_notes: pl.DataFrame
    section_use: pl.DataFrame

    def of_unit(self, unit: str) -> Learning:
        """What one unit is told: its own rows of the tables by unit, and the others whole."""
        own = {
            name: frame.filter(pl.col("unit") == unit) for name, frame in vars(self).items() if "unit" in frame.columns
        }
        return replace(self, **own)


WRITES: tuple[str, ...] = tuple(field.name for field in fields(Learning))


def learn(decisions: Mapping[str, pl.DataFrame], *, week: ReportingWeek, units: Mapping[str, str]) -> Learning:
    """Work out what a week's briefs open with.

    Args:
        decisions: by kind of `KINDS`, the lake's decisions as known at the week's pin.
        week: the reporting week.
        units: the units' names by code.

    Returns:
        The tables of `WRITES`.
    """
    as_at = week.sunday
    coming_back = codes_coming_back(decisions[FINDING_DECISION], as_at=as_at)
    findings = findings_shown(_looked_back_on(decisions[CODES], week, coming_back))
    replies = replies_accepted(decisions[FEEDBACK])
    return Learning(
        unit_feedback=unit_feedback(findings, replies, responses(decisions[RESPONSE]), week=week),
        unit_requests=unit_requests(decisions[REQUEST], units=units, as_at=as_at),
        unit_finding_decisions=unit_finding_decisions(decisions[FINDING_DECISION], findings, as_at=as_at),
        practice_notes=practice_notes(decisions[NOTE], names=dict(units), as_at=as_at),
        section_use=section_use(findings, replies, week=week),
    )


def _looked_back_on(codes: pl.DataFrame, week: ReportingWeek, coming_back: Collection[str]) -> pl.DataFrame:
    """The codes that this week's briefs speak of: reading those of all years would cost more than all the rest.

    What was said is shown for some weeks, and a section's use is counted over some that were released; a decision comes
    back later than either.
    """
    before = codes.filter(pl.col("subject") < str(week))["subject"].unique().sort().tail(max(SHOWN_WEEKS, UNUSED_WEEKS))
    quoted = [f'"{code}"' for code in sorted(coming_back)]
    named = pl.col("decision").str.contains_any(quoted) if quoted else pl.lit(value=False)
    return codes.filter(pl.col("subject").is_in(before.to_list()) | named)
