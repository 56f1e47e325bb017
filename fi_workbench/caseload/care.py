"""Periods of care from SSDA903 episodes, and departures that end everything on their day."""

from __future__ import annotations

import polars as pl

from fi_workbench.caseload.spells import ABSENT, CASE_CLOSED, DIED, MOVED_AWAY, end_by, spell

SHORT_BREAK_STATUSES = ("V3", "V4")
CONTINUES = "X1"
"""Reason episode ceased: another episode follows at once."""


def periods_of_care(ssda903_episodes: pl.DataFrame, known_cases: pl.DataFrame) -> pl.DataFrame:
    """Join episodes of care into periods of care.

    A period is a run of episodes in which each but the last ceased because another followed (X1). A missing end
    before a next episode is taken as X1. A child whose last episode is open, or ceased as X1 with nothing after it,
    is looked after as at the return's date; a later return without the child, or a case closed since with none
    opened, ends the period. Short breaks (V3, V4) are a kind of their own and no period of care.

    Args:
        ssda903_episodes: contract `ssda903_episodes`: one row per child and start, the latest known version of each.
        known_cases: as `returns.cases`.

    Returns:
        One row per period, in the shape of `spells.SPELL`; `detail` is the latest legal status, `end_detail` the
        reason it ceased.
    """
    ordered = ssda903_episodes.with_columns(
        kind=pl.when(pl.col("ls").is_in(SHORT_BREAK_STATUSES))
        .then(pl.lit("short_break"))
        .otherwise(pl.lit("looked_after"))
    ).sort("child", "kind", "decom", "dec", nulls_last=True)
    chain = ("child", "kind")
    before = pl.col("rec").shift(1).over(chain)
    ended_before = pl.col("dec").shift(1).over(chain)
    is_first = pl.int_range(pl.len()).over(chain) == 0
    gap = (pl.col("decom") > ended_before + pl.duration(days=1)).fill_null(value=False)
    begins = (
        is_first | (before != CONTINUES).fill_null(value=False) | (gap & (pl.col("rne") == "S").fill_null(value=False))
    )
    runs = ordered.with_columns(period=begins.cum_sum().over(chain)).group_by(*chain, "period", maintain_order=True)
    periods = runs.agg(
        decom=pl.col("decom").first(),
        ls=pl.col("ls").last(),
        dec=pl.col("dec").last(),
        rec=pl.col("rec").last(),
        row_id=pl.col("row_id").last(),
        as_of=pl.col("as_of").max(),
    ).with_columns(followed_on=pl.col("decom").shift(-1).over(chain))
    ceased = pl.col("dec").is_not_null() & (pl.col("rec") != CONTINUES).fill_null(value=True)
    made = spell(
        periods,
        kind=pl.col("kind"),
        child="child",
        start="decom",
        end=pl.when(ceased).then("dec"),
        detail="ls",
        end_detail=pl.when(ceased).then("rec"),
        source_table="ssda903_episodes",
    ).with_columns(periods["followed_on"])
    made = end_by(made, pl.when(pl.col("end").is_null()).then("followed_on"), CONTINUES).drop("followed_on")
    latest = pl.lit(ssda903_episodes["as_of"].max(), dtype=pl.Date)
    made = end_by(made, pl.when(pl.col("as_of") < latest, pl.col("end").is_null()).then("as_of"), ABSENT)
    closed = known_cases.group_by("la_child_id").agg(
        still_open=pl.col("closed_on").is_null().any(), last_closed=pl.col("cin_closure_date").max()
    )
    made = made.join(closed, left_on="case_reference", right_on="la_child_id", how="left", maintain_order="left")
    since_return = ~pl.col("still_open") & (pl.col("last_closed") >= pl.col("as_of"))
    made = end_by(made, pl.when(since_return, pl.col("end").is_null()).then("last_closed"), CASE_CLOSED)
    return made.drop("still_open", "last_closed")


def departures(known_cases: pl.DataFrame, ssda903_episodes: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Days on which a child died or moved to another authority: nothing that was open stays open past them.

    Returns:
        One row per child, day and how: `case_reference`, `left_on`, `how`.
    """
    closures = known_cases.filter(pl.col("reason_for_closure").is_in(["RC2", "RC5"])).select(
        pl.col("la_child_id").alias("case_reference"),
        pl.col("cin_closure_date").alias("left_on"),
        how=pl.when(pl.col("reason_for_closure") == "RC2").then(pl.lit(DIED)).otherwise(pl.lit(MOVED_AWAY)),
    )
    ceased = ssda903_episodes.filter(pl.col("rec").is_in(["E2", "E3"])).select(
        pl.col("child").alias("case_reference"),
        pl.col("dec").alias("left_on"),
        how=pl.when(pl.col("rec") == "E2").then(pl.lit(DIED)).otherwise(pl.lit(MOVED_AWAY)),
    )
    deaths = people.select("case_reference", pl.col("death_date").alias("left_on"), how=pl.lit(DIED))
    return pl.concat([closures, ceased, deaths]).drop_nulls().unique().sort("case_reference", "left_on", "how")


def end_at_departure(spells: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """End every spell on the first departure on or after its start."""
    numbered = spells.with_row_index("spell")
    first = (
        numbered.select("spell", "case_reference", "start")
        .join(left, on="case_reference")
        .filter(pl.col("left_on") >= pl.col("start"))
        .sort("spell", "left_on", "how")
        .unique(subset=["spell"], keep="first", maintain_order=True)
        .select("spell", "left_on", "how")
    )
    joined = numbered.join(first, on="spell", how="left", maintain_order="left")
    return end_by(joined, "left_on", pl.col("how")).drop("spell", "left_on", "how")
