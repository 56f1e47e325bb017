"""Where the families of a quarter ago are now, and what they needed then: small enough to check by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

THEN, NOW = date(2026, 8, 23), date(2026, 11, 22)
LONG_AGO, BETWEEN = date(2026, 2, 2), date(2026, 10, 5)


def went(week: Any, person: str, family: str, *stages: tuple[date, str], unit: str | None = "north") -> None:
    """Write a child's history: each stage lasts until the next."""
    ends: list[date | None] = [start for start, _ in stages[1:]]
    for (start, status), end in zip(stages, [*ends, None], strict=True):
        held = None if status == "closed" else unit
        week.add(
            "status_history", person_id=person, family_id=family, from_date=start, to_date=end, status=status, unit=held
        )
    last = stages[-1]
    if last[1] != "closed":
        week.add(
            "child_status",
            person_id=person,
            family_id=family,
            status=last[1],
            since=last[0],
            unit=unit,
            case_reference=person,
        )
        week.add("family_status", family_id=family, status=last[1], since=last[0], unit=unit)


@pytest.fixture
def north(week: Any) -> Any:
    week.source("cin_census", "roster", "allocations")
    week.worker("w1", "north")
    week.worker("w2", "south")
    plan, need = "child_protection_plan", "child_in_need_plan"
    went(week, "a", "stays", (LONG_AGO, plan))
    went(week, "b", "down", (LONG_AGO, plan), (BETWEEN, need))
    went(week, "c", "up", (LONG_AGO, need), (BETWEEN, plan))
    went(week, "d", "closes", (LONG_AGO, need), (BETWEEN, "closed"))
    went(week, "e", "helped", (LONG_AGO, need), (BETWEEN, "early_help"))
    went(week, "f", "comes", (BETWEEN, need))
    went(week, "g", "elsewhere", (LONG_AGO, need), unit="south")
    # Two children of one family: it stands where its most intensive child stands, then and now.
    went(week, "h", "two", (LONG_AGO, plan), (BETWEEN, "closed"))
    went(week, "i", "two", (LONG_AGO, need))
    return week


def journeys(result: Any, unit: str = "north") -> dict[str, tuple[int, ...]]:
    rows = result.unit_journeys.filter(pl.col("unit") == unit).to_dicts()
    return {r["before"]: (r["n_families"], r["n_up"], r["n_same"], r["n_down"], r["n_closed"]) for r in rows}


def test_families_are_followed_from_their_status_of_then(north: Any) -> None:
    assert journeys(north.run()) == {
        "child_protection_plan": (3, 0, 1, 2, 0),  # stays; down and the family of two
        "child_in_need_plan": (3, 1, 0, 1, 1),  # up; helped; closes
        "new": (1, 0, 1, 0, 0),
    }
    assert journeys(north.run(), "south") == {"child_in_need_plan": (1, 0, 1, 0, 0)}


def test_parts_make_the_whole(north: Any) -> None:
    rows = north.run().unit_journeys
    parts = rows["n_up"] + rows["n_same"] + rows["n_down"] + rows["n_closed"]
    assert (parts == rows["n_families"]).all()


def test_a_census_that_does_not_reach_back_a_quarter_tells_no_journey(week: Any) -> None:
    week.source("cin_census", begins=date(2026, 10, 1))
    week.child("p1")
    week.add("needs_quarter_ago", family_id="f_p1", need="neglect")
    week.add("need_profiles", family_id="f_p1", need="neglect", state="present", sources=["cin_census"])
    result = week.run()
    assert result.unit_journeys.is_empty()
    assert result.unit_needs["n_present_quarter_ago"].to_list() == [None]


def test_needs_of_then_are_of_the_families_held_then(north: Any) -> None:
    for family in ("stays", "comes", "two"):
        north.add("need_profiles", family_id=family, need="neglect", state="present", sources=["cin_census"])
        north.add("need_profiles", family_id=family, need="missing", state="unknown", sources=[])
    for family in ("stays", "closes", "comes", "elsewhere"):
        north.add("needs_quarter_ago", family_id=family, need="neglect")
    rows = {r["need"]: r for r in north.run().unit_needs.filter(pl.col("unit") == "north").to_dicts()}
    assert (rows["neglect"]["n_present"], rows["neglect"]["n_present_quarter_ago"]) == (3, 2)
    assert rows["neglect"]["n_families_quarter_ago"] == 6
    assert rows["missing"]["n_present_quarter_ago"] == 0
