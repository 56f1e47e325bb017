"""Killed after a rename or a flush to disk, done again: the same published bytes as undisturbed. A clock that jumps."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SHOWN = ("briefs", "built", "worklists")


def shown(workspace: Path) -> dict[str, bytes]:
    """Everything that anybody may read, by place."""
    found = {}
    for folder in SHOWN:
        for path in sorted((workspace / folder).rglob("*")):
            if path.is_file():
                found[path.relative_to(workspace).as_posix()] = path.read_bytes()
    return found


def put_in_place(base: Path, copies: Path, *moments: int) -> int:
    command = [sys.executable, str(TESTS / "briefs_killed.py"), str(base), str(copies), *map(str, moments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_killed_at_some_moments_and_done_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """A sample of the moments; all of them are a study."""
    base, copies = tmp_path / "base", tmp_path / "copies"
    copies.mkdir()
    n = put_in_place(base, copies)
    assert n > 20
    undisturbed = shown(copies / "0")
    assert any(name.startswith("briefs/") and name.endswith("index.html") for name in undisturbed)
    sample = sorted({n // 3, n - 4})
    put_in_place(base, copies, *sample)
    for moment in sample:
        again = shown(copies / str(moment))
        assert again == undisturbed, f"after moment {moment}"
        left = [path for path in (copies / str(moment)).rglob(".*") if path.is_dir()]
        assert not [path for path in left if path.parent.name in SHOWN], f"left behind after moment {moment}"


def test_a_clock_that_is_set_back_changes_nothing_that_was_released(week_made: Path, run) -> None:
    """What a synthetic authority was made up to is over by any clock; what is written down keeps its order."""
    from fi_workbench.weekly import choose_week, open_workspace, release, run_week

    opened = open_workspace(week_made)
    made_at = opened.lake.current_run("2026-W47").made_at
    before = shown(week_made)
    later = made_at + timedelta(days=2)
    release(opened, choose_week(opened, None, at=later), by="A Person", at=later)
    released = shown(week_made)
    earlier = made_at - timedelta(days=400)
    report = run_week(open_workspace(week_made), clock=lambda: earlier)
    assert str(report.week) == "2026-W47"
    assert not report.built
    assert shown(week_made) == released
    assert {name: released[name] for name in before} == before
