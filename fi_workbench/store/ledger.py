"""The ledger of deliveries: what is in it is visible, what is not was never loaded.

An entry says of each table which of its numbered rows the delivery holds, as ranges. It is written last, so a load
that died before it left rows that no entry names; the next write to such a table clears them away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store.journal import Journal, greatest
from fi_workbench.store.numbered import ROW_NUMBER, StoredRows
from fi_workbench.store.place import Place
from fi_workbench.store.records import LoadDraft, LoadEntry, Pin

if TYPE_CHECKING:
    from deltalake import DeltaTable

QUARANTINE = "quarantine"
"""How the quarantine is called among the tables of an entry's ranges."""

FILE = pl.Struct({"name": pl.String, "sha256": pl.String, "n_bytes": pl.Int64})
TABLE = pl.Struct({"table": pl.String, "n_rows": pl.Int64})
LAST_ROW = pl.Struct({"table": pl.String, "last_row": pl.Int64})
RANGE = pl.Struct({"table": pl.String, "first_row": pl.Int64, "last_row": pl.Int64})

ENTRIES: dict[str, pl.DataType] = {
    "load_id": pl.Int64(),
    "source": pl.String(),
    "as_of": pl.Date(),
    "coverage_from": pl.Date(),
    "coverage_to": pl.Date(),
    "scope": pl.String(),
    "delivery": pl.String(),
    "loaded_at": pl.Datetime("us", "UTC"),
    "n_rows": pl.Int64(),
    "n_quarantined": pl.Int64(),
    "files": pl.List(FILE),
    "tables": pl.List(TABLE),
    "last_rows": pl.List(LAST_ROW),
    "receipt": pl.String(),
}
RANGES: dict[str, pl.DataType] = {"ranges": pl.List(RANGE)}
"""Which rows a delivery holds: long, and so read only where it is asked for."""


@dataclass(frozen=True)
class Begun:
    """The ledger as a load found it, and the number that the load takes if nobody else does before it ends."""

    ledger: DeltaTable | None
    load_id: int
    last_rows: Mapping[str, int]


