"""Reads a run's week once for all its notebooks, and hands each unit its own rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fi_workbench.briefs.answering import learnt
from fi_workbench.briefs.evidence_weeks import latest_evidence
from fi_workbench.briefs.handing import WEEK_TABLE, Handed, RememberedLake, WeekLake
from fi_workbench.briefs.week import EVIDENCE_TABLES, EVIDENCE_UNITS, HELP_TABLES, TABLES, settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import StoreError
from fi_workbench.store import Run


class ReadOnce:
    """A run's week as it was read: made when the first notebook is handed its part.

    Args:
        lake: the lake.
        week: the week.
        run: what was pinned for it.
        workspace: the workspace's folder.
    """

    def __init__(self, lake: WeekLake, week: ReportingWeek, run: Run, workspace: Path) -> None:
        self._lake = RememberedLake(lambda: lake)
        self._week, self._run, self._workspace = week, run, workspace.resolve()
        self._settings = settings_of(run)
        self._learning = learnt(lake, run.pin, week, self._settings)
        self._read()
        self._by_unit = {
            key: {unit: rows for (unit,), rows in answer.partition_by("unit", as_dict=True).items()}
            for key, answer in self._lake.answers.items()
            if key[0] == WEEK_TABLE and "unit" in answer.columns
        }

    def for_unit(self, unit: str) -> Handed:
        """What the notebook of a unit is given: its own rows, and what is by no unit."""
        answers = dict(self._lake.answers)
        for key, by_unit in self._by_unit.items():
            answers[key] = by_unit[unit] if unit in by_unit else answers[key].clear()
        told = self._learning.of_unit(unit)
        return Handed(self._workspace, str(self._week), unit, self._run, self._settings, answers, told)

    def _read(self) -> None:
        """Ask what a unit's notebook asks; what was not made is left to the notebook, which says so."""
        lake, week, run = self._lake, self._week, self._run
        lake.runs(str(week))
        lake.source_freshness(run.pin, stale_days=self._settings.thresholds.stale_days, at=week.sunday)
        self._tables(TABLES, week, run)
        found = latest_evidence(lake, week, run)
        if found is not None:
            self._tables({*EVIDENCE_TABLES, *HELP_TABLES, EVIDENCE_UNITS}, *found)

    def _tables(self, names: Iterable[str], week: ReportingWeek, run: Run) -> None:
        for name in names:
            try:
                self._lake.read_week_table(str(week), name, run.run_id)
            except StoreError:
                continue
