"""How many have had an outcome by a day, where some are not followed to that day and some leave another way.

Leaving out those not followed, or taking another exit for "not followed", moves the answer by ten points in ordinary
data. The Aalen-Johansen estimate does neither. Its pseudo-values give each family a number that stands for its own
outcome, so that whatever can be done with an outcome known for all can be done here too.

Source:
    Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), pages 141-150; Andersen, Klein and Rosthoj,
    Biometrika 90 (2003), pages 15-27.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fi_workbench.errors import WorkbenchError

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

CENSORED, OUTCOME, COMPETING = 0, 1, 2


@dataclass(frozen=True)
class Cumulative:
    """Shares who have had the outcome, by day.

    Attributes:
        days: distinct days on which somebody left, in order.
        share: who have had the outcome by then, 0 to 1.
        still_there: who have had neither the outcome nor the competing event by then.
        at_risk: how many were still followed just before.
    """

    days: Reals
    share: Reals
    still_there: Reals
    at_risk: Codes


@dataclass(frozen=True)
class _Counts:
    days: Reals
    at_risk: Reals
    outcomes: Reals
    exits: Reals
    position: Codes
    """For each family, how many distinct days of exits lie at or before its own last day."""


def cumulative_incidence(days: npt.ArrayLike, event: npt.ArrayLike) -> Cumulative:
    """Give the Aalen-Johansen cumulative incidence of the outcome.

    Args:
        days: from time zero to the event or the end of what is known, 0 or more.
        event: 0 not followed further, 1 outcome, 2 competing event.

    Raises:
        WorkbenchError: nobody, a negative or unknown day, or another code.

    Example:
        >>> cumulative_incidence([1, 2, 3, 4], [1, 2, 1, 0]).share.tolist()
        [0.25, 0.25, 0.5]
    """
    counts = _count(*_checked(days, event))
    hazard = counts.exits / counts.at_risk
    there: Reals = np.cumprod(1 - hazard, dtype=np.float64)
    before = np.concatenate([[1.0], there[:-1]])
    share: Reals = np.cumsum(before * counts.outcomes / counts.at_risk, dtype=np.float64)
    return Cumulative(counts.days, share, there, counts.at_risk.astype(np.int64))


def pseudo_values(days: npt.ArrayLike, event: npt.ArrayLike, horizon: float) -> Reals:
    """Give each family's pseudo-value of having had the outcome by the horizon.

    It is n times the estimate with all, less n - 1 times the estimate without the family. Where all are followed to
    the horizon it is 1 or 0: the outcome itself.

    Args:
        days: as `cumulative_incidence`.
        event: as `cumulative_incidence`.
        horizon: days from time zero.

    Returns:
        One number per family, in the order given. Single ones may lie outside 0 to 1; their mean is the estimate.

    Raises:
        WorkbenchError: as `cumulative_incidence`, or a horizon that nobody was followed to.
    """
    day, code = _checked(days, event)
    if not ((day >= horizon) | (code != CENSORED)).any():
        raise WorkbenchError(
            "Nobody was followed to the horizon, and nobody had an event before it.",
            where="horizon_days",
            how_many=f"{len(day)} families",
            next_step="Shorten the horizon, or wait until families have been followed for long enough.",
        )
    late = day > horizon
    counts = _count(np.where(late, horizon, day), np.where(late, CENSORED, code))
    n = len(day)
    if not len(counts.days):
        return np.zeros(n)
    whole = _Table.of(counts.at_risk, counts.outcomes, counts.exits)
    without = _Table.of(counts.at_risk - 1, counts.outcomes, counts.exits)
    # What the later days add, for those still there after each day.
    total = whole.share[-1]
    later = np.divide(total - whole.share, whole.there, out=np.zeros_like(whole.share), where=whole.there > 0)
    left = n * total - (n - 1) * _left_out(counts, without, later, np.where(late, CENSORED, code))
    return np.asarray(left)


@dataclass(frozen=True)
class _Table:
    """Shares by distinct day, each with the day before it at the same place plus one (the first is before all)."""

    share: Reals
    there: Reals

    @classmethod
    def of(cls, at_risk: Reals, outcomes: Reals, exits: Reals) -> _Table:
        alone = np.maximum(at_risk, 1)
        there = np.concatenate([[1.0], np.cumprod(np.maximum(1 - exits / alone, 0.0))])
        return cls(np.concatenate([[0.0], np.cumsum(there[:-1] * outcomes / alone)]), there)


def _left_out(counts: _Counts, without: _Table, later: Reals, code: Codes) -> Reals:
    """The estimate without each family: one fewer at risk up to its last day, all as before from then on."""
    place = counts.position
    share = without.share[place] + without.there[place] * later[place]
    own = np.flatnonzero(code != CENSORED)
    at = place[own] - 1
    others = np.maximum(counts.at_risk[at] - 1, 1)
    outcome = (counts.outcomes[at] - (code[own] == OUTCOME)) / others
    stays = np.where(counts.at_risk[at] > 1, 1 - (counts.exits[at] - 1) / others, 0.0)
    share[own] = without.share[at] + without.there[at] * (outcome + stays * later[place[own]])
    return np.asarray(share)


def _checked(days: npt.ArrayLike, event: npt.ArrayLike) -> tuple[Reals, Codes]:
    day, code = np.asarray(days, dtype=np.float64), np.asarray(event, dtype=np.int64)
    wrong = ~(day >= 0) | ~np.isin(code, (CENSORED, OUTCOME, COMPETING))
    if not len(day) or wrong.any():
        raise WorkbenchError(
            "Times to an event need days of 0 or more, and 0 (not followed further), 1 (outcome) or 2 (competing).",
            where="days, event",
            how_many=f"{int(wrong.sum())} of {len(day)} families",
        )
    return day, code


def _count(day: Reals, code: Codes) -> _Counts:
    exits = np.unique(day[code != CENSORED])
    at = np.searchsorted(exits, day, side="right")
    own = code != CENSORED
    outcomes = np.bincount(at[code == OUTCOME] - 1, minlength=len(exits)).astype(np.float64)
    all_exits = np.bincount(at[own] - 1, minlength=len(exits)).astype(np.float64)
    at_risk = len(day) - np.searchsorted(np.sort(day), exits, side="left")
    return _Counts(exits, at_risk.astype(np.float64), outcomes, all_exits, at.astype(np.int64))
