"""A return kept as one workbook: sheets told by their headings, treated as every other workbook of the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import load_contract
from fi_workbench.demo.spreadsheet import Cell, ErrorCell, Formula, Sheet, workbook
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders import ssda903
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "ssda903.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
HEADER = ["CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"]
CHILDREN: list[Sequence[Cell]] = [
    HEADER,
    [101, 1, date(2012, 3, 27), "WBRI", "UN1", None, None],
    ["C2", "F", "09/09/2013", "REFU", "L034811502612", 1, date(2025, 2, 1)],
]
EPISODES = ["CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC", "URN"]
STAYS: list[Sequence[Cell]] = [EPISODES, [101, date(2025, 5, 15), "S", "C2", "N1", "U6", "PR1", None, None, 4244474]]


def _read(folder: Path, *sheets: Sheet, beside: dict[str, str] | None = None) -> RawExtract:
    folder = folder / "2026"
    folder.mkdir(exist_ok=True)
    (folder / "return.xlsx").write_bytes(workbook(sheets))
    for name, text in (beside or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return ssda903.read(sorted(folder.iterdir()), CONTRACT, SETTINGS)


def _rows(extract: RawExtract, table: str) -> pl.DataFrame:
    return next(one.rows for one in extract.tables if one.table == table)


def _said(extract: RawExtract) -> list[str]:
    return [f"{note.what} | {note.where}" for note in extract.notes]


@pytest.mark.parametrize("table", CONTRACT.tables)
def test_every_module_is_known_from_its_headings_whatever_its_sheet_is_called(table: str, tmp_path: Path) -> None:
    headings = [column.physical_name for column in CONTRACT.table(table).columns.values()]
    for title in ("Sheet1", "header", "previous_permenance"):
        extract = _read(tmp_path, Sheet(title, [headings, ["1"] * len(headings)]))
        assert [one.table for one in extract.tables] == [table]


def test_cells_become_the_text_that_a_csv_file_has(tmp_path: Path) -> None:
    extract = _read(tmp_path, Sheet("header", CHILDREN), Sheet("episodes", STAYS))
    assert _rows(extract, "ssda903_header").select("child", "sex", "dob", "mother", "mc_dob").rows() == [
        ("101", "M", "27/03/2012", "", ""),
        ("C2", "F", "09/09/2013", "1", "01/02/2025"),
    ]
    assert _rows(extract, "ssda903_episodes").select("child", "decom", "dec", "urn", "home_post").rows() == [
        ("101", "15/05/2025", "", "4244474", None)
    ]
    done = check_tables(extract.tables, CONTRACT, extract.as_of)
    assert {name: one.accepted.height for name, one in done.items()} == {"ssda903_header": 2, "ssda903_episodes": 1}
    assert [file.name for file in extract.files] == ["return.xlsx"]


def test_a_date_that_is_kept_as_text_is_written_as_the_return_writes_dates(tmp_path: Path) -> None:
    rows: list[Sequence[Cell]] = [
        ["CHILD", "DOB", "PREV_PERM", "LA_PERM", "DATE_PERM"],
        ["C1", date(2012, 3, 27), "P2", 380, date(2019, 5, 1)],
        ["C2", date(2012, 3, 27), "P2", "OUT", "zz/zz/2019"],
    ]
    extract = _read(tmp_path, Sheet("previous_permenance", rows))
    permanence = _rows(extract, "ssda903_previous_permanence")
    assert permanence["date_perm"].to_list() == ["01/05/2019", "zz/zz/2019"]
    assert permanence["la_perm"].to_list() == ["380", "OUT"]


def test_lines_are_true_row_numbers_and_titles_are_counted(tmp_path: Path) -> None:
    extract = _read(tmp_path, Sheet("x", [["SSDA903 2026"], None, *CHILDREN[:2], None, CHILDREN[2]]))
    assert _rows(extract, "ssda903_header")["_line"].to_list() == [4, 6]
    (table,) = extract.tables
    assert table.non_records == {"header": 1, "title": 1, "blank": 2}


def test_a_row_with_an_error_is_a_defect_of_its_own_sheet(tmp_path: Path) -> None:
    spoilt = [EPISODES, [*STAYS[1][:-1], ErrorCell()], ["C2", *STAYS[1][1:]]]
    extract = _read(tmp_path, Sheet("header", CHILDREN), Sheet("episodes", spoilt))
    assert [one and one.split(":")[0] for one in _rows(extract, "ssda903_episodes")["_defect"]] == [
        "cells_without_error",
        None,
    ]
    assert _rows(extract, "ssda903_header")["_defect"].to_list() == [None, None]


def test_hidden_sheets_and_sheets_of_remarks_are_left_out_and_said(tmp_path: Path) -> None:
    extract = _read(
        tmp_path, Sheet("old", STAYS, hidden=True), Sheet("header", CHILDREN), Sheet("Remarks", [["made in May"]])
    )
    assert [one.table for one in extract.tables] == ["ssda903_header"]
    assert "hidden sheets were not read | return.xlsx" in _said(extract)
    assert "sheets that hold no module, left out | return.xlsx, sheet Remarks" in _said(extract)


def test_what_is_said_of_a_sheet_says_which(tmp_path: Path) -> None:
    extract = _read(tmp_path, Sheet("header", [[*HEADER, "SHOE"], [*CHILDREN[1], 39]]))
    assert [one for one in _said(extract) if "SHOE" in one] == [
        "columns that the contract does not know, left out: SHOE | return.xlsx, sheet header"
    ]


def test_a_module_may_lie_beside_the_workbook(tmp_path: Path) -> None:
    reviews = "CHILD,DOB,REVIEW,REVIEW_CODE\nC2,09/09/2013,12/06/2025,PN1\n"
    extract = _read(tmp_path, Sheet("header", CHILDREN), beside={"reviews.csv": reviews})
    assert [one.table for one in extract.tables] == ["ssda903_header", "ssda903_reviews"]


BOTH = ["CHILD", "SW_ID", "SW_DECOM", "SW_DEC", "SW_REASON", "MISSING", "MIS_START", "MIS_END"]


def test_where_headings_leave_a_doubt_the_title_decides(tmp_path: Path) -> None:
    extract = _read(tmp_path, Sheet("Missing", [BOTH]))
    assert [one.table for one in extract.tables] == ["ssda903_missing"]


@pytest.mark.parametrize(
    ("sheets", "told"),
    [
        ([Sheet("a", STAYS), Sheet("b", STAYS)], "Two sheets hold the module episodes"),
        ([Sheet("Both", [BOTH])], "fit two modules"),
        ([Sheet("header", CHILDREN), Sheet("episodes", [["name"], ["x"]])], "does not have the headings of the module episodes"),
        ([Sheet("a", [["CHILD", "RNE", "LS"], ["C1", "S", "C2"]])], "requires: DECOM"),
        ([Sheet("Remarks", [["made in May"]])], "No sheet of the workbook is a module of the return"),
        ([Sheet("header", [], hidden=True)], "No sheet of the workbook is a module of the return"),
        ([Sheet("header", [HEADER, ["C1", Formula("TODAY()")]])], "formulas without results"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_refused(sheets: list[Sheet], told: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedFileError) as caught:
        _read(tmp_path, *sheets)
    assert told in caught.value.what
    assert "return.xlsx" in caught.value.where
    assert caught.value.next_step


def test_a_module_in_two_forms_is_refused_with_both_places(tmp_path: Path) -> None:
    text = "CHILD,DECOM,RNE\nC1,15/05/2025,S\n"
    with pytest.raises(RefusedFileError, match="Two files hold the module episodes") as caught:
        _read(tmp_path, Sheet("Stays", STAYS), beside={"e.csv": text})
    assert caught.value.where == "e.csv and return.xlsx, sheet Stays"


def test_a_locked_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2026").mkdir()
    path = tmp_path / "2026" / "return.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(RefusedFileError, match="locked with a password"):
        ssda903.read([path], CONTRACT, SETTINGS)


@pytest.mark.parametrize("ending", ["xlsm", "xlsb", "xls", "ods", "XLSX"])
def test_every_ending_of_a_workbook_is_read(ending: str, tmp_path: Path) -> None:
    (tmp_path / "2026").mkdir()
    path = tmp_path / "2026" / f"return.{ending}"
    path.write_bytes(workbook([Sheet("header", CHILDREN)]))
    assert ssda903.read([path], CONTRACT, SETTINGS).tables[0].rows.height == 2
