"""One writer at a time in a workspace: a lock file that says who holds it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from fi_workbench.errors import LockedError
from fi_workbench.store.place import writing

LOCK_FILE = ".lock"
SILENT_SECONDS = 60
"""A lock says who holds it within milliseconds; one that has said nothing for so long is nobody's."""
NOBODY = 0
_held: set[Path] = set()


@dataclass(frozen=True)
class LockHolder:
    """Who writes to a workspace, as the lock file says."""

    host: str
    pid: int
    at: str
    purpose: str
    began: str = ""
    """When the process began, by the boot that it is of: a number is given again, the two together are not. Empty in
    locks of earlier versions, and where the system does not say."""

    def __str__(self) -> str:
        """For whoever waits."""
        return f"{self.purpose} on {self.host}, process {self.pid}, since {self.at}"


@dataclass(frozen=True)
class FoundLock:
    """A lock that somebody else looks at.

    Attributes:
        holder: None where it does not say.
        is_dead: whether the process is gone, so that the next run takes the lock over.
        seconds: how old it is.
    """

    holder: LockHolder | None
    is_dead: bool
    seconds: float


@dataclass(frozen=True)
class WorkspaceLock:
    """A lock that is held.

    Attributes:
        taken_over: whose dead lock was in the way; None when none was.
    """

    holder: LockHolder
    taken_over: LockHolder | None


@contextmanager
def workspace_lock(workspace: Path, purpose: str, *, host: str, pid: int, at: datetime) -> Iterator[WorkspaceLock]:
    """Hold a workspace for writing.

    A lock whose process on this host is dead is taken over, and `taken_over` says whose it was.

    Args:
        workspace: the workspace's folder.
        purpose: the command, for whoever waits.
        host: this computer's name.
        pid: this process.
        at: now.

    Raises:
        LockedError: someone else holds it.
        DiskFullError: no room even for the lock.
    """
    path = (workspace / LOCK_FILE).absolute()
    mine = LockHolder(host, pid, at.isoformat(timespec="seconds"), purpose, began(pid))
    taken_over = _take(path, mine)
    _held.add(path)
    try:
        yield WorkspaceLock(mine, taken_over)
    finally:
        _held.discard(path)
        if _read(path) == mine:
            path.unlink(missing_ok=True)


def found_lock(workspace: Path, *, host: str, at: datetime) -> FoundLock | None:
    """The lock of a workspace as it stands now; None where nobody holds one.

    Args:
        workspace: the workspace's folder.
        host: this computer's name.
        at: now.
    """
    path = (workspace / LOCK_FILE).absolute()
    try:
        seconds = at.timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return None
    looker = LockHolder(host, os.getpid(), at.isoformat(timespec="seconds"), "")
    holder = _read(path) or _begun_and_left(path, _text(path), looker)
    is_dead = holder is not None and _is_dead(holder, path, looker)
    return FoundLock(holder, is_dead, max(seconds, 0))


def began(pid: int) -> str:
    """When a process began, as text that no other process of its number has; empty where that is not told.

    On Linux it is the boot and the clock ticks since then, which setting the clock does not change.
    """
    if sys.platform != "linux":
        return _began_elsewhere(pid)
    with suppress(OSError, IndexError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        told = Path(f"/proc/{pid}/stat").read_bytes()
        return f"{boot} {told[told.rindex(b')') + 2 :].split()[19].decode()}"
    return ""


def _began_elsewhere(pid: int) -> str:
    import psutil  # noqa: PLC0415 - not needed on Linux

    try:
        return f"{psutil.Process(pid).create_time():.0f}"
    except psutil.Error:
        return ""


def _take(path: Path, mine: LockHolder) -> LockHolder | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path.name):
        try:
            _create(path, mine)
        except FileExistsError:
            return _take_over(path, mine)
    return None


def _create(path: Path, holder: LockHolder) -> None:
    """Make the lock file, which fails when there is one, also on a network drive."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(holder), file)
    except BaseException:  # no room: a lock that says nothing would keep everybody out
        path.unlink(missing_ok=True)
        raise


def _take_over(path: Path, mine: LockHolder) -> LockHolder:
    """Replace the lock of a dead process. Of two who try at once, the marker lets one through."""
    text = _text(path)
    other = _read(path) or _begun_and_left(path, text, mine)
    if other is None or not _is_dead(other, path, mine):
        raise _locked(other, path)
    marker = path.with_name(f"{LOCK_FILE}.{hashlib.sha256(text.encode()).hexdigest()[:12]}")
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        raise _locked(other, path) from None
    try:
        if _text(path) != text:
            raise _locked(_read(path), path)
        aside = marker.with_suffix(".new")
        aside.write_text(json.dumps(asdict(mine)), encoding="utf-8")
        aside.replace(path)
    finally:
        marker.unlink(missing_ok=True)
    return other


def _begun_and_left(path: Path, text: str, mine: LockHolder) -> LockHolder | None:
    """Who left a lock that says nothing: a process that was killed as it made it, once that is a while ago."""
    with suppress(OSError):
        age = datetime.fromisoformat(mine.at).timestamp() - path.stat().st_mtime
        if not text.strip() and age > SILENT_SECONDS:
            return LockHolder(mine.host, NOBODY, "", "a run that was killed as it began")
    return None


def _is_dead(other: LockHolder, path: Path, mine: LockHolder) -> bool:
    if other.pid == NOBODY:
        return True
    if other.host != mine.host:
        return False
    if other.pid == mine.pid:
        return path not in _held
    return not _is_alive(other.pid) or _is_another(other)


def _is_another(other: LockHolder) -> bool:
    """Whether the number of the process that left a lock has been given to another since."""
    now = began(other.pid) if other.began else ""
    return bool(now) and now != other.began


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_alive_on_windows(pid: int) -> bool:
    import ctypes  # noqa: PLC0415 - Windows only

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(query_limited_information, 0, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(known) and code.value == still_active


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _read(path: Path) -> LockHolder | None:
    try:
        return LockHolder(**json.loads(_text(path)))
    except (ValueError, TypeError):
        return None


def _locked(other: LockHolder | None, path: Path) -> LockedError:
    who = str(other) if other else "an unknown process"
    return LockedError(
        "Another run is writing to this workspace.",
        where=who,
        next_step=f"Wait until it is done. If you are sure that it is dead, delete {path.name} in the workspace.",
    )
