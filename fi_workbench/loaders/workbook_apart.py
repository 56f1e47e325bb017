"""Read the cells of a workbook; the older formats in a process of its own, which alone ends where one is spoilt.

An Office Open XML sheet is looked at before it is read (`workbook_cells`). The others cannot be, and a few spoilt bytes
make the library ask for more memory than any machine has, which stops the process that asked. So they are read by this
very file, run as a program: it imports nothing of the package, takes the workbook in and gives its cells out.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

Sheet = tuple[str, list[list[Any]] | None]
"""A sheet's title and all its rows from the first; None for a hidden one, which is never read."""

_MOST_MEMORY = 4 << 30
_MOST_SECONDS = 600
_LOCKED = 3
_UNREADABLE = 4


def sheets_of(data: bytes) -> list[Sheet]:
    """Every sheet of a workbook, in this process.

    Raises:
        CalamineError: it cannot be read; as PasswordError, because it is locked.
    """
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [
        (
            sheet.name,
            book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            if sheet.visible == SheetVisibleEnum.Visible
            else None,
        )
        for sheet in book.sheets_metadata
    ]


def sheets_apart(data: bytes) -> list[Sheet]:
    """Every sheet of a workbook, read in a process of its own.

    Raises:
        CalamineError: as `sheets_of`, and also where that process was stopped.
    """
    command = [sys.executable, "-P", __file__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CalamineError from None
    if done.returncode == _LOCKED:
        raise PasswordError
    if done.returncode:
        raise CalamineError
    sheets: list[Sheet] = pickle.loads(done.stdout)  # noqa: S301 - written by `_main` below: lists, text and numbers
    return sheets


def _main() -> int:
    try:
        import resource  # noqa: PLC0415 - Windows has none; there the process is stopped by the machine's own limit

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    except (ImportError, ValueError, OSError):
        pass
    try:
        found = pickle.dumps(sheets_of(sys.stdin.buffer.read()))
    except PasswordError:
        return _LOCKED
    except BaseException:  # noqa: BLE001 - the library's panics are no Exception; what it says may hold a value
        return _UNREADABLE
    sys.stdout.buffer.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
