"""Which things come first is decided by one stated rule, and by nothing about workers or families."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.measures.leading import placed


def item(action: str, authority: str, ahead: bool, day: int, unit: str = "north") -> dict[str, Any]:
    return {
        "unit": unit, "action": action, "authority": authority, "ahead": ahead, "from_date": date(2026, 11, day), "place": 0,
    }  # fmt: skip


ITEMS = [
    item("local_soonest", "local", True, 23),
    item("law_4", "regulation", True, 29),
    item("law_1", "guidance", True, 24),
    item("law_3", "regulation", True, 26),
    item("law_2", "guidance", True, 25),
    item("waits_short", "guidance", False, 20),
    item("waits_long", "regulation", False, 2),
    item("waits_longer", "regulation", False, 1),
    item("local_waits", "local", False, 1),
]


def order(items: list[dict[str, Any]]) -> list[str]:
    return placed(pl.DataFrame(items)).sort("unit", "place")["action"].to_list()


def test_three_dates_by_law_lead_then_the_two_that_have_waited_longest() -> None:
    assert order(ITEMS) == [
        "law_1", "law_2", "law_3", "waits_longer", "waits_long", "law_4", "waits_short", "local_soonest", "local_waits",
    ]  # fmt: skip


def test_where_one_kind_has_fewer_the_other_fills_up() -> None:
    waits = [one for one in ITEMS if not one["ahead"]]
    assert order(waits) == ["waits_longer", "waits_long", "waits_short", "local_waits"]


@pytest.mark.parametrize("turn", range(3))
def test_the_order_given_decides_nothing(turn: int) -> None:
    assert order(ITEMS[turn:] + ITEMS[:turn]) == order(ITEMS)


def test_each_unit_is_numbered_from_one() -> None:
    both = ITEMS + [{**one, "unit": "south"} for one in ITEMS[:2]]
    places = placed(pl.DataFrame(both)).group_by("unit").agg(pl.col("place").sort()).sort("unit")["place"].to_list()
    assert places == [list(range(1, 10)), [1, 2]]
