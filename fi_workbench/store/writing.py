"""A delivery on its way into the lake: stored part by part, seen by nobody until it is published or withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store import source_tables
from fi_workbench.store.ledger import QUARANTINE, Ledger
from fi_workbench.store.place import Place
from fi_workbench.store.quarantine import QuarantineWriter
from fi_workbench.store.records import LoadDraft, LoadEntry
from fi_workbench.store.source_tables import TableWriter

if TYPE_CHECKING:
    from fi_workbench.contracts import Catalogue

ROWS_TOGETHER = 120_000
"""Rows of all tables that are gathered before some are written: few files, and memory that does not grow."""


class OpenLoad:
    """Stores a delivery of which nobody knows yet whether it will be taken.

    Args:
        place: the lake's root.
        catalogue: the contracts.
        ledger: where it will be published.
        draft: what is known of the delivery; `receipt`, `tables` and `quarantine` are not looked at.
    """

    def __init__(self, place: Place, catalogue: Catalogue, ledger: Ledger, draft: LoadDraft) -> None:
        self._place = place
        self._catalogue = catalogue
        self._ledger = ledger
        self._delivery = draft.delivery
        self._begun = ledger.begin()
        self._tables: dict[str, TableWriter] = {}
        self._quarantine = QuarantineWriter(place, draft.source, draft.as_of, self._begun)
        self._gathered: dict[str, list[pl.DataFrame]] = {}
        self._waiting: Counter[str] = Counter()
        self._n_rows: Counter[str] = Counter({QUARANTINE: 0})
        self._held_back: dict[str, list[pl.DataFrame]] = {}

    def add(
        self,
        tables: Mapping[str, pl.DataFrame],
        quarantine: pl.DataFrame,
        held_back: Mapping[str, pl.DataFrame] | None = None,
    ) -> None:
        """Store a part: accepted rows by table, refused rows, and what is known of the keys of those.

        Raises:
            DiskFullError: no room; the lake reads as before.
            StoreError: the rows do not fit the contract's columns.
        """
        for name in sorted(tables):
            if name not in self._tables:
                last_row = self._begun.last_rows.get(name, 0)
                table = self._catalogue.table(name)
                self._tables[name] = TableWriter(self._place, table, self._delivery, last_row)
            self._gather(name, tables[name])
        self._gather(QUARANTINE, quarantine)
        for name, keys in (held_back or {}).items():
            self._held_back.setdefault(name, []).append(keys)

    def publish(self, draft: LoadDraft) -> LoadEntry:
        """Make all parts visible at once.

        Raises:
            DiskFullError: no room; the lake reads as before.
            StoreError: another load ran at the same time.
        """
        for name in list(self._gathered):
            self._write(name)
        n_standing = sum(self._stand(draft, name, pl.concat(keys)) for name, keys in sorted(self._held_back.items()))
        stored = {name: table.stored() for name, table in self._tables.items()}
        stored[QUARANTINE] = self._quarantine.stored()
        for name, rows in stored.items():
            rows.check_untouched(name)
        return self._ledger.publish(self._begun, draft, stored, self._n_rows, n_standing)

    def _stand(self, draft: LoadDraft, name: str, keys: pl.DataFrame) -> int:
        """Let refused rows of a table mean what its contract says; return how many former rows stand for them."""
        table = self._catalogue.table(name)
        if keys.is_empty():
            return 0
        if table.held_back == "person_counts":
            self._tables[name].add(source_tables.prepare(source_tables.of_persons(keys, table), table))
            return 0
        return self._tables[name].let_stand(keys, self._ledger.former(draft, name))

    def withdraw(self) -> None:
        """Take back every part."""
        self._gathered.clear()
        for table in self._tables.values():
            table.withdraw()
        self._quarantine.withdraw()

    def _gather(self, name: str, rows: pl.DataFrame) -> None:
        self._n_rows[name] += rows.height
        self._waiting[name] += rows.height
        self._gathered.setdefault(name, []).append(rows)
        while sum(self._waiting.values()) >= ROWS_TOGETHER:
            ((longest, _),) = self._waiting.most_common(1)
            self._write(longest)

    def _write(self, name: str) -> None:
        del self._waiting[name]
        frames = self._gathered.pop(name)
        rows = frames[0] if len(frames) == 1 else pl.concat(frames)
        if name == QUARANTINE:
            self._quarantine.add(rows)
        else:
            self._tables[name].add(source_tables.prepare(rows, self._catalogue.table(name)))
