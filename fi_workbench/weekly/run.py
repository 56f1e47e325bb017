"""Make a week: every stage in order, each once, resuming where a killed run stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from fi_workbench import __version__
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import empty
from fi_workbench.errors import WorkbenchError, WrongUseError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.settings import Settings
from fi_workbench.store import Lake, Run
from fi_workbench.weekly.evidence_tables import EVERY_DAYS, is_due
from fi_workbench.weekly.stages import Stage, StageContext, stages
from fi_workbench.weekly.workspace import Workspace

FRESHNESS = "source_freshness"
NOT_DUE = "not due"


@dataclass(frozen=True)
class StageOutcome:
    """What became of one stage: `done`, `unchanged` when it had been done from the same inputs before, or `not due`."""

    stage: str
    outcome: str
    rows: Mapping[str, int] = field(default_factory=dict)


class WeekFrames:
    """The frames of a run: source tables as known at its pin, earlier stages' tables as made, each read once."""

    def __init__(self, workspace: Workspace, week: ReportingWeek, run: Run, settings: Settings) -> None:
        self._workspace = workspace
        self._week = week
        self._run = run
        self._stale_days = settings.thresholds.stale_days
        self._made_by = {table for stage in stages() for table in stage.writes}
        self._cache: dict[str, pl.DataFrame] = {}

    def read(self, table: str) -> pl.DataFrame:
        """A table, typed and empty when it was never loaded."""
        if table not in self._cache:
            self._cache[table] = self._read(table)
        return self._cache[table]

    def put(self, table: str, frame: pl.DataFrame) -> None:
        """Remember a table that a stage just made."""
        self._cache[table] = frame

    def _read(self, table: str) -> pl.DataFrame:
        lake, week, run = self._workspace.lake, str(self._week), self._run
        if table == FRESHNESS:
            return lake.source_freshness(run.pin, stale_days=self._stale_days)
        if table in self._made_by:
            return lake.read_week_table(week, table, run.run_id).drop("week", strict=False)
        return lake.read(table, run.pin)


def run_stages(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    *,
    clock: Callable[[], datetime],
    only: Sequence[str] = (),
    again: bool = False,
    reporter: Reporter = SILENT,
) -> list[StageOutcome]:
    """Make the tables of a run; a stage that was done from the same inputs is not done again.

    Args:
        workspace: an open workspace, locked by the caller.
        week: the reporting week.
        run: what is pinned.
        clock: tells when a stage was recorded.
        only: names of stages to do alone, done before or not; what stands before them must have been done.
        again: do every stage again, from the same pin.
        reporter: is told of each stage.

    Raises:
        WrongUseError: a stage's name is unknown.
        WorkbenchError: a stage cannot be done.
    """
    chain = stages(workspace.catalogue)
    _check_names(only, chain)
    settings = settings_of(run)
    context = StageContext(
        as_at=week.sunday,
        settings=settings,
        catalogue=workspace.catalogue,
        key=workspace.key(),
        decisions=lambda kind: workspace.lake.decisions(kind, run.pin),
        folder=workspace.folder,
        models=workspace.models,
        model_version=run.model_version,
        reporter=reporter,
    )
    frames = WeekFrames(workspace, week, run, settings)
    outcomes: list[StageOutcome] = []
    _record_freshness(workspace, week, run, frames, clock)
    reporter.start(f"Week {week}", len(chain))
    try:
        for stage, fingerprint in _fingerprints(chain, run, settings):
            done = workspace.lake.stage_done(str(week), run.run_id, stage.name, fingerprint)
            due = not stage.monthly or is_due(last_evidence(workspace.lake, week), week.sunday)
            wanted = stage.name in only if only else (due and not done) or (done and again)
            if wanted:
                outcomes.append(_do(workspace, week, run, stage, fingerprint, frames, context, clock))
            elif stage.monthly and not only and not done:
                outcomes.append(StageOutcome(stage.name, NOT_DUE))
            elif done:
                outcomes.append(StageOutcome(stage.name, "unchanged"))
            elif any(later in only for later in _after(chain, stage)):
                raise WorkbenchError(
                    f"The stage {stage.name} stands before this one and has not been done for this week.",
                    where=str(week),
                    next_step=f"Run it first, or `fi-workbench weekly --week {week}`.",
                )
            reporter.advance()
    finally:
        reporter.finish()
    return outcomes


def last_evidence(lake: Lake, week: ReportingWeek) -> date | None:
    """The Sunday of the last week before this one whose evidence was worked out, if it is at most a month ago."""
    for back in range(1, EVERY_DAYS // 7):
        earlier = ReportingWeek.of(week.sunday - timedelta(weeks=back))
        run = lake.current_run(str(earlier))
        if run and any(record.stage == "evidence" for record in lake.stages(str(earlier), run.run_id)):
            return earlier.sunday
    return None


def _check_names(only: Sequence[str], chain: Sequence[Stage]) -> None:
    names = [stage.name for stage in chain]
    for name in only:
        if name not in names:
            raise WrongUseError("There is no such stage.", where=name, next_step="Stages: " + ", ".join(names) + ".")


def _fingerprints(chain: Sequence[Stage], run: Run, settings: Settings) -> list[tuple[Stage, str]]:
    made_by = {table: stage.name for stage in chain for table in stage.writes}
    known: dict[str, str] = {}
    basis = f"{run.pin}/{run.model_version}"
    for stage in chain:
        upstream = {made_by[table]: known[made_by[table]] for table in stage.reads if table in made_by}
        known[stage.name] = stage.fingerprint(pin=basis, settings=settings, code_version=__version__, upstream=upstream)
    return [(stage, known[stage.name]) for stage in chain]


def _after(chain: Sequence[Stage], stage: Stage) -> list[str]:
    names = [each.name for each in chain]
    return names[names.index(stage.name) + 1 :]


def _record_freshness(
    workspace: Workspace, week: ReportingWeek, run: Run, frames: WeekFrames, clock: Callable[[], datetime]
) -> None:
    fingerprint = str(run.pin)
    if not workspace.lake.stage_done(str(week), run.run_id, FRESHNESS, fingerprint):
        frame = frames.read(FRESHNESS)
        workspace.lake.write_week_table(str(week), run.run_id, FRESHNESS, frame)
        workspace.lake.record_stage(
            str(week), run.run_id, FRESHNESS, fingerprint, {FRESHNESS: frame.height}, recorded_at=clock()
        )


def _do(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    stage: Stage,
    fingerprint: str,
    frames: WeekFrames,
    context: StageContext,
    clock: Callable[[], datetime],
) -> StageOutcome:
    context.reporter.say(f"{stage.label} …")
    made = stage.call({table: frames.read(table) for table in stage.reads}, context)
    for table in stage.writes:
        frame = made.get(table, empty(workspace.catalogue.table(table)))
        # As stored, so that a resumed run reads on with the very same rows in the same order.
        frames.put(table, workspace.lake.write_week_table(str(week), run.run_id, table, frame))
    rows = {table: made[table].height if table in made else 0 for table in stage.writes}
    # The record comes last: a stage that died half-way is not visible and is done again.
    workspace.lake.record_stage(str(week), run.run_id, stage.name, fingerprint, rows, recorded_at=clock())
    return StageOutcome(stage.name, "done", rows)
