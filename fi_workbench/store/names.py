"""All that a person is known by in the lake, found from a case number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store import source_tables, week_tables
from fi_workbench.store.parting import PERSON_NUMBERS
from fi_workbench.store.place import Place

if TYPE_CHECKING:
    from fi_workbench.contracts import Catalogue, Table


@dataclass(frozen=True)
class Names:
    """All that people are known by in the lake.

    Attributes:
        references: numbers that sources give them.
        partner_ids: partners' own ids in rows that were linked to them; a tenancy's number names a household too, so
            these are looked for in raw text only.
        pseudonyms: our own names for them.
        row_ids: partner rows that were linked to them.
    """

    references: frozenset[str]
    partner_ids: frozenset[str]
    pseudonyms: frozenset[str]
    row_ids: frozenset[str]

    @property
    def in_tables(self) -> frozenset[str]:
        """What names them in a column of its own."""
        return self.references | self.pseudonyms | self.row_ids

    @property
    def in_raw(self) -> frozenset[str]:
        """What names them in raw text."""
        return self.references | self.partner_ids


def expand(place: Place, catalogue: Catalogue, references: Collection[str], pseudonyms: Collection[str]) -> Names:
    """Find what else people are known by, from their case numbers.

    A UPN or NHS number is followed when no row about anyone else bears it; derived tables say which pseudonym a case
    number has had, and which partner rows were linked to it.

    Args:
        place: the lake's root.
        catalogue: every contract.
        references: what was asked for.
        pseudonyms: what an erasure that died before its end had found.
    """
    tables = [table for _, table in sorted(catalogue.tables.items())]
    wanted = pl.Series(sorted(references), dtype=pl.String).implode()
    numbers = set(references)
    known = set(pseudonyms)
    for table in tables:
        if says_numbers(table):
            numbers |= _own_numbers(source_tables.stored_rows(place, table), table, wanted)
        elif says_pseudonym(table):
            rows = week_tables.every_row(place, table)
            known |= set(rows.filter(pl.col("case_reference").is_in(wanted))["person_id"].to_list())
    linked = pl.Series(sorted(known), dtype=pl.String).implode()
    row_ids: set[str] = set()
    for table in filter(says_whose_row, tables):
        rows = week_tables.every_row(place, table)
        row_ids |= set(rows.filter(pl.col("person_id").is_in(linked))["row_id"].to_list())
    partner_ids: set[str] = set()
    for table in tables:
        own = [c.name for c in table.columns.values() if c.is_key and c.classification == "personal" and not c.enum]
        if table.source and own and row_ids:
            rows = source_tables.stored_rows(place, table).filter(pl.col("row_id").is_in(sorted(row_ids)))
            partner_ids |= {value for name in own for value in rows[name].drop_nulls().to_list()}
    return Names(frozenset(numbers), frozenset(partner_ids), frozenset(known), frozenset(row_ids))


def _own_numbers(rows: pl.DataFrame, table: Table, wanted: pl.Expr | pl.Series) -> set[str]:
    about = pl.any_horizontal([pl.col(name).is_in(wanted).fill_null(value=False) for name in _case_keys(table)])
    numbers: set[str] = set()
    for name in PERSON_NUMBERS:
        if name in table.columns:
            own, others = rows.filter(about)[name].drop_nulls(), rows.filter(~about)[name].drop_nulls()
            numbers |= set(own.to_list()) - set(others.to_list())
    return numbers


def _case_keys(table: Table) -> list[str]:
    return [name for name in table.key if table.columns[name].classification == "case_reference"]


def says_numbers(table: Table) -> bool:
    """Whether a source table says which numbers a case number's person bears."""
    return bool(table.source and _case_keys(table) and set(PERSON_NUMBERS) & set(table.columns))


def says_pseudonym(table: Table) -> bool:
    """Whether a derived table says which pseudonym a case number has."""
    return not table.source and "person_id" in table.key and "case_reference" in table.columns


def says_whose_row(table: Table) -> bool:
    """Whether a derived table says whose row a partner's row is."""
    return not table.source and "row_id" in table.key and "person_id" in table.columns
