"""Whether what changed in who we work with is more than chance, in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.flow import MEASURES, Measure
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.timeliness import WINDOWS
from fi_workbench.measures.words import count, day, whole
from fi_workbench.settings import Settings
from fi_workbench.statistics.control import count_limits, level_limits

BASELINE_WEEKS = 52
LEAST_BASELINE_WEEKS = 39
"""Fewer covered weeks before the window than this make no "usual": a quarter of the seasons would be missing."""

COVERAGE = 0.997
"""How often an unchanged count stays inside its limits: a brief makes 22 comparisons that hang together.

So about 1 brief in 20 of an unchanged unit says that something changed; with 0.99 it was 1 in 7. Twice as many
children coming in 13 weeks are seen 81 times in 100 where 5 a week are usual (`tests/studies/test_false_changes.md`).
"""

MOST_UNHELD = 0.05
"""So much more of the past than of now may have no known unit: beyond it, what a unit held seems to have grown.

Where the roster lists only who is there now, whatever leavers held and closed has no unit. With 1 in 20 gone, 1 of
100 windows of 13 weeks of an unchanged unit is called more than usual, with 3 in 20 up to 10
(`tests/studies/test_false_changes.md`). Referrals that no unit ever takes are as many now as then, and do no harm.
"""

UNIT_CHANGES = {
    "unit": pl.String(),
    "measure": pl.String(),
    "window_weeks": pl.Int64(),
    "n": pl.Int64(),
    "usual_low": pl.Float64(),
    "usual_centre": pl.Float64(),
    "usual_high": pl.Float64(),
    "verdict": pl.String(),
    "sentence": pl.String(),
    "up_to": pl.Date(),
}


def unheld_past(counts: pl.DataFrame, series: pl.DataFrame) -> frozenset[tuple[str, int]]:
    """Measures and windows whose weeks before cannot be compared, since much of what they held has no known unit.

    Args:
        counts: as `weekly_counts`: of the whole authority, because what has no unit is no unit's.
        series: contract `unit_series`, for the weeks that are covered.
    """
    week = ("measure", "week_start")
    totals = counts.group_by(week).agg(n=pl.col("n").sum(), unheld=pl.col("n").filter(pl.col("unit").is_null()).sum())
    covered = series.select(week).unique().join(totals, on=week, how="left").fill_null(0).sort(week)
    found = set()
    for (name,), rows in covered.group_by("measure"):
        level = MEASURES[str(name)].level
        for weeks in WINDOWS:
            before, now = rows[:-weeks].tail(1 if level else BASELINE_WEEKS), rows.tail(1 if level else weeks)
            if _unheld(before) - _unheld(now) > MOST_UNHELD:
                found.add((str(name), weeks))
    return frozenset(found)


def _unheld(rows: pl.DataFrame) -> float:
    n = int(rows["n"].sum())
    return int(rows["unheld"].sum()) / n if n else 0.0


def unit_changes(
    series: pl.DataFrame,
    holders: Holders,
    sources: Sources,
    settings: Settings,
    *,
    as_at: date,
    unheld: Collection[tuple[str, int]] = (),
) -> pl.DataFrame:
    """Say of each unit and measure whether the last 4 and 13 full weeks are more than chance.

    Args:
        series: contract `unit_series`.
        holders: the units.
        sources: what is covered.
        settings: `thresholds.too_few_events` and `stale_days`.
        as_at: the week's Sunday.
        unheld: as `unheld_past`.

    Returns:
        Contract `unit_changes`: one row per unit, measure and window, sorted. About 3 verdicts in 1,000 of a unit in
        which nothing changed say that something did.
    """
    by_key = {key: group.sort("week_start") for key, group in series.group_by("unit", "measure")}
    empty = series.clear()
    rows = []
    for unit in holders.units:
        for name in MEASURES:
            group = by_key.get((unit, name), empty)
            why_not = sources.why_not([MEASURES[name].feeds])
            rows += [
                {"unit": unit, "measure": name, "window_weeks": weeks, "n": 0}
                | _change(group, name, weeks, why_not, settings, as_at, unheld=(name, weeks) in unheld)
                for weeks in WINDOWS
            ]
    return pl.DataFrame(rows, schema=UNIT_CHANGES, orient="row").sort("unit", "measure", "window_weeks")


def _change(
    group: pl.DataFrame, name: str, weeks: int, why_not: str | None, settings: Settings, as_at: date, *, unheld: bool
) -> dict[str, object]:
    measure = MEASURES[name]
    counts = group["n"].to_list()
    window, before = counts[-weeks:], counts[:-weeks][-BASELINE_WEEKS:]
    if why_not is not None or len(window) < weeks:
        short = f"Not all of the last {weeks} weeks are covered."
        return {"verdict": "cannot_tell", "sentence": why_not or short}
    last = group["week_start"].max()
    up_to = last + timedelta(days=6) if isinstance(last, date) else as_at
    n = window[-1] if measure.level else sum(window)
    row: dict[str, object] = {"n": n, "up_to": up_to}
    # Said only where it is not the week's own Sunday, which every page says.
    ends = "" if up_to == as_at else f" The last full week ends on {day(up_to)}."
    said = " ".join(filter(None, [count(n, measure.noun), measure.words]))
    if len(before) < LEAST_BASELINE_WEEKS:
        covered = count(len(before), "week")
        sentence = f"{_in(said, measure, weeks, before)}; only {covered} before to compare with: cannot tell.{ends}"
        return row | {"verdict": "cannot_tell", "sentence": sentence}
    if unheld:
        sentence = f"{_in(said, measure, weeks, [])}; too many before have no known unit: cannot tell.{ends}"
        return row | {"verdict": "cannot_tell", "sentence": sentence}
    limits = (level_limits if measure.level else count_limits)(before, weeks, coverage=COVERAGE)
    row |= {"usual_low": limits.low, "usual_centre": round(limits.centre, 1), "usual_high": limits.high}
    if max(n, limits.centre) < settings.thresholds.too_few_events:
        return row | {"verdict": "too_few", "sentence": f"{_in(said, measure, weeks, before)}: too few to tell.{ends}"}
    verdict, words = {
        -1: ("fewer_than_usual", "fewer than usual"),
        0: ("within_usual", "no more than chance"),
        1: ("more_than_usual", "more than usual"),
    }[limits.places(n)]
    usual = f"usually between {whole(limits.low)} and {whole(limits.high)}"
    return row | {"verdict": verdict, "sentence": f"{_in(said, measure, weeks, before)}; {usual}: {words}.{ends}"}


def _in(said: str, measure: Measure, weeks: int, before: list[int]) -> str:
    if measure.level:
        return f"{said}, where {weeks} weeks ago there were {before[-1]:,}" if before else said
    return f"{said} in {weeks} weeks"
