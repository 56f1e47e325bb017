"""Families as at a day: children who belong together, the adults around them, and why."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.calendar import age_in_years
from fi_workbench.identity.components import components
from fi_workbench.identity.kinship import MOTHER_IDENTIFIER, NAMED_RELATIONSHIP, ROLES, holds
from fi_workbench.identity.ties import SHARED_REFERRAL
from fi_workbench.pseudonyms import PseudonymKey

FAMILY_PURPOSE = "family"
ALONE = "alone"
ADULT_AT = 18

RULES = (MOTHER_IDENTIFIER, NAMED_RELATIONSHIP, SHARED_REFERRAL, ALONE)
"""Why somebody is in a family, strongest first; a membership carries the strongest that holds."""

_MEMBER_ROLES = ("child", "mother", "father", "other_adult")


def first_known(
    *, case_referrals: pl.DataFrame, cin_episodes: pl.DataFrame, ssda903_episodes: pl.DataFrame
) -> pl.DataFrame:
    """The earliest day on which any record speaks of a child.

    Returns:
        One row per child: `child`, `known_from`.
    """
    return (
        pl.concat(
            [
                case_referrals.select(child="child_id", known_from="referral_date"),
                cin_episodes.select(child="la_child_id", known_from="cin_referral_date"),
                ssda903_episodes.select(child="child", known_from="decom"),
            ]
        )
        .group_by("child")
        .agg(pl.col("known_from").min())
        .sort("child")
    )


def adopted(*, cin_episodes: pl.DataFrame, ssda903_episodes: pl.DataFrame, as_at: date) -> pl.DataFrame:
    """Children whose adoption order was made by a day: from then on they are not of their birth family.

    Returns:
        One row per child: `child`.
    """
    closed = cin_episodes.filter(pl.col("reason_for_closure") == "RC1", pl.col("cin_closure_date") <= as_at)
    ceased = ssda903_episodes.filter(pl.col("rec").is_in(["E11", "E12"]), pl.col("dec") <= as_at)
    return pl.concat([closed.select(child="la_child_id"), ceased.select("child")]).unique().sort("child")


def group_children(
    children: pl.DataFrame, ties: pl.DataFrame, known_from: pl.DataFrame, key: PseudonymKey
) -> pl.DataFrame:
    """Give every child the one family it is a child of.

    The family is named after the child who was known first (the lower case number where two were known on one day),
    so that its name stays when brothers and sisters are born or become known.

    Returns:
        One row per child, sorted: `child`, `family_id`, `known_from`.
    """
    grouped = (
        components(children["case_reference"], ties)
        .rename({"node": "child"})
        .join(known_from, on="child", how="left")
        .sort("component", "known_from", "child", nulls_last=True)
        .with_columns(anchor=pl.col("child").first().over("component"))
    )
    return (
        grouped.with_columns(family_id=key.pseudonyms(FAMILY_PURPOSE, grouped["anchor"]))
        .select("child", "family_id", "known_from")
        .sort("child")
    )


def members_of(
    groups: pl.DataFrame, ties: pl.DataFrame, parents: pl.DataFrame, people: pl.DataFrame, *, as_at: date
) -> pl.DataFrame:
    """List who belongs to each family, since when, until when, and by which rule.

    Args:
        groups: as `group_children`.
        ties: as `ties.ties_between_children`.
        parents: as `kinship.parents_of`.
        people: contract `people`.
        as_at: a membership is current where `valid_to` is empty or later than this day.

    Returns:
        Contract `family_members`: one row per family and member, sorted by them. A child is in one family as a
        child; a mother who is a child herself is in two, in each as what she is; a father may be in several.
    """
    members = pl.concat([_child_members(groups, ties, parents, people, as_at), _adult_members(groups, parents, as_at)])
    by_case = people.select(pl.col("case_reference").alias("person"), "person_id", "death_date")
    died = pl.when(pl.col("death_date") <= as_at).then("death_date")
    return (
        members.join(by_case, on="person")
        .with_columns(valid_to=pl.min_horizontal("valid_to", died))
        .with_columns(turn=pl.col("role").replace_strict(list(_MEMBER_ROLES), [0, 1, 2, 3], return_dtype=pl.Int8))
        .sort("family_id", "person_id", "turn")
        .unique(subset=["family_id", "person_id"], keep="first", maintain_order=True)
        .select("family_id", "person_id", "role", "rule", "source", "valid_from", "valid_to", "as_of")
    )


def _child_members(
    groups: pl.DataFrame, ties: pl.DataFrame, parents: pl.DataFrame, people: pl.DataFrame, as_at: date
) -> pl.DataFrame:
    kept = ("rule", "source", "since", "as_of")
    reasons = pl.concat(
        [
            ties.select(pl.col("first").alias("child"), *kept),
            ties.select(pl.col("second").alias("child"), *kept),
            parents.filter(holds(as_at)).select("child", *kept),
        ]
    )
    strongest = (
        reasons.with_columns(turn=pl.col("rule").replace_strict(list(RULES), [0, 1, 2, 3], return_dtype=pl.Int8))
        .sort("child", "turn", "since", "source", nulls_last=True)
        .unique(subset=["child"], keep="first", maintain_order=True)
        .select("child", *kept)
    )
    alone = people.select(pl.col("case_reference").alias("child"), own_source="source", own_as_of="as_of")
    return (
        groups.join(strongest, on="child", how="left")
        .join(alone, on="child")
        .select(
            "family_id",
            pl.col("child").alias("person"),
            role=pl.lit("child"),
            rule=pl.col("rule").fill_null(ALONE),
            source=pl.coalesce("source", "own_source"),
            valid_from=pl.coalesce("since", "known_from"),
            valid_to=pl.lit(None, dtype=pl.Date),
            as_of=pl.coalesce("as_of", "own_as_of"),
        )
        .with_columns(valid_from=pl.when(pl.col("valid_from") <= as_at).then("valid_from"))
    )


def _adult_members(groups: pl.DataFrame, parents: pl.DataFrame, as_at: date) -> pl.DataFrame:
    """One row per family and adult: as it stands now where it holds for any child, else as it last was."""
    roles = {**ROLES, "partner": "other_adult"}
    rows = (
        parents.join(groups.select("child", "family_id"), on="child")
        .with_columns(
            now=holds(as_at),
            role=pl.col("relationship").replace_strict(roles, return_dtype=pl.String),
            valid_to=pl.col("until"),
        )
        .filter(pl.col("now") | ~pl.col("now").any().over("family_id", "adult"))
        .with_columns(
            turn=pl.col("role").replace_strict(list(_MEMBER_ROLES), [0, 1, 2, 3], return_dtype=pl.Int8),
            rule_turn=pl.col("rule").replace_strict(list(RULES), [0, 1, 2, 3], return_dtype=pl.Int8),
        )
        .sort("family_id", "adult", "turn", "rule_turn", "since", "source", nulls_last=True)
    )
    endless = pl.col("until").is_null().any()
    return (
        rows.group_by("family_id", "adult", maintain_order=True)
        .agg(
            pl.col("role").first(),
            pl.col("rule").first(),
            pl.col("source").first(),
            valid_from=pl.col("since").min(),
            valid_to=pl.when(~endless).then(pl.col("until").max()),
            as_of=pl.col("as_of").max(),
        )
        .rename({"adult": "person"})
    )


def families_of(groups: pl.DataFrame, members: pl.DataFrame, people: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Sum up each family: its living children under 18, its adults, since when it is known, whether it is restricted.

    One restricted member restricts the family.

    Returns:
        Contract `families`: one row per family, sorted.
    """
    about = people.select("person_id", "restricted", "birth_date", "expected_birth_date", person_as_of="as_of")
    now = pl.col("valid_to").is_null() | (pl.col("valid_to") > as_at)
    age = age_in_years(pl.coalesce("birth_date", "expected_birth_date"), as_at)
    child = pl.col("role") == "child"
    counted = (
        members.join(about, on="person_id")
        .with_columns(now=now, young=age.is_null() | (age < ADULT_AT))
        .group_by("family_id")
        .agg(
            n_children=(child & pl.col("now") & pl.col("young")).sum().cast(pl.Int64),
            n_adults=(~child & pl.col("now")).sum().cast(pl.Int64),
            restricted=(pl.col("restricted") & (pl.col("now") | child)).any(),
            oldest_as_of=pl.col("person_as_of").min(),
        )
    )
    seen = groups.group_by("family_id").agg(pl.col("known_from").min())
    return (
        counted.join(seen, on="family_id")
        .select(
            "family_id",
            "n_children",
            "n_adults",
            first_seen=pl.coalesce("known_from", "oldest_as_of"),
            restricted="restricted",
        )
        .sort("family_id")
    )
