"""Cells of a workbook that have no value to read: spreadsheet errors, and formulas that were never worked out.

A reader of values gives both as empty, which is not what they say: an error quarantines its row, and a workbook with
formulas but no results is refused, because what they would have given cannot be known.

Source:
    ECMA-376, Office Open XML, part 1, 18.3.1.4 (cells) and 18.18.11 (cell types).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.archive import DAMAGED

_PREFIX = rb"(?:[A-Za-z_][\w.-]*:)?"
"""Some programs write every element of a sheet with a prefix for its namespace."""
_CELL = re.compile(
    rb"<(?P<prefix>" + _PREFIX + rb")c\b(?P<attributes>[^>]*?)(?:/>|>(?P<inside>.*?)</(?P=prefix)c\s*>)", re.DOTALL
)
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_FORMULA = re.compile(rb"<" + _PREFIX + rb"f\b")
_VALUE = re.compile(rb"<" + _PREFIX + rb"(?:v|is)\b")
_BOOK = "xl/workbook.xml"
_CONTENT, _MANIFEST = "content.xml", "meta-inf/manifest.xml"
"""Of an OpenDocument, in lower case."""
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST_BYTES = 2 << 30
"""What a workbook may unpack to: no list of people is so long."""
_MOST_CELLS = 1 << 25
"""From the first cell to the last: every row of a sheet with 32 columns. Empty cells between take memory too."""


@dataclass(frozen=True)
class Unread:
    """Cells without a value in one sheet.

    Attributes:
        error_rows: true row numbers with a cell such as #N/A or #REF!.
        n_errors: such cells.
        n_unworked: formulas without a result.
    """

    error_rows: frozenset[int]
    n_errors: int
    n_unworked: int


def unread_cells(data: bytes, name: str) -> Mapping[str, Unread]:
    """What cannot be read, by the sheet's title; nothing for formats other than Office Open XML.

    Args:
        data: the whole file.
        name: its name, for messages.

    Raises:
        RefusedFileError: the archive is damaged, or reading it would take more memory than a machine has.
    """
    try:
        # Inside, since an archive that says it goes on in another file is an error to it too.
        if not zipfile.is_zipfile(io.BytesIO(data)):
            return {}
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_large(archive, name)
            _refuse_ill_formed(archive)
            found = {}
            for title, part in _parts(archive).items():
                sheet = archive.read(part)
                _refuse_wide(sheet, name, title)
                told = _in_sheet(sheet)
                if told.n_errors or told.n_unworked:
                    found[title] = told
            return found
    except (*DAMAGED, etree.XMLSyntaxError, expat.ExpatError):
        raise damaged(name) from None


def is_open_xml(data: bytes) -> bool:
    """Whether a workbook is Office Open XML, every sheet of which `unread_cells` has looked through.

    The library finds parts by their names in any case, and more besides; what we did not find is read apart.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _BOOK not in archive.namelist():
                return False
            named = sum(1 for _ in _parse(archive.read(_BOOK)).iter("{*}sheet"))
            return 0 < named == len(_parts(archive))
    except (*DAMAGED, etree.XMLSyntaxError):
        return False


def damaged(name: str) -> RefusedFileError:
    """The refusal of what is no workbook any more."""
    return RefusedFileError(
        "The file is not a workbook, or it is damaged.",
        where=name,
        next_step="Ask for it again, or export it as CSV.",
    )


def _refuse_large(archive: zipfile.ZipFile, name: str) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > _MOST_BYTES:
        raise RefusedFileError(
            "The workbook unpacks to more than any list of people.",
            where=name,
            how_many=f"{unpacked:,} bytes, at most {_MOST_BYTES:,}",
            next_step="Ask for the list as CSV.",
        )


def _refuse_ill_formed(archive: zipfile.ZipFile) -> None:
    """Read an OpenDocument's content as XML: where a table has no end, the library looks for it for ever.

    One that is locked has no XML there, and the library says so before it looks.
    """
    parts = {part.lower(): part for part in archive.namelist()}
    if _CONTENT not in parts or (_MANIFEST in parts and b"encryption-data" in archive.read(parts[_MANIFEST])):
        return
    with archive.open(parts[_CONTENT]) as content:
        expat.ParserCreate().ParseFile(content)


def _refuse_wide(sheet: bytes, name: str, title: str) -> None:
    """Refuse a sheet with a value far from its table, before the cells between are made."""
    rows, columns = _rough_extent(sheet, name)
    if rows * columns > _MOST_CELLS:
        rows, columns = _extent(sheet)
    if rows * columns > _MOST_CELLS:
        raise RefusedFileError(
            "A sheet has a value so far from its table that the cells between cannot be held.",
            where=f"{name}, sheet {title.strip()[:40]}",
            how_many=f"{rows:,} rows by {columns:,} columns, at most {_MOST_CELLS:,} cells",
            next_step="Delete what stands apart from the table (Ctrl+End goes to the last cell), or export it as CSV.",
        )


def _rough_extent(sheet: bytes, name: str) -> tuple[int, int]:
    """Rows and columns that a sheet has at most, told by how long its references are."""
    at = rb"""r\s*=\s*["']""" if re.search(rb"r(?:\s+=|=\s)", sheet) else rb"""r=["']"""
    beyond = at + rb"(?:[A-Za-z]{4,}[0-9]|[A-Za-z]{0,3}[0-9]{8})"
    if re.search(beyond, sheet) and re.search(rb"\s" + beyond, sheet):
        raise damaged(name)
    letters = next((n for n in (3, 2) if re.search(at + rb"[A-Za-z]{%d}[0-9]" % n, sheet)), 1)
    digits = next((n for n in (7, 6, 5) if re.search(at + rb"[A-Za-z]{0,3}[0-9]{%d}" % n, sheet)), 4)
    return 10**digits - 1, 26**letters


def _extent(sheet: bytes) -> tuple[int, int]:
    """The last row and column with a value; a cell that does not say where it stands may stand in the last row."""
    rows = columns = 1
    stated = (int(one[2]) for one in _REFERENCE.finditer(sheet))
    last = max(stated, default=1)
    for cell in _CELL.finditer(sheet):
        if cell["inside"]:
            place = _REFERENCE.search(cell["attributes"])
            rows = max(rows, int(place[2]) if place else last)
            columns = max(columns, _column(place[1].upper()) if place else 1)
    return rows, columns


def _column(letters: bytes) -> int:
    """The number of a column, from 1.

    Example:
        >>> _column(b"A"), _column(b"AA"), _column(b"XFD")
        (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that holds each sheet."""
    try:
        book = _parse(archive.read(_BOOK))
        relations = _parse(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return {}
    targets = {one.get("Id"): one.get("Target") or "" for one in relations.iter("{*}Relationship")}
    names = set(archive.namelist())
    found = {}
    for sheet in book.iter("{*}sheet"):
        target = targets.get(sheet.get(_RELATIONS), "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if part in names:
            found[sheet.get("name") or ""] = part
    return found


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def _in_sheet(data: bytes) -> Unread:
    rows: set[int] = set()
    errors = unworked = 0
    if not _ERROR.search(data) and not _FORMULA.search(data):
        return Unread(frozenset(), 0, 0)
    for cell in _CELL.finditer(data):
        attributes, inside = cell["attributes"], cell["inside"] or b""
        if _ERROR.search(attributes):
            errors += 1
            if place := _REFERENCE.search(attributes):
                rows.add(int(place[2]))
        elif _FORMULA.search(inside) and not _VALUE.search(inside):
            unworked += 1
    return Unread(frozenset(rows), errors, unworked)
