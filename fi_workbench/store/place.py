"""Where a lake is, and what can go wrong there: full disks, folders that a cloud client moves about.

A lake is a local folder or a URI that delta-rs opens. Only raw copies and permissions ask which of the two it is.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl

from fi_workbench.errors import DiskFullError, StoreError

SYNCED_NAMES = (
    "onedrive",
    "sharepoint",
    "dropbox",
    "google drive",
    "googledrive",
    "my drive",
    "icloud drive",
    "mobile documents",
    "nextcloud",
    "owncloud",
    "box sync",
)
"""How folders that a synchronising client keeps are called, by the start of a path part."""

SYNCED_MARKERS = (
    ".849C9593-D756-4E56-8D6E-42412F2A707B",
    ".dropbox",
    ".dropbox.cache",
    ".tmp.drivedownload",
    ".owncloudsync.log",
    ".nextcloudsync.log",
)
"""Files and folders that OneDrive, Dropbox, Google Drive, ownCloud and Nextcloud leave in their root."""

UNUSABLE = "%[]"
"""Characters of folder names that delta-rs takes for something else."""

FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
FULL_WORDS = ("no space left on device", "os error 28)", "os error 112)", "os error 122)", "disk quota exceeded")
"""How the table format words a full disk or quota (Linux and macOS 28, Windows 112, quota 122)."""


@dataclass(frozen=True)
class Place:
    """The root of a lake.

    Attributes:
        root: its URI, without a slash at the end; a local folder's begins with file://.
        folder: the local folder; None when it is somewhere else.
    """

    root: str
    folder: Path | None

    def table(self, *parts: str) -> str:
        """The URI of a table in it."""
        return "/".join((self.root, *parts))


def place_of(location: str | Path) -> Place:
    """Understand a location; a local one is made absolute.

    Raises:
        StoreError: a cloud client would move files under the lake's feet, or the table format cannot take the
            folder's name.
    """
    text = str(location)
    parts = urlsplit(text)
    if isinstance(location, Path) or len(parts.scheme) <= 1:  # one letter is a Windows drive
        folder = Path(text)
    elif parts.scheme == "file":
        folder = local_path(text)
    else:
        return Place(text.rstrip("/"), None)
    folder = folder.expanduser().absolute()
    refuse_synced_folder(folder)
    unusable = sorted(set(str(folder)) & set(UNUSABLE))
    if unusable:
        raise StoreError(
            f"The lake cannot be in a folder with {' or '.join(unusable)} in its path.",
            where=str(folder),
            next_step="Choose another folder, and set [storage] lake in workbench.toml.",
        )
    return Place(folder.as_uri(), folder)


def local_path(uri: str) -> Path:
    """The folder or file of a file:// URI."""
    path = urlsplit(uri).path
    if os.name != "nt":
        return Path(unquote(path))
    from urllib.request import url2pathname  # noqa: PLC0415 - imports what talks to web servers

    return Path(url2pathname(path))


def refuse_synced_folder(folder: Path) -> None:
    """Refuse a folder that a cloud client synchronises.

    Such clients make conflict copies, replace files by placeholders and carry people's records out of the secure
    zone.

    Raises:
        StoreError: the folder or one above it is synchronised.
    """
    for part in (folder, *folder.parents):
        named = part.name.lower().startswith(SYNCED_NAMES)
        if named or any((part / marker).exists() for marker in SYNCED_MARKERS):
            raise StoreError(
                "The lake cannot be in a folder that OneDrive, Dropbox or the like synchronises: they make conflict "
                "copies, leave placeholders for files, and take records out of the secure zone.",
                where=str(part),
                next_step="Choose a folder on a local or server disk, and set [storage] lake in workbench.toml.",
            )


@contextmanager
def writing(where: str) -> Iterator[None]:
    """Say plainly why a write failed; what stood before it still stands.

    Raises:
        DiskFullError: no room, or no quota.
        StoreError: the table format or the file system refused for another reason.
    """
    from deltalake.exceptions import DeltaError  # noqa: PLC0415 - opened on first use: the room stays light

    try:
        yield
    except (OSError, DeltaError, pl.exceptions.PolarsError) as error:
        if is_full(error):
            raise DiskFullError(
                "There is no room left to write. Nothing was lost: what stood before still stands.",
                where=where,
                next_step="Make room (or ask for a larger quota), then run the same command again.",
            ) from None
        if isinstance(error, DeltaError):
            raise StoreError(
                f"The table could not be written ({type(error).__name__}).",
                where=where,
                next_step="If another run is writing to this lake, let it finish; then run the same command again.",
            ) from error
        if isinstance(error, OSError):
            raise StoreError(
                f"The file system does not let this be written ({error.strerror or type(error).__name__}).",
                where=where,
                next_step="Raise the limit on the size of files (see `ulimit -f`), then run the same command again."
                if error.errno == errno.EFBIG
                else "Look at the folder's permissions, and whether a program has a file in it open.",
            ) from error
        raise


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Say plainly that what is stored cannot be read.

    Raises:
        StoreError: a file is missing or damaged, or may not be read.
    """
    from deltalake.exceptions import DeltaError  # noqa: PLC0415

    try:
        yield
    except (OSError, DeltaError, pl.exceptions.ComputeError) as error:
        raise StoreError(
            f"A file of the lake is missing or cannot be read ({type(error).__name__}).",
            where=where,
            next_step="Look at the folder's permissions, or restore the lake from its backup; do not mend it by hand.",
        ) from None


def is_full(error: BaseException) -> bool:
    """Whether an error, however wrapped, means that the disk or the quota is full."""
    if isinstance(error, OSError) and error.errno in FULL_ERRNOS:
        return True
    words = str(error).lower()
    return any(word in words for word in FULL_WORDS)
