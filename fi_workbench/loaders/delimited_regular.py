"""A delimited file that is regular throughout, read at once: the same rows as record by record, for far less work.

Regular is a file in which nothing needs a closer look: no quotation mark, no NUL character, no lone carriage return,
and below the header only records with as many fields as it has, none of them blank, a footer or the header again.
That is established for every record, never sampled; any other file is read record by record (`delimited`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import polars as pl

from fi_workbench.loaders.header import plain
from fi_workbench.loaders.non_records import is_footer
from fi_workbench.loaders.raw import LINE

_FIRST = "0"
_BLANK = " \t\u00a0"
_PIECE = 1 << 18
_NEVER = (b'"', b"\x00", b"\r", b"\x1a")


def regular_text(text: bytes) -> bytes | None:
    """The text with every line ended by LF, or None where its records cannot be told by their lines alone.

    Args:
        text: a file in UTF-8, without a byte order mark.
    """
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    return None if any(mark in text for mark in _NEVER) else text


def first_lines(text: bytes, n: int) -> list[str]:
    """The first lines of a text, without their ends, as `records.split_lines` gives them."""
    end = -1
    for _ in range(n):
        end = text.find(b"\n", end + 1)
        if end < 0:
            return text.decode().split("\n") if text else []
    return text[:end].decode().split("\n")


def n_lines(text: bytes) -> int:
    """How many lines a text has."""
    return _count(text, b"\n", 0) + (not text.endswith(b"\n") and len(text) > 0)


def _count(text: bytes, mark: bytes, start: int) -> int:
    """How often one byte stands in a text from a place on: marks that are frequent are counted so at least cost."""
    there = np.frombuffer(text, dtype=np.uint8)
    pieces = range(start, len(text), _PIECE)
    return sum(int(np.count_nonzero(there[at : at + _PIECE] == mark[0])) for at in pieces)


def _after(text: bytes, n: int) -> int:
    """Where the line after the first n begins."""
    start = 0
    for _ in range(n):
        start = text.find(b"\n", start) + 1 or len(text)
    return start


def read_fields(text: bytes, cells: list[str], separator: str, n_above: int) -> pl.DataFrame | None:
    """The fields of every record below the header, or None where one of them needs a closer look.

    Args:
        text: as `regular_text` gives it.
        cells: the header's cells.
        separator: what stands between fields.
        n_above: lines up to the header, itself included.

    Returns:
        A column of String for each position, named by its number; empty text where a field is empty. GRAIN: one row
        per line below the header.
    """
    width, height = len(cells), n_lines(text) - n_above
    start = _after(text, n_above)
    # As many separators as full records have; that no record has more, the parser sees.
    if width < 2 or height < 1 or _count(text, separator.encode(), start) != height * (width - 1):
        return None
    try:
        fields = pl.read_csv(
            text,
            has_header=False,
            skip_lines=n_above,
            schema={str(at): pl.String() for at in range(width)},
            separator=separator,
            quote_char=None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:  # a record with more fields than the header
        return None
    return fields if fields.height == height and not _has_non_records(text, fields, cells, separator) else None


def _has_non_records(text: bytes, fields: pl.DataFrame, cells: list[str], separator: str) -> bool:
    """Whether a line is blank, the header again or a footer, asked of those only that could be."""
    start = cells[0].strip().casefold()
    first = pl.col(_FIRST)
    empty = first.str.strip_chars(_BLANK) == ""
    again = first.str.contains(f"(?i){re.escape(start)}") if start else pl.lit(value=False)
    maybe = fields.lazy().filter(empty | again).collect()
    blank = pl.all_horizontal(pl.all().str.strip_chars(_BLANK) == "")
    heading = plain(" ".join(cells))
    if maybe.select(blank.any()).item() or any(plain(" ".join(row)) == heading for row in maybe.iter_rows()):
        return True
    end = len(text) - text.endswith(b"\n")
    return is_footer(text[text.rfind(b"\n", 0, end) + 1 : end].decode(), separator)


def text_of_lines(text: bytes) -> Callable[[pl.DataFrame], pl.Series]:
    """The text of the lines in which given rows stand."""

    def text_of(rows: pl.DataFrame) -> pl.Series:
        ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n"))
        ends = np.append(ends, len(text))
        at = rows[LINE].to_numpy() - 1
        starts = np.where(at > 0, ends[at - 1] + 1, 0)
        told = [text[a:b].decode() for a, b in zip(starts.tolist(), ends[at].tolist(), strict=True)]
        return pl.Series(told, dtype=pl.String)

    return text_of
