"""The whole week killed: after every rename and flush of putting it in place, after many of the whole job, and at random.

What was found is in `briefs_killed.md`. FI_KILLS says how many moments of the whole job are tried, and at how many
random times it is killed (50 each unless set); each costs two runs of the week.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fi_workbench.cli.rim import guarded

TESTS = Path(__file__).resolve().parents[1]
SHOWN = ("briefs", "built", "worklists")
KILLS = int(os.environ.get("FI_KILLS", "50"))


def shown(workspace: Path) -> dict[str, bytes]:
    """Everything that anybody may read, by place."""
    return {
        path.relative_to(workspace).as_posix(): path.read_bytes()
        for folder in SHOWN
        for path in sorted((workspace / folder).rglob("*"))
        if path.is_file()
    }


def test_every_moment_of_putting_a_week_in_place(tmp_path: Path) -> None:
    base, copies = tmp_path / "base", tmp_path / "copies"
    copies.mkdir()
    command = [sys.executable, str(TESTS / "briefs_killed.py"), str(base), str(copies)]
    n = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    subprocess.run([*command, *map(str, range(1, n + 1))], check=True, stdout=subprocess.DEVNULL)
    undisturbed = shown(copies / "0")
    differ = [moment for moment in range(1, n + 1) if shown(copies / str(moment)) != undisturbed]
    sys.stdout.write(f"{n} moments, {len(differ)} differ\n")
    assert not differ


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "workspace"
    assert guarded(["demo", str(folder), "--families", "24", "--weeks", "20", "--deliveries", "1", "--seed", "5"]) == 0
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, extracts: Path) -> tuple[dict[str, bytes], int, float]:
    """What a run that nobody disturbs shows, how many moments it has and how many seconds it takes."""
    folder = tmp_path_factory.mktemp("undisturbed") / "workspace"
    shutil.copytree(extracts, folder)
    began = time.monotonic()
    n = int(week(folder, 0).stdout)
    return shown(folder), n, time.monotonic() - began


def week(folder: Path, moment: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TESTS / "weekly_killed.py"), str(folder), str(moment)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_moments_of_the_whole_job(
    tmp_path: Path, extracts: Path, undisturbed: tuple[dict[str, bytes], int, float]
) -> None:
    """Evenly over all of them; all when FI_KILLS is larger than their number."""
    before, n, _ = undisturbed
    moments = sorted({1 + place * (n - 1) // max(1, min(KILLS, n) - 1) for place in range(min(KILLS, n))})
    differ = []
    for moment in moments:
        folder = tmp_path / str(moment)
        shutil.copytree(extracts, folder)
        assert week(folder, moment).returncode == -signal.SIGKILL, moment
        again = week(folder, 0)
        assert again.returncode == 0, again.stderr
        if shown(folder) != before:
            differ.append(moment)
        shutil.rmtree(folder)
    sys.stdout.write(f"{len(moments)} of {n} moments, {len(differ)} differ: {differ}\n")
    assert not differ


def test_random_times(tmp_path: Path, extracts: Path, undisturbed: tuple[dict[str, bytes], int, float]) -> None:
    before, _, seconds = undisturbed
    draw = random.Random(20261123)
    differ, ended = [], 0
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        shutil.copytree(extracts, folder)
        command = [sys.executable, str(TESTS / "weekly_killed.py"), str(folder), "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=draw.uniform(0.05, 1.0) * seconds)
            ended += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        again = week(folder, 0)
        assert again.returncode == 0, again.stderr
        if shown(folder) != before:
            differ.append(kill)
        shutil.rmtree(folder)
    sys.stdout.write(f"{KILLS} random times ({ended} after its end), {len(differ)} differ: {differ}\n")
    assert not differ
