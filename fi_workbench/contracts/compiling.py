"""From the checked shape of a contract file to its meaning: types, keys, rules and what a source promises."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.contracts.dates import FORMATS
from fi_workbench.contracts.document import CustomProperty, Document, Property, TableObject
from fi_workbench.contracts.rules import (
    Between,
    Exclusive,
    ForeignKey,
    NhsNumberCheck,
    NotAfter,
    NotAfterAsOf,
    NotBefore,
    NotBetween,
    Pattern,
    Rule,
    UpnCheck,
)
from fi_workbench.contracts.table import DTYPES, Cadence, Column, Contract, Table
from fi_workbench.errors import ContractError

SOURCE_PROPERTIES = ("source", "format", "delivery", "scope", "asOf", "coverage", "kind", "room")
CHOICES = {
    "format": ("delimited", "cin_census_xml", "ssda903_csv"),
    "delivery": ("full", "window", "increment"),
    "scope": ("none", "census_year"),
    "asOf": ("fileName", "header", "folder"),
    "kind": ("case_system", "statutory_return", "partner", "roster", "programme"),
}
TABLE_PROPERTIES = ("validFrom", "validTo")
COLUMN_PROPERTIES = ("unit", "placeholders", "missingTokens")
_UNITS = ("d", "w", "m", "q", "y")


def compile_contract(document: Document, *, where: str, path: Path | None, fingerprint: str) -> Contract:
    """Give a contract file its meaning.

    Raises:
        ContractError: a promise that is missing, a rule on a column that does not exist or is of another type, a
            pattern that polars cannot run.
    """
    chosen = _properties(document.custom_properties, SOURCE_PROPERTIES, where)
    is_source = "source" in chosen
    if is_source:
        for name, valid in CHOICES.items():
            if name == "scope":
                chosen.setdefault("scope", "none")
            if chosen.get(name) not in valid:
                _refuse(f"the custom property {name} must be one of {', '.join(valid)}", where)
    tables = {}
    for table in document.tables:
        if table.name in tables:
            _refuse(f"the table {table.name} is described twice", where)
        tables[table.name] = _table(table, document, chosen, f"{where}, table {table.name}")
    return Contract(
        id=document.id,
        name=document.name,
        version=document.version,
        owner=document.team.name,
        purpose=document.description.purpose,
        usage=document.description.usage,
        limitations=document.description.limitations,
        cadence=_cadence(document, where, needed=is_source),
        tables=tables,
        source=chosen.get("source", ""),
        kind=chosen["kind"] if is_source else "derived",
        format=chosen.get("format", "") if is_source else "",
        delivery=chosen["delivery"] if is_source else None,
        scope=chosen.get("scope", "none"),
        as_of=chosen.get("asOf", "") if is_source else "",
        coverage=str(chosen.get("coverage", "")),
        path=path,
        fingerprint=fingerprint,
    )


def _refuse(what: str, where: str, next_step: str = "Correct the contract file.") -> None:
    raise ContractError(f"The contract cannot be used: {what}.", where=where, next_step=next_step)


def _properties(given: Iterable[CustomProperty], valid: tuple[str, ...], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in given:
        if item.property not in valid:
            near = difflib.get_close_matches(item.property, valid, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"valid here: {', '.join(valid)}"
            _refuse(f"there is no custom property {item.property}; {hint}", where)
        if item.property in found:
            _refuse(f"the custom property {item.property} is given twice", where)
        found[item.property] = item.value
    return found


def _cadence(document: Document, where: str, *, needed: bool) -> Cadence | None:
    for promise in document.service_levels:
        if promise.property == "frequency":
            if promise.unit not in _UNITS or not isinstance(promise.value, int) or promise.value < 1:
                _refuse(f"frequency needs a whole number and a unit of {', '.join(_UNITS)}", where)
            return Cadence(promise.value, promise.unit)  # type: ignore[arg-type]
    if needed:
        _refuse("a source needs its cadence: `slaProperties: [{property: frequency, value: 1, unit: w}]`", where)
    return None


def _table(given: TableObject, document: Document, chosen: dict[str, Any], where: str) -> Table:
    columns: dict[str, Column] = {}
    for item in given.properties:
        if item.name in columns:
            _refuse(f"the column {item.name} is described twice", where)
        columns[item.name] = _column(item, f"{where}, column {item.name}")
    validity = _properties(given.custom_properties, TABLE_PROPERTIES, where)
    clocks: dict[str, str | None] = {}
    for name in TABLE_PROPERTIES:
        column = validity.get(name, "none")
        if column != "none" and (column not in columns or columns[column].logical_type != "date"):
            _refuse(f"{name} names {column}, which is not a date column of the table", where)
        clocks[name] = None if column == "none" else column
    key = tuple(c.name for c in sorted((c for c in columns.values() if c.is_key), key=lambda c: c.key_position or 0))
    if not key:
        _refuse("the table has no key: mark its columns with primaryKey and primaryKeyPosition", where)
    if not given.grain.strip():
        _refuse("the grain is empty: say one row per what", where)
    return Table(
        name=given.name,
        description=given.description,
        grain=given.grain,
        key=key,
        columns=columns,
        rules=_rules(given, columns, is_source="source" in chosen, where=where),
        contract_id=document.id,
        contract_version=document.version,
        source=chosen.get("source", ""),
        delivery=chosen.get("delivery") if "source" in chosen else None,
        scope=chosen.get("scope", "none"),
        valid_from=clocks["validFrom"],
        valid_to=clocks["validTo"],
        physical_name=given.physical_name or given.name,
    )


def _column(item: Property, where: str) -> Column:
    own = _properties(item.custom_properties, COLUMN_PROPERTIES, where)
    options = item.logical_type_options
    formats = tuple(part.strip() for part in options.format.split("|") if part.strip())
    if item.logical_type == "date":
        for written in formats:
            if written not in FORMATS:
                _refuse(f"the date format {written} is not one of {', '.join(FORMATS)}", where)
        formats = formats or ("yyyy-MM-dd",)
    elif formats:
        _refuse("`format` is for dates", where)
    if options.pattern is not None:
        check_pattern(options.pattern, where)
    if (item.primary_key_position is not None) and not item.primary_key:
        _refuse("primaryKeyPosition without primaryKey: true", where)
    if item.logical_type == "array" and item.items is None:
        _refuse("an array needs `items: {logicalType: string}`", where)
    codes, labels = _codes(item, where)
    dtype = pl.List(pl.String()) if item.logical_type == "array" else DTYPES[item.logical_type]
    return Column(
        name=item.name,
        physical_name=item.physical_name or item.name,
        business_name=item.business_name or item.name.replace("_", " ").capitalize(),
        description=item.description,
        logical_type=item.logical_type,
        dtype=dtype,
        required=item.required,
        classification=item.classification,
        key_position=(item.primary_key_position or 1) if item.primary_key else None,
        enum=codes,
        labels=labels,
        unit=own.get("unit"),
        synonyms=item.synonyms,
        formats=formats,
        placeholders=_words(own.get("placeholders")),
        missing_tokens=_words(own.get("missingTokens")),
        minimum=options.minimum,
        maximum=options.maximum,
        min_length=options.min_length,
        max_length=options.max_length,
        pattern=options.pattern,
        examples=tuple(str(example) for example in item.examples),
    )


def _codes(item: Property, where: str) -> tuple[tuple[str, ...], dict[str, str]]:
    labels: dict[str, str] = {}
    for code in item.enum:
        value = code.value if hasattr(code, "value") else code
        if not isinstance(value, str) and item.logical_type == "string":
            _refuse(f"the code {value} must be written in quotation marks, since 01 and 1 are different codes", where)
        if str(value) in labels:
            _refuse(f"the code {value} is given twice", where)
        labels[str(value)] = getattr(code, "label", "") or str(value)
    if labels and item.logical_type not in {"string", "integer"}:
        _refuse("an enum is for text and whole numbers", where)
    return tuple(labels), labels


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    words = value if isinstance(value, list) else str(value).split("|")
    return tuple(str(word).strip() for word in words)


def _rules(given: TableObject, columns: dict[str, Column], *, is_source: bool, where: str) -> tuple[Rule, ...]:
    rules = [
        Rule(quality.name, quality.description, quality.severity, _grouped(quality.implementation, columns))
        for quality in given.quality
    ]
    for item in given.properties:
        for link in item.relationships:
            table, _, other = link.to.partition(".")
            target = ForeignKey(rule="foreign_key", column=item.name, table=table, other=other)
            reason = link.description or f"Each {columns[item.name].business_name.lower()} must be one of {table}."
            rules.append(Rule(f"{item.name}_parent_present", reason, "error", target))
        if item.unique:
            _refuse("use a rule `unique` rather than `unique: true` of a column", f"{where}, column {item.name}")
    names: set[str] = set()
    for rule in rules:
        place = f"{where}, rule {rule.name}"
        if rule.name in names:
            _refuse("two rules have this name", place)
        names.add(rule.name)
        _check_rule(rule, columns, is_source=is_source, where=place)
    return tuple(rules)


def _grouped(used: Any, columns: dict[str, Column]) -> Any:
    """An exclusive code stands alone within the rest of the key, where the rule does not say within what."""
    if not isinstance(used, Exclusive) or used.within:
        return used
    return used.model_copy(
        update={"within": tuple(c.name for c in columns.values() if c.is_key and c.name != used.column)}
    )


def _check_rule(rule: Rule, columns: dict[str, Column], *, is_source: bool, where: str) -> None:
    for name in rule.columns:
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            _refuse(f"the rule names {name}, which is not a column of the table{hint}", where)
    used = rule.implementation
    types = {columns[name].logical_type for name in rule.columns}
    if isinstance(used, NotBefore | NotAfter):
        if len(types) != 1 or not types <= {"date", "integer", "number", "timestamp"}:
            _refuse(f"{rule.kind} compares two dates or two numbers", where)
        if used.days and types != {"date"}:
            _refuse("`days` is for dates", where)
    if isinstance(used, NotAfterAsOf) and (types != {"date"} or not is_source):
        _refuse("not_after_as_of is for a date of a source", where)
    if isinstance(used, Between | NotBetween) and not types <= {"integer", "number"}:
        _refuse(f"{rule.kind} is for numbers", where)
    if isinstance(used, Pattern | UpnCheck | NhsNumberCheck) and types != {"string"}:
        _refuse(f"{rule.kind} is for text", where)
    if isinstance(used, Pattern):
        check_pattern(used.pattern, where)


def check_pattern(pattern: str, where: str) -> None:
    """Refuse a pattern that polars cannot run (look-around, back-references) before any file meets it.

    Raises:
        ContractError: the pattern is not one of its dialect.
    """
    try:
        pl.select(pl.lit("").str.contains(rf"^(?:{pattern})$"))
    except pl.exceptions.ComputeError:
        _refuse(
            f"the pattern {re.sub(r'[^ -~]', '?', pattern)} cannot be run (no look-around, no back-reference)", where
        )
