"""An erasure leaves nobody on the lists that hold case references: not alone, and not beside a brother or sister."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import AT, WEEK, Town, make_town

CHILD, OTHERS = "CMS-204871", ("CMS-204872", "CMS-204873")
LISTS = ("step_down_items", "worklist_items", "manager_items", "new_partner_information", "does_not_fit")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return make_town(tmp_path / "town")


def listed(town: Town, table: str) -> list[str]:
    run = town.lake.current_run(str(WEEK))
    assert run is not None
    return town.lake.read_week_table(str(WEEK), table, run.run_id)["case_reference"].drop_nulls().to_list()


def test_nobody_who_was_erased_is_on_a_list(town: Town) -> None:
    before = {table: listed(town, table) for table in LISTS}
    assert all(CHILD in found for found in before.values())
    report = town.lake.erase(person_references=[CHILD], by="D. Officer", reason="a request", at=AT)
    for table in LISTS:
        after = listed(town, table)
        assert CHILD not in after, table
        assert after == [reference for reference in before[table] if reference != CHILD], table
    assert set(LISTS) <= set(report.rows_removed) | set(report.rows_blanked)
    assert any(other in listed(town, "step_down_items") for other in OTHERS)
