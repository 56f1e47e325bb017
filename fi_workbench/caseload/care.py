"""Periods of care from SSDA903 episodes, and departures that end everything on their day."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from fi_workbench.caseload.chains import chain_repairs, chain_up
from fi_workbench.caseload.repairs import ends_moved, together
from fi_workbench.caseload.spells import ABSENT, CASE_CLOSED, DIED, MOVED_AWAY, SPELL, end_by, spell


@dataclass(frozen=True)
class Care:
    """Periods of care, and every departure from what the returns literally say.

    Attributes:
        periods: one row per period, in the shape of `spells.SPELL`; `detail` is the latest legal status, `end_detail`
            the reason it ceased, `row_id` its last episode.
        repairs: one row per repaired value (contract `care_repairs`).
    """

    periods: pl.DataFrame = field(repr=False)
    repairs: pl.DataFrame = field(repr=False)


def periods_of_care(ssda903_episodes: pl.DataFrame, known_cases: pl.DataFrame, left: pl.DataFrame) -> Care:
    """Join episodes of care into periods of care, and say all that was repaired for it.

    A period is a run of episodes of one kind in which each but the last ceased because another followed (X1); short
    breaks (V3, V4) are a kind of their own and no period of care. `chains` says how a chain is repaired. A child whose
    last episode is open is looked after as at the return's date; a later return without the child, or a case closed
    since with none opened, ends the period. A child's death or move ends it on that day.

    Args:
        ssda903_episodes: contract `ssda903_episodes`: one row per child and start, the latest known version of each.
        known_cases: as `returns.cases`.
        left: as `departures`.
    """
    chained = chain_up(ssda903_episodes)
    repairs = chain_repairs(chained)
    whole = chained.filter(pl.col("replaced_by").is_null()).group_by("child", "period", maintain_order=True)
    runs = whole.agg(
        kind=pl.col("kind").last(),
        start=pl.col("decom").first(),
        decom=pl.col("decom").last(),
        ls=pl.col("ls").last(),
        end=pl.col("end").last(),
        how=pl.col("how").last(),
        row_id=pl.col("row_id").last(),
        as_of=pl.col("as_of").max(),
    )
    made = spell(
        runs,
        kind=pl.col("kind"),
        child="child",
        start="start",
        end="end",
        detail="ls",
        end_detail="how",
        source_table="ssda903_episodes",
    ).with_columns(runs["decom"])
    latest = pl.lit(ssda903_episodes["as_of"].max(), dtype=pl.Date)
    is_open = pl.col("end").is_null()
    absent = end_by(made, pl.when(pl.col("as_of") < latest, is_open).then("as_of"), ABSENT)
    repairs.append(ends_moved(made, absent, ABSENT))
    closed = end_by(absent, pl.when(is_open).then(_closed_since(absent, known_cases)), CASE_CLOSED)
    repairs.append(ends_moved(absent, closed, CASE_CLOSED))
    parted = end_at_departure(closed, left)
    repairs.append(ends_moved(closed, parted, pl.col("end_detail")))
    return Care(parted.select(SPELL), together(repairs))


def _closed_since(periods: pl.DataFrame, known_cases: pl.DataFrame) -> pl.Series:
    """The day on which each child's last case closed, where that was since the return and no other is open."""
    cases = known_cases.group_by("la_child_id").agg(
        still_open=pl.col("closed_on").is_null().any(), last_closed=pl.col("cin_closure_date").max()
    )
    joined = periods.join(cases, left_on="case_reference", right_on="la_child_id", how="left", maintain_order="left")
    since = ~pl.col("still_open") & (pl.col("last_closed") >= pl.col("as_of"))
    return joined.select(pl.when(since).then("last_closed").alias("last_closed")).to_series()


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
