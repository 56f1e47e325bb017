"""Why an allocation cannot be made: what is asked of the units, which capacity binds, and by how much.

The least that would have to be added is found by solving again with room that may be bought: as little as possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy  # its parts open on first use

from fi_workbench.errors import AllocationError
from fi_workbench.segmentation.patterns import Codes, Reals

Flags = npt.NDArray[np.bool_]
WHOLE_UP_TO = 4_000
"""Types times units up to which whole households are asked for; beyond, the answer may be a household too small."""
_NEXT = "Raise a capacity (units.capacity_children, or workers on the roster), or close or pass on families."


@dataclass(frozen=True)
class Measure:
    """What is counted against a capacity.

    Attributes:
        noun: its name, in the plural.
        parts: how many of the whole numbers counted make one of it.
    """

    noun: str
    parts: int = 1

    def said(self, n: float) -> str:
        """A number of it in words without the noun."""
        return f"{n / self.parts:,.2f}".rstrip("0").rstrip(".")


CHILDREN = Measure("children")
POINTS = Measure("complexity points", 100)


@dataclass(frozen=True)
class Asked:
    """An allocation to be made: all by type, and by unit.

    Attributes:
        costs: type by unit, the cost of one household.
        weights: what a household of each type counts.
        counts: households of each type.
        capacities: what each unit can take.
        allowed: type by unit, whether the unit may take such a household.
    """

    costs: Reals
    weights: Codes
    counts: Codes
    capacities: Codes
    allowed: Flags

    @property
    def most(self) -> Codes:
        """Households of each type that each unit could be given."""
        return np.asarray(np.where(self.allowed, self.counts[:, None], 0), dtype=np.int64)


def constraints(asked: Asked) -> tuple[Any, Any]:
    """Sums over the units of a type, and what is counted by unit."""
    n_types, n_units = asked.costs.shape
    sparse = scipy.sparse
    every_household = sparse.kron(sparse.eye_array(n_types), np.ones((1, n_units)), format="csr")
    every_unit = sparse.kron(asked.weights[None, :].astype(np.float64), sparse.eye_array(n_units), format="csr")
    return sparse.csr_array(every_household), sparse.csr_array(every_unit)


def check(asked: Asked, units: Sequence[str], measure: Measure) -> None:
    """Refuse what can be seen to be impossible without solving.

    Raises:
        AllocationError: no unit may take a household, there are too many, or one is larger than any unit.
    """
    homeless = int(asked.counts[~asked.allowed.any(axis=1)].sum())
    if homeless:
        raise AllocationError(
            f"{_households(homeless)} of a segment that no unit takes.",
            where="units.takes",
            how_many=f"{homeless} of {int(asked.counts.sum())} households",
            next_step="Let a unit take the segment (units.takes), or name a unit for each family.",
        )
    if int(asked.weights @ asked.counts) > int(asked.capacities.sum()):
        raise does_not_fit(f"There are more {measure.noun} than the units together can hold.", asked, units, measure)
    largest = np.where(asked.allowed, asked.capacities[None, :], 0).max(axis=1)
    too_large = int(asked.counts[asked.weights > largest].sum())
    if too_large:
        what = f"{too_large} household{'s have' if too_large > 1 else ' has'} more {measure.noun} than any unit"
        raise does_not_fit(f"{what} has room for.", asked, units, measure)


def _households(n: int) -> str:
    return f"{n} household is" if n == 1 else f"{n} households are"


def does_not_fit(what: str, asked: Asked, units: Sequence[str], measure: Measure) -> AllocationError:
    """The error that says which capacity binds and by how much."""
    need, room = int(asked.weights @ asked.counts), int(asked.capacities.sum())
    short = f", {measure.said(need - room)} too many" if need > room else ""
    lacking = missing_room(asked)
    told = [f"{measure.said(extra)} more in {unit}" for unit, extra in zip(units, lacking, strict=True) if extra > 0]
    least = f" The least that would do: {' and '.join(told)}." if told else ""
    rooms = ", ".join(f"{unit} {measure.said(room)}" for unit, room in zip(units, asked.capacities, strict=True))
    return AllocationError(
        f"{what}{least}",
        where=f"room by unit: {rooms}",
        how_many=f"{measure.said(need)} {measure.noun} to place, room for {measure.said(room)}{short}",
        next_step=_NEXT,
    )


def missing_room(asked: Asked) -> Codes:
    """The least that would have to be added to the units, by unit: one way of adding it, always the same one.

    Of ways that add as little, the one is taken that adds it where fits are best.
    """
    n_types, n_units = asked.costs.shape
    every_household, every_unit = constraints(asked)
    sparse, limited = scipy.sparse, scipy.optimize.LinearConstraint
    households = sparse.hstack([every_household, sparse.csr_array((n_types, n_units))])
    units = sparse.hstack([every_unit, -sparse.eye_array(n_units)])
    # A whole unit of room costs more than all fits together, so that room is never added to fit better.
    dear = float(np.abs(asked.costs).max(initial=0.0) * asked.counts.sum()) + 1.0
    whole = np.full(n_types * n_units + n_units, int(asked.costs.size <= WHOLE_UP_TO), dtype=np.int64)
    result = scipy.optimize.milp(
        np.concatenate([asked.costs.ravel() / dear, np.ones(n_units)]),
        constraints=[
            limited(sparse.csr_array(households), asked.counts, asked.counts),
            limited(sparse.csr_array(units), -np.inf, asked.capacities),
        ],
        integrality=whole,
        bounds=scipy.optimize.Bounds(0, np.concatenate([asked.most.ravel(), np.full(n_units, np.inf)])),
        options={"mip_rel_gap": 1e-6},
    )
    if result.x is None:
        return np.zeros(n_units, dtype=np.int64)
    return np.ceil(result.x[-n_units:] - 1e-6).astype(np.int64)
