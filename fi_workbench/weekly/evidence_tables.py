"""The stored tables of evidence: what they are made from, how often, and an estimate laid out as their rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from fi_workbench import needs
from fi_workbench.matching.cohort import READS as COHORT_READS

if TYPE_CHECKING:
    from fi_workbench.matching.effects import Effects  # scikit-learn, which only the estimates need

_HOLDERS = ("child_status", "family_status", "status_history", "roster", "people")
READS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(name for name in COHORT_READS if name != "need_profiles"),
            *needs.READS,
            *_HOLDERS,
            "allocations",
            "segment_memberships",
            "cin_disabilities",
        )
    )
)
WRITES: tuple[str, ...] = (
    "evidence_questions",
    "evidence_cells",
    "evidence_expected",
    "evidence_arms",
    "evidence_balance",
    "evidence_observed",
    "evidence_offers",
    "evidence_years",
    "evidence_units",
)
EVERY_DAYS = 28
"""Evidence younger than this is not worked out again by a weekly run."""
ALL = "all"
ALL_WORDS = "all families"
NOT_GROUPED = "not_grouped"
_ARM_KEYS = ("arm",)
_CONTROL = ("n", "difference", "low", "high", "passed", "said")


def cell_rows(told: Effects, question: str, names: Mapping[str, str], segments: Mapping[str, str]) -> pl.DataFrame:
    """Rows of contract `evidence_cells`. GRAIN one row per arm and segment, and per arm over all families."""
    return _keyed(told.cells, question, names, segments)


def expected_rows(told: Effects, question: str, names: Mapping[str, str], segments: Mapping[str, str]) -> pl.DataFrame:
    """Rows of contract `evidence_expected`. GRAIN one row per arm and segment, and per arm over all families."""
    return _keyed(told.expected, question, names, segments)


def _keyed(frame: pl.DataFrame, question: str, names: Mapping[str, str], segments: Mapping[str, str]) -> pl.DataFrame:
    segment = pl.when("whole").then(pl.lit(ALL)).otherwise(pl.col("segment"))
    words = {ALL: ALL_WORDS, NOT_GROUPED: "nothing known to group by"} | dict(segments)
    return finite(frame).select(
        pl.lit(question).alias("question"),
        "arm",
        segment.alias("segment"),
        "whole",
        pl.col("arm").replace_strict(dict(names), default=pl.col("arm")).alias("name"),
        segment.replace_strict(words, default=segment).alias("segment_name"),
        *[name for name in frame.columns if name not in {"arm", "segment", "whole"}],
    )


def arm_rows(told: Effects, question: str, names: Mapping[str, str], costs: pl.DataFrame) -> pl.DataFrame:
    """Rows of contract `evidence_arms`, with `costs` as the effects' own `costs` makes them. GRAIN one row per arm."""
    had = told.overlap.filter(pl.col("group") == "had it")
    others = told.overlap.filter(pl.col("group") != "had it")
    chances = had.select(
        "arm", median_had="median", effective_families="effective_families", largest_weight="largest_weight"
    ).join(others.select("arm", median_not="median"), on=_ARM_KEYS, how="left")
    lacks = told.lacks_overlap.select("arm", lacks_overlap="share", lacks_sentence="sentence")
    placebo = told.placebo.select("arm", placebo_beyond="share_beyond")
    controlled = told.negative_control.select("arm", *(pl.col(name).alias(f"control_{name}") for name in _CONTROL))
    observed = told.observed.group_by("arm").agg(observed_largest=pl.col("e_value").max())
    made = lacks.with_columns(question=pl.lit(question))
    paid = costs.select(
        "arm",
        unit_cost="cost",
        cost_per_outcome="per_outcome",
        cost_low="low",
        cost_high="high",
        cost_reason=pl.col("reason").replace("", None),
    )
    for part in (chances, placebo, observed, controlled, told.published, paid):
        made = made.join(part, on=_ARM_KEYS, how="left", maintain_order="left")
    named = made.with_columns(name=pl.col("arm").replace_strict(dict(names), default=pl.col("arm")))
    return finite(named)


def finite(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers that are none, or endless, become empty."""
    return frame.with_columns(pl.when(cs.float().is_finite()).then(cs.float()))


def is_due(last: date | None, as_at: date) -> bool:
    """Whether evidence is to be worked out for a week, given the last day that it was worked out for.

    Example:
        >>> is_due(None, date(2026, 11, 22)), is_due(date(2026, 11, 1), date(2026, 11, 22))
        (True, False)
    """
    return last is None or as_at - last >= timedelta(days=EVERY_DAYS)
