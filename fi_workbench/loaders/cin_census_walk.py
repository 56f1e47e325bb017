"""A census, or a stretch of one, read child by child: whatever stands where it should not is counted and said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from fi_workbench.contracts import Contract
from fi_workbench.loaders.cin_census_blocks import CHILD, Collector
from fi_workbench.loaders.xml_reading import XmlForm, elements

CENSUS = XmlForm("Message", "census")
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
    for element in elements(path, CENSUS, (CENSUS.root, "Header", _CHILDREN, CHILD), stream):
        parent = element.getparent()
        if parent is None:
            collector.leftovers(element, {"Header", _CHILDREN})
        elif parent.getparent() is None:
            if element.tag == "Header":
                header = element
            elif element.tag == _CHILDREN:
                collector.leftovers(element, {CHILD})
        elif element.tag == CHILD and parent.tag == _CHILDREN and _is_root(parent.getparent()):
            collector.take(element)
            n_children += 1
            collector.let_go(element, parent)
    return Walked(header, collector, n_children)


def _is_root(element: etree._Element | None) -> bool:
    return element is not None and element.getparent() is None
