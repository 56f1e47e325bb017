"""The promise to whoever delivers: every row is accepted, quarantined with all its reasons, or a counted duplicate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fi_workbench.contracts.implied import RowCheck, row_checks
from fi_workbench.contracts.parsing import Parse, clean_text, parse_plan
from fi_workbench.contracts.rules import AS_OF, Rule, as_of_literal
from fi_workbench.contracts.table import Table
from fi_workbench.errors import ContractError

PLACE = ("_file", "_line", "_record")
RAW = "_raw"
DEFECT = "_defect"
_PLACE_TYPES = {"_file": pl.String(), "_line": pl.Int64(), "_record": pl.Int64()}


@dataclass(frozen=True)
class Finding:
    """Something read leniently or flagged, with its count; never a value."""

    what: str
    where: str
    how_many: int


@dataclass(frozen=True)
class Checked:
    """What a contract makes of the rows of one table; each row read is in exactly one of the three frames.

    Attributes:
        accepted: the contract's columns, typed, then `_file`, `_line`, `_record`. GRAIN: one row per accepted record,
            in the order of the file.
        quarantined: the same columns (null where the text could not be read), `_raw`, and `rules`, `columns` and
            `reasons`, lists of equal length. GRAIN: one row per quarantined record.
        duplicates: `_file`, `_line`, `_record`, `_raw` of rows that repeat an accepted row in every column.
        by_rule: quarantined rows by the rules they break; a row that breaks two counts under both.
        flags: accepted rows by the rules of severity warning that they break.
        findings: what was read leniently.
    """

    accepted: pl.DataFrame
    quarantined: pl.DataFrame
    duplicates: pl.DataFrame
    by_rule: Mapping[str, int]
    flags: Mapping[str, int]
    findings: tuple[Finding, ...] = ()

    @property
    def n_read(self) -> int:
        """Rows that came in."""
        return self.accepted.height + self.quarantined.height + self.duplicates.height


def check(raw: pl.DataFrame, table: Table, *, as_of: date, others: Mapping[str, Checked] | None = None) -> Checked:
    """Part the text rows of a source table into accepted, quarantined and duplicate rows.

    Exact duplicates: of accepted rows that agree in every column of the contract the first is kept. Conflicting
    duplicates: rows that share the key and differ are all quarantined, since nothing says which is true.

    Args:
        raw: every contract column as String, and `_file`, `_line`, `_record`, `_raw`; optionally `_defect`.
        table: the contract's table.
        as_of: what the extract covers up to.
        others: what became of the tables of the same delivery that foreign keys point to. A foreign key to a table
            that was not delivered is not tried, and that is said.

    Returns:
        The three parts; `Checked.n_read` equals the rows of `raw`.

    Raises:
        ContractError: `raw` lacks a column or holds other than text.
    """
    _check_shape(raw, table)
    plan = parse_plan(table)
    typed = _typed(raw, table, plan, as_of)
    checks = _checks(table, plan)
    errors = [check for check, severity in checks if severity == "error"]
    warnings = [check for check, severity in checks if severity == "warning"]
    findings = _findings(raw, table, plan)
    flags: dict[str, pl.Series] = {}
    broken: list[tuple[RowCheck, pl.Series]] = []
    sound = typed["_sound"]
    for group in (errors, warnings):
        series = typed.lazy().select(c.fails.alias(str(i)) for i, c in enumerate(group)).collect()
        for position, one in enumerate(group):
            failing = series[str(position)] & sound
            if group is errors:
                broken.append((one, failing))
            else:
                flags[one.rule] = failing
    for rule in table.rules:
        if not rule.table:
            continue
        parents = _parents(rule, table, typed, broken, others or {})
        if parents is None:
            findings.append(Finding(f"rule not tried: {rule.table} was not delivered", rule.name, 0))
            continue
        missing, refused = _orphans(rule, typed, *parents)
        if rule.severity == "warning":
            flags[rule.name] = (missing | refused) & sound
            continue
        reason = f"The row that this one belongs to, in {rule.table}, was itself quarantined."
        broken.append((RowCheck(rule.name, rule.columns[0], rule.reason, pl.lit(value=False)), missing & sound))
        cascade = RowCheck("parent_quarantined", rule.columns[0], reason, pl.lit(value=False))
        broken.append((cascade, refused & sound))
    return _part(raw, typed, table, broken, flags, findings)


def _check_shape(raw: pl.DataFrame, table: Table) -> None:
    needed = [*table.columns, *PLACE, RAW]
    missing = [name for name in needed if name not in raw.columns]
    not_text = [name for name in table.columns if name in raw.columns and raw.schema[name] != pl.String]
    if missing or not_text:
        raise ContractError(
            "The rows handed over for checking do not have the shape of raw rows.",
            where=f"table {table.name}",
            how_many=f"{len(missing)} columns missing ({', '.join(missing)}), {len(not_text)} not text",
            next_step="This is a fault of the reader, not of the file: report it.",
        )


def _typed(raw: pl.DataFrame, table: Table, plan: list[Parse], as_of: date) -> pl.DataFrame:
    """Typed columns under their own names, `_unread.<column>` and `_sound` (fields told apart)."""
    text = clean_text(raw, table)
    typed = text.lazy().select(
        *(parse.typed.alias(parse.column.name) for parse in plan),
        *(parse.unread.alias(f"_unread.{parse.column.name}") for parse in plan),
        as_of_literal(as_of),
    )
    sound = raw[DEFECT].is_null() if DEFECT in raw.columns else pl.repeat(value=True, n=raw.height, eager=True)
    return typed.collect().with_columns(sound.alias("_sound")) if raw.height else _no_rows(table, plan)


def _no_rows(table: Table, plan: list[Parse]) -> pl.DataFrame:
    unread = {f"_unread.{parse.column.name}": pl.Boolean() for parse in plan}
    return pl.DataFrame(schema=table.polars_schema() | unread | {AS_OF: pl.Date(), "_sound": pl.Boolean()})


def _checks(table: Table, plan: list[Parse]) -> list[tuple[RowCheck, str]]:
    checks: list[tuple[RowCheck, str]] = []
    for parse in plan:
        unread = pl.col(f"_unread.{parse.column.name}")
        checks.append((RowCheck(parse.rule, parse.column.name, parse.reason, unread), "error"))
    for one in row_checks(table):
        # Text that could not be read is one fault, not also a missing value; codes were matched when parsed.
        if one.rule == f"{one.column}_code_known" and table.columns[one.column].logical_type == "string":
            continue
        read = ~pl.col(f"_unread.{one.column}")
        checks.append((RowCheck(one.rule, one.column, one.reason, one.fails & read), "error"))
    for rule in table.rules:
        fails = rule.fails()
        if fails is not None:
            readable = pl.all_horizontal(~pl.col(f"_unread.{name}") for name in rule.columns)
            checks.append((RowCheck(rule.name, rule.columns[0], rule.reason, fails & readable), rule.severity))
    return checks


def _findings(raw: pl.DataFrame, table: Table, plan: list[Parse]) -> list[Finding]:
    text = clean_text(raw, table)
    counts = {
        (what, parse.column.name): expression.fill_null(value=False).sum()
        for parse in plan
        for what, expression in parse.noted
    }
    found: list[Finding] = []
    if counts and raw.height:
        row = text.select(expression.alias(str(i)) for i, expression in enumerate(counts.values())).row(0)
        found = [Finding(what, where, n) for (what, where), n in zip(counts, row, strict=True) if n]
    return found


def _parents(
    rule: Rule,
    table: Table,
    typed: pl.DataFrame,
    broken: list[tuple[RowCheck, pl.Series]],
    others: Mapping[str, Checked],
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Keys of the accepted and of the quarantined rows that a foreign key points to."""
    if rule.table != table.name:
        known = others.get(rule.table)
        return None if known is None else (known.accepted, known.quarantined)
    bad = ~typed["_sound"]
    for _, failing in broken:
        bad = bad | failing
    return typed.filter(~bad), typed.filter(bad)


