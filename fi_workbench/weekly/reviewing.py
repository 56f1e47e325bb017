"""The review of a built week by an analyst: findings accepted, dropped or edited, and counts reconciled."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench import briefs as brief_room
from fi_workbench.briefs import reviewing
from fi_workbench.briefs.folders import DATA_NOTES
from fi_workbench.briefs.guarding import make_guard
from fi_workbench.briefs.reconciling import RECONCILIATION, our_counts, read_their_counts, reconcile
from fi_workbench.briefs.releasable import check_named
from fi_workbench.briefs.release_record import last_act
from fi_workbench.briefs.week import settings_of, units_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import validate
from fi_workbench.errors import WorkbenchError
from fi_workbench.store import AuditLog, Run
from fi_workbench.weekly.pages import Wish, plan_of
from fi_workbench.weekly.workspace import Workspace


def review_finding(
    workspace: Workspace,
    week: ReportingWeek,
    code: str,
    action: str,
    *,
    by: str,
    at: datetime,
    after: str = "",
    reason: str = "",
) -> str:
    """Accept, drop or edit a finding of a built week, or take that back; return the unit.

    Raises:
        WrongUseError: no name or reason, no such finding, or words that cannot be.
        BriefError: nothing is built, or the page with the edited words is not fit to be read.
        DisclosureError: the edited words hold somebody; nothing was changed.
    """
    run = _run(workspace, week)
    return reviewing.review_finding(
        workspace=workspace.folder,
        week=week,
        code=code,
        action=action,
        by=by,
        at=at,
        lake=workspace.lake,
        guard=make_guard(workspace.lake, workspace.catalogue, run.pin, settings_of(run)),
        after=after,
        reason=reason,
    )


def findings_to_review(workspace: Workspace, week: ReportingWeek) -> pl.DataFrame:
    """Every finding of a built week. GRAIN one row per code: unit, section, code, words, review, after."""
    rows = reviewing.findings_of(workspace.folder, week, workspace.lake)
    schema = dict.fromkeys(("unit", "section", "code", "words", "review", "after"), pl.String())
    return pl.DataFrame(rows, schema=schema, orient="row")


def reconcile_counts(workspace: Workspace, week: ReportingWeek, path: Path, *, by: str, at: datetime) -> pl.DataFrame:
    """Put the week's counts beside the council's own, and write it down.

    Returns:
        Contract `count_reconciliation`.

    Raises:
        WrongUseError: no name, or a file that cannot be read.
        DisclosureError: a reason holds somebody; nothing was kept.
    """
    check_named(by)
    run = _run(workspace, week)
    settings = settings_of(run)
    units = units_of(workspace.lake, week, run)
    series = workspace.lake.read_week_table(str(week), "unit_series", run.run_id)
    theirs = read_their_counts(path, units)
    rows = reconcile(our_counts(series, monday=week.monday), theirs, units)
    checked = validate(rows, workspace.catalogue.table("count_reconciliation"))
    guard = make_guard(workspace.lake, workspace.catalogue, run.pin, settings)
    guard.check_said("\n".join(checked["reason"].drop_nulls()), what="A reason", where=path.name)
    facts: dict[str, str | int] = {
        state: checked.filter(pl.col("state") == state).height for state in ("agrees", "explained", "no_reason")
    }
    AuditLog(workspace.folder).write(by, "reconciled counts", at=at, about=str(week), facts=facts)
    told = {"run": run.run_id, "rows": checked.to_dicts()}
    workspace.lake.decide(RECONCILIATION, str(week), told, by=by, reason="counts compared", at=at)
    return checked


def retell_data_note(workspace: Workspace, week: ReportingWeek) -> str:
    """Make a week's data note again where there is one, since something that it tells of has changed.

    Returns:
        Why it could not be made, as a sentence; empty when it was, or there is none.
    """
    if not (workspace.folder / DATA_NOTES / str(week)).is_dir():
        return ""
    plan = plan_of(workspace, week, _run(workspace, week), Wish())
    failed = brief_room.build_whole_pages(plan, workers=1, only=("data_note",)).failed
    return "".join(f"The data note still says what it said before: {problem}" for problem in failed.values())


def last_release(workspace: Workspace, week: ReportingWeek) -> dict[str, Any] | None:
    """The last release or recall of a week, as its decision says."""
    return last_act(workspace.lake, week)


def _run(workspace: Workspace, week: ReportingWeek) -> Run:
    run = workspace.lake.current_run(str(week))
    if run is None:
        raise WorkbenchError(
            "This week has not been made.", where=str(week), next_step=f"Run `fi-workbench weekly --week {week}` first."
        )
    return run
