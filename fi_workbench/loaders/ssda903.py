"""Read a return on looked after children: a folder of CSV files, one for each module.

Nothing is typed, judged or repaired here; the contract does the judging. What only the reader can know it says: which
module a file holds, numbers that stand for sex, and codes that had been retired before the collection year.

Source:
    Department for Education, children looked after return (SSDA903): guides 2017 to 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Contract, Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import read_delimited
from fi_workbench.loaders.raw import Hold, Note, RawExtract, RawFile, RawTable
from fi_workbench.loaders.returns_years import by_year
from fi_workbench.loaders.ssda903_folder import collection_year, declared_day, folder_holds, folder_of
from fi_workbench.loaders.ssda903_modules import module_of
from fi_workbench.settings import Settings
from fi_workbench.store import sha256_of
from fi_workbench.vocabulary.returns import SEX_FROM_NUMBER

_READ = frozenset({".csv", ".txt"})


def read(files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None) -> RawExtract:
    """Read the files of one return into rows of text.

    Args:
        files: the files of one folder, each holding one module; a module may be missing.
        contract: the return's contract; headings are its physical names.
        settings: the collection years that are expected.
        as_of: what the files cover up to, used only where their folder is not named by a collection year or a day.

    Returns:
        One table for each module, in the contract's order; `scope` is the collection year. Both it and `as_of` are
        empty while nobody said them, and the delivery then waits: event dates are no proof of a year.

    Raises:
        RefusedFileError: a file of no module, two files of one, a column missing, or a file that cannot be read as
            text; nothing of the folder was taken.
    """
    folder = folder_of(files)
    notes: list[Note] = []
    held_in: dict[str, str] = {}
    found: dict[str, RawTable] = {}
    known: list[RawFile] = []
    holds: list[Hold] = []
    for path in sorted(files):
        data = path.read_bytes()
        known.append(RawFile(path.name, sha256_of(path), len(data)))
        if path.suffix.lower() not in _READ:
            notes.append(Note("not read: the return is read from CSV files", path.name, 1))
            continue
        table = module_of(data, path.name, contract)
        if table.name in found:
            raise RefusedFileError(
                f"Two files hold the module {table.physical_name}, so which one counts cannot be told.",
                where=f"{held_in[table.name]} and {path.name}",
                next_step="Put each collection year in a folder of its own, and each module into one file.",
            )
        held_in[table.name] = path.name
        one = read_delimited(data, path.name, table)
        rows, tidied = _tidy(one.table.rows, table)
        found[table.name] = replace(one.table, rows=rows)
        notes += [*one.notes, *tidied]
        holds += one.holds
    if not found:
        raise RefusedFileError(
            "There is no CSV file of the return here.",
            where=folder.name,
            how_many=f"{len(files)} other files",
            next_step="Export the return as CSV, one file for each module.",
        )
    declared = declared_day(folder.name) or as_of
    year = collection_year(declared) if declared else None
    tables, year_notes = by_year([found[name] for name in contract.tables if name in found], year)
    absent = [table.physical_name for table in contract.tables.values() if table.name not in found]
    if absent:
        notes.append(Note(f"modules that were not delivered: {', '.join(absent)}", folder.name, len(absent)))
    return RawExtract(
        source=contract.source,
        files=tuple(known),
        as_of=declared,
        coverage_from=date(year - 1, 4, 1) if year else None,
        coverage_to=declared,
        scope=str(year or ""),
        tables=tuple(tables),
        notes=(*notes, *year_notes),
        holds=(*folder_holds(declared, settings), *holds),
    )


def _tidy(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, list[Note]]:
    """Read numbers that stand for sex, and 1.0 and 0.0 where yes or no is meant, saying how many.

    The text of the record itself (`_raw`) stays as it stood.
    """
    notes: list[Note] = []
    if "sex" in table.columns:
        number = pl.col("sex").str.strip_chars().is_in(list(SEX_FROM_NUMBER))
        if n := rows.select(number.sum()).item():
            said = "numbers in SEX read as letters: 1 as M, 2 as F"
            notes.append(Note(said, table.name, n))
            letters = pl.col("sex").str.strip_chars().replace(SEX_FROM_NUMBER)
            rows = rows.with_columns(pl.when(number).then(letters).otherwise("sex").alias("sex"))
    for column in table.columns.values():
        if column.logical_type != "boolean":
            continue
        decimal = pl.col(column.name).str.contains(r"^\s*[01]\.0\s*$")
        if n := rows.select(decimal.sum()).item():
            notes.append(Note("1.0 and 0.0 read as yes and no", f"{table.name}.{column.name}", n))
            rows = rows.with_columns(
                pl.when(decimal)
                .then(pl.col(column.name).str.strip_chars().str.head(1))
                .otherwise(column.name)
                .alias(column.name)
            )
    return rows, notes
