"""What people decided: links and unlinks, approvals, releases. Append-only, dated, never applied backwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from fi_workbench.store.journal import Journal
from fi_workbench.store.place import Place
from fi_workbench.store.records import Pin

DECISIONS: dict[str, pl.DataType] = {
    "decision_id": pl.Int64(),
    "kind": pl.String(),
    "subject": pl.String(),
    "decision": pl.String(),
    "by": pl.String(),
    "reason": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}


class Decisions:
    """The one table of people's decisions."""

    def __init__(self, place: Place) -> None:
        self.journal = Journal(place, "decisions", DECISIONS)

    def last(self) -> int:
        """The number of the latest decision; 0 when there is none."""
        return self.journal.last()

    def add(self, kind: str, subject: str, decision: Mapping[str, Any], *, by: str, reason: str, at: datetime) -> int:
        """Write down a decision and return its number."""
        text = json.dumps(decision, sort_keys=True, ensure_ascii=False, default=str)
        return self.journal.write(
            {"kind": kind, "subject": subject, "decision": text, "by": by, "reason": reason, "at": at}
        )

    def of(self, kind: str, pin: Pin | None) -> pl.DataFrame:
        """Decisions of a kind, oldest first; with a pin, those that had been taken by then.

        Returns:
            GRAIN one row per decision; `decision` is JSON text.
        """
        rows = self.journal.rows().filter(pl.col("kind") == kind)
        return rows if pin is None else rows.filter(pl.col("decision_id") <= pin.decision_id)
