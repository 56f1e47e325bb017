"""What a release leaves behind beside its pages: decision, codes of findings, list of the week, front page and mail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.briefs.answering import codes_of
from fi_workbench.briefs.folders import BUILT, DATA, INDEX, PAGE, PAPER, RELEASED, TEXT, built_folder, close_waiting
from fi_workbench.briefs.front import MAIL, front_page, mail_stub, put_front_page
from fi_workbench.briefs.guarding import Guard
from fi_workbench.briefs.handing import WeekLake
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.reconciling import RECONCILIATION, last_reconciliation, reconciled_words
from fi_workbench.briefs.rendering import page
from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day, sentence
from fi_workbench.errors import BriefError
from fi_workbench.learning.told import CODES
from fi_workbench.settings import Settings
from fi_workbench.store import Lake

RELEASE, RECALL = "release", "recall"
"""Kinds of decisions. Subject: the week."""

AGAIN = "again"
"""Part of a release's decision: why it is released again as it was taken back, which the list of the week says."""


@dataclass(frozen=True)
class Recalled:
    """What one person took back of a release.

    Attributes:
        units: whose briefs.
        at: when.
        reason: why.
        digests: of what was taken back, by unit where known.
    """

    units: frozenset[str]
    at: datetime
    reason: str
    digests: Mapping[str, str]

    def is_back(self, by_unit: Mapping[str, str]) -> bool:
        """Whether all of it would be with its readers again as it was; what was taken back beside it may come back."""
        return all(unit in self.digests and by_unit.get(unit) == self.digests[unit] for unit in self.units)


@dataclass(frozen=True)
class Standing:
    """The last release of a week, and what was taken back of it since.

    Attributes:
        by: who released it.
        at: when.
        decision: what was released: run, units, hashes.
        recalls: oldest first.
        replaced: what was taken back before this release, which brought it back changed or not at all.
    """

    by: str
    at: datetime
    decision: Mapping[str, Any]
    recalls: tuple[Recalled, ...]
    replaced: tuple[Recalled, ...] = ()

    @property
    def again(self) -> str:
        """Why it was released again as it had been taken back; empty where it was not."""
        return str(self.decision.get(AGAIN, ""))

    @property
    def taken_back(self) -> frozenset[str]:
        """Units whose briefs were taken back."""
        return frozenset().union(*(one.units for one in self.recalls))

    @property
    def units(self) -> frozenset[str]:
        """Units whose briefs readers have."""
        return frozenset(self.decision["units"]) - self.taken_back

    def unchanged(self, by_unit: Mapping[str, str]) -> list[str]:
        """Units whose briefs would come back as they were taken back, now or before an earlier release of the week.

        Args:
            by_unit: the digests of what would be released.
        """
        back = (one.units for one in (*self.replaced, *self.recalls) if one.is_back(by_unit))
        return sorted(frozenset().union(*back))


def standing(lake: WeekLake, week: ReportingWeek) -> Standing | None:
    """The last release of a week with what was taken back of it; None where nobody released it."""
    acts = _acts(lake, week)
    last: Standing | None = None
    for row in acts.iter_rows(named=True):
        told = json.loads(row["decision"])
        if row["kind"] == RELEASE:
            by_unit = told.get("sha256_by_unit", {})
            before = (*last.replaced, *last.recalls) if last is not None else ()
            # What is with its readers again as it was came back by a reason: nobody asks for it twice.
            last = Standing(row["by"], row["at"], told, (), tuple(one for one in before if not one.is_back(by_unit)))
        elif last is not None:
            units = frozenset(told.get("units", last.decision["units"]))  # one that names no units was of all
            taken = Recalled(units, row["at"], row["reason"], last.decision.get("sha256_by_unit", {}))
            last = replace(last, recalls=(*last.recalls, taken))
    return last


def recalled_units(lake: WeekLake, week: ReportingWeek, run: str) -> frozenset[str]:
    """Units whose briefs of a run were taken back and not released again: what else that run tells is wrong, too."""
    last = standing(lake, week)
    return last.taken_back if last is not None and last.decision["run"] == run else frozenset()


def last_act(lake: WeekLake, week: ReportingWeek) -> dict[str, Any] | None:
    """The last release or recall of a week, as its decision says; None where nobody released it."""
    acts = _acts(lake, week)
    return None if acts.is_empty() else acts.row(-1, named=True)


def _acts(lake: WeekLake, week: ReportingWeek) -> pl.DataFrame:
    acts = pl.concat([lake.decisions(kind) for kind in (RELEASE, RECALL)])
    return acts.filter(pl.col("subject") == str(week)).sort("decision_id")


