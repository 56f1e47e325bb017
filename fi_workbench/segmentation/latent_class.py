"""A latent class model of categorical indicators, as a scikit-learn estimator.

Families with the same class answer alike: within a class, indicators are taken as independent. The model is fitted
by maximum likelihood on collapsed response patterns, from many seeded starts, with missing answers left out of a
family's likelihood. It says how often the best solution was found, because one that was found once may not be the
best there is.

With `prior_families` it is fitted by posterior mode instead: each class begins with so many families who answer as
all do. Few families of whom little is recorded leave the likelihood flat, and its top far from the truth.

Source:
    Lazarsfeld and Henry 1968; Goodman 1974; the reporting set of Weller, Bowen and Faubert 2020; Galindo Garre and
    Vermunt 2006 (doi 10.2333/bhmk.33.43) on posterior modes; Fraley and Raftery 2007 (doi 10.1007/s00357-007-0004-5)
    on the information criterion at them.
"""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation import maximise
from fi_workbench.segmentation.maximise import Design, Parameters
from fi_workbench.segmentation.patterns import (
    MISSING,
    Item,
    Patterns,
    Reals,
    collapse,
    columns_of,
    encode,
    items_of,
    weights_of,
)

SAME_SOLUTION = 1e-3
"""Log-likelihoods nearer than this (plus a hundred-millionth of their size) are the same solution."""
SET_ASIDE = -1
"""The label of a row without any answer."""


class NotFittedYetError(SegmentationError, NotFittedError):
    """The model has no parameters yet."""


class DuplicatedIndicatorWarning(UserWarning):
    """Two indicators are answered alike by everybody."""


