"""Refused rows, kept with every reason, the file, the line and the raw text, until the source puts them right."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fi_workbench.store import delta
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
STATISTICS = ("load_id",)


def uri(place: Place) -> str:
    """Where refused rows are."""
    return place.table("records", "quarantine")


def store(place: Place, draft: LoadDraft, load_id: int) -> None:
    """Keep a delivery's refused rows; columns that the draft leaves out are filled from the delivery."""
    if draft.quarantine.is_empty():
        return
    filled = {"source": pl.lit(draft.source), "as_of": pl.lit(draft.as_of)}
    lacking = {name: filled.get(name, pl.lit(None)) for name in QUARANTINE if name not in draft.quarantine.columns}
    lacking["load_id"] = pl.lit(load_id)
    rows = draft.quarantine.with_columns(**lacking).select(pl.col(n).cast(t) for n, t in QUARANTINE.items())
    delta.append(uri(place), rows, statistics=STATISTICS)


def clear(place: Place, dead: Sequence[int]) -> None:
    """Take away the refused rows of loads that died before their ledger entry."""
    if delta.exists(uri(place)):
        delta.delete(uri(place), where=f"load_id IN ({', '.join(map(str, dead))})")


def read(place: Place, loads: Sequence[int]) -> pl.DataFrame:
    """Refused rows of some loads. GRAIN one row per refused record, by load, table, file, line and record."""
    if not loads or not delta.exists(uri(place)):
        return pl.DataFrame(schema=QUARANTINE)
    rows = delta.scan(uri(place)).filter(pl.col("load_id").is_in(sorted(loads))).select(list(QUARANTINE)).collect()
    return rows.cast(pl.Schema(QUARANTINE)).sort("load_id", "table", "file", "line", "record", maintain_order=True)


def rewrite(place: Place, about: pl.Expr) -> int:
    """Take out the rows that a condition names, and forget what was there: for an erasure only; return how many."""
    if not delta.exists(uri(place)):
        return 0
    rows = delta.scan(uri(place)).collect()
    gone = rows.filter(about)
    left = rows.filter(~about.fill_null(value=False))
    for load_id in gone["load_id"].unique().sort().to_list():
        delta.replace(
            uri(place), left.filter(pl.col("load_id") == load_id), where=f"load_id = {load_id}", statistics=STATISTICS
        )
    delta.vacuum(uri(place), hours=0)
    return gone.height
