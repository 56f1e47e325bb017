"""Step-down criteria: met, not met, and unknown where a record does not say."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

SOURCES = ("cin_census", "visits", "police_notifications", "school_exclusions", "ssda903")


def states(result: Any, family: str = "f_p1") -> dict[str, str]:
    rows = result.family_step_down.filter(pl.col("family_id") == family)
    return dict(rows.select("criterion", "state").iter_rows())


def ready(week: Any, person: str = "p1", **held: str) -> None:
    """A family on a child in need plan of which every record is good."""
    week.child(person, status="child_in_need_plan", since=date(2026, 6, 1), **held)
    week.episode(person, "child_in_need_plan", date(2026, 6, 1))
    for day in (date(2026, 6, 26), date(2026, 7, 22), date(2026, 8, 17), date(2026, 9, 14), date(2026, 10, 9)):
        week.visit(person, day, rule="child_in_need")
    week.visit(person, date(2026, 11, 5), rule="child_in_need")


def test_a_family_to_talk_about(week: Any) -> None:
    week.source(*SOURCES)
    ready(week)
    result = week.run()
    assert states(result) == {
        "plan_length": "met",
        "last_two_visits": "met",
        "no_section47": "met",
        "no_new_assessment": "met",
        "no_police_event": "met",
        "no_missing_event": "met",
        "no_exclusion": "met",
        "goals_and_views": "unknown",
        "records_current": "met",
    }
    whole = result.unit_step_down.filter(pl.col("criterion") == "every_recorded_criterion").row(0, named=True)
    assert (whole["n_considered"], whole["n_met"], whole["n_not_met"], whole["n_unknown"]) == (1, 1, 0, 0)
    judged = result.unit_step_down.filter(pl.col("criterion") == "goals_and_views").row(0, named=True)
    assert judged["why_unknown"] == "Only the family and its worker can say."


def test_a_visit_due_after_the_list_ends_is_not_known_rather_than_not_made(week: Any) -> None:
    week.source(*(name for name in SOURCES if name != "visits"))
    week.source("visits", as_of=date(2026, 11, 9))
    ready(week)
    week.rows["visits"] = [row for row in week.rows["visits"] if row["visit_date"] < date(2026, 11, 1)]
    week.visit("p1", date(2026, 10, 20), rule="child_in_need")  # the next by 17 November
    result = week.run()
    assert states(result)["last_two_visits"] == "unknown"
    row = result.unit_step_down.filter(pl.col("criterion") == "last_two_visits").row(0, named=True)
    assert row["why_unknown"] == (
        "Fewer than two visits to a child are recorded, or one fell due after our records end."
    )


def listed(result: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = result.step_down_items.select(
        "worker_id", "case_reference", "family_number", "status"
    ).rows()
    return rows


def test_its_lead_practitioner_has_it_on_a_list_and_nobody_else(week: Any) -> None:
    week.source(*SOURCES, "roster", "restricted", "allocations")
    week.worker("w1", "north")
    week.worker("w2", "north")
    ready(week, unit="north", worker="w1")
    ready(week, "p0", family="f_p1", unit="north", worker="w1")
    week.child("p2", unit="north", worker="w2", status="child_in_need_plan", since=date(2026, 11, 2))
    week.episode("p2", "child_in_need_plan", date(2026, 11, 2))
    result = week.run()
    assert listed(result) == [("w1", "Cp0", 1, "child_in_need_plan"), ("w1", "Cp1", 1, "child_in_need_plan")]
    criteria = result.step_down_items["criteria"][0].split("; ")
    assert len(criteria) == 8
    assert not any("Goals" in criterion for criterion in criteria)


def test_nothing_found_says_where_and_up_to_when_and_whom_nobody_could_tie(week: Any) -> None:
    week.source(*SOURCES, "roster", "restricted", "allocations")
    week.add("link_summary", source="police_notifications", n_people=340, n_linked=328, n_ambiguous=2, n_unlinked=10)
    week.worker("w1", "north")
    ready(week, unit="north", worker="w1")
    result = week.run()
    found = dict(result.unit_step_down.select("criterion", "none_found").iter_rows())
    census = "None found in the children in need census, up to 22 November 2026."
    police = (
        "None found in the police list, up to 22 November 2026. 12 of 340 people on it could not be tied to anyone."
    )
    assert found["no_police_event"] == found["no_missing_event"] == police
    assert found["no_section47"] == found["no_new_assessment"] == census
    assert found["plan_length"] is None
    row = result.step_down_items.row(0, named=True)
    answers = dict(zip(row["criteria"].split("; "), row["answers"].split("; "), strict=True))
    assert answers["No police event recorded in 90 days"] == police
    assert answers["The lists of plans and of care are up to date"] == "The lists are up to date."


@pytest.mark.parametrize("source", [*SOURCES, "restricted"])
def test_no_family_is_listed_while_any_feed_is_out_of_date(week: Any, source: str) -> None:
    week.source(*[name for name in (*SOURCES, "roster", "restricted", "allocations") if name != source])
    week.worker("w1", "north")
    ready(week, unit="north", worker="w1")
    assert listed(week.run()) == []


@pytest.mark.parametrize("how", ["absent", "old"])
@pytest.mark.parametrize("source", ["visits", "police_notifications", "school_exclusions", "ssda903", "cin_census"])
def test_nobody_is_counted_as_ready_while_any_feed_is_out_of_date(week: Any, source: str, how: str) -> None:
    week.source(*[name for name in SOURCES if name != source])
    if how == "old":
        week.source(source, as_of=date(2026, 10, 31))
    ready(week)
    whole = week.run().unit_step_down.filter(pl.col("criterion") == "every_recorded_criterion")
    assert whole["n_met"].sum() == 0


@pytest.mark.parametrize(
    ("source", "criterion"),
    [
        ("visits", "last_two_visits"),
        ("police_notifications", "no_police_event"),
        ("police_notifications", "no_missing_event"),
        ("school_exclusions", "no_exclusion"),
    ],
)
@pytest.mark.parametrize("how", ["absent", "old"])
def test_a_feed_that_is_absent_or_old_makes_its_criterion_unknown(
    week: Any, source: str, criterion: str, how: str
) -> None:
    week.source(*[name for name in SOURCES if name != source])
    if how == "old":
        week.source(source, as_of=date(2026, 10, 31))
    ready(week)
    result = week.run()
    assert states(result)[criterion] == "unknown"
    row = result.unit_step_down.filter(pl.col("criterion") == criterion).row(0, named=True)
    assert row["n_unknown"] == 1
    assert row["why_unknown"].startswith("No " if how == "absent" else "The ")
    whole = result.unit_step_down.filter(pl.col("criterion") == "every_recorded_criterion").row(0, named=True)
    assert (whole["n_met"], whole["n_unknown"]) == (0, 1)


def test_a_feed_that_does_not_reach_back_90_days_is_unknown(week: Any) -> None:
    week.source(*[name for name in SOURCES if name != "police_notifications"])
    week.source("police_notifications", begins=date(2026, 9, 1))
    ready(week)
    result = week.run()
    assert states(result)["no_police_event"] == "unknown"
    reason = result.family_step_down.filter(pl.col("criterion") == "no_police_event")["reason"][0]
    assert reason == "The police list is not known to reach back 90 days."


def test_each_event_is_a_no_even_in_a_feed_that_is_old(week: Any) -> None:
    week.source(*[name for name in SOURCES if name != "police_notifications"])
    week.source("police_notifications", as_of=date(2026, 10, 31))
    ready(week)
    week.add("family_members", family_id="f_p1", person_id="m", role="mother", valid_from=date(2024, 1, 1))
    for kind, person in (("domestic_abuse", "m"), ("missing", "p1")):
        row = week.add("police_notifications", incident_date=date(2026, 10, 5), incident_type=kind)
        week.add("partner_people", source="police_notifications", row_id=row, person_id=person)
    row = week.add("school_exclusions", start_date=date(2026, 10, 5))
    week.add("partner_people", source="school_exclusions", row_id=row, person_id="p1")
    week.episode("p1", "section47", date(2026, 9, 15), date(2026, 9, 25))
    week.episode("p1", "assessment", date(2026, 9, 15), date(2026, 10, 25))
    found = states(week.run())
    for criterion in ("no_police_event", "no_missing_event", "no_exclusion", "no_section47", "no_new_assessment"):
        assert found[criterion] == "not_met", criterion


def test_an_event_91_days_ago_is_past(week: Any) -> None:
    week.source(*SOURCES)
    ready(week)
    week.episode("p1", "section47", date(2026, 8, 24), date(2026, 9, 1))
    assert states(week.run())["no_section47"] == "met"
    week.episode("p1", "section47", date(2026, 8, 25), date(2026, 9, 1))
    assert states(week.run())["no_section47"] == "not_met"


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ([], "not_met"),  # none recorded, and the interval has passed
        ([date(2026, 11, 5)], "not_met"),  # that one came after its date
        ([date(2026, 10, 1), date(2026, 10, 20), date(2026, 11, 5)], "met"),
        ([date(2026, 9, 1), date(2026, 9, 20)], "not_met"),  # none since
    ],
)
def test_the_last_two_visits(week: Any, days: list[date], state: str) -> None:
    week.source(*SOURCES)
    week.child("p1", status="child_in_need_plan", since=date(2026, 8, 10))
    week.episode("p1", "child_in_need_plan", date(2026, 8, 10))
    for day in days:
        week.visit("p1", day, rule="child_in_need")
    assert states(week.run())["last_two_visits"] == state


def test_a_young_plan_and_a_plan_of_unknown_start(week: Any) -> None:
    week.source(*SOURCES)
    week.child("p1", status="child_in_need_plan", since=date(2026, 8, 24))  # 90 days: a day short of 13 weeks
    week.child("p2", status="child_protection_plan", since=date(2026, 5, 24))  # 26 weeks to the day
    week.child("p3", status="child_protection_plan")
    week.rows["child_status"][-1]["since"] = None
    result = week.run()
    assert states(result, "f_p1")["plan_length"] == "not_met"
    assert states(result, "f_p2")["plan_length"] == "met"
    assert states(result, "f_p3")["plan_length"] == "unknown"


def test_families_without_a_plan_are_not_talked_about(week: Any) -> None:
    week.source(*SOURCES)
    week.child("p1", status="open_assessment")
    week.child("p2", status="looked_after")
    result = week.run()
    assert result.family_step_down.is_empty()
    assert result.unit_step_down.is_empty()


def test_a_missing_from_care_episode_of_a_brother_counts(week: Any) -> None:
    week.source(*SOURCES)
    ready(week)
    week.child("p2", family="f_p1", status="looked_after")
    week.add("ssda903_missing", child="Cp2", mis_start=date(2026, 10, 5))
    assert states(week.run())["no_missing_event"] == "not_met"
