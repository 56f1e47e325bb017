"""What the lake hands out and takes in: small frozen records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import polars as pl

CLOCKS: dict[str, pl.DataType] = {
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "as_of": pl.Date(),
    "loaded_at": pl.Datetime("us", "UTC"),
    "load_id": pl.Int64(),
    "row_id": pl.String(),
}
"""What every source table has beside its contract's columns: when true, known up to when, loaded when, by which load,
and which record of which file."""


@dataclass(frozen=True, order=True)
class Pin:
    """What was known at one instant: the only thing that a reader of source tables may name.

    Attributes:
        as_of: deliveries that cover up to a later day are not seen.
        load_id: deliveries loaded later are not seen.
        decision_id: people's decisions taken later are not seen.
    """

    as_of: date
    load_id: int
    decision_id: int

    def __str__(self) -> str:
        """As it stands in manifests."""
        return f"{self.as_of.isoformat()}/{self.load_id}/{self.decision_id}"


class DeliveredFile(Protocol):
    """A file of a delivery, known by its content."""

    @property
    def name(self) -> str:
        """Its name as delivered."""

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""

    @property
    def n_bytes(self) -> int:
        """Its size."""


@dataclass(frozen=True)
class LoadDraft:
    """A delivery that has been read and checked, and is about to be appended.

    Attributes:
        as_of: the day that the source declares its extract covers up to.
        scope: empty, or the part ("2026") whose former full delivery this one replaces.
        delivery: full, window or increment.
        receipt: how every record read was accounted for; plain values that JSON can hold.
        tables: accepted rows by table: the contract's columns and `row_id`. A table that was delivered without rows
            is there with an empty frame; a table that was not delivered is not there.
        held_back: by table whose contract says what a row that is held back means, what could be read of the keys of
            refused rows: the key's columns, null where they could not be read, and `row_id`.
        quarantine: refused rows: source, table, file, line, record, rules, reasons, raw, contract_version, as_of.
    """

    source: str
    as_of: date
    coverage_from: date | None
    coverage_to: date | None
    scope: str
    delivery: str
    files: Sequence[DeliveredFile]
    receipt: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame] = field(repr=False)
    quarantine: pl.DataFrame = field(repr=False)
    loaded_at: datetime
    held_back: Mapping[str, pl.DataFrame] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class LoadEntry:
    """A delivery in the ledger, and therefore visible.

    Attributes:
        n_standing: rows of former deliveries that stand in place of refused ones, told once: the ledger keeps it in
            the receipt.
    """

    load_id: int
    source: str
    as_of: date
    scope: str
    delivery: str
    loaded_at: datetime
    n_rows: int
    n_quarantined: int
    n_standing: int = 0


@dataclass(frozen=True)
class Run:
    """One making of a week: all that is needed to make it again, to the byte.

    Attributes:
        run_id: a hash of the fields below except `made_at`, so that the same inputs are the same run.
        settings_text: the settings themselves, not only their fingerprint.
        made_at: when the run was first opened; a resumed run keeps it.
        outcome: empty while the run is open, else what `close_run` was told.
        erasure_touched: the names of erasures (never of people) that took away something this run had read.
    """

    week: str
    run_id: str
    pin: Pin
    settings_fingerprint: str
    settings_text: str = field(repr=False)
    model_version: str | None
    code_version: str
    made_at: datetime
    outcome: str = ""
    erasure_touched: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether all of it was made."""
        return bool(self.outcome)


@dataclass(frozen=True)
class WrittenTable:
    """A derived table as written for a run, not yet visible to readers.

    Attributes:
        content: hash of the rows: equal rows have equal names, so a week made again can be compared with the first.
    """

    week: str
    table: str
    content: str
    n_rows: int


@dataclass(frozen=True)
class StageRecord:
    """A stage that is done: its tables can be read."""

    week: str
    run_id: str
    stage: str
    fingerprint: str
    rows: Mapping[str, int]
    contents: Mapping[str, str]
    recorded_at: datetime
