"""Characters that a paper cannot show: refused where people write them, replaced where partners do."""

from __future__ import annotations

import sys
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of

from fi_workbench.briefs.characters import NOT_SHOWN, PRINTED, check_printable, on_paper
from fi_workbench.briefs.paper import brief_paper, notice_paper
from fi_workbench.briefs.paper_text import paper_text
from fi_workbench.display import Section
from fi_workbench.errors import WrongUseError


def all_of_them() -> list[str]:
    """Every character of the ranges that can be seen."""
    found, rest = [], PRINTED
    while rest:
        last = rest[2] if rest[1:2] == "-" else rest[0]
        found += [chr(n) for n in range(ord(rest[0]), ord(last) + 1)]
        rest = rest[3:] if rest[1:2] == "-" else rest[1:]
    return [one for one in found if not one.isspace()]


def said_by(text: str) -> str:
    paper = notice_paper(title="A title", authority="Town of Testing", texts=[text, text], on=date(2026, 11, 22))
    return paper_text(paper, "notice")


def test_everything_that_is_said_to_print_is_set_and_read_again() -> None:
    known = all_of_them()
    assert len(known) > 500
    for begin in range(0, len(known), 100):
        some = known[begin : begin + 100]
        said = said_by("".join(f"a{one}" for one in some) + "b")
        assert [ascii(one) for one in some if one not in said] == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Good news \U0001f600.", f"Good news {NOT_SHOWN}."),
        ("T\u0177 Gwyn", "Ty Gwyn"),
        ("T\u0079\u0302 Gwyn", "Ty Gwyn"),
        ("e\u0301tude", "étude"),
        ("of\ufb01ce", "office"),
        ("\u202eNorth\u200b", "North"),
        ("a\ufdd0b\x07c\x00d", f"a{NOT_SHOWN}bcd"),
        ("a\x08b\x0cc\x1fd", "ab c d"),
        ("H:\\briefs", "H:\\briefs"),
        ("\uff02North\uff3c", '"North\\'),
        ("a\ud800b", f"a{NOT_SHOWN}b"),
        ("Łukasz’s “plan” – 7 of 12 …", "Łukasz’s “plan” – 7 of 12 …"),
    ],
)
def test_what_a_paper_lacks_is_replaced_and_all_else_stays(written: str, shown: str) -> None:
    assert on_paper(written) == shown
    assert "b" in said_by(written + " b")


@given(st.text(max_size=40))
def test_any_text_can_be_set_and_looked_through(text: str) -> None:
    said_by(f"a {text} b")


def test_a_partners_text_keeps_no_brief_back() -> None:
    brief = brief_of(
        Section(key="actions", audience="unit", lead="Help \U0001f600\u200b from \u4e2d.", notes=("\x07",))
    )
    assert paper_text(brief_paper(brief), "unit_brief.pdf").count(NOT_SHOWN) >= 2


@pytest.mark.parametrize("character", ["\U0001f600", "\ufdd0", "\u202e", "\u200b", "\u4e2d", "\x07", "\xad"])
def test_a_person_is_told_the_character_and_not_the_words(character: str) -> None:
    with pytest.raises(WrongUseError) as refused:
        check_printable(f"Good news {character} for everyone", "note.txt")
    message = str(refused.value)
    assert unicodedata.name(character, f"U+{ord(character):04X}") in message
    assert "place 11" in message
    assert "note.txt" in message
    assert "news" not in message


@pytest.mark.parametrize("words", ["Siân Tŷ\u0302", "don’t", "a\u2028b", "a\tb", "of\ufb01ce", "", "n\u0303"])
def test_letters_with_marks_and_spaces_pass(words: str) -> None:
    check_printable(words, "--by")
