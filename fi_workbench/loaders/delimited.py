"""One delimited file as rows of text for one contract table.

Lines that are no record (header, blanks, footers, titles) are counted by kind; a record with too few or too many
fields is kept whole as a defect and never padded or cut.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import polars as pl

from fi_workbench.contracts import Table
from fi_workbench.errors import RefusedFileError, StoreError
from fi_workbench.loaders.delimited_regular import first_lines, read_fields, regular_text, text_of_lines
from fi_workbench.loaders.encoding import decode
from fi_workbench.loaders.fields import columns_of, rows_of
from fi_workbench.loaders.header import Header, aliases, looks_like_header, match_header, n_recognised
from fi_workbench.loaders.non_records import SEARCHED, cells_of, set_apart
from fi_workbench.loaders.raw import FILE, LINE, RECORD, Hold, Note, RawTable
from fi_workbench.loaders.records import SEPARATORS, closing_line, split_lines, split_records

_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)
_SHEET_ROWS = 1_048_576
"""Rows of an Excel sheet: a file of exactly so many was cut off by it."""


@dataclass(frozen=True)
class Read:
    """One file's rows of one table, what was noted, and why it must wait, if so."""

    table: RawTable
    notes: tuple[Note, ...]
    holds: tuple[Hold, ...]


def read_delimited(data: bytes, name: str, table: Table) -> Read:
    """Read one delimited file.

    Args:
        data: the whole file.
        name: its name, for messages and for `_file`.
        table: the contract's table that it should hold.

    Returns:
        Its rows. The records of the file are the rows and the counted non-records, no more and no fewer.

    Raises:
        RefusedFileError: another kind of file, an unknown encoding, no header, a required column missing, a column
            twice with different values, a quotation mark never closed, or an end that was cut off.
        StoreError: records and non-records do not add up to what was found: a fault of ours.
    """
    decoded = decode(data, name)
    notes = list(decoded.notes)
    counts: Counter[str] = Counter()
    regular = regular_text(decoded.utf8)
    if regular is not None:
        separator, last, cells = _head(first_lines(regular, SEARCHED + 1), table, name, counts, notes)
        fields = read_fields(regular, cells, separator, last + 1)
        if fields is not None:
            rows = _place(fields, header := match_header(cells, table, name), last + 2, table, name, notes)
            raw = RawTable(table.name, rows, _counted(counts), text_of=text_of_lines(regular))
            holds = [*decoded.holds, *_sheet_holds(last + 1 + fields.height, name)]
            return Read(raw, (*notes, *header.notes), tuple(holds))
        notes, counts = list(decoded.notes), Counter()
    lines, ends_whole, told = split_lines(decoded.text, name)
    notes += told
    separator, last, cells = _head(lines, table, name, counts, notes)
    header = match_header(cells, table, name)
    records = split_records(lines[last + 1 :], separator, name, first_line=last + 2)
    holds = list(decoded.holds)
    n_found, n_above = records.height, counts.total()
    records = set_apart(records, cells, separator, counts, notes, holds, name)
    records = _trim_trailing(records, header, separator, notes, name)
    _refuse_cut_off(records, header, ends_whole=ends_whole, name=name)
    rows = rows_of(records, header, separator, table, name, notes)
    if rows.height + counts.total() != n_found + n_above:
        raise StoreError(
            "The records of a file do not add up, so nothing of it was taken.",
            where=name,
            how_many=f"{n_found + n_above:,} found, {rows.height + counts.total():,} accounted for",
            next_step="This is a fault of the loader, not of the file: report it.",
        )
    holds += _sheet_holds(len(lines), name)
    return Read(RawTable(table.name, rows, _counted(counts)), (*notes, *header.notes), tuple(holds))


def _head(
    lines: list[str], table: Table, name: str, counts: Counter[str], notes: list[Note]
) -> tuple[str, int, list[str]]:
    """The separator, the header's last line and its cells; what stands above it is counted and noted."""
    first = 0
    declared = _SEPARATOR_LINE.match(lines[0].strip()) if lines else None
    if declared and declared[1] in SEPARATORS:
        first = counts["separator_line"] = 1
        notes.append(Note("the first line declares the separator", name))
    separator, at, last, cells = _find_header(lines, first, declared[1] if declared and first else "", table, name)
    if separator != ",":
        told = {";": "semicolons", "\t": "tabs", "|": "upright bars"}[separator]
        notes.append(Note(f"fields are separated by {told}", name))
    titles = [line for line in lines[first:at] if line.strip(separator + ' "\t')]
    counts["header"] = 1
    counts["title"] += len(titles)
    counts["blank"] += at - first - len(titles)
    return separator, last, cells


