"""What edited words may say: numbers of the finding alone, shares that can be, and no name of anybody."""

from __future__ import annotations

import re

import pytest

from fi_workbench.briefs.edited_words import check_edit
from fi_workbench.errors import DisclosureError, WrongUseError

BEFORE = "No record by 27 November 2026 for 17 of 121 children in three families."
TOLD = ("17 of 121", "usually 3 to 12", "4 June 2026")
BRIEF = """Tyne: Monday brief
For the unit.
Young carers: Will somebody ask? Under the Children Act 1989 we look.
"""
NAMES = ("Town of Testing", "Tyne", "your analyst")


def edit(after: str, before: str = BEFORE) -> None:
    check_edit(before, after, told=TOLD, brief=BRIEF, names=NAMES)


@pytest.mark.parametrize(
    "after",
    [
        "17 of 121 children have no record by 27 November 2026.",
        "By 27 November, look at 17 children.",
        "Look at 17 children, whose visits go back to 4 June 2026.",
        "Look at 17 of the 121 children. They live in 3 families.",
        "Of 121 children, 17 have no record by 27 November.",
        "Look at twelve of 121 children.",  # 12 stands in the usual range
        "See the Children Act and the Monday brief for Tyne in November.",
        "Ring the GP first. It's urgent. Children's plans come next.",
        "A visit is late. I would ring. The doctor's letter helps.",
        "Look at them in November. Ring on Monday.",
        "Look at the third visit of last quarter.",
    ],
)
def test_words_with_the_findings_own_numbers_pass(after: str) -> None:
    edit(after)


@pytest.mark.parametrize(
    "after",
    [
        "18 of 121 children have no record.",
        "Eighteen children have no record.",
        "Twenty-one children have no record.",
        "27 children have no record.",  # a day of a date is not a count
        "Look at 2026 children.",
        "Look at them by 12 November 2026.",  # a count is not a day
        "Look at them by 27 November 2027.",
        "Half of 121 children have no record.",
        "A quarter of the children have no record.",
        "Dozens of children have no record.",
        "１８ children have no record.",
        "½ of the children have no record.",
        "1,721 children have no record.",
        "17.5 children have no record.",
    ],
)
def test_a_number_that_the_finding_does_not_hold_is_refused_without_being_repeated(after: str) -> None:
    with pytest.raises(WrongUseError, match="a figure that the finding does not have") as caught:
        edit(after)
    assert not set(re.findall(r"\d{2,}", after)) & set(re.findall(r"\d{2,}", str(caught.value)))


@pytest.mark.parametrize(
    "after",
    [
        "121 of 17 children have no record.",
        "121 of the 17 children have no record.",
        "121 children were seen out of 17.",
        "Seventeen of three families have no record.",
        "121/17 children have no record.",
        "Of 17 children, 121 have no record.",
        "It is late. Of all 17 children, 121 have no record.",
    ],
)
def test_a_part_that_is_larger_than_its_whole_is_refused(after: str) -> None:
    with pytest.raises(WrongUseError, match="larger than its whole"):
        edit(after)


@pytest.mark.parametrize(
    "after",
    [
        "Ask Jane Roe about 17 children.",
        "Jane Roe has the list.",
        "Ask Jayden.",
        "Jayden's visit is late.",
        "Ask Mr Roe.",
        "Ask mrs roe.",
        "Dr. Roe has the list.",
        "J. Roe has the list.",
        "Ask Miss Tyne.",
        "Ask SMITH.",
        "Ask McAllister-Jones.",
        "Ask Élodie.",
        "O'Neill has the list.",
        "Ask April.",
        "Ask Jan about 17 children.",
        "Ask Will and Young.",  # words that only begin a stretch of the brief
    ],
)
def test_what_looks_like_a_name_is_refused_and_the_advice_is_about_the_sentence(after: str) -> None:
    with pytest.raises(DisclosureError, match="looks like the name of a person") as caught:
        edit(after)
    told = str(caught.value)
    assert "Say it without any person." in told
    assert "contract" not in told
    for word in ("Roe", "Jane", "Jayden", "Smith", "Tyne"):
        assert word.lower() not in told.lower()
