"""The indicators of the grouping: which they are, and how a family's profile becomes answers.

A need is answered "present" or "absent" (assessed and not found); unknown is missing, never absent. The age of the
youngest child is an indicator because services are made for ages.
"""

from __future__ import annotations

import hashlib
import json

import polars as pl

from fi_workbench.segmentation.patterns import Item
from fi_workbench.vocabulary.needs import AGE_BANDS, ASSESSED_ABSENT, NEED_CODES, PRESENT

TABLES: tuple[str, ...] = ("need_profiles", "family_profiles")
"""Contracts that indicators come from."""
AGE = "youngest_age_band"
INDICATORS: tuple[Item, ...] = (
    *(Item(code, ("absent", "present")) for code in NEED_CODES),
    Item(AGE, AGE_BANDS),
)
"""Every indicator, with its answers in order."""


def indicator_hash(items: tuple[Item, ...] = INDICATORS) -> str:
    """Name a list of indicators: changed names, answers or order give another hash."""
    plain = [[item.name, list(item.categories)] for item in items]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def answers(need_profiles: pl.DataFrame, family_profiles: pl.DataFrame) -> pl.DataFrame:
    """Lay each family's profile out as one row of answers.

    Args:
        need_profiles: contract `need_profiles` (`family_id`, `need`, `state`).
        family_profiles: contract `family_profiles` (`family_id`, `youngest_age_band`).

    Returns:
        One row per family, sorted by `family_id`, then a column per indicator in the order of `INDICATORS`, null
        where it is not known.
    """
    by_need = [pl.col("answer").filter(pl.col("need") == code).first().alias(code) for code in NEED_CODES]
    wide = (
        need_profiles.select(
            "family_id",
            "need",
            answer=pl.col("state").replace_strict(
                {PRESENT: "present", ASSESSED_ABSENT: "absent"}, default=None, return_dtype=pl.String
            ),
        )
        .group_by("family_id")
        .agg(by_need)
    )
    band = pl.col(AGE)
    return (
        family_profiles.select("family_id", pl.when(band.is_in(AGE_BANDS)).then(band).alias(AGE))
        .join(wide, on="family_id", how="left")
        .select("family_id", *[item.name for item in INDICATORS])
        .sort("family_id")
    )


def anything_known() -> pl.Expr:
    """Whether anything of a family's needs is known either way; its age alone does not group a family."""
    return pl.any_horizontal(pl.col(code).is_not_null() for code in NEED_CODES)
