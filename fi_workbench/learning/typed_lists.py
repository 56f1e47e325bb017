"""Small lists that people type into a spreadsheet and save as CSV: with commas, semicolons or tabs, as it writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from fi_workbench.errors import WrongUseError

SEPARATORS = (",", ";", "\t")


def read_list(path: Path, *, what: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a list: its heading, and its lines that are not empty.

    Args:
        path: the file, in UTF-8; its heading says which separator it has.
        what: how messages call it, as "file of counts".

    Returns:
        The names of its columns in small letters; GRAIN one pair per record of the file: the line on which it begins,
        from 1, and its cells without the blanks around them.

    Raises:
        WrongUseError: no such file, no UTF-8 text, or a line that cannot be read, which is named by its number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise WrongUseError(f"There is no such {what}.", where=path.name, next_step="Check its name.") from None
    except UnicodeDecodeError:
        raise WrongUseError(
            f"The {what} is not UTF-8 text.", where=path.name, next_step="Save it as CSV UTF-8."
        ) from None
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    rows = list(_rows(text, separator, path.name))
    heading = [name.lower() for name in rows[0][1]] if rows else []
    return heading, rows[1:]


def _rows(text: str, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise WrongUseError(
                "A line cannot be read: a quotation mark is not closed, or a cell is too long.",
                where=f"{name}, line {line}",
                next_step="Look at the line in a text editor; nothing was kept.",
            ) from None
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield line, cells
