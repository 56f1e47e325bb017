"""Every kind of value and rule at its boundary, and where each row goes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from fi_workbench.contracts import check
from fi_workbench.contracts.reading import parse_contract
from fi_workbench.errors import ContractError

AS_OF = date(2026, 11, 22)

HEAD = """
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
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: internal}
"""


def table_of(columns="", rules="", more=""):
    body = "".join(
        f"      - {{{column}, classification: internal}}\n" for column in columns.splitlines() if column.strip()
    )
    quality = "    quality:\n" if rules else ""
    for i, rule in enumerate(line for line in rules.splitlines() if line.strip()):
        severity = "warning" if rule.strip().startswith("warning ") else "error"
        implementation = rule.strip().removeprefix("warning ")
        quality += f"      - {{name: rule_{i}, description: Rule {i}., type: custom, engine: fi-workbench, severity: {severity}, implementation: {implementation}}}\n"
    return parse_contract(HEAD + body + quality + more, where="test").tables


def rows(table, **values):
    n = max(len(v) for v in values.values())
    columns = {name: values.get(name, [None] * n) for name in table.columns}
    if "id" not in values:
        columns["id"] = [f"i{k}" for k in range(n)]
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    raw = [",".join(str(v) for v in row) for row in frame.rows()]
    extra = {"_file": ["f.csv"] * n, "_line": list(range(2, n + 2)), "_record": list(range(1, n + 1)), "_raw": raw}
    return frame.with_columns(pl.Series(k, v) for k, v in extra.items())


def outcome(columns, value, rules="", **others):
    """The typed value of one row with column x, or the rules that it breaks."""
    table = table_of(columns, rules)["things"]
    checked = check(rows(table, x=[value], **{k: [v] for k, v in others.items()}), table, as_of=AS_OF)
    assert checked.n_read == 1
    return checked.accepted["x"][0] if checked.accepted.height else checked.quarantined["rules"][0].to_list()


ISO, UK = "name: x, logicalType: date", 'name: x, logicalType: date, logicalTypeOptions: {format: "dd/MM/yyyy"}'
BOTH = 'name: x, logicalType: date, logicalTypeOptions: {format: "yyyy-MM-dd | dd/MM/yyyy"}'
NOT_A_DATE = ["x_is_a_date"]


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (ISO, "2024-02-29", date(2024, 2, 29)),
        (ISO, "2023-02-29", NOT_A_DATE),
        (ISO, "2024-2-9", NOT_A_DATE),
        (ISO, "29/02/2024", NOT_A_DATE),
        (ISO, "2024-02-29T00:00:00", date(2024, 2, 29)),
        (ISO, "2024-02-29 00:00:00.000", date(2024, 2, 29)),
        (ISO, "2024-02-29 13:30:00", date(2024, 2, 29)),
        (ISO, "2024-02-29 13:30:00Z", NOT_A_DATE),
        (ISO, "1900-01-02", date(1900, 1, 2)),
        (ISO, "1899-12-31", NOT_A_DATE),
        (ISO, "2100-12-31", date(2100, 12, 31)),
        (ISO, "2101-01-01", NOT_A_DATE),
        (ISO, "1900-01-01", NOT_A_DATE),
        (ISO, "9999-12-31", NOT_A_DATE),
        (ISO, "٢٠٢٤-٠٢-٢٩", NOT_A_DATE),
        (UK, "31/12/2024", date(2024, 12, 31)),
        (UK, "31/02/2020", NOT_A_DATE),
        (UK, "02/13/2015", NOT_A_DATE),
        (UK, "01/02/15", NOT_A_DATE),
        (UK, "1/2/2015", NOT_A_DATE),
        (UK, "01/02/2015 (est)", NOT_A_DATE),
        (UK, "42036", NOT_A_DATE),
        (UK, "\u00a001/02/2015 ", date(2015, 2, 1)),
        (BOTH, "2015-02-01", date(2015, 2, 1)),
        (BOTH, "01/02/2015", date(2015, 2, 1)),
        (ISO + ', customProperties: [{property: placeholders, value: "1900-01-01 | 9999-12-31"}]', "9999-12-31", None),
        (ISO + ', customProperties: [{property: missingTokens, value: "NULL | n/k"}]', "null", None),
        (ISO, "NULL", NOT_A_DATE),
        ("name: x, logicalType: boolean", "Yes", True),
        ("name: x, logicalType: boolean", "TRUE", True),
        ("name: x, logicalType: boolean", "1", True),
        ("name: x, logicalType: boolean", "n", False),
        ("name: x, logicalType: boolean", "0", False),
        ("name: x, logicalType: boolean", "maybe", ["x_is_yes_or_no"]),
        ("name: x, logicalType: boolean", "2", ["x_is_yes_or_no"]),
        ("name: x, logicalType: integer", "007", 7),
        ("name: x, logicalType: integer", "-3", -3),
        ("name: x, logicalType: integer", "4.0", 4),
        ("name: x, logicalType: integer", "4.5", ["x_is_a_whole_number"]),
        ("name: x, logicalType: integer", "1,000", ["x_is_a_whole_number"]),
        ("name: x, logicalType: integer", "<5", ["x_is_a_whole_number"]),
        ("name: x, logicalType: integer", "9.5E+11", ["x_is_a_whole_number"]),
        ("name: x, logicalType: integer", "９", ["x_is_a_whole_number"]),
        ("name: x, logicalType: integer", "9" * 19, ["x_is_a_whole_number"]),
        ("name: x, logicalType: number", "0.50", 0.5),
        ("name: x, logicalType: number", "£5", ["x_is_a_number"]),
        ("name: x, logicalType: number", "nan", ["x_is_a_number"]),
        ("name: x, logicalType: number", "1e3", ["x_is_a_number"]),
        ("name: x, logicalType: string", "\u00a0\u200bAda \ufeff", "Ada"),
        ("name: x, logicalType: string", "   ", None),
        ("name: x, logicalType: string", '="00123"', "00123"),
        ("name: x, logicalType: string", "'00123", "00123"),
        ("name: x, logicalType: string", "'t Hooft", "'t Hooft"),
        ("name: x, logicalType: string", "=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
        ("name: x, logicalType: string", "𝒜𝓭𝓪", "𝒜𝓭𝓪"),
        ("name: x, logicalType: string", "a" * 10_000, "a" * 10_000),
        ("name: x, logicalType: string", "a" * 10_001, ["x_too_long"]),
        ("name: x, logicalType: string, required: true", None, ["x_present"]),
        ("name: x, logicalType: string, required: true", " ", ["x_present"]),
        ("name: x, logicalType: date, required: true", "31/02/2020", NOT_A_DATE),
        ("name: x, logicalType: timestamp", "2024-01-01 10:00:00", "time"),
        ("name: x, logicalType: timestamp", "2024-01-01 25:00:00", ["x_is_a_time"]),
    ],
)
def test_text_becomes_a_value_or_a_named_reason(column, text, expected):
    found = outcome(column, text)
    assert found == expected or (expected == "time" and found.year == 2024)


CODES = 'name: x, logicalType: string, enum: [{value: N1, label: Abuse}, {value: "01"}, {value: f6}]'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1", "N1"),
        ("n1", "N1"),
        (" F6 ", "f6"),
        ("N1 - Abuse or neglect", "N1"),
        ("01", "01"),
        ("1", ["x_code_known"]),
        ("N11", ["x_code_known"]),
        ("N1Abuse", ["x_code_known"]),
        ("Abuse", ["x_code_known"]),
        (None, None),
    ],
)
def test_codes_are_known_or_the_row_waits(text, expected):
    assert outcome(CODES, text) == expected


def test_codes_that_differ_only_in_case_are_different_codes():
    column = "name: x, logicalType: string, enum: [a, A]"
    assert outcome(column, "a") == "a"
    assert outcome(column, "A") == "A"


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ("integer, logicalTypeOptions: {minimum: 0, maximum: 14}", "0", 0),
        ("integer, logicalTypeOptions: {minimum: 0, maximum: 14}", "14", 14),
        ("integer, logicalTypeOptions: {minimum: 0, maximum: 14}", "-1", ["x_in_range"]),
        ("integer, logicalTypeOptions: {minimum: 0, maximum: 14}", "15", ["x_in_range"]),
        ('date, logicalTypeOptions: {minimum: "2020-01-01"}', "2020-01-01", date(2020, 1, 1)),
        ('date, logicalTypeOptions: {minimum: "2020-01-01"}', "2019-12-31", ["x_in_range"]),
        ("string, logicalTypeOptions: {minLength: 2, maxLength: 3}", "ab", "ab"),
        ("string, logicalTypeOptions: {minLength: 2, maxLength: 3}", "a", ["x_length"]),
        ("string, logicalTypeOptions: {minLength: 2, maxLength: 3}", "abcd", ["x_length"]),
        ('string, logicalTypeOptions: {pattern: "[0-9]{6}"}', "123456", "123456"),
        ('string, logicalTypeOptions: {pattern: "[0-9]{6}"}', "12345", ["x_pattern"]),
        ('string, logicalTypeOptions: {pattern: "[0-9]{6}"}', "x123456", ["x_pattern"]),
        ("integer, enum: [1, 2]", "2", 2),
        ("integer, enum: [1, 2]", "3", ["x_code_known"]),
    ],
)
def test_a_columns_own_limits(options, text, expected):
    assert outcome(f"name: x, logicalType: {options}", text) == expected


TWO = "name: x, logicalType: date\nname: y, logicalType: date"
D1, D2, D3 = "2024-01-01", "2024-01-02", "2024-01-03"


@pytest.mark.parametrize(
    ("rule", "x", "y", "broken"),
    [
        ("{rule: not_before, column: x, other: y}", D1, D2, True),
        ("{rule: not_before, column: x, other: y}", D2, D2, False),
        ("{rule: not_before, column: x, other: y}", D1, None, False),
        ("{rule: not_before, column: x, other: y}", None, D1, False),
        ("{rule: not_before, column: x, other: y, days: -1}", D1, D2, False),
        ("{rule: not_before, column: x, other: y, days: -1}", D1, D3, True),
        ("{rule: not_after, column: x, other: y}", D2, D2, False),
        ("{rule: not_after, column: x, other: y}", D3, D2, True),
        ("{rule: not_after, column: x, other: y, days: 1}", D3, D2, False),
        ("{rule: not_after_as_of, column: x}", "2026-11-22", None, False),
        ("{rule: not_after_as_of, column: x}", "2026-11-23", None, True),
        ("{rule: not_after_as_of, column: x, days: 1}", "2026-11-23", None, False),
        ("{rule: at_least_one, columns: [x, y]}", None, None, True),
        ("{rule: at_least_one, columns: [x, y]}", None, D1, False),
        ("{rule: at_most_one, columns: [x, y]}", D1, D1, True),
        ("{rule: at_most_one, columns: [x, y]}", None, None, False),
        ("{rule: requires, when: {column: y, present: true}, column: x, present: true}", None, D1, True),
        ("{rule: requires, when: {column: y, present: true}, column: x, present: true}", D1, D1, False),
        ("{rule: requires, when: {column: y, present: false}, column: x, absent: true}", D1, None, True),
        ("{rule: requires, when: {column: y, present: false}, column: x, absent: true}", D1, D1, False),
    ],
)
def test_rules_of_dates_at_their_boundary(rule, x, y, broken):
    found = outcome(TWO, x, rule, y=y)
    assert found == (["rule_0"] if broken else (date.fromisoformat(x) if x else None))


@pytest.mark.parametrize(
    ("rule", "x", "y", "broken"),
    [
        ("{rule: between, column: x, low: 1, high: 3}", "1", None, False),
        ("{rule: between, column: x, low: 1, high: 3}", "3", None, False),
        ("{rule: between, column: x, low: 1, high: 3}", "4", None, True),
        ("{rule: between, column: x, low: 1, high: 3}", None, None, False),
        ("{rule: not_between, column: x, low: 1, high: 3}", "1", None, True),
        ("{rule: not_between, column: x, low: 1, high: 3}", "0", None, False),
        ("{rule: requires, when: {column: y, equals: [a, b]}, column: x, one_of: [1, 2]}", "1", "a", False),
        ("{rule: requires, when: {column: y, equals: [a, b]}, column: x, one_of: [1, 2]}", "3", "b", True),
        ("{rule: requires, when: {column: y, equals: [a, b]}, column: x, one_of: [1, 2]}", None, "a", True),
        ("{rule: requires, when: {column: y, equals: [a, b]}, column: x, one_of: [1, 2]}", "3", "c", False),
        ("{rule: requires, when: {column: y, equals: [a, b]}, column: x, one_of: [1, 2]}", "3", None, False),
        ("{rule: pattern, column: y, pattern: 'a|b'}", "1", "a", False),
        ("{rule: pattern, column: y, pattern: 'a|b'}", "1", "ab", True),
        ("{rule: upn_check, column: y}", "1", "b801 200005001", False),
        ("{rule: upn_check, column: y}", "1", "C801200005001", True),
        ("{rule: nhs_number_check, column: y}", "1", "943 476 5870", False),
        ("{rule: nhs_number_check, column: y}", "1", "943-476-5870", False),
        ("{rule: nhs_number_check, column: y}", "1", "4505577104.0", False),
        ("{rule: nhs_number_check, column: y}", "1", "4444444444", True),
    ],
)
def test_rules_of_numbers_and_text_at_their_boundary(rule, x, y, broken):
    found = outcome("name: x, logicalType: integer\nname: y, logicalType: string", x, rule, y=y)
    assert found == (["rule_0"] if broken else (int(x) if x else None))


def test_a_code_that_stands_alone_quarantines_its_whole_group():
    table = table_of(
        "name: g, logicalType: string\nname: f, logicalType: string",
        "{rule: exclusive, column: f, values: ['21'], within: [g]}",
    )["things"]
    checked = check(rows(table, g=["a", "a", "b", "c", "c"], f=["21", "1", "21", "1", "2"]), table, as_of=AS_OF)
    assert checked.accepted["g"].to_list() == ["b", "c", "c"]
    assert checked.by_rule == {"rule_0": 2}


def test_unique_columns_beyond_the_key():
    table = table_of("name: u, logicalType: string", "{rule: unique, columns: [u]}")["things"]
    checked = check(rows(table, u=["a", "a", "b", None, None]), table, as_of=AS_OF)
    assert checked.accepted["u"].to_list() == ["b", None, None]


def test_a_row_is_told_all_its_reasons_in_plain_english():
    table = table_of(
        "name: x, logicalType: date, required: true\nname: b, logicalType: boolean, businessName: Seen",
        "{rule: requires, when: {column: b, present: false}, column: x, present: true}",
    )["things"]
    checked = check(rows(table, id=[None], x=["31/02/2020"], b=["perhaps"]), table, as_of=AS_OF)
    row = checked.quarantined.row(0, named=True)
    assert row["rules"] == ["x_is_a_date", "b_is_yes_or_no", "id_present"]
    assert row["columns"] == ["x", "b", "id"]
    assert row["reasons"][1].startswith("Seen is not yes or no")
    assert all(reason.endswith(".") for reason in row["reasons"])
    assert row["_raw"] == "None,31/02/2020,perhaps"


def test_a_rule_that_needs_an_unreadable_column_is_not_tried_on_it():
    assert (
        outcome(TWO, "31/02/2020", "{rule: requires, when: {column: y, present: true}, column: x, present: true}", y=D1)
        == NOT_A_DATE
    )


def test_a_warning_is_counted_and_the_row_accepted():
    table = table_of(TWO, "warning {rule: not_before, column: x, other: y}")["things"]
    checked = check(rows(table, x=[D1, D3], y=[D2, D2]), table, as_of=AS_OF)
    assert checked.accepted.height == 2
    assert checked.flags == {"rule_0": 1}
    assert checked.by_rule == {}


def test_exact_duplicates_keep_the_first_and_conflicts_keep_none():
    table = table_of("name: x, logicalType: date, logicalTypeOptions: {format: 'yyyy-MM-dd | dd/MM/yyyy'}")["things"]
    raw = rows(
        table, id=["a", "a", "a", "b", "b", "c", "d", "d", "d"], x=[D1, D1, "01/01/2024", D1, D2, D1, D1, D1, D2]
    )
    checked = check(raw, table, as_of=AS_OF)
    assert checked.accepted["_record"].to_list() == [1, 6]
    assert checked.duplicates["_record"].to_list() == [2, 3, 8]
    assert checked.quarantined["_record"].to_list() == [4, 5, 7, 9]
    assert checked.by_rule == {"key_unique": 4}


def test_a_bad_row_does_not_take_its_good_twin_with_it():
    table = table_of("name: x, logicalType: date")["things"]
    checked = check(rows(table, id=["a", "a"], x=[D1, "31/02/2020"]), table, as_of=AS_OF)
    assert checked.accepted["_record"].to_list() == [1]
    assert checked.by_rule == {"x_is_a_date": 1}


CHILDREN = """  - name: parts
    description: Parts.
    dataGranularityDescription: one row per part
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: internal}
      - {name: n, logicalType: string, primaryKey: true, primaryKeyPosition: 2, classification: internal}
    quality:
      - {name: parent_present, description: A part belongs to a thing., type: custom, engine: fi-workbench, implementation: {rule: foreign_key, column: id, table: things, other: id}}
