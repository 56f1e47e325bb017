"""Our contracts and their rules against another tool of the same standard, installed in an environment of its own.

About four minutes, most of them the tool's. What both count of each rule is kept in contracts_differential.md.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fi_workbench.resources import shipped
from tests.studies import contracts_differential as differential
from tests.studies import contracts_peer as peer
from tests.studies import contracts_spoiling as spoiling

PATHS = sorted(shipped("data_contracts").rglob("*.odcs.yaml"))
NUMBERS = ("upn_check", "nhs_number_check")
"""Check characters of pupil and patient numbers, which cannot be written as a question in SQL."""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_the_standards_lint_has_nothing_to_say(path: Path, tmp_path: Path) -> None:
    assert peer.lint(path, tmp_path) == peer.Lint(0, ())


def test_the_lint_finds_a_word_that_the_standard_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "misspelt.odcs.yaml"
    path.write_text(PATHS[-1].read_text(encoding="utf-8").replace("required:", "requird:", 1), encoding="utf-8")
    assert peer.lint(path, tmp_path) != peer.Lint(0, ())


@pytest.mark.parametrize("source", differential.SOURCES)
def test_both_count_the_same_rows_for_every_rule(source: str, tmp_path: Path) -> None:
    made = differential.spoilt(source, tmp_path)
    outcome = differential.compare(source, tmp_path, {name: one.planted for name, one in made.items()})
    assert outcome.differences == []
    # The tool takes every column of a key for required; ours may be empty where the contract says so.
    optional = {
        f"{table.name}.{name}_present"
        for table in differential.CATALOGUE.source(source).tables.values()
        for name in table.key
        if not table.columns[name].required
    }
    assert set(outcome.theirs_only) <= optional
    kinds = {
        rule.name: rule.kind for table in differential.CATALOGUE.source(source).tables.values() for rule in table.rules
    }
    assert {kinds[name.split(".")[1]] for name in outcome.ours_only} <= set(NUMBERS)
    for one in outcome.compared:
        assert one.ours > 0, f"{one.table}: {one.rule} was broken by no row, so nothing was compared"
        assert one.ours >= (one.planted or 0), f"{one.table}: {one.rule}"


@pytest.mark.parametrize("change", ["a code", "a key again"])
def test_a_row_that_only_one_of_them_sees_is_a_difference(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = differential.CATALOGUE.source("police_notifications").table("police_notifications")
    differential.spoilt("police_notifications", tmp_path)
    ours = differential.ours

    def with_one_more(contract, tables, folder, as_of):
        raw = spoiling.read(folder / f"{table.name}.csv", table)
        coded = next(name for name, column in table.columns.items() if column.enum)
        last = raw.tail(1).with_columns(pl.col("_record") + 1, pl.col("_line") + 1)
        more = last.with_columns(pl.lit("no such code").alias(coded)) if change == "a code" else last
        spoiling.write(pl.concat([raw, more]), table, folder / f"{table.name}.csv")
        counted = ours(contract, tables, folder, as_of)
        spoiling.write(raw, table, folder / f"{table.name}.csv")
        return counted

    monkeypatch.setattr(differential, "ours", with_one_more)
    assert {one.rule for one in differential.compare("police_notifications", tmp_path).differences} >= {"rows"}
