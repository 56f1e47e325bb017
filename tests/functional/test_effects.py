"""From a cohort to words, with its certificate; and what bad cohorts get from the whole engine."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects import (
    Effects,
    Published,
    analyse,
    combine_authorities,
    costs,
    estimate,
    policy_value,
    share_effects,
)
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, simulated_cohort


@pytest.fixture(scope="module")
def cohort() -> pl.DataFrame:
    return simulated_cohort(800, np.random.default_rng(11), n_segments=4, siblings=0.1).cohort


@pytest.fixture(scope="module")
def effects(cohort: pl.DataFrame) -> Effects:
    return estimate(
        cohort.with_columns(before=(pl.col("earlier_plans") > 0).cast(pl.Float64)),
        arms=ARMS,
        covariates=BLOCKS,
        published={
            "family group conference": Published(-0.086, 0.024, "L3"),
            "mentoring": Published(0.9, 0.02, "4"),
            "parenting course": Published(-0.1, 0.02, "NL2"),
        },
        negative_control_outcome="before",
    )


def test_every_cell_has_its_words_or_its_reason(effects: Effects) -> None:
    cells = effects.cells
    assert len(cells) == 4 * 5
    assert cells.filter("whole")["segment"].null_count() == 4
    for row in cells.iter_rows(named=True):
        assert (row["reason"] == "") == (row["state"] == "shown")
        assert (row["word"] == "too few to say") == (row["state"] != "shown")
        if row["state"] == "not shown":
            assert row["difference"] is None
            assert row["n_arm"] is None
        else:
            assert row["pooled_low"] < row["pooled"] < row["pooled_high"]
            assert row["n_arm"] >= 10
            assert 0 <= row["own_share"] <= 1
        assert row["families_needed"] > 20
    whole = cells.filter("whole")
    assert (whole["own_share"] == 1).all()
    assert (whole["pooled"] == whole["difference"]).all()
    expected = effects.expected.filter("whole")
    usual = expected.filter(pl.col("arm") == ARMS[0])["expected"].item()
    apart = expected.filter(pl.col("arm") != ARMS[0])["expected"] - usual
    assert apart.to_list() == pytest.approx(whole["difference"].to_list())


def test_what_it_rests_on_is_there(effects: Effects) -> None:
    assert effects.certificate.n_runs == 400
    assert effects.certificate.share.estimate < 0.15
    assert effects.certificate.covered > 0.9
    assert len(effects.balance) == 5 * 7
    assert effects.balance["after"].abs().mean() < effects.balance["before"].abs().mean()
    assert len(effects.observed) == 4 * len(BLOCKS)
    assert (effects.observed["e_value"] >= 1).all()
    # Plans before the decision cannot have been changed by it, and are adjusted for.
    assert effects.negative_control["passed"].all()
    assert effects.placebo["share_beyond"].max() < 0.15
    assert effects.overlap["families"].sum() == 5 * 800
    said = dict(effects.published.select("arm", "said").iter_rows())
    assert any(word in said["family group conference"] for word in ("agree", "not combined"))
    assert "not combined" in said["mentoring"]
    assert "no weight" in said["parenting course"]
    assert effects.cells.filter(pl.col("arm") == "mentoring")["with_published"].null_count() == 5


def test_the_same_gives_the_same(cohort: pl.DataFrame) -> None:
    one, other = (analyse(cohort, arms=ARMS, covariates=BLOCKS, random_state=3) for _ in range(2))
    assert (one.segments.difference == other.segments.difference).all()


def test_what_follows_from_an_analysis(cohort: pl.DataFrame, effects: Effects) -> None:
    value = policy_value(analyse(cohort, arms=ARMS, covariates=BLOCKS))
    assert value.low <= value.gain <= value.high
    assert value.optimism > 0
    assert set(value.rule) == {"00", "01", "02", "03"}
    told = costs(effects.cells, dict.fromkeys(ARMS, 100.0), usual_support=ARMS[0])
    assert set(told["arm"]) <= set(ARMS[1:])
    shared = share_effects(
        effects.cells, authority="One", question="q", usual_support=ARMS[0], direction="fewer", as_at="2026-03-31"
    )
    assert all(min(cell.n_arm, cell.n_usual) >= 10 for cell in shared.cells)
    assert len(combine_authorities([shared])) == len(shared.cells)


def small(n: int, arm: list[int], outcome: np.ndarray, x: np.ndarray) -> pl.DataFrame:
    names = np.array(["usual", "course"])
    return pl.DataFrame(
        {
            "arm": names[np.array(arm)],
            "segment": "all",
            "household": np.arange(n).astype(str),
            "outcome": outcome.astype(float),
            "x": x.astype(float),
        }
    )


def words(frame: pl.DataFrame) -> tuple[str, str]:
    row = estimate(frame, arms=("usual", "course"), covariates=["x"]).cells.filter("whole").row(0, named=True)
    return row["word"], row["reason"]


def test_bad_cohorts_abstain_with_a_reason() -> None:
    random = np.random.default_rng(1)
    y, x = random.integers(0, 2, 120), random.normal(size=120)
    assert words(small(120, [1] + [0] * 119, y, x)) == ("too few to say", "fewer than 10 families in an arm")
    assert words(small(120, [1] * 15 + [0] * 105, y, x)) == ("too few to say", "fewer than 20 families in an arm")
    parted = np.r_[np.full(60, 5.0), np.full(60, -5.0)] + x / 10
    word, reason = words(small(120, [1] * 60 + [0] * 60, y, parted))
    assert word == "too few to say"
    assert reason
    constant = words(small(120, [0, 1] * 60, y, np.ones(120)))
    assert constant[1] == ""
    holes = small(120, [0, 1] * 60, y, x).with_columns(x=pl.when(pl.Series(random.random(120) < 0.6)).then("x"))
    assert words(holes)[1] == ""
    with pytest.raises(MatchingError, match="same outcome"):
        words(small(120, [0, 1] * 60, np.zeros(120), x))
    with pytest.raises(MatchingError, match="nothing to compare"):
        words(small(120, [0] * 120, y, x))


def test_a_measured_outcome_has_no_ratios() -> None:
    random = np.random.default_rng(4)
    x, arm = random.normal(size=150), random.integers(0, 2, 150)
    frame = small(150, arm.tolist(), np.zeros(150), x).with_columns(outcome=pl.Series(2.0 * arm + x))
    effects = estimate(frame, arms=("usual", "course"), covariates=["x"])
    (row,) = effects.cells.filter("whole").to_dicts()
    assert row["low"] < 2.0 < row["high"]
    assert row["word"] == "evidence of more"
    assert row["e_value"] is None
    assert row["families_needed"] is None
    assert effects.observed["e_value"].null_count() == 1
