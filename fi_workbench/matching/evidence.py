"""The published evidence that stands beside each intervention. No local effect is claimed here."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.matching.catalogue import Intervention, InterventionCatalogue

REVIEW_YEARS = 5
"""A review older than this is called old; one whose date nobody knows counts as old."""

_EVIDENCE = {
    "intervention_id": pl.String,
    "name": pl.String,
    "rating": pl.String,
    "mixed": pl.Boolean,
    "design": pl.String,
    "population": pl.String,
    "review_date": pl.Date,
    "review_stale": pl.Boolean,
    "summary": pl.String,
    "url": pl.String,
}


def evidence(catalogue: InterventionCatalogue, *, as_at: date) -> pl.DataFrame:
    """Set out what has been published on each intervention.

    Args:
        catalogue: the interventions.
        as_at: the day by which a review is old or not.

    Returns:
        Contract `intervention_evidence`, one row per intervention, sorted by id.
    """
    rows = [_row(each, as_at) for each in catalogue.interventions]
    return pl.DataFrame(rows, schema=_EVIDENCE, orient="row").sort("intervention_id")


def _row(intervention: Intervention, as_at: date) -> dict[str, object]:
    published = intervention.evidence
    reviewed = published.review_date
    return {
        "intervention_id": intervention.id,
        "name": intervention.name,
        "rating": published.rating + ("+" if published.extra_support else ""),
        "mixed": published.mixed,
        "design": published.design,
        "population": published.population,
        "review_date": reviewed,
        "review_stale": reviewed is None or _old(reviewed, as_at),
        "summary": published.summary,
        "url": published.url,
    }


def _old(reviewed: date, as_at: date) -> bool:
    return (as_at.year - REVIEW_YEARS, as_at.month, as_at.day) > (reviewed.year, reviewed.month, reviewed.day)
