"""What people ask of the evidence: families like a described one, the match, equity of offers, when it may speak.

Each question about families like a described one is written down without a reference, so that two answers cannot be
subtracted from each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import MatchingError, StoreError
from fi_workbench.matching import read_catalogue
from fi_workbench.matching.card_words import card_markdown
from fi_workbench.matching.cards import USUAL_SUPPORT, card_of
from fi_workbench.matching.cohort import Cohort
from fi_workbench.matching.described import Described, Match, choice_record, match_described
from fi_workbench.matching.equity import equity_of_offer
from fi_workbench.matching.like import Exhibit, Profile, like
from fi_workbench.matching.speaking import when_it_may_speak
from fi_workbench.vocabulary.field_use import read_field_use
from fi_workbench.weekly.cohorts import cards_of, cohort_of, made_run
from fi_workbench.weekly.offer_groups import CHARACTERISTICS, groups_of, recorded, sources_of
from fi_workbench.weekly.workspace import Workspace

LIKE, MATCH = "like", "match"
POOLED_TABLE = "evidence_cells"
"""Where a week's pooled figures are stored once the evidence has been worked out."""
_YEAR = 365.25


@dataclass(frozen=True)
class Asked:
    """An answer about families like a described one.

    Attributes:
        card: the question card, as Markdown.
        profile: what was described.
        exhibit: counts per arm, or why there are none.
        pooled: the pooled figure over all families per arm; None where the evidence has not been worked out.
        number: of the question in the log.
    """

    card: str
    profile: Profile
    exhibit: Exhibit = field(repr=False)
    pooled: pl.DataFrame | None
    number: int

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {
            "arms": self.exhibit.arms.to_dicts(),
            "features": self.exhibit.features.to_dicts(),
            "caliper": self.exhibit.caliper,
            "abstains": self.exhibit.abstains,
            "pooled": None if self.pooled is None else self.pooled.to_dicts(),
            "profile": dict(self.profile),
            "number": self.number,
        }


def parse_profile(features: Sequence[str]) -> dict[str, bool | float]:
    """Read features written as `neglect=yes` or `n_children=3`.

    Raises:
        MatchingError: one is not written so, or is named twice.
    """
    profile: dict[str, bool | float] = {}
    for written in features:
        name, sign, value = (part.strip() for part in written.partition("="))
        known = {"yes": True, "no": False}
        try:
            told = known[value] if value in known else float(value)
        except ValueError:
            sign = ""
        if not sign or not name or name in profile:
            raise MatchingError(
                "A feature is written as name=yes, name=no or name=number, each once.",
                where="--with",
                next_step="Write `--with neglect=yes --with n_children=3`.",
            )
        profile[name] = told
    return profile


def card_text(workspace: Workspace, question: str) -> str:
    """A question card as Markdown, as it stands with every answer to it.

    Raises:
        MatchingError: no such question.
    """
    return card_markdown(card_of(question, cards_of(workspace)), read_catalogue())


def families_like(workspace: Workspace, week: ReportingWeek, question: str, profile: Profile, *, at: datetime) -> Asked:
    """Show what became of families like a described one, and write down that it was asked.

    Args:
        workspace: an open workspace, locked by the caller.
        week: the reporting week, made.
        question: the id of a question card.
        profile: features and values.
        at: now.

    Raises:
        MatchingError: no such question, a profile that cannot be meant, or one that could be subtracted from an
            earlier one; that it was asked is written down all the same.
    """
    card = card_of(question, cards_of(workspace))
    cohort = cohort_of(workspace, week, card)
    asked = [json.loads(text) for text in workspace.lake.consultations(LIKE, question)["content"]]
    shown = [each["profile"] for each in asked if each["answer"] == "shown"]
    content = {"profile": dict(profile), "week": str(week)}
    try:
        exhibit = like(profile, cohort, former=_distinct(shown))
    except MatchingError:
        workspace.lake.consult(LIKE, question, content | {"answer": "refused"}, at=at)
        raise
    answer = "pooled figure only" if exhibit.abstains else "shown"
    number = workspace.lake.consult(LIKE, question, content | {"answer": answer}, at=at)
    return Asked(card_markdown(card, read_catalogue()), profile, exhibit, _pooled(workspace, week, question), number)


def _distinct(profiles: Sequence[Profile]) -> list[Profile]:
    seen = {json.dumps(profile, sort_keys=True): profile for profile in profiles}
    return list(seen.values())


def _pooled(workspace: Workspace, week: ReportingWeek, question: str) -> pl.DataFrame | None:
    cells = _evidence(workspace, week)
    return None if cells is None else cells.filter(pl.col("question") == question, pl.col("whole"))


def _evidence(workspace: Workspace, week: ReportingWeek) -> pl.DataFrame | None:
    """The week's evidence on interventions; None where it has not been worked out."""
    if POOLED_TABLE not in workspace.catalogue.tables:
        return None
    try:
        return workspace.lake.read_week_table(str(week), POOLED_TABLE).drop("week")
    except StoreError:
        return None


