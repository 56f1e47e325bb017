"""All that a week's briefs are told by their readers: the one call that makes the room's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.learning.asked import REQUEST, unit_requests
from fi_workbench.learning.decided import FINDING_DECISION, unit_finding_decisions
from fi_workbench.learning.notes import NOTE, practice_notes
from fi_workbench.learning.told import (
    CODES,
    FEEDBACK,
    RESPONSE,
    findings_shown,
    replies_accepted,
    responses,
    unit_feedback,
)
from fi_workbench.learning.use import section_use

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
    findings = findings_shown(decisions[CODES])
    replies = replies_accepted(decisions[FEEDBACK])
    as_at = week.sunday
    return Learning(
        unit_feedback=unit_feedback(findings, replies, responses(decisions[RESPONSE]), week=week),
        unit_requests=unit_requests(decisions[REQUEST], units=units, as_at=as_at),
        unit_finding_decisions=unit_finding_decisions(decisions[FINDING_DECISION], findings, as_at=as_at),
        practice_notes=practice_notes(decisions[NOTE], names=dict(units), as_at=as_at),
        section_use=section_use(findings, replies, week=week),
    )
