"""Families to talk about for step-down: criteria met, not met and unknown. Talked about, never predicted.

Each criterion is answered from records, and is unknown where the record that would answer it is absent, old or does
not reach back far enough. What only the family and its worker can say is a criterion of its own, always unknown
here, so that nobody takes the records for the whole.

Source:
    Practice criteria for step-down; intervals are illustrative until approved locally.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.due import VISIT_RULES
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.partner_news import current
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.words import day

QUIET_DAYS = 90
PLAN_WEEKS = {"child_protection_plan": 26, "child_in_need_plan": 13}
"""How long a plan has run before step-down is talked about."""
SCHOOL_AGES = (5, 16)

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"

TALK_ABOUT = "every_recorded_criterion"
JUDGEMENT = "goals_and_views"

LABELS = {
    "plan_length": "The plan has run 26 weeks (child protection) or 13 weeks (child in need)",
    "last_two_visits": "The last two visits were on time and the child was seen",
    "no_section47": f"No section 47 enquiry in {QUIET_DAYS} days",
    "no_new_assessment": f"No new assessment in {QUIET_DAYS} days",
    "no_police_event": f"No police event in {QUIET_DAYS} days",
    "no_missing_event": f"No missing event in {QUIET_DAYS} days",
    "no_exclusion": f"No school exclusion in {QUIET_DAYS} days",
    JUDGEMENT: "Goals are met, a lead practitioner would take it on, and the family agrees",
}
RECORDED = tuple(criterion for criterion in LABELS if criterion != JUDGEMENT)
"""Criteria that records can answer."""

FAMILY_STEP_DOWN = {
    "family_id": pl.String(),
    "unit": pl.String(),
    "criterion": pl.String(),
    "state": pl.String(),
    "reason": pl.String(),
}
UNIT_STEP_DOWN = {
    "unit": pl.String(),
    "criterion": pl.String(),
    "label": pl.String(),
    "n_considered": pl.Int64(),
    "n_met": pl.Int64(),
    "n_not_met": pl.Int64(),
    "n_unknown": pl.Int64(),
    "why_unknown": pl.String(),
}


@dataclass(frozen=True)
class Answer:
    """A criterion's answer for the families considered.

    Attributes:
        not_met: families for which a record says no.
        unknown: families for which the record does not say, and the reason; None where it does not say for any.
        met_words: why it is met.
        not_met_words: why it is not.
        unknown_words: why it is not known.
        open_question: whether every family without a "no" is unknown.
    """

    not_met: pl.Series
    unknown: pl.Series
    met_words: str
    not_met_words: str
    unknown_words: str
    open_question: bool = False


def family_step_down(
    frames: Mapping[str, pl.DataFrame], due: pl.DataFrame, holders: Holders, sources: Sources, *, as_at: date
) -> pl.DataFrame:
    """Answer each criterion for each family on a child protection or child in need plan that a unit holds.

    Args:
        frames: the tables of `READS`.
        due: obligations, as `due.obligations` makes them.
        holders: units, families and children.
        sources: what is covered.
        as_at: the week's Sunday.

    Returns:
        Contract `family_step_down`: one row per family and criterion, sorted.
    """
    families = holders.families.filter(pl.col("status").is_in(list(PLAN_WEEKS))).drop_nulls("unit")
    if families.is_empty() or not sources.current("cin_census"):
        return pl.DataFrame(schema=FAMILY_STEP_DOWN)
    members = current(frames["family_members"], as_at=as_at).join(families, on="family_id", how="semi")
    children = holders.children.join(families, on="family_id", how="semi", maintain_order="left")
    answers = {
        "plan_length": _plan_length(children, as_at),
        "last_two_visits": _visits(children, due, sources, as_at),
        "no_section47": _none_of(frames, children, sources, "section47", "section 47 enquiry", as_at),
        "no_new_assessment": _none_of(frames, children, sources, "assessment", "assessment", as_at),
        "no_police_event": _police(frames, members, sources, as_at, missing=False),
        "no_missing_event": _police(frames, members, sources, as_at, missing=True),
        "no_exclusion": _exclusions(frames, children, sources, as_at),
        JUDGEMENT: Answer(_nobody(), _nobody(), "", "", "Only the family and its worker can say.", open_question=True),
    }
    parts = [_said(families, criterion, answer) for criterion, answer in answers.items()]
    return pl.concat(parts).sort("family_id", "criterion")


def _nobody() -> pl.Series:
    return pl.Series("family_id", [], dtype=pl.String)


def _said(families: pl.DataFrame, criterion: str, answer: Answer) -> pl.DataFrame:
    family = pl.col("family_id")
    unknown = pl.lit(value=True) if answer.open_question else family.is_in(answer.unknown.to_list())
    state = (
        pl.when(family.is_in(answer.not_met.to_list()))
        .then(pl.lit(NOT_MET))
        .when(unknown)
        .then(pl.lit(UNKNOWN))
        .otherwise(pl.lit(MET))
    )
    words = {MET: answer.met_words, NOT_MET: answer.not_met_words, UNKNOWN: answer.unknown_words}
    return families.with_columns(criterion=pl.lit(criterion), state=state).select(
        "family_id",
        "unit",
        "criterion",
        "state",
        reason=pl.col("state").replace_strict(words, return_dtype=pl.String),
    )


def _plan_length(children: pl.DataFrame, as_at: date) -> Answer:
    on_plan = children.filter(pl.col("status").is_in(list(PLAN_WEEKS)))
    weeks = pl.col("status").replace_strict(PLAN_WEEKS, return_dtype=pl.Int64)
    short = on_plan.filter(pl.col("since") + pl.duration(weeks=weeks) > as_at)
    return Answer(
        short["family_id"],
        on_plan.filter(pl.col("since").is_null())["family_id"],
        "Every plan has run that long.",
        "A plan has not run that long.",
        "The start of a plan is not recorded.",
    )


def _visits(children: pl.DataFrame, due: pl.DataFrame, sources: Sources, as_at: date) -> Answer:
    """Of every child on a plan: the last two visits recorded were on time, and none is overdue on the record."""
    clocks = {kind: clock for clock, (_, kind) in VISIT_RULES.items()}
    on_plan = children.filter(pl.col("status").is_in(list(clocks))).select(
        "family_id", "person_id", clock=pl.col("status").replace_strict(clocks, return_dtype=pl.String)
    )
    steps = due.join(on_plan, on=["person_id", "clock"], maintain_order="left").filter(pl.col("start") <= as_at)
    last_two = (
        steps.drop_nulls("done")
        .sort("person_id", "done")
        .group_by("family_id", "person_id", maintain_order=True)
        .agg(n=pl.len(), on_time=(pl.col("done") <= pl.col("due")).fill_null(value=False).tail(2).all())
    )
    passed = steps.filter(pl.col("done").is_null(), pl.col("due") <= as_at)
    not_met = pl.concat([last_two.filter(~pl.col("on_time"))["family_id"], passed["family_id"]])
    two = last_two.filter(pl.col("n") >= 2)
    unknown = on_plan.join(two, on="person_id", how="anti")["family_id"]
    why_not = sources.why_not([["visits"]])
    if why_not is not None:
        return Answer(_nobody(), _nobody(), "", "", why_not, open_question=True)
    return Answer(
        not_met,
        unknown,
        "The last two recorded visits were within the interval, with each child seen.",
        "A child has no visit recorded within the interval, or one of the last two came after it.",
        "Fewer than two visits to a child are recorded.",
    )


def _none_of(
    frames: Mapping[str, pl.DataFrame], children: pl.DataFrame, sources: Sources, kind: str, noun: str, as_at: date
) -> Answer:
    since = as_at - timedelta(days=QUIET_DAYS)
    found = (
        frames["episodes"]
        .filter(pl.col("kind") == kind, pl.col("start") > since, pl.col("start") <= as_at)
        .join(children.select("person_id", "family_id"), on="person_id")
    )
    return _events(found["family_id"], sources, "cin_census", noun, since)


def _events(families: pl.Series, sources: Sources, source: str, noun: str, since: date) -> Answer:
    """Events within covered dates: one is a no; none is met only where the source covers the whole period."""
    covered = sources.covers(source, since=since)
    reach = sources[source].covers_to
    until = f", which covers up to {day(reach)}" if reach else ""
    listed = f"the {sources[source].noun}{until}"
    why_not = sources.why_not([[source]]) or f"The {sources[source].noun} is not known to reach back {QUIET_DAYS} days."
    return Answer(
        families,
        _nobody(),
        f"No {noun} found in {listed}.",
        f"There was at least one {noun} since {day(since)}.",
        why_not,
        open_question=not covered,
    )


def _police(
    frames: Mapping[str, pl.DataFrame], members: pl.DataFrame, sources: Sources, as_at: date, *, missing: bool
) -> Answer:
    since = as_at - timedelta(days=QUIET_DAYS)
    is_missing = pl.col("incident_type") == "missing"
    tied = (
        frames["police_notifications"]
        .filter(
            pl.col("incident_date") > since, pl.col("incident_date") <= as_at, is_missing if missing else ~is_missing
        )
        .join(
            frames["partner_people"].filter(pl.col("source") == "police_notifications").drop_nulls("person_id"),
            on="row_id",
        )
        .join(members.select("person_id", "family_id"), on="person_id")
    )
    found = tied["family_id"]
    if missing:
        from_care = (
            frames["ssda903_missing"]
            .filter(pl.col("mis_start") > since, pl.col("mis_start") <= as_at)
            .join(frames["people"].drop_nulls("case_reference"), left_on="child", right_on="case_reference")
            .join(members.select("person_id", "family_id"), on="person_id")
        )
        found = pl.concat([found, from_care["family_id"]])
    return _events(found, sources, "police_notifications", "missing event" if missing else "police event", since)


def _exclusions(frames: Mapping[str, pl.DataFrame], children: pl.DataFrame, sources: Sources, as_at: date) -> Answer:
    since = as_at - timedelta(days=QUIET_DAYS)
    found = (
        frames["school_exclusions"]
        .filter(pl.col("start_date") > since, pl.col("start_date") <= as_at)
        .join(
            frames["partner_people"].filter(pl.col("source") == "school_exclusions").drop_nulls("person_id"),
            on="row_id",
        )
        .join(children.select("person_id", "family_id"), on="person_id")
    )
    answer = _events(found["family_id"], sources, "school_exclusions", "school exclusion", since)
    if not answer.open_question:
        return answer
    at_school = children.filter(pl.col("age").is_null() | pl.col("age").is_between(*SCHOOL_AGES))["family_id"]
    return Answer(answer.not_met, at_school, "No child is of school age.", answer.not_met_words, answer.unknown_words)


def unit_step_down(answers: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Count criteria by unit, and families for which every criterion that records can answer is met.

    Args:
        answers: contract `family_step_down`.
        holders: the units.

    Returns:
        Contract `unit_step_down`: one row per unit and criterion, sorted. In `every_recorded_criterion`, `n_met` is
        the number of families to talk about; `n_not_met` have at least one criterion not met; `n_unknown` have none
        not met and at least one unknown. Units without a family on a plan have no rows.
    """
    recorded = answers.filter(pl.col("criterion").is_in(RECORDED))
    overall = recorded.group_by("family_id", "unit").agg(
        no=(pl.col("state") == NOT_MET).any(), open=(pl.col("state") == UNKNOWN).any()
    )
    whole = overall.select(
        "family_id",
        "unit",
        criterion=pl.lit(TALK_ABOUT),
        state=pl.when("no").then(pl.lit(NOT_MET)).when("open").then(pl.lit(UNKNOWN)).otherwise(pl.lit(MET)),
        reason=pl.lit("A criterion cannot be told from the records."),
    )
    labels = {**LABELS, TALK_ABOUT: "Every criterion that records can answer"}
    unknown = pl.col("state") == UNKNOWN
    return (
        pl.concat([answers.select(whole.columns), whole])
        .filter(pl.col("unit").is_in(holders.units))
        .group_by("unit", "criterion")
        .agg(
            n_considered=pl.len(),
            n_met=(pl.col("state") == MET).sum(),
            n_not_met=(pl.col("state") == NOT_MET).sum(),
            n_unknown=unknown.sum(),
            why_unknown=pl.col("reason").filter(unknown).first(),
        )
        .with_columns(label=pl.col("criterion").replace_strict(labels, return_dtype=pl.String))
        .select(pl.col(name).cast(dtype) for name, dtype in UNIT_STEP_DOWN.items())
        .sort("unit", "criterion")
    )
