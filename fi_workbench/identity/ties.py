"""Ties between children that make a family: one mother, a named brother or sister, one referral.

An address is never a tie. It only speaks for or against a referral that names several children.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.identity.components import components, star
from fi_workbench.identity.kinship import NAMED_RELATIONSHIP

SHARED_REFERRAL = "shared_referral"

PLAUSIBLE_CHILDREN = 8
"""Children whom one referral alone may make a family; a longer list is a school's, a network's or a home's."""
COMMUNAL_FAMILIES = 3
"""Families of different surnames at one address from which on it is taken for a refuge, a hostel or a home."""

TIE = ("first", "second", "rule", "source", "since", "as_of")


@dataclass(frozen=True)
class Known:
    """What is known of each child when ties are weighed.

    Attributes:
        children: `case_reference` of all who are or were children of a case.
        mothers: as `kinship.mothers`.
        names: as `people.names_of`.
    """

    children: pl.DataFrame
    mothers: pl.DataFrame
    names: pl.DataFrame


def ties_between_children(
    known: Known, *, case_relationships: pl.DataFrame, case_referrals: pl.DataFrame, as_at: date
) -> pl.DataFrame:
    """Draw all ties between children that are true on a day.

    The rules, in the order in which a membership names them:

    * Children of one mother (chosen as `kinship.mothers` says) are tied.
    * A named brother or sister is tied. A named half-brother or half-sister is not where the two have different
      mothers and different homes: a father in two households does not make one family of them.
    * Children named in one referral of at most `PLAUSIBLE_CHILDREN` are tied unless something speaks against it:
      different mothers or different surnames without a common home, a common address that is a refuge, a hostel or a
      children's home, or one of them being the child of somebody who is a child too. On a longer referral only
      children of one surname and one home that is not communal are tied.

    Args:
        known: what is known of each child.
        case_relationships: contract `case_relationships`.
        case_referrals: contract `case_referrals`.
        as_at: what began later is not seen, and what ended no longer counts.

    Returns:
        One row per tie: `first`, `second`, `rule`, `source`, `since`, `as_of`.
    """
    by_mother = star(
        known.mothers.join(known.children, left_on="child", right_on="case_reference", how="semi"), "mother", "child"
    ).select(TIE)
    sisters = _named(case_relationships, known, as_at)
    full = sisters.filter(pl.col("relationship") == "sibling").select(TIE)
    strong = components(known.children["case_reference"], pl.concat([by_mother, full]))
    facts = _facts(known, strong)
    half = _weighed(sisters.filter(pl.col("relationship") == "half_sibling"), facts)
    half = half.filter(~(pl.col("other_mother") & ~pl.col("one_home"))).select(TIE)
    return pl.concat([by_mother, full, half, _referred_together(case_referrals, facts, as_at)]).sort(
        "first", "second", "rule", "since"
    )


def _facts(known: Known, strong: pl.DataFrame) -> pl.DataFrame:
    """Surname, home, mother and close family of each child; `home` is null at a communal address."""
    mothers_young = known.mothers.join(known.children, left_on="mother", right_on="case_reference", how="semi").select(
        "child", young_mother=pl.lit(value=True)
    )
    table = (
        known.children.select(pl.col("case_reference").alias("child"))
        .join(strong.rename({"node": "child", "component": "close"}), on="child")
        .join(
            known.names.rename({"case_reference": "child"}).select("child", "surname", "address"),
            on="child",
            how="left",
        )
        .join(known.mothers.select("child", "mother"), on="child", how="left")
        .join(mothers_young, on="child", how="left")
    )
    crowded = (
        table.drop_nulls("address")
        .group_by("address")
        .agg(families=pl.col("close").n_unique(), surnames=pl.col("surname").drop_nulls().n_unique())
        .filter(pl.min_horizontal("families", "surnames") >= COMMUNAL_FAMILIES)
        .select("address", communal=pl.lit(value=True))
    )
    return table.join(crowded, on="address", how="left").select(
        "child",
        "surname",
        "mother",
        "close",
        home=pl.when(pl.col("communal").is_null()).then("address"),
        communal=pl.when(pl.col("communal")).then("address"),
        young_mother=pl.col("young_mother").fill_null(value=False),
    )


