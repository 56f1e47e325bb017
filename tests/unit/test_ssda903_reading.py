"""How a folder of return files becomes rows of text: told apart by headings, dated by folder, nothing repaired."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import load_contract
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders import ssda903
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.loaders.ssda903_folder import collection_year, declared_day
from fi_workbench.loaders.ssda903_modules import module_of
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "ssda903.odcs.yaml")
HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
CHILDREN = HEADER + "C1,1,27/03/2012,WBRI,UN1,,\nC2,F,09/09/2013,REFU,L034811502612,1.0,01/02/2025\n"
STAYS = EPISODES + "C1,15/05/2025,S,C2,N1,U6,PR1,,,,,,\n"


def _read(
    folder: Path, files: dict[str, str | bytes], *, years: tuple[int, ...] = (), as_of: date | None = None
) -> RawExtract:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    settings = parse_settings(
        {"authority": {"name": "Somewhere", "code": "201"}, "returns": {"ssda903_years": list(years)}}
    )
    return ssda903.read(sorted(folder.iterdir()), CONTRACT, settings, as_of=as_of)


def _rows(extract: RawExtract, table: str) -> pl.DataFrame:
    return next(one.with_text() for one in extract.tables if one.table == table)


def _notes(extract: RawExtract) -> dict[tuple[str, str], int]:
    return {(note.what, note.where): note.how_many for note in extract.notes}


def test_modules_are_told_by_their_headings_and_not_by_file_names(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2026", {"a.csv": STAYS, "episodes.csv": CHILDREN})
    assert [table.table for table in extract.tables] == ["ssda903_header", "ssda903_episodes"]
    assert _rows(extract, "ssda903_header")["child"].to_list() == ["C1", "C2"]
    assert {file.name for file in extract.files} == {"a.csv", "episodes.csv"}


@pytest.mark.parametrize("table", CONTRACT.tables)
def test_every_module_is_known_from_its_own_headings(table: str) -> None:
    headings = [column.physical_name for column in CONTRACT.table(table).columns.values()]
    assert module_of((",".join(headings) + "\n").encode(), "x.csv", CONTRACT).name == table
    assert module_of((";".join(reversed(headings)).lower() + "\n").encode(), "x.csv", CONTRACT).name == table


def test_headings_may_be_written_in_any_case_with_a_mark_and_more_of_them(tmp_path: Path) -> None:
    content = "\ufeff" + STAYS.replace("CHILD,DECOM", " child ,Decom").replace("URN\n", "URN,LA_NOTES\n").replace(
        ",,\n", ",,,x\n"
    )
    extract = _read(tmp_path / "2026", {"e.csv": content})
    assert _rows(extract, "ssda903_episodes")["child"].to_list() == ["C1"]
    assert any("LA_NOTES" in note.what and note.how_many == 1 for note in extract.notes)


def test_modules_that_are_not_there_are_said(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2026", {"e.csv": STAYS, "h.csv": CHILDREN})
    said = [note for note in extract.notes if note.what.startswith("modules that were not delivered")]
    assert [note.how_many for note in said] == [10]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"x.csv": "CHILD,DOB\nC1,01/01/2015\n"}, "belongs to no module"),
        ({"x.csv": "name,street\na,b\n"}, "belongs to no module"),
        ({"a.csv": STAYS, "b.csv": STAYS}, "Two files hold the module episodes"),
        ({"x.csv": STAYS.replace("DECOM,", "").replace("15/05/2025,", "")}, "requires: DECOM"),
        ({"x.csv": ""}, "empty (0 bytes)"),
        ({"x.csv": b"PK\x03\x04"}, "Excel workbook"),
        ({"notes.docx": "x"}, "no file of the return"),
        ({"h.csv": CHILDREN, "all.xlsx": b"PK\x03\x04"}, "not a workbook"),
        (
            {
                "h.csv": CHILDREN,
                "all.xml": "<EXPSSDA903><CHILD><HEADER><CHILDID>C1</CHILDID></HEADER></CHILD></EXPSSDA903>",
            },
            "Two files hold the module header",
        ),
        ({"h.csv": CHILDREN, "e.csv": STAYS + 'C2,"15/05/2025,S\n'}, "quotation mark"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(files: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedFileError, match=told.replace("(", r"\(").replace(")", r"\)")) as caught:
        _read(tmp_path / "2026", files)
    assert "C1" not in str(caught.value)
    assert "2015" not in str(caught.value)


def test_files_of_two_folders_are_refused(tmp_path: Path) -> None:
    for year in ("2025", "2026"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "h.csv").write_text(CHILDREN)
    settings = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
    with pytest.raises(RefusedFileError, match="several folders"):
        ssda903.read(sorted(tmp_path.glob("*/*.csv")), CONTRACT, settings)


def test_other_files_beside_the_return_are_left_alone_and_said(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2026", {"h.csv": CHILDREN, "letter.docx": b"PK\x03\x04"})
    assert _notes(extract)["not read: the return is read from CSV files, workbooks and XML", "letter.docx"] == 1
    assert [file.name for file in extract.files] == ["h.csv", "letter.docx"]


@pytest.mark.parametrize(
    ("folder", "day"),
    [
        ("2026", date(2026, 3, 31)),
        ("2025-26", date(2026, 3, 31)),
        ("2025-2026", date(2026, 3, 31)),
        ("2025_26", date(2026, 3, 31)),
        ("ssda903_2026", date(2026, 3, 31)),
        ("1999-00", None),
        ("2025-11-22", date(2025, 11, 22)),
        ("2025-27", None),
        ("2025-02-31", None),
        ("ssda903", None),
        ("final", None),
    ],
)
def test_a_folder_declares_what_it_covers(folder: str, day: date | None) -> None:
    assert declared_day(folder) == day


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 3, 31), 2026), (date(2026, 4, 1), 2027), (date(2025, 12, 31), 2026)]
)
def test_collection_years_end_in_march(day: date, year: int) -> None:
    assert collection_year(day) == year


def test_the_folder_gives_the_day_and_the_year(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2025-26", {"h.csv": CHILDREN})
    assert (extract.as_of, extract.scope, extract.holds) == (date(2026, 3, 31), "2026", ())
    assert (extract.coverage_from, extract.coverage_to) == (date(2025, 4, 1), date(2026, 3, 31))


def test_without_a_folder_of_a_year_a_person_must_say(tmp_path: Path) -> None:
    silent = _read(tmp_path / "ssda903", {"h.csv": CHILDREN})
    assert (silent.as_of, silent.scope, silent.coverage_from) == (None, "", None)
    told = _read(tmp_path / "ssda903", {}, as_of=date(2025, 11, 22))
    assert (told.as_of, told.scope, told.holds) == (date(2025, 11, 22), "2026", ())


def test_the_folder_outranks_what_a_person_says(tmp_path: Path) -> None:
    assert _read(tmp_path / "2026", {"h.csv": CHILDREN}, as_of=date(2020, 1, 1)).as_of == date(2026, 3, 31)


def test_another_year_than_expected_waits(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2026", {"h.csv": CHILDREN}, years=(2024, 2025))
    assert [hold.rule for hold in extract.holds] == ["collection_year"]
    assert "2026; the settings expect 2024 or 2025" in extract.holds[0].reason
    assert _read(tmp_path / "2026", {}, years=(2026,)).holds == ()


def test_numbers_for_sex_and_decimals_for_yes_are_read_and_said(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2026", {"h.csv": CHILDREN})
    rows = _rows(extract, "ssda903_header")
    assert rows["sex"].to_list() == ["M", "F"]
    assert rows["mother"].to_list()[1] == "1"
    assert rows["_raw"].to_list()[1].startswith("C2,F,09/09/2013,REFU,L034811502612,1.0")
    assert _notes(extract)["numbers in SEX read as letters: 1 as M, 2 as F", "ssda903_header"] == 1
    assert _notes(extract)["1.0 and 0.0 read as yes and no", "ssda903_header.mother"] == 1


@pytest.mark.parametrize(("year", "defect"), [("2024", None), ("2025", "place_code_in_force")])
def test_a_retired_placement_is_taken_only_in_its_years(year: str, defect: str | None, tmp_path: Path) -> None:
    extract = _read(tmp_path / year, {"e.csv": STAYS.replace("U6", "H5")})
    assert [one and one.split(":")[0] for one in _rows(extract, "ssda903_episodes")["_defect"]] == [defect]


def test_a_placement_before_its_first_year_is_taken_and_said(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2024", {"e.csv": STAYS.replace("U6", "K3")})
    assert _notes(extract)["codes that were collected only after 2024", "ssda903_episodes.place"] == 1


def test_short_rows_and_footers_are_never_made_into_children(tmp_path: Path) -> None:
    extract = _read(tmp_path / "2026", {"h.csv": CHILDREN + "C3,M\n\nTotal: 3\n"})
    rows = _rows(extract, "ssda903_header")
    assert rows["child"].to_list() == ["C1", "C2", None]
    assert rows["_defect"].to_list()[2].startswith("fields_complete:")
    table = next(table for table in extract.tables if table.table == "ssda903_header")
    assert table.non_records == {"header": 1, "blank": 1, "footer": 1}