def _place(
    fields: pl.DataFrame, header: Header, first_line: int, table: Table, name: str, notes: list[Note]
) -> pl.DataFrame:
    """The contract's columns of a regular file, and where each record stood; its text is asked for where needed."""
    number = pl.int_range(1, fields.height + 1, dtype=pl.Int64, eager=True)
    return fields.select(columns_of(fields, header, table, name, notes)).with_columns(
        pl.lit(name).alias(FILE), (number + (first_line - 1)).alias(LINE), number.alias(RECORD)
    )


def _counted(counts: Counter[str]) -> dict[str, int]:
    return {kind: n for kind, n in sorted(counts.items()) if n}


def _sheet_holds(n: int, name: str) -> list[Hold]:
    if n != _SHEET_ROWS:
        return []
    return [
        Hold(
            "not_cut_at_a_sheet",
            f"{name} has exactly {_SHEET_ROWS:,} lines, the most an Excel sheet holds: it was probably cut off.",
            "Ask for the export again without Excel, or accept it with --accept.",
        )
    ]


def _find_header(
    lines: list[str], first: int, declared: str, table: Table, name: str
) -> tuple[str, int, int, list[str]]:
    """The separator, the header's first and last line, and its cells; a heading may be broken over lines."""
    best: tuple[int, int, int, str, list[str]] | None = None
    known = aliases(table)
    for order, separator in enumerate((declared,) if declared else SEPARATORS):
        for at in range(first, min(first + SEARCHED, len(lines))):
            cells = cells_of(lines[at], separator)
            found = n_recognised(cells, known)
            if looks_like_header(cells, table, known) and (best is None or (found, -at, -order) > best[:3]):
                best = (found, -at, -order, separator, cells)
    if best is None:
        _refuse_header(lines[first:], table, name)
    assert best is not None  # noqa: S101 - _refuse_header always raises; this tells the type checker
    at, separator = -best[1], best[3]
    last = closing_line(lines, at, separator, name, 1) if '"' in lines[at] else at
    if last is None or last == at:
        return separator, at, at, best[4]
    return separator, at, last, cells_of("\n".join(lines[at : last + 1]), separator)


def _refuse_header(lines: list[str], table: Table, name: str) -> None:
    required = ", ".join(column.physical_name for column in table.columns.values() if column.required)
    head = lines[0].strip() if lines else ""
    unwrapped = cells_of(head.removeprefix('"').removesuffix('"').replace('""', '"'), ",")
    if len(cells_of(head, ",")) == 1 and n_recognised(unwrapped, aliases(table)) > 1:
        raise RefusedFileError(
            "Each line of the file is wrapped in one pair of quotation marks, so its fields cannot be told apart.",
            where=name,
            next_step="Ask for the export again; this happens when a CSV is opened and saved as text.",
        )
    raise RefusedFileError(
        f"No line among the first {SEARCHED} looks like the header of {table.name}.",
        where=name,
        next_step=f"The header must name at least: {required}.",
    )


def _trim_trailing(records: pl.DataFrame, header: Header, separator: str, notes: list[Note], name: str) -> pl.DataFrame:
    """Take off an empty field that the export adds to every record; refuse a file that no record of fits its header."""
    extra = records["n_fields"] - header.width
    if records.is_empty() or (extra == 0).any() or records.height < 2:
        return records
    n = int(extra.min())  # type: ignore[arg-type]
    if n > 0 and (extra == n).all() and records["raw"].str.ends_with(separator * n).all():
        notes.append(Note("each record ends with empty fields beyond the header; taken off", name, records.height))
        cut = pl.col("raw").str.head(-n).alias("text")
        return records.with_columns(cut, pl.lit(header.width, dtype=pl.Int64).alias("n_fields"))
    if records.height >= 3:
        raise RefusedFileError(
            "No record of the file has as many fields as the header, so the columns cannot be told.",
            where=f"{name}, {header.width} headings",
            how_many=f"all {records.height:,} records",
            next_step="Ask for the export again.",
        )
    return records


def _refuse_cut_off(records: pl.DataFrame, header: Header, *, ends_whole: bool, name: str) -> None:
    """A last record without its line end and with too few fields: the file stopped on the way."""
    if ends_whole or records.height < 2:
        return
    last = records.row(-1, named=True)
    if last["n_fields"] < header.width and records["n_fields"][-2] == header.width:
        raise RefusedFileError(
            "The last record is cut off: the file did not arrive whole.",
            where=f"{name}, line {last['line']}",
            next_step="Ask for it again, or copy it again.",
        )
