"""A command that is told to stop, or begun without the streams that a program usually has."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fi_workbench.cli.rim import guarded
from fi_workbench.errors import EXIT_DONE, EXIT_INTERRUPTED

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and descriptors of POSIX systems")

LOADS_SLOWLY = """
import time
from tempfile import TemporaryDirectory
from fi_workbench import weekly
from fi_workbench.cli import main

def load(workspace, **_):
    with TemporaryDirectory(prefix=".snapshots-", dir=workspace.folder):
        (workspace.folder / "begun").touch()
        time.sleep(60)

weekly.load = load
main()
"""
IN_A_TERMINAL = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
"""Whatever these tests were begun by, as `nohup`, a hang-up ends what is begun here."""


def in_shell(first: str, streams: str, *command: str) -> list[str]:
    """The command as a shell starts it, that does something first or closes streams."""
    return ["sh", "-c", f'{first}; exec "$@" {streams}', "sh", *command]


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert guarded(["init", str(tmp_path / "w"), "--name", "Test", "--code", "999"]) == EXIT_DONE
    capsys.readouterr()
    return tmp_path / "w"


def begin(workspace: Path, *, hangs_up: bool = True) -> subprocess.Popen[str]:
    """A load that has begun and takes a minute."""
    code = f"{IN_A_TERMINAL}\n{LOADS_SLOWLY}" if hangs_up else LOADS_SLOWLY
    command = [sys.executable, "-c", code, "load", "-w", str(workspace)]
    if not hangs_up:
        command = in_shell("trap '' HUP", "", *command)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until = time.monotonic() + 30
    while not (workspace / "begun").exists() and time.monotonic() < until:
        time.sleep(0.02)
    return running


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_that_is_stopped_says_so_and_leaves_no_lock_and_no_answers(workspace: Path, name: str) -> None:
    running = begin(workspace)
    assert (workspace / ".lock").exists()
    running.send_signal(getattr(signal, name))
    told, _ = running.communicate(timeout=20)
    assert running.returncode == EXIT_INTERRUPTED
    assert "Stopped. What was done stays done" in told
    assert "Traceback" not in told
    assert not list(workspace.glob(".*"))


def test_a_command_that_was_told_to_outlive_its_terminal_does(workspace: Path) -> None:
    running = begin(workspace, hangs_up=False)
    running.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=20)
    assert running.returncode == EXIT_INTERRUPTED


def test_what_a_killed_run_asked_of_databases_goes_with_the_next_load(workspace: Path) -> None:
    left = workspace / ".snapshots-abc" / "housing"
    left.mkdir(parents=True)
    (left / "housing.parquet").touch()
    assert guarded(["load", "-w", str(workspace)]) == EXIT_DONE
    assert not list(workspace.glob(".*"))


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_a_command_without_some_stream_finds_nothing_in_its_place(workspace: Path, closed: list[int]) -> None:
    """What is opened next takes the number of a closed stream, and is read or written as if it were the stream."""
    command = [sys.executable, "-m", "fi_workbench.cli", "status", "-w", str(workspace), "--json"]

    done = subprocess.run(
        in_shell(":", " ".join(f"{n}>&-" for n in closed), *command),
        stdin=subprocess.PIPE,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == EXIT_DONE
    assert done.stderr == ""
    assert bool(done.stdout) == (1 not in closed)


def test_closed_streams_are_open_upon_nothing_once_a_command_runs() -> None:
    code = (
        "import os, sys; from fi_workbench import cli; from fi_workbench.cli import rim\n"
        "def look(arguments):\n"
        "    held = [os.path.realpath(f'/proc/self/fd/{n}') for n in range(3)]\n"
        "    print('out'); sys.stderr.write('err'); sys.stdin.read()\n"
        "    return 0 if held == [os.devnull] * 3 else 1\n"
        "rim.guarded = look; cli.main()\n"
    )
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("the system does not say which files are open")
    command = in_shell(":", "0>&- 1>&- 2>&-", sys.executable, "-c", code)
    done = subprocess.run(command, check=False)
    assert done.returncode == 0
