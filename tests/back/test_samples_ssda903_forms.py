"""One return in three forms is one return: the same rows are accepted and the same refused, module by module.

The sample workbook holds the return of the sample CSV files. The sample XML file holds other children; it is compared
with CSV files that the standard library's parser makes of it, and the CSV files' return is compared with itself
written as XML.
"""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.demo.care_forms import care_workbook, care_xml, modules_in
from fi_workbench.loaders import Receipt, load_new
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake

CATALOGUE = all_contracts()
CONTRACT = CATALOGUE.source("ssda903")
IN_ALL_FORMS = [name for name in CONTRACT.tables if name not in {"ssda903_sw_episodes", "ssda903_dolo"}]
"""Modules of which the sample workbook and the sample XML file hold anything."""
OF_HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB"
FLAT = {"uasc": "CHILD,SEX,DOB,DUC", "oc3": "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM",
        "ad1": "CHILD,DOB,DATE_INT,DATE_MATCH,FOSTER_CARE,NB_ADOPTR,SEX_ADOPTR,LS_ADOPTR"}  # fmt: skip
NESTED = {
    "EPISODE": "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN",
    "AREVIEW": "CHILD,DOB,REVIEW,REVIEW_CODE",
    "AMISSING": "CHILD,DOB,MISSING,MIS_START,MIS_END",
    "PERMANENCE": "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM",
    "AD_PLACED": "CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED",
    "OC2": "CHILD,DOB,SDQ_SCORE,SDQ_REASON,CONVICTED,HEALTH_CHECK,IMMUNISATIONS,TEETH_CHECK,HEALTH_ASSESSMENT,"
    "SUBSTANCE_MISUSE,INTERVENTION_RECEIVED,INTERVENTION_OFFERED",
}


def _load(workspace: Path, files: dict[str, bytes]) -> tuple[Receipt, dict[str, pl.DataFrame]]:
    """The receipt, and the accepted rows of each module in an order of their own."""
    folder = workspace / "extracts" / "ssda903" / "2018"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    lake = Lake.open(workspace / "lake", CATALOGUE)
    (receipt,) = load_new(
        workspace=workspace,
        lake=lake,
        catalogue=CATALOGUE,
        settings=parse_settings({"authority": {"name": "Somewhere", "code": "201"}}),
        clock=lambda: datetime(2026, 11, 22, 9, tzinfo=UTC),
    ).receipts
    assert receipt.outcome == "loaded"
    assert receipt.as_of is not None
    for table in receipt.tables:
        table.assert_balanced("sample")
    pin = lake.pin(receipt.as_of)
    columns = {name: list(table.columns) for name, table in CONTRACT.tables.items()}
    return receipt, {name: lake.read(name, pin).select(of).sort(of) for name, of in columns.items()}


def _csv_files(samples: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (samples / "ssda903").glob("*.csv")}


def _same(one: tuple[Receipt, dict[str, pl.DataFrame]], other: tuple[Receipt, dict[str, pl.DataFrame]]) -> None:
    """The same rows accepted, and the same rules broken as often, in every module that both forms hold."""
    for name in IN_ALL_FORMS:
        assert one[1][name].equals(other[1][name]), name
    told = [
        {
            t.table: (t.n_accepted, t.n_quarantined, t.n_duplicates, dict(t.by_rule), dict(t.flags))
            for t in receipt.tables
        }
        for receipt, _ in (one, other)
    ]
    assert {name: told[0][name] for name in IN_ALL_FORMS} == {name: told[1][name] for name in IN_ALL_FORMS}


@pytest.fixture(scope="module")
def as_csv(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Receipt, dict[str, pl.DataFrame]]:
    return _load(tmp_path_factory.mktemp("csv"), _csv_files(samples))


