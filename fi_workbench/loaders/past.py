"""Earlier deliveries of a source as the ledger has them: how many rows, and what they looked like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from fi_workbench.loaders.profile import TableProfile


@dataclass(frozen=True)
class Past:
    """One delivery.

    Attributes:
        rows: accepted.
        receipt: JSON, read only where it is asked for, since a ledger holds thousands.
        known: what it looked like, where that was just counted.
    """

    as_of: date
    rows: int
    receipt: str = ""
    known: Mapping[str, TableProfile] | None = None

    @cached_property
    def profiles(self) -> Mapping[str, TableProfile]:
        """What it looked like, by table; empty for a delivery from before profiles were kept."""
        if self.known is not None:
            return self.known
        kept = json.loads(self.receipt).get("profile", {})
        return {name: TableProfile.of_facts(facts) for name, facts in kept.items()}
