"""Measure pieces of work, each in a fresh process, and set them side by side.

A figure is the CPU time (user and system, all threads) of the work itself, after its imports, which are told apart:
wall time says more of what else the machine did. Memory is the highest that the whole process held.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("FI_BENCH_CACHE", ROOT / ".benchmarks"))
"""Where files made for benchmarks are kept between runs; never under version control."""

_AROUND = """
import json, sys, time
{setup}
_before, _began = time.process_time(), time.perf_counter()
{work}
_spent, _took = time.process_time() - _before, time.perf_counter() - _began
json.dump({{"cpu": _spent, "wall": _took}}, open(sys.argv[1], "w"))
"""


@dataclass(frozen=True)
class Measured:
    """One piece of work: the middle of its runs.

    Attributes:
        cpu: seconds of the work itself.
        wall: seconds that somebody waited for it.
        start: seconds that the process spent before it, on imports.
        peak: megabytes held at most.
    """

    name: str
    cpu: float
    wall: float
    start: float
    peak: float


def measure(name: str, work: str, *, setup: str = "", runs: int = 3) -> Measured:
    """Run a piece of Python in fresh processes and keep the run in the middle."""
    seen = [_once(name, setup, work) for _ in range(runs)]
    return Measured(
        name,
        median(one.cpu for one in seen),
        median(one.wall for one in seen),
        median(one.start for one in seen),
        max(one.peak for one in seen),
    )


def _once(name: str, setup: str, work: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        script = _AROUND.format(setup=setup, work=work)
        child = subprocess.Popen([sys.executable, "-c", script, str(told)], stdout=subprocess.DEVNULL, cwd=ROOT)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{name} ended with {child.returncode}")
        cpu, wall = json.loads(told.read_text()).values()
    return Measured(name, cpu, wall, max(used.ru_utime + used.ru_stime - cpu, 0.0), used.ru_maxrss / 1024)


def table(rows: Sequence[Measured], *, beside: Sequence[str], megabytes: float | None = None) -> str:
    """A table in Markdown: seconds, memory, and how many times each costs what those beside it cost."""
    by_name = {one.name: one for one in rows}
    rate = megabytes is not None
    head = [
        "work",
        "CPU s",
        "wall s",
        *(["MB per CPU s"] if rate else []),
        "peak MB",
        *(f"× {name}" for name in beside),
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for one in rows:
        speed = [f"{megabytes / one.cpu:.1f}"] if megabytes else []
        cells = [one.name, f"{one.cpu:.2f}", f"{one.wall:.2f}", *speed, f"{one.peak:.0f}"]
        cells += [f"{one.cpu / by_name[name].cpu:.2f}" for name in beside]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """On what it was measured."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def record(name: str, text: str) -> None:
    """Print the result and keep it beside the benchmarks."""
    print(text)
    (ROOT / "benchmarks" / f"{name}.md").write_text(text + "\n", encoding="utf-8")
