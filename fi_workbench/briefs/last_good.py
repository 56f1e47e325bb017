"""The last good brief: what stands, under a banner, where this week's failed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from fi_workbench.briefs.folders import (
    DATA,
    INDEX,
    PAGE,
    PAPER,
    RELEASED,
    TEXT,
    as_json,
    published,
    read_json,
    units_built,
)
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.plain import brief_text
from fi_workbench.briefs.rendering import brief_page
from fi_workbench.calendar import ReportingWeek


def last_good(workspace: Path, week: ReportingWeek, unit: str) -> Brief | None:
    """A unit's brief of the last week before this one that was released and not taken back."""
    for folder in _earlier(workspace, week):
        facts = read_json(folder / unit / DATA)
        if facts:
            return Brief.model_validate(facts["brief"])
    return None


def last_released(workspace: Path, week: ReportingWeek) -> Path | None:
    """The folder of the last week before this one that was released and not taken back."""
    return next((folder for folder in _earlier(workspace, week) if units_built(folder)), None)


def _earlier(workspace: Path, week: ReportingWeek) -> Iterator[Path]:
    root = workspace / RELEASED
    if root.is_dir():
        weeks = (path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
        yield from sorted((path for path in weeks if path.name < str(week)), reverse=True)


def mark(folder: Path, banner: str, index: Callable[[Collection[str]], bytes]) -> None:
    """Put a banner on every page of a released week.

    Args:
        folder: the week's released folder.
        banner: what the banner says.
        index: makes the week's list of links to those files that are left.

    Raises:
        DiskFullError: no room; what stood before still stands.
    """
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name in [name for name in files if name.endswith(f"/{DATA}")]:
        facts = read_json(folder / name)
        brief = Brief.model_validate(facts["brief"])
        made, told = brief_page(brief, banner=banner), brief_text(brief, banner=banner)
        digests = {PAGE: hashlib.sha256(made).hexdigest(), TEXT: hashlib.sha256(told).hexdigest()}
        facts["manifest"]["files_sha256"] = digests
        files.pop(name.replace(DATA, PAPER), None)  # paper cannot be marked once it is printed, so it is not offered
        facts["manifest"]["banner"] = banner
        files |= {name.replace(DATA, PAGE): made, name.replace(DATA, TEXT): told, name: as_json(facts).encode()}
    files[INDEX] = index(files)
    with published(folder) as staging:
        write_files(staging, files)
