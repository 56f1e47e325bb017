"""Briefs on a Dask cluster of two worker processes, one of which is killed while it works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, busy, make_town, merged

from fi_workbench import briefs
from fi_workbench.briefs import building
from fi_workbench.briefs.cluster import DaskCluster
from fi_workbench.briefs.folders import DATA, PAGE, PAPER, TEXT
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.progress import Silent
from fi_workbench.resources import shipped

ROOT = Path(__file__).resolve().parents[2]
UNITS = ("unit_a", "unit_b", "unit_c")


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("tcp://here:1", "dask://", "here"):
        with pytest.raises(WrongUseError, match="not the address of an executor"):
            DaskCluster(address)


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WrongUseError, match="Dask is not installed") as caught:
        DaskCluster("dask://127.0.0.1:1")
    assert "fi-workbench[dask]" in caught.value.next_step


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=50) as made, distributed.Client(made) as client:
        yield client


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_worker_is_killed_and_every_brief_is_published_once(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_town(tmp_path / "town", merged(*(busy(unit) for unit in UNITS)))
    notebook = json.loads((shipped("notebooks") / "briefs" / "unit_brief.ipynb").read_text(encoding="utf-8"))
    notebook["cells"][2]["source"] += "\nimport time\n_ = time.sleep(1)"
    slow = tmp_path / "slow.ipynb"
    slow.write_text(json.dumps(notebook), encoding="utf-8")
    plan = briefs.plan(
        lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run, notebook=slow
    )
    published: list[str] = []
    real = building.published

    @contextmanager
    def counted(target: Path, **more: Any) -> Iterator[Path]:
        published.append(target.name)
        with real(target, **more) as staging:
            yield staging

    monkeypatch.setattr(building, "published", counted)
    killed: list[int] = []

    def kill_one() -> None:
        while not killed:
            busy_now = {worker for worker, tasks in cluster.processing().items() if tasks}
            if len(busy_now) == 2:
                time.sleep(0.5)  # in the middle of its notebook
                pid = cluster.run(os.getpid, workers=[min(busy_now)])
                killed.extend(pid.values())
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.05)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    address = cluster.scheduler.address.replace("tcp://", "dask://")
    report = briefs.build(plan, executor=address)
    killer.join(timeout=10)
    assert killed
    assert (report.built, report.failed) == (UNITS, {})
    assert sorted(published) == list(UNITS)
    for unit in UNITS:
        folder = briefs.built_folder(town.folder, WEEK, unit)
        assert {path.name for path in folder.iterdir()} == {PAGE, PAPER, TEXT, DATA}
    assert report.run["executor"] == address


@contextmanager
def own_cluster() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A scheduler and a worker, each a process of its own: the address, and the scheduler."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    scheduling = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen([*scheduling, "--no-dashboard"], cwd=ROOT, stderr=subprocess.PIPE, text=True) as scheduler:
        assert scheduler.stderr is not None
        told = next(line for line in scheduler.stderr if "Scheduler at:" in line)
        address = told.split()[-1]
        threading.Thread(target=scheduler.stderr.read, daemon=True).start()
        working = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
        with subprocess.Popen(working, cwd=ROOT, stderr=subprocess.DEVNULL) as worker:
            time.sleep(5)
            try:
                yield address.replace("tcp://", "dask://"), scheduler
            finally:
                worker.kill()
                scheduler.kill()


class Kills(Silent):
    """Kills a process when the first brief stands."""

    def __init__(self, victim: subprocess.Popen[str]) -> None:
        self._victim = victim

    def ended(self, name: str, problem: str = "") -> None:
        self._victim.kill()


def test_a_scheduler_is_killed_and_it_is_told_what_was_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """More briefs than can be waiting for it: what is asked of it once it is given up is told in the same way."""
    units = tuple(f"unit_{letter}" for letter in "abcdef")
    town = make_town(tmp_path / "town", merged(*(busy(unit) for unit in units)))
    plan = briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run)
    with own_cluster() as (address, scheduler):
        report = briefs.build(plan, executor=address, reporter=Kills(scheduler))
    assert report.built
    assert set(report.failed.values()) == {"the cluster's scheduler was lost"}
    assert set(report.built) | set(report.failed) == set(units)
    assert f"{len(report.built)} of 6 briefs were made and stay" in report.cut_off
    assert address in report.cut_off
    assert capfd.readouterr() == ("", "")


def test_where_nobody_answers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    from fi_workbench.briefs import cluster as module

    monkeypatch.setattr(module, "CONNECT_SECONDS", 1)
    with pytest.raises(BriefError, match="No Dask scheduler answers"):
        DaskCluster("dask://127.0.0.1:9")
