"""What a manager looks at: each item by its date and its rule; staff in the order of surnames, nothing about how they work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

CASE_LISTS = ("cin_census", "ssda903", "visits", "meetings", "allocations", "roster", "supervision", "restricted")


def items(result: Any, kind: str = "") -> list[dict[str, Any]]:
    rows = result.manager_items.to_dicts()
    return [row for row in rows if not kind or row["kind"].startswith(kind)]


@pytest.fixture
def north(week: Any) -> Any:
    week.source(*CASE_LISTS)
    week.worker("w1", "north")
    return week


def test_children_without_a_worker_wait_in_days(north: Any) -> None:
    north.child("p1", unit="north", worker="w1", status="child_in_need")
    north.child("p2", family="f_p1", status="child_in_need", since=date(2026, 11, 12))
    (row,) = items(north.run(), "without")
    assert (row["case_reference"], row["on_day"], row["n"]) == ("Cp2", date(2026, 11, 12), 10)
    assert row["rule_source"] == "Working Together to Safeguard Children"


def test_a_wait_for_a_worker_goes_on_through_changes_of_status(north: Any) -> None:
    """Open since June: held until the end of July, or never; on a plan since yesterday."""
    for person in ("left", "never"):
        north.child(person, unit="north", status="child_protection_plan", since=date(2026, 11, 21))
        north.episode(person, "child_in_need", date(2026, 3, 2), date(2026, 5, 4))
        north.episode(person, "child_in_need", date(2026, 6, 1))
    for start, end in ((date(2026, 3, 2), date(2026, 5, 4)), (date(2026, 6, 3), date(2026, 7, 31))):
        north.add(
            "allocations", child_id="Cleft", worker_id="w1", role="lead_practitioner", start_date=start, end_date=end
        )
    north.add("allocations", child_id="Cnever", worker_id="w1", role="lead_practitioner", end_date=date(2026, 5, 4))
    result = north.run()
    waits = {row["case_reference"]: (row["on_day"], row["n"]) for row in items(result, "without")}
    assert waits == {"Cleft": (date(2026, 8, 1), 113), "Cnever": (date(2026, 6, 1), 174)}
    told = result.unit_actions.filter(pl.col("action") == "children_without_lead_practitioner").row(0, named=True)
    assert told["from_date"] == date(2026, 6, 1), "what has waited longest comes first"
    assert told["rule"] == "Every open child should have a lead practitioner."


def test_a_referral_without_a_decision_waits_in_working_days(north: Any) -> None:
    north.source("case_referrals")
    for person, received, decided in (
        ("waits", date(2026, 11, 16), None),  # a Monday: 17 to 20 November are four working days
        ("decided", date(2026, 11, 16), date(2026, 11, 20)),
        ("not_yet", date(2026, 11, 20), None),  # a Friday: due on Monday
    ):
        north.child(person, unit="north", worker="w1", status="child_in_need")
        north.add("case_referrals", child_id=f"C{person}", referral_date=received, decision_date=decided)
    (row,) = items(north.run(), "referral")
    assert (row["case_reference"], row["on_day"], row["n"]) == ("Cwaits", date(2026, 11, 16), 4)


def test_a_referral_typed_twice_and_decided_once_waits_for_nobody(north: Any) -> None:
    north.source("case_referrals")
    received = date(2022, 3, 18)
    for person in ("p1", "p2"):
        north.child(person, family="f", unit="north", worker="w1", status="child_in_need")
    for person, source, decided in (
        ("p1", "6", date(2022, 3, 21)),
        ("p1", "6", None),  # the same under another number
        ("p1", "2A", None),  # of another source: it waits
        ("p2", "6", None),  # of a sister: it waits
    ):
        north.add(
            "case_referrals", child_id=f"C{person}", referral_date=received, referral_source=source,
            decision_date=decided,
        )  # fmt: skip
    result = north.run()
    told = result.unit_actions.filter(pl.col("action") == "referral_decision_no_record").row(0, named=True)
    assert (told["n"], told["n_children"]) == (2, 2)
    assert len(items(result, "referral")) == 2
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["referrals_typed_twice"] == (
        "1 referral looks typed twice, with a decision under another number; it is not listed."
    )


@pytest.mark.parametrize(
    ("referral", "kind"),
    [
        (date(2026, 11, 9), None),  # working day 9 on Sunday 22 November
        (date(2026, 11, 6), "assessment_day_10"),  # counted by hand: 9 to 20 November are ten working days
        (date(2026, 10, 16), "assessment_day_25"),
        (date(2026, 10, 2), "assessment_day_35"),
        (date(2026, 9, 21), "assessment_day_35"),  # working day 45 is Monday 23 November: 44 have passed
        (date(2026, 9, 18), "assessment_day_45"),  # working day 45 was Friday
        (date(2026, 5, 18), "assessment_day_45"),
    ],
)
def test_assessments_are_looked_at_on_working_days_and_past_the_last(
    north: Any, referral: date, kind: str | None
) -> None:
    north.child("p1", unit="north", worker="w1", status="open_assessment")
    north.assessment("p1", referral, referral)
    assert [row["kind"] for row in items(north.run(), "assessment")] == ([kind] if kind else [])


def test_points_are_settings_with_who_approved_them(north: Any) -> None:
    north.settings["decision_points"] = {
        "assessment_working_days": [5], "child_protection_months": [3], "approved_by": "Head of practice, 1 May 2026",
    }  # fmt: skip
    north.child("p1", unit="north", worker="w1")
    north.assessment("p1", date(2026, 11, 9), date(2026, 11, 9))
    north.episode("p1", "child_protection_plan", date(2026, 8, 1))
    found = {row["kind"]: row for row in items(north.run())}
    assert {"assessment_day_5", "child_protection_plan_3_months"} <= set(found)
    assert found["assessment_day_5"]["rule_source"] == "Local practice (Head of practice, 1 May 2026)"


def test_a_plan_of_four_years_is_not_told_as_one_of_15_months(north: Any) -> None:
    north.child("p1", unit="north", worker="w1")
    north.episode("p1", "child_protection_plan", date(2022, 12, 20))
    north.child("p2", unit="north", worker="w1")
    north.episode("p2", "child_protection_plan", date(2026, 1, 20))
    result = north.run()
    labels = {row["case_reference"]: row["label"] for row in items(result, "child_protection_plan")}
    assert labels == {
        "Cp1": "Child protection plans open 15 months or longer",
        "Cp2": "Child protection plans open 9 to 15 months",
    }
    told = result.unit_actions.filter(pl.col("action") == "child_protection_plan_15_months").row(0, named=True)
    assert told["label"] == labels["Cp1"]
    assert told["sentence"].startswith(f"{labels['Cp1']}: 1 child in 1 family.")


def test_conferences_and_hearings_of_four_weeks(north: Any) -> None:
    north.child("p1", unit="north", worker="w1")
    north.episode("p1", "child_protection_plan", date(2026, 9, 10))  # review due on 10 December
    north.child("p2", unit="north")
    north.episode("p2", "child_protection_plan", date(2026, 10, 10))  # due on 10 January: too far
    north.add("meetings", child_id="Cp2", meeting_type="court_hearing", due_date=date(2026, 12, 20))
    north.add("meetings", child_id="Cp2", meeting_type="court_hearing", due_date=date(2026, 12, 21))
    found = [(row["kind"], row["case_reference"], row["on_day"]) for row in items(north.run())]
    assert ("conference", "Cp1", date(2026, 12, 10)) in found
    assert ("hearing", "Cp2", date(2026, 12, 20)) in found
    assert len([row for row in found if row[0] in {"conference", "hearing"}]) == 2


def test_a_conference_without_a_record_by_its_date_stays_on_the_page(north: Any) -> None:
    north.child("p1", unit="north", worker="w1", status="child_in_need")
    row = north.episode("p1", "section47", date(2026, 10, 28))  # working day 15: 18 November
    north.add("cin_section47", la_child_id="Cp1", s47_actual_start_date=date(2026, 10, 28), row_id=row)
    (item,) = items(north.run(), "conference")
    assert (item["case_reference"], item["on_day"]) == ("Cp1", date(2026, 11, 18))
    assert item["label"] == "No record of the initial child protection conference by its date"


def test_dates_after_the_lists_end_are_not_told_as_without_a_record(week: Any) -> None:
    week.source(*(name for name in CASE_LISTS if name not in {"cin_census", "supervision"}))
    week.source("cin_census", "supervision", "case_referrals", as_of=date(2026, 11, 9))
    week.worker("w1", "north")
    for person in ("p1", "p2", "p3"):
        week.child(person, unit="north", worker="w1", status="child_in_need")
    week.assessment("p1", date(2026, 9, 15), date(2026, 9, 15))
    row = week.episode("p2", "section47", date(2026, 10, 28))
    week.add("cin_section47", la_child_id="Cp2", s47_actual_start_date=date(2026, 10, 28), row_id=row)
    week.add("case_referrals", child_id="Cp3", referral_date=date(2026, 11, 9))
    week.add("supervision", worker_id="w1", due_date=date(2026, 10, 20), held_date=date(2026, 10, 20))
    result = week.run()
    assert [item["label"] for item in items(result)] == [
        "Working day 45 reached after our records end",
        "Initial child protection conference due after our records end",
        "Decision on a referral due after our records end",
    ]
    assert result.manager_staff.select("supervision_due", "supervision_state").row(0) == (
        date(2026, 11, 17),
        "not_covered",
    )


def test_changes_of_worker_count_lead_practitioners_of_a_year(north: Any) -> None:
    def held(child: str, worker: str, start: date, role: str = "lead_practitioner") -> None:
        north.add("allocations", child_id=child, worker_id=worker, role=role, start_date=start)

    north.child("p1", unit="north", worker="w1")
    for worker, start in (("w3", date(2025, 1, 1)), ("w2", date(2026, 2, 1)), ("w1", date(2026, 7, 1))):
        held("Cp1", worker, start)
    held("Cp1", "w9", date(2026, 8, 1), "co_worker")
    north.child("p2", unit="north", worker="w1")
    for worker, start in (("w2", date(2025, 10, 1)), ("w1", date(2026, 7, 1)), ("w1", date(2026, 8, 1))):
        held("Cp2", worker, start)
    (row,) = items(north.run(), "changes")
    assert (row["case_reference"], row["n"], row["on_day"]) == ("Cp1", 2, date(2026, 7, 1))


def test_without_the_list_of_restricted_records_nothing_is_listed(week: Any) -> None:
    week.source(*(name for name in CASE_LISTS if name != "restricted"))
    week.worker("w1", "north")
    week.child("p1", unit="north", status="child_in_need")
    assert week.run().manager_items.is_empty()


def test_staff_stand_in_order_of_surname_with_what_they_hold(week: Any) -> None:
    week.source(*CASE_LISTS)
    first = date(2024, 1, 1)
    for number, role, surname, fte, end in (
        ("w1", "social_worker", "Young", 1.0, None),
        ("w2", "newly_qualified", "adams", 1.0, None),
        ("w3", "social_worker", "Brown", 0.5, date(2026, 12, 11)),
        ("w4", "social_worker", "Clarke", 1.0, date(2026, 11, 6)),
        ("w5", "unit_manager", "Dent", 1.0, None),
        ("w6", "social_worker", "Eve", 1.0, date(2026, 11, 6)),
    ):
        week.add(
            "roster",
            worker_id=number,
            unit="north",
            role=role,
            fte=fte,
            start_date=first,
            end_date=end,
            surname=surname,
        )
    for n, worker in enumerate(["w1", "w1", "w3", "w4"]):
        week.child(f"p{n}", family=f"f{n // 2}", unit="north", worker=worker)
    week.add("supervision", worker_id="w1", due_date=date(2026, 11, 5), held_date=date(2026, 11, 5))
    staff = week.run().manager_staff
    assert staff["worker_id"].to_list() == ["w2", "w3", "w4", "w5", "w1"]
    assert staff["place"].to_list() == [1, 2, 3, 4, 5]
    by = {row["worker_id"]: row for row in staff.to_dicts()}
    assert by["w2"]["agreed_children"] == 10.2  # 17 for a full post, six tenths for a newly qualified worker
    assert (by["w3"]["agreed_children"], by["w3"]["last_day"], by["w3"]["n_to_hand_over"]) == (
        8.5,
        date(2026, 12, 11),
        1,
    )
    assert (by["w4"]["agreed_children"], by["w4"]["n_to_hand_over"]) == (None, 1)  # gone, and still named
    assert (by["w5"]["agreed_children"], by["w5"]["n_children"]) == (None, 0)
    assert (by["w1"]["n_children"], by["w1"]["n_families"]) == (2, 1)
    assert by["w1"]["supervision_due"] == date(2026, 12, 3)
    assert "surname" not in staff.columns


def test_leave_of_a_week_that_is_near_hands_children_over_for_a_time(week: Any) -> None:
    week.source(*CASE_LISTS, "worker_leave")
    monday, day = week.as_at + timedelta(days=1), timedelta(days=1)
    for number, times in {
        "w1": [(monday - 9 * day, monday + day)],  # away now
        "w2": [(monday + 14 * day, None)],  # soon, and nobody knows until when
        "w3": [(monday, monday + 5 * day)],  # six days: too short
        "w4": [(monday + 30 * day, monday + 60 * day)],  # too far ahead
        "w5": [(monday - 20 * day, week.as_at), (monday + 2 * day, monday + 8 * day)],  # one over, one to come
    }.items():
        week.worker(number, "north")
        week.child(f"p{number}", unit="north", worker=number)
        for first, last in times:
            week.add("worker_leave", worker_id=number, first_day=first, last_day=last)
    columns = ("worker_id", "leave_first_day", "leave_last_day", "n_to_hand_over")
    found = {row[0]: row[1:] for row in week.run().manager_staff.select(columns).iter_rows()}
    assert found == {
        "w1": (monday - 9 * day, monday + day, 1),
        "w2": (monday + 14 * day, None, 1),
        "w3": (None, None, 0),
        "w4": (None, None, 0),
        "w5": (monday + 2 * day, monday + 8 * day, 1),
    }


def test_an_old_list_of_leave_says_nothing(week: Any) -> None:
    week.source(*CASE_LISTS)
    week.source("worker_leave", as_of=week.as_at - timedelta(days=90))
    week.worker("w1", "north")
    week.add("worker_leave", worker_id="w1", first_day=week.as_at, last_day=None)
    assert week.run().manager_staff["leave_first_day"].to_list() == [None]


def test_nothing_about_how_people_work_is_in_the_tables(north: Any) -> None:
    result = north.run()
    names = {*result.manager_items.columns, *result.manager_staff.columns}
    assert not names & {"n_kept", "n_due", "n_late", "n_overdue", "rank"}
    assert isinstance(result.manager_staff, pl.DataFrame)


def test_a_case_that_was_closed_between_has_not_changed_its_worker(north: Any) -> None:
    north.settings["decision_points"] = {"worker_changes": 2}
    for person, opened in (("open_all_along", date(2025, 6, 2)), ("opened_again", date(2026, 6, 1))):
        north.child(person, unit="north", worker="w1", status="child_in_need", since=opened)
        north.episode(person, "child_in_need", date(2025, 6, 2), None if opened.year == 2025 else date(2026, 3, 2))
        if opened.year == 2026:
            north.episode(person, "child_in_need", opened)
        for worker, start, end in (
            ("w7", date(2025, 6, 2), date(2026, 1, 5)),
            ("w8", date(2026, 1, 5), date(2026, 3, 2)),
            ("w1", date(2026, 6, 1), None),
        ):
            north.add(
                "allocations", child_id=f"C{person}", worker_id=worker, role="lead_practitioner", start_date=start,
                end_date=end,
            )  # fmt: skip
    (row,) = items(north.run(), "changes")
    assert (row["case_reference"], row["n"]) == ("Copen_all_along", 2)
