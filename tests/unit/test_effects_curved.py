"""Arms fitted by themselves, against refitting without each family, and on surfaces whose truth is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from fi_workbench.matching.effects.analysis import analyse_coded
from fi_workbench.matching.effects.curved import by_arm, left_out
from fi_workbench.matching.effects.encoding import Coded, encode
from fi_workbench.matching.effects.nuisances import Nuisances, subset, tune


def bent(n: int = 120, *, treated: float = 0.4) -> tuple[Coded, np.ndarray]:
    """One covariate that decides the arm and the outcome, which bends in the treated arm alone."""
    random = np.random.default_rng(5)
    x = random.normal(size=n)
    arm = (random.random(n) < 2 * treated / (1 + np.exp(-x))).astype(int)
    surfaces = np.column_stack([x, x + x**2])
    frame = pl.DataFrame({"x": x, "household": np.arange(n).astype(str)}).with_columns(
        arm=pl.Series(arm.astype(str)),
        segment=pl.lit("all"),
        outcome=pl.Series(surfaces[np.arange(n), arm] + random.normal(0, 0.3, n)),
    )
    return encode(frame, arms=("0", "1"), covariates=("x",), horizon_days=None), surfaces


def straight(coded: Coded) -> Nuisances:
    """A linear model of both arms, worse than the truth where it bends."""
    share = float(coded.arm.mean())
    line = np.polyfit(coded.raw[:, 0], coded.outcome, 1)
    fitted = np.repeat(np.polyval(line, coded.raw[:, [0]]), 2, axis=1)
    return Nuisances(np.full((len(coded), 2), (1 - share, share)), fitted, fitted[:, 0])


def test_leaving_out_in_closed_form_is_refitting_without_each_family() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(25, 2))
    y = 5 + 3 * (np.sin(x[:, 0]) + random.normal(0, 0.2, 25))
    kernel = RBF(1.3) + WhiteKernel(0.1)
    whole = GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True).fit(x, y)
    scaled = (y - y.mean()) / y.std()
    for place, told in enumerate(left_out(whole, y)):
        others = np.arange(25) != place
        without = GaussianProcessRegressor(kernel, optimizer=None).fit(x[others], scaled[others])
        assert told == pytest.approx(y.mean() + y.std() * without.predict(x[[place]])[0], abs=1e-6)


def test_an_arm_that_bends_is_taken_from_its_own_families() -> None:
    coded, surfaces = bent()
    made, taken = by_arm(coded, straight(coded))
    assert taken == ("0", "1")
    near = np.abs(coded.raw[:, 0]) < 1.5
    assert np.abs(made.fitted - surfaces)[near].mean() < 0.15
    assert np.abs(straight(coded).fitted - surfaces)[near].mean() > 0.3
    again, _ = by_arm(coded, straight(coded))
    assert (again.fitted == made.fitted).all()


def test_an_arm_with_few_families_or_a_better_line_keeps_the_line() -> None:
    few, _ = bent(treated=0.1)
    assert (few.arm == 1).sum() < 20
    assert by_arm(few, straight(few))[1] == ("0",)
    coded, _ = bent()
    known = straight(coded)
    exact = Nuisances(known.propensity, known.fitted, coded.outcome)
    made, taken = by_arm(coded, exact)
    assert taken == ()
    assert (made.fitted == known.fitted).all()


def test_numbers_alone_are_fitted_so_and_the_method_says_it() -> None:
    coded, surfaces = bent()
    analysis = analyse_coded(coded)
    assert "2 of 2 arms by a Gaussian process" in analysis.method
    truth = float((surfaces[:, 1] - surfaces[:, 0]).mean())
    assert analysis.whole.difference.item() == pytest.approx(truth, abs=2.5 * analysis.whole.variance.item() ** 0.5)
    shares = analyse_coded(coded.with_outcome((coded.outcome > 0.5).astype(float)))
    assert "Gaussian" not in shares.method


@pytest.mark.filterwarnings("error")
def test_penalties_of_fewer_families_than_folds_are_chosen_by_those_that_there_are() -> None:
    coded, _ = bent()
    few = np.concatenate([np.flatnonzero(coded.arm == arm)[:2] for arm in (0, 1)])
    chosen = tune(subset(coded, few), np.random.default_rng(5))
    assert all(np.isfinite([chosen.arm, chosen.outcome, chosen.by_arm]))
