"""How many classes: measures of fit beside each other, the pairs of needs that a model misses, and a bootstrap test.

No one figure decides. The test nearly always asks for more classes where families are many, so it is read with the
information criteria and with what each class would mean to a team.

Source:
    Schwarz 1978; Sclove 1987 (sample-size adjustment); McLachlan 1987 and Nylund, Asparouhov and Muthén 2007 (bootstrap
    likelihood ratio test); Vermunt and Magidson 2005 (bivariate residuals).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.errors import SegmentationError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation import maximise
from fi_workbench.segmentation.maximise import Design, Parameters
from fi_workbench.segmentation.patterns import MISSING, Patterns, Reals, collapse, columns_of, encode

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

_TOLERANCE_PER_ROW = 1e-9
_MOST_CYCLES = 1000


def sample_size_adjusted_bic(model: LatentClassSegmenter) -> float:
    """Sclove's criterion of a fit, gentler than BIC on many classes; lower is better."""
    n = (model.n_observations_ + 2) / 24
    return float(-2 * model.log_likelihood_ + model.n_parameters_ * np.log(n))


def mean_posteriors(model: LatentClassSegmenter, X: Any) -> Reals:  # noqa: N803
    """For each class, how sure the model is of those it puts there: their mean probability of it, 0 to 1.

    Below about 0.7 a class is too blurred to act on. NaN for a class that nobody is put in.
    """
    given = model.class_probabilities(X)
    told = given[~np.isnan(given[:, 0])]
    put = told.argmax(axis=1)
    counts = np.bincount(put, minlength=model.n_classes).astype(np.float64)
    sums = np.bincount(put, weights=told[np.arange(len(told)), put], minlength=model.n_classes)
    return np.asarray(np.divide(sums, counts, out=np.full(model.n_classes, np.nan), where=counts > 0))


def bivariate_residuals(model: LatentClassSegmenter, X: Any) -> pl.DataFrame:  # noqa: N803
    """Which pairs of indicators go together more, or less, than the classes explain.

    Args:
        model: fitted.
        X: the rows it was fitted on.

    Returns:
        GRAIN one row per pair of indicators, largest residual first: `one`, `other`, `n` (rows that answer both),
        `residual` (Pearson's chi-squared of the pair's table against the model's, divided by its degrees of freedom;
        above about 4 the pair is missed).
    """
    columns = columns_of(X, list(model.feature_names_in_))
    codes = encode(columns, model.items_)
    patterns = collapse(codes, [len(item.categories) for item in model.items_])
    rows = []
    for i, one in enumerate(model.items_):
        for j in range(i + 1, len(model.items_)):
            other = model.items_[j]
            seen = _pair(patterns, i, j, len(one.categories), len(other.categories))
            n = seen.sum()
            told = np.einsum("k,ka,kb->ab", model.shares_, model.probabilities_[i], model.probabilities_[j]) * n
            apart = np.divide((seen - told) ** 2, told, out=np.zeros_like(told), where=told > 0).sum()
            freedom = (len(one.categories) - 1) * (len(other.categories) - 1)
            rows.append({"one": one.name, "other": other.name, "n": round(n), "residual": float(apart / freedom)})
    schema = {"one": pl.String, "other": pl.String, "n": pl.Int64, "residual": pl.Float64}
    return pl.DataFrame(rows, schema=schema).sort("residual", "one", "other", descending=[True, False, False])


def _pair(patterns: Patterns, i: int, j: int, n_one: int, n_other: int) -> Reals:
    both = (patterns.codes[:, i] != MISSING) & (patterns.codes[:, j] != MISSING)
    place = patterns.codes[both, i] * n_other + patterns.codes[both, j]
    told = np.bincount(place, weights=patterns.counts[both], minlength=n_one * n_other)
    return np.asarray(told.reshape(n_one, n_other), dtype=np.float64)


