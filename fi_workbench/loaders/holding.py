"""Why a delivery waits for a person, and the receipt that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fi_workbench.contracts import Contract
from fi_workbench.loaders.history import History
from fi_workbench.loaders.raw import Hold, RawExtract
from fi_workbench.loaders.receipts import Receipt, TableReceipt


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
