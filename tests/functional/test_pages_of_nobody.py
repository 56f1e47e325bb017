"""A page says nothing by itself that may be somebody's name: whoever lives in an authority, its briefs are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fi_workbench import briefs
from fi_workbench.briefs.guarding import make_guard
from fi_workbench.briefs.paper_text import PDF, paper_text
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure.identifiers import ordinary_words
from fi_workbench.disclosure.own_words import own_words
from fi_workbench.disclosure.scanning import words_of
from fi_workbench.weekly import open_workspace
from tests.functional.conftest import WEEK

PRODUCTS = ("built", "worklists", "managers", "evidence", "digests", "data_notes")
READ = (".html", ".txt", ".json", ".pdf")
VOWELS = frozenset("aeiou")
"""Codes that readers send back are made of letters without them, so that none is a word."""


def texts(workspace: Path) -> Iterator[tuple[str, str]]:
    for product in PRODUCTS:
        for path in sorted((workspace / product).rglob("*")):
            if path.suffix in READ:
                content = path.read_bytes()
                yield product, paper_text(content, path.name) if content.startswith(PDF) else content.decode()


def test_every_word_of_every_page_is_an_ordinary_word(week_made: Path) -> None:
    opened = open_workspace(week_made)
    plan = briefs.plan(lake=opened.lake, week=ReportingWeek.parse(WEEK), settings=opened.settings, workspace=week_made)
    for report in (briefs.build_manager_pages(plan), briefs.build_whole_pages(plan), briefs.build_evidence_pages(plan)):
        assert report.failed == {}
    guard = make_guard(opened.lake, all_contracts(), plan.run.pin, opened.settings)
    spared = {word for name in guard.allowed for word in words_of(name)}
    known = ordinary_words() | own_words() | spared
    loose = {
        (product, word)
        for product, text in texts(week_made)
        for word in words_of(text)
        if len(word) >= 3 and word.isalpha() and word not in known and not VOWELS.isdisjoint(word)
    }
    assert {product for product, _ in texts(week_made)} == set(PRODUCTS)
    assert sorted(loose) == []
