"""The need profile of every family as at a date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from fi_workbench.needs.members import age_band, current_members
from fi_workbench.needs.states import Findings
from fi_workbench.vocabulary.needs import PRESENT, UNKNOWN

READS: tuple[str, ...] = (
    "families",
    "family_members",
    "people",
    "partner_people",
    "source_freshness",
    "cin_assessments",
    "cin_assessment_factors",
    "cin_episodes",
    "cin_protection_plans",
    "ssda903_missing",
    "police_notifications",
    "school_attendance",
    "school_exclusions",
    "housing",
    "adult_services",
    "youth_justice",
)
WRITES: tuple[str, ...] = ("need_profiles", "family_profiles")


@dataclass(frozen=True)
class Needs:
    """What families need, as far as it is known.

    Attributes:
        need_profiles: contract `need_profiles`, one row per family and need.
        family_profiles: contract `family_profiles`, one row per family.
    """

    need_profiles: pl.DataFrame = field(repr=False)
    family_profiles: pl.DataFrame = field(repr=False)


def profile(
    *,
    families: pl.DataFrame,
    family_members: pl.DataFrame,
    people: pl.DataFrame,
    partner_people: pl.DataFrame,
    source_freshness: pl.DataFrame,
    cin_assessments: pl.DataFrame,
    cin_assessment_factors: pl.DataFrame,
    cin_episodes: pl.DataFrame,
    cin_protection_plans: pl.DataFrame,
    ssda903_missing: pl.DataFrame,
    police_notifications: pl.DataFrame,
    school_attendance: pl.DataFrame,
    school_exclusions: pl.DataFrame,
    housing: pl.DataFrame,
    adult_services: pl.DataFrame,
    youth_justice: pl.DataFrame,
    as_at: date,
    lookback_days: int,
) -> Needs:
    """Say for every family and need whether it is present, was assessed and not found, or is not known.

    A need is present when there is evidence within the look-back. It is "assessed and not found" only when a
    finished assessment with recorded factors did not name it, or, for what only partners record, when the family
    is in the partner's list and the list spans the period. Anything else is unknown.

    Args:
        families: contract `families`; restricted families never appear.
        family_members: contract `family_members`; current members count.
        people: contract `people`.
        partner_people: contract `partner_people`, which ties partners' rows to people.
        source_freshness: contract `source_freshness`, for coverage and names of sources.
        cin_assessments: source table.
        cin_assessment_factors: source table.
        cin_episodes: source table (primary need).
        cin_protection_plans: source table (category of abuse).
        ssda903_missing: source table.
        police_notifications: source table.
        school_attendance: source table.
        school_exclusions: source table.
        housing: source table.
        adult_services: source table.
        youth_justice: source table.
        as_at: the week's Sunday.
        lookback_days: how far back evidence counts.

    Returns:
        `need_profiles` (one row per family and need, sorted) and `family_profiles` (one row per family, sorted),
        for families that have a living child under 18 on that day.
    """
    frames = {
        "partner_people": partner_people,
        "source_freshness": source_freshness,
        "cin_assessments": cin_assessments,
        "cin_assessment_factors": cin_assessment_factors,
        "cin_episodes": cin_episodes,
        "cin_protection_plans": cin_protection_plans,
        "ssda903_missing": ssda903_missing,
        "police_notifications": police_notifications,
        "school_attendance": school_attendance,
        "school_exclusions": school_exclusions,
        "housing": housing,
        "adult_services": adult_services,
        "youth_justice": youth_justice,
    }
    members = current_members(families=families, family_members=family_members, people=people, as_at=as_at)
    since = as_at - timedelta(days=lookback_days)
    states = Findings(frames, members=members, since=since, as_at=as_at).states()
    need_profiles = _with_coverage(states, source_freshness)
    return Needs(need_profiles=need_profiles, family_profiles=_family_profiles(members, need_profiles))


def _with_coverage(states: pl.DataFrame, source_freshness: pl.DataFrame) -> pl.DataFrame:
    """Add the period that all sources of a row cover, and the oldest as-of date of those searched in vain."""
    covers = source_freshness.select(
        source="source",
        coverage_from="coverage_from",
        coverage_to=pl.coalesce("coverage_to", "as_of"),
        searched="as_of",
    )
    keyed = states.with_columns(key=pl.col("sources").list.join("|"))
    by_sources = (
        keyed.select("key", source="sources")
        .unique("key")
        .explode("source")
        .join(covers, on="source")
        .group_by("key")
        .agg(
            coverage_from=pl.col("coverage_from").max(),
            coverage_to=pl.col("coverage_to").min(),
            searched=pl.col("searched").min(),
        )
    )
    return (
        keyed.join(by_sources, on="key", how="left")
        .with_columns(as_of=pl.coalesce("as_of", "searched"))
        .drop("key", "searched")
        .sort("family_id", "need")
    )


def _family_profiles(members: pl.DataFrame, need_profiles: pl.DataFrame) -> pl.DataFrame:
    counts = need_profiles.group_by("family_id").agg(
        n_needs_present=(pl.col("state") == PRESENT).sum().cast(pl.Int64),
        n_needs_unknown=(pl.col("state") == UNKNOWN).sum().cast(pl.Int64),
    )
    return (
        members.filter("is_child")
        .group_by("family_id")
        .agg(youngest=pl.col("age").min(), n_children=pl.len().cast(pl.Int64))
        .with_columns(youngest_age_band=age_band(pl.col("youngest")))
        .join(counts, on="family_id")
        .select("family_id", "youngest_age_band", "n_children", "n_needs_present", "n_needs_unknown")
        .sort("family_id")
    )
