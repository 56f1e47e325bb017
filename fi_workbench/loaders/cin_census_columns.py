"""A regular stretch of a census read column by column: the same rows as child by child, at a fraction of the work.

A stretch is whole children, one after another. It is regular where every element stands at its place in the schema,
values stand once, and there is no text between elements, no comment, entity or attribute. Where anything else is
found the stretch is handed back, and is read child by child: so that nothing unusual is ever judged in two ways.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fi_workbench.contracts import Contract
from fi_workbench.loaders.cin_census_blocks import GENDER, SEEN
from fi_workbench.loaders.cin_census_grammar import LEAF, LISTED, WRAPPER, Grammar, Node, make_grammar
from fi_workbench.loaders.raw import DEFECT, LINE
from fi_workbench.vocabulary.returns import SEX_FROM_NUMBER

AT = "_at"
"""Where in its stretch a record starts: what its text is found again by."""

_IRREGULAR = (b"!", b"?", b"&")
"""Marks that comments, instructions and entities are made of; looked for alone, since that is ten times as fast."""
_EMPTY_ELEMENT = re.compile(r"<([A-Za-z0-9]+) *\/>")
_Lines = NDArray[np.int64]


@dataclass(frozen=True)
class Stretch:
    """The rows of a stretch.

    Attributes:
        tables: for each table of the contract every column as text, `_line`, `_defect` and `_at`. GRAIN: one row per
            block or repeated element, in the order of the file.
        seen: what is read leniently, with counts.
    """

    tables: dict[str, pl.DataFrame]
    seen: Counter[str]
    _marks: _Marks = field(repr=False)

    def text_of(self, table: str, at: pl.Series) -> pl.Series:
        """The records of a table as they stood: tags and values in the order of the file."""
        return self._marks.text_of(table, at)


@dataclass(frozen=True)
class _Marks:
    """Starts and ends of elements in their order.

    Attributes:
        place: the number of each mark's place, times two, plus one for an end.
        text: what stands after each mark, without surrounding blanks.
    """

    grammar: Grammar
    place: NDArray[np.int16]
    text: pl.Series
    started: dict[int, NDArray[np.intp]]

    def starts(self, node: Node) -> NDArray[np.intp]:
        return np.flatnonzero(self.place == 2 * node.number)

    def record_of(self, block: int, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """For marks inside a block: the number of its record in the stretch, from 0."""
        if block not in self.started:
            self.started[block] = np.flatnonzero(self.place == 2 * block)
        return np.searchsorted(self.started[block], at, side="right") - 1

    def values(self, at: NDArray[np.intp]) -> pl.Series:
        text = self.text.gather(at)
        return text.set(text == "", None)

    def text_of(self, table: str, at: pl.Series) -> pl.Series:
        owner = next(node for node in self.grammar.nodes if node.table == table)
        wanted = at.to_numpy().astype(np.intp)
        if owner.kind == LISTED:
            return f"{owner.tag}=" + self.text.gather(wanted)
        tags = {2 * n.number: n.tag for n in self.grammar.nodes if n.kind == LEAF and n.block == owner.number}
        records = self.record_of(owner.number, wanted)
        own = np.flatnonzero(np.isin(self.place, list(tags)))
        own = own[np.isin(self.record_of(owner.number, own), records)]
        pieces = pl.DataFrame(
            {"record": self.record_of(owner.number, own), "mark": self.place[own], "value": self.text.gather(own)}
        ).with_columns(
            piece=pl.col("mark").cast(pl.Int64).replace_strict(tags, return_dtype=pl.String) + "=" + pl.col("value")
        )
        joined = pieces.group_by("record", maintain_order=True).agg(pl.col("piece").str.join("; "))
        asked = pl.DataFrame({"record": records}).join(joined, on="record", how="left", maintain_order="left")
        return asked["piece"].fill_null("")


class ColumnReader:
    """Reads regular stretches of a contract's census."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._grammar = make_grammar(contract)

    def read(self, stretch: bytes, first_line: int) -> Stretch | None:
        """The rows of a stretch of whole children; None where it is not regular.

        Args:
            stretch: UTF-8, up to the end of a child, known to be well-formed.
            first_line: the line of the file on which its first byte stands.
        """
        if any(mark in stretch for mark in _IRREGULAR):
            return None
        text = stretch.decode()
        if b"\r" in stretch:
            text = text.replace("\r\n", "\n")
            if "\r" in text:
                return None
        if "/>" in text:
            text = _EMPTY_ELEMENT.sub(r"<\1></\1>", text)
        pieces = pl.Series([text]).str.split("<").explode(empty_as_null=True)
        marks = None if pieces[0].strip() else self._marks(pieces.slice(1))
        if marks is None:
            return None
        line_ends = pieces.str.count_matches("\n", literal=True).to_numpy()
        return self._tables(marks, first_line + np.cumsum(line_ends, dtype=np.int64)[:-1])

    def _marks(self, pieces: pl.Series) -> _Marks | None:
        grammar = self._grammar
        parts = pieces.str.splitn(">", 2).struct.unnest()
        codes = parts["field_0"].cast(grammar.marks, strict=False)
        if codes.null_count():
            return None
        code = codes.to_physical().to_numpy()
        place = grammar.first[code]
        if not self._tell_apart(code, place):
            return None
        value = parts["field_1"].str.strip_chars()
        holds_value = np.array([n.kind in {LEAF, LISTED} for n in grammar.nodes]).repeat(2)
        holds_value[1::2] = False
        stray = (value.str.len_bytes().to_numpy() > 0) & ~holds_value[place]
        whole = place[0] == 0 and place[-1] == 1 and grammar.follows[place[:-1], place[1:]].all()
        if stray.any() or not whole:
            return None
        return _Marks(grammar, place, value, {})

    def _tell_apart(self, code: NDArray[np.uint8], place: NDArray[np.int16]) -> bool:
        """Give marks whose name stands at several places the place in the innermost open block."""
        for mark, numbers in self._grammar.shared.items():
            at = np.flatnonzero(code == mark)
            if not len(at):
                continue
            found = np.full(len(at), -1, dtype=np.int16)
            for number in sorted(numbers, key=lambda n: self._grammar.depth(self._grammar.nodes[n])):
                block = self._grammar.nodes[number].block
                # A block's own name is never shared, so that its place is known already.
                begun, ended = (np.searchsorted(np.flatnonzero(place == 2 * block + end), at) for end in (0, 1))
                found[begun > ended] = 2 * number + (mark % 2)
            place[at] = found
            if (found < 0).any():
                return False
        return True

    def _tables(self, marks: _Marks, lines: _Lines) -> Stretch | None:
        tables: dict[str, pl.DataFrame] = {}
        key_of: dict[int, pl.DataFrame] = {}
        seen: Counter[str] = Counter()
        for block in self._grammar.blocks():
            frame = self._records(marks, block, lines)
            if frame is None:
                return None
            if block.parent >= 0:
                around = marks.record_of(block.parent, marks.starts(block))
                frame = frame.hstack(key_of[block.parent][around])
            else:
                frame = _read_sex(frame, seen)
            tables[block.table] = frame
            key_of[block.number] = frame.select(self._grammar.keys[block.number])
            for listed in self._grammar.nodes:
                if listed.kind == LISTED and listed.block == block.number:
                    at = marks.starts(listed)
                    rows = _placed(pl.DataFrame({listed.column: marks.values(at)}), at, lines)
                    tables[listed.table] = rows.hstack(key_of[block.number][marks.record_of(block.number, at)])
            self._look(marks, block, frame.height, seen)
        ordered = {
            name: tables[name].select(*table.columns, LINE, DEFECT, AT) for name, table in self._contract.tables.items()
        }
        return Stretch(ordered, +seen, marks)

    def _records(self, marks: _Marks, block: Node, lines: _Lines) -> pl.DataFrame | None:
        """The rows of a block's own values; None where one stands twice."""
        at = marks.starts(block)
        columns: dict[str, pl.Series] = {}
        for leaf in self._grammar.nodes:
            if leaf.kind != LEAF or leaf.block != block.number:
                continue
            found = marks.starts(leaf)
            record = marks.record_of(block.number, found)
            if len(record) > 1 and (np.diff(record) == 0).any():
                return None
            values = marks.values(found)
            if len(found) != len(at):
                where = np.full(len(at), -1, dtype=np.int64)
                where[record] = np.arange(len(found))
                index = pl.Series(where)
                values = values.gather(index.set(index < 0, None))
            columns[leaf.column] = values.cast(pl.String)
        return _placed(pl.DataFrame(columns), at, lines)

    def _look(self, marks: _Marks, block: Node, n_records: int, seen: Counter[str]) -> None:
        for wrapper in self._grammar.nodes:
            if wrapper.kind != WRAPPER or wrapper.block != block.number:
                continue
            record = marks.record_of(block.number, marks.starts(wrapper))
            if wrapper.tag == "ChildCharacteristics":
                seen[SEEN["no_characteristics"]] += n_records - len(np.unique(record))
            elif wrapper.tag == "Reviews" and len(record):
                seen[SEEN["several_reviews"]] += int((np.bincount(record) > 1).sum())


