"""Make the review of a candidate grouping as one page: run its notebook, assemble, render, look through, put in place.

The page stays in the workspace, closed to others, and is never among the briefs that are released.
"""

from __future__ import annotations

from pathlib import Path

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.folders import published
from fi_workbench.briefs.guarding import make_guard, write_files
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.parameters import check_parameters, read_notebook
from fi_workbench.briefs.rendering import page
from fi_workbench.briefs.review import AUDIENCE
from fi_workbench.briefs.running import Broke, Job, run_all
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import Catalogue
from fi_workbench.errors import BriefError
from fi_workbench.resources import shipped
from fi_workbench.settings import WHOLE_AUTHORITY, Settings
from fi_workbench.store import Lake, Run

NOTEBOOK = Path("briefs") / "segmentation_review.ipynb"
FOLDER = "reviews"
PAGE = "segmentation_review.html"
LARGEST_BYTES = 900_000
"""Twelve segments have twelve charts, each drawn for a phone and for a screen."""

_OWN_FOLDER = 0o700
_OWN_FILE = 0o600


def build_review(
    workspace: Path,
    version: str,
    week: ReportingWeek,
    *,
    lake: Lake,
    catalogue: Catalogue,
    run: Run,
    settings: Settings,
    notebook: Path | None = None,
) -> Path:
    """Write the page that the person who approves a candidate reads.

    Args:
        workspace: the workspace's folder.
        version: the candidate.
        week: on whose families it is tried.
        lake: the workspace's lake.
        catalogue: the contracts.
        run: what was pinned for the week.
        settings: those of the run.
        notebook: another notebook than the shipped one.

    Returns:
        The page, under `reviews/` of the workspace; an older one of the same candidate is replaced.

    Raises:
        WrongUseError: the notebook lacks its parameters.
        BriefError: the notebook failed, or its page is not fit to be read by everyone; nothing was written.
        DisclosureError: the page would hold somebody's identifier; nothing was written.
    """
    path = notebook or shipped("notebooks") / NOTEBOOK
    parameters = {"version": version, "week": str(week)}
    check_parameters(read_notebook(path), parameters, path.name)
    job = Job(
        unit=WHOLE_AUTHORITY,
        notebook=path.read_text(encoding="utf-8"),
        parameters=parameters,
        environment={WORKSPACE_VARIABLE: str(workspace.resolve()), RUN_VARIABLE: run.run_id},
        seconds=float(settings.briefs.timeout_seconds),
    )
    (result,) = run_all([job], workers=1)
    guard = make_guard(lake, catalogue, run.pin, settings)
    if isinstance(result, Broke):
        raise BriefError("The review could not be made.", where=f"{path.name}, {result.told(guard.names_nobody)}")
    review = assemble(result.notebook, unit=WHOLE_AUTHORITY, week=str(week), audience=AUDIENCE)
    files = {PAGE: review_page(review)}
    guard.check(files, dates=review.dates())
    target = workspace / FOLDER / version
    with published(target, mode=_OWN_FOLDER) as staging:
        write_files(staging, files, mode=_OWN_FILE)
    (workspace / FOLDER).chmod(_OWN_FOLDER)
    return target / PAGE


def review_page(review: Brief) -> bytes:
    """A review as one HTML file, checked.

    Raises:
        BriefError: the page is not fit to be read by everyone.
    """
    return page("segmentation_review.html.j2", PAGE, largest=LARGEST_BYTES, review=review)
