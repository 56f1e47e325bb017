"""Intervals for shares and for the difference between two shares, right at small numbers.

A share of a few families is shown with its interval or not at all. The Wilson score interval stays inside 0 to 1
and has a width at 0 of n and n of n; Newcombe's hybrid score interval carries the same to differences.

Source:
    Wilson (1927); Newcombe, Statistics in Medicine 17 (1998), method 3 of pages 857-872 and method 10 of
    pages 873-890; Miettinen and Nurminen, Statistics in Medicine 4 (1985), pages 213-226.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import scipy  # its parts open on first use

from fi_workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Interval:
    """An estimate and the values that the data do not rule out.

    Attributes:
        estimate: the share, or the difference between two shares.
        low: the lower end.
        high: the upper end.
        level: how often such an interval holds the truth, 0 to 1.
    """

    estimate: float
    low: float
    high: float
    level: float

    def excludes(self, value: float) -> bool:
        """Say whether the data rule a value out."""
        return value < self.low or value > self.high


def _check(k: int, n: int, level: float) -> None:
    if n < 1 or not 0 <= k <= n:
        raise WorkbenchError(
            "A share needs at least one case, and no more cases counted than there are.",
            where="statistics.intervals",
            how_many=f"{k} of {n}",
            next_step="Leave the share out where there are no cases.",
        )
    if not 0 < level < 1:
        raise WorkbenchError(
            "The level of an interval lies between 0 and 1.", where="level", next_step="Write 0.95 for 95 in 100."
        )


def wilson(k: int, n: int, *, level: float = 0.95) -> Interval:
    """Give the Wilson score interval, without continuity correction, of k among n.

    Args:
        k: how many have it, 0 to n.
        n: how many there are, at least 1.
        level: how often the interval should hold the truth.

    Raises:
        WorkbenchError: no cases, more counted than there are, or a level outside 0 to 1.

    Example:
        >>> share = wilson(15, 148)
        >>> round(share.low, 4), round(share.high, 4)
        (0.0624, 0.1605)
    """
    _check(k, n, level)
    z = float(scipy.special.ndtri(0.5 + level / 2))
    share = k / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return Interval(share, low, high, level)


def newcombe(k_first: int, n_first: int, k_second: int, n_second: int, *, level: float = 0.95) -> Interval:
    """Give Newcombe's hybrid score interval for the first share less the second, for independent groups.

    The score interval that a well-known library offers for a risk difference fails on small tables, so this one,
    whose published values are in the tests, is used everywhere.

    Args:
        k_first: how many of the first group have it.
        n_first: size of the first group, at least 1.
        k_second: how many of the second group have it.
        n_second: size of the second group, at least 1.
        level: how often the interval should hold the truth.

    Raises:
        WorkbenchError: an empty group, more counted than there are, or a level outside 0 to 1.

    Example:
        >>> difference = newcombe(10, 20, 5, 20)
        >>> round(difference.low, 3), round(difference.high, 3)
        (-0.047, 0.494)
    """
    first = wilson(k_first, n_first, level=level)
    second = wilson(k_second, n_second, level=level)
    difference = first.estimate - second.estimate
    below = math.hypot(first.estimate - first.low, second.high - second.estimate)
    above = math.hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(difference, max(-1.0, difference - below), min(1.0, difference + above), level)


def miettinen_nurminen(k_first: int, n_first: int, k_second: int, n_second: int, *, level: float = 0.95) -> Interval:
    """Give the Miettinen-Nurminen score interval for the first share less the second, for independent groups.

    It holds every difference that the score test does not reject, with the shares that are likeliest under that
    difference. Written here because the score interval of a well-known library fails on half of all small tables.

    Args:
        k_first: how many of the first group have it.
        n_first: size of the first group, at least 1.
        k_second: how many of the second group have it.
        n_second: size of the second group, at least 1.
        level: how often the interval should hold the truth.

    Raises:
        WorkbenchError: an empty group, more counted than there are, or a level outside 0 to 1.

    Example:
        >>> difference = miettinen_nurminen(56, 70, 48, 80)
        >>> round(difference.low, 4), round(difference.high, 4)
        (0.0528, 0.3382)
    """
    _check(k_first, n_first, level)
    _check(k_second, n_second, level)
    z = float(scipy.special.ndtri(0.5 + level / 2))
    estimate = k_first / n_first - k_second / n_second
    n = n_first + n_second

    def beyond(difference: float) -> float:
        first, second = _likeliest(k_first, n_first, k_second, n_second, difference)
        variance = (first * (1 - first) / n_first + second * (1 - second) / n_second) * n / (n - 1)
        # Squared, so that a variance of nothing at the very end needs no division.
        return (estimate - difference) ** 2 - z * z * max(variance, 0.0)

    def end(furthest: float) -> float:
        if beyond(furthest) <= 0:
            return furthest
        # The score statistic grows with the distance from the estimate, so it crosses once on each side. It begins a
        # step away: where neither group has any, the variance at the estimate itself is nothing.
        return float(scipy.optimize.brentq(beyond, estimate + math.copysign(1e-9, furthest), furthest, xtol=1e-12))

    return Interval(estimate, end(-1.0), end(1.0), level)


def _likeliest(k_first: int, n_first: int, k_second: int, n_second: int, difference: float) -> tuple[float, float]:
    """The two shares of greatest likelihood among those that differ by `difference`: the root of a cubic."""
    n, k = n_first + n_second, k_first + k_second
    cubic = float(n)
    square = (n_first + 2 * n_second) * difference - n - k
    linear = (n_second * difference - n - 2 * k_second) * difference + k
    constant = k_second * difference * (1 - difference)
    centre = square / (3 * cubic)
    q = centre**3 - square * linear / (6 * cubic**2) + constant / (2 * cubic)
    p = math.copysign(math.sqrt(max(centre**2 - linear / (3 * cubic), 0.0)), q)
    angle = (math.pi + math.acos(max(-1.0, min(1.0, q / p**3 if p else 0.0)))) / 3
    second = 2 * p * math.cos(angle) - centre
    second = min(max(second, 0.0, -difference), 1.0, 1.0 - difference)
    return second + difference, second
