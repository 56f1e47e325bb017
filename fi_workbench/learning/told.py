"""What people told about briefs: which findings were shown, what was said of each, and what changed because of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.learning.replies import ANSWERS

CODES = "feedback_codes"
"""Kind of decision: the codes of a released week. Subject: the week."""
FEEDBACK = "feedback"
"""Kind of decision: a file of replies was read. Subject: the hash of its bytes."""
RESPONSE = "feedback_response"
"""Kind of decision: what changed because of a reply. Subject: the code."""

SHOWN_WEEKS = 4
"""A brief looks back on so many weeks of briefs: what was said late, and what was changed late, still comes."""

FINDINGS = {
    "code": pl.String(),
    "unit": pl.String(),
    "week": pl.String(),
    "section": pl.String(),
    "finding": pl.String(),
    "sentence": pl.String(),
}
REPLIES = {"code": pl.String(), "answer": pl.String(), "known_by": pl.String(), "imported_on": pl.Date()}
UNIT_FEEDBACK = {
    "unit": pl.String(),
    "code": pl.String(),
    "shown_in": pl.String(),
    "section": pl.String(),
    "sentence": pl.String(),
    "n_useful": pl.Int64(),
    "n_wrong": pl.Int64(),
    "n_acted_on": pl.Int64(),
    "changed": pl.String(),
    "changed_on": pl.Date(),
}


def findings_shown(codes: pl.DataFrame) -> pl.DataFrame:
    """Every finding of every released brief.

    Args:
        codes: decisions of kind `feedback_codes`; of a week released twice, the later one adds and corrects.

    Returns:
        GRAIN one row per code: `FINDINGS`, sorted by code.
    """
    rows: dict[str, dict[str, Any]] = {}
    for week, text in codes.select("subject", "decision").iter_rows():
        for code, told in json.loads(text)["codes"].items():
            rows[code] = {"code": code, "week": week, **told}
    return pl.DataFrame(list(rows.values()), schema=FINDINGS).sort("code")


def replies_accepted(feedback: pl.DataFrame) -> pl.DataFrame:
    """Every reply that counts.

    Args:
        feedback: decisions of kind `feedback`.

    Returns:
        GRAIN one row per reply: `REPLIES`, in the order of import.
    """
    rows = [
        {"code": code, "answer": answer, "known_by": known_by, "imported_on": at.date()}
        for text, at in feedback.select("decision", "at").iter_rows()
        for code, answer, known_by in json.loads(text)["replies"]
    ]
    return pl.DataFrame(rows, schema=REPLIES)


def responses(decisions: pl.DataFrame) -> dict[str, tuple[str, date]]:
    """By code, what changed because of what was said of it, and when that was written; the last one counts."""
    return {
        code: (json.loads(text)["changed"], at.date())
        for code, text, at in decisions.select("subject", "decision", "at").iter_rows()
    }


def unit_feedback(
    findings: pl.DataFrame, replies: pl.DataFrame, changed: Mapping[str, tuple[str, date]], *, week: ReportingWeek
) -> pl.DataFrame:
    """What was said of the findings of the last weeks' briefs, and what changed because of it.

    Args:
        findings: as `findings_shown`.
        replies: as `replies_accepted`.
        changed: as `responses`.
        week: the week whose brief will open with this.

    Returns:
        Contract `unit_feedback`: one row per unit and code of the last `SHOWN_WEEKS` weeks that were released, with
        numbers of replies (0 where nobody answered), sorted.
    """
    first = str(week.shift(-SHOWN_WEEKS))
    recent = findings.filter(pl.col("week") >= first, pl.col("week") < str(week))
    counts = replies.group_by("code").agg(
        (pl.col("answer") == answer).sum().cast(pl.Int64).alias(f"n_{answer}") for answer in ANSWERS
    )
    said = pl.DataFrame(
        [{"code": code, "changed": text, "changed_on": on} for code, (text, on) in changed.items()],
        schema={name: UNIT_FEEDBACK[name] for name in ("code", "changed", "changed_on")},
    )
    return (
        recent.rename({"week": "shown_in"})
        .join(counts, on="code", how="left")
        .join(said, on="code", how="left")
        .with_columns(pl.col(f"n_{answer}").fill_null(0) for answer in ANSWERS)
        .select(list(UNIT_FEEDBACK))
        .sort("unit", "shown_in", "code", descending=[False, True, False])
    )
