"""Care proceedings: from the application to the court until the interim care order gave way, which stands for the end.

No return holds the end of proceedings. An interim care order ends with the final order, with another legal status, or
with care itself; proceedings of children who were never under an interim care order cannot be told.

Source:
    Children Act 1989, section 32, as changed by the Children and Families Act 2014, section 14: 26 weeks from the day
    of the application.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.measures.placements import INTERIM_CARE_ORDER, SHORT_BREAKS
from fi_workbench.measures.year_measure import Count, Days, count_of

WEEKS = 26
NEXT_FOLLOWS = "X1"


def ended_proceedings(care_episodes: pl.DataFrame, applications: pl.DataFrame, days: Days) -> Count:
    """Interim care orders that ended in the days, and those that did within 26 weeks of the application.

    Args:
        care_episodes: `ssda903_episodes` with `person_id`.
        applications: `cin_pre_proceedings` with `person_id`: `court_app_date`. Collected from 2026; without one,
            nobody knows when proceedings began.
        days: the year.
    """
    ended = interim_orders(care_episodes, applications).filter(days.within("ended"))
    return count_of(ended, pl.col("ended") <= pl.col("applied").dt.offset_by(f"{WEEKS}w"))


def open_proceedings(care_episodes: pl.DataFrame, applications: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Children under an interim care order, with the day since when proceedings are known to be open.

    Args:
        care_episodes: `ssda903_episodes` with `person_id`.
        applications: `cin_pre_proceedings` with `person_id`: `court_app_date`.
        as_at: the day looked at.

    Returns:
        One row per child: `person_id`, `start` (the application; where none is recorded, the interim order, which is
        later), `row_id`, sorted.
    """
    lasting = Days(date.min, as_at).open(end="ended")
    return (
        interim_orders(care_episodes, applications)
        .filter(lasting)
        .sort("person_id", "start")
        .unique("person_id", keep="last", maintain_order=True)
        .select("person_id", pl.coalesce("applied", "start").alias("start"), "row_id")
    )


def interim_orders(care_episodes: pl.DataFrame, applications: pl.DataFrame) -> pl.DataFrame:
    """Find spells under an interim care order, each with the application it followed.

    Args:
        care_episodes: `ssda903_episodes` with `person_id`.
        applications: `cin_pre_proceedings` with `person_id`: `court_app_date`.

    Returns:
        One row per spell: `person_id`, `start`, `ended` (null while it lasts), `applied` (null where none is
        recorded after the spell before), `row_id`, sorted.
    """
    ordered = care_episodes.filter(~pl.col("ls").is_in(SHORT_BREAKS).fill_null(value=False)).sort("person_id", "decom")
    interim = (pl.col("ls") == INTERIM_CARE_ORDER).fill_null(value=False)
    follows_on = (pl.col("rec").shift(1) == NEXT_FOLLOWS).over("person_id").fill_null(value=False)
    begins = interim & ~(interim.shift(1, fill_value=False).over("person_id") & follows_on)
    spells = (
        ordered.with_columns(interim=interim, spell=begins.cum_sum().over("person_id"))
        .filter("interim")
        .group_by("person_id", "spell", maintain_order=True)
        .agg(start=pl.col("decom").first(), ended=pl.col("dec").last(), row_id=pl.col("row_id").first())
        .with_columns(before=pl.col("ended").shift(1).over("person_id"))
        .sort("start")
    )
    applied = applications.select("person_id", applied="court_app_date").drop_nulls().unique().sort("applied")
    return (
        spells.join_asof(
            applied, left_on="start", right_on="applied", by="person_id", strategy="backward", check_sortedness=False
        )
        # An application before the interim order before this one led to that one.
        .with_columns(applied=pl.when((pl.col("applied") >= pl.col("before")).fill_null(value=True)).then("applied"))
        .select("person_id", "start", "ended", "applied", "row_id")
        .sort("person_id", "start")
    )
