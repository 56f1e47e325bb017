"""What bad cohorts get: a clear message, or an abstention with its reason."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects.encoding import encode
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, simulated_cohort


@pytest.fixture(scope="module")
def cohort() -> pl.DataFrame:
    return simulated_cohort(300, np.random.default_rng(7)).cohort


def coded(cohort: pl.DataFrame, **more: object):
    asked = {"arms": ARMS, "covariates": BLOCKS, "horizon_days": None} | more
    return encode(cohort, **asked)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c.drop("household"), "lacks columns"),
        (lambda c: c.drop("n_children"), "lacks columns"),
        (lambda c: c.filter(pl.col("arm") == ARMS[0]), "nothing to compare"),
        (lambda c: c.filter(pl.col("arm") != ARMS[0]), "nothing to compare"),
        (lambda c: c.clear(), "nothing to compare"),
        (lambda c: c.with_columns(outcome=pl.lit(0.0)), "same outcome"),
        (lambda c: c.with_columns(outcome=pl.lit(None, pl.Float64)), "nothing to compare"),
        (lambda c: c.with_columns(arm=pl.col("arm").str.replace("mentoring", "mentors")), "not asked for"),
        (lambda c: c.with_columns(arm=pl.when(pl.col("n_children") > 1).then("arm")), "has its arm"),
        (lambda c: c.with_columns(segment=pl.lit(None, pl.String)), "has its segment"),
        (lambda c: c.with_columns(n_children=pl.lit("three")), "numbers or Booleans"),
        (lambda c: c.with_columns(n_children=pl.lit(np.inf)), "infinite"),
    ],
)
def test_what_cannot_be_estimated_from_is_told(cohort: pl.DataFrame, change, says: str) -> None:
    with pytest.raises(MatchingError, match=says) as told:
        coded(change(cohort))
    assert told.value.where


def test_messages_count_and_show_no_value(cohort: pl.DataFrame) -> None:
    renamed = cohort.with_columns(arm=pl.col("arm").str.replace("mentoring", "mentors"))
    with pytest.raises(MatchingError) as told:
        coded(renamed)
    assert f"{(cohort['arm'] == 'mentoring').sum()} of 300 families" in str(told.value)
    assert "one name for both times" in str(told.value)
    with pytest.raises(MatchingError, match="each named once"):
        coded(cohort, covariates={"one": ["n_children"], "other": ["n_children"]})


def test_what_is_thin_is_noted(cohort: pl.DataFrame) -> None:
    holes = pl.Series(np.random.default_rng(1).random(300) < 0.45)
    thin = cohort.with_columns(
        earlier_plans=pl.when(~holes).then("earlier_plans"),
        age_youngest=pl.lit(4.0),
        outcome=pl.when(pl.Series(np.arange(300) >= 10)).then("outcome"),
    )
    made = coded(thin)
    assert len(made) == 290
    assert (made.rows == np.arange(10, 300)).all()
    said = " ".join(made.notes)
    assert "10 of 300 families have no known outcome" in said
    assert "earlier_plans is not known for" in said
    assert "age_youngest is the same for every family" in said
    assert np.isfinite(made.features).all()
    places = [made.names[place] for place in made.feature_of]
    assert places.count("earlier_plans") == 2
    assert places.count("age_youngest") == 0
    assert made.features.std(axis=0) == pytest.approx(np.ones(len(places)), abs=0.5)


def test_a_worker_nobody_knows_is_no_cluster(cohort: pl.DataFrame) -> None:
    unknown = coded(cohort.with_columns(worker=pl.lit(None, pl.String)))
    assert unknown.clusters == ()
    known = coded(cohort)
    assert len(known.clusters) == 1
    assert len(np.unique(known.clusters[0])) == cohort["worker"].n_unique()


def test_times_become_pseudo_values_arm_by_arm(cohort: pl.DataFrame) -> None:
    random = np.random.default_rng(2)
    timed = cohort.with_columns(
        days=pl.Series(random.uniform(1, 400, 300)), event=pl.Series(random.integers(0, 3, 300))
    ).drop("outcome")
    made = coded(timed, horizon_days=365)
    assert made.is_share
    assert not made.is_binary
    followed = timed.with_columns(event=pl.Series(random.integers(1, 3, 300)))
    whole = coded(followed, horizon_days=365)
    assert whole.is_binary
    expected = (followed["event"] == 1) & (followed["days"] <= 365)
    assert (whole.outcome == expected.cast(pl.Float64).to_numpy()).all()
