"""From a cohort to what may be said of each arm in each segment, with everything that it rests on beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects.analysis import Analysis, analyse
from fi_workbench.matching.effects.balance import balance
from fi_workbench.matching.effects.certificate import N_RUNS, Certificate, certify
from fi_workbench.matching.effects.controls import Control, failed_arms, negative_control
from fi_workbench.matching.effects.encoding import Blocks, blocks_of
from fi_workbench.matching.effects.judging import judge
from fi_workbench.matching.effects.overlap import overlap, who_lacks_overlap
from fi_workbench.matching.effects.pooling import PRIOR_SPREAD, Published
from fi_workbench.matching.effects.scores import floors
from fi_workbench.matching.effects.sensitivity import observed_covariates, placebo_arms
from fi_workbench.matching.effects.tables import cell_table, expected_table, published_table
from fi_workbench.progress import SILENT, Reporter

_OTHER_SPREAD = 0.3
"""Of an outcome that is no share, the prior on heterogeneity in standard deviations of the outcome."""


@dataclass(frozen=True)
class Effects:
    """What may be said, and what it rests on. No frame holds a family's row.

    Attributes:
        cells: one row per arm (usual support left out) and segment, and one per arm over all families (`whole`).
        expected: one row per arm and segment, and per arm over all: expected outcome with its 95 % interval.
        overlap: one row per arm and group, as `overlap.overlap`.
        lacks_overlap: one row per arm: who could hardly have had it.
        balance: one row per arm and covariate, before and after weighting.
        published: one row per arm with published evidence: local, published, combined, conflict.
        observed: one row per arm and block of covariates: what leaving it out does.
        negative_control: one row per arm, as `controls.negative_control`; empty where none was named.
        placebo: one row per arm.
        certificate: how often this lay-out flags something by chance.
        method: how models were fitted.
        notes: what was left out or is thin.
    """

    cells: pl.DataFrame
    expected: pl.DataFrame
    overlap: pl.DataFrame
    lacks_overlap: pl.DataFrame
    balance: pl.DataFrame
    published: pl.DataFrame
    observed: pl.DataFrame
    negative_control: pl.DataFrame
    placebo: pl.DataFrame
    certificate: Certificate
    method: str
    notes: tuple[str, ...]


def estimate(
    cohort: pl.DataFrame,
    *,
    arms: Sequence[str],
    covariates: Blocks | Sequence[str],
    horizon_days: float | None = None,
    published: Mapping[str, Published] | None = None,
    negative_control_outcome: str | None = None,
    control_without: Sequence[str] = (),
    control_acted_on_by: Sequence[str] = (),
    random_state: int = 0,
    reporter: Reporter = SILENT,
) -> Effects:
    """Estimate what each arm does beside usual support, in each segment and over all families.

    Args:
        cohort: one row per family and decision: `arm`, `segment`, `household`, `worker` (may be missing or null),
            `outcome` (0, 1 or null) or, with a horizon, `days` and `event`, and the covariates (null where not known).
        arms: names of the arms, usual support first.
        covariates: what to adjust for, by named block or as names.
        horizon_days: days from time zero within which the outcome counts, for `days` and `event`.
        published: published evidence by arm.
        negative_control_outcome: a column that no arm can have changed; null where it is not known.
        control_without: covariates that the negative control is compared without.
        control_acted_on_by: arms that may lower it, which fail by having more of it alone.
        random_state: the same gives the same answers.
        reporter: told how far it is.

    Raises:
        MatchingError: the cohort cannot be estimated from.
    """
    analysis = analyse(
        cohort,
        arms=arms,
        covariates=covariates,
        horizon_days=horizon_days,
        random_state=random_state,
        reporter=reporter,
    )
    control = _control(cohort, analysis, negative_control_outcome)
    if control is not None:
        control = replace(control, without=tuple(control_without), acted_on_by=tuple(control_acted_on_by))
    return effects_of(
        analysis,
        blocks=blocks_of(covariates),
        published=published or {},
        control=control,
        random_state=random_state,
        reporter=reporter,
    )


def effects_of(
    analysis: Analysis,
    *,
    blocks: Mapping[str, Sequence[str]],
    published: Mapping[str, Published],
    control: Control | None = None,
    random_state: int = 0,
    reporter: Reporter = SILENT,
    n_certificate: int = N_RUNS,
) -> Effects:
    """Say what an analysis may say.

    Args:
        analysis: of the cohort.
        blocks: covariates by named block.
        published: evidence by arm.
        control: negative-control outcome; none where None.
        random_state: the same gives the same answers.
        reporter: told how far it is.
        n_certificate: runs of the certificate.
    """
    coded, random = analysis.coded, np.random.default_rng([random_state, 1])
    _known_arms(coded.arms, published)
    alike = balance(coded, analysis.scores)
    observed, largest = observed_covariates(analysis, blocks, reporter)
    spread = prior_spread(analysis)
    # Its own stream of chance: whether a control is named must not change what else is dealt out.
    controlled = negative_control(coded, control, np.random.default_rng([random_state, 2]))
    failed = failed_arms(controlled, coded.arms)
    judged = judge(analysis, largest_observed=largest, spread=spread, failed=failed)
    with threadpool_limits(1):
        certificate = certify(
            analysis,
            shown=judged.shown,
            holds=judged.sound,
            largest_observed=largest,
            prior_spread=spread,
            random=random,
            reporter=reporter,
            n_runs=n_certificate,
        )
        placebo = placebo_arms(analysis, random, reporter)
    beside = published_table(analysis, published)
    return Effects(
        cells=cell_table(analysis, judged, beside, published, spread=spread, muted=certificate.muted),
        expected=expected_table(analysis),
        overlap=overlap(coded, analysis.scores, analysis.propensity, floors(coded.arm_shares)),
        lacks_overlap=who_lacks_overlap(coded, analysis.scores, random),
        balance=alike,
        published=beside,
        observed=observed,
        negative_control=controlled,
        placebo=placebo,
        certificate=certificate,
        method=analysis.method,
        notes=coded.notes,
    )


def prior_spread(analysis: Analysis) -> float:
    """Scale of the prior on how much segments differ, in the unit of the outcome."""
    return PRIOR_SPREAD if analysis.coded.is_share else _OTHER_SPREAD * float(analysis.coded.outcome.std())


def _known_arms(arms: Sequence[str], published: Mapping[str, Published]) -> None:
    unknown = sorted(set(published) - set(arms[1:]))
    if unknown:
        raise MatchingError(
            "Published evidence names arms that were not asked for.",
            where=f"published: {', '.join(unknown)}",
            next_step=f"Valid: {', '.join(arms[1:])}.",
        )


def _control(cohort: pl.DataFrame, analysis: Analysis, column: str | None) -> Control | None:
    if column is None:
        return None
    if column not in cohort.columns:
        raise MatchingError("The cohort lacks its negative-control outcome.", where=f"cohort, {column}")
    kept = cohort[analysis.coded.rows][column]
    return Control(np.asarray(kept.cast(pl.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64))
