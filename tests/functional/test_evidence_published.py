"""Published evidence from the catalogue's file to the page: weighed by its rating, beside local evidence, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from fi_workbench import display
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import release
from fi_workbench.matching import parse_catalogue, read_catalogue
from fi_workbench.matching.cards import USUAL_SUPPORT, read_cards
from fi_workbench.matching.catalogue import FILE_NAME, InterventionCatalogue
from fi_workbench.matching.effects import Effects, costs, estimate
from fi_workbench.matching.effects.simulated import BLOCKS, simulated_cohort
from fi_workbench.resources import shipped
from fi_workbench.weekly.evidence import published_on
from fi_workbench.weekly.evidence_tables import arm_rows

CONFERENCE = "family_group_conference"
ARMS = (USUAL_SUPPORT, CONFERENCE)
CONTRACTS = all_contracts()


def catalogue(rating: str | None, **effect: Any) -> InterventionCatalogue:
    """The shipped catalogue, with one rating and parts of the published effect as somebody would fill them in."""
    path = shipped("data_contracts") / "catalogue" / FILE_NAME
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    (found,) = [each for each in document["interventions"] if each["id"] == CONFERENCE]
    if rating:
        found["evidence"]["rating"] = rating
    for each in found["evidence"]["effects"]:
        if each["outcome"] == "in_care":
            each.update(effect)
    return parse_catalogue(document)


def told(given: InterventionCatalogue) -> Effects:
    drawn = simulated_cohort(700, np.random.default_rng(3), n_segments=2, different=0.0)
    names = pl.when(pl.col("arm") == "usual support").then(pl.lit(USUAL_SUPPORT)).otherwise(pl.lit(CONFERENCE))
    return estimate(
        drawn.cohort.with_columns(arm=names),
        arms=ARMS,
        covariates=BLOCKS,
        published=published_on(read_cards()["in_care"], ARMS, given),
    )


def page(found: Effects) -> tuple[tuple[str, ...], ...]:
    """The rows of the table that the page shows."""
    named = {CONFERENCE: "Family group conference", USUAL_SUPPORT: "Usual support"}
    unpaid = costs(found.cells, {}, usual_support=USUAL_SUPPORT)
    table = CONTRACTS.table("evidence_arms")
    rows = arm_rows(found, "in_care", named, unpaid)
    schema = table.polars_schema()
    laid = rows.select(name for name in schema if name in rows.columns)
    empty = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in laid.columns]
    arms = release(
        laid.with_columns(empty).select(list(schema)).cast(dict(schema)), table, audience="analyst", profile="local"
    )
    asked = CONTRACTS.table("evidence_questions")
    question = dict.fromkeys(asked.polars_schema()) | {
        "question": "in_care", "title": "Care?", "card": "-", "outcome": "-", "direction": "fewer",
        "horizon_days": 365, "answered": True, "n_families": 700, "flow": "-",
    }  # fmt: skip
    questions = release(
        pl.DataFrame([question], schema=asked.polars_schema()), asked, audience="analyst", profile="local"
    )
    section = display.published(questions, arms)
    return tuple(row for one in section.tables for row in one.rows)


def test_a_rated_study_is_weighed_and_the_page_shows_local_published_and_both() -> None:
    found = told(catalogue("3"))
    (row,) = found.published.iter_rows(named=True)
    assert row["published"] == pytest.approx(-0.086)
    spread = (0.024**2 + 0.05**2) ** 0.5
    assert row["published_high"] - row["published"] == pytest.approx(1.96 * spread, abs=1e-3)
    variance = ((row["local_high"] - row["local_low"]) / 3.92) ** 2
    by_hand = (row["local"] / variance - 0.086 / spread**2) / (1 / variance + 1 / spread**2)
    assert row["combined"] == pytest.approx(by_hand, abs=2e-4)
    (shown,) = page(found)
    assert shown[1] == "3"
    assert all(part.startswith("between") for part in shown[2:5])
    assert shown[5] == "Local and published evidence agree."
    cells = found.cells.filter(pl.col("arm") == CONFERENCE)
    assert cells["with_published"].null_count() == 0


def test_a_study_that_nobody_has_rated_is_shown_and_carries_no_weight() -> None:
    found = told(read_catalogue())
    (shown,) = page(found)
    assert shown[1] == "rating to be checked"
    assert shown[3] == "between 4 and 13 fewer in 100"
    assert shown[4] == "–"
    assert "Nobody has looked up its rating" in shown[5]
    assert found.cells["with_published"].null_count() == len(found.cells)


def test_a_study_far_from_local_evidence_stands_beside_it() -> None:
    (shown,) = page(told(catalogue("4", with_it=0.9, without_it=0.3, standard_error=0.02)))
    assert shown[4] == "–"
    assert "are not combined" in shown[5]


def test_local_evidence_of_fewer_than_ten_families_is_not_shown_beside_a_study() -> None:
    drawn = simulated_cohort(300, np.random.default_rng(3), n_segments=2).cohort
    few = pl.int_range(pl.len()) < 9
    arm = pl.when(few).then(pl.lit(CONFERENCE)).otherwise(pl.lit(USUAL_SUPPORT))
    published = published_on(read_cards()["in_care"], ARMS, catalogue("3"))
    found = estimate(drawn.with_columns(arm=arm), arms=ARMS, covariates=BLOCKS, published=published)
    (shown,) = page(found)
    assert shown[2] == shown[4] == "–"
    assert shown[5] == "Fewer than 10 families here had it: only published evidence is there."


@pytest.mark.parametrize("effect", [{"standard_error": None}, {"attributable": False}, {"outcome": "proceedings"}])
def test_a_study_without_a_standard_error_or_a_cause_is_not_weighed(effect: dict[str, Any]) -> None:
    assert published_on(read_cards()["in_care"], ARMS, catalogue("3", **effect)) == {}
