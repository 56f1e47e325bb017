"""What could be wrong with an answer that looks right: confounders nobody recorded, arms that never were.

E-values say how strong an unmeasured confounder would need to be; how far an answer moves when a block of what is
known is left out gives that number a meaning. Placebo arms are the true ones dealt out again among families who were
about as likely to have them. Outcomes that no arm can have changed are in `controls`.

Source:
    VanderWeele and Ding (2017); D'Agostino McGowan and Greevy, arXiv 2011.07030.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.matching.effects.analysis import Analysis
from fi_workbench.matching.effects.cells import Cells, cells_of, together
from fi_workbench.matching.effects.encoding import Coded, Reals
from fi_workbench.matching.effects.nuisances import fit_linear
from fi_workbench.matching.effects.pooling import Z95
from fi_workbench.matching.effects.scores import scores_of
from fi_workbench.progress import Reporter, track
from fi_workbench.statistics.confounding import e_value, e_value_at_limit

LEAST_RISK = 0.005
"""A risk below it makes no ratio that could be believed."""
N_PLACEBOS = 200
N_STRATA = 5
_PLACEBO_LEVEL = 1.959963984540054


@dataclass(frozen=True)
class Ratios:
    """Risk ratios of an arm beside usual support, with 95 % limits."""

    estimate: Reals
    low: Reals
    high: Reals


def ratios(usual: Reals, difference: Reals, spread: Reals) -> Ratios:
    """Risk ratios from usual support's expected outcome and a difference from it.

    Args:
        usual: expected outcome of usual support, a share.
        difference: of the arm.
        spread: its standard error.
    """
    base = np.maximum(usual, LEAST_RISK)
    made = [np.maximum((base + difference + z * spread), LEAST_RISK) / base for z in (0.0, -Z95, Z95)]
    return Ratios(*(np.where(np.isfinite(difference), each, np.nan) for each in made))


def e_values(usual: Reals, difference: Reals, spread: Reals) -> tuple[Reals, Reals]:
    """E-values of the estimate and of the limit nearer to no difference."""
    ratio = ratios(usual, difference, spread)
    return e_value(ratio.estimate), e_value_at_limit(ratio.estimate, ratio.low, ratio.high)


def _whole(coded: Coded, analysis: Analysis) -> Cells:
    """The arms over all families, by linear models: what is compared here is linear with linear."""
    with threadpool_limits(1):
        return cells_of(coded, scores_of(coded, fit_linear(coded, coded, analysis.penalties)), together(coded))


def observed_covariates(
    analysis: Analysis, blocks: Mapping[str, Sequence[str]], reporter: Reporter
) -> tuple[pl.DataFrame, Reals]:
    """Leave out each block of covariates in turn: how strong would a confounder be that moves the answer as far?

    Args:
        analysis: of the cohort.
        blocks: covariates by named block.
        reporter: told how far it is.

    Returns:
        One row per arm and block: `arm`, `block`, `difference` with all, `without` the block, and `e_value` of the
        move of the limit nearer to no difference; and the largest E-value of each arm (1 without blocks).
    """
    coded = analysis.coded
    arms = coded.arms[1:]
    full = _whole(coded, analysis)
    edge = _nearer_limit(full)
    rows = []
    largest = np.ones(len(arms))
    for block, columns in track(list(blocks.items()), "what each block of covariates does", reporter):
        less = _whole(coded.without(columns), analysis)
        moved = e_value(np.nan_to_num(edge / _limit_like(full, less), nan=1.0))
        if not coded.is_share:
            # Risks alone have ratios.
            moved = np.full(len(arms), np.nan)
        largest = np.fmax(largest, moved)
        rows += [
            (arm, block, float(full.difference[at, 0]), float(less.difference[at, 0]), float(moved[at]))
            for at, arm in enumerate(arms)
        ]
    names = ("difference", "without", "e_value")
    schema = {"arm": pl.String, "block": pl.String} | dict.fromkeys(names, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(names).fill_nan(None)), largest


def _limits(cells: Cells) -> Ratios:
    return ratios(cells.usual[:, 0], cells.difference[:, 0], np.sqrt(cells.variance[:, 0]))


def _nearer_limit(cells: Cells) -> Reals:
    ratio = _limits(cells)
    return np.where(ratio.estimate < 1, ratio.high, ratio.low)


def _limit_like(full: Cells, less: Cells) -> Reals:
    """The limit on the side that matters with all covariates, so that the same thing is compared."""
    ratio = _limits(less)
    return np.where(_limits(full).estimate < 1, ratio.high, ratio.low)


def placebo_arms(
    analysis: Analysis, random: np.random.Generator, reporter: Reporter, *, n_placebos: int = N_PLACEBOS
) -> pl.DataFrame:
    """Deal the arms out again within strata of their chances, and see what seems to help.

    Returns:
        One row per arm: `arm`, `share_beyond` (placebos whose 95 % interval leaves 0 out: about 5 % if all is well),
        `spread` (of the placebos' differences), `standard_error` (that the real one was given: about the same), and
        `chance_as_far` (placebos that lie as far from 0 as the real difference).
    """
    coded, scores = analysis.coded, analysis.scores
    n_arms = len(coded.arms)
    # What a family would be expected to have whatever it got: under a placebo that is all there is.
    common = (scores.chance * scores.fitted).sum(axis=1) / scores.chance.sum(axis=1)
    residual = coded.outcome - common
    strata = _strata(coded, scores.chance)
    order = np.argsort(strata, kind="stable")
    arm = coded.arm[order]
    places, residuals = np.empty((n_placebos, n_arms - 1)), np.empty((n_placebos, n_arms - 1))
    chance, ordered, keys = scores.chance[order], residual[order], strata[order]
    for run in track(range(n_placebos), "placebo arms", reporter):
        dealt = arm[np.lexsort((random.random(len(arm)), keys))]
        weighted = 1 / chance[np.arange(len(arm)), dealt]
        totals = np.bincount(dealt, weights=weighted, minlength=n_arms)
        means = np.bincount(dealt, weights=weighted * ordered, minlength=n_arms) / np.maximum(totals, 1e-12)
        away = weighted * (ordered - means[dealt])
        variances = np.bincount(dealt, weights=away**2, minlength=n_arms) / np.maximum(totals, 1e-12) ** 2
        places[run] = means[1:] - means[0]
        residuals[run] = np.sqrt(variances[1:] + variances[0])
    real, spread = analysis.whole.difference[:, 0], np.sqrt(analysis.whole.variance[:, 0])
    z = places / np.maximum(residuals, 1e-12)
    return pl.DataFrame(
        {
            "arm": coded.arms[1:],
            "share_beyond": (np.abs(z) > _PLACEBO_LEVEL).mean(axis=0),
            "spread": places.std(axis=0),
            "standard_error": spread,
            "chance_as_far": (np.abs(places) >= np.abs(real)).mean(axis=0),
        }
    ).with_columns(pl.col("standard_error").fill_nan(None))


def _strata(coded: Coded, chance: Reals) -> np.ndarray:
    """Fifths of the chance of usual support, and within them fifths of that of the arm most had after it."""
    shares = coded.arm_shares.copy()
    shares[0] = -1
    first, second = chance[:, 0], chance[:, int(shares.argmax())]
    outer = np.searchsorted(np.quantile(first, np.arange(1, N_STRATA) / N_STRATA), first)
    strata = np.zeros(len(coded), dtype=np.int64)
    for each in range(N_STRATA):
        own = outer == each
        if own.any():
            cuts = np.quantile(second[own], np.arange(1, N_STRATA) / N_STRATA)
            strata[own] = each * N_STRATA + np.searchsorted(cuts, second[own])
    return strata
