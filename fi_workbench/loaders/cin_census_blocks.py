"""How the blocks of a census child become rows: one for each block and for each repeated element, as text.

Elements may come in any order, in blocks given more than once, with text between them; whatever is unusual is counted
and said, and nothing that could be a record is passed over. A block's own key (the child, the referral date, the
start of a plan) is repeated in the rows of the blocks inside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import polars as pl
from lxml import etree

from fi_workbench.contracts import Contract, Table
from fi_workbench.loaders.raw import DEFECT, LINE, RAW, Note
from fi_workbench.vocabulary.returns import SEX_FROM_NUMBER

CHILD = "Child"
GENDER = "_gender"
"""Stands for GenderCurrent until it has been read as Sex."""

SEEN = {
    "no_characteristics": "children without ChildCharacteristics",
    "several_reviews": "plans with several Reviews blocks, all reviews kept",
    "gender": "GenderCurrent read as Sex: 1 as M, 2 as F, 0 and 9 as U",
    "numbers": "numbers in Sex read as letters: 1 as M, 2 as F, 0 and 9 as U",
}
"""What is read leniently, in the words of the receipt."""

_BATCH = 50_000
"""Rows held as Python lists before they become a frame: what keeps memory flat on a large file."""

_NAMED_AT_MOST = 40
"""Unknown elements named one by one in the receipt; the rest are counted together."""

_WRAPPERS = frozenset(
    {"ChildIdentifiers", "ChildCharacteristics", "Disabilities", "FactorsIdentifiedAtAssessment", "Reviews"}
)
"""Elements that only group: what they hold belongs to the record around them."""

_INSIDE: dict[str, tuple[str, ...]] = {
    "cin_children": ("cin_episodes",),
    "cin_episodes": (
        "cin_assessments",
        "cin_plans",
        "cin_section47",
        "cin_protection_plans",
        "cin_pre_proceedings",
    ),
}
"""Blocks inside the block of a table."""

_LISTED: dict[str, str] = {
    "cin_children": "cin_disabilities",
    "cin_assessments": "cin_assessment_factors",
    "cin_protection_plans": "cin_protection_plan_reviews",
}
"""Tables of elements that repeat inside a block, each a record of its own."""


@dataclass(frozen=True)
class Block:
    """One kind of block: the table of its records and what stands in it, by tag."""

    tag: str
    table: str
    key: tuple[str, ...]
    leaves: Mapping[str, str]
    listed: Mapping[str, tuple[str, str]]
    blocks: Mapping[str, Block]


def layout(contract: Contract, name: str = "cin_children", inherited: tuple[str, ...] = ()) -> Block:
    """The blocks as the contract's tables name them: tags are `physicalName`, columns `name`."""
    table = contract.table(name)
    leaves = {column.physical_name: column.name for column in table.columns.values() if column.name not in inherited}
    if name == "cin_children":
        leaves["GenderCurrent"] = GENDER
    listed = {}
    if name in _LISTED:
        one = contract.table(_LISTED[name])
        last = one.columns[one.key[-1]]
        listed = {last.physical_name: (one.name, last.name)}
    inside = (layout(contract, inner, table.key) for inner in _INSIDE.get(name, ()))
    return Block(table.physical_name, name, table.key, leaves, listed, {block.tag: block for block in inside})


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


def _line(element: etree._Element) -> int:
    """The line on which an element starts."""
    line = cast("int | None", element.sourceline) or 0
    if line < _LINES_COUNTED:
        return line
    if element.text:
        return line - element.text.count("\n")
    if len(element):
        return _line(element[0])
    return line - (element.tail or "").count("\n")


def _all_text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


@dataclass
class _Record:
    """A record while its block is being read."""

    values: dict[str, str | None]
    own: set[str] = field(default_factory=set)
    raw: list[str] = field(default_factory=list)
    listed: list[tuple[str, str, etree._Element]] = field(default_factory=list)
    blocks: list[tuple[Block, etree._Element]] = field(default_factory=list)
    wrappers: list[str] = field(default_factory=list)
    defect: str | None = None


