"""What people do with a built week: release it, take it back; and erasure, which may touch it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fi_workbench import briefs as brief_room
from fi_workbench.briefs.releasable import check_named
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WorkbenchError, WrongUseError
from fi_workbench.store import AuditLog
from fi_workbench.weekly.feedback import KEPT_APART, kept_apart_files
from fi_workbench.weekly.withdrawing import withdraw_erased
from fi_workbench.weekly.workspace import Workspace


def release(workspace: Workspace, week: ReportingWeek, *, by: str, at: datetime, reason: str = "") -> Path:
    """Make a built week visible; return the folder of its pages.

    Raises:
        WrongUseError: no name.
        BriefError: nothing is built, the week failed its checks, or it was taken back and nothing changed since.
    """
    check_named(by, "A release")
    if workspace.lake.current_run(str(week)) is None:
        raise WorkbenchError(
            "This week has not been made.",
            where=str(week),
            next_step=f"Run `fi-workbench weekly --week {week}` first.",
        )
    return brief_room.release(workspace=workspace.folder, week=week, by=by, at=at, lake=workspace.lake, reason=reason)


def recall(
    workspace: Workspace, week: ReportingWeek, *, by: str, reason: str, at: datetime, units: Sequence[str] = ()
) -> dict[str, int]:
    """Take a released week back, or the briefs of some units: a correction notice stands wherever a page told of it.

    Returns:
        How many notices stand now, by folder of the workspace.

    Raises:
        WrongUseError: no name or no reason.
        BriefError: the week, or the brief of a unit, is not released.
    """
    if not by.strip() or not reason.strip():
        raise WrongUseError("A recall needs a person's name and a reason.", where="--by and --reason")
    return brief_room.recall(
        workspace=workspace.folder, week=week, by=by, reason=reason, at=at, lake=workspace.lake, units=units
    )


def release_digest(workspace: Workspace, week: ReportingWeek, *, by: str, at: datetime, reason: str = "") -> Path:
    """Publish a week's digest across units; return the released page.

    Raises:
        WrongUseError: no name.
        BriefError: it was not made, was changed since, the week failed its checks, or it was taken back and nothing
            changed since.
    """
    return brief_room.release_digest(
        workspace=workspace.folder, week=week, by=by, at=at, lake=workspace.lake, reason=reason
    )


def recall_digest(workspace: Workspace, week: ReportingWeek, *, by: str, reason: str, at: datetime) -> None:
    """Take a released digest back: a correction notice stands where it was.

    Raises:
        WrongUseError: no name or no reason.
        BriefError: no digest of this week is released.
    """
    brief_room.recall_digest(workspace=workspace.folder, week=week, by=by, reason=reason, at=at, lake=workspace.lake)


def recalled_units(workspace: Workspace, week: ReportingWeek) -> frozenset[str]:
    """Units whose briefs of the week's run were taken back and not released again."""
    run = workspace.lake.current_run(str(week))
    return brief_room.recalled_units(workspace.lake, week, run.run_id) if run is not None else frozenset()


def digest_stands(workspace: Workspace, week: ReportingWeek) -> bool:
    """Whether readers have a digest of this week that was not taken back."""
    return brief_room.digest_stands(workspace.lake, week)


def erase(
    workspace: Workspace, references: Sequence[str], *, by: str, reason: str, at: datetime
) -> tuple[str, dict[str, Any]]:
    """Erase people from every version of every table, and the lists made from it; say what was touched.

    Raises:
        WrongUseError: no name or no reason.
        StoreError: nobody has such a reference.
    """
    if not by.strip() or not reason.strip():
        raise WrongUseError("An erasure needs a person's name and a reason.", where="--by and --reason")
    audit = AuditLog(workspace.folder)
    report = workspace.lake.erase(person_references=references, by=by, reason=reason, at=at, audit=audit)
    weeks, files = list(report.weeks), list(report.delivered_files)
    pages = withdraw_erased(workspace, weeks=weeks, references=references, at=at)
    lines = [
        (
            f"Erased from {len(report.rows_removed)} tables: {sum(report.rows_removed.values()):,} rows taken out, "
            f"{sum(report.rows_blanked.values()):,} others no longer name the person. It is kept as {report.name}."
        ),
        "Weeks made from what is gone: " + (", ".join(weeks) or "none") + ". Look at their published pages.",
    ]
    if pages:
        lines.append(brief_room.withdrawn_words(pages, "they were made from what is gone."))
        lines += [f"  removed: {page}" for page in pages]
    if files:
        lines.append(
            f"{len(files)} delivered files in extracts/ hold the person, or are workbooks that cannot be searched: "
            "look, delete or redact them, and erase at the source, or the next delivery brings the person back."
        )
    apart = [path.name for path in kept_apart_files(workspace)]
    if apart:
        lines.append(
            f"{len(apart)} files of replies kept apart may name the person in words that cannot be searched for: read "
            f"and delete them ({KEPT_APART.as_posix()})."
        )
    facts = {
        "erasure": report.name,
        "weeks": weeks,
        "withdrawn": list(pages),
        "delivered_files": files,
        "replies_kept_apart": apart,
    }
    return "\n".join(lines), facts