class Ledger:
    """Deliveries in the order in which they became visible."""

    def __init__(self, place: Place) -> None:
        self._journal = Journal(place, "ledger", ENTRIES, beside=RANGES)

    @property
    def uri(self) -> str:
        """Where it is."""
        return self._journal.uri

    def entries(self) -> pl.DataFrame:
        """One row per visible delivery, by load_id."""
        return self._journal.rows().drop("last_rows")

    def seen(self, pin: Pin) -> pl.DataFrame:
        """The deliveries that a pin can see."""
        return self.entries().filter((pl.col("as_of") <= pin.as_of) & (pl.col("load_id") <= pin.load_id))

    def known_files(self) -> frozenset[str]:
        """The sha256 of every file of every visible delivery."""
        return frozenset(file["sha256"] for files in self.entries()["files"].to_list() for file in files)

    def latest_as_of(self) -> date | None:
        """The latest day that any visible delivery declares to cover."""
        latest = self.entries()["as_of"].max()
        return latest if isinstance(latest, date) else None

    def former(self, draft: LoadDraft, table: str) -> pl.DataFrame:
        """The rows of a table that counted before a delivery, of its source and scope. GRAIN one row per both.

        Returns:
            `load_id`, the row number, and `place`, which is greater for a delivery that counts more.
        """
        entries = self.entries().filter(
            pl.col("source") == draft.source, pl.col("scope") == draft.scope, pl.col("as_of") <= draft.as_of
        )
        loads = in_force(delivering(entries, table)).select("load_id").with_row_index("place")
        ranges = self.ranges({table: loads["load_id"].to_list()})[table]
        return row_numbers(ranges).join(loads, on="load_id")

    def membership(self, table: str) -> pl.DataFrame:
        """Which delivery holds which rows of a table. GRAIN one row per both."""
        ranges = self._ranges(self._journal.beside())
        return row_numbers(ranges.filter(pl.col("table") == table).collect())

    def ranges(self, asked: Mapping[str, Sequence[int]]) -> dict[str, pl.DataFrame]:
        """Which rows of each table the deliveries that are asked for hold. GRAIN one row per delivery and range.

        Short as they are, where `row_numbers` of them all may not be.
        """
        loads = sorted({load for each in asked.values() for load in each})
        entries = self._journal.beside().filter(pl.col("load_id").is_in(loads))
        ranges = self._ranges(entries).filter(pl.col("table").is_in(list(asked))).collect()
        found, none = ranges.partition_by("table", as_dict=True), ranges.clear()
        return {
            table: found.get((table,), none).filter(pl.col("load_id").is_in(list(each)))
            for table, each in asked.items()
        }

    @staticmethod
    def _ranges(entries: pl.LazyFrame) -> pl.LazyFrame:
        return entries.select("load_id", "ranges").explode("ranges", empty_as_null=True).unnest("ranges")

    def begin(self) -> Begun:
        """Look at the ledger before a load."""
        ledger, rows = self._journal.snapshot()
        last_rows: dict[str, int] = {}
        for tables in rows["last_rows"].to_list():
            last_rows |= {each["table"]: max(each["last_row"], last_rows.get(each["table"], 0)) for each in tables}
        return Begun(ledger, greatest(rows, "load_id") + 1, last_rows)

    def publish(
        self,
        begun: Begun,
        draft: LoadDraft,
        stored: Mapping[str, StoredRows],
        n_rows: Mapping[str, int],
        n_standing: int = 0,
    ) -> LoadEntry:
        """Write the entry that makes a delivery visible.

        Args:
            begun: the ledger as the load found it.
            draft: what is said of the delivery; its rows have been stored.
            stored: where the rows of each table are.
            n_rows: accepted rows by table, and refused ones under `QUARANTINE`.
            n_standing: rows of former deliveries that this one holds in place of refused ones.

        Raises:
            StoreError: another load became visible since this one began.
        """
        n_accepted = {name: n for name, n in sorted(n_rows.items()) if name != QUARANTINE}
        entry = LoadEntry(
            load_id=begun.load_id,
            source=draft.source,
            as_of=draft.as_of,
            scope=draft.scope,
            delivery=draft.delivery,
            loaded_at=draft.loaded_at,
            n_rows=sum(n_accepted.values()),
            n_quarantined=n_rows[QUARANTINE],
            n_standing=n_standing,
        )
        told = {**draft.receipt, **({"former_rows_standing": n_standing} if n_standing else {})}
        record = {name: value for name, value in asdict(entry).items() if name != "n_standing"} | {
            "coverage_from": draft.coverage_from,
            "coverage_to": draft.coverage_to,
            "files": [{"name": f.name, "sha256": f.sha256, "n_bytes": f.n_bytes} for f in draft.files],
            "tables": [{"table": name, "n_rows": n} for name, n in n_accepted.items()],
            "last_rows": [{"table": name, "last_row": rows.last_row} for name, rows in sorted(stored.items())],
            "receipt": json.dumps(told, sort_keys=True, ensure_ascii=False, default=str),
            "ranges": [
                {"table": name, "first_row": first, "last_row": last}
                for name, rows in sorted(stored.items())
                for first, last in rows.ranges
            ],
        }
        self._journal.write_upon(begun.ledger, record)
        return entry


def row_numbers(ranges: pl.DataFrame) -> pl.DataFrame:
    """Each number in some ranges of a table. GRAIN one row per delivery and row."""
    numbers = pl.int_ranges("first_row", pl.col("last_row") + 1, dtype=pl.Int64).alias(ROW_NUMBER)
    return ranges.select("load_id", numbers).explode(ROW_NUMBER, empty_as_null=True)


def delivering(entries: pl.DataFrame, table: str) -> pl.DataFrame:
    """The deliveries that brought a table, be it without rows."""
    names = pl.col("tables").list.eval(pl.element().struct.field("table"))
    return entries.filter(names.list.contains(table))


def in_force(entries: pl.DataFrame) -> pl.DataFrame:
    """The deliveries that count among those seen.

    A full delivery takes the place of every earlier one of its source and scope, where earlier is by as-of date and
    then by load: history that arrives late stays history, and of two deliveries of the same day the later load is a
    correction. Windows and increments add.
    """
    by = ["source", "scope"]
    ordered = entries.sort("as_of", "load_id", maintain_order=True).with_columns(place=pl.int_range(pl.len()).over(by))
    latest_full = pl.col("place").filter(pl.col("delivery") == "full").max().over(by)
    return ordered.filter(pl.col("place") >= latest_full.fill_null(0)).drop("place")
