"""Source tables: each row stored once, each delivery a list of rows, read as known at a pin.

A weekly full delivery repeats nearly all of the last one. So a source table holds every different row once, numbered,
and the ledger entry of a delivery says which numbers it holds. A row read at a pin carries the clocks of the delivery
that makes it count there, and the `row_id` of the record that first brought it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store import delta, numbered
from fi_workbench.store.ledger import Ledger, delivering, in_force, row_numbers
from fi_workbench.store.numbered import ROW_NUMBER, StoredRows
from fi_workbench.store.place import Place, reading
from fi_workbench.store.records import CLOCKS

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from fi_workbench.contracts import Table

INCREMENT = "increment"


def table_uri(place: Place, table: str) -> str:
    """Where the rows of a source table are."""
    return place.table("sources", table)


def read_schema(table: Table) -> dict[str, pl.DataType]:
    """A source table's columns as read: its contract's and the clocks."""
    return {**table.polars_schema(), **CLOCKS}


def _content_schema(table: Table) -> dict[str, pl.DataType]:
    """What makes two rows the same row: the contract's columns and when they were true."""
    return {**table.polars_schema(), "valid_from": pl.Date(), "valid_to": pl.Date()}


def _rest_schema(table: Table) -> dict[str, pl.DataType]:
    return {**_content_schema(table), "row_id": pl.String(), ROW_NUMBER: pl.Int64()}


def prepare(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Accepted rows in the lake's columns, in the order of the file.

    Raises:
        StoreError: a column of the contract or `row_id` is missing.
    """
    missing = [name for name in (*table.columns, "row_id") if name not in frame.columns]
    if missing:
        raise StoreError("Accepted rows lack columns of their contract.", where=f"{table.name}: {', '.join(missing)}")
    there = [*frame.columns, "valid_from", "valid_to"]
    return frame.with_columns(
        _valid(table.valid_from).alias("valid_from"), _valid(table.valid_to).alias("valid_to")
    ).select(delta.typed({**_content_schema(table), "row_id": pl.String()}, there))


def _valid(column: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.Date) if column is None else pl.col(column).cast(pl.Date)


def of_persons(keys: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows that say of refused ones no more than whom they name; without a name where that was not readable.

    Args:
        keys: what is known of the keys of refused rows.
        table: a contract's table in which they count.
    """
    person = table.key[0]
    others = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in table.polars_schema().items() if name != person]
    return keys.unique(person, keep="first", maintain_order=True).select(person, "row_id", *others)


class TableWriter:
    """Stores what a delivery brings of one table, in as many parts as it comes, seen by nobody before it is ledgered.

    Rows that an earlier delivery brought are not stored again, except those of an increment, which by nature brings
    new rows.

    Args:
        place: the lake's root.
        table: the contract's table.
        delivery: full, window or increment.
        last_row: the greatest row number of the table that the ledger knows of.
    """

    def __init__(self, place: Place, table: Table, delivery: str, last_row: int) -> None:
        self._uri = table_uri(place, table.name)
        self._table = table
        self._delivery = delivery
        self._first = last_row
        self._last = last_row
        self._ranges: list[tuple[int, int]] = []
        self._held: DeltaTable | None = None
        self._written: DeltaTable | None = None
        self._known: pl.DataFrame | None = None
        self._is_open = False

    def add(self, rows: pl.DataFrame) -> None:
        """Store a part, as `prepare` gives it."""
        if rows.is_empty():
            return
        content = list(_content_schema(self._table))
        if not self._is_open:
            self._open(content)
        if self._known is None:
            numbers = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias(ROW_NUMBER))
        else:
            numbers = rows.join(self._known, on=content, how="left", nulls_equal=True, maintain_order="left")
        repeated = numbers[ROW_NUMBER].drop_nulls()
        fresh = numbers.filter(pl.col(ROW_NUMBER).is_null()).drop(ROW_NUMBER)
        if self._delivery == INCREMENT:
            # Accepted rows differ in their key; an increment may bring one row twice under two keys of its own.
            fresh = fresh.unique(subset=content, keep="first", maintain_order=True)
        written = numbered.append(self._uri, self._written or self._held, fresh, self._last)
        self._written = written or self._written
        new = fresh.select(numbered.number_from(self._last + 1))[ROW_NUMBER]
        self._ranges += numbered.ranges_of(pl.concat([repeated, new]))
        self._last += fresh.height

    def let_stand(self, keys: pl.DataFrame, former: pl.DataFrame) -> int:
        """Let rows that counted before count on, where the delivery holds their key in no row that was accepted.

        Args:
            keys: the key's columns of refused rows; a part that is null could not be read and may be anything, but
                for the first.
            former: `load_id`, number and `place` of the rows that counted before.

        Returns:
            How many stand.
        """
        stored = self._written or self._held or delta.snapshot(self._uri)
        if stored is None or former.is_empty():
            return 0
        key = list(self._table.key)
        rows = _stored(stored, self._table, wanted={*key, ROW_NUMBER})
        own = pl.DataFrame(self._ranges, schema={"first_row": pl.Int64, "last_row": pl.Int64}, orient="row")
        accepted = rows.join(row_numbers(own.with_columns(load_id=0)), on=ROW_NUMBER, how="semi")
        counted = rows.join(former, on=ROW_NUMBER).sort("place", ROW_NUMBER)
        standing = _meant(counted.unique(key, keep="last", maintain_order=True), keys, key).join(
            accepted, on=key, how="anti", nulls_equal=True
        )
        self._ranges += numbered.ranges_of(standing[ROW_NUMBER])
        return standing.height

    def _open(self, content: list[str]) -> None:
        self._is_open = True
        self._held = numbered.open_clean(self._uri, self._first)
        if self._held is not None and self._delivery != INCREMENT:
            stored = _stored(self._held, self._table).sort(ROW_NUMBER).select(*content, ROW_NUMBER)
            self._known = stored.unique(subset=content, keep="first", maintain_order=True)

    def stored(self) -> StoredRows:
        """Where the rows are."""
        return StoredRows(self._last, numbered.joined(self._ranges), self._written)

    def withdraw(self) -> None:
        """Take back what was stored."""
        if self._written is not None:
            numbered.open_clean(self._uri, self._first)


