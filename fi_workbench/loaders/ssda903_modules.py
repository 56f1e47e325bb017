"""Which module of the return a file or sheet holds, told by its headings: names are whatever a system made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fi_workbench.contracts import Contract, Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import Read
from fi_workbench.loaders.header import aliases, plain
from fi_workbench.loaders.non_records import SEARCHED, cells_of
from fi_workbench.loaders.records import SEPARATORS, opening_lines

Headings = Mapping[str, Mapping[str, str]]
"""For each module, the headings as compared that no other module has, and the column each means."""


@dataclass(frozen=True)
class Module:
    """One module as it was read, and the file, or the file and sheet, that holds it."""

    where: str
    read: Read


def module_of(data: bytes, name: str, contract: Contract) -> Table:
    """Tell the module of a file by the headings that only this module has.

    Raises:
        RefusedFileError: not text, or headings of no module, or of two alike.
    """
    lines = opening_lines(data, name, SEARCHED)
    rows = (cells_of(line, separator) for line in lines for separator in SEPARATORS)
    fits, _ = modules_like(rows, own_headings(contract))
    if len(fits) != 1:
        told = "fits two modules of the return alike" if fits else "belongs to no module of the return"
        raise RefusedFileError(
            f"The header {told}, so nobody knows what the file holds.",
            where=name,
            next_step=f"The modules are {named(contract)}. Take other files out of the folder of the return.",
        )
    return contract.table(fits[0])


def modules_like(rows: Iterable[Sequence[str]], own: Headings) -> tuple[list[str], int]:
    """The module of which a row names the largest share of its own headings, and that row's place, from 0.

    Every module has the child and most have the date of birth; those say nothing. It is a share, so that a column less
    or more does not change the answer. Several modules where they fit alike, none where no row names a heading.
    """
    most, fits, at = 0.0, list[str](), 0
    for place, cells in enumerate(rows):
        headings = {plain(cell) for cell in cells}
        for name, words in own.items():
            share = len({column for word, column in words.items() if word in headings}) / len(set(words.values()))
            if share > most:
                most, fits, at = share, [name], place
            elif share == most and share and name not in fits:
                fits.append(name)
    return fits, at


def own_headings(contract: Contract) -> Headings:
    """The headings by which the modules of a contract are told apart."""
    known = {table.name: aliases(table) for table in contract.tables.values()}
    often = Counter(word for words in known.values() for word in words)
    return {name: {word: column for word, column in words.items() if often[word] == 1} for name, words in known.items()}


def named(contract: Contract) -> str:
    """The modules by their names, for messages."""
    return ", ".join(table.physical_name for table in contract.tables.values())
