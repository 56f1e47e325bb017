"""Plans that have been open so long that someone has to decide what next: the points at which a manager looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources

VOLUNTARY = "V2"
"""Legal status of a child accommodated under section 20."""


@dataclass(frozen=True)
class Decision:
    """A point at which a plan needs a decision.

    Attributes:
        kind: kind of episode; `section_20` is read from legal statuses.
        after: how long it has been open, as polars writes it.
        before: how long at most; a longer one belongs to the next point.
        feed: the source it is read from, which must be recent.
        words: the beginning of the sentence.
    """

    id: str
    label: str
    kind: str
    after: str
    before: str
    feed: str
    words: str
    rule: str
    rule_source: str = "Local practice: illustrative, not yet approved"
    authority: str = "local"


DECISIONS: tuple[Decision, ...] = (
    Decision(
        "child_protection_plan_9_months",
        "Child protection plans open 9 months",
        "child_protection_plan",
        "9mo",
        "15mo",
        "cin_census",
        "Child protection plans open 9 to 15 months",
        "A child protection plan open 9 months needs a decision on what next.",
    ),
    Decision(
        "child_protection_plan_15_months",
        "Child protection plans open 15 months",
        "child_protection_plan",
        "15mo",
        "",
        "cin_census",
        "Child protection plans open 15 months or longer",
        "A child protection plan open 15 months needs a decision on what next.",
    ),
    Decision(
        "child_in_need_plan_12_months",
        "Child in need plans open 12 months",
        "child_in_need_plan",
        "12mo",
        "",
        "cin_census",
        "Child in need plans open 12 months or longer",
        "A child in need plan open 12 months needs a decision on what next.",
    ),
    Decision(
        "section_20_6_months",
        "Section 20 longer than 6 months",
        "section_20",
        "6mo",
        "",
        "ssda903",
        "Accommodated under section 20 for 6 months or longer",
        "Section 20 accommodation of 6 months needs a decision on permanence.",
    ),
    Decision(
        "pre_proceedings_16_weeks",
        "Pre-proceedings longer than 16 weeks",
        "pre_proceedings",
        "16w",
        "",
        "cin_census",
        "In pre-proceedings for 16 weeks or longer",
        "Pre-proceedings of 16 weeks need a decision on proceedings.",
    ),
)


def plans_to_decide(
    decision: Decision,
    frames: Mapping[str, pl.DataFrame],
    holders: Holders,
    sources: Sources,
    *,
    as_at: date,
) -> pl.DataFrame:
    """Find open plans that have reached a point, of open children.

    Args:
        decision: the point.
        frames: the tables of `READS`.
        holders: open children.
        sources: where the source is absent or old, nothing is found.
        as_at: the week's Sunday.

    Returns:
        One row per plan: `unit`, `person_id`, `family_id`, `on` (the day it began), `row_id`, sorted.
    """
    told = sources.why_not([[decision.feed]]) is None
    spells = _section_20(frames, holders, as_at) if decision.kind == "section_20" else _open(frames, decision, as_at)
    reached = spells.filter(pl.lit(told), pl.col("start").dt.offset_by(decision.after) <= as_at)
    if decision.before:
        reached = reached.filter(pl.col("start").dt.offset_by(decision.before) > as_at)
    return (
        reached.join(holders.children.select("person_id", "family_id", "unit"), on="person_id", maintain_order="left")
        .select("unit", "person_id", "family_id", "row_id", on="start")
        .sort("unit", "on", "person_id", "row_id")
    )


def _open(frames: Mapping[str, pl.DataFrame], decision: Decision, as_at: date) -> pl.DataFrame:
    return frames["episodes"].filter(
        pl.col("kind") == decision.kind,
        pl.col("start") <= as_at,
        pl.col("end").is_null() | (pl.col("end") > as_at),
    )


def _section_20(frames: Mapping[str, pl.DataFrame], holders: Holders, as_at: date) -> pl.DataFrame:
    """The current run of section 20 of each looked after child: it restarts when another legal status came between."""
    open_care = frames["episodes"].filter(
        pl.col("kind") == "looked_after",
        pl.col("start") <= as_at,
        pl.col("end").is_null() | (pl.col("end") > as_at),
    )
    ordered = (
        frames["ssda903_episodes"]
        .join(holders.references, left_on="child", right_on="case_reference", maintain_order="left")
        .join(open_care.select("person_id", care_start="start"), on="person_id", maintain_order="left")
        .filter(pl.col("decom") >= pl.col("care_start"), pl.col("decom") <= as_at)
        .sort("person_id", "decom")
    )
    voluntary = (pl.col("ls") == VOLUNTARY).fill_null(value=False)
    runs = ordered.with_columns(run=(~voluntary).cum_sum().over("person_id"), voluntary=voluntary)
    latest = runs.filter(pl.col("voluntary").last().over("person_id"), pl.col("voluntary"))
    return (
        latest.filter(pl.col("run") == pl.col("run").last().over("person_id"))
        .group_by("person_id", maintain_order=True)
        .agg(start=pl.col("decom").first(), row_id=pl.col("row_id").first())
    )
