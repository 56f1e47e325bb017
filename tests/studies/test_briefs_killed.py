"""The whole week killed: after every rename and flush, of putting it in place and of the whole job, and at random.

What was found is in `briefs_killed.md`. FI_KILLS says at how many random times it is killed, and how many of the states
that a kill of the whole job can leave are done again (50 each unless set); each costs up to two runs of the week.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
    """What a run that nobody disturbs shows, how many moments it has and how many seconds it takes alone."""
    folder = tmp_path_factory.mktemp("undisturbed") / "workspace"
    shutil.copytree(extracts, folder)
    began = time.monotonic()
    n = int(week(folder, 0).stdout)
    return shown(folder), n, time.monotonic() - began


def week(folder: Path, moment: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TESTS / "weekly_killed.py"), str(folder), str(moment)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def digest(folder: Path) -> str:
    """Of every file's place and content, and of every folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(path.relative_to(folder).as_posix().encode() + b"\n")
        if path.is_file():
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def left_by_kills(folder: Path, states: Path) -> tuple[int, dict[str, Path]]:
    """Let the job stand still at every moment, and keep what stands then: how many moments, and each state once."""
    command = [sys.executable, str(TESTS / "weekly_killed.py"), str(folder), "-1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    found: dict[str, Path] = {}
    moments = 0
    while os.WIFSTOPPED(status := os.waitpid(process.pid, os.WUNTRACED)[1]):
        moments += 1
        state = states / str(moments)
        shutil.copytree(folder, state, symlinks=True)
        process.send_signal(signal.SIGCONT)
        if found.setdefault(digest(state), state) != state:  # a flush moves nothing
            shutil.rmtree(state)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.stderr
    return moments, found


def test_every_moment_of_the_whole_job(
    tmp_path: Path, extracts: Path, undisturbed: tuple[dict[str, bytes], int, float]
) -> None:
    """What a kill leaves is what stands while the job stands still; states that are the same are done again once."""
    before, n, _ = undisturbed
    folder, states = tmp_path / "workspace", tmp_path / "states"
    states.mkdir()
    shutil.copytree(extracts, folder)
    moments, found = left_by_kills(folder, states)
    assert abs(moments - n) <= n // 10  # lanes side by side flush together or apart
    assert shown(folder) == before
    left = list(found.values())
    chosen = sorted(
        {place * (len(left) - 1) // max(1, min(KILLS, len(left)) - 1) for place in range(min(KILLS, len(left)))}
    )

    def done_again(state: Path) -> str:
        again = week(state, 0)
        problem = again.stderr if again.returncode else "" if shown(state) == before else "other bytes"
        shutil.rmtree(state)
        return f"{state.name}: {problem}" if problem else ""

    with ThreadPoolExecutor(os.cpu_count() or 1) as lanes:
        wrong = [problem for problem in lanes.map(done_again, [left[place] for place in chosen]) if problem]
    sys.stdout.write(
        f"{moments} moments leave {len(left)} states, {len(chosen)} done again, {len(wrong)} differ: {wrong}\n"
    )
    assert not wrong


def test_random_times(tmp_path: Path, extracts: Path, undisturbed: tuple[dict[str, bytes], int, float]) -> None:
    before, _, seconds = undisturbed
    draw = random.Random(20261123)
    times = [draw.uniform(0.05, 1.3) * seconds for _ in range(KILLS)]

    def killed(kill: int) -> tuple[bool, str]:
        folder = tmp_path / str(kill)
        shutil.copytree(extracts, folder)
        command = [sys.executable, str(TESTS / "weekly_killed.py"), str(folder), "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=times[kill])
            ended = True
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            ended = False
        again = week(folder, 0)
        problem = again.stderr if again.returncode else "" if shown(folder) == before else "other bytes"
        shutil.rmtree(folder)
        return ended, f"{kill}: {problem}" if problem else ""

    with ThreadPoolExecutor(os.cpu_count() or 1) as lanes:
        told = list(lanes.map(killed, range(KILLS)))
    wrong = [problem for _, problem in told if problem]
    after = sum(ended for ended, _ in told)
    sys.stdout.write(f"{KILLS} random times ({after} after its end), {len(wrong)} differ: {wrong}\n")
    assert not wrong
