"""Decisions on findings: who decided what, and the day on which it is looked at again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

FINDING_DECISION = "finding_decision"
"""Kind of decision: something was decided on a finding. Subject: the finding's code."""

COME_BACK_WEEKS = (4, 13)
"""A decision comes back in the brief after so many weeks: soon enough to mend, late enough to have worked."""

UNIT_FINDING_DECISIONS = {
    "unit": pl.String(),
    "number": pl.Int64(),
    "code": pl.String(),
    "sentence": pl.String(),
    "decision": pl.String(),
    "role": pl.String(),
    "decided_by": pl.String(),
    "decided_on": pl.Date(),
    "review_on": pl.Date(),
    "why_now": pl.String(),
}


def unit_finding_decisions(decisions: pl.DataFrame, findings: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Decisions that come back in this week's brief.

    A brief is read in the week after its own. A decision comes back in the brief whose reading week holds the day
    4 or 13 weeks after it was made, or the review day that was set.

    Args:
        decisions: of kind `finding_decision`.
        findings: as `told.findings_shown`, for the unit and the sentence of each code.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_finding_decisions`: one row per decision that comes back, sorted. `decided_by` is a name and
        stays with the analyst; the brief says the role.
    """
    shown: Mapping[str, Any] = {row["code"]: row for row in findings.iter_rows(named=True)}
    rows = []
    for number, code, text, by, at in decisions.select("decision_id", "subject", "decision", "by", "at").iter_rows():
        told = json.loads(text)
        review_on = date.fromisoformat(told["review_on"])
        why = _why_now(at.date(), review_on, as_at)
        if why and code in shown:
            rows.append(
                {
                    "unit": shown[code]["unit"],
                    "number": number,
                    "code": code,
                    "sentence": shown[code]["sentence"],
                    "decision": told["decision"],
                    "role": told["role"],
                    "decided_by": by,
                    "decided_on": at.date(),
                    "review_on": review_on,
                    "why_now": why,
                }
            )
    return pl.DataFrame(rows, schema=UNIT_FINDING_DECISIONS, orient="row").sort("unit", "number")


def codes_coming_back(decisions: pl.DataFrame, *, as_at: date) -> frozenset[str]:
    """Codes of the findings whose decisions come back in this week's brief.

    Args:
        decisions: of kind `finding_decision`.
        as_at: the week's Sunday.
    """
    return frozenset(
        code
        for code, text, at in decisions.select("subject", "decision", "at").iter_rows()
        if _why_now(at.date(), date.fromisoformat(json.loads(text)["review_on"]), as_at)
    )


def first_review(decided_on: date) -> date:
    """The review day where none is set: the first day on which it would come back anyway."""
    return decided_on + timedelta(weeks=COME_BACK_WEEKS[0])


def _why_now(decided_on: date, review_on: date, as_at: date) -> str:
    def is_now(day: date) -> bool:
        return as_at < day <= as_at + timedelta(days=7)

    for weeks in COME_BACK_WEEKS:
        if is_now(decided_on + timedelta(weeks=weeks)):
            return f"after_{weeks}_weeks"
    return "review_day" if is_now(review_on) else ""
