"""Tables of numbered rows: appended by loads, named by the ledger, never numbered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.errors import StoreError
from fi_workbench.store import delta

if TYPE_CHECKING:
    from deltalake import DeltaTable

ROW_NUMBER = "row_number"
STATISTICS = (ROW_NUMBER,)


@dataclass(frozen=True)
class StoredRows:
    """Where the rows of a delivery are in one table.

    Attributes:
        last_row: the greatest number that the table had given out once they were stored.
        ranges: the numbers of the delivered rows, as first and last of each run.
        table: the table right after they were written; None when nothing had to be.
    """

    last_row: int
    ranges: Sequence[tuple[int, int]]
    table: DeltaTable | None = field(default=None, repr=False)

    def check_untouched(self, name: str) -> None:
        """Make sure that nobody wrote to the table since, which could have cleared these rows away as left-overs.

        Raises:
            StoreError: someone did.
        """
        if self.table is not None:
            version = self.table.version()
            self.table.update_incremental()
            if self.table.version() != version:
                raise StoreError(
                    "Another load wrote to the same table at the same time; this delivery was not taken.",
                    where=name,
                    next_step="Let the other run finish, then run the same command again.",
                )


def open_clean(uri: str, last_row: int) -> DeltaTable | None:
    """Open a table, without the rows that a load left which died before its ledger entry.

    Args:
        uri: the table.
        last_row: the greatest number that the ledger knows of.
    """
    table = delta.snapshot(uri)
    if table is None:
        return None
    greatest = delta.scan(table).select(pl.col(ROW_NUMBER).max()).collect().item()
    if greatest is not None and greatest > last_row:
        delta.delete(uri, where=f"{ROW_NUMBER} > {last_row}")
        table = delta.snapshot(uri)
    return table


def append(uri: str, table: DeltaTable | None, rows: pl.DataFrame, last_row: int) -> DeltaTable | None:
    """Append rows numbered above `last_row` to the table as it was opened; return it as it is then.

    Raises:
        StoreError: someone else appended since.
    """
    if rows.is_empty():
        return None
    numbered = rows.with_columns(number_from(last_row + 1))
    delta.append(uri if table is None else table, numbered, statistics=STATISTICS, count=(ROW_NUMBER, last_row + 1))
    return delta.snapshot(uri) if table is None else table


def number_from(first: int) -> pl.Expr:
    """The numbers of rows in their order."""
    return pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias(ROW_NUMBER)


def ranges_of(numbers: pl.Series) -> list[tuple[int, int]]:
    """Row numbers as the first and last of the runs that they form.

    Example:
        >>> ranges_of(pl.Series([5, 1, 2, 2, 7, 6]))
        [(1, 2), (5, 7)]
    """
    ordered = pl.DataFrame({"number": numbers.unique().sort()})
    run = (pl.col("number") - pl.int_range(pl.len(), dtype=pl.Int64)).alias("run")
    runs = ordered.group_by(run, maintain_order=True).agg(first=pl.col("number").first(), last=pl.col("number").last())
    return list(runs.select("first", "last").iter_rows())


def joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of numbers as few as they can be.

    Example:
        >>> joined([(4, 5), (1, 3), (2, 3), (8, 9)])
        [(1, 5), (8, 9)]
    """
    runs: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    return runs


def condition(numbers: pl.Series) -> str:
    """A condition in SQL that names rows by their numbers."""
    return f"{ROW_NUMBER} IN ({', '.join(map(str, numbers.unique().sort().to_list()))})"
