"""The data quality report of a load: a page for analysts and owners of data, looked through before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from fi_workbench import __version__
from fi_workbench.briefs.guarding import make_guard, write_files
from fi_workbench.briefs.rendering import page
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.display.quality_page import dates_shown, quality_questions, trust_line
from fi_workbench.errors import BriefError, DisclosureError, WrongUseError
from fi_workbench.loaders import LoadReport, Receipt
from fi_workbench.loaders.quality import CodeCount, Quality, quality
from fi_workbench.weekly.choosing import newest_day
from fi_workbench.weekly.workspace import Workspace

FOLDER = "quality"
PAGE = "data_quality.html"
LARGEST_BYTES = 600_000
"""Room for charts of several sources and the rules of a year's deliveries."""


def quality_report(workspace: Workspace, report: LoadReport | None = None, *, at: datetime) -> Path | None:
    """Write the data quality report of a load, or of the latest delivery of each source.

    Args:
        workspace: an open workspace.
        report: the load; None looks at what each source sent last.
        at: now; it names the report's folder.

    Returns:
        The page, under `quality/`; None where the load brought nothing and nothing waits.

    Raises:
        WrongUseError: nothing was loaded yet, and no load was given.
        DisclosureError: the page would hold somebody's identifier; nothing was written.
        BriefError: the page is not fit to be read by everyone.
    """
    ledger = workspace.lake.ledger()
    waiting: Sequence[Receipt] = ()
    if report is None:
        loads = ledger.group_by("source").agg(pl.col("load_id").max())["load_id"].to_list()
        about = "The latest delivery of each source"
        if not loads:
            raise WrongUseError("Nothing has been loaded yet.", next_step="Run `fi-workbench load` first.")
    else:
        loads = [one.load_id for one in report.receipts if one.load_id is not None]
        waiting = [one for one in report.receipts if one.outcome in {"held", "refused"}]
        about = "One load"
        if not loads and not waiting:
            return None
    found = quality(ledger, workspace.catalogue.sources, loads)
    target = workspace.folder / FOLDER / f"{at:%Y-%m-%d_%H%M%S}"
    write_files(target, _checked(workspace, found, waiting, about, at))
    return target / PAGE


def try_quality_report(workspace: Workspace, report: LoadReport, *, at: datetime) -> tuple[Path | None, str]:
    """Write the report of a load, which stands whether its report can be written or not.

    Returns:
        The page, or None with nothing to say; and what a person is told of it.
    """
    try:
        path = quality_report(workspace, report, at=at)
    except (DisclosureError, BriefError) as error:
        return None, f"The data quality report was not written. {error}"
    return path, f"Data quality: {path}" if path else ""


def _checked(
    workspace: Workspace, found: Quality, waiting: Sequence[Receipt], about: str, at: datetime
) -> dict[str, bytes]:
    """The page, looked through; where a value that is no code might be somebody's, no such value is shown."""
    latest = newest_day(workspace.lake, workspace.today(at)) or at.date()
    until = ReportingWeek.of(latest).sunday
    pin = workspace.lake.pin(until)
    freshness = workspace.lake.source_freshness(pin, stale_days=workspace.settings.thresholds.stale_days).to_dicts()
    guard = make_guard(workspace.lake, workspace.catalogue, pin, workspace.settings)
    dates = dates_shown(found, workspace.catalogue.sources, freshness, waiting) | {at.date(), until}

    def made(shown: Quality) -> dict[str, bytes]:
        level, line = trust_line(shown, waiting)
        facts = [("Made", f"{at:%Y-%m-%d %H:%M} UTC"), ("Counted up to", day(until)), ("Version", __version__)]
        return {
            PAGE: page(
                "quality.html.j2",
                PAGE,
                largest=LARGEST_BYTES,
                authority=workspace.settings.authority.name,
                about=about,
                made=day(at.date()),
                level=level,
                line=line,
                questions=quality_questions(shown, workspace.catalogue.sources, freshness, waiting),
                facts=facts,
            )
        }

    files = made(found)
    try:
        guard.check(files, dates=dates)
    except DisclosureError:
        files = made(replace(found, unmapped=_counted_only(found.unmapped)))
        guard.check(files, dates=dates)
    return files


def _counted_only(unmapped: Sequence[CodeCount]) -> tuple[CodeCount, ...]:
    totals: dict[tuple[str, str, str], int] = {}
    for one in unmapped:
        place = (one.source, one.table, one.column)
        totals[place] = totals.get(place, 0) + one.n
    return tuple(CodeCount(*place, "", n) for place, n in totals.items())
