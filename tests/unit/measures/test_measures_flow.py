"""Who we work with, week by week, and when a change may be called one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

MONDAY = date(2026, 11, 16)


def series(result: Any, measure: str, unit: str = "whole_authority") -> dict[date, int]:
    rows = result.unit_series.filter(pl.col("measure") == measure, pl.col("unit") == unit)
    return dict(rows.select("week_start", "n").iter_rows())


def change(result: Any, measure: str, weeks: int = 4, unit: str = "whole_authority") -> dict[str, Any]:
    rows = result.unit_changes.filter(
        pl.col("measure") == measure, pl.col("window_weeks") == weeks, pl.col("unit") == unit
    )
    found: dict[str, Any] = rows.row(0, named=True)
    return found


def referrals(week: Any, by_week: list[int]) -> None:
    """Referrals in the last weeks, the latest week last."""
    week.child("p1", since=date(2025, 1, 1), status="child_in_need")
    for back, n in enumerate(reversed(by_week)):
        for _ in range(n):
            week.episode("p1", "referral", MONDAY - timedelta(weeks=back), MONDAY - timedelta(weeks=back))


def test_levels_and_flows_of_a_child_by_week(week: Any) -> None:
    week.source("cin_census", "ssda903")
    week.child("p1", status="child_in_need_plan", since=date(2026, 10, 14))
    spells = [
        (date(2026, 9, 1), date(2026, 9, 23), "open_assessment"),
        (date(2026, 9, 23), date(2026, 10, 14), "child_protection_plan"),
    ]
    for start, end, status in spells:
        week.add("status_history", person_id="p1", family_id="f_p1", from_date=start, to_date=end, status=status)
    week.episode("p1", "referral", date(2026, 9, 1), date(2026, 9, 1))
    week.episode("p1", "section47", date(2026, 9, 8))
    week.assessment("p1", date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 23))
    week.episode("p1", "child_protection_plan", date(2026, 9, 23), date(2026, 10, 14))
    result = week.run()
    assert len(series(result, "children_open")) == 78
    assert max(series(result, "children_open")) == MONDAY
    open_weeks = {monday for monday, n in series(result, "children_open").items() if n}
    assert min(open_weeks) == date(2026, 8, 31)
    assert len(open_weeks) == 12
    assert series(result, "families_open") == series(result, "children_open")
    for measure, monday in (
        ("referrals", date(2026, 8, 31)),
        ("section47_started", date(2026, 9, 7)),
        ("assessments_completed", date(2026, 9, 21)),
        ("child_protection_plans_started", date(2026, 9, 21)),
        ("stepped_down", date(2026, 10, 12)),
    ):
        assert {week_start for week_start, n in series(result, measure).items() if n} == {monday}, measure
    plans = {monday for monday, n in series(result, "child_protection_plans").items() if n}
    assert plans == {date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 5)}
    assert sum(series(result, "closed").values()) == 0


def test_less_help_is_neither_a_closed_case_nor_told_by_the_name_of_another_count(week: Any) -> None:
    week.source("cin_census", "ssda903")
    for person, before, after in (
        ("p1", "looked_after", "child_in_need"),
        ("p2", "child_protection_plan", "child_in_need_plan"),
        ("p3", "child_protection_plan", "closed"),
    ):
        week.child(person, status=after, since=date(2026, 11, 10))
        spell = {"person_id": person, "family_id": f"f_{person}", "from_date": date(2026, 1, 5)}
        week.add("status_history", **spell, to_date=date(2026, 11, 10), status=before)
    row = change(week.run(), "stepped_down", 13)
    assert row["sentence"] == "2 children who left care or a plan for less help in 13 weeks: too few to tell."


def test_closing_is_counted_for_the_unit_that_held_the_child(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.worker("w2", "south")
    week.child("p1", status="closed", since=date(2026, 11, 10))
    week.add(
        "status_history",
        person_id="p1",
        family_id="f_p1",
        from_date=date(2026, 5, 1),
        to_date=date(2026, 11, 10),
        status="child_in_need",
        unit="north",
    )
    result = week.run()
    assert series(result, "closed", "north")[date(2026, 11, 9)] == 1
    assert sum(series(result, "closed", "south").values()) == 0
    assert sum(series(result, "stepped_down", "north").values()) == 0
    assert series(result, "children_open", "north")[date(2026, 11, 2)] == 1
    assert series(result, "children_open", "north")[date(2026, 11, 9)] == 0


def test_a_referral_belongs_to_the_unit_that_took_the_child_soon_after(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.child("p1", status="open_assessment", since=date(2026, 11, 4), unit="north", worker="w1")
    week.episode("p1", "referral", date(2026, 11, 2), date(2026, 11, 2))
    week.child("p2", status="closed", since=date(2026, 11, 2))
    week.episode("p2", "referral", date(2026, 11, 2), date(2026, 11, 2))
    assert sum(series(week.run(), "referrals", "north").values()) == 1


def test_a_change_within_chance_says_so_with_its_usual_range(week: Any) -> None:
    week.source("cin_census")
    referrals(week, [2] * 52 + [3, 3, 3, 3])
    row = change(week.run(), "referrals")
    assert (row["n"], row["verdict"]) == (12, "within_usual")
    # Expected 8; the negative binomial of a prediction with variance 8 * 56/52 gives 1 to 18 at 0.997.
    assert row["sentence"] == "12 referrals in 4 weeks; usually between 1 and 18: no more than chance."
    assert (row["usual_low"], row["usual_centre"], row["usual_high"]) == (1.0, 8.0, 18.0)


def test_more_and_fewer_than_usual(week: Any) -> None:
    week.source("cin_census")
    referrals(week, [5] * 52 + [12] * 4)
    assert change(week.run(), "referrals")["verdict"] == "more_than_usual"


def test_fewer_than_usual(week: Any) -> None:
    week.source("cin_census")
    referrals(week, [5] * 52 + [1] * 4)
    row = change(week.run(), "referrals")
    assert row["verdict"] == "fewer_than_usual"
    assert row["sentence"].endswith("fewer than usual.")


def test_too_few_and_not_long_enough(week: Any) -> None:
    week.source("cin_census", begins=date(2026, 4, 6))
    referrals(week, [0] * 52 + [1, 1, 0, 1])
    row = change(week.run(), "referrals")
    assert row["verdict"] == "cannot_tell"
    assert row["sentence"] == "3 referrals in 4 weeks; only 29 weeks before to compare with: cannot tell."
    week.rows["source_freshness"].clear()
    week.source("cin_census")
    row = change(week.run(), "referrals")
    assert (row["verdict"], row["sentence"]) == ("too_few", "3 referrals in 4 weeks: too few to tell.")


def test_a_level_is_told_with_where_it_was(week: Any) -> None:
    week.source("cin_census")
    for n in range(9):
        since = date(2026, 11, 3) if n == 8 else date(2024, 6, 1)
        week.child(f"p{n}", status="child_in_need", since=since)
    row = change(week.run(), "children_open")
    assert row["verdict"] == "within_usual"
    assert (
        row["sentence"]
        == "9 children open, where 4 weeks ago there were 8; usually between 5 and 11: no more than chance."
    )


def test_weeks_outside_the_source_have_no_row(week: Any) -> None:
    week.source("cin_census", as_of=date(2026, 11, 11), begins=date(2026, 10, 7))
    week.child("p1")
    weeks = set(series(week.run(), "referrals"))
    # The week of 5 October is covered in part only, and so is that of 9 November, whose Wednesday ends the census.
    assert weeks == {date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 26), date(2026, 11, 2)}


def test_a_week_covered_in_part_does_not_read_as_fewer(week: Any) -> None:
    week.source("cin_census", as_of=MONDAY)
    referrals(week, [5] * 56 + [1])
    row = change(week.run(), "referrals")
    assert (row["n"], row["verdict"], row["up_to"]) == (20, "within_usual", date(2026, 11, 15))
    assert row["sentence"].endswith("no more than chance. The last full week ends on 15 November 2026.")


@pytest.mark.parametrize(("drawn", "last"), [(date(2026, 11, 20), MONDAY), (date(2026, 11, 19), date(2026, 11, 9))])
def test_an_extract_of_friday_covers_its_week(week: Any, drawn: date, last: date) -> None:
    week.source("cin_census", as_of=drawn)
    referrals(week, [5] * 57)
    assert max(series(week.run(), "referrals")) == last


def held(week: Any, by_week: list[int], *, unknown_before: int = 0) -> None:
    """Children of a unit who came in each of the last weeks, open for 30 days; the first weeks' have no unit now."""
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    for back, n in enumerate(reversed(by_week)):
        for one in range(n):
            came, left = MONDAY - timedelta(weeks=back), MONDAY - timedelta(weeks=back) + timedelta(days=30)
            person, unit = f"p{back}_{one}", None if len(by_week) - back <= unknown_before else "north"
            week.add("people", person_id=person, case_reference=f"C{person}", restricted=False)
            spell = {"person_id": person, "family_id": f"f_{person}", "unit": unit}
            week.add("status_history", **spell, from_date=came, to_date=left, status="child_in_need")
            week.add("status_history", **spell, from_date=left, status="closed")
            week.episode(person, "referral", came, came)


