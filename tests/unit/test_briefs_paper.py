"""The brief on paper: tagged, in English, the same words and the same bytes."""

from __future__ import annotations

import io
import sys
from collections import Counter
from pathlib import Path

import pytest
from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of, brief_of_pieces

from fi_workbench.briefs.paper import PAGES, brief_paper, forget_papers
from fi_workbench.display import Finding, Section


@pytest.fixture(scope="module")
def paper() -> bytes:
    return brief_paper(brief_of_pieces())


def test_it_is_tagged_named_and_in_english(paper: bytes) -> None:
    reader = PdfReader(io.BytesIO(paper))
    root = reader.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).lower() == "en-gb"
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert reader.metadata.title == "Tyne: Monday brief, Week of 16 to 22 November 2026"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_its_date_is_the_weeks(paper: bytes) -> None:
    metadata = PdfReader(io.BytesIO(paper)).metadata
    assert metadata is not None
    assert str(metadata.creation_date)[:10] == "2026-11-22"


def test_it_says_what_the_page_says(paper: bytes) -> None:
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages).split())
    for said in ("Good to use.", "Due by Friday.", "Falls due", "usually 3 to 12", "7 of 12", "What would we do?"):
        assert said in text


def test_every_picture_has_its_words(paper: bytes) -> None:
    import re

    reader = PdfReader(io.BytesIO(paper))
    figures = [
        found
        for number in range(1, len(reader.xref[0]) + 1)
        if isinstance(found := reader.get_object(number), dict) and found.get("/S") == "/Figure"
    ]
    assert figures
    assert all(re.search(r"\d", str(figure["/Alt"])) for figure in figures)


def test_the_same_brief_is_the_same_bytes(paper: bytes) -> None:
    assert brief_paper(brief_of_pieces()) == paper


def test_a_paper_is_the_same_after_those_before_it_were_forgotten(paper: bytes) -> None:
    forget_papers()
    assert brief_paper(brief_of_pieces()) == paper


def words_by_page(n: int) -> list[list[str]]:
    """A brief of so many things to do, page by page, as another reader of PDFs sees it."""
    findings = tuple(Finding(sentence=f"Thing {place} is to be done.", tone="do") for place in range(n))
    brief = brief_of(Section(key="actions", audience="unit", lead="Much.", findings=findings))
    return [page.extract_text().split() for page in PdfReader(io.BytesIO(brief_paper(brief))).pages]


def test_a_paper_is_set_tighter_where_that_saves_a_page_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    many = range(108, 126, 2)
    papers = {n: words_by_page(n) for n in many}
    monkeypatch.setattr("fi_workbench.briefs.paper.PAGES", 100)
    roomy = {n: words_by_page(n) for n in many}
    saved = [n for n in many if len(papers[n]) < len(roomy[n])]
    assert saved
    assert all(len(roomy[n]) > PAGES and len(papers[n]) == len(roomy[n]) - 1 for n in saved)
    assert all(papers[n] == roomy[n] for n in many if n not in saved)
    for n in saved:
        said = [Counter(word for page in one for word in page) for one in (papers[n], roomy[n])]
        assert set(said[0]) == set(said[1])
        assert said[0]["Thing"] == said[1]["Thing"] == n
