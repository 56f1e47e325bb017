"""Read a Parquet file as rows of text, so that its values pass the same checks as those of any other file.

Types in the file are not trusted to be the contract's: a date column may hold text, and a number may be a code that
lost its zeros before it got there. Every value becomes text without loss, and the contract reads the text.
"""

from __future__ import annotations

import csv
import io

import polars as pl

from fi_workbench.contracts import Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import Read
from fi_workbench.loaders.fields import rows_of
from fi_workbench.loaders.header import match_header
from fi_workbench.loaders.raw import Note, RawTable

_SEPARATOR = "\t"


def read_parquet(data: bytes, name: str, table: Table) -> Read:
    """Read one Parquet file.

    Args:
        data: the whole file.
        name: its name, for messages and for `_file`.
        table: the contract's table.

    Returns:
        As `delimited.read_delimited`. A record's line is its row in the file, from 1, and `_raw` the row as text with
        tabs between the values.

    Raises:
        RefusedFileError: damaged, not Parquet, a column with values inside values, or a required column missing.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError):
        raise RefusedFileError(
            "The file is not Parquet, or it is damaged or cut off.", where=name, next_step="Ask for it again."
        ) from None
    return read_frame(frame, name, table)


def read_frame(frame: pl.DataFrame, name: str, table: Table) -> Read:
    """Take a typed frame as rows of text, for one contract table; see `read_parquet`.

    Raises:
        RefusedFileError: a column with values inside values, or a required column missing.
    """
    nested = [one for one, dtype in frame.schema.items() if dtype.is_nested() or dtype in {pl.Binary, pl.Object}]
    header = match_header(frame.columns, table, name)
    known = {frame.columns[place] for places in header.positions.values() for place in places}
    if told := [column for column in nested if column in known]:
        raise RefusedFileError(
            "A column holds values inside values or bytes, where its contract asks for one value.",
            where=f"{name}, {', '.join(told[:5])}",
            how_many=f"{len(told)} columns",
            next_step="Export the column as text.",
        )
    texts = frame.select(_text(column, dtype) for column, dtype in frame.schema.items())
    records = pl.DataFrame(
        {
            "line": range(1, frame.height + 1),
            "raw": _lines(texts),
            "n_fields": [frame.width] * frame.height,
            "defect": [None] * frame.height,
        },
        schema={"line": pl.Int64, "raw": pl.String, "n_fields": pl.Int64, "defect": pl.String},
    )
    notes: list[Note] = []
    rows = rows_of(records, header, _SEPARATOR, table, name, notes)
    return Read(RawTable(table.name, rows, {}), (*notes, *header.notes), ())


def _text(column: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(column)
    if dtype.is_nested() or dtype in {pl.Binary, pl.Object}:
        return pl.lit("").alias(column)
    if dtype == pl.Boolean:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false")).alias(column)
    if isinstance(dtype, pl.Datetime):
        local = value.dt.convert_time_zone("Europe/London") if dtype.time_zone else value
        return local.dt.strftime("%Y-%m-%d %H:%M:%S%.f").alias(column)
    return value.cast(pl.String).alias(column)


def _lines(texts: pl.DataFrame) -> list[str]:
    """Each row as one record, as a delimited file would hold it."""
    out: list[str] = []
    for row in texts.iter_rows():
        line = io.StringIO()
        # Only the marks of its own line end are put in quotation marks, so a line end is written, and taken off again.
        csv.writer(line, delimiter=_SEPARATOR, lineterminator="\r\n").writerow(
            ["" if cell is None else cell for cell in row]
        )
        out.append(line.getvalue().removesuffix("\r\n"))
    return out
