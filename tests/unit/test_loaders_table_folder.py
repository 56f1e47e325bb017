"""Folders of tables: CSV and Parquet say the same, files find their tables, and what is unclear is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import Contract, all_contracts, check
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders import annex_a, table_folder
from fi_workbench.settings import Authority, Settings
from tests.unit.test_loaders_workbook import workbook

SETTINGS = Settings(authority=Authority(name="Testshire", code="000"))
AS_OF = date(2026, 11, 22)
PLANS = pl.DataFrame(
    {
        "cinp_cin_plan_id": ["P1", "P2"],
        "cinp_referral_id": ["007", None],
        "cinp_person_id": ["C1", "C2"],
        "cinp_cin_plan_start_date": pl.Series(["2026-01-05", "2026-02-28"]).str.to_datetime("%Y-%m-%d"),
        "cinp_cin_plan_end_date": [date(2026, 3, 1), None],
    }
)


@pytest.fixture(scope="module")
def ssd() -> Contract:
    return all_contracts().source("ssd")


def folder(tmp_path: Path, name: str = "2026-11-22") -> Path:
    made = tmp_path / "ssd" / name
    made.mkdir(parents=True)
    return made


def read(where: Path, contract: Contract) -> table_folder.RawExtract:
    return table_folder.read(sorted(where.iterdir()), contract, SETTINGS)


def test_the_standard_dataset_has_the_tables_that_the_workbench_wants(ssd: Contract) -> None:
    wanted = (
        "person linked_identifiers contacts cin_episodes cin_visits cp_visits cla_visits involvements professionals"
    )
    assert {f"ssd_{name}" for name in wanted.split()} <= set(ssd.tables)
    assert len(ssd.tables) >= 40
    assert not ssd.expected


def test_parquet_and_csv_give_the_same_rows(tmp_path: Path, ssd: Contract) -> None:
    one, two = folder(tmp_path / "a"), folder(tmp_path / "b")
    PLANS.write_parquet(one / "ssd_cin_plans.parquet")
    PLANS.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S")).write_csv(two / "cin_plans.csv")
    table = ssd.table("ssd_cin_plans")
    frames = []
    for where in (one, two):
        extract = read(where, ssd)
        assert (extract.as_of, [each.table for each in extract.tables]) == (AS_OF, ["ssd_cin_plans"])
        checked = check(extract.tables[0].with_text(), table, as_of=AS_OF)
        assert checked.by_rule == {}
        frames.append(checked.accepted.drop("_file", "_line"))
    assert frames[0].equals(frames[1])
    assert frames[0]["cinp_cin_plan_start_date"].to_list() == [date(2026, 1, 5), date(2026, 2, 28)]
    assert frames[0]["cinp_referral_id"].to_list() == ["007", None]


def test_a_parquet_value_of_two_lines_stays_one_value(tmp_path: Path, ssd: Contract) -> None:
    where = folder(tmp_path)
    PLANS.with_columns(cinp_person_id=pl.Series(["C1\nb", "C2\rb"])).write_parquet(where / "ssd_cin_plans.parquet")
    assert read(where, ssd).tables[0].rows["cinp_person_id"].to_list() == ["C1\nb", "C2\rb"]


def test_a_parquet_value_with_a_time_of_day_loses_it_and_says_so(tmp_path: Path, ssd: Contract) -> None:
    where = folder(tmp_path)
    PLANS.with_columns(cinp_cin_plan_start_date=pl.col("cinp_cin_plan_start_date") + pl.duration(hours=13)).head(
        1
    ).write_parquet(where / "ssd_cin_plans.parquet")
    rows = read(where, ssd).tables[0].rows
    assert read(where, ssd).tables[0].sound().height == 1
    checked = check(rows, ssd.table("ssd_cin_plans"), as_of=AS_OF)
    assert checked.accepted["cinp_cin_plan_start_date"].to_list() == [date(2026, 1, 5)]
    assert any("time of day" in finding.what for finding in checked.findings)


def test_two_files_of_one_table_are_refused_by_name(tmp_path: Path, ssd: Contract) -> None:
    where = folder(tmp_path)
    PLANS.write_csv(where / "cin_plans.csv")
    PLANS.write_parquet(where / "ssd_cin_plans.parquet")
    with pytest.raises(RefusedFileError, match="Two files hold ssd_cin_plans") as refused:
        read(where, ssd)
    assert refused.value.where == "cin_plans.csv and ssd_cin_plans.parquet"


@pytest.mark.parametrize("name", ["ssd_cin_plans.parquet", "unknown.parquet"])
def test_what_is_no_parquet_or_no_table_is_refused(tmp_path: Path, ssd: Contract, name: str) -> None:
    where = folder(tmp_path)
    (where / name).write_bytes(b"PAR1 and then nothing")
    with pytest.raises(RefusedFileError, match=r"damaged or cut off|not that of a table"):
        read(where, ssd)


def test_a_file_without_a_telling_name_is_known_by_its_headings(tmp_path: Path, ssd: Contract) -> None:
    where = folder(tmp_path)
    PLANS.write_csv(where / "export (3).csv")
    assert [each.table for each in read(where, ssd).tables] == ["ssd_cin_plans"]


def test_other_files_and_absent_tables_are_said_and_an_undated_folder_waits(tmp_path: Path, ssd: Contract) -> None:
    where = folder(tmp_path, "autumn")
    PLANS.write_csv(where / "ssd_cin_plans.csv")
    (where / "notes.docx").write_bytes(b"x")
    extract = read(where, ssd)
    assert extract.as_of is None
    told = [note.what for note in extract.notes]
    assert any(what.startswith("not read") for what in told)
    assert any("tables that were not delivered: ssd_person" in what or "ssd_person" in what for what in told)


def test_a_column_with_values_inside_values_is_refused(tmp_path: Path, ssd: Contract) -> None:
    where = folder(tmp_path)
    PLANS.with_columns(cinp_person_id=pl.concat_list("cinp_person_id")).write_parquet(where / "ssd_cin_plans.parquet")
    with pytest.raises(RefusedFileError, match="values inside values"):
        read(where, ssd)


HEAD = ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)"]
CONTACTS = [*HEAD, "Date of Contact", "Contact Source"]


def annex_rows(tmp_path: Path, *sheets: list[list[object] | None], names: tuple[str, ...]) -> Path:
    data = workbook(*sheets)
    path = tmp_path / "annex_a_2026-11-22.xlsx"
    path.write_bytes(data)
    return _renamed(path, names)


def _renamed(path: Path, names: tuple[str, ...]) -> Path:
    import io
    import zipfile

    source, out = zipfile.ZipFile(io.BytesIO(path.read_bytes())), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for part in source.namelist():
            text = source.read(part)
            if part == "xl/workbook.xml":
                for i, name in enumerate(names):
                    text = text.replace(f'name="S{i}"'.encode(), f'name="{name}"'.encode())
            target.writestr(part, text)
    path.write_bytes(out.getvalue())
    return path


def test_sheets_are_known_by_number_with_blanks_titles_and_other_sheets_around(tmp_path: Path) -> None:
    contract = all_contracts().source("annex_a")
    contacts = [
        ["Contacts, private"],
        None,
        CONTACTS,
        ["1", "b) Female", "White British", "", -1, date(2026, 11, 2), "Police"],
    ]
    cover = [["Prepared by the performance team"]]
    path = annex_rows(tmp_path, cover, contacts, names=("Cover", " List_1 "))
    extract = annex_a.read([path], contract, SETTINGS)
    assert extract.as_of == AS_OF
    (table,) = extract.tables
    assert (table.table, table.non_records) == ("annex_a_contacts", {"blank": 1, "header": 1, "title": 1})
    checked = check(table.rows, contract.table("annex_a_contacts"), as_of=AS_OF)
    told = checked.accepted.row(0, named=True)
    assert (told["gender"], told["ethnicity"], told["age"], told["_line"]) == ("F", "WBRI", -1.0, 4)
    assert any("hold no list" in note.what for note in extract.notes)
    assert any("lists that were not delivered" in note.what for note in extract.notes)


def test_a_list_twice_or_without_its_headings_is_refused(tmp_path: Path) -> None:
    contract = all_contracts().source("annex_a")
    rows = [CONTACTS, ["1", "", "", "", "", date(2026, 11, 2), ""]]
    with pytest.raises(RefusedFileError, match="Two sheets hold List 1"):
        annex_a.read([annex_rows(tmp_path, rows, rows, names=("List 1", "List_1 (2)"))], contract, SETTINGS)
    with pytest.raises(RefusedFileError, match="does not have the headings of List 3"):
        annex_a.read([annex_rows(tmp_path, [["a", "b"], ["1", "2"]], names=("List 3",))], contract, SETTINGS)
    with pytest.raises(RefusedFileError, match="No sheet of the workbook is a list"):
        annex_a.read([annex_rows(tmp_path, [["a", "b"]], names=("Cover",))], contract, SETTINGS)


def test_a_synonym_of_two_codes_is_a_fault_of_the_contract() -> None:
    from fi_workbench.contracts.reading import parse_contract
    from fi_workbench.errors import ContractError
    from tests.unit.test_loaders_dirt import CONTRACT

    told = "enum: [{value: N1, label: Abuse}, {value: N2}], customProperties: ["
    good = CONTRACT.replace(told, told + "{property: codeSynonyms, value: {N1: [abuse or neglect]}}, ")
    assert parse_contract(good, where="test").table("pupils").columns["category"].code_synonyms["abuse"] == "N1"
    for wrong in ("{N1: [x], N2: [x]}", "{N9: [x]}", "x"):
        bad = CONTRACT.replace(told, told + f"{{property: codeSynonyms, value: {wrong}}}, ")
        with pytest.raises(ContractError):
            parse_contract(bad, where="test")