def stands(
    target: Path, files: Mapping[str, bytes], decision: Mapping[str, Any], lake: Lake, week: ReportingWeek
) -> bool:
    """Whether this very week is what readers have: the last act was its release, and nothing changed since."""
    last = standing(lake, week)
    if last is None or last.recalls or {**last.decision, AGAIN: ""} != {**decision, AGAIN: ""}:
        return False
    return all((target / name).is_file() and (target / name).read_bytes() == made for name, made in files.items())


def released_words(by: str, at: datetime, counts: pl.DataFrame | None, *, again: str = "") -> str:
    """What the list of a week says of its release.

    Args:
        by: who released it.
        at: when.
        counts: `count_reconciliation`, where somebody compared them.
        again: why it is released again as it was taken back.
    """
    why = f" It had been taken back. Why it is released again: {sentence(again)}" if again else ""
    return f"Released by {by} on {day(at.date())}.{why} {reconciled_words(counts)}"


def week_index(
    settings: Settings,
    week: ReportingWeek,
    *,
    units: Collection[str],
    failed: Collection[str],
    words: str,
    there: Collection[str],
    taken_back: Collection[str] = (),
) -> bytes:
    """The list of a week's briefs.

    Args:
        settings: for the names.
        week: the week.
        units: units with a brief, those taken back among them.
        failed: units whose brief could not be made.
        words: what it says of the release.
        there: names of the files of the week's folder: a link leads to nothing else.
        taken_back: units whose brief was taken back; the link leads to the notice.

    Raises:
        BriefError: the page is not fit to be read.
    """
    links = [
        {
            "href": f"{unit}/{PAGE}",
            "text": settings.unit_name(unit),
            "paper": f"{unit}/{PAPER}" if f"{unit}/{PAPER}" in there else "",
            "plain": f"{unit}/{TEXT}" if f"{unit}/{TEXT}" in there else "",
            "state": "Taken back. Do not use it." if unit in taken_back else "",
        }
        for unit in (*units, *failed)
    ]
    return page(
        "index.html.j2",
        INDEX,
        title="Monday briefs",
        authority=settings.authority.name,
        synthetic=settings.authority.synthetic,
        week_words=f"Week to {day(week.sunday)}",
        words=words,
        links=sorted(links, key=lambda link: link["text"]),
    )


def index_anew(
    lake: Lake, settings: Settings, week: ReportingWeek, *, there: Collection[str], taken_back: Collection[str] = ()
) -> bytes:
    """The list of a released week once some of its files are gone.

    Args:
        lake: for what was released.
        settings: for the names.
        week: the week.
        there: names of the files that are left.
        taken_back: units whose brief was taken back.

    Raises:
        BriefError: nobody released it, or the page is not fit to be read.
    """
    last = standing(lake, week)
    if last is None:
        raise BriefError("This week is not released, so it has no list.", where=str(week))
    counts = last_reconciliation(lake.decisions(RECONCILIATION), week=week, run=str(last.decision["run"]))
    return week_index(
        settings,
        week,
        units=last.decision["units"],
        failed=last.decision["without_a_brief"],
        words=released_words(last.by, last.at, counts, again=last.again),
        there=there,
        taken_back=taken_back,
    )


def digest(files: Mapping[str, bytes]) -> str:
    """One hash of files and their names."""
    told = hashlib.sha256()
    for name in sorted(files):
        told.update(f"{name}\x1f{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return told.hexdigest()


def register_codes(lake: Lake, week: ReportingWeek, files: Mapping[str, bytes], *, by: str, at: datetime) -> None:
    """Write down which finding each feedback code means, before anybody can answer it."""
    codes: dict[str, dict[str, str]] = {}
    for name in files:
        if name.endswith(f"/{DATA}"):
            codes |= codes_of(Brief.model_validate(json.loads(files[name])["brief"]))
    known = lake.decisions(CODES).filter(pl.col("subject") == str(week))["decision"].to_list()
    if codes and (not known or json.loads(known[-1])["codes"] != codes):
        lake.decide(CODES, str(week), {"codes": codes}, by=by, reason="released", at=at)


def show_front(workspace: Path, week: ReportingWeek, settings: Settings, guard: Guard, *, taken_back: str = "") -> None:
    """Bring the front page up to date, and leave a mail to send.

    Args:
        workspace: the workspace's folder.
        week: the week that was released or taken back.
        settings: for the names.
        guard: looks through the front page.
        taken_back: how much of the week was, as `front.mail_stub` takes it.
    """
    front = front_page(workspace, settings)
    dates = {ReportingWeek.parse(name.name).sunday for name in (workspace / RELEASED).glob("????-W??")}
    guard.check({INDEX: front}, dates=dates)
    put_front_page(workspace, front)
    mail = mail_stub(settings, week, taken_back=taken_back)
    close_waiting(workspace, BUILT)
    folder = built_folder(workspace, week, "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MAIL).write_bytes(mail)
