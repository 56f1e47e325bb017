"""The obligations of every clock, from the rows that each is read from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from fi_workbench.measures.clock import Clock
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.obligations import chain, joined, single
from fi_workbench.measures.placements import (
    ADOPTION,
    ADOPTION_PLACEMENTS,
    after_breakdown,
    placements_of,
    visits_asked,
)
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.typed_twice import once

VISIT_RULES = {
    "child_protection_visit": ("child_protection", "child_protection_plan"),
    "child_in_need_visit": ("child_in_need", "child_in_need_plan"),
}
"""Clock: the rule under which a visit was made, and the plan that asks for it."""

MEETING_PLANS = {
    "child_protection_review": "child_protection_plan",
    "core_group": "child_protection_plan",
    "child_in_need_review": "child_in_need_plan",
}


def obligations(
    frames: Mapping[str, pl.DataFrame], clocks: Mapping[str, Clock], holders: Holders, sources: Sources
) -> pl.DataFrame:
    """Work out every step of every clock for the people of the caseload.

    Args:
        frames: the tables of `READS`.
        clocks: as `clocks_in_force` gives them.
        holders: who is there to be counted, and their case references.
        sources: where each source begins.

    Returns:
        Obligations in the shape of `obligations.OBLIGATION`, sorted.
    """
    spells = frames["episodes"].join(holders.references.select("person_id"), on="person_id", how="semi")
    census_begins = sources.begins("cin_census", None)
    parts = [_referrals(frames, clocks, holders), *_assessments(spells, frames, clocks, begins=census_begins)]
    parts.append(_conferences(spells, frames, clocks))
    visits = _named(frames["visits"].filter("seen"), "child_id", holders).rename({"visit_date": "held"})
    visits_begin = sources.begins("visits", _earliest(frames["visits"], "visit_date"))
    for clock, (rule, kind) in VISIT_RULES.items():
        made = visits.filter(pl.col("visit_rule") == rule).select(*_EVENT)
        parts.append(chain(_plans(spells, kind), made, clocks[clock], begins=visits_begin))
    meetings = _named(frames["meetings"].drop_nulls("held_date"), "child_id", holders).rename({"held_date": "held"})
    meetings_begin = sources.begins("meetings", _earliest(frames["meetings"], "due_date"))
    reviews = _named(frames["cin_protection_plan_reviews"], "la_child_id", holders).select(
        "person_id", held="cpp_review_date", recorded_on=pl.lit(None, pl.Date), row_id="row_id"
    )
    for clock, kind in MEETING_PLANS.items():
        held = meetings.filter(pl.col("meeting_type") == clock).select(*_EVENT)
        begins = meetings_begin
        if clock == "child_protection_review":
            # The census lists the reviews of the years it covers; the meeting list may add the latest.
            held, begins = pl.concat([held, reviews]), census_begins
        parts.append(chain(_plans(spells, kind), held, clocks[clock], begins=begins))
    looked_after = meetings.filter(pl.col("meeting_type") == "looked_after_review").select(*_EVENT)
    care_begins = sources.begins("ssda903", _earliest(frames["ssda903_reviews"], "review"))
    parts.append(_looked_after_reviews(spells, frames, clocks, holders, looked_after, begins=care_begins))
    seen = visits.filter(pl.col("visit_rule") == "looked_after").select(*_EVENT)
    placements = placements_of(_named(frames["ssda903_episodes"], "child", holders), _plans(spells, "looked_after"))
    reviews = pl.concat([looked_after, _returned(frames, holders)])
    for clock, asked in visits_asked(placements, reviews, seen).items():
        parts.append(chain(asked, seen, clocks[clock], begins=visits_begin))
    adopted = placements.filter(pl.col("kind") == ADOPTION).select("person_id", "start", "row_id", "ended")
    parts.append(chain(adopted, reviews, clocks["adoption_review"], begins=care_begins))
    returned = after_breakdown(placements)
    parts.append(chain(returned, reviews, clocks["review_after_adoption_placement"], begins=care_begins))
    parts.append(_supervision(frames, clocks, holders, sources))
    return joined(parts)


_EVENT = ("person_id", "held", "recorded_on", "row_id")


def _earliest(frame: pl.DataFrame, column: str) -> date | None:
    first = frame[column].min()
    return first if isinstance(first, date) else None


def _named(frame: pl.DataFrame, child: str, holders: Holders) -> pl.DataFrame:
    return frame.join(holders.references, left_on=child, right_on="case_reference", how="inner", maintain_order="left")


def _plans(spells: pl.DataFrame, kind: str) -> pl.DataFrame:
    return spells.filter(pl.col("kind") == kind).select("person_id", "start", "row_id", ended="end")


def _referrals(frames: Mapping[str, pl.DataFrame], clocks: Mapping[str, Clock], holders: Holders) -> pl.DataFrame:
    """Decisions on the referrals of the case management system, each once; the census holds none."""
    received = _named(once(frames["case_referrals"]), "child_id", holders).select(
        "person_id", "row_id", start="referral_date", done="decision_date", ended=pl.lit(None, pl.Date)
    )
    return single(received, clocks["referral_decision"])


def _assessments(
    spells: pl.DataFrame, frames: Mapping[str, pl.DataFrame], clocks: Mapping[str, Clock], *, begins: date | None
) -> list[pl.DataFrame]:
    """Both clocks of each assessment: an end that was inferred from a closed case is no authorisation.

    Only the first assessment after a referral answers it. What asked for a later one in the same episode is not
    recorded, so there both clocks start with the assessment; so they do where the referral came before the census
    begins, since the first that it lists need not be the first that there was.
    """
    made = (
        spells.filter(pl.col("kind") == "assessment")
        .join(
            frames["cin_assessments"].select("row_id", "cin_referral_date", "assessment_authorisation_date"),
            on="row_id",
            maintain_order="left",
        )
        .with_columns(done="assessment_authorisation_date")
        .with_columns(ended=pl.when(pl.col("done").is_null()).then("end"))
    )
    columns = ("person_id", "start", "done", "ended", "row_id")
    answers = pl.col("start") == pl.col("start").min().over("person_id", "cin_referral_date")
    if begins is not None:
        answers &= pl.col("cin_referral_date") >= begins
    referred = made.with_columns(start=pl.when(answers).then("cin_referral_date").otherwise("start"))
    return [
        single(referred.select(*columns), clocks["assessment_from_referral"]),
        single(made.select(*columns), clocks["assessment_from_start"]),
    ]


def _conferences(spells: pl.DataFrame, frames: Mapping[str, pl.DataFrame], clocks: Mapping[str, Clock]) -> pl.DataFrame:
    """From a section 47 enquiry to its conference; an enquiry that needs none asks for nothing."""
    made = (
        spells.filter(pl.col("kind") == "section47")
        .join(
            frames["cin_section47"].select("row_id", "date_of_initial_cpc", "icpc_not_required"),
            on="row_id",
            maintain_order="left",
        )
        .filter(pl.col("date_of_initial_cpc").is_not_null() | ~pl.col("icpc_not_required").fill_null(value=False))
        .with_columns(done="date_of_initial_cpc")
        .with_columns(ended=pl.when(pl.col("done").is_null()).then("end"))
    )
    return single(made.select("person_id", "start", "done", "ended", "row_id"), clocks["section47_to_conference"])


def _looked_after_reviews(
    spells: pl.DataFrame,
    frames: Mapping[str, pl.DataFrame],
    clocks: Mapping[str, Clock],
    holders: Holders,
    held: pl.DataFrame,
    *,
    begins: date | None,
) -> pl.DataFrame:
    """Reviews from the day care began until a placement for adoption; that one, and what follows it, have their own."""
    adoption = (
        _named(frames["ssda903_episodes"], "child", holders)
        .filter(pl.col("place").is_in(ADOPTION_PLACEMENTS))
        .select("person_id", adoption="decom")
    )
    care = _plans(spells, "looked_after").join(adoption, on="person_id", how="left", maintain_order="left")
    within = pl.col("adoption").is_between("start", pl.coalesce("ended", pl.lit(date.max)), closed="both")
    until = pl.when(within).then("adoption").min().over("person_id", "start")
    spells_of_care = (
        care.with_columns(ended=pl.min_horizontal("ended", until))
        .drop("adoption")
        .unique(maintain_order=True)
        .filter(pl.col("ended").is_null() | (pl.col("ended") > pl.col("start")))
    )
    events = pl.concat([held, _returned(frames, holders)])
    return chain(spells_of_care, events, clocks["looked_after_review"], begins=begins)


def _returned(frames: Mapping[str, pl.DataFrame], holders: Holders) -> pl.DataFrame:
    """Reviews as the return on looked after children lists them."""
    return _named(frames["ssda903_reviews"], "child", holders).select(
        "person_id", held="review", recorded_on=pl.lit(None, pl.Date), row_id="row_id"
    )


def _supervision(
    frames: Mapping[str, pl.DataFrame], clocks: Mapping[str, Clock], holders: Holders, sources: Sources
) -> pl.DataFrame:
    """Supervision of each worker of the roster; managers are supervised elsewhere."""
    workers = holders.workers.filter(pl.col("role") != "unit_manager").select(
        person_id="worker_id", start="start_date", row_id="row_id", ended=pl.lit(None, pl.Date)
    )
    held = (
        frames["supervision"]
        .drop_nulls("held_date")
        .select(person_id="worker_id", held="held_date", recorded_on=pl.lit(None, pl.Date), row_id="row_id")
    )
    begins = sources.begins("supervision", _earliest(frames["supervision"], "due_date"))
    return chain(workers, held, clocks["supervision"], begins=begins)
