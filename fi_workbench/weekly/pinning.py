"""What a week is made from: the run that pins it, so that it can be made again from what was known then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl

from fi_workbench import __version__, segmentation
from fi_workbench.briefs.release_record import standing
from fi_workbench.calendar import ReportingWeek
from fi_workbench.store import Run
from fi_workbench.weekly.choosing import is_over
from fi_workbench.weekly.workspace import Workspace


def pinned_run(workspace: Workspace, week: ReportingWeek, *, clock: Callable[[], datetime], repin: bool = False) -> Run:
    """The run of a week: the one it has, or a new one that pins what is known now.

    A week keeps its pin, so that deliveries and decisions which come later do not change it. Changed settings, a
    newly approved model or new code give a new run on the old pin while the week has not been released; a released
    week keeps its run until a person asks for a new pin. What was pinned before the week was over is provisional:
    once it is over it is pinned again, unless it has been released.

    Args:
        workspace: an open workspace.
        week: the reporting week.
        clock: tells when a new run was opened.
        repin: take in what arrived since.
    """
    current = workspace.lake.current_run(str(week))
    approved = segmentation.read_approved(workspace.models)
    model_version = approved.version if approved is not None else None
    fingerprint = workspace.settings.fingerprint()
    over = current is not None and is_provisional(workspace, week, current) and is_over(week, workspace.today(clock()))
    repin = repin or (over and not is_released(workspace, week))
    if current is not None and not repin:
        same = (
            current.settings_fingerprint == fingerprint
            and current.model_version == model_version
            and current.code_version == __version__
        )
        if same or is_released(workspace, week):
            return current
    pin = current.pin if current is not None and not repin else workspace.lake.pin(week.sunday)
    return workspace.lake.open_run(
        str(week),
        pin=pin,
        settings_fingerprint=fingerprint,
        settings_text=workspace.settings_text,
        model_version=model_version,
        code_version=__version__,
        made_at=clock(),
    )


def latest_run(workspace: Workspace) -> tuple[str, Run] | None:
    """The latest week that has been made, with its run; None where none has."""
    for week in sorted({run.week for run in workspace.lake.runs()}, reverse=True):
        run = workspace.lake.current_run(week)
        if run is not None:
            return week, run
    return None


def is_provisional(workspace: Workspace, week: ReportingWeek, run: Run) -> bool:
    """Whether a run was begun before its week was over, so that it cannot know all that belongs to the week."""
    return not is_over(week, workspace.today(run.made_at))


def is_released(workspace: Workspace, week: ReportingWeek) -> bool:
    """Whether readers have a brief of the week: a person released it, and not every unit's was taken back since."""
    last = standing(workspace.lake, week)
    return last is not None and bool(last.units)


def arrived_since(workspace: Workspace, run: Run) -> int:
    """Deliveries that the run's pin does not see although they cover no later day."""
    ledger = workspace.lake.ledger()
    return ledger.filter((pl.col("load_id") > run.pin.load_id) & (pl.col("as_of") <= run.pin.as_of)).height


def quarantined_since(workspace: Workspace, week: ReportingWeek, run: Run) -> int:
    """Rows quarantined of the deliveries that came with a week, whichever process loaded them.

    A run that goes on from where another was killed loads nothing itself, and yet waits for what that one quarantined.
    """
    earlier = {each.week for each in workspace.lake.runs() if each.week < str(week)}
    last = workspace.lake.current_run(max(earlier)) if earlier else None
    return workspace.lake.n_quarantined(run.pin, before=None if last is None else last.pin)
