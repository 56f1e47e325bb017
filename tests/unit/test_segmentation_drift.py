"""Drift is seen where there is some, and a quiet year has few alarms: the false-alarm rate is measured here."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import power_divergence

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.drift import (
    ALARM_BELOW,
    as_table,
    likelihood_drift,
    segments_drift,
    unclassifiable_drift,
)
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.patterns import Patterns, collapse, encode
from tests.unit.segmentation_models import drawn_from, grouping_of

SHARES = np.array([0.45, 0.3, 0.2, 0.05])
GROUPING = grouping_of(
    (0.6, 0.4),
    {
        "domestic_abuse": (0.9, 0.1),
        "parental_mental_health": (0.8, 0.2),
        "child_disability_support": (0.1, 0.8),
        "neglect": (0.7, 0.2),
    },
)


def patterns_of(rows: pl.DataFrame, grouping: Grouping) -> Patterns:
    items = grouping.items
    return collapse(encode([rows[item.name] for item in items], items), [len(item.categories) for item in items])


def test_the_statistic_and_its_chance_are_those_of_scipy() -> None:
    counts = np.array([130.0, 110.0, 45.0, 15.0])
    look = segments_drift(counts, SHARES)
    expected = power_divergence(counts, SHARES * 300, lambda_="log-likelihood")
    assert look.value == pytest.approx(expected.statistic)
    assert look.p == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("n", [15, 20, 50, 200])
def test_a_quiet_year_has_few_alarms_at_any_size(n: int) -> None:
    """Fixed cut-offs call 60 % of weeks with 20 families changed; here at most one and a half in a hundred are."""
    random = np.random.default_rng(n)
    weeks = random.multinomial(n, SHARES, size=600).astype(float)
    alarms = np.mean([segments_drift(week, SHARES).verdict == "changed" for week in weeks])
    assert alarms <= 0.02
    assert ALARM_BELOW == 0.01


def test_a_real_change_is_seen() -> None:
    look = segments_drift(np.array([10.0, 60.0, 20.0, 10.0]), SHARES)
    assert look.verdict == "changed"


def test_few_families_are_never_an_alarm() -> None:
    assert segments_drift(np.array([0.0, 0.0, 0.0, 9.0]), SHARES).verdict == "too few to tell"
    assert unclassifiable_drift(9, 9, 0.1).verdict == "too few to tell"
    assert likelihood_drift(GROUPING, patterns_of(drawn_from(GROUPING, 5, seed=1), GROUPING)).p is None


def test_newcomers_of_the_grouping_itself_are_as_expected_and_others_are_not() -> None:
    looks = [likelihood_drift(GROUPING, patterns_of(drawn_from(GROUPING, 60, seed=s), GROUPING)) for s in range(20)]
    assert sum(look.verdict == "changed" for look in looks) <= 2
    strangers = pl.DataFrame(
        {name: ["present" if i % 2 else "absent"] * 60 for i, name in enumerate(GROUPING.probabilities)}
    )
    assert likelihood_drift(GROUPING, patterns_of(strangers, GROUPING)).verdict == "changed"


def test_missing_records_are_no_drift() -> None:
    rows = drawn_from(GROUPING, 80, seed=4).with_columns(neglect=pl.lit(None, pl.String))
    look = likelihood_drift(GROUPING, patterns_of(rows, GROUPING))
    assert look.verdict == "as expected"
    assert look.expected == pytest.approx(look.value, abs=0.3)


def test_more_families_that_fit_nowhere_are_seen() -> None:
    assert unclassifiable_drift(11, 100, 0.1).verdict == "as expected"
    assert unclassifiable_drift(30, 100, 0.1).verdict == "changed"
    table = as_table([unclassifiable_drift(30, 100, 0.1), segments_drift(np.array([0.0, 0.0, 0.0, 9.0]), SHARES)])
    assert table["verdict"].to_list() == ["changed", "too few to tell"]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(SegmentationError, match="expected share above 0"):
        segments_drift(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    with pytest.raises(SegmentationError, match="no larger than its total"):
        unclassifiable_drift(3, 2, 0.5)
