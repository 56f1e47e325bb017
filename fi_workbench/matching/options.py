"""From criteria to what may be said about an intervention and a family. Nothing is ranked, nothing is predicted."""

from __future__ import annotations

import polars as pl

from fi_workbench.matching.catalogue import Criterion, Intervention, InterventionCatalogue
from fi_workbench.matching.rules import MET, NOT_MET, UNKNOWN, AskPeople

ELIGIBILITY = "eligibility"
CONTRA_INDICATION = "contra_indication"

ELIGIBLE = "eligible"
ASK_FIRST = "ask_first"
NOT_ELIGIBLE = "not_eligible"
CANNOT_TELL = "cannot_tell"

_CRITERIA = {
    "family_id": pl.String,
    "intervention_id": pl.String,
    "criterion": pl.String,
    "kind": pl.String,
    "state": pl.String,
    "reason": pl.String,
    "label": pl.String,
    "asked": pl.Boolean,
    "position": pl.Int64,
}


def criteria(facts: pl.DataFrame, catalogue: InterventionCatalogue) -> pl.DataFrame:
    """Answer every criterion of every intervention for every family.

    A state is that of the criterion's own statement: a contra-indication that is `met` is there and rules the
    intervention out; `not_met` was looked for and not found; `unknown` is not recorded, or only hinted at.

    Args:
        facts: one row per open family, as `family_facts` makes them.
        catalogue: the interventions.

    Returns:
        One row per family, intervention and criterion: the columns of contract `intervention_criteria`, then
        `label`, `asked` (only people can say) and `position` within the intervention. Sorted by key.
    """
    parts = [
        _answers(facts, intervention, criterion, kind, position)
        for intervention in catalogue.interventions
        for position, (criterion, kind) in enumerate(_in_order(intervention))
    ]
    empty = pl.DataFrame(schema=_CRITERIA)
    return pl.concat([empty, *parts]).sort("family_id", "intervention_id", "criterion")


def _in_order(intervention: Intervention) -> list[tuple[Criterion, str]]:
    first = [(criterion, ELIGIBILITY) for criterion in intervention.eligibility]
    return first + [(criterion, CONTRA_INDICATION) for criterion in intervention.contra_indications]


def _answers(
    facts: pl.DataFrame, intervention: Intervention, criterion: Criterion, kind: str, position: int
) -> pl.DataFrame:
    state, reason = criterion.rule.state(), criterion.rule.reason()
    if kind == CONTRA_INDICATION and criterion.on_evidence == "ask":
        # A record that only hints at the danger settles nothing: a person has to ask.
        reason = (
            pl.when(state == MET)
            .then(pl.concat_str(reason, pl.lit(" This alone does not settle it.")))
            .otherwise(reason)
        )
        state = pl.when(state == MET).then(pl.lit(UNKNOWN)).otherwise(state)
    return facts.select(
        family_id="family_id",
        intervention_id=pl.lit(intervention.id),
        criterion=pl.lit(criterion.id),
        kind=pl.lit(kind),
        state=state.cast(pl.String),
        reason=reason.cast(pl.String),
        label=pl.lit(criterion.label),
        asked=pl.lit(isinstance(criterion.rule, AskPeople)),
        position=pl.lit(position, pl.Int64),
    )


def options(answers: pl.DataFrame) -> pl.DataFrame:
    """Say what the criteria allow to be said, the safest answer first.

    A criterion not met, or a contra-indication that is there, means `not_eligible`. Otherwise a contra-indication
    that is not recorded, or a criterion only people can answer, means `ask_first`; a criterion that records could
    answer and do not means `cannot_tell`. Only what is left is `eligible`.

    Args:
        answers: as `criteria` makes them.

    Returns:
        Contract `intervention_options`, one row per open family and intervention, sorted by key.
    """
    contra = pl.col("kind") == CONTRA_INDICATION
    eligible = pl.col("kind") == ELIGIBILITY
    unknown = pl.col("state") == UNKNOWN
    judged = (
        answers.sort("family_id", "intervention_id", "position")
        .group_by("family_id", "intervention_id", maintain_order=True)
        .agg(
            against=_labels(contra & (pl.col("state") == MET)),
            missing=_labels(eligible & (pl.col("state") == NOT_MET)),
            ask=_labels(unknown & (contra | pl.col("asked"))),
            untold=_labels(unknown & eligible & ~pl.col("asked")),
        )
        .with_columns(
            eligibility=pl.when(_any("against") | _any("missing"))
            .then(pl.lit(NOT_ELIGIBLE))
            .when(_any("ask"))
            .then(pl.lit(ASK_FIRST))
            .when(_any("untold"))
            .then(pl.lit(CANNOT_TELL))
            .otherwise(pl.lit(ELIGIBLE))
        )
    )
    reason = (
        pl.when(_any("missing"))
        .then(_sentence("Not met: {}.", "missing"))
        .when(_any("against"))
        .then(_sentence("Recorded, and speaks against it: {}.", "against"))
        .when(_any("ask"))
        .then(_sentence("Ask first about {}.", "ask"))
        .when(_any("untold"))
        .then(_sentence("Not recorded either way: {}.", "untold"))
        .otherwise(pl.lit("Every criterion is met on what is recorded, and nothing recorded speaks against it."))
    )
    return judged.select("family_id", "intervention_id", "eligibility", reason=reason.cast(pl.String)).sort(
        "family_id", "intervention_id"
    )


def _labels(where: pl.Expr) -> pl.Expr:
    return pl.col("label").filter(where)


def _any(column: str) -> pl.Expr:
    return pl.col(column).list.len() > 0


def _sentence(template: str, column: str) -> pl.Expr:
    """Name the first criterion and count the others, so that no sentence grows past reading."""
    more = pl.col(column).list.len() - 1
    first = pl.col(column).list.first()
    named = pl.when(more > 0).then(pl.format("{} (and {} more)", first, more)).otherwise(first)
    return pl.format(template, named)
