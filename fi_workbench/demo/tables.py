"""Delivered tables as files: full lists once for each delivery, increments once for each row.

A full list shows at each delivery what the system knew then, so a row may change or vanish between two deliveries. An
increment puts a row into the file of the week in which it arrived, late or not. Files are opened once and written
as the patches go by, so memory does not grow with the authority.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from fi_workbench.demo.days import iso

LAGS: dict[str, int] = {"housing": 9, "health_visiting": 2, "adult_services": 4, "early_help": 2, "youth_justice": 6}
"""Days by which a partner's extract lags behind the Sunday of the delivery."""


class Table:
    """The files of one source."""

    def __init__(self, stack: ExitStack, folder: Path, name: str, header: str, cut_offs: Sequence[int]) -> None:
        self.name = name
        self.cut_offs = tuple(cut_offs)
        self.paths = [folder / name / f"{name}_{iso(day)}.csv" for day in cut_offs]
        self.rows = [0] * len(self.paths)
        self.paths[0].parent.mkdir(parents=True, exist_ok=True)
        self._files: list[IO[str]] = [
            stack.enter_context(path.open("w", encoding="utf-8", newline="")) for path in self.paths
        ]
        for file in self._files:
            file.write(header + "\n")

    def write(self, number: int, lines: list[str]) -> None:
        """Lines for one of the files."""
        if lines:
            self._files[number].write("\n".join(lines) + "\n")
            self.rows[number] += len(lines)


class FullTable:
    """A list that is delivered whole each week."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._settled: list[str] = []
        self._moving: list[list[str]] = [[] for _ in table.cut_offs]

    def add(self, known: int, line: str) -> None:
        """A row that does not change once it is known."""
        cut_offs = self.table.cut_offs
        if known <= cut_offs[0]:
            self._settled.append(line)
            return
        for number in range(bisect_left(cut_offs, known), len(cut_offs)):
            self._moving[number].append(line)

    def add_versions(self, versions: Sequence[tuple[int, str]], removed: int = 0) -> None:
        """A row that changes: each version with the day from which it was known, in order; perhaps deleted later."""
        cut_offs = self.table.cut_offs
        if versions[-1][0] <= cut_offs[0] and not removed:
            self._settled.append(versions[-1][1])
            return
        for number, cut_off in enumerate(cut_offs):
            if removed and removed <= cut_off:
                break
            line = None
            for since, text in versions:
                if since > cut_off:
                    break
                line = text
            if line is not None:
                self._moving[number].append(line)

    def flush(self) -> None:
        """Write what the patch added."""
        for number, lines in enumerate(self._moving):
            self.table.write(number, self._settled + lines)
            lines.clear()
        self._settled.clear()


class IncrementTable:
    """A list of which each row is delivered once, in the week in which it arrived."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._lines: list[list[str]] = [[] for _ in table.cut_offs]

    def add(self, arrives: int, line: str) -> None:
        """A row; one that would arrive after the last delivery is not written."""
        number = bisect_left(self.table.cut_offs, arrives)
        if number < len(self._lines):
            self._lines[number].append(line)

    def flush(self) -> None:
        """Write what the patch added."""
        for number, lines in enumerate(self._lines):
            self.table.write(number, lines)
            lines.clear()
