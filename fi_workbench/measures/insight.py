"""One thing worth talking about in group supervision: needs that are recorded together more than apart.

Two needs are compared among families in which both were assessed. The difference in how often the one is recorded
with and without the other must stay clear of nothing after allowing for how many pairs were looked at. It is about
what is recorded, in one unit, on one day: not about causes, and never about fewer than ten families.
"""

from __future__ import annotations

import math
from datetime import date
from itertools import permutations

import polars as pl

from fi_workbench.measures.holders import Holders
from fi_workbench.measures.words import among
from fi_workbench.settings import Settings
from fi_workbench.statistics.intervals import Interval, newcombe, wilson
from fi_workbench.vocabulary.needs import NEED_CODES, PRESENT, UNKNOWN, need

CO_OCCURRENCE = "needs_recorded_together"
LEVEL = 0.95
LEAST_DIFFERENCE = 0.10
"""A difference that is certain and small is not worth a supervision."""

Counts = tuple[int, int, int, int, int]
"""Families with both needs, the first, the second only, without the first; and where either is not known."""

UNIT_INSIGHTS = {
    "unit": pl.String(),
    "insight": pl.String(),
    "n_families": pl.Int64(),
    "n_of": pl.Int64(),
    "n_low": pl.Int64(),
    "n_high": pl.Int64(),
    "n_unknown": pl.Int64(),
    "finding": pl.String(),
    "question": pl.String(),
    "sources": pl.String(),
    "as_of": pl.Date(),
}


def unit_insights(need_profiles: pl.DataFrame, holders: Holders, settings: Settings) -> pl.DataFrame:
    """Find, for each unit, the pair of needs that are recorded together most beyond what chance gives.

    Args:
        need_profiles: contract `need_profiles`.
        holders: units and their open families.
        settings: `thresholds.families_for_insight`, never below 10.

    Returns:
        Contract `unit_insights`: at most one row per unit, sorted; none where nothing stands clear of chance.
    """
    held = holders.families.select("family_id", "unit").drop_nulls()
    known = need_profiles.join(held, on="family_id", how="inner").filter(pl.col("need").is_in(NEED_CODES))
    rows = [
        row
        for unit in holders.units
        if (row := _strongest(known.filter(pl.col("unit") == unit), unit, settings.thresholds.families_for_insight))
    ]
    return pl.DataFrame(rows, schema=UNIT_INSIGHTS, orient="row").sort("unit", "insight")


def _strongest(known: pl.DataFrame, unit: str, least: int) -> dict[str, object] | None:
    needs = [code for code in NEED_CODES if code in set(known["need"].to_list())]
    if len(needs) < 2:
        return None
    wide = known.pivot(on="need", on_columns=needs, index="family_id", values="state", aggregate_function="first")
    pairs = list(permutations(needs, 2))
    level = 1 - (1 - LEVEL) / len(pairs)
    best: tuple[float, str, str, Counts] | None = None
    for first, second in pairs:
        counts = _table(wide, first, second)
        interval = _difference(counts[:4], least, level)
        if interval and interval.low > LEAST_DIFFERENCE and (best is None or interval.low > best[0]):
            best = (interval.low, first, second, counts)
    return _told(known, unit, best[1], best[2], best[3]) if best else None


def _table(wide: pl.DataFrame, first: str, second: str) -> Counts:
    both = wide.filter(pl.col(first) != UNKNOWN, pl.col(second) != UNKNOWN)
    has_first, has_second = pl.col(first) == PRESENT, pl.col(second) == PRESENT
    row = both.select(
        (has_first & has_second).sum().alias("both"),
        has_first.sum().alias("first"),
        (~has_first & has_second).sum().alias("second_only"),
        (~has_first).sum().alias("without"),
    ).row(0)
    return int(row[0]), int(row[1]), int(row[2]), int(row[3]), wide.height - both.height


def _difference(counts: tuple[int, int, int, int], least: int, level: float) -> Interval | None:
    both, first, second_only, without = counts
    if both < least or without < least:
        return None
    return newcombe(both, first, second_only, without, level=level)


def _told(known: pl.DataFrame, unit: str, first: str, second: str, counts: Counts) -> dict[str, object]:
    both, n_first, second_only, without, n_unknown = counts
    one, other = need(first).phrase, need(second).phrase
    rows = known.filter(pl.col("need").is_in([first, second]), pl.col("state") == PRESENT)
    as_of = rows["as_of"].max()
    share = wilson(both, n_first, level=LEVEL)
    left_out = f"For {n_unknown:,} more, one of the two is not known. " if n_unknown else ""
    return {
        "unit": unit,
        "insight": CO_OCCURRENCE,
        "n_families": both,
        "n_of": n_first,
        "n_low": math.floor(share.low * n_first),
        "n_high": math.ceil(share.high * n_first),
        "n_unknown": n_unknown,
        "finding": (
            f"{among(both, n_first, 'family')} with {one} recorded also have {other} recorded. "
            f"So do {among(second_only, without, 'family')} without it. {left_out}"
            "This is more than chance gives. It says nothing about causes."
        ),
        "question": f"Where {one} and {other} come together, what would we do differently?",
        "sources": ", ".join(sorted({source for sources in rows["sources"].to_list() for source in sources or []})),
        "as_of": as_of if isinstance(as_of, date) else None,
    }
