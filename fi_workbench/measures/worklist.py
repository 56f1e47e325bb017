"""The worklist of each lead practitioner: what is due by which date, every item, in the order of dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.calendar import add_working_days, covered, is_working_day
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.standing import NO_RECORD, NOT_COVERED
from fi_workbench.measures.words import day

AHEAD_DAYS = 28
"""How far ahead the worklist looks."""

NOT_LISTED = ("assessment_from_start", "supervision", "referral_decision")
"""Guidance counts an assessment from the referral, so it is listed once; supervision belongs to no child; a manager
decides on a referral."""

COURT_HEARING = "court_hearing"

WORKLIST_ITEMS = {
    "unit": pl.String(),
    "worker_id": pl.String(),
    "case_reference": pl.String(),
    "clock": pl.String(),
    "due_date": pl.Date(),
    "state": pl.String(),
    "label": pl.String(),
    "last_date": pl.Date(),
    "rule": pl.String(),
    "as_of": pl.Date(),
    "trace": pl.String(),
}
_KEY = ("unit", "worker_id", "case_reference", "clock", "due_date")


def worklist_items(
    open_steps: pl.DataFrame,
    meetings: pl.DataFrame,
    clocks: Mapping[str, Clock],
    holders: Holders,
    sources: Sources,
    *,
    as_at: date,
) -> pl.DataFrame:
    """List what each lead practitioner has due in the next four weeks, and what has no record.

    A visit whose date has passed reads "no visit recorded since", because it may have been made and not written up.
    What fell due after the lists end stays due, with the day on which they end.

    Args:
        open_steps: as `standing.standing` makes them.
        meetings: source table, for court hearings that have a day.
        clocks: as `clocks_in_force` gives them.
        holders: open children with their workers.
        sources: what is covered.
        as_at: the week's Sunday.

    Returns:
        Contract `worklist_items`: one row per unit, worker, child, clock and date, sorted by key. Children without a
        lead practitioner are in the unit's actions instead.
    """
    horizon = as_at + timedelta(days=AHEAD_DAYS)
    steps = open_steps.filter(
        ~pl.col("clock").is_in(NOT_LISTED),
        pl.col("due") <= horizon,
        pl.col("worker_id").is_not_null(),
        pl.col("unit").is_not_null(),
    )
    rows = [_item(step, clocks[str(step["clock"])], sources) for step in steps.iter_rows(named=True)]
    rows += _hearings(meetings, holders, sources, as_at=as_at, horizon=horizon)
    made = pl.DataFrame(rows, schema=WORKLIST_ITEMS, orient="row")
    return made.sort(*_KEY, "trace").unique(_KEY, keep="first", maintain_order=True)


def _item(step: Mapping[str, object], clock: Clock, sources: Sources) -> dict[str, object]:
    due, start = step["due"], step["start"]
    assert isinstance(due, date)  # noqa: S101 - `standing` keeps steps with dates only
    assert isinstance(start, date)  # noqa: S101
    reach = sources.reach(clock.feeds)
    if step["state"] == NO_RECORD:
        state, label = _no_record(clock, due, start, began=bool(step["list_begins"]))
    else:
        state, label = "due", f"{clock.item[0].upper()}{clock.item[1:]} by {day(due)}"
        if step["state"] == NOT_COVERED and reach is not None:
            label += f"; our records end on {day(reach)}"
        elif clock.kind == "meeting" and covered(due) and not is_working_day(due):
            label += f"; the last working day before is {day(add_working_days(due, -1))}"
    return {
        "unit": step["unit"],
        "worker_id": step["worker_id"],
        "case_reference": step["case_reference"],
        "clock": clock.id,
        "due_date": due,
        "state": state,
        "label": label,
        "last_date": start if step["step"] and not step["list_begins"] else None,
        "rule": clock.rule,
        "as_of": reach,
        "trace": step["row_id"],
    }


def _no_record(clock: Clock, due: date, start: date, *, began: bool) -> tuple[str, str]:
    since = f"the list began on {day(start)}" if began else day(start)
    if clock.kind == "visit":
        return "no_visit_recorded_since", f"No {clock.item} recorded since {since}"
    if clock.kind == "meeting":
        return "no_record_of_meeting", f"No record of the {clock.item} due by {day(due)}"
    return "due", f"No end of the assessment recorded; working day 45 was {day(due)}"


def _hearings(
    meetings: pl.DataFrame, holders: Holders, sources: Sources, *, as_at: date, horizon: date
) -> list[dict[str, object]]:
    rows = hearings_ahead(meetings, holders, sources, as_at=as_at, horizon=horizon).drop_nulls(["unit", "worker_id"])
    return [
        {
            "unit": row["unit"],
            "worker_id": row["worker_id"],
            "case_reference": row["case_reference"],
            "clock": COURT_HEARING,
            "due_date": row["due_date"],
            "state": "due",
            "label": f"Court hearing on {day(row['due_date'])}",
            "last_date": None,
            "rule": "As listed by the court.",
            "as_of": sources["meetings"].covers_to,
            "trace": row["row_id"],
        }
        for row in rows.iter_rows(named=True)
    ]


def hearings_ahead(
    meetings: pl.DataFrame, holders: Holders, sources: Sources, *, as_at: date, horizon: date
) -> pl.DataFrame:
    """Find court hearings with a day ahead: one row per hearing of an open child, with the child's holders."""
    return (
        meetings.filter(
            pl.lit(sources.current("meetings")),
            pl.col("meeting_type") == COURT_HEARING,
            pl.col("held_date").is_null(),
            pl.col("due_date") > as_at,
            pl.col("due_date") <= horizon,
        )
        .join(holders.children, left_on="child_id", right_on="case_reference", maintain_order="left", coalesce=False)
        .sort("due_date", "person_id")
    )
