"""A folder for what a process writes on the way: gone with the process, however that ends.

Whoever starts a notebook's process makes its folder and removes it, so that one that is killed leaves nothing. What a
killed run left is removed by the next one: whoever uses a folder holds a lock in it, and the system lets a lock go
with its last holder.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

PREFIX = "fi-brief-"
IN_USE = ".in_use"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one's own, closed to others, for as long as it is needed."""
    _remove_left_once()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with _marked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hold(folder: Path) -> IO[bytes]:
    """Keep a folder of another process in use until the file that is given back is closed, or this process ends."""
    file = (folder / IN_USE).open("ab")
    _lock(file)
    return file


def remove_left() -> None:
    """Remove what killed runs left: folders that are surely ours, and surely in use by nobody."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody holds it, or was quicker, or it was never marked
            if _is_ours(folder):
                _remove_unless_held(folder)


_remove_left_once = cache(remove_left)


def _is_ours(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.getuid())


if sys.platform == "win32":

    def _lock(file: IO[bytes]) -> None:
        """Nothing: a file that is open cannot be removed there."""

    def _marked(folder: Path) -> IO[bytes]:
        return hold(folder)

    def _remove_unless_held(folder: Path) -> None:
        (folder / IN_USE).unlink()
        shutil.rmtree(folder)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        with suppress(OSError):  # without locks in the file system nobody will find that a folder is left
            fcntl.flock(file, fcntl.LOCK_SH)

    def _marked(folder: Path) -> IO[bytes]:
        """Mark a folder as in use: the mark is seen only once it is locked."""
        new = folder / f"{IN_USE}.new"
        file = new.open("wb")
        _lock(file)
        new.rename(folder / IN_USE)
        return file

    def _remove_unless_held(folder: Path) -> None:
        with (folder / IN_USE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
