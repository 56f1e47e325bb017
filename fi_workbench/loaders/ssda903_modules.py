"""Which module of the return a file holds, told by its headings: file names are whatever a system made of them."""

from __future__ import annotations

from collections import Counter

from fi_workbench.contracts import Contract, Table
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.header import aliases, plain
from fi_workbench.loaders.non_records import SEARCHED, cells_of
from fi_workbench.loaders.records import SEPARATORS, opening_lines


def module_of(data: bytes, name: str, contract: Contract) -> Table:
    """Tell the module of a file by the headings that only this module has.

    Every module has the child and most have the date of birth; those say nothing. The module with the largest share
    of its own headings is taken, so that a column less or more does not change the answer.

    Raises:
        RefusedFileError: not text, or headings of no module, or of two alike.
    """
    lines = opening_lines(data, name, SEARCHED)
    best: tuple[float, Table] | None = None
    tied = False
    own = _own_headings(contract)
    for line in lines:
        for separator in SEPARATORS:
            headings = {plain(cell) for cell in cells_of(line, separator)}
            for table in contract.tables.values():
                words = own[table.name]
                share = len({column for word, column in words.items() if word in headings}) / len(set(words.values()))
                if share == 0 or (best and share < best[0]):
                    continue
                tied = bool(best and share == best[0] and best[1] is not table)
                best = (share, table)
    if best is None or tied:
        told = "fits two modules of the return alike" if tied else "belongs to no module of the return"
        modules = ", ".join(table.physical_name for table in contract.tables.values())
        raise RefusedFileError(
            f"The header {told}, so nobody knows what the file holds.",
            where=name,
            next_step=f"The modules are {modules}. Take other files out of the folder of the return.",
        )
    return best[1]


def _own_headings(contract: Contract) -> dict[str, dict[str, str]]:
    """For each module, the headings as compared that no other module has, and their column."""
    known = {table.name: aliases(table) for table in contract.tables.values()}
    often = Counter(word for words in known.values() for word in words)
    return {name: {word: column for word, column in words.items() if often[word] == 1} for name, words in known.items()}
