"""Files that break every rule of a contract, each a known number of times, made from rows that break none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fi_workbench.contracts import Checked, Contract, check, sample
from fi_workbench.contracts.rules import Rule
from fi_workbench.contracts.sample import SAMPLE_AS_OF
from fi_workbench.contracts.table import Column, Table
from tests.studies.contracts_peer import heading

ROWS = 300
COPIES = {"exact": 3, "conflicting": 2}
"""Rows that are repeated as they are, and rows whose key comes again beside other values."""


@dataclass(frozen=True)
class Spoilt:
    """A table's file.

    Attributes:
        raw: GRAIN: one row per record of the file, all text, with the columns that `check` asks for.
        planted: for each rule, the rows that were made to break it; other rows may come to break it too.
    """

    raw: pl.DataFrame
    planted: Mapping[str, int]


def spoilt_tables(contract: Contract, seed: int) -> dict[str, Spoilt]:
    """Every table of a contract, parents first; rows that are not spoilt point to parents that were accepted."""
    made: dict[str, Spoilt] = {}
    checked: dict[str, Checked] = {}
    for number, table in enumerate(contract.in_order()):
        random = np.random.default_rng([seed, number])
        rows = _pointing(sample(table, ROWS, seed=seed + number), table, checked, random)
        sound = check(_raw(as_text(rows, table)), table, as_of=SAMPLE_AS_OF, others=checked).accepted
        made[table.name] = _spoil(as_text(sound.select(list(table.columns)), table), table, random)
        checked[table.name] = check(made[table.name].raw, table, as_of=SAMPLE_AS_OF, others=checked)
    return made


def as_text(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Typed rows as they are written in a file; empty where there is no value."""

    def text(column: Column) -> pl.Expr:
        value = pl.col(column.name)
        match column.logical_type:
            case "date":
                value = value.dt.strftime("%Y-%m-%d")
            case "timestamp":
                value = value.dt.strftime("%Y-%m-%d %H:%M:%S")
            case "array":
                value = value.list.join(" ")
        return value.cast(pl.String).fill_null("").alias(column.name)

    return rows.select(text(column) for column in table.columns.values())


def write(raw: pl.DataFrame, table: Table, path: Path) -> None:
    """The file, under the headings of the contract as the other tool bears them."""
    headings = [pl.col(column.name).alias(heading(column)) for column in table.columns.values()]
    raw.select(headings).with_columns(pl.all().replace("", None)).write_csv(path)


def read(path: Path, table: Table) -> pl.DataFrame:
    """Raw rows of a file, as `check` asks for them, read by polars alone."""
    rows = pl.read_csv(path, infer_schema=False).with_columns(pl.all().fill_null(""))
    there = {column.name: heading(column) for column in table.columns.values() if heading(column) in rows.columns}
    text = rows.select(
        pl.col(there[name]).alias(name) if name in there else pl.lit("").alias(name) for name in table.columns
    )
    return _raw(text)


def _raw(text: pl.DataFrame) -> pl.DataFrame:
    record = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    joined = pl.concat_str(pl.all(), separator=",")
    return text.with_columns(joined.alias("_raw"), pl.lit("file.csv").alias("_file"), (record + 1).alias("_line"), record.alias("_record"))  # fmt: skip


def _pointing(
    rows: pl.DataFrame, table: Table, checked: Mapping[str, Checked], random: np.random.Generator
) -> pl.DataFrame:
    """Give every row a parent that was accepted; keys of more columns come last, since they hold those of fewer."""
    links = [rule for rule in table.rules if rule.kind == "foreign_key" and rule.table in checked]
    for rule in sorted(links, key=lambda rule: len(rule.columns)):
        parents = checked[rule.table].accepted.select(
            pl.col(o).alias(c) for c, o in zip(rule.columns, rule.others, strict=True)
        )
        chosen = parents[random.integers(0, parents.height, rows.height).tolist()]
        rows = rows.with_columns(chosen[name] for name in rule.columns)
    return rows.unique(list(table.key), keep="first", maintain_order=True)


def _spoil(text: pl.DataFrame, table: Table, random: np.random.Generator) -> Spoilt:
    """Take fresh rows for every rule, change them, and set the copies behind all others."""
    rows = text.to_dicts()
    order = random.permutation(len(rows)).tolist()
    planted: dict[str, int] = {}
    plans = _plans(table)
    needed = sum(COPIES.values()) + 5 * len(plans)
    assert len(rows) >= needed // 2, f"{table.name}: {len(rows)} rows for {len(plans)} rules are too few"

    def donor(name: str) -> str:
        """A value of the column from some other row."""
        held = [row[name] for row in rows if row[name]]
        return str(held[int(random.integers(0, len(held)))]) if held else ""

    added: list[dict[str, str]] = []
    for at, (rule, change) in enumerate(plans):
        times = 1 + at % 3
        for _ in range(times):
            if len(order) <= sum(COPIES.values()):
                break
            if change(rows[order.pop()], donor):
                planted[rule] = planted.get(rule, 0) + 1
    added += [dict(rows[order.pop()]) for _ in range(COPIES["exact"])]
    free = [name for name in table.columns if name not in table.key and not _is_asked(name, table)]
    if free:
        for _ in range(COPIES["conflicting"]):
            row = rows[order.pop()]
            other = next((v for _ in range(50) if (v := donor(free[0])) and v != row[free[0]]), "")
            if other:
                added.append({**row, free[0]: other})
                planted["key_unique"] = planted.get("key_unique", 0) + 2
    return Spoilt(_raw(pl.DataFrame([*rows, *added], schema=dict.fromkeys(table.columns, pl.String))), planted)


