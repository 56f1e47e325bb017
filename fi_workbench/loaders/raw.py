"""What a reader hands over: the text of every record of a delivery, before any contract is applied.

Reading and checking are apart. A reader knows a kind of file (delimited text, census XML, a set of return files)
and turns it into rows of text with their line and record number; the contract then says which rows are accepted.
Nothing here holds a typed value, so nothing can have been lost to a wrong guess of type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from fi_workbench.contracts import Contract
from fi_workbench.settings import Settings

FILE = "_file"
LINE = "_line"
RECORD = "_record"
RAW = "_raw"
DEFECT = "_defect"
"""Optional column of `RawTable.rows`: null, or `rule_name: plain reason` for a record whose fields cannot be told
apart (too few fields, an element twice). Such a row is quarantined with that rule and no other is tried on it."""


@dataclass(frozen=True)
class Note:
    """Something seen and said; never a person's value."""

    what: str
    where: str = ""
    how_many: int = 0


@dataclass(frozen=True)
class Hold:
    """Why a delivery waits for a person, until it is accepted (or its as-of date is given).

    Attributes:
        alarm: whether it is a breaking change of the source, which only a named person with a reason accepts.
    """

    rule: str
    reason: str
    next_step: str
    alarm: bool = False


@dataclass(frozen=True)
class RawFile:
    """A file of a delivery, known by its content."""

    name: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True)
class RawTable:
    """The records of one contract table as text.

    Attributes:
        table: the contract table's name.
        rows: every contract column as String (raw text, null where absent), and `_file` (String), `_line` (Int64,
            the physical line where the record starts), `_record` (Int64, from 1 within file and table), `_raw`
            (String, the record as it stood); optionally `_defect` (String).
        non_records: lines that are no record, counted by kind: header, blank, footer, repeated_header.
        text_of: where `rows` lacks `_raw`: the text of rows of it, asked only for those that need it.
    """

    table: str
    rows: pl.DataFrame
    non_records: dict[str, int] = field(default_factory=dict)
    text_of: Callable[[pl.DataFrame], pl.Series] | None = field(default=None, repr=False)

    def sound(self) -> pl.DataFrame:
        """The rows whose fields can be told apart."""
        return self.rows.filter(pl.col(DEFECT).is_null()) if DEFECT in self.rows.columns else self.rows

    def with_text(self) -> pl.DataFrame:
        """The rows with `_raw` and `_defect`, whether they were read at once or record by record."""
        rows = self.rows if self.text_of is None else self.rows.with_columns(self.text_of(self.rows).alias(RAW))
        return rows if DEFECT in rows.columns else rows.with_columns(pl.lit(None, pl.String).alias(DEFECT))


class Batches(Protocol):
    """A large delivery in parts that can be judged one after another: no key stands in two of them."""

    def __iter__(self) -> Iterator[tuple[RawTable, ...]]:
        """Every table of the contract in each part; records are numbered through the whole file."""
        ...

    def notes(self) -> tuple[Note, ...]:
        """What was seen in the parts taken so far."""
        ...


@dataclass(frozen=True)
class RawExtract:
    """One delivery of one source, read but not judged.

    Attributes:
        scope: empty, or the census year ("2026") whose former full delivery this one replaces.
        batches: a delivery too large to hold whole, in parts; `tables` is empty then.
    """

    source: str
    files: tuple[RawFile, ...]
    as_of: date | None
    coverage_from: date | None
    coverage_to: date | None
    scope: str
    tables: tuple[RawTable, ...]
    notes: tuple[Note, ...] = ()
    holds: tuple[Hold, ...] = ()
    batches: Batches | None = field(default=None, repr=False)

    def parts(self) -> Iterator[tuple[RawTable, ...]]:
        """The tables in parts: one, but for a large delivery."""
        return iter((self.tables,)) if self.batches is None else iter(self.batches)

    def all_notes(self) -> tuple[Note, ...]:
        """The notes, those of the parts taken so far included."""
        return self.notes if self.batches is None else (*self.notes, *self.batches.notes())


class Reader(Protocol):
    """Reads one delivery.

    Raises:
        RefusedFileError: a file is not what it claims to be; nothing of the delivery is taken.
    """

    def __call__(
        self, files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None
    ) -> RawExtract:
        """Read the files of one delivery into rows of text."""
        ...
