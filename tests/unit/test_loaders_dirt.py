"""The dirt that real files bring, one small file for each kind, with what must become of it.

Numbers are those of the list of dirt kept with the project's design notes. R: the file is refused. Q: the row is
quarantined. N: accepted, and said. A: accepted. H: held for a person.
"""

from __future__ import annotations

import codecs
import io
import zipfile
from datetime import date

import polars as pl
import pytest

from fi_workbench.contracts import check
from fi_workbench.contracts.reading import parse_contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.delimited import read_delimited

CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: test.pupils
name: Pupils
version: 1.0.0
status: active
description: {purpose: "To test."}
team: {name: "Test team"}
slaProperties: [{property: frequency, value: 1, unit: w}]
customProperties:
  - {property: source, value: pupils}
  - {property: format, value: delimited}
  - {property: delivery, value: full}
  - {property: asOf, value: fileName}
  - {property: kind, value: partner}
schema:
  - name: pupils
    description: Pupils.
    dataGranularityDescription: one row per pupil and day
    properties:
      - {name: pupil_id, physicalName: PupilID, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: case_reference, synonyms: [{synonym: Pupil Ref}]}
      - {name: day, logicalType: date, required: true, primaryKey: true, primaryKeyPosition: 2, classification: internal, logicalTypeOptions: {format: "dd/MM/yyyy | yyyy-MM-dd"}}
      - {name: surname, logicalType: string, required: true, classification: personal}
      - {name: born, logicalType: date, classification: personal, logicalTypeOptions: {format: dd/MM/yyyy}, customProperties: [{property: placeholders, value: 01/01/1900}]}
      - {name: upn, logicalType: string, classification: personal}
      - {name: nhs_number, logicalType: string, classification: personal}
      - {name: category, logicalType: string, classification: internal, enum: [{value: N1, label: Abuse}, {value: N2}], customProperties: [{property: missingTokens, value: "NULL | Not known"}]}
      - {name: present, logicalType: boolean, classification: internal}
      - {name: sessions, logicalType: integer, classification: internal, logicalTypeOptions: {minimum: 0, maximum: 14}}
    quality:
      - {name: pupil_id_has_six_digits, description: The number has six digits., type: custom, engine: fi-workbench, implementation: {rule: pattern, column: pupil_id, pattern: "[0-9]{6}"}}
      - {name: upn_shape, description: A UPN is a letter and twelve more., type: custom, engine: fi-workbench, implementation: {rule: pattern, column: upn, pattern: "[A-Z][0-9]{11}[0-9A-Z]"}}
      - {name: upn_check, description: The check letter agrees., type: custom, engine: fi-workbench, severity: warning, implementation: {rule: upn_check, column: upn}}
      - {name: nhs_check, description: The check digit agrees., type: custom, engine: fi-workbench, implementation: {rule: nhs_number_check, column: nhs_number}}
      - {name: born_before_day, description: A pupil is born before the day., type: custom, engine: fi-workbench, implementation: {rule: not_before, column: day, other: born}}
      - {name: not_born_later, description: Nobody is born after the extract., type: custom, engine: fi-workbench, implementation: {rule: not_after_as_of, column: born}}
