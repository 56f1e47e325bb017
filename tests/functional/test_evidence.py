"""The evidence on interventions: worked out about once a month with the week, stored, and a page for each unit."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fi_workbench import briefs
from fi_workbench.briefs import open_evidence
from fi_workbench.briefs.evidence_pages import NOTEBOOK
from fi_workbench.briefs.evidence_weeks import latest_evidence
from fi_workbench.briefs.notebook_lint import problems
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import BriefError
from fi_workbench.matching.cards import read_cards
from fi_workbench.resources import shipped
from fi_workbench.weekly import open_workspace, pinned_run, run_stages
from fi_workbench.weekly.evidence_tables import EVERY_DAYS, WRITES, is_due
from fi_workbench.weekly.run import last_evidence
from tests.functional.conftest import WEEK, Run

AT = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def test_every_question_is_answered_or_says_why_not(made: Path) -> None:
    questions = open_workspace(made).lake.read_week_table(WEEK, "evidence_questions")
    assert set(questions["question"]) == set(read_cards())
    for row in questions.iter_rows(named=True):
        assert row["answered"] is (row["reason"] is None)
        assert row["card"].startswith("### ")


def test_no_cell_speaks_of_fewer_than_ten_families_in_an_arm(made: Path) -> None:
    lake = open_workspace(made).lake
    for row in lake.read_week_table(WEEK, "evidence_cells").iter_rows(named=True):
        if row["state"] == "not shown":
            assert row["n_arm"] is row["expected"] is row["pooled"] is None
        else:
            assert min(row["n_arm"], row["n_usual"]) >= 10
    for row in lake.read_week_table(WEEK, "evidence_expected").iter_rows(named=True):
        assert (row["expected"] is None) or row["n_arm"] >= 10
    for table in WRITES:
        frame = lake.read_week_table(WEEK, table)
        assert not {"family_id", "person_id", "case_reference", "household", "worker"} & set(frame.columns)


def test_each_unit_has_a_page_that_asks_what_the_notebook_asks(made: Path, tmp_path: Path) -> None:
    units = {unit.code for unit in open_workspace(made).settings.units}
    folder = Path(shutil.copytree(made, tmp_path / "workspace"))
    workspace, week = open_workspace(folder), ReportingWeek.parse(WEEK)
    run = workspace.lake.current_run(WEEK)
    plan = briefs.plan(lake=workspace.lake, week=week, settings=workspace.settings, workspace=folder, run=run)
    assert briefs.build_evidence_pages(plan).failed == {}
    pages = {path.parent.name: path for path in (folder / "evidence" / WEEK).rglob("*.html")}
    assert set(pages) == units
    notebook = json.loads((shipped("notebooks") / NOTEBOOK).read_text(encoding="utf-8"))
    asked = [
        "".join(cell["source"])[3:].splitlines()[0]
        for cell in notebook["cells"]
        if "".join(cell["source"])[:3] == "## "
    ]
    text = pages["unit_north"].read_text(encoding="utf-8")
    assert [one for one in asked if f">{one}</h2>" not in text] == []
    assert "works best" not in text
    assert pages["unit_north"].stat().st_mode & 0o077 == 0
    assert problems(shipped("notebooks") / NOTEBOOK) == []


def test_it_is_worked_out_about_once_a_month(made: Path) -> None:
    workspace = open_workspace(made)
    week = ReportingWeek.parse(WEEK)
    assert last_evidence(workspace.lake, week) is None
    assert last_evidence(workspace.lake, week.shift(1)) == week.sunday
    assert last_evidence(workspace.lake, week.shift(4)) is None
    assert is_due(None, week.sunday)
    assert not is_due(week.sunday, week.shift(1).sunday)
    assert is_due(week.sunday, date.fromordinal(week.sunday.toordinal() + EVERY_DAYS))
    run = workspace.lake.current_run(WEEK)
    assert run is not None
    assert latest_evidence(workspace.lake, week.shift(3), run) == (week, run)
    assert latest_evidence(workspace.lake, week.shift(9), run) is None


def test_a_week_without_evidence_says_what_to_do(week_loaded: Path, run: Run) -> None:
    workspace, week = open_workspace(week_loaded), ReportingWeek.parse(WEEK)
    pinned = pinned_run(workspace, week, clock=lambda: AT)
    before = ("link", "caseload", "needs", "segments", "allocation", "checks", "match")
    run_stages(workspace, week, pinned, clock=lambda: AT, only=before)
    with pytest.raises(BriefError, match="has not been worked out"):
        open_evidence(WEEK, "unit_north", workspace=week_loaded)
    own = week_loaded / "data_contracts" / "questions"
    own.mkdir(parents=True)
    card = (shipped("data_contracts") / "questions" / "step_down.yaml").read_text(encoding="utf-8")
    (own / "ours.yaml").write_text(card.replace("id: step_down\n", "id: our_question\n", 1), encoding="utf-8")
    done = run(["evidence", "--workspace", str(week_loaded), "--json"])
    assert done.code == 0, done.err
    assert done.facts["stages"]["evidence"] == "done"  # type: ignore[index]
    asked = open_workspace(week_loaded).lake.read_week_table(WEEK, "evidence_questions", pinned.run_id)["question"]
    assert set(asked) == {*read_cards(), "our_question"}
