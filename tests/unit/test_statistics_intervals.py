"""Intervals against the values published with the methods."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.errors import WorkbenchError
from fi_workbench.statistics.intervals import newcombe, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(k: int, n: int, low: float, high: float) -> None:
    interval = wilson(k, n)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = newcombe(*first, *second)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_newcombe_of_ten_and_five_of_twenty() -> None:
    interval = newcombe(10, 20, 5, 20)
    assert (round(interval.low, 3), round(interval.high, 3)) == (-0.047, 0.494)
    assert not interval.excludes(0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.data())
def test_intervals_hold_their_estimate_and_mirror(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    one, other = wilson(k, n), wilson(n - k, n)
    assert 0 <= one.low <= one.estimate <= one.high <= 1
    assert one.low == pytest.approx(1 - other.high)
    forward, back = newcombe(k, n, n - k, n), newcombe(n - k, n, k, n)
    assert forward.low == pytest.approx(-back.high)
    assert forward.low <= forward.estimate <= forward.high


@pytest.mark.parametrize(("k", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_a_share_of_nothing_is_refused(k: int, n: int) -> None:
    with pytest.raises(WorkbenchError, match="at least one case"):
        wilson(k, n)


def test_a_level_of_one_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="between 0 and 1"):
        wilson(1, 2, level=1)
