"""The one module that speaks to the table format (Delta, through delta-rs).

Every change is one commit: a reader finds the table as before or as after. Statistics are kept only for the columns
named (numbers, weeks and hashes), so that the log of a table never carries a person's values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import polars as pl

from fi_workbench.store.place import local_path, writing

if TYPE_CHECKING:
    from deltalake import DeltaTable

COMPRESSION_LEVEL = 1
"""Higher levels make files of numbers and codes hardly smaller and cost twice the time."""
DICTIONARY_BYTES = 256 * 1024
"""A column with more different values than go into this is written as it is: quicker, and no larger once compressed."""
_ALL_DIFFERENT = ("row_id",)
"""Columns of which no two values are equal: a dictionary of them would be tried and thrown away."""
MANY_FILES = 48
"""A table of more small files than this is compacted by the write that made them so many."""
CHECKPOINT_EVERY = 20
"""Commits between two summaries of a table's log: opening it reads no more than so many."""
SMALL_FILE_BYTES = 16 * 1024 * 1024
"""Only files smaller than this are joined: whole snapshots of a large source are left alone."""


def snapshot(uri: str) -> DeltaTable | None:
    """The table at its latest commit, or None when there is none yet."""
    from deltalake import DeltaTable  # noqa: PLC0415 - opened on first use, so that the room stays light to import
    from deltalake.exceptions import TableNotFoundError  # noqa: PLC0415

    try:
        return DeltaTable(uri)
    except TableNotFoundError:
        return None


def exists(uri: str) -> bool:
    """Whether there is a table."""
    return snapshot(uri) is not None


def scan(table: str | DeltaTable) -> pl.LazyFrame:
    """The rows of a table, in no order.

    The files of a local table are read by their paths: polars' own reader of the format does not find them where a
    folder's name has a space or an accent.
    """
    opened = _open(table) if isinstance(table, str) else table
    plain = opened.protocol().min_reader_version == 1
    if not plain or not opened.table_uri.startswith("file:"):
        return pl.scan_delta(opened)
    schema = pl.Schema(opened.schema().to_arrow())
    root = local_path(opened.table_uri)
    files = [root / unquote(path) for path in opened.get_add_actions(flatten=True)["path"].to_pylist()]
    if not files:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(sorted(files), schema=schema, glob=False, hive_partitioning=False, missing_columns="insert")


def typed(schema: Mapping[str, pl.DataType], there: Collection[str]) -> list[pl.Expr]:
    """The columns of a schema from those that a table has: what it gained since is null, what it lost is left out."""
    return [
        pl.col(name).cast(dtype) if name in there else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    ]


def append(
    table: str | DeltaTable,
    frame: pl.DataFrame,
    *,
    statistics: Sequence[str],
    count: tuple[str, int] | None = None,
) -> None:
    """Add rows in one commit, making the table when absent; join its files when they have become many.

    Args:
        table: where it is, or the snapshot that the caller decided upon.
        frame: rows; columns that the table lacks are added to it, columns that the frame lacks are null.
        statistics: columns whose least and greatest values the log keeps; never a person's.
        count: a name and a number. Of two writers who decided upon the same snapshot and commit under the same name,
            one fails, wherever the table is.

    Raises:
        DiskFullError: no room; the table is as before.
        StoreError: someone else wrote at the same time, or the types do not fit.
    """
    opened = snapshot(table) if isinstance(table, str) else table
    options = _options(statistics)
    options["schema_mode"] = "merge"
    if count is not None:
        options["commit_properties"] = _counted(*count)
    with writing(_short(table)):
        frame.write_delta(table if opened is None else opened, mode="append", delta_write_options=options)
        if opened is not None and len(opened.file_uris()) > MANY_FILES:
            _compact(opened)


def replace(uri: str, frame: pl.DataFrame, *, where: str, statistics: Sequence[str]) -> None:
    """Put rows in the place of those that a condition names, in one commit.

    Args:
        uri: a table that exists.
        frame: the rows that take their place; each must meet the condition.
        where: a condition in SQL on the columns with statistics. It is kept in the table's log, so it never holds a
            person's values.
        statistics: as for `append`.
    """
    if frame.is_empty():
        delete(uri, where=where)
        return
    options = _options(statistics) | {"predicate": where, "schema_mode": "merge"}
    with writing(_short(uri)):
        frame.write_delta(uri, mode="overwrite", delta_write_options=options)


def delete(uri: str, *, where: str) -> None:
    """Remove the rows that a condition on the columns with statistics names, in one commit."""
    with writing(_short(uri)):
        _open(uri).delete(where)


def vacuum(uri: str, *, hours: int) -> int:
    """Remove files that no version younger than so many hours names, orphans too; return how many."""
    with writing(_short(uri)):
        return len(_open(uri).vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True))


def compact(uri: str) -> int:
    """Join small files; return how many were joined. The rows stay the same."""
    with writing(_short(uri)):
        return _compact(_open(uri))


def _compact(table: DeltaTable) -> int:
    result = table.optimize.compact(target_size=SMALL_FILE_BYTES, writer_properties=_writer())
    return int(result["numFilesRemoved"])


def _open(uri: str) -> DeltaTable:
    from deltalake import DeltaTable  # noqa: PLC0415

    return DeltaTable(uri)


def _writer() -> Any:
    from deltalake import WriterProperties  # noqa: PLC0415

    return WriterProperties(compression="ZSTD", compression_level=COMPRESSION_LEVEL)


def _options(statistics: Sequence[str]) -> dict[str, Any]:
    from deltalake import ColumnProperties, WriterProperties  # noqa: PLC0415

    columns = {name: ColumnProperties(statistics_enabled="CHUNK") for name in statistics}
    for name in _ALL_DIFFERENT:
        columns[name] = ColumnProperties(statistics_enabled="NONE", dictionary_enabled=False)
    writer = WriterProperties(
        compression="ZSTD",
        compression_level=COMPRESSION_LEVEL,
        dictionary_page_size_limit=DICTIONARY_BYTES,
        default_column_properties=ColumnProperties(statistics_enabled="NONE"),
        column_properties=columns,
    )
    return {
        "configuration": {
            "delta.dataSkippingStatsColumns": ",".join(statistics),
            "delta.checkpointInterval": str(CHECKPOINT_EVERY),
        },
        "writer_properties": writer,
    }


def _counted(name: str, number: int) -> Any:
    from deltalake import CommitProperties, Transaction  # noqa: PLC0415

    return CommitProperties(app_transactions=[Transaction(f"fi_workbench.{name}", number)])


def _short(table: str | DeltaTable) -> str:
    """The last two parts of a table's address: enough to find it."""
    uri = table if isinstance(table, str) else table.table_uri
    return "/".join(Path(uri).parts[-2:])
