"""Read the XML form of the return on looked after children: an element for each child, and its modules inside it.

Modules are blocks inside the child (`EPISODE`, `AREVIEW`), or single values that stand among those of the child's own
header (`IN_TOUCH`, `DATE_INT`). The child's number, date of birth and sex stand once and belong to every record of
the child. A block whose name is not known is told by what stands in it, as a CSV file is told by its headings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from lxml import etree

from fi_workbench.contracts import Contract, Table
from fi_workbench.loaders.delimited import Read
from fi_workbench.loaders.raw import FILE, RECORD, Hold, Note, RawTable
from fi_workbench.loaders.ssda903_modules import Module
from fi_workbench.loaders.xml_reading import XmlForm, elements, refuse_unsafe
from fi_workbench.loaders.xml_rows import NO_CHILDREN, Oddities, Record, Rows, all_text, line_of

FORM = XmlForm("EXPSSDA903", "return on looked after children")
CHILD = "CHILD"
_HEADER = "ssda903_header"
_UASC = "ssda903_uasc"
_FLAG = "_uasc"
"""Stands for the element UASC, which has no column: it says whether the child has a record in the module."""

HEADINGS = {"CHILDID": "CHILD", "PL": "PLACE"}
"""Elements called otherwise than the heading of their column in the CSV files."""

BLOCKS = {
    "EPISODE": "ssda903_episodes",
    "AREVIEW": "ssda903_reviews",
    "AMISSING": "ssda903_missing",
    "PERMANENCE": "ssda903_previous_permanence",
    "AD_PLACED": "ssda903_placed_for_adoption",
    "OC2": "ssda903_oc2",
}
"""Blocks inside a child, each a record of its module. Children of later years have workers and orders too."""

_YES, _NO = frozenset({"1", "true", "yes", "y"}), frozenset({"0", "false", "no", "n"})
_READ_THROUGH = "elements of a name that is not known, read through to the known ones inside: {}"
_BY_CONTENT = "blocks of a name that is not known, read as {} by what stands in them: {}"
_OTHER_FLAG = "values of UASC other than 1 and 0, read as yes"


def read_xml(path: Path, contract: Contract) -> tuple[list[Module], list[Note], list[Hold]]:
    """Read one file, child by child: memory grows with the rows of text, not with the document.

    Args:
        path: the file.
        contract: the return's contract; elements are its physical names, but for `HEADINGS`.

    Returns:
        The modules that the file holds anything of, the header always; what was unusual; why it must wait, if so.

    Raises:
        RefusedFileError: not this form, not safe, cut off or not well-formed; nothing was taken.
    """
    refuse_unsafe(path, FORM)
    children = Children(contract)
    for element in elements(path, FORM, (FORM.root, CHILD)):
        parent = element.getparent()
        if parent is None:
            children.leftovers(element, {CHILD})
        elif element.tag == CHILD and parent.getparent() is None:
            children.take(element)
            children.let_go(element, parent)
    modules = [Module(path.name, Read(table, (), ())) for table in children.tables(path.name)]
    return modules, children.notes(), [] if children.n_children else [NO_CHILDREN]


@dataclass
class _Child:
    """A child while it is being read: its own values, the single values of other modules, and its blocks."""

    head: Record = field(default_factory=lambda: Record({}))
    loose: dict[str, Record] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    blocks: list[tuple[str, etree._Element]] = field(default_factory=list)


class Children(Oddities):
    """Takes one child after another and keeps the rows of every module and what was unusual."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self.n_children = 0
        self._contract = contract
        self._rows = {name: Rows(table) for name, table in contract.tables.items()}
        self._empty: Counter[str] = Counter()
        self._columns = {name: _elements_of(table) for name, table in contract.tables.items()}
        of_child = set(contract.table(_HEADER).columns)
        self._shared = {name: of_child.intersection(table.columns) for name, table in contract.tables.items()}
        often = Counter(tag for tags in self._columns.values() for tag in tags)
        only = {tag: name for name, tags in self._columns.items() for tag in tags if often[tag] == 1}
        self._owner = {tag: name for tag, name in only.items() if name != _HEADER}
        self._of_header = only.keys() - self._owner.keys()

    def tables(self, file: str) -> list[RawTable]:
        """The modules that anything was found of, in the contract's order."""
        found = []
        for name, rows in self._rows.items():
            frame = rows.taken()
            empty = self._empty[name]
            if frame.height or empty or name == _HEADER:
                number = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias(RECORD)
                frame = frame.with_columns(number, pl.lit(file).alias(FILE))
                found.append(RawTable(name, frame, {"empty_block": empty} if empty else {}))
        return found

    def take(self, element: etree._Element) -> None:
        """Read one child with everything in it."""
        self.n_children += 1
        child = _Child()
        self._fill(element, child)
        head = child.head
        if all_text(element).strip():
            self._rows[_HEADER].add(head.values, line_of(element), "; ".join(head.raw), head.defect)
        else:
            self._empty[_HEADER] += 1
        for name, record in child.loose.items():
            if self._is_record(name, record):
                self._add(name, record, child.lines[name], head.values)
        for name, block in child.blocks:  # which grows where a block holds another
            self._block(name, block, child)

    def _fill(self, element: etree._Element, child: _Child) -> None:
        """Everything directly in the child, in its header, or in an element that only groups."""
        self.look_between(element, element.text)
        for inner in element:
            self.look_between(element, inner.tail)
            tag = str(inner.tag)
            if tag == "HEADER":
                self._fill(inner, child)
            elif (name := self._block_of(inner)) is not None:
                child.blocks.append((name, inner))
            elif tag in self._columns[_HEADER]:
                child.head.put(tag, self._columns[_HEADER][tag], self.text_of(inner))
            elif tag == "UASC" or tag in self._owner:
                self._single(inner, tag, child)
            elif any(self._is_known(one) for one in inner.iterdescendants()):
                self.seen[_READ_THROUGH.format(tag[:40])] += 1
                self._fill(inner, child)
            else:
                self.pass_over(inner, element, child.head)

    def _single(self, element: etree._Element, tag: str, child: _Child) -> None:
        """A value of a module that stands outside a block."""
        name = self._owner.get(tag, _UASC)
        record = child.loose.setdefault(name, Record({}))
        child.lines.setdefault(name, line_of(element))
        record.put(tag, self._columns[name].get(tag, _FLAG), self.text_of(element))

    def _is_record(self, name: str, record: Record) -> bool:
        flag = (record.values.pop(_FLAG, None) or "").casefold() if name == _UASC else ""
        if flag and flag not in _YES | _NO:
            self.seen[_OTHER_FLAG] += 1
        return any(record.values.values()) or (bool(flag) and flag not in _NO)

    def _block_of(self, element: etree._Element) -> str | None:
        """The module of which an element is a record: by its name, else by what stands directly in it."""
        tag = str(element.tag)
        if tag in BLOCKS:
            return BLOCKS[tag]
        if not len(element) or any(inner.tag in self._of_header for inner in element):
            return None
        inside = Counter(self._owner[inner.tag] for inner in element if inner.tag in self._owner)
        (name, most), *others = inside.most_common(2) or [("", 0)]
        if not most or any(n == most for _, n in others):
            return None
        self.seen[_BY_CONTENT.format(self._contract.table(name).physical_name, tag[:40])] += 1
        return name

    def _is_known(self, element: etree._Element) -> bool:
        tag = str(element.tag)
        return tag in BLOCKS or tag in self._owner or tag in self._columns[_HEADER]

    def _block(self, name: str, element: etree._Element, child: _Child) -> None:
        """One record of a module; a block that says nothing of its own is none."""
        record = Record({})
        columns = self._columns[name]
        stray = [element.text, *(inner.tail for inner in element)]
        unknown: list[str] = []
        for inner in element:
            tag = str(inner.tag)
            if tag in columns:
                record.put(tag, columns[tag], self.text_of(inner))
            elif (within := self._block_of(inner)) is not None:
                child.blocks.append((within, inner))
            else:
                self.pass_over(inner, element, record)
                unknown.append(all_text(inner))
        for text in stray:
            self.look_between(element, text)
            if text and not text.isspace():
                record.raw.append(" ".join(text.split()))
        if not any(record.values.values()) and not "".join([*unknown, *filter(None, stray)]).strip():
            self._empty[name] += 1
            return
        self._add(name, record, line_of(element), child.head.values)

    def _add(self, name: str, record: Record, line: int, whose: Mapping[str, str | None]) -> None:
        """A record with what it shares with its child, where it does not say that itself."""
        shared = {column: whose.get(column) for column in self._shared[name]}
        own = {column: text for column, text in record.values.items() if text is not None}
        self._rows[name].add(shared | own, line, "; ".join(record.raw), record.defect)


def _elements_of(table: Table) -> dict[str, str]:
    """The elements whose values are a module's, and the column of each."""
    known = {column.physical_name: column.name for column in table.columns.values()}
    return known | {tag: known[heading] for tag, heading in HEADINGS.items() if heading in known}
