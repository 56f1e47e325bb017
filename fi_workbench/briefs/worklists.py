"""Each lead practitioner's worklist: case references, no names, closed to others, dated."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench import display
from fi_workbench.briefs.due_lists import withheld
from fi_workbench.briefs.folders import MANAGERS, WORKLISTS, published, read_json, worklists_folder, write_json
from fi_workbench.briefs.guarding import Guard, write_files
from fi_workbench.briefs.hidden import RESTRICTED, Hidden
from fi_workbench.briefs.planning import Plan, guard_of
from fi_workbench.briefs.rendering import page
from fi_workbench.disclosure import Released, release
from fi_workbench.display.prose import day
from fi_workbench.errors import WorkbenchError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.settings import WHOLE_AUTHORITY

ITEMS = "worklist_items"
NEWS = "new_partner_information"
STEP_DOWN = "step_down_items"
MANIFEST = "worklists.json"

OWN_FOLDER = 0o700
OWN_FILE = 0o600

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class WorklistReport:
    """How many worklists each unit has now, and why there are none, as a sentence."""

    built: Mapping[str, int] = field(default_factory=dict)
    why_not: str = ""


def build_worklists(
    plan: Plan,
    *,
    reporter: Reporter = SILENT,
    guard: Callable[[], Guard] | None = None,
    hidden: Hidden | None = None,
) -> WorklistReport:
    """Build the worklists of a plan's units, or say why there must be none.

    A list for one person names cases, so it is only made where the list of restricted records is there and fresh:
    without it, a staff member's own family or a covert address could be on somebody's list.

    Args:
        plan: the week and its units.
        reporter: is told of each unit.
        guard: gives what looks for people in files, where one is made already.
        hidden: who may be on none of them, although the week's tables have them.

    Returns:
        Worklists by unit.

    Raises:
        DisclosureError: a list holds a name, a date of birth or another identifier of a person.
        DiskFullError: no room; what stood before still stands.
    """
    freshness = _freshness(plan)
    by_source = _by_source(freshness)
    restricted = by_source.get(RESTRICTED)
    target = worklists_folder(plan.workspace, plan.week)
    most = plan.settings.thresholds.case_system_stale_working_days
    why_not = restricted_why_not(plan, freshness, hidden) or withheld(freshness, plan.week, most=most)
    if why_not:
        shutil.rmtree(target, ignore_errors=True)
        return WorklistReport(why_not=why_not)
    units = [unit for unit in plan.units if unit != WHOLE_AUTHORITY]
    if not units:
        return WorklistReport(why_not="No worklists were made: without a roster nobody holds families by name.")
    assert restricted is not None  # noqa: S101 - else there would have been a reason
    said = f"Restricted records are left out. Their list goes up to {day(restricted['as_of'])}."
    names = {source: str(row["name"]) for source, row in by_source.items()}
    looks = (guard or guard_of(plan))()
    built: dict[str, int] = {}
    dates: set[date] = {plan.week.sunday + timedelta(days=n) for n in range(-6, 30)}
    dates |= {row["as_of"] for row in by_source.values() if row["as_of"]}
    reporter.start("Worklists", len(units))
    with published(target, mode=OWN_FOLDER) as staging:
        for unit in units:
            pages, shown = _unit_pages(plan, unit, said, names, hidden or Hidden())
            built[unit] = len(pages)
            looks.check({f"{unit}/{name}": made for name, made in pages.items()}, dates=dates | shown, references=True)
            (staging / unit).mkdir(mode=OWN_FOLDER)
            write_files(staging / unit, pages, mode=OWN_FILE)
            reporter.ended(plan.settings.unit_name(unit))
        before = read_json(target / MANIFEST).get("worklists", {})
        kept = {unit: before[unit] for unit in keep_others(target, staging, plan, before)}
        facts = {"week": str(plan.week), "run": plan.run.run_id, "expires": str(expires_on(plan))}
        write_json(staging / MANIFEST, {**facts, "worklists": {**kept, **built}})
        (staging / MANIFEST).chmod(OWN_FILE)
    target.parent.chmod(OWN_FOLDER)
    reporter.finish()
    return WorklistReport(built)


def keep_others(target: Path, staging: Path, plan: Plan, units: Iterable[str]) -> list[str]:
    """Take over the folders of those units that are not in the plan, as long as they are of the same run."""
    same_run = read_json(target / MANIFEST).get("run") == plan.run.run_id
    kept = [unit for unit in units if same_run and unit not in plan.units and (target / unit).is_dir()]
    for unit in kept:
        shutil.copytree(target / unit, staging / unit)
    return kept


def _freshness(plan: Plan) -> pl.DataFrame:
    stale_days = plan.settings.thresholds.stale_days
    return plan.lake.source_freshness(plan.run.pin, stale_days=stale_days, at=plan.week.sunday)


def _by_source(freshness: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in freshness.iter_rows(named=True)}


def restricted_why_not(plan: Plan, freshness: pl.DataFrame | None = None, hidden: Hidden | None = None) -> str:
    """Why no page of a week may name cases; empty where one may."""
    by_source = _by_source(_freshness(plan) if freshness is None else freshness)
    return _why_not(by_source.get(RESTRICTED)) or _nameless(plan, hidden or Hidden())


def _nameless(plan: Plan, hidden: Hidden) -> str:
    """Whom a row restricts whose case number cannot be read, nobody knows: it could be anybody on a list."""
    if not hidden.everyone and not plan.lake.read(RESTRICTED, plan.run.pin)["person_id"].null_count():
        return ""
    return (
        "No worklists and no managers' pages were made: the list of restricted records has a row whose case number "
        "cannot be read, so a restricted family could be on one. Have the row put right at the source."
    )


def _why_not(restricted: Mapping[str, object] | None) -> str:
    if restricted is None or not restricted["loaded"]:
        return (
            "No worklists were made: the list of restricted records has not been loaded, so a restricted family could "
            "be on one."
        )
    if restricted["state"] != "fresh":
        return "No worklists were made: the list of restricted records is too old to rely on."
    return ""


def expires_on(plan: Plan) -> date:
    """The first day on which the lists are no longer to be used; they are read from the Monday after their week."""
    return plan.week.sunday + timedelta(days=1 + plan.settings.briefs.worklist_days)


def _unit_pages(
    plan: Plan, unit: str, restricted_words: str, names: Mapping[str, str], hidden: Hidden
) -> tuple[dict[str, bytes], set[date]]:
    tables = {table: hidden.left_out(_of_unit(plan, table, unit)) for table in (ITEMS, NEWS, STEP_DOWN)}
    workers = sorted({worker for frame in tables.values() for worker in frame["worker_id"].to_list()})
    pages: dict[str, bytes] = {}
    shown: set[date] = set()
    for worker in workers:
        own = {table: _released(plan, frame, table, unit, worker) for table, frame in tables.items()}
        shown.update(*(released.dates() for released in own.values()))
        name = f"{_file_name(worker)}.html"
        if name in pages:
            raise WorkbenchError("Two workers' numbers make the same file name.", where=f"worklists of {unit}")
        pages[name] = page(
            "worklist.html.j2",
            f"{unit}/worklist",
            worker=worker,
            unit_name=plan.settings.unit_name(unit),
            authority=plan.settings.authority.name,
            synthetic=plan.settings.authority.synthetic,
            week_words=f"Week to {day(plan.week.sunday)}",
            last_day=day(expires_on(plan) - timedelta(days=1)),
            restricted_words=restricted_words,
            due=display.due_list(own[ITEMS]),
            rules=display.due_rules(own[ITEMS]),
            talk=display.to_talk_about(own[STEP_DOWN]),
            criteria=display.talk_criteria(own[STEP_DOWN]),
            news=display.partner_news(own[NEWS], names),
        )
    return pages, shown


def _of_unit(plan: Plan, table: str, unit: str) -> pl.DataFrame:
    return plan.lake.read_week_table(str(plan.week), table, plan.run.run_id).filter(pl.col("unit") == unit)


def _released(plan: Plan, frame: pl.DataFrame, table: str, unit: str, worker: str) -> Released:
    return release(
        frame.filter(pl.col("worker_id") == worker),
        plan.catalogue.table(table),
        audience="worker",
        unit=unit,
        worker=worker,
        profile=plan.settings.disclosure.profile,
    )


def _file_name(worker: str) -> str:
    # A number with a slash or a dot in it must not choose where its file goes.
    return worker if _PLAIN.fullmatch(worker) else "w" + hashlib.sha256(worker.encode()).hexdigest()[:16]


def expire_worklists(workspace: Path, today: date) -> tuple[str, ...]:
    """Remove every week's worklists and managers' pages whose days are over, and those that do not say when that is.

    Args:
        workspace: the workspace's folder.
        today: the day it is.

    Returns:
        The weeks removed.
    """
    removed = []
    for folder in _weeks(workspace):
        expires = read_json(folder / MANIFEST).get("expires", "")
        if not expires or date.fromisoformat(expires) <= today:
            shutil.rmtree(folder)
            removed.append(folder.name)
    return tuple(sorted(set(removed)))


def _weeks(workspace: Path) -> Iterable[Path]:
    roots = [root for root in (workspace / WORKLISTS, workspace / MANAGERS) if root.is_dir()]
    return sorted(folder for root in roots for folder in root.iterdir() if folder.is_dir())
