"""From the characters of a delimited file to its records, with true line numbers and nothing merged or dropped.

A quotation mark opens a field only at the field's start. A record whose quotes do not follow that rule is kept
whole as a defect, so that one stray mark never swallows its neighbours.
"""

from __future__ import annotations

import re

import polars as pl

from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.encoding import decode
from fi_workbench.loaders.raw import Note

STRAY_QUOTE = "quotes_balanced: A quotation mark stands where none can, so the fields cannot be told apart."
_CONTROL_Z = "\x1a"
_ESCAPED = {",": ",", ";": ";", "\t": r"\t", "|": r"\|"}
SEPARATORS = tuple(_ESCAPED)


def split_lines(text: str, name: str) -> tuple[list[str], bool, list[Note]]:
    """The physical lines of a text, without their ends; and whether the last one was ended."""
    notes: list[Note] = []
    if text.endswith(_CONTROL_Z):
        text = text.rstrip(_CONTROL_Z)
        notes.append(Note("the old end-of-file mark (ctrl-Z) was left off", name, 1))
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        lone = text.count("\r")
        # A stray CR inside a cell is no line end; a file that ends its lines so has at least as many as LFs.
        if lone and lone >= text.count("\n"):
            notes.append(Note("lines end as on old Macs (CR only)", name))
            text = text.replace("\r", "\n")
    whole = text.endswith("\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    return lines, whole, notes


def opening_lines(data: bytes, name: str, n: int) -> list[str]:
    """The first lines of a file of text, however large it is.

    Raises:
        RefusedFileError: another kind of file, or an encoding that nobody knows.
    """
    text = decode(data, name).utf8
    end = -1
    for _ in range(n):
        end = text.find(b"\n", end + 1)
        if end < 0:
            break
    return split_lines((text[:end] if end > 0 else text).decode(), name)[0][:n]


def split_records(lines: list[str], separator: str, name: str, *, first_line: int = 1) -> pl.DataFrame:
    """Join the lines of fields that hold line ends, and count each record's fields.

    Args:
        lines: physical lines without their ends.
        separator: one of `SEPARATORS`.
        name: the file's name, for messages.
        first_line: the physical number of the first of them.

    Returns:
        `line` (Int64, physical line where it starts), `raw`, `n_fields` (Int64), `defect` (null, or why its fields
        cannot be told apart). GRAIN: one row per record, blank ones included, in the order of the file.

    Raises:
        RefusedFileError: a quoted field is never closed: where the records end cannot be known.
    """
    series = pl.Series("raw", lines, dtype=pl.String)
    table = pl.DataFrame([series]).with_columns(
        pl.int_range(first_line, first_line + series.len(), dtype=pl.Int64).alias("line"),
        pl.lit(None, dtype=pl.String).alias("defect"),
    )
    quoted = series.str.contains('"', literal=True)
    if quoted.any():
        odd = (quoted & ~series.str.contains(_regular(separator))).arg_true().to_list()
        if odd:
            table = _join(lines, odd, separator, name, first_line)
    return table.select("line", "raw", _count_fields(separator).alias("n_fields"), "defect")


def _regular(separator: str) -> str:
    sep = _ESCAPED[separator]
    field = rf'(?:[^"{sep}]*|"(?:[^"]|"")*")'
    return rf"^{field}(?:{sep}{field})*$"


def _count_fields(separator: str) -> pl.Expr:
    raw = pl.col("raw")
    bare = pl.when(raw.str.contains('"', literal=True)).then(raw.str.replace_all(r'"(?:[^"]|"")*"', "q")).otherwise(raw)
    return (bare.str.count_matches(separator, literal=True) + 1).cast(pl.Int64)


def _join(lines: list[str], odd: list[int], separator: str, name: str, first_line: int) -> pl.DataFrame:
    """Walk only the lines whose quotes are not closed within the line."""
    regular = re.compile(_regular(separator))
    raws: list[str] = []
    numbers: list[int] = []
    defects: list[str | None] = []
    at = 0
    for start in odd:
        if start < at:
            continue
        raws += lines[at:start]
        numbers += range(first_line + at, first_line + start)
        defects += [None] * (start - at)
        end = closing_line(lines, start, separator, name, first_line)
        joined = "\n".join(lines[start : end + 1]) if end is not None else lines[start]
        whole = end is not None and regular.fullmatch(joined) is not None
        raws.append(joined if whole else lines[start])
        numbers.append(first_line + start)
        defects.append(None if whole else STRAY_QUOTE)
        at = (end if whole and end is not None else start) + 1
    raws += lines[at:]
    numbers += range(first_line + at, first_line + len(lines))
    defects += [None] * (len(lines) - at)
    types = {"raw": pl.String(), "line": pl.Int64(), "defect": pl.String()}
    return pl.DataFrame({"raw": raws, "line": numbers, "defect": defects}, schema=types)


def closing_line(lines: list[str], start: int, separator: str, name: str, first_line: int) -> int | None:
    """The line on which the record that begins in `start` ends; None where a mark stands that no field can have.

    Raises:
        RefusedFileError: a quoted field is never closed.
    """
    inside = False
    for at in range(start, len(lines)):
        line = lines[at]
        position, length, at_start = 0, len(line), True
        while position < length:
            character = line[position]
            if inside:
                if character == '"':
                    if line[position + 1 : position + 2] == '"':
                        position += 1
                    else:
                        inside = False
                        following = line[position + 1 : position + 2]
                        if following not in {"", separator}:
                            return None
                at_start = False
            elif character == separator:
                at_start = True
            elif character == '"':
                if not at_start:
                    return None
                inside, at_start = True, False
            else:
                at_start = False
            position += 1
        if not inside:
            return at
    raise RefusedFileError(
        "A quotation mark opens a field that is never closed, so where its record ends cannot be known.",
        where=f"{name}, line {first_line + start}",
        next_step="Close the quotation mark in that line, or ask for the export again.",
    )
