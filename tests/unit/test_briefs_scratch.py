"""Folders for what is written on the way: removed by their maker, or, once it was killed, by the next run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from fi_workbench.briefs.scratch import IN_USE, PREFIX, hold, remove_left, scratch

ROOT = Path(__file__).resolve().parents[2]
kills = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")

KEEPS = """
import os, sys, time
from pathlib import Path
from fi_workbench.briefs.scratch import hold, scratch
with scratch() as folder:
    (folder / "written").mkdir()
    child = os.fork() if sys.argv[1:] else 1
    if child == 0:
        kept = hold(folder)
        os.closerange(3, kept.fileno())  # what a process that is started anew does not have
    os.write(1, f"{os.getpid()}\\n".encode())  # whole, whatever the other writes
    time.sleep(120)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def keeper(place: Path, *more: str) -> subprocess.Popen[str]:
    """A process that has such a folder."""
    return subprocess.Popen(
        [sys.executable, "-c", KEEPS, *more],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "TMPDIR": str(place)},
    )  # fmt: skip


def killed(pid: int) -> None:
    """End a process, and wait until it is no more, whoever waits for it."""
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.01)


def test_a_folder_is_its_makers_alone_and_goes_with_it(place: Path) -> None:
    with scratch() as folder:
        assert folder.parent == place
        assert sys.platform == "win32" or folder.stat().st_mode & 0o777 == 0o700
        remove_left()
        assert (folder / IN_USE).exists()
    with pytest.raises(KeyError), scratch() as other:
        raise KeyError(str(other))
    assert not list(place.iterdir())


@kills
def test_what_a_killed_run_left_is_removed_and_what_is_in_use_is_not(place: Path) -> None:
    with keeper(place) as running:
        assert running.stdout is not None
        running.stdout.readline()
        remove_left()
        (left,) = place.iterdir()
        assert (left / "written").is_dir()
        killed(running.pid)
    assert left.is_dir()
    remove_left()
    assert not list(place.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_process_that_outlives_the_run_that_started_it_keeps_its_folder(place: Path) -> None:
    with keeper(place, "with a child") as running:
        assert running.stdout is not None
        pids = {int(running.stdout.readline()) for _ in range(2)}
        killed(running.pid)
        (child,) = pids - {running.pid}
        remove_left()
        (left,) = place.iterdir()
        assert (left / "written").is_dir()
        killed(child)
    remove_left()
    assert not list(place.iterdir())


def test_what_may_be_somebody_elses_stays(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / IN_USE).touch()
    (place / f"{PREFIX}unmarked").mkdir()
    (place / f"{PREFIX}file").touch()
    (place / "another").mkdir()
    (place / "another" / IN_USE).touch()
    if sys.platform != "win32":
        (place / f"{PREFIX}link").symlink_to(elsewhere)
    before = sorted(place.rglob("*"))
    remove_left()
    assert sorted(place.rglob("*")) == before
    assert (elsewhere / IN_USE).exists()


def test_where_files_cannot_be_locked_a_folder_is_made_and_never_taken_for_left(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(fcntl, "flock", refuse)
    with scratch() as folder, hold(folder):
        remove_left()
        assert folder.is_dir()
    assert not list(place.iterdir())
