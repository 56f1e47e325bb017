"""Briefs on a Dask cluster of two worker processes, one of which is killed while it works."""

from __future__ import annotations

import json
import os
import signal
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
from fi_workbench.briefs.folders import DATA, PAGE, PAPER
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.resources import shipped

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
        assert {path.name for path in folder.iterdir()} == {PAGE, PAPER, DATA}
    assert report.run["executor"] == address


def test_where_nobody_answers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    from fi_workbench.briefs import cluster as module

    monkeypatch.setattr(module, "CONNECT_SECONDS", 1)
    with pytest.raises(BriefError, match="No Dask scheduler answers"):
        DaskCluster("dask://127.0.0.1:9")
