"""What seems to help is one picture with intervals in a brief, and a sentence where nothing can be said."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import rows_like

from fi_workbench import display
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import Released, release

CATALOGUE = all_contracts()


def released(name: str, *given: dict[str, Any]) -> Released:
    table = CATALOGUE.table(name)
    return release(rows_like(table, *given), table, audience="unit", unit="unit_tyne", profile="local")


QUESTION = {
    "question": "q1",
    "title": "Do plans end sooner?",
    "outcome": "Plans that ended.",
    "n_families": 240,
    "answered": True,
}
ARM = {"question": "q1", "whole": True, "n": 120, "n_arm": 60, "n_usual": 60, "state": "shown"}
CLEAR = {
    **ARM,
    "arm": "a",
    "name": "Family group conference",
    "word": "evidence of fewer",
    "pooled": -0.2,
    "pooled_low": -0.3,
    "pooled_high": -0.1,
}
UNCLEAR = {
    **ARM,
    "arm": "b",
    "name": "Parenting group",
    "word": "no clear difference",
    "pooled": 0.01,
    "pooled_low": -0.1,
    "pooled_high": 0.12,
}
FEW = {**ARM, "arm": "c", "name": "Mentoring", "state": "too few", "word": "too few to say"}


def section(*cells: dict[str, Any]) -> display.Section:
    return display.helping(
        released("evidence_questions", QUESTION), released("evidence_cells", *cells), released("evidence_expected")
    )


def test_the_picture_says_how_many_differ_and_shows_intervals() -> None:
    (chart,) = section(CLEAR, UNCLEAR, FEW).charts
    assert chart.title == "Do plans end sooner? 1 of 2 kinds of help differs clearly from usual support."
    assert "It is about 180 of 240 families. The other 60 are in no row" in chart.measure
    rows = [row[-1] for row in chart.table.rows]
    assert rows == ["60 and 60", "60 and 60"]  # two kinds of help, and the same families with usual support
    assert "interval" in chart.alt
    assert chart.table.folded
    drawn = str(chart.spec)
    assert "Parenting group" in drawn
    assert "Mentoring" not in drawn
    for word in ("best", "%"):
        assert word not in chart.title + chart.measure + chart.alt


@pytest.mark.parametrize("cells", [(), (FEW,)])
def test_where_nothing_can_be_said_it_says_so_and_nothing_else(cells: tuple[dict[str, Any], ...]) -> None:
    found = section(*cells)
    assert found.charts == ()
    assert (found.lead, found.findings, found.tables, found.notes) == (
        "Too few families were followed to say what helps.",
        (),
        (),
        (),
    )
