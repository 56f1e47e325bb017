"""The pages of a run: briefs, worklists and managers' pages, each made once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fi_workbench import __version__
from fi_workbench import briefs as brief_room
from fi_workbench.briefs.evidence_weeks import has_evidence
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.store import Run
from fi_workbench.weekly.workspace import Workspace

WORKLISTS = "worklists"
MANAGERS = "managers"
EVIDENCE = "evidence_pages"
WHOLE = "digest_and_data_note"


@dataclass(frozen=True)
class PagesReport:
    """What was built now, what failed and why, and what a person should know."""

    built: Sequence[str]
    failed: Mapping[str, str]
    notices: Sequence[str] = field(default_factory=tuple)
    effort: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """Which briefs are wanted, and how they are made.

    Attributes:
        units: only these; None is all.
        failed: only those that have no brief of this run yet.
        notebook: another brief notebook than the shipped one.
        force: build them although nothing is new.
        workers: briefs made side by side; None is by the settings, the cores and the memory at hand.
        engine: papermill's engine; empty for the quickest that works here.
        executor: address of a Dask cluster that runs them; empty for this machine.
    """

    units: Sequence[str] | None = None
    failed: bool = False
    notebook: Path | None = None
    force: bool = False
    workers: int | None = None
    engine: str = ""
    executor: str = ""


def plan_of(workspace: Workspace, week: ReportingWeek, run: Run, wish: Wish) -> brief_room.Plan:
    """The plan of a week, by the settings that it keeps and the means of today.

    Raises:
        WrongUseError: a unit is unknown, or the notebook lacks its parameters.
        StoreError: the measures of the week have not been done.
    """
    return brief_room.plan(
        lake=workspace.lake,
        week=week,
        settings=settings_of(run).within(workspace.settings),
        workspace=workspace.folder,
        run=run,
        units=wish.units,
        notebook=wish.notebook,
    )


def plan_pages(
    workspace: Workspace, week: ReportingWeek, run: Run, wish: Wish
) -> tuple[brief_room.Plan, list[str], str]:
    """What would be built: the plan, the units to do in order, and the fingerprint of what they are made from.

    Raises:
        WrongUseError: a unit or engine is unknown, the executor is no address, or the notebook lacks its parameters.
        StoreError: the measures of the week have not been done.
    """
    brief_room.check_ways(engine=wish.engine, executor=wish.executor)
    plan = plan_of(workspace, week, run, wish)
    fingerprint = _fingerprint(workspace, week, run, plan.notebook)
    stands = {unit for unit in plan.units if _stands(workspace, week, run, unit, fingerprint)}
    kept = stands if wish.failed or not wish.force else set()
    return plan, [unit for unit in plan.units if unit not in kept], fingerprint


def make_pages(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    *,
    clock: Callable[[], datetime],
    wish: Wish,
    reporter: Reporter = SILENT,
) -> PagesReport:
    """Build the briefs that are not there yet, the worklists and the managers' pages.

    A unit's brief is recorded as a stage of the run once it stands, so a killed run builds only the rest.

    Raises:
        WrongUseError: a unit is unknown, or the notebook lacks its parameters: refused before anything runs.
    """
    plan, todo, fingerprint = plan_pages(workspace, week, run, wish)
    guard = brief_room.guard_of(plan)
    notices: list[str] = []
    built: list[str] = []
    failed: dict[str, str] = {}
    effort: dict[str, Any] = {}
    if todo:
        report = brief_room.build(
            plan.only(todo),
            reporter=reporter,
            workers=wish.workers or plan.settings.briefs.workers,
            engine=wish.engine,
            guard=guard,
            executor=wish.executor,
        )
        for unit in report.built:
            _record(workspace, week, run, f"brief:{unit}", fingerprint, clock)
        built, failed, effort = list(report.built), dict(report.failed), report.facts()
    taken_back = brief_room.recalled_units(workspace.lake, week, run.run_id)
    named = plan.only([unit for unit in plan.units if unit not in taken_back])
    if len(named.units) < len(plan.units):
        notices.append(
            "Notices stay in place of worklists and managers' pages of units whose brief was taken back, until it is "
            "released again or the week is made from other data: " + ", ".join(sorted(taken_back)) + "."
        )
    if named.units and (wish.force or not workspace.lake.stage_done(str(week), run.run_id, WORKLISTS, fingerprint)):
        worklists = brief_room.build_worklists(named, reporter=reporter, guard=guard)
        if worklists.why_not:
            notices.append(worklists.why_not)
        _record(workspace, week, run, WORKLISTS, fingerprint, clock)
    notices += _others(workspace, week, run, plan, named, guard, wish, fingerprint, clock, reporter)
    if failed and wish.units is None and set(failed) == set(plan.units):
        marked = brief_room.hold(
            workspace=workspace.folder, week=week, reasons=["no unit's brief could be built"], at=clock()
        )
        banner = f" The pages of {marked} say so." if marked else ""
        notices.append(f"No unit has a brief, so this week is held.{banner}")
    return PagesReport(built, failed, notices, effort)


def _others(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    plan: brief_room.Plan,
    named: brief_room.Plan,
    guard: Callable[[], brief_room.Guard],
    wish: Wish,
    fingerprint: str,
    clock: Callable[[], datetime],
    reporter: Reporter,
) -> list[str]:
    """Make the pages beside the briefs that are not there yet; say which could not be made.

    Managers' pages name cases, and are made for those units alone for which that may be (`named`).
    """
    workers = wish.workers or plan.settings.briefs.workers or os.cpu_count() or 1
    makers: dict[str, tuple[str, Callable[[], Mapping[str, str]]]] = {
        MANAGERS: (
            "manager's page for",
            lambda: brief_room.build_manager_pages(named, reporter=reporter, workers=workers, guard=guard).failed,
        ),
        WHOLE: ("page of the whole:", lambda: brief_room.build_whole_pages(plan, workers=workers, guard=guard).failed),
    }
    if has_evidence(workspace.lake, week, run):
        makers[EVIDENCE] = (
            "page on what seems to help for",
            lambda: brief_room.build_evidence_pages(plan, reporter=reporter, workers=workers, guard=guard).failed,
        )
    notices = []
    wanted = {EVIDENCE if name == "evidence" else name for name in plan.settings.briefs.pages_beside}
    for stage, (what, build) in makers.items():
        if stage not in wanted or (stage == MANAGERS and not named.units):
            continue
        if wish.force or not workspace.lake.stage_done(str(week), run.run_id, stage, fingerprint):
            failed = build()
            notices += [f"No {what} {name.replace('_', ' ')}: {problem}" for name, problem in failed.items()]
            if not failed:
                _record(workspace, week, run, stage, fingerprint, clock)
    return notices


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
