"""Refused rows, kept with every reason, the file, the line and the raw text, until the source puts them right."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store import delta, numbered
from fi_workbench.store.ledger import QUARANTINE as NAME
from fi_workbench.store.ledger import Begun, Ledger
from fi_workbench.store.numbered import ROW_NUMBER, StoredRows
from fi_workbench.store.place import Place

if TYPE_CHECKING:
    from deltalake import DeltaTable

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


def uri(place: Place) -> str:
    """Where refused rows are."""
    return place.table("records", NAME)


class QuarantineWriter:
    """Keeps a delivery's refused rows; columns that a part leaves out are filled from the delivery."""

    def __init__(self, place: Place, source: str, as_of: date, begun: Begun) -> None:
        self._uri = uri(place)
        self._filled = {"source": pl.lit(source), "as_of": pl.lit(as_of)}
        self._load_id = begun.load_id
        self._first = self._last = begun.last_rows.get(NAME, 0)
        self._written: DeltaTable | None = None

    def add(self, refused: pl.DataFrame) -> None:
        """Keep a part."""
        if refused.is_empty():
            return
        lacking = {name: self._filled.get(name, pl.lit(None)) for name in QUARANTINE if name not in refused.columns}
        lacking["load_id"] = pl.lit(self._load_id)
        rows = refused.with_columns(**lacking).select(pl.col(n).cast(t) for n, t in QUARANTINE.items())
        table = self._written or numbered.open_clean(self._uri, self._last)
        self._written = numbered.append(self._uri, table, rows, self._last)
        self._last += rows.height

    def stored(self) -> StoredRows:
        """Where the rows are."""
        ranges = [(self._first + 1, self._last)] if self._last > self._first else []
        return StoredRows(self._last, ranges, self._written)

    def withdraw(self) -> None:
        """Take back what was kept."""
        if self._written is not None:
            numbered.open_clean(self._uri, self._first)


def read(place: Place, ledger: Ledger) -> pl.DataFrame:
    """Refused rows of visible deliveries. GRAIN one row per refused record, by load, table, file, line and record."""
    held = delta.snapshot(uri(place))
    if held is None:
        return pl.DataFrame(schema=QUARANTINE)
    visible = ledger.membership(NAME).select(ROW_NUMBER)
    rows = delta.scan(held).collect().join(visible, on=ROW_NUMBER, how="semi").select(list(QUARANTINE))
    return rows.cast(pl.Schema(QUARANTINE)).sort("load_id", "table", "file", "line", "record", maintain_order=True)


def count(place: Place, about: pl.Expr) -> int:
    """How many records a condition names."""
    if not delta.exists(uri(place)):
        return 0
    return int(delta.scan(uri(place)).filter(about).select(pl.len()).collect().item())


def rewrite(place: Place, about: pl.Expr) -> int:
    """Take out the rows that a condition names, and forget what was there: for an erasure only; return how many."""
    if not delta.exists(uri(place)):
        return 0
    gone = delta.scan(uri(place)).filter(about).select(ROW_NUMBER).collect()[ROW_NUMBER]
    if len(gone):
        delta.delete(uri(place), where=numbered.condition(gone))
    delta.vacuum(uri(place), hours=0)
    return len(gone)
