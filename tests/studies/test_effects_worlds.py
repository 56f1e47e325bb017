"""Cohorts whose truth is known, many times over: error, coverage, wrong flags, nulls and competing risks.

Run with `pytest -m study tests/studies/test_effects_worlds.py -s`; the figures of the last run are in
test_effects_worlds.md beside this file.
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
import pytest

from fi_workbench.matching.effects import analyse, estimate, policy_value
from fi_workbench.matching.effects.pooling import Z95
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, Simulated, simulated_cohort


def tell(*what: object) -> None:
    """Say a figure to whoever runs the study."""
    sys.stdout.write(" ".join(str(each) for each in what) + "\n")


def told(made: Simulated, **more: object) -> tuple[pl.DataFrame, float]:
    """Cells of segments with their truth, and what the certificate says."""
    effects = estimate(made.cohort, arms=ARMS, covariates=BLOCKS, **more)
    cells = effects.cells.filter(~pl.col("whole"))
    return cells.with_columns(truth=pl.Series(made.effects.ravel())), effects.certificate.share.estimate


def figures(cells: pl.DataFrame) -> dict[str, float]:
    """Figures of all runs together; `cells` has a `run`."""
    known = cells.filter(pl.col("pooled").is_not_null())
    inside = (pl.col("pooled_low") <= pl.col("truth")) & (pl.col("truth") <= pl.col("pooled_high"))
    flagged = pl.col("word").str.starts_with("evidence")
    wrong = flagged & ((pl.col("truth") == 0) | (pl.col("truth").sign() != pl.col("pooled").sign()))
    runs = cells["run"].n_unique()
    per_run = cells.group_by("run").agg(any=flagged.any(), any_wrong=wrong.any())
    summed = known.select(
        cells=pl.len() / runs,
        coverage=inside.mean(),
        covers_real=inside.filter(pl.col("truth") != 0).mean().fill_null(float("nan")),
        error=((pl.col("pooled") - pl.col("truth")) ** 2).mean().sqrt(),
        own_error=((pl.col("difference") - pl.col("truth")) ** 2).mean().sqrt(),
        shown=(pl.col("state") == "shown").sum() / runs,
        flagged=flagged.sum() / runs,
        wrong=wrong.sum() / runs,
    )
    return summed.row(0, named=True) | {"runs_flagged": float(per_run["any"].mean() or 0.0)}


def many(n: int, runs: int, *, different: float, **more: float) -> tuple[dict[str, float], float]:
    made, certificates = [], []
    for run in range(runs):
        world = simulated_cohort(n, np.random.default_rng([run, n]), different=different, **more)
        cells, certificate = told(world, random_state=run)
        made.append(cells.with_columns(run=pl.lit(run)))
        certificates.append(certificate)
    found = figures(pl.concat(made))
    tell(n, different, {name: round(value, 3) for name, value in found.items()}, round(np.mean(certificates), 3))
    return found, float(np.mean(certificates))


@pytest.mark.parametrize(("n", "runs"), [(600, 80), (300, 60), (2000, 12)])
def test_pooled_cells(n: int, runs: int) -> None:
    found, _ = many(n, runs, different=0.25)
    if n == 600:
        assert found["coverage"] >= 0.94
        assert found["wrong"] <= 0.35
        assert found["error"] <= 0.08


@pytest.mark.parametrize(("n", "runs"), [(600, 80), (2000, 12)])
def test_nulls_are_seldom_flagged(n: int, runs: int) -> None:
    found, certificate = many(n, runs, different=0.0)
    assert found["runs_flagged"] <= 0.10
    assert certificate <= 0.10


def test_curved_outcomes_and_siblings() -> None:
    found, _ = many(3000, 12, different=0.25, curved=0.4, siblings=0.2)
    assert found["coverage"] >= 0.90


def competing(n: int, random: np.random.Generator) -> tuple[pl.DataFrame, float]:
    """Re-referral with a competing exit; severity decides arm, hazards and (by arm) how long families are followed."""
    severity = random.normal(size=n)
    arm = (random.random(n) < 1 / (1 + np.exp(-0.8 * severity))).astype(int)

    def hazards(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 0.55 * np.exp(0.5 * severity - 0.45 * a), 0.30 * np.exp(0.2 * a)

    def by_a_year(a: int) -> np.ndarray:
        one, other = hazards(np.full(n, a))
        return one / (one + other) * (1 - np.exp(-(one + other)))

    outcome, exit_ = hazards(arm)
    years = random.exponential(1 / (outcome + exit_))
    event = np.where(random.random(n) < outcome / (outcome + exit_), 1, 2)
    followed = random.exponential(np.where(arm == 1, 1.6, 3.0))
    frame = pl.DataFrame(
        {
            "arm": np.where(arm == 1, "course", "usual"),
            "segment": "all",
            "household": np.arange(n).astype(str),
            "days": 365 * np.minimum(years, followed),
            "event": np.where(years <= followed, event, 0),
            "severity": severity,
        }
    )
    return frame, float((by_a_year(1) - by_a_year(0)).mean())


@pytest.mark.parametrize(("n", "runs"), [(250, 120), (500, 100)])
def test_competing_risks(n: int, runs: int) -> None:
    away, held = [], []
    for run in range(runs):
        frame, truth = competing(n, np.random.default_rng([run, n, 1]))
        cells = analyse(frame, arms=("usual", "course"), covariates=["severity"], horizon_days=365).whole
        away.append(cells.difference.item() - truth)
        held.append(abs(away[-1]) <= Z95 * np.sqrt(cells.variance.item()))
    tell(n, "bias", round(np.mean(away), 4), "coverage", round(np.mean(held), 3), "truth", round(truth, 3))
    assert abs(np.mean(away)) <= 0.015
    assert np.mean(held) >= 0.93


def test_the_policy_value_has_no_optimism() -> None:
    off, claimed, held = [], [], []
    for run in range(40):
        world = simulated_cohort(600, np.random.default_rng([run, 5]))
        analysis = analyse(world.cohort, arms=ARMS, covariates=BLOCKS)
        made = policy_value(analysis, random_state=run)
        place = {arm: at for at, arm in enumerate(ARMS)}
        arms = np.array([place[made.rule[segment]] for segment in world.cohort["segment"]])
        truth = world.chances[np.arange(600), arms].mean() - world.chances[np.arange(600), analysis.coded.arm].mean()
        off.append(made.gain - truth)
        claimed.append(made.gain - made.optimism - truth)
        held.append(made.low <= truth <= made.high)
    tell("policy: bias", round(np.mean(off), 4), "naive", round(np.mean(claimed), 4), "coverage", np.mean(held))
    assert abs(np.mean(off)) < abs(np.mean(claimed))
    assert abs(np.mean(off)) <= 0.02
