"""A census, or a stretch of one, read child by child: whatever stands where it should not is counted and said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from fi_workbench.contracts import Contract
from fi_workbench.loaders.cin_census_blocks import CHILD, Collector
from fi_workbench.loaders.cin_census_xml import ROOT, elements

_CHILDREN = "Children"


@dataclass(frozen=True)
class Walked:
    """What was found: the header, the rows and the notes in the collector, and how many children."""

    header: etree._Element | None
    collector: Collector
    n_children: int


def walk(stream: BinaryIO | None, path: Path, contract: Contract, collector: Collector | None = None) -> Walked:
    """Take every child.

    Args:
        stream: a document to read in the place of the file.
        path: the file, for messages.
        contract: the census's contract.
        collector: goes on with one that has taken children before.

    Raises:
        RefusedFileError: cut off or not well-formed.
    """
    collector = collector or Collector(contract)
    header: etree._Element | None = None
    n_children = 0
    for element in elements(path, (ROOT, "Header", _CHILDREN, CHILD), stream):
        parent = element.getparent()
        if parent is None:
            _leftovers(element, {"Header", _CHILDREN}, collector)
        elif parent.getparent() is None:
            if element.tag == "Header":
                header = element
            elif element.tag == _CHILDREN:
                _leftovers(element, {CHILD}, collector)
        elif element.tag == CHILD and parent.tag == _CHILDREN and _is_root(parent.getparent()):
            collector.take(element)
            n_children += 1
            _let_go(element, parent, collector)
    return Walked(header, collector, n_children)


def _is_root(element: etree._Element | None) -> bool:
    return element is not None and element.getparent() is None


def _let_go(child: etree._Element, parent: etree._Element, collector: Collector) -> None:
    """Drop a child that has been read, and whatever stood before it."""
    child.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs lack it
    while child.getprevious() is not None:
        before = parent[0]
        _look_at(before, {CHILD}, parent, collector)
        del parent[0]


def _leftovers(element: etree._Element, expected: set[str], collector: Collector) -> None:
    """Count what stands beside the expected elements."""
    if element.text and not element.text.isspace():
        collector.stray[str(element.tag)] += 1
    for inner in element:
        _look_at(inner, expected, element, collector)


def _look_at(inner: etree._Element, expected: set[str], parent: etree._Element, collector: Collector) -> None:
    if inner.tag not in expected:
        collector.unknown[f"{str(inner.tag)[:40]} in {parent.tag}"] += 1
    if inner.tail and not inner.tail.isspace():
        collector.stray[str(parent.tag)] += 1
