"""A week's briefs: beside a loop of papermill and nbconvert, beside bare functions, and up to 400 at once.

The peer is what one would run without the workbench: for each unit `papermill`, then `jupyter nbconvert --to html`,
on the same notebook and the same stored week. It makes no paper and looks for nobody. nbconvert is in an environment
of its own (under FI_PEERS, otherwise `.peers`), with what JupyterLab adds to jsonschema; a second row keeps
`rfc3987_syntax` from being imported, since that cost is an accident of the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import ROOT, machine, record
from fi_workbench.resources import shipped

PEER_PACKAGES = ("nbconvert>=7.17,<8", "jsonschema[format-nongpl]>=4.26,<5")
AGAIN = 40
EVERY = 0.015
"""Seconds between two looks at memory: looking more often keeps a processor from those who are looked at."""
AGAIN_IN_TURN = 7
PAIRS = 15
"""Wall time differs more from run to run than CPU time."""
NATION = 4_600
"""Units of England a week: 153 authorities with some thirty teams each."""
WEEK = "2026-W47"
NOTEBOOK = shipped("notebooks") / "briefs" / "unit_brief.ipynb"
PROGRAM = [sys.executable, "-m", "benchmarks.briefs_run"]


@dataclass(frozen=True)
class Spent:
    """What a command took, with every process below it.

    Attributes:
        cpu: seconds.
        wall: seconds.
        peak: megabytes held at most by all its processes together, what they share counted once.
        told: what it printed last, as JSON.
    """

    cpu: float
    wall: float
    peak: float
    told: dict[str, Any]


def spent(command: list[str], *, memory: bool = False, **environment: str) -> Spent:
    """Run a command to its end."""
    began, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(
            command, stdout=said, stderr=subprocess.DEVNULL, cwd=ROOT, env={**os.environ, **environment}
        )
        while memory and not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            peak = max(peak, _held(child.pid))
            time.sleep(EVERY)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().strip().splitlines()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    told = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return Spent(used.ru_utime + used.ru_stime, time.perf_counter() - began, peak, told)


def _held(top: int) -> float:
    """Megabytes held by a process and all below it, as the kernel adds them up, which is quick enough to ask often.

    Who is there is asked first: a process that is begun meanwhile takes its share from one that was looked at before.
    """
    total = 0
    for pid in list(_below(top)):
        with suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total * 1024 / 1e6


def _below(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _below(int(child))


def town(folder: Path, n_units: int) -> Path:
    """A workspace with a busy week of so many units."""
    place = folder / f"town {n_units}"
    subprocess.run([sys.executable, "-m", "benchmarks.briefs_weeks", str(place), str(n_units)], check=True, cwd=ROOT)
    return place


def ours(workspace: Path, n: int, *, workers: int = 2, memory: bool = False) -> Spent:
    """Make the briefs of a town: pages, papers and data, looked through and put in place."""
    return spent([*PROGRAM, "build", str(workspace), str(n), str(workers)], memory=memory)


def peer() -> Path:
    """The programs of the peer's environment, made when it is not there."""
    folder = Path(os.environ.get("FI_PEERS", ROOT / ".peers")) / "nbconvert"
    programs, stamp = folder / "bin", folder / "installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != "\n".join(PEER_PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PEER_PACKAGES], check=True)
        # What the briefs themselves need is taken from this environment, which comes after the peer's own.
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "ours.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")) + "\n")
        stamp.write_text("\n".join(PEER_PACKAGES), encoding="utf-8")
    return programs


def theirs(workspace: Path, n: int, *, blocked: bool) -> Spent:
    """The loop, one unit after the other."""
    python = str(peer() / "python")
    cpu = wall = 0.0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rfc3987_syntax.py").write_text("raise ImportError\n")
        path = os.pathsep.join([folder, str(ROOT)] if blocked else [str(ROOT)])
        environment = {"PYTHONPATH": path, "FI_WORKSPACE": str(workspace), "PATH": f"{peer()}:{os.environ['PATH']}"}
        for unit in (f"unit_{number:03d}" for number in range(n)):
            out = f"{folder}/{unit}.ipynb"
            named = ["-p", "unit", unit, "-p", "week", WEEK]
            run = spent([python, "-m", "papermill", "--no-progress-bar", str(NOTEBOOK), out, *named], **environment)
            page = [python, "-m", "nbconvert", "--to", "html", "--no-input", "--log-level", "ERROR", out]
            export = spent(page, **environment)
            if Path(out).with_suffix(".html").stat().st_size < 100_000:
                raise SystemExit("the peer's page holds no pictures")
            cpu, wall = cpu + run.cpu + export.cpu, wall + run.wall + export.wall
    return Spent(cpu, wall, 0.0, {})


def beside_the_loop(small: Path, large: Path, in_loop: int, runs: int) -> str:
    """CPU time of 4 and of 40 briefs."""
    four = [ours(small, 4).cpu for _ in range(runs)]
    forty = [ours(large, 40).cpu for _ in range(runs)]
    lines = [
        "| what | 4 briefs, CPU s | 40 briefs, CPU s | times ours at 4 | times ours at 40 |",
        "|---|---|---|---|---|",
    ]
    at = median(four), median(forty)
    lines.append(f"| fi_workbench: page, PDF and data, looked through | {at[0]:.2f} | {at[1]:.2f} | 1 | 1 |")
    for name, blocked in (
        ("papermill then nbconvert, as installed", False),
        ("the same without `rfc3987_syntax`", True),
    ):
        few = theirs(small, 4, blocked=blocked).cpu
        many = theirs(large, in_loop, blocked=blocked).cpu / in_loop * 40
        lines.append(f"| {name}: HTML only | {few:.1f} | {many:.1f} | {few / at[0]:.1f} | {many / at[1]:.1f} |")
        print(lines[-1], flush=True)
    spread = f"{min(four):.2f} to {max(four):.2f} and {min(forty):.2f} to {max(forty):.2f}"
    return (
        "\n".join(lines) + f"\n\nOurs is the middle of {runs} runs ({spread}). The loop was run once for 4 briefs, and "
        f"for 40 its first {in_loop} were run and multiplied: each turn is two fresh processes."
    )