def bootstrap_likelihood_ratio(
    fewer: LatentClassSegmenter,
    more: LatentClassSegmenter,
    X: Any,  # noqa: N803
    *,
    n_replicates: int = 99,
    n_starts: int = 4,
    random_state: int = 0,
    reporter: Reporter = SILENT,
) -> float:
    """Test whether one more class is needed: rows are drawn from the model with fewer, and both are fitted to them.

    Each row drawn lacks the answers that a row of the data lacks. The larger model is fitted from the larger model
    found and from `n_starts` random starts, since too few starts make the test too kind to fewer classes.

    Args:
        fewer: fitted with K classes.
        more: fitted with K + 1 classes on the same rows.
        X: those rows.
        n_replicates: draws; the smallest p that can come out is 1 / (n_replicates + 1).
        n_starts: random starts of the larger model for each draw.
        random_state: seed.
        reporter: told of each draw.

    Returns:
        p, in (0, 1]: the share of draws, the data counted among them, that gain as much as the data did.

    Raises:
        SegmentationError: the models are not of K and K + 1 classes of the same indicators.
    """
    if more.n_classes != fewer.n_classes + 1 or more.items_ != fewer.items_:
        raise SegmentationError(
            "The test compares a model with one of one class more, fitted on the same indicators.",
            how_many=f"{fewer.n_classes} and {more.n_classes} classes",
        )
    gained = 2 * (more.log_likelihood_ - fewer.log_likelihood_)
    sizes = [len(item.categories) for item in fewer.items_]
    patterns = collapse(encode(columns_of(X, list(fewer.feature_names_in_)), fewer.items_), sizes)
    patterns = Patterns(*_answered(patterns), patterns.of_row[:0])
    random = np.random.default_rng(random_state)
    as_much = 0
    reporter.start("Drawing families from the smaller model", n_replicates)
    with threadpool_limits(1, user_api="blas"):
        for _ in range(n_replicates):
            drawn = _drawn(fewer, patterns, sizes, random)
            design = Design.of(drawn, sizes, prior_families=more.prior_families)
            as_much += _gain(fewer, more, design, n_starts, random) >= gained
            reporter.advance()
    reporter.finish()
    return (as_much + 1) / (n_replicates + 1)


def _answered(patterns: Patterns) -> tuple[Any, Any]:
    told = (patterns.codes != MISSING).any(axis=1)
    return patterns.codes[told], patterns.counts[told]


def _drawn(model: LatentClassSegmenter, patterns: Patterns, sizes: list[int], random: np.random.Generator) -> Patterns:
    """As many rows as the data, from the model, with answers missing where the data's are."""
    missing = np.repeat(patterns.codes == MISSING, patterns.counts.astype(np.int64), axis=0)
    of_class = random.choice(model.n_classes, size=len(missing), p=model.shares_ / model.shares_.sum())
    codes = np.empty(missing.shape, dtype=np.int64)
    for column, table in enumerate(model.probabilities_):
        up_to = np.cumsum(table, axis=1)[of_class]
        codes[:, column] = np.minimum((random.random(len(missing))[:, None] > up_to).sum(axis=1), table.shape[1] - 1)
    codes[missing] = MISSING
    return collapse(codes, sizes)


def _gain(
    fewer: LatentClassSegmenter,
    more: LatentClassSegmenter,
    design: Design,
    n_starts: int,
    random: np.random.Generator,
) -> float:
    tolerance = _TOLERANCE_PER_ROW * design.counts.sum()
    small = Parameters(fewer.shares_[None], np.concatenate(fewer.probabilities_, axis=1)[None])
    large = Parameters(more.shares_[None], np.concatenate(more.probabilities_, axis=1)[None])
    any_start = maximise.random_parameters(design, more.n_classes, random.spawn(n_starts))
    starts = Parameters(
        np.concatenate([large.shares, any_start.shares]),
        np.concatenate([large.probabilities, any_start.probabilities]),
    )
    one, low, _ = maximise.run_to_convergence(small, design, tolerance=tolerance, max_cycles=_MOST_CYCLES)
    several, high, _ = maximise.run_to_convergence(starts, design, tolerance=tolerance, max_cycles=_MOST_CYCLES)
    best = int(high.argmax())
    # The gain is one of likelihoods, as that of the data is, also where a prior decided which start is best.
    of_high = high[best] - maximise.log_priors(several, design)[best]
    return float(2 * (of_high - (low[0] - maximise.log_priors(one, design)[0])))
