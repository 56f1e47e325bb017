"""Which groups of people the families of a cohort belong to: for the audit of who was offered what, and nothing else.

A group is that of the family as at its decision, not as it is today: a child of fifteen now may have been ten then.

Source:
    Equality Act 2010, section 149; `field_use.yaml` for what may be audited.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from fi_workbench import segmentation
from fi_workbench.calendar import birthday
from fi_workbench.contracts import Catalogue
from fi_workbench.matching.cohort import Cohort
from fi_workbench.segmentation.characteristics import AGES, FIFTHS, NO_DISABILITY

CHARACTERISTICS: Mapping[str, tuple[str, str]] = {
    "ethnicity": ("people", "ethnicity"),
    "sex": ("people", "sex"),
    "age_band": ("family_profiles", "youngest_age_band"),
    "disability": ("cin_disabilities", "disability"),
    "deprivation": ("case_people", "postcode"),
}
"""Each characteristic, and the table and field that `field_use.yaml` speaks of."""
_ETHNIC_GROUPS = {"W": "white", "M": "mixed", "A": "asian", "B": "black", "C": "other", "O": "other"}
_KEYS = ["decision", "family_id", "time_zero"]


def groups_of(cohort: Cohort, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Say which groups the families of a cohort belong to.

    Args:
        cohort: the families and their decisions.
        frames: `family_members`, `people` and the tables of `sources_of`.

    Returns:
        GRAIN one row per family and decision: `decision`, then a String column per characteristic, null where it is
        not recorded. `ethnicity` and `sex` are those of the children under 18, `several` where these differ; `age_band`
        is that of the youngest; `disability` says whether one of them is recorded as disabled; `deprivation` is that
        of the most deprived area in which one of them lives.
    """
    decisions = pl.concat([cohort.rows.select("decision"), cohort.timed.select(_KEYS[1:])], how="horizontal")
    children = _children(decisions, frames)
    told = children.group_by("decision").agg(
        _one("ethnicity"),
        _one("sex"),
        age_band=pl.col("born").max(),
        disability=pl.col("disabled").max(),
        deprivation=pl.col("decile").min(),
    )
    found = decisions.join(told, on="decision", how="left", maintain_order="left")
    return found.select(
        "decision",
        "ethnicity",
        "sex",
        age_band=_band(pl.col("age_band")),
        disability=pl.col("disability").replace_strict(
            {True: "a disabled child", False: "no disabled child"}, default=None, return_dtype=pl.String
        ),
        deprivation=((pl.col("deprivation") - 1) // 2).replace_strict(
            dict(enumerate(FIFTHS)), default=None, return_dtype=pl.String
        ),
    )


def sources_of(catalogue: Catalogue) -> tuple[str, ...]:
    """Source tables that groups are read from; deprivation where an authority has a list of its own."""
    deprived = segmentation.DEPRIVATION_READS if segmentation.DEPRIVATION in catalogue.tables else ()
    return ("cin_disabilities", *deprived)


def recorded(groups: pl.DataFrame) -> tuple[str, ...]:
    """The characteristics that are recorded for anybody.

    Args:
        groups: as `groups_of`.
    """
    return tuple(name for name in CHARACTERISTICS if name in groups.columns and groups[name].null_count() < len(groups))


def _children(decisions: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """GRAIN one row per decision and child of the family who lived, or was expected, and was under 18 then."""
    born = pl.coalesce("birth_date", "expected_birth_date")
    disabled = (
        frames["cin_disabilities"]
        .group_by(case_reference="la_child_id")
        .agg(disabled=(pl.col("disability") != NO_DISABILITY).any())
    )
    deprivation = segmentation.deprivation_of(frames)
    none = pl.DataFrame(schema={"case_reference": pl.String, "decile": pl.Int64})
    areas = (none if deprivation is None else deprivation).group_by("case_reference").agg(pl.col("decile").min())
    group = pl.col("ethnicity").str.slice(0, 1).replace_strict(_ETHNIC_GROUPS, default=None, return_dtype=pl.String)
    sex = pl.col("sex").replace_strict({"F": "girls", "M": "boys"}, default=None, return_dtype=pl.String)
    members = frames["family_members"].filter(pl.col("role") == "child").select("family_id", "person_id").unique()
    return (
        decisions.join(members, on="family_id")
        .join(frames["people"], on="person_id")
        .with_columns(born=born)
        .filter(
            pl.col("death_date").is_null() | (pl.col("death_date") > pl.col("time_zero")),
            pl.col("born").is_null() | (birthday("born", 18) > pl.col("time_zero")),
            # A child born long after the decision played no part in it.
            pl.col("born").is_null() | (pl.col("born") <= pl.col("time_zero").dt.offset_by("9mo")),
        )
        .join(disabled, on="case_reference", how="left")
        .join(areas, on="case_reference", how="left")
        .select(*_KEYS, "born", "disabled", "decile", ethnicity=group, sex=sex)
    )


def _one(name: str) -> pl.Expr:
    known = pl.col(name).drop_nulls()
    return pl.when(known.n_unique() > 1).then(pl.lit("several")).otherwise(known.first()).alias(name)


def _band(born: pl.Expr) -> pl.Expr:
    bands = [pl.when(birthday(born, years) > pl.col("time_zero")).then(pl.lit(words)) for years, words in AGES]
    return pl.coalesce(bands)
