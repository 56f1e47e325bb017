"""A delivery on its way into the lake: in parts, none of them visible before the whole is known to be taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import polars as pl

from fi_workbench.contracts import Contract
from fi_workbench.errors import StoreError
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.store import Lake, LoadDraft, LoadEntry, OpenLoad


def draft_of(extract: RawExtract, contract: Contract, as_of: date) -> LoadDraft:
    """What is known of a delivery before its rows are judged."""
    return LoadDraft(
        source=extract.source,
        as_of=as_of,
        coverage_from=extract.coverage_from,
        coverage_to=extract.coverage_to,
        scope=extract.scope,
        delivery=contract.delivery or "full",
        files=extract.files,
        receipt={},
        tables={},
        quarantine=pl.DataFrame(),
        loaded_at=datetime.min.replace(tzinfo=UTC),  # told when it is published
    )


@dataclass(frozen=True)
class Part:
    """A part of a delivery, judged: accepted rows by table, refused ones, and by table what is known of their keys."""

    accepted: dict[str, pl.DataFrame]
    quarantined: pl.DataFrame
    held_back: dict[str, pl.DataFrame]


@contextmanager
def taking_delivery(lake: Lake, draft: LoadDraft) -> Iterator[Taking]:
    """A delivery on its way: what was stored of it is taken back unless it was published."""
    taking = Taking(lake, draft)
    try:
        yield taking
    finally:
        taking.close()


class Taking:
    """Stores the parts of a delivery one behind: the last, mostly the only one, once it is known that it is taken."""

    def __init__(self, lake: Lake, draft: LoadDraft) -> None:
        self._lake = lake
        self._draft = draft
        self._last: Part | None = None
        self._load: OpenLoad | None = None

    def add(self, part: Part) -> None:
        """Store the part before this one."""
        self._store()
        self._last = part

    def publish(self, draft: LoadDraft) -> LoadEntry:
        """Store the last part and make all visible."""
        if self._load is None:
            last = self._last or Part({}, pl.DataFrame(), {})
            return self._lake.append_load(
                replace(draft, tables=last.accepted, quarantine=last.quarantined, held_back=last.held_back)
            )
        self._store()
        entry = self._load.publish(draft)
        self._load = None
        return entry

    def close(self) -> None:
        """Take back what was not published; what cannot be is cleared by the next write, and seen by nobody."""
        if self._load is not None:
            with suppress(StoreError):
                self._load.withdraw()

    def _store(self) -> None:
        if self._last is not None:
            self._load = self._load or self._lake.open_load(self._draft)
            self._load.add(self._last.accepted, self._last.quarantined, self._last.held_back)
            self._last = None
