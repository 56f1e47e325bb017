"""Two writers, readers beside a writer, upkeep, and how much room history takes."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World

from fi_workbench.errors import StoreError

TESTS = Path(__file__).resolve().parents[1]
JAN = date(2026, 1, 31)


@pytest.mark.parametrize("table", ["register", "partner"])
def test_of_two_loads_at_once_without_a_lock_one_is_refused_and_none_is_mixed(tmp_path: Path, table: str) -> None:
    first, second = World(tmp_path), World(tmp_path)
    first.deliver(table, JAN, {table: [("0", None, "zero", None)[: 4 if table == "register" else 3]]})
    row = {"register": lambda i, name: (i, None, name, None), "partner": lambda i, name: (i, None, name)}[table]
    publish = first.lake._ledger.publish

    def meanwhile(*arguments: object) -> object:
        """Just before the first would be visible, a second load runs from start to end."""
        second.deliver("register", JAN, {"register": [("2", None, "second", None)]})
        return publish(*arguments)  # type: ignore[arg-type]

    first.lake._ledger.publish = meanwhile  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="another run is writing"):
        first.deliver(table, JAN, {table: [row("1", "first")]})
    later = World(tmp_path)
    assert later.known("register", JAN) == [("2", None, "second", None)]
    assert later.lake.ledger().height == 2
    later.deliver(table, JAN, {table: [row("1", "first")]})
    assert row("1", "first") in later.known(table, JAN)
    assert ("2", None, "second", None) in later.known("register", JAN) or table == "register"


def test_rows_that_another_load_cleared_away_are_not_published(tmp_path: Path) -> None:
    first, second = World(tmp_path), World(tmp_path)
    first.deliver("register", JAN, {"register": [("0", None, "zero", None)]})
    from fi_workbench.store.quarantine import QuarantineWriter

    stored = QuarantineWriter.stored

    def meanwhile(*arguments: object) -> object:
        """After the first wrote its rows, a second load takes them for left-overs, and dies before its own entry."""
        QuarantineWriter.stored = stored  # type: ignore[method-assign]
        second.lake._ledger.publish = None  # type: ignore[assignment]
        with pytest.raises(TypeError):
            second.deliver("register", JAN, {"register": [("2", None, "second", None)]})
        return stored(*arguments)  # type: ignore[arg-type]

    QuarantineWriter.stored = meanwhile  # type: ignore[assignment,method-assign]
    with pytest.raises(StoreError, match="same table at the same time"):
        first.deliver("register", JAN, {"register": [("1", None, "first", None)]})
    assert World(tmp_path).known("register", JAN) == [("0", None, "zero", None)]


def test_of_two_who_take_a_number_at_once_one_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver("visits", JAN, {"visits": []})
    mine, theirs = world.lake._ledger._journal, world.again()._ledger._journal
    table, _ = mine.snapshot()
    entry = {"load_id": 2, "source": "visits", "as_of": JAN}
    theirs.write_upon(theirs.snapshot()[0], entry)
    with pytest.raises(StoreError, match="another run is writing"):
        mine.write_upon(table, entry)
    assert mine.rows()["load_id"].to_list() == [1, 2]


READER = """
import sys
from datetime import date
from pathlib import Path
sys.path.insert(0, {tests!r})
from store_world import World
folder = Path(sys.argv[1]); n = 0; last = -1
print("ready", flush=True)
while not (folder.parent / "stop").exists():
    lake = World(folder).lake
    pin = lake.pin(date(2026, 1, 31))
    children, plans = lake.read("children", pin), lake.read("plans", pin)
    if pin.load_id:
        assert children.height == 500 and plans.height == 500, (children.height, plans.height)
        assert children["value"].n_unique() == 1
        assert children["load_id"].unique().to_list() == plans["load_id"].unique().to_list() == [pin.load_id]
        assert children["value"][0] >= last
        last = children["value"][0]
    n += 1
print(n)
"""


def test_readers_beside_a_writer_find_whole_deliveries_and_never_go_back(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    world = World(folder)
    command = [sys.executable, "-c", READER.format(tests=str(TESTS)), str(folder)]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    reader.stdout.readline()
    for n in range(12):
        children = [(str(i), None, n) for i in range(500)]
        plans = [(str(i), JAN, JAN + timedelta(days=n)) for i in range(500)]
        world.deliver("census", JAN, {"children": children, "plans": plans}, scope="2026")
        if n % 5 == 4:
            world.lake.maintain()
    (tmp_path / "stop").touch()
    out, errors = reader.communicate(timeout=30)
    assert reader.returncode == 0, errors
    assert int(out) > 1


def test_upkeep_joins_files_and_changes_no_read(tmp_path: Path) -> None:
    world = World(tmp_path)
    for n in range(12):
        day = JAN + timedelta(weeks=n)
        world.deliver("visits", day, {"visits": [(str(i), day, True, None) for i in range(n + 1)]}, refused=["x"])
    pins = [world.lake.pin(JAN + timedelta(weeks=n)) for n in range(12)]
    before = [world.lake.read("visits", pin) for pin in pins]
    report = world.lake.maintain()
    assert report.files_joined >= 12
    assert [frame.height for frame in before] == [sum(range(n + 2)) for n in range(12)]
    lake = world.again()
    assert all(lake.read("visits", pin).equals(frame) for pin, frame in zip(pins, before, strict=True))
    assert lake.maintain().files_joined == 0


def test_the_same_deliveries_give_the_same_rows_in_another_lake(tmp_path: Path) -> None:
    frames = []
    for place in ("one", "two"):
        world = World(tmp_path / place)
        for n in range(3):
            day = JAN + timedelta(weeks=n)
            world.deliver(
                "register", day, {"register": [(str(i * 7 % 50), None, f"s{n}", None) for i in range(50 - n)]}
            )
        frames.append(world.lake.read("register", world.lake.pin(JAN + timedelta(weeks=2))))
        world.lake.maintain()
        assert world.again().read("register", world.lake.pin(JAN + timedelta(weeks=2))).equals(frames[-1])
    assert frames[0].equals(frames[1])


def test_half_a_year_of_full_deliveries_takes_little_more_room_than_one(tmp_path: Path) -> None:
    """10,000 rows, 1 % changed and some gone and come each week, for 26 weeks; see the study for the full size."""
    generator = np.random.default_rng(0)
    n = 10_000
    surnames = [f"{v:x}" for v in generator.integers(0, 2**60, n)]
    world = World(tmp_path)
    sizes, heights = [], []
    for week in range(26):
        for place in generator.choice(n, n // 100, replace=False):
            surnames[place] = f"{generator.integers(0, 2**60):x}"
        rows = [(f"{i:06d}", None, surnames[i], f"{i * 7919:010d}") for i in range(week * 30, n)]
        world.deliver("register", JAN + timedelta(weeks=week), {"register": rows})
        sizes.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
        heights.append(n - week * 30)
    assert sizes[-1] < 4 * sizes[0], "each delivery is stored nearly whole again"
    known = [world.lake.read("register", world.lake.pin(JAN + timedelta(weeks=week))).height for week in (0, 12, 25)]
    assert known == [heights[0], heights[12], heights[25]]
    last = world.lake.read("register", world.lake.pin(JAN + timedelta(weeks=25)))
    assert last["surname"].to_list() == surnames[25 * 30 :]
    assert last["as_of"].unique().to_list() == [JAN + timedelta(weeks=25)]
