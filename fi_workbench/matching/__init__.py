"""What might help whom: the intervention catalogue, who could be offered what, and the published evidence.

First version: eligibility with a reason for each criterion, and evidence beside it. No effect is worked out from
local data, no intervention is called best, and nothing is ranked. A contra-indication that nobody recorded is never
"eligible": it reads "ask first".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.matching.catalogue import InterventionCatalogue, parse_catalogue, read_catalogue
from fi_workbench.matching.evidence import evidence
from fi_workbench.matching.family_facts import family_facts
from fi_workbench.matching.naming import name_referrals
from fi_workbench.matching.options import criteria, options
from fi_workbench.matching.spells import spells
from fi_workbench.matching.uptake import uptake

__all__ = [
    "READS",
    "WRITES",
    "InterventionCatalogue",
    "Matching",
    "match",
    "parse_catalogue",
    "read_catalogue",
]

READS: tuple[str, ...] = (
    "need_profiles",
    "families",
    "family_members",
    "people",
    "family_status",
    "intervention_referrals",
)
WRITES: tuple[str, ...] = (
    "intervention_criteria",
    "intervention_options",
    "intervention_evidence",
    "intervention_spells",
    "intervention_referrals_held",
    "intervention_uptake",
)


@dataclass(frozen=True)
class Matching:
    """What may be said about interventions and families.

    Attributes:
        intervention_criteria: contract of that name, one row per family, intervention and criterion.
        intervention_options: contract of that name, one row per family and intervention.
        intervention_evidence: contract of that name, one row per intervention.
        intervention_spells: contract of that name, one row per person, intervention and day of referral.
        intervention_referrals_held: contract of that name, one row per code that the catalogue does not know.
        intervention_uptake: contract of that name, one row per intervention.
    """

    intervention_criteria: pl.DataFrame
    intervention_options: pl.DataFrame
    intervention_evidence: pl.DataFrame
    intervention_spells: pl.DataFrame
    intervention_referrals_held: pl.DataFrame
    intervention_uptake: pl.DataFrame


def match(
    *,
    need_profiles: pl.DataFrame,
    families: pl.DataFrame,
    family_members: pl.DataFrame,
    people: pl.DataFrame,
    family_status: pl.DataFrame,
    intervention_referrals: pl.DataFrame,
    catalogue: InterventionCatalogue,
    as_at: date,
) -> Matching:
    """Say which interventions could be talked about with which open family, and why.

    Args:
        need_profiles: contract `need_profiles`.
        families: contract `families`.
        family_members: contract `family_members`.
        people: contract `people`.
        family_status: contract `family_status`; only its families appear in the answer.
        intervention_referrals: source table.
        catalogue: the interventions, as `read_catalogue` gives them.
        as_at: the week's Sunday.

    Returns:
        The six tables of `Matching`, each sorted by its key.
    """
    facts = family_facts(
        need_profiles=need_profiles,
        family_members=family_members,
        people=people,
        family_status=family_status,
        as_at=as_at,
    )
    answers = criteria(facts, catalogue)
    named = name_referrals(intervention_referrals.filter(pl.col("referred_on") <= as_at), catalogue)
    tied = spells(
        intervention_referrals=named.known,
        people=people,
        families=families,
        family_members=family_members,
        as_at=as_at,
    )
    return Matching(
        intervention_criteria=answers.drop("label", "asked", "position"),
        intervention_options=options(answers),
        intervention_evidence=evidence(catalogue, as_at=as_at),
        intervention_spells=tied,
        intervention_referrals_held=named.held,
        intervention_uptake=uptake(tied, catalogue),
    )