def test_the_sample_workbook_is_the_return_of_the_sample_csv_files(samples: Path, as_csv, tmp_path: Path) -> None:
    book = _load(tmp_path, {"903.xlsx": (samples / "ssda903" / "903_xlsx.xlsx").read_bytes()})
    _same(book, as_csv)
    assert sum(rows.height for rows in book[1].values()) == 20_855
    assert any(note.what == "modules that were not delivered: social_worker, dolo" for note in book[0].notes)


def test_the_csv_files_written_as_a_workbook_with_real_dates_are_the_same_return(
    samples: Path, as_csv, tmp_path: Path
) -> None:
    modules = modules_in(samples / "ssda903")
    _same(_load(tmp_path, {"903.xlsx": care_workbook(modules)}), as_csv)


def test_the_csv_files_written_as_xml_are_the_same_return(samples: Path, as_csv, tmp_path: Path) -> None:
    modules = modules_in(samples / "ssda903")
    _same(_load(tmp_path, {"903.xml": care_xml(modules).encode()}), as_csv)


def _flattened(path: Path) -> dict[str, list[dict[str, str]]]:
    """The sample XML file as rows of CSV files, without our reader."""
    found: dict[str, list[dict[str, str]]] = {name: [] for name in ("header", *FLAT, *NESTED)}
    for child in ET.parse(path).getroot():  # noqa: S314 - a file of our own samples, read by another parser
        (head,) = child.findall("HEADER")
        own = {one.tag: one.text or "" for one in head if not len(one)}
        own["CHILD"] = own.pop("CHILDID")
        found["header"].append(own)
        for name, told_by in (("uasc", "UASC"), ("oc3", "IN_TOUCH"), ("ad1", "DATE_INT")):
            if own.get(told_by):
                found[name].append(own)
        for block in (*child, *head):
            if block.tag in NESTED:
                values = {one.tag: one.text or "" for one in block}
                values["PLACE"] = values.pop("PL", "")
                found[block.tag].append(own | values)
    return found


def test_the_sample_xml_file_is_the_return_that_another_parser_finds_in_it(samples: Path, tmp_path: Path) -> None:
    path = samples / "ssda903" / "fake_903.xml"
    flat = _flattened(path)
    files: dict[str, bytes] = {}
    for name, heads in ({"header": OF_HEADER} | FLAT | NESTED).items():
        place = tmp_path / f"{name}.csv"
        with place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, heads.split(","), restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(flat[name])
        files[place.name] = place.read_bytes()
    xml = _load(tmp_path / "xml", {"903.xml": path.read_bytes()})
    _same(xml, _load(tmp_path / "csv", files))
    assert {name: table.n_read for table in xml[0].tables for name in [table.table]} == {
        "ssda903_header": 253, "ssda903_episodes": 459, "ssda903_reviews": 1206, "ssda903_uasc": 12, "ssda903_oc2": 253,
        "ssda903_oc3": 6, "ssda903_ad1": 3, "ssda903_placed_for_adoption": 3, "ssda903_previous_permanence": 253,
        "ssda903_missing": 6,
    }  # fmt: skip
    assert not [note for note in xml[0].notes if "does not know" in note.what or "text between" in note.what]


def test_the_sample_xml_file_and_the_sample_csv_files_are_of_other_children(samples: Path) -> None:
    """Why the two are not compared with each other."""
    numbers = {one.text for one in ET.parse(samples / "ssda903" / "fake_903.xml").iter("CHILDID")}  # noqa: S314
    with (samples / "ssda903" / "header.csv").open(encoding="utf-8", newline="") as file:
        assert not numbers & {row["CHILD"] for row in csv.DictReader(file)}


def test_sheets_of_the_sample_workbook_do_not_all_have_a_modules_name(samples: Path) -> None:
    """Why sheets are told by their headings."""
    from python_calamine import CalamineWorkbook

    titles = Counter(CalamineWorkbook.from_path(samples / "ssda903" / "903_xlsx.xlsx").sheet_names)
    assert titles - Counter(name.removeprefix("ssda903_") for name in CONTRACT.tables) == {"previous_permenance": 1}
