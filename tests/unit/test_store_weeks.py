"""Runs, stages and the tables of a week."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World

from fi_workbench.errors import ContractError, StoreError
from fi_workbench.store import Pin, Run

WEEK = "2026-W05"
NOW = datetime(2026, 2, 2, 6, tzinfo=UTC)
PIN = Pin(date(2026, 2, 1), 3, 0)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def opened(world: World, *, settings: str = "a = 1", pin: Pin = PIN, at: datetime = NOW, week: str = WEEK) -> Run:
    return world.lake.open_run(
        week, pin=pin, settings_fingerprint=settings[:3], settings_text=settings, model_version="m1",
        code_version="0.1.0", made_at=at,
    )  # fmt: skip


def who(*ids: str) -> pl.DataFrame:
    return pl.DataFrame(
        [{"person_id": i, "case_reference": f"C{i}", "family_id": None} for i in ids],
        schema={"person_id": pl.String, "case_reference": pl.String, "family_id": pl.String},
    )


def make(world: World, run: Run, frame: pl.DataFrame, fingerprint: str = "f1") -> None:
    world.lake.write_week_table(run.week, run.run_id, "who", frame)
    world.lake.record_stage(run.week, run.run_id, "link", fingerprint, {"who": frame.height}, recorded_at=NOW)


def test_a_run_keeps_all_that_is_needed_to_make_the_week_again(world: World) -> None:
    run = opened(world, settings="a = 1\nb = 'x'")
    back = world.again().current_run(WEEK)
    assert back == run
    assert (back.pin, back.settings_text, back.model_version, back.made_at) == (PIN, "a = 1\nb = 'x'", "m1", NOW)
    assert not back.is_closed


def test_the_same_inputs_are_the_same_run_so_that_a_killed_one_is_resumed(world: World) -> None:
    first = opened(world)
    again = opened(world, at=NOW + timedelta(hours=3))
    assert again == first
    assert opened(world, settings="a = 2").run_id != first.run_id
    assert opened(world, pin=Pin(PIN.as_of, 4, 0)).run_id != first.run_id
    assert opened(world, week="2026-W06").run_id != first.run_id


def test_nothing_is_read_before_its_stage_is_recorded(world: World) -> None:
    run = opened(world)
    world.lake.write_week_table(WEEK, run.run_id, "who", who("b", "a"))
    with pytest.raises(StoreError, match="has not been made"):
        world.lake.read_week_table(WEEK, "who")
    assert not world.lake.stage_done(WEEK, run.run_id, "link", "f1")
    world.lake.record_stage(WEEK, run.run_id, "link", "f1", {"who": 2}, recorded_at=NOW)
    frame = world.again().read_week_table(WEEK, "who")
    assert frame.columns == ["person_id", "case_reference", "family_id", "week"]
    assert frame["person_id"].to_list() == ["a", "b"]
    assert frame["week"].unique().to_list() == [WEEK]


def test_a_stage_is_done_only_for_its_last_fingerprint(world: World) -> None:
    run = opened(world)
    make(world, run, who("a"), "f1")
    make(world, run, who("a", "b"), "f2")
    assert world.lake.stage_done(WEEK, run.run_id, "link", "f2")
    assert not world.lake.stage_done(WEEK, run.run_id, "link", "f1")
    assert world.lake.read_week_table(WEEK, "who", run.run_id).height == 2
    assert [record.rows for record in world.lake.stages(WEEK, run.run_id)] == [{"who": 1}, {"who": 2}]


def test_until_a_run_is_closed_the_one_before_it_stays_current(world: World) -> None:
    first = opened(world)
    make(world, first, who("a"))
    world.lake.close_run(WEEK, first.run_id, at=NOW)
    second = opened(world, settings="a = 2")
    make(world, second, who("b"))
    assert world.lake.read_week_table(WEEK, "who")["person_id"].to_list() == ["a"]
    assert world.lake.read_week_table(WEEK, "who", second.run_id)["person_id"].to_list() == ["b"]
    closed = world.lake.close_run(WEEK, second.run_id, at=NOW, outcome="complete")
    assert closed.is_closed
    assert world.lake.read_week_table(WEEK, "who")["person_id"].to_list() == ["b"]
    assert opened(world).run_id == first.run_id  # settings put back: the first run again
    assert world.lake.read_week_table(WEEK, "who")["person_id"].to_list() == ["a"]


def test_runs_come_finished_first_and_in_the_order_of_finishing(world: World) -> None:
    first, second, third = (opened(world, settings=f"a = {n}") for n in range(3))
    world.lake.close_run(WEEK, second.run_id, at=NOW)
    world.lake.close_run(WEEK, first.run_id, at=NOW)
    assert [run.run_id for run in world.lake.runs(WEEK)] == [second.run_id, first.run_id, third.run_id]
    assert [run.is_closed for run in world.lake.runs()] == [True, True, False]


def test_an_empty_table_is_a_table(world: World) -> None:
    run = opened(world)
    make(world, run, who("a"))
    make(world, run, who(), "f2")
    frame = world.lake.read_week_table(WEEK, "who")
    assert frame.is_empty()
    assert frame.schema["person_id"] == pl.String


def test_a_frame_that_breaks_its_contract_is_refused(world: World) -> None:
    run = opened(world)
    for broken in (who("a").drop("family_id"), who("a", "a"), who("a").with_columns(week=pl.lit(WEEK))):
        with pytest.raises(ContractError):
            world.lake.write_week_table(WEEK, run.run_id, "who", broken)


def test_what_is_written_is_handed_back_as_it_will_be_read(world: World) -> None:
    run = opened(world)
    back = world.lake.write_week_table(
        WEEK, run.run_id, "who", who("b", "a").select("family_id", "case_reference", "person_id")
    )
    world.lake.record_stage(WEEK, run.run_id, "link", "f", {"who": 2}, recorded_at=NOW)
    assert back.equals(world.lake.read_week_table(WEEK, "who").drop("week"))


def test_lists_and_nulls_survive(world: World) -> None:
    frame = pl.DataFrame(
        {"unit": ["b", "a"], "n": [None, 3], "trace": [["x", "y"], []]},
        schema={"unit": pl.String, "n": pl.Int64, "trace": pl.List(pl.String)},
    )
    run = opened(world)
    world.lake.write_week_table(WEEK, run.run_id, "actions", frame)
    world.lake.record_stage(WEEK, run.run_id, "measures", "f", {"actions": 2}, recorded_at=NOW)
    assert world.lake.read_week_table(WEEK, "actions").drop("week").rows() == [("a", 3, []), ("b", None, ["x", "y"])]


def test_a_stage_cannot_be_recorded_without_its_tables(world: World) -> None:
    run = opened(world)
    with pytest.raises(StoreError, match="before its tables are written"):
        world.lake.record_stage(WEEK, run.run_id, "link", "f", {"who": 1}, recorded_at=NOW)
    world.lake.write_week_table(WEEK, run.run_id, "who", who("a"))
    with pytest.raises(StoreError, match="1 rows written, 2 to record"):
        world.lake.record_stage(WEEK, run.run_id, "link", "f", {"who": 2}, recorded_at=NOW)


def test_a_week_made_again_to_the_byte_takes_no_more_room(world: World) -> None:
    first, second = opened(world), opened(world, settings="a = 2")
    for run in (first, second):
        make(world, run, who("b", "a") if run is first else who("a", "b"))
    stored = world.folder / "weeks" / "who"
    assert len(list(stored.rglob("*.parquet"))) == 1
    contents = {world.lake.stages(WEEK, run.run_id)[0].contents["who"] for run in (first, second)}
    assert len(contents) == 1


def test_weeks_do_not_see_each_other(world: World) -> None:
    for week, ids in (("2026-W05", ["a"]), ("2026-W06", ["a", "b"])):
        make(world, opened(world, week=week), who(*ids))
    assert world.lake.read_week_table("2026-W05", "who").height == 1
    assert world.lake.read_week_table("2026-W06", "who").height == 2


def test_a_stage_without_tables_can_be_recorded(world: World) -> None:
    run = opened(world)
    world.lake.record_stage(WEEK, run.run_id, "brief:north", "f", {}, recorded_at=NOW)
    assert world.lake.stage_done(WEEK, run.run_id, "brief:north", "f")


def test_a_run_that_does_not_exist_cannot_be_closed(world: World) -> None:
    with pytest.raises(StoreError, match="no such run"):
        world.lake.close_run(WEEK, "nope", at=NOW)
    assert world.lake.current_run(WEEK) is None


def test_upkeep_forgets_what_no_stage_recorded_and_nothing_else(world: World) -> None:
    run = opened(world)
    make(world, run, who("a"))
    world.lake.write_week_table(WEEK, run.run_id, "who", who("never", "recorded"))
    assert world.lake.maintain().parts_cleared == 1
    assert world.lake.read_week_table(WEEK, "who")["person_id"].to_list() == ["a"]
    assert world.lake.maintain().parts_cleared == 0
