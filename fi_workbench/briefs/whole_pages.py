"""The digest across units and the data note: each made by its own notebook for the whole authority.

The digest waits, as briefs do, for a person who releases it (`digest_release`); the data note is closed to others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from fi_workbench.briefs.assemble import assemble
from fi_workbench.briefs.folders import DATA_NOTES, DIGESTS, as_json, close_waiting, published
from fi_workbench.briefs.guarding import Guard, write_files
from fi_workbench.briefs.parameters import check_parameters, read_notebook
from fi_workbench.briefs.planning import Plan, guard_of
from fi_workbench.briefs.problems import own_problem
from fi_workbench.briefs.rendering import page
from fi_workbench.briefs.running import Broke, Job, run_all
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE
from fi_workbench.briefs.worklists import OWN_FILE, OWN_FOLDER
from fi_workbench.resources import shipped
from fi_workbench.settings import WHOLE_AUTHORITY


@dataclass(frozen=True)
class Whole:
    """One product for the whole authority."""

    notebook: str
    audience: str
    folder: str
    page: str
    closed: bool


PRODUCTS = {
    "digest": Whole("digest.ipynb", "published", DIGESTS, "digest.html", closed=False),
    "data_note": Whole("data_note.ipynb", "analyst", DATA_NOTES, "data_note.html", closed=True),
}


def facts_name(name: str) -> str:
    """The file beside a product's page that says what it was made from and which dates it may show."""
    return f"{name}.json"


@dataclass(frozen=True)
class WholeReport:
    """Which products stand now, and which not and why."""

    built: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def build_whole_pages(
    plan: Plan,
    *,
    workers: int = 2,
    guard: Callable[[], Guard] | None = None,
    only: Collection[str] = tuple(PRODUCTS),
) -> WholeReport:
    """Build the digest and the data note of a week; one's failure stays its own.

    Args:
        plan: the week.
        workers: notebooks run side by side.
        guard: gives what looks for people in files; unset, one is made.
        only: names of `PRODUCTS`.

    Raises:
        DiskFullError: no room; what stood before still stands.
    """
    looking = (guard or guard_of(plan))()
    jobs = [_job(plan, name, product) for name, product in PRODUCTS.items() if name in only]
    failed: dict[str, str] = {}
    for result in run_all(jobs, workers=workers):
        if isinstance(result, Broke):
            problem = result.told(looking.names_nobody)
        else:
            problem = _finish(plan, result.unit, result.notebook, looking)
        if problem:
            failed[result.unit] = problem
    return WholeReport(tuple(name for name in PRODUCTS if name in only and name not in failed), failed)


def _job(plan: Plan, name: str, product: Whole) -> Job:
    path = shipped("notebooks") / "briefs" / product.notebook
    parameters = {"unit": WHOLE_AUTHORITY, "week": str(plan.week)}
    check_parameters(read_notebook(path), parameters, path.name)
    environment = {WORKSPACE_VARIABLE: str(plan.workspace), RUN_VARIABLE: plan.run.run_id}
    seconds = float(plan.settings.briefs.timeout_seconds)
    return Job(name, path.read_text(encoding="utf-8"), parameters, environment, seconds)


def _finish(plan: Plan, name: str, notebook: Mapping[str, Any], guard: Guard) -> str:
    product = PRODUCTS[name]
    with own_problem() as problem:
        brief = assemble(notebook, unit=WHOLE_AUTHORITY, week=str(plan.week), audience=product.audience)
        made = {product.page: page("product.html.j2", product.page, brief=brief)}
        guard.check(made, dates=brief.dates())
        facts = {
            "run": plan.run.run_id,
            "sha256": hashlib.sha256(made[product.page]).hexdigest(),
            "dates": sorted(one.isoformat() for one in brief.dates()),
        }
        made[facts_name(name)] = as_json(facts).encode()
        close_waiting(plan.workspace, product.folder)
        target = plan.workspace / product.folder / str(plan.week)
        with published(target, mode=OWN_FOLDER if product.closed else None) as staging:
            write_files(staging, made, mode=OWN_FILE if product.closed else None)
    return problem.told
