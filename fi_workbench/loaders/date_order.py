"""Dates written in an order that the contract does not declare: held with both readings counted, never guessed.

03/04/2026 is a day in April or in March, and only whoever sent it knows. A few such dates are faults of their rows;
where a column has more of them than of dates as declared, the file was written in another order.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from fi_workbench.contracts import Column, Contract
from fi_workbench.loaders.raw import Hold, RawExtract

DAY_FIRST = ("dd/MM/yyyy", "dd-MM-yyyy", "dd.MM.yyyy")
_SLASHED = r"^\s*([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})\s*$"
_FEWEST = 3
"""Fewer dates than this in another order are faults of their rows."""


def date_order_holds(extract: RawExtract, contract: Contract) -> list[Hold]:
    """Why a delivery waits: a date column is written in another order than its contract declares."""
    return [
        hold
        for table in extract.tables
        for column in contract.table(table.table).columns.values()
        if column.logical_type == "date"
        for hold in _held(table.rows, column, table.table)
    ]


def _held(rows: pl.DataFrame, column: Column, table: str) -> Iterable[Hold]:
    found = rows.lazy().select(pl.col(column.name).str.extract_groups(_SLASHED).alias("parts")).unnest("parts")
    first, second = (pl.col(name).cast(pl.Int64, strict=False) for name in ("1", "2"))
    counts = found.select(
        all=first.is_not_null().sum(),
        only_day_first=((first > 12) & (second <= 12)).sum(),
        only_month_first=((second > 12) & (first <= 12)).sum(),
        either=((first <= 12) & (second <= 12)).sum(),
    ).collect()
    all_, day, month, either = counts.row(0)
    if any(written in DAY_FIRST for written in column.formats):
        wrong = month >= _FEWEST and month > day
    else:
        # Only ISO dates are declared: which order the others are in, no contract says.
        wrong = all_ >= _FEWEST and 2 * all_ > rows[column.name].drop_nulls().len()
    if wrong:
        yield Hold(
            "date_order_declared",
            f"{column.business_name} in {table} is written in an order that the contract does not declare "
            f"({' or '.join(column.formats)}). Of {all_:,} dates with strokes, {day + either:,} can be read day first "
            f"and {month + either:,} month first; {either:,} can be read both ways.",
            "Ask the sender which it is. Mend the export, or declare the format in the contract.",
        )
