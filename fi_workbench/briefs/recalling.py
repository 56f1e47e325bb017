"""What was released is taken back: a notice stands wherever a page told it, in every form that it had.

A unit's worklists, its manager's page and the digest are made of the same counts as its brief, so they go with it as
long as they are of the same run; so does the brief under its banner where a later week had none for the unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fi_workbench.briefs.digest_release import digest_stands, recall_digest
from fi_workbench.briefs.folders import (
    INDEX,
    MANAGERS,
    PUBLISHED,
    RELEASED,
    WORKLISTS,
    published,
    read_json,
    released_folder,
    units_built,
    units_taken_back,
)
from fi_workbench.briefs.front import released_weeks
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.notices import Notice, taken_back
from fi_workbench.briefs.releasable import check_recalled, guard_of_week, settings_of_week
from fi_workbench.briefs.release_record import RECALL, index_anew, show_front, standing
from fi_workbench.briefs.worklists import MANIFEST, OWN_FILE, OWN_FOLDER
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.errors import BriefError
from fi_workbench.settings import Settings
from fi_workbench.store import AuditLog, Lake

DIGEST_REASON = "The briefs that it was made with were taken back."
"""Anyone may read the digest, so its notice does not repeat what units are told."""

_LISTS = {WORKLISTS: ("This worklist was", "worklist"), MANAGERS: ("This page was", "manager's page")}

_MakeNotice = Callable[[str, str], Notice]


@dataclass(frozen=True)
class _Place:
    """A folder in which notices take the place of pages.

    Attributes:
        folder: where it is.
        notices: files that take the place of others, by name within it.
        told: a list of the week that says so.
        emptied: units of which nothing but the notices is left.
        closed: whether it is closed to others.
    """

    folder: Path
    notices: Mapping[str, bytes]
    told: Mapping[str, bytes] = field(default_factory=dict)
    emptied: Collection[str] = ()
    closed: bool = False

    def put(self, written: Callable[[], None] = lambda: None) -> None:
        """Put the folder in place all at once, once what it means is written down."""
        found = sorted(self.folder.rglob("*"))
        names = {path: path.relative_to(self.folder) for path in found}
        kept = {
            names[path].as_posix(): path.read_bytes()
            for path in found
            if path.is_file() and names[path].parts[0] not in self.emptied
        }
        with published(self.folder, mode=OWN_FOLDER if self.closed else None) as staging:
            for path in found:
                if path.is_dir():  # a unit may have an empty one
                    (staging / names[path]).mkdir(mode=OWN_FOLDER if self.closed else 0o755)
            write_files(staging, {**kept, **self.notices, **self.told}, mode=OWN_FILE if self.closed else None)
            written()


def recall(
    *, workspace: Path, week: ReportingWeek, by: str, reason: str, at: datetime, lake: Lake, units: Sequence[str] = ()
) -> dict[str, int]:
    """Take a released week back, or the briefs of some of its units: a notice stands wherever a page told of it.

    The briefs come last, so that a recall that was stopped can be asked for again.

    Args:
        workspace: the workspace's folder.
        week: the week.
        by: who takes it back.
        reason: why, in a sentence that readers will see.
        at: when.
        lake: for the decision.
        units: whose briefs; none means all.

    Returns:
        How many notices stand now, by folder of the workspace.

    Raises:
        WrongUseError: no name or no reason.
        BriefError: the week, or the brief of a unit, is not released.
        DisclosureError: the reason holds somebody; nothing was changed.
    """
    check_recalled(by, reason)
    target = released_folder(workspace, week)
    last, readable = standing(lake, week), units_built(target)
    if last is None or not readable:
        raise BriefError("This week is not released, so it cannot be taken back.", where=str(week))
    missing = sorted(set(units) - set(readable))
    if missing:
        raise BriefError(
            "A unit has no released brief, so it cannot be taken back.",
            where=f"{week}, {', '.join(missing)}",
            next_step="Units with a released brief: " + ", ".join(readable),
        )
    chosen = sorted(set(units)) or readable
    settings, run = settings_of_week(lake, week), str(last.decision["run"])
    guard = guard_of_week(workspace, lake, week, settings)
    dates = {at.date(), week.monday, week.sunday}
    guard.check_said(reason, what="A reason", where="--reason", dates=dates, also=[by])

    def notice(said: str, what: str) -> Notice:
        title = f"Taken back: {what}, week to {day(week.sunday)}"
        return taken_back(said, title=title, reason=reason, at=at, settings=settings, by=by)

    places = [
        *_lists(workspace, week, chosen, run, notice),
        *_later(workspace, week, chosen, lake, notice),
        _briefs(target, lake, week, chosen, settings, notice),
    ]
    for place in places:
        made = {**place.notices, **place.told}
        guard.check(made, dates=dates | {last.at.date()}, references=place.closed, also=[by, last.by])
    notices: Counter[str] = Counter()
    for place in places:
        notices[place.folder.parent.name] += sum(name.endswith(".html") for name in place.notices)
    AuditLog(workspace).write(by, "recalled a week", at=at, about=str(week), facts=dict(notices))
    for place in places[:-1]:
        place.put()
    if digest_stands(lake, week, run=run):
        recall_digest(workspace=workspace, week=week, by=by, reason=DIGEST_REASON, at=at, lake=lake)
        notices[PUBLISHED] += 1
    decision = {"pages": notices[RELEASED], "units": chosen, "run": run}

    def write_down() -> None:
        lake.decide(RECALL, str(week), decision, by=by, reason=reason, at=at)

    places[-1].put(write_down)
    some = "The briefs" if chosen == readable else "Some of the briefs"
    show_front(workspace, week, settings, guard, taken_back=some)
    return dict(notices)


def _briefs(
    target: Path,
    lake: Lake,
    week: ReportingWeek,
    units: Sequence[str],
    settings: Settings,
    notice: _MakeNotice,
) -> _Place:
    """The folder of the released briefs: where none is left, also its list and what stood for briefs that failed."""
    one = notice("This brief was", "brief")
    notices = _in_every_form(one, units)
    gone = {*units, *units_taken_back(target)}
    if gone >= set(units_built(target)):
        pages = [path.relative_to(target) for path in target.rglob("*.html")]
        notices |= {path.as_posix(): one.page() for path in pages if path.parts[0] not in gone}
        notices[INDEX] = notice("These briefs were", "briefs").page()
        return _Place(target, notices, emptied=units)
    left = {path.relative_to(target).as_posix() for path in target.rglob("*.*")}
    kept = {name for name in left if name.split("/")[0] not in units}
    index = index_anew(lake, settings, week, there=kept | set(notices), taken_back=gone)
    return _Place(target, notices, {INDEX: index}, emptied=units)


def _lists(
    workspace: Path, week: ReportingWeek, units: Sequence[str], run: str, notice: _MakeNotice
) -> Iterator[_Place]:
    """Worklists and managers' pages of the same run; what another run has made since tells other counts."""
    for root, (said, what) in _LISTS.items():
        folder = workspace / root / str(week)
        pages = [path for unit in units for path in sorted((folder / unit).glob("*.html"))]
        if pages and read_json(folder / MANIFEST).get("run") == run:
            made = notice(said, what).page()
            yield _Place(folder, {path.relative_to(folder).as_posix(): made for path in pages}, closed=True)


def _later(
    workspace: Path, week: ReportingWeek, units: Sequence[str], lake: Lake, notice: _MakeNotice
) -> Iterator[_Place]:
    """Later weeks in which one of these briefs stands, under its banner, for one that failed."""
    for later in released_weeks(workspace):
        last = standing(lake, later) if str(later) > str(week) else None
        shown = last.decision.get("last_good", {}) if last is not None else {}
        own = [unit for unit in units if shown.get(unit) == str(week)]
        if own:
            yield _Place(released_folder(workspace, later), _in_every_form(notice("This brief was", "brief"), own))


def _in_every_form(notice: Notice, units: Sequence[str]) -> dict[str, bytes]:
    forms = notice.files()
    return {f"{unit}/{name}": made for unit in units for name, made in forms.items()}
