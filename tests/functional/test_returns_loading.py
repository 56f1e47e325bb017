"""Statutory returns through the whole of loading: held, accepted, replaced within their year, and never half taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.loaders import LoadReport, load_new
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake

CATALOGUE = all_contracts()
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
Load = Callable[..., LoadReport]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(tmp_path / "lake", CATALOGUE)


@pytest.fixture
def load(tmp_path: Path, lake: Lake) -> Load:
    def loading(
        files: dict[str, str], *, accept: bool = False, as_of: date | None = None, year: int = 2026
    ) -> LoadReport:
        for name, text in files.items():
            path = tmp_path / "extracts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        settings = parse_settings(
            {
                "authority": {"name": "Somewhere", "code": "201"},
                "returns": {"cin_census_years": [year], "ssda903_years": [year]},
            }
        )
        return load_new(
            workspace=tmp_path,
            lake=lake,
            catalogue=CATALOGUE,
            settings=settings,
            clock=lambda: datetime(2026, 11, 22, 9, tzinfo=UTC),
            accept=accept,
            as_of=as_of,
        )

    return loading


def _census(*children: str, made: str = "2026-05-20", year: int = 2026, lea: str = "201") -> str:
    blocks = "".join(
        f"<Child><ChildIdentifiers><LAchildID>{child}</LAchildID><PersonBirthDate>2015-03-27</PersonBirthDate><Sex>F</Sex>"
        "</ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics><CINdetails>"
        "<CINreferralDate>2025-10-06</CINreferralDate><ReferralSource>6</ReferralSource><ReferralNFA>0</ReferralNFA>"
        "</CINdetails></Child>"
        for child in children
    )
    return (
        f"<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year><ReferenceDate>{year}-03-31"
        f"</ReferenceDate></CollectionDetails><Source><LEA>{lea}</LEA><DateTime>{made}T06:00:00</DateTime></Source>"
        f"</Header><Children>{blocks}</Children></Message>"
    )


def _outcomes(report: LoadReport) -> list[str]:
    return [receipt.outcome for receipt in report.receipts]


def test_a_census_of_another_authority_waits_until_a_person_takes_it(load: Load, lake: Lake) -> None:
    held = load({"cin_census/a.xml": _census("C1", lea="999")})
    assert _outcomes(held) == ["held"]
    assert "says authority 999; the settings say 201" in held.receipts[0].message
    assert lake.ledger().is_empty()
    assert _outcomes(load({})) == ["held"]
    taken = load({}, accept=True)
    assert _outcomes(taken) == ["loaded"]
    assert "A person accepted it although" in taken.receipts[0].message
    assert _outcomes(load({})) == ["nothing_new"]


def test_a_later_extract_of_the_year_replaces_the_earlier_and_the_past_stays(load: Load, lake: Lake) -> None:
    load({"cin_census/november.xml": _census("C1", "C2", made="2025-11-23")})
    load({"cin_census/march.xml": _census("C2", "C3", made="2026-02-01")})

    def children(day: date) -> list[str]:
        return lake.read("cin_children", lake.pin(day))["la_child_id"].to_list()

    assert children(date(2025, 11, 23)) == ["C1", "C2"]
    assert children(date(2026, 1, 31)) == ["C1", "C2"]
    assert children(date(2026, 2, 1)) == ["C2", "C3"]


def test_censuses_of_two_years_stand_beside_each_other(load: Load, lake: Lake) -> None:
    load({"cin_census/2025.xml": _census("C1", year=2025).replace("2025-10-06", "2024-10-06")}, year=2025)
    load({"cin_census/2026.xml": _census("C2")})
    assert lake.read("cin_children", lake.pin(date(2026, 3, 31)))["la_child_id"].to_list() == ["C1", "C2"]
    assert sorted(lake.ledger()["scope"].to_list()) == ["2025", "2026"]


def test_a_census_that_breaks_off_leaves_nothing_and_stops_nobody(load: Load, lake: Lake) -> None:
    report = load({"cin_census/broken.xml": _census("C1", "C2")[:-120], "cin_census/whole.xml": _census("C3")})
    assert sorted(_outcomes(report)) == ["loaded", "refused"]
    assert lake.read("cin_children", lake.pin(date(2026, 3, 31)))["la_child_id"].to_list() == ["C3"]
    assert all("C1" not in receipt.message for receipt in report.receipts)


def test_a_return_without_a_year_is_taken_once_the_day_is_said(load: Load, lake: Lake) -> None:
    files = {
        "ssda903/header.csv": HEADER + "C1,M,27/03/2012,WBRI,UN1,,\n",
        "ssda903/episodes.csv": EPISODES + "C1,15/05/2025,S,C2,N1,U6,PR1,,,,,,\n",
    }
    assert _outcomes(load(files)) == ["held"]
    assert _outcomes(load({}, accept=True)) == ["held"]
    taken = load({}, as_of=date(2026, 3, 31))
    assert _outcomes(taken) == ["loaded"]
    assert taken.receipts[0].scope == "2026"
    assert lake.read("ssda903_episodes", lake.pin(date(2026, 3, 31)))["decom"].to_list() == [date(2025, 5, 15)]
    assert _outcomes(load({})) == ["nothing_new"]


def test_a_return_of_an_unexpected_year_waits(load: Load) -> None:
    report = load({"ssda903/2024/h.csv": HEADER + "C1,1,27/03/2012,WBRI,UN1,,\n"})
    assert _outcomes(report) == ["held"]
    assert "collection year 2024; the settings expect 2026" in report.receipts[0].message
    assert _outcomes(load({}, accept=True)) == ["loaded"]


def test_a_return_with_a_letter_beside_it_is_loaded_once(load: Load) -> None:
    files = {"ssda903/2026/h.csv": HEADER + "C1,M,27/03/2012,WBRI,UN1,,\n", "ssda903/2026/letter.docx": "PK"}
    report = load(files)
    assert _outcomes(report) == ["loaded"]
    assert any("not read" in note.what and note.where == "letter.docx" for note in report.receipts[0].notes)
    assert _outcomes(load({})) == ["nothing_new"]


def test_a_return_in_xml_replaces_the_csv_files_of_its_year(load: Load, lake: Lake) -> None:
    load({"ssda903/2025-12-01/h.csv": HEADER + "C1,M,27/03/2012,WBRI,UN1,,\nC2,F,27/03/2013,WBRI,UN1,,\n"})
    child = "<CHILD><HEADER><CHILDID>{}</CHILDID><SEX>F</SEX><DOB>27/03/2013</DOB></HEADER></CHILD>"
    children = "".join(map(child.format, ("C2", "C3")))
    assert _outcomes(load({"ssda903/2026/return.xml": f"<EXPSSDA903>{children}</EXPSSDA903>"})) == [
        "loaded",
        "nothing_new",
    ]
    assert lake.read("ssda903_header", lake.pin(date(2025, 12, 1)))["child"].to_list() == ["C1", "C2"]
    assert lake.read("ssda903_header", lake.pin(date(2026, 3, 31)))["child"].to_list() == ["C2", "C3"]


def test_returns_in_xml_in_each_others_folders_are_sent_to_their_own(load: Load, lake: Lake) -> None:
    report = load(
        {
            "ssda903/2026/a.xml": _census("C1"),
            "cin_census/b.xml": "<EXPSSDA903><CHILD><HEADER><CHILDID>C1</CHILDID></HEADER></CHILD></EXPSSDA903>",
        }
    )
    assert _outcomes(report) == ["refused", "refused"]
    told = {receipt.source: receipt.message for receipt in report.receipts}
    assert "looks like cin_census" in told["ssda903"]
    assert "looks like ssda903" in told["cin_census"]
    assert lake.ledger().is_empty()


def test_a_return_in_xml_that_breaks_off_leaves_nothing(load: Load, lake: Lake) -> None:
    child = "<CHILD><HEADER><CHILDID>C1</CHILDID></HEADER></CHILD>"
    report = load({"ssda903/2026/a.xml": f"<EXPSSDA903>{child}{child[:-6]}"})
    assert _outcomes(report) == ["refused"]
    assert "cut off" in report.receipts[0].message
    assert lake.ledger().is_empty()


def test_a_module_that_lacks_a_column_is_refused_by_name(load: Load, lake: Lake) -> None:
    lacking = EPISODES.replace("DECOM,", "")
    report = load({"ssda903/2026/e.csv": lacking + "C1,S,C2,N1,U6,PR1,,,,,,\n"})
    assert _outcomes(report) == ["refused"]
    assert "DECOM" in report.receipts[0].message
    assert lake.ledger().is_empty()
