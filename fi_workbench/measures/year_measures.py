"""Measures of a year for the whole authority: of so many, so many, over which days, and England's figure beside.

They are for a year and for everybody: a unit's week is too small for any of them. Each says the days it is about, of
how many it does not know, and what England's figure is where one is published by the same definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from fi_workbench import calendar
from fi_workbench.measures import (
    care_leavers,
    dates_of_a_year,
    health_in_care,
    proceedings,
    protection_plans,
    referred_again,
    return_interviews,
    stability,
)
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.typed_twice import once
from fi_workbench.measures.words import day
from fi_workbench.measures.year_definitions import YEAR_MEASURES
from fi_workbench.measures.year_measure import Count, Days, YearMeasure, children_on, counted_people, months_before

RECORDED = 0.8
"""Where less than this share is recorded, a count says more about the records than about children."""

TABLE = {
    "measure": pl.String(),
    "label": pl.String(),
    "whom": pl.String(),
    "n_of": pl.Int64(),
    "n": pl.Int64(),
    "n_other": pl.Int64(),
    "n_unknown": pl.Int64(),
    "recorded": pl.Boolean(),
    "from_date": pl.Date(),
    "to_date": pl.Date(),
    "can_tell": pl.Boolean(),
    "why_not": pl.String(),
    "note": pl.String(),
    "rule": pl.String(),
    "rule_source": pl.String(),
    "england": pl.String(),
    "as_of": pl.Date(),
}


def year_measures(
    frames: Mapping[str, pl.DataFrame],
    due: pl.DataFrame,
    clocks: Mapping[str, Clock],
    sources: Sources,
    *,
    approved_by: str,
    as_at: date,
) -> pl.DataFrame:
    """Count every measure of a year, up to the last day that its sources cover.

    Args:
        frames: `episodes`, `people`, and the source tables named in `_counts`.
        due: obligations, as `due.obligations` makes them.
        clocks: as `clocks_in_force` gives them.
        sources: where one is absent, or begins too late, nothing is counted and `why_not` says why.
        approved_by: who approved the local rules.
        as_at: the week's Sunday.

    Returns:
        Contract `year_measures`: one row per measure, for the whole authority, sorted. `from_date` is the day before
        the first; `n_of` and `n` are empty where nothing can be told; `recorded` is whether four of five are recorded.
    """
    counts = _counts(frames, due, clocks)
    earliest = _earliest(frames)
    rows = [
        _row(measure, counts[measure.id], sources, earliest, as_at)
        | {"rule_source": f"{measure.source} ({approved_by})" if measure.authority == "local" else measure.source}
        for measure in YEAR_MEASURES
    ]
    return pl.DataFrame(rows, schema=TABLE, orient="row").sort("measure")


def _counts(
    frames: Mapping[str, pl.DataFrame], due: pl.DataFrame, clocks: Mapping[str, Clock]
) -> Mapping[str, Callable[[Days], Count]]:
    episodes, people, plans = frames["episodes"], frames["people"], frames["cin_protection_plans"]
    known = counted_people(people, episodes)

    def named(table: str, child: str) -> pl.DataFrame:
        return frames[table].join(known, left_on=child, right_on="case_reference", how="inner", maintain_order="left")

    def children(days: Days) -> pl.DataFrame:
        return children_on(people, episodes, days.last)

    assessments, enquiries = named("cin_assessments", "la_child_id"), named("cin_section47", "la_child_id")
    care, leavers = named("ssda903_episodes", "child"), named("ssda903_oc3", "child")
    applications, outcomes = named("cin_pre_proceedings", "la_child_id"), named("ssda903_oc2", "child")
    referrals, listed_leavers = (
        once(named("case_referrals", "child_id")),
        named("annex_a_care_leavers", "child_unique_id"),
    )
    tied = frames["partner_people"].filter(pl.col("source") == "missing_episodes").select("row_id", "person_id")
    missing = frames["missing_episodes"].join(tied, on="row_id").join(known, on="person_id", how="semi")
    return {
        "re_referrals": lambda days: referred_again.re_referrals(episodes, days),
        "re_referred_children": lambda days: referred_again.re_referred_children(episodes, days),
        "returns_after_closure": lambda days: referred_again.returns_after_closure(episodes, people, days),
        "assessments_in_time": lambda days: dates_of_a_year.done_in_time(
            assessments,
            clocks["assessment_from_start"],
            days,
            start="assessment_actual_start_date",
            done="assessment_authorisation_date",
        ),
        "conferences_in_time": lambda days: dates_of_a_year.done_in_time(
            enquiries,
            clocks["section47_to_conference"],
            days,
            start="s47_actual_start_date",
            done="date_of_initial_cpc",
        ),
        "plans_reviewed_in_time": lambda days: dates_of_a_year.reviewed_in_time(children(days), due, days),
        "decided_in_time": lambda days: dates_of_a_year.decided_in_time(referrals, clocks["referral_decision"], days),
        "later_plans": lambda days: protection_plans.later_plans(episodes, plans, days),
        "plans_open_two_years": lambda days: protection_plans.long_open_plans(children(days), days),
        "plans_ended_two_years": lambda days: protection_plans.long_ended_plans(episodes, days),
        "transfer_conferences": lambda days: protection_plans.transfer_conferences(episodes, days),
        "many_placements": lambda days: stability.many_placements(children(days), care, days),
        "same_carer": lambda days: stability.same_carer(episodes, care, people, days),
        "ended_proceedings": lambda days: proceedings.ended_proceedings(care, applications, days),
        "in_touch_17_18": lambda days: care_leavers.in_touch(leavers, care_leavers.YOUNGER, days),
        "in_touch_19_21": lambda days: care_leavers.in_touch(leavers, care_leavers.OLDER, days),
        "pathway_reviews": lambda days: care_leavers.pathway_reviews(listed_leavers, days),
        "health_assessments": lambda days: health_in_care.in_time(children(days), outcomes, "health_assessment", days),
        "dental_checks": lambda days: health_in_care.in_time(children(days), outcomes, "teeth_check", days),
        "immunisations": lambda days: health_in_care.in_time(children(days), outcomes, "immunisations", days),
        "questionnaires": lambda days: health_in_care.questionnaires(episodes, outcomes, people, days),
        "return_interviews_offered": lambda days: return_interviews.interviews_offered(missing, days),
        "return_interviews_in_time": lambda days: return_interviews.interviews_in_time(missing, days),
    }


def _earliest(frames: Mapping[str, pl.DataFrame]) -> dict[str, date | None]:
    """Where a source does not say from when on it is complete, its earliest day stands for that."""
    days = {"case_referrals": "referral_date", "missing_episodes": "reported_on", "annex_a_care_leavers": "as_of"}
    found = {table: frames[table][column].min() for table, column in days.items()}
    found["annex_a"] = found.pop("annex_a_care_leavers")
    return {source: value if isinstance(value, date) else None for source, value in found.items()}


def _row(
    measure: YearMeasure,
    count: Callable[[Days], Count],
    sources: Sources,
    earliest: Mapping[str, date | None],
    as_at: date,
) -> dict[str, object]:
    reach = sources.reach(measure.feeds)
    last = min(as_at, reach) if reach else as_at
    why_not = _why_not(measure, sources, earliest, last)
    last = months_before(last, 12) if measure.period == "followed" else last
    days = Days(months_before(last, 12), last)
    counted = count(days) if why_not is None else None
    return {
        "measure": measure.id,
        "label": measure.label,
        "whom": measure.whom,
        "n_of": counted.of if counted else None,
        "n": counted.n if counted else None,
        "n_other": counted.of - counted.n if counted else None,
        "n_unknown": counted.n_unknown if counted else None,
        "recorded": counted.n_unknown <= (1 - RECORDED) * counted.of if counted else None,
        "from_date": days.first,
        "to_date": days.last,
        "can_tell": why_not is None,
        "why_not": why_not,
        "note": measure.note or None,
        "rule": measure.rule,
        "england": measure.england.short if measure.england else None,
        "as_of": reach,
    }


def _why_not(measure: YearMeasure, sources: Sources, earliest: Mapping[str, date | None], last: date) -> str | None:
    if not calendar.covered(last):
        return f"The calendar of working days covers {calendar.FIRST_YEAR} to {calendar.LAST_YEAR} only."
    absent = sources.why_not(measure.feeds, since=date.min)
    if absent is not None:
        return absent
    needed = months_before(last, measure.looks_back)
    for group in measure.feeds:
        source = sources.latest(group)
        begins = sources.begins(source.source, earliest.get(source.source))
        if begins is None:
            return f"The {source.noun} does not say from when on it is complete."
        if begins > needed:
            return f"The {source.noun} begins on {day(begins)}. It is needed from {day(needed)} on."
    return None
