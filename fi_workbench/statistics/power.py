"""How many families it would take to see a difference between two shares.

Source:
    Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (3rd edition), chapter 4, without
    continuity correction.
"""

from __future__ import annotations

import math

from scipy.special import ndtri

from fi_workbench.errors import WorkbenchError


def families_needed(first: float, second: float, *, power: float = 0.8, level: float = 0.95) -> int:
    """Give how many families each of two equal groups needs for the difference between their shares to be seen.

    Args:
        first: share of the first group, 0 to 1.
        second: share of the second group, another one.
        power: how often the difference should be seen.
        level: of the two-sided interval that has to leave 0 out.

    Raises:
        WorkbenchError: a share outside 0 to 1, or two shares that are the same.

    Example:
        >>> families_needed(0.50, 0.25)
        58
    """
    if not (0 <= first <= 1 and 0 <= second <= 1) or first == second:
        raise WorkbenchError("Two different shares between 0 and 1 are needed.", where="statistics.power")
    middle = (first + second) / 2
    chance = float(ndtri(0.5 + level / 2)) * math.sqrt(2 * middle * (1 - middle))
    chance += float(ndtri(power)) * math.sqrt(first * (1 - first) + second * (1 - second))
    return math.ceil((chance / (first - second)) ** 2)
