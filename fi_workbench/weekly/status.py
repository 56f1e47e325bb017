"""How a workspace stands: sources, weeks, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fi_workbench import segmentation
from fi_workbench.briefs import built_folder
from fi_workbench.briefs.folders import HELD, read_json, units_built
from fi_workbench.briefs.release_record import standing
from fi_workbench.calendar import ReportingWeek
from fi_workbench.weekly.choosing import newest_day, uncovered
from fi_workbench.weekly.learning import waiting
from fi_workbench.weekly.pinning import is_released
from fi_workbench.weekly.workspace import Workspace, lock_told


@dataclass(frozen=True)
class Status:
    """Rows for people and machines; no person's values.

    Attributes:
        lock: who writes to the workspace and since when; empty where nobody does.
    """

    sources: list[dict[str, Any]]
    weeks: list[dict[str, str]]
    waits: list[str]
    lock: str = ""

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {"sources": self.sources, "weeks": self.weeks, "waits": self.waits, "lock": self.lock}


def status(workspace: Workspace, *, at: datetime, host: str = "") -> Status:
    """What is loaded and how fresh, which weeks are made and released, and what waits.

    Args:
        workspace: an open workspace.
        at: now.
        host: this computer's name, for whose lock it is.
    """
    lake = workspace.lake
    latest = newest_day(lake, workspace.today(at)) or lake.latest_as_of()
    sources: list[dict[str, Any]] = []
    if latest is not None:
        sunday = ReportingWeek.of(latest).sunday
        freshness = lake.source_freshness(lake.pin(sunday), stale_days=workspace.settings.thresholds.stale_days)
        sources = freshness.to_dicts()
    missing = uncovered(workspace, at)
    waits = [] if missing is None or missing.expected else [str(missing)]
    quarantined = sum(int(row["n_quarantined"]) for row in sources)
    if quarantined:
        waits.append(f"{quarantined:,} rows are quarantined (table quarantine, each with its reasons).")
    if segmentation.read_approved(workspace.models) is None:
        waits.append("No grouping of families has been approved (`fi-workbench segment fit`, then approve).")
    weeks = []
    for name in sorted({run.week for run in lake.runs()}):
        week = ReportingWeek.parse(name)
        run = lake.current_run(name)
        stages = [] if run is None else sorted({r.stage for r in lake.stages(name, run.run_id) if ":" not in r.stage})
        folder = built_folder(workspace.folder, week, "")
        held = read_json(folder / HELD).get("reasons", [])
        built = bool(units_built(folder))
        released = is_released(workspace, week)
        weeks.append(
            {
                "week": name,
                "stages": str(len(stages)),
                "built": "held" if held else "yes" if built else "no",
                "released": "yes" if released else "no",
            }
        )
        last = standing(lake, week)
        if released and last is not None and last.taken_back:
            units = ", ".join(sorted(last.taken_back))
            waits.append(f"Briefs of week {name} were taken back and are not released again: {units}.")
        if held:
            waits.append(f"Week {name} is held: {'; '.join(held)}. Mend what failed and build the briefs again.")
        elif built and not released:
            waits.append(f"Week {name} is built and not released (`fi-workbench release --week {name} --by NAME`).")
    lock, _ = lock_told(workspace.folder, host=host, at=at)
    return Status(sources, weeks, [*waits, *waiting(workspace, latest, today=at.date())], lock)
