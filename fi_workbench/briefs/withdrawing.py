"""Pages that name cases are withdrawn when somebody on them may no longer be: restricted since, dead, or erased.

A week keeps its pin, and its tables stay as they were known. A worker's list may not: whoever looks at it today would
see a family whose record was restricted yesterday.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fi_workbench.briefs.folders import MANAGERS, WORKLISTS, read_json, write_json
from fi_workbench.briefs.hidden import Hidden, hidden_now
from fi_workbench.briefs.worklists import MANIFEST, OWN_FILE
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import StoreError
from fi_workbench.store import Lake


def withdraw_hidden(workspace: Path, lake: Lake, *, today: date) -> tuple[str, ...]:
    """Remove every worklist and manager's page that names somebody who may be on none now.

    Where the run of a week's pages cannot tell who its people are, all of them go.

    Returns:
        The pages removed, by their names within the workspace.
    """
    removed: list[str] = []
    known: dict[tuple[str, str], Hidden] = {}
    for folder in _weeks(workspace):
        asked = (folder.name, str(read_json(folder / MANIFEST).get("run", "")))
        if asked not in known:
            try:
                known[asked] = hidden_now(lake, ReportingWeek.parse(folder.name), asked[1], today=today)
            except StoreError:
                known[asked] = Hidden(everyone=True)
        removed += _remove(workspace, folder, known[asked])
    return tuple(removed)


def withdraw_erased(workspace: Path, *, weeks: Collection[str], references: Collection[str]) -> tuple[str, ...]:
    """Remove the worklists and managers' pages of weeks that an erasure touched, and any other that names the person.

    Returns:
        The pages removed, by their names within the workspace.
    """
    named = Hidden(frozenset(reference.strip() for reference in references))
    removed: list[str] = []
    for folder in _weeks(workspace):
        removed += _remove(workspace, folder, Hidden(everyone=True) if folder.name in weeks else named)
    return tuple(removed)


def withdrawn_words(pages: Sequence[str], why: str) -> str:
    """What to tell whoever asked: how many pages were removed, of which weeks, why, and how they are made again."""
    weeks = sorted({page.split("/")[1] for page in pages})
    kinds = Counter(page.split("/")[0] for page in pages)
    lists = " and ".join(f"{n:,} {_KINDS[root][n > 1]}" for root, n in sorted(kinds.items(), reverse=True))
    steps = ", ".join(f"`fi-workbench weekly --week {week}`" for week in weeks)
    return f"Withdrew {lists} of {', '.join(weeks)}: {why} Made again without them by {steps}."


_KINDS = {WORKLISTS: ("worklist", "worklists"), MANAGERS: ("manager's page", "managers' pages")}


def _weeks(workspace: Path) -> list[Path]:
    roots = [workspace / root for root in (WORKLISTS, MANAGERS) if (workspace / root).is_dir()]
    return [path for root in roots for path in sorted(root.iterdir()) if path.is_dir() and not path.is_symlink()]


def _remove(workspace: Path, folder: Path, hidden: Hidden) -> list[str]:
    pages = sorted(folder.rglob("*.html"))
    if hidden.everyone:
        shutil.rmtree(folder)
        return [path.relative_to(workspace).as_posix() for path in pages]
    gone = [path for path in pages if hidden.on(path.read_text(encoding="utf-8"))]
    for path in gone:
        path.unlink()
    if gone:
        _tell(folder, Counter(path.parent.name for path in gone))
    return [path.relative_to(workspace).as_posix() for path in gone]


def _tell(folder: Path, gone: Mapping[str, int]) -> None:
    """Keep the folder's own list true."""
    facts: dict[str, Any] = read_json(folder / MANIFEST)
    if "worklists" in facts:
        facts["worklists"] = {unit: n - gone.get(unit, 0) for unit, n in facts["worklists"].items()}
    if "units" in facts:
        facts["units"] = [unit for unit in facts["units"] if unit not in gone]
    write_json(folder / MANIFEST, facts)
    (folder / MANIFEST).chmod(OWN_FILE)