def match_family(
    workspace: Workspace,
    week: ReportingWeek,
    described: Described,
    *,
    preference: str,
    question: str = "",
    segment: str = "",
) -> Match:
    """Set out what could be talked about with a described family, in the order its reader declares.

    Args:
        workspace: an open workspace.
        week: whose evidence stands beside the interventions.
        described: the family, without a reference.
        preference: one of `described.PREFERENCES`.
        question: evidence on this question alone; on all where empty.
        segment: evidence for this segment beside that over all families; over all alone where empty.

    Raises:
        MatchingError: no such order.
    """
    effects = _evidence(workspace, week)
    if effects is not None:
        wanted = pl.col("whole") | (pl.col("segment") == segment)
        effects = effects.filter(wanted, (pl.col("question") == question) | pl.lit(not question))
    return match_described(described, read_catalogue(), preference=preference, as_at=week.sunday, effects=effects)


def record_choice(workspace: Workspace, shown: Match, *, chosen: str, reason_code: str, at: datetime) -> int:
    """Keep what was shown, what was chosen and a reason code, without a reference; return its number.

    Raises:
        MatchingError: what was chosen was not shown, or there is no such reason.
    """
    return workspace.lake.consult(MATCH, "", choice_record(shown, chosen=chosen, reason_code=reason_code), at=at)


def offers_by_group(
    workspace: Workspace, week: ReportingWeek, question: str, *, by: Sequence[str] = ()
) -> pl.DataFrame:
    """Whether groups of people were offered something as often as families with the same needs.

    Args:
        workspace: an open workspace.
        week: the reporting week, made.
        question: the id of a question card.
        by: characteristics of `offer_groups.CHARACTERISTICS`; all that are recorded where empty.

    Returns:
        As `equity.Offers.groups`.

    Raises:
        MatchingError: no such question or characteristic, or one that may not be audited or is not recorded.
    """
    uses = read_field_use()
    for name in by:
        table, field_name = CHARACTERISTICS.get(name, ("", ""))
        if field_name not in uses.allowed("audit", [table]):
            known = f"Known: {', '.join(CHARACTERISTICS)}."
            raise MatchingError("This characteristic is not looked at.", where=name, next_step=known)
    cohort = cohort_of(workspace, week, card_of(question, cards_of(workspace)))
    run = made_run(workspace.lake, week)
    made = ("family_members", "people")
    frames = {name: workspace.lake.read_week_table(str(week), name, run.run_id) for name in made}
    frames |= {name: workspace.lake.read(name, run.pin) for name in sources_of(workspace.catalogue)}
    groups = groups_of(cohort, frames)
    there = recorded(groups)
    if missing := [name for name in by if name not in there]:
        raise MatchingError(
            "This characteristic is recorded for no family of the question.",
            where=missing[0],
            next_step=f"Recorded: {', '.join(there) or 'none'}.",
        )
    return equity_of_offer(cohort, groups.select("decision", *(by or there))).groups


def may_speak(workspace: Workspace, week: ReportingWeek, question: str) -> pl.DataFrame:
    """How many interventions can say anything after 1, 2 and 3 years of records like those there are.

    Returns:
        As `speaking.when_it_may_speak`.

    Raises:
        MatchingError: no such question, or no family to go by.
    """
    card = card_of(question, cards_of(workspace))
    cohort = cohort_of(workspace, week, card)
    segments: Mapping[str, float] = {"all": 1.0}
    return when_it_may_speak(**rates_of(cohort), segment_shares=segments, horizon_days=card.outcome.horizon_days)


def rates_of(cohort: Cohort) -> dict[str, Any]:
    """Decisions a year, shares of arms and share with the outcome under usual support, as a cohort has them.

    Raises:
        MatchingError: nobody with usual support has been followed.
    """
    rows = cohort.rows
    usual = rows.filter(pl.col("arm") == USUAL_SUPPORT)
    if "outcome" not in usual.columns:
        horizon = cohort.card.outcome.horizon_days
        usual = usual.filter((pl.col("event") != 0) | (pl.col("days") >= horizon)).with_columns(
            outcome=(pl.col("event") == 1).cast(pl.Float64)
        )
    if usual.is_empty():
        raise MatchingError("No family with usual support has been followed to the end yet.", where=cohort.card.id)
    days = cohort.timed.select(span=(pl.col("time_zero").max() - pl.col("time_zero").min()).dt.total_days())["span"][0]
    return {
        "decisions_a_year": rows.height / max(1.0, int(days)) * _YEAR,
        "arm_shares": {arm: int((rows["arm"] == arm).sum()) / rows.height for arm in cohort.arms},
        "outcome_share": float(usual["outcome"].to_numpy().mean()),
    }
