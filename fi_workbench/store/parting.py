"""Where a table names a person, by its contract, and what is left of its rows without that person."""

from __future__ import annotations

import re
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


TELLING = 5
"""A reference of fewer characters is looked for as a whole value alone: as a part of another it may be anything."""


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


def part(rows: pl.DataFrame, table: Table, names: Collection[str], references: Collection[str] = ()) -> Parting:
    """Part rows by whether they name a person.

    A row whose key, own UPN or NHS number, or another column that may not be empty or says whose the row is, names the
    person is about that person and goes. Any other column that names the person is emptied, and a list loses the name.

    Args:
        rows: rows with at least the contract's columns, and `row_id` for a source table.
        table: the contract's table.
        names: identifiers, pseudonyms and row ids; compared as they stand.
        references: identifiers that sources give; looked for as a part of any text, too, since a number of a referral
            may be made of them.
    """
    wanted = pl.Series(sorted(names), dtype=pl.String).implode()
    columns = {name: column for name, column in table.columns.items() if _may_name(column)}
    texts = {name: column for name, column in columns.items() if column.dtype == pl.String}
    subject = subject_columns(table)
    about = [pl.col(n).is_in(wanted) for n in subject]
    if table.source:
        about.append(pl.col("row_id").is_in(wanted))
    within = part_of_text(references) or ""
    searched = text_columns(table) if within else []
    fixed = [name for name in searched if table.columns[name].is_key or table.columns[name].required]
    about += [pl.col(n).str.contains(within) for n in fixed]
    # A row that says whose it is stays with that person, whatever it points to.
    nobodys = pl.all_horizontal([pl.lit(value=True), *(pl.col(name).is_null() for name in subject)])
    about += [nobodys & pl.col(n).str.contains(within) for n in searched if table.columns[n].belongs_to]
    optional = [name for name in texts if name not in subject]
    loose = [name for name in searched if name not in fixed]
    lists = [n for n, c in columns.items() if c.dtype == pl.List(pl.String)]
    mentioned = [pl.col(n).is_in(wanted) for n in optional]
    mentioned += [pl.col(n).str.contains(within) for n in loose]
    mentioned += [pl.col(n).list.eval(pl.element().is_in(wanted)).list.any() for n in lists]
    marked = rows.with_columns(_about=_any(about), _mentioned=_any(mentioned))
    said = {name: pl.col(name).is_in(wanted) for name in optional}
    said |= {name: said.get(name, pl.lit(value=False)) | pl.col(name).str.contains(within) for name in loose}
    emptied = [pl.when(where).then(None).otherwise(pl.col(n)).alias(n) for n, where in said.items()]
    emptied += [pl.col(n).list.eval(pl.element().filter(~pl.element().is_in(wanted))) for n in lists]
    named = pl.col("_about") | pl.col("_mentioned")
    return Parting(
        removed=marked.filter("_about").select(rows.columns),
        blanked=marked.filter(~pl.col("_about") & pl.col("_mentioned")).with_columns(emptied).select(rows.columns),
        kept=marked.filter(~named).select(rows.columns),
    )


def naming_columns(table: Table) -> list[str]:
    """The columns of a table that may name a person by a whole value."""
    return [name for name, column in table.columns.items() if _may_name(column) and column.dtype == pl.String]


def subject_columns(table: Table) -> list[str]:
    """The columns of a table that say whose row it is."""
    return [
        name
        for name, column in table.columns.items()
        if _may_name(column)
        and column.dtype == pl.String
        and (column.is_key or column.required or column.whose or name in PERSON_NUMBERS)
    ]


def text_columns(table: Table) -> list[str]:
    """The columns of a table that may hold a reference as a part of their text: no codes, pseudonyms or staff."""
    return [
        name
        for name, column in table.columns.items()
        if column.dtype == pl.String
        and not column.enum
        and column.classification != "pseudonym"
        and name not in {*OF_STAFF, "row_id"}
    ]


def part_of_text(references: Collection[str]) -> str | None:
    """A pattern that finds a reference as a part of a text; None where none of them is long enough.

    A reference of digits alone has to have something beside it: as a whole value it may be the number of anything.

    Example:
        >>> re.search(part_of_text(["SYN0004883"]), "SYN0004883-735451") is not None
        True
    """
    telling = sorted(reference for reference in references if len(reference) >= TELLING)
    if not telling:
        return None
    digits = "|".join(re.escape(each) for each in telling if each.isdigit())
    others = "|".join(re.escape(each) for each in telling if not each.isdigit())
    edge = "[^0-9A-Za-z]"
    ways = [rf"(?:^|{edge})(?:{others})(?:$|{edge})"] if others else []
    ways += [rf"{edge}(?:{digits})(?:$|{edge})", rf"^(?:{digits}){edge}"] if digits else []
    return "|".join(ways)


def _may_name(column: Column) -> bool:
    return column.classification in NAMING and column.name not in OF_STAFF


def _any(conditions: list[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal([pl.lit(value=False), *(condition.fill_null(value=False) for condition in conditions)])