"""
TABLE = parse_contract(CONTRACT, where="test").table("pupils")
HEAD = "PupilID,day,surname,born,upn,nhs_number,category,present,sessions"
ONE = "000001,01/09/2026,Ash,01/02/2015,,,N1,Y,10"
TWO = "000002,01/09/2026,Birch,01/02/2016,,,N2,N,9"
EMPTY = "000003,02/09/2026,Oak,,,,,,"


def cell(**values):
    """A line whose cells are as in EMPTY but for those given."""
    names = HEAD.split(",")
    found = dict(zip(names, EMPTY.split(","), strict=True)) | values
    return ",".join(found[name] for name in names)


def text(*lines, head=HEAD, end="\n"):
    return (end.join((head, *lines)) + end).encode()


def run(data):
    read = read_delimited(data, "pupils.csv", TABLE)
    checked = check(read.table.with_text(), TABLE, as_of=date(2026, 11, 22))
    assert read.table.rows.height == checked.n_read
    return read, checked


def workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


REFUSED = [
    (6, "a byte that no encoding has", HEAD.encode() + b"\n\x81\n", "no character in UTF-8"),
    (11, "zero bytes", b"", "empty (0 bytes)"),
    (13, "a workbook named .csv", workbook(), "Excel workbook"),
    (14, "a web page", b"<html><table></table></html>", "a web page"),
    (15, "a locked workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "locked with a password"),
    (16, "a Parquet file", b"PAR1xxxxPAR1", "a Parquet file"),
    (27, "a quotation mark never closed", text(ONE, '000002,01/09/2026,"Birch,,,,,,', EMPTY), "never closed"),
    (32, "one more field with text on each row", text(ONE + ",x", TWO + ",y", EMPTY + ",z"), "No record of the file"),
    (
        34,
        "a column twice with different values",
        text(ONE + ",Ash", TWO + ",Elm", head=HEAD + ",surname"),
        "twice with different",
    ),
    (39, "a required column missing", text("000001,01/09/2026", head="PupilID,day"), "requires: surname"),
    (39, "a required column misspelt", text(ONE, head=HEAD.replace("surname", "sirname")), "is it sirname?"),
    (
        47,
        "each line in one pair of quotation marks",
        b"\n".join(b'"' + line.encode() + b'"' for line in (HEAD, ONE, TWO)),
        "wrapped in one pair",
    ),
    (48, "the last record cut off", text(ONE, TWO) + b"000003,02/09/2", "cut off"),
    (0, "no header", text(TWO, EMPTY, head=ONE), "looks like the header"),
    (0, "a PDF", b"%PDF-1.7", "PDF"),
    (0, "XML", b"<?xml version='1.0'?><a/>", "XML"),
]


@pytest.mark.parametrize(
    ("data", "told"), [(d, t) for _, _, d, t in REFUSED], ids=[f"{n}-{w}" for n, w, _, _ in REFUSED]
)
def test_refused_files_say_why(data, told):
    with pytest.raises(RefusedFileError) as caught:
        run(data)
    assert told in str(caught.value)
    assert "Ash" not in str(caught.value)


QUARANTINED = [
    (10, "a NUL character", cell(surname="O\0ak"), "text_readable"),
    (29, "a stray quotation mark", cell(surname='O"ak'), "quotes_balanced"),
    (29, "a quotation mark closed too early", cell(surname='"O"ak'), "quotes_balanced"),
    (30, "a long row", EMPTY + ",more,text", "fields_complete"),
    (31, "a short row", "000003,02/09/2026,Oak", "fields_complete"),
    (52, "an identifier that lost its zeros", cell(PupilID="3"), "pupil_id_has_six_digits"),
    (53, "a UPN in scientific notation", cell(upn="9.5E+11"), "upn_shape"),
    (54, "a UPN without its letter", cell(upn="801200005001"), "upn_shape"),
    (62, "a wrong NHS check digit", cell(nhs_number="9434765871"), "nhs_check"),
    (63, "an NHS number of one digit repeated", cell(nhs_number="4444444444"), "nhs_check"),
    (66, "a date in American order", cell(day="02/13/2026"), "day_is_a_date"),
    (67, "a year of two digits", cell(day="01/02/26"), "day_is_a_date"),
    (68, "the 31st of February", cell(day="31/02/2020"), "day_is_a_date"),
    (69, "the 29th of February of no leap year", cell(day="29/02/2019"), "day_is_a_date"),
    (70, "an undeclared placeholder", cell(day="01/01/1900"), "day_is_a_date"),
    (71, "a serial number for a date", cell(day="42036"), "day_is_a_date"),
    (73, "a date with a time and a zone", cell(day="2026-09-01T23:45:00Z"), "day_is_a_date"),
    (74, "a date with a remark", cell(day="01/02/2015 (est)"), "day_is_a_date"),
    (75, "born after the extract", cell(born="01/12/2026", day="02/12/2026"), "not_born_later"),
    (79, "an end before its start", cell(born="03/09/2026"), "born_before_day"),
    (84, "an unknown code", cell(category="N9"), "category_code_known"),
    (87, "a thousands separator", cell(sessions='"1,000"'), "sessions_is_a_whole_number"),
    (87, "a suppressed count", cell(sessions="<5"), "sessions_is_a_whole_number"),
    (87, "a star", cell(sessions="*"), "sessions_is_a_whole_number"),
    (88, "full-width digits", cell(sessions="９"), "sessions_is_a_whole_number"),
    (90, "a word for none that is not declared", cell(sessions="NULL"), "sessions_is_a_whole_number"),
    (102, "a field of a megabyte", cell(surname="x" * 1_000_000), "surname_too_long"),
    (0, "a number out of its range", cell(sessions="15"), "sessions_in_range"),
    (0, "a required value missing", cell(surname=""), "surname_present"),
    (0, "an answer that is neither yes nor no", cell(present="perhaps"), "present_is_yes_or_no"),
]


@pytest.mark.parametrize(
    ("line", "rule"), [(x, r) for _, _, x, r in QUARANTINED], ids=[f"{n}-{w}" for n, w, _, _ in QUARANTINED]
)
def test_a_bad_row_is_quarantined_whole_and_touches_no_other(line, rule):
    _, checked = run(text(ONE, line, TWO))
    assert checked.accepted["surname"].to_list() == ["Ash", "Birch"]
    row = checked.quarantined.row(0, named=True)
    assert rule in row["rules"]
    assert (row["_line"], row["_record"], row["_file"]) == (3, 2, "pupils.csv")
    assert row["_raw"] == line
    assert all(reason.endswith(".") and "Oak" not in reason for reason in row["reasons"])


NOTED = [
    (2, "UTF-16 with a mark", codecs.BOM_UTF16_LE + text(ONE, TWO).decode().encode("utf-16-le"), "UTF-16"),
    (3, "UTF-16 without a mark", text(ONE, TWO).decode().encode("utf-16-le"), "UTF-16"),
    (4, "UTF-16, big end first", text(ONE, TWO).decode().encode("utf-16-be"), "UTF-16"),
    (5, "Windows-1252", text(ONE.replace("Ash", "Zoë’s"), TWO).decode().encode("cp1252"), "Windows-1252"),
    (8, "encoded twice", text(ONE.replace("Ash", "ZoÃ«"), TWO), "encoded twice"),
    (9, "characters lost before", text(ONE.replace("Ash", "Zo\ufffd"), TWO), "already lost"),
    (
        21,
        "a first line that names the separator",
        b"sep=;\n" + text(ONE, TWO).replace(b",", b";"),
        "declares the separator",
    ),
    (22, "semicolons", text(ONE, TWO).replace(b",", b";"), "semicolons"),
    (23, "tabs", text(ONE, TWO).replace(b",", b"\t"), "tabs"),
    (0, "upright bars", text(ONE, TWO).replace(b",", b"|"), "upright bars"),
    (24, "CR only", text(ONE, TWO, end="\r"), "CR only"),
    (26, "ctrl-Z at the end", text(ONE, TWO) + b"\x1a", "ctrl-Z"),
    (32, "an empty field more on each row", text(ONE + ",", TWO + ","), "taken off"),
    (33, "a trailing comma in the header too", text(ONE + ",", TWO + ",", head=HEAD + ","), "empty column"),
    (
        34,
        "a column twice with the same values",
        text(ONE + ",Ash", TWO + ",Birch", head=HEAD + ",Surname"),
        "there twice",
    ),
    (35, "data under no heading", text(ONE + ",a", TWO + ",b", head=HEAD + ","), "without a heading"),
    (
        36,
        "headings in another case, spaced, with marks that cannot be seen",
        text(ONE, TWO, head=HEAD.replace("PupilID", "\u200bPUPILID\u00a0").replace("nhs_number", "NHS Number")),
        "written differently",
    ),
    (
        40,
        "an optional column missing",
        text("000001,01/09/2026,Ash", "000002,01/09/2026,Birch", head="PupilID,day,surname"),
        "optional columns",
    ),
    (
        41,
        "a column that nobody knows",
        text(ONE + ",blue", TWO + ",red", head=HEAD + ",favourite colour"),
        "does not know",
    ),
    (43, "a declared synonym", text(ONE, TWO, head=HEAD.replace("PupilID", "Pupil Ref")), "written differently"),
    (44, "a footer", text(ONE, TWO, "Total: 2"), "footer"),
    (44, "the footer of SQL Server", text(ONE, TWO, "", "(2 rows affected)"), "footer"),
    (45, "the header again", text(ONE, HEAD, TWO), "repeated"),
]


@pytest.mark.parametrize(("data", "told"), [(d, t) for _, _, d, t in NOTED], ids=[f"{n}-{w}" for n, w, _, _ in NOTED])
def test_what_is_odd_and_harmless_is_accepted_and_said(data, told):
    read, checked = run(data)
    assert checked.by_rule == {}
    assert checked.accepted["pupil_id"].to_list() == ["000001", "000002"]
    assert any(told in note.what for note in read.notes), [note.what for note in read.notes]
    assert read.holds == ()


ACCEPTED = [
    (1, "a UTF-8 mark", codecs.BOM_UTF8 + text(ONE, TWO)),
    (25, "line ends of two kinds", f"{HEAD}\r\n{ONE}\n{TWO}\r\n".encode()),
    (
        42,
        "columns in another order",
        "\n".join(",".join(reversed(line.split(","))) for line in (HEAD, ONE, TWO)).encode() + b"\n",
    ),
    (46, "blank lines", text(ONE, "", "  ", ",,,,,,,,", TWO)),
    (0, "no line end at the end", text(ONE, TWO).rstrip()),
    (
        0,
        "every field in quotation marks",
        "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in (HEAD, ONE, TWO)).encode(),
    ),
    (37, "a title above the header", b"Pupils of the week\n\n" + text(ONE, TWO)),
]


@pytest.mark.parametrize("data", [d for _, _, d in ACCEPTED], ids=[f"{n}-{w}" for n, w, _ in ACCEPTED])
def test_what_is_only_another_way_of_writing_is_accepted(data):
    read, checked = run(data)
    assert checked.accepted["surname"].to_list() == ["Ash", "Birch"]
    assert checked.accepted["sessions"].to_list() == [10, 9]
    assert read.holds == ()


VALUES = [
    (50, "a number in a formula", {"PupilID": '"=""000123"""'}, "pupil_id", "000123"),
    (51, "a number after an apostrophe", {"PupilID": "'000123"}, "pupil_id", "000123"),
    (56, "a UPN in lower case with spaces", {"upn": "b801 200005001"}, "upn", "B801200005001"),
    (57, "a temporary UPN", {"upn": "M80120000500A"}, "upn", "M80120000500A"),
    (61, "an NHS number with spaces", {"nhs_number": "943 476 5870"}, "nhs_number", "9434765870"),
    (64, "an NHS number with a decimal", {"nhs_number": "4505577104.0"}, "nhs_number", "4505577104"),
    (65, "the other declared date format", {"day": "2026-09-02"}, "day", date(2026, 9, 2)),
    (70, "a declared placeholder", {"born": "01/01/1900"}, "born", None),
    (73, "a date at midnight", {"day": "2026-09-02 00:00:00"}, "day", date(2026, 9, 2)),
    (83, "start and end on one day", {"born": "02/09/2026"}, "born", date(2026, 9, 2)),
    (84, "a code in lower case", {"category": "n1"}, "category", "N1"),
    (84, "a code with its label", {"category": "N1 - Abuse"}, "category", "N1"),
    (86, "yes in words", {"present": "Yes"}, "present", True),
    (86, "no as a digit", {"present": "0"}, "present", False),
    (89, "a space that cannot be broken", {"surname": "\u00a0Oak\u00a0"}, "surname", "Oak"),
    (90, "a declared word for none", {"category": "not KNOWN"}, "category", None),
    (100, "a formula that would run", {"surname": "=cmd|'/c calc'!A1"}, "surname", "=cmd|'/c calc'!A1"),
    (101, "a script", {"surname": "<script>x</script>"}, "surname", "<script>x</script>"),
    (103, "characters of four bytes", {"surname": "𝒪𝒶𝓀"}, "surname", "𝒪𝒶𝓀"),
    (105, "marks that change direction", {"surname": "\u200eOak\u200f"}, "surname", "Oak"),
    (0, "quotation marks doubled", {"surname": '"O""ak"'}, "surname", 'O"ak'),
    (0, "a comma in quotation marks", {"surname": '"Oak, A"'}, "surname", "Oak, A"),
]