def _orphans(
    rule: Rule, typed: pl.DataFrame, accepted: pl.DataFrame, refused: pl.DataFrame
) -> tuple[pl.Series, pl.Series]:
    """Rows whose parent is nowhere, and rows whose parent was refused; an empty reference is neither."""

    def known_in(parents: pl.DataFrame) -> pl.Series:
        keys = parents.select(
            pl.col(theirs).alias(mine) for mine, theirs in zip(rule.columns, rule.others, strict=True)
        )
        keys = keys.unique().with_columns(pl.lit(value=True).alias("_known"))
        joined = typed.select(rule.columns).join(keys, on=list(rule.columns), how="left", maintain_order="left")
        return joined["_known"].fill_null(value=False)

    refers = typed.select(pl.all_horizontal(pl.col(name).is_not_null() for name in rule.columns).alias("_refers"))[
        "_refers"
    ]
    lost = refers & ~known_in(accepted)
    cascade = lost & known_in(refused)
    return lost & ~cascade, cascade


def _part(
    raw: pl.DataFrame,
    typed: pl.DataFrame,
    table: Table,
    broken: list[tuple[RowCheck, pl.Series]],
    flags: dict[str, pl.Series],
    findings: list[Finding],
) -> Checked:
    names = list(table.columns)
    bad = ~typed["_sound"]
    for _, failing in broken:
        bad = bad | failing
    numbered = typed.select(names).with_columns(raw[name] for name in PLACE).with_row_index("_row")
    kept = numbered.filter(~bad)
    shared = kept.filter(pl.struct(table.key).is_duplicated())
    again = shared.filter(~pl.struct(names).is_first_distinct())["_row"]
    once = shared.filter(~pl.col("_row").is_in(again.implode()))
    conflict = once.filter(pl.struct(table.key).is_duplicated())["_row"]
    row = numbered["_row"]
    is_again, is_conflict = row.is_in(again.implode()), row.is_in(conflict.implode())
    reason = "Other rows of the file have the same key and say something else; nothing tells which is true."
    unique = RowCheck("key_unique", ", ".join(table.key), reason, pl.lit(value=False))
    broken = [*broken, (unique, is_conflict)]
    bad = bad | is_conflict
    accepted = ~bad & ~is_again
    quarantined = _quarantined(raw, numbered.drop("_row"), broken, bad)
    counts = Counter(quarantined["rules"].list.unique().explode().drop_nulls().to_list())
    return Checked(
        accepted=numbered.drop("_row").filter(accepted),
        quarantined=quarantined,
        duplicates=raw.select(*PLACE, RAW).filter(is_again),
        by_rule=dict(sorted(counts.items())),
        flags={name: n for name, failing in flags.items() if (n := int((failing & accepted).sum()))},
        findings=tuple(findings),
    )