def _placed(rows: pl.DataFrame, at: NDArray[np.intp], lines: _Lines) -> pl.DataFrame:
    """Rows with the line and the mark with which each starts."""
    return rows.with_columns(
        pl.Series(LINE, lines[at], dtype=pl.Int64),
        pl.lit(None, dtype=pl.String).alias(DEFECT),
        pl.Series(AT, at, dtype=pl.Int64),
    )


def _read_sex(children: pl.DataFrame, seen: Counter[str]) -> pl.DataFrame:
    """GenderCurrent and numbers in Sex as M, F or U, as child by child."""
    read = children.with_columns(
        _letter=pl.col("sex").replace(SEX_FROM_NUMBER), _given=pl.col(GENDER).replace(SEX_FROM_NUMBER)
    )
    gendered, numbered, disagreeing = read.select(
        pl.col(GENDER).is_not_null().sum().alias("gendered"),
        (pl.col(GENDER).is_null() & (pl.col("_letter") != pl.col("sex"))).sum().alias("numbered"),
        (pl.col("_letter") != pl.col("_given")).sum().alias("disagreeing"),
    ).row(0)
    seen[SEEN["gender"]] += gendered
    seen[SEEN["numbers"]] += numbered
    if disagreeing:
        told = pl.lit("given_once: Sex and GenderCurrent disagree.")
        read = read.with_columns(pl.when(pl.col("_letter") != pl.col("_given")).then(told).alias(DEFECT))
    return read.with_columns(sex=pl.coalesce("_given", "_letter")).drop("_letter", "_given", GENDER)
