"""Refused rows, kept with every reason, the file, the line and the raw text, until the source puts them right."""

from __future__ import annotations

import polars as pl

from fi_workbench.store import delta, numbered
from fi_workbench.store.ledger import QUARANTINE as NAME
from fi_workbench.store.ledger import Begun, Ledger
from fi_workbench.store.numbered import ROW_NUMBER, StoredRows
from fi_workbench.store.place import Place
from fi_workbench.store.records import LoadDraft

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


def store(place: Place, draft: LoadDraft, begun: Begun) -> StoredRows:
    """Keep a delivery's refused rows; columns that the draft leaves out are filled from the delivery."""
    last_row = begun.last_rows.get(NAME, 0)
    if draft.quarantine.is_empty():
        return StoredRows(last_row, [])
    filled = {"source": pl.lit(draft.source), "as_of": pl.lit(draft.as_of)}
    lacking = {name: filled.get(name, pl.lit(None)) for name in QUARANTINE if name not in draft.quarantine.columns}
    lacking["load_id"] = pl.lit(begun.load_id)
    rows = draft.quarantine.with_columns(**lacking).select(pl.col(n).cast(t) for n, t in QUARANTINE.items())
    written = numbered.append(uri(place), numbered.open_clean(uri(place), last_row), rows, last_row)
    return StoredRows(last_row + rows.height, [(last_row + 1, last_row + rows.height)], written)


def read(place: Place, ledger: Ledger) -> pl.DataFrame:
    """Refused rows of visible deliveries. GRAIN one row per refused record, by load, table, file, line and record."""
    held = delta.snapshot(uri(place))
    if held is None:
        return pl.DataFrame(schema=QUARANTINE)
    visible = ledger.membership(NAME, None).select(ROW_NUMBER)
    rows = delta.scan(held).collect().join(visible, on=ROW_NUMBER, how="semi").select(list(QUARANTINE))
    return rows.cast(pl.Schema(QUARANTINE)).sort("load_id", "table", "file", "line", "record", maintain_order=True)


def rewrite(place: Place, about: pl.Expr) -> int:
    """Take out the rows that a condition names, and forget what was there: for an erasure only; return how many."""
    if not delta.exists(uri(place)):
        return 0
    gone = delta.scan(uri(place)).filter(about).select(ROW_NUMBER).collect()[ROW_NUMBER]
    if len(gone):
        delta.delete(uri(place), where=numbered.condition(gone))
    delta.vacuum(uri(place), hours=0)
    return len(gone)
