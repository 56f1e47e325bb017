"""What a release leaves behind beside its pages: the decision, what each feedback code means, front page and mail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.briefs.answering import codes_of
from fi_workbench.briefs.folders import DATA, INDEX, RELEASED, built_folder
from fi_workbench.briefs.front import MAIL, front_page, mail_stub, put_front_page
from fi_workbench.briefs.guarding import Guard
from fi_workbench.briefs.model import Brief
from fi_workbench.calendar import ReportingWeek
from fi_workbench.learning.told import CODES
from fi_workbench.settings import Settings
from fi_workbench.store import Lake

RELEASE = "release"
RECALL = "recall"


def last_act(lake: Lake, week: ReportingWeek) -> dict[str, Any] | None:
    """The last release or recall of a week, as its decision says; None where nobody released it."""
    acts = pl.concat([lake.decisions(kind) for kind in (RELEASE, RECALL)]).filter(pl.col("subject") == str(week))
    return None if acts.is_empty() else acts.sort("decision_id").row(-1, named=True)


def stands(
    target: Path, files: Mapping[str, bytes], decision: Mapping[str, Any], lake: Lake, week: ReportingWeek
) -> bool:
    """Whether this very week is what readers have: the last act was its release, and nothing changed since."""
    last = last_act(lake, week)
    if last is None or last["kind"] != RELEASE or json.loads(last["decision"]) != decision:
        return False
    return all((target / name).is_file() and (target / name).read_bytes() == made for name, made in files.items())


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


def show_front(
    workspace: Path, week: ReportingWeek, settings: Settings, guard: Guard, *, recalled: bool = False
) -> None:
    """Bring the front page up to date, and leave a mail to send."""
    front = front_page(workspace, settings)
    dates = {ReportingWeek.parse(name.name).sunday for name in (workspace / RELEASED).glob("????-W??")}
    guard.check({INDEX: front}, dates=dates)
    put_front_page(workspace, front)
    mail = mail_stub(settings, week, recalled=recalled)
    folder = built_folder(workspace, week, "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MAIL).write_bytes(mail)
