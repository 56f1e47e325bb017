"""Which column of a file is which column of the contract.

Headers are compared without case, blanks, underscores and marks that cannot be seen, by the name in the file, the
contract's own name, the name for people and the synonyms. A required column that is not there refuses the file: a
guess would put one person's value under another heading.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fi_workbench.contracts import Column, Table
from fi_workbench.errors import MissingColumnsError
from fi_workbench.loaders.raw import Note

_BLANKS = re.compile(r"[\s_\-\u200b-\u200f\u2060\ufeff]+")


def plain(name: str) -> str:
    """A heading as it is compared.

    Example:
        >>> plain(" Child_ID ") == plain("child id")
        True
    """
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", name)).strip().casefold()


def aliases(table: Table) -> dict[str, str]:
    """Every heading that a contract knows, as compared, and the column it means."""
    known: dict[str, str] = {}
    for pick in (lambda c: (c.physical_name,), lambda c: (c.name,), lambda c: c.synonyms, lambda c: (c.business_name,)):
        for column in table.columns.values():
            for word in pick(column):
                known.setdefault(plain(word), column.name)
    return known


def n_recognised(cells: Sequence[str], known: Mapping[str, str]) -> int:
    """How many columns of a contract, known by their `aliases`, a line would name, were it the header."""
    return len({known[plain(cell)] for cell in cells if plain(cell) in known})


def looks_like_header(cells: Sequence[str], table: Table, known: Mapping[str, str]) -> bool:
    """Whether a line names at least half of the columns that the contract requires, or half of its own."""
    required = [column for column in table.columns.values() if column.required]
    found = n_recognised(cells, known)
    return found > 0 and 2 * found >= min(len(required) or len(table.columns), len([c for c in cells if plain(c)]))


@dataclass(frozen=True)
class Header:
    """The columns of a file.

    Attributes:
        width: how many fields a record has.
        positions: for each column of the contract that is there, the positions that hold it (two where it is there
            twice, which is refused later unless their values agree).
        unnamed: positions without a heading.
    """

    width: int
    positions: dict[str, tuple[int, ...]]
    unnamed: tuple[int, ...]
    notes: tuple[Note, ...]


def match_header(cells: Sequence[str], table: Table, name: str) -> Header:
    """Match a header to its contract.

    Args:
        cells: the header's cells.
        table: the contract's table.
        name: the file's name, for messages.

    Raises:
        MissingColumnsError: a required column is missing, with the nearest headings that are there.
    """
    known = aliases(table)
    positions: dict[str, tuple[int, ...]] = {}
    unknown: list[str] = []
    unnamed: list[int] = []
    renamed: list[str] = []
    for at, cell in enumerate(cells):
        column = known.get(plain(cell))
        if not plain(cell):
            unnamed.append(at)
        elif column is None:
            unknown.append(" ".join(cell.split()))
        else:
            positions[column] = (*positions.get(column, ()), at)
            if cell.strip() != table.columns[column].physical_name:
                renamed.append(table.columns[column].physical_name)
    _refuse_missing(table, positions, unknown, name)
    notes = []
    if renamed:
        notes.append(Note(f"headings written differently from the contract: {', '.join(renamed)}", name, len(renamed)))
    if unknown:
        told = ", ".join(heading[:40] for heading in unknown[:20])
        notes.append(Note(f"columns that the contract does not know, left out: {told}", name, len(unknown)))
    absent = [column.physical_name for column in table.columns.values() if column.name not in positions]
    if absent:
        notes.append(Note(f"optional columns that are not there: {', '.join(absent)}", name, len(absent)))
    return Header(len(cells), positions, tuple(unnamed), tuple(notes))


def _refuse_missing(table: Table, positions: dict[str, tuple[int, ...]], unknown: list[str], name: str) -> None:
    missing = [column for column in table.columns.values() if column.required and column.name not in positions]
    if not missing:
        return
    told = "; ".join(_with_nearest(column, unknown) for column in missing)
    raise MissingColumnsError(
        f"The file lacks {'a column' if len(missing) == 1 else 'columns'} that its contract requires: {told}.",
        where=f"{name}, contract of {table.name}",
        how_many=f"{len(missing)} of {sum(c.required for c in table.columns.values())} required columns",
        next_step="Rename the heading, or add it to the column's synonyms in the contract.",
    )


def _with_nearest(column: Column, unknown: list[str]) -> str:
    compared = {plain(heading): heading for heading in unknown}
    near = difflib.get_close_matches(plain(column.physical_name), compared, n=1, cutoff=0.6)
    return f"{column.physical_name} (is it {compared[near[0]][:40]}?)" if near else column.physical_name
