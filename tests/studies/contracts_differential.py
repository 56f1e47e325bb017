"""The same files through our contracts and through another tool of the standard: rows that break each rule, by both.

`python -m tests.studies.contracts_differential` prints the tables kept in `contracts_differential.md`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Checked, Contract, all_contracts, check
from fi_workbench.contracts.implied import row_checks
from fi_workbench.contracts.judging import judge
from fi_workbench.contracts.sample import SAMPLE_AS_OF
from fi_workbench.contracts.table import Table
from fi_workbench.loaders import tabular
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.settings import parse_settings
from tests.studies import contracts_files as files
from tests.studies import contracts_peer as peer
from tests.studies import contracts_spoiling as spoiling

SEED = 20261122
CATALOGUE = all_contracts()
SOURCES = tuple(sorted(contract.source for contract in CATALOGUE.contracts if contract.is_source))
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})


@dataclass(frozen=True)
class Compared:
    """One rule of one table, counted by both.

    Attributes:
        planted: rows that were made to break it; None for files that were not made so.
    """

    table: str
    rule: str
    kind: str
    ours: int
    theirs: int
    planted: int | None = None


@dataclass
class Outcome:
    """What both made of the files of one source."""

    source: str
    compared: list[Compared] = field(default_factory=list)
    ours_only: list[str] = field(default_factory=list)
    theirs_only: list[str] = field(default_factory=list)
    seconds: tuple[float, float] = (0.0, 0.0)

    @property
    def differences(self) -> list[Compared]:
        """Rules that the two count differently."""
        return [one for one in self.compared if one.ours != one.theirs]


def spoilt(source: str, folder: Path, seed: int = SEED) -> dict[str, spoiling.Spoilt]:
    """Write a file for each table of a source, in which every rule is broken."""
    contract = CATALOGUE.source(source)
    made = spoiling.spoilt_tables(contract, seed)
    for name, one in made.items():
        spoiling.write(one.raw, contract.tables[name], folder / f"{name}.csv")
    return made


def compare(
    source: str, folder: Path, planted: Mapping[str, Mapping[str, int]] | None = None, as_of: date = SAMPLE_AS_OF
) -> Outcome:
    """Count with both.

    Args:
        source: whose contract the files follow.
        folder: holds `<table>.csv` for each table that was delivered.
        planted: for each table, how many rows were made to break each rule.
        as_of: what the files cover up to.
    """
    contract = CATALOGUE.source(source)
    tables = [table for table in contract.in_order() if (folder / f"{table.name}.csv").is_file()]
    began = time.perf_counter()
    mine = ours(contract, tables, folder, as_of)
    between = time.perf_counter()
    theirs = peer.counts(contract, tables, folder, as_of)
    outcome = Outcome(source, seconds=(between - began, time.perf_counter() - between))
    for table in tables:
        kinds = _kinds(table)
        for rule, n in mine[table.name].items():
            if rule not in theirs[table.name]:
                outcome.ours_only.append(f"{table.name}.{rule}")
                continue
            told = None if planted is None else planted[table.name].get(rule, 0)
            one = Compared(table.name, rule, kinds[rule], n, theirs[table.name][rule], told)
            outcome.compared.append(one)
        beside = sorted(set(theirs[table.name]) - set(mine[table.name]))
        outcome.theirs_only += [f"{table.name}.{rule}" for rule in beside]
    return outcome


def ours(contract: Contract, tables: Sequence[Table], folder: Path, as_of: date) -> dict[str, dict[str, int]]:
    """How many rows break each rule of each table, as we count them; delimited files through their loader."""
    raw: dict[str, pl.DataFrame] = {}
    checked: dict[str, Checked] = {}
    counted: dict[str, dict[str, int]] = {}
    for table in tables:
        path = folder / f"{table.name}.csv"
        if contract.format == "delimited":
            extract = tabular.read([path], contract, SETTINGS, as_of=as_of)
            checked |= check_tables(extract.tables, contract, as_of)
            raw[table.name] = extract.tables[0].rows
        else:
            raw[table.name] = spoiling.read(path, table)
            checked[table.name] = check(raw[table.name], table, as_of=as_of, others=checked)
        counted[table.name] = _counted(raw[table.name], table, checked, as_of)
    return counted


def _counted(raw: pl.DataFrame, table: Table, checked: Mapping[str, Checked], as_of: date) -> dict[str, int]:
    one = checked[table.name]
    rules = {check.rule for check in row_checks(table)} | {rule.name for rule in table.rules}
    found = {rule: one.by_rule.get(rule, 0) for rule in sorted(rules)}
    # What `Checked` flags are accepted rows; the other tool knows no severity and looks at all of them.
    flagged = judge(raw, table, as_of=as_of, others=checked).flags
    found |= {
        rule.name: int(flagged[rule.name].sum()) if rule.name in flagged else 0
        for rule in table.rules
        if rule.severity == "warning"
    }
    found["key_unique"] = one.by_rule.get("key_unique", 0) + _beside(raw, table, one)
    found["rows"] = one.n_read
    unreadable = sorted(set(one.by_rule) - set(found) - {"parent_quarantined"})
    return found | {rule: one.by_rule[rule] for rule in unreadable}


def _beside(raw: pl.DataFrame, table: Table, checked: Checked) -> int:
    """Rows that share their key and that we do not count as such; the other tool counts every row that shares one.

    Those alike in every column, and those beside a row that was refused for another reason. No two accepted rows may
    share a key: then one of these is a row that we ought to have refused.
    """
    key = list(table.key)
    assert not checked.accepted.select(pl.struct(key).is_duplicated().any()).item(), f"{table.name}: a key twice"
    whole = raw.select("_record", *key).filter(pl.all_horizontal(pl.col(name) != "" for name in key))
    shared = whole.filter(pl.struct(key).is_duplicated())
    counted = checked.quarantined.filter(pl.col("rules").list.contains("key_unique")).select("_record")
    return shared.join(counted, on="_record", how="anti").height


def _kinds(table: Table) -> dict[str, str]:
    """What each rule asks, in words that both know."""
    said = {
        "present": "required",
        "code_known": "enum",
        "in_range": "minimum, maximum",
        "length": "length",
        "pattern": "pattern",
    }
    found = {one.rule: said[one.rule.removeprefix(f"{one.column}_")] for one in row_checks(table)}
    found |= {rule.name: rule.kind for rule in table.rules}
    return found | {"key_unique": "primaryKey", "rows": "rowCount"}


def main() -> None:
    """Print what is kept in the record."""
    out = [f"{peer.versions()}; Python {sys.version.split()[0]}, polars {pl.__version__}.", ""]
    outcomes = {
        kind: list(made()) for kind, made in (("spoilt", _all_spoilt), ("authority", _authority), ("others", _others))
    }
    out += ["### By what a rule asks, in the spoilt files", "", *_by_kind(outcomes["spoilt"]), ""]
    police = next(outcome for outcome in outcomes["spoilt"] if outcome.source == "police_notifications")
    out += ["### Rule by rule, in the spoilt file of police notifications", "", *_by_rule(police), ""]
    out += ["### Spoilt files of every source", "", *_by_source(outcomes["spoilt"]), ""]
    out += ["### The last deliveries of a synthetic authority", "", *_by_source(outcomes["authority"]), ""]
    out += ["### The sample school census of other people", "", *_by_source(outcomes["others"])]
    sys.stdout.write("\n".join(out) + "\n")


def _all_spoilt() -> Iterator[Outcome]:
    for source in SOURCES:
        with tempfile.TemporaryDirectory() as name:
            made = spoilt(source, Path(name))
            yield compare(source, Path(name), {table: one.planted for table, one in made.items()})


def _authority() -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as there:
        extracts = files.authority(Path(there))
        for source in SOURCES:
            with tempfile.TemporaryDirectory() as name:
                if files.last_delivery(extracts, CATALOGUE.source(source), Path(name)):
                    yield compare(source, Path(name))


def _others() -> Iterator[Outcome]:
    samples = Path(os.environ.get("FI_SAMPLES", Path(__file__).resolve().parents[3] / "shared" / "samples"))
    if samples.is_dir():
        with tempfile.TemporaryDirectory() as name:
            files.school_census(samples, CATALOGUE.source("school_census"), Path(name))
            yield compare("school_census", Path(name))


def _by_kind(outcomes: Sequence[Outcome]) -> list[str]:
    everything = [one for outcome in outcomes for one in outcome.compared]
    lines = [
        "| what the rule asks | rules | planted | ours | theirs | rules counted differently |",
        "|---|---|---|---|---|---|",
    ]
    for kind in sorted({one.kind for one in everything}):
        them = [one for one in everything if one.kind == kind]
        sums = [sum(n) for n in zip(*((one.planted or 0, one.ours, one.theirs) for one in them), strict=True)]
        differ = sum(one.ours != one.theirs for one in them)
        lines.append(f"| {kind} | {len(them)} | {' | '.join(f'{n:,}' for n in sums)} | {differ} |")
    return lines


def _by_rule(outcome: Outcome) -> list[str]:
    told = [f"| {one.rule} | {one.kind} | {one.planted} | {one.ours} | {one.theirs} |" for one in outcome.compared]
    return ["| rule | what it asks | planted | ours | theirs |", "|---|---|---|---|---|", *told]


def _by_source(outcomes: Sequence[Outcome]) -> list[str]:
    lines = [
        "| source | tables | rows | rules | rows by rule, ours | theirs | counted differently | our seconds | theirs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        rows = [one.ours for one in outcome.compared if one.rule == "rows"]
        rules = [one for one in outcome.compared if one.rule != "rows"]
        told = (len(rows), sum(rows), len(rules), sum(one.ours for one in rules), sum(one.theirs for one in rules))
        counted = " | ".join(f"{n:,}" for n in (*told, len(outcome.differences)))
        lines.append(f"| {outcome.source} | {counted} | {outcome.seconds[0]:.2f} | {outcome.seconds[1]:.1f} |")
    return lines


if __name__ == "__main__":
    main()
