"""Families to talk about for step-down: criteria met, not met and unknown. Talked about, never predicted.

Each criterion is answered from records, and is unknown where the record that would answer it is absent, old or does
not reach back far enough. What only the family and its worker can say is a criterion of its own, always unknown
here, so that nobody takes the records for the whole.

Source:
    Practice criteria for step-down; intervals are illustrative until approved locally.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from fi_workbench.measures.holders import Holders
from fi_workbench.measures.partner_news import current
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.step_down_criteria import (
    NONE_FOUND,
    PLAN_WEEKS,
    QUIET_DAYS,
    Answer,
    exclusions,
    last_two_visits,
    nobody,
    none_of,
    plan_length,
    police,
    records_current,
)

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"

TALK_ABOUT = "every_recorded_criterion"
JUDGEMENT = "goals_and_views"

LABELS = {
    "records_current": "The lists of plans and of care are up to date",
    "plan_length": "The plan has run 26 weeks (child protection) or 13 weeks (child in need)",
    "last_two_visits": "The last two visits were on time and the child was seen",
    "no_section47": f"No section 47 enquiry recorded in {QUIET_DAYS} days",
    "no_new_assessment": f"No new assessment recorded in {QUIET_DAYS} days",
    "no_police_event": f"No police event recorded in {QUIET_DAYS} days",
    "no_missing_event": f"No missing event recorded in {QUIET_DAYS} days",
    "no_exclusion": f"No school exclusion recorded in {QUIET_DAYS} days",
    JUDGEMENT: "Goals are met, a lead practitioner would take it on, and the family agrees",
}
BETWEEN = "; "
"""Stands between criteria, and between their answers, in `step_down_items`."""

RECORDED = tuple(criterion for criterion in LABELS if criterion != JUDGEMENT)
"""Criteria that records can answer."""

FAMILY_STEP_DOWN = {
    "family_id": pl.String(),
    "unit": pl.String(),
    "criterion": pl.String(),
    "state": pl.String(),
    "reason": pl.String(),
}
STEP_DOWN_ITEMS = {
    "unit": pl.String(),
    "worker_id": pl.String(),
    "case_reference": pl.String(),
    "family_number": pl.Int64(),
    "status": pl.String(),
    "criteria": pl.String(),
    "answers": pl.String(),
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
    "none_found": pl.String(),
}


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
        "records_current": records_current(families, sources),
        "plan_length": plan_length(children, as_at),
        "last_two_visits": last_two_visits(children, due, sources, as_at),
        "no_section47": none_of(frames, children, sources, "section47", "section 47 enquiry", as_at),
        "no_new_assessment": none_of(frames, children, sources, "assessment", "assessment", as_at),
        "no_police_event": police(frames, members, sources, as_at, missing=False),
        "no_missing_event": police(frames, members, sources, as_at, missing=True),
        "no_exclusion": exclusions(frames, children, sources, as_at),
        JUDGEMENT: Answer(nobody(), nobody(), "", "", "Only the family and its worker can say.", open_question=True),
    }
    parts = [_said(families, criterion, answer) for criterion, answer in answers.items()]
    return pl.concat(parts).sort("family_id", "criterion")


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


def step_down_items(answers: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """List for each lead practitioner the families to talk about: every criterion that records can answer is met.

    A criterion whose source is absent or old is unknown, so no family is listed that depends on it. What stands
    against the others is not here: it may be a police event, and is looked up where it was recorded.

    Args:
        answers: contract `family_step_down`.
        holders: families, and their open children with workers.

    Returns:
        Contract `step_down_items`: one row per unit, worker and child that the worker holds, sorted; brothers and
        sisters have the same number, which counts the worker's families. A child's number stands by itself, so that
        an erasure finds it. Children without a lead practitioner are in nobody's list.
    """
    ready = (
        answers.filter(pl.col("criterion").is_in(RECORDED))
        .sort("family_id", pl.col("criterion").cast(pl.Enum(RECORDED)))
        .group_by("family_id", maintain_order=True)
        .agg(is_ready=(pl.col("state") == MET).all(), answers=pl.col("reason").str.join(BETWEEN))
        .filter("is_ready")
        .with_columns(criteria=pl.lit(BETWEEN.join(LABELS[criterion] for criterion in RECORDED)))
    )
    first = pl.col("case_reference").min().over("unit", "worker_id", "family_id")
    return (
        holders.children.drop_nulls(["unit", "worker_id", "case_reference"])
        .select("unit", "worker_id", "family_id", "case_reference")
        .join(ready, on="family_id")
        .join(holders.families.select("family_id", "status"), on="family_id")
        .with_columns(first=first)
        .with_columns(family_number=pl.col("first").rank("dense").over("unit", "worker_id"))
        .select(pl.col(name).cast(dtype) for name, dtype in STEP_DOWN_ITEMS.items())
        .sort("unit", "worker_id", "case_reference")
    )


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
            none_found=pl.col("reason").filter(pl.col("reason").str.starts_with(NONE_FOUND)).first(),
        )
        .with_columns(label=pl.col("criterion").replace_strict(labels, return_dtype=pl.String))
        .select(pl.col(name).cast(dtype) for name, dtype in UNIT_STEP_DOWN.items())
        .sort("unit", "criterion")
    )
