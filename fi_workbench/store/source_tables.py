"""Source tables: each row stored once, each delivery a list of rows, read as known at a pin.

A weekly full delivery repeats nearly all of the last one. So the lake keeps two tables for each source table: `rows`
holds every different row once, numbered, and `members` says as ranges of those numbers which rows each load
delivered. Readers see neither: a row read at a pin carries the clocks of the delivery that makes it count there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store import delta
from fi_workbench.store.ledger import delivering, in_force
from fi_workbench.store.place import Place
from fi_workbench.store.records import CLOCKS, LoadDraft

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from fi_workbench.contracts import Table

ROW_NUMBER = "row_number"
STORED_BY = "stored_by"
ROW_STATISTICS = (ROW_NUMBER, STORED_BY)

MEMBERS: dict[str, pl.DataType] = {"load_id": pl.Int64(), "first_row": pl.Int64(), "last_row": pl.Int64()}
MEMBER_STATISTICS = ("load_id",)


def rows_uri(place: Place, table: str) -> str:
    """Where the rows of a source table are."""
    return place.table("sources", table, "rows")


def members_uri(place: Place, table: str) -> str:
    """Where it is kept which load delivered which rows."""
    return place.table("sources", table, "members")


def read_schema(table: Table) -> dict[str, pl.DataType]:
    """A source table's columns as read: its contract's and the clocks."""
    return {**table.polars_schema(), **CLOCKS}


def _content_schema(table: Table) -> dict[str, pl.DataType]:
    """What makes two rows the same row: the contract's columns and when they were true."""
    return {**table.polars_schema(), "valid_from": pl.Date(), "valid_to": pl.Date()}


def _rest_schema(table: Table) -> dict[str, pl.DataType]:
    return {**_content_schema(table), "row_id": pl.String(), ROW_NUMBER: pl.Int64(), STORED_BY: pl.Int64()}


