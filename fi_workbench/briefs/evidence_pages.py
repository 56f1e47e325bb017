"""Make each unit's page on what seems to help: run its notebook, assemble, render, look through, put in place.

The pages stay in the workspace, closed to others, until an analyst shows them; they are not among the weekly briefs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.evidence import AUDIENCE
from fi_workbench.briefs.folders import published
from fi_workbench.briefs.guarding import Guard, write_files
from fi_workbench.briefs.parameters import check_parameters, read_notebook
from fi_workbench.briefs.planning import Plan, guard_of
from fi_workbench.briefs.problems import own_problem
from fi_workbench.briefs.rendering import page
from fi_workbench.briefs.running import Broke, Job, run_all
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.resources import shipped

NOTEBOOK = Path("briefs") / "intervention_evidence.ipynb"
FOLDER = "evidence"
PAGE = "intervention_evidence.html"
TEMPLATE = "segmentation_review.html.j2"
"""The page of questions with their answers that reviews have, too."""
LARGEST_BYTES = 900_000
"""A question has two charts, each drawn for a phone and for a screen."""

_OWN_FOLDER = 0o700
_OWN_FILE = 0o600


@dataclass(frozen=True)
class EvidenceReport:
    """Units that have a page now, and those that have none and why; no person's values."""

    folder: Path
    built: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)


def build_evidence_pages(
    plan: Plan, *, reporter: Reporter = SILENT, workers: int = 2, guard: Callable[[], Guard] | None = None
) -> EvidenceReport:
    """Build the page on what seems to help for each unit of a plan.

    Args:
        plan: the week and its units; its evidence must have been worked out.
        reporter: is told of each unit.
        workers: notebooks run side by side.
        guard: gives what looks for people in files; unset, one is made.

    Returns:
        Units built and units that failed; one unit's failure stays its own, and leaves no older page.

    Raises:
        WrongUseError: the notebook lacks its parameters.
        DiskFullError: no room; what stood before still stands.
    """
    path = shipped("notebooks") / NOTEBOOK
    read, text = read_notebook(path), path.read_text(encoding="utf-8")
    jobs = []
    for unit in plan.units:
        check_parameters(read, plan.parameters(unit), path.name)
        environment = {WORKSPACE_VARIABLE: str(plan.workspace), RUN_VARIABLE: plan.run.run_id}
        seconds = float(plan.settings.briefs.timeout_seconds)
        jobs.append(Job(unit, text, plan.parameters(unit), environment, seconds))
    looking = (guard or guard_of(plan))()
    # Names of interventions may be surnames, too: the gate is told of them.
    cells = plan.lake.read_week_table(str(plan.week), "evidence_cells", plan.run.run_id)
    names = sorted(set(cells["name"].to_list()))
    pages: dict[str, bytes] = {}
    failed: dict[str, str] = {}
    reporter.start("What seems to help", len(jobs))
    for result in run_all(jobs, workers=workers):
        if isinstance(result, Broke):
            told = result.told(looking.names_nobody)
        else:
            with own_problem() as problem:
                brief = assemble(result.notebook, unit=result.unit, week=str(plan.week), audience=AUDIENCE)
                made = page(TEMPLATE, PAGE, largest=LARGEST_BYTES, review=brief)
                looking.check({f"{result.unit}/{PAGE}": made}, dates=brief.dates(), also=names)
                pages[result.unit] = made
            told = problem.told
        if told:
            failed[result.unit] = told
        reporter.ended(plan.settings.unit_name(result.unit), told)
    reporter.finish()
    target = plan.workspace / FOLDER / str(plan.week)
    with published(target, mode=_OWN_FOLDER) as staging:
        for unit, made in sorted(pages.items()):
            (staging / unit).mkdir(mode=_OWN_FOLDER)
            write_files(staging / unit, {PAGE: made}, mode=_OWN_FILE)
    target.parent.chmod(_OWN_FOLDER)
    return EvidenceReport(target, tuple(sorted(pages)), dict(sorted(failed.items())))
