"""The catalogue: strict, complete, and honest about what it does not know."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from fi_workbench.errors import MatchingError
from fi_workbench.matching import parse_catalogue, read_catalogue
from fi_workbench.matching.catalogue import PUBLIC_BODIES, RATING_TO_BE_CHECKED
from fi_workbench.resources import shipped

SEEDED = {
    "functional_family_therapy",
    "multisystemic_therapy",
    "multisystemic_therapy_child_abuse_and_neglect",
    "incredible_years_preschool",
    "triple_p",
    "parent_child_interaction_therapy",
    "family_nurse_partnership",
    "family_group_conference",
    "family_drug_and_alcohol_court",
    "family_safeguarding",
    "pause",
    "systemic_family_practice",
    "non_violent_resistance",
    "safe_families",
    "supporting_families_keyworker",
}


@pytest.fixture
def document() -> dict[str, Any]:
    path = shipped("data_contracts") / "catalogue" / "interventions.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return deepcopy(loaded)


def test_the_shipped_catalogue_holds_what_was_agreed() -> None:
    catalogue = read_catalogue()
    assert {each.id for each in catalogue.interventions} == SEEDED
    names = [each.name for each in catalogue.by_name()]
    assert names == sorted(names)


def test_ratings_nobody_checked_say_so() -> None:
    ratings = {each.id: each.evidence for each in read_catalogue().interventions}
    assert ratings["functional_family_therapy"].rating == "3"
    assert ratings["functional_family_therapy"].mixed
    assert ratings["multisystemic_therapy"].mixed
    for each in ("triple_p", "safe_families", "parent_child_interaction_therapy", "non_violent_resistance"):
        assert ratings[each].rating == RATING_TO_BE_CHECKED


def test_links_lead_to_public_bodies_only() -> None:
    urls = [each.evidence.url for each in read_catalogue().interventions if each.evidence.url]
    assert urls
    assert all(any(body in url for body in PUBLIC_BODIES) for url in urls)


def test_family_meetings_and_work_with_both_parents_ask_about_coercive_control() -> None:
    by_id = {each.id: each for each in read_catalogue().interventions}
    for each in ("family_group_conference", "functional_family_therapy", "systemic_family_practice"):
        assert "coercive_control" in {criterion.id for criterion in by_id[each].contra_indications}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda each: each.update(colour="red"), "colour"),
        (lambda each: each["evidence"].update(ratign="4"), "ratign"),
        (lambda each: each["eligibility"][0]["rule"].update(upto=4), "upto"),
        (lambda each: each["eligibility"][0].update(rule={"kind": "score"}), "score"),
        (lambda each: each["eligibility"][0].update(rule={"kind": "need_recorded", "any_of": ["debt"]}), "not needs"),
        (lambda each: each["eligibility"][0].update(rule={"kind": "child_aged", "from_age": 9, "to_age": 3}), "below"),
        (lambda each: each.update(target_factors=["99Z"]), "99Z"),
        (lambda each: each["evidence"].update(url="https://example.com/buy"), "public bodies"),
        (lambda each: each.update(eligibility=[]), "eligibility"),
        (lambda each: each["eligibility"].append(each["eligibility"][0]), "same id"),
    ],
)
def test_what_cannot_be_is_refused(document: dict[str, Any], change: Any, told: str) -> None:
    change(document["interventions"][0])
    with pytest.raises(MatchingError, match=told):
        parse_catalogue(document)


def test_two_interventions_with_one_id_are_refused(document: dict[str, Any]) -> None:
    document["interventions"].append(document["interventions"][0])
    with pytest.raises(MatchingError, match="same id"):
        parse_catalogue(document)


def test_an_absent_or_unreadable_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MatchingError, match="no intervention catalogue"):
        read_catalogue(tmp_path / "interventions.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("interventions: [", encoding="utf-8")
    with pytest.raises(MatchingError, match="not readable"):
        read_catalogue(broken)
