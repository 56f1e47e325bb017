"""How often groups move on: weekly chances by state and by how long a group has been in it, pooled where few are.

A group is what moves together, such as brothers and sisters whose work began on one day. Its clock starts again
with each state. Every cell (a state and a band of weeks in it) has counts of where groups went within a week; a
unit's own counts are joined by the pooled shares of all units, worth a fixed number of weeks, so that a unit with few
leans on the others and one with many speaks for itself.

Source:
    Discrete-time multi-state models: Allison, Sociological Methodology 13 (1982), pages 61-98. The pooling is the
    Dirichlet-multinomial's: Gelman and others, Bayesian Data Analysis (3rd edition), chapters 3.4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fi_workbench.errors import WorkbenchError

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BANDS = (0, 1, 2, 3, 4, 6, 8, 10, 13, 26, 52, 104)
"""First week of each band. Narrow where assessments and first plans end, wide where little changes."""
POOL_WEEKS = 100.0
"""Group-weeks that the shares of all units are worth in each cell: a unit with ten times as many speaks for itself."""


def band_of(weeks: npt.ArrayLike) -> Codes:
    """The band of a number of whole weeks in a state.

    Example:
        >>> band_of([0, 5, 13, 500]).tolist()
        [0, 4, 8, 11]
    """
    return np.asarray(np.searchsorted(BANDS, np.asarray(weeks), side="right") - 1, dtype=np.int64)


@dataclass(frozen=True)
class Steps:
    """Groups seen on a Sunday and on the next one.

    Attributes:
        state: where each stood, from 0.
        weeks: whole weeks that it had been there.
        to: where it stood a week later; `n_states` is gone.
        weight: how much of a group it is, so that a group that parts is still one.
    """

    state: Codes
    weeks: Codes
    to: Codes
    weight: Reals


@dataclass(frozen=True)
class MovingOn:
    """Counts of where groups of each cell went, ready to be drawn from.

    Attributes:
        alpha: cell by destination; cell is state times bands plus band, the last destination is gone.
        n_states: states.
    """

    alpha: Reals
    n_states: int

    @property
    def chances(self) -> Reals:
        """The expected weekly chance of each destination, cell by destination."""
        return np.asarray(self.alpha / self.alpha.sum(axis=1, keepdims=True))

    def draw(self, generator: np.random.Generator, n_draws: int) -> Reals:
        """Draw chances that the counts do not rule out: draw by cell by destination, cumulated over destinations."""
        gammas = generator.standard_gamma(self.alpha, size=(n_draws, *self.alpha.shape))
        return np.asarray(np.cumsum(gammas, axis=2) / gammas.sum(axis=2, keepdims=True))


def count_steps(steps: Steps, n_states: int) -> Reals:
    """Count where groups of each cell went: cell by destination, in groups."""
    n_cells, n_to = n_states * len(BANDS), n_states + 1
    cell = steps.state * len(BANDS) + band_of(steps.weeks)
    flat = np.bincount(cell * n_to + steps.to, weights=steps.weight, minlength=n_cells * n_to)
    return np.asarray(flat.reshape(n_cells, n_to), dtype=np.float64)


def moving_on(own: Reals, pooled: Reals, n_states: int, *, pool_weeks: float = POOL_WEEKS) -> MovingOn:
    """Join a unit's own counts with the shares of all units.

    A band that no unit has seen takes the shares of its state as a whole; a state that nobody was ever in keeps its
    groups where they are.

    Args:
        own: as `count_steps`, of the unit.
        pooled: the same of all units together.
        n_states: states.
        pool_weeks: what the pooled shares are worth in each cell, in group-weeks.

    Raises:
        WorkbenchError: the counts do not belong together.
    """
    if own.shape != pooled.shape or own.shape != (n_states * len(BANDS), n_states + 1):
        raise WorkbenchError("Counts of moves have another shape than the states.", where="statistics.moving_on")
    by_state = pooled.reshape(n_states, len(BANDS), n_states + 1).sum(axis=1)
    by_state += 1e-6 * np.eye(n_states, n_states + 1)
    whole = np.repeat(by_state / by_state.sum(axis=1, keepdims=True), len(BANDS), axis=0)
    # A week of the state's own shares, so that a rare move is never impossible for want of one case.
    shares = (pooled + whole) / (pooled.sum(axis=1, keepdims=True) + 1)
    return MovingOn(own + pool_weeks * shares + 1e-9, n_states)
