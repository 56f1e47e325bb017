"""How old each source is, by its own cadence."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World

from fi_workbench.contracts import all_contracts, validate
from fi_workbench.store import Lake

SUNDAY = date(2026, 3, 1)


def row(world: World, source: str, **more: Any) -> dict[str, Any]:
    frame = world.lake.source_freshness(world.lake.pin(SUNDAY), **more)
    return next(r for r in frame.iter_rows(named=True) if r["source"] == source)


def test_every_source_of_the_contracts_has_a_row_loaded_or_not(tmp_path: Path) -> None:
    world = World(tmp_path)
    frame = world.lake.source_freshness(world.lake.pin(SUNDAY))
    assert frame["source"].to_list() == ["census", "partner", "register", "visits"]
    assert frame["state"].unique().to_list() == ["absent"]
    assert frame["as_of"].null_count() == 4
    assert not frame["loaded"].any()


@pytest.mark.parametrize(
    ("source", "days", "stale_days", "state"),
    [
        ("visits", 14, 14, "fresh"),
        ("visits", 15, 14, "old"),
        ("visits", 10, 1, "fresh"),  # within one and a half of its weekly cadence
        ("visits", 11, 1, "old"),
        ("census", 549, 14, "fresh"),  # a yearly return
        ("census", 550, 14, "old"),
    ],
)
def test_a_source_is_old_by_the_threshold_or_by_its_cadence(
    tmp_path: Path, source: str, days: int, stale_days: int, state: str
) -> None:
    world = World(tmp_path)
    world.deliver(source, SUNDAY - timedelta(days=days), {{"visits": "visits", "census": "children"}[source]: []})
    found = row(world, source, stale_days=stale_days)
    assert (found["state"], found["age_days"], found["loaded"]) == (state, days, True)


def test_coverage_spans_all_deliveries_and_counts_are_of_those_in_force(tmp_path: Path) -> None:
    world = World(tmp_path)
    jan, feb = date(2026, 1, 4), date(2026, 2, 1)
    world.deliver(
        "register", jan, {"register": [("1", None, None, None)]}, coverage=(date(2020, 1, 1), jan), refused=["a", "b"]
    )
    world.deliver(
        "register",
        feb,
        {"register": [(str(i), None, None, None) for i in range(3)]},
        coverage=(None, feb),
        refused=["a"],
    )
    found = row(world, "register")
    assert (found["as_of"], found["coverage_from"], found["coverage_to"]) == (feb, date(2020, 1, 1), feb)
    assert (found["n_rows"], found["n_quarantined"]) == (3, 1)
    early = world.lake.source_freshness(world.lake.pin(jan)).row(2, named=True)
    assert (early["as_of"], early["n_rows"], early["age_days"]) == (jan, 1, 0)


def test_age_can_be_counted_to_another_day(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver("visits", SUNDAY, {"visits": []})
    assert row(world, "visits", at=SUNDAY + timedelta(days=3))["age_days"] == 3


def test_it_keeps_the_contract_of_source_freshness(tmp_path: Path) -> None:
    shipped = all_contracts()
    lake = Lake.open(tmp_path, shipped)
    frame = lake.source_freshness(lake.pin(SUNDAY))
    assert validate(frame, shipped.table("source_freshness")).height == sum(
        each.expected for each in shipped.sources.values()
    )


def test_rows_quarantined_are_counted_of_the_deliveries_that_a_pin_sees_and_an_earlier_one_did_not(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    jan, feb = date(2026, 1, 4), date(2026, 2, 1)
    one = {"register": [("1", None, None, None)]}
    world.deliver("register", jan, one, refused=["a", "b"])
    world.deliver("register", feb, one, refused=["a"])  # before a late one of January
    world.deliver("register", jan, one, refused=["a", "b", "c"])
    first, second = world.lake.pin(jan), world.lake.pin(feb)
    assert world.lake.n_quarantined(first, before=None) == 3, "a correction takes the place of what it corrects"
    assert world.lake.n_quarantined(second, before=first) == 1
    assert world.lake.n_quarantined(second, before=second) == 0
