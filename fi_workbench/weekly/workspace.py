"""Open, make and lock a workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from fi_workbench.briefs.characters import check_printable
from fi_workbench.briefs.week import open_lake
from fi_workbench.contracts import Catalogue, all_contracts, contracts_of
from fi_workbench.errors import SettingsError, WrongUseError
from fi_workbench.pseudonyms import PseudonymKey, read_key, write_key
from fi_workbench.resources import shipped
from fi_workbench.settings import FILE_NAME, Settings, parse_settings, read_settings
from fi_workbench.store import Lake, found_lock, workspace_lock

KEY_FILE = "pseudonym.key"
LOCKED_HOURS = 12
"""No run takes so long: a lock that has stood longer is of a process that hangs, or of a computer that went away."""


@dataclass(frozen=True)
class Workspace:
    """An open workspace: where it is, what it decides, what may come in, and its lake."""

    folder: Path
    settings: Settings
    catalogue: Catalogue
    lake: Lake

    @property
    def models(self) -> Path:
        """Where segmentations are, candidates and approved."""
        return self.folder / "models" / "segmentation"

    @property
    def settings_text(self) -> str:
        """The settings file as it stands, for the record of a run."""
        return (self.folder / FILE_NAME).read_text(encoding="utf-8")

    def today(self, at: datetime) -> date:
        """The day that it is for this authority at a moment of the clock: its weeks are over by it, or not yet."""
        return self.settings.authority.today(at.date())

    def key(self) -> PseudonymKey:
        """The secret that names people.

        Raises:
            SettingsError: the key file is missing or damaged.
        """
        return read_key(self.folder / KEY_FILE)


def open_workspace(folder: Path) -> Workspace:
    """Open a workspace whose settings are right.

    Raises:
        SettingsError: it is not a workspace, or its settings cannot be used.
        ContractError: a contract of its own breaks the contract language.
    """
    settings = read_settings(folder)
    catalogue = contracts_of(folder)
    return Workspace(folder, settings, catalogue, open_lake(folder, settings, catalogue))


def make_workspace(folder: Path, *, name: str, code: str) -> list[str]:
    """Make an empty workspace and say which source folders it has.

    Raises:
        WrongUseError: the folder is not empty, or the name cannot be printed.
        SettingsError: the name or code cannot be.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongUseError("This folder is not empty, so no workspace was made in it.", where=str(folder))
    name = " ".join(name.split())
    check_printable(name, "--name")
    try:
        parse_settings({"authority": {"name": name, "code": code}})
    except SettingsError as error:
        raise SettingsError(
            error.what,
            where="--name and --code",
            how_many=error.how_many,
            next_step="Run the command again with other ones; nothing was made.",
        ) from None
    text = (shipped("templates") / "workspace" / "starter.toml").read_text(encoding="utf-8")
    text = text.replace("{code}", code).replace('"{name}"', json.dumps(name, ensure_ascii=False))
    sources = sorted(all_contracts().sources)
    for source in sources:
        (folder / "extracts" / source).mkdir(parents=True)
    write_key(folder / KEY_FILE)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return sources


@contextmanager
def locked(folder: Path, purpose: str, *, host: str, pid: int, at: datetime) -> Iterator[None]:
    """Hold the workspace while something is written.

    Raises:
        SettingsError: it is not a workspace.
        LockedError: another run holds it.
    """
    read_settings(folder)
    with workspace_lock(folder, purpose, host=host, pid=pid, at=at):
        yield


def lock_told(folder: Path, *, host: str, at: datetime) -> tuple[str, bool]:
    """What is said of a workspace's lock, empty where nobody holds it, and whether it has stood for too long.

    Args:
        folder: the workspace.
        host: this computer's name.
        at: now.
    """
    found = found_lock(folder, host=host, at=at)
    if found is None:
        return "", False
    minutes = int(found.seconds // 60)
    age = f"{minutes // 60:,} hours" if minutes >= 120 else f"{minutes} minutes"
    told = f"{found.holder or 'an unknown process'}, {age} old"
    if found.is_dead:
        return f"{told}; its process is gone, and the next run takes it over", False
    return told, found.seconds > LOCKED_HOURS * 3600
