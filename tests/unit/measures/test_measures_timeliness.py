"""Counts by clock on tables small enough to check by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

SUNDAY = date(2026, 11, 22)


def clock_row(result: Any, clock: str, weeks: int = 4, unit: str = "whole_authority") -> dict[str, Any]:
    rows = result.unit_clocks.filter(pl.col("clock") == clock, pl.col("window_weeks") == weeks, pl.col("unit") == unit)
    found: dict[str, Any] = rows.row(0, named=True)
    return found


def counts(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["n_due"], row["n_kept"], row["n_not_recorded"]


def test_assessments_by_both_clocks(week: Any) -> None:
    week.source("cin_census")
    for person in ("p1", "p2", "p3", "p4"):
        week.child(person)
    # Due by referral on 9 November and by start on 16 November; authorised on the 13th: late by one clock only.
    week.assessment("p1", date(2026, 9, 7), date(2026, 9, 14), date(2026, 11, 13))
    week.assessment("p2", date(2026, 9, 7), date(2026, 9, 7), date(2026, 11, 9))  # on the day
    week.assessment("p3", date(2026, 9, 7), date(2026, 9, 7))  # no end recorded
    week.assessment("p4", date(2026, 9, 21), date(2026, 9, 21))  # due on 23 November: not yet
    result = week.run()
    assert counts(clock_row(result, "assessment_from_referral")) == (3, 1, 1)
    assert counts(clock_row(result, "assessment_from_start")) == (3, 2, 1)


def test_a_second_assessment_of_an_episode_counts_from_its_own_start(week: Any) -> None:
    week.source("cin_census")
    week.child("p1")
    week.assessment("p1", date(2020, 5, 22), date(2020, 5, 22), date(2020, 7, 10))
    week.assessment("p1", date(2020, 5, 22), date(2026, 9, 7), date(2026, 11, 9))  # on its 45th working day
    result = week.run()
    assert counts(clock_row(result, "assessment_from_referral")) == (1, 1, 0)
    assert counts(clock_row(result, "assessment_from_start")) == (1, 1, 0)


def test_a_date_kept_counts_although_the_case_was_closed_before_it_fell_due(week: Any) -> None:
    week.source("cin_census", "roster", "allocations")
    week.worker("w1", "unit_a")
    week.worker("w2", "unit_b")
    week.child("p1", status="closed", since=date(2026, 10, 20))
    week.add(
        "status_history",
        person_id="p1",
        family_id="f_p1",
        from_date=date(2026, 9, 14),
        to_date=date(2026, 10, 20),
        status="open_assessment",
        unit="unit_a",
    )
    # Finished on the day that the case was closed; its 45th working day is 16 November.
    week.assessment("p1", date(2026, 9, 14), date(2026, 9, 14), date(2026, 10, 20))
    result = week.run()
    for clock in ("assessment_from_referral", "assessment_from_start"):
        assert counts(clock_row(result, clock, unit="unit_a")) == (1, 1, 0)
        assert counts(clock_row(result, clock, unit="unit_b")) == (0, 0, 0)


def test_an_assessment_that_ended_with_the_case_was_not_authorised(week: Any) -> None:
    week.source("cin_census")
    week.child("p1")
    row = week.episode("p1", "assessment", date(2026, 9, 7), date(2026, 10, 1), end_detail="case_closed")
    week.add(
        "cin_assessments",
        la_child_id="Cp1",
        cin_referral_date=date(2026, 9, 7),
        assessment_actual_start_date=date(2026, 9, 7),
        row_id=row,
    )
    assert counts(clock_row(week.run(), "assessment_from_start")) == (0, 0, 0)


def test_conferences_after_section_47_enquiries(week: Any) -> None:
    week.source("cin_census")
    start = date(2026, 10, 12)  # due on 2 November
    cases = {
        "kept": (date(2026, 11, 2), False),
        "after": (date(2026, 11, 3), False),
        "open": (None, False),
        "none_required": (None, True),
    }
    for person, (held, not_required) in cases.items():
        week.child(person)
        row = week.episode(person, "section47", start, held)
        week.add(
            "cin_section47",
            la_child_id=f"C{person}",
            cin_referral_date=start,
            s47_actual_start_date=start,
            date_of_initial_cpc=held,
            icpc_not_required=not_required,
            row_id=row,
        )
    assert counts(clock_row(week.run(), "section47_to_conference")) == (3, 1, 1)


def test_visits_with_recording_lag_and_a_child_not_seen(week: Any) -> None:
    week.source("cin_census", "visits")
    week.child("p1")
    week.episode("p1", "child_protection_plan", date(2026, 10, 5))
    week.visit("p1", date(2026, 10, 19), lag=1)  # due on the 19th: kept, but before the window
    week.visit("p1", date(2026, 10, 30), lag=3)  # due on 2 November: kept
    week.visit("p1", date(2026, 11, 5), seen=False)  # the child was not seen: does not count
    week.visit("p1", date(2026, 11, 16), lag=5)  # due on the 13th: after its date
    result = week.run()
    four = clock_row(result, "child_protection_visit")
    assert counts(four) == (2, 1, 0)
    assert four["median_recording_lag_days"] == 4.0
    thirteen = clock_row(result, "child_protection_visit", 13)
    assert counts(thirteen) == (3, 2, 0)
    assert thirteen["median_recording_lag_days"] == 3.0


def test_a_visit_is_never_read_from_anything_but_a_visit(week: Any) -> None:
    week.source("cin_census", "visits", "meetings")
    week.child("p1")
    week.episode("p1", "child_protection_plan", date(2026, 10, 5))
    week.assessment("p1", date(2026, 10, 6), date(2026, 10, 6), date(2026, 10, 20))
    for day in (date(2026, 10, 12), date(2026, 11, 2)):
        week.add("meetings", child_id="Cp1", meeting_type="core_group", due_date=day, held_date=day, recorded_on=day)
    week.visit("p1", date(2026, 10, 12), rule="assessment")
    row = clock_row(week.run(), "child_protection_visit", 13)
    assert counts(row) == (1, 0, 1)


def test_core_groups_and_reviews_from_both_sources(week: Any) -> None:
    week.source("cin_census", "meetings")
    week.child("p1", since=date(2026, 5, 11))
    week.episode("p1", "child_protection_plan", date(2026, 5, 11))
    # First review due on 11 August, held the day before by the census; the next within six months: not yet due.
    week.add("cin_protection_plan_reviews", la_child_id="Cp1", cpp_review_date=date(2026, 8, 10))
    week.add(
        "meetings",
        child_id="Cp1",
        meeting_type="child_protection_review",
        due_date=date(2026, 8, 11),
        held_date=date(2026, 8, 10),
        recorded_on=date(2026, 8, 12),
    )
    for held in (date(2026, 5, 26), date(2026, 7, 7), date(2026, 8, 18), date(2026, 10, 1)):
        week.add(
            "meetings",
            child_id="Cp1",
            meeting_type="core_group",
            due_date=held,
            held_date=held,
            recorded_on=held,
        )
    result = week.run()
    assert counts(clock_row(result, "child_protection_review", 13)) == (0, 0, 0)
    assert clock_row(result, "child_protection_review", 13)["can_tell"]
    # Core groups due on 29 September (held 1 October: after) and 12 November (no record).
    assert counts(clock_row(result, "core_group", 13)) == (2, 0, 1)
    assert counts(clock_row(result, "core_group", 4)) == (1, 0, 1)


def test_looked_after_visits_leave_out_what_has_other_clocks(week: Any) -> None:
    week.source("ssda903", "visits")
    day = date(2026, 10, 1)
    placements = {
        "foster": ("C2", "U4"),
        "adoption": ("E1", "A4"),
        "home_interim": ("C1", "P1"),
        "home_order": ("C2", "P1"),
    }
    for person, (legal, place) in placements.items():
        week.child(person, status="looked_after", since=day)
        week.episode(person, "looked_after", day, detail=legal)
        week.add("ssda903_episodes", child=f"C{person}", decom=day, rne="S", ls=legal, place=place)
    week.child("short_break", status="child_in_need_plan")
    week.add("ssda903_episodes", child="Cshort_break", decom=day, rne="S", ls="V4", place="U4")
    row = clock_row(week.run(), "looked_after_visit", 13)
    # Foster care and the care order at home: due on 8 October, no visit recorded.
    assert counts(row) == (2, 0, 2)


def test_a_placement_change_starts_the_visiting_clock_again(week: Any) -> None:
    week.source("ssda903", "visits")
    week.child("p1", status="looked_after", since=date(2026, 8, 3))
    week.episode("p1", "looked_after", date(2026, 8, 3), detail="C2")
    for rne, start in (("S", date(2026, 8, 3)), ("L", date(2026, 9, 1)), ("P", date(2026, 10, 12))):
        week.add("ssda903_episodes", child="Cp1", decom=start, rne=rne, ls="C2", place="U4")
    for day in (date(2026, 8, 7), date(2026, 9, 15), date(2026, 10, 19)):
        week.visit("p1", day, rule="looked_after")
    result = week.run()
    # 10 August and 18 September before the move; the next of that placement was moot; 19 October after it.
    assert counts(clock_row(result, "looked_after_visit", 13)) == (2, 2, 0)


def test_looked_after_reviews(week: Any) -> None:
    week.source("ssda903", "meetings")
    week.child("p1", status="looked_after", since=date(2026, 6, 1))
    week.episode("p1", "looked_after", date(2026, 6, 1), detail="C2")
    week.add("ssda903_reviews", child="Cp1", review=date(2026, 6, 26))  # due on 29 June
    week.add(
        "meetings",
        child_id="Cp1",
        meeting_type="looked_after_review",
        due_date=date(2026, 9, 26),
        held_date=date(2026, 9, 28),
        recorded_on=date(2026, 9, 30),
    )
    row = clock_row(week.run(), "looked_after_review", 13)
    assert counts(row) == (1, 0, 0)
    assert row["median_recording_lag_days"] == 2.0


def test_supervision_is_counted_by_unit_and_without_the_manager(week: Any) -> None:
    week.source("supervision", "roster", "cin_census")
    week.worker("w1", "north")
    week.worker("w2", "north", role="unit_manager")
    week.worker("w3", "south")
    for held in (date(2026, 10, 1), date(2026, 10, 29)):
        week.add("supervision", worker_id="w1", due_date=held, held_date=held)
    week.add("supervision", worker_id="w3", due_date=date(2026, 10, 20), held_date=date(2026, 10, 1))
    result = week.run()
    assert counts(clock_row(result, "supervision", 4, "north")) == (1, 1, 0)
    # Due on 29 October, 20 working days after the last one recorded.
    assert counts(clock_row(result, "supervision", 4, "south")) == (1, 0, 1)


def test_dates_belong_to_the_unit_that_held_the_child_that_day(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.worker("w2", "south")
    week.child("p1", since=date(2026, 11, 1), unit="south", worker="w2")
    week.add(
        "status_history",
        person_id="p1",
        family_id="f_p1",
        from_date=date(2026, 1, 1),
        to_date=date(2026, 11, 1),
        status="open_assessment",
        unit="north",
    )
    week.assessment("p1", date(2026, 8, 24), date(2026, 8, 24), date(2026, 10, 1))  # due on 27 October
    result = week.run()
    assert counts(clock_row(result, "assessment_from_start", 4, "north")) == (1, 1, 0)
    assert counts(clock_row(result, "assessment_from_start", 4, "south")) == (0, 0, 0)


def test_a_list_that_ends_inside_the_window_is_told_up_to_its_end(week: Any) -> None:
    week.source("cin_census")
    week.source("visits", as_of=date(2026, 11, 8))
    for person, start in (("p1", date(2026, 10, 19)), ("p2", date(2026, 10, 26))):
        week.child(person)
        week.episode(person, "child_protection_plan", start)
    row = clock_row(week.run(), "child_protection_visit")
    # 2 November is covered; 9 November is not.
    assert counts(row) == (1, 0, 1)
    assert row["as_of"] == date(2026, 11, 8)


def test_after_a_referral_from_before_the_census_an_assessment_counts_from_its_own_start(week: Any) -> None:
    week.source("cin_census", begins=date(2026, 4, 1))
    week.child("p1", status="open_assessment")
    week.child("p2", status="open_assessment")
    week.assessment("p1", date(2016, 7, 5), date(2026, 10, 5))  # one before it may be in no census that we have
    week.assessment("p2", date(2026, 10, 1), date(2026, 10, 5))
    steps = {row["case_reference"]: row for row in week.run().manager_items.to_dicts() if "assessment" in row["kind"]}
    assert steps == {}  # no list of restricted records: nothing is listed
    week.source("restricted")
    steps = {row["case_reference"]: row for row in week.run().manager_items.to_dicts() if "assessment" in row["kind"]}
    assert {name: row["n"] for name, row in steps.items()} == {"Cp1": 34, "Cp2": 36}
