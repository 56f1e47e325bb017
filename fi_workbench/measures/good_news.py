"""True good things with their number. Nothing is praised that the records do not show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.flow import LADDER
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.words import count

WEEKS = 4
ALL_KEPT_WEEKS = 13
LEAST_FOR_ALL = 5
"""Fewer than this all being on time says little."""

UNIT_GOOD_NEWS = {"unit": pl.String(), "item": pl.String(), "n": pl.Int64(), "sentence": pl.String()}


def unit_good_news(
    frames: Mapping[str, pl.DataFrame],
    unit_clocks: pl.DataFrame,
    holders: Holders,
    sources: Sources,
    *,
    as_at: date,
) -> pl.DataFrame:
    """Find what went well in the last 4 weeks, and dates that were all kept over 13.

    Args:
        frames: the tables of `READS`.
        unit_clocks: contract `unit_clocks`.
        holders: units and their past.
        sources: an item whose source is absent or old is not there.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_good_news`: one row per unit and item that is true of someone, sorted.
    """
    since = as_at - timedelta(weeks=WEEKS)
    parts = [
        _count(_plans_ended(frames, holders, since, as_at), "plans_ended_with_a_step_down", sources, "cin_census"),
        _count(_home(frames, holders, since, as_at), "returned_home_as_planned", sources, "ssda903"),
        _count(_completed(frames, holders, since, as_at), "programmes_completed", sources, "intervention_referrals"),
    ]
    words = {
        "plans_ended_with_a_step_down": ("child", "came off a child protection plan and stayed at home with support"),
        "returned_home_as_planned": ("child", "returned home from care as planned"),
        "programmes_completed": ("programme", "completed by children the unit works with"),
    }
    rows = [
        {
            "unit": unit,
            "item": item,
            "n": n,
            "sentence": f"{count(n, words[item][0])} {words[item][1]} in the last {WEEKS} weeks.",
        }
        for item, counts in parts
        for unit, n in counts
    ]
    rows += _all_kept(unit_clocks)
    return pl.DataFrame(rows, schema=UNIT_GOOD_NEWS, orient="row").sort("unit", "item")


def _count(rows: pl.DataFrame, item: str, sources: Sources, source: str) -> tuple[str, list[tuple[str, int]]]:
    if sources.why_not([[source]]) is not None:
        return item, []
    counted = rows.drop_nulls("unit").group_by("unit").agg(n=pl.len()).sort("unit")
    return item, [(str(unit), int(n)) for unit, n in counted.iter_rows()]


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
            "n": row["n_due"],
            "sentence": f"{row['label']}: all {row['n_due']} of {row['n_due']} in {ALL_KEPT_WEEKS} weeks were on time.",
        }
        for row in kept.iter_rows(named=True)
    ]