def beside_functions(large: Path, runs: int) -> str:
    """Execution alone: notebooks against the same calls as a function, both in processes forked from one server.

    Of each the whole program is measured, so that forking, handing over and ending count, and starting is taken off.
    """
    works = ("notebooks", "functions", "start")
    seen = [[spent([*PROGRAM, work, str(large), "40", "1"]).cpu for work in works] for _ in range(runs)]
    notebooks, functions, start = map(median, zip(*seen, strict=True))
    each, least = ((one - start) / 40 for one in (notebooks, functions))
    return (
        "| 40 units, execution alone | CPU ms a unit |\n|---|---|\n"
        f"| the same calls as a bare function in a forked process | {least * 1000:.0f} |\n"
        f"| the notebook through papermill in a forked process | {each * 1000:.0f} |\n\n"
        f"{each / least:.2f} times as much; the middle of {runs} runs, taken in turn. Every process counts, forking "
        "and ending too; what starting takes is taken off."
    )


def side_by_side(large: Path, runs: int) -> str:
    """Wall time with one worker and two."""
    alternating = [(ours(large, 40, workers=1), ours(large, 40, workers=2)) for _ in range(runs)]
    lines = ["| 40 briefs | one worker, wall s | two workers, wall s | of the time |", "|---|---|---|---|"]
    for name, seconds in (
        ("making them", lambda run: run.told["seconds"]),
        ("with the start of Python and its imports", lambda run: run.wall),
    ):
        one, two = (median(seconds(pair[place]) for pair in alternating) for place in (0, 1))
        lines.append(f"| {name} | {one:.2f} | {two:.2f} | {two / one:.3f} |")
    pairs = sorted(two.told["seconds"] / one.told["seconds"] for one, two in alternating)
    return "\n".join(lines) + (
        f"\n\nThe middle of {runs} runs, taken in turn; single pairs took {pairs[0]:.2f} to {pairs[-1]:.2f} of the "
        f"time. The machine's load was {os.getloadavg()[0]:.1f}."
    )


def growth(folder: Path, sizes: tuple[int, ...]) -> str:
    """CPU and memory from 4 briefs to 400."""
    lines = ["| briefs | CPU s | CPU s a further brief | peak MB |", "|---|---|---|---|"]
    before: tuple[int, float] | None = None
    each, peaks = 0.0, []
    for n in sizes:
        place = town(folder / "growth", n)
        runs = [ours(place, n, memory=True) for _ in range(1 if n > AGAIN else 5)]
        cpu, peak = (median(getattr(run, what) for run in runs) for what in ("cpu", "peak"))
        peaks.append(peak)
        each = (cpu - before[1]) / (n - before[0]) if before else 0.0
        lines.append(f"| {n} | {cpu:.1f} | {f'{each:.2f}' if before else ''} | {peak:.0f} |")
        print(lines[-1], flush=True)
        before = (n, cpu)
    hours = each * NATION / 3600
    more = " and ".join(f"{n} need {peak / peaks[0] - 1:.0%}" for n, peak in zip(sizes[1:], peaks[1:], strict=True))
    return "\n".join(lines) + (
        f"\n\nThe middle of 5 runs up to {AGAIN} briefs, and one run of more. Of memory {more} more than {sizes[0]}."
        f"\n\nEvery unit's week is one table of all units here, so a week of more units costs a little more to read. "
        f"{NATION:,} briefs a week, at the last row's {each:.2f} CPU s each, are {hours:.1f} hours of one core: one "
        f"machine of two cores makes the nation's in {hours / 2:.1f} hours."
    )


def main(in_loop: int = 8, runs: int = 3, largest: int = 400) -> str:
    """Every figure, in one run; each part is printed when it is done."""
    sizes = tuple(n for n in (4, 40, 400) if n <= largest)
    about = (
        "Units have a busy week, what seems to help is known, and briefs were released in every week of the year "
        "before. CPU is of every process, "
        "from the start of Python to its end."
    )
    parts = [f"{about} {machine()}."]
    with tempfile.TemporaryDirectory(prefix="fi-bench-") as place:
        folder = Path(place)
        small, large = town(folder, 4), town(folder, 40)
        for title, part in (
            ("Beside papermill and nbconvert", lambda: beside_the_loop(small, large, in_loop, runs)),
            ("Beside bare functions", lambda: beside_functions(large, AGAIN_IN_TURN)),
            ("Side by side", lambda: side_by_side(large, PAIRS)),
            ("Growth", lambda: growth(folder, sizes)),
        ):
            parts.append(f"## {title}\n\n{part()}")
            print(parts[-1], flush=True)
    return "\n\n".join(parts)


if __name__ == "__main__":
    record("briefs", "# Briefs of a week\n\n" + main(*map(int, sys.argv[1:])))
