"""Average effects on the 100 redrawn IHDP sets, whose truth is known, and on NHEFS by the whole engine.

Run with `pytest -m study tests/studies/test_effects_sets.py -s`; the figures of the last run are in
test_effects_sets.md beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from fi_workbench.matching.effects import analyse, matched_difference
from fi_workbench.matching.effects.analysis import analyse_coded
from fi_workbench.matching.effects.encoding import Coded, encode

N_SETS = 100
N_DRAWS = 3


def one_set(sets: dict[str, np.ndarray], number: int, n: int, draw: int) -> tuple[Coded, float]:
    """Families drawn from one set, and the mean true effect of these."""
    rows = np.random.default_rng([number, n + draw]).permutation(len(sets["x"]))[:n]
    x = sets["x"][rows].astype(float)
    frame = pl.DataFrame(x, schema=[f"x{place}" for place in range(x.shape[1])]).with_columns(
        arm=pl.Series(sets["t"][rows, number].astype(int).astype(str)),
        segment=pl.lit("all"),
        household=pl.int_range(pl.len()).cast(pl.String),
        outcome=pl.Series(sets["yf"][rows, number].astype(float)),
    )
    truth = float((sets["mu1"][rows, number] - sets["mu0"][rows, number]).mean())
    return encode(frame, arms=("0", "1"), covariates=frame.columns[: x.shape[1]], horizon_days=None), truth


def summary(found: list[tuple[float, float, float]]) -> dict[str, float]:
    difference, spread, truth = np.array(found).T
    away = np.abs(difference - truth)
    return {
        "error": float(away.mean()),
        "median": float(np.median(away)),
        "coverage": float((away < 1.96 * spread).mean()),
        "width": float(np.mean(2 * 1.96 * spread)),
    }


@pytest.mark.parametrize(("n", "most_error"), [(672, 0.12), (200, 0.20)])
def test_error_and_coverage(samples: Path, n: int, most_error: float) -> None:
    """The error is a mean over sets and draws: of 200 families a single draw is off by a tenth of it by chance."""
    sets = dict(np.load(samples / "causal" / "ihdp_npci_A_redrawT_100.npz"))
    told = []
    for draw in range(N_DRAWS):
        scored, matched = [], []
        for number in range(N_SETS):
            coded, truth = one_set(sets, number, n, draw)
            cells = analyse_coded(coded).whole
            scored.append((cells.difference.item(), float(np.sqrt(cells.variance.item())), truth))
            with threadpool_limits(1):
                near = matched_difference(coded.features, coded.arm == 1, coded.outcome)
            matched.append((near.difference, near.standard_error, truth))
        told.append({"scores": summary(scored), "matched": summary(matched)})
        for name, figures in told[-1].items():
            rounded = {key: round(value, 3) for key, value in figures.items()}
            sys.stdout.write(f"{n} families, draw {draw}, {name}: {rounded}\n")
    for each in told:
        assert each["scores"]["coverage"] >= 0.93
        assert each["matched"]["coverage"] >= 0.95
    assert np.mean([each["scores"]["error"] for each in told]) <= most_error


def test_nhefs_by_the_whole_engine(samples: Path) -> None:
    smokers = pl.read_csv(samples / "causal" / "nhefs.csv").filter(pl.col("wt82_71").is_not_null())
    covariates = ("sex", "race", "age", "smokeintensity", "smokeyrs", "wt71", "education", "exercise", "active")
    cohort = smokers.select(
        *covariates,
        arm=pl.when(pl.col("qsmk") == 1).then(pl.lit("quit")).otherwise(pl.lit("smokes on")),
        segment=pl.lit("all"),
        household=pl.col("seqn").cast(pl.String),
        outcome="wt82_71",
    )
    analysis = analyse(cohort, arms=("smokes on", "quit"), covariates=covariates)
    difference, spread = analysis.whole.difference.item(), np.sqrt(analysis.whole.variance.item())
    # The book's 3.4 to 3.5 with intervals from about 2.4 to 4.5.
    assert difference == pytest.approx(3.4, abs=0.2)
    assert 0.4 < spread < 0.65
