"""Publishing a folder: a reader finds the old one whole or the new one whole."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

from fi_workbench.errors import StoreError
from fi_workbench.store.place import writing

_ASIDE = ".replaced-"
_FROM_HERE = -100
_EXCHANGE = 2
"""AT_FDCWD and RENAME_EXCHANGE of renameat2(2)."""


def publish_folder(staging: Path, target: Path) -> None:
    """Put a finished folder in the place of another, or where none was.

    Args:
        staging: the finished folder, beside the target.
        target: where readers look. What was there is gone afterwards.

    Raises:
        StoreError: the staging folder is missing or is not beside its target.
        DiskFullError: no room; the old folder still stands.
    """
    if not staging.is_dir() or staging.parent.resolve() != target.parent.resolve():
        raise StoreError("A folder can only be published from beside its target.", where=target.name)
    aside = target.with_name(f"{_ASIDE}{target.name}")
    with writing(target.name):
        _settle(staging)
        _mend(target, aside)
        if not target.exists():
            staging.rename(target)
            return
        if _exchange(staging, target):
            staging.rename(aside)
        else:
            _replace(staging, target, aside)
        shutil.rmtree(aside)


def _settle(folder: Path) -> None:
    """Have the disk hold every file before a name leads to it, so that a power cut leaves no empty page."""
    for place in (*(path for path in sorted(folder.rglob("*")) if path.is_file()), folder):
        if place.is_dir() and sys.platform == "win32":
            continue
        descriptor = os.open(place, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _exchange(staging: Path, target: Path) -> bool:
    """Let two folders change places in one step, where the system can; say whether it did."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    call = getattr(libc, "renameat2", None)
    if call is None:
        return False
    done: int = call(_FROM_HERE, os.fsencode(staging), _FROM_HERE, os.fsencode(target), _EXCHANGE)
    return done == 0


def _replace(staging: Path, target: Path, aside: Path) -> None:
    """Put the old folder aside and the new one in its place: between the two, for an instant, there is neither."""
    target.rename(aside)
    try:
        staging.rename(target)
    except OSError:
        aside.rename(target)
        raise


def _mend(target: Path, aside: Path) -> None:
    """Finish what a killed publication left: the old folder back in place, or away for good."""
    if aside.exists():
        if target.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(target)
