"""From the checked shape of a contract file to its meaning: types, keys, rules and what a source promises."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.contracts.dates import FORMATS
from fi_workbench.contracts.document import CustomProperty, Document, Property, TableObject
from fi_workbench.contracts.fitting import check_options, refuse, table_rules
from fi_workbench.contracts.limits import limits_of
from fi_workbench.contracts.parsing import plain_code
from fi_workbench.contracts.table import DTYPES, PERSON_PARTS, Cadence, Column, Contract, Table

SOURCE_PROPERTIES = ("source", "format", "delivery", "scope", "asOf", "coverage", "kind", "room", "expected", "limits")
CHOICES = {
    "format": ("delimited", "cin_census_xml", "ssda903_return", "annex_a_workbook", "table_folder"),
    "delivery": ("full", "window", "increment"),
    "scope": ("none", "census_year"),
    "asOf": ("fileName", "header", "folder"),
    "kind": ("case_system", "statutory_return", "partner", "roster", "programme"),
}
CLOCK_PROPERTIES = ("validFrom", "validTo")
HELD_BACK = {"absent": "", "formerRowStands": "former_row_stands", "personCounts": "person_counts"}
TABLE_PROPERTIES = (*CLOCK_PROPERTIES, "heldBack")
COLUMN_PROPERTIES = ("unit", "placeholders", "missingTokens", "codeSynonyms", "person", "whose", "belongsTo")
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
                refuse(f"the custom property {name} must be one of {', '.join(valid)}", where)
    tables = {}
    for table in document.tables:
        if table.name in tables:
            refuse(f"the table {table.name} is described twice", where)
        tables[table.name] = _table(table, document, chosen, f"{where}, table {table.name}")
    _check_belonging(tables, where)
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
        expected=_expected(chosen, where),
        limits=limits_of(chosen.get("limits"), where),
        path=path,
        fingerprint=fingerprint,
    )


def _check_belonging(tables: dict[str, Table], where: str) -> None:
    for table in tables.values():
        for column in table.columns.values():
            parent, _, other = column.belongs_to.partition(".")
            if column.belongs_to and (parent not in tables or other not in tables[parent].columns):
                place = f"{where}, table {table.name}, column {column.name}"
                refuse(f"belongsTo names {column.belongs_to}, which is no table.column of this contract", place)


def _expected(chosen: dict[str, Any], where: str) -> bool:
    given = chosen.get("expected", True)
    if not isinstance(given, bool):
        refuse("the custom property expected must be true or false", where)
    return bool(given)


def _properties(given: Iterable[CustomProperty], valid: tuple[str, ...], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in given:
        if item.property not in valid:
            near = difflib.get_close_matches(item.property, valid, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"valid here: {', '.join(valid)}"
            refuse(f"there is no custom property {item.property}; {hint}", where)
        if item.property in found:
            refuse(f"the custom property {item.property} is given twice", where)
        found[item.property] = item.value
    return found


def _cadence(document: Document, where: str, *, needed: bool) -> Cadence | None:
    for promise in document.service_levels:
        if promise.property == "frequency":
            if promise.unit not in _UNITS or not isinstance(promise.value, int) or promise.value < 1:
                refuse(f"frequency needs a whole number and a unit of {', '.join(_UNITS)}", where)
            return Cadence(promise.value, promise.unit)  # type: ignore[arg-type]
    if needed:
        refuse("a source needs its cadence: `slaProperties: [{property: frequency, value: 1, unit: w}]`", where)
    return None


def _table(given: TableObject, document: Document, chosen: dict[str, Any], where: str) -> Table:
    columns: dict[str, Column] = {}
    for item in given.properties:
        if item.name in columns:
            refuse(f"the column {item.name} is described twice", where)
        columns[item.name] = _column(item, f"{where}, column {item.name}")
    validity = _properties(given.custom_properties, TABLE_PROPERTIES, where)
    held_back = _held_back(validity.get("heldBack", "absent"), chosen, where)
    clocks: dict[str, str | None] = {}
    for name in CLOCK_PROPERTIES:
        column = validity.get(name, "none")
        if column != "none" and (column not in columns or columns[column].logical_type != "date"):
            refuse(f"{name} names {column}, which is not a date column of the table", where)
        clocks[name] = None if column == "none" else column
    key = tuple(c.name for c in sorted((c for c in columns.values() if c.is_key), key=lambda c: c.key_position or 0))
    if not key:
        refuse("the table has no key: mark its columns with primaryKey and primaryKeyPosition", where)
    if not given.grain.strip():
        refuse("the grain is empty: say one row per what", where)
    return Table(
        name=given.name,
        description=given.description,
        grain=given.grain,
        key=key,
        columns=columns,
        rules=table_rules(given, columns, is_source="source" in chosen, where=where),
        contract_id=document.id,
        contract_version=document.version,
        source=chosen.get("source", ""),
        delivery=chosen.get("delivery") if "source" in chosen else None,
        scope=chosen.get("scope", "none"),
        valid_from=clocks["validFrom"],
        valid_to=clocks["validTo"],
        physical_name=given.physical_name or given.name,
        held_back=held_back,
    )


def _held_back(given: Any, chosen: dict[str, Any], where: str) -> Any:
    if given not in HELD_BACK:
        refuse(f"heldBack must be one of {', '.join(HELD_BACK)}", where)
    if given != "absent" and chosen.get("delivery") != "full":
        refuse("heldBack is for full deliveries: only in them does a row that is held back count as gone", where)
    return HELD_BACK[given]


def _column(item: Property, where: str) -> Column:
    own = _properties(item.custom_properties, COLUMN_PROPERTIES, where)
    options = item.logical_type_options
    formats = tuple(part.strip() for part in options.format.split("|") if part.strip())
    if item.logical_type == "date":
        for written in formats:
            if written not in FORMATS:
                refuse(f"the date format {written} is not one of {', '.join(FORMATS)}", where)
        formats = formats or ("yyyy-MM-dd",)
    elif formats:
        refuse("`format` is for dates", where)
    check_options(options, item.logical_type, where)
    if (item.primary_key_position is not None) and not item.primary_key:
        refuse("primaryKeyPosition without primaryKey: true", where)
    if item.logical_type == "array" and item.items is None:
        refuse("an array needs `items: {logicalType: string}`", where)
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
        code_synonyms=_code_synonyms(own.get("codeSynonyms"), labels, where),
        unit=own.get("unit"),
        person_part=_person_part(own.get("person"), item, where),
        whose=_whose(own.get("whose", False), item, where),
        belongs_to=str(own.get("belongsTo", "")),
        synonyms=tuple(word.synonym for word in item.synonyms),
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


def _person_part(given: Any, item: Property, where: str) -> str:
    if given is None:
        return ""
    if given not in PERSON_PARTS:
        refuse(f"the custom property person is {given}; it must be one of {', '.join(PERSON_PARTS)}", where)
    if given == "date_of_birth" and item.logical_type != "date":
        refuse("a column that is the date of birth must be a date", where)
    return str(given)


def _whose(given: Any, item: Property, where: str) -> bool:
    if not isinstance(given, bool):
        refuse("the custom property whose must be true or false", where)
    if given and (item.logical_type != "string" or item.classification not in {"case_reference", "personal"}):
        refuse("a column that says whose row it is must be text that names a person", where)
    return bool(given)


def _codes(item: Property, where: str) -> tuple[tuple[str, ...], dict[str, str]]:
    labels: dict[str, str] = {}
    for code in item.enum:
        value = code.value if hasattr(code, "value") else code
        if not isinstance(value, str) and item.logical_type == "string":
            refuse(f"the code {value} must be written in quotation marks, since 01 and 1 are different codes", where)
        if str(value) in labels:
            refuse(f"the code {value} is given twice", where)
        if item.logical_type == "integer" and not isinstance(value, int):
            refuse(f"the code {value} of a whole number must be one", where)
        labels[str(value)] = getattr(code, "label", "") or str(value)
    if labels and item.logical_type not in {"string", "integer"}:
        refuse("an enum is for text and whole numbers", where)
    return tuple(labels), labels


def _code_synonyms(given: Any, labels: dict[str, str], where: str) -> dict[str, str]:
    """Other ways of writing each code; where a column has any, its labels are read too.

    A label that two codes share says nothing and is left out; a synonym that two codes share is a fault.
    """
    if given is None:
        return {}
    if not isinstance(given, dict):
        refuse("codeSynonyms lists, for codes of the column, other ways of writing them", where)
    found: dict[str, str] = {}
    known = {plain_code(label) for label in labels.values()}
    for code, label in labels.items():
        if sum(plain_code(other) == plain_code(label) for other in labels.values()) == 1:
            found[plain_code(label)] = code
    for code, words in given.items():
        if str(code) not in labels:
            refuse(f"codeSynonyms names the code {code}, which the column does not have", where)
        for word in _words(words):
            if found.get(plain_code(word), str(code)) != str(code) and plain_code(word) not in known:
                refuse(f"codeSynonyms gives one word to two codes, {found[plain_code(word)]} and {code}", where)
            found[plain_code(word)] = str(code)
    return found


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    words = value if isinstance(value, list) else str(value).split("|")
    return tuple(str(word).strip() for word in words)
