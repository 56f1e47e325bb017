"""A brief that is hard to read, or says more than its figures bear, is held with the sentence named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import CHART, TABLE, brief_of

from fi_workbench.briefs.wording import check_words, faults_of_words
from fi_workbench.display import Finding, Section
from fi_workbench.errors import BriefError

PLAIN = "Two children have no visit on record. If they were seen, write it down."
LONG = "We " + " ".join(f"see{'' if n % 2 else 'n'} them" for n in range(13)) + "."


def faults(**given: Any) -> list[str]:
    brief = brief_of(Section(key="x", audience="unit", **{"lead": PLAIN, **given}))
    return faults_of_words(brief)


def test_plain_words_pass() -> None:
    assert faults(findings=(Finding(sentence="7 of 12 visits are on record.", to_do="Write down the rest."),)) == []


@pytest.mark.parametrize("where", ["lead", "question", "notes", "rest_words"])
def test_a_long_sentence_is_named_wherever_it_stands(where: str) -> None:
    found = faults(**{where: (LONG,) if where == "notes" else LONG})
    assert len(found) == 1
    assert "27 words, at most 25" in found[0]
    assert '(What can we do?: "We seen them see them seen …")' in found[0]


def test_hard_words_are_counted_over_the_brief_and_over_findings() -> None:
    hard = "Interagency deliberation necessitates comprehensive multidisciplinary consideration."
    found = faults(findings=(Finding(sentence=hard), Finding(sentence=hard + " " + hard)))
    assert any("findings with a reading ease" in fault and "Interagency" in fault for fault in found)
    assert any(fault.startswith("a reading ease of") for fault in faults(lead=hard, notes=(hard, hard, hard)))


def test_terms_of_the_field_do_not_make_it_hard() -> None:
    said = "Core group, child protection conference and assessment are due for nine children in four families."
    assert faults(findings=(Finding(sentence=said),)) == []


def test_a_long_average_is_refused() -> None:
    said = "We look at all of the things that they say to us on the day we see them at home."
    assert any("words for a sentence, at most 15" in fault for fault in faults(notes=(said,) * 30))


@pytest.mark.parametrize("said", ["58% of visits were kept.", "12 per cent were kept."])
def test_a_share_is_never_a_bare_percentage(said: str) -> None:
    assert any("bare percentage" in fault for fault in faults(lead=said))


@pytest.mark.parametrize(
    "said", ["Referrals rose.", "Visits fell to 9.", "It has changed.", "A sharp increase in need."]
)
def test_a_change_is_said_only_outside_control_limits(said: str) -> None:
    assert any("may be chance" in fault for fault in faults(findings=(Finding(sentence=said),)))
    assert any("may be chance" in fault for fault in faults(charts=(CHART.model_copy(update={"title": said}),)))
    assert faults(findings=(Finding(sentence=said, tone="more"),)) == []


@pytest.mark.parametrize("said", ["Dates fell due on two clocks.", "Nothing changed by more than chance."])
def test_what_is_no_change_may_be_said(said: str) -> None:
    assert faults(lead=said) == []


def test_cells_of_tables_are_not_prose_and_their_notes_are() -> None:
    wide = TABLE.model_copy(update={"rows": ((LONG, "1"),)})
    assert faults(tables=(wide,)) == []
    assert len(faults(tables=(wide.model_copy(update={"notes": (LONG,)}),))) == 1


def test_a_brief_that_fails_is_held_and_only_the_beginning_is_said() -> None:
    with pytest.raises(BriefError) as caught:
        check_words(brief_of(Section(key="x", audience="unit", lead=LONG)))
    said = str(caught.value)
    assert "We seen them see them seen" in said
    assert LONG not in said
    assert "plainer word" in said