@pytest.mark.parametrize(
    ("values", "column", "expected"), [(v, c, e) for _, _, v, c, e in VALUES], ids=[f"{n}-{w}" for n, w, *_ in VALUES]
)
def test_values_written_another_way_are_read_right(values, column, expected):
    _, checked = run(text(cell(**values)))
    assert checked.by_rule == {}
    assert checked.accepted[column].to_list() == [expected]


def test_55_a_wrong_check_letter_is_a_warning():
    _, checked = run(text(cell(upn="C801200005001")))
    assert checked.flags == {"upn_check": 1}
    assert checked.accepted.height == 1


HELD = [
    (
        7,
        "two encodings",
        text(ONE.replace("Ash", "Zoë")) + TWO.replace("Birch", "Zoë").encode("cp1252") + b"\n",
        "mixes UTF-8",
    ),
    (44, "a footer that disagrees", text(ONE, TWO, "Total: 3"), "says 3 rows and the file has 2"),
]


@pytest.mark.parametrize(("data", "told"), [(d, t) for _, _, d, t in HELD], ids=[f"{n}-{w}" for n, w, _, _ in HELD])
def test_what_a_person_must_see_first_is_held(data, told):
    read, _ = run(data)
    assert told in read.holds[0].reason
    assert read.holds[0].next_step


