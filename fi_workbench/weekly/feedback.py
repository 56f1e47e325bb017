"""What readers answered to briefs: read in, looked through for people, written down, or kept apart from all others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from fi_workbench.briefs.guarding import Guard, make_guard, write_files
from fi_workbench.briefs.releasable import check_named
from fi_workbench.disclosure import found_in
from fi_workbench.learning.judging import Judged, judge
from fi_workbench.learning.replies import read_replies
from fi_workbench.learning.told import CODES, FEEDBACK, findings_shown, replies_accepted
from fi_workbench.store import AuditLog
from fi_workbench.weekly.workspace import Workspace

REASON = "said by readers of briefs"
KEPT_APART = Path("feedback") / "kept_apart"


@dataclass(frozen=True)
class Imported:
    """What became of a file of replies.

    Attributes:
        judged: every record.
        kept_as: the file, closed to others, with what was kept apart; empty where nothing was.
        again: whether this very file had been read before, so that nothing was written.
    """

    judged: Judged
    kept_as: str = ""
    again: bool = False

    def lines(self) -> list[str]:
        """The result in words, without anything that anybody wrote."""
        judged = self.judged
        told = [
            (
                f"{judged.n:,} records: {len(judged.accepted):,} answers accepted, {judged.duplicates:,} said before, "
                f"{len(judged.unknown):,} with a code of no released brief, {len(judged.kept_apart):,} kept apart."
            )
        ]
        if judged.duplicates and not self.again:
            told.append("Where several people ticked the same, give each sheet a number in the column reply.")
        told += ["This file was read before: nothing new was written."] if self.again else []
        told += [f"  record {n}: {'; '.join(reasons)}" for n, reasons in sorted(judged.kept_apart.items())]
        told += [f"  record {n}: its code is of no released brief" for n in judged.unknown]
        return told


def import_feedback(workspace: Workspace, path: Path, *, by: str, at: datetime) -> Imported:
    """Read a file of replies; what holds anything but a code and an answer is kept apart with every reason.

    What is kept apart lies in a file of its own, closed to others, until somebody has read and deleted it; nothing of
    it goes into the table of decisions. The original stays where it is.

    Raises:
        WrongUseError: no name, or not a file of replies.
    """
    check_named(by)
    replies = read_replies(path)
    known = workspace.lake.decisions(FEEDBACK)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    before = [(row["known_by"], row["code"], row["answer"]) for row in replies_accepted(known).iter_rows(named=True)]
    codes = set(findings_shown(workspace.lake.decisions(CODES))["code"].to_list())
    judged = judge(replies, codes=codes, before=before, holds=people_in(workspace))
    if not judged.accepted and digest in known["subject"].to_list():
        return Imported(judged, again=True)
    apart = [
        {"record": one.record, "text": one.text, "reply": one.known_by, "reasons": judged.kept_apart[one.record]}
        for one in replies
        if one.record in judged.kept_apart
    ]
    kept_as = _keep_apart(workspace, digest, apart) if apart else ""
    decision = {
        "replies": [[one.code, one.answer, one.known_by] for one in judged.accepted],
        "duplicates": judged.duplicates,
        "unknown": list(judged.unknown),
        "kept_apart": {str(n): reasons for n, reasons in judged.kept_apart.items()},
        "kept_as": kept_as,
    }
    facts = {"accepted": len(judged.accepted), "kept_apart": len(judged.kept_apart)}
    AuditLog(workspace.folder).write(by, "read replies", at=at, about=digest[:16], facts=facts)
    workspace.lake.decide(FEEDBACK, digest, decision, by=by, reason=REASON, at=at)
    return Imported(judged, kept_as)


def kept_apart_files(workspace: Workspace) -> list[Path]:
    """Files of replies that were kept apart and that nobody has deleted yet; they may name people."""
    return sorted((workspace.folder / KEPT_APART).glob("*.jsonl"))


def _keep_apart(workspace: Workspace, digest: str, records: list[dict[str, object]]) -> str:
    folder = workspace.folder / KEPT_APART
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder, folder.parent):
        place.chmod(0o700)
    name = f"{digest[:16]}.jsonl"
    lines = [json.dumps(record, ensure_ascii=False, sort_keys=True) for record in records]
    write_files(folder, {name: ("\n".join(lines) + "\n").encode()}, mode=0o600)
    return name


def people_in(workspace: Workspace) -> Callable[[str], Iterable[str]]:
    """Look for people in a text; the index of all of them is made when the first text has to be looked through."""
    made: list[Guard] = []

    def holds(text: str) -> Iterable[str]:
        if not made:
            lake, known = workspace.lake, workspace.lake.latest_as_of()
            pin = lake.pin(known) if known else lake.pin(date.min)
            made.append(make_guard(lake, workspace.catalogue, pin, workspace.settings))
        return found_in(text, made[0].index, allowed_words=made[0].allowed)

    return holds
