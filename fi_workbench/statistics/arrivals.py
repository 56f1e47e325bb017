"""How many groups come in a week: an overdispersed count with the season of the year.

Weekly counts clump more than chance alone would have them, and a quarter as a whole can be busier than the year was.
Both are drawn: a negative binomial for the week, a gamma factor for the quarter, whose spread also holds how little a
year says of the usual number.

Source:
    The season: Department for Education, Children in need, reporting year 2024, share of the year's referrals by
    month. The count: Hilbe, Negative Binomial Regression (2nd edition), gamma mixture of Poisson counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from fi_workbench.errors import WorkbenchError

Reals = npt.NDArray[np.float64]

MONTH_SHARES = (8.8, 8.2, 8.4, 7.0, 9.0, 9.4, 8.3, 7.1, 8.7, 9.0, 9.0, 7.3)
"""Referrals of January to December, of 100 in England's year. A year and a half of one authority says less."""
_MONTH_DAYS = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
QUARTER = 13
"""Weeks of a quarter."""
YEAR = 52
LEAST_EVENTS = 0.5
"""A year without an arrival does not make one impossible: half an arrival is assumed."""


def season(mondays: Sequence[date]) -> Reals:
    """How busy each week usually is beside the average week of a year.

    Args:
        mondays: first day of each week.

    Example:
        >>> season([date(2026, 6, 8), date(2026, 8, 10)]).round(2).tolist()
        [1.14, 0.83]
    """
    daily = np.array(MONTH_SHARES) / np.array(_MONTH_DAYS)
    daily *= 365.25 / np.array(MONTH_SHARES).sum()
    days = [[(monday + timedelta(days=n)).month - 1 for n in range(7)] for monday in mondays]
    return np.asarray(daily[np.array(days, dtype=np.int64).reshape(len(days), 7)].mean(axis=1))


@dataclass(frozen=True)
class Arrivals:
    """What is usual, ready to be drawn from.

    Attributes:
        weekly: groups expected in an average week of the year.
        clumping: variance of a week's count over its mean, at least 1.
        drift: variance of the factor that a whole quarter shares.
    """

    weekly: float
    clumping: float
    drift: float

    def draw(self, generator: np.random.Generator, n_draws: int, seasons: Reals) -> npt.NDArray[np.int64]:
        """Draw groups that come, draw by week, for weeks of the given seasons."""
        level = np.ones(n_draws)
        if self.drift > 0:
            level = generator.gamma(1 / self.drift, self.drift, size=n_draws)
        mean = self.weekly * level[:, None] * seasons[None, :]
        if self.clumping > 1:
            mean = generator.gamma(mean / (self.clumping - 1), self.clumping - 1)
        return np.asarray(generator.poisson(mean), dtype=np.int64)


def usual_arrivals(own: Sequence[int], others: Sequence[Sequence[int]], mondays: Sequence[date]) -> Arrivals:
    """Work out a unit's usual arrivals from the weeks before.

    The unit's own last year gives the number; how weeks clump and how quarters drift is pooled over units, because
    one unit's few quarters say almost nothing of either.

    Args:
        own: groups that came to the unit in each week, oldest first.
        others: the same of every unit, the unit itself among them.
        mondays: first day of each of those weeks.

    Raises:
        WorkbenchError: less than a year of weeks, or rows of another length.
    """
    if len(own) < YEAR or any(len(row) != len(mondays) for row in (own, *others)):
        raise WorkbenchError(
            "What usually comes needs a year of weeks, the same for every unit.",
            where="statistics.arrivals",
            how_many=f"{len(own)} weeks",
        )
    seasons = season(mondays)
    weekly = _weekly(own, seasons)
    clumping, drift = _pooled(np.array(others, dtype=np.float64), seasons)
    known = clumping / (weekly * YEAR)
    return Arrivals(weekly, clumping, drift + known)


def _weekly(counts: Sequence[int], seasons: Reals) -> float:
    return max(float(np.sum(counts[-YEAR:])), LEAST_EVENTS) / float(seasons[-YEAR:].sum())


def _pooled(counts: Reals, seasons: Reals) -> tuple[float, float]:
    """Variance over mean within quarters, and the variance of the quarters' own factor beyond that."""
    whole = counts.shape[1] // QUARTER * QUARTER
    blocks = counts[:, -whole:].reshape(len(counts), -1, QUARTER)
    weights = seasons[-whole:].reshape(-1, QUARTER)
    sums, expected_share = blocks.sum(axis=2), weights.sum(axis=1) / weights.sum()
    fitted = sums[:, :, None] * (weights / weights.sum(axis=1, keepdims=True))[None]
    used = fitted > 0
    freedom = max(1.0, used.any(axis=2).sum() * (QUARTER - 1))
    clumping = max(1.0, float(((blocks - fitted)[used] ** 2 / fitted[used]).sum() / freedom))
    expected = sums.sum(axis=1, keepdims=True) * expected_share[None]
    units = expected.min(axis=1) > 0
    if not units.any():
        return clumping, 0.0
    expected, sums = expected[units], sums[units]
    n_quarters = sums.shape[1]
    spread = ((sums - expected) ** 2).sum() * n_quarters / (n_quarters - 1)
    beyond = spread - clumping * expected.sum()
    return clumping, max(0.0, float(beyond / (expected**2).sum()))