class Collector:
    """Takes one child after another and keeps their rows and what was unusual."""

    def __init__(self, contract: Contract) -> None:
        self.child_block = layout(contract)
        self.rows = {name: Rows(table) for name, table in contract.tables.items()}
        self.seen: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.stray: Counter[str] = Counter()

    def taken(self) -> dict[str, pl.DataFrame]:
        """The rows gathered since this was asked last, by table."""
        return {name: rows.taken() for name, rows in self.rows.items()}

    def take(self, child: etree._Element) -> None:
        """Read one `Child` with everything in it."""
        self._record(child, self.child_block, {})

    def _record(self, element: etree._Element, block: Block, inherited: Mapping[str, str | None]) -> None:
        record = _Record(dict(inherited))
        self._fill(element, block, record)
        if block.tag == CHILD:
            self._sex(record)
            if "ChildCharacteristics" not in record.wrappers:
                self.seen[SEEN["no_characteristics"]] += 1
        if record.wrappers.count("Reviews") > 1:
            self.seen[SEEN["several_reviews"]] += 1
        self.rows[block.table].add(record.values, _line(element), "; ".join(record.raw), record.defect)
        key = {name: record.values.get(name) for name in block.key}
        for table, column, one in record.listed:
            text = self._text(one)
            self.rows[table].add({**key, column: text}, _line(one), f"{one.tag}={text or ''}")
        for inner_block, inner in record.blocks:
            self._record(inner, inner_block, key)

    def _fill(self, element: etree._Element, block: Block, record: _Record) -> None:
        """Everything directly in the block or in its wrappers."""
        self._look_between(element, element.text)
        for inner in element:
            tag = str(inner.tag)
            if inner.tail is not None:
                self._look_between(element, inner.tail)
            if (column := block.leaves.get(tag)) is not None:
                self._leaf(inner, tag, column, record)
            elif tag in block.listed:
                record.listed.append((*block.listed[tag], inner))
            elif tag in block.blocks:
                record.blocks.append((block.blocks[tag], inner))
            elif tag in _WRAPPERS:
                record.wrappers.append(tag)
                self._fill(inner, block, record)
            else:
                self.unknown[f"{tag[:40]} in {element.tag}"] += 1
                record.raw.append(f"{tag[:40]}={' '.join(_all_text(inner).split())}")

    def _leaf(self, element: etree._Element, tag: str, column: str, record: _Record) -> None:
        text = self._text(element)
        record.raw.append(f"{tag}={text or ''}")
        if column in record.own:
            # Which of the two is true cannot be told, and the text of both must be seen where the row is refused.
            record.defect = f"given_once: {tag} stands more than once where one is allowed."
            text = " | ".join(filter(None, (record.values.get(column), text))) or None
        record.own.add(column)
        record.values[column] = text

    def _text(self, element: etree._Element) -> str | None:
        text = element.text
        if len(element):
            for inner in element:
                self.unknown[f"{str(inner.tag)[:40]} in {element.tag}"] += 1
            text = _all_text(element)
        return (text.strip() or None) if text else None

    def _look_between(self, element: etree._Element, text: str | None) -> None:
        if text and not text.isspace():
            self.stray[str(element.tag)] += 1

    def _sex(self, record: _Record) -> None:
        """Read GenderCurrent and numbers in Sex as M, F or U; both are in use, and each has its years."""
        gender, sex = record.values.pop(GENDER, None), record.values.get("sex")
        as_letter = SEX_FROM_NUMBER.get(sex or "", sex)
        if gender is not None:
            from_gender = SEX_FROM_NUMBER.get(gender, gender)
            self.seen[SEEN["gender"]] += 1
            if as_letter is not None and as_letter != from_gender:
                record.defect = "given_once: Sex and GenderCurrent disagree."
            as_letter = from_gender
        elif as_letter != sex:
            self.seen[SEEN["numbers"]] += 1
        record.values["sex"] = as_letter

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
