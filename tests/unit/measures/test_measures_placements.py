"""Placements with clocks of their own: for adoption, and at home under an interim order; small enough for a hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

CLOCKS = (
    "looked_after_visit",
    "long_term_visit",
    "adoption_visit",
    "interim_order_home_visit",
    "interim_order_home_later_visit",
)


def placed(week: Any, person: str, place: str, legal: str, day: date) -> None:
    week.child(person, status="looked_after", since=day)
    week.episode(person, "looked_after", day, detail=legal)
    week.add("ssda903_episodes", child=f"C{person}", decom=day, rne="S", ls=legal, place=place)


def counts(result: Any, clock: str) -> tuple[int, int, int]:
    (row,) = [r for r in result.unit_clocks.to_dicts() if r["clock"] == clock and r["window_weeks"] == 13]
    return row["n_due"], row["n_kept"], row["n_not_recorded"]


@pytest.fixture
def care(week: Any) -> Any:
    week.source("ssda903", "visits", "meetings")
    return week


def test_an_adoption_placement_is_visited_weekly_until_its_first_review(care: Any) -> None:
    placed(care, "p1", "A4", "E1", date(2026, 10, 1))
    for day in (date(2026, 10, 8), date(2026, 10, 14), date(2026, 10, 22)):  # the last one a day after its date
        care.visit("p1", day, rule="looked_after")
    care.add("ssda903_reviews", child="Cp1", review=date(2026, 10, 26))  # nothing is asked for after it
    result = care.run()
    assert counts(result, "adoption_visit") == (3, 2, 0)
    assert counts(result, "looked_after_visit") == (0, 0, 0)


def test_reviews_of_an_adoption_placement_are_its_own(care: Any) -> None:
    placed(care, "p1", "U4", "C2", date(2026, 8, 3))
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 1), rne="P", ls="E1", place="A4")
    care.add("ssda903_reviews", child="Cp1", review=date(2026, 8, 28))  # of the care before, due on 31 August
    care.add("ssda903_reviews", child="Cp1", review=date(2026, 9, 30))  # of the placement, due on 29 September
    result = care.run()
    assert counts(result, "looked_after_review") == (1, 1, 0)
    assert counts(result, "adoption_review") == (1, 0, 0)


def test_at_home_under_an_interim_order_weekly_then_every_four_weeks(care: Any) -> None:
    placed(care, "p1", "P1", "C1", date(2026, 9, 14))
    for day in (date(2026, 9, 21), date(2026, 9, 28)):
        care.visit("p1", day, rule="looked_after")
    care.add("ssda903_reviews", child="Cp1", review=date(2026, 10, 2))
    care.visit("p1", date(2026, 10, 30), rule="looked_after")
    result = care.run()
    assert counts(result, "interim_order_home_visit") == (2, 2, 0)
    assert counts(result, "interim_order_home_later_visit") == (1, 1, 0)
    assert counts(result, "looked_after_visit") == (0, 0, 0)


def test_a_long_term_placement_is_visited_every_three_months_after_a_year(care: Any) -> None:
    placed(care, "p1", "U4", "C2", date(2025, 7, 1))
    # The last visit of the first year was on 12 June 2026; three months later is 12 September.
    for day in (date(2025, 7, 8), date(2026, 5, 8), date(2026, 6, 12), date(2026, 9, 12), date(2026, 11, 20)):
        care.visit("p1", day, rule="looked_after")
    result = care.run()
    assert counts(result, "long_term_visit") == (1, 1, 0)  # due on 12 September; the next on 12 December
    assert counts(result, "looked_after_visit") == (0, 0, 0)
    short = [r for r in result.worklist_items.to_dicts() if r["clock"] == "looked_after_visit"]
    assert short == []


def test_in_its_first_year_a_long_term_placement_has_the_ordinary_clock(care: Any) -> None:
    placed(care, "p1", "U1", "C2", date(2026, 1, 5))
    care.visit("p1", date(2026, 1, 12), rule="looked_after")
    care.visit("p1", date(2026, 9, 7), rule="looked_after")  # the next is due on 19 October
    result = care.run()
    assert counts(result, "looked_after_visit") == (1, 0, 1)
    assert counts(result, "long_term_visit") == (0, 0, 0)


def test_a_placement_that_is_not_long_term_stays_at_six_weeks(care: Any) -> None:
    placed(care, "p1", "U6", "C2", date(2025, 7, 1))
    care.visit("p1", date(2026, 9, 7), rule="looked_after")
    assert counts(care.run(), "looked_after_visit") == (1, 0, 1)


def test_without_a_visit_in_its_first_year_the_three_months_begin_with_the_second(care: Any) -> None:
    placed(care, "p1", "U4", "C2", date(2025, 7, 1))
    result = care.run()
    assert counts(result, "long_term_visit") == (1, 0, 1)  # due on 1 October


def test_a_review_follows_an_adoption_placement_that_ended(care: Any) -> None:
    placed(care, "p1", "U4", "C2", date(2026, 2, 2))
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 5, 4), rne="P", ls="E1", place="A4")
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 1), rne="P", ls="E1", place="U6")
    care.add("ssda903_reviews", child="Cp1", review=date(2026, 10, 13))  # six weeks to the day
    result = care.run()
    assert counts(result, "review_after_adoption_placement") == (1, 1, 0)
    assert counts(result, "looked_after_review") == (0, 0, 0)


def test_a_second_adoption_placement_ends_what_followed_the_first(care: Any) -> None:
    placed(care, "p1", "A4", "E1", date(2026, 5, 4))
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 1), rne="P", ls="E1", place="U6")
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 21), rne="P", ls="E1", place="A6")
    result = care.run()
    assert counts(result, "review_after_adoption_placement") == (0, 0, 0)
    assert counts(result, "adoption_review") == (1, 0, 1)


def test_under_a_care_order_at_home_the_interim_clock_is_over(care: Any) -> None:
    placed(care, "p1", "P1", "C1", date(2026, 6, 1))
    care.add("ssda903_reviews", child="Cp1", review=date(2026, 6, 26))
    # The care order of 7 September asks for a visit within a week, then for one every six weeks.
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 7), rne="L", ls="C2", place="P1")
    for day in (date(2026, 8, 31), date(2026, 9, 14), date(2026, 10, 26)):
        care.visit("p1", day, rule="looked_after")
    result = care.run()
    assert counts(result, "looked_after_visit") == (2, 2, 0)
    told = {row["clock"] for row in result.worklist_items.to_dicts()}
    assert "interim_order_home_later_visit" not in told
    assert not [row for row in result.unit_actions.to_dicts() if "interim" in row["sentence"]]


def test_adopted_by_the_foster_carer_the_clock_begins_on_the_day_of_placing(care: Any) -> None:
    placed(care, "p1", "U6", "C2", date(2026, 2, 2))
    care.add("ssda903_episodes", child="Cp1", decom=date(2026, 11, 2), rne="T", ls="E1", place="A3")
    result = care.run()
    assert counts(result, "adoption_visit") == (1, 0, 1)  # due on 9 November, a week after


def test_short_breaks_are_outside_every_clock(care: Any) -> None:
    care.child("p1", status="child_in_need_plan")
    for n, place in enumerate(("U4", "A4", "P1")):
        care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 1 + n), rne="S", ls="V4", place=place)
    result = care.run()
    assert all(
        counts(result, clock) == (0, 0, 0)
        for clock in (*CLOCKS, "adoption_review", "looked_after_review", "review_after_adoption_placement")
    )
