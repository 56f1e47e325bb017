"""Weeks without anything, and weeks with the census alone, still make sensible tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from fi_workbench import contracts
from fi_workbench.errors import ContractError
from fi_workbench.measures import CLOCKS, READS, WRITES, Measures, measure
from fi_workbench.measures.frames import USED
from fi_workbench.measures.sources import NOUNS, Sources
from fi_workbench.resources import shipped


def keep_their_contracts(result: Measures) -> None:
    contract = contracts.load_contract(shipped("data_contracts") / "derived" / "measures.odcs.yaml")
    assert set(contract.tables) == set(WRITES)
    for name in WRITES:
        frame = getattr(result, name)
        checked = contracts.validate(frame, contract.table(name))
        assert checked.equals(frame.select(checked.columns)), f"{name} is not sorted by its key"


def test_a_week_without_anything(week: Any) -> None:
    result = week.run()
    keep_their_contracts(result)
    for name in ("unit_series", "unit_actions", "worklist_items", "new_partner_information", "unit_good_news"):
        assert getattr(result, name).is_empty(), name
    for name in ("unit_step_down", "family_step_down", "unit_insights", "unit_needs", "unit_segments"):
        assert getattr(result, name).is_empty(), name
    assert result.unit_clocks.height == len(CLOCKS) * 2
    assert not result.unit_clocks["can_tell"].any()
    assert result.unit_clocks["unit"].unique().to_list() == ["whole_authority"]
    assert set(result.unit_changes["verdict"]) == {"cannot_tell"}
    assert result.unit_workload.row(0, named=True)["sentence"] == "0 children in 0 families."


def test_without_the_visit_list_nothing_is_said_about_visits(week: Any) -> None:
    week.source("cin_census")
    week.child("p1")
    week.episode("p1", "child_protection_plan", date(2026, 6, 1))
    result = week.run()
    row = result.unit_clocks.filter(pl.col("clock") == "child_protection_visit").row(0, named=True)
    assert (row["can_tell"], row["n_due"], row["n_kept"], row["n_not_recorded"]) == (False, 0, 0, 0)
    assert row["why_not"] == "No visit list has been loaded, so visits cannot be told."
    assert not result.unit_actions.filter(pl.col("action").str.contains("visit")).height
    assert not result.worklist_items.height


def test_the_census_alone_tells_assessments_and_reviews(week: Any) -> None:
    week.source("cin_census", begins=date(2026, 4, 1))
    for name in ("visits", "case_referrals"):
        week.add("source_freshness", source=name, name=name, loaded=False, state="absent")
    week.child("p1")
    week.episode("p1", "child_protection_plan", date(2026, 6, 1))
    week.assessment("p1", date(2026, 9, 1), date(2026, 9, 7))
    result = week.run()
    keep_their_contracts(result)
    told = dict(result.unit_clocks.select("clock", "can_tell").iter_rows())
    assert {clock for clock, can_tell in told.items() if can_tell} == {
        "assessment_from_referral",
        "assessment_from_start",
        "section47_to_conference",
        "child_protection_review",
    }
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["absent_visits"] == "No visit list has been loaded, so visits cannot be told."
    assert limits["no_units"] == "Without a roster, everything is counted for the whole authority."
    assert "absent_case_referrals" not in limits
    assert limits["no_segments"].startswith("No segmentation has been approved")


def test_sources_that_end_too_early_cannot_tell(week: Any) -> None:
    week.source("cin_census", as_of=date(2026, 3, 31))
    week.source("visits")
    week.child("p1")
    week.episode("p1", "child_protection_plan", date(2025, 1, 1))
    week.visit("p1", date(2026, 1, 5))
    result = week.run()
    row = result.unit_clocks.filter(pl.col("clock") == "child_protection_visit").row(0, named=True)
    assert row["why_not"] == "The children in need census ends on 31 March 2026: too early to tell."
    assert result.unit_actions.is_empty()
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["old_cin_census"] == "The children in need census ends on 31 March 2026; nothing later is known."


@pytest.mark.parametrize("as_at", [date(2035, 1, 7), date(1985, 1, 6)])
def test_a_week_outside_the_calendar_cannot_tell(week: Any, as_at: date) -> None:
    week.as_at = as_at
    week.source("cin_census", "visits", "meetings", begins=as_at - timedelta(days=700))
    week.child("p1", since=as_at - timedelta(days=200))
    week.episode("p1", "child_protection_plan", as_at - timedelta(days=200))
    week.assessment("p1", as_at - timedelta(days=60), as_at - timedelta(days=59))
    result = week.run()
    keep_their_contracts(result)
    assert not result.unit_clocks["can_tell"].any()
    told = result.unit_clocks.filter(pl.col("clock") == "assessment_from_start")["why_not"][0]
    assert told == "The calendar of working days covers 1990 to 2030 only."
    assert "calendar" in result.unit_limits["limit"].to_list()


def test_one_date_outside_the_calendar_spoils_nothing_else(week: Any) -> None:
    week.source("cin_census")
    week.child("p1")
    week.child("p2")
    week.assessment("p1", date(1926, 9, 1), date(1926, 9, 1))
    week.assessment("p2", date(2026, 9, 21), date(2026, 9, 21))
    result = week.run()
    listed = result.unit_actions.row(0, named=True)
    assert (listed["action"], listed["n_children"]) == ("assessments_reaching_day_45", 1)
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["calendar"].endswith("2 dates outside cannot be told.")


def test_tables_and_columns_that_are_missing_are_named(week: Any) -> None:
    frames = week.frames()
    del frames["visits"]
    frames["roster"] = frames["roster"].drop("fte")
    frames["gossip"] = pl.DataFrame()
    with pytest.raises(ContractError, match=r"visits is missing; .*gossip is not read; roster.fte is missing"):
        measure(**frames, settings=week.parsed(), as_at=week.as_at)


def test_the_columns_read_are_in_the_contracts() -> None:
    catalogue = contracts.all_contracts()
    clocks = {"row_id": pl.String(), "as_of": pl.Date()}
    for name in READS:
        table = catalogue.table(name)
        known = {**(clocks if table.source else {}), **table.polars_schema()}
        for column, dtype in USED[name].items():
            assert known.get(column) == dtype, f"{name}.{column}"


def test_a_source_that_is_not_there_is_named_as_one() -> None:
    nothing = Sources(pl.DataFrame(schema=USED["source_freshness"]), as_at=date(2026, 11, 22), stale_days=14)
    assert nothing.why_not([["annex_a"]]) == "No Annex A list has been loaded, so this cannot be told."
    assert not [noun for noun in NOUNS.values() if noun.endswith("lists")], "each is said of in the singular"
