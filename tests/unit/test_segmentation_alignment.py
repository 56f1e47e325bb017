"""Segments keep their codes over a refit, and what cannot keep its meaning is said."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from fi_workbench.errors import SegmentationError
from fi_workbench.resources import shipped
from fi_workbench.segmentation.alignment import ALIKE_BELOW, align, carried_on, moves
from fi_workbench.segmentation.approvals import read_approved
from fi_workbench.segmentation.grouping import Grouping
from tests.unit.segmentation_models import grouping_of

SHARES = (0.4, 0.3, 0.2, 0.1)
PRESENT = {
    "domestic_abuse": (0.9, 0.1, 0.2, 0.1),
    "parental_mental_health": (0.8, 0.2, 0.2, 0.9),
    "child_disability_support": (0.05, 0.8, 0.1, 0.1),
    "exploitation_outside_home": (0.02, 0.02, 0.8, 0.1),
}


def reordered(order: tuple[int, ...], *, noise: float = 0.0) -> Grouping:
    random = np.random.default_rng(1)
    chances = {
        need: tuple(float(np.clip(row[i] + random.normal(0, noise), 0, 1)) for i in order)
        for need, row in PRESENT.items()
    }
    return grouping_of(tuple(SHARES[i] for i in order), chances)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[1::5])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_any_order_is_undone(order: tuple[int, ...], noise: float) -> None:
    former = reordered((0, 1, 2, 3))
    alignment = align(former, reordered(order, noise=noise))
    assert [match.former_code for match in alignment.matches] == [f"s{i + 1}" for i in order]
    assert alignment.keeps_meaning
    assert alignment.merges == alignment.splits == ()
    assert [segment.code for segment in carried_on(former, reordered(order)).segments] == [f"s{i + 1}" for i in order]


def test_the_distance_is_the_mean_difference_of_probabilities() -> None:
    former = grouping_of((1.0,), {"domestic_abuse": (0.5,), "parental_mental_health": (0.2,)})
    fitted = grouping_of((1.0,), {"domestic_abuse": (0.6,), "parental_mental_health": (0.5,)})
    assert align(former, fitted).matches[0].distance == pytest.approx((0.1 + 0.3) / 2)


def test_a_split_gets_a_code_never_used_and_is_said() -> None:
    former = reordered((0, 1, 2, 3))
    halves = {need: (*row, row[0]) for need, row in PRESENT.items()}
    alignment = align(former, grouping_of((0.3, 0.3, 0.2, 0.1, 0.1), halves))
    assert sorted(match.code for match in alignment.matches) == ["s1", "s2", "s3", "s4", "s5"]
    assert [codes[2] for codes in alignment.splits] == ["s1"]
    assert not alignment.keeps_meaning


def test_a_merge_leaves_a_segment_without_a_successor() -> None:
    alike = {need: (row[0], row[0] * 0.98, row[2], row[3]) for need, row in PRESENT.items()}
    former = grouping_of(SHARES, alike)
    joined = grouping_of((0.7, 0.2, 0.1), {need: (row[0], row[2], row[3]) for need, row in alike.items()})
    alignment = align(former, joined)
    assert alignment.gone == ("s2",)
    assert alignment.merges == (("s1", "s2", "s1"),)


def test_a_segment_like_no_other_is_not_given_an_old_meaning() -> None:
    former = grouping_of((0.6, 0.4), {"domestic_abuse": (0.9, 0.1), "child_disability_support": (0.1, 0.1)})
    fitted = grouping_of((0.6, 0.4), {"domestic_abuse": (0.9, 0.3), "child_disability_support": (0.1, 0.9)})
    first, second = align(former, fitted).matches
    assert (first.code, second.code, second.former_code) == ("s1", "s3", None)


def test_what_the_matching_has_left_over_is_no_successor() -> None:
    """The third of each is nearest to a segment that has its like already, though the two are not far apart."""
    former = grouping_of((0.5, 0.3, 0.2), {"domestic_abuse": (0.4, 0.6, 0.7), "neglect": (0.4, 0.5, 0.4)})
    fitted = grouping_of((0.5, 0.3, 0.2), {"domestic_abuse": (0.4, 0.6, 0.5), "neglect": (0.4, 0.5, 0.3)})
    alignment = align(former, fitted)
    assert alignment.distances[2, 2] < ALIKE_BELOW
    assert [match.former_code for match in alignment.matches] == ["s1", "s2", None]
    assert alignment.matches[2].code == "s4"
    assert alignment.gone == ("s3",)


def test_groupings_without_a_common_indicator_are_refused() -> None:
    former, fitted = grouping_of((1.0,), {"domestic_abuse": (0.5,)}), grouping_of((1.0,), {"neglect": (0.5,)})
    with pytest.raises(SegmentationError, match="share no indicator"):
        align(former, fitted)


def test_moves_are_told_apart_by_cause() -> None:
    def of(*segments: str) -> pl.DataFrame:
        return pl.DataFrame({"family_id": ["a", "b", "c", "d"], "segment": segments})

    told = moves(
        {
            "before": of("s1", "s1", "s1", "s1"),
            "same_model": of("s1", "s2", "s1", "s2"),
            "now": of("s1", "s2", "s3", "s3"),
        }
    )
    assert told["cause"].to_list() == ["none", "needs", "refit", "both"]


def test_the_shipped_grouping_is_itself() -> None:
    approved = read_approved(shipped("templates") / "workspace" / "models" / "segmentation")
    assert approved is not None
    grouping = approved.grouping
    alignment = align(grouping, grouping)
    assert alignment.keeps_meaning
    assert {match.distance for match in alignment.matches} == {0.0}


def test_what_cannot_carry_on_is_written_for_the_person_who_decides() -> None:
    halves = {need: (*row, row[0]) for need, row in PRESENT.items()}
    told = carried_on(reordered((0, 1, 2, 3)), grouping_of((0.3, 0.3, 0.2, 0.1, 0.1), halves))
    assert len(told.carried) == 5
    assert told.carried_from == "2026-11-22-abcdef01"
    assert any("has split" in change for change in told.changes)
    assert any("is new" in change for change in told.changes)