def _weighed(pairs: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Put beside each pair what speaks for and against it."""
    other = facts.rename({name: f"{name}_2" for name in facts.columns if name != "child"})
    joined = pairs.join(facts.rename({"child": "first"}), on="first").join(
        other.rename({"child": "second"}), on="second"
    )

    def agree(column: str) -> pl.Expr:
        return (pl.col(column) == pl.col(f"{column}_2")).fill_null(value=False)

    def differ(column: str) -> pl.Expr:
        return (pl.col(column) != pl.col(f"{column}_2")).fill_null(value=False)

    return joined.with_columns(
        one_home=agree("home"),
        one_mother=agree("mother"),
        one_communal_address=agree("communal"),
        other_mother=differ("mother"),
        other_surname=differ("surname"),
        generations=pl.col("young_mother") | pl.col("young_mother_2"),
    )


def _named(relationships: pl.DataFrame, known: Known, as_at: date) -> pl.DataFrame:
    """Brothers and sisters named on the day, both of them children of a case, and neither the other's mother."""
    ends = pl.col("end_date").is_null() | (pl.col("end_date") > as_at)
    rows = relationships.filter(
        pl.col("relationship").is_in(["sibling", "half_sibling"]),
        pl.col("start_date").is_null() | (pl.col("start_date") <= as_at),
        ends,
    ).select(
        pl.col("person_id").alias("first"),
        pl.col("related_person_id").alias("second"),
        pl.lit(NAMED_RELATIONSHIP).alias("rule"),
        pl.lit("case_relationships").alias("source"),
        pl.col("start_date").alias("since"),
        "as_of",
        "relationship",
    )
    mother_and_child = pl.concat(
        [
            known.mothers.select(pl.col("child").alias("first"), pl.col("mother").alias("second")),
            known.mothers.select(pl.col("mother").alias("first"), pl.col("child").alias("second")),
        ]
    )
    return (
        rows.join(known.children, left_on="first", right_on="case_reference", how="semi")
        .join(known.children, left_on="second", right_on="case_reference", how="semi")
        .join(mother_and_child, on=["first", "second"], how="anti")
    )


def _referred_together(referrals: pl.DataFrame, facts: pl.DataFrame, as_at: date) -> pl.DataFrame:
    listed = (
        referrals.filter(pl.col("referral_date") <= as_at)
        .select("referral_id", pl.col("child_id").alias("child"), pl.col("referral_date").alias("since"), "as_of")
        .join(facts, on="child")
        .with_columns(size=pl.col("child").n_unique().over("referral_id"))
    )
    marked = {
        "rule": pl.lit(SHARED_REFERRAL),
        "source": pl.lit("case_referrals"),
    }
    few = listed.filter(pl.col("size").is_between(2, PLAUSIBLE_CHILDREN)).select(
        "referral_id", "child", "since", "as_of"
    )
    pairs = (
        few.rename({"child": "first"})
        .join(few.select("referral_id", pl.col("child").alias("second")), on="referral_id")
        .filter(pl.col("first") < pl.col("second"))
        .with_columns(**marked)
    )
    against = (
        (pl.col("other_mother") & ~pl.col("one_home"))
        | (pl.col("other_surname") & ~pl.col("one_home"))
        | pl.col("one_communal_address")
        | pl.col("generations")
    )
    short = _weighed(pairs, facts).filter(~against | pl.col("one_mother")).select(TIE)
    long = star(
        listed.filter(pl.col("size") > PLAUSIBLE_CHILDREN, ~pl.col("young_mother"))
        .drop_nulls(["surname", "home"])
        .with_columns(group=pl.concat_str("referral_id", "surname", "home", separator="|")),
        "group",
        "child",
    )
    return pl.concat([short, long.with_columns(**marked).select(TIE)])
