"""What has passed the gate: rows released for one audience, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from fi_workbench.contracts import Column
from fi_workbench.errors import DisclosureError

Audience = Literal["analyst", "worker", "manager", "unit", "published"]

_SEAL = object()


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DATE_IN_WORDS = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b", re.ASCII)


@dataclass(frozen=True, eq=False)
class Released:
    """Rows that `disclosure.release` let through for an audience: the only thing that `display` accepts.

    Attributes:
        table: the contract's name of the table.
        audience: for whom.
        unit: whose rows, where the table is by unit; empty otherwise.
        columns: the contract's columns that are left, with their labels.
        dropped: names of the columns that this audience may not have.
        n_hidden: rows whose numbers were hidden because they are small or would give a small one away.
        symbol: what stands for a hidden number.
    """

    table: str
    audience: Audience
    unit: str
    columns: Mapping[str, Column]
    dropped: tuple[str, ...]
    rows: pl.DataFrame = field(repr=False)
    n_hidden: int = 0
    symbol: str = ""
    seal: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse a frame that did not come through the gate."""
        if self.seal is not _SEAL:
            raise DisclosureError(
                "Rows can only be released by the gate.",
                where=f"table {self.table}",
                next_step="Call disclosure.release with the table's contract and the audience.",
            )

    def __repr__(self) -> str:
        """Name the table, the audience and the number of rows; never a value."""
        return f"Released({self.table}, audience={self.audience}, rows={self.rows.height})"

    @property
    def frame(self) -> pl.DataFrame:
        """The released rows."""
        return self.rows.clone()

    def dates(self) -> frozenset[date]:
        """Every date that a page made of these rows may show: of its date columns, and of its written sentences.

        Among thousands of children nearly every day is somebody's birthday, and a baby may be placed on the day it is
        born, so a date in words that a sentence was made with is declared. Sentences are made from typed dates; what
        partners write in free text comes with dates in figures, which stay undeclared.
        """
        # Few rows, asked for in every table of every brief: a query for each costs more than they do.
        found: set[date | None] = set()
        for name, dtype in self.rows.schema.items():
            if dtype == pl.Date:
                found.update(self.rows[name].to_list())
            elif dtype == pl.String:
                found.update(_dates_in_words(self.rows[name]))
        return frozenset(day for day in found if day is not None)


def _dates_in_words(texts: pl.Series) -> Iterator[date]:
    for text in set(texts.to_list()):
        for day, month, year in _DATE_IN_WORDS.findall(text or ""):
            with suppress(ValueError):
                yield date(int(year), _MONTHS.index(month) + 1, int(day))


def sealed(
    *,
    table: str,
    audience: Audience,
    unit: str,
    columns: Mapping[str, Column],
    dropped: tuple[str, ...],
    rows: pl.DataFrame,
    n_hidden: int = 0,
    symbol: str = "",
) -> Released:
    """Seal rows that passed the gate; for `disclosure.gate` alone."""
    return Released(table, audience, unit, columns, dropped, rows, n_hidden, symbol, _SEAL)
