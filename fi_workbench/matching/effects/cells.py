"""From scores to cells: in each segment, each arm beside usual support, with a variance that small cells can trust.

The variance is the larger of two: what the scores show, and what the noise of the outcome and the chances of the arms
make unavoidable. In small cells the first is itself chance, and too small as often as too large. Brothers and sisters,
and families of one worker, are taken together.

Source:
    Liang and Zeger, Biometrika 73 (1986), for clusters; Hahn, Econometrica 66 (1998), for the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from fi_workbench.matching.effects.encoding import Coded, Codes, Mask, Reals
from fi_workbench.matching.effects.scores import Scores

Sums = Callable[[Reals], Reals]


@dataclass(frozen=True)
class Cells:
    """Arms beside usual support: arrays of arm (usual support left out) by group of families.

    Attributes:
        n: families that the answer is about.
        n_arm: of these, who had the arm.
        n_usual: of these, who had usual support.
        expected: expected outcome if all had the arm.
        expected_variance: its variance.
        usual: expected outcome if all had usual support.
        usual_variance: its variance.
        difference: the arm less usual support.
        variance: of the difference.
        effective: the smaller effective sample size of the two arms.
        largest: the largest share of an arm's weight that one family carries.
        outside: share of the group's families that could hardly have had one of the two.
        answered: share of the group's families that the answer is about; below 1 where it was trimmed.
    """

    n: Reals
    n_arm: Reals
    n_usual: Reals
    expected: Reals
    expected_variance: Reals
    usual: Reals
    usual_variance: Reals
    difference: Reals
    variance: Reals
    effective: Reals
    largest: Reals
    outside: Reals
    answered: Reals


@dataclass(frozen=True)
class Grouping:
    """Families in groups, and how their clusters fall into these."""

    group: Codes
    n_groups: int
    clusters: tuple[tuple[Codes, Codes], ...]

    @classmethod
    def of(cls, group: Codes, n_groups: int, clusters: Sequence[Codes]) -> Grouping:
        """Lay out the clusters of each kind: the place of each family's cluster in its group, and that group."""
        made = []
        for codes in clusters:
            pairs, place = np.unique(codes * n_groups + group, return_inverse=True)
            made.append((place.astype(np.int64), (pairs % n_groups).astype(np.int64)))
        return cls(group, n_groups, tuple(made))

    def sum(self, values: Reals | Mask) -> Reals:
        """Sum by group."""
        return np.bincount(self.group, weights=values, minlength=self.n_groups).astype(np.float64)

    def square(self, values: Reals) -> Reals:
        """Sum of squares of values centred on 0, by group: the largest over families and kinds of cluster."""
        largest = self.sum(values * values)
        for place, group in self.clusters:
            totals = np.bincount(place, weights=values, minlength=len(group))
            squares = np.bincount(group, weights=totals * totals, minlength=self.n_groups)
            count = np.bincount(group, minlength=self.n_groups)
            largest = np.maximum(largest, squares * count / np.maximum(count - 1, 1))
        return np.asarray(largest)


def by_segment(coded: Coded) -> Grouping:
    """Families by segment."""
    return Grouping.of(coded.segment, len(coded.segments), coded.clusters)


def together(coded: Coded) -> Grouping:
    """All families as one group."""
    return Grouping.of(np.zeros(len(coded), dtype=np.int64), 1, coded.clusters)


def cells_of(coded: Coded, scores: Scores, grouping: Grouping, *, trim_above: float = 1.0) -> Cells:
    """Work out every cell.

    Args:
        coded: the families.
        scores: of these.
        grouping: `by_segment` or `together`.
        trim_above: where more of a group's families than this share could hardly have had one of the two arms, the
            answer is about the others only.
    """
    made = []
    for arm in range(1, len(coded.arms)):
        both = (scores.inside[:, arm] * scores.inside[:, 0]) > 0
        outside = 1 - _over(grouping.sum(both), grouping.sum(np.ones(len(coded))))
        keep = both | (outside <= trim_above)[grouping.group]
        made.append(_cell(coded, scores, grouping, arm, keep, outside))
    return Cells(*(np.array([getattr(each, field.name) for each in made]) for field in fields(Cells)))


