"""A batch of briefs: some of them, those that failed, none of them; what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fi_workbench import briefs
from fi_workbench.briefs import ManagerReport, building
from fi_workbench.briefs.jobs import Broke, Job, Ran
from fi_workbench.briefs.running import run_job
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.week import settings_of
from fi_workbench.settings import Settings
from fi_workbench.store import Run
from fi_workbench.weekly import open_workspace, pages

WEEK = "2026-W47"


def manifests(workspace: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((workspace / "logs" / "runs").glob("*.json"))]


def spoilt(tmp_path: Path, *lines: str) -> Path:
    """The shipped notebook, whose third cell ends with something else."""
    from fi_workbench.resources import shipped

    notebook = json.loads((shipped("notebooks") / "briefs" / "unit_brief.ipynb").read_text(encoding="utf-8"))
    notebook["cells"][2]["source"] += "\n" + "\n".join(lines)
    path = tmp_path / "spoilt.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_a_dry_run_says_what_it_would_do_and_does_nothing(week_made: Path, run) -> None:
    before = {path: path.stat().st_mtime_ns for path in week_made.rglob("*") if path.is_file()}
    units = [unit.code for unit in open_workspace(week_made).settings.units]
    assert run(["briefs", "--dry-run", "--workspace", str(week_made), "--json"]).facts["build"] == sorted(units)
    failed = run(["briefs", "--dry-run", "--failed", "--workspace", str(week_made), "--json"])
    assert failed.facts == {"week": WEEK, "build": [], "leave": sorted(units)}
    assert run(["briefs", "--dry-run", "--only", "unit_nowhere", "--workspace", str(week_made)]).code == 2
    assert {path: path.stat().st_mtime_ns for path in week_made.rglob("*") if path.is_file()} == before


def test_only_those_that_failed_are_made_again_and_the_manifest_says_how(
    week_made: Path, run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = open_workspace(week_made)
    bad, good = sorted(unit.code for unit in opened.settings.units)[:2]
    notebook = spoilt(tmp_path, f"assert unit != {bad!r}")
    asked = ["--workspace", str(week_made), "--json"]
    first = run(["briefs", "--only", bad, "--only", good, "--notebook", str(notebook), *asked])
    assert first.code == 3
    assert first.facts["failed"] == {bad: "cell 3: AssertionError"}
    assert not (week_made / "built" / WEEK / "held.json").exists()
    stands = week_made / "built" / WEEK / good / "unit_brief.html"
    stamp = stands.stat().st_mtime_ns
    again = run(["briefs", "--failed", "--only", bad, "--workers", "2", *asked])
    assert again.code == 0, again.err
    assert again.facts["built"] == [bad]
    assert stands.stat().st_mtime_ns == stamp
    told = manifests(week_made)[-1]
    how = told["pages"]["notebooks"][bad]
    assert how["attempts"] == 1
    assert how["cpu_seconds"] > 0
    assert 0 < how["seconds"] < told["pages"]["seconds"]
    assert how["peak_mb"] > 10
    assert told["pages"]["workers"] == 1  # two were asked for, and there was one to make
    made = json.loads((week_made / "built" / WEEK / bad / "unit_brief.json").read_text())["manifest"]
    assert {"libraries", "rows", "pin", "files_sha256", "notebook_sha256", "contracts"} <= set(made)


def test_where_nothing_has_failed_it_says_so_and_stops(week_made: Path, run) -> None:
    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in week_made.rglob("*") if path.is_file()}

    before = files()
    done = run(["briefs", "--failed", "--workspace", str(week_made)])
    assert (done.code, done.out) == (
        0,
        f"Week {WEEK}. Nothing has failed, so nothing was done: every brief is there.\n",
    )
    assert done.err == ""
    assert files() == before
    assert run(["briefs", "--failed", "--workspace", str(week_made), "--json"]).facts["built"] == []


def test_pages_beside_the_briefs_that_failed_are_made_again_and_no_brief(
    week_made: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_managers(kept: Run) -> Settings:
        found = settings_of(kept)
        beside = found.briefs.model_copy(update={"pages_beside": ("managers",)})
        return found.model_copy(update={"briefs": beside})

    monkeypatch.setattr(pages, "settings_of", with_managers)
    asked = ["--workspace", str(week_made), "--json"]
    unit = open_workspace(week_made).settings.units[0].code
    page = week_made / "managers" / WEEK / unit / "manager_page.html"
    assert run(["briefs", "--failed", *asked]).facts["built"] == []
    assert page.exists()  # there was none yet
    real = briefs.build_manager_pages

    def spoilt_for_one(*given: Any, **more: Any) -> ManagerReport:
        return replace(real(*given, **more), failed={unit: "cell 2: KeyError"})

    with monkeypatch.context() as spoiling:
        spoiling.setattr(briefs, "build_manager_pages", spoilt_for_one)
        again = run(["briefs", *asked])
    assert [notice for notice in again.facts["notices"] if "KeyError" in notice]
    page.unlink()
    mended = run(["briefs", "--failed", *asked])
    assert mended.facts["built"] == []
    assert page.exists()
    assert "every brief is there" in run(["briefs", "--failed", "--workspace", str(week_made)]).out


def test_what_a_cell_says_in_the_workbenchs_name_is_kept_only_when_it_names_nobody(
    week_made: Path, run, tmp_path: Path
) -> None:
    opened = open_workspace(week_made)
    pin = opened.lake.current_run(WEEK).pin
    person = opened.lake.read("case_people", pin).filter(pl.col("surname").str.len_chars() > 6).row(0, named=True)
    name = f"{person['forename']} {person['surname']}"
    units = sorted(unit.code for unit in opened.settings.units)[:4]
    raised = (
        f"BriefError({name + ' is late.'!r})",
        f"type('BriefError', (Exception,), {{}})('Look at case {person['person_id']}.')",
        f"type({person['surname'] + 'Error'!r}, (Exception,), {{}})('late')",
        "BriefError('There is no such list.', next_step='Load it.')",
    )
    notebook = spoilt(
        tmp_path,
        "from fi_workbench.errors import BriefError",
        f"raised = dict(zip({units}, ({', '.join(raised)}), strict=True))[unit]",
        "raise raised",
    )
    only = [word for unit in units for word in ("--only", unit)]
    done = run(["briefs", *only, "--notebook", str(notebook), "--workspace", str(week_made)])
    assert done.code == 3
    unsaid = "What it says may name somebody, so it is not kept: to read it, run the notebook cell by cell"
    told = (
        f"cell 3: BriefError. {unsaid}",
        f"cell 3: BriefError. {unsaid}",
        f"cell 3: an error. {unsaid}",
        "cell 3: BriefError. There is no such list. What to do next: Load it.",
    )
    report = json.loads((week_made / "built" / WEEK / "report.json").read_text())
    assert report["failed"] == dict(zip(units, told, strict=True))
    for unit, words in report["failed"].items():
        assert f"FAILED {unit}: {words}" in done.out
    lines = [line for line in done.err.splitlines() if line.startswith("Briefs ")]
    names = [opened.settings.unit_name(unit) for unit in units]
    assert lines[0] == f"Briefs … ({len(units)})"
    assert [line.split(":")[0] for line in lines[1:]] == [f"Briefs {n} of {len(units)}" for n in range(1, 5)]
    assert sorted(line.split(": ", 1)[1] for line in lines[1:]) == sorted(
        f"{name} failed: {words}" for name, words in zip(names, told, strict=True)
    )
    kept = [path for place in ("built", "logs") for path in (week_made / place).rglob("*.json*")]
    said = [done.out, done.err, *(path.read_text() for path in kept)]
    for value in (person["surname"], str(person["person_id"])):
        assert not [words for words in said if value in words]


def test_an_engine_that_does_not_exist_is_refused(week_made: Path, run) -> None:
    for beside in ([], ["--dry-run"]):
        refused = run(["briefs", "--engine", "no_such", "--workspace", str(week_made), *beside])
        assert refused.code == 2
        assert "fi-workbench-forked" in refused.err


@pytest.mark.parametrize("address", ["dask://here", "dask://:8786", "dask://here:no", "tcp://here:1", "here"])
def test_what_is_no_address_of_a_cluster_is_refused_at_once(week_made: Path, run, address: str) -> None:
    refused = run(["briefs", "--dry-run", "--executor", address, "--workspace", str(week_made)])
    assert refused.code == 2
    assert "dask://HOST:PORT" in refused.err


class LosesItsScheduler:
    """A cluster of one worker, this machine, whose scheduler goes away after the first notebook."""

    at_once = 1

    def __init__(self, address: str) -> None:
        self.lost_scheduler = False
        self.done: list[str] = []

    def run(self, job: Job) -> Ran | Broke:
        if self.done:
            self.lost_scheduler = True
            return Broke(job.unit, 0, "the cluster's scheduler was lost", "")
        self.done.append(job.unit)
        return run_job(job, processes())

    def close(self) -> None:
        """Nothing is kept."""


def test_a_scheduler_that_is_lost_is_told_with_what_was_made_and_what_to_do(
    week_made: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = sorted(unit.code for unit in open_workspace(week_made).settings.units)
    monkeypatch.setattr(building, "DaskCluster", LosesItsScheduler)
    done = run(["briefs", "--executor", "dask://here:8786", "--workspace", str(week_made)])
    assert done.code == 3
    assert f"scheduler of the Dask cluster was lost: 1 of {len(units)} briefs were made and stay." in done.out
    assert "`fi-workbench briefs --failed --executor dask://here:8786`" in done.out
    assert "to be run cell by cell" not in done.out  # no notebook is to blame
    mended = run(["briefs", "--failed", "--workspace", str(week_made), "--json"])
    assert mended.code == 0
    assert len(mended.facts["built"]) == len(units) - 1


@pytest.mark.skipif(os.name == "nt", reason="a console's interrupt reaches every process of it there")
def test_an_interrupt_stops_a_run_at_once_and_for_good(week_made: Path, tmp_path: Path) -> None:
    """Queries have run by then, a notebook sleeps, and one whose process died would be tried again."""
    begun = tmp_path / "begun"
    slow = spoilt(tmp_path, "import time", f"open({str(begun)!r}, 'w').close()", "time.sleep(120)")
    command = [
        sys.executable,
        "-m",
        "fi_workbench.cli",
        "briefs",
        "--workspace",
        str(week_made),
        "--notebook",
        str(slow),
    ]
    place = tmp_path / "place"
    place.mkdir()
    environment = {**os.environ, "TMPDIR": str(place)}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    until = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert begun.exists()
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    told, _ = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Stopped. What was done stays done" in told
    assert "Traceback" not in told
    assert not (week_made / ".lock").exists()
    assert not list(place.iterdir())
