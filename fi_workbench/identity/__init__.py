"""Who is who: people, partners' records tied to them, and the families they make.

First version, by stated rules: exact numbers, then names with a date of birth. Whatever could not be tied, or could
be several people, is counted and never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.identity.decisions import apply_decisions, decided_links
from fi_workbench.identity.families import adopted, families_of, first_known, group_children, members_of
from fi_workbench.identity.kinship import mothers, parents_of
from fi_workbench.identity.linking import AMBIGUOUS, UNLINKED, tie
from fi_workbench.identity.partners import PARTNERS, Partner, partner_entries, partner_rows, partners_of
from fi_workbench.identity.people import all_people, names_of, numbers_of, restricted_on
from fi_workbench.identity.ties import Known, ties_between_children
from fi_workbench.pseudonyms import PseudonymKey

__all__ = ["PARTNERS", "READS", "WRITES", "Linked", "Partner", "link", "partners_of", "reads", "restricted_on"]

_OWN: tuple[str, ...] = (
    "case_people",
    "case_relationships",
    "case_referrals",
    "restricted",
    "cin_children",
    "cin_episodes",
    "ssda903_header",
    "ssda903_episodes",
)


def reads(partners: Mapping[str, Partner]) -> tuple[str, ...]:
    """The tables that `link` is given, where these are the partners."""
    return (*_OWN, *(partner.table for partner in partners.values()))


READS: tuple[str, ...] = reads(PARTNERS)
WRITES: tuple[str, ...] = ("people", "person_links", "partner_people", "link_summary", "families", "family_members")


@dataclass(frozen=True)
class Linked:
    """Who is who, as at a day: one frame per contracted table of the same name."""

    people: pl.DataFrame = field(repr=False)
    person_links: pl.DataFrame = field(repr=False)
    partner_people: pl.DataFrame = field(repr=False)
    link_summary: pl.DataFrame = field(repr=False)
    families: pl.DataFrame = field(repr=False)
    family_members: pl.DataFrame = field(repr=False)


def link(
    *,
    case_people: pl.DataFrame,
    case_relationships: pl.DataFrame,
    case_referrals: pl.DataFrame,
    restricted: pl.DataFrame,
    cin_children: pl.DataFrame,
    cin_episodes: pl.DataFrame,
    ssda903_header: pl.DataFrame,
    ssda903_episodes: pl.DataFrame,
    key: PseudonymKey,
    as_at: date,
    decisions: pl.DataFrame,
    partners: Mapping[str, Partner] = PARTNERS,
    **frames: pl.DataFrame,
) -> Linked:
    """Work out who is who and who belongs together, as at a day.

    Every link and membership carries its rule, so that a person can see why and undo it.

    Args:
        case_people: contract `case_people`, with its clocks, as all source tables here.
        case_relationships: contract `case_relationships`.
        case_referrals: contract `case_referrals`.
        restricted: contract `restricted`.
        cin_children: contract `cin_children`.
        cin_episodes: contract `cin_episodes` (dates of referral, adoptions).
        ssda903_header: contract `ssda903_header`.
        ssda903_episodes: contract `ssda903_episodes` (dates in care, adoptions).
        key: names people, families and partners' people.
        as_at: the day; what began later is not seen.
        decisions: what people decided about links: `subject`, `decision` (JSON); see `decisions.decided_links`.
        partners: the partner sources, as their contracts describe them.
        **frames: every table of `partners` by name.

    Returns:
        `people`, one row per person with a case number; `person_links`, one row per source and partner's person;
        `partner_people`, one row per partner row; `link_summary`, one row per source; `families`; `family_members`,
        one row per family and member. All sorted by their keys.
    """
    people = all_people(
        case_people=case_people,
        cin_children=cin_children,
        ssda903_header=ssda903_header,
        restricted=restricted,
        key=key,
        as_at=as_at,
    )
    names = names_of(case_people)
    upns, nhs_numbers = numbers_of(case_people=case_people, cin_children=cin_children, ssda903_header=ssda903_header)
    rows = partner_rows(frames, key, partners)
    links = _named(tie(partner_entries(frames, rows, partners), names, upns, nhs_numbers), people)
    links = apply_decisions(links, decided_links(decisions, as_at=as_at), people=people)

    in_returns = pl.concat(
        [cin_children.select(c="la_child_id"), ssda903_header.select(c="child"), case_referrals.select(c="child_id")]
    )["c"].unique()
    children = people.filter(~pl.col("is_adult") | pl.col("case_reference").is_in(in_returns.implode())).select(
        "case_reference", "birth_date"
    )
    parents = parents_of(
        case_people=case_people,
        case_relationships=case_relationships,
        ssda903_header=ssda903_header,
        names=names,
        children=children,
        as_at=as_at,
    )
    left = adopted(cin_episodes=cin_episodes, ssda903_episodes=ssda903_episodes, as_at=as_at)
    parents = parents.join(left, on="child", how="anti")
    at_home = children.join(left, left_on="case_reference", right_on="child", how="anti")
    known = Known(children=at_home, mothers=mothers(parents, as_at=as_at), names=names)
    ties = ties_between_children(
        known, case_relationships=case_relationships, case_referrals=case_referrals, as_at=as_at
    )
    known_from = first_known(
        case_referrals=case_referrals, cin_episodes=cin_episodes, ssda903_episodes=ssda903_episodes
    )
    groups = group_children(children, ties, known_from, key)
    members = members_of(groups, ties, parents, people, as_at=as_at)
    return Linked(
        people=people,
        person_links=links,
        partner_people=_by_row(rows, links),
        link_summary=_summary(links, partners),
        families=families_of(groups, members, people, as_at=as_at),
        family_members=members,
    )


def _named(links: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    return links.join(people.select("case_reference", "person_id"), on="case_reference", how="left").select(
        "source", "partner_person", "person_id", "rule", "n_candidates", "first_as_of", "as_of"
    ).sort("source", "partner_person")  # fmt: skip


def _by_row(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.select("source", "row_id", "partner_person")
        .join(links.select("source", "partner_person", "person_id", "rule"), on=["source", "partner_person"])
        .select("source", "row_id", "person_id", "rule")
        .sort("source", "row_id")
    )


def _summary(links: pl.DataFrame, partners: Mapping[str, Partner]) -> pl.DataFrame:
    """How far each partner's people are tied; a partner that not every authority has, only when it sent something."""
    ambiguous, unlinked = pl.col("rule") == AMBIGUOUS, pl.col("rule") == UNLINKED
    counts = links.group_by("source").agg(
        n_people=pl.len(),
        n_linked=pl.col("person_id").is_not_null().sum(),
        n_ambiguous=ambiguous.sum(),
        n_unlinked=unlinked.sum(),
    )
    expected = {source for source, partner in partners.items() if partner.expected}
    every = pl.DataFrame({"source": sorted(expected | set(links["source"]))}, schema={"source": pl.String})
    return (
        every.join(counts, on="source", how="left")
        .with_columns(pl.col(pl.UInt32).fill_null(0).cast(pl.Int64))
        .sort("source")
    )
