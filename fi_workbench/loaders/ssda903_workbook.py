"""Read a return on looked after children kept as one workbook: a sheet for each module.

A sheet is known by its headings, as a file is; its title counts only where the headings leave a doubt. Real workbooks
name their sheets as they like, and misspell them.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fi_workbench.contracts import Contract, Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import Read
from fi_workbench.loaders.header import plain
from fi_workbench.loaders.non_records import SEARCHED
from fi_workbench.loaders.raw import Note, RawTable
from fi_workbench.loaders.ssda903_modules import Headings, Module, modules_like, named, own_headings
from fi_workbench.loaders.workbook import Cells, read_sheet, refuse_unworked, visible_sheets
from fi_workbench.loaders.workbook_cells import unread_cells

_DATE_AS_TEXT = "date as text"
_REAL_DATE = r"^([0-9]{4})-([0-9]{2})-([0-9]{2})$"


def read_modules(data: bytes, name: str, contract: Contract) -> tuple[list[Module], list[Note]]:
    """Read every sheet that holds a module.

    Args:
        data: the whole file.
        name: its name, for messages and for `_file`.
        contract: the return's contract; headings are its physical names.

    Returns:
        The modules, and what else was seen of the workbook.

    Raises:
        RefusedFileError: no workbook, damaged, locked, formulas without results, no module in it, one module in two
            sheets, a sheet that could be two modules or lacks a column that its module must have.
    """
    unread = unread_cells(data, name)
    sheets, n_hidden = visible_sheets(data, name)
    notes = [Note("hidden sheets were not read", name, n_hidden)] if n_hidden else []
    own = own_headings(contract)
    found: dict[str, tuple[str, list[Cells], int]] = {}
    for title, rows in sheets:
        told = _module_of(title, rows, own, contract, name)
        if told is None:
            notes.append(Note("sheets that hold no module, left out", f"{name}, sheet {_short(title)}", 1))
            continue
        table, at = told
        if table.name in found:
            raise RefusedFileError(
                f"Two sheets hold the module {table.physical_name}, so which one counts cannot be told.",
                where=f"{name}, sheets {_short(found[table.name][0])} and {_short(title)}",
                next_step="Leave one sheet for each module.",
            )
        found[table.name] = (title, rows, at)
    if not found:
        raise RefusedFileError(
            "No sheet of the workbook is a module of the return.",
            where=name,
            how_many=f"{len(sheets)} visible sheets",
            next_step=f"The modules are {named(contract)}; each sheet needs its headings in its first rows.",
        )
    refuse_unworked(unread, name)
    modules = []
    for table_name, (title, rows, at) in found.items():
        where = f"{name}, sheet {_short(title)}"
        one = read_sheet(rows, at, contract.table(table_name), name, unread.get(title))
        placed = tuple(Note(note.what, where, note.how_many) for note in one.notes)
        modules.append(Module(where, Read(_dates_as_written(one.table, contract.table(table_name)), placed, one.holds)))
    return modules, notes


def _module_of(
    title: str, rows: Sequence[Cells], own: Headings, contract: Contract, name: str
) -> tuple[Table, int] | None:
    """The module of a sheet and its header's row; None where it holds none.

    Raises:
        RefusedFileError: it could be several, or it is called by a module's name and has none of its headings.
    """
    fits, at = modules_like(([str(cell) for cell in row] for row in rows[:SEARCHED]), own)
    called = [table.name for table in contract.tables.values() if plain(title) in _names_of(table)]
    chosen = fits if len(fits) == 1 else [one for one in fits if one in called]
    if len(chosen) == 1:
        return contract.table(chosen[0]), at
    if fits:
        raise RefusedFileError(
            "The headings of a sheet fit two modules of the return alike, so nobody knows what it holds.",
            where=f"{name}, sheet {_short(title)}",
            next_step="Leave the columns of one module in each sheet, or give the sheet the module's name.",
        )
    if called and any(str(cell).strip() for row in rows for cell in row):
        table = contract.table(called[0])
        needed = ", ".join(column.physical_name for column in table.columns.values() if column.required)
        raise RefusedFileError(
            f"The sheet {_short(title)} does not have the headings of the module {table.physical_name}.",
            where=name,
            next_step=f"It must name at least: {needed}.",
        )
    return None


def _names_of(table: Table) -> set[str]:
    """What a module's sheet may be called, as compared."""
    return {plain(table.physical_name), plain(table.name.removeprefix("ssda903_"))}


def _short(title: str) -> str:
    return title.strip()[:40]


def _dates_as_written(table: RawTable, contract: Table) -> RawTable:
    """Real dates in a column of dates kept as text (DATE_PERM), written as the return writes dates."""
    columns = [column.name for column in contract.columns.values() if column.unit == _DATE_AS_TEXT]
    rows = table.rows.with_columns(pl.col(one).str.replace(_REAL_DATE, "$3/$2/$1") for one in columns)
    return RawTable(table.table, rows, table.non_records)
