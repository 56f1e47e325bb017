"""Killed at any moment, the lake reads as before or as after, never between; and doing it again works."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_killed import CHILDREN, FEB, PLANS, WEEK, load, stage
from store_world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")

TESTS = Path(__file__).resolve().parents[1]
JAN = date(2026, 1, 31)


def killed(work: str, base: World, copies: Path) -> list[Path]:
    """Copies of a lake on which work died, one moment later each; on the last it did not."""
    copies.mkdir()
    command = [sys.executable, str(TESTS / "store_killed.py"), work, str(base.folder), str(copies)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    moments, exit_code = map(int, done.stdout.split())
    assert exit_code == 0, done.stderr
    assert moments > 6, "fewer moments than writes: nothing was killed"
    return sorted(copies.iterdir())


def test_a_load_killed_at_any_moment(tmp_path: Path) -> None:
    base = World(tmp_path / "base")
    base.deliver("census", JAN, {"children": [("a", None, 1), ("b", None, 1)], "plans": []}, scope="2026")
    before, after = ([("a", None, 1), ("b", None, 1)], []), (CHILDREN, PLANS)
    left_behind, seen = 0, []
    for folder in killed("load", base, tmp_path / "copies"):
        world = World(folder)
        found = tuple(world.known(name, FEB) for name in ("children", "plans"))
        assert (found, world.lake.quarantine().height) in [(before, 0), (after, 1)]
        seen.append(found == after)
        left_behind += orphans(world)
        load(world)
        assert orphans(world) == 0
        assert tuple(world.known(name, FEB) for name in ("children", "plans")) == after
        assert tuple(world.known(name, JAN) for name in ("children", "plans")) == before
    assert left_behind, "no moment left rows behind, so that clearing them away was never tried"
    assert seen == sorted(seen)
    assert set(seen) == {False, True}


def orphans(world: World) -> int:
    """Rows that no visible load brought, and rows under a number that was given twice."""
    n = 0
    for name, folder in (
        ("children", "sources/children"),
        ("plans", "sources/plans"),
        ("quarantine", "records/quarantine"),
    ):
        if (world.folder / folder).exists():
            known = world.lake._ledger.membership(name)["row_number"]
            stored = pl.scan_delta(str(world.folder / folder)).collect()
            n += stored.filter(~pl.col("row_number").is_in(known.implode())).height
            n += stored["row_number"].is_duplicated().sum()
    return n


def test_a_stage_killed_at_any_moment(tmp_path: Path) -> None:
    base = World(tmp_path / "base")
    run_id = stage(base, ("1",), "f1")
    seen = []
    for folder in killed("stage", base, tmp_path / "copies"):
        world = World(folder)
        done = world.lake.stage_done(WEEK, run_id, "link", "f2")
        found = [world.lake.read_week_table(WEEK, name, run_id).height for name in ("who", "whose")]
        assert found == ([2, 1] if done else [1, 0])
        assert world.lake.current_run(WEEK).run_id == run_id
        seen.append(done)
        stage(world)
        world.lake.maintain()
        assert [world.lake.read_week_table(WEEK, name).height for name in ("who", "whose")] == [2, 1]
    assert seen == sorted(seen)
    assert set(seen) == {False, True}


LOOP = """
import sys
from datetime import date, timedelta
from pathlib import Path
sys.path.insert(0, {tests!r})
import store_world
world = store_world.World(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(int(sys.argv[2]), 10_000):
    rows = [(str(i), None, n) for i in range(20_000)]
    plans = [(str(i), date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=n)) for i in range(5_000)]
    world.deliver("census", date(2026, 1, 1), {{"children": rows, "plans": plans}}, scope="2026")
"""


def test_killed_in_the_middle_of_writing_files(tmp_path: Path) -> None:
    script = LOOP.format(tests=str(TESTS))
    n = 0
    for delay in (0.31, 0.47, 0.22, 0.58):
        command = [sys.executable, "-c", script, str(tmp_path), str(n)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(timeout=delay)
        writer.kill()
        writer.wait()
        world = World(tmp_path)
        children, plans = (world.lake.read(name, world.lake.pin(JAN)) for name in ("children", "plans"))
        deliveries = world.lake.ledger().height
        if deliveries:
            assert (children.height, plans.height) == (20_000, 5_000)
            assert children["value"].n_unique() == plans["end"].n_unique() == 1
            assert (plans["end"][0] - date(2026, 1, 1)).days == children["value"][0]
            n = children["value"][0] + 1
        else:
            assert children.is_empty()
    assert n > 0, "no delivery was finished between the kills"
