"""Rows that satisfy a contract: for tests, documentation and templates. They describe nobody and nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from fi_workbench.contracts.comparisons import AS_OF
from fi_workbench.contracts.identifiers import nhs_number_check_digit, upn_check_letter
from fi_workbench.contracts.judging import SOUND
from fi_workbench.contracts.table import Column, Table
from fi_workbench.contracts.validating import empty, validate
from fi_workbench.errors import ContractError

if TYPE_CHECKING:  # numpy starts threads when it is imported, and a process must have none before it is forked
    import numpy as np

SAMPLE_AS_OF = date(2026, 11, 22)
_DAYS = 400
_NULL_SHARE = 0.15
_BATCHES = 60
_NUMBERED = ("upn_check", "nhs_number_check")


def sample(table: Table, n: int, seed: int) -> pl.DataFrame:
    """Rows that satisfy a contract, the same for the same seed.

    Values are drawn column by column and rows that break a rule are drawn again. Foreign keys are not looked at.

    Args:
        table: the contract's table.
        n: how many rows, 0 or more.
        seed: of the random numbers.

    Returns:
        Typed rows, sorted by key; GRAIN as the contract says. Fewer than `n` where the key's codes allow no more. No
        date is later than 22 November 2026.

    Raises:
        ContractError: the rules leave too little room for values drawn blindly; give the columns examples.

    Example:
        >>> from fi_workbench.contracts import all_contracts
        >>> sample(all_contracts().table("visits"), 3, seed=1).height
        3
    """
    import numpy as np  # noqa: PLC0415

    random = np.random.default_rng(seed)
    kinds = {rule.columns[0]: rule.kind for rule in table.rules if rule.kind in _NUMBERED}
    columns = [_with_pattern(column, table) for column in table.columns.values()]
    kept = empty(table)
    for batch in range(_BATCHES):
        if kept.height >= n:
            break
        size = 4 * n + 16
        drawn = pl.DataFrame(
            [
                pl.Series(c.name, _draw(c, kinds.get(c.name, ""), size, batch * size, random), dtype=c.dtype)
                for c in columns
            ]
        )
        kept = _lawful(pl.concat([kept, drawn]), table)
    if n and kept.is_empty():
        raise ContractError(
            "Rows drawn blindly do not satisfy this contract.",
            where=f"table {table.name}",
            next_step="Give the columns that have a pattern examples.",
        )
    return validate(kept.head(n), table)


def _with_pattern(column: Column, table: Table) -> Column:
    """A column with the pattern that a rule of its table gives it."""
    shapes = [
        rule.implementation.pattern for rule in table.rules if rule.kind == "pattern" and column.name in rule.columns
    ]
    return replace(column, pattern=shapes[0]) if shapes and column.pattern is None else column


def _lawful(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    rows = rows.with_columns(pl.lit(SAMPLE_AS_OF).alias(AS_OF), pl.lit(value=True).alias(SOUND))
    broken = [fails for rule in table.rules if (fails := rule.fails()) is not None]
    # Rules that look at groups of rows see fewer rows once others are gone, so one pass is enough.
    sound = rows.filter(~pl.any_horizontal(broken)) if broken else rows
    return sound.unique(subset=list(table.key), keep="first", maintain_order=True).select(list(table.columns))


def _draw(column: Column, kind: str, size: int, start: int, random: np.random.Generator) -> list[object]:
    values = _values(column, kind, size, start, random)
    if column.required or column.is_key:
        return values
    missing = random.random(size) < _NULL_SHARE
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def _values(column: Column, kind: str, size: int, start: int, random: np.random.Generator) -> list[object]:
    if column.enum:
        codes = [int(code) if column.logical_type == "integer" else code for code in column.enum]
        return [codes[i] for i in random.integers(0, len(codes), size)]
    if column.logical_type in {"date", "timestamp"}:
        return [SAMPLE_AS_OF - timedelta(days=int(x)) for x in random.integers(0, _DAYS, size)]
    if column.logical_type == "boolean":
        return [bool(x) for x in random.integers(0, 2, size)]
    if column.logical_type == "integer":
        low, high = _range(column, 0, 20)
        return [int(x) for x in random.integers(int(low), int(high) + 1, size)]
    if column.logical_type == "number":
        return [round(float(x), 3) for x in random.uniform(*_range(column, 0.0, 1.0), size)]
    texts = [_text(column, kind, start + i, random) for i in range(size)]
    return [[text] for text in texts] if column.logical_type == "array" else list(texts)


def _range(column: Column, low: float, high: float) -> tuple[float, float]:
    least = low if column.minimum is None else float(column.minimum)
    most = max(high, least) if column.maximum is None else float(column.maximum)
    return min(least, most), most


def _text(column: Column, kind: str, number: int, random: np.random.Generator) -> str:
    if kind == "nhs_number_check":
        return _nhs_number(random)
    if kind != "upn_check" and column.examples:
        return column.examples[number % len(column.examples)]
    letter, body = column.name[0].upper(), f"999{int(random.integers(1000, 9999))}26{number % 1000:03d}"
    upn = upn_check_letter(body) + body
    if kind == "upn_check":
        return upn
    counted = (f"{letter}{number:07d}", f"{number:07d}", f"{number:06d}", f"{column.name}_{number}", f"SW{number}", upn)
    low, high = column.min_length or 0, column.max_length or 40
    for text in (*counted, "ZZ1 1ZZ", letter):
        if low <= len(text) <= high and (column.pattern is None or re.fullmatch(column.pattern, text)):
            return text
    raise ContractError(
        "No text can be made up for this column.",
        where=column.name,
        next_step="Give it examples in the contract.",
    )


def _nhs_number(random: np.random.Generator) -> str:
    """A number that no patient has: those beginning with 999 are kept for tests."""
    while True:
        body = f"999{int(random.integers(0, 10**6)):06d}"
        digit = nhs_number_check_digit(body)
        if digit is not None:
            return f"{body}{digit}"