def _over(above: Reals, below: Reals) -> Reals:
    return np.divide(above, below, out=np.full_like(above, np.nan, dtype=np.float64), where=below > 0)


def _centred(values: Reals, keep: Mask, grouping: Grouping, n: Reals) -> Reals:
    """Values less their mean in each group; 0 for those the answer is not about."""
    mean = _over(grouping.sum(keep * values), n)
    return np.where(keep, np.nan_to_num(values - mean[grouping.group]), 0.0)


def _cell(coded: Coded, scores: Scores, grouping: Grouping, arm: int, keep: Mask, outside: Reals) -> Cells:
    n = grouping.sum(keep)
    sides = [_side(coded, scores, grouping, each, keep, n) for each in (arm, 0)]
    ours, usual = sides
    difference = ours.mean - usual.mean
    apart = _centred(ours.honest - usual.honest, keep, grouping, n)
    fitted = keep * (scores.fitted[:, arm] - scores.fitted[:, 0])
    spread = grouping.sum(keep * (fitted - _over(grouping.sum(fitted), n)[grouping.group]) ** 2)
    bound = _over(ours.noise + usual.noise + spread, n * n)
    return Cells(
        n,
        ours.had,
        usual.had,
        ours.mean,
        ours.variance,
        usual.mean,
        usual.variance,
        difference,
        np.fmax(_over(grouping.square(apart), n * n), bound),
        np.fmin(ours.effective, usual.effective),
        np.fmax(ours.largest, usual.largest),
        outside,
        _over(n, grouping.sum(np.ones(len(coded)))),
    )


@dataclass(frozen=True)
class _Side:
    """One arm in every group."""

    score: Reals
    honest: Reals
    had: Reals
    mean: Reals
    variance: Reals
    noise: Reals
    effective: Reals
    largest: Reals


def _side(coded: Coded, scores: Scores, grouping: Grouping, arm: int, keep: Mask, n: Reals) -> _Side:
    weight = keep * scores.weight[:, arm]
    total = grouping.sum(weight)
    # Weights are scaled to mean 1 in the group, so that the group's own families set the level.
    weight = weight * _over(n, total)[grouping.group]
    score = scores.fitted[:, arm] + np.nan_to_num(weight) * scores.residual
    honest = scores.fitted[:, arm] + np.nan_to_num(weight) * scores.honest
    mean = np.where(total > 0, _over(grouping.sum(keep * score), n), np.nan)
    noise = grouping.sum(keep * scores.noise[:, arm] / scores.chance[:, arm])
    fitted = scores.fitted[:, arm]
    spread = grouping.sum(keep * (fitted - _over(grouping.sum(keep * fitted), n)[grouping.group]) ** 2)
    empirical = _over(grouping.square(_centred(honest, keep, grouping, n)), n * n)
    squares = grouping.sum(np.nan_to_num(weight) ** 2)
    largest = np.zeros(grouping.n_groups)
    np.maximum.at(largest, grouping.group, np.nan_to_num(weight))
    return _Side(
        score,
        honest,
        grouping.sum(keep & (coded.arm == arm)),
        mean,
        np.fmax(empirical, _over(noise + spread, n * n)),
        noise,
        _over(n * n, squares),
        _over(largest, n),
    )


def usual_of(coded: Coded, scores: Scores, grouping: Grouping) -> Cells:
    """Usual support itself in every group, as a cell that is compared with nothing."""
    keep = np.ones(len(coded), dtype=bool)
    n = grouping.sum(keep)
    side = _side(coded, scores, grouping, 0, keep, n)
    none = np.full(grouping.n_groups, np.nan)
    return Cells(
        n,
        side.had,
        side.had,
        side.mean,
        side.variance,
        side.mean,
        side.variance,
        none,
        none,
        side.effective,
        side.largest,
        1 - _over(grouping.sum(scores.inside[:, 0]), n),
        np.ones(grouping.n_groups),
    )
