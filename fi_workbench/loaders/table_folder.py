"""Read a folder in which each file is one table of the source: CSV, a workbook with one sheet, or Parquet.

This is how a standard dataset leaves a database and how a school census leaves its collection. A file's table is
told by its name, and where the name says nothing by the headings that only one table has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from fi_workbench.contracts import Contract, Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import Read, read_delimited
from fi_workbench.loaders.discover import day_in_name
from fi_workbench.loaders.parquet import read_parquet
from fi_workbench.loaders.raw import Hold, Note, RawExtract, RawFile, RawTable
from fi_workbench.loaders.ssda903_folder import folder_of
from fi_workbench.loaders.ssda903_modules import module_of
from fi_workbench.loaders.workbook import ENDINGS, read_workbook
from fi_workbench.settings import Settings

PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".txt", ".tsv")
_BREAKS = re.compile(r"[^a-z0-9]+")


def read(files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None) -> RawExtract:  # noqa: ARG001
    """Read the files of one delivery into rows of text.

    Args:
        files: the files of one folder; a table may be missing.
        contract: of the source; `physicalName` of a table is the name that its file has or ends with.
        settings: not needed here; every reader has it.
        as_of: what the files cover up to, used where their folder is not named by a day.

    Returns:
        One table for each file, in the contract's order. `as_of` is empty while nobody said it, and the delivery
        then waits.

    Raises:
        RefusedFileError: no file of the source, two files of one table, a column missing, or a file that cannot be
            read; nothing of the folder was taken.
    """
    folder = folder_of(files)
    notes: list[Note] = []
    holds: list[Hold] = []
    found: dict[str, RawTable] = {}
    held_in: dict[str, str] = {}
    known: list[RawFile] = []
    for path in sorted(files):
        data = path.read_bytes()
        known.append(RawFile(path.name, hashlib.sha256(data).hexdigest(), len(data)))
        if path.suffix.lower() not in {*_TEXT, *PARQUET, *ENDINGS}:
            notes.append(Note("not read: tables are read from CSV files, workbooks and Parquet files", path.name, 1))
            continue
        table = _table_of(path, data, contract)
        if table.name in found:
            raise RefusedFileError(
                f"Two files hold {table.physical_name}, so which one counts cannot be told.",
                where=f"{held_in[table.name]} and {path.name}",
                next_step="Put each delivery in a folder of its own, with one file for each table.",
            )
        one = _read(path, data, table)
        found[table.name], held_in[table.name] = one.table, path.name
        notes += one.notes
        holds += one.holds
    if not found:
        raise RefusedFileError(
            "There is no file of the source here.",
            where=folder.name,
            how_many=f"{len(files)} other files",
            next_step=f"Export its tables as CSV or Parquet: {_names(contract)}.",
        )
    absent = [table.physical_name for table in contract.tables.values() if table.name not in found]
    if absent:
        notes.append(Note(f"tables that were not delivered: {', '.join(absent)}", folder.name, len(absent)))
    until = day_in_name(folder.name) or as_of
    return RawExtract(
        source=contract.source,
        files=tuple(known),
        as_of=until,
        coverage_from=None,
        coverage_to=until,
        scope="",
        tables=tuple(found[name] for name in contract.tables if name in found),
        notes=tuple(notes),
        holds=tuple(holds),
    )


def _read(path: Path, data: bytes, table: Table) -> Read:
    ending = path.suffix.lower()
    if ending in PARQUET:
        return read_parquet(data, path.name, table)
    return read_workbook(data, path.name, table) if ending in ENDINGS else read_delimited(data, path.name, table)


def _table_of(path: Path, data: bytes, contract: Contract) -> Table:
    """The table whose name the file's name ends or begins with; the longest, where one is part of another."""
    words = f"_{_BREAKS.sub('_', path.stem.lower()).strip('_')}_"
    fits = [
        (len(called), table)
        for table in contract.tables.values()
        for called in _called(table)
        if words.endswith(f"_{called}_") or words.startswith(f"_{called}_")
    ]
    if fits:
        return max(fits, key=lambda fit: fit[0])[1]
    if path.suffix.lower() in _TEXT:
        return module_of(data, path.name, contract)
    raise RefusedFileError(
        "The file's name is not that of a table of the source.",
        where=path.name,
        next_step=f"Name it as one of: {_names(contract)}.",
    )


def _called(table: Table) -> tuple[str, str]:
    """A table's name as files carry it, with and without the prefix that all tables share."""
    name = _BREAKS.sub("_", table.physical_name.lower()).strip("_")
    return name, name.split("_", 1)[-1]


def _names(contract: Contract) -> str:
    return ", ".join(table.physical_name for table in contract.tables.values())
