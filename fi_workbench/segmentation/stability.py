"""Whether a grouping would come out again: the model refitted on families drawn again with replacement.

Families are drawn as counts of patterns, so a refit costs no more on a million families than on their few thousand
distinct patterns, and every refit starts from the model itself.

Source:
    Hennig 2007 (doi 10.1016/j.csda.2006.11.025): the clusterwise Jaccard index and its bands; Hubert and Arabie 1985:
    the adjusted Rand index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.errors import SegmentationError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation import maximise
from fi_workbench.segmentation.maximise import Design, Parameters
from fi_workbench.segmentation.patterns import MISSING, Codes, Reals, collapse, columns_of, encode

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

BANDS = (
    (0.85, "highly stable"),
    (0.75, "stable"),
    (0.6, "a pattern, not a firm group"),
    (0.5, "not to be trusted"),
    (0.0, "dissolved"),
)
"""Hennig's bands for the mean Jaccard index, from the best down."""
_TOLERANCE_PER_FAMILY = 1e-8
_MOST_CYCLES = 500


@dataclass(frozen=True)
class Stability:
    """How a grouping fared when families were drawn again.

    Attributes:
        classes: GRAIN one row per class, in the model's order: `class`, `share`, `share_low` and `share_high` (2.5th
            and 97.5th percentile of the refits), `jaccard` (mean over refits, 0 to 1), `band` (in words).
        adjusted_rand: one value per refit, against the model's own grouping.
        n_refits: refits made.
        n_not_converged: refits that had not settled; they count all the same.
    """

    classes: pl.DataFrame
    adjusted_rand: Reals
    n_refits: int
    n_not_converged: int


def bootstrap_stability(
    model: LatentClassSegmenter,
    X: Any,  # noqa: N803
    *,
    n_refits: int = 200,
    random_state: int = 0,
    reporter: Reporter = SILENT,
) -> Stability:
    """Refit a model on families drawn again, and compare who is together.

    Args:
        model: fitted.
        X: the rows it was fitted on.
        n_refits: draws with replacement.
        random_state: seed; the same seed and rows give the same answer whatever their order.
        reporter: told of each refit.

    Raises:
        SegmentationError: no refit is asked for, or the rows are not the model's.
    """
    if n_refits < 1:
        raise SegmentationError("At least one refit is needed.", where="n_refits")
    columns = columns_of(X, list(model.feature_names_in_))
    sizes = [len(item.categories) for item in model.items_]
    patterns = collapse(encode(columns, model.items_), sizes)
    answered = (patterns.codes != MISSING).any(axis=1)
    patterns = replace(patterns, codes=patterns.codes[answered], counts=patterns.counts[answered])
    design = Design.of(patterns, sizes, prior_families=model.prior_families)
    begin = Parameters(model.shares_[None], np.concatenate(model.probabilities_, axis=1)[None])
    n = round(patterns.total)
    random = np.random.default_rng(random_state)
    with threadpool_limits(1, user_api="blas"):
        own = modal(begin, design)
        jaccards, rands, shares = [], [], []
        n_unsettled = 0
        reporter.start("Drawing families again", n_refits)
        for _ in range(n_refits):
            drawn = random.multinomial(n, patterns.counts / patterns.total).astype(np.float64)
            found, converged = _refit(begin, design, drawn, n)
            n_unsettled += not converged
            together = contingency(own, modal(found, design), patterns.counts, model.n_classes)
            jaccards.append(jaccard(together).max(axis=1))
            rands.append(adjusted_rand(together))
            shares.append(found.shares[0])
            reporter.advance()
        reporter.finish()
    low, high = np.percentile(np.array(shares), [2.5, 97.5], axis=0)
    mean = np.array(jaccards).mean(axis=0)
    classes = pl.DataFrame(
        {
            "class": np.arange(model.n_classes),
            "share": model.shares_,
            "share_low": low,
            "share_high": high,
            "jaccard": mean,
            "band": [band(float(value)) for value in mean],
        }
    )
    return Stability(classes, np.array(rands), n_refits, n_unsettled)


def _refit(begin: Parameters, design: Design, drawn: Reals, n: int) -> tuple[Parameters, bool]:
    kept = drawn > 0
    again = replace(design, ones=design.ones[kept], counts=drawn[kept])
    found, _, converged = maximise.run_to_convergence(
        begin, again, tolerance=_TOLERANCE_PER_FAMILY * n, max_cycles=_MOST_CYCLES
    )
    return found, bool(converged[0])


def modal(parameters: Parameters, design: Design) -> Codes:
    """The most probable class of each pattern, by the first of the parameters."""
    given, _ = maximise.posterior(maximise.log_joint(parameters, design.ones))
    return np.asarray(given[:, 0].argmax(axis=1))


def contingency(one: Codes, two: Codes, counts: Reals, n_classes: int) -> Reals:
    """Families by the class of one grouping and of another."""
    told = np.bincount(one * n_classes + two, weights=counts, minlength=n_classes**2)
    return np.asarray(told.reshape(n_classes, n_classes), dtype=np.float64)


def jaccard(together: Reals) -> Reals:
    """For each pair of classes, families in both as a share of those in either; 0 where both are empty."""
    either = together.sum(axis=1)[:, None] + together.sum(axis=0)[None, :] - together
    return np.asarray(np.divide(together, either, out=np.zeros_like(together), where=either > 0))


def adjusted_rand(together: Reals) -> float:
    """Agreement of two groupings beyond chance: 1 the same, about 0 by chance."""

    def pairs(counts: Reals) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    both, rows, columns = pairs(together), pairs(together.sum(axis=1)), pairs(together.sum(axis=0))
    total = together.sum()
    expected = rows * columns / max(total * (total - 1) / 2, 1.0)
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def band(value: float) -> str:
    """Hennig's words for a mean Jaccard index.

    Example:
        >>> band(0.8)
        'stable'
    """
    return next(words for least, words in BANDS if value >= least)
