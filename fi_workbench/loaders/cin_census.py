"""Read a census of children in need: XML of any collection from 2017 to 2026, one child at a time.

Nothing is typed and nothing is judged here; the contract does that. What only the reader can know it says: elements
that stand twice, codes that had been retired before the file's collection year, and where the header disagrees.

Source:
    Department for Education, children in need census: XML schemas 2017 to 2026.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from lxml import etree

from fi_workbench.contracts import Contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.cin_census_blocks import CHILD, Collector
from fi_workbench.loaders.cin_census_header import Header, header_holds, header_notes, read_header
from fi_workbench.loaders.cin_census_xml import ROOT, elements, refuse_unsafe
from fi_workbench.loaders.raw import Hold, RawExtract, RawFile
from fi_workbench.loaders.returns_years import by_year
from fi_workbench.settings import Settings

_CHILDREN = "Children"


def read(files: Sequence[Path], contract: Contract, settings: Settings, *, as_of: date | None = None) -> RawExtract:
    """Read one census file into rows of text, one for each block.

    Memory stays flat: each child is let go once its rows are taken.

    Args:
        files: exactly one file.
        contract: the census's contract; tags are its physical names.
        settings: whose authority and collection years the header must agree with.
        as_of: what the file covers up to, used only where the header does not say.

    Returns:
        Every table of the contract, empty ones too, in the order of the file; `scope` is the collection year. `as_of`
        is empty while nobody said it, and the file then waits.

    Raises:
        RefusedFileError: not a census, not safe, cut off or not well-formed; nothing was taken.
    """
    if len(files) != 1:
        raise RefusedFileError("A census is one file.", how_many=f"{len(files)} files given")
    path = files[0]
    refuse_unsafe(path)
    collector = Collector(contract)
    element, n_children = _collect(path, collector)
    header = read_header(element)
    declared = header.as_of or as_of
    tables, year_notes = by_year([rows.raw_table(path.name) for rows in collector.rows.values()], header.census_year)
    holds = header_holds(header, settings)
    if n_children == 0:
        holds.append(
            Hold(
                "no_children",
                "The file holds no child.",
                "If the authority truly has none, take it with `fi-workbench load --accept`; otherwise replace it.",
            )
        )
    return RawExtract(
        source=contract.source,
        files=(_known_by_content(path),),
        as_of=declared,
        coverage_from=_year_start(header),
        coverage_to=declared,
        scope=str(header.census_year or ""),
        tables=tuple(tables),
        notes=(*header_notes(header), *collector.notes(), *year_notes),
        holds=tuple(holds),
    )


def _collect(path: Path, collector: Collector) -> tuple[etree._Element | None, int]:
    """Take every child; hand back the header and how many children there were."""
    header: etree._Element | None = None
    n_children = 0
    for element in elements(path, (ROOT, "Header", _CHILDREN, CHILD)):
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
    return header, n_children


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


def _year_start(header: Header) -> date | None:
    return date(header.census_year - 1, 4, 1) if header.census_year else None


def _known_by_content(path: Path) -> RawFile:
    with path.open("rb") as stream:
        return RawFile(path.name, hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size)
