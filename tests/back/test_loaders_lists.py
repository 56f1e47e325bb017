"""Annex A workbooks and a school census that other people made: every row is accepted, or refused for a true reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import Checked, Contract, all_contracts
from fi_workbench.loaders import annex_a, table_folder
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.settings import Authority, Settings

SETTINGS = Settings(authority=Authority(name="Testshire", code="000"))


def judged(extract: RawExtract, contract: Contract) -> Mapping[str, Checked]:
    assert extract.as_of is not None
    return check_tables(extract.tables, contract, extract.as_of)


@pytest.fixture(scope="module")
def annex() -> Contract:
    return all_contracts().source("annex_a")


def test_codes_written_as_forms_write_them_are_read_and_counted(samples: Path, annex: Contract) -> None:
    extract = annex_a.read([samples / "annex_a" / "Annex_A_messy.xlsx"], annex, SETTINGS, as_of=date(2021, 3, 31))
    tables = judged(extract, annex)
    contacts = tables["annex_a_contacts"]
    assert set(contacts.accepted["gender"]) <= {"M", "F", "U"}
    assert "6" in set(contacts.accepted["contact_source"])
    in_need = tables["annex_a_looked_after"].accepted
    assert {"E1", "C2"} <= set(in_need["legal_status"])
    assert {"U6", "U1"} <= set(in_need["placement_type"])
    read_leniently = {(one.where, one.how_many) for one in contacts.findings if "codes" in one.what}
    assert ("gender", 5) in read_leniently
    assert tables["annex_a_early_help"].accepted["age"].to_list()[0] == pytest.approx(12.030, abs=0.001)


def test_the_large_school_census_loads(samples: Path) -> None:
    contract = all_contracts().source("school_census")
    files = sorted((samples / "school_census").glob("*.csv"))
    extract = table_folder.read(files, contract, SETTINGS, as_of=date(2024, 12, 31))
    tables = judged(extract, contract)
    assert {name: one.n_read for name, one in tables.items()} == {
        "school_census_pupils_on_roll": 9088,
        "school_census_pupils_no_longer_on_roll": 308,
        "school_census_free_school_meals": 25358,
        "school_census_exclusions": 10373,
        "school_census_sessions": 39953,
    }
    raw = pl.read_csv(samples / "school_census" / "2024_autumn_pupilonroll.csv", infer_schema_length=0)
    born, joined = (raw[name].str.head(11).str.to_date("%Y-%b-%d") for name in ("dob", "entrydate"))
    before_birth = int((joined < born).sum())
    assert tables["school_census_pupils_on_roll"].by_rule == {"entry_date_not_before_birth": before_birth}
    meals = pl.read_csv(samples / "school_census" / "2024_autumn_fsmperiodsonroll.csv", infer_schema_length=0)
    began, ended = (meals[name].str.head(11).str.to_date("%Y-%b-%d") for name in ("fsmstartdate", "fsmenddate"))
    rules = tables["school_census_free_school_meals"].by_rule
    assert rules["end_date_not_before_start_date"] == int((ended < began).sum())
