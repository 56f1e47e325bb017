"""Source tables: appended per load with the clocks, read as known at a pin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store import delta
from fi_workbench.store.ledger import Ledger, delivering, in_force
from fi_workbench.store.place import Place
from fi_workbench.store.records import CLOCKS, LoadDraft, Pin

if TYPE_CHECKING:
    from fi_workbench.contracts import Table

STATISTICS = ("load_id", "as_of")

QUARANTINE: dict[str, pl.DataType] = {
    "load_id": pl.Int64(),
    "source": pl.String(),
    "table": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
    "record": pl.Int64(),
    "rules": pl.List(pl.String()),
    "reasons": pl.List(pl.String()),
    "raw": pl.String(),
    "contract_version": pl.String(),
    "as_of": pl.Date(),
}


def table_uri(place: Place, table: str) -> str:
    """Where a source table is."""
    return place.table("sources", table)


def quarantine_uri(place: Place) -> str:
    """Where refused rows are."""
    return place.table("records", "quarantine")


def schema_at_rest(table: Table) -> dict[str, pl.DataType]:
    """A source table's columns in the lake: its contract's and the clocks."""
    return {**table.polars_schema(), **CLOCKS}


def stamp(frame: pl.DataFrame, table: Table, draft: LoadDraft, load_id: int) -> pl.DataFrame:
    """Put the clocks on accepted rows, in the contract's column order, sorted by key and record.

    Raises:
        StoreError: a column of the contract or `row_id` is missing.
    """
    missing = [name for name in (*table.columns, "row_id") if name not in frame.columns]
    if missing:
        raise StoreError("Accepted rows lack columns of their contract.", where=f"{table.name}: {', '.join(missing)}")
    schema = schema_at_rest(table)
    return (
        frame.with_columns(
            _valid(table.valid_from).alias("valid_from"),
            _valid(table.valid_to).alias("valid_to"),
            pl.lit(draft.as_of).alias("as_of"),
            pl.lit(draft.loaded_at).alias("loaded_at"),
            pl.lit(load_id).alias("load_id"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        .sort(*table.key, "row_id", maintain_order=True)
    )


def _valid(column: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.Date) if column is None else pl.col(column).cast(pl.Date)


def stamp_quarantine(draft: LoadDraft, load_id: int) -> pl.DataFrame:
    """Put the load's number on refused rows; columns that the draft leaves out are filled from the delivery."""
    given = draft.quarantine
    filled = {
        "load_id": pl.lit(load_id),
        "source": pl.lit(draft.source),
        "as_of": pl.lit(draft.as_of),
    }
    lacking = {name: filled.get(name, pl.lit(None)) for name in QUARANTINE if name not in given.columns}
    lacking["load_id"] = filled["load_id"]
    return given.with_columns(**lacking).select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE.items())


def read_at(place: Place, ledger: Ledger, table: Table, pin: Pin) -> pl.DataFrame:
    """A source table as known at a pin.

    Of the deliveries that the pin sees, those in force count; where several hold a key, the one of the latest as-of
    date does, and of the same date the one loaded last.

    Returns:
        The contract's columns and the clocks; GRAIN as the contract says; sorted by key. Typed and empty when nothing
        was delivered.
    """
    schema = schema_at_rest(table)
    loads = in_force(delivering(ledger.seen(pin), table.name))["load_id"].to_list()
    uri = table_uri(place, table.name)
    if not loads or not delta.exists(uri):
        return pl.DataFrame(schema=schema)
    rows = rows_of_loads(uri, loads, schema)
    key = list(table.key)
    newest_last = rows.sort("as_of", "load_id", "row_id", maintain_order=True)
    return newest_last.unique(subset=key, keep="last", maintain_order=True).sort(key, maintain_order=True)


def rows_of_loads(uri: str, loads: Sequence[int], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The rows that some loads brought, in a contract's columns.

    A column that the contract gained after a row was stored is null in that row; one that it lost is left out.
    """
    rows = delta.scan(uri).filter(
        pl.col("load_id").is_between(min(loads), max(loads)) & pl.col("load_id").is_in(sorted(loads))
    )
    there = set(rows.collect_schema().names())
    columns = [
        pl.col(name).cast(dtype) if name in there else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    ]
    return rows.select(columns).collect()
