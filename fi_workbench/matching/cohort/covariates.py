"""What was recorded of each family on or before time zero: the columns that a question card may adjust for."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.matching.cohort.decisions import PLANS
from fi_workbench.matching.cohort.outcomes import KEYS, REFERRALS
from fi_workbench.vocabulary.needs import NEED_CODES, PRESENT

LOOK_BACK_DAYS = 730
EPOCH = date(2000, 1, 1)
_WHITE_BRITISH = "WBRI"


def covariates(
    decisions: pl.DataFrame,
    *,
    held: pl.DataFrame,
    need_profiles: pl.DataFrame,
    family_members: pl.DataFrame,
    people: pl.DataFrame,
) -> pl.DataFrame:
    """The covariates of `cards.COVARIATES` for every decision.

    A need is there when its first evidence was recorded on or before time zero. It is not there when an assessment
    of the family had finished by then and no evidence had come; otherwise it is not known.

    Args:
        decisions: `family_id`, `time_zero`.
        held: as `family_episodes` makes it.
        need_profiles: contract `need_profiles`, made with a look-back over the whole record.
        family_members: contract `family_members`.
        people: contract `people`.

    Returns:
        GRAIN one row per family and decision, in the order given: `family_id`, `time_zero`, the needs (Boolean),
        `n_children`, `youngest_age` (years), `earlier_referrals` and `earlier_plans` (in the two years before),
        `on_protection_plan`, `looked_after` (Boolean), `time_zero_day` (days since 2000), `ethnicity` (Boolean: a
        child recorded other than White British), `sex` (share of girls, 0 to 1).
    """
    made = decisions.select(KEYS)
    for part in (
        _needs(made, held, need_profiles),
        _children(made, family_members, people),
        _history(made, held),
    ):
        made = made.join(part, on=KEYS, how="left", maintain_order="left")
    return made.with_columns(
        pl.col("earlier_referrals", "earlier_plans").fill_null(0.0),
        pl.col("on_protection_plan", "looked_after").fill_null(value=False),
        time_zero_day=(pl.col("time_zero") - pl.lit(EPOCH)).dt.total_days().cast(pl.Float64),
    )


def _needs(decisions: pl.DataFrame, held: pl.DataFrame, need_profiles: pl.DataFrame) -> pl.DataFrame:
    seen = need_profiles.filter(pl.col("state") == PRESENT).select("family_id", "need", "first_date")
    by_then = pl.col("first_date") <= pl.col("time_zero")
    present = (
        decisions.join(seen, on="family_id")
        .group_by(KEYS)
        .agg([((pl.col("need") == code) & by_then).any().alias(code) for code in NEED_CODES])
    )
    finished = held.filter(pl.col("kind") == "assessment").select("family_id", done="end").drop_nulls()
    assessed = (
        decisions.join(finished, on="family_id")
        .filter(pl.col("done") <= pl.col("time_zero"))
        .select(*KEYS, assessed=pl.lit(value=True))
        .unique()
    )
    told = decisions.join(present, on=KEYS, how="left").join(assessed, on=KEYS, how="left")
    found = {code: pl.col(code).fill_null(value=False) for code in NEED_CODES}
    return told.select(
        *KEYS,
        *[
            pl.when(found[code]).then(pl.lit(value=True)).when(pl.col("assessed")).then(pl.lit(value=False)).alias(code)
            for code in NEED_CODES
        ],
    )


def _children(decisions: pl.DataFrame, family_members: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    born = pl.coalesce("birth_date", "expected_birth_date")
    members = (
        family_members.filter(pl.col("role") == "child")
        .select("family_id", "person_id")
        .unique()
        .join(people, on="person_id")
        .select("family_id", "sex", "ethnicity", "death_date", born=born)
    )
    years = (pl.col("time_zero") - pl.col("born")).dt.total_days() / 365.25
    alive = pl.col("death_date").is_null() | (pl.col("death_date") > pl.col("time_zero"))
    known_sex = pl.col("sex").is_in(["F", "M"])
    other = pl.col("ethnicity") != _WHITE_BRITISH
    return (
        decisions.join(members, on="family_id")
        .with_columns(years=years)
        .filter(alive, pl.col("years").is_null() | pl.col("years").is_between(-1, 18))
        .group_by(KEYS)
        .agg(
            n_children=pl.len().cast(pl.Float64),
            youngest_age=pl.col("years").min().clip(lower_bound=-1.0),
            ages=pl.col("years").floor().cast(pl.Int64).drop_nulls(),
            ethnicity=other.any(),
            sex=(pl.col("sex") == "F").filter(known_sex).mean(),
        )
    )


def _history(decisions: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    past = (pl.col("time_zero") - pl.col("start")).dt.total_days()
    recent = past.is_between(1, LOOK_BACK_DAYS)
    open_then = (past >= 0) & (pl.col("end").is_null() | (pl.col("end") >= pl.col("time_zero")))
    kind = pl.col("kind")
    return (
        decisions.join(held, on="family_id")
        .group_by(KEYS)
        .agg(
            earlier_referrals=pl.col("start").filter(recent & kind.is_in(REFERRALS)).n_unique().cast(pl.Float64),
            earlier_plans=pl.col("start").filter(recent & kind.is_in(PLANS)).n_unique().cast(pl.Float64),
            on_protection_plan=(open_then & (kind == "child_protection_plan")).any(),
            looked_after=(open_then & (kind == "looked_after")).any(),
        )
    )
