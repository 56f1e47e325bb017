"""What the manager of a unit looks at, child by child: by its date alone, never by worker.

Source:
    What a manager watches: assessments at working days 10, 25 and 35 and those past day 45, conferences and hearings of
    four weeks, children without a worker, plans that need a decision, changes of worker. The points are settings, with
    who approved them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.calendar import working_days_between_expression
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.decisions import Decision, decisions_in_force, plans_to_decide
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.standing import NO_RECORD, NOT_COVERED, TO_COME
from fi_workbench.measures.unallocated import LEAD, RULE, RULE_SOURCE, without_lead_practitioner
from fi_workbench.measures.worklist import hearings_ahead
from fi_workbench.settings import DecisionPoints

AHEAD_DAYS = 28
LAST_WORKING_DAY = 45
"""By when guidance wants an assessment to be done."""
CHANGES_WITHIN = "12mo"
CONFERENCES = ("section47_to_conference", "child_protection_review")

MANAGER_ITEMS = {
    "unit": pl.String(),
    "kind": pl.String(),
    "case_reference": pl.String(),
    "on_day": pl.Date(),
    "n": pl.Int64(),
    "worker_id": pl.String(),
    "label": pl.String(),
    "rule": pl.String(),
    "rule_source": pl.String(),
    "as_of": pl.Date(),
    "trace": pl.String(),
}
_KEY = ("unit", "kind", "case_reference", "on_day")
_HOLDER = ("person_id", "unit", "case_reference", "worker_id")


def manager_items(
    frames: Mapping[str, pl.DataFrame],
    open_steps: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    points: DecisionPoints,
    *,
    as_at: date,
) -> pl.DataFrame:
    """List, for each unit, what its manager looks at this week.

    Args:
        frames: the tables of `READS`.
        open_steps: as `standing.standing` makes them.
        clocks: as `clocks_in_force` gives them.
        holders: open children with unit and worker.
        sources: an item whose source is absent or old is not listed; `unit_limits` says so.
        points: settings `decision_points`.
        as_at: the week's Sunday.

    Returns:
        Contract `manager_items`: one row per unit, kind, child and date, sorted by key. `on_day` is the day it began or
        falls due; `n` counts days waiting, working days since a referral, or changes of worker.
    """
    local = f"Local practice ({points.approved_by})"
    held = holders.children.select(_HOLDER)
    parts = [
        _undecided(open_steps, clocks["referral_decision"], sources, as_at),
        _unallocated(frames, holders, sources, as_at),
        _assessments(open_steps, clocks["assessment_from_referral"], sources, points, local, as_at),
        _meetings(frames["meetings"], open_steps, clocks, holders, sources, as_at),
        *[_decision(frames, decision, held, holders, sources, as_at) for decision in decisions_in_force(points)],
        _changes(frames, holders, sources, points, local, as_at),
    ]
    return (
        pl.concat([_shaped(part) for part in parts])
        .drop_nulls("unit")
        .sort(*_KEY, "trace")
        .unique(_KEY, keep="first", maintain_order=True)
    )


def _shaped(part: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in MANAGER_ITEMS.items() if name not in part.columns]
    return part.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in MANAGER_ITEMS.items())


def _undecided(open_steps: pl.DataFrame, clock: Clock, sources: Sources, as_at: date) -> pl.DataFrame:
    """Referrals past their day without a recorded decision, with the working days since."""
    labels = {
        NO_RECORD: "No decision recorded on a referral",
        NOT_COVERED: "Decision on a referral due after our records end",
    }
    waiting = open_steps.filter(pl.col("clock") == clock.id, pl.col("state").is_in(list(labels)))
    return waiting.select(
        "unit",
        "case_reference",
        "worker_id",
        kind=pl.lit(clock.id),
        on_day="start",
        n=working_days_between_expression(pl.col("start"), pl.lit(as_at)),
        label=pl.col("state").replace_strict(labels, return_dtype=pl.String),
        rule=pl.lit(clock.rule),
        rule_source=pl.lit(clock.rule_source),
        as_of=pl.lit(sources.reach(clock.feeds), pl.Date),
        trace="row_id",
    )


def _unallocated(frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, as_at: date) -> pl.DataFrame:
    waiting = without_lead_practitioner(frames, holders, sources, as_at=as_at)
    return waiting.select(
        "unit",
        "case_reference",
        kind=pl.lit("without_lead_practitioner"),
        on_day="without_since",
        n=(pl.lit(as_at) - pl.col("without_since")).dt.total_days(),
        label=pl.lit("No lead practitioner recorded"),
        rule=pl.lit(RULE),
        rule_source=pl.lit(RULE_SOURCE),
        as_of=pl.lit(sources["allocations"].covers_to, pl.Date),
    )


def _assessments(
    open_steps: pl.DataFrame, clock: Clock, sources: Sources, points: DecisionPoints, local: str, as_at: date
) -> pl.DataFrame:
    """Open assessments that have reached a working day to look at them: the last day reached, which may be day 45."""
    days = working_days_between_expression(pl.col("start"), pl.lit(as_at))
    reached = pl.lit(None, pl.Int64)
    for point in points.assessment_working_days:
        reached = pl.when(pl.col("n") >= point).then(point).otherwise(reached)
    listed = ", ".join(map(str, points.assessment_working_days))
    return (
        open_steps.filter(pl.col("clock") == clock.id)
        .with_columns(n=days, past=pl.col("state") != TO_COME)
        .with_columns(reached=pl.when("past").then(LAST_WORKING_DAY).otherwise(reached))
        .drop_nulls("reached")
        .select(
            "unit",
            "case_reference",
            "worker_id",
            "n",
            kind=pl.format("assessment_day_{}", "reached"),
            on_day="due",
            label=pl.when(pl.col("state") == NOT_COVERED)
            .then(pl.format("Working day {} reached after our records end", "reached"))
            .otherwise(pl.format("Working day {} reached, no end recorded", "reached")),
            rule=pl.when("past")
            .then(pl.lit(clock.rule))
            .otherwise(pl.lit(f"An open assessment is looked at on working days {listed}. {clock.rule}")),
            rule_source=pl.when("past").then(pl.lit(clock.rule_source)).otherwise(pl.lit(local)),
            as_of=pl.lit(sources.reach(clock.feeds), pl.Date),
            trace="row_id",
        )
    )


def _meetings(
    meetings: pl.DataFrame,
    open_steps: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    as_at: date,
) -> pl.DataFrame:
    """Conferences that fall due in four weeks or have no record by their date, and hearings of four weeks."""
    horizon = as_at + timedelta(days=AHEAD_DAYS)
    columns = (
        "unit",
        "case_reference",
        "worker_id",
        "kind",
        "on_day",
        "label",
        "rule",
        "rule_source",
        "as_of",
        "trace",
    )
    made = []
    for name in CONFERENCES:
        clock = clocks[name]
        item = clock.item[0].upper() + clock.item[1:]
        labels = {
            NO_RECORD: f"No record of the {clock.item} by its date",
            NOT_COVERED: f"{item} due after our records end",
            TO_COME: item,
        }
        made.append(
            open_steps.filter(pl.col("clock") == name, pl.col("due") <= horizon)
            .with_columns(
                kind=pl.lit("conference"),
                on_day="due",
                label=pl.col("state").replace_strict(labels, return_dtype=pl.String),
                rule=pl.lit(clock.rule),
                rule_source=pl.lit(clock.rule_source),
                as_of=pl.lit(sources.reach(clock.feeds), pl.Date),
                trace="row_id",
            )
            .select(columns)
        )
    hearings = hearings_ahead(meetings, holders, sources, as_at=as_at, horizon=horizon)
    made.append(
        hearings.with_columns(
            case_reference="child_id",
            kind=pl.lit("hearing"),
            on_day="due_date",
            label=pl.lit("Court hearing"),
            rule=pl.lit("As listed by the court."),
            rule_source=pl.lit("Meeting list"),
            as_of=pl.lit(sources["meetings"].covers_to, pl.Date),
            trace="row_id",
        ).select(columns)
    )
    return pl.concat(made)


def _decision(
    frames: Mapping[str, pl.DataFrame],
    decision: Decision,
    held: pl.DataFrame,
    holders: Holders,
    sources: Sources,
    as_at: date,
) -> pl.DataFrame:
    rows = plans_to_decide(decision, frames, holders, sources, as_at=as_at).drop("unit")
    return rows.join(held, on="person_id", how="inner", maintain_order="left").select(
        "unit",
        "case_reference",
        "worker_id",
        on_day="on",
        kind=pl.lit(decision.id),
        label=pl.lit(decision.label),
        rule=pl.lit(decision.rule),
        rule_source=pl.lit(decision.rule_source),
        as_of=pl.lit(sources.reach([[decision.feed]]), pl.Date),
        trace="row_id",
    )


def _changes(
    frames: Mapping[str, pl.DataFrame],
    holders: Holders,
    sources: Sources,
    points: DecisionPoints,
    local: str,
    as_at: date,
) -> pl.DataFrame:
    """Children whose lead practitioner has been another one so often within twelve months, while the case was open.

    Whoever takes a case that had been closed changes nothing: the worker of before had gone with the closure.
    """
    told = sources.current("allocations")
    opened = frames["episodes"].filter(pl.col("kind") == "child_in_need").select("person_id", opened="start")
    spells = (
        frames["allocations"]
        .filter(pl.lit(told), pl.col("role") == LEAD, pl.col("start_date") <= as_at)
        .join(holders.references, left_on="child_id", right_on="case_reference", how="inner", coalesce=False)
        .sort("child_id", "start_date", "row_id")
        .with_columns(
            before=pl.col("worker_id").shift(1).over("child_id"),
            before_end=pl.col("end_date").shift(1).over("child_id"),
        )
        .sort("start_date", maintain_order=True)
        .join_asof(
            opened.sort("opened"), left_on="start_date", right_on="opened", by="person_id", check_sortedness=False
        )
        .sort("child_id", "start_date", "row_id")
    )
    since = pl.lit(as_at).dt.offset_by(f"-{CHANGES_WITHIN}")
    went_on = (pl.col("before_end") > pl.col("opened")).fill_null(value=True)
    changed = spells.filter(pl.col("before") != pl.col("worker_id"), pl.col("start_date") > since, went_on)
    counted = changed.group_by("child_id", maintain_order=True).agg(
        n=pl.len(), on_day=pl.col("start_date").last(), trace=pl.col("row_id").last()
    )
    return (
        counted.filter(pl.col("n") >= points.worker_changes)
        .join(
            holders.children.select(_HOLDER), left_on="child_id", right_on="case_reference", how="inner", coalesce=False
        )
        .select(
            "unit",
            "case_reference",
            "worker_id",
            "n",
            "on_day",
            "trace",
            kind=pl.lit("changes_of_worker"),
            label=pl.lit("Changes of lead practitioner in 12 months"),
            rule=pl.lit(
                f"A child with {points.worker_changes} changes of lead practitioner in 12 months is looked at."
            ),
            rule_source=pl.lit(local),
            as_of=pl.lit(sources["allocations"].covers_to, pl.Date),
        )
    )
