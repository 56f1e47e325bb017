"""The return on looked after children in its other forms, made from its CSV files: one workbook, and XML."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from fi_workbench.demo.spreadsheet import Cell, Sheet, workbook

Modules = Mapping[str, Sequence[Sequence[str]]]
"""For each module, by the name of its CSV file, its rows; the first is the header."""

_RENAMED = {"CHILD": "CHILDID", "PLACE": "PL"}
_SINGLE = ("oc3", "ad1")
"""Modules of one record for a child whose values stand among those of the child."""
_BLOCKS = {
    "missing": "AMISSING",
    "reviews": "AREVIEW",
    "previous_permanence": "PERMANENCE",
    "oc2": "OC2",
    "placed_for_adoption": "AD_PLACED",
    "social_worker": "SW_EPISODE",
    "dolo": "DOLO",
}
"""The block of each record. The last two have names of our own: no file that others made shows theirs."""


def modules_in(folder: Path) -> dict[str, list[list[str]]]:
    """The modules of a folder of CSV files."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.stem] = list(csv.reader(file))
    return found


def care_workbook(modules: Modules) -> bytes:
    """A workbook with a sheet for each module; its dates are real dates."""
    return workbook([Sheet(name, sheet_rows(rows)) for name, rows in modules.items()])


def sheet_rows(rows: Sequence[Sequence[str]]) -> list[Sequence[Cell] | None]:
    """The rows of one module as cells of a sheet."""
    return [rows[0], *([_cell(text) for text in row] for row in rows[1:])]


def _cell(text: str) -> Cell:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return text


def care_xml(modules: Modules) -> str:
    """The XML form, one line for each element; a record of a child that the header lacks has no place in it."""
    records = {name: _by_child(rows) for name, rows in modules.items()}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<EXPSSDA903>"]
    for child, (head,) in records["header"].items():
        of_child = {name: found.get(child, []) for name, found in records.items() if name != "header"}
        lines += ["<CHILD>", "<HEADER>", *_values(head, shared=())]
        asylum = of_child.get("uasc", [])
        lines += ["<UASC>1</UASC>", *_values(asylum[0])] if asylum else ["<UASC/>"]
        for name in _SINGLE:
            lines += [line for record in of_child.get(name, []) for line in _values(record)]
        for name, block in _BLOCKS.items():
            for record in of_child.get(name, []):
                lines += [f"<{block}>", *_values(record), f"</{block}>"]
        lines.append("</HEADER>")
        for record in of_child.get("episodes", []):
            lines += ["<EPISODE>", *_values(record), "</EPISODE>"]
        lines.append("</CHILD>")
    return "\n".join([*lines, "</EXPSSDA903>", ""])


def _by_child(rows: Sequence[Sequence[str]]) -> dict[str, list[dict[str, str]]]:
    head, *records = rows
    found: dict[str, list[dict[str, str]]] = {}
    for record in records:
        values = dict(zip(head, record, strict=True))
        found.setdefault(values["CHILD"], []).append(values)
    return found


def _values(record: Mapping[str, str], shared: Sequence[str] = ("CHILD", "DOB", "SEX")) -> list[str]:
    """An element for each value; what a record shares with its child stands in the header alone."""
    return [
        f"<{tag}>{escape(text)}</{tag}>" if text else f"<{tag}/>"
        for heading, text in record.items()
        if heading not in shared
        for tag in [_RENAMED.get(heading, heading)]
    ]
