"""What a census header declares, and where it makes the file wait for a person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fi_workbench.contracts import load_contract
from fi_workbench.loaders import cin_census
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.resources import shipped
from fi_workbench.settings import parse_settings

CONTRACT = load_contract(shipped("data_contracts") / "sources" / "cin_census.odcs.yaml")
CHILD = "<Child><ChildIdentifiers><LAchildID>C1</LAchildID></ChildIdentifiers></Child>"


def _read(
    folder: Path, *, years: tuple[int, ...] = (), as_of: date | None = None, children: str = CHILD, **said: str
) -> RawExtract:
    fields = {"Collection": "CIN", "Year": "2026", "ReferenceDate": "2026-03-31", "LEA": "201"} | {
        "DateTime": "2026-05-20T09:30:00Z"
    }
    fields |= said
    element = {name: f"<{name}>{text}</{name}>" if text else "" for name, text in fields.items()}
    path = folder / "census.xml"
    path.write_text(
        f"<Message><Header><CollectionDetails>{element['Collection']}{element['Year']}{element['ReferenceDate']}"
        f"</CollectionDetails><Source><SourceLevel>L</SourceLevel>{element['LEA']}{element['DateTime']}</Source>"
        f"</Header><Children>{children}</Children></Message>",
        encoding="utf-8",
    )
    settings = parse_settings(
        {"authority": {"name": "Somewhere", "code": "201"}, "returns": {"cin_census_years": list(years)}}
    )
    return cin_census.read([path], CONTRACT, settings, as_of=as_of)


def _holds(extract: RawExtract) -> list[str]:
    return [hold.rule for hold in extract.holds]


def test_a_header_that_agrees_holds_nothing(tmp_path: Path) -> None:
    extract = _read(tmp_path, years=(2025, 2026))
    assert extract.holds == ()
    assert extract.notes[0].what.startswith("children without")
    assert (extract.as_of, extract.scope) == (date(2026, 3, 31), "2026")
    assert (extract.coverage_from, extract.coverage_to) == (date(2025, 4, 1), date(2026, 3, 31))


def test_an_extract_within_the_year_covers_up_to_the_day_it_was_made(tmp_path: Path) -> None:
    extract = _read(tmp_path, DateTime="2025-11-23T06:00:00")
    assert extract.holds == ()
    assert extract.as_of == extract.coverage_to == date(2025, 11, 23)
    assert any("made within the census year" in note.what for note in extract.notes)


@pytest.mark.parametrize(
    ("said", "rule", "told"),
    [
        (
            {"Year": "2025", "ReferenceDate": "2025-03-31"},
            "header_year",
            "says collection year 2025; the settings expect 2026",
        ),
        ({"Year": ""}, "header_year", "gives no collection year"),
        ({"Year": "26"}, "header_year", "gives no collection year"),
        ({"LEA": "975"}, "header_authority", "says authority 975; the settings say 201"),
        ({"LEA": ""}, "header_authority", "names no authority"),
        ({"ReferenceDate": "2026-03-28"}, "header_reference_date", "2026-03-28 for collection year 2026"),
        ({"ReferenceDate": ""}, "header_reference_date", "gives no reference date"),
        ({"ReferenceDate": "31/03/2026"}, "header_reference_date", "gives no reference date"),
        ({"Collection": "SSDA903"}, "header_collection", "another collection than CIN"),
        ({"Collection": ""}, "header_collection", "names no collection"),
        ({"children": ""}, "no_children", "holds no child"),
    ],
)
def test_a_header_that_disagrees_waits_and_says_how(said: dict[str, str], rule: str, told: str, tmp_path: Path) -> None:
    extract = _read(tmp_path, years=(2026,), **said)
    assert _holds(extract) == [rule]
    assert told in extract.holds[0].reason
    assert "fi-workbench load --accept" in extract.holds[0].next_step
    assert len(extract.tables) == len(CONTRACT.tables)


def test_several_disagreements_are_all_said(tmp_path: Path) -> None:
    extract = _read(tmp_path, years=(2026,), Year="2022", ReferenceDate="2022-07-21", LEA="975", Collection="x")
    assert _holds(extract) == ["header_collection", "header_year", "header_authority", "header_reference_date"]


def test_without_dates_a_person_must_say_what_the_file_covers(tmp_path: Path) -> None:
    assert _read(tmp_path, ReferenceDate="", DateTime="").as_of is None
    told = _read(tmp_path, ReferenceDate="", DateTime="", as_of=date(2026, 3, 1))
    assert told.as_of == told.coverage_to == date(2026, 3, 1)


def test_the_header_outranks_what_a_person_says(tmp_path: Path) -> None:
    assert _read(tmp_path, as_of=date(2024, 1, 1)).as_of == date(2026, 3, 31)


def test_no_header_at_all_is_held(tmp_path: Path) -> None:
    path = tmp_path / "census.xml"
    path.write_text(f"<Message><Children>{CHILD}</Children></Message>", encoding="utf-8")
    settings = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
    extract = cin_census.read([path], CONTRACT, settings)
    assert len(extract.holds) == 4
    assert (extract.scope, extract.coverage_from) == ("", None)


def test_a_header_after_the_children_counts_as_well(tmp_path: Path) -> None:
    path = tmp_path / "census.xml"
    _read(tmp_path)
    text = path.read_text(encoding="utf-8")
    header = text[text.index("<Header>") : text.index("</Header>") + len("</Header>")]
    path.write_text(text.replace(header, "").replace("</Message>", f"{header}</Message>"), encoding="utf-8")
    settings = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
    assert cin_census.read([path], CONTRACT, settings).holds == ()


def test_several_exports_in_one_file_cover_up_to_the_earliest(tmp_path: Path) -> None:
    extract = _read(tmp_path, LEA="201</LEA><DateTime>2026-01-10T00:00:00</DateTime><LEA>201")
    assert extract.as_of == date(2026, 1, 10)
    assert any("several exports" in note.what for note in extract.notes)
