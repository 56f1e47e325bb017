"""Another tool of the contracts' standard, `datacontract-cli`, in an environment of its own, and what it is given.

It pins versions that we do not want beside ours, so it is installed by pip into a folder that is not under version
control: `.peers/`, or the folder that FI_PEERS names.

It reads a contract's columns as they are: required, codes, bounds, lengths, patterns, keys and foreign keys. Rules of
our own vocabulary, which other tools pass over, are written for it a second time in what the standard knows: a pattern
as `invalidValues`, a foreign key as a relationship, the rest as SQL. That second writing is independent of ours: no
line of it is shared with the engine that it is held against.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from fi_workbench.contracts import Contract
from fi_workbench.contracts.rules import Rule
from fi_workbench.contracts.table import Column, Table

PACKAGE = "datacontract-cli[duckdb]>=1.2.8,<1.3"
"""The only place where the peer's versions are pinned."""
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 600

KINDS = {
    "field_required": "present",
    "field_primary_key_required": "present",
    "field_enum": "code_known",
    "field_minimum": "in_range",
    "field_maximum": "in_range",
    "field_min_length": "length",
    "field_max_length": "length",
    "field_regex": "pattern",
}
"""Checks that the tool derives from a column, and how our rule on the same fact is named."""


class PeerError(Exception):
    """The tool did not answer: what it said instead."""


@dataclass(frozen=True)
class Lint:
    """What the tool's lint says of a contract: its exit code, and every check that did not pass."""

    code: int
    complaints: tuple[str, ...]


def tool() -> Path:
    """The tool's program; the test is skipped, saying why, where pip cannot install it."""
    folder = Path(os.environ.get("FI_PEERS", _ROOT / ".peers")) / "datacontract"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    stamp = folder / "installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != PACKAGE:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], "no virtual environment can be made")
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
        _run(pip, f"pip cannot install {PACKAGE}")
        stamp.write_text(PACKAGE, encoding="utf-8")
    return programs / "datacontract"


