"""The digest across units: released by a named analyst under the rules of the briefs, and taken back as they are."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.briefs.checks import check_page
from fi_workbench.briefs.folders import DIGESTS, PUBLISHED, published, read_json
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.notices import taken_back
from fi_workbench.briefs.releasable import (
    READ,
    check_changed,
    check_named,
    check_not_held,
    check_recalled,
    checked_counts,
    guard_of_week,
    settings_of_week,
)
from fi_workbench.briefs.release_record import recalled_units
from fi_workbench.briefs.whole_pages import PRODUCTS, facts_name
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.errors import BriefError
from fi_workbench.store import AuditLog, Lake

RELEASE, RECALL = "digest_release", "digest_recall"
"""Kinds of decisions. Subject: the week."""

PAGE = PRODUCTS["digest"].page


def release_digest(
    *, workspace: Path, week: ReportingWeek, by: str, at: datetime, lake: Lake, reason: str = ""
) -> Path:
    """Publish the digest of a week: looked through again, and only as it was made.

    Releasing again what already stands changes nothing and writes nothing down. A digest that was taken back, or whose
    run's briefs were, does not come back as it was unless somebody says why.

    Args:
        workspace: the workspace's folder.
        week: the week.
        by: the analyst who read it and releases it.
        at: when.
        lake: for the decision.
        reason: why a digest that was taken back is released unchanged; it is kept and not shown.

    Returns:
        The released page.

    Raises:
        WrongUseError: no name.
        BriefError: no digest of this week's run; the week is held; it was changed since it was made, or is not fit to
            be read; a count that differs from the council's own without a reason; nothing changed since a recall.
        DisclosureError: it, or the reason, holds somebody.
        DiskFullError: no room; what stood before still stands.
    """
    check_named(by, "A release")
    reason = reason.strip()
    check_not_held(workspace, week)
    settings = settings_of_week(lake, week)
    folder = workspace / DIGESTS / str(week)
    facts = read_json(folder / facts_name("digest"))
    run = lake.current_run(str(week))
    if not facts or run is None or facts["run"] != run.run_id:
        raise BriefError(
            "There is no digest of this week as it was made last.",
            where=str(week),
            next_step=f"Run `fi-workbench briefs --week {week}`; the settings say whether digests are made.",
        )
    content = (folder / PAGE).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != facts["sha256"]:
        raise BriefError(
            "The digest was changed after it was made, so nobody looked through it.",
            where=f"{week}, {PAGE}",
            next_step=f"Run `fi-workbench briefs --week {week}`.",
        )
    checked_counts(lake, week, run.run_id)
    check_page(content, PAGE)
    guard = guard_of_week(workspace, lake, week, settings)
    guard.check({PAGE: content}, dates={date.fromisoformat(one) for one in facts["dates"]})
    guard.check_said(reason, what="A reason", where="--reason", dates={at.date(), week.sunday}, also=[by])
    target = workspace / PUBLISHED / str(week)
    decision = {"run": run.run_id, "sha256": digest}
    acts = _digest_acts(lake, week)
    last = acts[-1] if acts else None
    if last and last["kind"] == RELEASE and json.loads(last["decision"]) == decision and _is(target / PAGE, content):
        return target / PAGE
    of_this_page = [act["kind"] for act in acts if json.loads(act["decision"]).get("sha256") == digest]
    is_back = of_this_page[-1:] == [RECALL]
    unchanged = ["the digest"] if is_back or recalled_units(lake, week, run.run_id) else []
    mend = "Mend the data, or withdraw a note that was wrong (`fi-workbench note withdraw`),"
    check_changed(unchanged, week, reason, mend=mend)
    with published(target) as staging:
        write_files(staging, {PAGE: content})
        AuditLog(workspace).write(by, "released a digest", at=at, about=str(week), facts={"run": run.run_id})
        lake.decide(RELEASE, str(week), decision, by=by, reason=reason or READ, at=at)
    return target / PAGE


def recall_digest(*, workspace: Path, week: ReportingWeek, by: str, reason: str, at: datetime, lake: Lake) -> None:
    """Take a released digest back: a correction notice stands where it was.

    Args:
        workspace: the workspace's folder.
        week: the week.
        by: who takes it back.
        reason: why, in a sentence that readers will see.
        at: when.
        lake: for the decision.

    Raises:
        WrongUseError: no name or no reason.
        BriefError: no digest of this week is released.
        DisclosureError: the reason holds somebody.
    """
    check_recalled(by, reason)
    last = last_digest_act(lake, week)
    if last is None or last["kind"] != RELEASE:
        raise BriefError("The digest of this week is not released, so it cannot be taken back.", where=str(week))
    settings = settings_of_week(lake, week)
    title = f"Taken back: digest for the week to {day(week.sunday)}"
    guard = guard_of_week(workspace, lake, week, settings)
    guard.check_said(reason, what="A reason", where="--reason", dates={at.date(), week.sunday})
    notice = taken_back("This digest was", title=title, reason=reason, at=at, settings=settings).page()
    guard.check({PAGE: notice}, dates={at.date(), week.sunday})
    with published(workspace / PUBLISHED / str(week)) as staging:
        write_files(staging, {PAGE: notice})
        AuditLog(workspace).write(by, "recalled a digest", at=at, about=str(week))
        lake.decide(RECALL, str(week), json.loads(last["decision"]), by=by, reason=reason, at=at)


def last_digest_act(lake: Lake, week: ReportingWeek) -> dict[str, Any] | None:
    """The last release or recall of a week's digest; None where nobody released it."""
    acts = _digest_acts(lake, week)
    return acts[-1] if acts else None


def _digest_acts(lake: Lake, week: ReportingWeek) -> list[dict[str, Any]]:
    """Every release and recall of a week's digest, oldest first."""
    acts = pl.concat([lake.decisions(kind) for kind in (RELEASE, RECALL)]).filter(pl.col("subject") == str(week))
    return acts.sort("decision_id").to_dicts()


def digest_stands(lake: Lake, week: ReportingWeek, *, run: str = "") -> bool:
    """Whether readers have a digest of this week, or of one of its runs, that was not taken back."""
    last = last_digest_act(lake, week)
    return last is not None and last["kind"] == RELEASE and run in {"", json.loads(last["decision"])["run"]}


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
