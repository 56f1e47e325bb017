"""When it may speak: how many cells of segment and intervention can say anything after so many years of records.

An outcome followed for a year is known a year late, so the newest year of decisions never counts. How many families
a cell will have is a count by chance; what is told is how many cells to expect, never which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import poisson

from fi_workbench.errors import MatchingError
from fi_workbench.matching.cards import USUAL_SUPPORT
from fi_workbench.matching.effects.speaking import LEAST_SAYING, LEAST_SHOWN

_PUBLISHED = "published evidence alone"
_POOLED = "published evidence and the figure pooled over segments"
_CELLS = "published evidence, the pooled figure, and single segments where they may speak"

SPEAKING = {
    "years": pl.Int64,
    "n_decisions": pl.Int64,
    "n_followed": pl.Int64,
    "cells": pl.Int64,
    "cells_shown": pl.Float64,
    "cells_that_may_speak": pl.Float64,
    "arms_that_may_speak": pl.Float64,
    "smallest_difference_arm": pl.Float64,
    "smallest_difference_cell": pl.Float64,
    "until_then": pl.String,
}


def when_it_may_speak(
    *,
    decisions_a_year: float,
    arm_shares: Mapping[str, float],
    segment_shares: Mapping[str, float],
    outcome_share: float,
    years: Sequence[int] = (1, 2, 3),
    horizon_days: int = 365,
) -> pl.DataFrame:
    """Say how many cells to expect to speak after so many years of records.

    Args:
        decisions_a_year: families that come to the question's decision in a year.
        arm_shares: the share of them that is offered each arm, usual support among them; the sum is 1.
        segment_shares: the share of them in each segment; the sum is 1. Offers are taken to be alike in each.
        outcome_share: how many have the outcome under usual support.
        years: years of records.
        horizon_days: how long the outcome is followed.

    Returns:
        GRAIN one row per number of years: decisions and those followed to the end; expected cells shown (10 per
        arm) and able to speak (20 per arm), and interventions able to speak over all segments; the smallest
        difference in shares that the typical intervention and the typical cell would find in four of five cases
        (null below 20 per arm); and what is shown until then.

    Raises:
        MatchingError: shares that do not add up to 1, or no usual support.
    """
    for name, shares in (("arm_shares", arm_shares), ("segment_shares", segment_shares)):
        if abs(sum(shares.values()) - 1.0) > 1e-6 or min(shares.values(), default=0.0) < 0.0:
            raise MatchingError("Shares are positive and add up to 1.", where=name)
    if not arm_shares.get(USUAL_SUPPORT):
        raise MatchingError("Usual support is an arm too.", where="arm_shares")
    offered = {arm: share for arm, share in arm_shares.items() if arm != USUAL_SUPPORT and share > 0}
    rows = []
    for year in years:
        n = decisions_a_year * year
        followed = decisions_a_year * max(0.0, year - horizon_days / 365)
        usual = arm_shares[USUAL_SUPPORT]
        cells = [(followed * a * s, followed * usual * s) for a in offered.values() for s in segment_shares.values()]
        whole = [(followed * a, followed * usual) for a in offered.values()]
        speaks = sum(_chance(cell, LEAST_SAYING) for cell in cells)
        arms = sum(_chance(each, LEAST_SAYING) for each in whole)
        rows.append(
            (
                year,
                round(n),
                round(followed),
                len(cells),
                round(sum(_chance(cell, LEAST_SHOWN) for cell in cells), 1),
                round(speaks, 1),
                round(arms, 1),
                _typical(whole, outcome_share),
                _typical(cells, outcome_share),
                _CELLS if speaks >= 1 else _POOLED if arms >= 1 else _PUBLISHED,
            )
        )
    return pl.DataFrame(rows, schema=SPEAKING, orient="row")


def _chance(cell: tuple[float, float], least: int) -> float:
    """The chance that both sides of a comparison have so many families."""
    return float(poisson.sf(least - 1, cell[0]) * poisson.sf(least - 1, cell[1]))


def _typical(cells: Sequence[tuple[float, float]], share: float) -> float | None:
    """The smallest difference found in four of five cases at 95 %, of the middle comparison that may speak.

    Null as well where not even an end to the outcome would be found so often.
    """
    said = sorted((pair for pair in cells if min(pair) >= LEAST_SAYING), key=min)
    if not said:
        return None
    n_offered, n_usual = said[len(said) // 2]
    found = brentq(lambda d: d - _needed(d, share, n_offered, n_usual), 0.0, 1.0)
    return round(float(found), 3) if found <= share else None


def _needed(difference: float, share: float, n_offered: float, n_usual: float) -> float:
    """The difference that the errors of shares so far apart let one find in four of five cases."""
    lower = max(0.0, share - difference)
    variance = share * (1 - share) / n_usual + lower * (1 - lower) / n_offered
    return float((ndtri(0.975) + ndtri(0.8)) * variance**0.5)
