"""One writer at a time."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fi_workbench.errors import DiskFullError, LockedError
from fi_workbench.store import workspace_lock
from fi_workbench.store.locks import LOCK_FILE, began, found_lock

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HERE = {"host": "this-host", "pid": os.getpid(), "at": AT}


def dead_pid() -> int:
    """A process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def leave_lock(folder: Path, host: str, pid: int, **more: str) -> None:
    text = json.dumps({"host": host, "pid": pid, "at": "2026-11-22T05:00:00+00:00", "purpose": "weekly"} | more)
    (folder / LOCK_FILE).write_text(text)


def test_a_lock_is_there_while_held_and_gone_after(tmp_path: Path) -> None:
    with workspace_lock(tmp_path, "load", **HERE) as lock:
        held = json.loads((tmp_path / LOCK_FILE).read_text())
        assert held.pop("began") == began(os.getpid())
        assert held == {"host": "this-host", "pid": os.getpid(), "at": "2026-11-23T05:00:00+00:00", "purpose": "load"}
        assert lock.taken_over is None
    assert list(tmp_path.iterdir()) == []


def test_the_second_is_told_who_holds_it_and_since_when(tmp_path: Path) -> None:
    with workspace_lock(tmp_path, "weekly", **HERE):
        with pytest.raises(LockedError) as caught, workspace_lock(tmp_path, "load", **HERE):
            pass
        assert "weekly on this-host" in caught.value.where
        assert "2026-11-23T05:00:00" in caught.value.where
        assert (tmp_path / LOCK_FILE).exists()


def test_the_lock_goes_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), workspace_lock(tmp_path, "load", **HERE):
        _ = 1 / 0
    assert not (tmp_path / LOCK_FILE).exists()


def test_the_lock_of_a_dead_process_here_is_taken_over_and_said(tmp_path: Path) -> None:
    pid = dead_pid()
    leave_lock(tmp_path, "this-host", pid)
    with workspace_lock(tmp_path, "load", **HERE) as lock:
        assert lock.taken_over is not None
        assert (lock.taken_over.pid, lock.taken_over.purpose) == (pid, "weekly")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_left_by_a_former_life_of_this_very_process_number_is_taken_over(tmp_path: Path) -> None:
    leave_lock(tmp_path, "this-host", os.getpid())
    with workspace_lock(tmp_path, "load", **HERE) as lock:
        assert lock.taken_over is not None


def test_a_lock_whose_process_number_another_process_has_by_now_is_taken_over(tmp_path: Path) -> None:
    leave_lock(tmp_path, "this-host", os.getppid(), began="an earlier boot 4711")
    found = found_lock(tmp_path, host="this-host", at=AT)
    assert found is not None
    assert found.is_dead
    with workspace_lock(tmp_path, "load", **HERE) as lock:
        assert lock.taken_over is not None
    leave_lock(tmp_path, "this-host", os.getppid(), began=began(os.getppid()))
    with pytest.raises(LockedError), workspace_lock(tmp_path, "load", **HERE):
        pass


def test_when_a_process_began_is_told_of_this_one_and_of_no_dead_one() -> None:
    assert began(os.getpid()) == began(os.getpid()) != began(os.getppid())
    assert began(dead_pid()) == ""


def test_a_lock_can_be_looked_at_with_its_age(tmp_path: Path) -> None:
    assert found_lock(tmp_path, host="this-host", at=AT) is None
    leave_lock(tmp_path, "other-host", 1)
    os.utime(tmp_path / LOCK_FILE, (AT.timestamp() - 7200, AT.timestamp() - 7200))
    found = found_lock(tmp_path, host="this-host", at=AT)
    assert found is not None
    assert (found.is_dead, found.seconds) == (False, 7200)
    assert str(found.holder) == "weekly on other-host, process 1, since 2026-11-22T05:00:00+00:00"
    (tmp_path / LOCK_FILE).write_text("{")
    unread = found_lock(tmp_path, host="this-host", at=AT)
    assert unread is not None
    assert (unread.holder, unread.is_dead) == (None, False)


@pytest.mark.parametrize("host", ["other-host", "this-host"])
def test_a_lock_of_another_computer_or_a_living_process_stands(tmp_path: Path, host: str) -> None:
    living = os.getppid() if host == "this-host" else dead_pid()
    leave_lock(tmp_path, host, living)
    with pytest.raises(LockedError), workspace_lock(tmp_path, "load", **HERE):
        pass
    assert (tmp_path / LOCK_FILE).exists()


def test_a_damaged_lock_file_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text("{")
    with pytest.raises(LockedError, match="unknown process"), workspace_lock(tmp_path, "load", **HERE):
        pass


def test_of_two_who_would_take_over_at_once_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_lock(tmp_path, "this-host", dead_pid())
    from fi_workbench.store import locks

    original = locks._is_dead

    def meanwhile(*arguments: object) -> bool:
        """While the first looks, another takes the dead lock over."""
        dead = original(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(locks, "_is_dead", original)
        leave_lock(tmp_path, "other-host", 1)
        return dead

    monkeypatch.setattr(locks, "_is_dead", meanwhile)
    with pytest.raises(LockedError, match="other-host"), workspace_lock(tmp_path, "load", **HERE):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]
    assert json.loads((tmp_path / LOCK_FILE).read_text())["host"] == "other-host"


def test_many_processes_one_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time, os; from datetime import datetime, UTC; from pathlib import Path\n"
        "from fi_workbench.store import workspace_lock; from fi_workbench.errors import LockedError\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    with workspace_lock(Path(sys.argv[1]), 'load', host='h', pid=os.getpid(), at=datetime(2026, 1, 1, tzinfo=UTC)):\n"
        "        print('held', flush=True); sys.stdin.readline()\n"
        "except LockedError: print('locked', flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    leave_lock(tmp_path, "h", dead_pid())
    runs = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    said = [run.stdout.readline().strip() for run in runs]
    for run in runs:
        run.communicate("done\n")
    assert sorted(said) == ["held", "locked", "locked"]


def test_a_lock_that_finds_no_room_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("fi_workbench.store.locks.json.dump", full)
        with pytest.raises(DiskFullError), workspace_lock(tmp_path, "load", **HERE):
            pass
    with workspace_lock(tmp_path, "load", **HERE) as lock:
        assert lock.taken_over is None


def test_a_lock_that_says_nothing_is_taken_over_after_a_while_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / LOCK_FILE
    path.touch()
    os.utime(path, (AT.timestamp() - 30, AT.timestamp() - 30))  # somebody may be about to write it
    with pytest.raises(LockedError, match="unknown process"), workspace_lock(tmp_path, "load", **HERE):
        pass
    os.utime(path, (AT.timestamp() - 90, AT.timestamp() - 90))
    with workspace_lock(tmp_path, "load", **HERE) as lock:
        assert lock.taken_over is not None
        assert lock.taken_over.purpose == "a run that was killed as it began"
    assert list(tmp_path.iterdir()) == []
