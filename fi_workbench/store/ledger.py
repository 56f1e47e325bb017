"""The ledger of deliveries: what is in it is visible, what is not was never loaded.

A delivery takes its number first (`reserved`), then its tables are written, and its entry (`loaded`) comes last. A
number is never given twice, so the rows of a load that died in between can never be mistaken for those of another;
the next load declares the dead number `abandoned` and clears its rows away.
"""

from __future__ import annotations

import json
from datetime import date

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store.journal import Journal, greatest
from fi_workbench.store.place import Place
from fi_workbench.store.records import LoadDraft, LoadEntry, Pin

RESERVED = "reserved"
LOADED = "loaded"
ABANDONED = "abandoned"

FILE = pl.Struct({"name": pl.String, "sha256": pl.String, "n_bytes": pl.Int64})
TABLE_ROWS = pl.Struct({"table": pl.String, "n_rows": pl.Int64})

EVENTS: dict[str, pl.DataType] = {
    "event": pl.Int64(),
    "state": pl.String(),
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
    "tables": pl.List(TABLE_ROWS),
    "receipt": pl.String(),
}


class Ledger:
    """Deliveries in the order in which they became visible."""

    def __init__(self, place: Place) -> None:
        self._journal = Journal(place, "ledger", EVENTS)

    def uris(self) -> list[str]:
        """Where it is kept."""
        return [self._journal.uri]

    def entries(self) -> pl.DataFrame:
        """One row per visible delivery, by load_id."""
        rows = self._journal.rows()
        return rows.filter(pl.col("state") == LOADED).drop("event", "state").sort("load_id")

    def seen(self, pin: Pin) -> pl.DataFrame:
        """The deliveries that a pin can see."""
        return self.entries().filter((pl.col("as_of") <= pin.as_of) & (pl.col("load_id") <= pin.load_id))

    def abandoned(self) -> list[int]:
        """The numbers of loads that died before their entry."""
        return sorted(self._journal.rows().filter(pl.col("state") == ABANDONED)["load_id"].to_list())

    def known_files(self) -> frozenset[str]:
        """The sha256 of every file of every visible delivery."""
        files = self.entries().explode("files", empty_as_null=True)["files"].drop_nulls()
        return frozenset(files.struct.field("sha256").to_list()) if len(files) else frozenset()

    def latest_as_of(self) -> date | None:
        """The latest day that any visible delivery declares to cover."""
        latest = self.entries()["as_of"].max()
        return latest if isinstance(latest, date) else None

    def reserve(self, source: str) -> tuple[int, list[int]]:
        """Take the next load number.

        Returns:
            The number, and the numbers of loads that died, whose rows are to be cleared away.
        """
        table, rows = self._journal.snapshot()
        settled = rows.filter(pl.col("state") != RESERVED)["load_id"].to_list()
        dead = sorted(set(rows["load_id"].to_list()) - set(settled))
        number = greatest(rows, "load_id") + 1
        event = greatest(rows, "event") + 1
        records = [{"event": event + i, "state": ABANDONED, "load_id": n} for i, n in enumerate(dead)]
        records.append({"event": event + len(dead), "state": RESERVED, "load_id": number, "source": source})
        self._journal.write_upon(table, records)
        return number, dead

    def publish(self, load_id: int, draft: LoadDraft) -> LoadEntry:
        """Write the entry that makes a delivery visible.

        Raises:
            StoreError: another load became visible, or gave this one up, in the meantime.
        """
        table, rows = self._journal.snapshot()
        gone = rows.filter((pl.col("load_id") == load_id) & (pl.col("state") != RESERVED)).height
        later = rows.filter((pl.col("load_id") > load_id) & (pl.col("state") == LOADED)).height
        if gone or later:
            raise StoreError(
                "Another load ran at the same time and finished first; this delivery was not taken.",
                where=draft.source,
                next_step="Run `fi-workbench load` again.",
            )
        n_rows = {name: frame.height for name, frame in sorted(draft.tables.items())}
        entry = LoadEntry(
            load_id=load_id,
            source=draft.source,
            as_of=draft.as_of,
            scope=draft.scope,
            delivery=draft.delivery,
            loaded_at=draft.loaded_at,
            n_rows=sum(n_rows.values()),
            n_quarantined=draft.quarantine.height,
        )
        record = {
            "event": greatest(rows, "event") + 1,
            "state": LOADED,
            **{name: getattr(entry, name) for name in entry.__dataclass_fields__},
            "coverage_from": draft.coverage_from,
            "coverage_to": draft.coverage_to,
            "files": [{"name": f.name, "sha256": f.sha256, "n_bytes": f.n_bytes} for f in draft.files],
            "tables": [{"table": name, "n_rows": n} for name, n in n_rows.items()],
            "receipt": json.dumps(draft.receipt, sort_keys=True, ensure_ascii=False, default=str),
        }
        self._journal.write_upon(table, [record])
        return entry


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
