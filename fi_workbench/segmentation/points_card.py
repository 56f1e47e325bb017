"""The grouping on a card: whole points for each need and segment, which a person can add up without a computer.

A latent class model adds one number per answer and segment, so a card of rounded numbers is the model itself, less
the rounding. How often the card agrees with the model is printed on it.

Source:
    Ustun and Rudin 2019 on integer scores; here the model is given and only its rounding is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.patterns import MISSING, Codes, Patterns, Reals

MOST_POINTS = 10
_SCALES_TRIED = 60


@dataclass(frozen=True)
class PointsCard:
    """Whole points by segment.

    Attributes:
        points: GRAIN one row per indicator and answer, and one for the start (`indicator` "start", `answer` empty):
            `indicator`, `answer`, then one column per segment code. An answer that is not known gives no points.
        fidelity: share of families, 0 to 1, whom the card puts where the model puts them.
        n_families: on how many it was tried.
    """

    points: pl.DataFrame
    fidelity: float
    n_families: int


def points_card(grouping: Grouping, patterns: Patterns, *, most_points: int = MOST_POINTS) -> PointsCard:
    """Round a grouping to whole points, at the scale that keeps most families where the model puts them.

    Ties on the card go to the larger segment, as a person would be told to do.

    Args:
        grouping: candidate or approved.
        patterns: of the families on which the card is tried, with the grouping's items.
        most_points: no number on the card is larger, either way.

    Raises:
        SegmentationError: there is no family to try it on, or no point to give.
    """
    if most_points < 1 or patterns.total <= 0:
        raise SegmentationError(
            "A points card needs at least one point and one family.",
            how_many=f"{most_points} points, {patterns.total:,.0f} families",
        )
    shares = np.array([segment.share for segment in grouping.segments])
    # Beside the average segment, so that a need which says nothing about the segment gets no points anywhere.
    start = np.log(np.maximum(shares / shares.sum(), 1e-12))
    weights = [np.log(table) - np.log(table).mean(axis=0) for table in grouping.tables]
    start = start - start.mean()
    truth = grouping.posterior(patterns).argmax(axis=1)
    largest = max(float(np.abs(each).max()) for each in (start, *weights))
    best = (-1.0, 0.0)
    for scale in np.linspace(most_points / largest / 4, most_points / largest * 2, _SCALES_TRIED):
        told = _placed(_rounded(start, scale, most_points), _all(weights, scale, most_points), patterns.codes)
        best = max(best, (float(patterns.counts @ (told == truth) / patterns.total), -float(scale)))
    fidelity, scale = best[0], -best[1]
    rows: list[dict[str, object]] = [_row("start", "", _rounded(start, scale, most_points), grouping)]
    for item, points in zip(grouping.items, _all(weights, scale, most_points), strict=True):
        rows += [
            _row(item.name, str(answer), points[:, place], grouping) for place, answer in enumerate(item.categories)
        ]
    return PointsCard(pl.DataFrame(rows), round(fidelity, 4), round(patterns.total))


def _row(indicator: str, answer: str, points: Reals, grouping: Grouping) -> dict[str, object]:
    told = {segment.code: int(point) for segment, point in zip(grouping.segments, points, strict=True)}
    return {"indicator": indicator, "answer": answer, **told}


def _rounded(values: Reals, scale: float, most: int) -> Reals:
    return np.asarray(np.clip(np.round(values * scale), -most, most))


def _all(weights: list[Reals], scale: float, most: int) -> list[Reals]:
    return [_rounded(each, scale, most) for each in weights]


def _placed(start: Reals, weights: list[Reals], codes: Codes) -> Codes:
    """The segment with most points; the first, which is the largest, where points are equal."""
    total = np.tile(start, (len(codes), 1))
    for column, points in enumerate(weights):
        known = codes[:, column] != MISSING
        total[known] += points.T[codes[known, column]]
    return np.asarray(total.argmax(axis=1))
