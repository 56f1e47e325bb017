"""Practice notes: what one unit learnt, for the others. No family stands in one; each file is looked through first."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.errors import WrongUseError

NOTE = "practice_note"
"""Kind of decision: a note was passed on, or taken back. Subject: the note's number, as N-3."""

PASSED_ON, WITHDRAWN = "passed_on", "withdrawn"
SHOWN_WEEKS = 4
LONGEST_CHARACTERS = 600
"""A note is read on a phone: a paragraph or two."""

PRACTICE_NOTES = {
    "note": pl.String(),
    "from_unit": pl.String(),
    "from_name": pl.String(),
    "title": pl.String(),
    "text": pl.String(),
    "written_on": pl.Date(),
}


def read_note(path: Path) -> tuple[str, str]:
    """Read a note: its first line is its title, the rest its text.

    Raises:
        WrongUseError: no such file, not text, without title or text, or too long to be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").strip().splitlines()
    except FileNotFoundError:
        raise WrongUseError("There is no such note.", where=path.name, next_step="Check its name.") from None
    except UnicodeDecodeError:
        raise WrongUseError("The note is not UTF-8 text.", where=path.name, next_step="Save it as text.") from None
    title = lines[0].lstrip("# ").strip() if lines else ""
    text = " ".join(" ".join(lines[1:]).split())
    if not title or not text:
        raise WrongUseError("A note needs a title in its first line, and a text below it.", where=path.name)
    if len(title) + len(text) > LONGEST_CHARACTERS:
        raise WrongUseError(
            "The note is too long to be read on a phone.",
            where=path.name,
            how_many=f"{len(title) + len(text)} characters; at most {LONGEST_CHARACTERS}",
            next_step="Keep what another unit could do on Monday.",
        )
    return title, text


def practice_notes(decisions: pl.DataFrame, *, names: dict[str, str], as_at: date) -> pl.DataFrame:
    """The notes of the last weeks.

    Args:
        decisions: of kind `practice_note`.
        names: the units' names by code.
        as_at: the week's Sunday; a note is shown from the brief after it was passed on.

    Returns:
        Contract `practice_notes`: one row per note that was not taken back, newest first.
    """
    since = as_at - timedelta(weeks=SHOWN_WEEKS)
    found: dict[str, dict[str, Any]] = {}
    for number, text, at in decisions.select("subject", "decision", "at").iter_rows():
        told = json.loads(text)
        if told["action"] == WITHDRAWN:
            found.pop(number, None)
            continue
        unit = told["unit"]
        found[number] = {
            "note": number,
            "from_unit": unit,
            "from_name": names.get(unit, unit),
            "title": told["title"],
            "text": told["text"],
            "written_on": at.date(),
        }
    frame = pl.DataFrame(list(found.values()), schema=PRACTICE_NOTES, orient="row")
    number = pl.col("note").str.strip_prefix("N-").cast(pl.Int64)
    return frame.filter(pl.col("written_on") > since).sort(number, descending=True)


def known_notes(decisions: pl.DataFrame) -> Collection[str]:
    """Numbers of the notes that were passed on and not taken back."""
    known: dict[str, bool] = {}
    for number, text in decisions.select("subject", "decision").iter_rows():
        known[number] = json.loads(text)["action"] == PASSED_ON
    return [number for number, stands in known.items() if stands]
