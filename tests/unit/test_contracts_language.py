"""What a contract file may say, and what it is told when it says something else."""

from __future__ import annotations

import pytest

from fi_workbench.contracts.reading import parse_contract
from fi_workbench.errors import ContractError

GOOD = """
apiVersion: v3.2.0
kind: DataContract
id: test.things
name: Things
version: 1.0.0
status: active
description: {purpose: "To test."}
team: {name: "Test team"}
slaProperties: [{property: frequency, value: 1, unit: w}]
customProperties:
  - {property: source, value: things}
  - {property: format, value: delimited}
  - {property: delivery, value: full}
  - {property: asOf, value: fileName}
  - {property: kind, value: partner}
schema:
  - name: things
    description: Things.
    dataGranularityDescription: one row per thing
    customProperties: [{property: validFrom, value: made_on}]
    properties:
      - {name: thing_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: internal}
      - {name: made_on, logicalType: date, classification: internal, logicalTypeOptions: {format: "yyyy-MM-dd | dd/MM/yyyy"}}
      - name: colour
        logicalType: string
        classification: internal
        enum: [{value: "NO", label: None}, {value: red}, blue]
      - {name: size, logicalType: integer, classification: internal, logicalTypeOptions: {minimum: 0, maximum: 10}}
    quality:
      - name: colour_needs_size
        description: A coloured thing has a size.
        type: custom
        engine: fi-workbench
        implementation: {rule: requires, when: {column: colour, equals: [red]}, column: size, present: true}
"""


def read(text: str = GOOD):
    return parse_contract(text, where="things.odcs.yaml")


def test_a_good_contract_says_everything_that_rooms_ask_of_it():
    contract = read()
    table = contract.table("things")
    assert (contract.source, contract.delivery, contract.owner, contract.cadence.days) == (
        "things",
        "full",
        "Test team",
        7,
    )
    assert table.grain == "one row per thing"
    assert table.key == ("thing_id",)
    assert (table.valid_from, table.valid_to, table.delivery) == ("made_on", None, "full")
    assert table.columns["made_on"].formats == ("yyyy-MM-dd", "dd/MM/yyyy")
    assert [str(dtype) for dtype in table.polars_schema().values()] == ["String", "Date", "String", "Int64"]


def test_what_a_held_back_row_means_is_for_full_deliveries_alone():
    stands = GOOD.replace("value: made_on}]", "value: made_on}, {property: heldBack, value: formerRowStands}]")
    assert read(stands).table("things").held_back == "former_row_stands"
    with pytest.raises(ContractError, match="full deliveries"):
        read(stands.replace("value: full", "value: window"))


