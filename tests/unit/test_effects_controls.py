"""Negative controls: arms that differ in what they cannot have changed reach no evidence; what cannot be checked says so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects import estimate
from fi_workbench.matching.effects.controls import ACTED_ON, FAILED, PASSED, TOO_FEW, Control, negative_control
from fi_workbench.matching.effects.encoding import Coded, encode

ARMS = ("usual", "course", "mentor")


def hidden(n: int = 700) -> pl.DataFrame:
    """Severity decides who gets the course, the outcome, and rent arrears; no arm does anything; mentors are random."""
    random = np.random.default_rng(8)
    severity = random.normal(size=n)
    level = np.column_stack([np.zeros(n), severity - 0.3, np.full(n, -0.8)])
    chance = np.exp(level) / np.exp(level).sum(axis=1, keepdims=True)
    arm = (chance.cumsum(axis=1) < random.random((n, 1))).sum(axis=1)
    outcome, arrears = (random.random(n) < 1 / (1 + np.exp(1.0 - 1.5 * severity)) for _ in range(2))
    return pl.DataFrame({"severity": severity, "age": random.uniform(0, 17, n)}).with_columns(
        arm=pl.Series(np.array(ARMS)[arm]),
        segment=pl.lit("all"),
        household=pl.int_range(n).cast(pl.String),
        outcome=pl.Series(outcome).cast(pl.Float64),
        control=pl.Series(arrears).cast(pl.Float64),
    )


def coded_of(frame: pl.DataFrame) -> Coded:
    return encode(frame, arms=ARMS, covariates=("severity", "age"), horizon_days=None)


def checked(control: Control) -> dict[str, dict[str, object]]:
    made = negative_control(coded_of(hidden()), control, np.random.default_rng(0))
    return {row["arm"]: row for row in made.iter_rows(named=True)}


def arrears() -> np.ndarray:
    return hidden()["control"].to_numpy().copy()


def test_arms_are_alike_in_it_where_what_parts_them_is_adjusted_for_and_differ_where_it_is_not() -> None:
    known = checked(Control(arrears()))
    assert known["course"]["passed"] is True
    assert known["course"]["said"] == PASSED
    unknown = checked(Control(arrears(), without=("severity",)))
    assert unknown["course"]["passed"] is False
    assert unknown["course"]["said"] == FAILED
    assert float(str(unknown["course"]["low"])) > 0
    assert unknown["mentor"]["passed"] is True


def test_evidence_stops_at_leaning_where_the_control_fails_and_nothing_else_changes() -> None:
    without, held = (
        estimate(hidden(), arms=ARMS, covariates=("age",), negative_control_outcome=name, random_state=4).cells.filter(
            "whole"
        )
        for name in (None, "control")
    )
    assert without["word"].to_list() == ["evidence of more", "no clear difference"]
    assert held["word"].to_list() == ["leans towards more", "no clear difference"]
    assert held["control_failed"].to_list() == [True, False]
    same = [name for name in without.columns if name not in {"word", "control_failed"}]
    assert held.select(same).equals(without.select(same))


def test_what_is_not_known_is_left_out_and_too_few_are_not_checked() -> None:
    some = arrears()
    some[40:] = np.nan
    assert {row["said"] for row in checked(Control(some)).values()} == {TOO_FEW}
    nobody = checked(Control(np.full(700, np.nan)))
    assert nobody["course"] == {
        "arm": "course", "n": None, "difference": None, "low": None, "high": None, "passed": None, "said": TOO_FEW,
    }  # fmt: skip
    half = arrears()
    half[:350] = np.nan
    assert checked(Control(half, without=("severity",)))["course"]["n"] == 350


def test_an_arm_that_may_lower_it_fails_by_having_more_of_it_alone() -> None:
    made = checked(Control(arrears(), without=("severity",), acted_on_by=("course", "mentor")))
    assert made["course"]["said"] == FAILED
    assert made["mentor"]["said"] == ACTED_ON
    assert made["mentor"]["passed"] is None
    # Turned round, families of the course have less of it, as if the course had lowered it.
    fewer = checked(Control(1 - arrears(), without=("severity",), acted_on_by=("course",)))
    assert float(str(fewer["course"]["high"])) < 0
    assert fewer["course"]["passed"] is None
    assert checked(Control(1 - arrears(), without=("severity",)))["course"]["passed"] is False


def test_a_control_that_is_not_there_is_refused() -> None:
    with pytest.raises(MatchingError, match="lacks its negative-control outcome"):
        estimate(hidden(), arms=ARMS, covariates=("age",), negative_control_outcome="arrears")
