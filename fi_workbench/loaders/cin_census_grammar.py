"""Where each element of a regular census stands: what lets a stretch of one be read column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fi_workbench.contracts import Contract
from fi_workbench.loaders.cin_census_blocks import CHILD, Block, layout

BLOCK, WRAPPER, LEAF, LISTED = range(4)

_WRAPPED: dict[tuple[str, str], tuple[str, ...]] = {
    (CHILD, "ChildIdentifiers"): (
        "LAchildID",
        "UPN",
        "FormerUPN",
        "UPNunknown",
        "PersonBirthDate",
        "ExpectedPersonBirthDate",
        "GenderCurrent",
        "Sex",
        "PersonDeathDate",
    ),
    (CHILD, "ChildCharacteristics"): ("Ethnicity",),
    (CHILD, "Disabilities"): ("Disability",),
    ("Assessments", "FactorsIdentifiedAtAssessment"): ("AssessmentFactors",),
    ("ChildProtectionPlans", "Reviews"): ("CPPreviewDate",),
}
"""Which elements the schema puts inside which grouping element."""

_WITHIN = {"Disabilities": "ChildCharacteristics"}
"""Grouping elements inside another."""


@dataclass(frozen=True)
class Node:
    """One place of the schema at which an element may stand.

    Attributes:
        number: its index in the grammar.
        kind: BLOCK (a record), WRAPPER (only groups), LEAF (a value of its block's record) or LISTED (a value that
            is a record of its own).
        parent: the index of the element around it; -1 around a child.
        block: the index of the record's block it belongs to; for a block, its own.
        column: the contract's column of a value.
        table: of a block and of a listed value, the table of its rows.
    """

    number: int
    tag: str
    kind: int
    parent: int
    block: int
    column: str = ""
    table: str = ""


@dataclass(frozen=True)
class Grammar:
    """Every place, and which mark (an element's start or end) may follow which.

    Attributes:
        marks: the names of marks as they stand after "<": "UPN", "/UPN".
        first: for each mark the number of its place times two, plus one for an end; -1 where places share the name.
        shared: marks whose name stands at several places, with those places, outermost block first.
        follows: `follows[a, b]`, whether mark b may come right after mark a.
    """

    nodes: tuple[Node, ...]
    marks: pl.Enum
    first: NDArray[np.int16]
    shared: Mapping[int, tuple[int, ...]]
    follows: NDArray[np.bool_]
    keys: Mapping[int, tuple[str, ...]]

    def blocks(self) -> Iterator[Node]:
        """The places of records, parents first."""
        return (node for node in self.nodes if node.kind == BLOCK)

    def depth(self, node: Node) -> int:
        """How many elements are around it."""
        return 0 if node.parent < 0 else 1 + self.depth(self.nodes[node.parent])


def make_grammar(contract: Contract) -> Grammar:
    """The grammar of a contract's census."""
    nodes: list[Node] = []
    keys: dict[int, tuple[str, ...]] = {}
    _add_block(layout(contract), -1, nodes, keys)
    names = sorted({node.tag for node in nodes})
    marks = [mark for name in names for mark in (name, f"/{name}")]
    places = {name: [node for node in nodes if node.tag == name] for name in names}
    first = np.full(len(marks), -1, dtype=np.int16)
    shared: dict[int, tuple[int, ...]] = {}
    for at, mark in enumerate(marks):
        there = places[mark.removeprefix("/")]
        if len(there) == 1:
            first[at] = 2 * there[0].number + (at % 2)
        else:
            shared[at] = tuple(node.number for node in there)
    return Grammar(tuple(nodes), pl.Enum(marks), first, shared, _follows(nodes), keys)


def _add_block(block: Block, parent: int, nodes: list[Node], keys: dict[int, tuple[str, ...]]) -> None:
    number = len(nodes)
    nodes.append(Node(number, block.tag, BLOCK, parent, number, table=block.table))
    keys[number] = block.key
    within: dict[str, int] = {}
    inside = {tag: wrapper for (owner, wrapper), tags in _WRAPPED.items() if owner == block.tag for tag in tags}
    for owner, wrapper in _WRAPPED:
        if owner == block.tag:
            around = within[_WITHIN[wrapper]] if wrapper in _WITHIN else number
            within[wrapper] = len(nodes)
            nodes.append(Node(len(nodes), wrapper, WRAPPER, around, number))
    for tag, column in block.leaves.items():
        nodes.append(Node(len(nodes), tag, LEAF, within[inside[tag]] if tag in inside else number, number, column))
    for tag, (table, column) in block.listed.items():
        around = within[inside[tag]] if tag in inside else number
        nodes.append(Node(len(nodes), tag, LISTED, around, number, column, table))
    for inner in block.blocks.values():
        _add_block(inner, number, nodes, keys)


def _follows(nodes: list[Node]) -> NDArray[np.bool_]:
    """Starts follow the start of the element around them or the end of a neighbour; ends their own start or a last."""
    allowed = np.zeros((2 * len(nodes), 2 * len(nodes)), dtype=np.bool_)
    for a in nodes:
        for b in nodes:
            allowed[2 * a.number, 2 * b.number] = b.parent == a.number
            allowed[2 * a.number + 1, 2 * b.number] = b.parent == a.parent
            allowed[2 * a.number, 2 * b.number + 1] = a.number == b.number
            allowed[2 * a.number + 1, 2 * b.number + 1] = a.parent == b.number
    return allowed
