"""Our own frames keep their contract, or the work stops with counts and no values."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from fi_workbench.contracts import empty, sample, validate
from fi_workbench.contracts.reading import parse_contract
from fi_workbench.errors import ContractError

DERIVED = """
apiVersion: v3.2.0
kind: DataContract
id: test.derived
name: Spells
version: 1.0.0
status: active
description: {purpose: "To test."}
team: {name: "Test team"}
schema:
  - name: spells
    description: Spells.
    dataGranularityDescription: one row per person and start
    properties:
      - {name: person_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: pseudonym}
      - {name: start, logicalType: date, required: true, primaryKey: true, primaryKeyPosition: 2, classification: internal}
      - {name: end, logicalType: date, classification: internal}
      - {name: n, logicalType: integer, required: true, classification: internal, logicalTypeOptions: {minimum: 0}}
      - {name: state, logicalType: string, classification: internal, enum: [open, closed]}
      - {name: sources, logicalType: array, items: {logicalType: string}, classification: internal}
    quality:
      - {name: ends_after_start, description: A spell ends after it starts., type: custom, engine: fi-workbench, implementation: {rule: not_before, column: end, other: start}}
      - {name: end_known, description: The end is usually known., type: custom, engine: fi-workbench, severity: warning, implementation: {rule: at_least_one, columns: [end]}}
"""

TABLE = parse_contract(DERIVED, where="test").table("spells")
SECRET = "Zebedee"


def good():
    return pl.DataFrame(
        {
            "state": ["open", None],
            "person_id": ["p2", "p1"],
            "start": [date(2024, 1, 1), date(2024, 1, 2)],
            "end": [None, date(2024, 1, 2)],
            "n": pl.Series([1, 0], dtype=pl.UInt32),
            "sources": [["a"], []],
        }
    )


def test_a_good_frame_comes_back_in_the_contracts_order_sorted_by_key():
    found = validate(good(), TABLE)
    assert found.columns == list(TABLE.columns)
    assert found.schema == pl.Schema(TABLE.polars_schema())
    assert found["person_id"].to_list() == ["p1", "p2"]


def test_a_column_of_nulls_takes_the_contracts_type():
    assert validate(good().with_columns(end=pl.lit(None)), TABLE).schema["end"] == pl.Date


def test_no_rows_are_valid_and_typed():
    assert empty(TABLE).schema == pl.Schema(TABLE.polars_schema())
    assert validate(empty(TABLE), TABLE).height == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.drop("n"), "column n is missing"),
        (lambda f: f.with_columns(extra=pl.lit(1)), "column extra is not in the contract"),
        (lambda f: f.rename({"state": "states"}), "meant for state?"),
        (lambda f: f.with_columns(pl.col("n").cast(pl.Float64)), "column n is Float64 and should be Int64"),
        (lambda f: f.with_columns(pl.col("start").cast(pl.String)), "column start is String and should be Date"),
        (lambda f: f.with_columns(n=pl.lit(None, pl.Int64)), "n_present"),
        (lambda f: f.with_columns(n=pl.lit(-1)), "n_in_range"),
        (lambda f: f.with_columns(state=pl.lit(SECRET)), "state_code_known"),
        (
            lambda f: f.with_columns(end=pl.lit(date(2023, 1, 1))),
            "ends_after_start (A spell ends after it starts.): 2 rows",
        ),
        (lambda f: pl.concat([f, f]), "key_unique"),
    ],
)
def test_what_breaks_the_contract_is_counted_and_never_shown(change, told):
    with pytest.raises(ContractError) as caught:
        validate(change(good()), TABLE)
    assert told in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "p1" not in str(caught.value)


def test_all_faults_are_told_at_once():
    with pytest.raises(ContractError) as caught:
        validate(good().with_columns(n=pl.lit(-1), state=pl.lit("x")), TABLE)
    assert "n_in_range" in str(caught.value)
    assert "state_code_known" in str(caught.value)


def test_a_sample_satisfies_its_contract_and_repeats():
    one, two, other = sample(TABLE, 30, seed=1), sample(TABLE, 30, seed=1), sample(TABLE, 30, seed=2)
    assert one.height == 30
    assert one.equals(two)
    assert not one.equals(other)
    assert validate(one, TABLE).equals(one)
    assert sample(TABLE, 0, seed=1).height == 0
