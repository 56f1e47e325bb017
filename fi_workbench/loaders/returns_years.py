"""Which codes of a return its own collection year had.

A contract carries every code since 2017, so that old files can be read. A file of 2026 that still uses a code retired
in 2020 was made with an old configuration: such a row is quarantined under a rule of its own. A code used before its
first year is taken and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from fi_workbench.loaders.raw import DEFECT, Note, RawTable
from fi_workbench.vocabulary.returns import CODE_LISTS, MODULE_FIRST_YEAR, SEX_FIRST_YEAR, SEX_FROM_NUMBER


def by_year(tables: Iterable[RawTable], year: int | None) -> tuple[list[RawTable], list[Note]]:
    """Mark rows whose code had been retired before the collection year, and count codes used before their first.

    Args:
        tables: rows of text of a return.
        year: the collection year; where it is not known nothing is marked.

    Returns:
        The tables, with `_defect` set where a code was retired (an earlier defect stands), and the notes.
    """
    marked: list[RawTable] = []
    notes: list[Note] = []
    for table in tables:
        rows = table.rows
        for column, codes in CODE_LISTS.get(table.table, {}).items():
            if year is None or column not in rows.columns:
                continue
            retired = {code.value: code.last_year for code in codes if code.last_year and code.last_year < year}
            early = [code.value for code in codes if code.first_year and code.first_year > year]
            if not (retired or early):
                continue
            written = set(rows.select(pl.col(column).unique()).select(_as_code(column)).to_series())
            if not written.isdisjoint(retired):
                rows = _mark_retired(rows, column, retired, year)
            if not written.isdisjoint(early):
                n = rows.select(_as_code(column).is_in(early).sum()).item()
                notes.append(Note(f"codes that were collected only after {year}", f"{table.table}.{column}", n))
        marked.append(replace(table, rows=rows))
    return marked, notes


def modules_by_year(tables: Iterable[RawTable], year: int | None) -> list[Note]:
    """Say which modules hold records although their collection year did not ask for them yet; they are taken."""
    return [
        Note(f"records of a module that is collected only from {first}", table.table, table.rows.height)
        for table in tables
        if (first := MODULE_FIRST_YEAR.get(table.table)) and year is not None and year < first and table.rows.height
    ]


def sex_by_year(table: RawTable, year: int | None) -> list[Note]:
    """Say how many sexes are not written as their collection year writes them: numbers up to 2024, then letters.

    Both are read in every year; this only tells that a system's configuration is of another year.
    """
    if year is None or "sex" not in table.rows.columns:
        return []
    late = year >= SEX_FIRST_YEAR
    written, when = ("numbers", "before") if late else ("letters", "since")
    unusual = _as_code("sex").is_in(list(SEX_FROM_NUMBER if late else SEX_FROM_NUMBER.values()))
    said = f"sexes as {written}, which the return has had only {when} {SEX_FIRST_YEAR}"
    n = table.rows.filter(unusual).height
    return [Note(said, f"{table.table}.sex", n)] if n else []


def _as_code(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_uppercase()


def _mark_retired(rows: pl.DataFrame, column: str, retired: Mapping[str, int], year: int) -> pl.DataFrame:
    if DEFECT not in rows.columns:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(DEFECT))
    last = _as_code(column).replace_strict(retired, default=None, return_dtype=pl.Int64)
    reason = pl.format(
        "{}_code_in_force: The code was last collected in {}, and the file is of {}.",
        pl.lit(column),
        last,
        pl.lit(year),
    )
    return rows.with_columns(pl.coalesce(DEFECT, pl.when(last.is_not_null()).then(reason)).alias(DEFECT))