class LatentClassSegmenter(BaseEstimator):  # type: ignore[no-untyped-call]
    """Group rows of categorical answers into latent classes.

    Args:
        n_classes: number of classes.
        n_starts: random starts; the better half is run to convergence.
        random_state: seed; the same seed and rows give the same model, bit for bit, in whatever order the rows come.
        tolerance: a start has converged when two cycles in a row gain less log-likelihood than this.
        max_cycles: cycles of three steps after which a start is given up as not converged.
        prior_families: families added to each class, who answer as all families do; 0 is maximum likelihood.

    Attributes:
        items_: names and categories of the indicators.
        shares_: share of each class, largest first.
        probabilities_: for each item, class by category.
        log_likelihood_: of the best start, without the prior.
        start_log_likelihoods_: of every start, best first; those not continued have that of their short run. With a
            prior, the prior is in them, for it decides which start is best.
        hit_rate_: share of the continued starts that found the best solution.
        replicated_: whether at least two found it. One that was found once is not final.
        n_observations_: weight of the rows that the model was fitted on.
        n_set_aside_: weight of the rows without any answer.
        n_patterns_: distinct rows.
        n_parameters_: free parameters.
        converged_: whether the best start converged.

    Example:
        >>> import polars as pl
        >>> answers = pl.DataFrame({"a": [0, 0, 1, 1] * 9, "b": [0, 0, 1, 1] * 9, "c": [0, 1, 1, 1] * 9})
        >>> model = LatentClassSegmenter(n_classes=2, n_starts=4).fit(answers)
        >>> [round(float(share), 2) for share in model.shares_]
        [0.5, 0.5]
    """

    def __init__(
        self,
        n_classes: int = 4,
        n_starts: int = 20,
        random_state: int = 0,
        tolerance: float = 1e-8,
        max_cycles: int = 5000,
        prior_families: float = 0.0,
    ) -> None:
        self.n_classes = n_classes
        self.n_starts = n_starts
        self.random_state = random_state
        self.tolerance = tolerance
        self.max_cycles = max_cycles
        self.prior_families = prior_families

    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:  # noqa: ARG002, N803
        """Fit the model. Duplicated indicators are fitted, with a `DuplicatedIndicatorWarning` that names them.

        Args:
            X: a polars frame or an array; one row per family, one column per indicator, null or NaN where missing.
            y: ignored.
            sample_weight: how many families each row stands for.

        Raises:
            SegmentationError: no rows with an answer, indicators with one category, duplicated names, or more
                classes than the patterns can tell apart.
        """
        self._check_parameters()
        columns = columns_of(X)
        if len(columns[0]) == 1:
            raise SegmentationError("One family (n_samples = 1) cannot be grouped.", next_step="Bring more families.")
        self.items_ = items_of(columns)
        self._check_items()
        weights = weights_of(sample_weight, len(columns[0]))
        patterns = collapse(encode(columns, self.items_), self._sizes, weights)
        if not patterns.total:
            raise SegmentationError("All weights are zero, so there is nobody to group.", where="sample_weight")
        answered = (patterns.codes != MISSING).any(axis=1) & (patterns.counts > 0)
        self.n_set_aside_ = float(patterns.counts[~answered].sum())
        patterns = Patterns(patterns.codes[answered], patterns.counts[answered], patterns.of_row[:0])
        self._say_duplicates(patterns)
        self.n_patterns_ = len(patterns.codes)
        self.n_observations_ = patterns.total
        if self.n_classes > self.n_patterns_:
            raise SegmentationError(
                "There are more classes than distinct rows with an answer.",
                where="n_classes",
                how_many=f"{self.n_classes} classes, {self.n_patterns_} distinct rows",
                next_step="Ask for fewer classes, or bring more families or indicators.",
            )
        self.n_features_in_ = len(columns)
        self.feature_names_in_ = np.array([column.name for column in columns], dtype=object)
        with threadpool_limits(1, user_api="blas"):  # the matrices are small, and one thread adds in one order
            self._fit_patterns(Design.of(patterns, self._sizes, prior_families=self.prior_families))
        return self

    @property
    def _sizes(self) -> list[int]:
        return [len(item.categories) for item in self.items_]

    def _check_parameters(self) -> None:
        for name in ("n_classes", "n_starts", "max_cycles"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < 1:
                raise SegmentationError(f"{name} must be a whole number of at least 1.", where=name)
        if not 0 <= self.prior_families < np.inf:
            raise SegmentationError("prior_families must be a number of at least 0.", where="prior_families")

    def _check_items(self) -> None:
        names = [item.name for item in self.items_]
        if len(names) != len(set(names)):
            raise SegmentationError("Two indicators have the same name.", where="indicators")
        constant = [item.name for item in self.items_ if len(item.categories) < 2]
        if constant:
            raise SegmentationError(
                "Some indicators have the same answer everywhere, so they cannot tell families apart.",
                where=", ".join(constant),
                how_many=f"{len(constant)} of {len(names)} indicators",
                next_step="Leave them out.",
            )

    def _say_duplicates(self, patterns: Patterns) -> None:
        """Warn of indicators answered as an earlier one is by everybody: they count the same thing twice."""
        first: dict[bytes, str] = {}
        twins = []
        for place, item in enumerate(self.items_):
            one = first.setdefault(patterns.codes[:, place].tobytes(), item.name)
            if one != item.name:
                twins.append(f"{item.name} as {one}")
        if twins:
            warnings.warn(
                f"Some indicators are answered as another is by every family, so they count the same thing twice: "
                f"{', '.join(twins)}. Leave them out.",
                DuplicatedIndicatorWarning,
                stacklevel=3,
            )

    def _fit_patterns(self, design: Design) -> None:
        seeds = np.random.SeedSequence(self.random_state).spawn(self.n_starts)
        generators = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        drawn = maximise.random_parameters(design, self.n_classes, generators)
        started, logs = maximise.short_runs(drawn, design)
        order = np.argsort(-logs, kind="stable")
        n_continued = min(self.n_starts, max(2, -(-self.n_starts // 2)))
        best = order[:n_continued]
        finished, final, converged = maximise.run_to_convergence(
            started.of(best), design, tolerance=self.tolerance, max_cycles=self.max_cycles
        )
        top = int(np.argmax(final))
        same = final >= final[top] - (SAME_SOLUTION + 1e-8 * abs(final[top]))
        self.start_log_likelihoods_ = np.concatenate([-np.sort(-final), logs[order[n_continued:]]])
        self.log_likelihood_ = float(final[top] - maximise.log_priors(finished, design)[top])
        self.hit_rate_ = float(same.mean())
        self.replicated_ = bool(same.sum() >= 2 or self.n_classes == 1)
        self.converged_ = bool(converged[top])
        self.n_parameters_ = self.n_classes - 1 + self.n_classes * (len(design.item_of) - len(self.items_))
        self._keep(finished.shares[top], finished.probabilities[top])

    def _keep(self, shares: Reals, probabilities: Reals) -> None:
        order = np.lexsort([*probabilities.T[::-1], -shares])
        self.shares_ = shares[order]
        ends = np.cumsum(self._sizes)[:-1]
        self.probabilities_ = tuple(np.split(probabilities[order], ends, axis=1))

    def _parameters(self) -> Parameters:
        if not hasattr(self, "shares_"):
            raise NotFittedYetError("The model has not been fitted yet.", next_step="Call fit first.")
        return Parameters(self.shares_[None], np.concatenate(self.probabilities_, axis=1)[None])

    def __sklearn_tags__(self) -> Tags:
        """What scikit-learn may expect: categories, text too, and missing answers."""
        tags: Tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call]
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        return tags

    def _posteriors(self, X: Any) -> tuple[Patterns, Reals, Reals]:  # noqa: N803
        parameters = self._parameters()
        columns = columns_of(X, list(self.feature_names_in_))
        patterns = collapse(encode(columns, self.items_), self._sizes)
        design = Design.of(patterns, self._sizes)
        given, logs = maximise.posterior(maximise.log_joint(parameters, design.ones))
        empty = (patterns.codes == MISSING).all(axis=1)
        return patterns, np.where(empty[:, None], np.nan, given[:, 0]), np.where(empty, np.nan, logs[:, 0])

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probability of each class for each row.

        Returns:
            For a polars frame, a frame with the columns `class_0`, `class_1` and so on, null for a row without any
            answer; for anything else, an array, NaN for such a row.

        Raises:
            SegmentationError: codes that the model has not seen, or other indicators than its own.
        """
        given = self.class_probabilities(X)
        if not isinstance(X, pl.DataFrame):
            return given
        return pl.from_numpy(given, schema=[f"class_{i}" for i in range(self.n_classes)]).fill_nan(None)

    def class_probabilities(self, X: Any) -> Reals:  # noqa: N803
        """As `predict_proba`, always as an array."""
        patterns, given, _ = self._posteriors(X)
        return np.asarray(given[patterns.of_row])

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The most probable class of each row.

        Returns:
            For a polars frame, a series, null for a row without any answer; for anything else, an array, -1 for it.
        """
        patterns, given, _ = self._posteriors(X)
        labels = np.where(np.isnan(given[:, 0]), SET_ASIDE, np.nan_to_num(given).argmax(axis=1))[patterns.of_row]
        if not isinstance(X, pl.DataFrame):
            return np.asarray(labels)
        found = pl.Series("class", labels, dtype=pl.Int64)
        return found.set(found == SET_ASIDE, None)

    def score_samples(self, X: Any) -> Any:  # noqa: N803
        """The log-likelihood of each row: a series for a polars frame, null (in an array NaN) without any answer."""
        logs = self._logs(X)
        return pl.Series("log_likelihood", logs).fill_nan(None) if isinstance(X, pl.DataFrame) else logs

    def _logs(self, X: Any) -> Reals:  # noqa: N803
        patterns, _, logs = self._posteriors(X)
        return np.asarray(logs[patterns.of_row])

    def score(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> float:  # noqa: ARG002, N803
        """The mean log-likelihood of a row with an answer."""
        logs = self._logs(X)
        weights = np.ones(len(logs)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        told = ~np.isnan(logs)
        return float(np.average(logs[told], weights=weights[told]))

    def bic(self) -> float:
        """Bayesian information criterion of the fit, with weights counted; lower is better."""
        self._parameters()
        return float(-2 * self.log_likelihood_ + self.n_parameters_ * np.log(self.n_observations_))

    def aic(self) -> float:
        """Akaike's information criterion of the fit; lower is better."""
        self._parameters()
        return float(-2 * self.log_likelihood_ + 2 * self.n_parameters_)

    def relative_entropy(self, X: Any, sample_weight: npt.ArrayLike | None = None) -> float:  # noqa: N803
        """How clearly rows belong to one class: 1 wholly, 0 not at all; rows without an answer are left out."""
        if self.n_classes == 1:
            return 1.0
        given = self.class_probabilities(X)
        told = ~np.isnan(given[:, 0])
        weights = np.ones(len(given)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        terms = given[told] * np.log(np.maximum(given[told], maximise.TINY))
        return float(1 + np.average(terms.sum(axis=1), weights=weights[told]) / np.log(self.n_classes))

    def to_dict(self) -> dict[str, Any]:
        """The fitted model as plain values, from which `from_dict` makes it again."""
        self._parameters()
        return {
            "parameters": {name: getattr(self, name) for name in _PARAMETERS},
            "items": [
                {"name": item.name, "categories": list(item.categories), "probabilities": table.tolist()}
                for item, table in zip(self.items_, self.probabilities_, strict=True)
            ],
            "shares": self.shares_.tolist(),
            "fit": {name: getattr(self, name) for name in _FIT} | {"starts": self.start_log_likelihoods_.tolist()},
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Make a fitted model again from `to_dict`."""
        model = cls(**data["parameters"])
        model.items_ = tuple(Item(item["name"], tuple(item["categories"])) for item in data["items"])
        model.shares_ = np.array(data["shares"], dtype=np.float64)
        model.probabilities_ = tuple(np.array(item["probabilities"], dtype=np.float64) for item in data["items"])
        for name in _FIT:
            setattr(model, name, data["fit"][name])
        model.start_log_likelihoods_ = np.array(data["fit"]["starts"], dtype=np.float64)
        model.n_features_in_ = len(model.items_)
        model.feature_names_in_ = np.array([item.name for item in model.items_], dtype=object)
        return model


_PARAMETERS = ("n_classes", "n_starts", "random_state", "tolerance", "max_cycles", "prior_families")
_FIT = (
    "log_likelihood_",
    "hit_rate_",
    "replicated_",
    "converged_",
    "n_observations_",
    "n_set_aside_",
    "n_patterns_",
    "n_parameters_",
)
