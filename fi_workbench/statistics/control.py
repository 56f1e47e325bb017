"""Control limits: what is usual for a count or a level, given the weeks before it.

A weekly count of a unit is mostly chance, so nothing is called a change unless it leaves the range that the
weeks before make usual. Counts of events are summed over 4 or 13 weeks and held against a negative binomial
whose variance has three parts: chance, the clumping of the weeks before (brothers and sisters are referred on one
day), and our own uncertainty about the usual number. A level, such as families open, moves from where it
was, so its limits come from how far it has moved in a week before.

Source:
    Wheeler and Chambers, Understanding Statistical Process Control (individuals chart); Hahn and Meeker,
    Statistical Intervals (prediction of a future count).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts open on first use

from fi_workbench.errors import WorkbenchError

COVERAGE = 0.99
"""About 1 comparison in 100 lies outside by chance alone; whoever makes many at a time asks for more."""

LEAST_WEEKLY_MOVE = 0.5
"""A level that stood still for a year may still move by a case or two without being a change."""


@dataclass(frozen=True)
class Limits:
    """The usual range of a number.

    Attributes:
        low: the lowest usual value.
        centre: what is expected.
        high: the highest usual value.
        dispersion: variance over mean of the weeks before, at least 1; 1 is pure chance. Of a level: the usual
            weekly move.
        n_weeks: how many weeks before it rests on.
    """

    low: float
    centre: float
    high: float
    dispersion: float
    n_weeks: int

    def places(self, value: float) -> int:
        """Say where a value lies: -1 below, 0 within, 1 above."""
        return int(value > self.high) - int(value < self.low)


def rolling_sums(counts: Sequence[int], window: int) -> list[int]:
    """Sum each run of `window` weeks that ends at a week; shorter than one window gives nothing.

    Example:
        >>> rolling_sums([1, 2, 3, 4, 5], 4)
        [10, 14]
    """
    _check_window(window)
    if len(counts) < window:
        return []
    return [int(total) for total in np.convolve(np.asarray(counts), np.ones(window, dtype=int), "valid")]


def _check_window(window: int) -> None:
    if window < 1:
        raise WorkbenchError("A window is at least one week.", where="window_weeks", next_step="Use 4 or 13.")


def _check(baseline: Sequence[int], window: int, coverage: float) -> None:
    _check_window(window)
    if len(baseline) < 2 or min(baseline) < 0:
        raise WorkbenchError(
            "What is usual needs at least two weeks before, with counts of 0 or more.",
            where="statistics.control",
            how_many=f"{len(baseline)} weeks",
            next_step="Say that there is nothing to compare with.",
        )
    if not 0 < coverage < 1:
        raise WorkbenchError("Coverage lies between 0 and 1.", where="coverage", next_step="Write 0.99.")


def count_limits(baseline: Sequence[int], window: int, *, coverage: float = COVERAGE) -> Limits:
    """Give the usual range of events in `window` weeks, from the weekly counts before them.

    Args:
        baseline: weekly counts before the window, weeks without events as 0; 52 make a full year.
        window: weeks summed, 4 or 13.
        coverage: how often an unchanged unit stays inside.

    Returns:
        Limits in events per window; whole numbers, because the count is.

    Raises:
        WorkbenchError: fewer than two weeks, a negative count, or coverage outside 0 to 1.

    Example:
        >>> limits = count_limits([2, 3] * 26, 4)
        >>> limits.low, limits.centre, limits.high
        (3.0, 10.0, 19.0)
    """
    _check(baseline, window, coverage)
    weeks = np.asarray(baseline, dtype=float)
    n = len(weeks)
    # A year of zeros does not make one event impossible: half an event a year is assumed.
    mean = max(float(weeks.mean()), 0.5 / n)
    dispersion = max(1.0, float(weeks.var(ddof=1)) / mean)
    expected = mean * window
    variance = expected * dispersion * (1 + window / n)
    tail = (1 - coverage) / 2
    low = _negative_binomial_quantile(tail, expected, variance)
    high = _negative_binomial_quantile(1 - tail, expected, variance)
    return Limits(float(low), float(weeks.mean()) * window, float(high), dispersion, n)


def _negative_binomial_quantile(probability: float, mean: float, variance: float) -> int:
    size = mean * mean / (variance - mean)
    success = size / (size + mean)

    def reached(k: int) -> bool:
        return float(scipy.special.betainc(size, k + 1, success)) >= probability

    top = max(1, math.ceil(mean))
    while not reached(top):
        top *= 2
    bottom = 0
    while bottom < top:
        middle = (bottom + top) // 2
        bottom, top = (bottom, middle) if reached(middle) else (middle + 1, top)
    return top


def level_limits(baseline: Sequence[int], window: int, *, coverage: float = COVERAGE) -> Limits:
    """Give the range in which a level usually lies `window` weeks after the last of the weeks before.

    Args:
        baseline: the level at the end of each week before the window, oldest first.
        window: weeks from the last of them to the level that is judged.
        coverage: how often an unchanged unit stays inside.

    Returns:
        Limits in cases, whole numbers, centred on the last level before.

    Raises:
        WorkbenchError: fewer than two weeks, a negative level, or coverage outside 0 to 1.

    Example:
        >>> limits = level_limits([40, 41] * 26, 4)
        >>> limits.low, limits.centre, limits.high
        (36.0, 41.0, 46.0)
    """
    _check(baseline, window, coverage)
    moves = np.diff(np.asarray(baseline, dtype=float))
    weekly = max(LEAST_WEEKLY_MOVE, math.sqrt(float(np.mean(moves**2))))
    half = float(scipy.special.stdtrit(len(moves), 0.5 + coverage / 2)) * weekly * math.sqrt(window)
    last = float(baseline[-1])
    return Limits(float(max(0, math.ceil(last - half))), last, float(math.floor(last + half)), weekly, len(baseline))
