"""The review of a built week: each finding accepted, dropped or edited by name, and the pages made anew and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fi_workbench.briefs.answering import codes_of
from fi_workbench.briefs.edited_words import check_edit
from fi_workbench.briefs.editing import (
    ACCEPT,
    DROP,
    EDIT,
    REVIEW,
    UNDO,
    Reviewed,
    apply_reviews,
    printed_of,
    reviews,
    told_by,
    words_of,
)
from fi_workbench.briefs.exporting import rendered
from fi_workbench.briefs.folders import DATA, as_json, built_folder, published, read_json
from fi_workbench.briefs.guarding import Guard, write_files
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.plain import brief_text
from fi_workbench.briefs.releasable import check_named
from fi_workbench.briefs.wording import check_words
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import BriefError, DisclosureError, WrongUseError
from fi_workbench.learning.codes import read_code
from fi_workbench.store import AuditLog, Lake

AS_BUILT = "unit_brief.as_built.json"
"""The brief before anybody reviewed it. It stays in `built/` and is never released."""


def review_finding(
    *,
    workspace: Path,
    week: ReportingWeek,
    code: str,
    action: str,
    by: str,
    at: datetime,
    lake: Lake,
    guard: Guard,
    after: str = "",
    reason: str = "",
) -> str:
    """Accept, drop or edit a finding of a built brief, or take that back; its pages are made anew at once.

    Args:
        workspace: the workspace's folder.
        week: the week.
        code: the finding's code, as printed.
        action: accept, drop, edit or undo.
        by: who.
        at: when.
        lake: for the decision.
        guard: looks through the page with the edited words.
        after: the edited words.
        reason: why it is dropped.

    Returns:
        The unit whose brief holds it.

    Raises:
        WrongUseError: no name, no reason for a drop, no such finding, or words that cannot be.
        BriefError: nothing is built for the week, or the edited page is not fit to be read.
        DisclosureError: the edited words hold somebody; nothing was changed.
    """
    check_named(by, "A review")
    if action == DROP and not reason.strip():
        raise WrongUseError("Say why a finding is dropped.", where="--reason")
    unit, brief, code = _where(workspace, week, code)
    before = words_of(brief, code)
    if action == EDIT:
        after = " ".join(after.split())
        guard.check_said(after, what="An edited sentence", where="--to", dates=brief.dates())
        check_edit(
            before,
            after,
            told=told_by(brief, code),
            brief=brief_text(brief).decode(),
            names=guard.allowed,
            printed=printed_of(brief, code),
        )
    guard.check_said(reason, what="A reason", where="--reason", dates=brief.dates(), also=[by])
    told = {"unit": unit, "code": code, "action": action, "before": before}
    told |= {"after": after} if action == EDIT else {}
    now = [one for one in reviews(lake.decisions(REVIEW), week=str(week)) if one.code != code]
    if action != UNDO:
        new = Reviewed(0, unit, code, action, before, after, by, at, reason)
        now.append(new)
    folder = built_folder(workspace, week, unit)
    files = reviewed_files(folder, now)
    _look_through(guard, folder, files, now)
    AuditLog(workspace).write(by, f"reviewed a finding: {action}", at=at, about=f"{week}, {code}")
    lake.decide(REVIEW, str(week), told, by=by, reason=reason or "read before release", at=at)
    put_in_place(folder, files)
    return unit


def findings_of(workspace: Path, week: ReportingWeek, lake: Lake) -> list[dict[str, str]]:
    """Every finding of a built week with its code, unit, words as built, and what was done with it."""
    done = {one.code: one for one in reviews(lake.decisions(REVIEW), week=str(week))}
    found = []
    for folder in _unit_folders(workspace, week):
        brief = as_built(folder)
        for code, told in codes_of(brief).items():
            act = done.get(code)
            words = words_of(brief, code) or told["sentence"]
            found.append(
                {
                    "unit": told["unit"],
                    "section": told["section"],
                    "code": code,
                    "words": words,
                    "review": act.action if act else "",
                    "after": act.after if act else "",
                }
            )
    return found


def reviewed_files(folder: Path, told: Sequence[Reviewed]) -> dict[str, bytes]:
    """The files of a built brief with its reviews applied, made from the brief as it was built.

    Raises:
        BriefError: a finding has other words than when it was reviewed, the edited words are not plain, or a page is
            not fit to be read.
    """
    facts = _as_built_facts(folder)
    brief = Brief.model_validate(facts["brief"])
    edited, review = apply_reviews(brief, told)
    if edited == brief:
        files = {name: (folder / name).read_bytes() for name in facts["manifest"]["files_sha256"]}
        if not _intact(files, facts["manifest"]):
            files = rendered(brief)
    else:
        check_words(edited)
        files = rendered(edited)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = {**facts["manifest"], "files_sha256": digests}
    if any(one.unit == brief.head.unit for one in told):
        manifest["review"] = review
    data = as_json({"brief": edited.model_dump(mode="json"), "manifest": manifest}).encode()
    return {**files, DATA: data, AS_BUILT: as_json(facts).encode()}


def keep_reviews(
    *, workspace: Path, week: ReportingWeek, units: Sequence[str], lake: Lake, guard: Callable[[], Guard]
) -> None:
    """Show briefs that were built again as they would be released: with what people did with their findings.

    A brief whose findings have other words since, or whose edited words now name somebody, stays as it was built: its
    release says so, and the other units' briefs do not wait for it.

    Args:
        workspace: the workspace's folder.
        week: the week.
        units: whose briefs were built.
        lake: for the decisions.
        guard: gives what looks through the pages, where there are any.
    """
    told = reviews(lake.decisions(REVIEW), week=str(week))
    for unit in sorted({one.unit for one in told} & set(units)):
        folder = built_folder(workspace, week, unit)
        own = [one for one in told if one.unit == unit]
        with suppress(BriefError, DisclosureError):
            files = reviewed_files(folder, own)
            _look_through(guard(), folder, files, own)
            put_in_place(folder, files)


def _look_through(guard: Guard, folder: Path, files: dict[str, bytes], told: Sequence[Reviewed]) -> None:
    searched = {f"{folder.name}/{name}": made for name, made in files.items() if name != AS_BUILT}
    guard.check(searched, dates=dates_of(folder), also=[one.by for one in told])


def put_in_place(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files of a reviewed brief where the built ones were, all at once."""
    with published(folder) as staging:
        write_files(staging, files)


