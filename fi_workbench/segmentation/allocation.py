"""Place whole households with units at the least cost within capacities, exactly.

Households that cost the same everywhere and count as much are one type with a count, so that the integer
programme is small whatever the number of families. A large one is priced first: each unit asks a price for each place
such that no more want to go there than it holds. At these prices nearly every type has one cheapest unit and can stay
there; only those nearly indifferent are placed by the integer programme. Whatever the prices, what all would pay less
the worth of the places is a bound that no placement can beat (Lagrangian duality), and so proves how good the answer
is.

Source:
    Geoffrion 1974 (Lagrangian relaxation); HiGHS (Huangfu and Hall 2018) through scipy.optimize.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy  # its parts open on first use

from fi_workbench.errors import AllocationError
from fi_workbench.segmentation.patterns import Codes, Reals
from fi_workbench.segmentation.shortfall import CHILDREN, Asked, Flags, Measure, check, constraints, does_not_fit

GAP = 1e-4
"""The cost found is proven to be within this share of the least possible."""
SMALL = 4_000
"""Types times units up to which the integer programme is solved as a whole."""
FEW = 100_000
"""Types times units up to which prices come from a linear programme; of few types, rounds of prices can stop short."""
_FREED = (60, 200, 1_000, 5_000)
"""How many types, those that care least, the integer programme places; more where fewer do not do."""
_ROUNDS = 30
"""Rounds of prices at most; a handful settles them where types are many."""
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
        placed = _priced(asked, gap)
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
    return scipy.optimize.milp(
        asked.costs.ravel(),
        constraints=[
            scipy.optimize.LinearConstraint(every_household, asked.counts, asked.counts),
            scipy.optimize.LinearConstraint(every_unit, -np.inf, asked.capacities),
        ],
        integrality=np.ones(asked.costs.size, dtype=np.int64),
        bounds=scipy.optimize.Bounds(0, asked.most.ravel()),
        options={"mip_rel_gap": gap},
    )


def _priced(asked: Asked, gap: float) -> Placement | None:
    """Place households by prices of places; None where that cannot be proven near enough to the least cost."""
    barred = np.where(asked.allowed, asked.costs, np.inf)
    ways = (_prices, _exact_prices) if barred.size > FEW else (_exact_prices,)
    for way in ways:
        prices = way(asked, barred, gap)
        for freed in _FREED:
            placed = _around(prices, asked, barred, freed=freed, gap=gap)
            if placed is not None:
                return placed
            if freed >= len(barred):
                break
    return None


def _exact_prices(asked: Asked, _barred: Reals, _gap: float) -> Reals:
    """The prices by a linear programme, that of whole households relaxed: exact, and slow where types are many."""
    every_household, every_unit = constraints(asked)
    most = asked.most.ravel()
    bounds: Any = np.column_stack([np.zeros(len(most)), most])
    relaxed = scipy.optimize.linprog(
        asked.costs.ravel(),
        A_ub=every_unit,
        b_ub=asked.capacities,
        A_eq=every_household,
        b_eq=asked.counts,
        bounds=bounds,
        method="highs-ds",
    )
    return np.zeros(len(asked.capacities)) if relaxed.x is None else np.maximum(0.0, -relaxed.ineqlin.marginals)


def _prices(asked: Asked, barred: Reals, gap: float) -> Reals:
    """A price of a place in each unit, so that units are full but not too full.

    One unit after another asks the least price at which those who want it fit in, the other prices as they are. That
    never lowers the bound; the rounds end when the bound hardly rises.
    """
    prices = np.zeros(barred.shape[1])
    bound = -np.inf
    for _ in range(_ROUNDS):
        for unit in range(barred.shape[1]):
            prices[unit] = _price(unit, prices, asked, barred)
        former, bound = bound, _bound(prices, asked, barred)
        if bound - former <= gap / 100 * abs(bound):
            break
    return prices


def _price(unit: int, prices: Reals, asked: Asked, barred: Reals) -> float:
    elsewhere = barred + np.outer(asked.weights, prices)
    elsewhere[:, unit] = np.inf
    # Without end for those who may go nowhere else, and below everything for those who may not come here.
    worth = (elsewhere.min(axis=1) - barred[:, unit]) / np.maximum(asked.weights, 1)
    keenest_first = np.argsort(-worth, kind="stable")
    inside = np.cumsum((asked.weights * asked.counts)[keenest_first])
    first_outside = int(np.searchsorted(inside, asked.capacities[unit], side="right"))
    if first_outside == len(inside):
        return 0.0
    price = float(worth[keenest_first[first_outside]])
    return max(0.0, price) if np.isfinite(price) else 0.0


def _bound(prices: Reals, asked: Asked, barred: Reals) -> float:
    """What no placement can cost less than, whatever the prices."""
    priced = barred + np.outer(asked.weights, prices)
    return float(priced.min(axis=1) @ asked.counts - prices @ asked.capacities)


def _around(prices: Reals, asked: Asked, barred: Reals, *, freed: int, gap: float) -> Placement | None:
    """Whole households near the prices' answer; None where these cannot be proven near enough to the least cost."""
    costs = asked.costs
    if costs.shape[1] < 2:
        return None
    priced = barred + np.outer(asked.weights, prices)
    nearest = np.partition(priced, 1, axis=1)
    free = np.zeros(len(costs), dtype=np.bool_)
    free[np.argsort(nearest[:, 1] - nearest[:, 0], kind="stable")[:freed]] = True
    households = np.zeros(costs.shape, dtype=np.int64)
    households[np.arange(len(costs)), priced.argmin(axis=1)] = np.where(free, 0, asked.counts)
    room = asked.capacities - asked.weights @ households
    if (room < 0).any():
        return None
    rest = _whole(Asked(costs[free], asked.weights[free], asked.counts[free], room, asked.allowed[free]), gap / 10)
    if rest.x is None:
        return None
    households[free] = np.rint(rest.x).astype(np.int64).reshape(-1, costs.shape[1])
    cost = float((households * costs).sum())
    proven = max(0.0, cost - _bound(prices, asked, barred)) / max(abs(cost), 1e-9)
    return Placement(households, cost, proven) if proven <= gap else None


def types_of(
    costs: Reals, weights: Codes, allowed: Flags | None = None
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Collapse households that cost the same everywhere, count as much and may go to the same units.

    Returns:
        The first household of each type, types sorted, and the type of each household.
    """
    rows = np.column_stack([costs, weights] if allowed is None else [costs, weights, allowed])
    table = pl.from_numpy(rows)
    order = table.select(pl.arg_sort_by(table.columns, maintain_order=True)).to_series().to_numpy().astype(np.intp)
    in_order = rows[order]
    starts = np.ones(len(rows), dtype=np.bool_)
    starts[1:] = (in_order[1:] != in_order[:-1]).any(axis=1)
    of_household = np.empty(len(rows), dtype=np.intp)
    of_household[order] = np.cumsum(starts) - 1
    return order[starts], of_household
