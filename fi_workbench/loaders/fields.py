"""From records to the columns of the contract, as text; records whose fields cannot be told apart stay whole."""

from __future__ import annotations

import io

import polars as pl

from fi_workbench.contracts import Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.header import Header
from fi_workbench.loaders.raw import DEFECT, FILE, LINE, RAW, RECORD, Note

TOO_SHORT = "fields_complete: The record has fewer fields than the header; which are missing cannot be known."
TOO_LONG = "fields_complete: The record has more fields than the header; which belong where cannot be known."
NUL = "text_readable: The record holds a NUL character, as a broken export leaves it."


def rows_of(
    records: pl.DataFrame, header: Header, separator: str, table: Table, name: str, notes: list[Note]
) -> pl.DataFrame:
    """The rows of a file: the contract's columns as String, and where each stood; see `RawTable.rows`."""
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    defect = (
        pl.when(pl.col("defect").is_not_null())
        .then(pl.col("defect"))
        .when(pl.col("raw").str.contains("\x00", literal=True))
        .then(pl.lit(NUL))
        .when(pl.col("n_fields") < header.width)
        .then(pl.lit(TOO_SHORT))
        .when(pl.col("n_fields") > header.width)
        .then(pl.lit(TOO_LONG))
    )
    records = records.with_columns(defect.alias("defect"), number.alias("record"))
    sound = records.filter(pl.col("defect").is_null())
    fields = _fields(sound["text" if "text" in sound.columns else "raw"], header.width, separator)
    columns = columns_of(fields, header, table, name, notes)
    nothing = pl.lit(None, pl.String)
    placed = sound.select(pl.col("line").alias(LINE), pl.col("record").alias(RECORD), pl.col("raw").alias(RAW))
    good = pl.concat([fields.select(columns), placed], how="horizontal").with_columns(
        pl.lit(None, pl.String).alias(DEFECT)
    )
    bad = records.filter(pl.col("defect").is_not_null()).select(
        *(nothing.alias(column) for column in table.columns),
        pl.col("line").alias(LINE),
        pl.col("record").alias(RECORD),
        pl.col("raw").alias(RAW),
        pl.col("defect").alias(DEFECT),
    )
    rows = pl.concat([good, bad]).sort(RECORD) if bad.height else good
    return rows.select(*table.columns, pl.lit(name).alias(FILE), LINE, RECORD, RAW, DEFECT)


def columns_of(fields: pl.DataFrame, header: Header, table: Table, name: str, notes: list[Note]) -> list[pl.Expr]:
    """Which field is which column of the contract; what stands beside them is noted.

    Raises:
        RefusedFileError: a column stands twice with different values.
    """
    for at in header.unnamed:
        n = int((fields[str(at)].str.strip_chars() != "").sum())
        what = "a column without a heading, kept in the raw text only" if n else "an empty column without a heading"
        notes.append(Note(what, f"{name}, column {at + 1}", n))
    return [_column(fields, column, header, table, name, notes) for column in table.columns]


def _fields(raw: pl.Series, width: int, separator: str) -> pl.DataFrame:
    """The fields of records that all have as many as the header."""
    names = [str(at) for at in range(width)]
    schema = dict.fromkeys(names, pl.String())
    if raw.is_empty():
        return pl.DataFrame(schema=schema)
    fields = pl.read_csv(
        io.BytesIO("\n".join(raw.to_list()).encode() + b"\n"),
        has_header=False,
        schema=schema,
        separator=separator,
        quote_char='"',
        empty_string_is_null=False,
    )
    if fields.height != raw.len():
        raise RefusedFileError("The records of the file cannot be told apart.", how_many=f"{raw.len():,} records")
    return fields


def _column(fields: pl.DataFrame, column: str, header: Header, table: Table, name: str, notes: list[Note]) -> pl.Expr:
    places = header.positions.get(column, ())
    if not places:
        return pl.lit(None, pl.String).alias(column)
    first = fields[str(places[0])]
    for other in places[1:]:
        differ = int((first != fields[str(other)]).sum())
        told = table.columns[column].physical_name
        if differ:
            raise RefusedFileError(
                f"The column {told} is in the file twice with different values.",
                where=name,
                how_many=f"{differ:,} records differ",
                next_step="Leave one of them out of the export.",
            )
        notes.append(Note(f"the column {told} is there twice with the same values", name))
    return pl.col(str(places[0])).alias(column)
