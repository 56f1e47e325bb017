"""What was due when, and whether it is recorded as done: the one shape that every clock is worked out in.

An obligation is one step of a clock: a day 0, a due date, and the day it was done, where one is recorded. The next
step starts when this one was done, so a long gap is one obligation that stands open, not many that were missed.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.measures.clock import Clock

OBLIGATION = {
    "person_id": pl.String(),
    "clock": pl.String(),
    "step": pl.Int64(),
    "start": pl.Date(),
    "due": pl.Date(),
    "done": pl.Date(),
    "recorded_on": pl.Date(),
    "ended": pl.Date(),
    "list_begins": pl.Boolean(),
    "row_id": pl.String(),
}
"""One row per step. `start` is day 0 (the last event before), `ended` when the spell that asks for it ended,
`list_begins` whether day 0 is only where the source begins, `row_id` the row that day 0 comes from. A null `due` is
a date that the calendar cannot reckon. For supervision `person_id` is a worker's number."""


def none() -> pl.DataFrame:
    """No obligations."""
    return pl.DataFrame(schema=OBLIGATION)


def single(spells: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Make the obligation of a clock that runs once per spell.

    Args:
        spells: one row per spell: `person_id`, `start`, `done`, `ended`, `row_id`.
        clock: the clock.

    Returns:
        Obligations in the shape of `OBLIGATION`, sorted.
    """
    made = spells.with_columns(
        clock=pl.lit(clock.id),
        step=pl.lit(0, pl.Int64),
        due=clock.due(pl.col("start"), pl.lit(0)),
        recorded_on=pl.lit(None, pl.Date),
        list_begins=pl.lit(value=False),
    )
    return _kept(made)


def chain(spells: pl.DataFrame, events: pl.DataFrame, clock: Clock, *, begins: date | None) -> pl.DataFrame:
    """Make the obligations of a clock that starts again with each event.

    Args:
        spells: one row per spell that asks for it: `person_id`, `start`, `ended`, `row_id`.
        events: one row per event: `person_id`, `held`, `recorded_on`, `row_id`.
        clock: the clock; its limits apply in order, the last one repeats.
        begins: the first day that the source of events covers. A spell that began before starts at its first known
            event, in the last step, because how many went before is not known; without one, at the day the list
            begins, which is marked.

    Returns:
        Obligations in the shape of `OBLIGATION`, sorted. Those whose spell ended before they were due are gone.
    """
    numbered = spells.with_row_index("spell")
    within = (
        events.join(numbered.select("person_id", "spell", "start", "ended"), on="person_id")
        .filter(
            pl.col("held") > pl.col("start"),
            pl.col("ended").is_null() | (pl.col("held") <= pl.col("ended")),
        )
        .select("spell", anchor="held", recorded_on="recorded_on", row_id="row_id", is_event=pl.lit(value=True))
        .sort("spell", "anchor", "recorded_on", nulls_last=True)
        .unique(["spell", "anchor"], keep="first", maintain_order=True)
    )
    early = (pl.col("anchor") < begins) if begins else pl.lit(value=False)
    starts = numbered.select(
        "spell",
        anchor="start",
        recorded_on=pl.lit(None, pl.Date),
        row_id="row_id",
        is_event=pl.lit(value=False),
    )
    anchors = pl.concat([starts, within]).with_columns(early=early.fill_null(value=False))
    anchors = anchors.with_columns(began_early=(pl.col("early") & ~pl.col("is_event")).any().over("spell"))
    # Where a spell began before the list, the day the list begins stands in for day 0.
    anchors = anchors.with_columns(
        list_begins=pl.col("early") & ~pl.col("is_event"),
        anchor=pl.when(pl.col("early") & ~pl.col("is_event")).then(pl.lit(begins, pl.Date)).otherwise("anchor"),
    ).filter(~(pl.col("early") & pl.col("is_event")))
    last = len(clock.limits) - 1
    steps = (
        anchors.sort("spell", "anchor", "is_event")
        .with_columns(
            step=pl.when("began_early").then(pl.lit(last)).otherwise(pl.int_range(pl.len()).over("spell")),
            done=pl.col("anchor").shift(-1).over("spell"),
            done_recorded=pl.col("recorded_on").shift(-1).over("spell"),
        )
        .join(numbered.select("spell", "person_id", "ended"), on="spell", how="left", maintain_order="left")
        .with_columns(
            clock=pl.lit(clock.id),
            start="anchor",
            recorded_on="done_recorded",
            due=clock.due(pl.col("anchor"), pl.col("step")),
        )
    )
    # From the day a list begins until its first event, nobody knows how long the gap was.
    return _kept(steps.filter(~(pl.col("list_begins") & pl.col("done").is_not_null())))


def _kept(made: pl.DataFrame) -> pl.DataFrame:
    """Drop what ended before it was due and was not done, and put the rest in order."""
    in_time = (pl.col("due") < pl.col("ended")).fill_null(value=False)
    moot = pl.col("done").is_null() & pl.col("ended").is_not_null() & ~in_time
    return (
        made.filter(~moot)
        .select(pl.col(name).cast(dtype) for name, dtype in OBLIGATION.items())
        .sort("clock", "person_id", "start", "step", "row_id")
    )


def joined(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Put the obligations of several clocks together, sorted."""
    return pl.concat([none(), *parts]).sort("clock", "person_id", "start", "step", "row_id")