def as_built(folder: Path) -> Brief:
    """The brief of a folder as it was built, before any review."""
    return Brief.model_validate(_as_built_facts(folder)["brief"])


def dates_of(folder: Path) -> frozenset[date]:
    """Every date that the brief of a folder may show."""
    return as_built(folder).dates()


def _as_built_facts(folder: Path) -> dict[str, Any]:
    return read_json(folder / AS_BUILT) or read_json(folder / DATA)


def _intact(files: dict[str, bytes], manifest: dict[str, Any]) -> bool:
    known = manifest["files_sha256"]
    return all(hashlib.sha256(content).hexdigest() == known[name] for name, content in files.items())


def _unit_folders(workspace: Path, week: ReportingWeek) -> list[Path]:
    folders = sorted(path.parent for path in built_folder(workspace, week, "").glob(f"*/{DATA}"))
    if not folders:
        raise BriefError(
            "Nothing is built for this week.", where=str(week), next_step=f"Run `fi-workbench weekly --week {week}`."
        )
    return folders


def _where(workspace: Path, week: ReportingWeek, code: str) -> tuple[str, Brief, str]:
    known = read_code(code)
    if known is None:
        raise WrongUseError("This is no code of a finding, or it was mistyped.", where="code")
    for folder in _unit_folders(workspace, week):
        brief = as_built(folder)
        if known in codes_of(brief):
            return folder.name, brief, known
    raise WrongUseError("No brief of this week has such a finding.", where=f"{week}, {known}")


__all__ = [
    "ACCEPT",
    "AS_BUILT",
    "DROP",
    "EDIT",
    "REVIEW",
    "UNDO",
    "findings_of",
    "keep_reviews",
    "put_in_place",
    "review_finding",
    "reviewed_files",
]
