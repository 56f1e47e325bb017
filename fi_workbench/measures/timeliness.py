"""How dates were kept: counts by clock over 4 and 13 weeks, with what is not recorded and the recording lag."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench import calendar
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources

WINDOWS = (4, 13)

UNIT_CLOCKS = {
    "unit": pl.String(),
    "clock": pl.String(),
    "window_weeks": pl.Int64(),
    "label": pl.String(),
    "n_due": pl.Int64(),
    "n_kept": pl.Int64(),
    "n_not_recorded": pl.Int64(),
    "median_recording_lag_days": pl.Float64(),
    "can_tell": pl.Boolean(),
    "why_not": pl.String(),
    "rule": pl.String(),
    "rule_source": pl.String(),
    "as_of": pl.Date(),
}


def unit_clocks(
    due: pl.DataFrame, clocks: Mapping[str, Clock], holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Count, for each unit, clock and window, what was due, what was kept and what is not recorded.

    `n_due` is what fell due in the window, up to the last day that the sources cover; `n_kept` of these were done by
    their date; `n_not_recorded` of these have no record; the rest were done after their date. Where a source is
    absent or ends before the window, nothing is counted and `why_not` says why.

    Args:
        due: obligations, as `due.obligations` makes them.
        clocks: as `clocks_in_force` gives them.
        holders: the units.
        sources: what is covered.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_clocks`: one row per unit, clock and window, sorted.
    """
    placed = with_units(due, holders)
    rows = [
        row
        for clock in clocks.values()
        for weeks in WINDOWS
        for row in _window(placed.filter(pl.col("clock") == clock.id), clock, weeks, holders, sources, as_at)
    ]
    return pl.DataFrame(rows, schema=UNIT_CLOCKS, orient="row").sort("unit", "clock", "window_weeks")


def with_units(due: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Add the unit that held each child when the clock stopped, or on the due date if that came first; null for none.

    Where nobody held the child by then, the last unit that did since day 0 counts: an assessment that was finished in
    time, after which the case was closed before the due date, is a date kept.
    """
    of_workers = pl.col("clock") == "supervision"
    workers = holders.workers.select(person_id="worker_id", unit="unit")
    if holders.whole:
        workers = workers.clear()
    supervised = due.filter(of_workers).join(workers, on="person_id", how="left", maintain_order="left")
    stopped = pl.min_horizontal(pl.coalesce("due", "start"), "done")
    children = holders.on(due.filter(~of_workers).with_columns(at=stopped), "at", since="start").drop("at")
    now = holders.children.select("person_id", now="unit")
    children = (
        children.join(now, on="person_id", how="left", maintain_order="left")
        .with_columns(unit=pl.coalesce("unit", "now"))
        .drop("now")
    )
    return pl.concat([children, supervised.select(children.columns)])


def _window(
    placed: pl.DataFrame, clock: Clock, weeks: int, holders: Holders, sources: Sources, as_at: date
) -> list[dict[str, object]]:
    first = as_at - timedelta(weeks=weeks)
    why_not = sources.why_not(clock.feeds, since=first + timedelta(days=1))
    if not calendar.covered(as_at):
        why_not = f"The calendar of working days covers {calendar.FIRST_YEAR} to {calendar.LAST_YEAR} only."
    reach = sources.reach(clock.feeds)
    last = min(as_at, reach) if reach else as_at
    found: dict[str, dict[str, object]] = {}
    if why_not is None:
        counted = placed.filter(pl.col("due") > first, pl.col("due") <= last).group_by("unit").agg(*_counts())
        found = {str(row["unit"]): row for row in counted.iter_rows(named=True)}
    nothing = {"n_due": 0, "n_kept": 0, "n_not_recorded": 0, "median_recording_lag_days": None}
    return [
        {
            "unit": unit,
            "clock": clock.id,
            "window_weeks": weeks,
            "label": clock.label,
            **nothing,
            **{name: value for name, value in found.get(unit, {}).items() if name != "unit"},
            "can_tell": why_not is None,
            "why_not": why_not,
            "rule": clock.rule,
            "rule_source": clock.rule_source,
            "as_of": reach,
        }
        for unit in holders.units
    ]


def _counts() -> list[pl.Expr]:
    lag = (pl.col("recorded_on") - pl.col("done")).dt.total_days()
    return [
        pl.len().cast(pl.Int64).alias("n_due"),
        (pl.col("done") <= pl.col("due")).sum().cast(pl.Int64).alias("n_kept"),
        pl.col("done").is_null().sum().cast(pl.Int64).alias("n_not_recorded"),
        lag.median().round(1).alias("median_recording_lag_days"),
    ]
