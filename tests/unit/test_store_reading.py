"""What a pin reads: small tables of deliveries and what is known of them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World, catalogue, column, contract, table

from fi_workbench.contracts.catalogue import make_catalogue
from fi_workbench.errors import ContractError, StoreError
from fi_workbench.store import CLOCKS, Lake, Pin

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "lake")


def test_a_source_never_loaded_is_an_empty_typed_frame(world: World) -> None:
    frame = world.lake.read("visits", world.lake.pin(JAN))
    assert frame.is_empty()
    assert dict(frame.schema) == {**world.catalogue.table("visits").polars_schema(), **CLOCKS}
    assert world.lake.pin(JAN) == Pin(JAN, 0, 0)
    assert world.lake.latest_as_of() is None
    assert world.lake.known_files() == frozenset()


def test_each_row_carries_three_clocks_and_the_record_that_it_came_from(world: World) -> None:
    entry = world.deliver("census", MAR, {"plans": [("1", JAN, FEB)]}, scope="2026")
    row = world.lake.read("plans", world.lake.pin(MAR)).row(0, named=True)
    assert (row["valid_from"], row["valid_to"]) == (JAN, FEB)
    assert row["as_of"] == MAR
    assert row["loaded_at"] == entry.loaded_at
    assert row["load_id"] == entry.load_id
    assert row["row_id"].endswith("-plans-0")


@pytest.mark.parametrize(
    ("deliveries", "asked", "known"),
    [
        # (as_of, scope, rows), in the order of loading
        ([(JAN, "", ["a", "b"]), (FEB, "", ["b", "c"])], MAR, ["b", "c"]),  # absence closes in a full delivery
        ([(JAN, "", ["a", "b"]), (FEB, "", ["b", "c"])], JAN, ["a", "b"]),  # but not for a day before it
        ([(FEB, "", ["b"]), (JAN, "", ["a"])], MAR, ["b"]),  # history loaded late stays history
        ([(FEB, "", ["b"]), (JAN, "", ["a"])], JAN, ["a"]),  # and answers for its own day
        ([(JAN, "", ["a"]), (JAN, "", ["b"])], JAN, ["b"]),  # sent again for the same day: the later load counts
        ([(JAN, "2025", ["a"]), (FEB, "2026", ["b"])], MAR, ["a", "b"]),  # scopes do not replace each other
        ([(JAN, "2025", ["a"]), (FEB, "2026", ["b"]), (MAR, "2025", [])], MAR, ["b"]),  # an empty one empties its scope
    ],
)
def test_a_full_delivery_replaces_the_former_of_its_scope(
    world: World, deliveries: list[tuple[date, str, list[str]]], asked: date, known: list[str]
) -> None:
    for as_of, scope, ids in deliveries:
        world.deliver("census", as_of, {"children": [(i, None, 1) for i in ids]}, scope=scope)
    assert [row[0] for row in world.known("children", asked)] == known


def test_across_scopes_the_latest_as_of_wins_per_key(world: World) -> None:
    world.deliver("census", FEB, {"children": [("a", None, 2)]}, scope="2026")
    world.deliver("census", JAN, {"children": [("a", None, 1)]}, scope="2025")
    assert world.known("children", MAR) == [("a", None, 2)]


def test_a_table_that_a_full_delivery_does_not_bring_stays(world: World) -> None:
    world.deliver("census", JAN, {"children": [("a", None, 1)], "plans": [("a", JAN, None)]}, scope="2026")
    world.deliver("census", FEB, {"children": [("b", None, 1)]}, scope="2026")
    assert world.known("plans", MAR) == [("a", JAN, None)]
    world.deliver("census", MAR, {"children": [("b", None, 1)], "plans": []}, scope="2026")
    assert world.known("plans", MAR) == []


@pytest.mark.parametrize("source", ["visits", "partner"])
def test_windows_and_increments_add_and_correct_but_never_close(world: World, source: str) -> None:
    rows = {
        "visits": ("visits", lambda i, v: (i, JAN, v, None)),
        "partner": ("partner", lambda i, v: (i, None, str(v))),
    }
    name, row = rows[source]
    world.deliver(source, JAN, {name: [row("a", True), row("b", True)]})
    world.deliver(source, FEB, {name: [row("b", False)]})
    assert world.known(name, MAR) == [row("a", True), row("b", False)]
    assert world.known(name, JAN) == [row("a", True), row("b", True)]


def test_a_late_file_never_changes_a_week_already_pinned(world: World) -> None:
    world.deliver("register", FEB, {"register": [("1", None, "x", None)]})
    pin = world.lake.pin(MAR)
    before = world.lake.read("register", pin)
    world.deliver("register", MAR, {"register": [("2", None, "y", None)]})
    world.deliver("register", FEB, {"register": [("3", None, "z", None)]})
    assert world.lake.read("register", pin).equals(before)
    assert world.again().read("register", pin).equals(before)
    assert [row[0] for row in world.known("register", FEB)] == ["3"]


def test_a_pin_moves_only_for_what_it_could_see(world: World) -> None:
    world.deliver("register", FEB, {"register": []})
    pin = world.lake.pin(FEB)
    world.deliver("register", MAR, {"register": []})
    assert world.lake.pin(FEB) == pin
    assert world.lake.pin(MAR).load_id > pin.load_id
    assert world.lake.latest_as_of() == MAR


def test_load_numbers_only_grow(world: World) -> None:
    numbers = [world.deliver("visits", JAN, {"visits": [("a", JAN, True, None)]}).load_id for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert world.lake.ledger()["load_id"].to_list() == numbers


def test_the_ledger_keeps_files_receipt_and_counts(world: World) -> None:
    draft = world.draft("visits", JAN, {"visits": [("a", JAN, True, None)]}, coverage=(JAN, FEB), refused=["x,y"])
    world.lake.append_load(draft)
    entry = world.lake.ledger().row(0, named=True)
    assert entry["receipt"] == '{"read": 2}'
    assert (entry["n_rows"], entry["n_quarantined"]) == (1, 1)
    assert (entry["coverage_from"], entry["coverage_to"]) == (JAN, FEB)
    assert entry["tables"] == [{"table": "visits", "n_rows": 1}]
    assert world.lake.known_files() == {draft.files[0].sha256}
    refused = world.lake.quarantine().row(0, named=True)
    assert (refused["raw"], refused["source"], refused["load_id"]) == ("x,y", "visits", entry["load_id"])


def test_rows_come_sorted_by_key_whatever_their_order(tmp_path: Path) -> None:
    rows = [(str(i), None, "s", None) for i in range(50)]
    shuffled = pl.DataFrame(rows, orient="row").sample(fraction=1, shuffle=True, seed=3).rows()
    frames = []
    for place, given in (("one", rows), ("two", shuffled)):
        world = World(tmp_path / place)
        world.deliver("register", JAN, {"register": given})
        frames.append(world.lake.read("register", world.lake.pin(JAN)).drop("row_id"))
    assert frames[0].equals(frames[1])
    assert frames[0]["person_id"].is_sorted()


def test_a_repeated_full_delivery_stores_its_rows_once(world: World) -> None:
    rows = [(str(i), None, f"s{i}", None) for i in range(1000)]
    world.deliver("register", JAN, {"register": rows})
    world.deliver("register", FEB, {"register": rows[:-1]})
    world.deliver("register", MAR, {"register": [*rows[:-1], ("x", None, "new", None)]})
    stored = pl.scan_delta(str(world.folder / "sources" / "register"))
    assert stored.select(pl.len()).collect().item() == 1001
    for day, n in ((JAN, 1000), (FEB, 999), (MAR, 1000)):
        frame = world.lake.read("register", world.lake.pin(day))
        assert frame.height == n
        assert frame["as_of"].unique().to_list() == [day]


def test_a_row_that_goes_and_comes_back_is_known_in_between_as_gone(world: World) -> None:
    for day, ids in ((JAN, ["a", "b"]), (FEB, ["a"]), (MAR, ["a", "b"])):
        world.deliver("register", day, {"register": [(i, None, "s", None) for i in ids]})
    assert [len(world.known("register", day)) for day in (JAN, FEB, MAR)] == [2, 1, 2]


def test_a_contract_that_gains_and_loses_a_column_still_reads_old_rows(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver("register", JAN, {"register": [("1", None, "s", "9")]})
    newer = table(
        "register", column("person_id", "string", "case_reference", key=1), column("surname", "string", "personal"),
        column("town", "string", "personal"), source="register", delivery="full",
    )  # fmt: skip
    later = World(tmp_path, make_catalogue([contract("register", "full", newer)]))
    assert later.known("register", JAN) == [("1", "s", None)]
    later.deliver("register", FEB, {"register": [("1", "s", "Ely"), ("2", "t", None)]})
    assert later.known("register", FEB) == [("1", "s", "Ely"), ("2", "t", None)]
    assert later.known("register", JAN) == [("1", "s", None)]


def test_rows_without_a_column_of_their_contract_are_refused_and_nothing_is_visible(world: World) -> None:
    draft = world.draft("visits", JAN, {"visits": [("a", JAN, True, None)]})
    broken = type(draft)(**{**vars(draft), "tables": {"visits": draft.tables["visits"].drop("seen")}})
    with pytest.raises(StoreError, match="visits: seen"):
        world.lake.append_load(broken)
    assert world.lake.ledger().is_empty()


def test_an_unknown_table_is_refused(world: World) -> None:
    with pytest.raises(ContractError, match="visitz"):
        world.lake.read("visitz", world.lake.pin(JAN))


def test_several_tables_are_read_as_each_alone(world: World) -> None:
    world.deliver("census", JAN, {"children": [("a", None, 1), ("b", None, 2)], "plans": [("a", JAN, None)]}, scope="1")
    world.deliver("census", FEB, {"children": [("b", None, 3)]}, scope="1")
    world.deliver("visits", JAN, {"visits": [("a", JAN, True, None)]})
    world.deliver("visits", FEB, {"visits": [("a", JAN, False, None)]})
    for day in (JAN, FEB):
        pin = world.lake.pin(day)
        columns = {
            name: [world.catalogue.table(name).key[-1], "row_id", "as_of"]
            for name in ("visits", "children", "register", "plans")
        }
        several = dict(world.lake.read_each(columns, pin))
        assert list(several) == list(columns)
        for name, wanted in columns.items():
            assert several[name].equals(world.lake.read(name, pin).select(wanted))
        assert several["register"].is_empty()
        assert several["visits"].height == 1


def test_the_lake_opens_from_a_uri(tmp_path: Path) -> None:
    world = World(tmp_path / "a lake")
    world.deliver("visits", JAN, {"visits": [("a", JAN, True, None)]})
    far = Lake.open((tmp_path / "a lake").as_uri(), catalogue())
    assert far.read("visits", far.pin(JAN)).height == 1


def test_a_lake_travels_to_another_process(world: World) -> None:
    for day in (JAN, FEB):
        world.deliver("register", day, {"register": [("1", None, "s", None)]})
    code = "import pickle, sys; lake = pickle.load(sys.stdin.buffer); print(lake.ledger().height)"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(world.lake), capture_output=True, check=True)
    assert done.stdout.strip() == b"2"


def test_what_prints_shows_no_rows(world: World) -> None:
    draft = world.draft("register", JAN, {"register": [("SECRET1", None, "SECRET2", None)]}, refused=["SECRET3"])
    assert "SECRET" not in repr(draft) + repr(world.lake.append_load(draft)) + repr(world.lake)
