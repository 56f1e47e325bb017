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
                n = stretch.count(_CHILD)
                if not _one_after_another(stretch, n):
                    return Survey(in_stretches=False)
                n_children += n
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


def _one_after_another(stretch: bytes, n: int) -> bool:
    """Whether each child begins where another ended: none is inside one, and nothing is between two."""
    if not stretch[:_NEAR].lstrip().startswith(_CHILD) or stretch.count(_END) != n:
        return False
    # Programs put the same blanks between any two children, which is quickly counted.
    end = stretch.find(_END) + len(_END)
    gap = stretch[end : stretch.find(_CHILD, end)] if n > 1 else b""
    if not gap.strip() and stretch.count(_END + gap + _CHILD) == n - 1:
        return True
    return all(child[:_NEAR].lstrip().startswith(_CHILD) for child in stretch.split(_END)[:-1])


def _parse(parser: expat.XMLParserType, stretch: bytes) -> None:
    for start in range(0, len(stretch), _PIECE):
        parser.Parse(stretch[start : start + _PIECE], False)


def stretches(path: Path, size: int) -> Iterator[tuple[bytes, bool]]:
    """A file in pieces, each with whether it is whole children: what stands before, children by the size, the rest."""
    with path.open("rb") as stream:
        piece = stream.read(size)
        start = piece.find(_CHILD)
        while start < 0:
            more = stream.read(size)
            if not more:
                yield piece, False
                return
            piece += more
            start = piece.find(_CHILD)
        yield piece[:start], False
        at, want = start, size
        while True:
            stream.seek(at)
            piece = stream.read(want)
            cut = piece.rfind(_END) + len(_END)
            if cut >= len(_END):
                yield piece[:cut], True
                at, want = at + cut, size
            elif len(piece) < want:
                yield piece, False
                return
            else:
                want *= 2  # A child longer than a stretch.
