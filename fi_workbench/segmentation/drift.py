"""Whether families that come now are still those that the grouping was made for.

Limits grow narrower with the number of families, so that a small week is not an alarm: fixed cut-offs, such as those
used for the population stability index, cry wolf in most weeks of a team with twenty new families. Segments are
compared by a likelihood ratio test with chance drawn by simulation where counts are small; rates by exact binomial
limits; how likely newcomers are under the grouping by what the grouping itself would draw.

Source:
    Agresti 2013, chapter 1 (the multinomial likelihood ratio statistic); Montgomery 2013 (charts of shares).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import scipy  # its parts open on first use

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation import maximise
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.maximise import Design, Parameters
from fi_workbench.segmentation.patterns import MISSING, Patterns, Reals, collapse

ALARM_BELOW = 0.01
"""Chance of an alarm at one look when nothing has changed."""
LEAST_FAMILIES = 10
"""Fewer families than this say nothing about a change."""
_LEAST_EXPECTED = 5
_DRAWS = 2000

Verdict = Literal["as expected", "changed", "too few to tell"]


@dataclass(frozen=True)
class Drift:
    """One look at one measure.

    Attributes:
        measure: `segments`, `likelihood` or `unclassifiable`.
        n_families: families looked at.
        value: the statistic: G, mean log-likelihood of a family, or share.
        expected: its value when nothing has changed.
        p: chance of a value as far from that, when nothing has changed; None below `LEAST_FAMILIES`.
        verdict: `changed` where p is below the alarm level.
    """

    measure: str
    n_families: int
    value: float
    expected: float
    p: float | None
    verdict: Verdict


def segments_drift(counts: Reals, shares: Reals, *, random_state: int = 0) -> Drift:
    """Compare the segments of newcomers with the shares they should have.

    Args:
        counts: newcomers by segment.
        shares: share of each segment among newcomers when nothing has changed; each above 0.
        random_state: seed of the draws used where fewer than five families are expected in a segment.

    Raises:
        SegmentationError: lists of different length, or a share that is not above 0.
    """
    counts, shares = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if counts.shape != shares.shape or (shares <= 0).any():
        raise SegmentationError(
            "Each segment needs a count and an expected share above 0.",
            how_many=f"{counts.size} counts, {shares.size} shares",
        )
    shares = shares / shares.sum()
    n = round(float(counts.sum()))
    value = float(_likelihood_ratio(counts[None], shares)[0])
    freedom = len(shares) - 1
    if n < LEAST_FAMILIES:
        return Drift("segments", n, value, float(freedom), None, "too few to tell")
    if (n * shares).min() >= _LEAST_EXPECTED:
        p = float(scipy.stats.chi2.sf(value, freedom))
    else:
        drawn = np.random.default_rng(random_state).multinomial(n, shares, size=_DRAWS).astype(np.float64)
        p = (1 + int((_likelihood_ratio(drawn, shares) >= value - 1e-9).sum())) / (_DRAWS + 1)
    return Drift("segments", n, value, float(freedom), p, _verdict(p))


def likelihood_drift(grouping: Grouping, patterns: Patterns, *, random_state: int = 0) -> Drift:
    """Compare how likely newcomers are under the grouping with families that it would draw itself.

    Each family drawn has the answers known that a newcomer has, so that missing records are no drift. The check is
    one-sided: only families less likely than expected mean that the grouping has grown old.

    Args:
        grouping: the approved grouping.
        patterns: of newcomers, with the grouping's items; those without any answer are left out.
        random_state: seed.
    """
    known = (patterns.codes != MISSING).any(axis=1)
    codes, counts = patterns.codes[known], patterns.counts[known]
    n = round(float(counts.sum()))
    if n < LEAST_FAMILIES:
        return Drift("likelihood", n, float("nan"), float("nan"), None, "too few to tell")
    value = float(counts @ _log_likelihoods(grouping, Patterns(codes, counts, counts[:0].astype(np.int64))) / n)
    rows = np.repeat(codes == MISSING, counts.astype(np.int64), axis=0)
    means = _drawn_means(grouping, rows, np.random.default_rng(random_state))
    p = (1 + int((means <= value + 1e-12).sum())) / (len(means) + 1)
    return Drift("likelihood", n, value, float(means.mean()), p, _verdict(p))


def unclassifiable_drift(n_unclassifiable: int, n_families: int, expected_share: float) -> Drift:
    """Compare the share of families that fit nowhere, or are not known well enough, with what it was.

    Args:
        n_unclassifiable: newcomers without a clear segment.
        n_families: newcomers.
        expected_share: that share when the grouping was approved, 0 to 1.

    Raises:
        SegmentationError: more unclassifiable families than families, or a share outside 0 to 1.
    """
    if not 0 <= n_unclassifiable <= n_families or not 0 <= expected_share <= 1:
        raise SegmentationError(
            "A share needs a count no larger than its total, and an expected share from 0 to 1.",
            how_many=f"{n_unclassifiable} of {n_families} families",
        )
    share = n_unclassifiable / n_families if n_families else 0.0
    if n_families < LEAST_FAMILIES:
        return Drift("unclassifiable", n_families, share, expected_share, None, "too few to tell")
    p = float(scipy.stats.binomtest(n_unclassifiable, n_families, expected_share).pvalue)
    return Drift("unclassifiable", n_families, share, expected_share, p, _verdict(p))


def as_table(looks: list[Drift]) -> pl.DataFrame:
    """Looks beside each other. GRAIN: one row per measure, with the fields of `Drift`."""
    schema = {
        "measure": pl.String,
        "n_families": pl.Int64,
        "value": pl.Float64,
        "expected": pl.Float64,
        "p": pl.Float64,
        "verdict": pl.String,
    }
    return pl.DataFrame([vars(look) for look in looks], schema=schema)


def _verdict(p: float) -> Verdict:
    return "changed" if p < ALARM_BELOW else "as expected"


def _likelihood_ratio(counts: Reals, shares: Reals) -> Reals:
    told = counts * np.log(np.maximum(counts, 1e-300) / (counts.sum(axis=1, keepdims=True) * shares))
    return np.asarray(2 * np.where(counts > 0, told, 0.0).sum(axis=1))


def _log_likelihoods(grouping: Grouping, patterns: Patterns) -> Reals:
    shares = np.array([segment.share for segment in grouping.segments], dtype=np.float64)
    parameters = Parameters((shares / shares.sum())[None], np.concatenate(grouping.tables, axis=1)[None])
    design = Design.of(patterns, [len(item.categories) for item in grouping.items])
    _, logs = maximise.posterior(maximise.log_joint(parameters, design.ones))
    return np.asarray(logs[:, 0])


def _drawn_means(grouping: Grouping, missing: np.ndarray, random: np.random.Generator, n_draws: int = 500) -> Reals:
    """Mean log-likelihood of as many families as came, drawn again and again from the grouping."""
    shares = np.array([segment.share for segment in grouping.segments], dtype=np.float64)
    everyone = np.tile(missing, (n_draws, 1))
    of_segment = random.choice(len(shares), size=len(everyone), p=shares / shares.sum())
    codes = np.empty(everyone.shape, dtype=np.int64)
    for column, table in enumerate(grouping.tables):
        up_to = np.cumsum(table, axis=1)[of_segment]
        codes[:, column] = np.minimum((random.random(len(everyone))[:, None] > up_to).sum(axis=1), table.shape[1] - 1)
    codes[everyone] = MISSING
    patterns = collapse(codes, [len(item.categories) for item in grouping.items])
    return np.asarray(_log_likelihoods(grouping, patterns)[patterns.of_row].reshape(n_draws, -1).mean(axis=1))
