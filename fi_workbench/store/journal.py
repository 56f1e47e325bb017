"""A small append-only table of numbered records: ledger, decisions, runs, stages, erasures.

Numbers only grow and are never given twice: of two writers who take the same number at once, one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from fi_workbench.store import delta
from fi_workbench.store.place import Place, reading

if TYPE_CHECKING:
    from deltalake import DeltaTable


class Journal:
    """A numbered, append-only Delta table with a fixed schema.

    Args:
        place: the lake's root.
        name: the table's name under `records/`.
        schema: its columns; the first is the number, Int64.
        beside: further columns that are too long to be read with the others.
    """

    def __init__(
        self,
        place: Place,
        name: str,
        schema: Mapping[str, pl.DataType],
        *,
        beside: Mapping[str, pl.DataType] | None = None,
    ) -> None:
        self._name = name
        self._uri = place.table("records", name)
        self._schema = pl.Schema(schema)
        self._whole_schema = pl.Schema({**schema, **(beside or {})})
        self._number = next(iter(schema))
        self._table: DeltaTable | None = None
        self._read: tuple[int, pl.DataFrame] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Travel to another process without what was opened in this one."""
        return {**self.__dict__, "_table": None, "_read": None}

    @property
    def uri(self) -> str:
        """Where it is."""
        return self._uri

    def rows(self) -> pl.DataFrame:
        """Every record, by number."""
        return self.snapshot()[1]

    def last(self) -> int:
        """The number of the last record; 0 when there is none."""
        return greatest(self.rows(), self._number)

    def write(self, record: Mapping[str, Any]) -> int:
        """Append one record under the next number, and return the number.

        Raises:
            StoreError: someone else took the number at the same time.
        """
        table, rows = self.snapshot()
        number = greatest(rows, self._number) + 1
        self.write_upon(table, {self._number: number, **record})
        return number

    def snapshot(self) -> tuple[DeltaTable | None, pl.DataFrame]:
        """The table at its latest commit and its rows, for a decision that `write_upon` then rests on."""
        with reading(f"records/{self._name}"):
            if self._table is None:
                self._table = delta.snapshot(self._uri)
            else:
                self._table.update_incremental()
            if self._table is None:
                return None, pl.DataFrame(schema=self._schema)
            version = int(self._table.version())
            if self._read is None or self._read[0] != version:
                rows = delta.scan(self._table).select(list(self._schema)).collect()
                self._read = (version, rows.cast(self._schema).sort(self._number, maintain_order=True))
        return self._table, self._read[1]

    def beside(self) -> pl.LazyFrame:
        """Every record with the columns that are not read with the others, in no order."""
        table, _ = self.snapshot()
        return (
            pl.LazyFrame(schema=self._whole_schema)
            if table is None
            else delta.scan(table).select(list(self._whole_schema))
        )

    def write_upon(self, table: DeltaTable | None, record: Mapping[str, Any]) -> None:
        """Append a numbered record, refused if anyone wrote since the snapshot was taken.

        Raises:
            StoreError: someone did.
        """
        frame = pl.DataFrame([record], schema=self._whole_schema, orient="row")
        count = (self._name, int(record[self._number]))
        self._table = None  # opened anew should the write fail
        delta.append(self._uri if table is None else table, frame, statistics=[self._number], count=count)
        self._table = table

    def rewrite(self, rows: pl.DataFrame) -> None:
        """Put other rows in the place of all, and forget what was there: for an erasure only."""
        self._table = None
        delta.replace(self._uri, rows, where=f"{self._number} >= 0", statistics=[self._number])
        delta.vacuum(self._uri, hours=0)


def greatest(rows: pl.DataFrame, number: str) -> int:
    """The greatest number in a column; 0 when there is none."""
    found = rows[number].max()
    return found if isinstance(found, int) else 0
