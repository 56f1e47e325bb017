"""Who is whose mother, father, step-parent or carer, since when and until when."""

from __future__ import annotations

from datetime import date

import polars as pl

MOTHER_IDENTIFIER = "mother_identifier"
NAMED_RELATIONSHIP = "named_relationship"

ROLES = {"mother": "mother", "father": "father", "step_parent": "other_adult", "carer": "other_adult"}
"""Relationships that bring an adult into a child's family, and as what. A grandparent comes in as carer only."""

_SHAPE = ("child", "adult", "relationship", "rule", "source", "since", "until", "as_of")


def holds(as_at: date) -> pl.Expr:
    """Whether something with `since` and `until` is true on a day; its last day no longer counts."""
    begun = pl.col("since").is_null() | (pl.col("since") <= as_at)
    return begun & (pl.col("until").is_null() | (pl.col("until") > as_at))


def parents_of(
    *,
    case_people: pl.DataFrame,
    case_relationships: pl.DataFrame,
    ssda903_header: pl.DataFrame,
    names: pl.DataFrame,
    children: pl.DataFrame,
    as_at: date,
) -> pl.DataFrame:
    """List the adults around each child: named ones, those that mother-and-child identifiers give, and partners.

    A partner of the mother or of a carer counts as another adult of the child's family. An ex-partner of the mother
    does not: whatever else named them (partner, step-parent, father) ends on the day of parting, and never was where
    that day is not known or lies before. Only a recorded carer of the child stays one, and a couple recorded as
    partners again after they parted.

    Args:
        case_people: contract `case_people` (`mother_person_id`).
        case_relationships: contract `case_relationships`.
        ssda903_header: contract `ssda903_header` (`mother`, `mc_dob`).
        names: as `people.names_of`.
        children: `case_reference` and `birth_date` of all who are or were children of a case.
        as_at: what began later is not seen.

    Returns:
        One row per child, adult, relationship and source: `child`, `adult`, `relationship` (mother, father,
        step_parent, carer, partner), `rule`, `source`, `since`, `until`, `as_of`.
    """
    named = case_relationships.select(
        pl.col("person_id").alias("child"),
        pl.col("related_person_id").alias("adult"),
        "relationship",
        pl.lit(NAMED_RELATIONSHIP).alias("rule"),
        pl.lit("case_relationships").alias("source"),
        pl.col("start_date").alias("since"),
        pl.col("end_date").alias("until"),
        "as_of",
    ).filter(pl.col("relationship").is_in(list(ROLES)))
    identified = (
        case_people.drop_nulls("mother_person_id")
        .join(children, left_on="person_id", right_on="case_reference", how="semi")
        .select(
            pl.col("person_id").alias("child"),
            pl.col("mother_person_id").alias("adult"),
            pl.lit("mother").alias("relationship"),
            pl.lit(MOTHER_IDENTIFIER).alias("rule"),
            pl.lit("case_people").alias("source"),
            pl.col("date_of_birth").alias("since"),
            pl.lit(None, dtype=pl.Date).alias("until"),
            "as_of",
        )
    )
    first = pl.concat([identified, named.join(children, left_on="child", right_on="case_reference", how="semi")])
    first = first.filter(pl.col("child") != pl.col("adult"), pl.col("since").is_null() | (pl.col("since") <= as_at))
    mothers_known = first.filter(pl.col("relationship") == "mother").select("child")
    looked_after = _looked_after_mothers(ssda903_header, names, children.join(
        mothers_known, left_on="case_reference", right_on="child", how="anti"), as_at)  # fmt: skip
    parents = pl.concat([first, looked_after])
    return _without_ex_partners(
        pl.concat([parents, _partners(parents, case_relationships, as_at)]), case_relationships, as_at
    ).sort("child", "adult", "relationship", "source")


