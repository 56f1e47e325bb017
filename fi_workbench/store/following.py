"""Rows that belong to a row which an erasure removes, and name nobody themselves: they go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store.numbered import ROW_NUMBER
from fi_workbench.store.parting import Parting, subject_columns

if TYPE_CHECKING:
    from fi_workbench.contracts import Table


@dataclass(frozen=True)
class Link:
    """Columns of a table that say to which row of another table a row belongs."""

    table: Table
    columns: tuple[str, ...]
    parent: str
    others: tuple[str, ...]


def links_of(tables: Sequence[Table]) -> list[Link]:
    """What contracts say of rows that belong to others: foreign keys, and `belongsTo`."""
    found = []
    for table in tables:
        keys = [rule for rule in table.rules if rule.kind == "foreign_key" and rule.table != table.name]
        found += [Link(table, tuple(rule.columns), rule.table, tuple(rule.others)) for rule in keys]
        for name, column in table.columns.items():
            parent, _, other = column.belongs_to.partition(".")
            if parent:
                found.append(Link(table, (name,), parent, (other,)))
    return found


def depths(tables: Sequence[Table]) -> dict[str, int]:
    """How many links lead up from each table: of what belongs to a row the deepest goes first.

    An erasure that dies half-way finds what belongs to a row only as long as the row is there.
    """
    known = {table.name: 0 for table in tables}
    for _ in tables:
        for link in links_of(tables):
            known[link.table.name] = min(max(known[link.table.name], known.get(link.parent, 0) + 1), len(known))
    return known


def follow(
    found: dict[str, Parting],
    tables: Sequence[Table],
    *,
    stored: Callable[[Table], pl.DataFrame],
    membership: Callable[[str], pl.DataFrame],
) -> None:
    """Remove what belongs to removed rows, and what belongs to that, from the tables of an erasure.

    A row that says itself whose it is stays with that person. A number counts within its delivery only: in the next
    one it may be another row's.

    Args:
        found: the touched tables as they were parted; rows are moved, and tables added.
        tables: every source table.
        stored: every row of a table, with its number.
        membership: which delivery holds which rows of a table.
    """
    links = links_of(tables)
    again = True
    while again:
        again = False
        for link in links:
            parent = found.get(link.parent)
            if parent is None or parent.removed.is_empty():
                continue
            table = link.table
            parting = found.get(table.name) or _untouched(stored(table))
            belonging = _belonging(link, parent.removed, parting, membership)
            if belonging.len():
                found[table.name] = _moved(parting, belonging)
                again = True


def _untouched(rows: pl.DataFrame) -> Parting:
    return Parting(removed=rows.clear(), blanked=rows.clear(), kept=rows)


def _belonging(
    link: Link, removed: pl.DataFrame, parting: Parting, membership: Callable[[str], pl.DataFrame]
) -> pl.Series:
    nobodys = [pl.col(name).is_null() for name in subject_columns(link.table)]
    left = pl.concat([parting.kept, parting.blanked])
    own = left.filter(*nobodys) if nobodys else left
    own = own.select(ROW_NUMBER, *link.columns).drop_nulls()
    if own.is_empty():
        return own[ROW_NUMBER]
    gone = removed.select(ROW_NUMBER, *link.others).join(membership(link.parent), on=ROW_NUMBER)
    held = own.join(membership(link.table.name), on=ROW_NUMBER)
    return held.join(gone, left_on=["load_id", *link.columns], right_on=["load_id", *link.others], how="semi")[
        ROW_NUMBER
    ].unique()


def _moved(parting: Parting, numbers: pl.Series) -> Parting:
    goes = pl.col(ROW_NUMBER).is_in(numbers.implode())
    return Parting(
        removed=pl.concat([parting.removed, parting.blanked.filter(goes), parting.kept.filter(goes)]),
        blanked=parting.blanked.filter(~goes),
        kept=parting.kept.filter(~goes),
    )
