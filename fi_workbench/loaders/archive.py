"""One list in a zip archive, as mail systems like it: unpacked in memory, and refused where it could do harm.

Nothing is ever written to a path that an archive names, and nothing unpacks to more than a list of people can be.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.raw import Note

MOST_BYTES = 2_000_000_000
"""What a list may unpack to: far more than any council's."""
MOST_RATIO = 200
"""Text packs to a tenth, seldom to a fiftieth: more than this is made to do harm."""
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods")

DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error,
    KeyError, ValueError, EOFError, OSError, RuntimeError,
)  # fmt: skip
"""What an archive may throw where it is damaged, locked, or packed in a way that nobody uses (RuntimeError)."""


def is_zip(name: str) -> bool:
    """Whether a file is a zip archive by its name; a workbook, which is one inside, is not meant."""
    return name.lower().endswith(".zip")


def unzipped(data: bytes, name: str) -> tuple[bytes, str, Note]:
    """The one file in a zip archive, its name, and the note that says so.

    Raises:
        RefusedFileError: damaged, encrypted, empty, with several files or another archive in it, or one that unpacks
            to more than a list can be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _only(archive, name)
            content = archive.read(member)
    except DAMAGED:
        raise RefusedFileError(
            "The zip archive is damaged or packed in a way that cannot be read.",
            where=name,
            next_step="Ask for it again.",
        ) from None
    called = member.filename.replace("\\", "/").rsplit("/", 1)[-1]
    if content.startswith(_ARCHIVES) and not called.lower().endswith(_WORKBOOKS):
        raise RefusedFileError(
            "The zip archive holds an archive in an archive.", where=name, next_step="Ask for the list itself."
        )
    return content, called, Note("read from a zip archive", name)


def _only(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [one for one in archive.infolist() if not one.is_dir() and not _is_bystander(one.filename)]
    if len(members) != 1:
        raise RefusedFileError(
            f"The zip archive holds {len(members)} files, where one list is expected.",
            where=name,
            how_many=f"{len(members)} files",
            next_step="Unpack it, and put each file into the folder of its source.",
        )
    (member,) = members
    if member.flag_bits & 1:
        raise RefusedFileError(
            "The zip archive is locked with a password.",
            where=name,
            next_step="Ask for it without one, by a safe way.",
        )
    if member.file_size > MOST_BYTES or member.file_size > MOST_RATIO * max(member.compress_size, 1024):
        raise RefusedFileError(
            f"The zip archive unpacks to {member.file_size:,} bytes from {member.compress_size:,}, as no list does.",
            where=name,
            next_step="Find out where the file came from before anything else is done with it.",
        )
    return member


def _is_bystander(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")
