"""A paper is searched as the page is: what it draws, what stands for a picture, and what it calls itself."""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import SOMEBODY, brief_of_pieces

from fi_workbench.briefs.guarding import Guard
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.paper import brief_paper
from fi_workbench.briefs.paper_text import paper_text
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import index_identifiers
from fi_workbench.disclosure.scanning import dates_in
from fi_workbench.errors import DisclosureError

NAME = f"{SOMEBODY['forename']} {SOMEBODY['surname']}"


@pytest.fixture(scope="module")
def paper() -> bytes:
    return brief_paper(brief_of_pieces())


@pytest.fixture(scope="module")
def guard() -> Guard:
    catalogue = all_contracts()
    schema = catalogue.table("case_people").polars_schema()
    people = pl.DataFrame([dict.fromkeys(schema) | SOMEBODY], schema=schema)
    return Guard(index_identifiers({"case_people": people}, catalogue), ("Tyne",))


def test_it_reads_every_word_that_another_reader_reads(paper: bytes) -> None:
    pages = PdfReader(io.BytesIO(paper)).pages
    theirs = {word for page in pages for word in page.extract_text().split()}
    assert len(theirs) > 50
    assert theirs <= set(paper_text(paper, "paper").split())


def test_a_paper_of_no_date_holds_none_whenever_somebody_was_born(paper: bytes) -> None:
    # the standard that a PDF's facts are written by has a date in its own name: 22 February 1999
    assert sorted(day for day in dates_in(paper_text(paper, "paper")) if day.year < 2026) == []


def in_a_sentence(brief: Brief) -> Brief:
    return brief.model_copy(update={"parts": (brief.parts[0].model_copy(update={"reading": (f"About {NAME}.",)}),)})


def in_a_picture(brief: Brief) -> Brief:
    part = brief.parts[0]
    chart = part.sections[0].charts[0]
    spec = {"data": {"values": [{"label": NAME}]}, "mark": "text", "encoding": {"text": {"field": "label"}}}
    section = part.sections[0].model_copy(update={"charts": (chart.model_copy(update={"spec": spec}),)})
    return brief.model_copy(update={"parts": (part.model_copy(update={"sections": (section,)}),)})


def in_the_words_of_a_picture(brief: Brief) -> Brief:
    part = brief.parts[0]
    chart = part.sections[0].charts[0].model_copy(update={"alt": f"A chart of the family of {NAME} – in words"})
    section = part.sections[0].model_copy(update={"charts": (chart,)})
    return brief.model_copy(update={"parts": (part.model_copy(update={"sections": (section,)}),)})


def in_the_title(brief: Brief) -> Brief:
    return brief.model_copy(update={"head": brief.head.model_copy(update={"title": f"Brief on {NAME}"})})


@pytest.mark.parametrize("put", [in_a_sentence, in_a_picture, in_the_words_of_a_picture, in_the_title])
def test_a_person_is_found_wherever_a_paper_can_hold_one(put: Callable[[Brief], Brief], guard: Guard) -> None:
    made = brief_paper(put(brief_of_pieces()))
    assert NAME.encode() not in made or put is not in_a_sentence
    with pytest.raises(DisclosureError, match="holds a full name") as caught:
        guard.check({"unit_tyne/unit_brief.pdf": made}, dates=[])
    assert "quillfeather" not in str(caught.value).lower()


def test_a_paper_without_anybody_passes(paper: bytes, guard: Guard) -> None:
    guard.check({"unit_tyne/unit_brief.pdf": paper}, dates=brief_of_pieces().dates())


def spoilt(paper: bytes) -> list[bytes]:
    """The same paper with a stream that does not open, with letters that nothing explains, and without text."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL)
    drawn = next(one for one in streams if one[:1] == b"x" and b"\nBT" in zlib.decompress(one))
    letters = next(one for one in streams if one[:1] == b"x" and b"beginbfchar" in zlib.decompress(one))
    fewer = zlib.compress(zlib.decompress(letters).replace(b"<0002>", b"<7002>"))
    odd = zlib.compress(zlib.decompress(drawn).replace(b"\nBT", b" BT", 1))
    return [
        paper.replace(drawn, b"xx" + drawn[2:]),
        paper.replace(letters, fewer),
        paper.replace(drawn, odd),
        paper.replace(b"/Contents", b"/Contains"),
        paper + b"\n9000 0 obj\n<</Type/ObjStm>>\nendobj",
    ]


def test_what_cannot_be_read_is_refused(paper: bytes) -> None:
    for one in spoilt(paper):
        assert one != paper
        with pytest.raises(DisclosureError, match="cannot be read"):
            paper_text(one, "paper")