def test_28_a_line_end_in_quotation_marks_keeps_true_line_numbers():
    _, checked = run(text(ONE, cell(surname='"Oak\nthe second"'), cell(PupilID="x"), TWO))
    assert checked.accepted["surname"].to_list() == ["Ash", "Oak\nthe second", "Birch"]
    assert checked.accepted["_line"].to_list() == [2, 3, 6]
    assert checked.quarantined["_line"].to_list() == [5]
    assert checked.quarantined["_record"].to_list() == [3]


def test_29_a_stray_quotation_mark_does_not_swallow_the_rows_after_it():
    _, checked = run(text(ONE, cell(PupilID="000004", surname='"Oak'), TWO, cell(surname='"Elm, B"')))
    assert checked.accepted["surname"].to_list() == ["Ash", "Birch", "Elm, B"]
    assert checked.by_rule == {"quotes_balanced": 1}


def test_49_exactly_the_rows_of_a_sheet_are_held():
    head = b"PupilID,day,surname\n"
    read = read_delimited(head + b"000001,01/09/2026,Ash\n" * (1_048_576 - 1), "pupils.csv", TABLE)
    assert read.holds[0].rule == "not_cut_at_a_sheet"
    assert read_delimited(head + b"000001,01/09/2026,Ash\n" * 10, "pupils.csv", TABLE).holds == ()


