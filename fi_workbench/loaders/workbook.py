"""One sheet of an Excel or OpenDocument workbook as rows of text for one contract table.

Cells become text in the contract's own way of writing (dates in its first declared format), and a row's line is its
true row number in the sheet, empty rows counted. Hidden sheets are never read; where two sheets could be meant the
file is refused, since choosing between them is a person's task.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from python_calamine import CalamineError, PasswordError

from fi_workbench.contracts import Table
from fi_workbench.contracts.dates import FORMATS
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import Read
from fi_workbench.loaders.fields import rows_of
from fi_workbench.loaders.header import aliases, looks_like_header, match_header, plain
from fi_workbench.loaders.non_records import SEARCHED, set_apart
from fi_workbench.loaders.raw import Hold, Note, RawTable
from fi_workbench.loaders.workbook_apart import sheets_apart, sheets_of
from fi_workbench.loaders.workbook_cells import Unread, damaged, is_open_xml, unread_cells

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds a workbook locked with a password."""
_LOCKED_MESSAGE = "The workbook is locked with a password."
_WITHOUT_ONE = "Ask for it without one, by a safe way."
_HAS_ERROR = "cells_without_error: a cell of the row holds a spreadsheet error such as #N/A or #REF!."
_EXACT = 10**15
"""A spreadsheet keeps fifteen digits; a longer number has already lost its last ones."""

Cells = Sequence[Any]


def read_workbook(data: bytes, name: str, table: Table) -> Read:
    """Read the one sheet of a workbook that has the header of a table.

    Args:
        data: the whole file.
        name: its name, for messages and for `_file`.
        table: the contract's table.

    Returns:
        As `delimited.read_delimited`; `_raw` is the row with tabs between its cells.

    Raises:
        RefusedFileError: locked, damaged, or none or several of its visible sheets have the header.
    """
    notes: list[Note] = []
    unread = unread_cells(data, name)
    found = _sheets_with_header(data, name, table, notes)
    if len(found) != 1:
        told = ", ".join(title for title, _, _ in found)
        raise RefusedFileError(
            f"Several sheets have the header of {table.name}: {told}."
            if found
            else f"No visible sheet has the header of {table.name} among its first {SEARCHED} rows.",
            where=name,
            next_step="Leave one sheet in the file, with one header.",
        )
    ((title, rows, at),) = found
    refuse_unworked(unread, name)
    one = read_sheet(rows, at, table, name, unread.get(title))
    return Read(one.table, (*notes, *one.notes), one.holds)


def refuse_unworked(unread: Mapping[str, Unread], name: str) -> None:
    """Refuse a workbook with formulas that have no result.

    Raises:
        RefusedFileError: it has some, with their sheets.
    """
    sheets = [title for title, told in unread.items() if told.n_unworked]
    if sheets:
        raise RefusedFileError(
            "The workbook has formulas without results: what they would give cannot be known.",
            where=f"{name}, sheets {', '.join(title.strip()[:40] for title in sheets)}",
            how_many=f"{sum(told.n_unworked for told in unread.values()):,} cells",
            next_step="Open it in a spreadsheet program and save it, or paste the values over the formulas.",
        )


def read_sheet(rows: list[Cells], at: int, table: Table, name: str, unread: Unread | None = None) -> Read:
    """Read the rows of one sheet.

    Args:
        rows: every row of the sheet, empty ones too.
        at: the row that is the header, from 0.
        table: the contract's table.
        name: the file's name, for messages and for `_file`.
        unread: cells of the sheet without a value; a row with one is quarantined.

    Raises:
        RefusedFileError: a required column is missing, or a column stands twice with different values.
    """
    cells = [_text(cell, None) for cell in rows[at]]
    header = match_header(cells, table, name)
    formats: list[str | None] = [None] * header.width
    for column, places in header.positions.items():
        for place in places:
            formats[place] = next(iter(table.columns[column].formats), None)
    counts = Counter(header=1)
    above = sum(any(plain(_text(cell, None)) for cell in row) for row in rows[:at])
    counts["title"] += above
    counts["blank"] += at - above
    notes: list[Note] = []
    holds: list[Hold] = []
    records = _records(rows[at + 1 :], formats, first_line=at + 2)
    records = set_apart(records, cells, "\t", counts, notes, holds, name)
    if unread and unread.error_rows:
        records = records.with_columns(
            pl.when(pl.col("line").is_in(sorted(unread.error_rows)))
            .then(pl.coalesce("defect", pl.lit(_HAS_ERROR)))
            .otherwise("defect")
            .alias("defect")
        )
    frame = rows_of(records, header, "\t", table, name, notes)
    kinds = {kind: n for kind, n in sorted(counts.items()) if n}
    return Read(RawTable(table.name, frame, kinds), (*notes, *header.notes), tuple(holds))


