"""The front of the released briefs: one page that leads to all of them, and a mail that says only where to look."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from fi_workbench.briefs.folders import DATA, INDEX, RELEASED, read_json, units_built, units_taken_back
from fi_workbench.briefs.rendering import page
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.errors import WrongUseError
from fi_workbench.settings import Settings
from fi_workbench.store.place import writing

MAIL = "email.eml"
"""A draft that a mail program opens; it lies beside the built briefs, since readers of the folder do not need it."""

WEEKS_SHOWN = 13


def front_page(workspace: Path, settings: Settings) -> bytes:
    """The page that lists the released weeks, newest first; links are relative, so that the folder may lie anywhere.

    Args:
        workspace: the workspace's folder; what stands in its folder of released weeks is what is listed.
        settings: for the names.

    Raises:
        BriefError: the page is not fit to be read.
    """
    weeks = []
    for week in released_weeks(workspace)[:WEEKS_SHOWN]:
        folder = workspace / RELEASED / str(week)
        weeks.append(
            {
                "href": f"{week}/{INDEX}",
                "words": f"Week to {day(week.sunday)}",
                "state": _state(folder),
            }
        )
    return page(
        "front.html.j2",
        INDEX,
        title="Monday briefs",
        authority=settings.authority.name,
        synthetic=settings.authority.synthetic,
        contact=settings.briefs.contact,
        weeks=weeks,
    )


def put_front_page(workspace: Path, content: bytes) -> None:
    """Put the front page in place at once; a reader finds the old one or the new one."""
    folder = workspace / RELEASED
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f".{INDEX}"
    with writing(INDEX):
        scratch.write_bytes(content)
        scratch.replace(folder / INDEX)


def mail_stub(settings: Settings, week: ReportingWeek, *, taken_back: str = "") -> bytes:
    """A mail without any content of a brief: that the week is there, and where to look.

    It has no date, sender or number of its own, so the same week is the same bytes; the mail program adds them.

    Args:
        settings: `briefs.place` says where readers look.
        week: the week.
        taken_back: which briefs were, as "The briefs"; empty for a release.
    """
    made = EmailMessage(policy=SMTP)
    words = f"week to {day(week.sunday)}"
    made["Subject"] = f"Monday briefs taken back: {words}" if taken_back else f"Monday briefs: {words}"
    made["X-Unsent"] = "1"
    where = settings.briefs.place or "the usual folder"
    lines = (
        [f"{taken_back} for the {words} were taken back. Do not use them, and throw away printed copies."]
        if taken_back
        else [f"The briefs for the {words} are there."]
    )
    lines += [f"Where to look: {where}", f"Questions: {settings.briefs.contact}.", "This mail holds nothing of them."]
    made.set_content("\n\n".join(lines) + "\n")
    return made.as_bytes()


def _state(folder: Path) -> str:
    """What is wrong with a released week, as a sentence; empty where nothing is."""
    units = units_built(folder)
    if not units:
        return "Taken back."
    if read_json(folder / units[0] / DATA)["manifest"].get("banner"):
        return "Do not use its dates."
    return "Some of it was taken back." if units_taken_back(folder) else ""


def released_weeks(workspace: Path) -> list[ReportingWeek]:
    """The weeks that have a folder among the released ones, newest first."""
    root = workspace / RELEASED
    names: Iterable[str] = (path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else ()
    found = []
    for name in names:
        try:
            found.append(ReportingWeek.parse(name))
        except WrongUseError:
            continue
    return sorted(found, key=str, reverse=True)
