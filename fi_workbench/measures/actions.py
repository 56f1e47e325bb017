"""What the unit may do this week: each item with its rows, its rule and its date; one that has nothing is not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.clocks import Clock
from fi_workbench.measures.decisions import DECISIONS, plans_to_decide
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.words import among, count, day
from fi_workbench.measures.worklist import hearings_ahead

AHEAD_DAYS = 14
"""A weekly brief looks two weeks ahead, so that nothing is seen first in the week in which it is due."""

FACTOR_WEEKS = 13

UNIT_ACTIONS = {
    "unit": pl.String(),
    "action": pl.String(),
    "label": pl.String(),
    "n_children": pl.Int64(),
    "n_families": pl.Int64(),
    "from_date": pl.Date(),
    "by_date": pl.Date(),
    "rule": pl.String(),
    "rule_source": pl.String(),
    "sentence": pl.String(),
    "trace": pl.List(pl.String()),
    "as_of": pl.Date(),
}


@dataclass(frozen=True)
class Group:
    """The rows of one action in one unit.

    Attributes:
        n: rows.
        n_children: children among them.
        n_families: their families.
        first: the earliest date.
        last: the latest date.
        total: of how many the unit has, where that is told.
    """

    n: int
    n_children: int
    n_families: int
    first: date
    last: date
    total: int

    @property
    def whom(self) -> str:
        """Children and families in a sentence."""
        return f"{count(self.n_children, 'child')} in {count(self.n_families, 'family')}"


@dataclass(frozen=True)
class Action:
    """One kind of item.

    Attributes:
        rows: `unit`, `person_id`, `family_id`, `on` (its date), `row_id`.
        say: the sentence for one unit's rows.
        totals: how many each unit has, for "5 of 21".
    """

    id: str
    label: str
    rule: str
    rule_source: str
    as_of: date | None
    rows: pl.DataFrame
    say: Callable[[Group], str]
    totals: Mapping[str, int]


_ROW = ("unit", "person_id", "family_id", "on", "row_id")


def unit_actions(
    *,
    frames: Mapping[str, pl.DataFrame],
    open_steps: pl.DataFrame,
    supervision: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    as_at: date,
) -> pl.DataFrame:
    """List what each unit may do this week.

    Args:
        frames: the tables of `READS`.
        open_steps: as `standing.standing` makes them.
        supervision: as `standing.supervision_standing` makes them.
        clocks: as `clocks_in_force` gives them.
        holders: units and their open children.
        sources: an item whose source is absent or old is not listed; `unit_limits` says so.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_actions`: one row per unit and action that concerns at least one row, sorted by key.
    """
    horizon = as_at + timedelta(days=AHEAD_DAYS)
    actions = [
        *_of_clocks(open_steps, clocks, sources, as_at, horizon),
        *_of_plans(frames, holders, sources, as_at),
        _hearings(frames["meetings"], holders, sources, as_at, horizon),
        _unallocated(holders, sources),
        _factors(frames, holders, sources, as_at),
        *_of_supervision(supervision, clocks["supervision"], sources, as_at, horizon),
    ]
    rows = [row for action in actions for row in _rows(action)]
    return pl.DataFrame(rows, schema=UNIT_ACTIONS, orient="row").sort("unit", "action")


def _rows(action: Action) -> list[dict[str, object]]:
    rows = []
    held = action.rows.drop_nulls("unit").sort("unit", "on", "row_id")
    for (unit,), group in held.group_by("unit", maintain_order=True):
        on = group["on"].drop_nulls().to_list()
        found = Group(
            n=group.height,
            n_children=group["person_id"].n_unique() if group["family_id"].drop_nulls().len() else 0,
            n_families=group["family_id"].drop_nulls().n_unique(),
            first=min(on, default=date.min),
            last=max(on, default=date.min),
            total=action.totals.get(str(unit), 0),
        )
        rows.append(
            {
                "unit": unit,
                "action": action.id,
                "label": action.label,
                "n_children": found.n_children,
                "n_families": found.n_families,
                "from_date": min(on, default=None),
                "by_date": max(on, default=None),
                "rule": action.rule,
                "rule_source": action.rule_source,
                "sentence": action.say(found),
                "trace": group["row_id"].drop_nulls().unique().sort().to_list(),
                "as_of": action.as_of,
            }
        )
    return rows


def _of_clocks(
    open_steps: pl.DataFrame, clocks: Mapping[str, Clock], sources: Sources, as_at: date, horizon: date
) -> list[Action]:
    made = []
    for clock in clocks.values():
        steps = open_steps.filter(pl.col("clock") == clock.id).with_columns(on=pl.col("due"))
        ahead = steps.filter(pl.col("due") > as_at, pl.col("due") <= horizon).select(_ROW)
        passed = steps.filter(pl.col("due") <= as_at)
        totals = _per_unit(steps)
        shared = (clock.rule, clock.rule_source, sources.reach(clock.feeds))
        small = clock.label[0].lower() + clock.label[1:]
        if clock.id == "assessment_from_referral":
            made += [
                Action(
                    "assessments_reaching_day_45", "Assessments close to working day 45", *shared, ahead, _close, {}
                ),
                Action(
                    "assessments_past_day_45",
                    "Assessments past working day 45",
                    *shared,
                    passed.select(_ROW),
                    _past,
                    {},
                ),
            ]
        elif clock.kind == "meeting":
            made += [
                Action(f"{clock.id}_due", f"{clock.label} due", *shared, ahead, _due(small), {}),
                Action(
                    f"{clock.id}_no_record",
                    f"{clock.label}: no record",
                    *shared,
                    passed.select(_ROW),
                    _no_record(small),
                    totals,
                ),
            ]
        elif clock.kind == "visit":
            # What is told is since when no visit is recorded, not by when one was due.
            since = passed.with_columns(on=pl.col("start")).select(_ROW)
            made.append(
                Action(
                    f"{clock.id}_not_recorded", f"{clock.label}: none recorded", *shared, since, _unseen(clock), totals
                )
            )
    return made


def _per_unit(steps: pl.DataFrame) -> dict[str, int]:
    counted = steps.drop_nulls("unit").group_by("unit").agg(n=pl.col("person_id").n_unique())
    return {str(unit): int(n) for unit, n in counted.iter_rows()}


def _close(group: Group) -> str:
    verb = "reaches" if group.n == 1 else "reach"
    return f"{count(group.n, 'assessment')} {verb} working day 45 by {day(group.last)}: {group.whom}."


def _past(group: Group) -> str:
    verb = "is" if group.n == 1 else "are"
    return f"{count(group.n, 'assessment')} {verb} past working day 45 with no end recorded: {group.whom}."


def _due(label: str) -> Callable[[Group], str]:
    return lambda group: f"Due by {day(group.last)}: {label} for {group.whom}."


def _no_record(label: str) -> Callable[[Group], str]:
    return lambda group: (
        f"No record by the due date for {among(group.n_children, group.total, 'child')}: {label}. "
        f"The earliest was due on {day(group.first)}."
    )


def _unseen(clock: Clock) -> Callable[[Group], str]:
    small = clock.label[0].lower() + clock.label[1:]
    interval = clock.limits[-1]
    return lambda group: (
        f"{among(group.n_children, group.total, 'child')} {'has' if group.n_children == 1 else 'have'} no {small} "
        f"recorded in the last {interval}. The longest is since {day(group.first)}."
    )


def _of_plans(frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, as_at: date) -> list[Action]:
    made = []
    for decision in DECISIONS:
        rows = plans_to_decide(decision, frames, holders, sources, as_at=as_at).select(_ROW)

        def say(group: Group, words: str = decision.words) -> str:
            return f"{words}: {group.whom}. The longest began on {day(group.first)}."

        made.append(
            Action(
                decision.id,
                decision.label,
                decision.rule,
                decision.rule_source,
                sources.reach([[decision.feed]]),
                rows,
                say,
                {},
            )
        )
    return made


def _hearings(meetings: pl.DataFrame, holders: Holders, sources: Sources, as_at: date, horizon: date) -> Action:
    rows = hearings_ahead(meetings, holders, sources, as_at=as_at, horizon=horizon).with_columns(on="due_date")
    return Action(
        "court_hearings_ahead",
        "Court hearings ahead",
        "As listed by the court.",
        "Meeting list",
        sources["meetings"].covers_to,
        rows.select(_ROW),
        lambda group: f"{count(group.n, 'court hearing')} by {day(group.last)}: {group.whom}.",
        {},
    )


def _unallocated(holders: Holders, sources: Sources) -> Action:
    told = sources.current("allocations")
    rows = holders.children.filter(pl.lit(told), pl.col("worker_id").is_null()).with_columns(
        on=pl.col("since"), row_id=pl.lit(None, pl.String)
    )
    return Action(
        "children_without_lead_practitioner",
        "Children without a lead practitioner",
        "Every open child has a lead practitioner.",
        "Working Together to Safeguard Children",
        sources["allocations"].covers_to,
        rows.select(_ROW),
        lambda group: f"No lead practitioner is recorded for {group.whom}.",
        {},
    )


def _factors(frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources, as_at: date) -> Action:
    """Assessments authorised in the last quarter for which no factor is recorded."""
    key = ["la_child_id", "cin_referral_date", "assessment_actual_start_date"]
    told = sources.why_not([["cin_census"]]) is None
    rows = (
        frames["cin_assessments"]
        .filter(
            pl.lit(told),
            pl.col("assessment_authorisation_date") > as_at - timedelta(weeks=FACTOR_WEEKS),
            pl.col("assessment_authorisation_date") <= as_at,
        )
        .join(frames["cin_assessment_factors"], on=key, how="anti", maintain_order="left")
        .join(holders.children, left_on="la_child_id", right_on="case_reference", maintain_order="left")
        .with_columns(on="assessment_authorisation_date")
    )
    return Action(
        "factors_missing",
        "Factors missing on completed assessments",
        "A completed assessment records the factors found, or that there were none.",
        "Children in need census rule 8897Q",
        sources["cin_census"].covers_to,
        rows.select(_ROW),
        lambda group: (
            f"{count(group.n, 'completed assessment')} without factors in {FACTOR_WEEKS} weeks: {group.whom}."
        ),
        {},
    )


def _of_supervision(
    supervision: pl.DataFrame, clock: Clock, sources: Sources, as_at: date, horizon: date
) -> list[Action]:
    steps = supervision.with_columns(family_id=pl.lit(None, pl.String), on=pl.col("due"))
    shared = (clock.rule, clock.rule_source, sources.reach(clock.feeds))
    return [
        Action(
            "supervision_due",
            "Supervision due",
            *shared,
            steps.filter(pl.col("due") > as_at, pl.col("due") <= horizon).select(_ROW),
            lambda group: f"{count(group.n, 'supervision meeting')} due by {day(group.last)}.",
            {},
        ),
        Action(
            "supervision_no_record",
            "Supervision: no record",
            *shared,
            steps.filter(pl.col("due") <= as_at).select(_ROW),
            lambda group: (
                f"No record of {count(group.n, 'supervision meeting')} that fell due; "
                f"the earliest on {day(group.first)}."
            ),
            {},
        ),
    ]
