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
UNDONE = ""
"""The fingerprint of a stage that is to be done again."""


@dataclass(frozen=True)
class PagesReport:
    """What was built now, what failed and why, and what a person should know.

    Attributes:
        is_idle: whether there was nothing to make.
    """

    built: Sequence[str]
    failed: Mapping[str, str]
    notices: Sequence[str] = field(default_factory=tuple)
    effort: Mapping[str, Any] = field(default_factory=dict)
    is_idle: bool = False


@dataclass(frozen=True)
class Wish:
    """Which briefs are wanted, and how they are made.

    Attributes:
        units: only these; None is all.
        notebook: another brief notebook than the shipped one.
        force: build them although nothing is new; otherwise only what this run does not have yet.
        workers: briefs made side by side; None is by the settings, the cores and the memory at hand.
        engine: papermill's engine; empty for the quickest that works here.
        executor: address of a Dask cluster that runs them; empty for this machine.
    """

    units: Sequence[str] | None = None
    notebook: Path | None = None
    force: bool = False
    workers: int | None = None
    engine: str = ""
    executor: str = ""


@dataclass(frozen=True)
class Todo:
    """What is to be made.

    Attributes:
        plan: the briefs of the week, checked.
        named: the same for units of which pages may name cases: no brief of theirs was taken back.
        units: those whose brief is to be built, in order.
        beside: stages of the pages beside the briefs that are to be made.
        fingerprint: of what all of them are made from.
    """

    plan: brief_room.Plan
    named: brief_room.Plan
    units: Sequence[str]
    beside: Sequence[str]
    fingerprint: str


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


def plan_pages(workspace: Workspace, week: ReportingWeek, run: Run, wish: Wish) -> Todo:
    """What would be made.

    Raises:
        WrongUseError: a unit or engine is unknown, the executor is no address, or the notebook lacks its parameters.
        StoreError: the measures of the week have not been done.
    """
    brief_room.check_ways(engine=wish.engine, executor=wish.executor)
    plan = plan_of(workspace, week, run, wish)
    fingerprint = _fingerprint(workspace, week, run, plan.notebook)
    units = [unit for unit in plan.units if wish.force or not _stands(workspace, week, run, unit, fingerprint)]
    taken_back = brief_room.recalled_units(workspace.lake, week, run.run_id)
    named = plan.only([unit for unit in plan.units if unit not in taken_back])
    asked = {EVIDENCE if name == "evidence" else name for name in plan.settings.briefs.pages_beside}
    beside = [
        stage
        for stage in (WORKLISTS, MANAGERS, WHOLE, EVIDENCE)
        if (stage == WORKLISTS or stage in asked)
        and (stage not in {WORKLISTS, MANAGERS} or named.units)
        and (stage != EVIDENCE or has_evidence(workspace.lake, week, run))
        and (wish.force or not workspace.lake.stage_done(str(week), run.run_id, stage, fingerprint))
    ]
    return Todo(plan, named, units, beside, fingerprint)


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
    todo = plan_pages(workspace, week, run, wish)
    plan, fingerprint = todo.plan, todo.fingerprint
    notices: list[str] = []
    if len(todo.named.units) < len(plan.units):
        taken_back = sorted(set(plan.units) - set(todo.named.units))
        notices.append(
            "Notices stay in place of worklists and managers' pages of units whose brief was taken back, until it is "
            "released again or the week is made from other data: " + ", ".join(taken_back) + "."
        )
    if not todo.units and not todo.beside:
        return PagesReport([], {}, notices, is_idle=True)
    guard = brief_room.guard_of(plan)
    built: list[str] = []
    failed: dict[str, str] = {}
    effort: dict[str, Any] = {}
    if todo.units:
        report = brief_room.build(
            plan.only(todo.units),
            reporter=reporter,
            workers=wish.workers or plan.settings.briefs.workers,
            engine=wish.engine,
            guard=guard,
            executor=wish.executor,
        )
        for unit in report.built:
            _record(workspace, week, run, f"brief:{unit}", fingerprint, clock)
        built, failed, effort = list(report.built), dict(report.failed), report.facts()
        notices += [report.cut_off] if report.cut_off else []
    hidden = _hidden(workspace, week, run, todo, clock)
    if WORKLISTS in todo.beside:
        worklists = brief_room.build_worklists(todo.named, reporter=reporter, guard=guard, hidden=hidden)
        if worklists.why_not:
            notices.append(worklists.why_not)
        _record(workspace, week, run, WORKLISTS, fingerprint, clock)
    notices += _others(workspace, week, run, todo, guard, hidden, wish, clock, reporter)
    if failed and wish.units is None and set(failed) == set(plan.units):
        marked = brief_room.hold(
            workspace=workspace.folder,
            week=week,
            reasons=["no unit's brief could be built"],
            at=clock(),
            lake=workspace.lake,
        )
        banner = f" The pages of {marked} say so." if marked else ""
        notices.append(f"No unit has a brief, so this week is held.{banner}")
    return PagesReport(built, failed, notices, effort)


def _others(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    todo: Todo,
    guard: Callable[[], brief_room.Guard],
    hidden: brief_room.Hidden,
    wish: Wish,
    clock: Callable[[], datetime],
    reporter: Reporter,
) -> list[str]:
    """Make the pages beside the briefs and worklists; say which could not be made.

    Managers' pages name cases, as worklists do.
    """
    plan = todo.plan
    workers = wish.workers or plan.settings.briefs.workers or os.cpu_count() or 1
    makers: dict[str, tuple[str, Callable[[], Mapping[str, str]]]] = {
        MANAGERS: (
            "manager's page for",
            lambda: (
                brief_room.build_manager_pages(
                    todo.named, reporter=reporter, workers=workers, guard=guard, hidden=hidden
                ).failed
            ),
        ),
        WHOLE: ("page of the whole:", lambda: brief_room.build_whole_pages(plan, workers=workers, guard=guard).failed),
        EVIDENCE: (
            "page on what seems to help for",
            lambda: brief_room.build_evidence_pages(plan, reporter=reporter, workers=workers, guard=guard).failed,
        ),
    }
    notices = []
    for stage, (what, build) in makers.items():
        if stage not in todo.beside:
            continue
        failed = build()
        notices += [f"No {what} {name.replace('_', ' ')}: {problem}" for name, problem in failed.items()]
        if not failed:
            _record(workspace, week, run, stage, todo.fingerprint, clock)
        elif workspace.lake.stage_done(str(week), run.run_id, stage, todo.fingerprint):
            _record(workspace, week, run, stage, UNDONE, clock)  # made before, and not as it should be now
    return notices


def _hidden(
    workspace: Workspace, week: ReportingWeek, run: Run, todo: Todo, clock: Callable[[], datetime]
) -> brief_room.Hidden:
    """Who may be on no page that names cases; asked where such pages are made."""
    if not {WORKLISTS, MANAGERS} & set(todo.beside):
        return brief_room.Hidden()
    return brief_room.hidden_now(workspace.lake, week, run.run_id, today=clock().date())


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
