"""Dates written in an order that the contract does not declare: held with both readings counted, never guessed.

03/04/2026 is a day in April or in March, and only whoever sent it knows. A few such dates are faults of their rows;
where a column has more of them than of dates as declared, the file was written in another order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from fi_workbench.contracts import Column, Contract
from fi_workbench.loaders.raw import Hold, RawTable

DAY_FIRST = ("dd/MM/yyyy", "dd-MM-yyyy", "dd.MM.yyyy")
_SLASHED = r"^\s*([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})\s*$"
_ISO_LENGTH = 10
_FEWEST = 3
"""Fewer dates than this in another order are faults of their rows."""


class DateOrder:
    """Counts how the dates of a delivery are written, part by part."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._counts: dict[tuple[str, str], tuple[int, ...]] = {}

    def count(self, table: RawTable, unread: Collection[str] | None = None) -> None:
        """Count the dates of a part of a table.

        Args:
            table: its rows as text.
            unread: where it is known, the rules that rows broke: a column whose dates were all read as declared
                holds none in another order, and is not looked through again.
        """
        first, second = pl.col("1").cast(pl.Int64, strict=False), pl.col("2").cast(pl.Int64, strict=False)
        for column in self._contract.table(table.table).columns.values():
            if column.logical_type != "date" or table.rows.is_empty():
                continue
            all_read = unread is not None and f"{column.name}_is_a_date" not in unread
            if all_read:
                filled = table.rows.height - table.rows[column.name].null_count()
                self._add(table.table, column.name, (0, 0, 0, 0, filled))
                continue
            cells = table.rows[column.name].drop_nulls()
            slashed = cells.filter(cells.str.len_bytes() != _ISO_LENGTH)
            dashed = cells.filter(cells.str.len_bytes() == _ISO_LENGTH)
            # Written year first, the fifth byte is a dash: nearly every cell of nearly every file.
            dashed = dashed.filter(~dashed.str.slice(4, 1).is_in(["-"]))
            found = pl.concat([slashed, dashed]).str.extract_groups(_SLASHED).struct.unnest()
            counted = found.select(
                first.is_not_null().sum().alias("all"),
                ((first > 12) & (second <= 12)).sum().alias("day"),
                ((second > 12) & (first <= 12)).sum().alias("month"),
                ((first <= 12) & (second <= 12)).sum().alias("either"),
            ).row(0)
            self._add(table.table, column.name, (*counted, len(cells)))

    def _add(self, table: str, column: str, counted: tuple[int, ...]) -> None:
        before = self._counts.get((table, column), (0,) * 5)
        self._counts[table, column] = tuple(a + b for a, b in zip(before, counted, strict=True))

    def holds(self) -> list[Hold]:
        """Why a delivery waits: a date column is written in another order than its contract declares."""
        return [
            hold
            for (table, name), counts in self._counts.items()
            for hold in _held(table, self._contract.table(table).columns[name], *counts)
        ]


def _held(table: str, column: Column, all_: int, day: int, month: int, either: int, n_cells: int) -> Iterable[Hold]:
    if any(written in DAY_FIRST for written in column.formats):
        wrong = month >= _FEWEST and month > day
    else:
        # Only ISO dates are declared: which order the others are in, no contract says.
        wrong = all_ >= _FEWEST and 2 * all_ > n_cells
    if wrong:
        yield Hold(
            "date_order_declared",
            f"{column.business_name} in {table} is written in an order that the contract does not declare "
            f"({' or '.join(column.formats)}). Of {all_:,} dates with strokes, {day + either:,} can be read day first "
            f"and {month + either:,} month first; {either:,} can be read both ways.",
            "Ask the sender which it is. Mend the export, or declare the format in the contract.",
        )
