"""Plans that have been open so long that someone has to decide what next: the points at which a manager looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.measures import proceedings
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.settings import DecisionPoints

VOLUNTARY = "V2"
"""Legal status of a child accommodated under section 20."""


@dataclass(frozen=True)
class Decision:
    """A point at which a plan needs a decision.

    Attributes:
        label: which plans, with how long at least; the beginning of the sentence, and a heading.
        kind: kind of episode; `section_20` and `care_proceedings` are read from legal statuses.
        after: how long it has been open, as polars writes it.
        before: how long at most; a longer one belongs to the next point.
        feed: the source it is read from, which must be recent.
        rule_source: who says so, with who approved it.
    """

    id: str
    label: str
    kind: str
    after: str
    before: str
    feed: str
    rule: str
    rule_source: str
    authority: str = "local"


def decisions_in_force(points: DecisionPoints) -> tuple[Decision, ...]:
    """The points of the workspace's settings, in the order in which a plan reaches them.

    Args:
        points: settings `decision_points`; who approved them stands in each rule's source.

    Example:
        >>> [decision.id for decision in decisions_in_force(DecisionPoints(child_protection_months=(9,)))][0]
        'child_protection_plan_9_months'
    """
    source = f"Local practice ({points.approved_by})"
    made = []
    for place, months in enumerate(points.child_protection_months):
        later = points.child_protection_months[place + 1 :]
        made.append(
            Decision(
                f"child_protection_plan_{months}_months",
                f"Child protection plans open {months} {f'to {later[0]} months' if later else 'months or longer'}",
                "child_protection_plan",
                f"{months}mo",
                f"{later[0]}mo" if later else "",
                "cin_census",
                f"A child protection plan open {months} months needs a decision on what next.",
                source,
            )
        )
    in_need, by_agreement, pre = points.child_in_need_months, points.section_20_months, points.pre_proceedings_weeks
    made += [
        Decision(
            f"child_in_need_plan_{in_need}_months",
            f"Child in need plans open {in_need} months or longer",
            "child_in_need_plan",
            f"{in_need}mo",
            "",
            "cin_census",
            f"A child in need plan open {in_need} months needs a decision on what next.",
            source,
        ),
        Decision(
            f"section_20_{by_agreement}_months",
            f"Accommodated under section 20 for {by_agreement} months or longer",
            "section_20",
            f"{by_agreement}mo",
            "",
            "ssda903",
            f"Section 20 accommodation of {by_agreement} months needs a decision on permanence.",
            source,
        ),
        Decision(
            f"pre_proceedings_{pre}_weeks",
            f"In pre-proceedings for {pre} weeks or longer",
            "pre_proceedings",
            f"{pre}w",
            "",
            "cin_census",
            f"Pre-proceedings of {pre} weeks need a decision on proceedings.",
            source,
        ),
        Decision(
            f"care_proceedings_{proceedings.WEEKS}_weeks",
            f"In care proceedings for {proceedings.WEEKS} weeks or longer",
            "care_proceedings",
            f"{proceedings.WEEKS}w",
            "",
            "ssda903",
            f"The court ends care proceedings within {proceedings.WEEKS} weeks of the application, or extends them. "
            "Where no application is recorded, the count is from the interim order, which came later.",
            "Children Act 1989, section 32",
            "regulation",
        ),
    ]
    return tuple(made)


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
    if decision.kind == "section_20":
        spells = _section_20(frames, holders, as_at)
    elif decision.kind == "care_proceedings":
        spells = _care_proceedings(frames, holders, as_at)
    else:
        spells = _open(frames, decision, as_at)
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


def _care_proceedings(frames: Mapping[str, pl.DataFrame], holders: Holders, as_at: date) -> pl.DataFrame:
    """Children under an interim care order; where no application is recorded, proceedings are older than they seem."""
    known = holders.references
    care = frames["ssda903_episodes"].join(known, left_on="child", right_on="case_reference", maintain_order="left")
    applications = frames["cin_pre_proceedings"].join(
        known, left_on="la_child_id", right_on="case_reference", maintain_order="left"
    )
    return proceedings.open_proceedings(care, applications, as_at=as_at)


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
