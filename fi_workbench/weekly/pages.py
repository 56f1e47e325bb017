"""The pages of a run: briefs, worklists and managers' pages, each made once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fi_workbench import __version__
from fi_workbench import briefs as brief_room
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.store import Run
from fi_workbench.weekly.workspace import Workspace

WORKLISTS = "worklists"
MANAGERS = "managers"


@dataclass(frozen=True)
class PagesReport:
    """What was built now, what failed and why, and what a person should know."""

    built: Sequence[str]
    failed: Mapping[str, str]
    notices: Sequence[str] = field(default_factory=tuple)


def make_pages(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    *,
    clock: Callable[[], datetime],
    units: Sequence[str] | None = None,
    notebook: Path | None = None,
    force: bool = False,
    workers: int | None = None,
    reporter: Reporter = SILENT,
) -> PagesReport:
    """Build the briefs that are not there yet, the worklists and the managers' pages.

    A unit's brief is recorded as a stage of the run once it stands, so a killed run builds only the rest.

    Raises:
        WrongUseError: a unit is unknown, or the notebook lacks its parameters: refused before anything runs.
    """
    settings = settings_of(run)
    plan = brief_room.plan(
        lake=workspace.lake,
        week=week,
        settings=settings,
        workspace=workspace.folder,
        run=run,
        units=units,
        notebook=notebook,
    )
    fingerprint = _fingerprint(workspace, week, run, plan.notebook)
    todo = [unit for unit in plan.units if force or not _stands(workspace, week, run, unit, fingerprint)]
    notices: list[str] = []
    if todo:
        report = brief_room.build(plan.only(todo), reporter=reporter, workers=workers or settings.briefs.workers)
        for unit in report.built:
            _record(workspace, week, run, f"brief:{unit}", fingerprint, clock)
        built, failed = list(report.built), dict(report.failed)
    else:
        built, failed = [], {}
    if force or not workspace.lake.stage_done(str(week), run.run_id, WORKLISTS, fingerprint):
        worklists = brief_room.build_worklists(plan, reporter=reporter)
        if worklists.why_not:
            notices.append(worklists.why_not)
        _record(workspace, week, run, WORKLISTS, fingerprint, clock)
    if force or not workspace.lake.stage_done(str(week), run.run_id, MANAGERS, fingerprint):
        managers = brief_room.build_manager_pages(
            plan, reporter=reporter, workers=workers or settings.briefs.workers or os.cpu_count() or 1
        )
        if managers.failed:
            notices += [f"No manager's page for {unit}: {problem}" for unit, problem in managers.failed.items()]
        else:
            _record(workspace, week, run, MANAGERS, fingerprint, clock)
    if failed and set(failed) == set(plan.units):
        marked = brief_room.hold(
            workspace=workspace.folder, week=week, reasons=["no unit's brief could be built"], at=clock()
        )
        banner = f" The pages of {marked} say so." if marked else ""
        notices.append(f"No unit has a brief, so this week is held.{banner}")
    return PagesReport(built, failed, notices)


def _fingerprint(workspace: Workspace, week: ReportingWeek, run: Run, notebook: Path) -> str:
    stages = {record.stage: record.fingerprint for record in workspace.lake.stages(str(week), run.run_id)}
    basis = [__version__, run.run_id, stages.get("measures", ""), hashlib.sha256(notebook.read_bytes()).hexdigest()]
    return hashlib.sha256("\n".join(basis).encode()).hexdigest()[:16]


def _stands(workspace: Workspace, week: ReportingWeek, run: Run, unit: str, fingerprint: str) -> bool:
    done = workspace.lake.stage_done(str(week), run.run_id, f"brief:{unit}", fingerprint)
    return done and brief_room.built_folder(workspace.folder, week, unit).is_dir()


def _record(
    workspace: Workspace, week: ReportingWeek, run: Run, stage: str, fingerprint: str, clock: Callable[[], datetime]
) -> None:
    workspace.lake.record_stage(str(week), run.run_id, stage, fingerprint, {}, recorded_at=clock())
