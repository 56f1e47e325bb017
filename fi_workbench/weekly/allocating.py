"""What people do with a proposed allocation: decide about a family, and try scenarios before anybody moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from fi_workbench import segmentation
from fi_workbench.briefs.releasable import check_named
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import AllocationError, WorkbenchError, WrongUseError
from fi_workbench.segmentation.continuity import ACTIONS, Continuity
from fi_workbench.segmentation.scenarios import Told, scenarios
from fi_workbench.segmentation.what_if import Comparison, compare, one_more_place
from fi_workbench.settings import Settings
from fi_workbench.weekly.pinning import latest_run
from fi_workbench.weekly.workspace import Workspace

KIND = "allocation"
_READS = ("segment_memberships", "family_status", "child_status", "need_profiles")


@dataclass(frozen=True)
class WhatIf:
    """Scenarios side by side, for managers and analysts: counts of families, none of them named.

    Attributes:
        week: the reporting week whose families are placed.
        comparison: the scenarios and their units.
        one_more: what one more place in each unit would change as things are, in sentences; or why that cannot be
            told.
        names: units' names by code, those of scenarios included.
    """

    week: ReportingWeek
    comparison: Comparison = field(repr=False)
    one_more: tuple[str, ...]
    names: dict[str, str]

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {
            "week": str(self.week),
            "scenarios": self.comparison.scenarios.to_dicts(),
            "units": self.comparison.units.to_dicts(),
            "one_more_place": list(self.one_more),
        }


def decide_family(
    workspace: Workspace, family: str, action: str, *, unit: str | None, by: str, reason: str, at: datetime
) -> int:
    """Write down what a person decided of a family's unit. It holds for weeks made from now on.

    Args:
        workspace: an open workspace, locked by the caller.
        family: its pseudonym, from `unit_proposals`.
        action: one of `continuity.ACTIONS`.
        unit: the unit named, for `place` alone.
        by: who decides.
        reason: why, without any family's details.
        at: now.

    Returns:
        The decision's number.

    Raises:
        WrongUseError: no such action, unit or family, or a name or reason is missing.
    """
    if action not in ACTIONS:
        raise WrongUseError("There is no such decision.", where=action, next_step=f"Decisions: {', '.join(ACTIONS)}.")
    if not by.strip() or not reason.strip():
        raise WrongUseError("A decision needs a person's name and a reason.", where="--by and --reason")
    check_named(by)
    codes = [each.code for each in workspace.settings.units]
    if (action == "place") != (unit is not None) or (unit is not None and unit not in codes):
        raise WrongUseError(
            "A family is placed with one of the units; no other decision names one.",
            where="--unit",
            next_step=f"Units: {', '.join(codes) or 'none in the settings'}.",
        )
    if family not in _known_families(workspace):
        raise WrongUseError(
            "No family of the latest week made has this pseudonym.",
            where="the family given",
            next_step="Take it from the column family_id of unit_proposals.",
        )
    decision = {"action": action, "unit": unit, "from": at.date().isoformat()}
    return workspace.lake.decide(KIND, family, decision, by=by, reason=reason, at=at)


def _known_families(workspace: Workspace) -> set[str]:
    latest = latest_run(workspace)
    if latest is None:
        return set()
    week, run = latest
    return set(workspace.lake.read_week_table(week, "family_status", run.run_id)["family_id"])


def what_if(workspace: Workspace, week: ReportingWeek, told: Sequence[Told], *, where: str = "scenarios") -> WhatIf:
    """Try scenarios on a week's families; nothing is stored and nobody is moved.

    Args:
        workspace: an open workspace.
        week: the reporting week, whose segments have been made.
        told: scenarios as `segmentation.scenarios.parse_scenarios` reads them; none compares nothing, but still says
            what one more place would change.
        where: what their file is called, for messages.

    Raises:
        WorkbenchError: the week has not been made, or there are no units.
        WrongUseError: a scenario names what does not exist.
    """
    run = workspace.lake.current_run(str(week))
    if run is None:
        raise WorkbenchError(
            "This week has not been made, so there is nobody to place.",
            where=str(week),
            next_step=f"Run `fi-workbench weekly --week {week}` first.",
        )
    settings = settings_of(run)
    if not settings.units:
        raise WorkbenchError(
            "The settings name no units, so there is nothing to compare.",
            where="workbench.toml",
            next_step="Add a [[units]] table for each unit.",
        )
    frames = {name: workspace.lake.read_week_table(str(week), name, run.run_id).drop("week") for name in _READS}
    roster = workspace.lake.read("roster", run.pin)
    grouped = frames["segment_memberships"]["segment"].drop_nulls().unique().to_list()
    segments = sorted({*grouped, *(segment for unit in settings.units for segment in unit.segments)})
    tried = scenarios(told, settings, segments=segments, as_at=week.sunday, where=where)
    rule = segmentation.continuity(
        need_profiles=frames["need_profiles"],
        child_status=frames["child_status"],
        family_status=frames["family_status"],
        decisions=workspace.lake.decisions(KIND, run.pin),
        settings=settings,
        as_at=week.sunday,
    )
    common = {name: frames[name] for name in ("segment_memberships", "family_status", "child_status")}
    comparison = compare(tried, **common, roster=roster, as_at=week.sunday, continuity=rule)
    names = {unit.code: unit.name for each in tried.values() for unit in each.settings.units}
    return WhatIf(week, comparison, _one_more(settings, week, common, roster, rule), names)


def _one_more(
    settings: Settings,
    week: ReportingWeek,
    common: dict[str, pl.DataFrame],
    roster: pl.DataFrame,
    rule: Continuity,
) -> tuple[str, ...]:
    try:
        told = one_more_place(settings, **common, roster=roster, as_at=week.sunday, continuity=rule)
    except AllocationError as error:
        return (f"What one more place would change cannot be told: {error.what}",)
    return tuple(told)
