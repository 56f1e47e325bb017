"""Effects of studies that others published, found again: NHEFS, LaLonde, and a subset of the redrawn IHDP sets.

Sources: Hernan and Robins, Causal Inference: What If, chapters 12 to 15 (NHEFS, 1,566 people); Dehejia and Wahba, JASA
94 (1999), and LaLonde, AER 76 (1986). All 100 IHDP sets are in tests/studies/test_effects_sets.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fi_workbench.matching.effects.analysis import analyse_coded
from fi_workbench.matching.effects.cells import cells_of, together
from fi_workbench.matching.effects.encoding import Coded, encode
from fi_workbench.matching.effects.nuisances import Nuisances
from fi_workbench.matching.effects.scores import score, scores_of

Reals = np.ndarray


@pytest.fixture(scope="module")
def data(samples: Path) -> Path:
    folder = samples / "causal"
    if not folder.is_dir():
        pytest.skip("the samples of studies are not here")
    return folder


def ordinary(design: Reals, outcome: Reals, weight: Reals | None = None) -> Reals:
    root = np.ones(len(outcome)) if weight is None else np.sqrt(weight)
    return np.linalg.lstsq(design * root[:, None], outcome * root, rcond=None)[0]


def logistic(design: Reals, arm: Reals) -> Reals:
    slopes = np.zeros(design.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ slopes))
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        slopes += np.linalg.solve(information, design.T @ (arm - chance))
    return slopes


@pytest.fixture(scope="module")
def smokers(data: Path) -> pl.DataFrame:
    return pl.read_csv(data / "nhefs.csv").filter(pl.col("wt82_71").is_not_null())


def book_design(smokers: pl.DataFrame) -> Reals:
    """Chapter 12's covariates: squares of what is measured, indicators of what is coded."""
    parts = [np.ones(len(smokers)), smokers["sex"].to_numpy(), smokers["race"].to_numpy()]
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        values = smokers[name].cast(pl.Float64).to_numpy()
        parts += [values / 10, (values / 10) ** 2]
    for name in ("education", "exercise", "active"):
        codes = sorted(smokers[name].unique().to_list())
        parts += [(smokers[name] == code).cast(pl.Float64).to_numpy() for code in codes[1:]]
    return np.column_stack(parts)


def test_nhefs_by_our_scores_with_the_books_models(smokers: pl.DataFrame) -> None:
    assert len(smokers) == 1566
    design, quit_ = book_design(smokers), smokers["qsmk"].to_numpy()
    gain = smokers["wt82_71"].to_numpy()
    crude = gain[quit_ == 1].mean() - gain[quit_ == 0].mean()
    assert round(crude, 2) == 2.54
    chance = 1 / (1 + np.exp(-design @ logistic(design, quit_)))
    propensity = np.column_stack([1 - chance, chance])
    # Inverse probability weighting is the score with nothing expected.
    nothing = Nuisances(propensity, np.zeros((len(gain), 2)))
    weighted = score(gain, quit_, nothing, np.zeros(2), is_binary=False).score.mean(axis=0)
    assert round(weighted[1] - weighted[0], 2) == 3.44
    intensity = smokers["smokeintensity"].to_numpy() / 10
    both = np.column_stack([design, quit_, quit_ * intensity])
    slopes = ordinary(both, gain)
    fitted = np.column_stack([np.column_stack([design, np.full(len(gain), a), a * intensity]) @ slopes for a in (0, 1)])
    assert round(float((fitted[:, 1] - fitted[:, 0]).mean()), 2) == 3.52
    robust = score(gain, quit_, Nuisances(propensity, fitted), np.zeros(2), is_binary=False).score.mean(axis=0)
    assert round(robust[1] - robust[0], 2) == 3.46


def study(data: Path, treated: str, controls: str | None) -> tuple[Reals, Reals]:
    rows = pl.read_csv(data / treated)
    arm, earned = rows["treat"].cast(pl.Float64).to_numpy(), rows["re78"].to_numpy()
    if controls is None:
        return arm, earned
    others = pl.read_csv(data / controls)["re78"].to_numpy()
    return np.r_[np.ones(int(arm.sum())), np.zeros(len(others))], np.r_[earned[arm == 1], others]


@pytest.mark.parametrize(
    ("treated", "controls", "published"),
    [
        ("lalonde_nsw_dw.csv", None, 1794),
        ("lalonde_nsw.csv", None, 886),
        ("lalonde_nsw_dw.csv", "lalonde_psid_controls.csv", -15205),
        ("lalonde_nsw_dw.csv", "lalonde_cps_controls.csv", -8498),
    ],
)
def test_lalonde_by_our_cells(data: Path, treated: str, controls: str | None, published: int) -> None:
    arm, earned = study(data, treated, controls)
    cohort = pl.DataFrame({"arm": arm.astype(int).astype(str), "outcome": earned}).with_columns(
        segment=pl.lit("all"), household=pl.int_range(pl.len()).cast(pl.String)
    )
    coded = encode(cohort, arms=("0", "1"), covariates=(), horizon_days=None)
    # Without covariates and with the plain shares as chances, the score is a difference of means.
    shares = np.broadcast_to(coded.arm_shares, (len(coded), 2))
    cells = cells_of(coded, scores_of(coded, Nuisances(shares, np.zeros(shares.shape))), together(coded))
    assert round(cells.difference.item()) == published


def infants(data: Path, number: int, rows: Reals | None = None) -> tuple[Coded, float]:
    sets = np.load(data / "ihdp_npci_A_redrawT_100.npz")
    keep = np.arange(len(sets["x"])) if rows is None else rows
    x = sets["x"][keep].astype(float)
    frame = pl.DataFrame(x, schema=[f"x{place}" for place in range(x.shape[1])]).with_columns(
        arm=pl.Series(sets["t"][keep, number].astype(int).astype(str)),
        segment=pl.lit("all"),
        household=pl.int_range(pl.len()).cast(pl.String),
        outcome=pl.Series(sets["yf"][keep, number].astype(float)),
    )
    truth = float((sets["mu1"][keep, number] - sets["mu0"][keep, number]).mean())
    return encode(frame, arms=("0", "1"), covariates=[f"x{p}" for p in range(x.shape[1])], horizon_days=None), truth


def test_some_sets_of_infants(data: Path) -> None:
    held, errors = [], []
    for number in range(4):
        coded, truth = infants(data, number)
        analysis = analyse_coded(coded)
        difference, spread = analysis.whole.difference.item(), np.sqrt(analysis.whole.variance.item())
        held.append(abs(difference - truth) < 1.96 * spread)
        errors.append(abs(difference - truth))
    assert sum(held) >= 3
    assert np.mean(errors) <= 0.2
