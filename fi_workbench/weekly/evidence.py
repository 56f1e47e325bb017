"""What interventions seem to do, worked out of a week's tables: every question card, from cohort to stored answer.

Done about once a month: evidence changes slowly, and whoever looks at it every week finds chance. No table that
leaves here has a row for a family.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench import segmentation
from fi_workbench.errors import MatchingError, WorkbenchError
from fi_workbench.matching.card_words import card_markdown
from fi_workbench.matching.cards import USUAL_SUPPORT, QuestionCard
from fi_workbench.matching.catalogue import RATING_TO_BE_CHECKED, InterventionCatalogue
from fi_workbench.matching.cohort import Cohort, decided
from fi_workbench.matching.cohort.controls import CONTROL
from fi_workbench.matching.cohort.covariates import covariates
from fi_workbench.matching.cohort.decisions import family_episodes
from fi_workbench.matching.effects import Effects, Published, costs, estimate
from fi_workbench.matching.equity import equity_of_offer
from fi_workbench.matching.speaking import when_it_may_speak
from fi_workbench.measures.holders import holders
from fi_workbench.needs.members import age_band
from fi_workbench.progress import Reporter
from fi_workbench.segmentation.approvals import ApprovedModel
from fi_workbench.settings import Settings
from fi_workbench.vocabulary.needs import ASSESSED_ABSENT, NEED_CODES, PRESENT, UNKNOWN
from fi_workbench.weekly.cohorts import Records, records_of
from fi_workbench.weekly.consulting import rates_of
from fi_workbench.weekly.evidence_tables import WRITES, arm_rows, cell_rows, expected_rows
from fi_workbench.weekly.offer_groups import groups_of, recorded


@dataclass(frozen=True)
class _Given:
    """What every question is answered from."""

    records: Records
    held: pl.DataFrame
    catalogue: InterventionCatalogue
    model: ApprovedModel | None
    settings: Settings
    segment_names: Mapping[str, str]


def work_out(
    frames: Mapping[str, pl.DataFrame],
    *,
    catalogue: InterventionCatalogue,
    model: ApprovedModel | None,
    settings: Settings,
    as_at: date,
    cards: Mapping[str, QuestionCard],
    reporter: Reporter,
) -> dict[str, pl.DataFrame]:
    """Answer every question card from the records of a week.

    A question that cannot be answered says why, and does not hold up the others.

    Args:
        frames: the tables of `READS`.
        catalogue: interventions, for names and published evidence.
        model: the grouping in use; without one every family is in one segment.
        settings: names of segments.
        as_at: what is known up to this day counts.
        cards: the questions.
        reporter: told of each question.

    Returns:
        The tables of `WRITES`, each sorted by key.
    """
    given = _given(frames, catalogue, model, settings, as_at)
    made: dict[str, list[pl.DataFrame]] = {name: [] for name in WRITES}
    for card in cards.values():
        reporter.say(f"{card.title} …")
        for name, frame in _answered(card, given, reporter).items():
            made[name].append(frame)
    made["evidence_units"].append(_units(frames, as_at))
    return {name: pl.concat(parts, how="diagonal_relaxed") for name, parts in made.items() if parts}


def _given(
    frames: Mapping[str, pl.DataFrame],
    catalogue: InterventionCatalogue,
    model: ApprovedModel | None,
    settings: Settings,
    as_at: date,
) -> _Given:
    usable = model if model is None or not model.synthetic or settings.authority.synthetic else None
    names = (
        {one.code: settings.segment_names.get(one.code, one.name) for one in usable.grouping.segments} if usable else {}
    )
    held = family_episodes(frames["episodes"], frames["family_members"])
    return _Given(records_of(frames, as_at), held, catalogue, usable, settings, names)


def _answered(card: QuestionCard, given: _Given, reporter: Reporter) -> dict[str, pl.DataFrame]:
    try:
        cohort = given.records.cohort(card, _segments(card, given))
    except MatchingError as error:
        return {"evidence_questions": _question(card, given, reason=error.what)}
    published = published_on(card, cohort.arms, given.catalogue)
    about = _about_offers(card, cohort, given)
    control = card.negative_control
    try:
        told = estimate(
            cohort.rows,
            arms=cohort.arms,
            covariates=cohort.blocks,
            horizon_days=cohort.horizon_days,
            published=published,
            negative_control_outcome=None if control is None else CONTROL,
            control_without=() if control is None else control.made_of,
            control_acted_on_by=() if control is None else control.acted_on_by,
            reporter=reporter,
        )
    except WorkbenchError as error:  # a statistic may refuse too: nobody followed to the horizon is an answer
        return {"evidence_questions": _question(card, given, cohort, reason=error.what), **about}
    names = {each.id: each.name for each in given.catalogue.interventions} | {USUAL_SUPPORT: "Usual support"}
    question = pl.lit(card.id).alias("question")
    return {
        "evidence_questions": _question(
            card,
            given,
            cohort,
            method=told.method,
            notes=" ".join(told.notes),
            certificate=told.certificate.sentence(),
            muted=told.certificate.muted,
        ),
        "evidence_cells": cell_rows(told, card.id, names, given.segment_names),
        "evidence_expected": expected_rows(told, card.id, names, given.segment_names),
        "evidence_arms": arm_rows(told, card.id, names, _costs(card, told, given.catalogue)),
        "evidence_balance": told.balance.select(question, "arm", "covariate", "of", "before", "after", "state"),
        "evidence_observed": told.observed.select(question, "arm", "block", "difference", "without", "e_value"),
        **about,
    }


def _costs(card: QuestionCard, told: Effects, catalogue: InterventionCatalogue) -> pl.DataFrame:
    """Cost per outcome gained. Usual support goes on in every arm, so an intervention costs what it costs beside it."""
    known = {each.id: each.local.unit_cost_pounds for each in catalogue.interventions}
    paid: dict[str, float | None] = {arm: None if cost is None else float(cost) for arm, cost in known.items()}
    return costs(told.cells, paid | {USUAL_SUPPORT: 0.0}, usual_support=USUAL_SUPPORT, direction=card.outcome.direction)


def _about_offers(card: QuestionCard, cohort: Cohort, given: _Given) -> dict[str, pl.DataFrame]:
    """Who was offered something, and when the question may speak; nothing where there is nobody to count."""
    question = pl.lit(card.id).alias("question")
    made = {}
    with suppress(MatchingError):
        groups = groups_of(cohort, given.records.frames)
        chosen = groups.select("decision", *recorded(groups))
        years = cohort.timed["time_zero"].dt.year()
        about = [pl.lit(card.eligibility).alias("whom")]
        about += [
            pl.lit(year, dtype=pl.Int64).alias(name)
            for name, year in (("first_year", years.min()), ("last_year", years.max()))
        ]
        made["evidence_offers"] = equity_of_offer(cohort, chosen).groups.select(question, pl.all(), *about)
    with suppress(MatchingError):
        shares = cohort.rows["segment"].value_counts(normalize=True)
        told = when_it_may_speak(
            **rates_of(cohort),
            segment_shares=dict(shares.sort("segment").iter_rows()),
            horizon_days=card.outcome.horizon_days,
        )
        made["evidence_years"] = told.select(question, pl.all())
    return made


def _segments(card: QuestionCard, given: _Given) -> pl.DataFrame | None:
    """The segment of each family as at its decision: today's is made of what came after, too."""
    if given.model is None:
        return None
    decisions = decided(card, given.held)
    known = covariates(
        decisions,
        held=given.held,
        need_profiles=given.records.profiles,
        family_members=given.records.frames["family_members"],
        people=given.records.frames["people"],
    ).with_row_index("at")
    told = known.with_columns(pl.col("at").cast(pl.String).alias("decision"))
    state = pl.when(pl.col("present")).then(pl.lit(PRESENT)).when(~pl.col("present")).then(pl.lit(ASSESSED_ABSENT))
    profiles = told.select("decision", *NEED_CODES).unpivot(
        index="decision", variable_name="need", value_name="present"
    )
    memberships = segmentation.assign(
        need_profiles=profiles.select(family_id="decision", need="need", state=state.otherwise(pl.lit(UNKNOWN))),
        family_profiles=told.select(
            family_id="decision",
            youngest_age_band=age_band(pl.col("youngest_age")),
            n_children=pl.col("n_children").cast(pl.Int64),
        ),
        model=given.model,
        settings=given.settings,
    ).segment_memberships
    return (
        told.join(memberships.select(decision="family_id", segment="segment"), on="decision", how="left")
        .select("family_id", "time_zero", "segment")
        .drop_nulls("segment")
    )


