"""How old each source is at a pin, and what period it covers, from the ledger and the contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from fi_workbench.store.ledger import in_force

if TYPE_CHECKING:
    from fi_workbench.contracts import Contract

CADENCE_ALLOWANCE = 1.5
"""A source is not old before one and a half of its own cadences have passed, whatever the threshold."""

FRESHNESS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "name": pl.String(),
    "kind": pl.String(),
    "loaded": pl.Boolean(),
    "as_of": pl.Date(),
    "coverage_from": pl.Date(),
    "coverage_to": pl.Date(),
    "age_days": pl.Int64(),
    "cadence_days": pl.Int64(),
    "state": pl.String(),
    "n_rows": pl.Int64(),
    "n_quarantined": pl.Int64(),
}


def freshness(seen: pl.DataFrame, sources: Mapping[str, Contract], at: date, *, stale_days: int) -> pl.DataFrame:
    """Say of every source that is expected, or was ever loaded, whether it is fresh, old or absent.

    Args:
        seen: ledger entries that the pin sees.
        sources: contracts by source.
        at: the day from which age is counted, the week's Sunday.
        stale_days: a source is old beyond this many days, or beyond one and a half of its cadences if that is longer.

    Returns:
        `source_freshness`. GRAIN one row per source, by source. `n_rows` and `n_quarantined` are
        those of the deliveries in force.
    """
    loaded = set(seen["source"].to_list())
    told = sorted(name for name, contract in sources.items() if contract.expected or name in loaded)
    rows = [_row(seen.filter(pl.col("source") == name), sources[name], at, stale_days) for name in told]
    return pl.DataFrame(rows, schema=FRESHNESS, orient="row")


def _row(seen: pl.DataFrame, contract: Contract, at: date, stale_days: int) -> dict[str, Any]:
    cadence = contract.cadence.days if contract.cadence is not None else 0
    row: dict[str, Any] = {
        "source": contract.source,
        "name": contract.name,
        "kind": contract.kind,
        "loaded": not seen.is_empty(),
        "cadence_days": cadence,
        "state": "absent",
        "n_rows": 0,
        "n_quarantined": 0,
    }
    latest = seen["as_of"].max()
    if not isinstance(latest, date):
        return row
    age = (at - latest).days
    counted = in_force(seen)
    old = age > max(stale_days, CADENCE_ALLOWANCE * cadence)
    return row | {
        "as_of": latest,
        "coverage_from": seen["coverage_from"].min(),
        "coverage_to": seen["coverage_to"].max(),
        "age_days": age,
        "state": "old" if old else "fresh",
        "n_rows": counted["n_rows"].sum(),
        "n_quarantined": counted["n_quarantined"].sum(),
    }