def _meant(rows: pl.DataFrame, keys: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The rows whose key agrees with one of some keys in all that is known of it. GRAIN as the rows."""
    found = [rows.clear()]
    known = keys.select(key).unique().filter(pl.col(key[0]).is_not_null())
    patterns = known.select(pl.all().is_not_null()).unique().rows(named=True)
    for pattern in patterns:
        told = [name for name in key if pattern[name]]
        alike = known.filter(*(pl.col(name).is_not_null() == pattern[name] for name in key))
        found.append(rows.join(alike.select(told), on=told, how="semi"))
    return pl.concat(found).unique(ROW_NUMBER, maintain_order=True)


def read_at(place: Place, table: Table, ledger: Ledger, seen: pl.DataFrame) -> pl.DataFrame:
    """A source table as known from the deliveries that a pin sees.

    Of those deliveries the ones in force count; where several hold a key, the one of the latest as-of date does, and
    of the same date the one loaded last.

    Args:
        place: the lake's root.
        table: the contract's table.
        ledger: says which delivery holds which rows.
        seen: its entries that the pin sees.

    Returns:
        The contract's columns and the clocks; GRAIN as the contract says; sorted by key. Typed and empty when nothing
        was delivered.
    """
    return next(read_each(place, [(table, list(read_schema(table)))], ledger, seen))


def read_each(
    place: Place, tables: Sequence[tuple[Table, Sequence[str]]], ledger: Ledger, seen: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """Columns of one source table after another, as `read_at` reads them; the ledger is read once for all.

    Args:
        place: the lake's root.
        tables: the contracts' tables, each with the columns that are wanted of it.
        ledger: says which delivery holds which rows.
        seen: its entries that the pin sees.

    Yields:
        In the order of the tables what `read_at` gives, without the other columns.
    """
    names = [table.name for table, _ in tables]
    loads = {name: in_force(delivering(seen, name)).select("load_id", "as_of", "loaded_at") for name in names}
    with reading("records/ledger"):
        held = ledger.ranges({name: loads[name]["load_id"].to_list() for name in names})
    for table, columns in tables:
        with reading(f"sources/{table.name}"):
            frame = _as_known(place, table, columns, row_numbers(held[table.name]), loads[table.name])
        yield frame


def _as_known(
    place: Place, table: Table, columns: Sequence[str], numbers: pl.DataFrame, loads: pl.DataFrame
) -> pl.DataFrame:
    """Columns of a table's numbered rows, for each key of the latest delivery that holds it."""
    stored = None if numbers.is_empty() else delta.snapshot(table_uri(place, table.name))
    if stored is None:
        schema = read_schema(table)
        return pl.DataFrame(schema={name: schema[name] for name in columns})
    least, greatest = numbers.select(least=pl.col(ROW_NUMBER).min(), greatest=pl.col(ROW_NUMBER).max()).row(0)
    wanted = {*columns, *table.key, "row_id", ROW_NUMBER}
    rows = numbers.join(loads, on="load_id").join(
        _stored(stored, table, pl.col(ROW_NUMBER).is_between(least, greatest), wanted), on=ROW_NUMBER
    )
    key = list(table.key)
    return (
        rows.sort("as_of", "load_id", "row_id", maintain_order=True)
        .unique(subset=key, keep="last", maintain_order=True)
        .sort(key, nulls_last=False, maintain_order=True)
        .select(columns)
    )


def stored_rows(place: Place, table: Table) -> pl.DataFrame:
    """Every row that a table ever held, with its number."""
    held = delta.snapshot(table_uri(place, table.name))
    return pl.DataFrame(schema=_rest_schema(table)) if held is None else _stored(held, table)


def rewrite(place: Place, table: str, *, gone: pl.DataFrame, changed: pl.DataFrame) -> None:
    """Take rows out and put changed ones in the place of theirs: for an erasure only."""
    where = numbered.condition(pl.concat([gone[ROW_NUMBER], changed[ROW_NUMBER]]))
    delta.replace(table_uri(place, table), changed, where=where, statistics=numbered.STATISTICS)


def _stored(
    held: DeltaTable, table: Table, condition: pl.Expr | None = None, wanted: Collection[str] | None = None
) -> pl.DataFrame:
    """Stored rows in today's contract: a column that it gained since is null in them, one that it lost is left out."""
    schema = {name: dtype for name, dtype in _rest_schema(table).items() if wanted is None or name in wanted}
    rows = delta.scan(held)
    if condition is not None:
        rows = rows.filter(condition)
    return rows.select(delta.typed(schema, rows.collect_schema().names())).collect()
