"""Read an Annex A workbook: the lists of children that an inspection asks for, one sheet for each.

Sheets are known by their number ("List 3", "List_3", "3 Referrals") and, where they have none, by their header.
Codes come in as many spellings as there are workers; the contract says which spelling is which code, and what it
does not know is quarantined and counted, never guessed.

Source:
    Ofsted, inspecting local authority children's services (ILACS): child-level data, Annex A.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from fi_workbench.contracts import Contract, Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.discover import day_in_name
from fi_workbench.loaders.raw import Hold, Note, RawExtract, RawFile
from fi_workbench.loaders.workbook import ENDINGS, Cells, header_row, read_sheet, refuse_unworked, visible_sheets
from fi_workbench.loaders.workbook_cells import unread_cells
from fi_workbench.settings import Settings

_NUMBERED = re.compile(
    r"^\s*(?:annex\s*a\b)?[\s_:-]*(?:list|tab)?[\s_-]*0*(?P<number>1[01]|[1-9])(?![0-9])", re.IGNORECASE
)


def read(files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None) -> RawExtract:  # noqa: ARG001
    """Read one workbook of lists into rows of text.

    Args:
        files: exactly one workbook.
        contract: of the lists; `physicalName` of a table is "List 1" to "List 11".
        settings: not needed here; every reader has it.
        as_of: what the workbook covers up to, where its name does not say.

    Returns:
        One table for each list found, in the contract's order; lists that are not there are named in the notes.

    Raises:
        RefusedFileError: not a workbook, locked, no list in it, a list in two sheets, or a sheet without the columns
            that its list must have.
    """
    if len(files) != 1:
        raise RefusedFileError("Annex A is one workbook.", how_many=f"{len(files)} files given")
    path = files[0]
    if path.suffix.lower() not in ENDINGS:
        raise RefusedFileError(
            "Annex A is read from one workbook with a sheet for each list.",
            where=path.name,
            next_step=f"Deliver it as {', '.join(ENDINGS)}.",
        )
    data = path.read_bytes()
    unread = unread_cells(data, path.name)
    sheets, n_hidden = visible_sheets(data, path.name)
    notes = [Note("hidden sheets were not read", path.name, n_hidden)] if n_hidden else []
    found = _lists(sheets, contract, path.name, notes)
    refuse_unworked(unread, path.name)
    holds: list[Hold] = []
    read_lists = {}
    for name, (title, rows, at) in found.items():
        one = read_sheet(rows, at, contract.table(name), path.name, unread.get(title))
        read_lists[name] = one.table
        notes += [_in_sheet(note, title) for note in one.notes]
        holds += one.holds
    absent = [table.physical_name for table in contract.tables.values() if table.name not in found]
    if absent:
        notes.append(Note(f"lists that were not delivered: {', '.join(absent)}", path.name, len(absent)))
    until = (day_in_name(path.name) if contract.as_of == "fileName" else None) or as_of
    return RawExtract(
        source=contract.source,
        files=(RawFile(path.name, hashlib.sha256(data).hexdigest(), len(data)),),
        as_of=until,
        coverage_from=None,
        coverage_to=until,
        scope="",
        tables=tuple(read_lists[name] for name in contract.tables if name in read_lists),
        notes=tuple(notes),
        holds=tuple(holds),
    )


def _in_sheet(note: Note, title: str) -> Note:
    return Note(note.what, f"{note.where}, sheet {title.strip()}", note.how_many)


def _lists(
    sheets: Sequence[tuple[str, list[Cells]]], contract: Contract, name: str, notes: list[Note]
) -> dict[str, tuple[str, list[Cells], int]]:
    """The sheet, its rows and its header's row for each list that the workbook holds."""
    numbered = {table.physical_name.rsplit(" ", 1)[-1]: table for table in contract.tables.values()}
    found: dict[str, tuple[str, list[Cells], int]] = {}
    for title, rows in sheets:
        match = _NUMBERED.match(title)
        table, at = _list_of(numbered.get(match["number"]) if match else None, rows, contract)
        if table is not None and at is None and any(any(str(cell).strip() for cell in row) for row in rows):
            needed = ", ".join(column.physical_name for column in table.columns.values() if column.required)
            raise RefusedFileError(
                f"The sheet {title.strip()[:40]} does not have the headings of {table.physical_name}.",
                where=name,
                next_step=f"It must name at least: {needed}.",
            )
        if table is None or at is None:
            what = "sheets that hold no list, left out"
            notes.append(Note(what, f"{name}, sheet {title.strip()[:40]}", 1))
            continue
        if table.name in found:
            raise RefusedFileError(
                f"Two sheets hold {table.physical_name}, so which one counts cannot be told.",
                where=f"{name}, sheets {found[table.name][0].strip()} and {title.strip()}",
                next_step="Leave one sheet for each list.",
            )
        found[table.name] = (title, rows, at)
    if not found:
        raise RefusedFileError(
            "No sheet of the workbook is a list of Annex A.",
            where=name,
            how_many=f"{len(sheets)} visible sheets",
            next_step='Name the sheets "List 1" to "List 11", with the headings of the guidance in the first row.',
        )
    return found


def _list_of(table: Table | None, rows: list[Cells], contract: Contract) -> tuple[Table | None, int | None]:
    """The list that a sheet is, and its header's row: by its number, else by the one list whose header it has."""
    if table is not None:
        return table, header_row(rows, table)
    fits = [(one, at) for one in contract.tables.values() if (at := header_row(rows, one)) is not None]
    full = [
        (one, at)
        for one, at in fits
        if all(_has(rows[at], column.physical_name) for column in one.columns.values() if column.required)
    ]
    return full[0] if len(full) == 1 else (None, None)


def _has(cells: Cells, heading: str) -> bool:
    return any(str(cell).strip().casefold() == heading.casefold() for cell in cells)