def test_97_98_duplicates_exact_and_conflicting():
    _, checked = run(text(ONE, ONE, TWO, TWO.replace("Birch", "Beech")))
    assert checked.accepted["surname"].to_list() == ["Ash"]
    assert checked.duplicates["_line"].to_list() == [3]
    assert checked.by_rule == {"key_unique": 2}


def test_12_a_header_alone_has_no_rows_and_its_types():
    read, checked = run(text())
    assert read.table.non_records == {"header": 1}
    assert checked.accepted.schema["day"] == pl.Date


def test_non_records_are_counted_by_kind():
    read, _ = run(b"sep=,\nA title\n\n" + text(ONE, "", HEAD, TWO, ",,,,,,,,", "Total: 2"))
    assert read.table.non_records == {
        "blank": 3,
        "footer": 1,
        "header": 1,
        "repeated_header": 1,
        "separator_line": 1,
        "title": 1,
    }


def test_a_surname_of_total_is_no_footer():
    _, checked = run(text(ONE, cell(surname="Total")))
    assert checked.accepted["surname"].to_list() == ["Ash", "Total"]


def test_the_same_bytes_give_the_same_rows():
    data = text(ONE, cell(surname='"Oak\n2"'), "short", TWO)
    first, second = run(data), run(data)
    assert first[0].table.rows.equals(second[0].table.rows)
    assert first[1].quarantined.equals(second[1].quarantined)


def test_a_heading_broken_over_two_lines_is_one_heading():
    _, checked = run(text(cell(surname="Oak"), TWO, head=HEAD.replace("nhs_number", '"NHS\nnumber"')))
    assert checked.accepted["surname"].to_list() == ["Birch", "Oak"][::-1]
    assert checked.accepted["_line"].to_list() == [3, 4]
