"""Scenarios side by side, and what one more place would change; small enough to work out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.errors import SegmentationError, WrongUseError
from fi_workbench.segmentation.fairness import fairness
from fi_workbench.segmentation.proposal import propose_strictly
from fi_workbench.segmentation.what_if import AS_NOW, Scenario, compare, one_more_place
from fi_workbench.settings import Authority, Settings, Unit
from fi_workbench.statistics.intervals import wilson

AS_AT = date(2026, 11, 22)
ROSTER = pl.DataFrame(
    schema={
        "worker_id": pl.String,
        "unit": pl.String,
        "role": pl.String,
        "fte": pl.Float64,
        "start_date": pl.Date,
        "end_date": pl.Date,
    }
)


def chosen(north: int, south: int, *more: Unit) -> Settings:
    return Settings(
        authority=Authority(name="Testshire", code="000"),
        units=(
            Unit(code="north", name="North", segments=("s1",), capacity_children=north),
            Unit(code="south", name="South", segments=("s2",), capacity_children=south),
            *more,
        ),
    )


def frames(n: int, segment: str = "s1", prefix: str = "f") -> dict[str, pl.DataFrame]:
    """Families of one child each, held by nobody, who all fit one segment."""
    names = [f"{prefix}{i}" for i in range(n)]
    status = pl.DataFrame(
        {
            "family_id": names,
            "status": ["child_in_need_plan"] * n,
            "since": [date(2026, 1, 1 + i) for i in range(n)],
            "n_children_open": [1] * n,
            "unit": pl.Series([None] * n, dtype=pl.String),
        }
    )
    memberships = pl.DataFrame(
        {
            "family_id": names,
            "segment": [segment] * n,
            "posterior": [0.9] * n,
            "second_segment": ["s2" if segment == "s1" else "s1"] * n,
            "second_posterior": [0.1] * n,
            "clear": [True] * n,
        }
    )
    return {"family_status": status, "segment_memberships": memberships}


def test_scenarios_are_solved_each_and_compared_with_the_first() -> None:
    fifth = Unit(code="west", name="West", segments=("s1",), capacity_children=2)
    told = compare(
        {
            AS_NOW: Scenario(chosen(3, 5)),
            "North takes five": Scenario(chosen(5, 5)),
            "a fifth unit": Scenario(chosen(3, 5, fifth)),
            "too little": Scenario(chosen(2, 2)),
        },
        **frames(5),
        roster=ROSTER,
        as_at=AS_AT,
    )
    by_name = {row["scenario"]: row for row in told.scenarios.iter_rows(named=True)}
    assert [by_name[name]["no_room"] for name in (AS_NOW, "North takes five", "a fifth unit")] == [2, 0, 0]
    assert by_name["North takes five"]["unlike_now"] == 2
    assert by_name[AS_NOW]["unlike_now"] is None
    assert not by_name["too little"]["possible"]
    assert "5 children to place, room for 4, 1 too many" in by_name["too little"]["why_not"]
    children = {(row["scenario"], row["unit"]): row["children"] for row in told.units.iter_rows(named=True)}
    assert (children[AS_NOW, "north"], children[AS_NOW, "south"]) == (3, 2)
    assert (children["North takes five", "north"], children["North takes five", "south"]) == (5, 0)
    assert children["a fifth unit", "north"] + children["a fifth unit", "west"] == 5


def test_an_intake_is_added_to_those_who_are_there() -> None:
    came = frames(2, prefix="new")
    scenario = Scenario(chosen(3, 5), came["family_status"], came["segment_memberships"])
    told = compare({AS_NOW: Scenario(chosen(3, 5)), "two come": scenario}, **frames(3), roster=ROSTER, as_at=AS_AT)
    assert told.scenarios["families"].to_list() == [3, 5]
    assert told.scenarios["no_room"].to_list() == [0, 2]


def test_one_more_place_is_told_by_solving_again() -> None:
    told = one_more_place(chosen(3, 5), **frames(5), roster=ROSTER, as_at=AS_AT)
    assert told == [
        (
            "North: with one more place 1 more family would get the unit that fits best, "
            "and 1 family would be proposed another unit."
        ),
        "South: one more place would change nothing.",
    ]


def test_no_scenario_is_refused() -> None:
    with pytest.raises(WrongUseError, match="no scenario"):
        compare({}, **frames(1), roster=ROSTER, as_at=AS_AT)


def groups(*rows: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [("ethnicity group", family, group) for family, group in rows],
        schema={"characteristic": pl.String, "family_id": pl.String, "group": pl.String},
        orient="row",
    )


def looked_at(told: pl.DataFrame, measure: str, group: str, segment: str | None = None) -> dict[str, Any]:
    of_measure = told.filter(pl.col("measure") == measure, pl.col("group") == group)
    return of_measure.filter(pl.col("segment").eq_missing(pl.lit(segment))).row(0, named=True)


def test_groups_are_counted_with_intervals_and_small_ones_say_nothing() -> None:
    one, two = frames(12, "s1", "a"), frames(20, "s2", "b")
    memberships = pl.concat([one["segment_memberships"], two["segment_memberships"]])
    names = memberships["family_id"].to_list()
    characteristics = groups(
        *((name, "group one") for name in names[:12]), *((name, "group two") for name in names[12:28]),
        *((name, None) for name in names[28:]),
    )  # fmt: skip
    told = fairness(memberships, characteristics, linked_families=names[:6] + names[12:28])
    first = looked_at(told, "in_segment", "group one", "s1")
    assert (first["k"], first["n"], first["share"], first["differs"]) == (12, 12, 1.0, True)
    assert first["low"] == pytest.approx(wilson(12, 12).low)
    assert looked_at(told, "unlinked", "group one")["k"] == 6
    assert looked_at(told, "unlinked", "group two")["k"] == 0
    small = looked_at(told, "in_segment", "not recorded", "s2")
    assert [small[name] for name in ("k", "n", "share", "low", "high", "differs")] == [None] * 6


def test_moves_for_want_of_room_are_counted_by_group() -> None:
    made = frames(24)
    proposals = propose_strictly(**made, roster=ROSTER, settings=chosen(10, 20), as_at=AS_AT).unit_proposals
    names = made["family_status"]["family_id"].to_list()
    told = fairness(
        made["segment_memberships"],
        groups(*((name, "early" if i < 10 else "late") for i, name in enumerate(names))),
        proposals=proposals,
    )
    assert looked_at(told, "moved_for_room", "early")["k"] == 0
    assert looked_at(told, "moved_for_room", "late")["k"] == 14


def test_a_family_without_a_place_in_the_grouping_is_refused() -> None:
    with pytest.raises(SegmentationError, match="no place in the grouping"):
        fairness(frames(2)["segment_memberships"], groups(("stranger", "group one")))
