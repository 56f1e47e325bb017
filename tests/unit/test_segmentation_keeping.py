"""A refit moves a family only where the new grouping clearly prefers another segment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from fi_workbench import segmentation
from fi_workbench.segmentation.alignment import carried_on
from fi_workbench.segmentation.approvals import ApprovedModel
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import INDICATORS
from fi_workbench.segmentation.keeping import place_families
from fi_workbench.settings import Segmentation
from tests.unit.segmentation_models import grouping_of
from tests.unit.test_segmentation_approval import SETTINGS, profiles


def grouping(neglect: float, domestic_abuse: float = 0.9) -> Grouping:
    """Two equal segments; a family with neglect alone known goes to the second at odds of neglect over 0.4."""
    return grouping_of((0.5, 0.5), {"domestic_abuse": (domestic_abuse, 0.1), "neglect": (0.4, neglect)})


FIRST = grouping(0.3)
"""Neglect speaks for the first segment, at odds of 4 to 3."""


def rows(*answers: dict[str, str]) -> pl.DataFrame:
    told = [{"family_id": f"F{i}", **one} for i, one in enumerate(answers)]
    return pl.DataFrame(told, schema={"family_id": pl.String, **dict.fromkeys([i.name for i in INDICATORS], pl.String)})


NEGLECT = rows({"neglect": "present"})


@pytest.mark.parametrize(
    ("neglect", "place", "kept"), [(0.3, 0, False), (0.5, 0, True), (0.79, 0, True), (0.81, 1, False)]
)
def test_a_family_stays_up_to_the_odds_that_settings_publish(neglect: float, place: int, kept: bool) -> None:
    now = place_families(NEGLECT, grouping(neglect), [FIRST], keep_odds=2)
    told = now.patterns.of_row[0]
    assert (now.place[told], bool(now.kept[told])) == (place, kept)
    assert place_families(NEGLECT, grouping(neglect), [FIRST], keep_odds=1).place[told] == (0 if neglect < 0.4 else 1)
    assert not place_families(NEGLECT, grouping(neglect), [], keep_odds=2).kept.any()


def test_what_was_kept_at_one_refit_is_not_given_up_at_the_next_for_nothing() -> None:
    """Kept at the second grouping, the family is still in its segment at the third, which is the second again."""
    chain = [FIRST, grouping(0.6)]
    assert place_families(NEGLECT, grouping(0.6), chain, keep_odds=2).place[0] == 0
    assert place_families(NEGLECT, grouping(0.6), chain[1:], keep_odds=2).place[0] == 1


def test_a_change_of_needs_moves_a_family_as_before() -> None:
    changed = rows({"neglect": "present", "domestic_abuse": "absent"})
    assert place_families(changed, grouping(0.6), [FIRST], keep_odds=2).place[0] == 1


def test_a_segment_that_nothing_carries_on_keeps_nobody() -> None:
    other = grouping(0.5)
    segments = tuple(
        one.model_copy(update={"code": code}) for one, code in zip(other.segments, ("s8", "s9"), strict=True)
    )
    found = place_families(NEGLECT, other.model_copy(update={"segments": segments}), [FIRST], keep_odds=2)
    assert found.place[0] == 1
    assert not found.kept[0]


def test_the_sentence_says_that_a_segment_was_kept() -> None:
    needs = pl.DataFrame({"family_id": "F1", "need": ["neglect"], "state": ["present"]})
    families = pl.DataFrame({"family_id": ["F1"], "youngest_age_band": ["1_to_4"], "n_children": [1]})
    approval = segmentation.Approval(
        version="v",
        by="A. Person",
        at=datetime(2026, 11, 23, tzinfo=UTC),
        reason="Why",
        synthetic=False,
        model_sha256="0",
    )
    model = ApprovedModel(grouping(0.55), approval, (FIRST,))
    row = segmentation.assign(
        need_profiles=needs, family_profiles=families, model=model, settings=SETTINGS
    ).segment_memberships.row(0, named=True)
    assert row["segment"] == FIRST.segments[0].code
    assert row["posterior"] < row["second_posterior"]
    assert row["clear"] is False
    assert "kept where it was, although Segment 2 now fits a little better" in row["reason"]


def test_an_approved_refit_knows_the_approved_groupings_that_it_carries_on(tmp_path: Path) -> None:
    quick = SETTINGS.model_copy(
        update={"segmentation": Segmentation(n_classes=2, n_starts=4, most_classes=2, n_refits=2)}
    )
    before: Grouping | None = None
    versions = []
    for day in (1, 2, 3):
        candidate = segmentation.fit_candidate(
            *profiles(120, seed=day), quick, made_on=date(2026, 9, day), former=before
        )
        segmentation.write_candidate(tmp_path, candidate)
        at = datetime(2026, 9, day, 9, tzinfo=UTC)
        segmentation.approve(tmp_path, candidate.version, "A. Person", "It fits", at)
        before = candidate
        versions.append(candidate.version)
    used = segmentation.read_approved(tmp_path)
    assert used is not None
    assert [one.version for one in used.former] == versions[:2]
    first = segmentation.read_approved(tmp_path, versions[0])
    assert first is not None
    assert first.former == ()
    assert carried_on(used.grouping, used.grouping).carried_from == used.version
