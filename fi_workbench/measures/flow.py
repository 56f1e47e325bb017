"""Who we work with, week by week: levels and flows of each unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.holders import SOCIAL_CARE, Holders
from fi_workbench.measures.sources import Sources

WEEKS = 78

LADDER = (*SOCIAL_CARE, "early_help", "closed")
"""Statuses from the most to the least intensive."""
PLANS = ("looked_after", "child_protection_plan", "child_in_need_plan")


@dataclass(frozen=True)
class Measure:
    """A weekly number of a unit.

    Attributes:
        noun: what is counted, in the singular.
        words: what follows the noun in a sentence.
        level: whether it is a level at the end of the week rather than a sum of events.
        feeds: sources it is read from, one of which is enough.
    """

    noun: str
    words: str
    level: bool
    feeds: tuple[str, ...]


CENSUS = ("cin_census",)
MEASURES: Mapping[str, Measure] = {
    "families_open": Measure("family", "open", level=True, feeds=CENSUS),
    "children_open": Measure("child", "open", level=True, feeds=CENSUS),
    "referrals": Measure("referral", "", level=False, feeds=("cin_census", "case_referrals")),
    "assessments_completed": Measure("assessment", "completed", level=False, feeds=CENSUS),
    "section47_started": Measure("section 47 enquiry", "started", level=False, feeds=CENSUS),
    "child_protection_plans": Measure("child", "on a child protection plan", level=True, feeds=CENSUS),
    "child_protection_plans_started": Measure("child protection plan", "started", level=False, feeds=CENSUS),
    "looked_after": Measure("child", "looked after", level=True, feeds=("ssda903",)),
    "looked_after_started": Measure("child", "who became looked after", level=False, feeds=("ssda903",)),
    "closed": Measure("child", "closed to social care", level=False, feeds=CENSUS),
    "stepped_down": Measure("child", "who left care or a plan for less help", level=False, feeds=CENSUS),
}

_STARTS = {
    "referrals": "referral",
    "section47_started": "section47",
    "child_protection_plans_started": "child_protection_plan",
    "looked_after_started": "looked_after",
}
_LEVELS = {"child_protection_plans": "child_protection_plan", "looked_after": "looked_after"}

UNIT_SERIES = {"unit": pl.String(), "measure": pl.String(), "week_start": pl.Date(), "n": pl.Int64()}


WEEKEND = timedelta(days=2)
"""A source covers a week up to its Sunday, or to its Friday: hardly anything is recorded on the two days between."""


def weekly_counts(episodes: pl.DataFrame, holders: Holders, *, as_at: date) -> pl.DataFrame:
    """Count each measure for each unit and week, and what no known unit held.

    Args:
        episodes: contract `episodes`.
        holders: the units, and what they held when.
        as_at: the week's Sunday; the last week ends on it.

    Returns:
        One row per unit, measure and week in which there was something: `unit` (null where no unit of today's roster
        is known to have held it), `measure`, `week_start`, `n`.
    """
    known = episodes.join(holders.references.select("person_id"), on="person_id", how="semi")
    events = pl.concat([_starts(known, holders), _completed(known, holders), *_moves(holders)])
    sums = (
        events.with_columns(week_start=pl.col("on").dt.truncate("1w"))
        .group_by("unit", "measure", "week_start")
        .agg(n=pl.len().cast(pl.Int64))
    )
    return pl.concat([sums, _levels(known, holders, first=_mondays(as_at)[0])])


def held_from(frames: Mapping[str, pl.DataFrame], holders: Holders, sources: Sources) -> date | None:
    """The first day from which it is known which unit held whom: both allocations and roster have begun.

    Args:
        frames: `allocations`, `roster`.
        holders: where everything is one unit, nobody has to know.
        sources: what each list covers; where it does not say, it begins with its earliest row.
    """
    if holders.whole:
        return None
    begun = (sources.begins(name, _earliest(frames[name])) for name in ("allocations", "roster"))
    return max((day for day in begun if day is not None), default=None)


def _earliest(rows: pl.DataFrame) -> date | None:
    first = rows["start_date"].min()
    return first if isinstance(first, date) else None


def unit_series(
    counts: pl.DataFrame, holders: Holders, sources: Sources, *, as_at: date, begins: date | None = None
) -> pl.DataFrame:
    """Lay each unit's counts out by week, over the weeks that are covered as a whole.

    Args:
        counts: as `weekly_counts`.
        holders: the units.
        sources: what is covered; a week outside has no row, because its nought would not be a nought. Nor has a week
            that a source covers in part: it would read as fewer.
        as_at: the week's Sunday.
        begins: as `held_from`; before it no unit is known to have held anybody.

    Returns:
        Contract `unit_series`: one row per unit, measure and covered week of the last 78, sorted; weeks without
        events are 0.
    """
    weeks = pl.DataFrame({"week_start": _mondays(as_at)}, schema={"week_start": pl.Date})
    grid = (
        pl.DataFrame({"unit": list(holders.units)}, schema={"unit": pl.String})
        .join(pl.DataFrame({"measure": list(MEASURES)}), how="cross")
        .join(weeks, how="cross")
    )
    made = grid.join(counts.drop_nulls("unit"), on=["unit", "measure", "week_start"], how="left")
    made = made.with_columns(pl.col("n").fill_null(0))
    return pl.concat(
        [
            made.filter(pl.col("measure") == name, *_covered(measure, sources, begins))
            for name, measure in MEASURES.items()
        ]
    ).sort("unit", "measure", "week_start")


def _mondays(as_at: date) -> list[date]:
    return [as_at - timedelta(days=6, weeks=weeks) for weeks in reversed(range(WEEKS))]


def _covered(measure: Measure, sources: Sources, begins: date | None) -> list[pl.Expr]:
    best = sources.latest(measure.feeds)
    if best.covers_to is None:
        return [pl.lit(value=False)]
    inside = [pl.col("week_start") + timedelta(days=6) <= best.covers_to + WEEKEND]
    return inside + [pl.col("week_start") >= first for first in (best.covers_from, begins) if first is not None]


def _starts(known: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    kinds = {kind: measure for measure, kind in _STARTS.items()}
    rows = known.filter(pl.col("kind").is_in(list(kinds))).select(
        "person_id", on="start", measure=pl.col("kind").replace_strict(kinds, return_dtype=pl.String)
    )
    return holders.on(rows, "on").select("unit", "measure", "on")


def _completed(known: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Assessments with an end of their own, by the unit of the day before: the case may close that day."""
    rows = known.filter(pl.col("kind") == "assessment", pl.col("end").is_not_null(), pl.col("end_detail").is_null())
    before = rows.select("person_id", on="end", before=pl.max_horizontal("start", pl.col("end") - timedelta(days=1)))
    return holders.on(before, "before").select("unit", measure=pl.lit("assessments_completed"), on="on")


