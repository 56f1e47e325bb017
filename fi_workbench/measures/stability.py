"""How settled children in care are: three placements or more in a year, and the same carer for two years.

Source:
    Department for Education, Stability measures for children looked after; National Indicators 062 and 063. Short
    breaks are left out. A temporary placement does not count, nor does coming back from it to where the child was; a
    new legal status, or a new kind of placement with the same carer, is no move.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.measures.placements import ADOPTION_PLACEMENTS, NEW_PLACEMENT, SHORT_BREAKS
from fi_workbench.measures.year_measure import Count, Days, count_of

TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
MANY = 3
SAME, IN_CARE, YOUNG = "24mo", "30mo", 16
_PLACE = ("place", "place_provider", "urn")


def many_placements(episodes: pl.DataFrame, care_episodes: pl.DataFrame, days: Days) -> Count:
    """Children looked after at the end of the last day, and those who had three placements or more in the year.

    A placement counts that lasted on any of the days, also one of an earlier period of care.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        care_episodes: `ssda903_episodes` with `person_id`.
        days: the year.
    """
    now = _looked_after(episodes, days)
    lived_in = stays_with_carers(care_episodes).filter(
        pl.col("start") <= days.last, pl.col("ended").is_null() | (pl.col("ended") > days.first)
    )
    numbers = lived_in.group_by("person_id").agg(n=pl.len())
    # Somebody looked after without an episode in the return: nobody knows where.
    return count_of(now.join(numbers, on="person_id", how="left"), pl.col("n") >= MANY)


def same_carer(episodes: pl.DataFrame, care_episodes: pl.DataFrame, people: pl.DataFrame, days: Days) -> Count:
    """Children under 16 in care for two and a half years, and those with the same carer for the last two of them.

    A child placed for adoption counts where that placement and the one before are two years together.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        care_episodes: `ssda903_episodes` with `person_id`.
        people: `person_id`, `birth_date`; without a date of birth a child is left out, since nobody knows the age.
        days: the year; its last day is the day looked at.
    """
    long = (
        _looked_after(episodes, days)
        .filter(pl.col("start").dt.offset_by(IN_CARE) <= days.last)
        .join(people.select("person_id", "birth_date"), on="person_id", how="left")
        .filter(birthday("birth_date", YOUNG) > days.last)
        .select("person_id", care_start="start")
    )
    lived_in = (
        stays_with_carers(care_episodes)
        .filter(pl.col("start") <= days.last)
        .join(long, on="person_id")
        .with_columns(before=pl.col("start").shift(1).over("person_id"))
        .with_columns(before=pl.when(pl.col("before") >= pl.col("care_start")).then("before"))
        .group_by("person_id", maintain_order=True)
        .last()
    )
    since = pl.when("for_adoption").then(pl.coalesce("before", "start")).otherwise("start")
    settled = lived_in.select("person_id", same=since.dt.offset_by(SAME) <= days.last)
    return count_of(long.join(settled, on="person_id", how="left"), pl.col("same"))


def stays_with_carers(care_episodes: pl.DataFrame) -> pl.DataFrame:
    """Find where each child lived: runs of episodes with one carer, without temporary placements.

    Args:
        care_episodes: `ssda903_episodes` with `person_id`.

    Returns:
        One row per stay: `person_id`, `start`, `ended` (null while it lasts), `for_adoption`, sorted.
    """
    ordered = care_episodes.filter(~pl.col("ls").is_in(SHORT_BREAKS).fill_null(value=False)).sort("person_id", "decom")
    away = pl.col("place").is_in(TEMPORARY).fill_null(value=False)
    seen = ordered.with_columns(away=away, was_away=away.shift(1, fill_value=False).over("person_id"))
    kept = seen.filter(~pl.col("away")).with_columns(
        back=pl.col("was_away")
        & pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1).over("person_id")) for name in _PLACE)
        & (pl.int_range(pl.len()).over("person_id") > 0)
    )
    moved = pl.col("rne").is_in(NEW_PLACEMENT).fill_null(value=True) & ~pl.col("back")
    return (
        kept.with_columns(run=moved.cum_sum().over("person_id"))
        .group_by("person_id", "run", maintain_order=True)
        .agg(
            start=pl.col("decom").first(),
            ended=pl.col("dec").last(),
            for_adoption=pl.col("place").last().is_in(ADOPTION_PLACEMENTS).fill_null(value=False),
        )
        # An end that was never recorded is the day the next stay began.
        .with_columns(ended=pl.coalesce("ended", pl.col("start").shift(-1).over("person_id")))
        .select("person_id", "start", "ended", "for_adoption")
        .sort("person_id", "start")
    )


def _looked_after(episodes: pl.DataFrame, days: Days) -> pl.DataFrame:
    return (
        episodes.filter(pl.col("kind") == "looked_after", days.open())
        .sort("person_id", "start")
        .unique("person_id", keep="last", maintain_order=True)
    )
