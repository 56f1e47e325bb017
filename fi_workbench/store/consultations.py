"""What was asked of the evidence and what was chosen after it: append-only, and without a reference to anybody.

Apart from people's decisions on purpose: a question changes no week, so it must not change a pin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from fi_workbench.store.journal import Journal
from fi_workbench.store.place import Place

CONSULTATIONS: dict[str, pl.DataType] = {
    "consultation_id": pl.Int64(),
    "kind": pl.String(),
    "question": pl.String(),
    "content": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}


class Consultations:
    """The one table of questions asked and choices made."""

    def __init__(self, place: Place) -> None:
        self.journal = Journal(place, "consultations", CONSULTATIONS)

    def add(self, kind: str, question: str, content: Mapping[str, Any], *, at: datetime) -> int:
        """Write down one and return its number."""
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        return self.journal.write({"kind": kind, "question": question, "content": text, "at": at})

    def of(self, kind: str, question: str | None = None) -> pl.DataFrame:
        """Those of a kind, oldest first. GRAIN one row per consultation; `content` is JSON text."""
        rows = self.journal.rows().filter(pl.col("kind") == kind)
        return rows if question is None else rows.filter(pl.col("question") == question)
