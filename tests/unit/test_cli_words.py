"""What people wrote is shown on a screen as they wrote it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fi_workbench.cli.rim import Rim
from fi_workbench.cli.words import as_table, forecast_table

WORDS = ["[/b] now.", "[red]now[/red]", ":warning: [link=x]", "a \\[b]"]


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_cells_and_headings_are_plain_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    frame = pl.DataFrame({"[/i] heading": WORDS})
    Rim(Path(), as_json=False, debug=False).out.print(as_table(frame, "[/b] title"))
    said = shown(capsys)
    assert "[/b] title" in said
    assert "[/i] heading" in said
    assert all(words in said for words in WORDS)


def test_names_of_units_are_plain_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    row = {"name": "North [/b]", "weeks_ahead": 1, "expected": 2, "low_80": 1, "high_80": 3, "low_95": 0, "high_95": 4}
    weeks = pl.DataFrame([{**row, "capacity_children": 5, "chance_over_by": 0.1}])
    Rim(Path(), as_json=False, debug=False).out.print(forecast_table(weeks, "Ahead"))
    assert "North [/b]" in shown(capsys)


def test_lines_are_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    view = Rim(Path(), as_json=False, debug=False)
    for words in WORDS:
        view.out.print(words)
        view.show(words)
        view.err.print(words)
    said = capsys.readouterr()
    assert said.out.splitlines() == [words for words in WORDS for _ in range(2)]
    assert said.err.splitlines() == WORDS
