"""What a row of a full delivery means that is held back: its former row stands, or its person counts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World, column, contract, table

from fi_workbench.contracts.catalogue import make_catalogue
from fi_workbench.store import LoadEntry

FIRST, SECOND, THIRD = date(2026, 1, 4), date(2026, 1, 11), date(2026, 1, 18)


@pytest.fixture
def world(tmp_path: Path) -> World:
    posts = table(
        "posts", column("worker_id", "string", "case_reference", key=1), column("start", "date", key=2),
        column("unit", "string"), source="posts", delivery="full", valid_from="start",
        held_back="former_row_stands",
    )  # fmt: skip
    hidden = table(
        "hidden", column("person_id", "string", "case_reference", key=1), column("reason", "string", "personal", key=2),
        column("start", "date"), source="hidden", delivery="full", valid_from="start", held_back="person_counts",
    )  # fmt: skip
    return World(
        tmp_path / "lake", make_catalogue([contract("posts", "full", posts), contract("hidden", "full", hidden)])
    )


def deliver(
    world: World, name: str, as_of: date, rows: Sequence[Sequence[Any]], held_back: Sequence[Sequence[Any]]
) -> LoadEntry:
    contracted = world.catalogue.table(name)
    schema = {each: contracted.columns[each].dtype for each in contracted.key}
    keys = pl.DataFrame(held_back, schema=schema, orient="row").with_row_index("n")
    ids = keys.with_columns(row_id=pl.format("held-{}", "n")).drop("n")
    draft = world.draft(name, as_of, {name: rows}, refused=["raw"] * len(held_back))
    return world.lake.append_load(replace(draft, held_back={name: ids}))


def test_the_former_row_of_a_key_stands_week_after_week_until_it_is_put_right_or_gone(world: World) -> None:
    start = date(2020, 1, 1)
    world.deliver("posts", FIRST, {"posts": [("W1", start, "north"), ("W2", start, "north"), ("W3", start, "east")]})
    before = world.lake.pin(FIRST)
    entry = deliver(world, "posts", SECOND, [("W1", start, "south")], [("W2", start)])
    assert (entry.n_rows, entry.n_quarantined, entry.n_standing) == (1, 1, 1)
    assert world.known("posts", SECOND) == [("W1", start, "south"), ("W2", start, "north")]
    deliver(world, "posts", THIRD, [("W1", start, "south")], [("W2", start)])
    pinned = world.lake.pin(THIRD)
    assert world.known("posts", THIRD) == [("W1", start, "south"), ("W2", start, "north")]
    world.deliver("posts", date(2026, 1, 25), {"posts": [("W2", start, "west")]})
    assert world.known("posts", date(2026, 1, 25)) == [("W2", start, "west")]
    assert world.again().read("posts", pinned)["unit"].to_list() == ["south", "north"]
    assert world.again().read("posts", before)["unit"].to_list() == ["north", "north", "east"]
    assert world.known("posts", FIRST)[1] == ("W2", start, "north")


def test_a_part_of_the_key_that_cannot_be_read_may_be_anything_but_what_was_accepted(world: World) -> None:
    early, late = date(2019, 1, 1), date(2024, 1, 1)
    rows = [("W1", early, "north"), ("W1", late, "south"), ("W2", early, "north")]
    world.deliver("posts", FIRST, {"posts": rows})
    deliver(world, "posts", SECOND, [("W1", early, "changed")], [("W1", None), (None, None)])
    assert world.known("posts", SECOND) == [("W1", early, "changed"), ("W1", late, "south")]


def test_a_delivery_of_which_every_row_is_held_back_leaves_the_former_rows(world: World) -> None:
    start = date(2020, 1, 1)
    world.deliver("posts", FIRST, {"posts": [("W1", start, "north"), ("W2", start, "north")]})
    entry = deliver(world, "posts", SECOND, [], [("W1", start), ("W2", start), ("W9", start)])
    assert entry.n_standing == 2
    assert world.lake.read("posts", world.lake.pin(SECOND))["as_of"].to_list() == [SECOND, SECOND]


def test_what_stood_is_kept_by_upkeep_and_goes_with_an_erasure(world: World) -> None:
    start = date(2020, 1, 1)
    world.deliver("posts", FIRST, {"posts": [("W1", start, "north"), ("W2", start, "north")]})
    world.deliver("hidden", FIRST, {"hidden": [("7", "covert", start), ("8", "sealed", start)]})
    deliver(world, "posts", SECOND, [], [("W1", start), ("W2", start)])
    deliver(world, "hidden", SECOND, [("8", "sealed", start)], [("7", None)])
    world.lake.maintain()
    assert [row[0] for row in world.known("posts", SECOND)] == ["W1", "W2"]
    assert world.known("hidden", SECOND) == [("7", None, None), ("8", "sealed", start)]
    world.lake.erase(
        person_references=["7"], by="D. Officer", reason="a request", at=world.draft("posts", FIRST, {}).loaded_at
    )
    assert [row[0] for row in world.known("hidden", SECOND)] == ["8"]
    assert [row[0] for row in world.known("hidden", FIRST)] == ["8"]


def test_whoever_a_held_back_row_names_counts_and_one_that_names_nobody_is_seen(world: World) -> None:
    start = date(2020, 1, 1)
    deliver(world, "hidden", FIRST, [("8", "sealed", start)], [("9", None), ("9", "covert"), (None, "covert")])
    assert world.known("hidden", FIRST) == [(None, None, None), ("8", "sealed", start), ("9", None, None)]
    world.deliver("hidden", SECOND, {"hidden": [("8", "sealed", start)]})
    assert world.known("hidden", SECOND) == [("8", "sealed", start)]
