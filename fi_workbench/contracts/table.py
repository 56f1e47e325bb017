"""Contracts as the rooms use them: frozen, checked, with polars types.

The YAML's own shape is in `document`; these are its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from fi_workbench.contracts.limits import Limits
from fi_workbench.contracts.rules import Rule

CLASSIFICATIONS = ("public", "aggregate", "internal", "pseudonym", "case_reference", "personal", "special")
"""How sensitive a column is, from least to most."""

PERSON_PARTS = ("partner_person", "forename", "surname", "date_of_birth", "postcode", "upn", "nhs_number")
"""What a column of a partner may be of a person, by which people are tied: the partner's own number, and the rest."""

Delivery = Literal["full", "window", "increment"]
HeldBack = Literal["", "former_row_stands", "person_counts"]
LogicalType = Literal["string", "date", "integer", "number", "boolean", "timestamp", "array"]

DTYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "date": pl.Date(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "timestamp": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True)
class Cadence:
    """How often a source is delivered."""

    value: int
    unit: Literal["d", "w", "m", "q", "y"]

    @property
    def days(self) -> int:
        """The usual number of days between deliveries."""
        return self.value * {"d": 1, "w": 7, "m": 31, "q": 92, "y": 366}[self.unit]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        physical_name: the header or tag in the file.
        enum: the allowed codes in the contract's order; empty means any value.
        labels: what each code means.
        code_synonyms: other ways of writing a code, in lower case, and the code that each means.
        formats: accepted ways of writing a date, as in ODCS (yyyy-MM-dd, dd/MM/yyyy).
        placeholders: dates that a source writes for "none", taken as missing.
        missing_tokens: words that a source writes for "none".
        unit: what a number counts, or "code".
        person_part: what the column is of a person; one of `PERSON_PARTS`, or empty.
        whose: whether the column says whose row it is although it may be empty: an erasure of that person takes the
            row, where another column that names the person is emptied.
        belongs_to: `table.column` of the row that this one is a part of, and goes with in an erasure.
    """

    name: str
    physical_name: str
    business_name: str
    description: str
    logical_type: LogicalType
    dtype: pl.DataType
    required: bool
    classification: str
    key_position: int | None = None
    enum: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    code_synonyms: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    person_part: str = ""
    whose: bool = False
    belongs_to: str = ""
    synonyms: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    missing_tokens: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    examples: tuple[str, ...] = ()

    @property
    def is_key(self) -> bool:
        """Whether the column is part of the key."""
        return self.key_position is not None


@dataclass(frozen=True)
class Table:
    """One table: its grain, key, columns and rules.

    Attributes:
        grain: one row per what.
        key: the names of the key's columns in order.
        valid_from: the column that says when a row was or became true, if any.
        source: the source that delivers it; empty for a derived table.
        delivery: full, window or increment; None for a derived table.
        scope: `census_year` when a full delivery replaces only its own census year.
        held_back: what a row of a full delivery means that is held back. Empty: it is absent, as if it had not come.
            `former_row_stands`: the last accepted row of its key stands until the source puts it right.
            `person_counts`: whoever the first column of the key names counts, whatever else is wrong; where that
            cannot be read either, the row stands without a name.
    """

    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    rules: tuple[Rule, ...]
    contract_id: str
    contract_version: str
    source: str = ""
    delivery: Delivery | None = None
    scope: str = "none"
    valid_from: str | None = None
    valid_to: str | None = None
    physical_name: str = ""
    held_back: HeldBack = ""

    def polars_schema(self) -> dict[str, pl.DataType]:
        """Each column's polars type, in the contract's order."""
        return {name: column.dtype for name, column in self.columns.items()}

    @property
    def parents(self) -> tuple[str, ...]:
        """Tables that a foreign key of this one points to."""
        return tuple(sorted({rule.table for rule in self.rules if rule.table}))


@dataclass(frozen=True)
class Contract:
    """One contract file: who delivers what, how often, and its tables.

    Attributes:
        source: the folder name under `extracts/`; empty for derived tables.
        kind: case_system, statutory_return, partner, roster or programme; `derived` for our own tables.
        format: which reader reads it, as `compiling.CHOICES` lists them; empty for derived tables.
        as_of: where the as-of date is read: fileName, header or folder; empty for derived tables.
        coverage: the contract's own words on what the source covers.
        expected: whether every authority is thought to deliver it, so that its absence is worth saying.
        limits: how far a delivery may differ from what is usual.
    """

    id: str
    name: str
    version: str
    owner: str
    purpose: str
    cadence: Cadence | None
    tables: Mapping[str, Table]
    source: str = ""
    kind: str = "derived"
    format: str = ""
    delivery: Delivery | None = None
    scope: str = "none"
    as_of: str = ""
    coverage: str = ""
    expected: bool = True
    limits: Limits = field(default_factory=Limits)
    usage: str = ""
    limitations: str = ""
    path: Path | None = None
    fingerprint: str = ""

    @property
    def is_source(self) -> bool:
        """Whether it describes what someone delivers, rather than what we derive."""
        return bool(self.source)

    def table(self, name: str) -> Table:
        """One of its tables."""
        return self.tables[name]

    def in_order(self) -> tuple[Table, ...]:
        """Its tables, parents before the tables whose rows point to them."""
        done: dict[str, Table] = {}

        def visit(table: Table) -> None:
            if table.name in done:
                return
            for parent in table.parents:
                if parent in self.tables and parent != table.name:
                    visit(self.tables[parent])
            done[table.name] = table

        for table in self.tables.values():
            visit(table)
        return tuple(done.values())
