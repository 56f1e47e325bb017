"""A small append-only table of numbered records: ledger, decisions, runs, stages, erasures.

Numbers only grow and are never given twice: of two writers who take the same number at once, one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fi_workbench.store import delta
from fi_workbench.store.place import Place


class Journal:
    """A numbered, append-only Delta table with a fixed schema.

    Args:
        place: the lake's root.
        name: the table's name under `records/`.
        schema: its columns; the first is the number, Int64.
    """

    def __init__(self, place: Place, name: str, schema: Mapping[str, pl.DataType]) -> None:
        self._name = name
        self._uri = place.table("records", name)
        self._schema = pl.Schema(schema)
        self._number = next(iter(schema))
        self._read: tuple[int, pl.DataFrame] | None = None

    @property
    def uri(self) -> str:
        """Where it is."""
        return self._uri

    def rows(self) -> pl.DataFrame:
        """Every record, by number."""
        return self._rows_of(delta.snapshot(self._uri))

    def last(self) -> int:
        """The number of the last record; 0 when there is none."""
        return _last(self.rows(), self._number)

    def write(self, record: Mapping[str, Any]) -> int:
        """Append one record under the next number, and return the number.

        Raises:
            StoreError: someone else took the number at the same time.
        """
        snapshot = delta.snapshot(self._uri)
        number = _last(self._rows_of(snapshot), self._number) + 1
        self.write_upon(snapshot, [{self._number: number, **record}])
        return number

    def write_upon(self, snapshot: Any, records: Sequence[Mapping[str, Any]]) -> None:
        """Append numbered records, refused if anyone wrote since the snapshot was taken."""
        frame = pl.DataFrame(list(records), schema=self._schema, orient="row")
        count = (self._name, int(frame[self._number].max() or 0))  # type: ignore[arg-type]
        target = self._uri if snapshot is None else snapshot
        delta.append(target, frame, statistics=[self._number], count=count)
        delta.compact_when_many(self._uri)

    def snapshot(self) -> tuple[Any, pl.DataFrame]:
        """The table at its latest commit and its rows, for a decision that `write_upon` then rests on."""
        snapshot = delta.snapshot(self._uri)
        return snapshot, self._rows_of(snapshot)

    def rewrite(self, rows: pl.DataFrame) -> None:
        """Put other rows in the place of all, and forget what was there: for an erasure only."""
        delta.replace(self._uri, rows, where=f"{self._number} >= 0", statistics=[self._number])
        delta.vacuum(self._uri, hours=0)

    def _rows_of(self, snapshot: Any) -> pl.DataFrame:
        if snapshot is None:
            return pl.DataFrame(schema=self._schema)
        version = int(snapshot.version())
        if self._read is None or self._read[0] != version:
            rows = delta.scan(snapshot).select(list(self._schema)).collect()
            self._read = (version, rows.cast(self._schema).sort(self._number, maintain_order=True))
        return self._read[1]


def _last(rows: pl.DataFrame, number: str) -> int:
    greatest = rows[number].max()
    return greatest if isinstance(greatest, int) else 0
