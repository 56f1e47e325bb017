"""People's decisions: append-only, dated, seen from the next pin on."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World

AT = datetime(2026, 1, 5, tzinfo=UTC)
DAY = date(2026, 1, 4)


def test_a_decision_holds_for_pins_made_after_it(tmp_path: Path) -> None:
    lake = World(tmp_path).lake
    before = lake.pin(DAY)
    number = lake.decide("link", "P1", {"person": "P2", "same": False}, by="A. Analyst", reason="twins", at=AT)
    after = lake.pin(DAY)
    assert number == 1
    assert lake.decisions("link", before).is_empty()
    row = lake.decisions("link", after).row(0, named=True)
    assert row == {
        "decision_id": 1, "kind": "link", "subject": "P1", "decision": '{"person": "P2", "same": false}',
        "by": "A. Analyst", "reason": "twins", "at": AT,
    }  # fmt: skip


def test_kinds_share_one_count_and_keep_their_order(tmp_path: Path) -> None:
    lake = World(tmp_path).lake
    numbers = [lake.decide(kind, "s", {}, by="b", reason="r", at=AT) for kind in ("link", "release", "link")]
    assert numbers == [1, 2, 3]
    assert lake.decisions("link")["decision_id"].to_list() == [1, 3]
    assert lake.decisions("recall").is_empty()


def test_many_small_decisions_stay_in_order_when_their_files_are_joined(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(60):
        world.lake.decide("link", str(number), {}, by="b", reason="r", at=AT)
    assert world.again().decisions("link")["subject"].to_list() == [str(n) for n in range(60)]