def _quarantined(
    raw: pl.DataFrame, numbered: pl.DataFrame, broken: list[tuple[RowCheck, pl.Series]], bad: pl.Series
) -> pl.DataFrame:
    """The refused rows with every rule they break, in the contract's order."""
    rows = numbered.with_columns(raw[RAW]).filter(bad)
    defect = raw[DEFECT].filter(bad) if DEFECT in raw.columns else pl.Series([None] * rows.height, dtype=pl.String)
    told = defect.to_frame("defect").with_columns(
        pl.col("defect").str.split_exact(": ", 1).struct.field("field_0").alias("rule"),
        pl.col("defect").str.replace(r"^[a-z0-9_]+: ", "").alias("reason"),
        pl.when(pl.col("defect").is_not_null()).then(pl.lit("")).alias("column"),
    )
    failing = pl.DataFrame([series.filter(bad).alias(str(i)) for i, (_, series) in enumerate(broken)])
    table = pl.concat([told, failing], how="horizontal")

    def listed(first: str, words: list[str]) -> pl.Expr:
        each = [pl.when(pl.col(str(i))).then(pl.lit(word)) for i, word in enumerate(words)]
        return pl.concat_list(pl.col(first), *each).list.drop_nulls()

    return rows.with_columns(
        table.select(
            listed("rule", [one.rule for one, _ in broken]).alias("rules"),
            listed("column", [one.column for one, _ in broken]).alias("columns"),
            listed("reason", [one.reason for one, _ in broken]).alias("reasons"),
        )
    )
