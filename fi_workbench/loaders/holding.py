"""Why a delivery waits for a person, and the receipt that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from fi_workbench.contracts import Contract
from fi_workbench.loaders.history import History
from fi_workbench.loaders.raw import Hold, RawExtract
from fi_workbench.loaders.receipts import Receipt, TableReceipt

DAYS_AHEAD = 1
"""A delivery may cover up to the day after its loading, since clocks and time zones differ and some name a file made
late in the evening by the next day. What is dated later is a mistyped date, or a list that is not finished yet."""


def last_day(today: date) -> date:
    """The latest day that a delivery loaded today can cover."""
    return today + timedelta(days=DAYS_AHEAD)


def not_come(extract: RawExtract, contract: Contract, today: date, *, is_asked: bool) -> list[Hold]:
    """A day that has not come: taken as it is, one mistyped year would be the newest list for decades.

    Nobody can accept it, as nothing takes a delivery back out of the lake.

    Args:
        extract: the delivery.
        contract: says where the day is from.
        today: the day of loading.
        is_asked: whether it is the answer of a database.
    """
    if extract.as_of is None or extract.as_of <= last_day(today):
        return []
    told = {
        "fileName": "Correct the date in the file's name",
        "folder": "Name the folder by the day that its files cover up to",
        "header": "Ask for a file with the right day in its header",
    }[contract.as_of]
    step = "Correct the query" if is_asked else told
    return [
        Hold(
            "as_of_has_come",
            f"It says that it covers up to {extract.as_of.isoformat()}, a day that has not come.",
            f"{step} (or the day given with `--as-of`). If the day is right, load it then.",
        )
    ]


def no_as_of(contract: Contract) -> Hold:
    """Nothing says what the delivery covers up to; events are no answer, since the latest may be long ago."""
    told = {
        "fileName": f"name the file as {contract.source}_2026-11-22.csv",
        "folder": f"put the files in a folder named by their collection year, as extracts/{contract.source}/2026",
        "header": "ask for a file with its header",
    }[contract.as_of]
    return Hold(
        "as_of_known",
        "Nothing says which day the extract covers up to, and the dates of events are no answer to that.",
        f"Run `fi-workbench load --as-of YYYY-MM-DD`, or {told}.",
    )


def no_rows(extract: RawExtract, n_rows: int, contract: Contract, history: History) -> list[Hold]:
    """A full list or window without a row would close everything that it should hold."""
    if contract.delivery == "increment" or n_rows or extract.holds:
        return []
    if history.last_was_empty(extract):
        return []
    reason = "The delivery has a header and no rows; taken as it is, everyone on the former list would be off it."
    return [Hold("has_rows", reason, "Ask for it again, or take it with `fi-workbench load --accept`.")]


def held(base: Receipt, tables: tuple[TableReceipt, ...], holds: Sequence[Hold]) -> Receipt:
    """The receipt of a delivery that waits: every record counted as held."""
    for table in tables:
        table.assert_balanced(", ".join(base.files))
    steps = dict.fromkeys(hold.next_step for hold in holds)
    message = " ".join(" ".join([*(h.reason for h in holds if h.next_step == step), step]) for step in steps)
    told = tuple(dict.fromkeys(hold.rule for hold in holds if hold.alarm))
    return replace(base, message=message, tables=tables, alarms=told)
