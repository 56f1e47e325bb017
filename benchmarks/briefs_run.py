"""What the benchmark of briefs measures, as a program of its own: `briefs_run WORK WORKSPACE N WORKERS`."""

from __future__ import annotations

import gc
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from fi_workbench import chart_engine

if __name__ == "__main__" and sys.argv[1] == "build":
    chart_engine.start_early()  # before anything else is imported, as the command does

from fi_workbench import briefs
from fi_workbench.briefs import handing
from fi_workbench.briefs.exporting import serve_exports
from fi_workbench.briefs.forking import start_early
from fi_workbench.briefs.handing import Handed
from fi_workbench.briefs.inside import heed_environment
from fi_workbench.briefs.jobs import Job, Ran
from fi_workbench.briefs.reading_once import ReadOnce
from fi_workbench.briefs.running import run_job
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import Processes
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE, open_lake
from fi_workbench.calendar import ReportingWeek
from fi_workbench.cli import COLLECTING
from fi_workbench.contracts import all_contracts
from fi_workbench.settings import read_settings

WEEK = ReportingWeek(2026, 47)
CALLS = (
    "heading", "trust", "learning", "actions", "changes", "insight", "evidence", "good_news", "workload", "limits",
    "needs", "journeys", "dates_kept", "what_seems_to_help", "step_down", "step_down_after", "sources", "made_from",
)  # fmt: skip
"""What the cells of the unit brief call, in their order."""
LEAST_SHOWN = 10_000
"""Characters that any brief has at least."""


def bare(connection: Any, workspace: str, run_id: str, unit: str, handed: Handed) -> None:
    """The work of the notebook as a function, with what it shows as text, as a notebook keeps it."""
    os.environ.update({WORKSPACE_VARIABLE: workspace, RUN_VARIABLE: run_id, "POLARS_MAX_THREADS": "1"})
    heed_environment()
    handing.take(handed)
    week = briefs.open_week(str(WEEK), unit)
    shown = json.dumps([getattr(week, name)()._repr_mimebundle_() for name in CALLS])
    connection.send(len(shown))


def execute(plan: briefs.Plan, started: Processes, work: str) -> None:
    """Execute every unit's notebook, or do the same as functions; or start only, which is what both have in common."""
    from benchmarks.briefs_run import bare  # noqa: PLC0415 - by the name that another process can import

    text = plan.notebook.read_text(encoding="utf-8")
    environment = {WORKSPACE_VARIABLE: str(plan.workspace), RUN_VARIABLE: plan.run.run_id}
    once = ReadOnce(plan.lake, plan.week, plan.run, plan.workspace)
    if work == "start":
        started.start(serve_exports).kill()  # once it can be forked from, the server is ready
        return
    for unit in plan.units:
        handed = once.for_unit(unit)
        if work == "notebooks":
            result = run_job(Job(unit, text, plan.parameters(unit), environment, 60.0, handed=handed), started)
            if not isinstance(result, Ran):
                raise SystemExit(f"{unit}: {result}")
            continue
        process = started.start(bare, str(plan.workspace), plan.run.run_id, unit, handed)
        if process.connection.recv() < LEAST_SHOWN:
            raise SystemExit(f"{unit}: nothing was shown")
        with suppress(EOFError):  # until it is gone, as a notebook's process is
            process.connection.recv()


def main(work: str, workspace: str, n: str, workers: str) -> None:
    """Do the work and print what became of it."""
    gc.set_threshold(*COLLECTING)  # as the command does
    start_early(*([serve_exports] if work == "build" else []))
    folder = Path(workspace)
    settings = read_settings(folder)
    lake = open_lake(folder, settings, all_contracts())
    plan = briefs.plan(lake=lake, week=WEEK, settings=settings, workspace=folder)
    if len(plan.units) != int(n):
        raise SystemExit(f"{len(plan.units)} units, not {n}")
    if work == "build":
        report = briefs.build(plan, workers=int(workers))
        if report.failed:
            raise SystemExit(str(report.failed))
        told: dict[str, Any] = {"seconds": report.run["seconds"]}
    else:
        started = processes()
        execute(plan, started, work)
        started.close()
        told = {}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
