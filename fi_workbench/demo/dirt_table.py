"""What a case of dirt is: clean extracts of the synthetic authority, one thing done to them, and what must follow.

The clean extracts are a few rows of the authority's own files, so that everything in a case but its one fault is as
true as the rest of the authority. A case says what must become of it before any loader sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

ROWS = 24
"""Rows of each list that a case is made from."""
CHILDREN = 12
"""Children of the census that a case is made from."""

Outcome = Literal["accepted", "noted", "quarantined", "duplicate", "non_record", "held", "refused", "nothing_new"]
Files = dict[str, bytes]


@dataclass(frozen=True)
class List:
    """A delimited list: its file below `extracts`, its headings and its rows."""

    path: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self, *, end: str = "\n", separator: str = ",") -> str:
        """The file as text."""
        return end.join(separator.join(cells) for cells in (self.head, *self.rows)) + end

    def file(self, data: str | bytes | None = None) -> Files:
        """The file, as it is or with other bytes in it."""
        given = self.text() if data is None else data
        return {self.path: given.encode() if isinstance(given, str) else given}

    def lines(self, change: Callable[[list[str]], Sequence[str]]) -> Files:
        """The file with its lines changed; the first is the header."""
        return self.file("\n".join(change(self.text().splitlines())) + "\n")

    def cell(self, column: str, value: str, row: int = 3) -> Files:
        """The file with one value put into one cell."""
        return self.with_cells({column: value}, row).file()

    def with_cells(self, values: Mapping[str, str], row: int = 3) -> List:
        """The list with some cells of one row replaced."""
        cells = list(self.rows[row])
        for column, value in values.items():
            cells[self.head.index(column)] = value
        return replace(self, rows=(*self.rows[:row], tuple(cells), *self.rows[row + 1 :]))

    def named(self, path: str) -> List:
        """The list as another file."""
        return replace(self, path=path)


@dataclass(frozen=True)
class Clean:
    """Clean extracts to do something to.

    Attributes:
        day: the day that the lists cover up to.
        lists: by source or, of a return, by module.
        census: a children in need census of a few children.
        census_path: its file below `extracts`.
        code: the authority's code.
    """

    day: date
    lists: Mapping[str, List]
    census: str
    census_path: str
    code: str

    def __getitem__(self, name: str) -> List:
        """A list by its name."""
        return self.lists[name]

    def census_file(self, change: Callable[[str], str | bytes]) -> Files:
        """The census with its text changed."""
        changed = change(self.census)
        return {self.census_path: changed.encode() if isinstance(changed, str) else changed}


@dataclass(frozen=True)
class Case:
    """One case of dirt.

    Attributes:
        number: of the project's list of dirt, or a letter and a number for the workbench's own cases.
        title: what was done, in a few words.
        make: from clean extracts to the files of the case, by path below `extracts`.
        outcome: what must become of it.
        says: the rule that quarantines it, the kind of non-record, or words of the note, hold or refusal.
        n: how many rows it happens to.
        before: files that are loaded first, for cases that need a past.
        differs: why the outcome is another than the list of dirt suggests; empty where it is the same.
    """

    number: str
    title: str
    make: Callable[[Clean], Files]
    outcome: Outcome
    says: str = ""
    n: int = 1
    before: Callable[[Clean], Files] | None = None
    differs: str = ""


def clean_extracts(extracts: Path, code: str) -> Clean:
    """A few clean rows of an authority's own extracts: from deliveries that no row was spoilt in.

    Args:
        extracts: the folder of a synthetic authority that `make_authority` made.
        code: the authority's code.
    """
    names = ("case_people", "visits", "supervision", "school_attendance", "health_visiting", "early_help")
    lists = {name: _list(extracts, name) for name in names}
    year = max(path for path in (extracts / "ssda903").iterdir() if path.is_dir())
    for module in ("header", "episodes"):
        lists[module] = _read(year / f"{module}.csv", extracts)
    children = {row[0] for row in lists["header"].rows}
    kept = tuple(row for row in lists["episodes"].rows if row[0] in children)
    lists["episodes"] = replace(lists["episodes"], rows=kept)
    census = sorted((extracts / "cin_census").glob("*.xml"))[-2]
    day = date.fromisoformat(lists["case_people"].path[-14:-4])
    return Clean(day, lists, _few_children(census), census.relative_to(extracts).as_posix(), code)


def _list(extracts: Path, name: str) -> List:
    # Spoilt rows are in the newest file of a full list and in the oldest of an increment: this is neither.
    return _read(sorted((extracts / name).glob("*.csv"))[-2], extracts)


def _read(path: Path, extracts: Path) -> List:
    with path.open(encoding="utf-8", newline="") as file:
        head = tuple(file.readline().rstrip("\n").split(","))
        rows = []
        for line in file:
            cells = tuple(line.rstrip("\n").split(","))
            if len(cells) == len(head):
                rows.append(cells)
            if len(rows) == ROWS:
                break
    return List(path.relative_to(extracts).as_posix(), head, tuple(rows))


def _few_children(path: Path) -> str:
    """The census's own text up to the end of its first children, one of whom at least has been assessed."""
    kept: list[str] = []
    n = 0
    assessed = False
    with path.open(encoding="utf-8", newline="") as file:
        for line in file:
            kept.append(line)
            n += "</Child>" in line
            assessed = assessed or "<AssessmentFactors>" in line
            if n >= CHILDREN and assessed and line.strip() == "</Child>":
                break
    return "".join(kept) + "</Children>\n</Message>\n"
