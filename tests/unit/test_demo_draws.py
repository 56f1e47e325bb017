"""Chance is fast, repeatable and what it says."""

from __future__ import annotations

from collections import Counter
from math import exp, sqrt
from statistics import fmean

import pytest

from fi_workbench.demo.draws import Draws, Weights


def _draw(draws: Draws) -> tuple[float, float, int, str]:
    return draws.uniform(), draws.normal(), draws.between(1, 6), draws.pick("abc")


def test_the_same_path_draws_the_same_and_another_does_not() -> None:
    first, again, other = Draws(1, 2, 3), Draws(1, 2, 3), Draws(1, 2, 4)
    ours = [_draw(first) for _ in range(20)]
    assert ours == [_draw(again) for _ in range(20)]
    assert ours != [_draw(other) for _ in range(20)]


def test_weights_are_kept() -> None:
    draws, weights, n = Draws(5), Weights({"a": 1.0, "b": 0.0, "c": 3.0}), 8000
    seen = Counter(draws.weighted(weights) for _ in range(n))
    assert seen["b"] == 0
    assert abs(seen["c"] / n - 0.75) < 4 * sqrt(0.75 * 0.25 / n)


@pytest.mark.parametrize("mean", [0.2, 1.0, 4.0])
def test_counts_have_their_mean(mean: float) -> None:
    draws, n = Draws(7), 6000
    values = [draws.poisson(mean) for _ in range(n)]
    assert abs(fmean(values) - mean) < 4 * sqrt(mean / n)
    assert abs(values.count(0) / n - exp(-mean)) < 0.03


def test_waiting_times_have_their_mean_and_stages_narrow_them() -> None:
    draws, n = Draws(9), 6000
    one = [draws.exponential(10.0) for _ in range(n)]
    four = [draws.gamma(4, 10.0) for _ in range(n)]
    assert abs(fmean(one) - 10) < 0.6
    assert abs(fmean(four) - 10) < 0.3
    spread = [fmean((x - 10) ** 2 for x in values) for values in (one, four)]
    assert 3.0 < spread[0] / spread[1] < 5.2


def test_whole_numbers_reach_both_ends() -> None:
    draws = Draws(11)
    assert {draws.between(3, 5) for _ in range(200)} == {3, 4, 5}
