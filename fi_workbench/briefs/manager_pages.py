"""Each unit's page for its manager: made by its own notebook, closed to others, gone when its days are over."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.folders import MANAGERS, published, read_json, write_json
from fi_workbench.briefs.guarding import Guard, write_files
from fi_workbench.briefs.hidden import Hidden
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.parameters import check_parameters, read_notebook
from fi_workbench.briefs.planning import Plan, guard_of
from fi_workbench.briefs.problems import own_problem
from fi_workbench.briefs.rendering import page
from fi_workbench.briefs.running import Broke, Job, run_all
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE
from fi_workbench.briefs.worklists import MANIFEST, OWN_FILE, OWN_FOLDER, expires_on, keep_others, restricted_why_not
from fi_workbench.display.prose import day
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.resources import shipped
from fi_workbench.settings import WHOLE_AUTHORITY

NOTEBOOK = Path("briefs") / "manager_page.ipynb"
PAGE = "manager_page.html"
NAMES_SOMEBODY_HIDDEN = (
    "It names somebody who was restricted, or died, since the week was made. Make the week again with `--repin`."
)
LARGEST_BYTES = 400_000
"""A manager of a large unit looks up cases in long tables; the page is read at a desk."""


@dataclass(frozen=True)
class ManagerReport:
    """Which units have a page for their manager, which not and why; no person's values."""

    built: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    why_not: str = ""


def build_manager_pages(
    plan: Plan,
    *,
    reporter: Reporter = SILENT,
    workers: int = 2,
    guard: Callable[[], Guard] | None = None,
    hidden: Hidden | None = None,
) -> ManagerReport:
    """Build the managers' pages of a plan's units, or say why there must be none.

    Like worklists they name cases, so they are made only where the list of restricted records is there and fresh.

    Args:
        plan: the week and its units.
        reporter: is told of each unit.
        workers: notebooks run side by side.
        guard: gives what looks for people in files; unset, one is made.
        hidden: who may be on none of them; a page of the week's tables that names one is not made.

    Returns:
        Units built and units that failed; one unit's failure stays its own, and leaves no older page.

    Raises:
        DiskFullError: no room; what stood before still stands.
    """
    target = plan.workspace / MANAGERS / str(plan.week)
    why_not = restricted_why_not(plan, hidden=hidden)
    units = [unit for unit in plan.units if unit != WHOLE_AUTHORITY]
    if not why_not and not units:
        why_not = "No managers' pages were made: without a roster there are no units."
    if why_not:
        shutil.rmtree(target, ignore_errors=True)
        return ManagerReport(why_not=why_not)
    looking = (guard or guard_of(plan))()
    pages: dict[str, bytes] = {}
    failed: dict[str, str] = {}
    reporter.start("Managers' pages", len(units))
    for result in run_all(_jobs(plan, units), workers=workers):
        if isinstance(result, Broke):
            problem = result.told(looking.names_nobody)
        else:
            problem = _page(plan, result.unit, result.notebook, looking, pages)
            if not problem and (hidden or Hidden()).on(pages[result.unit].decode()):
                del pages[result.unit]
                problem = NAMES_SOMEBODY_HIDDEN
        if problem:
            failed[result.unit] = problem
        reporter.ended(plan.settings.unit_name(result.unit), problem)
    with published(target, mode=OWN_FOLDER) as staging:
        for unit, made in sorted(pages.items()):
            (staging / unit).mkdir(mode=OWN_FOLDER)
            write_files(staging / unit, {PAGE: made}, mode=OWN_FILE)
        kept = keep_others(target, staging, plan, read_json(target / MANIFEST).get("units", ()))
        facts = {"week": str(plan.week), "run": plan.run.run_id, "expires": str(expires_on(plan))}
        write_json(staging / MANIFEST, {**facts, "units": sorted([*kept, *pages])})
        (staging / MANIFEST).chmod(OWN_FILE)
    target.parent.chmod(OWN_FOLDER)
    reporter.finish()
    return ManagerReport(tuple(sorted(pages)), dict(sorted(failed.items())))


def _jobs(plan: Plan, units: list[str]) -> list[Job]:
    path = shipped("notebooks") / NOTEBOOK
    read, text = read_notebook(path), path.read_text(encoding="utf-8")
    jobs = []
    for unit in units:
        check_parameters(read, plan.parameters(unit), path.name)
        environment = {WORKSPACE_VARIABLE: str(plan.workspace), RUN_VARIABLE: plan.run.run_id}
        seconds = float(plan.settings.briefs.timeout_seconds)
        jobs.append(Job(unit, text, plan.parameters(unit), environment, seconds))
    return jobs


def _page(plan: Plan, unit: str, notebook: Mapping[str, object], guard: Guard, pages: dict[str, bytes]) -> str:
    with own_problem() as problem:
        brief = assemble(notebook, unit=unit, week=str(plan.week), audience="manager")
        made = manager_page(brief, last_day=day(expires_on(plan) - timedelta(days=1)))
        guard.check(
            {f"{unit}/{PAGE}": made}, dates=brief.dates() | {expires_on(plan) - timedelta(days=1)}, references=True
        )
        pages[unit] = made
    return problem.told


def manager_page(brief: Brief, *, last_day: str) -> bytes:
    """A manager's page as one HTML file, checked.

    Args:
        brief: what the notebook showed.
        last_day: the last day on which it may be used, in words.

    Raises:
        BriefError: the page is not fit to be read by everyone.
    """
    return page("manager_page.html.j2", PAGE, largest=LARGEST_BYTES, brief=brief, last_day=last_day)