def visible_sheets(data: bytes, name: str) -> tuple[list[tuple[str, list[Cells]]], int]:
    """The visible sheets of a workbook, title and rows, and how many are hidden.

    Raises:
        RefusedFileError: locked, damaged, or no workbook.
    """
    if not data:
        raise RefusedFileError("The file is empty (0 bytes): nothing was delivered.", where=name)
    if data.startswith(_OLD_OFFICE) and _LOCKED in data:
        raise RefusedFileError(_LOCKED_MESSAGE, where=name, next_step=_WITHOUT_ONE)
    if not data.startswith((_OLD_OFFICE, _ZIP)):
        raise damaged(name)
    with _refusing(name):
        sheets = sheets_of(data) if is_open_xml(data) else sheets_apart(data)
    shown: list[tuple[str, list[Cells]]] = [(title, list(rows)) for title, rows in sheets if rows is not None]
    return shown, len(sheets) - len(shown)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn whatever the library throws at a damaged workbook into a refusal, its panics too."""
    try:
        yield
    except (RefusedFileError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except PasswordError:
        raise RefusedFileError(_LOCKED_MESSAGE, where=name, next_step=_WITHOUT_ONE) from None
    except BaseException as error:
        if isinstance(error, CalamineError | ValueError | OverflowError) or type(error).__name__ == "PanicException":
            raise damaged(name) from None
        raise


def header_row(rows: list[Cells], table: Table) -> int | None:
    """Which of the first rows is the header of a table; None where none is."""
    known = aliases(table)
    for at, row in enumerate(rows[:SEARCHED]):
        if looks_like_header([_text(cell, None) for cell in row], table, known):
            return at
    return None


def _sheets_with_header(data: bytes, name: str, table: Table, notes: list[Note]) -> list[tuple[str, list[Cells], int]]:
    """The visible sheets that have the header: title, rows and the header's row."""
    sheets, hidden = visible_sheets(data, name)
    if hidden:
        notes.append(Note("hidden sheets were not read", name, hidden))
    found = ((title, rows, header_row(rows, table)) for title, rows in sheets)
    return [(title, rows, at) for title, rows, at in found if at is not None]


def _records(rows: list[Cells], formats: list[str | None], *, first_line: int) -> pl.DataFrame:
    """Rows of a sheet in the shape of `records.split_records`, with tabs between the cells."""
    raws = []
    for row in rows:
        out = io.StringIO()
        texts = [_text(cell, written) for cell, written in zip(row, formats, strict=False)]
        # Only the marks of its own line end are put in quotation marks, so a line end is written, and taken off again.
        csv.writer(out, delimiter="\t", lineterminator="\r\n").writerow(texts)
        raws.append(out.getvalue().removesuffix("\r\n"))
    return pl.DataFrame(
        {
            "line": range(first_line, first_line + len(rows)),
            "raw": raws,
            "n_fields": [len(formats)] * len(rows),
            "defect": [None] * len(rows),
        },
        schema={"line": pl.Int64, "raw": pl.String, "n_fields": pl.Int64, "defect": pl.String},
    )


def _text(cell: Any, written: str | None) -> str:
    """A cell as the contract would have it written."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() != time():
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.strftime(FORMATS[written or "yyyy-MM-dd"].strptime)
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return "" if cell is None else str(cell)
