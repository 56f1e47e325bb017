"""How many briefs may be made side by side here: within the cores and the memory that this process may use."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

BRIEF_MB = 250
"""What one brief in the making takes beyond what its process shares with others; measured in benchmarks/briefs.md."""
KEPT_MB = 700
"""For this process, the fork server and the exporter."""
KERNEL_MB = 600
"""What one brief takes where nothing is shared: a process and a kernel, each with its own imports."""

MEGABYTE = 1024 * 1024
_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Capacity:
    """What there is.

    Attributes:
        cores: that this process may run on.
        memory_mb: that is free for it.
    """

    cores: int
    memory_mb: int


def at_hand(group: Path = _GROUP) -> Capacity:
    """Look what this process may use: the machine's, or less where a container or a control group says so.

    Args:
        group: folder of the control group's files (version 2), for tests.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    memory = psutil.virtual_memory().available
    quota = _words(group / "cpu.max")
    if len(quota) == 2 and quota[0].isdigit():
        cores = min(cores, max(1, int(quota[0]) // int(quota[1])))
    limit, held = _words(group / "memory.max"), _words(group / "memory.current")
    if limit and held and limit[0].isdigit():
        memory = min(memory, max(0, int(limit[0]) - int(held[0])))
    return Capacity(cores, memory // MEGABYTE)


def side_by_side(wanted: int | None, n_jobs: int, *, forks: bool = True, capacity: Capacity | None = None) -> int:
    """How many briefs to make at once; at least one.

    Args:
        wanted: what a person or the settings ask for; None is by the cores. Memory limits both.
        n_jobs: how many there are.
        forks: whether their processes share what they import.
        capacity: what there is; looked up when none is given.

    Example:
        >>> side_by_side(None, 40, capacity=Capacity(8, 16_000)), side_by_side(8, 40, capacity=Capacity(8, 1_300))
        (8, 2)
    """
    found = capacity or at_hand()
    each = BRIEF_MB if forks else KERNEL_MB
    room = max(0, found.memory_mb - KEPT_MB) // each
    return max(1, min(wanted or found.cores, room, n_jobs))


def give_back() -> None:
    """Give free memory back to the system, where the C library keeps some and can: after each brief, some megabytes."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:
        return []