def prepare(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Accepted rows in the lake's columns, sorted by key and record.

    Raises:
        StoreError: a column of the contract or `row_id` is missing.
    """
    missing = [name for name in (*table.columns, "row_id") if name not in frame.columns]
    if missing:
        raise StoreError("Accepted rows lack columns of their contract.", where=f"{table.name}: {', '.join(missing)}")
    typed = frame.with_columns(
        _valid(table.valid_from).alias("valid_from"), _valid(table.valid_to).alias("valid_to")
    ).select(delta.typed({**_content_schema(table), "row_id": pl.String()}, [*frame.columns, "valid_from", "valid_to"]))
    return typed.sort(*table.key, "row_id", maintain_order=True)


def _valid(column: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.Date) if column is None else pl.col(column).cast(pl.Date)


def store(
    place: Place, table: Table, rows: pl.DataFrame, draft: LoadDraft, load_id: int, visible: Collection[int]
) -> None:
    """Store what a load delivered of one table; nobody sees it before the ledger says so.

    Rows that an earlier visible load brought are not stored again, except those of an increment, which by nature
    brings new rows.

    Args:
        place: the lake's root.
        table: the contract's table.
        rows: as `prepare` gives them.
        draft: the delivery.
        load_id: its number.
        visible: the loads whose rows may be pointed to.
    """
    if rows.is_empty():
        return
    uri = rows_uri(place, table.name)
    held = delta.snapshot(uri)
    content = list(_content_schema(table))
    numbered = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias(ROW_NUMBER))
    next_number = 1
    if held is not None:
        next_number += delta.scan(held).select(pl.col(ROW_NUMBER).max()).collect().item() or 0
        if draft.delivery != "increment":
            stored = _stored(held, table, pl.col(STORED_BY).is_in(sorted(visible))).sort(ROW_NUMBER)
            known = stored.select(*content, ROW_NUMBER).unique(subset=content, keep="first", maintain_order=True)
            numbered = rows.join(known, on=content, how="left", nulls_equal=True, maintain_order="left")
    fresh = (
        numbered.filter(pl.col(ROW_NUMBER).is_null())
        .unique(subset=content, keep="first", maintain_order=True)
        .with_columns(pl.int_range(next_number, next_number + pl.len(), dtype=pl.Int64).alias(ROW_NUMBER))
        .with_columns(pl.lit(load_id, dtype=pl.Int64).alias(STORED_BY))
    )
    if not fresh.is_empty():
        stamped = fresh.select(list(_rest_schema(table)))
        delta.append(uri if held is None else held, stamped, statistics=ROW_STATISTICS)
    numbers = pl.concat([numbered[ROW_NUMBER].drop_nulls(), fresh[ROW_NUMBER]])
    delta.append(members_uri(place, table.name), _ranges(numbers, load_id), statistics=MEMBER_STATISTICS)


def _ranges(numbers: pl.Series, load_id: int) -> pl.DataFrame:
    """Row numbers as the runs that they form."""
    ordered = pl.DataFrame({"number": numbers.unique().sort()})
    runs = ordered.group_by(pl.col("number") - pl.int_range(pl.len(), dtype=pl.Int64), maintain_order=True).agg(
        first_row=pl.col("number").first(), last_row=pl.col("number").last()
    )
    return runs.select(pl.lit(load_id, dtype=pl.Int64).alias("load_id"), "first_row", "last_row")


def clear(place: Place, table: str, dead: Sequence[int]) -> None:
    """Take away what loads that died before their ledger entry had stored of a table."""
    listed = ", ".join(map(str, dead))
    for uri, column in ((members_uri(place, table), "load_id"), (rows_uri(place, table), STORED_BY)):
        if delta.exists(uri):
            delta.delete(uri, where=f"{column} IN ({listed})")


def read_at(place: Place, table: Table, seen: pl.DataFrame) -> pl.DataFrame:
    """A source table as known from the deliveries that a pin sees.

    Of those deliveries the ones in force count; where several hold a key, the one of the latest as-of date does, and
    of the same date the one loaded last.

    Args:
        place: the lake's root.
        table: the contract's table.
        seen: ledger entries.

    Returns:
        The contract's columns and the clocks; GRAIN as the contract says; sorted by key. Typed and empty when nothing
        was delivered.
    """
    schema = read_schema(table)
    loads = in_force(delivering(seen, table.name)).select("load_id", "as_of", "loaded_at")
    held = membership(place, table.name, loads["load_id"].to_list())
    if held.is_empty():
        return pl.DataFrame(schema=schema)
    least, greatest = held.select(least=pl.col(ROW_NUMBER).min(), greatest=pl.col(ROW_NUMBER).max()).row(0)
    stored = _stored(rows_uri(place, table.name), table, pl.col(ROW_NUMBER).is_between(least, greatest))
    key = list(table.key)
    rows = held.join(loads, on="load_id").join(stored, on=ROW_NUMBER)
    return (
        rows.select(list(schema))
        .sort("as_of", "load_id", "row_id", maintain_order=True)
        .unique(subset=key, keep="last", maintain_order=True)
        .sort(key, nulls_last=False, maintain_order=True)
    )


def membership(place: Place, table: str, loads: Sequence[int] | None) -> pl.DataFrame:
    """Which load delivered which row: GRAIN one row per load and row; of every load when none is named."""
    held = None if loads == [] else delta.snapshot(members_uri(place, table))
    if held is None:
        return pl.DataFrame(schema={"load_id": pl.Int64, ROW_NUMBER: pl.Int64})
    runs = delta.scan(held)
    if loads is not None:
        runs = runs.filter(pl.col("load_id").is_in(sorted(loads)))
    numbers = pl.int_ranges("first_row", pl.col("last_row") + 1, dtype=pl.Int64).alias(ROW_NUMBER)
    return runs.select("load_id", numbers).explode(ROW_NUMBER, empty_as_null=True).collect()


def stored_rows(place: Place, table: Table) -> pl.DataFrame:
    """Every row that a table ever held, with its number and the load that stored it."""
    held = delta.snapshot(rows_uri(place, table.name))
    return pl.DataFrame(schema=_rest_schema(table)) if held is None else _stored(held, table)


def rewrite(place: Place, table: str, *, gone: pl.DataFrame, changed: pl.DataFrame) -> None:
    """Take rows out and put changed ones in the place of theirs: for an erasure only."""
    numbers = pl.concat([gone[ROW_NUMBER], changed[ROW_NUMBER]]).sort().to_list()
    listed = ", ".join(map(str, numbers))
    delta.replace(rows_uri(place, table), changed, where=f"{ROW_NUMBER} IN ({listed})", statistics=ROW_STATISTICS)


def forget_versions(place: Place, table: str) -> None:
    """Remove every file that only a former version names: for an erasure only."""
    for uri in (rows_uri(place, table), members_uri(place, table)):
        if delta.exists(uri):
            delta.vacuum(uri, hours=0)


def _stored(held: str | DeltaTable, table: Table, condition: pl.Expr | None = None) -> pl.DataFrame:
    """Stored rows in today's contract: a column that it gained since is null in them, one that it lost is left out."""
    rows = delta.scan(held)
    if condition is not None:
        rows = rows.filter(condition)
    return rows.select(delta.typed(_rest_schema(table), rows.collect_schema().names())).collect()
