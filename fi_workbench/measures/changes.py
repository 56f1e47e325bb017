"""Whether what changed in who we work with is more than chance, in words."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.flow import MEASURES, Measure
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.timeliness import WINDOWS
from fi_workbench.measures.words import count, whole
from fi_workbench.settings import Settings
from fi_workbench.statistics.control import count_limits, level_limits

BASELINE_WEEKS = 52
LEAST_BASELINE_WEEKS = 39
"""Fewer covered weeks before the window than this make no "usual": a quarter of the seasons would be missing."""

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
}


def unit_changes(
    series: pl.DataFrame, holders: Holders, sources: Sources, settings: Settings, *, as_at: date
) -> pl.DataFrame:
    """Say of each unit and measure whether the last 4 and 13 weeks are more than chance.

    Args:
        series: contract `unit_series`.
        holders: the units.
        sources: what is covered.
        settings: `thresholds.too_few_events` and `stale_days`.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_changes`: one row per unit, measure and window, sorted. About 1 verdict in 100 of a unit in
        which nothing changed says that something did.
    """
    by_key = {key: group.sort("week_start") for key, group in series.group_by("unit", "measure")}
    empty = series.clear()
    rows = [
        _change(by_key.get((unit, name), empty), unit, name, weeks, sources, settings, as_at)
        for unit in holders.units
        for name in MEASURES
        for weeks in WINDOWS
    ]
    return pl.DataFrame(rows, schema=UNIT_CHANGES, orient="row").sort("unit", "measure", "window_weeks")


def _change(
    group: pl.DataFrame, unit: str, name: str, weeks: int, sources: Sources, settings: Settings, as_at: date
) -> dict[str, object]:
    measure = MEASURES[name]
    row: dict[str, object] = {"unit": unit, "measure": name, "window_weeks": weeks, "n": 0}
    first = as_at - timedelta(weeks=weeks) + timedelta(days=1)
    window = group.filter(pl.col("week_start") >= first)["n"].to_list()
    before = group.filter(pl.col("week_start") < first)["n"].to_list()[-BASELINE_WEEKS:]
    why_not = sources.why_not([measure.feeds])
    if why_not is None and len(window) < weeks:
        why_not = f"The {sources.latest(measure.feeds).noun} does not cover these {weeks} weeks."
    if why_not is not None:
        return row | {"verdict": "cannot_tell", "sentence": why_not}
    n = window[-1] if measure.level else sum(window)
    row |= {"n": n}
    said = " ".join(filter(None, [count(n, measure.noun), measure.words]))
    if len(before) < LEAST_BASELINE_WEEKS:
        covered = count(len(before), "week")
        sentence = f"{_in(said, measure, weeks, before)}; only {covered} before to compare with: cannot tell."
        return row | {"verdict": "cannot_tell", "sentence": sentence}
    limits = (level_limits if measure.level else count_limits)(before, weeks)
    row |= {"usual_low": limits.low, "usual_centre": round(limits.centre, 1), "usual_high": limits.high}
    if max(n, limits.centre) < settings.thresholds.too_few_events:
        return row | {"verdict": "too_few", "sentence": f"{_in(said, measure, weeks, before)}: too few to tell."}
    verdict, words = {
        -1: ("fewer_than_usual", "fewer than usual"),
        0: ("within_usual", "no more than chance"),
        1: ("more_than_usual", "more than usual"),
    }[limits.places(n)]
    usual = f"usually between {whole(limits.low)} and {whole(limits.high)}"
    return row | {"verdict": verdict, "sentence": f"{_in(said, measure, weeks, before)}; {usual}: {words}."}


def _in(said: str, measure: Measure, weeks: int, before: list[int]) -> str:
    if measure.level:
        return f"{said}, where {weeks} weeks ago there were {before[-1]:,}" if before else said
    return f"{said} in {weeks} weeks"
