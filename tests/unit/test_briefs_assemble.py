"""A brief is what the cells of its notebook carried, in the notebook's order; anything else stops it."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.week import UnitWeek
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display import MIME, Head, MadeFrom, Section
from fi_workbench.errors import BriefError, DisclosureError
from fi_workbench.settings import parse_settings

HEAD = Head(
    title="Tyne: Monday brief", unit="tyne", unit_name="Tyne", authority="Town", week="2026-W47", week_words="Week",
    audience="unit", audience_words="For the unit.", synthetic=True, contact="us",
)  # fmt: skip
MADE = MadeFrom(facts={"Code": "1"}, rows={"unit_actions": 2})


def words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def shows(*pieces: Any, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    outputs = [{"output_type": "display_data", "data": {MIME: piece.model_dump_json()}} for piece in pieces]
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": "secret = 1", "outputs": outputs}


def section(key: str, audience: str = "unit", unit: str = "tyne") -> Section:
    return Section(key=key, audience=audience, unit=unit, lead=f"About {key}.")


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells)}


GOOD = (
    words("# Unit brief\n\nFor analysts only."),
    shows(HEAD),
    shows(section("trust")),
    words("## What can we do?\n\nRead it\ntogether."),
    shows(section("actions")),
    words("## What changed?"),
    shows(section("changes")),
    shows(section("needs"), MADE),
)


def test_the_notebook_decides_the_order_and_the_words() -> None:
    brief = assemble(notebook(*GOOD), unit="tyne", week="2026-W47")
    assert [part.title for part in brief.parts] == ["What can we do?", "What changed?"]
    assert brief.parts[0].reading == ("Read it together.",)
    assert [s.key for s in brief.parts[1].sections] == ["changes", "needs"]
    assert brief.trust.lead == "About trust."


def test_code_prints_and_other_outputs_never_come_along() -> None:
    noisy = {
        "cell_type": "code",
        "metadata": {},
        "source": "print('Quillfeather')",
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": "Quillfeather"},
            {"output_type": "display_data", "data": {"text/html": "<b>Quillfeather</b>"}},
        ],
    }
    brief = assemble(notebook(*GOOD, noisy), unit="tyne", week="2026-W47")
    assert "Quillfeather" not in brief.model_dump_json()
    assert "secret" not in brief.model_dump_json()


@pytest.mark.parametrize("left_out", range(1, 3))
def test_a_brief_needs_its_heading_and_line_of_trust(left_out: int) -> None:
    cells = [cell for place, cell in enumerate(GOOD) if place != left_out]
    with pytest.raises(BriefError, match="everything that a brief needs"):
        assemble(notebook(*cells), unit="tyne", week="2026-W47")


def test_a_brief_says_what_it_was_made_from() -> None:
    with pytest.raises(BriefError, match="everything that a brief needs"):
        assemble(notebook(*GOOD[:-1]), unit="tyne", week="2026-W47")


@pytest.mark.parametrize(("unit", "week"), [("wear", "2026-W47"), ("tyne", "2026-W46")])
def test_a_brief_about_something_else_is_refused(unit: str, week: str) -> None:
    with pytest.raises((BriefError, DisclosureError)):
        assemble(notebook(*GOOD), unit=unit, week=week)


@pytest.mark.parametrize("wrong", [section("actions", audience="manager"), section("actions", unit="wear")])
def test_a_piece_for_somebody_else_is_refused(wrong: Section) -> None:
    with pytest.raises(DisclosureError, match="another audience or unit"):
        assemble(notebook(*GOOD, shows(wrong)), unit="tyne", week="2026-W47")


def test_an_error_cell_is_no_brief() -> None:
    marker = {"cell_type": "markdown", "metadata": {"tags": ["papermill-error-cell-tag"]}, "source": "An Exception"}
    with pytest.raises(BriefError, match="ended in an error"):
        assemble(notebook(marker, *GOOD), unit="tyne", week="2026-W47")


@pytest.mark.parametrize("markup", ["- one\n- two", "See [this](x)", "<b>bold</b>", "*much*", "`code`", "### Deeper"])
def test_words_of_a_brief_are_plain(markup: str) -> None:
    with pytest.raises(BriefError, match="plain paragraphs"):
        assemble(notebook(*GOOD, words(markup)), unit="tyne", week="2026-W47")


def test_an_answer_before_the_first_question_is_refused() -> None:
    with pytest.raises(BriefError, match="before the first question"):
        assemble(notebook(shows(section("actions")), *GOOD), unit="tyne", week="2026-W47")


def test_a_piece_that_this_version_does_not_know_is_refused() -> None:
    cell = shows(section("actions"))
    data = cell["outputs"][0]["data"]
    data[MIME] = json.dumps({**json.loads(data[MIME]), "colour": "red"})
    with pytest.raises(BriefError, match="shape"):
        assemble(notebook(*GOOD, cell), unit="tyne", week="2026-W47")


def test_injected_parameters_are_not_read() -> None:
    injected = shows(section("actions", unit="wear"), tags=("injected-parameters",))
    assert assemble(notebook(injected, *GOOD), unit="tyne", week="2026-W47").head == HEAD


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ("2026-W47", "Week of 16 to 22 November 2026"),
        ("2026-W49", "Week of 30 November to 6 December 2026"),
        ("2026-W53", "Week of 28 December 2026 to 3 January 2027"),
    ],
)
def test_a_week_over_the_turn_of_a_year_names_both(week: str, words: str) -> None:
    settings = parse_settings({"authority": {"name": "Town", "code": "999"}})
    nothing = cast("Any", None)
    made = UnitWeek(nothing, nothing, nothing, settings, ReportingWeek.parse(week), "tyne")
    assert made.heading().week_words == words