def published_on(card: QuestionCard, arms: Sequence[str], catalogue: InterventionCatalogue) -> dict[str, Published]:
    """What was published on the very outcome, where it may be put down to the intervention.

    Args:
        card: the question.
        arms: that families here were offered.
        catalogue: with what studies found.
    """
    found = {}
    for each in catalogue.interventions:
        known = each.evidence.rating != RATING_TO_BE_CHECKED
        rated = each.evidence.rating + ("+" if each.evidence.extra_support and known else "")
        for effect in each.evidence.effects:
            told = effect.standard_error is not None and effect.attributable and not each.evidence.mixed
            if each.id in arms and effect.outcome == card.outcome.name and told:
                found[each.id] = Published(effect.difference, float(effect.standard_error or 0.0), rated)
    return found


def _question(
    card: QuestionCard,
    given: _Given,
    cohort: Cohort | None = None,
    *,
    reason: str = "",
    method: str = "",
    notes: str = "",
    certificate: str = "",
    muted: bool = False,
) -> pl.DataFrame:
    steps = [] if cohort is None else [f"{told}: {n:,}" for told, n in cohort.flow.iter_rows()]
    return pl.DataFrame(
        {
            "question": card.id,
            "title": card.title,
            "card": card_markdown(card, given.catalogue),
            "outcome": card.outcome.definition,
            "direction": card.outcome.direction,
            "horizon_days": card.outcome.horizon_days,
            "control": card.negative_control.definition if card.negative_control else None,
            "answered": not reason,
            "reason": reason or None,
            "n_families": 0 if cohort is None else cohort.rows.height,
            "flow": "; ".join(steps),
            "method": method or None,
            "notes": notes or None,
            "certificate": certificate or None,
            "muted": muted,
        },
        schema_overrides=dict.fromkeys(("control", "reason", "method", "notes", "certificate"), pl.String),
    )


def _units(frames: Mapping[str, pl.DataFrame], as_at: date) -> pl.DataFrame:
    """GRAIN: one row per unit and segment."""
    held = holders(frames, as_at=as_at).families.select("family_id", "unit").drop_nulls()
    return (
        held.join(frames["segment_memberships"].select("family_id", "segment"), on="family_id")
        .with_columns(pl.col("segment").fill_null("not_grouped"))
        .group_by("unit", "segment")
        .agg(n_families=pl.len().cast(pl.Int64))
        .sort("unit", "segment")
    )
