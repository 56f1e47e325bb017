"""The list of needs against the code list that returns use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fi_workbench.vocabulary.needs import NEED_CODES, NEEDS, NOT_EVIDENCE, need


def test_every_assessment_factor_is_evidence_of_one_need_or_has_a_reason_not_to_be(samples: Path) -> None:
    codes = samples.parent / "domain" / "codesets" / "cin_census_2026.json"
    if not codes.is_file():
        pytest.skip("the code list of the census is not beside the samples")
    known = set(json.loads(codes.read_text(encoding="utf-8"))["codes"]["assessmentfactorstype"]["values"])
    used = [code for each in NEEDS for code in each.factor_codes]
    assert len(used) == len(set(used))
    assert set(used) | set(NOT_EVIDENCE) == known
    assert not set(used) & set(NOT_EVIDENCE)


def test_factors_lie_with_the_person_they_are_about() -> None:
    subjects = {"A": "child", "B": "parent", "C": "other"}
    for each in NEEDS:
        for subject, codes in each.factors.items():
            for code in codes:
                if code[:-1] in {"1", "2", "3", "4", "5", "6"}:
                    assert subjects[code[-1]] == subject, code


def test_codes_are_distinct_and_words_never_speak_of_danger() -> None:
    assert len(NEED_CODES) == len(set(NEED_CODES))
    for each in NEEDS:
        assert need(each.code) is each
        said = [each.label, each.phrase, *(words for fact in each.facts for words in (fact.one, fact.many))]
        assert not any("risk" in words.lower() for words in said)


def test_only_needs_that_assessments_do_not_cover_are_read_from_partners_alone() -> None:
    for each in NEEDS:
        assert bool(each.factors) == (each.absence == "assessment")
