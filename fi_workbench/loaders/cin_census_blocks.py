"""How the blocks of a census child become rows: one for each block and for each repeated element, as text.

Elements may come in any order, in blocks given more than once, with text between them; whatever is unusual is counted
and said, and nothing that could be a record is passed over. A block's own key (the child, the referral date, the
start of a plan) is repeated in the rows of the blocks inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from lxml import etree

from fi_workbench.contracts import Contract
from fi_workbench.loaders.xml_rows import Oddities, Record, Rows, line_of
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


@dataclass
class _Record(Record):
    """A record of a census, with what repeats inside it."""

    listed: list[tuple[str, str, etree._Element]] = field(default_factory=list)
    blocks: list[tuple[Block, etree._Element]] = field(default_factory=list)
    wrappers: list[str] = field(default_factory=list)


class Collector(Oddities):
    """Takes one child after another and keeps their rows and what was unusual."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self.child_block = layout(contract)
        self.rows = {name: Rows(table) for name, table in contract.tables.items()}

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
        self.rows[block.table].add(record.values, line_of(element), "; ".join(record.raw), record.defect)
        key = {name: record.values.get(name) for name in block.key}
        for table, column, one in record.listed:
            text = self.text_of(one)
            self.rows[table].add({**key, column: text}, line_of(one), f"{one.tag}={text or ''}")
        for inner_block, inner in record.blocks:
            self._record(inner, inner_block, key)

    def _fill(self, element: etree._Element, block: Block, record: _Record) -> None:
        """Everything directly in the block or in its wrappers."""
        self.look_between(element, element.text)
        for inner in element:
            tag = str(inner.tag)
            self.look_between(element, inner.tail)
            if (column := block.leaves.get(tag)) is not None:
                record.put(tag, column, self.text_of(inner))
            elif tag in block.listed:
                record.listed.append((*block.listed[tag], inner))
            elif tag in block.blocks:
                record.blocks.append((block.blocks[tag], inner))
            elif tag in _WRAPPERS:
                record.wrappers.append(tag)
                self._fill(inner, block, record)
            else:
                self.pass_over(inner, element, record)

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