def _run(command: Sequence[str], why: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{why}: no answer in {_PATIENCE} seconds")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        pytest.skip(f"{why}: {said[-1] if said else 'it says nothing'}")


def versions() -> str:
    """The versions of the tool and of the engine below it."""
    asked = "import importlib.metadata as m; print(*(f'{p} {m.version(p)}' for p in ('datacontract-cli', 'duckdb')), sep=', ')"
    python = tool().parent / "python"
    return subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


def lint(path: Path, folder: Path) -> Lint:
    """Lint one contract file."""
    answer, code = _answer(["lint", str(path), "--all-errors"], folder)
    told = [f"{one['name']}: {one['reason']}" for one in answer["checks"] if one["result"] != "passed"]
    told += [line["message"] for line in answer.get("logs") or [] if line["level"].upper() not in {"INFO", "DEBUG"}]
    return Lint(code, tuple(told))


def counts(contract: Contract, tables: Sequence[Table], folder: Path, as_of: date) -> dict[str, dict[str, int]]:
    """How many rows break each rule of each table, as the tool counts them.

    Args:
        contract: whose file is read.
        tables: those that were delivered, each as `<table>.csv` in `folder`.
        folder: takes the contract as it is handed over, and the tool's answer.
        as_of: what the extract covers up to.

    Returns:
        For each table, its rules by our names. `rows` is how many rows were read, `key_unique` how many rows share
        their key with another.

    Raises:
        PeerError: a check was not run, or none of the table's.
    """
    given = folder / f"{contract.source}.odcs.yaml"
    given.write_text(yaml.safe_dump(handed_over(contract, tables, folder, as_of), allow_unicode=True), encoding="utf-8")
    answer, _ = _answer(["test", str(given)], folder)
    found: dict[str, dict[str, int]] = {table.name: {} for table in tables}
    for one in answer["checks"]:
        if one["type"] == "field_is_present":
            if one["result"] != "passed":
                raise PeerError(f"{one['model']}: {one['name']}: {one['reason']}")
            continue
        told = one["diagnostics"] or {}
        if "value" not in told:
            raise PeerError(f"{one['model']}: {one['name']}: {one['reason']}")
        table = contract.tables[one["model"]]
        rule = _rule(one, table, contract)
        rows = told["failed_rows"] if rule == "key_unique" and "failed_rows" in told else told["value"]
        found[table.name][rule] = found[table.name].get(rule, 0) + int(rows)
    return found


def _rule(one: Mapping[str, Any], table: Table, contract: Contract) -> str:
    """Our name of the rule that one of the tool's checks tries."""
    if one["qualityId"]:
        return str(one["qualityId"])
    if one["type"] in {"primary_key_unique", "field_primary_key_unique"}:
        return "key_unique"
    if one["type"] == "field_relationships":
        by_key = {_key(rule, table, contract): rule.name for rule in table.rules if rule.table in contract.tables}
        return by_key[one["key"]]
    name = next(column.name for column in table.columns.values() if heading(column) == one["field"])
    return f"{name}_{KINDS[one['type']]}"


def _key(rule: Rule, table: Table, contract: Contract) -> str:
    mine = "__".join(heading(table.columns[name]) for name in rule.columns)
    theirs = "__".join(heading(contract.tables[rule.table].columns[other]) for other in rule.others)
    return f"{table.name}__{mine}__{rule.table}__{theirs}__field_relationships"


def heading(column: Column) -> str:
    """A column's heading without points, which the tool takes for the path into an object."""
    return column.physical_name.replace(".", "")


def _answer(command: Sequence[str], folder: Path) -> tuple[dict[str, Any], int]:
    out = folder / "answer.json"
    out.unlink(missing_ok=True)
    asked = [str(tool()), *command, "--output-format", "json", "--output", str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=_PATIENCE, check=False, cwd=folder)
    if not out.is_file():
        raise PeerError(f"no answer: {(done.stderr or done.stdout).strip()[-500:]}")
    answer: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return answer, done.returncode


def handed_over(contract: Contract, tables: Sequence[Table], folder: Path, as_of: date) -> dict[str, Any]:
    """The contract as it is, where its files lie, and our own rules in the standard's terms.

    A table's `physicalName` is left out: for files the tool makes a view by `name` and then looks for `physicalName`.
    Headings lose their points, see `heading`. Columns that a file does not have are left out, and the rules on them.
    """
    assert contract.path is not None
    document: dict[str, Any] = yaml.load(contract.path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    document["servers"] = [
        {"server": "files", "type": "local", "path": f"{folder}/{{model}}.csv", "format": "csv", "delimiter": ","}
    ]
    delivered = {table.name for table in tables}
    document["schema"] = [one for one in document["schema"] if one["name"] in delivered]
    for given in document["schema"]:
        table = contract.tables[given["name"]]
        given.pop("physicalName", None)
        given["quality"] = [{"id": "rows", "type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": 0}]
        headings = _headings(folder / f"{table.name}.csv")
        given["properties"] = [one for one in given["properties"] if heading(table.columns[one["name"]]) in headings]
        columns = {one["name"]: one for one in given["properties"]}
        for one in columns.values():
            links = [link for link in one.get("relationships", []) if link["to"].split(".")[0] in delivered]
            one.pop("relationships", None)
            if "physicalName" in one:
                one["physicalName"] = heading(table.columns[one["name"]])
            if links:
                one["relationships"] = links
        linked = {name for name, one in columns.items() if "relationships" in one}
        for rule in table.rules:
            if (rule.table and rule.table not in delivered) or not set(rule.columns) <= set(columns):
                continue
            if rule.kind == "foreign_key":
                if not (len(rule.columns) == 1 and rule.columns[0] in linked):
                    to = [f"{rule.table}.{other}" for other in rule.others]
                    if len(to) == 1:
                        columns[rule.columns[0]].setdefault("relationships", []).append(
                            {"type": "foreignKey", "to": to[0]}
                        )
                    else:
                        link = {
                            "type": "foreignKey",
                            "from": [f"{table.name}.{name}" for name in rule.columns],
                            "to": to,
                        }
                        given.setdefault("relationships", []).append(link)
            elif rule.kind == "pattern":
                asked = {"pattern": f"^(?:{rule.implementation.pattern})$"}
                wanted = {
                    "id": rule.name,
                    "type": "library",
                    "metric": "invalidValues",
                    "arguments": asked,
                    "mustBe": 0,
                }
                columns[rule.columns[0]].setdefault("quality", []).append(wanted)
            elif rule.kind in _SQL:
                query = _SQL[rule.kind](rule, table, contract, as_of)
                given["quality"].append({"id": rule.name, "type": "sql", "query": query, "mustBe": 0})
    return document


def _headings(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _values(values: Sequence[Any]) -> str:
    return ", ".join(_value(value) for value in values)


def _of(table: Table) -> Callable[[str], str]:
    return lambda name: '"' + heading(table.columns[name]).replace('"', '""') + '"'


def _count(rule: Rule, table: Table, where: str) -> str:
    """Rows that break a rule; a code that nobody knows is one fault and not a second one of every rule on it."""
    known = [
        f" AND ({_of(table)(name)} IS NULL OR {_of(table)(name)} IN ({_values(table.columns[name].enum)}))"
        for name in rule.columns
        if table.columns[name].enum and table.columns[name].logical_type == "string"
    ]
    return f'SELECT count(*) FROM "{table.name}" WHERE ({where}){"".join(known)}'


def _plus(days: int) -> str:
    return f" + {days}" if days else ""


def _not_before(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    name, used = _of(table), rule.implementation
    return _count(rule, table, f"{name(used.column)} < {name(used.other)}{_plus(used.days)}")


def _not_after(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    name, used = _of(table), rule.implementation
    return _count(rule, table, f"{name(used.column)} > {name(used.other)}{_plus(used.days)}")


def _not_after_as_of(rule: Rule, table: Table, _c: Contract, as_of: date) -> str:
    used = rule.implementation
    return _count(rule, table, f"{_of(table)(used.column)} > DATE '{as_of}'{_plus(used.days)}")


def _between(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    used = rule.implementation
    word = "NOT BETWEEN" if rule.kind == "between" else "BETWEEN"
    return _count(rule, table, f"{_of(table)(used.column)} {word} {used.low} AND {used.high}")


def _requires(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    name, used, when = _of(table), rule.implementation, rule.implementation.when
    if when.present is None:
        holds = f"{name(when.column)} IN ({_values(when.equals)})"
    else:
        holds = f"{name(when.column)} IS {'NOT ' if when.present else ''}NULL"
    if used.one_of:
        broken = f"({name(used.column)} IS NULL OR {name(used.column)} NOT IN ({_values(used.one_of)}))"
    else:
        broken = f"{name(used.column)} IS {'NULL' if used.present else 'NOT NULL'}"
    return _count(rule, table, f"{holds} AND {broken}")


def _at_least_one(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    return _count(rule, table, " AND ".join(f"{_of(table)(name)} IS NULL" for name in rule.columns))


def _at_most_one(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    held = " + ".join(f"CASE WHEN {_of(table)(name)} IS NULL THEN 0 ELSE 1 END" for name in rule.columns)
    return _count(rule, table, f"{held} > 1")


def _groups(table: Table, names: Sequence[str], having: str) -> str:
    listed = ", ".join(_of(table)(name) for name in names)
    return (
        f'SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM "{table.name}" GROUP BY {listed} HAVING {having})'
    )


def _exclusive(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    code = _of(table)(rule.implementation.column)
    several = f"count(DISTINCT {code}) + max(CASE WHEN {code} IS NULL THEN 1 ELSE 0 END) > 1"
    alone = f"max(CASE WHEN {code} IN ({_values(rule.implementation.values)}) THEN 1 ELSE 0 END) = 1"
    return _groups(table, rule.implementation.within, f"{alone} AND {several}")


def _unique(rule: Rule, table: Table, _c: Contract, _d: date) -> str:
    whole = " AND ".join(f"max(CASE WHEN {_of(table)(name)} IS NULL THEN 1 ELSE 0 END) = 0" for name in rule.columns)
    return _groups(table, rule.columns, f"count(*) > 1 AND {whole}")


def _not_before_parent(rule: Rule, table: Table, contract: Contract, _d: date) -> str:
    used, mine, theirs = rule.implementation, _of(table), _of(contract.tables[rule.table])
    return (
        f'SELECT count(*) FROM "{table.name}" a JOIN (SELECT {theirs(used.by)} AS by_, any_value({theirs(used.other)}) '
        f'AS other_ FROM "{rule.table}" GROUP BY {theirs(used.by)}) b ON a.{mine(used.by)} = b.by_ '
        f"WHERE a.{mine(used.column)} < b.other_{_plus(used.days)}"
    )


_SQL: dict[str, Callable[[Rule, Table, Contract, date], str]] = {
    "not_before": _not_before,
    "not_after": _not_after,
    "not_after_as_of": _not_after_as_of,
    "between": _between,
    "not_between": _between,
    "requires": _requires,
    "at_least_one": _at_least_one,
    "at_most_one": _at_most_one,
    "exclusive": _exclusive,
    "unique": _unique,
    "not_before_parent": _not_before_parent,
}
