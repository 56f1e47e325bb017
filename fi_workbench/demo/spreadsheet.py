"""Workbooks written cell by cell, the same bytes every time: no program's date, name or order gets into them.

Source:
    ECMA-376, Office Open XML, part 1 (spreadsheets).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_HIDDEN = ' state="hidden"'
_STAMP = (2026, 1, 1, 0, 0, 0)
_FROM_1900 = date(1899, 12, 30).toordinal()
_FROM_1904 = date(1904, 1, 1).toordinal()


@dataclass(frozen=True)
class Formula:
    """A formula without a result."""

    text: str


@dataclass(frozen=True)
class ErrorCell:
    """A cell that shows an error, such as #N/A."""

    text: str = "#N/A"


Cell = str | int | float | date | Formula | ErrorCell | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title, its rows (None for an empty one), and how it is kept."""

    title: str
    rows: Sequence[Sequence[Cell] | None]
    hidden: bool = False
    merged: tuple[str, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    blank_rows_after: int = 0


def workbook(sheets: Sequence[Sheet], *, from_1904: bool = False) -> bytes:
    """The bytes of a workbook.

    Args:
        sheets: in order.
        from_1904: whether its dates are counted from 1904, as old Macintosh files count them.
    """
    out = io.BytesIO()
    texts = _frame(sheets, from_1904=from_1904)
    first_day = _FROM_1904 if from_1904 else _FROM_1900
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), (_HEAD + text).encode(), zipfile.ZIP_DEFLATED)
        for number, sheet in enumerate(sheets, start=1):
            text = _HEAD + "".join(_sheet(sheet, first_day))
            part = zipfile.ZipInfo(f"xl/worksheets/sheet{number}.xml", _STAMP)
            archive.writestr(part, text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _frame(sheets: Sequence[Sheet], *, from_1904: bool) -> dict[str, str]:
    """The parts of a workbook beside its sheets."""
    parts = [f"xl/worksheets/sheet{i}.xml" for i in range(1, len(sheets) + 1)]
    kinds = "".join(f'<Override PartName="/{part}" ContentType="{_TYPES}.worksheet+xml"/>' for part in parts)
    listed = "".join(
        f'<sheet name="{escape(sheet.title)}" sheetId="{i}"{_HIDDEN if sheet.hidden else ""} r:id="rId{i}"/>'
        for i, sheet in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    since = '<workbookPr date1904="1"/>' if from_1904 else ""
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_DOCUMENT}">{since}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="rIdS" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f"<styleSheet {_MAIN}><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
        '<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0" xfId="0"/>'
        '<xf numFmtId="14" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }


def write_workbook(path: Path, sheets: Iterable[tuple[str, Iterable[Sequence[Cell]]]], titles: Sequence[str]) -> None:
    """Write a workbook row by row, so that a long one costs no memory.

    Args:
        path: the file.
        sheets: title and rows of each sheet, in the order of `titles`.
        titles: of all sheets, which the workbook's own parts list before the first is written.
    """
    frame = _frame([Sheet(title, ()) for title in titles], from_1904=False)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in frame.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), (_HEAD + text).encode(), zipfile.ZIP_DEFLATED)
        for number, (_, rows) in enumerate(sheets, start=1):
            part = zipfile.ZipInfo(f"xl/worksheets/sheet{number}.xml", _STAMP)
            part.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(part, "w") as file:
                for text in (_HEAD, *_start(), *_rows(rows), "</sheetData></worksheet>"):
                    file.write(text.encode())


def _start() -> tuple[str]:
    return (f"<worksheet {_MAIN}><sheetData>",)


def _rows(rows: Iterable[Sequence[Cell]]) -> Iterable[str]:
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(value, f"{_column(at)}{number}", _FROM_1900) for at, value in enumerate(row))
        yield f'<row r="{number}">{cells}</row>'


def _sheet(sheet: Sheet, first_day: int) -> Iterable[str]:
    yield f"<worksheet {_MAIN}><sheetData>"
    number = 0
    for number, row in enumerate(sheet.rows, start=1):
        if row is not None:
            hidden = ' hidden="1"' if number in sheet.hidden_rows else ""
            cells = "".join(_cell(value, f"{_column(at)}{number}", first_day) for at, value in enumerate(row))
            yield f'<row r="{number}"{hidden}>{cells}</row>'
    for blank in range(number + 1, number + 1 + sheet.blank_rows_after):
        yield f'<row r="{blank}" s="1" customFormat="1"/>'
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in sheet.merged)
    yield f"</sheetData>{f'<mergeCells>{merged}</mergeCells>' if merged else ''}</worksheet>"


def _cell(value: Cell, place: str, first_day: int) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Formula):
        return f'<c r="{place}"><f>{escape(value.text)}</f></c>'
    if isinstance(value, ErrorCell):
        return f'<c r="{place}" t="e"><v>{escape(value.text)}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{value.toordinal() - first_day}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def _column(at: int) -> str:
    """The letters of a column, from 0.

    Example:
        >>> _column(0), _column(27)
        ('A', 'AB')
    """
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
