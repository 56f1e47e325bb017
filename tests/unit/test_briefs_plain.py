"""The brief as plain text: everything that the page says, in its order, and nothing that needs eyes."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of_pieces

from fi_workbench.briefs.plain import EDITED, brief_text
from fi_workbench.briefs.wording import findings_of, texts_of

BRIEF = brief_of_pieces()
PICTURED = {chart.alt for part in BRIEF.parts for section in part.sections for chart in section.charts}


@pytest.fixture(scope="module")
def text() -> str:
    return brief_text(BRIEF).decode()


def test_every_sentence_of_the_brief_is_in_it(text: str) -> None:
    texts = [told for _, told in texts_of(BRIEF) if told not in PICTURED]
    assert len(texts) > 10
    assert not [told for told in texts if told not in text]


def test_questions_stand_in_their_order(text: str) -> None:
    places = [text.index(f"\n{part.title}\n{'-' * len(part.title)}\n") for part in BRIEF.parts]
    assert all(one < other for one, other in pairwise(places))


def test_every_number_of_a_chart_and_a_table_is_in_it_with_its_column(text: str) -> None:
    sections = [section for part in BRIEF.parts for section in part.sections]
    tables = [table for section in sections for table in section.tables]
    tables += [chart.table for section in sections for chart in section.charts]
    assert tables
    for table in tables:
        assert f"{table.caption}:\n" in text
        for row in table.rows:
            line = next(each for each in text.splitlines() if each.startswith(f"- {row[0].removesuffix('.')}"))
            assert line
            for heading, cell in zip(table.headings[1:], row[1:], strict=True):
                assert f"{heading.label}: {cell.removesuffix('.')}" in text


def test_codes_banner_and_edits_are_said(text: str) -> None:
    codes = [finding.code for _, finding in findings_of(BRIEF) if finding.code]
    assert all(f"Code {code}." in text for code in codes)
    assert "Not this week's brief." in brief_text(BRIEF, banner="Not this week's brief.").decode().splitlines()
    part = next(part for part in BRIEF.parts if any(section.findings for section in part.sections))
    section = next(section for section in part.sections if section.findings)
    first = section.findings[0].model_copy(update={"edited": True})
    edited = section.model_copy(update={"findings": (first, *section.findings[1:])})
    changed = BRIEF.model_copy(update={"parts": (part.model_copy(update={"sections": (edited,)}),)})
    assert f"{first.sentence}{EDITED}" in brief_text(changed).decode()
    assert EDITED not in text


def test_it_is_text_alone(text: str) -> None:
    assert "<" not in text
    assert "mailto:" not in text
    assert "\t" not in text
    assert text.endswith("\n")