"""


def test_rows_without_a_parent_and_rows_of_a_refused_parent_are_told_apart():
    tables = table_of("name: x, logicalType: date", more=CHILDREN)
    things = check(rows(tables["things"], id=["a", "b"], x=[D1, "31/02/2020"]), tables["things"], as_of=AS_OF)
    parts = check(
        rows(tables["parts"], id=["a", "b", "c"], n=["1", "1", "1"]),
        tables["parts"],
        as_of=AS_OF,
        others={"things": things},
    )
    assert parts.accepted["id"].to_list() == ["a"]
    assert parts.quarantined["rules"].to_list() == [["parent_quarantined"], ["parent_present"]]


def test_a_foreign_key_to_a_table_that_was_not_delivered_is_not_tried_and_said():
    tables = table_of("", more=CHILDREN)
    parts = check(rows(tables["parts"], id=["a"], n=["1"]), tables["parts"], as_of=AS_OF)
    assert parts.accepted.height == 1
    assert "things was not delivered" in parts.findings[0].what


def test_a_record_whose_fields_cannot_be_told_apart_gives_that_reason_only():
    table = table_of("name: x, logicalType: date, required: true")["things"]
    raw = rows(table, id=["a", None], x=[D1, None]).with_columns(
        _defect=pl.Series([None, "fields_complete: Too few: two of three."])
    )
    checked = check(raw, table, as_of=AS_OF)
    assert checked.quarantined["rules"].to_list() == [["fields_complete"]]
    assert checked.quarantined["reasons"].to_list() == [["Too few: two of three."]]


def test_no_rows_are_three_empty_typed_parts():
    table = table_of(TWO, "{rule: not_before, column: x, other: y}")["things"]
    checked = check(rows(table, x=["x"]).clear(), table, as_of=AS_OF)
    assert checked.n_read == 0
    assert checked.accepted.schema["x"] == pl.Date
    assert checked.quarantined.schema["reasons"] == pl.List(pl.String)


def test_rows_of_another_shape_are_the_readers_fault():
    table = table_of(TWO)["things"]
    with pytest.raises(ContractError, match="fault of the reader"):
        check(rows(table, x=[D1]).drop("_raw"), table, as_of=AS_OF)


def test_what_was_read_leniently_is_counted():
    table = table_of(CODES)["things"]
    checked = check(rows(table, x=["n1", "N1 - Abuse", "N1"]), table, as_of=AS_OF)
    assert [(f.where, f.how_many) for f in checked.findings] == [("x", 2)]
