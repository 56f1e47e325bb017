"""A brief is the same to the byte whichever engine ran its notebook; the engines' own tests compare single cells."""

from __future__ import annotations

from pathlib import Path

from fi_workbench.weekly import open_workspace
from tests.functional.conftest import WEEK, Run, extracts, loaded, made, run, week_made

__all__ = ["extracts", "loaded", "made", "run", "week_made"]


def test_any_engine_makes_the_same_bytes(week_made: Path, run: Run) -> None:
    unit = min(unit.code for unit in open_workspace(week_made).settings.units)
    folder = week_made / "built" / WEEK / unit
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = run(["briefs", "--only", unit, "--engine", "fi-workbench-kernel", "--workspace", str(week_made), "--json"])
    assert done.code == 0, done.err
    assert done.facts["pages"]["notebooks"][unit]["engine"] == "fi-workbench-kernel"  # type: ignore[index]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
