"""Where a table names a person, by its contract, and what is left of its rows without that person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from fi_workbench.contracts import Column, Table

NAMING = ("pseudonym", "case_reference", "personal")
"""Columns of these classifications may hold an identifier of a person, or a pseudonym."""

PERSON_NUMBERS = ("upn", "former_upn", "nhs_number")
"""Numbers that one person bears across agencies: a row that has one is about its bearer."""

OF_STAFF = ("worker_id",)
"""Case references of workers, whose numbers may equal those of children."""


@dataclass(frozen=True)
class Parting:
    """The rows of a table parted by what an erasure does to them.

    Attributes:
        removed: rows that are about the person.
        blanked: rows about someone else that named the person, with the name taken out.
        kept: rows that do not name the person.
    """

    removed: pl.DataFrame
    blanked: pl.DataFrame
    kept: pl.DataFrame

    @property
    def is_touched(self) -> bool:
        """Whether any row named the person."""
        return self.removed.height + self.blanked.height > 0


def part(rows: pl.DataFrame, table: Table, names: Collection[str]) -> Parting:
    """Part rows by whether they name a person.

    A row whose key, own UPN or NHS number, or another column that may not be empty, names the person is about that
    person and goes. Any other column that names the person is emptied, and a list loses the name.

    Args:
        rows: rows with at least the contract's columns, and `row_id` for a source table.
        table: the contract's table.
        names: identifiers, pseudonyms and row ids; compared as they stand.
    """
    wanted = pl.Series(sorted(names), dtype=pl.String).implode()
    columns = {name: column for name, column in table.columns.items() if _may_name(column)}
    texts = {name: column for name, column in columns.items() if column.dtype == pl.String}
    subject = [n for n, c in texts.items() if c.is_key or c.required or n in PERSON_NUMBERS]
    about = [pl.col(n).is_in(wanted) for n in subject]
    if table.source:
        about.append(pl.col("row_id").is_in(wanted))
    optional = [name for name in texts if name not in subject]
    lists = [n for n, c in columns.items() if c.dtype == pl.List(pl.String)]
    mentioned = [pl.col(n).is_in(wanted) for n in optional]
    mentioned += [pl.col(n).list.eval(pl.element().is_in(wanted)).list.any() for n in lists]
    marked = rows.with_columns(_about=_any(about), _mentioned=_any(mentioned))
    emptied = [pl.when(pl.col(n).is_in(wanted)).then(None).otherwise(pl.col(n)).alias(n) for n in optional]
    emptied += [pl.col(n).list.eval(pl.element().filter(~pl.element().is_in(wanted))) for n in lists]
    named = pl.col("_about") | pl.col("_mentioned")
    return Parting(
        removed=marked.filter("_about").select(rows.columns),
        blanked=marked.filter(~pl.col("_about") & pl.col("_mentioned")).with_columns(emptied).select(rows.columns),
        kept=marked.filter(~named).select(rows.columns),
    )


def _may_name(column: Column) -> bool:
    return column.classification in NAMING and column.name not in OF_STAFF


def _any(conditions: list[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal([pl.lit(value=False), *(condition.fill_null(value=False) for condition in conditions)])
