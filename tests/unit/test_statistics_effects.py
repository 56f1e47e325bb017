"""Sensitivity, power, score intervals and competing risks, against published values and brute force."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from fi_workbench.errors import WorkbenchError
from fi_workbench.statistics.competing_risks import cumulative_incidence, pseudo_values
from fi_workbench.statistics.confounding import e_value, e_value_at_limit, rosenbaum_gamma
from fi_workbench.statistics.intervals import _likeliest as likeliest
from fi_workbench.statistics.intervals import miettinen_nurminen, newcombe
from fi_workbench.statistics.power import families_needed


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 6.
    [((56, 70), (48, 80), 0.0528, 0.3382), ((9, 10), (3, 10), 0.1700, 0.8406), ((5, 56), (0, 29), -0.0326, 0.1933)],
)
def test_miettinen_nurminen_gives_the_published_intervals(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = miettinen_nurminen(*first, *second)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@given(st.integers(1, 25), st.integers(1, 25), st.data(), st.floats(-0.95, 0.95))
def test_the_likeliest_shares_are_those_that_a_search_finds(
    n_first: int, n_second: int, data: st.DataObject, difference: float
) -> None:
    k_first, k_second = data.draw(st.integers(0, n_first)), data.draw(st.integers(0, n_second))

    def minus_log(second: float) -> float:
        return -float(binom.logpmf(k_first, n_first, second + difference) + binom.logpmf(k_second, n_second, second))

    bounds = max(0.0, -difference), min(1.0, 1 - difference)
    searched = minimize_scalar(minus_log, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    first, second = likeliest(k_first, n_first, k_second, n_second, difference)
    assert first - second == pytest.approx(difference)
    assert minus_log(second) <= searched.fun + 1e-6


def test_the_score_interval_is_there_for_every_small_table() -> None:
    for k_first in range(13):
        for k_second in range(13):
            interval = miettinen_nurminen(k_first, 12, k_second, 12)
            assert -1 <= interval.low <= interval.estimate <= interval.high <= 1
            assert interval.low < interval.high
            back = miettinen_nurminen(k_second, 12, k_first, 12)
            assert back.low == pytest.approx(-interval.high, abs=1e-9)


def test_the_score_interval_covers() -> None:
    n, p, q = 15, 0.5, 0.25
    covered = 0.0
    for k in range(n + 1):
        for m in range(n + 1):
            interval = miettinen_nurminen(k, n, m, n)
            if interval.low <= p - q <= interval.high:
                covered += float(binom.pmf(k, n, p) * binom.pmf(m, n, q))
    assert 0.94 < covered < 0.98


def test_published_e_values() -> None:
    # VanderWeele and Ding (2017): a risk ratio of 3.9 (1.8, 8.7) has 7.26, and 3.0 at its limit.
    assert e_value([1.2, 1.5, 2.0, 3.9]).round(2).tolist() == [1.69, 2.37, 3.41, 7.26]
    assert e_value(0.5) == pytest.approx(e_value(2.0))
    assert e_value_at_limit(3.9, 1.8, 8.7) == pytest.approx(3.0)
    assert e_value_at_limit([0.8, 1.3], [0.6, 0.9], [1.1, 1.9]).tolist() == [1.0, 1.0]
    assert e_value_at_limit(1 / 3.9, 1 / 8.7, 1 / 1.8) == pytest.approx(3.0)
    with pytest.raises(WorkbenchError, match="above 0"):
        e_value([1.0, 0.0])


def test_gamma_is_where_the_finding_ends() -> None:
    # Rosenbaum (2002), table 4.1: 122 discordant pairs, 110 one way; at 5 the bound is .03, at 6 it is .1.
    gamma = rosenbaum_gamma(110, 12)
    assert 5 < gamma < 6
    assert binom.sf(109, 122, gamma / (1 + gamma)) == pytest.approx(0.05)
    assert rosenbaum_gamma(10, 10) == 1.0
    with pytest.raises(WorkbenchError, match="pairs that differ"):
        rosenbaum_gamma(0, 0)


def test_the_families_needed_see_the_difference_four_times_in_five() -> None:
    n = families_needed(0.50, 0.25)
    k = np.arange(n + 1)
    first, second = binom.pmf(k, n, 0.5), binom.pmf(k, n, 0.25)
    seen = sum(first[i] * second[j] for i in k for j in k[:i] if newcombe(int(i), n, int(j), n).low > 0)
    assert seen == pytest.approx(0.8, abs=0.03)
    with pytest.raises(WorkbenchError, match="different shares"):
        families_needed(0.2, 0.2)


def _jackknife(days: np.ndarray, event: np.ndarray, horizon: float) -> np.ndarray:
    """The definition, one family at a time, with the estimate written out day by day."""

    def by(day: np.ndarray, code: np.ndarray) -> float:
        there, share = 1.0, 0.0
        for t in sorted(set(day[(code > 0) & (day <= horizon)])):
            at_risk = (day >= t).sum()
            share += there * ((day == t) & (code == 1)).sum() / at_risk
            there *= 1 - ((day == t) & (code > 0)).sum() / at_risk
        return share

    n, every = len(days), by(days, event)
    keep = ~np.eye(n, dtype=bool)
    return np.array([n * every - (n - 1) * by(days[keep[i]], event[keep[i]]) for i in range(n)])


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), min_size=2, max_size=14), st.integers(1, 9))
def test_pseudo_values_are_the_jackknife(families: list[tuple[int, int]], horizon: int) -> None:
    days, event = (np.array(column) for column in zip(*families, strict=True))
    if not ((days >= horizon) | (event > 0)).any():
        with pytest.raises(WorkbenchError, match="followed to the horizon"):
            pseudo_values(days, event, horizon)
        return
    assert pseudo_values(days, event, horizon) == pytest.approx(_jackknife(days, event, horizon), abs=1e-9)


def test_without_censoring_a_pseudo_value_is_the_outcome() -> None:
    days, event = np.array([5, 400, 30, 365, 90]), np.array([1, 1, 2, 1, 1])
    assert pseudo_values(days, event, 365) == pytest.approx([1, 0, 0, 1, 1])


def test_cumulative_incidence_of_a_textbook_shape() -> None:
    seen = cumulative_incidence([1, 2, 2, 3, 5, 5], [1, 2, 0, 1, 1, 0])
    assert seen.days.tolist() == [1, 2, 3, 5]
    assert seen.at_risk.tolist() == [6, 5, 3, 2]
    assert seen.share == pytest.approx([1 / 6, 1 / 6, 1 / 6 + 2 / 9, 1 / 6 + 2 / 9 + 2 / 9])
    assert seen.still_there == pytest.approx([5 / 6, 4 / 6, 4 / 9, 2 / 9])


def test_a_hundred_thousand_pseudo_values_take_no_time() -> None:
    random = np.random.default_rng(1)
    days, event = random.exponential(400, 100_000), random.integers(0, 3, 100_000)
    began = time.process_time()
    values = pseudo_values(days, event, 365)
    assert time.process_time() - began < 2
    seen = cumulative_incidence(days, event)
    assert values.mean() == pytest.approx(seen.share[seen.days <= 365][-1], abs=1e-3)


@pytest.mark.parametrize(("days", "event"), [([], []), ([-1], [1]), ([1], [3]), ([np.nan], [1])])
def test_times_that_cannot_be_are_refused(days: list[float], event: list[int]) -> None:
    with pytest.raises(WorkbenchError, match="days of 0 or more"):
        pseudo_values(days, event, 365)
