"""Where the pages of a week are: built and waiting, released, or a worker's own."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fi_workbench.calendar import ReportingWeek
from fi_workbench.store import publish_folder
from fi_workbench.store.place import writing

PAGE = "unit_brief.html"
PAPER = "unit_brief.pdf"
TEXT = "unit_brief.txt"
DATA = "unit_brief.json"
INDEX = "index.html"
REPORT = "report.json"
HELD = "held.json"

BUILT = "built"
RELEASED = "briefs"
WORKLISTS = "worklists"
MANAGERS = "managers"
DIGESTS = "digests"
PUBLISHED = "published"
DATA_NOTES = "data_notes"
FAILED = Path("logs") / "failed"


def built_folder(workspace: Path, week: ReportingWeek, unit: str) -> Path:
    """Where a unit's built brief waits to be released; the week's own folder for an empty unit."""
    folder = workspace / BUILT / str(week)
    return folder / unit if unit else folder


def close_waiting(workspace: Path, root: str) -> None:
    """Close the folder of what is made and not released, before anything is put there.

    Args:
        workspace: the workspace's folder.
        root: `BUILT`, `DIGESTS` or `DATA_NOTES`; the files within need no permissions of their own.
    """
    folder = workspace / root
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def released_folder(workspace: Path, week: ReportingWeek) -> Path:
    """Where a released week is read."""
    return workspace / RELEASED / str(week)


def worklists_folder(workspace: Path, week: ReportingWeek) -> Path:
    """Where the worklists of a week are, one folder per unit, closed to others."""
    return workspace / WORKLISTS / str(week)


def units_built(folder: Path) -> list[str]:
    """The units whose briefs are in a week's folder, without what a killed run left half done under a dotted name."""
    return sorted(path.parent.name for path in folder.glob(f"*/{DATA}") if not path.parent.name.startswith("."))


def units_taken_back(folder: Path) -> list[str]:
    """The units of a released week where a notice stands: it has every form that people read, and no data."""
    return sorted(path.parent.name for path in folder.glob(f"*/{TEXT}") if not (path.parent / DATA).is_file())


@contextmanager
def published(target: Path, *, mode: int | None = None) -> Iterator[Path]:
    """Fill a folder that readers see only when it is complete.

    Args:
        target: the folder; what was there is replaced.
        mode: permissions of the folder.

    Raises:
        DiskFullError: no room; what stood before still stands.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}-*"):  # by a run that was killed: the workspace's lock is ours now
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        staging = Path(scratch)
        with writing(target.name):
            yield staging
        staging.chmod(mode if mode is not None else 0o755)
        publish_folder(staging, target)
        staging.mkdir(exist_ok=True)  # so that the temporary folder can be taken away


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write facts so that equal facts are equal bytes."""
    path.write_text(as_json(facts), encoding="utf-8")


def as_json(facts: Mapping[str, Any]) -> str:
    """Facts as text, keys in order."""
    return json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_json(path: Path) -> dict[str, Any]:
    """Read facts; none when the file is not there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
