"""Candidate groupings: fitted on a week, read and approved by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from fi_workbench import briefs as brief_room
from fi_workbench import segmentation
from fi_workbench.briefs.releasable import check_named
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WorkbenchError, WrongUseError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation.approvals import read_for_comparison
from fi_workbench.segmentation.checks import newcomers
from fi_workbench.store import AuditLog
from fi_workbench.weekly.workspace import Workspace


def fit_segments(workspace: Workspace, week: ReportingWeek, *, reporter: Reporter = SILENT) -> segmentation.Candidate:
    """Fit a candidate on a week's need profiles and write it down; it is not used until a person approves it.

    Raises:
        WorkbenchError: the week's needs have not been worked out.
        SegmentationError: a grouping cannot be fitted.
    """
    needs, families, came = _families(workspace, week)
    used = read_for_comparison(workspace.models, synthetic=workspace.settings.authority.synthetic, any_indicators=True)
    candidate = segmentation.fit_candidate(
        needs,
        families,
        workspace.settings,
        made_on=week.sunday,
        former=used.grouping if used else None,
        newcomers=came,
        reporter=reporter,
    )
    segmentation.write_candidate(workspace.models, candidate)
    return candidate


def ship_synthetic_model(workspace: Workspace, week: ReportingWeek, folder: Path) -> segmentation.ApprovedModel:
    """Fit the grouping that travels with the synthetic authority on a week of one, and mark it approved by nobody real.

    The one that is shipped was made so from `fi-workbench demo --families 1600 --seed 1`, once its stages up to the
    needs were made.

    Args:
        workspace: of a synthetic authority.
        week: whose needs have been worked out.
        folder: where models are, such as `templates/workspace/models/segmentation`.

    Raises:
        WrongUseError: the authority is no synthetic one.
        WorkbenchError: the week's needs have not been worked out.
        SegmentationError: a grouping cannot be fitted, or another one of this version is there.
    """
    if not workspace.settings.authority.synthetic:
        raise WrongUseError(
            "Only a synthetic authority's families may be in a model that is shipped.", where="authority"
        )
    needs, families, came = _families(workspace, week)
    return segmentation.ship_synthetic_model(
        needs, families, folder, week.sunday, newcomers=came, settings=workspace.settings
    )


def _families(workspace: Workspace, week: ReportingWeek) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """What a grouping is fitted on: `need_profiles`, `family_profiles`, and the families that came lately."""
    run = workspace.lake.current_run(str(week))
    if run is None:
        raise _not_made(week)
    needs, families, seen = (
        workspace.lake.read_week_table(str(week), table, run.run_id).drop("week")
        for table in ("need_profiles", "family_profiles", "families")
    )
    return needs, families, newcomers(seen, week.sunday)


@dataclass(frozen=True)
class Review:
    """What a person reads before approving.

    Attributes:
        fits: how well each number of classes fits. GRAIN one row per number of classes.
        segments: what each segment is about. GRAIN one row per segment, indicator and answer.
        carried: which segment in use each one carries on. GRAIN one row per segment; none for a first grouping.
        changes: what cannot carry on, in sentences.
        stability: whether each segment would come out again. GRAIN one row per segment.
        missed_pairs: pairs of indicators that the segments explain least. GRAIN one row per pair.
    """

    fits: pl.DataFrame
    segments: pl.DataFrame
    carried: pl.DataFrame
    changes: tuple[str, ...]
    stability: pl.DataFrame
    missed_pairs: pl.DataFrame


def review_segments(workspace: Workspace, version: str) -> Review:
    """What a person reads before approving: fit, meaning, and what goes on from the grouping in use.

    Raises:
        SegmentationError: there is no such candidate.
    """
    candidate = segmentation.read_candidate(workspace.models, version)
    return Review(
        fits=segmentation.fit_table(candidate),
        segments=segmentation.review_table(candidate),
        carried=segmentation.carried_table(candidate),
        changes=candidate.changes,
        stability=pl.DataFrame([one.model_dump() for one in candidate.stability]),
        missed_pairs=pl.DataFrame([one.model_dump() for one in candidate.missed_pairs]),
    )


def write_review(workspace: Workspace, version: str, week: ReportingWeek) -> Path:
    """Write the page that the person who approves a candidate reads; it stays in the workspace, closed to others.

    Args:
        workspace: an open workspace.
        version: the candidate.
        week: on whose families it is tried.

    Returns:
        The page, under `reviews/`.

    Raises:
        SegmentationError: there is no such candidate.
        WorkbenchError: the week has not been made.
        BriefError: the page could not be made, or is not fit to be read by everyone.
        DisclosureError: the page would hold somebody's identifier; nothing was written.
    """
    segmentation.read_candidate(workspace.models, version)
    run = workspace.lake.current_run(str(week))
    if run is None:
        raise _not_made(week)
    return brief_room.build_review(
        workspace.folder,
        version,
        week,
        lake=workspace.lake,
        catalogue=workspace.catalogue,
        run=run,
        settings=settings_of(run),
    )


def _not_made(week: ReportingWeek) -> WorkbenchError:
    return WorkbenchError(
        "The needs of this week have not been worked out.",
        where=str(week),
        next_step=f"Run `fi-workbench weekly --week {week}` first.",
    )


def approve_segments(workspace: Workspace, version: str, *, by: str, reason: str, at: datetime) -> None:
    """Approve a candidate by name.

    Raises:
        WrongUseError: no name or no reason.
        SegmentationError: there is no such candidate.
    """
    if not by.strip() or not reason.strip():
        raise WrongUseError("An approval needs a person's name and a reason.", where="--by and --reason")
    check_named(by)
    segmentation.approve(workspace.models, version, by=by, reason=reason, at=at)
    workspace.lake.decide("segmentation", version, {"approved": True}, by=by, reason=reason, at=at)
    AuditLog(workspace.folder).write(by, "approved a segmentation", at=at, about=version)


def roll_back_segments(workspace: Workspace, *, by: str, reason: str, at: datetime) -> tuple[str, str | None]:
    """Take back the approval in use, by name; weeks made from now on use the one before.

    Returns:
        The version withdrawn, and the one now in use (None when there is none).

    Raises:
        SegmentationError: no name or reason, or no model is in use.
    """
    if by.strip():  # an empty one is told of below, with the reason
        check_named(by)
    withdrawn, used = segmentation.roll_back(workspace.models, by, reason, at)
    workspace.lake.decide("segmentation", withdrawn, {"approved": False}, by=by, reason=reason, at=at)
    AuditLog(workspace.folder).write(by, "withdrew a segmentation", at=at, about=withdrawn)
    return withdrawn, used
