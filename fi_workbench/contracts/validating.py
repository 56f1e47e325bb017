"""The promise of our own frames: they keep their contract, or the work stops."""

from __future__ import annotations

import difflib

import polars as pl

from fi_workbench.contracts.implied import row_checks
from fi_workbench.contracts.table import Table
from fi_workbench.errors import ContractError


def empty(table: Table) -> pl.DataFrame:
    """A frame of the table's columns and types without rows."""
    return pl.DataFrame(schema=table.polars_schema())


def validate(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Check a frame against its contract.

    Args:
        frame: exactly the table's columns in any order. A narrower whole number is widened (counting gives UInt32)
            and a column of nulls without a type takes the contract's; any other type is an error.
        table: the contract's table.

    Returns:
        The same rows, columns in the contract's order, sorted by the key (nulls first).

    Raises:
        ContractError: other columns or types, empty values in required columns, unknown codes, values out of range,
            a key twice, or a broken rule of severity error; with counts, never with values. What
            needs more than the frame is not looked at here: foreign keys, and the as-of date of an extract.
    """
    typed = frame.select(_columns(frame, table))
    problems = [] if typed.is_empty() else _broken(typed, table)
    if problems:
        raise ContractError(
            f"The table {table.name} breaks its contract: " + "; ".join(problems) + ".",
            where=f"{table.contract_id} {table.contract_version}, table {table.name}",
            how_many=f"of {typed.height} rows",
            next_step="This is a fault of the step that made the table, not of the data: report it.",
        )
    return typed.sort(table.key, nulls_last=False, maintain_order=True)


def _columns(frame: pl.DataFrame, table: Table) -> list[pl.Expr]:
    missing = [name for name in table.columns if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in table.columns]
    problems = [f"column {name} is missing" for name in missing]
    for name in unknown:
        near = difflib.get_close_matches(name, missing, n=1, cutoff=0.6)
        problems.append(f"column {name} is not in the contract" + (f" (meant for {near[0]}?)" if near else ""))
    selected = []
    for name, column in table.columns.items():
        if name in missing:
            continue
        found = frame.schema[name]
        if found == column.dtype:
            selected.append(pl.col(name))
        elif _widens(found, column.dtype):
            selected.append(pl.col(name).cast(column.dtype))
        else:
            problems.append(f"column {name} is {found} and should be {column.dtype}")
    if problems:
        raise ContractError(
            f"The table {table.name} does not have the columns of its contract: " + "; ".join(problems) + ".",
            where=f"{table.contract_id} {table.contract_version}, table {table.name}",
            how_many=f"{len(problems)} columns",
            next_step="This is a fault of the step that made the table, not of the data: report it.",
        )
    return selected


def _widens(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether nothing can be lost on the way: nulls without a type, or a narrower whole number."""
    if isinstance(wanted, pl.List):
        return found == pl.Null or (isinstance(found, pl.List) and found.inner == pl.Null)
    return found == pl.Null or (wanted == pl.Int64 and found.is_integer() and found != pl.UInt64)


def _broken(typed: pl.DataFrame, table: Table) -> list[str]:
    counts: dict[str, pl.Expr] = {}
    for check in row_checks(table):
        counts[f"{check.rule} ({check.reason})"] = check.fails
    for rule in table.rules:
        needs_extract = rule.kind == "not_after_as_of"
        broken = rule.fails() if rule.severity == "error" and not needs_extract else None
        if broken is not None:
            counts[f"{rule.name} ({rule.reason})"] = broken
    counts["key_unique (each key appears once)"] = pl.struct(table.key).is_duplicated()
    found = typed.select(expression.sum().alias(name) for name, expression in counts.items()).row(0)
    return [f"{name}: {n} rows" for name, n in zip(counts, found, strict=True) if n]