def _is_asked(name: str, table: Table) -> bool:
    """Whether a rule of the table looks at a column, so that changing it may break more than one rule."""
    return any(name in rule.columns for rule in table.rules)


def _plans(table: Table) -> list[tuple[str, Any]]:
    plans: list[tuple[str, Any]] = []
    for column in table.columns.values():
        plans += _of_column(column)
    plans += [(rule.name, _breaking(rule, table)) for rule in table.rules if rule.table != table.name]
    return [(name, change) for name, change in plans if change is not None]


def _set(name: str, value: str) -> Any:
    def change(row: dict[str, str], _donor: Any) -> bool:
        row[name] = value
        return True

    return change


def _of_column(column: Column) -> list[tuple[str, Any]]:
    """What breaks the rules that follow from a column's own facts."""
    name, found = column.name, []
    if column.required:
        found.append((f"{name}_present", _set(name, "")))
    if column.enum:
        found.append((f"{name}_code_known", _set(name, "98765" if column.logical_type == "integer" else "QX9")))
    for bound, sign in ((column.minimum, -1), (column.maximum, 1)):
        if isinstance(bound, str):
            found.append((f"{name}_in_range", _set(name, str(date.fromisoformat(bound) + timedelta(days=sign)))))
        elif bound is not None:
            found.append((f"{name}_in_range", _set(name, f"{bound + sign:g}")))
    if column.pattern is not None:
        found.append((f"{name}_pattern", _set(name, "*")))
    if column.max_length is not None:
        found.append((f"{name}_length", _set(name, "X" * (column.max_length + 1))))
    if column.min_length is not None and column.min_length > 1:
        found.append((f"{name}_length", _set(name, "X" * (column.min_length - 1))))
    return found


def _breaking(rule: Rule, table: Table) -> Any:  # noqa: PLR0911 - one case for each rule of the vocabulary
    """What breaks a named rule; None where a row alone cannot be made to."""
    used = rule.implementation
    match rule.kind:
        case "not_after_as_of":
            return _set(used.column, str(SAMPLE_AS_OF + timedelta(days=used.days + 1)))
        case "not_before" | "not_after":
            return lambda row, donor: _shift(row, used, table, donor, -1 if rule.kind == "not_before" else 1)
        case "between":
            return _set(used.column, f"{used.high + 1:g}")
        case "not_between":
            return _set(used.column, f"{used.low:g}")
        case "requires":
            return lambda row, donor: _require(row, used, donor)
        case "at_least_one":
            return lambda row, _donor: row.update(dict.fromkeys(used.columns, "")) is None
        case "at_most_one":
            return lambda row, donor: all(_fill(row, name, donor) for name in used.columns[:2])
        case "pattern" | "upn_check" | "nhs_number_check":
            return _set(used.column, "*")
        case "foreign_key":
            return _orphan(rule.columns[0])
        case "not_before_parent":
            return _set(used.column, "1990-01-01")
        case "unique":
            return lambda row, donor: all(_fill(row, name, donor) for name in used.columns)
        case _:
            return None


def _orphan(name: str) -> Any:
    """A parent that is nowhere; no two rows name the same, so that they do not come to share a key."""

    def change(row: dict[str, str], _donor: Any) -> bool:
        row[name] = f"NOBODY{row[name]}"
        return True

    return change


def _fill(row: dict[str, str], name: str, donor: Any) -> bool:
    row[name] = donor(name)
    return bool(row[name])


def _shift(row: dict[str, str], used: Any, table: Table, donor: Any, sign: int) -> bool:
    """A value one step beyond the one it is compared with."""
    other = row[used.other] or donor(used.other)
    if not other:
        return False
    row[used.other] = other
    if table.columns[used.column].logical_type == "date":
        row[used.column] = str(date.fromisoformat(other) + timedelta(days=used.days + sign))
    else:
        row[used.column] = f"{float(other) + sign:g}"
    return True


def _require(row: dict[str, str], used: Any, donor: Any) -> bool:
    when = used.when
    if when.equals:
        row[when.column] = _written(when.equals[0])
    else:
        row[when.column] = donor(when.column) if when.present else ""
    if used.absent:
        return _fill(row, used.column, donor)
    row[used.column] = ""
    return True


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