def test_a_series_begins_where_it_is_known_who_held_whom(week: Any) -> None:
    week.source("allocations", begins=date(2026, 7, 6))
    held(week, [3] * 70, unknown_before=50)
    result = week.run()
    assert min(series(result, "referrals", "north")) == date(2026, 7, 6)
    row = change(result, "referrals", 13, "north")
    assert (row["n"], row["verdict"]) == (39, "cannot_tell")
    assert row["sentence"] == "39 referrals in 13 weeks; only 7 weeks before to compare with: cannot tell."
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["no_units_before"].startswith("Which unit held whom is known from 6 July 2026 on.")


def test_where_no_day_is_given_the_first_allocation_begins_a_series(week: Any) -> None:
    week.source("allocations", begins=None)
    week.add("allocations", child_id="C1", worker_id="w1", start_date=date(2026, 7, 6), role="lead_practitioner")
    held(week, [3] * 70)
    assert min(series(week.run(), "referrals", "north")) == date(2026, 7, 6)


def test_a_past_that_leavers_held_cannot_be_compared(week: Any) -> None:
    week.source("allocations")
    held(week, [3] * 70, unknown_before=25)
    result = week.run()
    row = change(result, "referrals", 13, "north")
    assert (row["verdict"], row["usual_low"]) == ("cannot_tell", None)
    assert row["sentence"] == "39 referrals in 13 weeks; too many before have no known unit: cannot tell."
    limits = result.unit_limits.filter(pl.col("limit") == "no_units_of_the_past").row(0, named=True)
    assert (limits["n"], limits["n_of"], limits["noun"]) == (2, 11, "count")
    assert limits["sentence"] == (
        "For 2 of 11 counts, too many past cases have no unit on today's roster. What is usual for them cannot be told."
    )


