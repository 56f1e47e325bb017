"""The code lists of the returns against the lists that others publish, and what a list promises."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fi_workbench.errors import WorkbenchError
from fi_workbench.vocabulary import returns
from fi_workbench.vocabulary.codes import Code, CodeList, code_list

LISTS = {name: value for name, value in vars(returns).items() if isinstance(value, CodeList)}


def _published(name: str) -> dict:
    samples = Path(os.environ.get("FI_SAMPLES", Path(__file__).parents[2].parent / "shared" / "samples"))
    path = samples.parent / "domain" / "codesets" / name
    if not path.exists():
        pytest.skip(f"the published code sets ({name}) are not here: set FI_SAMPLES")
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_list_is_named_once() -> None:
    assert len({listed.name for listed in LISTS.values()}) == len(LISTS)


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS)
def test_every_code_has_a_label_and_possible_years(listed: CodeList) -> None:
    for code in listed:
        assert code.label
        assert code.value == code.value.strip()
        assert (code.first_year or 2017) <= (code.last_year or 2026)
        assert "risk" not in code.label.lower()


@pytest.mark.parametrize(
    ("listed", "published"),
    [
        (returns.ETHNICITY, "ethnicitytype"),
        (returns.DISABILITY, "disabilitytype"),
        (returns.REFERRAL_SOURCE, "referralsourcetype"),
        (returns.CATEGORY_OF_ABUSE, "categoryofabusetype"),
        (returns.PRIMARY_NEED, "primaryneedcodetype"),
        (returns.REASON_FOR_CLOSURE, "reasonforclosuretype"),
        (returns.ASSESSMENT_FACTORS, "assessmentfactorstype"),
        (returns.UPN_UNKNOWN, "unknownupntype"),
        (returns.SEX, "sextype"),
    ],
)
def test_census_lists_have_the_published_values(listed: CodeList, published: str) -> None:
    assert set(listed.values) == set(_published("cin_census_2026.json")["codes"][published]["values"])


@pytest.mark.parametrize(
    ("listed", "module", "column"),
    [
        (returns.REASON_NEW_EPISODE, "episodes", "RNE"),
        (returns.LEGAL_STATUS, "episodes", "LS"),
        (returns.PLACEMENT, "episodes", "PLACE"),
        (returns.PLACEMENT_PROVIDER, "episodes", "PLACE_PROVIDER"),
        (returns.REASON_EPISODE_CEASED, "episodes", "REC"),
        (returns.PLACEMENT_CHANGE, "episodes", "REASON_PLACE_CHANGE"),
        (returns.REVIEW_PARTICIPATION, "reviews", "REVIEW_CODE"),
        (returns.SDQ_REASON, "oc2", "SDQ_REASON"),
        (returns.IN_TOUCH, "oc3", "IN_TOUCH"),
        (returns.ACTIVITY, "oc3", "ACTIV"),
        (returns.ACCOMMODATION, "oc3", "ACCOM"),
        (returns.ADOPTERS_SEX, "ad1", "SEX_ADOPTR"),
        (returns.ADOPTERS_LEGAL_STATUS, "ad1", "LS_ADOPTR"),
        (returns.ADOPTION_CEASED, "placed_adoption", "REASON_PLACED_CEASED"),
        (returns.PREVIOUS_PERMANENCE, "prev_perm", "PREV_PERM"),
        (returns.MISSING, "missing", "MISSING"),
        (returns.WORKER_CHANGE, "social_worker", "SW_REASON"),
        (returns.ETHNICITY, "header", "ETHNIC"),
    ],
)
def test_looked_after_lists_in_force_in_2026_are_the_published_ones(listed: CodeList, module: str, column: str) -> None:
    published = _published("ssda903_2026.json")["tables"][module][column]["category"]
    assert set(listed.in_force(2026)) == {code["code"] for code in published}


@pytest.mark.parametrize(
    ("listed", "value", "last", "first_without"),
    [
        (returns.ASSESSMENT_FACTORS, "18A", 2020, 2021),
        (returns.ASSESSMENT_FACTORS, "19A", 2020, 2021),
        (returns.PLACEMENT, "H5", 2024, 2025),
        (returns.PLACEMENT, "P2", 2024, 2025),
        (returns.ACTIVITY, "F3", 2021, 2022),
        (returns.REASON_EPISODE_CEASED, "E43", 2018, 2019),
    ],
)
def test_retired_codes_keep_their_last_year(listed: CodeList, value: str, last: int, first_without: int) -> None:
    assert value in listed.in_force(last)
    assert value not in listed.in_force(first_without)


@pytest.mark.parametrize(
    ("listed", "value", "first"),
    [
        (returns.ASSESSMENT_FACTORS, "18B", 2021),
        (returns.ASSESSMENT_FACTORS, "24A", 2022),
        (returns.REFERRAL_SOURCE, "5D", 2023),
        (returns.REASON_FOR_CLOSURE, "RC9", 2023),
        (returns.PLACEMENT, "K3", 2025),
        (returns.PLACEMENT, "Z11", 2026),
    ],
)
def test_new_codes_start_in_their_year(listed: CodeList, value: str, first: int) -> None:
    assert value in listed.in_force(first)
    assert value not in listed.in_force(first - 1)


def test_numbers_for_sex_map_into_the_list() -> None:
    assert set(returns.SEX_FROM_NUMBER.values()) <= set(returns.SEX.values)
    assert returns.SEX_FROM_NUMBER == {"1": "M", "2": "F", "0": "U", "9": "U"}


def test_a_code_that_never_was_is_refused_without_naming_it() -> None:
    with pytest.raises(WorkbenchError, match="not in its code list") as caught:
        returns.PRIMARY_NEED.label("N77")
    assert "N77" not in str(caught.value)
    assert "N1" in str(caught.value)


def test_no_code_reads_as_not_recorded() -> None:
    assert returns.PRIMARY_NEED.label(None) == "Not recorded"


def test_a_value_twice_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="twice"):
        code_list("doubled", "a test", Code("A", "one"), Code("A", "two"))


def test_frame_is_the_list_in_order() -> None:
    frame = returns.REFERRAL_SOURCE.frame()
    assert tuple(frame["value"]) == returns.REFERRAL_SOURCE.values
    assert frame.columns == ["value", "label", "group", "first_year", "last_year"]


def test_years_in_words() -> None:
    assert Code("A", "a").years == ""
    assert Code("A", "a", first_year=2023).years == "collected from 2023"
    assert Code("A", "a", first_year=2018, last_year=2020).years == "collected from 2018 up to 2020"
