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

from lxml import etree

_CELL = re.compile(rb"<c\b(?P<attributes>[^>]*?)(?:/>|>(?P<inside>.*?)</c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="[A-Z]{1,3}([0-9]{1,7})"')
_ERROR = re.compile(rb'\bt="e"')
_FORMULA = re.compile(rb"<f\b")
_VALUE = re.compile(rb"<(?:v|is)\b")
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST_BYTES = 1 << 30
"""A sheet that unpacks to more than this is not looked through: no list of people is so long."""


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


def unread_cells(data: bytes) -> Mapping[str, Unread]:
    """What cannot be read, by the sheet's title; nothing for formats other than Office Open XML."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {}
        for title, part in _parts(archive).items():
            if archive.getinfo(part).file_size <= _MOST_BYTES:
                told = _in_sheet(archive.read(part))
                if told.n_errors or told.n_unworked:
                    found[title] = told
    return found


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that holds each sheet."""
    try:
        book = _parse(archive.read("xl/workbook.xml"))
        relations = _parse(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, etree.XMLSyntaxError):
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
                rows.add(int(place[1]))
        elif _FORMULA.search(inside) and not _VALUE.search(inside):
            unworked += 1
    return Unread(frozenset(rows), errors, unworked)
