"""What became of each delivery, with every record accounted for. A receipt can be shown to whoever delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from fi_workbench.errors import StoreError
from fi_workbench.loaders.profile import TableProfile
from fi_workbench.loaders.raw import Note

Outcome = Literal["loaded", "nothing_new", "held", "refused"]


@dataclass(frozen=True)
class TableReceipt:
    """The records of one table of a delivery.

    Attributes:
        n_read: every record and non-record of the file.
        n_held: records that wait, with their delivery, for a person.
        non_records: header, blank, footer and other lines that are no record, by kind.
        by_rule: quarantined records by the rule they break; one that breaks two counts under both.
        flags: accepted records by the warning they raise.
    """

    table: str
    n_read: int
    n_accepted: int = 0
    n_quarantined: int = 0
    n_duplicates: int = 0
    n_held: int = 0
    non_records: Mapping[str, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)

    @property
    def n_non_records(self) -> int:
        """Lines that are no record."""
        return sum(self.non_records.values())

    def __add__(self, other: TableReceipt) -> TableReceipt:
        """The records of two parts of one table."""
        return TableReceipt(
            table=self.table,
            n_read=self.n_read + other.n_read,
            n_accepted=self.n_accepted + other.n_accepted,
            n_quarantined=self.n_quarantined + other.n_quarantined,
            n_duplicates=self.n_duplicates + other.n_duplicates,
            n_held=self.n_held + other.n_held,
            non_records=_sum(self.non_records, other.non_records),
            by_rule=_sum(self.by_rule, other.by_rule),
            flags=_sum(self.flags, other.flags),
        )

    def assert_balanced(self, where: str) -> None:
        """The one law: read = accepted + quarantined + exact duplicates + held + non-records.

        Raises:
            StoreError: it does not add up; nothing of the delivery may be published.
        """
        told = self.n_accepted + self.n_quarantined + self.n_duplicates + self.n_held + self.n_non_records
        if told != self.n_read:
            raise StoreError(
                "The records of a file do not add up, so nothing of it was taken.",
                where=f"{where}, table {self.table}",
                how_many=f"{self.n_read:,} read, {told:,} accounted for",
                next_step="This is a fault of the loader, not of the file: report it.",
            )

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "table": self.table,
            "n_read": self.n_read,
            "n_accepted": self.n_accepted,
            "n_quarantined": self.n_quarantined,
            "n_duplicates": self.n_duplicates,
            "n_held": self.n_held,
            "n_non_records": self.n_non_records,
            "non_records": dict(self.non_records),
            "by_rule": dict(self.by_rule),
            "flags": dict(self.flags),
        }


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    if not first or not second:
        return dict(first or second)
    return {name: first.get(name, 0) + second.get(name, 0) for name in sorted({*first, *second})}


@dataclass(frozen=True)
class Receipt:
    """What became of one delivery.

    Attributes:
        files: names under `extracts/`.
        outcome: `loaded`; `nothing_new` (loaded before, byte for byte); `held` (waits for a person); `refused`
            (cannot be read as what it claims to be; nothing of it was taken).
        message: one paragraph for a person; never a person's values.
        profiles: what a delivery that could be read looked like, by table.
        alarms: breaking changes of the source for which the delivery is held or refused, by rule.
        accepted_by: who took the delivery although it was held, and why; empty where nobody had to.
    """

    source: str
    files: tuple[str, ...]
    outcome: Outcome
    message: str
    as_of: date | None = None
    scope: str = ""
    tables: tuple[TableReceipt, ...] = ()
    notes: tuple[Note, ...] = ()
    load_id: int | None = None
    profiles: Mapping[str, TableProfile] = field(default_factory=dict, repr=False)
    alarms: tuple[str, ...] = ()
    accepted_by: str = ""

    @property
    def n_read(self) -> int:
        """Records and non-records read."""
        return sum(table.n_read for table in self.tables)

    @property
    def n_accepted(self) -> int:
        """Records accepted."""
        return sum(table.n_accepted for table in self.tables)

    @property
    def n_quarantined(self) -> int:
        """Records refused, each kept with its reasons."""
        return sum(table.n_quarantined for table in self.tables)

    @property
    def n_duplicates(self) -> int:
        """Exact repetitions of accepted records."""
        return sum(table.n_duplicates for table in self.tables)

    @property
    def n_held(self) -> int:
        """Records that wait for a person."""
        return sum(table.n_held for table in self.tables)

    @property
    def n_non_records(self) -> int:
        """Lines that are no record."""
        return sum(table.n_non_records for table in self.tables)

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON, as `--json` prints them."""
        return {
            "source": self.source,
            "files": list(self.files),
            "outcome": self.outcome,
            "message": self.message,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "scope": self.scope,
            "load_id": self.load_id,
            "alarms": list(self.alarms),
            "accepted_by": self.accepted_by,
            "n_read": self.n_read,
            "n_accepted": self.n_accepted,
            "n_quarantined": self.n_quarantined,
            "n_duplicates": self.n_duplicates,
            "n_held": self.n_held,
            "n_non_records": self.n_non_records,
            "tables": [table.facts() for table in self.tables],
            "notes": [{"what": note.what, "where": note.where, "how_many": note.how_many} for note in self.notes],
        }

    def ledger_facts(self) -> dict[str, Any]:
        """What the ledger keeps: the facts, and what the delivery looked like."""
        return self.facts() | {"profile": {name: one.facts() for name, one in self.profiles.items()}}


@dataclass(frozen=True)
class LoadReport:
    """Every receipt of one load, in the order in which deliveries were tried.

    Attributes:
        n_ignored: hidden files, READMEs and what other programs leave in folders.
        withdrawn: pages that were removed, since what was loaded says that somebody on them may be on none.
    """

    receipts: tuple[Receipt, ...]
    n_ignored: int = 0
    withdrawn: tuple[str, ...] = ()

    @property
    def n_loaded(self) -> int:
        """Deliveries that were loaded."""
        return sum(receipt.outcome == "loaded" for receipt in self.receipts)

    @property
    def alarms(self) -> tuple[Receipt, ...]:
        """Deliveries that are held or refused for a breaking change of their source."""
        return tuple(receipt for receipt in self.receipts if receipt.alarms)

    @property
    def waits(self) -> bool:
        """Whether something waits for a person: a delivery held or refused, or records quarantined."""
        return any(receipt.outcome in {"held", "refused"} or receipt.n_quarantined for receipt in self.receipts)
