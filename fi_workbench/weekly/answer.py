"""A table as a guide notebook shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

_SHOWN = 30


@dataclass(frozen=True)
class Answer:
    """A table as a notebook shows it: whole sentences, and its first rows where it is long."""

    frame: pl.DataFrame

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> Answer:
        """Facts by name. GRAIN: one row per fact."""
        told = {name: f"{fact:,.3f}" if isinstance(fact, float) else str(fact) for name, fact in facts.items()}
        return cls(pl.DataFrame({"what": list(told), "is": list(told.values())}))

    def _repr_markdown_(self) -> str:
        lines = [
            "| " + " | ".join(self.frame.columns) + " |",
            "|" + "---|" * self.frame.width,
            *(_line(row) for row in self.frame.head(_SHOWN).rows()),
        ]
        left = self.frame.height - _SHOWN
        more = f"and {left:,} rows more" if left > 0 else "" if self.frame.height else "No rows."
        return "\n".join(lines) + (f"\n\n{more}" if more else "")


def _line(row: tuple[object, ...]) -> str:
    return "| " + " | ".join("" if cell is None else str(cell).replace("|", "\\|") for cell in row) + " |"
