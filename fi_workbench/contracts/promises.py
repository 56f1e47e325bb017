"""Every rule of a table in the words that its quarantine uses, for whoever has to send the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fi_workbench.contracts.implied import row_checks
from fi_workbench.contracts.parsing import parse_plan
from fi_workbench.contracts.table import Table

KEY_REASON = "Other rows of the file have the same key and say something else; nothing tells which is true."


@dataclass(frozen=True)
class Promise:
    """One check of a table.

    Attributes:
        rule: its name, as receipts and quarantined rows give it.
        columns: the columns that it looks at.
        reason: why a row fails it, as the sender reads it.
        severity: `error` sets the row aside, `warning` takes and counts it.
    """

    rule: str
    columns: tuple[str, ...]
    reason: str
    severity: Literal["error", "warning"]


def promises(table: Table) -> tuple[Promise, ...]:
    """Every check that a load makes of the rows of a table, in the order of its columns.

    The names are those that a receipt counts by, so a partner can find each count of a quality report here.

    Args:
        table: a table of a source's contract.

    Returns:
        What can be read, what each column asks, the table's own rules, and that its key is unique.
    """
    reading = {
        parse.column.name: Promise(parse.rule, (parse.column.name,), parse.reason, "error")
        for parse in parse_plan(table)
    }
    asked = [Promise(one.rule, (one.column,), one.reason, "error") for one in row_checks(table)]
    listed: list[Promise] = []
    for name in table.columns:
        listed.append(reading[name])
        listed += [one for one in asked if one.columns == (name,) and one.rule != reading[name].rule]
    listed += [Promise(rule.name, rule.columns, rule.reason, rule.severity) for rule in table.rules]
    return (*listed, Promise("key_unique", table.key, KEY_REASON, "error"))
