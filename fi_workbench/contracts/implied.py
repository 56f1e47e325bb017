"""The rules that follow from a column's own facts: required, allowed codes, range, length and pattern."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.contracts.table import Column, Table


@dataclass(frozen=True)
class RowCheck:
    """One rule ready to try: true in `fails` where a row breaks it, never null."""

    rule: str
    column: str
    reason: str
    fails: pl.Expr


def row_checks(table: Table) -> list[RowCheck]:
    """What the columns of a table ask of typed rows, in the contract's order."""
    return [check for column in table.columns.values() for check in column_checks(column)]


def column_checks(column: Column) -> list[RowCheck]:
    """What one column asks of its typed values."""
    name, told = column.name, column.business_name
    value = pl.col(name)
    checks: list[tuple[str, str, pl.Expr]] = []
    if column.required:
        checks.append(("present", f"{told} is missing and must be given.", value.is_null()))
    if column.enum:
        allowed = [int(code) for code in column.enum] if column.logical_type == "integer" else list(column.enum)
        checks.append(("code_known", f"{told} has a code that is not in the contract's list.", ~value.is_in(allowed)))
    checks += _range(column)
    if column.pattern is not None:
        shape = rf"^(?:{column.pattern})$"
        checks.append(("pattern", f"{told} is not written as it should be.", ~value.str.contains(shape)))
    if column.min_length is not None or column.max_length is not None:
        low, high = column.min_length or 0, column.max_length if column.max_length is not None else 2**31
        reason = f"{told} is shorter or longer than it can be."
        checks.append(("length", reason, ~value.str.len_chars().is_between(low, high)))
    return [
        RowCheck(f"{name}_{ending}", name, reason, fails.fill_null(value=False)) for ending, reason, fails in checks
    ]


def _range(column: Column) -> list[tuple[str, str, pl.Expr]]:
    if column.minimum is None and column.maximum is None:
        return []
    value = pl.col(column.name)
    low, high = _bound(column.minimum), _bound(column.maximum)
    below = value < low if low is not None else pl.lit(value=False)
    above = value > high if high is not None else pl.lit(value=False)
    said = " and ".join(
        words
        for words in (
            f"at least {column.minimum}" if low is not None else "",
            f"at most {column.maximum}" if high is not None else "",
        )
        if words
    )
    return [("in_range", f"{column.business_name} must be {said}.", below | above)]


def _bound(given: float | str | None) -> float | date | None:
    return date.fromisoformat(given) if isinstance(given, str) else given
