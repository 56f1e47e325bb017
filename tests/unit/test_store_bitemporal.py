"""The lake against a list of deliveries in plain Python, for random histories and random pins."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World

from fi_workbench.store import Pin

FIRST = date(2026, 1, 1)
CHILDREN = "abcd"


@dataclass(frozen=True)
class Delivery:
    """One delivery of the census' tables; a table that is None was not delivered."""

    as_of: date
    scope: str
    delivery: str
    children: dict[str, int] | None
    plans: dict[str, int] | None


tables = st.none() | st.dictionaries(st.sampled_from(CHILDREN), st.integers(0, 1), max_size=4)
deliveries = st.builds(
    Delivery,
    as_of=st.integers(0, 3).map(lambda n: FIRST + timedelta(weeks=n)),
    scope=st.sampled_from(["2025", "2026"]),
    delivery=st.sampled_from(["full", "full", "window", "increment"]),
    children=tables,
    plans=tables,
)


def known(history: list[tuple[int, Delivery]], table: str, pin: Pin) -> dict[str, tuple[int, date, int]]:
    """What a pin knows, told row by row: value, as-of date and load of each child."""
    seen = [(d.as_of, n, d) for n, d in history if d.as_of <= pin.as_of and n <= pin.load_id]
    bringing = sorted(((a, n, d) for a, n, d in seen if getattr(d, table) is not None), key=lambda each: each[:2])
    rows: dict[str, dict[str, tuple[int, date, int]]] = {}
    for as_of, number, delivery in bringing:
        scope = rows.setdefault(delivery.scope, {})
        if delivery.delivery == "full":
            scope.clear()
        for child, value in getattr(delivery, table).items():
            scope[child] = (value, as_of, number)
    merged: dict[str, tuple[int, date, int]] = {}
    for scope in rows.values():
        for child, row in scope.items():
            if child not in merged or row[1:] > merged[child][1:]:
                merged[child] = row
    return merged


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(deliveries, min_size=1, max_size=6), st.data())
def test_the_lake_knows_what_the_deliveries_tell(history: list[Delivery], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        told: list[tuple[int, Delivery]] = []
        pinned: list[tuple[Pin, list[tuple[object, ...]]]] = []
        for delivery in history:
            given_tables = {
                "children": None if delivery.children is None else [(c, None, v) for c, v in delivery.children.items()],
                "plans": None if delivery.plans is None else [(c, FIRST, _end(v)) for c, v in delivery.plans.items()],
            }
            brought = {name: rows for name, rows in given_tables.items() if rows is not None}
            entry = world.deliver("census", delivery.as_of, brought, scope=delivery.scope, delivery=delivery.delivery)
            told.append((entry.load_id, delivery))
            pin = world.lake.pin(delivery.as_of)
            pinned.append((pin, world.lake.read("children", pin).rows()))
        for _ in range(3):
            as_of = FIRST + timedelta(weeks=data.draw(st.integers(-1, 4)))
            pin = Pin(as_of, data.draw(st.integers(0, told[-1][0])), 0)
            _compare(world, told, pin)
        world.lake.maintain()
        for pin, rows in pinned:
            assert world.again().read("children", pin).rows() == rows, "a later load or upkeep changed a pinned week"


def _compare(world: World, told: list[tuple[int, Delivery]], pin: Pin) -> None:
    children = world.lake.read("children", pin)
    found = {r["child_id"]: (r["value"], r["as_of"], r["load_id"]) for r in children.iter_rows(named=True)}
    assert found == known(told, "children", pin)
    assert children["child_id"].to_list() == sorted(found)
    plans = world.lake.read("plans", pin)
    ends = {r["child_id"]: (r["valid_to"], r["as_of"], r["load_id"]) for r in plans.iter_rows(named=True)}
    assert ends == {c: (_end(v), a, n) for c, (v, a, n) in known(told, "plans", pin).items()}


def _end(value: int) -> date | None:
    return FIRST + timedelta(days=30) if value else None
