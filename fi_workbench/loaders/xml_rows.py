"""What readers of XML share: rows gathered as text, true line numbers, and whatever is unusual counted and said.

Elements may come in any order and with text between them; nothing that could be a record is passed over in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import polars as pl
from lxml import etree

from fi_workbench.contracts import Table
from fi_workbench.loaders.raw import DEFECT, LINE, RAW, Hold, Note

NO_CHILDREN = Hold(
    "no_children",
    "The file holds no child.",
    "If the authority truly has none, take it with `fi-workbench load --accept`; otherwise replace it.",
)

_BATCH = 50_000
"""Rows held as Python lists before they become a frame: what keeps memory flat on a large file."""

_NAMED_AT_MOST = 40
"""Unknown elements named one by one in the receipt; the rest are counted together."""


class Rows:
    """The rows of one table, gathered as text."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._names = tuple(table.columns)
        self._frames: list[pl.DataFrame] = []
        self._empty()

    def _empty(self) -> None:
        self._columns: list[list[str | None]] = [[] for _ in self._names]
        self._lines: list[int] = []
        self._raw: list[str] = []
        self._defects: list[str | None] = []

    def add(self, values: Mapping[str, str | None], line: int, raw: str, defect: str | None = None) -> None:
        """One record."""
        for name, column in zip(self._names, self._columns, strict=True):
            column.append(values.get(name))
        self._lines.append(line)
        self._raw.append(raw)
        self._defects.append(defect)
        if len(self._lines) >= _BATCH:
            self._settle()

    def _settle(self) -> None:
        data: dict[str, object] = dict(zip(self._names, self._columns, strict=True))
        data |= {LINE: self._lines, RAW: self._raw, DEFECT: self._defects}
        schema: dict[str, pl.DataType] = dict.fromkeys(self._names, pl.String())
        schema |= {LINE: pl.Int64(), RAW: pl.String(), DEFECT: pl.String()}
        self._frames.append(pl.DataFrame(data, schema=schema))
        self._empty()

    def taken(self) -> pl.DataFrame:
        """What was gathered since this was asked last."""
        self._settle()
        frames, self._frames = self._frames, []
        return pl.concat(frames)


_LINES_COUNTED = 65_535
"""Lines that libxml2 counts in an element; beyond them it gives the line on which the next text ends."""


def line_of(element: etree._Element) -> int:
    """The line on which an element starts."""
    line = cast("int | None", element.sourceline) or 0
    if line < _LINES_COUNTED:
        return line
    if element.text:
        return line - element.text.count("\n")
    if len(element):
        return line_of(element[0])
    return line - (element.tail or "").count("\n")


def all_text(element: etree._Element) -> str:
    """Everything written in an element and in those inside it."""
    return "".join(map(str, element.itertext()))


@dataclass
class Record:
    """A record while its block is being read: values by column, and its text as it stood."""

    values: dict[str, str | None]
    own: set[str] = field(default_factory=set)
    raw: list[str] = field(default_factory=list)
    defect: str | None = None

    def put(self, tag: str, column: str, text: str | None) -> None:
        """Take a single value; one that stands twice makes the record a defect."""
        self.raw.append(f"{tag}={text or ''}")
        if column in self.own:
            # Which of the two is true cannot be told, and the text of both must be seen where the row is refused.
            self.defect = f"given_once: {tag} stands more than once where one is allowed."
            text = " | ".join(filter(None, (self.values.get(column), text))) or None
        self.own.add(column)
        self.values[column] = text


class Oddities:
    """What is unusual in a file, counted by kind.

    Attributes:
        seen: what is read leniently, in the words of the receipt.
        unknown: elements that the contract does not know, by name and place.
        stray: text between elements, by the element it stands in.
    """

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.stray: Counter[str] = Counter()

    def text_of(self, element: etree._Element) -> str | None:
        """The value of an element; elements inside it are counted, and what they say is part of it."""
        text = element.text
        if len(element):
            for inner in element:
                self.unknown[f"{str(inner.tag)[:40]} in {str(element.tag)[:40]}"] += 1
            text = all_text(element)
        return (text.strip() or None) if text else None

    def look_between(self, element: etree._Element, text: str | None) -> None:
        """Count text that stands between the elements of another."""
        if text and not text.isspace():
            self.stray[str(element.tag)[:40]] += 1

    def pass_over(self, inner: etree._Element, around: etree._Element, record: Record) -> None:
        """Count an element that nothing is known of; its text stays with the record's."""
        self.unknown[f"{str(inner.tag)[:40]} in {str(around.tag)[:40]}"] += 1
        record.raw.append(f"{str(inner.tag)[:40]}={' '.join(all_text(inner).split())}")

    def let_go(self, child: etree._Element, parent: etree._Element) -> None:
        """Drop a child that has been read, and whatever stood before it."""
        expected = {str(child.tag)}
        child.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs lack it
        while child.getprevious() is not None:
            before = parent[0]
            self._look_at(before, expected, parent)
            del parent[0]

    def leftovers(self, element: etree._Element, expected: set[str]) -> None:
        """Count what stands beside the expected elements."""
        self.look_between(element, element.text)
        for inner in element:
            self._look_at(inner, expected, element)

    def _look_at(self, inner: etree._Element, expected: set[str], parent: etree._Element) -> None:
        if inner.tag not in expected:
            self.unknown[f"{str(inner.tag)[:40]} in {parent.tag}"] += 1
        self.look_between(parent, inner.tail)

    def notes(self) -> list[Note]:
        """What was unusual, each with its count."""
        notes = [Note(what, "", n) for what, n in sorted(self.seen.items()) if n]
        notes += [Note("text between elements, passed over", where, n) for where, n in sorted(self.stray.items())]
        named = sorted(self.unknown.items())
        unknown = "element that the contract does not know, kept in the raw file and in no table"
        notes += [Note(unknown, where, n) for where, n in named[:_NAMED_AT_MOST]]
        if rest := sum(n for _, n in named[_NAMED_AT_MOST:]):
            notes.append(Note(unknown, f"{len(named) - _NAMED_AT_MOST} further kinds", rest))
        return notes
