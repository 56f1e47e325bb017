"""An erasure takes what belongs to a removed row, though it names nobody, and nothing that is another's."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World, column, contract, table

from fi_workbench.contracts.catalogue import make_catalogue
from fi_workbench.errors import StoreError
from fi_workbench.store import delta, erasure

JAN, FEB = date(2026, 1, 31), date(2026, 2, 28)
AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
CHILD, OTHER = "SYN0004883", "SYN0007001"


@pytest.fixture
def world(tmp_path: Path) -> World:
    own = replace(column("person_id", "string", "case_reference"), whose=True)
    of_referral = replace(column("referral_id", "string"), belongs_to="episodes.referral_id")
    of_assessment = replace(column("assessment_id", "string"), belongs_to="assessments.assessment_id")
    more = {"source": "ssd", "delivery": "full"}
    tables = (
        table("episodes", column("referral_id", "string", key=1), own, column("need", "string"), **more),
        table("assessments", column("assessment_id", "string", key=1), own, of_referral, **more),
        table("factors", column("table_id", "string", key=1), of_assessment, column("said", "string"), **more),
    )
    return World(tmp_path / "lake", make_catalogue([contract("ssd", "full", *tables)]))


def deliver(world: World, as_of: date, child: str, other: str) -> None:
    world.deliver(
        "ssd",
        as_of,
        {
            "episodes": [(f"{child}-735451", child, "N1"), ("77", other, "N2")],
            "assessments": [("a1", None, f"{child}-735451"), ("a2", other, "77"), ("a3", other, f"{child}-735451")],
            "factors": [("f1", "a1", "said"), ("f2", "a2", None), ("f3", None, f"see {child}"), ("f4", "a3", None)],
        },
    )


def test_rows_go_with_the_row_that_they_belong_to_and_anothers_stay(world: World) -> None:
    deliver(world, JAN, CHILD, OTHER)
    world.deliver("ssd", FEB, {"assessments": [("a1", OTHER, "78")], "factors": [("f9", "a1", "another's")]})
    report = world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    assert report.rows_removed == {"episodes": 1, "assessments": 1, "factors": 1}
    assert report.rows_blanked == {"assessments": 1, "factors": 1}
    assert world.known("episodes", JAN) == [("77", OTHER, "N2")]
    assert world.known("assessments", JAN) == [("a2", OTHER, "77"), ("a3", OTHER, None)]
    assert world.known("factors", JAN) == [("f2", "a2", None), ("f3", None, None), ("f4", "a3", None)]
    assert world.known("factors", FEB) == [("f9", "a1", "another's")], "in this delivery the number is another's"
    stored = "".join(pl.read_parquet(path).write_ndjson() for path in world.folder.rglob("sources/**/*.parquet"))
    assert CHILD not in stored


@pytest.mark.parametrize("dies_at", [0, 1, 2])
def test_an_erasure_that_died_finds_what_belongs_when_it_is_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    deliver(world, JAN, CHILD, OTHER)
    rewrite, calls = erasure.source_tables.rewrite, iter(range(100))

    def die(*arguments: object, **more: object) -> None:
        if next(calls) == dies_at:
            raise KeyboardInterrupt
        rewrite(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure.source_tables, "rewrite", die)
    with pytest.raises(KeyboardInterrupt):
        world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    monkeypatch.undo()
    world.again().erase(person_references=[CHILD], by="D", reason="r", at=AT)
    assert [row[0] for row in world.known("factors", JAN)] == ["f2", "f3", "f4"]


def test_an_erasure_is_not_done_while_a_column_that_its_contract_lost_still_holds_the_number(world: World) -> None:
    deliver(world, JAN, CHILD, OTHER)
    uri = next(str(path.parent) for path in world.folder.rglob("sources/episodes/_delta_log"))
    held = delta.scan(uri).with_columns(lost=pl.lit(f"{CHILD}-1")).collect()
    held.write_delta(uri, mode="overwrite", delta_write_options={"schema_mode": "overwrite"})
    with pytest.raises(StoreError, match="not done") as caught:
        world.lake.erase(person_references=[CHILD], by="D", reason="r", at=AT)
    assert CHILD not in str(caught.value)
    assert "episodes (1 rows)" in str(caught.value)