def test_no_is_a_code_and_not_false():
    assert read().table("things").columns["colour"].enum == ("NO", "red", "blue")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("required: true", "requird: true", "did you mean required?"),
        ("status: active", "statuss: active", "did you mean status?"),
        ("dataGranularityDescription", "grain", "is not a key of the contract language"),
        ("dataGranularityDescription: one row per thing", 'dataGranularityDescription: ""', "one row per what"),
        ("property: delivery", "property: deliverry", "did you mean delivery?"),
        ("value: full", "value: sometimes", "full, window, increment"),
        ("value: delimited", "value: parquet", "delimited, cin_census_xml, ssda903_return"),
        ("slaProperties: [{property: frequency, value: 1, unit: w}]", "", "cadence"),
        ("unit: w", "unit: fortnight", "whole number and a unit"),
        ("team: {name", "team: {naam", "did you mean name?"),
        ("apiVersion: v3.2.0", "apiVersion: v3.1.0", "v3.2.0"),
        ("value: made_on", "value: size", "not a date column"),
        ("rule: requires", "rule: require", "did you mean requires?"),
        ("rule: requires", "rule: sql", "the rules are"),
        ("present: true}", "present: true, only: red}", "is not a key"),
        ("present: true}", "present: true, absent: true}", "exactly one of"),
        ("column: size, present", "column: sizes, present", "did you mean size?"),
        ("equals: [red]", "equals: [green]", "not one of the codes"),
        ("equals: [red]", "equals: [1]", "not a value that colour"),
        ("primaryKey: true, primaryKeyPosition: 1, ", "", "the table has no key"),
        (
            "classification: internal}\n      - {name: made_on",
            "classification: secret}\n      - {name: made_on",
            "classification",
        ),
        ("yyyy-MM-dd | dd/MM/yyyy", "MM/dd/yyyy", "date format MM/dd/yyyy"),
        ("{value: red}", "{value: 1}", "quotation marks"),
        ("{value: red}", '{value: "NO"}', "given twice"),
        ("minimum: 0", 'minimum: "2020-01-01"', "is not a integer"),
        ("{name: size", "{name: colour", "described twice"),
        ("engine: fi-workbench", "engine: sql", "fi-workbench"),
        ("type: custom", "type: sql", "custom"),
        ("name: Things", "name: Things\nname: Others", "appears twice"),
        ("kind: DataContract", "kind: [", "not readable as YAML"),
        ("value: made_on}]", "value: made_on}, {property: heldBack, value: stands}]", "heldBack must be one of absent"),
        (
            "classification: internal, logicalTypeOptions: {minimum",
            "customProperties: [{property: belongsTo, value: x.y}], classification: internal, logicalTypeOptions: {minimum",
            "no table.column of this contract",
        ),
        (
            "classification: internal, logicalTypeOptions: {minimum",
            "classification: internal, customProperties: [{property: whose, value: true}], logicalTypeOptions: {minimum",
            "text that names a person",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_would_be_valid(old, new, told):
    assert old in GOOD
    with pytest.raises(ContractError) as caught:
        read(GOOD.replace(old, new, 1))
    assert told in str(caught.value)
    assert "things.odcs.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("implementation", "told"),
    [
        ("{rule: not_before, column: made_on, other: size}", "two dates or two numbers"),
        ("{rule: not_before, column: size, other: size, days: 3}", "`days` is for dates"),
        ("{rule: not_after_as_of, column: size}", "a date of a source"),
        ("{rule: between, column: colour, low: 1, high: 2}", "is for numbers"),
        ("{rule: between, column: size, low: 3, high: 2}", "low is above high"),
        ("{rule: pattern, column: size, pattern: '[0-9]'}", "is for text"),
        ("{rule: pattern, column: thing_id, pattern: '(?=a)b'}", "no look-around"),
        ("{rule: pattern, column: thing_id, pattern: '(a)\\1'}", "no look-around"),
        ("{rule: upn_check, column: size}", "is for text"),
        ("{rule: at_least_one, columns: []}", "at least 1 item"),
        ("{rule: requires, when: {column: colour}, column: size, present: true}", "`when` takes either"),
        ("{rule: foreign_key, column: [thing_id, size], table: things, other: thing_id}", "different numbers"),
        ("{column: size}", "the rule is not named"),
    ],
)
def test_a_rule_that_does_not_fit_its_columns_is_refused_at_once(implementation, told):
    old = "{rule: requires, when: {column: colour, equals: [red]}, column: size, present: true}"
    with pytest.raises(ContractError) as caught:
        read(GOOD.replace(old, implementation))
    assert told in str(caught.value)


def test_a_date_in_yaml_stays_text():
    contract = read(
        GOOD.replace(
            "{property: kind, value: partner}",
            "{property: kind, value: partner}\n  - {property: coverage, value: 2023-11-27}",
        )
    )
    assert contract.coverage == "2023-11-27"


def test_an_exclusive_code_stands_alone_within_the_rest_of_the_key():
    text = GOOD.replace("primaryKeyPosition: 1, ", "primaryKeyPosition: 1, ").replace(
        "{rule: requires, when: {column: colour, equals: [red]}, column: size, present: true}",
        '{rule: exclusive, column: colour, values: ["NO"]}',
    )
    assert read(text).table("things").rules[0].implementation.within == ("thing_id",)
