"""Each way home apart, and who came back in time: a handful of children, followed by hand from 22 November 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest


def left(
    week: Any, person: str, start: date, end: date | None, reason: str | None, *, legal: str = "C2", **more: Any
) -> None:
    if person not in {row["person_id"] for row in week.rows["people"]}:
        week.add("people", person_id=person, case_reference=f"C{person}", birth_date=more.get("born", date(2015, 1, 1)))
        week.add("status_history", person_id=person, family_id=f"f_{person}", from_date=start, status="looked_after")
    week.episode(person, "looked_after", start, end, detail=legal, end_detail=reason)


@pytest.fixture
def care(week: Any) -> Any:
    week.source("ssda903", begins=date(2022, 4, 1))
    return week


def found(result: Any) -> dict[tuple[str, int], tuple[int, int]]:
    return {(r["way"], r["follow_up_months"]): (r["n"], r["n_back"]) for r in result.returns_home.to_dicts()}


def test_ways_home_are_apart_and_followed_for_as_long_as_it_takes(care: Any) -> None:
    start = date(2023, 6, 1)
    # Home in the year to 22 November 2025 (followed 12 months) and also in the year to 22 May 2026 (6 months).
    left(care, "stays", start, date(2025, 10, 1), "E4A")
    left(care, "back_soon", start, date(2025, 10, 1), "E4A")
    left(care, "back_soon", date(2026, 3, 1), None, None)  # five months later
    left(care, "back_late", start, date(2025, 10, 1), "E4B")
    left(care, "back_late", date(2026, 9, 30), None, None)  # a day less than twelve months later
    left(care, "too_late", start, date(2025, 10, 1), "E4B")
    left(care, "too_late", date(2026, 10, 2), None, None)
    left(care, "order", start, date(2025, 10, 1), "E41")
    # Only in the year that is followed for 6 months.
    left(care, "recent", start, date(2026, 4, 1), "E4A")
    assert found(care.run()) == {
        ("home_planned", 6): (3, 1),
        ("home_planned", 12): (2, 1),
        ("home_not_planned", 6): (2, 0),
        ("home_not_planned", 12): (2, 1),
        ("arrangements_order", 6): (1, 0),
        ("arrangements_order", 12): (1, 0),
        ("at_home_in_care", 6): (0, 0),
        ("at_home_in_care", 12): (0, 0),
    }


def test_nobody_is_followed_past_the_last_day_that_the_return_covers(week: Any) -> None:
    week.source("ssda903", as_of=date(2026, 11, 9), begins=date(2022, 4, 1))
    left(week, "followed", date(2025, 1, 1), date(2026, 5, 9), "E4A")
    left(week, "not_yet", date(2025, 1, 1), date(2026, 5, 20), "E4A")
    rows = week.run().returns_home.filter(follow_up_months=6, way="home_planned").select("n", "to_date", "as_of")
    assert rows.rows() == [(1, date(2026, 5, 9), date(2026, 11, 9))]


def test_who_is_left_out(care: Any) -> None:
    start, end = date(2024, 6, 1), date(2025, 10, 1)
    left(care, "without_parental_responsibility", start, end, "E13")
    left(care, "remand", start, end, "E4A", legal="J1")
    left(care, "grown", start, end, "E4A", born=date(2007, 10, 1))  # eighteen that very day
    left(care, "nearly", start, end, "E4A", born=date(2007, 10, 2))
    left(care, "alone", start, end, "E4A")
    care.add("ssda903_uasc", child="Calone")
    care.add("people", person_id="breaks", case_reference="Cbreaks")
    care.episode("breaks", "short_break", start, end, detail="V4", end_detail="E4A")
    assert found(care.run())[("home_planned", 12)] == (1, 0)


def test_at_home_and_still_in_care_is_no_way_out(care: Any) -> None:
    for person, moves in (("home", []), ("moved", [("P", date(2026, 2, 1), "U4")])):
        left(care, person, date(2025, 1, 6), None, None)
        for rne, start, place in [("S", date(2025, 1, 6), "U4"), ("P", date(2025, 9, 1), "P1"), *moves]:
            care.add("ssda903_episodes", child=f"C{person}", decom=start, rne=rne, ls="C2", place=place)
    result = found(care.run())
    assert result[("at_home_in_care", 12)] == (2, 1)
    assert result[("home_planned", 12)] == (0, 0)


def test_a_return_that_begins_too_late_tells_nothing(week: Any) -> None:
    week.source("ssda903", begins=date(2025, 6, 1))
    left(week, "p", date(2025, 6, 1), date(2025, 12, 1), "E4A")
    assert week.run().returns_home.is_empty()
