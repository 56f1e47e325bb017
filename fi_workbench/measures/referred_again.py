"""Children who are referred again: counted from the referral before, as the national figure does, or from a closure.

These are two measures. A child referred twice while open is a re-referral of the first kind and not of the second.

Source:
    Department for Education, Children in need: referrals within 12 months of an earlier referral to the same
    authority. Evaluations of programmes follow closures instead.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.measures.year_measure import ADULT, NO_END_RECORDED, Count, Days, count_of

WITHIN = "12mo"
GONE = ("RC1", "RC2", "RC5", "RC6", "died", "moved_away", NO_END_RECORDED)
"""Closed because adopted, died, moved to another authority or to adult services, or with no closure recorded."""


def re_referrals(episodes: pl.DataFrame, days: Days) -> Count:
    """Referrals of the days, and those that came within 12 months of the child's earlier referral.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        days: the year.
    """
    return count_of(_again(episodes).filter(days.within("start")), pl.col("again"))


def re_referred_children(episodes: pl.DataFrame, days: Days) -> Count:
    """Children referred in the days, and those with at least one re-referral in them."""
    referred = _again(episodes).filter(days.within("start"))
    return count_of(referred.group_by("person_id").agg(pl.col("again").any()), pl.col("again"))


def returns_after_closure(episodes: pl.DataFrame, people: pl.DataFrame, days: Days) -> Count:
    """Closures of the days, each followed for 12 months, and those after which the child was referred again.

    A referral on the day of the closure is no return: it belongs to the case that closes. Left out are children who
    could not come back to this authority's children's services, and those who turned 18 before the follow-up ended.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        people: `person_id`, `birth_date`.
        days: the year in which they closed; the 12 months after it must be covered.
    """
    closed = (
        episodes.filter(pl.col("kind") == "child_in_need", days.within("end"))
        .filter(~pl.col("end_detail").is_in(GONE).fill_null(value=False))
        .join(people.select("person_id", "birth_date"), on="person_id", how="left")
        .with_columns(followed_to=pl.col("end").dt.offset_by(WITHIN))
        .filter((birthday("birth_date", ADULT) > pl.col("followed_to")).fill_null(value=True))
        .sort("end")
    )
    referred = _referrals(episodes).select("person_id", next="start").sort("next")
    followed = closed.join_asof(
        referred, left_on="end", right_on="next", by="person_id", strategy="forward", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    return count_of(followed, (pl.col("next") <= pl.col("followed_to")).fill_null(value=False))


def _referrals(episodes: pl.DataFrame) -> pl.DataFrame:
    return (
        episodes.filter(pl.col("kind") == "referral").select("person_id", "start").unique().sort("person_id", "start")
    )


def _again(episodes: pl.DataFrame) -> pl.DataFrame:
    """Each referral, and whether the child's one before was within 12 months."""
    before = pl.col("start").shift(1).over("person_id")
    return _referrals(episodes).with_columns(
        again=(before.dt.offset_by(WITHIN) >= pl.col("start")).fill_null(value=False)
    )
