"""Whether a table's rules fit its columns: checked when the contract is read, not when the first file comes."""

from __future__ import annotations

import difflib
import re
from datetime import date
from typing import Any, NoReturn

import polars as pl

from fi_workbench.contracts.comparisons import Between, NotAfter, NotAfterAsOf, NotBefore, NotBetween
from fi_workbench.contracts.document import TableObject, TypeOptions
from fi_workbench.contracts.parameters import Value
from fi_workbench.contracts.rules import (
    Exclusive,
    ForeignKey,
    NhsNumberCheck,
    NotBeforeParent,
    Pattern,
    Requires,
    Rule,
    UpnCheck,
)
from fi_workbench.contracts.table import Column
from fi_workbench.errors import ContractError

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def refuse(what: str, where: str) -> NoReturn:
    """Refuse a contract.

    Raises:
        ContractError: always.
    """
    raise ContractError(f"The contract cannot be used: {what}.", where=where, next_step="Correct the contract file.")


def table_rules(given: TableObject, columns: dict[str, Column], *, is_source: bool, where: str) -> tuple[Rule, ...]:
    """The rules of a table, its columns' foreign keys among them.

    Raises:
        ContractError: a name twice, a column that does not exist or is of another type.
    """
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
            refuse("use a rule `unique` rather than `unique: true` of a column", f"{where}, column {item.name}")
    names: set[str] = set()
    for rule in rules:
        place = f"{where}, rule {rule.name}"
        if rule.name in names:
            refuse("two rules have this name", place)
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
            refuse(f"the rule names {name}, which is not a column of the table{hint}", where)
    used = rule.implementation
    types = {columns[name].logical_type for name in rule.columns}
    if isinstance(used, NotBefore | NotAfter):
        if len(types) != 1 or not types <= {"date", "integer", "number", "timestamp"}:
            refuse(f"{rule.kind} compares two dates or two numbers", where)
        if used.days and types != {"date"}:
            refuse("`days` is for dates", where)
    if isinstance(used, NotBeforeParent) and columns[used.column].logical_type != "date":
        refuse("not_before_parent compares two dates", where)
    if isinstance(used, NotAfterAsOf) and (types != {"date"} or not is_source):
        refuse("not_after_as_of is for a date of a source", where)
    if isinstance(used, Between | NotBetween) and not types <= {"integer", "number"}:
        refuse(f"{rule.kind} is for numbers", where)
    if isinstance(used, Pattern | UpnCheck | NhsNumberCheck) and types != {"string"}:
        refuse(f"{rule.kind} is for text", where)
    if isinstance(used, Pattern):
        check_pattern(used.pattern, where)
    if isinstance(used, Requires):
        _check_values(used.one_of, columns[used.column], where)
        _check_values(used.when.equals, columns[used.when.column], where)
    if isinstance(used, Exclusive):
        _check_values(used.values, columns[used.column], where)


def _check_values(values: tuple[Value, ...], column: Column, where: str) -> None:
    """Values that a rule names must be values that the column can have."""
    kinds = _PYTHON_TYPES.get(column.logical_type, ())
    for value in values:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            refuse(f"{value!r} is not a value that {column.name} ({column.logical_type}) can have", where)
        if column.enum and str(value) not in column.enum:
            refuse(f"{value!r} is not one of the codes of {column.name}", where)


def check_options(options: TypeOptions, logical_type: str, where: str) -> None:
    """Whether what narrows a type fits the type.

    Raises:
        ContractError: bounds of text, a pattern of a number, a bound that is no date.
    """
    bounds = [bound for bound in (options.minimum, options.maximum) if bound is not None]
    if bounds and logical_type not in {"integer", "number", "date"}:
        refuse("minimum and maximum are for numbers and dates", where)
    for bound in bounds:
        if isinstance(bound, str) != (logical_type == "date") or (isinstance(bound, str) and not _is_date(bound)):
            refuse(f"the bound {bound} is not a {logical_type}", where)
    narrows_text = (options.pattern, options.min_length, options.max_length)
    if logical_type != "string" and any(given is not None for given in narrows_text):
        refuse("pattern, minLength and maxLength are for text", where)
    if options.pattern is not None:
        check_pattern(options.pattern, where)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_pattern(pattern: str, where: str) -> None:
    """Refuse a pattern that polars cannot run (look-around, back-references) before any file meets it.

    Raises:
        ContractError: the pattern is not one of its dialect.
    """
    try:
        pl.select(pl.lit("").str.contains(rf"^(?:{pattern})$"))
    except pl.exceptions.ComputeError:
        refuse(
            f"the pattern {re.sub(r'[^ -~]', '?', pattern)} cannot be run (no look-around, no back-reference)", where
        )
