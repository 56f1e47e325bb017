"""Every contract that ships can be used, and together they describe every table that the rooms exchange."""

from __future__ import annotations

import shutil

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts, check, load_contract, sample
from fi_workbench.contracts.catalogue import make_catalogue
from fi_workbench.errors import ContractError
from fi_workbench.resources import shipped

SOURCES = [
    "cin_children",
    "cin_disabilities",
    "cin_episodes",
    "cin_assessments",
    "cin_assessment_factors",
    "cin_plans",
    "cin_section47",
    "cin_protection_plans",
    "cin_protection_plan_reviews",
    "cin_pre_proceedings",
    "ssda903_header",
    "ssda903_episodes",
    "ssda903_reviews",
    "ssda903_uasc",
    "ssda903_oc2",
    "ssda903_oc3",
    "ssda903_ad1",
    "ssda903_placed_for_adoption",
    "ssda903_previous_permanence",
    "ssda903_missing",
    "ssda903_sw_episodes",
    "ssda903_dolo",
    "case_people",
    "case_relationships",
    "case_referrals",
    "visits",
    "allocations",
    "meetings",
    "supervision",
    "restricted",
    "roster",
    "intervention_referrals",
    "early_help",
    "police_notifications",
    "school_attendance",
    "school_exclusions",
    "housing",
    "health_visiting",
    "adult_services",
    "youth_justice",
]

DERIVED = [
    "source_freshness",
    "people",
    "person_links",
    "link_summary",
    "families",
    "family_members",
    "episodes",
    "child_status",
    "family_status",
    "status_history",
    "need_profiles",
    "family_profiles",
    "segment_memberships",
    "unit_proposals",
    "segment_profiles",
    "intervention_criteria",
    "intervention_options",
    "intervention_evidence",
    "intervention_spells",
    "unit_series",
    "unit_changes",
    "unit_clocks",
    "unit_actions",
    "worklist_items",
    "new_partner_information",
    "unit_step_down",
    "family_step_down",
    "step_down_items",
    "unit_step_down_follow_up",
    "unit_step_down_help",
    "unit_workload",
    "unit_forecast",
    "unit_overload",
    "unit_insights",
    "unit_good_news",
    "unit_limits",
    "unit_needs",
    "unit_segments",
    "year_measures",
    "unit_feedback",
    "unit_requests",
    "unit_finding_decisions",
    "practice_notes",
    "section_use",
    "count_reconciliation",
]

FILES = sorted(shipped("data_contracts").rglob("*.odcs.yaml"))
CATALOGUE = all_contracts()


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_each_contract_file_can_be_used(path):
    contract = load_contract(path)
    assert contract.owner
    assert contract.purpose
    for table in contract.tables.values():
        assert table.grain
        assert all(column.classification for column in table.columns.values())


def test_every_table_that_rooms_exchange_has_a_contract():
    missing = [name for name in (*SOURCES, *DERIVED) if name not in CATALOGUE.tables]
    assert missing == []


def test_sources_say_how_they_are_delivered_and_derived_tables_do_not():
    for name in SOURCES:
        assert CATALOGUE.table(name).delivery in {"full", "window", "increment"}, name
    for name in DERIVED:
        assert CATALOGUE.table(name).delivery is None, name


def test_every_column_is_explained():
    silent = [
        f"{table.name}.{column.name}"
        for table in CATALOGUE.tables.values()
        for column in table.columns.values()
        if not column.description
    ]
    assert silent == []


def test_names_births_and_numbers_are_personal():
    personal = {"forename", "surname", "date_of_birth", "postcode", "nhs_number", "address"}
    wrong = [
        f"{table.name}.{column.name} is {column.classification}"
        for table in CATALOGUE.tables.values()
        if table.source and table.source != "roster"
        for column in table.columns.values()
        if column.name in personal and column.classification not in {"personal", "special"}
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(CATALOGUE.tables))
def test_rows_can_be_made_that_satisfy_each_contract(name):
    rows = sample(CATALOGUE.table(name), 5, seed=4)
    assert rows.height >= 1


@pytest.mark.parametrize("name", [name for name in sorted(CATALOGUE.tables) if CATALOGUE.table(name).source])
def test_a_sample_written_as_text_is_accepted_again(name):
    table = CATALOGUE.table(name)
    rows = sample(table, 5, seed=4)
    texts = [_written(rows[column.name], column) for column in table.columns.values()]
    raw = pl.DataFrame(texts).with_columns(
        pl.lit("f").alias("_file"),
        pl.int_range(2, rows.height + 2, dtype=pl.Int64).alias("_line"),
        pl.int_range(1, rows.height + 1, dtype=pl.Int64).alias("_record"),
        pl.lit("raw").alias("_raw"),
    )
    checked = check(raw, table, as_of=max(_days(rows)))
    assert checked.by_rule == {}
    assert checked.accepted.select(rows.columns).equals(rows)


def _written(series, column):
    if column.logical_type == "date":
        letters = {"yyyy": "%Y", "MM": "%m", "dd": "%d"}
        form = column.formats[-1]
        for letter, code in letters.items():
            form = form.replace(letter, code)
        return series.dt.strftime(form)
    return series.cast(pl.String)


def _days(rows):
    from datetime import date

    found = [day for name, dtype in rows.schema.items() if dtype == pl.Date for day in rows[name].drop_nulls()]
    return [*found, date(2026, 11, 22)]


def test_a_misspelt_table_or_source_is_answered_with_the_nearest():
    with pytest.raises(ContractError, match="Did you mean visits"):
        CATALOGUE.table("visit")
    with pytest.raises(ContractError, match="Did you mean housing"):
        CATALOGUE.source("housin")


def test_a_workspaces_own_contract_joins_and_a_second_description_is_refused(tmp_path):
    text = (shipped("data_contracts") / "sources" / "supervision.odcs.yaml").read_text(encoding="utf-8")
    own = tmp_path / "own"
    own.mkdir()
    renamed = text.replace("sources.supervision", "sources.reflection").replace(
        "value: supervision}", "value: reflection}"
    )
    (own / "reflection.odcs.yaml").write_text(
        renamed.replace("name: supervision\n", "name: reflection\n"), encoding="utf-8"
    )
    assert "reflection" in all_contracts(extra=[own]).sources
    shutil.copy(shipped("data_contracts") / "sources" / "supervision.odcs.yaml", own)
    with pytest.raises(ContractError, match="Two contracts"):
        all_contracts(extra=[tmp_path, own])


def test_parents_come_before_the_rows_that_point_to_them():
    order = [table.name for table in CATALOGUE.source("cin_census").in_order()]
    for table in CATALOGUE.source("cin_census").tables.values():
        for parent in table.parents:
            if parent != table.name:
                assert order.index(parent) < order.index(table.name)


def test_a_foreign_key_into_nothing_or_another_source_is_refused():
    one = load_contract(shipped("data_contracts") / "sources" / "visits.odcs.yaml")
    census = load_contract(shipped("data_contracts") / "sources" / "cin_census.odcs.yaml")
    lone = next(table for table in census.tables.values() if table.parents)
    alone = type(census)(
        **{**{f: getattr(census, f) for f in census.__dataclass_fields__}, "tables": {lone.name: lone}}
    )
    with pytest.raises(ContractError, match="which no contract describes"):
        make_catalogue([one, alone])
