"""Requests ("You asked, we looked"): what units asked, until when an answer was promised, and what was found."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import polars as pl

from fi_workbench.errors import WrongUseError

REQUEST = "request"
"""Kind of decision: something was asked, answered or taken back. Subject: the request's number, as R-12."""

ASKED, ANSWERED, WITHDRAWN = "asked", "answered", "withdrawn"
ANSWERS_SHOWN_WEEKS = 4

UNIT_REQUESTS = {
    "unit": pl.String(),
    "request": pl.String(),
    "question": pl.String(),
    "asked_on": pl.Date(),
    "promised_on": pl.Date(),
    "answered_on": pl.Date(),
    "answer": pl.String(),
    "state": pl.String(),
}


def requests(decisions: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Every request as it stands.

    Args:
        decisions: of kind `request`, oldest first.

    Returns:
        By number: unit, question, asked_on, promised_on; answer and answered_on where it was answered. Those that
        were taken back are not here.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, text in decisions.select("subject", "decision").iter_rows():
        told = json.loads(text)
        action = told.pop("action")
        days = {name: date.fromisoformat(value) for name, value in told.items() if name.endswith("_on")}
        if action == WITHDRAWN:
            found.pop(number, None)
        else:
            found[number] = {**found.get(number, {}), **told, **days}
    return found


def next_number(decisions: pl.DataFrame, letter: str) -> str:
    """The number of the next request or note; a number is never given twice."""
    taken = [int(subject.removeprefix(f"{letter}-")) for subject in decisions["subject"].to_list()]
    return f"{letter}-{max(taken, default=0) + 1}"


def open_request(decisions: pl.DataFrame, number: str) -> dict[str, Any]:
    """A request that may be answered.

    Raises:
        WrongUseError: there is none of this number.
    """
    known = requests(decisions)
    if number not in known:
        raise WrongUseError(
            "There is no such request.",
            where=number,
            next_step="Requests: " + (", ".join(known) or "none. `fi-workbench request add` writes one down."),
        )
    return known[number]


def unit_requests(decisions: pl.DataFrame, *, units: Collection[str], as_at: date) -> pl.DataFrame:
    """What the brief says of what a unit asked: everything open, and what was answered in the last weeks.

    Args:
        decisions: of kind `request`.
        units: the units of the authority.
        as_at: the week's Sunday.

    Returns:
        Contract `unit_requests`: one row per unit and request, sorted. A request whose promised day has passed
        without an answer is `overdue`: the promise is ours to keep.
    """
    since = as_at - timedelta(weeks=ANSWERS_SHOWN_WEEKS)
    rows = []
    for number, told in requests(decisions).items():
        answered = told.get("answered_on")
        if told["unit"] not in units or (answered is not None and answered <= since):
            continue
        state = "answered" if answered else "overdue" if told["promised_on"] <= as_at else "open"
        rows.append({**dict.fromkeys(UNIT_REQUESTS), **told, "request": number, "state": state})
    frame = pl.DataFrame(rows, schema=UNIT_REQUESTS, orient="row")
    order = pl.col("request").str.strip_prefix("R-").cast(pl.Int64)
    return frame.sort(pl.col("unit"), order)