def mothers(parents: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Choose the one mother through whom a child's family is found.

    A mother's identifier is believed before a named relationship, then the relationship that began last. A second
    mother is a member of the family and joins nobody to it, so that an adoptive and a birth family never meet.

    Returns:
        One row per child with a mother: `child`, `mother`, `rule`, `source`, `since`, `as_of`.
    """
    return (
        parents.filter(pl.col("relationship") == "mother", holds(as_at))
        .with_columns(named=pl.col("rule") != MOTHER_IDENTIFIER)
        .sort(["child", "named", "since", "adult"], descending=[False, False, True, False], nulls_last=True)
        .unique(subset=["child"], keep="first", maintain_order=True)
        .select("child", pl.col("adult").alias("mother"), "rule", "source", "since", "as_of")
    )


def _looked_after_mothers(
    header: pl.DataFrame, names: pl.DataFrame, motherless: pl.DataFrame, as_at: date
) -> pl.DataFrame:
    """Find the baby of a looked-after mother: born on the day that SSDA903 says, and of her surname or address.

    Taken only where one baby and one mother fit each other and nobody else.
    """
    said = header.filter(pl.col("mother").fill_null(value=False)).select(
        pl.col("child").alias("adult"), pl.col("mc_dob").alias("birth_date"), "as_of"
    )
    babies = motherless.rename({"case_reference": "child"}).join(
        names.select(pl.col("case_reference").alias("child"), "surname", "address"), on="child"
    )
    hers = names.select(
        pl.col("case_reference").alias("adult"),
        pl.col("surname").alias("her_surname"),
        pl.col("address").alias("her_address"),
    )
    alike = (pl.col("surname") == pl.col("her_surname")).fill_null(value=False) | (
        pl.col("address") == pl.col("her_address")
    ).fill_null(value=False)
    pairs = (
        said.drop_nulls("birth_date")
        .filter(pl.col("birth_date") <= as_at)
        .join(babies, on="birth_date")
        .join(hers, on="adult")
        .filter(alike, pl.col("child") != pl.col("adult"))
    )
    alone = (pl.len().over("child") == 1) & (pl.len().over("adult") == 1)
    return pairs.filter(alone).select(
        "child",
        "adult",
        pl.lit("mother").alias("relationship"),
        pl.lit(MOTHER_IDENTIFIER).alias("rule"),
        pl.lit("ssda903_header").alias("source"),
        pl.col("birth_date").alias("since"),
        pl.lit(None, dtype=pl.Date).alias("until"),
        "as_of",
    )


def _both_ways(relationships: pl.DataFrame, kind: str) -> pl.DataFrame:
    rows = relationships.filter(pl.col("relationship") == kind).select(
        pl.col("person_id").alias("one"),
        pl.col("related_person_id").alias("other"),
        pl.col("start_date").alias("began"),
        pl.col("end_date").alias("ended"),
        "as_of",
    )
    turned = rows.select(pl.col("other").alias("one"), pl.col("one").alias("other"), "began", "ended", "as_of")
    return pl.concat([rows, turned]).unique().sort("one", "other", "began", "ended")


def _partners(parents: pl.DataFrame, relationships: pl.DataFrame, as_at: date) -> pl.DataFrame:
    of_whom = parents.filter(pl.col("relationship").is_in(["mother", "carer"]), holds(as_at))
    return (
        of_whom.select("child", pl.col("adult").alias("one"))
        .unique()
        .join(_both_ways(relationships, "partner"), on="one")
        .filter(pl.col("other") != pl.col("child"), pl.col("began").is_null() | (pl.col("began") <= as_at))
        .select(
            "child",
            pl.col("other").alias("adult"),
            pl.lit("partner").alias("relationship"),
            pl.lit(NAMED_RELATIONSHIP).alias("rule"),
            pl.lit("case_relationships").alias("source"),
            pl.col("began").alias("since"),
            pl.col("ended").alias("until"),
            "as_of",
        )
    )


def _without_ex_partners(parents: pl.DataFrame, relationships: pl.DataFrame, as_at: date) -> pl.DataFrame:
    """End what ties an ex-partner to the mother's family on the day of parting.

    Some systems give a former couple the day of parting as the start of being ex-partners, others the days on which
    the couple began and ended: the end is believed first. A couple recorded as partners again from that day on is one.
    """
    pair = ["one", "other"]
    former = _both_ways(relationships, "ex_partner").with_columns(parted_on=pl.coalesce("ended", "began"))
    former = former.filter(pl.col("parted_on").is_null() | (pl.col("parted_on") <= as_at))
    parted = former.group_by(pair).agg(parted=pl.lit(value=True).first(), parted_on=pl.col("parted_on").max())
    again = (
        _both_ways(relationships, "partner")
        .join(parted, on=pair)
        .filter(pl.col("began") >= pl.col("parted_on"), pl.col("began") <= as_at)
    )
    parted = parted.join(again, on=pair, how="anti").rename({"one": "mother", "other": "adult"})
    held_by = mothers(parents, as_at=as_at).select("child", "mother")
    joined = parents.join(held_by, on="child", how="left").join(parted, on=["mother", "adult"], how="left")
    exempt = pl.col("relationship").is_in(["carer", "mother"]) | pl.col("parted").is_null()
    never = pl.col("parted_on").is_null() | (pl.col("since") >= pl.col("parted_on")).fill_null(value=False)
    return (
        joined.filter(exempt | ~never)
        .with_columns(until=pl.when(exempt).then("until").otherwise(pl.min_horizontal("until", "parted_on")))
        .select(_SHAPE)
    )
