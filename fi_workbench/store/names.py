"""All that a person is known by in the lake, found from a case number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.store import source_tables, week_tables
from fi_workbench.store.place import Place

if TYPE_CHECKING:
    from fi_workbench.contracts import Catalogue, Table

PERSON_NUMBERS = ("upn", "former_upn", "nhs_number")
"""Numbers that one person bears across agencies."""


@dataclass(frozen=True)
class Names:
    """All that people are known by in the lake.

    Attributes:
        references: numbers that sources give them.
        pseudonyms: our own names for them.
        row_ids: partner rows that were linked to them.
    """

    references: frozenset[str]
    pseudonyms: frozenset[str]
    row_ids: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Everything that names them."""
        return self.references | self.pseudonyms | self.row_ids


def expand(place: Place, catalogue: Catalogue, references: Collection[str]) -> Names:
    """Find what else people are known by, from their case numbers.

    A UPN or NHS number is followed when no row about anyone else bears it; derived tables say which pseudonym a case
    number has had, and which partner rows were linked to it.
    """
    wanted = pl.Series(sorted(references), dtype=pl.String).implode()
    numbers: set[str] = set(references)
    pseudonyms: set[str] = set()
    row_ids: set[str] = set()
    for table in _sorted(catalogue):
        keys = [name for name in table.key if table.columns[name].classification == "case_reference"]
        numbered = [name for name in PERSON_NUMBERS if name in table.columns]
        if table.source and keys and numbered:
            rows = source_tables.stored_rows(place, table)
            about = pl.any_horizontal([pl.col(name).is_in(wanted).fill_null(value=False) for name in keys])
            for name in numbered:
                own, others = rows.filter(about)[name].drop_nulls(), rows.filter(~about)[name].drop_nulls()
                numbers |= set(own.to_list()) - set(others.to_list())
        elif not table.source and "person_id" in table.key and "case_reference" in table.columns:
            rows = week_tables.every_row(place, table)
            pseudonyms |= set(rows.filter(pl.col("case_reference").is_in(wanted))["person_id"].to_list())
    linked = pl.Series(sorted(pseudonyms), dtype=pl.String).implode()
    for table in _sorted(catalogue):
        if not table.source and "row_id" in table.key and "person_id" in table.columns:
            rows = week_tables.every_row(place, table)
            row_ids |= set(rows.filter(pl.col("person_id").is_in(linked))["row_id"].to_list())
    return Names(frozenset(numbers), frozenset(pseudonyms), frozenset(row_ids))


def _sorted(catalogue: Catalogue) -> list[Table]:
    return [table for _, table in sorted(catalogue.tables.items())]
