"""Scores, cells and pooling against the formulas written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad
from scipy.stats import halfnorm, norm

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects.cells import Grouping, by_segment, cells_of, together
from fi_workbench.matching.effects.encoding import Coded, encode
from fi_workbench.matching.effects.nuisances import Nuisances, expected, fit_outcome, outcome_design
from fi_workbench.matching.effects.pooling import PRIOR_SPREAD, Published, combine, conflict, pool
from fi_workbench.matching.effects.scores import floors, score, scores_of
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, simulated_cohort


def coded_cohort(n: int = 240, *, seed: int = 1, n_segments: int = 3, **more: float) -> Coded:
    cohort = simulated_cohort(n, np.random.default_rng(seed), n_segments=n_segments, **more).cohort
    return encode(cohort, arms=ARMS, covariates=BLOCKS, horizon_days=None)


def made_up(coded: Coded, seed: int = 2) -> Nuisances:
    random = np.random.default_rng(seed)
    shape = len(coded), len(coded.arms)
    return Nuisances(random.dirichlet(np.full(shape[1], 4.0), shape[0]), random.uniform(0.1, 0.5, shape))


def test_scores_of_several_arms_are_the_formula_row_by_row() -> None:
    coded = coded_cohort()
    nuisances, floor = made_up(coded), floors(coded.arm_shares)
    made = score(coded.outcome, coded.arm, nuisances, floor, is_binary=True)
    n, n_arms = len(coded), len(coded.arms)
    weight = np.zeros((n, n_arms))
    for i in range(n):
        for a in range(n_arms):
            if coded.arm[i] == a:
                weight[i, a] = 1 / max(nuisances.propensity[i, a], floor[a])
    for a in range(n_arms):
        total = sum(weight[:, a]) / n
        for i in range(n):
            plain = nuisances.fitted[i, a]
            plain += weight[i, a] / total * (coded.outcome[i] - nuisances.fitted[i, a])
            assert made.score[i, a] == pytest.approx(plain, rel=1e-12)
    assert made.weight.mean(axis=0) == pytest.approx(np.ones(n_arms))


def test_a_rare_arm_has_a_lower_floor() -> None:
    assert floors(np.array([0.5, 0.2, 0.04])).tolist() == [0.05, 0.05, 0.01]


def test_cells_are_the_formulas_family_by_family() -> None:
    coded = replace(coded_cohort(), clusters=())
    nuisances = made_up(coded)
    scores = scores_of(coded, nuisances)
    cells = cells_of(coded, scores, by_segment(coded))
    for segment in range(3):
        own = coded.segment == segment
        n = own.sum()
        sides = {}
        for a in (0, 2):
            had = own & (coded.arm == a)
            weight = np.where(had, 1 / scores.chance[:, a], 0.0)
            weight *= n / weight.sum()
            sides[a] = scores.fitted[:, a] + weight * (coded.outcome - scores.fitted[:, a])
            assert cells.n_arm[1, segment] == had.sum() if a else True
        apart = (sides[2] - sides[0])[own]
        m = scores.fitted
        noise = (m * (1 - m) / scores.chance)[own][:, [2, 0]].sum() / n**2
        empirical = apart.var() / n
        bound = noise + (m[:, 2] - m[:, 0])[own].var() / n
        assert cells.difference[1, segment] == pytest.approx(apart.mean())
        assert cells.expected[1, segment] == pytest.approx(sides[2][own].mean())
        assert cells.usual[1, segment] == pytest.approx(sides[0][own].mean())
        assert cells.variance[1, segment] == pytest.approx(max(empirical, bound))


def test_brothers_and_sisters_count_together() -> None:
    coded = coded_cohort(siblings=0.5)
    (household, *_) = coded.clusters
    values = np.random.default_rng(3).normal(size=len(coded))
    grouping = Grouping.of(coded.segment, 3, [household])
    squares = grouping.square(values)
    for segment in range(3):
        own = coded.segment == segment
        sums = [values[own & (household == each)].sum() for each in np.unique(household[own])]
        several = np.square(sums).sum() * len(sums) / (len(sums) - 1)
        assert squares[segment] == pytest.approx(max(several, np.square(values[own]).sum()))
    twice = np.repeat(np.arange(len(coded) // 2), 2)
    double = Grouping.of(np.zeros(len(coded), dtype=np.int64), 1, [twice])
    pairs = np.repeat(values[::2], 2)
    assert double.square(pairs)[0] == pytest.approx(2 * np.square(pairs).sum(), rel=0.02)


def test_trimming_changes_whom_the_answer_is_about() -> None:
    coded = coded_cohort()
    nuisances = made_up(coded)
    propensity = nuisances.propensity.copy()
    rare = np.arange(len(coded)) % 2 == 0
    propensity[rare, 1] = 1e-4
    propensity /= propensity.sum(axis=1, keepdims=True)
    scores = scores_of(coded, Nuisances(propensity, nuisances.fitted))
    everyone = cells_of(coded, scores, together(coded))
    some = cells_of(coded, scores, together(coded), trim_above=0.2)
    assert everyone.answered.tolist() == [[1.0]] * 4
    assert everyone.outside[0, 0] >= 0.5
    assert some.answered[0, 0] == pytest.approx(1 - everyone.outside[0, 0])
    assert some.n[0, 0] == pytest.approx(some.answered[0, 0] * len(coded))
    assert some.answered[1:, 0].tolist() == [1.0] * 3
    assert some.difference[1:] == pytest.approx(everyone.difference[1:])


@pytest.mark.parametrize("by_arm", [0.0, 0.5])
def test_expectations_need_no_design_of_their_own(by_arm: float) -> None:
    coded = coded_cohort()
    slopes, intercept = fit_outcome(outcome_design(coded, by_arm, 10.0), coded.outcome, 0.3, is_binary=True)
    made = expected(coded, slopes, intercept, by_arm, 10.0)
    for arm in range(len(coded.arms)):
        as_if = replace(coded, arm=np.full(len(coded), arm))
        level = outcome_design(as_if, by_arm, 10.0) @ slopes + intercept
        assert made[:, arm] == pytest.approx(1 / (1 + np.exp(-level)))


def test_pooling_is_the_integral_over_heterogeneity() -> None:
    d, v = np.array([-0.10, 0.02, -0.05, 0.08]), np.array([0.05, 0.04, 0.06, 0.05]) ** 2
    made = pool(d, v)

    def given(tau: float) -> tuple[float, np.ndarray]:
        precision = 1 / (v + tau**2)
        mu = (precision * d).sum() / precision.sum()
        density = float(np.prod(norm.pdf(d, mu, np.sqrt(v + tau**2))) / np.sqrt(precision.sum()))
        own = tau**2 / (tau**2 + v)
        return density * halfnorm.pdf(tau, scale=PRIOR_SPREAD), own * d + (1 - own) * mu

    whole = quad(lambda tau: given(tau)[0], 0, 0.4)[0]
    for cell in range(4):
        mean = quad(lambda tau, at=cell: given(tau)[0] * given(tau)[1][at], 0, 0.4)[0] / whole
        assert made.mean[cell] == pytest.approx(mean, abs=5e-4)


def test_pooling_has_its_limits() -> None:
    same = pool([0.1, 0.1, 0.1], [1e-4] * 3)
    assert same.mean == pytest.approx([0.1] * 3)
    assert (same.own < 0.5).all()
    apart = pool([-0.3, 0.0, 0.3], [1e-6] * 3)
    assert apart.mean == pytest.approx([-0.3, 0.0, 0.3], abs=1e-3)
    assert (apart.own > 0.99).all()
    assert apart.below == pytest.approx([1.0, 0.5, 0.0], abs=1e-3)
    absent = pool([0.1, np.nan, 0.12], [0.01, np.nan, 0.01])
    assert absent.own[1] == 0
    assert 0.1 <= absent.mean[1] <= 0.12
    assert absent.spread[1] > absent.spread[0]
    believed = pool([np.nan], [np.nan], prior=(-0.05, 0.02**2))
    assert believed.mean == pytest.approx([-0.05])


def test_pooling_of_many_runs_at_once_is_each_alone() -> None:
    random = np.random.default_rng(4)
    d, v = random.normal(0, 0.1, (6, 3, 5)), random.uniform(0.001, 0.01, (6, 3, 5))
    every = pool(d, v)
    for run in range(6):
        for arm in range(3):
            one = pool(d[run, arm], v[run, arm])
            assert every.mean[run, arm] == pytest.approx(one.mean)
            assert every.below[run, arm] == pytest.approx(one.below)


def test_published_evidence_is_widened_by_its_rating() -> None:
    prior = Published(-0.086, 0.024, "L3").prior()
    assert prior == pytest.approx((-0.086, 0.024**2 + 0.05**2))
    mean, variance = combine(-0.12, 0.07**2, prior)
    low, high = mean - 1.96 * variance**0.5, mean + 1.96 * variance**0.5
    assert (round(mean, 3), round(low, 3), round(high, 3)) == (-0.099, -0.184, -0.014)
    assert Published(0.3, 0.1, "NL2").prior() is None
    assert Published(-0.3, 0.1, "ne").prior() == pytest.approx((0.0, 0.1**2 + 0.05**2))
    assert Published(-0.3, 0.1, "4+").prior() == pytest.approx((-0.3, 0.1**2 + 0.03**2))
    assert conflict(0.2, 0.05**2, prior) > 2
    with pytest.raises(MatchingError, match="known rating"):
        Published(0.1, 0.1, "excellent").prior()
    with pytest.raises(MatchingError, match="standard error above 0"):
        Published(0.1, 0.0, "3").prior()


def test_the_same_cohort_in_another_order_gives_the_same_codes() -> None:
    cohort = simulated_cohort(60, np.random.default_rng(5)).cohort
    one = encode(cohort, arms=ARMS, covariates=BLOCKS, horizon_days=None)
    other = encode(cohort.reverse(), arms=ARMS, covariates=BLOCKS, horizon_days=None)
    assert one.segments == other.segments
    assert (one.arm == other.arm[::-1]).all()
    assert one.features == pytest.approx(other.features[::-1])
    assert isinstance(cohort, pl.DataFrame)
