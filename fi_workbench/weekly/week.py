"""A week from end to end: load, stages, briefs. What scheduled runs call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from fi_workbench import briefs as brief_room
from fi_workbench import loaders
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.errors import WorkbenchError
from fi_workbench.loaders import LoadReport, Secrets, no_secrets
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.store import Run
from fi_workbench.weekly.alarm import stopped
from fi_workbench.weekly.choosing import choose_week, is_over, uncovered
from fi_workbench.weekly.manifest import write_manifest
from fi_workbench.weekly.pages import PagesReport, Wish, make_pages, plan_pages
from fi_workbench.weekly.pinning import arrived_since, is_provisional, is_released, pinned_run, quarantined_since
from fi_workbench.weekly.quality import try_quality_report
from fi_workbench.weekly.run import StageOutcome, run_stages
from fi_workbench.weekly.units import units_apart
from fi_workbench.weekly.withdrawing import withdraw_hidden
from fi_workbench.weekly.workspace import Workspace


@dataclass(frozen=True)
class WeekReport:
    """What became of a week.

    Attributes:
        built: units whose briefs were built now.
        failed: units without a brief, each with the reason (no person's values).
        notices: what a person should know: worklists not made, no approved model.
        is_grouped: whether a grouping of families that a person approved was used.
        n_quarantined: rows quarantined of the deliveries that came with the week, whichever process loaded them.
        arrived_later: deliveries that the week's pin does not see.
        is_settled: whether what arrived later may be left out without a word of a person: the week was released.
        is_uncovered: whether a week has gone by that no extract covers.
        are_units_apart: whether the settings or the roster have a unit that the other does not have.
        pages: how the briefs were made: engine, seconds, memory and attempts of each; never a value.
        is_idle: whether there was no page to make.
    """

    week: ReportingWeek
    run_id: str
    load: LoadReport | None
    stages: Sequence[StageOutcome]
    built: Sequence[str]
    failed: Mapping[str, str]
    notices: Sequence[str] = field(default_factory=tuple)
    is_grouped: bool = True
    n_quarantined: int = 0
    arrived_later: int = 0
    is_settled: bool = False
    is_uncovered: bool = False
    are_units_apart: bool = False
    pages: Mapping[str, Any] = field(default_factory=dict)
    is_idle: bool = False

    @property
    def waits(self) -> bool:
        """Whether something waits for a person.

        Rows or deliveries, those too that came after the pin of a week that is not released yet or that no extract
        brought; a unit without a brief, or by two codes; a grouping to approve.
        """
        loading = bool(self.n_quarantined) or (self.load is not None and self.load.waits)
        left_out = bool(self.arrived_later) and not self.is_settled
        units = bool(self.failed) or self.are_units_apart
        return loading or left_out or self.is_uncovered or units or not self.is_grouped

    def facts(self) -> dict[str, Any]:
        """For machines and the run's manifest."""
        return {
            "week": str(self.week),
            "run_id": self.run_id,
            "stages": {outcome.stage: outcome.outcome for outcome in self.stages},
            "rows": {table: n for outcome in self.stages for table, n in outcome.rows.items()},
            "built": list(self.built),
            "failed": dict(self.failed),
            "notices": list(self.notices),
            "waits": self.waits,
            "n_quarantined": self.n_quarantined,
            "arrived_later": self.arrived_later,
            "pages": dict(self.pages),
            "loaded": [] if self.load is None else [receipt.facts() for receipt in self.load.receipts],
        }


def load(
    workspace: Workspace,
    *,
    clock: Callable[[], datetime],
    accept: bool = False,
    accepted_by: str = "",
    as_of: date | None = None,
    sources: Collection[str] = (),
    secrets: Secrets = no_secrets,
    reporter: Reporter = SILENT,
) -> LoadReport:
    """Read every new extract of a workspace, and withdraw the lists that name somebody who may be on none since.

    Args:
        workspace: an open workspace, locked by the caller.
        clock: tells when each delivery was loaded.
        accept: take deliveries that are held for a person.
        accepted_by: who takes them and why; breaking changes of a source need it.
        as_of: what deliveries without a date of their own cover up to.
        sources: only these; empty means all.
        secrets: finds the passwords of databases that settings refer to.
        reporter: is told of each delivery.
    """
    report = loaders.load_new(
        workspace=workspace.folder,
        lake=workspace.lake,
        catalogue=workspace.catalogue,
        settings=workspace.settings,
        clock=clock,
        accept=accept,
        accepted_by=accepted_by,
        as_of=as_of,
        sources=sources,
        secrets=secrets,
        reporter=reporter,
    )
    return replace(report, withdrawn=withdraw_hidden(workspace, at=clock()))


def run_week(
    workspace: Workspace,
    week: str | None = None,
    *,
    clock: Callable[[], datetime],
    accept: bool = False,
    accepted_by: str = "",
    go_on: bool = False,
    repin: bool = False,
    again: bool = False,
    workers: int | None = None,
    executor: str = "",
    secrets: Secrets = no_secrets,
    reporter: Reporter = SILENT,
) -> WeekReport:
    """Make a week: load what is new, do every stage that has something new to do, build the briefs.

    Args:
        workspace: an open workspace, locked by the caller.
        week: as 2026-W47; None is the latest that is over and that an as-of date of a source lies in.
        clock: the time.
        accept: take deliveries that are held for a person.
        accepted_by: who takes them and why; breaking changes of a source need it.
        go_on: make the week although a source broke its contract, from what was known of it before.
        repin: take in what arrived since the week was made.
        again: make everything again from the same pin, as it was known then.
        workers: briefs made side by side.
        executor: address of a Dask cluster that makes the briefs; empty for this machine.
        secrets: finds the passwords of databases that settings refer to.
        reporter: is told of each piece of work.

    Raises:
        WrongUseError: the executor is no address; nothing was done.
        SourceAlarmError: a source changed what it sends in a way that breaks its contract; no stage was run.
        WorkbenchError: the week cannot be made at all; one unit's failing brief is in the report instead.
    """
    brief_room.check_ways(engine="", executor=executor)  # before the work that comes before the briefs
    loaded = load(workspace, clock=clock, accept=accept, accepted_by=accepted_by, secrets=secrets, reporter=reporter)
    _, told = try_quality_report(workspace, loaded, at=clock())
    if loaded.alarms and not go_on:
        raise stopped(loaded.alarms, told)
    chosen = choose_week(workspace, week, at=clock())
    brief_room.expire_worklists(workspace.folder, clock().date())
    run = pinned_run(workspace, chosen, clock=clock, repin=repin)
    outcomes = run_stages(workspace, chosen, run, clock=clock, again=again, reporter=reporter)
    if not run.is_closed:
        run = workspace.lake.close_run(str(chosen), run.run_id, at=clock())
    wish = Wish(force=again, workers=workers, executor=executor)
    with brief_room.kept_processes():
        pages = make_pages(workspace, chosen, run, clock=clock, wish=wish, reporter=reporter)
    if any(receipt.outcome == "loaded" for receipt in loaded.receipts):
        workspace.lake.maintain()
    missing = None if week else uncovered(workspace, clock())
    notices = [*([str(missing)] if missing else []), *([told] if told else [])]
    report = _report(workspace, chosen, run, clock(), pages, load=loaded, stages=outcomes, notices=notices)
    report = replace(
        report,
        n_quarantined=quarantined_since(workspace, chosen, run),
        is_uncovered=missing is not None and not missing.expected,
    )
    write_manifest(workspace.folder, report.facts(), run, at=clock())
    return report


def make_briefs(
    workspace: Workspace,
    week: ReportingWeek,
    *,
    clock: Callable[[], datetime],
    wish: Wish,
    reporter: Reporter = SILENT,
) -> WeekReport:
    """Build the briefs of a week whose stages are done.

    Args:
        workspace: an open workspace, locked by the caller.
        week: the reporting week.
        clock: the time.
        wish: which briefs, and how they are made.
        reporter: is told of each brief.

    Raises:
        WrongUseError: a unit is unknown, or the notebook lacks its parameters.
        StoreError: the measures of the week have not been done.
    """
    run = pinned_run(workspace, week, clock=clock)
    with brief_room.kept_processes():
        pages = make_pages(workspace, week, run, clock=clock, wish=wish, reporter=reporter)
    report = _report(workspace, week, run, clock(), pages)
    if not report.is_idle:
        write_manifest(workspace.folder, report.facts(), run, at=clock())
    return report


def briefs_to_make(workspace: Workspace, week: ReportingWeek, *, wish: Wish) -> tuple[list[str], list[str]]:
    """What `make_briefs` would do, having checked all that it checks and run nothing.

    Returns:
        The units that would get a brief, and those whose brief would be left as it is.

    Raises:
        WorkbenchError: the week has not been made.
        WrongUseError: a unit is unknown, or the notebook lacks its parameters.
        StoreError: the measures of the week have not been done.
    """
    run = workspace.lake.current_run(str(week))
    if run is None:
        raise WorkbenchError(
            "This week has not been made.", where=str(week), next_step=f"Run `fi-workbench weekly --week {week}` first."
        )
    todo = plan_pages(workspace, week, run, wish)
    return list(todo.units), [unit for unit in todo.plan.units if unit not in todo.units]


def _report(
    workspace: Workspace,
    week: ReportingWeek,
    run: Run,
    at: datetime,
    pages: PagesReport,
    *,
    load: LoadReport | None = None,
    stages: Sequence[StageOutcome] = (),
    notices: Sequence[str] = (),
) -> WeekReport:
    notices = [*pages.notices, *notices]
    provisional = is_provisional(workspace, week, run)
    if provisional and not is_over(week, workspace.today(at)):
        notices.append(
            f"This week ends on {day(week.sunday)}, so it is provisional. Once it is over, "
            f"`fi-workbench weekly --week {week}` pins it again, unless it has been released."
        )
    apart = units_apart(workspace.lake, run.pin, settings_of(run), week.sunday)
    if apart:
        notices.append(str(apart))
    if run.model_version is None:
        notices.append(
            "No grouping of families has been approved, so briefs say nothing by segment. "
            "`fi-workbench segment fit` makes a candidate."
        )
    if settings_of(run).fingerprint() != workspace.settings.fingerprint():
        notices.append(
            "The settings have changed since this week was released; it keeps its own. "
            "`--repin` makes it again with the new ones."
        )
    nobodys = brief_room.restricting_nobody(workspace.lake, week, run)
    if nobodys:
        notices.append(
            f"Case numbers on the list of restricted records that are nobody's in any source: {nobodys:,}. Nobody is "
            "left out for them: look whether they are misspelt."
        )
    if run.erasure_touched:
        notices.append("An erasure has taken away something that this week was first made from.")
    return WeekReport(
        week=week,
        run_id=run.run_id,
        load=load,
        stages=stages,
        built=pages.built,
        failed=pages.failed,
        notices=notices,
        is_grouped=run.model_version is not None,
        arrived_later=arrived_since(workspace, run),
        is_settled=is_released(workspace, week) and not provisional,
        are_units_apart=bool(apart),
        pages=pages.effort,
        is_idle=pages.is_idle,
    )
