"""Which row breaks which rule: the text of a table typed, and every rule tried on every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.contracts.comparisons import as_of_literal
from fi_workbench.contracts.implied import RowCheck, row_checks
from fi_workbench.contracts.outcome import DEFECT, Checked, Finding
from fi_workbench.contracts.parsing import Parse, clean_text, parse_plan
from fi_workbench.contracts.references import Keys, orphans_of
from fi_workbench.contracts.rules import Rule
from fi_workbench.contracts.table import Table

SOUND = "_sound"
LONG = 20_000
"""Rows from which on it is asked whether a list has few different days."""
OFTEN = 5
"""A day that stands so often on average is read once and looked up; else each is read."""


@dataclass(frozen=True)
class Broken:
    """A rule of severity error and, for each row, whether the row breaks it."""

    rule: str
    column: str
    reason: str
    rows: pl.Series


@dataclass(frozen=True)
class Judged:
    """Typed rows and what they break.

    Attributes:
        typed: the contract's columns and `_sound`, false for a record whose fields cannot be told apart.
        flags: for each rule of severity warning, the rows that break it.
    """

    typed: pl.DataFrame
    broken: list[Broken]
    flags: dict[str, pl.Series]
    findings: list[Finding]

    @property
    def bad(self) -> pl.Series:
        """Rows that break anything."""
        bad = ~self.typed[SOUND]
        for one in self.broken:
            bad = bad | one.rows
        return bad


def judge(raw: pl.DataFrame, table: Table, *, as_of: date, others: Mapping[str, Checked]) -> Judged:
    """Type the rows and try every rule but the uniqueness of the key, which is asked of sound rows only."""
    typed, odd, findings = _typed(raw, parse_plan(table), as_of)
    checks = _checks(table, odd)
    tried = typed.lazy().select(one.fails.alias(str(i)) for i, (one, _) in enumerate(checks)).collect()
    sound = typed[SOUND]
    judged = Judged(typed, [], {}, findings)
    for position, (one, severity) in enumerate(checks):
        failing = tried[str(position)]
        if not failing.any():
            continue
        if severity == "error":
            judged.broken.append(Broken(one.rule, one.column, one.reason, failing & sound))
        else:
            judged.flags[one.rule] = failing & sound
    for rule in table.rules:
        if rule.kind == "foreign_key":
            _try_foreign_key(rule, table, judged, others)
        elif rule.table:
            _try_beside_parent(rule, judged, others)
    return judged


def _try_beside_parent(rule: Rule, judged: Judged, others: Mapping[str, Checked]) -> None:
    """Compare a date with one of the row that this one hangs on, whether that one was accepted or not."""
    known, asked = others.get(rule.table), rule.implementation
    if known is None:
        judged.findings.append(Finding(f"rule not tried: {rule.table} was not delivered", rule.name, 0))
        return
    beside = pl.concat(part.select(pl.col(asked.by), pl.col(asked.other).alias("_other")) for part in known.rows)
    beside = beside.drop_nulls().unique(asked.by, keep="first", maintain_order=True)
    joined = judged.typed.select(asked.by, asked.column).join(beside, on=asked.by, how="left", maintain_order="left")
    early = pl.col(asked.column) < pl.col("_other") + pl.duration(days=asked.days)
    failing = joined.select(early.fill_null(value=False).alias("_early"))["_early"] & judged.typed[SOUND]
    if rule.severity == "warning":
        judged.flags[rule.name] = failing
    else:
        judged.broken.append(Broken(rule.name, asked.column, rule.reason, failing))


def _try_foreign_key(rule: Rule, table: Table, judged: Judged, others: Mapping[str, Checked]) -> None:
    parents = others.get(rule.table)
    if rule.table == table.name:
        accepted, refused = judged.typed.filter(~judged.bad), judged.typed.filter(judged.bad)
        orphans = orphans_of(judged.typed, rule, Keys.of(accepted, rule.others), refused)
    elif parents is None:
        judged.findings.append(Finding(f"rule not tried: {rule.table} was not delivered", rule.name, 0))
        return
    else:
        orphans = orphans_of(judged.typed, rule, parents.keys(rule.others), parents.quarantined)
    if orphans is None:
        return
    missing, cascade = orphans
    sound = judged.typed[SOUND]
    if rule.severity == "warning":
        judged.flags[rule.name] = (missing | cascade) & sound
        return
    reason = f"The row that this one belongs to, in {rule.table}, was itself quarantined."
    judged.broken.append(Broken(rule.name, rule.columns[0], rule.reason, missing & sound))
    judged.broken.append(Broken("parent_quarantined", rule.columns[0], reason, cascade & sound))


def _typed(raw: pl.DataFrame, plan: list[Parse], as_of: date) -> tuple[pl.DataFrame, list[Parse], list[Finding]]:
    """Typed columns under their own names, `_sound` (fields told apart), and `_unread.<column>` of the odd columns.

    Odd are the columns with a cell that is not written plainly; all others hold nothing unreadable and nothing to note.
    """
    read = _read_plainly(raw, plan)
    odd = [one for one in plan if one.plain is None or _is_odd(raw[one.column.name], read[one.column.name])]
    text = clean_text(raw, [one.column for one in odd]) if odd else pl.DataFrame()
    noted = [(what, one.column.name, where) for one in odd for what, where in one.noted]
    careful = (
        text.lazy()
        .select(
            *(one.typed.alias(one.column.name) for one in odd),
            *(one.unread.alias(f"_unread.{one.column.name}") for one in odd),
            *(where.fill_null(value=False).alias(f"_noted.{i}") for i, (_, _, where) in enumerate(noted)),
        )
        .collect()
    )
    counts = careful.select(pl.col("^_noted\\..*$").sum()).rows()
    findings = [
        Finding(what, where, n) for (what, where, _), n in zip(noted, counts[0] if counts else (), strict=False) if n
    ]
    taken = {one.column.name for one in odd}
    columns = [careful[n] if n in taken else read[n] for n in (one.column.name for one in plan)]
    unread = [careful[f"_unread.{name}"] for name in taken]
    sound = raw[DEFECT].is_null() if DEFECT in raw.columns else pl.repeat(value=True, n=raw.height, eager=True)
    return pl.DataFrame([*columns, *unread, sound.alias(SOUND)]).with_columns(as_of_literal(as_of)), odd, findings


def _read_plainly(raw: pl.DataFrame, plan: list[Parse]) -> pl.DataFrame:
    """The typed values of plain cells, null for any other."""
    plain = {one.column.name: one.plain.alias(one.column.name) for one in plan if one.plain is not None}
    # A long list has few different days: each is read once.
    dates = [one.column.name for one in plan if one.column.logical_type == "date" and one.column.name in plain]
    few = {name: raw[name].unique() for name in dates if raw.height >= LONG}
    few = {name: days for name, days in few.items() if len(days) * OFTEN < raw.height}
    read = raw.lazy().select(way for name, way in plain.items() if name not in few).collect()
    for name, days in few.items():
        typed = days.to_frame().select(plain[name])[name]
        read = read.with_columns(raw[name].replace_strict(days, typed, return_dtype=pl.Date))
    return read


def _is_odd(raw: pl.Series, read: pl.Series) -> bool:
    """Whether a cell that is not empty was not read."""
    return read.null_count() != raw.null_count() + int((raw == "").sum())


def _checks(table: Table, odd: list[Parse]) -> list[tuple[RowCheck, str]]:
    """Every rule; text that could not be read is one fault, not also a missing value."""
    unread = {parse.column.name: pl.col(f"_unread.{parse.column.name}") for parse in odd}
    checks: list[tuple[RowCheck, str]] = [
        (RowCheck(parse.rule, parse.column.name, parse.reason, unread[parse.column.name]), "error") for parse in odd
    ]
    for one in row_checks(table):
        # Codes were matched when they were parsed.
        if one.rule == f"{one.column}_code_known" and table.columns[one.column].logical_type == "string":
            continue
        fails = one.fails & ~unread[one.column] if one.column in unread else one.fails
        checks.append((RowCheck(one.rule, one.column, one.reason, fails), "error"))
    for rule in table.rules:
        broken = rule.fails()
        if broken is not None:
            read = [~unread[name] for name in rule.columns if name in unread]
            fails = pl.all_horizontal(broken, *read) if read else broken
            checks.append((RowCheck(rule.name, rule.columns[0], rule.reason, fails), rule.severity))
    return checks
