"""The lines of a delimited file that are no record: blanks, the header again, footers. All are counted."""

from __future__ import annotations

import csv
import re
from collections import Counter

import polars as pl

from fi_workbench.loaders.header import plain
from fi_workbench.loaders.raw import Hold, Note

_FOOTER = re.compile(
    r'^[\s",;|]*(?:(?:grand\s+)?total(?:\s+(?:rows|records|count|number))?\s*(?:of\s+\w+\s*)?[:=\s,;|"]+([0-9]+)'
    r"|\(?([0-9]+)\s+rows?\s+(?:affected|selected|returned|exported)\)?"
    r'|(?:end\s+of\s+(?:file|report|extract|data)|eof))[\s",;|.*-]*$',
    re.IGNORECASE,
)
_LONGEST_HEADER = 100_000
SEARCHED = 20
"""Lines at the top among which a header is looked for, and at the bottom among which footers are."""


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line, as far as a header could be long."""
    try:
        return next(csv.reader([line[:_LONGEST_HEADER]], delimiter=separator), [])
    except csv.Error:
        return [line]


def set_apart(
    records: pl.DataFrame,
    cells: list[str],
    separator: str,
    counts: Counter[str],
    notes: list[Note],
    holds: list[Hold],
    name: str,
) -> pl.DataFrame:
    """Count and leave out what is no record: blank lines, the header again, footers."""
    bare = records["raw"].str.replace_all(separator, "", literal=True).str.strip_chars(' \t\r\u00a0"')
    blank = bare == ""
    heading = plain(" ".join(cells))
    start = cells[0].strip().casefold() if cells else ""
    maybe = records["raw"].str.to_lowercase().str.contains(start, literal=True) if start else blank & ~blank
    places = [i for i in maybe.arg_true() if plain(" ".join(cells_of(records["raw"][i], separator))) == heading]
    again = pl.int_range(records.height, eager=True).is_in(places)
    counts["blank"] += int(blank.sum())
    counts["repeated_header"] += len(places)
    if places:
        notes.append(Note("the header is repeated among the rows", name, len(places)))
    kept = records.filter(~blank & ~again)
    footers, said = _footers(kept, separator)
    counts["footer"] += footers
    kept = kept.head(kept.height - footers)
    if footers:
        notes.append(Note("footer lines left off", name, footers))
    holds += [
        Hold(
            "footer_agrees",
            f"The footer of {name} says {total:,} rows and the file has {kept.height:,}.",
            "Ask for the export again, or accept it as it is with --accept.",
        )
        for total in said
        if total != kept.height
    ]
    return kept


def _footers(records: pl.DataFrame, separator: str) -> tuple[int, list[int]]:
    """How many of the last records are footers, and the totals that they state."""
    found, said = 0, []
    for raw in reversed(records["raw"].tail(SEARCHED).to_list()):
        match = _footer(raw, separator)
        if not match:
            break
        found += 1
        total = match[1] or match[2]
        if total:
            said.append(int(total))
    return found, said


def is_footer(line: str, separator: str) -> bool:
    """Whether a line says how many rows there were, or that the file ends."""
    return _footer(line, separator) is not None


def _footer(line: str, separator: str) -> re.Match[str] | None:
    return _FOOTER.match(line.replace(separator, " ") if separator != "|" else line)
