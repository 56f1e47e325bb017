"""How many briefs are made side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from fi_workbench.briefs.capacity import BRIEF_MB, KEPT_MB, KERNEL_MB, Capacity, at_hand, side_by_side


@pytest.mark.parametrize(
    ("wanted", "n_jobs", "cores", "memory", "expected"),
    [
        (None, 40, 4, 64_000, 4),
        (2, 40, 4, 64_000, 2),
        (16, 40, 4, 64_000, 16),  # a person may ask for more than there are cores
        (None, 3, 8, 64_000, 3),
        (16, 40, 4, KEPT_MB + 5 * BRIEF_MB, 5),
        (None, 40, 4, 10, 1),
    ],
)
def test_cores_memory_and_the_wish_set_the_number(
    wanted: int | None, n_jobs: int, cores: int, memory: int, expected: int
) -> None:
    assert side_by_side(wanted, n_jobs, capacity=Capacity(cores, memory)) == expected


def test_what_is_not_shared_needs_more_memory() -> None:
    room = Capacity(8, KEPT_MB + 2 * KERNEL_MB)
    assert side_by_side(None, 40, forks=False, capacity=room) == 2
    assert side_by_side(None, 40, capacity=room) > 2


def test_a_container_says_what_it_gives(tmp_path: Path) -> None:
    whole = at_hand(tmp_path)
    assert whole.cores >= 1
    assert whole.memory_mb > 0
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    (tmp_path / "memory.max").write_text(f"{300 * 1024 * 1024}\n")
    (tmp_path / "memory.current").write_text(f"{100 * 1024 * 1024}\n")
    assert at_hand(tmp_path) == Capacity(1, 200)
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert at_hand(tmp_path).cores == whole.cores
