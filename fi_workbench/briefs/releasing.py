"""What people do with built briefs: they release them; and what the night does with a week that failed.

A folder that readers see is complete or absent. The act is written down, with the name of who did it, before the
folder appears.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fi_workbench.briefs.editing import REVIEW, Reviewed, reviews
from fi_workbench.briefs.folders import (
    BUILT,
    DATA,
    HELD,
    INDEX,
    PAGE,
    PAPER,
    REPORT,
    TEXT,
    built_folder,
    close_waiting,
    published,
    read_json,
    released_folder,
    units_built,
    units_taken_back,
    write_json,
)
from fi_workbench.briefs.front import MAIL, front_page, put_front_page
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.last_good import last_good, last_released, mark
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.reconciling import reconciled_words
from fi_workbench.briefs.releasable import (
    READ,
    check_changed,
    check_named,
    check_not_held,
    checked_counts,
    guard_of_week,
    settings_of_week,
)
from fi_workbench.briefs.release_record import (
    AGAIN,
    RELEASE,
    Standing,
    digest,
    index_anew,
    register_codes,
    released_words,
    show_front,
    standing,
    stands,
    week_index,
)
from fi_workbench.briefs.rendering import brief_page, notice_page
from fi_workbench.briefs.reviewing import AS_BUILT, dates_of, reviewed_files
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.errors import BriefError
from fi_workbench.settings import Settings, read_settings
from fi_workbench.store import AuditLog, Lake

EDITED_ANEW = "Nothing was released. Find what was edited with `fi-workbench review list`, and say it without anybody."


def release(*, workspace: Path, week: ReportingWeek, by: str, at: datetime, lake: Lake, reason: str = "") -> Path:
    """Make a built week visible: every unit's brief, an index, and a plain notice where a unit's brief failed.

    Releasing again what already stands changes nothing and writes nothing down. What was taken back does not come
    back as it was unless somebody says why.

    Args:
        workspace: the workspace's folder.
        week: the week.
        by: the analyst who releases it.
        at: when.
        lake: for the decision.
        reason: why briefs that were taken back are released again unchanged; readers see it.

    Returns:
        The folder of the released pages.

    Raises:
        WrongUseError: no name.
        BriefError: nothing is built; the week is held; briefs of different runs, or changed since they were built or
            reviewed; a count that differs from the council's own without a reason; nothing changed since a recall.
        DisclosureError: the index or the reason holds somebody.
        DiskFullError: no room; what stood before still stands.
    """
    check_named(by, "A release")
    reason = reason.strip()
    folder = built_folder(workspace, week, "")
    check_not_held(workspace, week)
    report = read_json(folder / REPORT)
    units = units_built(folder)
    if not units:
        raise BriefError(
            "Nothing is built for this week.", where=str(week), next_step=f"Run `fi-workbench weekly --week {week}`."
        )
    told = reviews(lake.decisions(REVIEW), week=str(week))
    files: dict[str, bytes] = {}
    for unit in units:
        files |= {f"{unit}/{name}": content for name, content in _built(folder / unit, report, week, told).items()}
    settings = settings_of_week(lake, week)
    counts = checked_counts(lake, week, str(report.get("run", "")))
    failed = sorted(set(report.get("failed", {})) - set(units))
    by_unit = {unit: digest({name: files[f"{unit}/{name}"] for name in (PAGE, PAPER, TEXT)}) for unit in units}
    last = standing(lake, week)
    if last is not None:
        mend = "Edit or drop what was wrong (`fi-workbench review`), or mend the data"
        check_changed(last.unchanged(by_unit), week, reason, mend=mend)
    again, asked = _again(last, by_unit, reason)
    words = released_words(by, at, counts, again=again)
    earlier = {unit: last_good(workspace, week, unit) for unit in failed}
    own = {f"{unit}/{PAGE}": _no_brief(settings, unit, week, brief) for unit, brief in earlier.items()}
    own[INDEX] = week_index(settings, week, units=units, failed=failed, words=words, there={*files, *own})
    guard = guard_of_week(workspace, lake, week, settings)
    shown = {day for brief in earlier.values() if brief for day in brief.dates()}
    guard.check_said(reason, what="A reason", where="--reason", dates={at.date(), week.monday, week.sunday}, also=[by])
    guard.check(own, dates={at.date(), week.monday, week.sunday} | shown | asked, also=[by])
    target = released_folder(workspace, week)
    decision = {
        "run": report.get("run", ""),
        "units": units,
        "without_a_brief": failed,
        "last_good": {unit: brief.head.week for unit, brief in earlier.items() if brief},
        "sha256_by_unit": by_unit,
        "sha256": digest({**files, INDEX: reconciled_words(counts).encode()}),
        AGAIN: again,
    }
    if stands(target, files, decision, lake, week):
        if not (folder / MAIL).is_file():  # a release that was killed after the briefs and before the rest
            show_front(workspace, week, settings, guard)
        return target
    for unit in sorted({one.unit for one in told} & set(units)):
        names = [f"{unit}/{name}" for name in (PAGE, PAPER, TEXT, DATA)]
        searched = {name: files[name] for name in names if name in files}
        guard.check(searched, dates=dates_of(folder / unit), also=[one.by for one in told], next_step=EDITED_ANEW)
    with published(target) as staging:
        write_files(staging, {**files, **own})
        facts = {"run": report.get("run", ""), "units": len(units), "without": len(failed)}
        AuditLog(workspace).write(by, "released a week", at=at, about=str(week), facts=facts)
        register_codes(lake, week, files, by=by, at=at)
        lake.decide(RELEASE, str(week), decision, by=by, reason=reason or READ, at=at)
    show_front(workspace, week, settings, guard)
    return target


def hold(*, workspace: Path, week: ReportingWeek, reasons: Sequence[str], at: datetime, lake: Lake) -> str:
    """Hold a week that failed its checks, and put a banner on the last released one.

    Args:
        workspace: the workspace's folder.
        week: the week that failed.
        reasons: which checks failed, without anybody's values.
        at: when.
        lake: for what the last released week was released with.

    Returns:
        The week that carries the banner, empty when none is released.
    """
    close_waiting(workspace, BUILT)
    folder = built_folder(workspace, week, "")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / HELD, {"week": str(week), "reasons": list(reasons), "at": at.isoformat(timespec="seconds")})
    AuditLog(workspace).write("the weekly run", "held a week", at=at, about=str(week), facts={"reasons": len(reasons)})
    last = last_released(workspace, week)
    if last is None:
        return ""
    marked = ReportingWeek.parse(last.name)
    mark(
        last,
        f"Not this week's brief: do not use its dates. The brief for the {_week_words(week)} failed its checks.",
        partial(_index_left, lake, marked, units_taken_back(last)),
    )
    put_front_page(workspace, front_page(workspace, read_settings(workspace)))
    return last.name


def _index_left(lake: Lake, week: ReportingWeek, taken_back: Collection[str], there: Collection[str]) -> bytes:
    return index_anew(lake, settings_of_week(lake, week), week, there=there, taken_back=taken_back)


def _built(folder: Path, report: Mapping[str, Any], week: ReportingWeek, told: Sequence[Reviewed]) -> dict[str, bytes]:
    facts = read_json(folder / DATA)
    manifest = facts["manifest"]
    if manifest["run"] != report.get("run"):
        raise BriefError(
            "The briefs of this week were built from different runs.",
            where=f"{week}, {folder.name}",
            next_step=f"Run `fi-workbench briefs --week {week}` to build them all again.",
        )
    files = {DATA: (folder / DATA).read_bytes()}
    for name, known in manifest["files_sha256"].items():
        content = (folder / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != known:
            raise BriefError(
                "A brief was changed after it was built, so nobody looked through it.",
                where=f"{week}, {folder.name}/{name}",
                next_step=f"Run `fi-workbench briefs --week {week} --unit {folder.name}`.",
            )
        files[name] = content
    own = [one for one in told if one.unit == folder.name]
    if own or (folder / AS_BUILT).is_file():
        # What was built again since it was reviewed is reviewed again.
        files = {name: content for name, content in reviewed_files(folder, own).items() if name != AS_BUILT}
    return files


def _again(last: Standing | None, by_unit: Mapping[str, str], reason: str) -> tuple[str, set[date]]:
    """Why briefs that were taken back are released again, and the day on which somebody first said so.

    What stands by a reason keeps it where the list of the week is made anew, for instance with counts compared since.
    """
    if last is None:
        return "", set()
    if last.recalls or last.unchanged(by_unit):
        return reason, set()
    kept = last.decision.get("sha256_by_unit") == by_unit
    return (str(last.decision.get(AGAIN, "")), {last.at.date()}) if kept else ("", set())


def _week_words(week: ReportingWeek) -> str:
    return f"week to {day(week.sunday)}"


def _no_brief(settings: Settings, unit: str, week: ReportingWeek, earlier: Brief | None) -> bytes:
    """What stands where a unit's brief failed: its last good one under a banner, or a notice where it has none."""
    name = settings.unit_name(unit)
    if earlier is not None:
        words = f"The brief for the {_week_words(week)} could not be made; {settings.briefs.contact} knows."
        return brief_page(earlier, banner=f"Not this week's brief: do not use its dates. {words}")
    return notice_page(
        title=f"{name}: no brief",
        authority=settings.authority.name,
        texts=[
            f"There is no brief for {name} for the {_week_words(week)}: it could not be made.",
            f"{settings.briefs.contact.capitalize()} knows. Last week's dates are not this week's.",
        ],
    )
