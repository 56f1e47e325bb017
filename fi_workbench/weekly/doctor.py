"""What is wrong with an installation or a workspace, and how to mend it."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from fi_workbench.calendar import LAST_YEAR
from fi_workbench.contracts import contracts_of
from fi_workbench.errors import WorkbenchError
from fi_workbench.resources import shipped
from fi_workbench.settings import read_settings
from fi_workbench.store import Lake
from fi_workbench.store.locks import LOCK_FILE
from fi_workbench.store.place import refuse_synced_folder
from fi_workbench.weekly.choosing import newest_day, uncovered
from fi_workbench.weekly.units import units_apart
from fi_workbench.weekly.workspace import KEY_FILE, lock_told, open_workspace

_BANK_HOLIDAY_NOTICE_YEARS = 1


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    well: bool
    mend: str = ""


def examine(folder: Path, *, at: datetime, host: str) -> list[Finding]:
    """Look at the installation and a workspace; nothing is changed.

    Args:
        folder: the workspace.
        at: now, for what runs out.
        host: this computer's name, for whose lock it is.
    """
    return [*_installation(at.date()), *_workspace(folder, at), _lock(folder, at, host)]


def _installation(today: date) -> Iterator[Finding]:
    for name in ("data_contracts", "notebooks", "templates"):
        yield _attempt(f"the shipped folder {name} is there", partial(shipped, name))
    enough = today.year + _BANK_HOLIDAY_NOTICE_YEARS <= LAST_YEAR
    yield Finding(
        f"bank holidays are known to the end of {LAST_YEAR}", enough, "" if enough else "Update fi-workbench."
    )


def _workspace(folder: Path, at: datetime) -> Iterator[Finding]:
    yield _attempt("the settings can be used", lambda: read_settings(folder))
    yield _attempt("the contracts can be used", lambda: contracts_of(folder))
    yield _key(folder / KEY_FILE)
    yield _attempt(
        "the workspace is not in a folder that a cloud service copies", partial(refuse_synced_folder, folder.resolve())
    )
    readable = _attempt("the lake can be read", lambda: _read_lake(folder))
    yield readable
    if readable.well:
        yield _covered(folder, at)
        yield _units(folder, at)


def _read_lake(folder: Path) -> None:
    lake: Lake = open_workspace(folder).lake
    lake.ledger()


def _lock(folder: Path, at: datetime, host: str) -> Finding:
    told, stale = lock_told(folder, host=host, at=at)
    if not told:
        return Finding("no run holds the workspace", well=True)
    mend = f"If you are sure that its run is dead, delete {LOCK_FILE} in the workspace."
    return Finding(f"the workspace is locked by {told}", not stale, mend if stale else "")


def _covered(folder: Path, at: datetime) -> Finding:
    missing = uncovered(open_workspace(folder), at)
    if missing is not None and missing.expected:
        return Finding(str(missing).removesuffix("."), well=True)
    return Finding("extracts cover the last week that is over", missing is None, str(missing or ""))


def _units(folder: Path, at: datetime) -> Finding:
    workspace = open_workspace(folder)
    day = newest_day(workspace.lake, workspace.today(at)) or at.date()
    apart = units_apart(workspace.lake, workspace.lake.pin(day), workspace.settings, day)
    return Finding("the units of the settings are those of the roster", not apart, str(apart) if apart else "")


def _key(path: Path) -> Finding:
    what = "the pseudonym key is there and only its owner can read it"
    if not path.exists():
        return Finding(what, well=False, mend="Restore pseudonym.key from your backup.")
    shared = stat.S_IMODE(path.stat().st_mode) & 0o077
    return Finding(what, not shared, "Take the permission to read it from others (chmod 600)." if shared else "")


def _attempt(what: str, look: Callable[[], object]) -> Finding:
    try:
        look()
    except WorkbenchError as error:
        return Finding(what, well=False, mend=str(error).replace("\n", " "))
    return Finding(what, well=True)
