"""Placements with clocks of their own: for adoption, and at home under an interim order; small enough for a hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

CLOCKS = ("looked_after_visit", "adoption_visit", "interim_order_home_visit", "interim_order_home_later_visit")


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


def test_short_breaks_are_outside_every_clock(care: Any) -> None:
    care.child("p1", status="child_in_need_plan")
    for n, place in enumerate(("U4", "A4", "P1")):
        care.add("ssda903_episodes", child="Cp1", decom=date(2026, 9, 1 + n), rne="S", ls="V4", place=place)
    result = care.run()
    assert all(counts(result, clock) == (0, 0, 0) for clock in (*CLOCKS, "adoption_review", "looked_after_review"))
