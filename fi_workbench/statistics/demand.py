"""How many children a unit is likely to hold in the weeks ahead: many possible futures, drawn and counted.

In each future every group that is there moves on week by week as often as groups like it did, new groups come as
often as is usual at that time of the year, and these move on too. The spread of the futures is the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fi_workbench.errors import WorkbenchError
from fi_workbench.statistics.arrivals import Arrivals
from fi_workbench.statistics.moving_on import BANDS, Codes, MovingOn, Reals, band_of

N_DRAWS = 1_000
"""Futures drawn: the 95 % interval's ends then move by less than a child or two between draws."""
_AT_ONCE = 2_000_000
"""Groups times futures held at a time, which bounds memory for a whole authority."""


@dataclass(frozen=True)
class Groups:
    """Groups of children that move together.

    Attributes:
        state: where each stands, from 0.
        weeks: whole weeks that it has been there.
        size: children in it.
    """

    state: Codes
    weeks: Codes
    size: Codes

    def __len__(self) -> int:
        """How many groups."""
        return len(self.state)


@dataclass(frozen=True)
class Futures:
    """Drawn futures, each draw by week ahead, in children.

    Attributes:
        held: at the end of each week.
        came: in the week, and still there at its end.
        left: in the week.
        stepped_down: moved from one of the intensive states to a later one in the week, and still held.
    """

    held: Codes
    came: Codes
    left: Codes
    stepped_down: Codes

    def interval(self, level: float) -> tuple[Codes, Codes]:
        """The central interval of the children held, by week: whole children, outwards."""
        tail = (1 - level) / 2
        low, high = np.quantile(self.held, [tail, 1 - tail], axis=0)
        return np.floor(low).astype(np.int64), np.ceil(high).astype(np.int64)

    def chance_over(self, capacities: Sequence[int]) -> Reals:
        """The share of futures that hold more than the capacity, by week."""
        return np.asarray((self.held > np.asarray(capacities)[None, :]).mean(axis=0))

    def chance_over_by(self, capacities: Sequence[int]) -> Reals:
        """The share of futures that have held more than the capacity in that week or one before it, by week."""
        over = self.held > np.asarray(capacities)[None, :]
        return np.asarray(np.logical_or.accumulate(over, axis=1).mean(axis=0))


def draw_futures(
    there: Groups,
    newcomers: Groups,
    moves: MovingOn,
    arrivals: Arrivals,
    seasons: Reals,
    generator: np.random.Generator,
    *,
    n_intensive: int = 0,
    n_draws: int = N_DRAWS,
) -> Futures:
    """Draw futures of a unit.

    Args:
        there: groups that the unit holds now.
        newcomers: groups as they came before; those to come are drawn from these.
        moves: how groups move on.
        arrivals: how many groups come.
        seasons: of each week ahead, as `arrivals.season`.
        generator: where chance comes from; the same state gives the same futures.
        n_intensive: the first so many states can be stepped down from.
        n_draws: how many.

    Raises:
        WorkbenchError: nobody ever came, so newcomers cannot be drawn.
    """
    if not len(newcomers):
        raise WorkbenchError("Nobody ever came, so newcomers cannot be drawn.", where="statistics.demand")
    parts: list[tuple[Codes, ...]] = []
    done = 0
    while done < n_draws:
        some = min(n_draws - done, max(1, _AT_ONCE // (len(there) + 1)))
        parts.append(_draw(there, newcomers, moves, arrivals, seasons, generator, n_intensive, some))
        done += some
    return Futures(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _draw(
    there: Groups,
    newcomers: Groups,
    moves: MovingOn,
    arrivals: Arrivals,
    seasons: Reals,
    generator: np.random.Generator,
    n_intensive: int,
    n_draws: int,
) -> tuple[Codes, ...]:
    coming = arrivals.draw(generator, n_draws, seasons)
    chances = moves.draw(generator, n_draws)
    gone = moves.n_states
    state = np.repeat(there.state[None], n_draws, axis=0)
    weeks = np.repeat(there.weeks[None], n_draws, axis=0)
    size = np.repeat(there.size[None], n_draws, axis=0)
    shape = (n_draws, len(seasons))
    held, came, left, down = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    draws = np.arange(n_draws)[:, None]
    for week in range(len(seasons)):
        cell = np.minimum(state, gone - 1) * len(BANDS) + band_of(weeks)
        chance = generator.random(state.shape)
        to = np.zeros_like(state)
        for destination in range(gone):
            to += chance > chances[draws, cell, destination]
        to = np.where(state == gone, gone, to)
        left[:, week] = (size * ((to == gone) & (state != gone))).sum(axis=1)
        down[:, week] = (size * ((state < n_intensive) & (to > state) & (to != gone))).sum(axis=1)
        weeks = np.where(to == state, weeks + 1, 0)
        state = to
        most = int(coming[:, week].max(initial=0))
        if most:
            drawn = generator.integers(0, len(newcomers), size=(n_draws, most))
            there_now = np.arange(most)[None] < coming[:, week, None]
            state = np.concatenate([state, np.where(there_now, newcomers.state[drawn], gone)], axis=1)
            weeks = np.concatenate([weeks, newcomers.weeks[drawn]], axis=1)
            size = np.concatenate([size, newcomers.size[drawn]], axis=1)
            came[:, week] = (newcomers.size[drawn] * there_now).sum(axis=1)
        held[:, week] = (size * (state != gone)).sum(axis=1)
    return held, came, left, down


def interval_score(low: npt.ArrayLike, high: npt.ArrayLike, truth: npt.ArrayLike, level: float) -> Reals:
    """Score intervals: their width, and a penalty for each truth outside; less is better.

    Source:
        Gneiting and Raftery, Journal of the American Statistical Association 102 (2007), section 6.2.

    Example:
        >>> interval_score([10, 10], [20, 20], [15, 22], 0.8).tolist()
        [10.0, 30.0]
    """
    lower, upper, true = (np.asarray(value, dtype=np.float64) for value in (low, high, truth))
    miss = np.maximum(lower - true, 0) + np.maximum(true - upper, 0)
    return np.asarray(upper - lower + 2 / (1 - level) * miss)
