"""How often this very lay-out would have flagged something had no arm done anything: simulated in every run.

The families, their arms, chances and clusters stay as they are; outcomes are drawn anew from what is expected under
usual support for all. Scores are linear in the outcome, so a simulated run is a product of matrices: hundreds cost
seconds. Where the upper limit of the share of runs with a flag is above a tenth, all flags of the run are muted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from fi_workbench.matching.effects.analysis import Analysis
from fi_workbench.matching.effects.cells import Grouping
from fi_workbench.matching.effects.encoding import Mask, Reals
from fi_workbench.matching.effects.judging import with_whole
from fi_workbench.matching.effects.pooling import pool
from fi_workbench.matching.effects.sensitivity import e_values
from fi_workbench.matching.effects.speaking import passes_discovery, speak
from fi_workbench.progress import Reporter
from fi_workbench.statistics.intervals import Interval, wilson

N_RUNS = 400
MOST_FLAGGED = 0.10
_AT_ONCE = 20_000_000
"""Families times runs held at a time."""


@dataclass(frozen=True)
class Certificate:
    """What the run's own null says.

    Attributes:
        n_runs: simulated runs.
        n_flagged: of these, with at least one cell called evidence.
        share: with its 95 % interval.
        covered: share of shown cells whose pooled interval held 0, the truth.
        muted: the upper limit is above a tenth: nothing may be called evidence.
    """

    n_runs: int
    n_flagged: int
    share: Interval
    covered: float
    muted: bool

    def sentence(self) -> str:
        """The certificate in words."""
        told = (
            f"Had no arm made any difference, data laid out like these would have flagged something in "
            f"{self.share.estimate:.1%} of analyses ({self.n_flagged} of {self.n_runs}; up to {self.share.high:.1%})."
        )
        return told + (" That is too often, so nothing is called evidence." if self.muted else "")


def certify(
    analysis: Analysis,
    *,
    shown: Mask,
    holds: Mask,
    largest_observed: Reals,
    prior_spread: float,
    random: np.random.Generator,
    reporter: Reporter,
    n_runs: int = N_RUNS,
) -> Certificate:
    """Simulate runs in which no arm does anything.

    Args:
        analysis: of the cohort.
        shown: which cells may speak, arm (usual support left out) by segment and then all families.
        holds: where overlap and models allow a flag.
        largest_observed: by arm, the largest E-value of an observed block.
        prior_spread: as `pooling.pool`.
        random: where chance comes from.
        reporter: told how far it is.
        n_runs: at least 1.
    """
    step = max(1, min(n_runs, _AT_ONCE // max(len(analysis.coded), 1)))
    flagged, covered = [], []
    layout = _Layout.of(analysis)
    reporter.start("what would be flagged by chance", n_runs)
    for begin in range(0, n_runs, step):
        runs = min(step, n_runs - begin)
        difference, variance, usual = layout.draw(analysis, random, runs)
        pooled = with_whole(
            pool(difference[..., :-1], variance[..., :-1], prior_spread=prior_spread),
            difference[..., -1:],
            variance[..., -1:],
        )
        _, limit = e_values(usual, pooled.mean, pooled.spread)
        clear = (pooled.low > 0) | (pooled.high < 0)
        stands = holds & clear & passes_discovery(difference, variance, shown) & (limit > largest_observed[:, None])
        words = speak(below=pooled.below, shown=np.broadcast_to(shown, difference.shape), holds=stands)
        flagged.append(np.char.startswith(words, "evidence").any(axis=(-1, -2)))
        covered.append(((pooled.low <= 0) & (pooled.high >= 0))[:, shown].mean() if shown.any() else 1.0)
        reporter.advance(runs)
    reporter.finish()
    n_flagged = int(np.concatenate(flagged).sum())
    share = wilson(n_flagged, n_runs)
    return Certificate(n_runs, n_flagged, share, float(np.mean(covered)), share.high > MOST_FLAGGED)


@dataclass(frozen=True)
class _Layout:
    """What stays the same in every run.

    Attributes:
        sums: for each arm, a matrix that adds what the residuals make of the difference, by cluster and segment.
        group: for each arm, the segment of each row of `sums`.
        bound: the part of the variance that the outcome cannot change, arm by segment.
        level: expected outcome under usual support, one per family, and its mean by segment.
    """

    sums: tuple[tuple[tuple[csr_array, np.ndarray], ...], ...]
    bound: Reals
    n: Reals
    mean: Reals
    n_segments: int

    @classmethod
    def of(cls, analysis: Analysis) -> _Layout:
        coded, scores, grouping = analysis.coded, analysis.scores, analysis.grouping
        n = grouping.sum(np.ones(len(coded)))
        kinds = _kinds(grouping, len(coded))
        made, bounds = [], []
        usual, noise = _weight(analysis, 0, n), scores.noise[:, 0]
        for arm in range(1, len(coded.arms)):
            pull = _weight(analysis, arm, n) - usual
            at = np.flatnonzero(pull)
            made.append(tuple(_matrix(place, group, at, pull) for place, group in kinds))
            # Under the null every arm has the noise of usual support.
            inverse = 1 / scores.chance[:, arm] + 1 / scores.chance[:, 0]
            bounds.append(grouping.sum(noise * inverse) / n**2)
        mean = grouping.sum(scores.fitted[:, 0]) / n
        return cls(tuple(made), np.array(bounds), n, mean, grouping.n_groups)

    def draw(self, analysis: Analysis, random: np.random.Generator, n_runs: int) -> tuple[Reals, Reals, Reals]:
        """Differences and variances, run by arm by segment and then all families, and usual support's outcome."""
        coded, scores = analysis.coded, analysis.scores
        expected = scores.fitted[:, 0]
        if coded.is_binary:
            drawn = random.random((len(coded), n_runs), dtype=np.float32) < expected[:, None]
            residual = (drawn - expected[:, None]).astype(np.float32)
        else:
            picks = random.integers(0, len(coded), (len(coded), n_runs))
            residual = (scores.residual - scores.residual.mean())[picks].astype(np.float32)
        difference = np.empty((n_runs, len(self.sums), self.n_segments))
        variance = np.empty_like(difference)
        for arm, kinds in enumerate(self.sums):
            for number, (matrix, group) in enumerate(kinds):
                totals = matrix @ residual
                member = csr_array(
                    (np.ones(len(group)), (group, np.arange(len(group)))), shape=(self.n_segments, len(group))
                )
                if number == 0:
                    difference[:, arm] = (member @ totals).T / self.n
                count = np.bincount(group, minlength=self.n_segments)
                squares = (member @ totals**2).T / self.n**2 * (count / np.maximum(count - 1, 1) if number else 1.0)
                variance[:, arm] = squares if number == 0 else np.maximum(variance[:, arm], squares)
            variance[:, arm] = np.maximum(variance[:, arm], self.bound[arm])
        share = self.n / self.n.sum()
        whole, spread = (difference @ share)[..., None], (variance @ share**2)[..., None]
        usual = np.append(self.mean, self.mean @ share)
        made = np.concatenate([difference, whole], axis=-1), np.concatenate([variance, spread], axis=-1)
        return *made, np.broadcast_to(usual, made[0].shape)


def _kinds(grouping: Grouping, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Families alone, then each kind of cluster: the place of each family, and the segment of each place."""
    return [(np.arange(n), grouping.group), *grouping.clusters]


def _weight(analysis: Analysis, arm: int, n: Reals) -> Reals:
    grouping = analysis.grouping
    weight = analysis.scores.weight[:, arm]
    total = grouping.sum(weight)
    return np.asarray(weight * np.divide(n, total, out=np.zeros_like(total), where=total > 0)[grouping.group])


def _matrix(place: np.ndarray, group: np.ndarray, at: np.ndarray, pull: Reals) -> tuple[csr_array, np.ndarray]:
    """Rows are the clusters that hold somebody who counts; columns all families."""
    rows, new = np.unique(place[at], return_inverse=True)
    values = pull[at].astype(np.float32)
    return csr_array((values, (new, at)), shape=(len(rows), len(pull))), group[rows]
