"""Workbooks written by hand, cell by cell, so that nothing but the file format is trusted."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from fi_workbench.contracts import all_contracts, check
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.workbook import read_workbook

TABLE = all_contracts().table("supervision")
HEAD = ["worker_id", "due_date", "held_date"]
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SERIAL = (date(2026, 11, 2) - date(1899, 12, 30)).days


def cell(value):
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value}</v></c>"
    if value.startswith("#"):
        return f'<c t="e"><v>{value}</v></c>'
    if value.startswith("="):
        return f"<c><f>{value[1:]}</f></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>' if value else "<c/>"


def workbook(*sheets, hidden=()):
    """Bytes of a workbook; a sheet is a list of rows, None for a row that is not there."""
    out = io.BytesIO()
    kinds = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{kinds}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(
            f'<sheet name="S{i}" sheetId="{i + 1}" {"state=" + chr(34) + "hidden" + chr(34) if i in hidden else ""} r:id="r{i}"/>'
            for i in range(len(sheets))
        )
        archive.writestr("xl/workbook.xml", f'<workbook {NS} xmlns:r="{REL}"><sheets>{names}</sheets></workbook>')
        links = "".join(
            f'<Relationship Id="r{i}" Type="{REL}/worksheet" Target="worksheets/s{i}.xml"/>' for i in range(len(sheets))
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}<Relationship Id="st" Type="{REL}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/styles.xml", f'<styleSheet {NS}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        )
        for i, rows in enumerate(sheets):
            body = ""
            for number, row in enumerate(rows, start=1):
                if row is not None:
                    placed = "".join(
                        cell(v).replace("<c", f'<c r="{chr(65 + k)}{number}"', 1) for k, v in enumerate(row)
                    )
                    body += f'<row r="{number}">{placed}</row>'
            archive.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet {NS}><sheetData>{body}</sheetData></worksheet>")
    return out.getvalue()


def run(data):
    read = read_workbook(data, "supervision.xlsx", TABLE)
    return read, check(read.table.rows, TABLE, as_of=date(2026, 11, 22))


def test_rows_keep_their_true_numbers_and_typed_and_text_dates_meet():
    read, checked = run(
        workbook(
            [
                ["Supervision"],
                None,
                HEAD,
                ["W1", date(2026, 11, 2), ""],
                None,
                ["W2", "2026-11-03", "2026-11-04"],
                [3, date(2026, 11, 2), ""],
            ]
        )
    )
    assert checked.accepted["worker_id"].to_list() == ["W1", "W2", "3"]
    assert checked.accepted["due_date"].to_list() == [date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 2)]
    assert checked.accepted["_line"].to_list() == [4, 6, 7]
    assert read.table.non_records == {"blank": 2, "header": 1, "title": 1}


def test_a_cell_with_an_error_is_no_empty_cell_and_quarantines_its_row():
    read, checked = run(workbook([["Title"], HEAD, ["W1", "2026-11-03", "#N/A"], ["W2", "2026-11-03", ""]]))
    assert read.holds == ()
    assert checked.by_rule == {"cells_without_error": 1}
    assert checked.accepted["worker_id"].to_list() == ["W2"]
    assert checked.quarantined["_line"].to_list() == [3]


def test_a_formula_without_a_result_refuses_the_file():
    with pytest.raises(RefusedFileError, match="formulas without results") as refused:
        run(workbook([HEAD, ["W1", "2026-11-03", "=TODAY()"]]))
    assert refused.value.how_many == "1 cells"


def test_a_bare_serial_number_is_no_date():
    _, checked = run(workbook([HEAD, ["W1", SERIAL, ""]]))
    assert checked.by_rule == {"due_date_is_a_date": 1}


def test_hidden_sheets_are_not_read_and_said():
    read, checked = run(workbook([HEAD, ["W9", "2026-11-03", ""]], [HEAD, ["W1", "2026-11-03", ""]], hidden=(0,)))
    assert checked.accepted["worker_id"].to_list() == ["W1"]
    assert any("hidden" in note.what for note in read.notes)


def test_a_cell_with_line_ends_and_marks_stays_one_cell():
    _, checked = run(workbook([HEAD, ['W1 "a"\nb\tc', "2026-11-03", ""], ["W2", "2026-11-03", ""]]))
    assert checked.accepted["worker_id"].to_list() == ['W1 "a"\nb\tc', "W2"]
    assert checked.accepted["_line"].to_list() == [2, 3]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (workbook([HEAD], [HEAD]), "Several sheets have the header of supervision: S0, S1"),
        (workbook([["a", "b"]]), "No visible sheet"),
        (workbook([HEAD], hidden=(0,)), "No visible sheet"),
        (workbook([HEAD])[:300], "damaged"),
        (b"worker_id,due_date\n", "damaged"),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_read_is_refused(data, told):
    with pytest.raises(RefusedFileError) as caught:
        run(data)
    assert told in str(caught.value)
