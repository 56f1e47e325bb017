"""Do a piece of work again and again on copies of a lake, killed one moment later each time.

Run as a script: `store_killed.py WORK BASE COPIES`. This process only imports and forks; it never runs a query, so
its children start clean.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import deltalake  # noqa: F401 - imported before the forks, so that each of them starts at once
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))
from store_world import START, World

import fi_workbench.contracts.validating  # noqa: F401
from fi_workbench.store import Pin, delta

WEEK = "2026-W05"
PIN = Pin(date(2026, 2, 1), 1, 0)
FEB = date(2026, 2, 28)
CHILDREN = [("a", None, 2), ("c", None, 1)]
PLANS = [("a", date(2026, 2, 1), None)]


def load(world: World) -> None:
    """Deliver two tables and a refused row."""
    world.deliver("census", FEB, {"children": CHILDREN, "plans": PLANS}, scope="2026", refused=["x"])


def stage(world: World, ids: tuple[str, ...] = ("2", "3"), fingerprint: str = "f2") -> str:
    """Make a stage of two tables: one row for each id, and one row less."""
    run = world.lake.open_run(
        WEEK, pin=PIN, settings_fingerprint="f", settings_text="t", model_version=None, code_version="1", made_at=START
    )
    who = pl.DataFrame([{"person_id": f"p{i}", "case_reference": i, "family_id": "f"} for i in ids])
    whose = pl.DataFrame(
        [("s", f"r{i}", f"p{i}") for i in ids[1:]], orient="row",
        schema={"source": pl.String, "row_id": pl.String, "person_id": pl.String},
    )  # fmt: skip
    world.lake.write_week_table(WEEK, run.run_id, "who", who)
    world.lake.write_week_table(WEEK, run.run_id, "whose", whose)
    rows = {"who": len(ids), "whose": len(ids) - 1}
    world.lake.record_stage(WEEK, run.run_id, "link", fingerprint, rows, recorded_at=START)
    return run.run_id


WORK: dict[str, Callable[[World], Any]] = {"load": load, "stage": stage}


def _die_at(last: int) -> None:
    """Kill this process before or after the write of the table format that makes the moment."""
    moments = 0

    def count() -> None:
        nonlocal moments
        moments += 1
        if moments == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            count()
            result = call(*args, **kwargs)
            count()
            return result

        return write

    for name in ("append", "replace", "delete", "compact"):
        setattr(delta, name, watched(getattr(delta, name)))


def main(work: str, base: Path, copies: Path) -> None:
    """Print the number of the first moment that the work outlived."""
    moment = 0
    while True:
        moment += 1
        folder = copies / f"{moment:03d}"
        shutil.copytree(base, folder)
        child = os.fork()
        if child == 0:
            _die_at(moment)
            WORK[work](World(folder))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.stdout.write(f"{moment} {os.waitstatus_to_exitcode(status)}")
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
