"""A look through a whole census before anything is taken: is it well-formed, can it be read in stretches, who repeats.

One pass with a parser that keeps nothing. A file that is cut off is therefore refused before a row of it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import polars as pl

from fi_workbench.contracts import BLANKS

_CHILD, _END, _REFERENCE = b"<Child>", b"</Child>", b"<LAchildID>"
_NEAR = 256
"""Bytes in which the next child must begin; a file with longer gaps is read whole."""
_AROUND = re.compile(rb"<Children>\s*</Children>\s*</Message>\s*$")
_PIECE = 1 << 20
_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)""")
_PLAIN = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
_NAMESPACE = re.compile(rb"\sxmlns\s*=")


@dataclass(frozen=True)
class Survey:
    """What a census file is like.

    Attributes:
        in_stretches: whether it is plain UTF-8 of children one after another, with no comment, marked section or
            document type, so that it can be cut between any two children.
        frame: everything around the children, as a document of its own; empty where it cannot be cut.
        repeated: hashes of child references that stand more than once, as `reference_hash` gives them.
        n_children: starts of children counted.
    """

    in_stretches: bool
    frame: bytes = b""
    repeated: frozenset[int] = frozenset()
    n_children: int = 0


def reference_hash(references: pl.Series) -> pl.Series:
    """Child references as numbers, the same for those that a contract may read as the same."""
    return references.str.strip_chars(BLANKS + "=\"'").hash()


def survey(path: Path, size: int) -> Survey:
    """Look through a file.

    Args:
        path: a file that `refuse_unsafe` let pass.
        size: bytes to look at together.
    """
    hashes: list[pl.Series] = []
    frame = b""
    n_children = 0
    parser = expat.ParserCreate()
    try:
        for stretch, is_children in stretches(path, size):
            _parse(parser, stretch)
            if b"!" in stretch and b"<!" in stretch:
                return Survey(in_stretches=False)
            if is_children:
                children = stretch.split(_END)[:-1]
                # Each child begins where another ended: none is inside one, and nothing is between two.
                apart = all(child[:_NEAR].lstrip().startswith(_CHILD) for child in children)
                if not apart or stretch.count(_CHILD) != len(children):
                    return Survey(in_stretches=False)
                n_children += len(children)
                ids = [after[: after.find(b"<")].decode() for after in stretch.split(_REFERENCE)[1:]]
                hashes.append(reference_hash(pl.Series(ids, dtype=pl.String)))
            else:
                frame += stretch
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):
        return Survey(in_stretches=False)
    around = _DECLARATION.sub(b"", frame, count=1)
    declared = _ENCODING.search(frame[: len(frame) - len(around)])
    other = declared is not None and declared[1].lower() not in _PLAIN
    if not n_children or other or b"<?" in around or _NAMESPACE.search(around) or not _AROUND.search(around):
        return Survey(in_stretches=False)
    every = pl.concat(hashes)
    return Survey(True, frame, frozenset(every.filter(every.is_duplicated()).to_list()), n_children)


def _parse(parser: expat.XMLParserType, stretch: bytes) -> None:
    for start in range(0, len(stretch), _PIECE):
        parser.Parse(stretch[start : start + _PIECE], False)


def stretches(path: Path, size: int) -> Iterator[tuple[bytes, bool]]:
    """A file in pieces, each with whether it is whole children: what stands before, children by the size, the rest."""
    with path.open("rb") as stream:
        rest = stream.read(size)
        start = rest.find(_CHILD)
        while start < 0:
            more = stream.read(size)
            if not more:
                yield rest, False
                return
            rest += more
            start = rest.find(_CHILD)
        yield rest[:start], False
        rest = rest[start:]
        while True:
            cut = rest.rfind(_END) + len(_END)
            if cut >= len(_END):
                yield rest[:cut], True
                rest = rest[cut:]
            more = stream.read(size)
            if not more:
                yield rest, False
                return
            rest += more
