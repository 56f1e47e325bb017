"""The rows of a census in parts: one stretch of the file after the other, children who repeat together at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Contract
from fi_workbench.loaders.cin_census_blocks import Collector
from fi_workbench.loaders.cin_census_columns import AT, ColumnReader, Stretch
from fi_workbench.loaders.cin_census_survey import Survey, reference_hash, stretches
from fi_workbench.loaders.cin_census_walk import Walked, walk
from fi_workbench.loaders.raw import FILE, LINE, RAW, RECORD, Note, RawTable
from fi_workbench.loaders.returns_years import by_year

_BEFORE, _AFTER = b"<Message><Children>", b"</Children></Message>"
_WHOSE = "la_child_id"


class _Counted:
    """What is common to a file in parts and a file read whole: numbering, codes by year, notes."""

    def __init__(self, file: str, year: int | None, collector: Collector) -> None:
        self._file = file
        self._year = year
        self._collector = collector
        self._last: Counter[str] = Counter()
        self._year_notes: dict[tuple[str, str], int] = {}

    def notes(self) -> tuple[Note, ...]:
        """What was seen in the parts taken so far."""
        late = [Note(what, where, n) for (what, where), n in self._year_notes.items()]
        return (*self._collector.notes(), *late)

    def _number(self, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """Say of each record in which file it stands and the how-manieth of its table it is."""
        numbered = {}
        for name, frame in frames.items():
            first = self._last[name] + 1
            number = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias(RECORD)
            numbered[name] = frame.with_columns(number, pl.lit(self._file).alias(FILE))
            self._last[name] += frame.height
        return numbered

    def _part(self, frames: dict[str, pl.DataFrame], stretch: Stretch | None = None) -> tuple[RawTable, ...]:
        tables, notes = by_year([RawTable(name, frame) for name, frame in frames.items()], self._year)
        for note in notes:
            key = (note.what, note.where)
            self._year_notes[key] = self._year_notes.get(key, 0) + note.how_many
        if stretch is None:
            return tuple(tables)
        return tuple(RawTable(one.table, one.rows, text_of=_asking(stretch, one.table)) for one in tables)


def _asking(stretch: Stretch, table: str) -> Callable[[pl.DataFrame], pl.Series]:
    return lambda rows: stretch.text_of(table, rows[AT])


class WholeFile(_Counted):
    """A file that cannot be cut between children, in one part."""

    def __init__(self, file: str, walked: Walked, year: int | None) -> None:
        super().__init__(file, year, walked.collector)

    def __iter__(self) -> Iterator[tuple[RawTable, ...]]:
        """The one part."""
        yield self._part(self._number(self._collector.taken()))


class Parts(_Counted):
    """A file that can be cut: a part for each stretch, and one more where children stand twice.

    Two records of one child must be judged together, wherever they stand, so they wait for the last part. Where the
    file is one stretch they need not.
    """

    def __init__(self, path: Path, contract: Contract, seen: Survey, size: int, year: int | None) -> None:
        super().__init__(path.name, year, Collector(contract))
        self._path = path
        self._contract = contract
        self._seen = seen
        self._size = size
        self._reader = ColumnReader(contract)

    def __iter__(self) -> Iterator[tuple[RawTable, ...]]:
        """A part for each stretch, then one of the children who stand twice."""
        walk(BytesIO(self._seen.frame), self._path, self._contract, self._collector)
        line = 1
        waiting: list[dict[str, pl.DataFrame]] = []
        repeated = pl.Series(list(self._seen.repeated), dtype=pl.UInt64)
        apart = len(repeated) > 0 and self._path.stat().st_size > self._size
        for piece, is_children in stretches(self._path, self._size):
            if is_children:
                stretch, frames = self._frames(piece, line)
                frames = self._number(frames)
                if apart:
                    frames, later = self._set_apart(frames, repeated, stretch)
                    waiting.append(later)
                yield self._part(frames, stretch)
            line += piece.count(b"\n")
        if any(frame.height for one in waiting for frame in one.values()):
            yield self._part(
                {name: pl.concat((one[name] for one in waiting), how="diagonal") for name in self._contract.tables}
            )

    def _frames(self, piece: bytes, line: int) -> tuple[Stretch | None, dict[str, pl.DataFrame]]:
        stretch = self._reader.read(piece, line)
        if stretch is not None:
            self._collector.seen.update(stretch.seen)
            return stretch, stretch.tables
        walk(BytesIO(_BEFORE + piece + _AFTER), self._path, self._contract, self._collector)
        shifted = {
            name: frame.with_columns(pl.col(LINE) + (line - 1)) for name, frame in self._collector.taken().items()
        }
        return None, shifted

    def _set_apart(
        self, frames: dict[str, pl.DataFrame], repeated: pl.Series, stretch: Stretch | None
    ) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
        now, later = {}, {}
        for name, frame in frames.items():
            again = reference_hash(frame[_WHOSE]).is_in(repeated.implode())
            again = again.fill_null(value=False)
            kept = frame.filter(again)
            if stretch is not None:
                kept = kept.with_columns(stretch.text_of(name, kept[AT]).alias(RAW)).drop(AT)
            now[name], later[name] = frame.filter(~again), kept
        return now, later
