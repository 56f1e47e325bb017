"""The worklist and the partner news of a lead practitioner."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl


def items(result: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = result.worklist_items.select(
        "worker_id", "case_reference", "clock", "due_date", "state", "label", "last_date"
    ).rows()
    return rows


def prepared(week: Any) -> None:
    week.source("cin_census", "visits", "meetings", "roster", "restricted", "allocations")
    week.worker("w1", "north")


def test_every_item_by_its_own_words(week: Any) -> None:
    prepared(week)
    week.child("p1", unit="north", worker="w1")
    week.episode("p1", "child_protection_plan", date(2026, 9, 7))
    week.visit("p1", date(2026, 10, 30))
    week.assessment("p1", date(2026, 8, 24), date(2026, 9, 1))
    week.add("meetings", child_id="Cp1", meeting_type="court_hearing", due_date=date(2026, 12, 10))
    assert items(week.run()) == [
        (
            "w1",
            "Cp1",
            "assessment_from_referral",
            date(2026, 10, 27),
            "due",
            "No end of the assessment recorded; working day 45 was 27 October 2026",
            None,
        ),
        (
            "w1",
            "Cp1",
            "child_protection_review",
            date(2026, 12, 7),
            "due",
            "Child protection review by 7 December 2026",
            None,
        ),
        (
            "w1",
            "Cp1",
            "child_protection_visit",
            date(2026, 11, 13),
            "no_visit_recorded_since",
            "No child protection visit recorded since 30 October 2026",
            date(2026, 10, 30),
        ),
        (
            "w1",
            "Cp1",
            "core_group",
            date(2026, 9, 21),
            "no_record_of_meeting",
            "No record of the core group due by 21 September 2026",
            None,
        ),
        ("w1", "Cp1", "court_hearing", date(2026, 12, 10), "due", "Court hearing on 10 December 2026", None),
    ]


def test_what_fell_due_after_the_lists_end_stays_due(week: Any) -> None:
    week.source("cin_census", "meetings", "roster", "restricted", "allocations")
    week.source("visits", as_of=date(2026, 11, 9))
    week.worker("w1", "north")
    week.child("p1", unit="north", worker="w1", status="child_in_need_plan")
    week.episode("p1", "child_in_need_plan", date(2026, 9, 7))
    week.visit("p1", date(2026, 10, 20), rule="child_in_need")
    row = next(item for item in items(week.run()) if item[2] == "child_in_need_visit")
    assert row[3:] == (
        date(2026, 11, 17),
        "due",
        "Child in need visit by 17 November 2026; our records end on 9 November 2026",
        date(2026, 10, 20),
    )


def test_a_meeting_due_on_a_day_off_is_told_with_the_last_working_day_before(week: Any) -> None:
    prepared(week)
    week.child("p1", unit="north", worker="w1")
    week.episode("p1", "child_protection_plan", date(2026, 9, 6))  # three months later is a Sunday
    row = next(item for item in items(week.run()) if item[2] == "child_protection_review")
    assert row[3:6] == (
        date(2026, 12, 6),
        "due",
        "Child protection review by 6 December 2026; the last working day before is 4 December 2026",
    )


def test_what_was_before_the_list_begins_is_not_guessed(week: Any) -> None:
    week.source("cin_census", "roster", "restricted")
    week.source("visits", begins=date(2026, 10, 1))
    week.worker("w1", "north")
    week.child("p1", unit="north", worker="w1", status="child_in_need_plan")
    week.episode("p1", "child_in_need_plan", date(2026, 1, 5))
    (row,) = items(week.run())
    assert row[4:] == (
        "no_visit_recorded_since",
        "No child in need visit recorded since the list began on 1 October 2026",
        None,
    )


def test_without_the_list_of_restricted_records_there_is_no_worklist(week: Any) -> None:
    week.source("cin_census", "roster", "police_notifications")
    week.worker("w1", "north")
    week.child("p1", unit="north", worker="w1")
    week.episode("p1", "child_protection_plan", date(2026, 8, 30))
    police = week.add("police_notifications", incident_date=date(2026, 11, 18), incident_type="missing")
    week.add("partner_people", source="police_notifications", row_id=police, person_id="p1")
    result = week.run()
    assert result.worklist_items.is_empty()
    assert result.new_partner_information.is_empty()
    assert result.unit_actions.height
    assert "no_restricted_list" in result.unit_limits["limit"].to_list()


def test_children_without_a_worker_are_on_nobodys_list(week: Any) -> None:
    prepared(week)
    week.child("p1", unit="north", worker=None)
    week.episode("p1", "child_protection_plan", date(2026, 8, 30))
    assert week.run().worklist_items.is_empty()


def test_an_adults_record_is_news_for_each_child_and_a_childs_for_itself(week: Any) -> None:
    prepared(week)
    week.source("police_notifications", "school_exclusions")
    week.source("housing", as_of=date(2026, 11, 15))
    week.child("p1", family="f", unit="north", worker="w1")
    week.child("p2", family="f", unit="north", worker="w1")
    week.add("family_members", family_id="f", person_id="m", role="mother", valid_from=date(2024, 1, 1))
    week.add(
        "family_members",
        family_id="f",
        person_id="gone",
        role="other_adult",
        valid_from=date(2024, 1, 1),
        valid_to=date(2026, 6, 1),
    )

    def event(table: str, person: str | None, column: str, day: date, **values: Any) -> None:
        row = week.add(table, **{column: day}, **values)
        week.add("partner_people", source=table, row_id=row, person_id=person)

    event("police_notifications", "m", "incident_date", date(2026, 11, 18))
    event("police_notifications", "m", "incident_date", date(2026, 10, 30))  # delivered this week: late news
    event("police_notifications", "m", "incident_date", date(2026, 10, 1), as_of=date(2026, 11, 15))  # last week's
    event("police_notifications", "gone", "incident_date", date(2026, 11, 18))
    event("police_notifications", None, "incident_date", date(2026, 11, 18))
    event("school_exclusions", "p2", "start_date", date(2026, 11, 17))
    event("housing", "m", "start_date", date(2026, 11, 16))
    event("housing", "m", "start_date", date(2026, 11, 15))  # a full list: only its own day makes it news
    rows = (
        week.run()
        .new_partner_information.select("worker_id", "case_reference", "source", "n", "latest_event", "as_of")
        .rows()
    )
    sunday = date(2026, 11, 22)
    assert rows == [
        ("w1", "Cp1", "housing", 1, date(2026, 11, 16), date(2026, 11, 15)),
        ("w1", "Cp1", "police_notifications", 2, date(2026, 11, 18), sunday),
        ("w1", "Cp2", "housing", 1, date(2026, 11, 16), date(2026, 11, 15)),
        ("w1", "Cp2", "police_notifications", 2, date(2026, 11, 18), sunday),
        ("w1", "Cp2", "school_exclusions", 1, date(2026, 11, 17), sunday),
    ]


def test_a_week_at_school_is_news_when_half_of_it_was_missed(week: Any) -> None:
    prepared(week)
    week.source("school_attendance")
    week.child("p1", unit="north", worker="w1")
    for missed in (4, 5):
        row = week.add(
            "school_attendance",
            week_start=date(2026, 11, 16),
            sessions_possible=10,
            sessions_authorised_absence=1,
            sessions_unauthorised_absence=missed - 1,
        )
        week.add("partner_people", source="school_attendance", row_id=row, person_id="p1")
    assert week.run().new_partner_information["n"].to_list() == [1]


def test_items_are_by_date_and_name_nobody(week: Any) -> None:
    prepared(week)
    for n in range(5):
        week.child(f"p{n}", unit="north", worker="w1")
        week.episode(f"p{n}", "child_protection_plan", date(2026, 9, 1 + n))
    listed = week.run().worklist_items
    assert listed.height == 5 * 3  # a review, a core group and a visit each: every item is shown
    assert listed["unit"].unique().to_list() == ["north"]
    assert listed.columns == [
        "unit", "worker_id", "case_reference", "clock", "due_date", "state", "label", "last_date", "rule", "as_of", "trace",
    ]  # fmt: skip
    assert listed.filter(pl.col("trace") == "").is_empty()
