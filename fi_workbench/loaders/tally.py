"""What a delivery comes to, counted part by part: its receipt, its holds and its notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fi_workbench.contracts import Checked, Contract
from fi_workbench.loaders.date_order import DateOrder
from fi_workbench.loaders.drafting import findings, table_receipt
from fi_workbench.loaders.profile import TableProfile, profile
from fi_workbench.loaders.raw import Hold, Note, RawTable
from fi_workbench.loaders.receipts import TableReceipt


class Tally:
    """Counts the parts of one delivery."""

    def __init__(self, contract: Contract) -> None:
        self._read: dict[str, TableReceipt] = {}
        self._judged: dict[str, TableReceipt] = {}
        self._dates = DateOrder(contract)
        self._notes: dict[tuple[str, str], int] = {}
        self._contract = contract
        self.profiles: dict[str, TableProfile] = {}

    def read(self, tables: Iterable[RawTable], checked: Mapping[str, Checked] | None = None) -> None:
        """Count a part that has been read, and judged where it was."""
        for table in tables:
            self._dates.count(table, checked[table.table].by_rule if checked is not None else None)
            one = TableReceipt(
                table=table.table,
                n_read=table.rows.height + sum(table.non_records.values()),
                n_held=table.rows.height,
                non_records=table.non_records,
            )
            self._read[table.table] = self._read.get(table.table, TableReceipt(table.table, 0)) + one

    def judged(self, tables: Iterable[RawTable], checked: Mapping[str, Checked]) -> None:
        """Count what became of a part."""
        for table in tables:
            one = table_receipt(table, checked[table.table])
            self._judged[table.table] = self._judged.get(table.table, TableReceipt(table.table, 0)) + one
            seen = profile(table.rows, checked[table.table], self._contract.table(table.table))
            self.profiles[table.table] = self.profiles.get(table.table, TableProfile()) + seen
        for note in findings(checked):
            key = (note.what, note.where)
            self._notes[key] = self._notes.get(key, 0) + note.how_many

    @property
    def n_rows(self) -> int:
        """Records read."""
        return sum(table.n_held for table in self._read.values())

    @property
    def n_accepted(self) -> int:
        """Records accepted."""
        return sum(table.n_accepted for table in self._judged.values())

    def waiting(self) -> tuple[TableReceipt, ...]:
        """Every record counted as held."""
        return tuple(self._read.values())

    def receipts(self) -> tuple[TableReceipt, ...]:
        """Every record accounted for, by table."""
        return tuple(self._judged.values())

    def date_holds(self) -> list[Hold]:
        """Why the delivery waits for its dates."""
        return self._dates.holds()

    def notes(self) -> list[Note]:
        """What was read leniently."""
        return [Note(what, where, n) for (what, where), n in self._notes.items()]
