"""A grouping of families as a person can read it: segments, answer probabilities, and how well it was found.

The same content is what is fitted, written, reviewed, approved and scored with, so that what was approved is what
is used. Probabilities are kept to four places, and none is nearer to certainty than one in a thousand when families
are scored: no single record decides where a family belongs.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fi_workbench.segmentation import maximise
from fi_workbench.segmentation.indicators import INDICATORS
from fi_workbench.segmentation.maximise import Design, Parameters
from fi_workbench.segmentation.patterns import Item, Patterns, Reals

FLOOR = 0.001
PLACES = 4

Probability = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of a model file: frozen and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Segment(Part):
    """One segment: its code for tables, the name suggested from its needs, and its share of families."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: str
    share: Probability


class Fit(Part):
    """How well one number of classes fits.

    Attributes:
        sample_size_adjusted_bic: gentler than BIC on many classes; lower is better.
        least_mean_posterior: of the classes, how sure the model is of those it puts in the vaguest one.
        n_pairs_missed: pairs of indicators that go together more, or less, than the classes explain.
        worst_residual: the bivariate residual of the pair that is explained least.
    """

    n_classes: int
    log_likelihood: float
    n_parameters: int
    bic: float
    aic: float
    relative_entropy: float
    smallest_share: Probability
    hit_rate: Probability
    replicated: bool
    sample_size_adjusted_bic: float | None = None
    least_mean_posterior: Probability | None = None
    n_pairs_missed: int | None = None
    worst_residual: float | None = None


class Holds(Part):
    """How a segment fared when families were drawn again: its mean Jaccard index and what that says in words."""

    code: str
    jaccard: Probability
    band: str


class MissedPair(Part):
    """Two indicators that go together more, or less, than the segments explain."""

    one: str
    other: str
    residual: float


class Carried(Part):
    """A segment that carries on one of the grouping in use before, and how far its answers differ (0 to 1)."""

    code: str
    former_code: str | None
    distance: Probability | None


class Families(Part):
    """Which families the grouping was fitted on.

    Attributes:
        fitted: known well, with two needs present.
        set_aside: of whose needs nothing is known; they are not grouped.
        patterns: distinct rows of answers of those fitted.
        placed_only: known less, or with fewer needs: grouped all the same. None in files older than the rule, which
            were fitted on everyone of whom anything was known.
    """

    fitted: int
    set_aside: int
    patterns: int
    placed_only: int | None = None


class Newcomers(Part):
    """Families that came in the weeks before the fit, as the grouping saw them then: what later ones compare with.

    Attributes:
        weeks: how many weeks before the fit.
        families: who came.
        by_segment: those of whom anything was known, by nearest segment, in the order of the segments.
        unclear: of these, those whose probability was below `unclear_below`.
        no_segment: of these, those who fitted no segment.
        fit_mean: mean of their standardised log-likelihood.
        fit_deviation: its standard deviation.
    """

    weeks: int
    families: int
    by_segment: tuple[int, ...]
    unclear: int
    unclear_below: Probability
    no_segment: int
    fit_mean: float
    fit_deviation: float

    @property
    def grouped(self) -> int:
        """Those of whom anything was known."""
        return sum(self.by_segment)


class Grouping(Part):
    """A fitted grouping, candidate or approved.

    Attributes:
        version: names it.
        made_on: the day it was fitted.
        fitted_as_of: the day up to which the need profiles spoke; None when they did not say.
        note: anything a reader must know first.
        families: numbers of families.
        n_starts: random starts of each fit.
        prior_families: families added to each segment in the fit, who answer as all do; 0 in files older than it.
        random_state: seed of the fits.
        indicator_list: the hash of the code's list of indicators when it was fitted.
        left_out: indicators that could not be used, each with the reason.
        fits: by number of classes, for comparison.
        segments: largest first.
        probabilities: indicator, answer, then one probability per segment; of "absent" and "present" only the
            latter is written.
        stability: one per segment, in their order; none in files older than the measure.
        missed_pairs: the pairs that the segments explain least, worst first.
        carried_from: the approved grouping whose codes it carries on; empty when there was none.
        carried: one per segment, in their order; none when there was no former grouping.
        changes: what cannot carry on, in sentences: segments that merged, split, went or are new.
        newcomers: of the weeks before the fit; None in files older than the measure.
    """

    version: str
    made_on: date
    fitted_as_of: date | None
    note: str
    families: Families
    n_starts: int
    prior_families: Annotated[float, Field(ge=0)] = 0.0
    random_state: int
    indicator_list: str
    left_out: dict[str, str]
    fits: tuple[Fit, ...]
    segments: tuple[Segment, ...] = Field(min_length=1)
    probabilities: dict[str, dict[str, tuple[Probability, ...]]]
    stability: tuple[Holds, ...] = ()
    missed_pairs: tuple[MissedPair, ...] = ()
    carried_from: str = ""
    carried: tuple[Carried, ...] = ()
    changes: tuple[str, ...] = ()
    newcomers: Newcomers | None = None

    @model_validator(mode="after")
    def _probabilities_are_complete(self) -> Grouping:
        known = {item.name: item for item in INDICATORS}
        for name, table in self.probabilities.items():
            answers = known[name].categories if name in known else tuple(table)
            wanted = {"present"} if set(answers) == {"absent", "present"} else set(answers)
            if set(table) - set(answers) or (wanted == {"present"} and set(table) != wanted):
                message = f"the answers of {name} are not those of the indicator"
                raise ValueError(message)
            if any(len(row) != len(self.segments) for row in table.values()):
                message = f"{name} does not have one probability per segment"
                raise ValueError(message)
        return self

    @property
    def fit(self) -> Fit:
        """The fit with as many classes as there are segments."""
        return next(fit for fit in self.fits if fit.n_classes == len(self.segments))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The indicators used, with the answers that were seen."""
        return tuple(
            Item(name, ("absent", "present") if set(table) == {"present"} else tuple(table))
            for name, table in self.probabilities.items()
        )

    @cached_property
    def tables(self) -> tuple[Reals, ...]:
        """For each indicator, segment by answer, kept away from certainty."""
        return tuple(_away_from_certainty(self._table(item)) for item in self.items)

    def _table(self, item: Item) -> Reals:
        rows = self.probabilities[item.name]
        if set(rows) == {"present"}:
            present = np.array(rows["present"], dtype=np.float64)
            return np.column_stack([1 - present, present])
        return np.column_stack([np.array(rows[str(answer)], dtype=np.float64) for answer in item.categories])

    def posterior(self, patterns: Patterns) -> Reals:
        """The probability of each segment for each pattern of answers."""
        shares = np.array([segment.share for segment in self.segments], dtype=np.float64)
        parameters = Parameters((shares / shares.sum())[None], np.concatenate(self.tables, axis=1)[None])
        design = Design.of(patterns, [len(item.categories) for item in self.items])
        given, _ = maximise.posterior(maximise.log_joint(parameters, design.ones))
        return np.asarray(given[:, 0])

    def name_of(self, code: str, confirmed: dict[str, str]) -> str:
        """A segment's name for people: the one that a person confirmed, else the one suggested."""
        suggested = {segment.code: segment.name for segment in self.segments}
        return confirmed.get(code, suggested.get(code, code))


def _away_from_certainty(table: Reals) -> Reals:
    kept = np.clip(table, FLOOR, 1.0)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))
