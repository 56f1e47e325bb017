"""Control limits: closed forms, and how often they cry wolf."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import nbdtr
from scipy.stats import poisson

from fi_workbench.errors import WorkbenchError
from fi_workbench.statistics.control import count_limits, level_limits, rolling_sums

RUNS = 1500


def false_alarms(mean: float, window: int, dispersion: float) -> float:
    """How often an unchanged unit is called changed."""
    generator = np.random.default_rng([int(mean * 10), window, int(dispersion * 10)])
    shape = (RUNS, 52 + window)
    weeks = (
        generator.poisson(mean, shape)
        if dispersion == 1
        else generator.negative_binomial(mean / (dispersion - 1), 1 / dispersion, shape)
    )
    called = [count_limits(list(run[:52]), window).places(run[52:].sum()) != 0 for run in weeks]
    return float(np.mean(called))


@pytest.mark.parametrize("window", [4, 13])
@pytest.mark.parametrize("mean", [0.3, 3.0, 15.0])
@pytest.mark.parametrize("dispersion", [1.0, 2.0])
def test_about_one_unchanged_unit_in_a_hundred_is_called_changed(mean: float, window: int, dispersion: float) -> None:
    # Measured with 4,000 runs: 0.4 to 0.8 in 100 under pure chance, 1.0 to 1.4 where weeks clump twofold. With
    # 1,500 runs here the upper bound leaves three standard errors.
    assert false_alarms(mean, window, dispersion) <= 0.023


def test_a_doubling_is_seen() -> None:
    generator = np.random.default_rng(7)
    seen = [
        count_limits(list(generator.poisson(5, 52)), 13).places(generator.poisson(10, 13).sum()) == 1
        for _ in range(200)
    ]
    assert np.mean(seen) > 0.99


def test_limits_without_clumping_come_from_the_negative_binomial_of_a_prediction() -> None:
    limits = count_limits([3] * 52, 4)
    mean, variance = 12.0, 12.0 * (1 + 4 / 52)
    size, success = mean**2 / (variance - mean), mean / variance
    assert limits.centre == 12
    # nbdtr takes whole sizes: 156 here, because mean squared over the excess variance is 12 * 52 / 4.
    assert size == pytest.approx(156)
    assert nbdtr(int(limits.low) - 1, 156, success) < 0.005 <= nbdtr(int(limits.low), 156, success)
    assert nbdtr(int(limits.high) - 1, 156, success) < 0.995 <= nbdtr(int(limits.high), 156, success)


def test_limits_are_wider_than_those_that_forget_that_the_mean_is_estimated() -> None:
    limits = count_limits([1] * 52, 13)
    assert limits.low < poisson.ppf(0.005, 13)
    assert limits.high > poisson.ppf(0.995, 13)


def test_a_year_without_events_does_not_make_one_impossible() -> None:
    limits = count_limits([0] * 52, 13)
    assert limits.low == 0
    assert limits.high >= 1
    assert limits.centre == 0


def test_a_level_moves_from_where_it_was() -> None:
    generator = np.random.default_rng(3)
    outside = []
    for _ in range(1500):
        level = 100 + np.cumsum(np.rint(generator.normal(0, 2, 56)))
        outside.append(level_limits([int(v) for v in level[:52]], 4).places(float(level[55])) != 0)
    assert np.mean(outside) <= 0.02


def test_a_level_that_stood_still_may_move_by_a_case() -> None:
    limits = level_limits([9] * 52, 4)
    assert limits.places(10) == 0
    assert limits.places(20) == 1
    assert limits.low >= 0


def test_rolling_sums() -> None:
    assert rolling_sums([1, 0, 2, 3], 2) == [1, 2, 5]
    assert rolling_sums([1], 4) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=60), st.sampled_from([4, 13]))
def test_limits_hold_their_centre_or_lie_beside_it(baseline: list[int], window: int) -> None:
    limits = count_limits(baseline, window)
    assert 0 <= limits.low <= limits.high
    assert limits.low <= limits.centre + 1
    assert limits.high >= limits.centre - 1
    assert limits.dispersion >= 1


@pytest.mark.parametrize(
    ("baseline", "window", "coverage"), [([1], 4, 0.99), ([1, -1], 4, 0.99), ([1, 2], 0, 0.99), ([1, 2], 4, 1.0)]
)
def test_what_cannot_be_is_refused(baseline: list[int], window: int, coverage: float) -> None:
    with pytest.raises(WorkbenchError):
        count_limits(baseline, window, coverage=coverage)
