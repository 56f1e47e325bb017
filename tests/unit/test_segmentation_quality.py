"""Stability, choice of classes and the points card, against closed forms, another library and published data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2_contingency
from sklearn.metrics import adjusted_rand_score, jaccard_score

from fi_workbench.segmentation import LatentClassSegmenter
from fi_workbench.segmentation.choosing import (
    bivariate_residuals,
    bootstrap_likelihood_ratio,
    mean_posteriors,
    sample_size_adjusted_bic,
)
from fi_workbench.segmentation.patterns import collapse, encode
from fi_workbench.segmentation.points_card import points_card
from fi_workbench.segmentation.stability import adjusted_rand, band, bootstrap_stability, contingency, jaccard
from tests.unit.segmentation_models import drawn_from, grouping_of

TWO = grouping_of(
    (0.6, 0.4),
    {
        "domestic_abuse": (0.9, 0.1),
        "parental_mental_health": (0.8, 0.2),
        "child_disability_support": (0.1, 0.8),
        "neglect": (0.7, 0.2),
        "exploitation_outside_home": (0.1, 0.6),
    },
)


def test_agreement_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    one = random.integers(0, 4, 500)
    two = np.where(random.random(500) < 0.7, one, random.integers(0, 4, 500))
    together = contingency(one, two, np.ones(500), 4)
    assert adjusted_rand(together) == pytest.approx(adjusted_rand_score(one, two), abs=1e-12)
    assert jaccard(together)[2, 2] == pytest.approx(jaccard_score(one == 2, two == 2))


def test_counts_stand_for_rows() -> None:
    one, two, counts = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0]), np.array([5.0, 1.0, 4.0, 2.0])
    of_rows = adjusted_rand_score(np.repeat(one, counts.astype(int)), np.repeat(two, counts.astype(int)))
    assert adjusted_rand(contingency(one, two, counts, 2)) == pytest.approx(of_rows, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "highly stable"), (0.85, "highly stable"), (0.75, "stable"), (0.6, "a pattern, not a firm group"),
     (0.55, "not to be trusted"), (0.2, "dissolved")],
)  # fmt: skip
def test_bands_are_those_of_hennig(value: float, words: str) -> None:
    assert band(value) == words


def test_clear_classes_are_stable_and_invented_ones_are_not() -> None:
    rows = drawn_from(TWO, 1500, seed=3)
    two = bootstrap_stability(LatentClassSegmenter(2).fit(rows), rows, n_refits=30)
    five = bootstrap_stability(LatentClassSegmenter(5).fit(rows), rows, n_refits=30)
    assert two.classes["jaccard"].min() >= 0.85
    assert five.classes["jaccard"].min() < 0.6
    assert np.median(two.adjusted_rand) > np.median(five.adjusted_rand)
    assert ((two.classes["share_low"] <= [0.6, 0.4]) & (two.classes["share_high"] >= [0.6, 0.4])).all()


def test_stability_does_not_depend_on_the_order_of_rows() -> None:
    rows = drawn_from(TWO, 400, seed=5)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=2)
    one = bootstrap_stability(LatentClassSegmenter(2).fit(rows), rows, n_refits=5)
    two = bootstrap_stability(LatentClassSegmenter(2).fit(shuffled), shuffled, n_refits=5)
    assert one.classes.equals(two.classes)


def test_bivariate_residuals_of_one_class_are_those_of_independence() -> None:
    rows = drawn_from(TWO, 600, seed=1)
    told = bivariate_residuals(LatentClassSegmenter(1).fit(rows), rows)
    first = told.row(0, named=True)
    table = rows.pivot(first["other"], index=first["one"], values="neglect", aggregate_function="len")
    expected = chi2_contingency(table.drop(first["one"]).to_numpy(), correction=False).statistic
    assert told.height == 10
    assert first["residual"] == pytest.approx(expected, rel=1e-6)


def test_the_pair_that_breaks_independence_is_found() -> None:
    rows = drawn_from(TWO, 3000, seed=7)
    random = np.random.default_rng(7)
    copied = pl.Series(random.random(3000) < 0.4)
    chance = pl.Series(np.where(random.random(3000) < 0.5, "present", "absent"))
    rows = rows.with_columns(housing=pl.when(copied).then("neglect").otherwise(chance))
    told = bivariate_residuals(LatentClassSegmenter(2).fit(rows), rows)
    assert {told["one"][0], told["other"][0]} == {"neglect", "housing"}
    assert told["residual"][0] > 4


def test_published_criterion_of_the_carcinoma_data(samples: Path) -> None:
    """BIC's penalty with (n + 2) / 24 in place of n; log-likelihood and parameters are the published ones."""
    rows = pl.read_csv(samples / "latent_class" / "carcinoma.csv")
    model = LatentClassSegmenter(3).fit(rows)
    assert sample_size_adjusted_bic(model) == pytest.approx(2 * 293.705 + 23 * np.log(120 / 24), abs=2e-3)
    given = model.class_probabilities(rows)
    by_hand = [given[given.argmax(axis=1) == number, number].mean() for number in range(3)]
    np.testing.assert_allclose(mean_posteriors(model, rows), by_hand)


def test_the_bootstrap_test_asks_for_the_classes_there_are() -> None:
    rows = drawn_from(TWO, 500, seed=100)
    models = [LatentClassSegmenter(n, n_starts=8).fit(rows) for n in (1, 2, 3)]
    assert bootstrap_likelihood_ratio(models[0], models[1], rows, n_replicates=19) == pytest.approx(0.05)
    assert bootstrap_likelihood_ratio(models[1], models[2], rows, n_replicates=19, n_starts=8) > 0.05


def test_a_card_with_many_points_is_the_model() -> None:
    rows = drawn_from(TWO, 2000, seed=9)
    patterns = collapse(encode([rows[item.name] for item in TWO.items], TWO.items), [2] * 5)
    fine, coarse = points_card(TWO, patterns, most_points=1000), points_card(TWO, patterns, most_points=2)
    assert fine.fidelity == 1.0
    assert 0.7 < coarse.fidelity <= 1.0
    points = coarse.points.drop("indicator", "answer")
    assert int(points.select(pl.max_horizontal(pl.all().abs().max())).item()) <= 2
    assert coarse.n_families == 2000


def test_adding_up_the_card_by_hand_gives_its_fidelity() -> None:
    rows = drawn_from(TWO, 300, seed=13)
    patterns = collapse(encode([rows[item.name] for item in TWO.items], TWO.items), [2] * 5)
    card = points_card(TWO, patterns, most_points=5)
    points = {(row["indicator"], row["answer"]): (row["s1"], row["s2"]) for row in card.points.iter_rows(named=True)}
    model_says = TWO.posterior(patterns)[patterns.of_row].argmax(axis=1)
    agreed = 0
    for row, truth in zip(rows.iter_rows(named=True), model_says, strict=True):
        given = [points["start", ""], *(points[need, answer] for need, answer in row.items())]
        totals = [sum(pair[0] for pair in given), sum(pair[1] for pair in given)]
        agreed += (0 if totals[0] >= totals[1] else 1) == truth
    assert agreed / 300 == pytest.approx(card.fidelity, abs=1e-4)
