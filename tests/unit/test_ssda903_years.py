"""What each collection year of the return had: the lists of 2017 and every change since, code by code."""

from __future__ import annotations

from pathlib import Path

import pytest

from fi_workbench.contracts import load_contract
from fi_workbench.loaders import ssda903
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "ssda903.odcs.yaml")
SETTINGS = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
YEARS = range(2017, 2028)
LINES = {
    "ssda903_header": ("CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB", "C1,{sex},27/03/2005,WBRI,UN1,,"),
    "ssda903_episodes": (
        "CHILD,DECOM,RNE,LS,CIN,PLACE,DEC,REC,REASON_PLACE_CHANGE",
        "C1,15/05/2016,S,C2,N1,{place},16/06/2016,{rec},{reason_place_change}",
    ),
    "ssda903_oc3": ("CHILD,DOB,IN_TOUCH,ACTIV,ACCOM", "C1,27/03/2005,YES,{activ},U1"),
    "ssda903_previous_permanence": ("CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM", "C1,27/03/2005,{prev_perm},,"),
    "ssda903_sw_episodes": ("CHILD,SW_ID,SW_DECOM,SW_DEC,SW_REASON", "C1,SW1,15/05/2016,,{sw_reason}"),
    "ssda903_dolo": ("CHILD,DOB,DOLO_START,DOLO_END", "C1,27/03/2005,15/05/2016,"),
}
SOUND = {"sex": "", "place": "U6", "rec": "E3", "reason_place_change": "", "activ": "F1", "prev_perm": "Z1"}


def _read(year: int, table: str, folder: Path, **values: str) -> RawExtract:
    path = folder / str(year) / "module.csv"
    path.parent.mkdir()
    head, line = LINES[table]
    path.write_text(f"{head}\n{line.format(**(SOUND | {'sw_reason': ''} | values))}\n", encoding="utf-8")
    return ssda903.read([path], CONTRACT, SETTINGS)


def _codes(text: str) -> list[str]:
    return text.split()


CHANGES = [
    # table, column, codes, first year, last year
    ("ssda903_episodes", "place", "H5 P2", 2017, 2024),
    ("ssda903_episodes", "place", "K3", 2025, 2027),
    ("ssda903_episodes", "place", "Z11 Z12 Z13 Z14", 2026, 2027),
    ("ssda903_episodes", "place", "Z1 P1 P3 K1 K2 R5 T0 T4 U1 U6 A3 A6 S1", 2017, 2027),
    ("ssda903_episodes", "rec", "E43 E44", 2017, 2018),
    ("ssda903_episodes", "rec", "E45 E46 E47 E48", 2019, 2027),
    ("ssda903_episodes", "rec", "E4A E4B E11 E12 E13 E41 E15 E17 X1 E8", 2017, 2027),
    ("ssda903_episodes", "reason_place_change", "CUSTOD", 2019, 2027),
    ("ssda903_episodes", "reason_place_change", "CARPL CHILD PLACE OTHER", 2017, 2027),
    ("ssda903_oc3", "activ", "F3 P3", 2017, 2021),
    ("ssda903_oc3", "activ", "F4 P4 F5 P5", 2022, 2027),
    ("ssda903_oc3", "activ", "F1 P1 F2 P2 G4 G5 G6 0", 2017, 2027),
    ("ssda903_previous_permanence", "prev_perm", "P1 P2 P3 P4 Z1", 2017, 2027),
    ("ssda903_sw_episodes", "sw_reason", "MANAGE LEFTRL OTHERS", 2024, 2027),
]
CASES = [
    (table, column, code, year, first <= year <= last, year > last)
    for table, column, codes, first, last in CHANGES
    for code in _codes(codes)[:: 1 if first > 2017 or last < 2027 else 4]
    for year in (
        YEARS if code in {"H5", "K3", "E43", "E45", "F3", "F4"} else (2017, first - 1, first, last, last + 1, 2027)
    )
    if year in YEARS
]


@pytest.mark.parametrize(("table", "column", "code", "year", "in_force", "retired"), list(dict.fromkeys(CASES)))
def test_a_code_in_a_year(
    table: str, column: str, code: str, year: int, in_force: bool, retired: bool, tmp_path: Path
) -> None:
    """In force: taken in silence. Retired: quarantined by its own rule. Not yet there: taken and said."""
    extract = _read(year, table, tmp_path, **{column: code})
    (rows,) = (one.with_text() for one in extract.tables)
    defect = rows["_defect"].to_list()[0]
    early = [n for n in extract.notes if n.what == f"codes that were collected only after {year}"]
    assert (defect or "").startswith(f"{column}_code_in_force: ") == retired
    assert [(note.where, note.how_many) for note in early] == (
        [] if in_force or retired else [(f"{table}.{column}", 1)]
    )


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(
    ("given", "read", "written"),
    [("1", "M", "numbers"), ("2", "F", "numbers"), ("M", "M", "letters"), ("F", "F", "letters"), ("U", "U", "letters")],
)
def test_sex_is_read_in_every_year_and_said_where_it_is_of_another(
    given: str, read: str, written: str, year: int, tmp_path: Path
) -> None:
    extract = _read(year, "ssda903_header", tmp_path, sex=given)
    assert extract.tables[0].rows["sex"].to_list() == [read]
    said = [note.what for note in extract.notes if note.where == "ssda903_header.sex"]
    unusual = (written == "numbers") == (year >= 2025)
    assert [what.split(",")[0] for what in said] == ([f"sexes as {written}"] if unusual else [])


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(
    ("table", "first"), [("ssda903_sw_episodes", 2024), ("ssda903_dolo", 2027), ("ssda903_oc3", 2017)]
)
def test_a_module_before_its_first_year_is_taken_and_said(table: str, first: int, year: int, tmp_path: Path) -> None:
    extract = _read(year, table, tmp_path)
    said = [note for note in extract.notes if note.what.startswith("records of a module that is collected only from")]
    assert [(note.what[-4:], note.where, note.how_many) for note in said] == (
        [(str(first), table, 1)] if year < first else []
    )
    assert extract.tables[0].rows.height == 1


def test_without_a_year_nothing_is_judged_by_year(tmp_path: Path) -> None:
    folder = tmp_path / "ssda903"
    folder.mkdir()
    for name, values in {
        "ssda903_episodes": {"place": "H5"},
        "ssda903_header": {"sex": "1"},
        "ssda903_dolo": {},
    }.items():
        head, line = LINES[name]
        (folder / f"{name}.csv").write_text(f"{head}\n{line.format(**(SOUND | values))}\n", encoding="utf-8")
    extract = ssda903.read(sorted(folder.iterdir()), CONTRACT, SETTINGS)
    assert all(one.with_text()["_defect"].to_list() == [None] for one in extract.tables)
    assert not [note for note in extract.notes if "collected only" in note.what or "which the return" in note.what]
