"""What a run reads of its week once, for every notebook: each is handed its own unit's rows and opens no lake.

Opening tables costs more than all that a brief does with them, and forty units open the same ones. A notebook that was
handed nothing (in a kernel, or in an analyst's hands) reads the lake itself and sees the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import polars as pl

from fi_workbench.learning import Learning
from fi_workbench.settings import Settings
from fi_workbench.store import Pin, Run, StageRecord

Key = tuple[str, Hashable]
Answer = TypeVar("Answer")
WEEK_TABLE = "read_week_table"


class WeekLake(Protocol):
    """What a week's notebook asks of the lake."""

    def runs(self, week: str | None = None) -> tuple[Run, ...]:
        """As `Lake.runs`."""

    def current_run(self, week: str) -> Run | None:
        """As `Lake.current_run`."""

    def stages(self, week: str, run_id: str) -> tuple[StageRecord, ...]:
        """As `Lake.stages`."""

    def read_week_table(self, week: str, table: str, run_id: str | None = None) -> pl.DataFrame:
        """As `Lake.read_week_table`."""

    def source_freshness(self, pin: Pin, *, stale_days: int = 14, at: date | None = None) -> pl.DataFrame:
        """As `Lake.source_freshness`."""

    def decisions(self, kind: str, pin: Pin | None = None) -> pl.DataFrame:
        """As `Lake.decisions`."""


@dataclass(frozen=True)
class Handed:
    """What one notebook is given.

    Attributes:
        workspace: the folder that it was read from.
        week: as 2026-W47.
        unit: whose rows these are.
        run: what was pinned for the week.
        settings: those of the run.
        answers: what the lake said, by what it was asked; of tables by unit, the rows of this unit alone.
        learning: what its readers said.
    """

    workspace: Path
    week: str
    unit: str
    run: Run = field(repr=False)
    settings: Settings = field(repr=False)
    answers: Mapping[Key, Any] = field(repr=False)
    learning: Learning = field(repr=False)


class RememberedLake:
    """A lake that answers what it was asked before, and is opened only for something else.

    Args:
        opened: opens the lake itself.
        answers: what it has said already.
    """

    def __init__(self, opened: Callable[[], WeekLake], answers: Mapping[Key, Any] | None = None) -> None:
        self._opened = opened
        self._lake: WeekLake | None = None
        self._lock = threading.RLock()
        self.answers: dict[Key, Any] = dict(answers or {})

    def runs(self, week: str | None = None) -> tuple[Run, ...]:
        """As `Lake.runs`."""
        return self._told(("runs", week), lambda lake: lake.runs(week))

    def current_run(self, week: str) -> Run | None:
        """As `Lake.current_run`."""
        return self._told(("current_run", week), lambda lake: lake.current_run(week))

    def stages(self, week: str, run_id: str) -> tuple[StageRecord, ...]:
        """As `Lake.stages`."""
        return self._told(("stages", (week, run_id)), lambda lake: lake.stages(week, run_id))

    def read_week_table(self, week: str, table: str, run_id: str | None = None) -> pl.DataFrame:
        """As `Lake.read_week_table`."""
        return self._told((WEEK_TABLE, (week, table, run_id)), lambda lake: lake.read_week_table(week, table, run_id))

    def source_freshness(self, pin: Pin, *, stale_days: int = 14, at: date | None = None) -> pl.DataFrame:
        """As `Lake.source_freshness`."""
        key = ("source_freshness", (pin, stale_days, at))
        return self._told(key, lambda lake: lake.source_freshness(pin, stale_days=stale_days, at=at))

    def decisions(self, kind: str, pin: Pin | None = None) -> pl.DataFrame:
        """As `Lake.decisions`."""
        return self._told(("decisions", (kind, pin)), lambda lake: lake.decisions(kind, pin))

    def _told(self, key: Key, ask: Callable[[WeekLake], Answer]) -> Answer:
        with self._lock:
            if key not in self.answers:
                if self._lake is None:
                    self._lake = self._opened()
                self.answers[key] = ask(self._lake)
            return cast("Answer", self.answers[key])


_handed: list[Handed] = []


def take(handed: Handed) -> None:
    """In a process that runs one notebook: keep what it was given until it asks."""
    _handed[:] = [handed]


def taken(workspace: Path, week: str, unit: str, run_id: str) -> Handed | None:
    """What this process was given for a unit's week; None where it reads for itself."""
    asked = workspace.resolve(), week, unit, run_id
    return next((one for one in _handed if (one.workspace, one.week, one.unit, one.run.run_id) == asked), None)
