"""True good things with their number. Nothing is praised that the records do not show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.flow import LADDER
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Coverage, Sources
from fi_workbench.measures.words import count, span

WEEKS = 4
ALL_KEPT_WEEKS = 13
LEAST_FOR_ALL = 5
"""Fewer than this all being on time says little."""

LEAST_DAYS = 14
"""Of records that cover fewer of the last 28 days, nothing is said: half of a month is no month."""

WORDS = {
    "plans_ended_with_a_step_down": ("child", "came off a child protection plan and stayed at home with support"),
    "returned_home_as_planned": ("child", "returned home from care as planned"),
    "programmes_completed": ("programme", "completed by children the unit works with"),
}
"""What each item counts, and what went well."""

UNIT_GOOD_NEWS = {
    "unit": pl.String(),
    "item": pl.String(),
    "n": pl.Int64(),
    "n_of": pl.Int64(),
    "noun": pl.String(),
    "sentence": pl.String(),
}


def unit_good_news(
    frames: Mapping[str, pl.DataFrame],
    unit_clocks: pl.DataFrame,
    holders: Holders,
    sources: Sources,
    *,
    as_at: date,
) -> pl.DataFrame:
    """Find what went well in the last 4 weeks, as far as records cover them, and dates that were all kept over 13.

    Args:
        frames: the tables of `READS`.
        unit_clocks: contract `unit_clocks`.
        holders: units and their past.
        sources: an item whose source is absent or old, or covers less than half of the weeks, is not there.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_good_news`: one row per unit and item that is true of someone, sorted.
    """
    since = as_at - timedelta(weeks=WEEKS)
    rows = [
        row
        for item, source, ended in (
            ("plans_ended_with_a_step_down", "cin_census", _plans_ended(frames, holders, since, as_at)),
            ("returned_home_as_planned", "ssda903", _home(frames, holders, since, as_at)),
            ("programmes_completed", "intervention_referrals", _completed(frames, holders, since, as_at)),
        )
        if sources.why_not([[source]]) is None
        for row in _counts(ended, item, sources[source], as_at)
    ]
    rows += _all_kept(unit_clocks)
    return pl.DataFrame(rows, schema=UNIT_GOOD_NEWS, orient="row").sort("unit", "item")


def _counts(ended: pl.DataFrame, item: str, source: Coverage, as_at: date) -> list[dict[str, object]]:
    """One row per unit: how many, and in which days, where the records do not cover all of them."""
    first = as_at - timedelta(weeks=WEEKS) + timedelta(days=1)
    covered = (max(first, source.covers_from or first), min(as_at, source.covers_to or date.min))
    if (covered[1] - covered[0]).days + 1 < LEAST_DAYS:
        return []
    when = f"in the last {WEEKS} weeks" if covered == (first, as_at) else f"{span(*covered)}, as far as records go"
    noun, words = WORDS[item]
    counted = ended.drop_nulls("unit").group_by("unit").agg(n=pl.len()).sort("unit")
    return [
        {"unit": unit, "item": item, "n": n, "noun": noun, "sentence": f"{count(n, noun)} {words} {when}."}
        for unit, n in counted.iter_rows()
    ]


def _plans_ended(frames: Mapping[str, pl.DataFrame], holders: Holders, since: date, as_at: date) -> pl.DataFrame:
    """Child protection plans that ended with a lower rung of help, for children who are not in care now."""
    support = LADDER[LADDER.index("child_protection_plan") + 1 : -1]
    ended = frames["episodes"].filter(
        pl.col("kind") == "child_protection_plan", pl.col("end") > since, pl.col("end") <= as_at
    )
    supported = frames["child_status"].filter(pl.col("status").is_in(support)).select("person_id")
    return _held_before(ended.join(supported, on="person_id", how="semi"), holders)


def _home(frames: Mapping[str, pl.DataFrame], holders: Holders, since: date, as_at: date) -> pl.DataFrame:
    ended = frames["episodes"].filter(
        pl.col("kind") == "looked_after",
        pl.col("end") > since,
        pl.col("end") <= as_at,
        pl.col("end_detail") == "E4A",
    )
    at_home = frames["child_status"].filter(pl.col("status") != "looked_after").select("person_id")
    return _held_before(ended.join(at_home, on="person_id", how="semi"), holders)


def _held_before(ended: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """One row per child with the unit of the day before the end."""
    days = ended.sort("person_id", "end").unique("person_id", keep="last", maintain_order=True)
    return holders.on(days.select("person_id", at=pl.col("end") - timedelta(days=1)), "at")


def _completed(frames: Mapping[str, pl.DataFrame], holders: Holders, since: date, as_at: date) -> pl.DataFrame:
    finished = frames["intervention_spells"].filter(
        pl.col("completion") == "completed", pl.col("end") > since, pl.col("end") <= as_at
    )
    return finished.join(holders.children.select("person_id", "unit"), on="person_id", maintain_order="left")


def _all_kept(unit_clocks: pl.DataFrame) -> list[dict[str, object]]:
    kept = unit_clocks.filter(
        "can_tell",
        pl.col("window_weeks") == ALL_KEPT_WEEKS,
        pl.col("n_due") >= LEAST_FOR_ALL,
        pl.col("n_kept") == pl.col("n_due"),
        # Guidance counts an assessment from the referral; the other clock would say the same thing twice.
        pl.col("clock") != "assessment_from_start",
    )
    return [
        {
            "unit": row["unit"],
            "item": f"all_kept_{row['clock']}",
            "n": (n := row["n_due"]),
            "n_of": n,
            "sentence": f"{row['label']}: all {n:,} of {n:,} in {ALL_KEPT_WEEKS} weeks were on time.",
        }
        for row in kept.iter_rows(named=True)
    ]
