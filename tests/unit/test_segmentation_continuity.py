"""Who may move, what people decided, which units may take whom, what a child counts, and what is missing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.errors import AllocationError, SettingsError
from fi_workbench.segmentation.allocation import place, types_of
from fi_workbench.segmentation.continuity import EVERYONE, Continuity, continuity, decided_families
from fi_workbench.segmentation.proposal import propose, propose_strictly
from fi_workbench.segmentation.shortfall import Asked, missing_room
from fi_workbench.settings import Settings, parse_settings

AS_AT = date(2026, 11, 22)
LONG_AGO = date(2025, 1, 6)
ROSTER = pl.DataFrame(
    schema={"worker_id": pl.String, "unit": pl.String, "role": pl.String, "fte": pl.Float64,
            "start_date": pl.Date, "end_date": pl.Date}
)  # fmt: skip


def chosen(north: int = 10, south: int = 10, **more: Any) -> Settings:
    caseload = {"points": more.pop("points", {})}
    units = [
        {"code": "north", "name": "North", "segments": ["s1"], "capacity_children": north},
        {"code": "south", "name": "South", "segments": ["s2"], "capacity_children": south},
    ]
    for unit in units:
        unit.update(more.pop(unit["code"] + "_more", {}))
    return parse_settings({"authority": {"name": "T", "code": "000"}, "units": units, "caseload": caseload, **more})


def families(*rows: tuple[str, str | None, int, str]) -> dict[str, pl.DataFrame]:
    """(family, unit, children, segment that it fits at nine in ten)."""
    status = pl.DataFrame(
        [(f, "child_in_need_plan", LONG_AGO, n, unit) for f, unit, n, _ in rows],
        schema={"family_id": pl.String, "status": pl.String, "since": pl.Date, "n_children_open": pl.Int64,
                "unit": pl.String},
        orient="row",
    )  # fmt: skip
    members = pl.DataFrame(
        [(f, segment, 0.9, "s2" if segment == "s1" else "s1", 0.1) for f, _, _, segment in rows],
        schema={"family_id": pl.String, "segment": pl.String, "posterior": pl.Float64, "second_segment": pl.String,
                "second_posterior": pl.Float64},
        orient="row",
    )  # fmt: skip
    return {"family_status": status, "segment_memberships": members}


def proposed(frames: dict[str, pl.DataFrame], made: Settings, rule: Continuity, **more: Any) -> dict[str, Any]:
    told = propose(**frames, roster=ROSTER, settings=made, as_at=AS_AT, continuity=rule, **more).unit_proposals
    return {row["family_id"]: row for row in told.iter_rows(named=True)}


def rule(
    *needs: tuple[str, str, date | None] | tuple[str, str, date | None, date],
    decisions: tuple[dict[str, Any], ...] = (),
    held: date = LONG_AGO,
) -> Continuity:
    """Families north1 and so on, with dated needs (family, state, first day, day of its end) and decisions."""
    names = sorted({family for family, *_ in needs} | {"north1", "north2"})
    return continuity(
        need_profiles=pl.DataFrame(
            [(*need, None)[:4] for need in needs],
            schema={"family_id": pl.String, "state": pl.String, "first_date": pl.Date, "ended_on": pl.Date},
            orient="row",
        ),
        child_status=pl.DataFrame(
            {"family_id": names, "status": ["child_in_need_plan"] * len(names), "unit": ["north"] * len(names),
             "allocated_since": [held] * len(names)}
        ),
        family_status=pl.DataFrame({"family_id": names, "unit": ["north"] * len(names)}),
        decisions=pl.DataFrame(
            [{"subject": each["family"], "decision": json.dumps({"unit": None, "from": "2026-11-01", **each})}
             for each in decisions],
            schema={"subject": pl.String, "decision": pl.String},
        ),
        settings=chosen(),
        as_at=AS_AT,
    )  # fmt: skip


def test_needs_newly_recorded_since_the_unit_took_the_family_let_it_move() -> None:
    recent, old = AS_AT - timedelta(weeks=4), AS_AT - timedelta(weeks=40)
    assert rule(("north1", "present", recent), ("north2", "present", old)).may_move == {"north1"}
    assert rule(("north1", "absent", recent), ("north2", "unknown", recent)).may_move == set()
    assert rule(("north1", "present", recent), held=AS_AT - timedelta(weeks=2)).may_move == set()


def test_needs_that_ended_since_the_unit_took_the_family_let_it_move() -> None:
    recent, old = AS_AT - timedelta(weeks=4), AS_AT - timedelta(weeks=40)
    for state in ("present", "assessed_absent", "unknown"):
        first = None if state == "unknown" else old
        assert rule(("north1", state, first, recent), ("north2", state, first, old)).may_move == {"north1"}
        assert rule(("north1", state, first, recent), held=AS_AT - timedelta(weeks=2)).may_move == set()
    assert rule(("north1", "present", recent, old)).may_move == {"north1"}, "it was recorded anew"
    assert rule(("north1", "assessed_absent", recent)).may_move == set(), "that it was not found is no need that ended"


def test_a_family_moves_only_if_its_needs_changed_or_a_person_says_so() -> None:
    frames = families(("F1", "south", 2, "s1"), ("F2", "south", 2, "s1"), ("F3", None, 2, "s1"))
    told = proposed(frames, chosen(), Continuity(frozenset({"F2"})))
    assert [told[f]["proposed_unit"] for f in ("F1", "F2", "F3")] == ["south", "north", "north"]
    assert [told[f]["moves"] for f in ("F1", "F2", "F3")] == [False, True, False]
    assert told["F1"]["reason"] == (
        "Stays: another unit fits it better, but its needs have not changed and nobody asked for a move"
    )
    assert proposed(frames, chosen(), EVERYONE)["F1"]["moves"]


def test_want_of_room_moves_nobody_whose_needs_are_as_they_were() -> None:
    frames = families(*((f"F{n}", "north", 3, "s1") for n in range(4)), ("F9", None, 2, "s1"))
    told = proposed(frames, chosen(north=6), Continuity(frozenset()))
    assert not any(row["moves"] for row in told.values())
    assert told["F9"]["proposed_unit"] == "south"
    assert "North fits its needs better but has no room" in told["F9"]["reason"]


def test_what_people_decided_comes_first_and_the_latest_holds() -> None:
    made = rule(
        decisions=(
            {"family": "north1", "action": "place", "unit": "south"},
            {"family": "north2", "action": "may_move"},
            {"family": "later", "action": "stay", "from": "2026-12-01"},
            {"family": "twice", "action": "stay"},
            {"family": "twice", "action": "none"},
        )
    )
    assert made == Continuity(frozenset({"north2"}), frozenset(), {"north1": "south"})
    erased = pl.DataFrame({"subject": ["(erased)"], "decision": ["(erased)"]})
    assert decided_families(erased, as_at=AS_AT).is_empty()
    frames = families(("north1", "north", 2, "s1"), ("north2", "north", 2, "s2"), ("new", None, 1, "s1"))
    told = proposed(frames, chosen(), Continuity(made.may_move, frozenset(), {**made.placed, "new": "south"}))
    assert told["north1"]["proposed_unit"] == "south"
    assert told["north1"]["reason"] == "A person named another unit for it"
    assert told["north2"]["proposed_unit"] == "south"
    assert (told["new"]["proposed_unit"], told["new"]["moves"]) == ("south", False)
    stays = proposed(frames, chosen(), Continuity(None, frozenset({"north2"})))
    assert (stays["north2"]["moves"], stays["north2"]["reason"]) == (False, "Stays: a person decided so")


def test_places_that_people_named_are_taken_up_before_others() -> None:
    frames = families(("F1", None, 3, "s2"), ("F2", None, 3, "s1"))
    told = proposed(frames, chosen(north=4), Continuity(None, frozenset(), {"F1": "north"}))
    assert [told[f]["proposed_unit"] for f in ("F1", "F2")] == ["north", "south"]


def test_a_unit_that_does_not_exist_any_more_is_said_without_naming_the_family() -> None:
    frames = families(("F1", "north", 2, "s1"))
    with pytest.raises(AllocationError, match="not in the settings: west") as told:
        propose_strictly(
            **frames,
            roster=ROSTER,
            settings=chosen(),
            as_at=AS_AT,
            continuity=Continuity(None, frozenset(), {"F1": "west"}),
        )
    assert "F1" not in str(told.value)


def test_a_unit_takes_only_its_segments_but_never_loses_whom_it_holds() -> None:
    made = chosen(north=3, south=100, south_more={"takes": ["s2"]})
    frames = families(("F1", "south", 2, "s1"), ("F2", None, 2, "s1"))
    told = proposed(frames, made, Continuity(frozenset()))
    assert told["F1"]["proposed_unit"] == "south"
    assert told["F2"]["proposed_unit"] == "north"
    full = families(("F2", None, 2, "s1"), ("F3", None, 2, "s1"))
    with pytest.raises(AllocationError, match=r"not as whole households\. The least that would do: 1 more in North"):
        propose_strictly(**full, roster=ROSTER, settings=made, as_at=AS_AT)


def test_a_segment_that_no_unit_takes_is_said() -> None:
    made = chosen(north_more={"takes": ["s1"]}, south_more={"takes": ["s2"]})
    frames = families(("F1", None, 2, "s3"), ("F2", None, 2, "s3"), ("F3", None, 2, "s1"))
    with pytest.raises(AllocationError, match="2 households are of a segment that no unit takes"):
        propose_strictly(**frames, roster=ROSTER, settings=made, as_at=AS_AT)
    with pytest.raises(SettingsError, match="unit north leans to s1, which it does not take"):
        chosen(north_more={"takes": ["s2"]})


def test_children_count_by_the_points_of_their_own_status() -> None:
    made = chosen(north=5, south=20, points={"looked_after": 2.5, "child_in_need": 0.5})
    frames = families(("F1", None, 2, "s1"), ("F2", None, 2, "s1"), ("F3", None, 2, "s1"))
    children = pl.DataFrame(
        {
            "family_id": ["F1", "F1", "F2", "F2", "F3", "F3", "F3"],
            "status": ["looked_after", "looked_after", "child_in_need", "child_in_need_plan", "child_in_need",
                       "child_in_need", "closed"],
        }
    )  # fmt: skip
    # F1 counts 5, F2 1.5 and F3 1: North can take F1 alone, or the two others, which fits more families.
    told = proposed(frames, made, EVERYONE, child_status=children)
    assert [told[f]["proposed_unit"] for f in ("F1", "F2", "F3")] == ["south", "north", "north"]
    with pytest.raises(AllocationError, match=r"7.5 complexity points to place, room for 7, 0.5 too many"):
        propose_strictly(
            **frames, roster=ROSTER, as_at=AS_AT, child_status=children,
            settings=chosen(north=5, south=2, points={"looked_after": 2.5, "child_in_need": 0.5}),
        )  # fmt: skip


def test_a_status_that_nobody_has_and_points_that_cannot_be_are_refused() -> None:
    for points in ({"lookedafter": 2}, {"looked_after": 0}, {"looked_after": 11}):
        with pytest.raises(SettingsError, match="points"):
            chosen(points=points)


@st.composite
def asked(draw: Any, *, roomy: bool = False) -> Asked:
    n_units, n_families = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    cells = st.lists(st.lists(st.integers(0, 13), min_size=n_units, max_size=n_units), min_size=n_families,
                     max_size=n_families)  # fmt: skip
    may = draw(st.lists(st.lists(st.booleans(), min_size=n_units, max_size=n_units), min_size=n_families,
                        max_size=n_families))  # fmt: skip
    allowed = np.array(may)
    allowed[np.arange(n_families), draw(st.lists(st.integers(0, n_units - 1), min_size=n_families,
                                                 max_size=n_families))] = True  # fmt: skip
    weights = draw(st.lists(st.integers(25, 400), min_size=n_families, max_size=n_families))
    capacities = draw(st.lists(st.integers(0, 900), min_size=n_units, max_size=n_units))
    return Asked(np.array(draw(cells)) / 10, np.array(weights), np.ones(n_families, dtype=np.int64),
                 np.array(capacities), allowed)  # fmt: skip


def every_way(case: Asked) -> list[tuple[float, int]]:
    """Cost and missing room of each way to place the households where they may go."""
    n, units = case.costs.shape
    told = []
    for way in product(range(units), repeat=n):
        if case.allowed[np.arange(n), way].all():
            load = np.bincount(way, weights=case.weights, minlength=units)
            told.append((case.costs[np.arange(n), way].sum(), int(np.maximum(load - case.capacities, 0).sum())))
    return told


@settings(max_examples=80, deadline=None)
@given(case=asked())
def test_points_and_closed_units_are_placed_as_cheaply_as_trying_every_way(case: Asked) -> None:
    ways = every_way(case)
    possible = [cost for cost, missing in ways if missing == 0]
    first, of_family = types_of(case.costs, case.weights, case.allowed)
    arguments = (case.costs[first], case.weights[first], np.bincount(of_family), case.capacities,
                 [f"unit {n}" for n in range(case.costs.shape[1])])  # fmt: skip
    least = min(missing for _, missing in ways)
    assert int(missing_room(case).sum()) == least
    if not possible:
        with pytest.raises(AllocationError, match="The least that would do"):
            place(*arguments, allowed=case.allowed[first])
        return
    made = place(*arguments, allowed=case.allowed[first], gap=0.0)
    assert made.cost == pytest.approx(min(possible), abs=1e-9)
    assert (made.households[~case.allowed[first]] == 0).all()
    assert (case.weights[first] @ made.households <= case.capacities).all()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_the_week_nobody_moves_who_may_not(data: st.DataObject) -> None:
    unit = st.sampled_from(["north", "south", "elsewhere", None])
    rows = [
        (f"F{n}", data.draw(unit), data.draw(st.integers(1, 4)), data.draw(st.sampled_from(["s1", "s2"])))
        for n in range(data.draw(st.integers(1, 12)))
    ]
    names = [name for name, *_ in rows]
    may = frozenset(data.draw(st.lists(st.sampled_from(names))))
    stay = frozenset(data.draw(st.lists(st.sampled_from(names))))
    made = chosen(data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30)))
    told = proposed(families(*rows), made, Continuity(may, stay))
    assert {name for name, row in told.items() if row["moves"]} <= may - stay
    again = proposed(families(*rows[::-1]), made, Continuity(may, stay))
    assert again == told
