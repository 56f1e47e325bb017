"""For which week the evidence on interventions was worked out last: it is worked out about once a month."""

from __future__ import annotations

from fi_workbench.briefs.handing import WeekLake
from fi_workbench.calendar import ReportingWeek
from fi_workbench.store import Run

STAGE = "evidence"
WEEKS_GOOD = 8
"""Evidence older than so many weeks is not shown in a brief."""


def has_evidence(lake: WeekLake, week: ReportingWeek, run: Run) -> bool:
    """Whether a run's evidence has been worked out."""
    return any(record.stage == STAGE for record in lake.stages(str(week), run.run_id))


def latest_evidence(lake: WeekLake, week: ReportingWeek, run: Run) -> tuple[ReportingWeek, Run] | None:
    """The week and run whose evidence a brief of a week may show: its own, or that of the weeks before it."""
    if has_evidence(lake, week, run):
        return week, run
    for back in range(1, WEEKS_GOOD):
        earlier = week.shift(-back)
        made = lake.current_run(str(earlier))
        if made is not None and has_evidence(lake, earlier, made):
            return earlier, made
    return None
