"""Files for both tools: those of the synthetic authority and of other people, with dates as the other tool reads them."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from fi_workbench.contracts import Contract
from fi_workbench.contracts.sample import SAMPLE_AS_OF
from fi_workbench.contracts.table import Column, Table
from fi_workbench.demo import make_authority

READ = ("delimited", "ssda903_csv", "table_folder")
"""Formats of which a delivery is CSV files, one for each table."""


def restated(path: Path, table: Table, written: str, target: Path) -> None:
    """Copy a file as the other tool can read it: dates as yyyy-MM-dd, without the records that make it read nothing.

    It passes over the contract's `format`; one cell that is not of the column's type stops the whole table, and one record of another
    length than the header makes it take the file for a single column.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *records = csv.reader(file)
    columns = {column.physical_name: column for column in table.columns.values()}
    kept = []
    for record in records:
        if len(record) == len(header):
            with suppress(ValueError):
                kept.append(
                    [_stated(cell, columns.get(name), written) for name, cell in zip(header, record, strict=True)]
                )
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *kept])


def _stated(cell: str, column: Column | None, written: str) -> str:
    """A cell as the other tool reads it; ValueError where it would read nothing of the file."""
    if not cell or column is None:
        return cell
    if column.logical_type == "date":
        return str(datetime.strptime(cell, written).date())  # noqa: DTZ007 - a day has no zone
    if column.logical_type == "boolean" and cell.lower() not in {"true", "false", "1", "0"}:
        raise ValueError
    if column.logical_type in {"integer", "number"}:
        float(cell)
    return cell


def school_census(samples: Path, contract: Contract, folder: Path) -> None:
    """The sample of a school census that others made."""
    for table in contract.tables.values():
        (path,) = (samples / "school_census").glob(f"*_{table.physical_name}.csv")
        restated(path, table, "%Y-%b-%d 00:00:00", folder / f"{table.name}.csv")


def authority(folder: Path) -> Path:
    """The extracts of a small synthetic authority."""
    make_authority(folder / "workspace", folder / "truth", families=200, seed=1, weeks=60, end=SAMPLE_AS_OF)
    return folder / "workspace" / "extracts"


def last_delivery(extracts: Path, contract: Contract, folder: Path) -> bool:
    """The last delivery of a source, one file for each table; false where there is none, or none that is CSV."""
    where = extracts / contract.source
    if not where.is_dir() or contract.format not in READ:
        return False
    last = max(where.iterdir())
    for table in contract.tables.values():
        path = last if last.is_file() else last / f"{table.physical_name}.csv"
        if path.is_file():
            written = "%d/%m/%Y" if contract.format == "ssda903_csv" else "%Y-%m-%d"
            restated(path, table, written, folder / f"{table.name}.csv")
    return True