def _moves(holders: Holders) -> list[pl.DataFrame]:
    """Children who left social care, and those who went down from care or a plan to another rung of help.

    `step_down_after` follows others: those who left a plan alone, for less help or none.
    """
    rank = pl.col("status").replace_strict({status: n for n, status in enumerate(LADDER)}, return_dtype=pl.Int64)
    moved = holders.history.sort("person_id", "from_date").with_columns(
        rank=rank,
        before=pl.col("status").shift(1).over("person_id"),
        rank_before=rank.shift(1).over("person_id"),
        left=pl.col("unit").shift(1).over("person_id"),
        on="from_date",
    )
    closed = moved.filter(pl.col("before").is_in(SOCIAL_CARE), pl.col("status") == "closed")
    down = moved.filter(
        pl.col("before").is_in(PLANS), pl.col("rank") > pl.col("rank_before"), pl.col("status") != "closed"
    )
    return [
        frame.select(pl.col("left").alias("unit"), pl.lit(name).alias("measure"), "on")
        for name, frame in (("closed", closed), ("stepped_down", down))
    ]


def _levels(known: pl.DataFrame, holders: Holders, *, first: date) -> pl.DataFrame:
    """Levels at the end of each week's Sunday."""
    now = by_week(
        holders.history.select("person_id", "family_id", "status", "unit", start="from_date", end="to_date"), first
    )
    open_now = now.filter(pl.col("status").is_in(SOCIAL_CARE))
    week = ("unit", "week_start")
    parts = [
        open_now.group_by(week).agg(n=pl.col(column).n_unique()).with_columns(measure=pl.lit(measure))
        for measure, column in (("families_open", "family_id"), ("children_open", "person_id"))
    ]
    placed = now.select("person_id", *week).unique()
    for measure, kind in _LEVELS.items():
        spells = by_week(known.filter(pl.col("kind") == kind).select("person_id", "start", "end"), first)
        children = spells.select("person_id", "week_start").unique().join(placed, on=["person_id", "week_start"])
        parts.append(children.group_by(week).agg(n=pl.len()).with_columns(measure=pl.lit(measure)))
    return pl.concat([part.select("unit", "measure", "week_start", pl.col("n").cast(pl.Int64)) for part in parts])


def by_week(spells: pl.DataFrame, first: date) -> pl.DataFrame:
    """One row per spell and week at the end of whose Sunday it lasted."""
    sunday = pl.lit(first + timedelta(days=6))

    def weeks(day: pl.Expr) -> pl.Expr:
        return (day - sunday).dt.total_days()

    # The first Sunday on or after the start, and the last one before the end.
    begins = ((weeks(pl.col("start")) + 6).floordiv(7)).clip(0, WEEKS)
    ends = ((weeks(pl.col("end")) - 1).floordiv(7) + 1).fill_null(WEEKS).clip(0, WEEKS)
    return (
        spells.with_columns(week=pl.int_ranges(begins, pl.max_horizontal(begins, ends)))
        .explode("week", empty_as_null=False)
        .with_columns(week_start=pl.lit(first) + pl.duration(weeks=pl.col("week")))
        .drop("week", "start", "end")
    )
