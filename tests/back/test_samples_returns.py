"""Return files that other people made, loaded as they are, and counted again without our reader.

The census is counted by the standard library's parser and the CSV files by its `csv` module; what is accepted and
refused is kept as exact figures, so that a changed rule shows.
"""

from __future__ import annotations

import csv
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.loaders import LoadReport, Receipt, load_new
from fi_workbench.settings import parse_settings
from fi_workbench.store import Lake

TAGS = {
    "cin_children": "Child",
    "cin_disabilities": "Disability",
    "cin_episodes": "CINdetails",
    "cin_assessments": "Assessments",
    "cin_assessment_factors": "AssessmentFactors",
    "cin_plans": "CINPlanDates",
    "cin_section47": "Section47",
    "cin_protection_plans": "ChildProtectionPlans",
    "cin_protection_plan_reviews": "CPPreviewDate",
    "cin_pre_proceedings": "PreProceedingsandFGDM",
}
MODULES = {
    "ssda903_header": "header.csv",
    "ssda903_episodes": "episodes.csv",
    "ssda903_reviews": "reviews.csv",
    "ssda903_uasc": "uasc.csv",
    "ssda903_oc2": "oc2.csv",
    "ssda903_oc3": "oc3.csv",
    "ssda903_ad1": "ad1.csv",
    "ssda903_placed_for_adoption": "placed_for_adoption.csv",
    "ssda903_previous_permanence": "previous_permanence.csv",
    "ssda903_missing": "missing.csv",
    "ssda903_sw_episodes": "sw_episodes.csv",
    "ssda903_dolo": "DoLo.csv",
}
CATALOGUE = all_contracts()
Load = Callable[..., tuple[LoadReport, Lake]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Put files under `extracts/` of a workspace of its own, and load them."""

    def loading(
        folder: str, files: list[Path], *, authority: str = "201", accept: bool = False
    ) -> tuple[LoadReport, Lake]:
        target = tmp_path / "extracts" / folder
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, target / path.name)
        lake = Lake.open(tmp_path / "lake", CATALOGUE)
        settings = parse_settings({"authority": {"name": "Somewhere", "code": authority}})
        report = load_new(
            workspace=tmp_path,
            lake=lake,
            catalogue=CATALOGUE,
            settings=settings,
            clock=lambda: datetime(2026, 11, 22, 9, tzinfo=UTC),
            accept=accept,
        )
        return report, lake

    return loading


def _only(report: LoadReport) -> Receipt:
    assert len(report.receipts) == 1
    return report.receipts[0]


def _adds_up(receipt: Receipt) -> None:
    for table in receipt.tables:
        told = table.n_accepted + table.n_quarantined + table.n_duplicates + table.n_held + table.n_non_records
        assert table.n_read == told


def _tags(path: Path) -> dict[str, int]:
    tree = ET.parse(path)  # noqa: S314 - a file of our own samples, read by another parser than the reader's
    return {table: len(list(tree.iter(tag))) for table, tag in TAGS.items()}


def _lines(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file))


@pytest.mark.parametrize(
    ("name", "authority", "holds"),
    [
        ("CIN_Census_2021.xml", "391", ["says authority 201; the settings say 391"]),
        ("CIN_Census_2024.xml", "201", ["2024-03-31 for collection year 2023"]),
        ("CIN_header_issues_100.xml", "201", ["2023-03-28 for collection year 2023"]),
        ("fake_CIN_data.xml", "201", ["says authority 975", "2022-07-21 for collection year 2022"]),
    ],
)
def test_a_census_that_disagrees_is_held_whole_until_accepted(
    name: str, authority: str, holds: list[str], samples: Path, load: Load
) -> None:
    path = samples / "cin_census" / name
    report, lake = load("cin_census", [path], authority=authority)
    held = _only(report)
    assert held.outcome == "held"
    assert report.waits
    assert all(told in held.message for told in holds)
    assert "fi-workbench load --accept" in held.message
    assert {table.table: table.n_held for table in held.tables} == _tags(path)
    _adds_up(held)
    assert lake.ledger().is_empty()
    accepted = _only(load("cin_census", [path], authority=authority, accept=True)[0])
    assert accepted.outcome == "loaded"
    assert all(told in accepted.message for told in holds)
    assert _only(load("cin_census", [path], authority=authority)[0]).outcome == "nothing_new"


@pytest.mark.parametrize(
    ("name", "as_of", "scope", "accepted", "quarantined", "duplicates"),
    [
        (
            "fake_CIN_data.xml",
            date(2022, 7, 21),
            "2022",
            {"cin_children": 332, "cin_disabilities": 112, "cin_episodes": 388},
            {"cin_episodes": 14},
            {"cin_disabilities": 5},
        ),
        ("CIN_Census_2021.xml", date(2023, 3, 31), "2023", {}, {
            "cin_children": 1, "cin_disabilities": 2, "cin_episodes": 1, "cin_assessments": 1, "cin_assessment_factors": 2,
            "cin_plans": 1, "cin_section47": 1, "cin_protection_plans": 1, "cin_protection_plan_reviews": 1,
        }, {}),
        ("CIN_Census_2024.xml", date(2023, 5, 23), "2023", {
            "cin_children": 1, "cin_disabilities": 2, "cin_episodes": 1, "cin_plans": 1,
        }, {
            "cin_children": 1, "cin_disabilities": 1, "cin_episodes": 1, "cin_assessments": 2, "cin_assessment_factors": 3,
            "cin_section47": 1, "cin_protection_plans": 1, "cin_protection_plan_reviews": 1,
        }, {}),
        ("CIN_header_issues_100.xml", date(2023, 3, 28), "2023", {}, {
            "cin_children": 1, "cin_disabilities": 2, "cin_episodes": 1, "cin_assessments": 1, "cin_assessment_factors": 2,
            "cin_plans": 1, "cin_section47": 1, "cin_protection_plans": 1, "cin_protection_plan_reviews": 1,
        }, {}),
    ],
)  # fmt: skip
def test_a_census_is_accounted_for_block_by_block(
    name: str,
    as_of: date,
    scope: str,
    accepted: dict[str, int],
    quarantined: dict[str, int],
    duplicates: dict[str, int],
    samples: Path,
    load: Load,
) -> None:
    path = samples / "cin_census" / name
    report, lake = load("cin_census", [path], accept=True)
    receipt = _only(report)
    assert (receipt.outcome, receipt.as_of, receipt.scope) == ("loaded", as_of, scope)
    _adds_up(receipt)
    assert {table.table: table.n_read for table in receipt.tables} == _tags(path)
    assert {table.table: table.n_accepted for table in receipt.tables if table.n_accepted} == accepted
    assert {table.table: table.n_quarantined for table in receipt.tables if table.n_quarantined} == quarantined
    assert {table.table: table.n_duplicates for table in receipt.tables if table.n_duplicates} == duplicates
    pin = lake.pin(as_of)
    assert {table: lake.read(table, pin).height for table in TAGS} == {table: accepted.get(table, 0) for table in TAGS}


def test_every_refused_census_row_says_why_and_where(samples: Path, load: Load) -> None:
    path = samples / "cin_census" / "CIN_Census_2024.xml"
    _, lake = load("cin_census", [path], accept=True)
    refused = lake.quarantine()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert refused.height == 11
    for row in refused.iter_rows(named=True):
        assert f"<{TAGS[row['table']]}" in lines[row["line"] - 1]
        assert len(row["rules"]) == len(row["reasons"]) > 0
        assert row["file"] == path.name
        assert row["contract_version"] == CATALOGUE.sources["cin_census"].version
    factors = refused.filter(pl.col("table") == "cin_assessment_factors")
    unreal = factors.filter(pl.col("raw") == "AssessmentFactors=RB")
    assert unreal["rules"].to_list() == [["factor_code_known", "parent_quarantined"]]
    child = refused.filter(pl.col("table") == "cin_children")
    assert child["rules"].to_list() == [["person_birth_date_not_after_extract"]]


def test_impossible_dates_of_a_census_are_named(samples: Path, load: Load) -> None:
    _, lake = load("cin_census", [samples / "cin_census" / "CIN_Census_2021.xml"], accept=True)
    by_table = dict(lake.quarantine().select("table", "rules").unique("table").iter_rows())
    assert set(by_table["cin_children"]) == {
        "expected_person_birth_date_is_a_date",
        "person_birth_date_in_range",
        "person_death_date_in_range",
    }
    assert "cin_referral_date_in_range" in by_table["cin_episodes"]
    assert all("parent_quarantined" in rules for table, rules in by_table.items() if table != "cin_children")


def test_the_large_census_reads_gender_and_flags_made_up_pupil_numbers(samples: Path, load: Load) -> None:
    report, lake = load("cin_census", [samples / "cin_census" / "fake_CIN_data.xml"], accept=True)
    receipt = _only(report)
    assert {note.what: note.how_many for note in receipt.notes}[
        "GenderCurrent read as Sex: 1 as M, 2 as F, 0 and 9 as U"
    ] == 332
    tables = {table.table: table for table in receipt.tables}
    assert dict(tables["cin_children"].flags) == {"upn_check": 320}
    assert dict(tables["cin_episodes"].by_rule) == {
        "cin_closure_date_not_after_extract": 9,
        "cin_referral_date_not_after_extract": 8,
        "date_of_initial_cpc_not_after_extract": 6,
    }
    sexes = lake.read("cin_children", lake.pin(date(2022, 7, 21)))["sex"].value_counts()
    assert dict(sexes.iter_rows()) == {"M": 82, "F": 74, "U": 176}


def test_looked_after_files_are_accounted_for_row_by_row(samples: Path, load: Load) -> None:
    files = sorted((samples / "ssda903").glob("*.csv"))
    report, lake = load("ssda903/2018", files)
    receipt = _only(report)
    assert (receipt.outcome, receipt.as_of, receipt.scope) == ("loaded", date(2018, 3, 31), "2018")
    _adds_up(receipt)
    tables = {table.table: table for table in receipt.tables}
    assert {name: table.n_read for name, table in tables.items()} == {
        name: _lines(samples / "ssda903" / file) for name, file in MODULES.items()
    }
    assert {name: dict(table.non_records) for name, table in tables.items()} == {
        name: {"header": 1} for name in MODULES
    }
    assert {name: dict(table.by_rule) for name, table in tables.items() if table.by_rule} == {
        "ssda903_reviews": {"key_unique": 14, "review_not_after_extract": 5042},
        "ssda903_oc3": {"accom_code_known": 2},
        "ssda903_placed_for_adoption": {"reason_placed_ceased_code_known": 29},
        "ssda903_sw_episodes": {
            "child_is_in_the_header": 1,
            "sw_dec_not_after_extract": 1,
            "sw_decom_not_after_extract": 1,
            "sw_reason_code_known": 1,
        },
        "ssda903_dolo": {"child_is_in_the_header": 1, "dolo_start_not_after_extract": 1},
    }
    assert {name: dict(table.flags) for name, table in tables.items() if table.flags} == {
        "ssda903_episodes": {"reason_with_an_end": 1413}
    }
    assert {name: table.n_duplicates for name, table in tables.items() if table.n_duplicates} == {"ssda903_reviews": 1}
    pin = lake.pin(date(2018, 3, 31))
    assert lake.read("ssda903_episodes", pin).height == 5050
    assert lake.read("ssda903_header", pin)["sex"].value_counts(sort=True).rows() == [("F", 1342), ("M", 1333)]


def test_reviews_to_come_and_reviews_twice_are_counted_without_our_reader(samples: Path) -> None:
    """Where the figures of the test above come from."""
    with (samples / "ssda903" / "reviews.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    to_come = [row for row in rows if datetime.strptime(row[2], "%d/%m/%Y").date() > date(2018, 3, 31)]  # noqa: DTZ007
    assert len(to_come) == 5042
    kept = [row for row in rows if row not in set(to_come)]
    again = len(kept) - len(set(kept))
    assert again == 1
    keys = [(row[0], row[2]) for row in dict.fromkeys(kept)]
    assert sum(keys.count(key) > 1 for key in keys if key in _twice(keys)) == 14


def _twice(keys: list[tuple[str, str]]) -> set[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    return {key for key in keys if key in seen or seen.add(key)}  # type: ignore[func-returns-value]


def test_codes_retired_since_are_refused_in_a_later_year(samples: Path, load: Load) -> None:
    report, _ = load("ssda903/2026", sorted((samples / "ssda903").glob("*.csv")))
    episodes = next(table for table in _only(report).tables if table.table == "ssda903_episodes")
    assert dict(episodes.by_rule) == {"place_code_in_force": 195 + 216}
    assert episodes.n_accepted == 5050 - 411


def test_looked_after_files_without_a_year_wait_for_one(samples: Path, load: Load) -> None:
    files = sorted((samples / "ssda903").glob("*.csv"))
    for accept in (False, True):
        report, lake = load("ssda903", files, accept=accept)
        held = _only(report)
        assert held.outcome == "held"
        assert "--as-of" in held.message
        _adds_up(held)
        assert lake.ledger().is_empty()


def test_two_years_of_looked_after_files_live_side_by_side(samples: Path, load: Load, tmp_path: Path) -> None:
    for year, start in (("2018", "2017"), ("2019", "2018")):
        folder = tmp_path / "extracts" / "ssda903" / year
        folder.mkdir(parents=True)
        for path in (samples / "ssda903_years").glob(f"{start}-*.csv"):
            shutil.copy(path, folder / path.name)
    report, lake = load("ssda903", [])
    assert [(receipt.outcome, receipt.scope) for receipt in report.receipts] == [("loaded", "2018"), ("loaded", "2019")]
    for receipt, start in zip(report.receipts, ("2017", "2018"), strict=True):
        _adds_up(receipt)
        read = {table.table: table.n_read for table in receipt.tables}
        assert read == {
            table: _lines(samples / "ssda903_years" / f"{start}-{name}")
            for table, name in MODULES.items()
            if (samples / "ssda903_years" / f"{start}-{name}").exists()
        }
    early, late = (lake.read("ssda903_episodes", lake.pin(day)) for day in (date(2018, 3, 31), date(2019, 3, 31)))
    assert early.height == next(t for t in report.receipts[0].tables if t.table == "ssda903_episodes").n_accepted
    assert late["as_of"].n_unique() == 2


def test_a_census_cut_off_or_put_in_the_wrong_folder_gives_nothing(samples: Path, load: Load, tmp_path: Path) -> None:
    whole = (samples / "cin_census" / "fake_CIN_data.xml").read_bytes()
    cut = tmp_path / "cut.xml"
    cut.write_bytes(whole[: len(whole) // 2])
    report, lake = load("cin_census", [cut, samples / "ssda903" / "episodes.csv"])
    assert {receipt.outcome for receipt in report.receipts} == {"refused"}
    told = " ".join(receipt.message for receipt in report.receipts)
    assert "cut off" in told
    assert "looks like ssda903" in told
    assert "RND0" not in told
    assert lake.ledger().is_empty()
