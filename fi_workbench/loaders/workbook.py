"""One sheet of an Excel or OpenDocument workbook as rows of text for one contract table.

Cells become text in the contract's own way of writing (dates in its first declared format), and a row's line is its
true row number in the sheet, empty rows counted. Hidden sheets are never read; where two sheets could be meant the
file is refused, since choosing between them is a person's task.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from fi_workbench.contracts import Table
from fi_workbench.contracts.dates import FORMATS
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import Read
from fi_workbench.loaders.fields import rows_of
from fi_workbench.loaders.header import aliases, looks_like_header, match_header, plain
from fi_workbench.loaders.non_records import SEARCHED, set_apart
from fi_workbench.loaders.raw import Hold, Note, RawTable

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

_ERROR_CELL = re.compile(rb'<c\b[^>]*\bt="e"')
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
    found = _sheets_with_header(_open(data, name), name, table, notes)
    if len(found) != 1:
        told = ", ".join(title for title, _, _ in found)
        raise RefusedFileError(
            f"Several sheets have the header of {table.name}: {told}."
            if found
            else f"No visible sheet has the header of {table.name} among its first {SEARCHED} rows.",
            where=name,
            next_step="Leave one sheet in the file, with one header.",
        )
    ((_, rows, at),) = found
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
    holds = _error_cells(data, name)
    records = _records(rows[at + 1 :], formats, first_line=at + 2)
    records = set_apart(records, cells, "\t", counts, notes, holds, name)
    frame = rows_of(records, header, "\t", table, name, notes)
    kinds = {kind: n for kind, n in sorted(counts.items()) if n}
    return Read(RawTable(table.name, frame, kinds), (*notes, *header.notes), tuple(holds))


def _open(data: bytes, name: str) -> CalamineWorkbook:
    if not data:
        raise RefusedFileError("The file is empty (0 bytes): nothing was delivered.", where=name)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise RefusedFileError(
            "The workbook is locked with a password.", where=name, next_step="Ask for it without one, by a safe way."
        ) from None
    except CalamineError:
        raise RefusedFileError(
            "The file is not a workbook, or it is damaged.",
            where=name,
            next_step="Ask for it again, or export it as CSV.",
        ) from None


def _error_cells(data: bytes, name: str) -> list[Hold]:
    """Hold a workbook with cells such as #N/A: the reader gives them as empty, which is not what they say."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [part for part in archive.namelist() if part.startswith("xl/worksheets/") and part.endswith(".xml")]
        n = sum(len(_ERROR_CELL.findall(archive.read(part))) for part in sheets)
    if not n:
        return []
    reason = f"{name} has {n:,} cells with a spreadsheet error (#N/A, #REF!), which would be read as empty."
    return [Hold("cells_without_error", reason, "Mend the formulas, or take it with `fi-workbench load --accept`.")]


def _sheets_with_header(
    book: CalamineWorkbook, name: str, table: Table, notes: list[Note]
) -> list[tuple[str, list[Cells], int]]:
    """The visible sheets that have the header: title, rows and the header's row."""
    found: list[tuple[str, list[Cells], int]] = []
    known = aliases(table)
    hidden = 0
    for sheet in book.sheets_metadata:
        if sheet.visible != SheetVisibleEnum.Visible:
            hidden += 1
            continue
        rows: list[Cells] = list(book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False))
        for at, row in enumerate(rows[:SEARCHED]):
            if looks_like_header([_text(cell, None) for cell in row], table, known):
                found.append((sheet.name, rows, at))
                break
    if hidden:
        notes.append(Note("hidden sheets were not read", name, hidden))
    return found


def _records(rows: list[Cells], formats: list[str | None], *, first_line: int) -> pl.DataFrame:
    """Rows of a sheet in the shape of `records.split_records`, with tabs between the cells."""
    raws = []
    for row in rows:
        out = io.StringIO()
        texts = [_text(cell, written) for cell, written in zip(row, formats, strict=False)]
        csv.writer(out, delimiter="\t", lineterminator="").writerow(texts)
        raws.append(out.getvalue())
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
