"""Actions that follow from clocks: what falls due soon, and what has no record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from fi_workbench.measures.action import CHILD, ROW, Action, Group
from fi_workbench.measures.clock import Clock, Kind
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.standing import NO_RECORD, NOT_COVERED, TO_COME
from fi_workbench.measures.words import among, count, day, span

ASSESSMENT, REFERRAL, SUPERVISION = "assessment", "referral", "supervision meeting"


def clock_actions(
    open_steps: pl.DataFrame, clocks: Mapping[str, Clock], sources: Sources, as_at: date, horizon: date
) -> list[Action]:
    """Make the actions of every clock of children: due within the horizon, passed without a record, and not covered.

    A date after the last day that the lists cover is told as such, never as one without a record.
    """
    made = []
    for clock in clocks.values():
        steps = open_steps.filter(pl.col("clock") == clock.id).with_columns(on=pl.col("due"))
        ahead = steps.filter(pl.col("state") == TO_COME, pl.col("due") <= horizon).select(ROW)
        passed = steps.filter(pl.col("state") == NO_RECORD)
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
                    "Where one was made, write it down. Where not, decide now.",
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
                    "Where one was held, write it down. Where not, set a day.",
                    clock.authority,
                    totals=totals,
                ),
            ]
        elif clock.kind == "visit":
            made += _visits(clock, passed, totals, sources, as_at)
        made += _not_covered(clock, steps, sources)
    return made


def _not_covered(clock: Clock, steps: pl.DataFrame, sources: Sources) -> list[Action]:
    """What fell due after the last day that the lists cover: whether it was done, nobody knows before the next list."""
    reach = sources.reach(clock.feeds)
    found = steps.filter(pl.col("state") == NOT_COVERED).select(ROW)
    if found.is_empty() or reach is None or clock.id == "assessment_from_start":
        return []
    noun, words, to_do = AFTER_RECORDS[clock.kind]
    return [
        Action(
            f"{clock.id}_after_records",
            f"{_heading(clock)}: due after our records end",
            clock.rule,
            clock.rule_source,
            reach,
            found,
            lambda group: f"{words(clock, group)} Our records end before that, on {day(reach)}.",
            to_do,
            clock.authority,
            noun=noun,
        )
    ]


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


def _due_after_records(clock: Clock, group: Group) -> str:
    return _due(clock.item)(group)


def _supervision_due(_: Clock, group: Group) -> str:
    return f"{count(group.n, SUPERVISION)} due {span(group.first, group.last)}."


def _to_end(_: Clock, group: Group) -> str:
    return f"Working day 45 was {span(group.first, group.last)} for {count(group.n, ASSESSMENT)}: {group.whom}."


def _to_decide(_: Clock, group: Group) -> str:
    return f"Due {span(group.first, group.last)}: a decision on {count(group.n, REFERRAL)} for {group.whom}."


AFTER_RECORDS: Mapping[Kind, tuple[str, Callable[[Clock, Group], str], str]] = {
    "assessment": (ASSESSMENT, _to_end, "Look in the case system which have ended. Look at each of the rest."),
    "decision": (REFERRAL, _to_decide, "Look in the case system what was decided. Decide on the rest now."),
    "meeting": (CHILD, _due_after_records, "Look in the case system which were held. Set a day for the rest."),
    "visit": (CHILD, _due_after_records, "Look in the case system who was seen. Plan visits to the rest."),
    "supervision": (SUPERVISION, _supervision_due, "Look up which were held. Set a time for the rest."),
}
"""By kind of clock: what its sentence counts, what is said of dates after the records end, and what to do."""


def _no_record(label: str) -> Callable[[Group], str]:
    return lambda group: (
        f"No record by the due date for {among(group.n_children, group.total, CHILD)}: {label}. "
        f"The earliest was due on {day(group.first)}."
    )


def _visits(
    clock: Clock, passed: pl.DataFrame, totals: Mapping[str, int], sources: Sources, as_at: date
) -> list[Action]:
    """Visits without a record, each told by the limit of its own step: a first visit is due sooner than a later one."""
    reach = sources.reach(clock.feeds)
    last = len(clock.limits) - 1
    # What is told is since when no visit is recorded, not by when one was due.
    since = passed.with_columns(on=pl.col("start"))
    return [
        Action(
            f"{clock.id}_not_recorded" if place == last else f"{clock.id}_{place + 1}_not_recorded",
            f"{_heading(clock)}: none recorded" if place == last else f"First {clock.item}: none recorded",
            clock.rule,
            clock.rule_source,
            reach,
            since.filter(pl.col("step").clip(upper_bound=last) == place).select(ROW),
            _unseen(clock, _within(clock, place, reach if reach and reach < as_at else None)),
            "Where the child was seen, write it down. Where not, plan the visit.",
            clock.authority,
            totals=totals,
        )
        for place in range(len(clock.limits))
    ]


def _within(clock: Clock, place: int, reach: date | None) -> str:
    """The time in which a visit was due: from what began the clock for its first steps, and up to now for the last."""
    limit = clock.limits[place]
    if place < len(clock.limits) - 1:
        return f"within {limit} from {clock.starts_on}"
    interval = str(limit) if limit.n > 1 else str(limit).removeprefix("1 ")
    return f"in the last {interval}" if reach is None else f"in the {interval} to {day(reach)}"


def _unseen(clock: Clock, within: str) -> Callable[[Group], str]:
    gaps = {True: "The gap", False: "The longest gap"}
    return lambda group: (
        f"{among(group.n_children, group.total, CHILD)} {'has' if group.n_children == 1 else 'have'} no {clock.item} "
        f"recorded {within}. {gaps[group.n_children == 1]} began on {day(group.first)}."
    )


def supervision_actions(supervision: pl.DataFrame, clock: Clock, sources: Sources, horizon: date) -> list[Action]:
    """Make the actions of supervision, which concern workers and no child."""
    steps = supervision.with_columns(family_id=pl.lit(None, pl.String), on=pl.col("due"))
    shared = (clock.rule, clock.rule_source, sources.reach(clock.feeds))
    return [
        Action(
            "supervision_due",
            "Supervision due",
            *shared,
            steps.filter(pl.col("state") == TO_COME, pl.col("due") <= horizon).select(ROW),
            lambda group: _supervision_due(clock, group),
            "Check that a time is set.",
            clock.authority,
            ahead=True,
            noun=SUPERVISION,
        ),
        Action(
            "supervision_no_record",
            "Supervision: no record",
            *shared,
            steps.filter(pl.col("state") == NO_RECORD).select(ROW),
            lambda group: (
                f"No record of {count(group.n, SUPERVISION)} that fell due; the earliest on {day(group.first)}."
            ),
            "Where one was held, write it down. Where not, set a time.",
            clock.authority,
            noun=SUPERVISION,
        ),
        *_not_covered(clock, steps, sources),
    ]