def test_referrals_that_no_unit_ever_takes_are_no_reason_to_say_nothing(week: Any) -> None:
    week.source("allocations")
    held(week, [3] * 70)
    for back in range(70):
        week.add("people", person_id=f"x{back}", case_reference=f"Cx{back}", restricted=False)
        day = MONDAY - timedelta(weeks=back)
        week.add("status_history", person_id=f"x{back}", family_id=f"fx{back}", from_date=day, status="closed")
        week.episode(f"x{back}", "referral", day, day)
    assert change(week.run(), "referrals", 13, "north")["verdict"] == "within_usual"


def test_units_are_those_of_the_roster(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.add(
        "roster",
        worker_id="w0",
        unit="closed_unit",
        role="social_worker",
        fte=1.0,
        start_date=date(2024, 1, 1),
        end_date=date(2026, 1, 1),
    )
    week.child("p1", unit="closed_unit", worker="w0")
    week.child("p2", unit="north", worker="w1")
    result = week.run()
    assert result.unit_series["unit"].unique().to_list() == ["north"]
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["children_of_no_unit"] == "No unit is recorded for 1 open child, so no unit counts them."


def test_children_of_no_unit_may_be_so_for_rows_that_are_held_back(week: Any) -> None:
    week.source("cin_census", "allocations")
    week.add(
        "source_freshness", source="roster", name="r", loaded=True, as_of=week.as_at, state="fresh", n_quarantined=2
    )
    week.worker("w1", "north")
    week.child("p1", unit="lost", worker="w0")
    limits = dict(week.run().unit_limits.select("limit", "sentence").iter_rows())
    assert limits["children_of_no_unit"] == (
        "No unit is recorded for 1 open child, so no unit counts them. "
        "Rows of the roster that are held back may be why."
    )


def test_weeks_without_a_worker_belong_to_the_unit_that_took_the_child(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.worker("w2", "south")
    week.child("p1", family="f", status="child_in_need", since=date(2026, 10, 5), unit="south", worker="w2")
    # p1 waited for a worker in September; p2 waits now and is held with its family by the south.
    week.add(
        "status_history",
        person_id="p1",
        family_id="f",
        from_date=date(2026, 9, 1),
        to_date=date(2026, 10, 5),
        status="open_assessment",
    )
    week.child("p2", family="f", status="child_in_need", since=date(2026, 11, 2))
    result = week.run()
    south = series(result, "children_open", "south")
    assert (south[date(2026, 9, 7)], south[date(2026, 10, 12)], south[MONDAY]) == (1, 1, 2)
    held = dict(result.unit_workload.select("unit", "n_children").iter_rows())
    assert held == {"north": 0, "south": south[MONDAY]}
