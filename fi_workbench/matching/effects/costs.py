"""What an outcome gained costs, with its interval; nothing where the gain may be none.

A ratio has no finite interval when its lower part may be 0. Fieller's theorem says exactly when that is so, and then
no figure is given: "between very cheap and infinitely dear" helps nobody choose.

Source:
    Fieller, JRSS B 16 (1954), pages 175-185.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects.pooling import Z95


@dataclass(frozen=True)
class CostPerOutcome:
    """Pounds per outcome gained (avoided, where it is one to avoid).

    Attributes:
        cost: extra pounds per family of the arm.
        per_outcome: pounds per outcome gained; below 0 the arm saves money too; none where nothing can be said.
        low: lower end of the 95 % interval.
        high: upper end.
        reason: why there is none; empty where there is.
    """

    cost: float
    per_outcome: float | None
    low: float | None
    high: float | None
    reason: str


def cost_per_outcome(
    *,
    cost: float | None,
    usual_cost: float | None,
    difference: float,
    spread: float,
    cost_spread: float = 0.0,
    direction: str = "fewer",
) -> CostPerOutcome:
    """Work out what one more good outcome costs.

    Args:
        cost: pounds per family of the arm; none where nobody knows.
        usual_cost: pounds per family of usual support.
        difference: in the outcome, arm less usual support.
        spread: standard error of the difference; above 0.
        cost_spread: standard error of the difference in cost; 0 where unit costs are fixed.
        direction: `fewer` where the outcome is to be avoided, `more` where it is wanted.

    Raises:
        MatchingError: a standard error below 0, or of 0 for the difference.

    Example:
        >>> made = cost_per_outcome(cost=2000, usual_cost=500, difference=-0.10, spread=0.02)
        >>> round(made.per_outcome), round(made.low), round(made.high)
        (15000, 10776, 24669)
    """
    if not spread > 0 or cost_spread < 0:
        raise MatchingError("A cost per outcome needs standard errors that are not below 0.", where="costs")
    if cost is None or usual_cost is None:
        return CostPerOutcome(math.nan, None, None, None, "unit costs are not known")
    extra = cost - usual_cost
    gained = -difference if direction == "fewer" else difference
    bend = gained**2 - (Z95 * spread) ** 2
    if bend <= 0:
        return CostPerOutcome(extra, None, None, None, "the difference may be none")
    if gained < 0:
        return CostPerOutcome(extra, None, None, None, "outcomes are worse with the arm")
    centre = extra * gained / bend
    half = math.sqrt(max((extra * gained) ** 2 - bend * (extra**2 - (Z95 * cost_spread) ** 2), 0.0)) / bend
    return CostPerOutcome(extra, extra / gained, centre - half, centre + half, "")


def costs(
    cells: pl.DataFrame, unit_costs: Mapping[str, float | None], *, usual_support: str, direction: str = "fewer"
) -> pl.DataFrame:
    """Set out the cost per outcome gained of each arm over all families.

    Args:
        cells: as `Effects.cells`.
        unit_costs: pounds per family by arm; an arm that is not there has no known cost.
        usual_support: name of arm 0.
        direction: `fewer` or `more`.

    Returns:
        One row per arm that may speak over all families: `arm`, and the fields of `CostPerOutcome`.
    """
    shown = cells.filter(pl.col("whole") & (pl.col("state") == "shown"))
    rows = [
        {"arm": row["arm"]}
        | asdict(
            cost_per_outcome(
                cost=unit_costs.get(row["arm"]),
                usual_cost=unit_costs.get(usual_support),
                difference=row["difference"],
                spread=math.sqrt(row["variance"]),
                direction=direction,
            )
        )
        for row in shown.iter_rows(named=True)
    ]
    names = ("cost", "per_outcome", "low", "high")
    schema = {"arm": pl.String} | dict.fromkeys(names, pl.Float64) | {"reason": pl.String}
    return pl.DataFrame(rows, schema=schema).with_columns(pl.col("cost").fill_nan(None))
