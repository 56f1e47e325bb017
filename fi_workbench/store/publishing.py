"""Publishing a folder: a reader finds the old one whole or the new one whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from fi_workbench.errors import StoreError
from fi_workbench.store.place import writing

_ASIDE = ".replaced-"


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
        _mend(target, aside)
        if not target.exists():
            staging.replace(target)
            return
        target.rename(aside)
        try:
            staging.replace(target)
        except OSError:
            aside.rename(target)
            raise
        shutil.rmtree(aside)


def _mend(target: Path, aside: Path) -> None:
    """Finish what a killed publication left: the old folder back in place, or away for good."""
    if aside.exists():
        if target.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(target)
