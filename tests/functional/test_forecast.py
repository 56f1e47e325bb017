"""The forecast as managers and analysts see it: made with the week, shown by a command, in the brief only when it rings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fi_workbench.errors import EXIT_DONE, EXIT_FAILED, EXIT_WAITS, EXIT_WRONG_USE
from fi_workbench.weekly import choose_week, demand_ahead, open_workspace
from tests.functional.conftest import WEEK, Run


@pytest.fixture(scope="module")
def long_past(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A week of an authority whose records cover a year and a half."""
    folder = tmp_path_factory.mktemp("long_past") / "workspace"
    assert (
        run(["demo", str(folder), "--families", "60", "--weeks", "90", "--deliveries", "2", "--seed", "7"]).code
        == EXIT_DONE
    )
    done = run(["weekly", "-w", str(folder), "--workers", "1"])
    assert done.code in {EXIT_DONE, EXIT_WAITS}, done.err + done.out
    return folder


UNITS = ["unit_east", "unit_north", "unit_south", "unit_west"]


def test_every_unit_is_forecast_for_thirteen_weeks_from_what_it_holds(long_past: Path, run: Run) -> None:
    shown = run(["forecast", "-w", str(long_past), "--json"])
    assert shown.code == EXIT_DONE, shown.err
    assert shown.facts["week"] == WEEK
    weeks = shown.facts["unit_forecast"]
    assert [(row["unit"], row["weeks_ahead"]) for row in weeks] == [(unit, n) for unit in UNITS for n in range(1, 14)]
    workspace = open_workspace(long_past)
    held = dict(workspace.lake.read_week_table(WEEK, "unit_workload").select("unit", "n_children").iter_rows())
    assert sum(held.values()) > 50
    for row in weeks:
        assert row["low_95"] <= row["low_80"] <= row["expected"] <= row["high_80"] <= row["high_95"]
        assert row["chance_over"] <= row["chance_over_by"]
        if row["weeks_ahead"] == 1:
            assert row["low_95"] <= held[row["unit"]] + 10
            assert row["high_95"] >= held[row["unit"]] - 10
    assert set(weeks[0]) & {"family_id", "person_id", "worker_id", "case_reference"} == set()


def test_a_person_reads_a_table_and_a_sentence_for_each_unit(long_past: Path, run: Run) -> None:
    shown = run(["forecast", "-w", str(long_past)])
    assert shown.code == EXIT_DONE
    opened = open_workspace(long_past)
    ahead = demand_ahead(opened, choose_week(opened, None, at=datetime.now(UTC)))
    plain = " ".join(shown.out.split())
    for name, sentence in ahead.sentences.items():
        assert f"{name}: {sentence}" in plain
    one = run(["forecast", "-w", str(long_past), "--unit", "unit_north", "--every-week", "--json"])
    assert {row["unit"] for row in one.facts["unit_forecast"]} == {"unit_north"}


def test_what_cannot_be_shown_is_said(made: Path, extracts: Path, tmp_path: Path, run: Run) -> None:
    wrong = run(["forecast", "-w", str(made), "--unit", "unit_moon"])
    assert wrong.code == EXIT_WRONG_USE
    assert "Units: unit_east, unit_north" in " ".join(wrong.err.split())
    nothing = run(["forecast", "-w", str(extracts)])
    assert nothing.code == EXIT_FAILED
    assert "Nothing has been loaded yet" in " ".join(nothing.err.split())
    early = run(["forecast", "-w", str(made), "--week", "2026-W46"])
    assert early.code == EXIT_FAILED
    assert "has not been made for this week" in " ".join(early.err.split())
    short = run(["forecast", "-w", str(made)])
    assert short.code == EXIT_DONE
    assert "The records cover 33 weeks; a forecast needs 53." in " ".join(short.out.split())


@pytest.mark.parametrize("unit", UNITS)
def test_the_brief_speaks_of_it_only_when_it_rings(long_past: Path, unit: str) -> None:
    workspace = open_workspace(long_past)
    overload = workspace.lake.read_week_table(WEEK, "unit_overload").filter(unit=unit).row(0, named=True)
    (page,) = (long_past / "built" / WEEK / unit).rglob("*.html")
    assert (overload["sentence"] in page.read_text(encoding="utf-8")) is overload["alarm"]
