"""What is open for each child, the one current status, and who holds child and family, as at a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.caseload.care import departures, end_at_departure, periods_of_care
from fi_workbench.caseload.holders import holder_timeline
from fi_workbench.caseload.ladder import STATUSES, status_timeline
from fi_workbench.caseload.returns import cases, census_spells, referrals
from fi_workbench.caseload.spells import as_known_on, spell
from fi_workbench.caseload.status import child_status as status_of_children
from fi_workbench.caseload.status import combined_timeline, family_status, limits_of, status_history

__all__ = ["READS", "STATUSES", "WRITES", "Caseload", "build"]

READS: tuple[str, ...] = (
    "people",
    "families",
    "family_members",
    "partner_people",
    "cin_episodes",
    "cin_assessments",
    "cin_plans",
    "cin_section47",
    "cin_protection_plans",
    "cin_pre_proceedings",
    "ssda903_episodes",
    "case_referrals",
    "early_help",
    "allocations",
    "roster",
)
WRITES: tuple[str, ...] = (
    "episodes",
    "child_status",
    "family_status",
    "status_history",
    "care_repairs",
    "caseload_withheld",
)


@dataclass(frozen=True)
class Caseload:
    """The caseload as at a day: one frame per contracted table of the same name."""

    episodes: pl.DataFrame = field(repr=False)
    child_status: pl.DataFrame = field(repr=False)
    family_status: pl.DataFrame = field(repr=False)
    status_history: pl.DataFrame = field(repr=False)
    care_repairs: pl.DataFrame = field(repr=False)
    caseload_withheld: pl.DataFrame = field(repr=False)


def build(
    *,
    people: pl.DataFrame,
    families: pl.DataFrame,
    family_members: pl.DataFrame,
    partner_people: pl.DataFrame,
    cin_episodes: pl.DataFrame,
    cin_assessments: pl.DataFrame,
    cin_plans: pl.DataFrame,
    cin_section47: pl.DataFrame,
    cin_protection_plans: pl.DataFrame,
    cin_pre_proceedings: pl.DataFrame,
    ssda903_episodes: pl.DataFrame,
    case_referrals: pl.DataFrame,
    early_help: pl.DataFrame,
    allocations: pl.DataFrame,
    roster: pl.DataFrame,
    as_at: date,
) -> Caseload:
    """Work out the caseload as at a day.

    One child has one status, so that every later figure counts the child once. Restricted people and their whole
    families are left out of all of it, and only counted.

    Args:
        people: contract `people`.
        families: contract `families`.
        family_members: contract `family_members`.
        partner_people: contract `partner_people`: whose early help it is.
        cin_episodes: contract `cin_episodes`, and likewise the census tables after it.
        cin_assessments: contract `cin_assessments`.
        cin_plans: contract `cin_plans`.
        cin_section47: contract `cin_section47`.
        cin_protection_plans: contract `cin_protection_plans`.
        cin_pre_proceedings: contract `cin_pre_proceedings`.
        ssda903_episodes: contract `ssda903_episodes`.
        case_referrals: contract `case_referrals`.
        early_help: contract `early_help`.
        allocations: contract `allocations`.
        roster: contract `roster`.
        as_at: the day; what began later is not seen, and what ends later is still open.

    Returns:
        `episodes`, one row per person, kind and first day; `child_status`, one row per child; `family_status`, one
        row per family; `status_history`, one row per child and spell; `care_repairs`, one row per repaired value of an
        episode of care; `caseload_withheld`, one row per reason. All sorted by their keys.
    """
    withheld = _withheld(people, families, family_members)
    shown = people.join(withheld, on="person_id", how="anti")
    known_cases = cases(cin_episodes)
    left = departures(known_cases, ssda903_episodes, people)
    care = periods_of_care(ssda903_episodes, known_cases, left)
    recorded = pl.concat(
        [
            referrals(known_cases, case_referrals),
            census_spells(
                known_cases,
                cin_assessments=cin_assessments,
                cin_plans=cin_plans,
                cin_section47=cin_section47,
                cin_protection_plans=cin_protection_plans,
                cin_pre_proceedings=cin_pre_proceedings,
            ),
            care.periods,
            _early_help(early_help, partner_people, people),
        ]
    )
    episodes = _episodes(as_known_on(end_at_departure(recorded, left), as_at), shown)

    children = family_members.filter(pl.col("role") == "child").select("person_id", "family_id")
    children = children.join(shown, on="person_id", how="semi")
    limits = limits_of(shown, left.filter(pl.col("left_on") <= as_at))
    statuses = status_timeline(episodes.join(children, on="person_id", how="semi"), limits).filter(
        pl.col("from_date") <= as_at
    )
    holders = holder_timeline(allocations, roster, shown).filter(pl.col("from_date") <= as_at)
    of_children = status_of_children(
        people=shown,
        families=children,
        episodes=episodes,
        statuses=statuses,
        holders=holders,
        limits=limits,
        needs=_primary_needs(cin_episodes, shown, as_at),
        as_at=as_at,
    )
    return Caseload(
        episodes=episodes,
        child_status=of_children,
        family_status=family_status(of_children),
        status_history=status_history(combined_timeline(statuses, holders), children, as_at=as_at),
        care_repairs=care.repairs.join(shown, on="case_reference", how="semi", maintain_order="left"),
        caseload_withheld=_count_withheld(withheld, families, family_members),
    )


def _withheld(people: pl.DataFrame, families: pl.DataFrame, family_members: pl.DataFrame) -> pl.DataFrame:
    """Restricted people, and everyone in a restricted family now or as its child."""
    current = family_members.filter(pl.col("valid_to").is_null() | (pl.col("role") == "child"))
    of_families = current.join(families.filter(pl.col("restricted")), on="family_id", how="semi")
    own = people.filter(pl.col("restricted")).select("person_id")
    return pl.concat([own, of_families.select("person_id")]).unique().sort("person_id")


def _count_withheld(withheld: pl.DataFrame, families: pl.DataFrame, family_members: pl.DataFrame) -> pl.DataFrame:
    children = family_members.filter(pl.col("role") == "child").join(withheld, on="person_id", how="semi")
    return pl.DataFrame(
        {
            "reason": ["restricted"],
            "n_children": [children["person_id"].n_unique()],
            "n_families": [families.filter(pl.col("restricted")).height],
        },
        schema={"reason": pl.String, "n_children": pl.Int64, "n_families": pl.Int64},
    )


def _early_help(early_help: pl.DataFrame, partner_people: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    tied = partner_people.filter(pl.col("source") == "early_help").drop_nulls("person_id").select("row_id", "person_id")
    rows = early_help.join(tied, on="row_id").join(people.select("person_id", "case_reference"), on="person_id")
    return spell(
        rows,
        kind="early_help",
        child="case_reference",
        start="start_date",
        end="end_date",
        detail="reason",
        end_detail="end_reason",
        source_table="early_help",
    )


def _episodes(spells: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Name the children and keep one row per person, kind and first day: the latest known, open before ended."""
    return (
        spells.join(shown.select("case_reference", "person_id"), on="case_reference")
        .sort(["person_id", "kind", "start", "as_of", "end", "row_id"], nulls_last=True)
        .unique(subset=["person_id", "kind", "start"], keep="last", maintain_order=True)
        .select("person_id", "kind", "start", "end", "detail", "end_detail", "source_table", "row_id", "as_of")
    )


def _primary_needs(cin_episodes: pl.DataFrame, people: pl.DataFrame, as_at: date) -> pl.DataFrame:
    return (
        cin_episodes.filter(pl.col("cin_referral_date") <= as_at)
        .drop_nulls("primary_need_code")
        .sort("la_child_id", "cin_referral_date", "as_of")
        .unique(subset=["la_child_id"], keep="last", maintain_order=True)
        .join(people.select("case_reference", "person_id"), left_on="la_child_id", right_on="case_reference")
        .select("person_id", primary_need="primary_need_code")
    )
