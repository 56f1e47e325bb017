"""Build the briefs of a plan: run, assemble, render, look through, put in place; one unit's failure stays its own."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.folders import (
    DATA,
    FAILED,
    HELD,
    PAGE,
    PAPER,
    REPORT,
    as_json,
    built_folder,
    published,
    read_json,
    write_json,
)
from fi_workbench.briefs.guarding import Guard, make_guard, write_files
from fi_workbench.briefs.model import PRODUCT, Brief
from fi_workbench.briefs.paper import brief_paper
from fi_workbench.briefs.planning import Plan
from fi_workbench.briefs.rendering import brief_page
from fi_workbench.briefs.running import Broke, Job, Ran, run_all
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE
from fi_workbench.errors import DiskFullError, WorkbenchError
from fi_workbench.progress import SILENT, Reporter

LIBRARIES = ("polars", "altair", "vl-convert-python", "papermill", "nbclient", "ipykernel", "jinja2", "typst")


@dataclass(frozen=True)
class BuildReport:
    """Which units have a brief now, and which not and why; no person's values."""

    built: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)


def build(plan: Plan, *, reporter: Reporter = SILENT, workers: int | None = None) -> BuildReport:
    """Build the briefs of a plan into the workspace's `built` folder, each folder complete or absent.

    Args:
        plan: what to build, already checked.
        reporter: is told of each brief.
        workers: notebooks run side by side; unset means by the cores at hand.

    Returns:
        Units built and units that failed. A failing notebook, or a page that the gate refuses, leaves no brief for
        its unit, not even an older one, and does not hold up the others.

    Raises:
        DiskFullError: no room; what stood before still stands.
    """
    cores = os.cpu_count() or 1
    side_by_side = max(1, workers or cores)
    text = plan.notebook.read_text(encoding="utf-8")
    jobs = [
        Job(
            unit=unit,
            notebook=text,
            parameters=plan.parameters(unit),
            environment={WORKSPACE_VARIABLE: str(plan.workspace), RUN_VARIABLE: plan.run.run_id},
            seconds=float(plan.settings.briefs.timeout_seconds),
            threads=max(1, cores // min(side_by_side, max(1, len(plan.units)))),
        )
        for unit in plan.units
    ]
    built: list[str] = []
    failed: dict[str, str] = {}
    guard: Guard | None = None
    reporter.start("Briefs", len(jobs))
    for result in run_all(jobs, workers=side_by_side):
        if guard is None:  # made while the first notebooks run
            guard = make_guard(plan.lake, plan.catalogue, plan.run.pin, plan.settings)
        problem = _finish(result, plan, guard, text) if isinstance(result, Ran) else _broke(result, plan)
        if problem:
            failed[result.unit] = problem
            shutil.rmtree(built_folder(plan.workspace, plan.week, result.unit), ignore_errors=True)
            reporter.say(f"No brief for {plan.settings.unit_name(result.unit)}: {problem}")
        else:
            built.append(result.unit)
        reporter.advance()
    reporter.finish()
    _keep_report(plan, built, failed)
    return BuildReport(tuple(sorted(built)), dict(sorted(failed.items())))


def _finish(result: Ran, plan: Plan, guard: Guard, notebook: str) -> str:
    try:
        brief = assemble(result.notebook, unit=result.unit, week=str(plan.week))
        files = brief_files(brief, plan, notebook)
        # The paper is set from the very object whose data is searched; its own bytes are compressed.
        searched = {f"{result.unit}/{name}": made for name, made in files.items() if name != PAPER}
        guard.check(searched, dates=brief.dates())
        with published(built_folder(plan.workspace, plan.week, result.unit)) as staging:
            write_files(staging, files)
    except DiskFullError:
        raise
    except WorkbenchError as error:
        return _one_line(error)
    return ""


def brief_files(brief: Brief, plan: Plan, notebook: str) -> dict[str, bytes]:
    """The files of a brief: the page, the paper, and the same as data with what it was made by.

    Args:
        brief: the brief.
        plan: what it was planned with.
        notebook: the text of the notebook that made it.
    """
    read = {PAGE: brief_page(brief), PAPER: brief_paper(brief)}
    facts = {"brief": brief.model_dump(mode="json"), "manifest": manifest(brief, plan, notebook, read)}
    return {**read, DATA: as_json(facts).encode()}


def manifest(brief: Brief, plan: Plan, notebook: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What a brief was made from and by, with the hash of every file, so that it can be made again and compared."""
    run = plan.run
    tables = sorted(brief.made_from.rows)
    return {
        "product": PRODUCT,
        "audience": brief.head.audience,
        "unit": brief.head.unit,
        "week": str(plan.week),
        "run": run.run_id,
        "made_at": run.made_at.isoformat(timespec="seconds"),
        "pin": {"as_of": str(run.pin.as_of), "load_id": run.pin.load_id, "decision_id": run.pin.decision_id},
        "settings": run.settings_fingerprint,
        "model": run.model_version,
        "code": run.code_version,
        "notebook_sha256": _sha256(notebook.encode()),
        "files_sha256": {name: _sha256(content) for name, content in sorted(files.items())},
        "rows": dict(brief.made_from.rows),
        "contracts": {name: plan.catalogue.table(name).contract_version for name in tables},
        "erasures_since": len(run.erasure_touched),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _one_line(error: WorkbenchError) -> str:
    where = f" ({error.where})" if error.where else ""
    return f"{error.what}{where}"


def _broke(result: Broke, plan: Plan) -> str:
    if result.notebook is not None:
        folder = plan.workspace / FAILED / str(plan.week)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        write_json(folder / f"{result.unit}.ipynb", result.notebook)
    return str(result).replace("\n", " ")


def _keep_report(plan: Plan, built: list[str], failed: Mapping[str, str]) -> None:
    """What stands of the week, for whoever releases it: units built and failed over all attempts of this run.

    A week that was held is no longer: whoever checks it looks at the new pages.
    """
    folder = built_folder(plan.workspace, plan.week, "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HELD).unlink(missing_ok=True)
    before = read_json(folder / REPORT)
    same_run = before.get("run") == plan.run.run_id
    units = {**(before.get("failed", {}) if same_run else {}), **failed}
    left = {unit: problem for unit, problem in units.items() if unit not in built}
    write_json(folder / REPORT, {"week": str(plan.week), "run": plan.run.run_id, "failed": left})
