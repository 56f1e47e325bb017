"""When cells speak and in which words; costs, exchange and matching."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import false_discovery_control, norm

from fi_workbench.errors import MatchingError
from fi_workbench.matching.effects import (
    combine_authorities,
    cost_per_outcome,
    costs,
    matched_difference,
    read_effects,
    share_effects,
)
from fi_workbench.matching.effects.overlap import _part
from fi_workbench.matching.effects.speaking import may_speak, passes_discovery, speak


@pytest.mark.parametrize(
    ("n_arm", "n_usual", "effective", "outside", "worst", "state"),
    [
        (9, 200, 9, 0.0, 0.0, "not shown"),
        (200, 9, 9, 0.0, 0.0, "not shown"),
        (10, 200, 10, 0.0, 0.0, "too few to say"),
        (19, 200, 19, 0.0, 0.0, "too few to say"),
        (20, 200, 15, 0.2, 0.2, "shown"),
        (20, 200, 14.9, 0.0, 0.0, "too few to say"),
        (20, 200, 20, 0.21, 0.0, "too few to say"),
        (20, 200, 20, 0.0, 0.21, "too few to say"),
        (np.nan, np.nan, 0, 0.0, 0.0, "shown"),
    ],
)
def test_who_may_speak(
    n_arm: float, n_usual: float, effective: float, outside: float, worst: float, state: str
) -> None:
    if np.isnan(n_arm):
        n_arm, n_usual, effective = 1000, 1000, 900
    one = [np.array([[value]]) for value in (n_arm, n_usual, effective, outside, worst)]
    found, reason = may_speak(
        n_arm=one[0], n_usual=one[1], effective=one[2], outside=one[3], worst=one[4], allowed=np.array([[0.2]])
    )
    assert found.item() == state
    assert bool(reason.item()) == (state != "shown")


@pytest.mark.parametrize(
    ("below", "holds", "muted", "word"),
    [
        (0.5, True, False, "no clear difference"),
        (0.899, True, False, "no clear difference"),
        (0.90, True, False, "leans towards fewer"),
        (0.10, True, False, "leans towards more"),
        (0.974, True, False, "leans towards fewer"),
        (0.975, True, False, "evidence of fewer"),
        (0.025, True, False, "evidence of more"),
        (0.999, False, False, "leans towards fewer"),
        (0.999, True, True, "leans towards fewer"),
    ],
)
def test_the_ladder(below: float, *, holds: bool, muted: bool, word: str) -> None:
    at = np.array([[below]])
    assert speak(below=at, shown=np.array([[True]]), holds=np.array([[holds]]), muted=muted).item() == word
    hidden = speak(below=at, shown=np.array([[False]]), holds=np.array([[holds]]), muted=muted)
    assert hidden.item() == "too few to say"


def test_false_discoveries_are_those_of_the_library() -> None:
    random = np.random.default_rng(1)
    z = random.normal(size=(40, 4, 6)) + 3 * (random.random((40, 4, 6)) < 0.2)
    shown = random.random((40, 4, 6)) < 0.6
    found = passes_discovery(z, np.ones_like(z), shown)
    for run in range(40):
        p = 2 * norm.sf(np.abs(z[run][shown[run]]))
        assert (found[run][shown[run]] == (false_discovery_control(p) <= 0.10)).all()
        assert not found[run][~shown[run]].any()
    assert found.any()


def test_a_cost_per_outcome_needs_a_difference() -> None:
    made = cost_per_outcome(cost=2000, usual_cost=500, difference=-0.10, spread=0.02)
    # With a cost that is known, Fieller's limits are the cost over the limits of the difference.
    assert made.per_outcome == pytest.approx(15_000)
    assert (made.low, made.high) == (pytest.approx(1500 / 0.1392, rel=1e-4), pytest.approx(1500 / 0.0608, rel=1e-4))
    none = cost_per_outcome(cost=2000, usual_cost=500, difference=-0.10, spread=0.06)
    assert none.per_outcome is None
    assert none.reason == "the difference may be none"
    assert cost_per_outcome(cost=None, usual_cost=1, difference=-0.1, spread=0.01).reason == "unit costs are not known"
    worse = cost_per_outcome(cost=2, usual_cost=1, difference=0.1, spread=0.01)
    assert worse.reason == "outcomes are worse with the arm"
    assert cost_per_outcome(cost=2, usual_cost=1, difference=0.1, spread=0.01, direction="more").per_outcome
    with pytest.raises(MatchingError, match="standard errors"):
        cost_per_outcome(cost=1, usual_cost=1, difference=0.1, spread=0.0)


def test_fieller_covers_a_ratio_of_two_that_are_not_known() -> None:
    random = np.random.default_rng(2)
    held = []
    for _ in range(2000):
        made = cost_per_outcome(
            cost=1000 + random.normal(0, 100), usual_cost=0, difference=random.normal(-0.2, 0.04), spread=0.04,
            cost_spread=100,
        )  # fmt: skip
        held.append(made.low is None or (made.low <= 5000 <= (made.high or 0)))
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def cells(n: int = 40) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "arm": ["course", "course", "course", "course"],
            "segment": ["a", "b", "c", None],
            "whole": [False, False, False, True],
            "state": ["shown", "shown", "not shown", "shown"],
            "n_arm": [n, n, None, 3 * n],
            "n_usual": [3 * n, n, None, 9 * n],
            "difference": [-0.05, 0.02, None, -0.04],
            "variance": [0.004, 0.005, None, 0.0009],
        }
    )


def shared(authority: str, n: int = 40, question: str = "re-referral"):
    return share_effects(
        cells(n), authority=authority, question=question, usual_support="usual", direction="fewer", as_at="2026-03-31"
    )


def test_what_leaves_is_read_again_and_holds_no_small_cell(tmp_path: Path) -> None:
    one = shared("First")
    assert [(cell.arm, cell.segment) for cell in one.cells] == [("course", "a"), ("course", "b")]
    one.write(tmp_path / "first.json")
    assert read_effects(tmp_path / "first.json") == one
    assert not shared("Second", n=9).cells
    text = json.loads((tmp_path / "first.json").read_text())
    assert set(text) == {"format", "authority", "question", "usual_support", "direction", "as_at", "cells"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "something else"}, "not of the format"),
        ({"families": []}, "not of the format"),
        ({"as_at": "March"}, "not of the format"),
        ({"cells": [{"arm": "course", "segment": "a", "n_arm": 9, "n_usual": 20, "difference": 0.1, "variance": 0.01}]},
         "not of the format"),
        ({"cells": [{"arm": "x", "segment": "a", "n_arm": 20, "n_usual": 20, "difference": 0.1, "variance": 0.01}] * 2},
         "cells twice"),
    ],
)  # fmt: skip
def test_a_file_of_effects_is_read_strictly(tmp_path: Path, change: dict[str, object], says: str) -> None:
    content = json.loads(shared("First").model_dump_json()) | change
    (tmp_path / "effects.json").write_text(json.dumps(content))
    with pytest.raises(MatchingError, match=says):
        read_effects(tmp_path / "effects.json")
    with pytest.raises(MatchingError, match="cannot be read"):
        read_effects(tmp_path / "absent.json")


def test_authorities_together_know_more_than_each() -> None:
    one = combine_authorities([shared("First")])
    three = combine_authorities([shared(name) for name in ("First", "Second", "Third")])
    assert three["authorities"].to_list() == [3, 3]
    assert three["n_arm"].to_list() == [120, 120]
    assert (three["high"] - three["low"] < one["high"] - one["low"]).all()
    assert three["difference"].to_list() == pytest.approx([-0.05, 0.02])
    with pytest.raises(MatchingError, match="different questions"):
        combine_authorities([shared("First"), shared("Second", question="reunification")])
    with pytest.raises(MatchingError, match="twice"):
        combine_authorities([shared("First"), shared("First")])
    with pytest.raises(MatchingError, match="nothing to combine"):
        combine_authorities([shared("First", n=5)])


def test_matching_mends_what_is_unlike() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(400, 3))
    had = random.random(400) < 1 / (1 + np.exp(-x[:, 0]))
    outcome = 2 * x[:, 0] + x[:, 1] + 0.5 * had + random.normal(0, 0.5, 400)
    made = matched_difference(x, had, outcome)
    naive = outcome[had].mean() - outcome[~had].mean()
    assert abs(naive - 0.5) > 1
    assert made.low < 0.5 < made.high
    assert made.high - made.low < 0.5
    assert made.most_used > 5
    with pytest.raises(MatchingError, match="more families in each arm"):
        matched_difference(x[:8], np.arange(8) < 3, outcome[:8])


def test_costs_are_told_only_where_the_whole_may_speak() -> None:
    made = costs(cells(), {"course": 900.0}, usual_support="usual")
    assert made.select("arm", "per_outcome", "reason").rows() == [("course", None, "unit costs are not known")]
    made = costs(cells(), {"course": 900.0, "usual": 100.0}, usual_support="usual")
    assert made["reason"].to_list() == ["the difference may be none"]
    sure = cells().with_columns(pl.col("variance") / 100)
    assert costs(sure, {"course": 900.0, "usual": 100.0}, usual_support="usual")["per_outcome"].to_list() == [20_000]


@pytest.mark.parametrize(
    ("name", "threshold", "low", "words"),
    [
        ("time_zero_day", 9070.5, True, "with a decision up to 31 October 2024"),
        ("time_zero_day", 9070.5, False, "with a decision after 31 October 2024"),
        ("n_children", 2.5, True, "with children: 2 or fewer"),
        ("earlier_referrals", 0.5, False, "with earlier referrals: 1 or more"),
        ("neglect", 0.5, False, "with neglect"),
        ("deprivation", 1234.5, True, "with deprivation up to 1,234.50"),
    ],
)
def test_who_could_hardly_have_had_an_arm_is_said_in_plain_numbers_and_dates(
    name: str, threshold: float, low: bool, words: str
) -> None:
    column = np.array([0.0, 1.0]) if name == "neglect" else np.array([1.0, 4.0, 9000.0])
    assert _part(name, threshold, low, column) == words
