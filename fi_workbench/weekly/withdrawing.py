"""Worklists and managers' pages that may no longer stand: removed after a load or an erasure, and to be made again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from fi_workbench import briefs as brief_room
from fi_workbench.weekly.pages import MANAGERS, UNDONE, WORKLISTS
from fi_workbench.weekly.workspace import Workspace

_STAGE_OF = {"worklists": WORKLISTS, "managers": MANAGERS}
"""The stage that makes the pages of a folder of the workspace."""


def withdraw_hidden(workspace: Workspace, *, at: datetime) -> tuple[str, ...]:
    """Remove the lists that name somebody who may be on none, as known now.

    Args:
        workspace: an open workspace, locked by the caller.
        at: the time; its day decides which restrictions are in force.

    Returns:
        The pages removed, by their names within the workspace.
    """
    pages = brief_room.withdraw_hidden(workspace.folder, workspace.lake, today=at.date())
    _to_be_made_again(workspace, pages, at)
    return pages


def withdraw_erased(
    workspace: Workspace, *, weeks: Collection[str], references: Collection[str], at: datetime
) -> tuple[str, ...]:
    """Remove the lists of weeks that an erasure touched, and any other that names the person.

    Returns:
        The pages removed, by their names within the workspace.
    """
    pages = brief_room.withdraw_erased(workspace.folder, weeks=weeks, references=references)
    _to_be_made_again(workspace, pages, at)
    return pages


def _to_be_made_again(workspace: Workspace, pages: Sequence[str], at: datetime) -> None:
    for root, week in sorted({(root, week) for root, week, *_ in (page.split("/") for page in pages)}):
        run = workspace.lake.current_run(week)
        stages = workspace.lake.stages(week, run.run_id) if run is not None else ()
        if run is not None and any(record.stage == _STAGE_OF[root] for record in stages):
            workspace.lake.record_stage(week, run.run_id, _STAGE_OF[root], UNDONE, {}, recorded_at=at)
