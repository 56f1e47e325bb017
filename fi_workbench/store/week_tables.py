"""Derived tables of a week: stored by what they contain, read by what a stage recorded.

The rows of a table are stored once under the hash of their content; a stage's record names the hashes it made. So a
table is never changed under a reader, a stage that died half-way leaves nothing visible, and a week that is made
again to the byte needs no more room.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store import delta
from fi_workbench.store.place import Place, reading
from fi_workbench.store.records import WrittenTable

if TYPE_CHECKING:
    from fi_workbench.contracts import Table

STAMP = ("week", "content")
"""What every row carries: whose week, and the name of the rows that it was stored with."""
_HASH_LENGTH = 16


def table_uri(place: Place, table: str) -> str:
    """Where a derived table is."""
    return place.table("weeks", table)


def content_of(frame: pl.DataFrame) -> str:
    """Name rows by what they are: the same columns, types and rows in the same order have the same name."""
    digest = hashlib.sha256(json.dumps([(n, str(t)) for n, t in frame.schema.items()]).encode())
    digest.update(frame.write_ndjson().encode())
    return digest.hexdigest()[:_HASH_LENGTH]


def write(place: Place, week: str, table: Table, frame: pl.DataFrame) -> WrittenTable:
    """Store validated, sorted rows; the same rows are stored once.

    Raises:
        DiskFullError: no room; nothing changed.
    """
    content = content_of(frame)
    written = WrittenTable(week, table.name, content, frame.height)
    uri = table_uri(place, table.name)
    stamped = frame.with_columns(week=pl.lit(week), content=pl.lit(content))
    there = read(place, week, table, content)
    if there.equals(frame):
        return written
    if there.is_empty():
        delta.append(uri, stamped, statistics=STAMP)
    else:  # rows under this name that are not it: something was erased from them
        delta.replace(uri, stamped, where=_is(week, content), statistics=STAMP)
    return written


def read(place: Place, week: str, table: Table, content: str) -> pl.DataFrame:
    """The rows stored under a name, in the contract's columns, sorted by key."""
    schema = table.polars_schema()
    with reading(f"weeks/{table.name}"):
        held = delta.snapshot(table_uri(place, table.name))
        if held is None:
            return pl.DataFrame(schema=schema)
        rows = delta.scan(held).filter((pl.col("week") == week) & (pl.col("content") == content))
        found = rows.select(delta.typed(schema, rows.collect_schema().names())).collect()
    return found.sort(list(table.key), nulls_last=False, maintain_order=True)


def every_row(place: Place, table: Table) -> pl.DataFrame:
    """Every stored row of every week, with its week and the name of its content."""
    schema = {**table.polars_schema(), "week": pl.String(), "content": pl.String()}
    held = delta.snapshot(table_uri(place, table.name))
    if held is None:
        return pl.DataFrame(schema=schema)
    rows = delta.scan(held)
    return rows.select(delta.typed(schema, rows.collect_schema().names())).collect()


def rewrite(place: Place, table: str, *, gone: pl.DataFrame, changed: pl.DataFrame, kept: pl.DataFrame) -> None:
    """Take rows out and change others, under the content names that they have: for an erasure only."""
    touched = pl.concat([gone, changed]).select(STAMP).unique().sort(STAMP)
    left = pl.concat([kept, changed])
    for week, content in touched.iter_rows():
        rows = left.filter((pl.col("week") == week) & (pl.col("content") == content))
        delta.replace(table_uri(place, table), rows, where=_is(week, content), statistics=STAMP)


def forget(place: Place, table: str, recorded: Collection[tuple[str, str]]) -> int:
    """Remove rows that no stage recorded, left by a run that died; return how many writes were removed."""
    uri = table_uri(place, table)
    if not delta.exists(uri):
        return 0
    there = delta.scan(uri).select(STAMP).unique().collect().sort(STAMP)
    orphans = [pair for pair in there.iter_rows() if pair not in recorded]
    for week, content in orphans:
        delta.delete(uri, where=_is(week, content))
    return len(orphans)


def _is(week: str, content: str) -> str:
    return f"week = '{week}' AND content = '{content}'"
