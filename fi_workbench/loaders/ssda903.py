"""Read a return on looked after children: CSV files or a workbook with its modules, or the XML form of it.

Nothing is typed, judged or repaired here; the contract does the judging. What only the reader can know it says: which
module a file or a sheet holds, numbers that stand for sex, and codes that had been retired before the collection year.

Source:
    Department for Education, children looked after return (SSDA903): guides 2017 to 2027.
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
from fi_workbench.loaders.returns_years import by_year, modules_by_year, sex_by_year
from fi_workbench.loaders.ssda903_folder import collection_year, declared_day, folder_holds, folder_of
from fi_workbench.loaders.ssda903_modules import Module, module_of
from fi_workbench.loaders.ssda903_workbook import read_modules
from fi_workbench.loaders.ssda903_xml import read_xml
from fi_workbench.loaders.workbook import ENDINGS
from fi_workbench.settings import Settings
from fi_workbench.store import sha256_of
from fi_workbench.vocabulary.returns import SEX_FROM_NUMBER

_TEXT = frozenset({".csv", ".txt"})
_XML = ".xml"


def read(files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None) -> RawExtract:
    """Read the files of one return into rows of text.

    Args:
        files: the files of one folder: CSV files with one module each, a workbook with a sheet for each, or the XML
            form. A module may be missing; none may be there twice, whatever the forms.
        contract: the return's contract; headings are its physical names.
        settings: the collection years that are expected.
        as_of: what the files cover up to, used only where their folder is not named by a collection year or a day.

    Returns:
        One table for each module, in the contract's order; `scope` is the collection year. Both it and `as_of` are
        empty while nobody said them, and the delivery then waits: event dates are no proof of a year.

    Raises:
        RefusedFileError: a file of no module, a module held twice, a column missing, or a file that cannot be read;
            nothing of the folder was taken.
    """
    folder = folder_of(files)
    declared = declared_day(folder.name) or as_of
    year = collection_year(declared) if declared else None
    notes: list[Note] = []
    holds: list[Hold] = []
    held_in: dict[str, str] = {}
    found: dict[str, RawTable] = {}
    for path in sorted(files):
        modules, seen, waits = _modules(path, contract)
        notes += seen
        holds += waits
        for module in modules:
            name = module.read.table.table
            _refuse_twice(name, held_in.get(name), module.where, contract)
            held_in[name] = module.where
            sexes = sex_by_year(module.read.table, year)
            rows, tidied = _tidy(module.read.table.rows, contract.table(name))
            found[name] = replace(module.read.table, rows=rows)
            notes += [*module.read.notes, *sexes, *tidied]
            holds += module.read.holds
    if not found:
        raise RefusedFileError(
            "There is no file of the return here.",
            where=folder.name,
            how_many=f"{len(files)} other files",
            next_step="Export the return as CSV files, one for each module, as one workbook, or as XML.",
        )
    tables, year_notes = by_year([found[name] for name in contract.tables if name in found], year)
    absent = [table.physical_name for table in contract.tables.values() if table.name not in found]
    if absent:
        notes.append(Note(f"modules that were not delivered: {', '.join(absent)}", folder.name, len(absent)))
    return RawExtract(
        source=contract.source,
        files=tuple(RawFile(path.name, sha256_of(path), path.stat().st_size) for path in sorted(files)),
        as_of=declared,
        coverage_from=date(year - 1, 4, 1) if year else None,
        coverage_to=declared,
        scope=str(year or ""),
        tables=tuple(tables),
        notes=(*notes, *modules_by_year(tables, year), *year_notes),
        holds=(*folder_holds(declared, settings), *holds),
    )


def _modules(path: Path, contract: Contract) -> tuple[list[Module], list[Note], list[Hold]]:
    """The modules of one file, what was seen of it beside them, and why it must wait."""
    ending = path.suffix.lower()
    if ending == _XML:
        return read_xml(path, contract)
    if ending in ENDINGS:
        modules, notes = read_modules(path.read_bytes(), path.name, contract)
        return modules, notes, []
    if ending in _TEXT:
        data = path.read_bytes()
        table = module_of(data, path.name, contract)
        return [Module(path.name, read_delimited(data, path.name, table))], [], []
    return [], [Note("not read: the return is read from CSV files, workbooks and XML", path.name, 1)], []


def _refuse_twice(name: str, before: str | None, where: str, contract: Contract) -> None:
    if before is not None:
        raise RefusedFileError(
            f"Two files hold the module {contract.table(name).physical_name}, so which one counts cannot be told.",
            where=f"{before} and {where}",
            next_step="Put each collection year in a folder of its own, with each module once: as a CSV file, as a "
            "sheet of a workbook, or in the XML form.",
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
