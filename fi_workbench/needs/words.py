"""Where a need comes from, in words that a practitioner can check against the file."""

from __future__ import annotations

import polars as pl

MONTH = "%B %Y"


def month(column: str) -> pl.Expr:
    """A date as month and year: a day would say more than a profile needs."""
    return pl.col(column).dt.strftime(MONTH)


def capitalised(text: pl.Expr) -> pl.Expr:
    """The text with its first letter in upper case."""
    return text.str.slice(0, 1).str.to_uppercase() + text.str.slice(1)


def counted(one: str, many: str) -> pl.Expr:
    """Words for `n` pieces of evidence, the latest dated `last`."""
    several = pl.format("{} {}, the latest in {}", pl.col("n"), pl.lit(many), month("last"))
    return pl.when(pl.col("n") == 1).then(pl.format("{} in {}", pl.lit(one), month("last"))).otherwise(several)


def named() -> pl.Expr:
    """Words for a need that finished assessments named."""
    several = pl.format("recorded at {} assessments, the latest finished in {}", pl.col("n"), month("last"))
    single = pl.format("recorded at an assessment finished in {}", month("last"))
    return pl.when(pl.col("n") == 1).then(single).otherwise(several)


def not_named() -> pl.Expr:
    """Words for a need that finished assessments did not name, and of how many children they were."""
    single = pl.format("not named at the assessment finished in {}", month("last"))
    several = pl.format("not named at {} assessments, the latest finished in {}", pl.col("n"), month("last"))
    children = pl.format(" ({} of {} children assessed)", pl.col("n_assessed"), pl.col("n_children"))
    some = pl.when(pl.col("n_assessed") < pl.col("n_children")).then(children).otherwise(pl.lit(""))
    return pl.when(pl.col("n") == 1).then(single).otherwise(several) + some


def steady_tenancy() -> pl.Expr:
    """Words for a family whose tenancy is on a list that spans the look-back and holds no such event."""
    return pl.format("tenancy held since {}, and no notice, eviction or homelessness recorded", month("last"))


def missed_school() -> pl.Expr:
    """Words for children who missed a tenth or more of their sessions."""
    single = pl.format("a child missed a tenth or more of school sessions in the 26 weeks to {}", month("last"))
    several = pl.format(
        "{} children missed a tenth or more of school sessions in the 26 weeks to {}", pl.col("n"), month("last")
    )
    return pl.when(pl.col("n") == 1).then(single).otherwise(several)


def attended_school() -> pl.Expr:
    """Words for children who all attended."""
    return pl.format("attended more than nine tenths of school sessions in the 26 weeks to {}", month("last"))


def not_linked() -> pl.Expr:
    """Words for why school attendance cannot tell."""
    none = pl.lit("not known: no child of school age")
    nobody = pl.lit("not known: no school attendance could be linked to the family")
    some = pl.format(
        "not known: enough school attendance linked for {} of {} children of school age",
        pl.col("n_linked"),
        pl.col("n_school_age"),
    )
    undone = pl.lit("not known: school attendance does not cover the last 26 weeks")
    return (
        pl.when(pl.col("n_school_age").fill_null(0) == 0)
        .then(none)
        .when(pl.col("n_linked") == 0)
        .then(nobody)
        .when(pl.col("n_linked") < pl.col("n_school_age"))
        .then(some)
        .otherwise(undone)
    )
