"""The model that travels with the synthetic authority: usable there, marked, and never for a real authority."""

from __future__ import annotations

import polars as pl
import pytest

from fi_workbench import segmentation
from fi_workbench.resources import shipped
from fi_workbench.settings import Authority, Settings
from fi_workbench.vocabulary.needs import NEED_CODES

FOLDER = shipped("templates") / "workspace" / "models" / "segmentation"


@pytest.fixture(scope="module")
def model() -> segmentation.ApprovedModel:
    read = segmentation.read_approved(FOLDER)
    assert read is not None
    return read


def test_it_is_one_model_approved_by_nobody_real_and_says_so(model: segmentation.ApprovedModel) -> None:
    assert len(list(FOLDER.iterdir())) == 1
    assert model.synthetic
    assert model.approval.by == segmentation.SYNTHETIC_PERSON
    assert "nobody's families" in model.grouping.note


def test_its_best_solution_was_found_again_and_it_has_four_segments(model: segmentation.ApprovedModel) -> None:
    assert len(model.grouping.segments) == 4
    assert model.grouping.fit.replicated
    assert model.grouping.fit.hit_rate >= 0.5
    assert [fit.n_classes for fit in model.grouping.fits] == list(range(1, 13))
    names = [segment.name for segment in model.grouping.segments]
    assert len(set(names)) == 4
    assert model.grouping.newcomers is not None, "later newcomers have somebody to be compared with"
    assert model.grouping.newcomers.families > 100
    assert not any("risk" in name.lower() for name in names)


@pytest.mark.parametrize("synthetic", [True, False])
def test_it_groups_families_of_a_synthetic_authority_only(model: segmentation.ApprovedModel, synthetic: bool) -> None:
    needs = pl.DataFrame(
        {
            "family_id": "F1",
            "need": NEED_CODES,
            "state": ["present" if code == "exploitation_outside_home" else "assessed_absent" for code in NEED_CODES],
        }
    )
    families = pl.DataFrame({"family_id": ["F1"], "youngest_age_band": ["10_to_15"], "n_children": [1]})
    settings = Settings(authority=Authority(name="Somewhere", code="000", synthetic=synthetic))
    made = segmentation.assign(need_profiles=needs, family_profiles=families, model=model, settings=settings)
    assert (made.segment_memberships["segment"].item() is not None) == synthetic
