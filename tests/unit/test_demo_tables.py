"""A full list shows what was known; an increment shows each row once, when it arrived."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path

from fi_workbench.demo.tables import FullTable, IncrementTable, Table

FIRST, SECOND = date(2026, 11, 15).toordinal(), date(2026, 11, 22).toordinal()


def _table(stack: ExitStack, folder: Path) -> Table:
    return Table(stack, folder, "lists", "a,b", [FIRST, SECOND])


def _read(folder: Path) -> list[list[str]]:
    names = ("lists_2026-11-15.csv", "lists_2026-11-22.csv")
    return [(folder / "lists" / name).read_text(encoding="utf-8").splitlines() for name in names]


def test_a_full_list_shows_each_week_what_was_known(tmp_path: Path) -> None:
    with ExitStack() as stack:
        full = FullTable(_table(stack, tmp_path))
        full.add(FIRST - 100, "old,1")
        full.add(FIRST + 1, "new,1")
        full.add(SECOND + 1, "later,1")
        full.add_versions(((FIRST - 9, "changes,open"), (FIRST + 3, "changes,closed")))
        full.add_versions(((FIRST - 9, "settled,open"), (FIRST - 3, "settled,closed")))
        full.flush()
        rows = full.table.rows
    first, second = _read(tmp_path)
    assert set(first) == {"a,b", "old,1", "settled,closed", "changes,open"}
    assert set(second) == {"a,b", "old,1", "settled,closed", "new,1", "changes,closed"}
    assert rows == [3, 4]


def test_a_row_taken_out_is_gone_from_then_on(tmp_path: Path) -> None:
    with ExitStack() as stack:
        full = FullTable(_table(stack, tmp_path))
        full.add_versions(((FIRST - 9, "mistake,1"),), removed=FIRST + 2)
        full.flush()
    assert [("mistake,1" in lines) for lines in _read(tmp_path)] == [True, False]


def test_an_increment_is_delivered_once_in_the_week_it_arrives(tmp_path: Path) -> None:
    with ExitStack() as stack:
        rows = IncrementTable(_table(stack, tmp_path))
        rows.add(FIRST - 400, "history,1")
        rows.add(FIRST, "on the day,1")
        rows.add(FIRST + 1, "late,1")
        rows.add(SECOND + 1, "too late,1")
        rows.flush()
        rows.flush()  # nothing is written twice
    first, second = _read(tmp_path)
    assert first == ["a,b", "history,1", "on the day,1"]
    assert second == ["a,b", "late,1"]
