"""Place whole households with units at the least cost within capacities, exactly.

Households that cost the same everywhere and count as much are one type with a count, so that the integer
programme is small whatever the number of families. A large one is relaxed first: without the demand for whole
households no more types are split than there are units, so all but those few and their nearest rivals can stay where
the relaxation puts them, and its cost is a bound that proves how good the answer is.

Source:
    HiGHS (Huangfu and Hall 2018) through scipy.optimize.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from fi_workbench.errors import AllocationError
from fi_workbench.segmentation.patterns import Codes, Reals
from fi_workbench.segmentation.shortfall import CHILDREN, Asked, Flags, Measure, check, constraints, does_not_fit

GAP = 1e-4
"""The cost found is proven to be within this share of the least possible."""
SMALL = 4_000
"""Types times units up to which the integer programme is solved as a whole."""
_FREED = (60, 600)
"""How many types, those that care least, are placed anew with the split ones; more where fewer do not do."""
_INFEASIBLE = 2


@dataclass(frozen=True)
class Placement:
    """How many households of each type each unit gets.

    Attributes:
        households: type by unit.
        cost: the total cost.
        gap: the proven distance from the least possible cost, as a share.
    """

    households: Codes
    cost: float
    gap: float


def place(
    costs: Reals,
    children: Codes,
    counts: Codes,
    capacities: Codes,
    units: Sequence[str],
    *,
    allowed: Flags | None = None,
    measure: Measure = CHILDREN,
    gap: float = GAP,
) -> Placement:
    """Place every household with one unit so that the total cost is least and no capacity is exceeded.

    Args:
        costs: type by unit, the cost of one household.
        children: what a household of each type counts against a capacity: its children, or its points in hundredths.
        counts: households of each type.
        capacities: what each unit can take, in the same measure.
        units: names of the units for messages.
        allowed: type by unit, whether the unit may take such a household; None is everywhere.
        measure: what is counted, for messages.
        gap: how near to the least cost is near enough, as a share of it.

    Raises:
        AllocationError: the households cannot all be placed; says which capacity binds and by how much.
    """
    n_types, n_units = costs.shape
    if n_types == 0:
        return Placement(np.zeros((0, n_units), dtype=np.int64), 0.0, 0.0)
    may = np.ones(costs.shape, dtype=np.bool_) if allowed is None else allowed
    asked = Asked(costs, children, counts, capacities, may)
    check(asked, units, measure)
    if costs.size > SMALL:
        relaxed = _relaxed(asked)
        for freed in _FREED:
            placed = _around(relaxed, asked, freed=freed, gap=gap)
            if placed is not None:
                return placed
    result = _whole(asked, gap)
    if result.x is None:
        if result.status == _INFEASIBLE:
            raise does_not_fit(f"The {measure.noun} fit by number, but not as whole households.", asked, units, measure)
        raise AllocationError(f"The proposed allocation could not be worked out: {result.message}")
    households = np.rint(result.x).astype(np.int64).reshape(n_types, n_units)
    return Placement(households, float((households * costs).sum()), float(result.mip_gap or 0.0))


def _whole(asked: Asked, gap: float) -> Any:
    every_household, every_unit = constraints(asked)
    return milp(
        asked.costs.ravel(),
        constraints=[
            LinearConstraint(every_household, asked.counts, asked.counts),
            LinearConstraint(every_unit, -np.inf, asked.capacities),
        ],
        integrality=np.ones(asked.costs.size, dtype=np.int64),
        bounds=Bounds(0, asked.most.ravel()),
        options={"mip_rel_gap": gap},
    )


def _relaxed(asked: Asked) -> Any:
    every_household, every_unit = constraints(asked)
    most = asked.most.ravel()
    bounds: Any = np.column_stack([np.zeros(len(most)), most])
    return linprog(
        asked.costs.ravel(),
        A_ub=every_unit,
        b_ub=asked.capacities,
        A_eq=every_household,
        b_eq=asked.counts,
        bounds=bounds,
        method="highs-ds",
    )


def _around(relaxed: Any, asked: Asked, *, freed: int, gap: float) -> Placement | None:
    """Whole households near the relaxed answer; None where these cannot be proven near enough to the least cost."""
    if relaxed.x is None:
        return None
    costs = asked.costs
    told = relaxed.x.reshape(costs.shape)
    whole = np.rint(told)
    split = (np.abs(told - whole) > 1e-6).any(axis=1)
    prices = np.where(asked.allowed, costs - np.outer(asked.weights, relaxed.ineqlin.marginals), np.inf)
    priced = np.sort(prices, axis=1)
    second = np.where(np.isfinite(priced[:, 1]), priced[:, 1], 1e9) if costs.shape[1] > 1 else priced[:, 0]
    regret = np.where(split, -1.0, second - priced[:, 0])
    free = np.zeros(len(costs), dtype=np.bool_)
    free[np.argsort(regret, kind="stable")[: int(split.sum()) + freed]] = True
    households = np.where(free[:, None], 0, whole).astype(np.int64)
    room = asked.capacities - asked.weights @ households
    if (room < 0).any():
        return None
    rest = _whole(Asked(costs[free], asked.weights[free], asked.counts[free], room, asked.allowed[free]), gap / 10)
    if rest.x is None:
        return None
    households[free] = np.rint(rest.x).astype(np.int64).reshape(-1, costs.shape[1])
    cost = float((households * costs).sum())
    proven = max(0.0, cost - float(relaxed.fun)) / max(abs(cost), 1e-9)
    return Placement(households, cost, proven) if proven <= gap else None


def types_of(
    costs: Reals, weights: Codes, allowed: Flags | None = None
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Collapse households that cost the same everywhere, count as much and may go to the same units.

    Returns:
        The first household of each type, types sorted, and the type of each household.
    """
    rows = np.column_stack([costs, weights] if allowed is None else [costs, weights, allowed])
    _, first, of_household = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, of_household.ravel()
