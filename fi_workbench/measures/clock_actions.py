"""Actions that follow from clocks: what falls due soon, and what has no record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from fi_workbench.measures.action import CHILD, ROW, Action, Group
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.words import among, count, day, span

ASSESSMENT, REFERRAL, SUPERVISION = "assessment", "referral", "supervision meeting"


def clock_actions(
    open_steps: pl.DataFrame, clocks: Mapping[str, Clock], sources: Sources, as_at: date, horizon: date
) -> list[Action]:
    """Make the actions of every clock of children: due within the horizon, and passed without a record."""
    made = []
    for clock in clocks.values():
        steps = open_steps.filter(pl.col("clock") == clock.id).with_columns(on=pl.col("due"))
        ahead = steps.filter(pl.col("due") > as_at, pl.col("due") <= horizon).select(ROW)
        passed = steps.filter(pl.col("due") <= as_at)
        totals = _per_unit(steps)
        shared = (clock.rule, clock.rule_source, sources.reach(clock.feeds))
        if clock.id == "assessment_from_referral":
            made += [
                Action(
                    "assessments_reaching_day_45",
                    "Assessments close to working day 45",
                    *shared,
                    ahead,
                    _close,
                    "Finish and sign off what can be, and say what holds up the rest.",
                    clock.authority,
                    ahead=True,
                    noun=ASSESSMENT,
                ),
                Action(
                    "assessments_past_day_45",
                    "Assessments past working day 45",
                    *shared,
                    passed.select(ROW),
                    _past,
                    "Look at each one: finish it, or write down the end it had.",
                    clock.authority,
                    noun=ASSESSMENT,
                ),
            ]
        elif clock.kind == "decision":
            made.append(
                Action(
                    f"{clock.id}_no_record",
                    f"{_heading(clock)}: no record",
                    *shared,
                    passed.select(ROW),
                    _undecided,
                    "If it was decided, write it down. If not, decide now.",
                    clock.authority,
                    noun=REFERRAL,
                )
            )
        elif clock.kind == "meeting":
            made += [
                Action(
                    f"{clock.id}_due",
                    f"{_heading(clock)} due",
                    *shared,
                    ahead,
                    _due(clock.item),
                    "Check that the day is set and that all have been asked to come.",
                    clock.authority,
                    ahead=True,
                ),
                Action(
                    f"{clock.id}_no_record",
                    f"{_heading(clock)}: no record",
                    *shared,
                    passed.select(ROW),
                    _no_record(clock.item),
                    "If it was held, write it down. If not, set a day.",
                    clock.authority,
                    totals=totals,
                ),
            ]
        elif clock.kind == "visit":
            # What is told is since when no visit is recorded, not by when one was due.
            since = passed.with_columns(on=pl.col("start")).select(ROW)
            made.append(
                Action(
                    f"{clock.id}_not_recorded",
                    f"{_heading(clock)}: none recorded",
                    *shared,
                    since,
                    _unseen(clock),
                    "If the child was seen, write it down. If not, plan the visit.",
                    clock.authority,
                    totals=totals,
                )
            )
    return made


def _heading(clock: Clock) -> str:
    return clock.item[0].upper() + clock.item[1:]


def _per_unit(steps: pl.DataFrame) -> dict[str, int]:
    counted = steps.drop_nulls("unit").group_by("unit").agg(n=pl.col("person_id").n_unique())
    return {str(unit): int(n) for unit, n in counted.iter_rows()}


def _close(group: Group) -> str:
    verb = "reaches" if group.n == 1 else "reach"
    return f"{count(group.n, ASSESSMENT)} {verb} working day 45 {span(group.first, group.last)}: {group.whom}."


def _past(group: Group) -> str:
    verb = "is" if group.n == 1 else "are"
    return f"{count(group.n, ASSESSMENT)} {verb} past working day 45 with no end recorded: {group.whom}."


def _undecided(group: Group) -> str:
    return (
        f"No decision is recorded on {count(group.n, 'referral')}: {group.whom}. "
        f"The earliest was due on {day(group.first)}."
    )


def _due(label: str) -> Callable[[Group], str]:
    return lambda group: f"Due {span(group.first, group.last)}: {label} for {group.whom}."


def _no_record(label: str) -> Callable[[Group], str]:
    return lambda group: (
        f"No record by the due date for {among(group.n_children, group.total, CHILD)}: {label}. "
        f"The earliest was due on {day(group.first)}."
    )


def _unseen(clock: Clock) -> Callable[[Group], str]:
    interval = clock.limits[-1]
    gaps = {True: "The gap", False: "The longest gap"}
    return lambda group: (
        f"{among(group.n_children, group.total, CHILD)} {'has' if group.n_children == 1 else 'have'} no {clock.item} "
        f"recorded in the last {interval}. {gaps[group.n_children == 1]} began on {day(group.first)}."
    )


def supervision_actions(
    supervision: pl.DataFrame, clock: Clock, sources: Sources, as_at: date, horizon: date
) -> list[Action]:
    """Make the actions of supervision, which concern workers and no child."""
    steps = supervision.with_columns(family_id=pl.lit(None, pl.String), on=pl.col("due"))
    shared = (clock.rule, clock.rule_source, sources.reach(clock.feeds))
    return [
        Action(
            "supervision_due",
            "Supervision due",
            *shared,
            steps.filter(pl.col("due") > as_at, pl.col("due") <= horizon).select(ROW),
            lambda group: f"{count(group.n, SUPERVISION)} due {span(group.first, group.last)}.",
            "Check that a time is set.",
            clock.authority,
            ahead=True,
            noun=SUPERVISION,
        ),
        Action(
            "supervision_no_record",
            "Supervision: no record",
            *shared,
            steps.filter(pl.col("due") <= as_at).select(ROW),
            lambda group: (
                f"No record of {count(group.n, SUPERVISION)} that fell due; the earliest on {day(group.first)}."
            ),
            "If it was held, write it down. If not, set a time.",
            clock.authority,
            noun=SUPERVISION,
        ),
    ]
