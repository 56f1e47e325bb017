"""Put a week's briefs in place, and release it, on copies of a workspace: killed one moment later each.

Run as a script: `briefs_killed.py BASE COPIES MOMENT...`; without moments it says how many there are. This process
only imports and forks, so its children start clean. The pages are made once, since what is tried is putting them in
place.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import deltalake  # noqa: F401 - imported before the forks, so that each of them starts at once

sys.path.insert(0, str(Path(__file__).resolve().parent))
from briefs_town import AT, WEEK, make_town
from traced import NEVER, Traced

from fi_workbench import briefs
from fi_workbench.briefs.building import _keep_report, brief_files
from fi_workbench.briefs.folders import published
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.model import Brief, Part
from fi_workbench.briefs.week import open_lake, open_week
from fi_workbench.contracts import all_contracts
from fi_workbench.settings import read_settings

RELEASED = datetime(2026, 11, 23, 9, tzinfo=UTC)
MADE = "made.pickle"


def plan_of(folder: Path) -> briefs.Plan:
    settings = read_settings(folder)
    lake = open_lake(folder, settings, all_contracts())
    return briefs.plan(lake=lake, week=WEEK, settings=settings, workspace=folder)


def prepare(base: Path) -> None:
    """A town, and the files of its briefs."""
    town = make_town(base)
    plan = plan_of(base)
    made = {}
    for unit in plan.units:
        week = open_week(str(WEEK), unit, workspace=town.folder)
        part = Part(title="What can we do this week?", sections=(week.actions(),))
        brief = Brief(head=week.heading(), trust=week.trust(), parts=(part,), made_from=week.made_from())
        made[unit] = brief_files(brief, plan, "{}")
    (base / MADE).write_bytes(pickle.dumps(made))


def work(folder: Path) -> None:
    """Put the briefs in place, make the worklists, release the week."""
    plan = plan_of(folder)
    for unit, files in pickle.loads((folder / MADE).read_bytes()).items():  # noqa: S301 - written above
        with published(briefs.built_folder(folder, WEEK, unit)) as staging:
            write_files(staging, files)
    _keep_report(plan, plan.units, {})
    briefs.build_worklists(plan)
    briefs.release(workspace=folder, week=WEEK, by="A Person", at=RELEASED, lake=plan.lake)


def apart(call: Callable[..., Any], *arguments: Any) -> int:
    """Call in a forked process; give its exit code."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            call(*arguments)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def traced(folder: Path, moment: int) -> None:
    counted = Traced(moment)
    work(folder)
    (folder / "moments").write_text(str(counted.moments))


def main(base: Path, copies: Path, moments: list[int]) -> None:
    """Make the undisturbed copy `0`, and for each moment one that died then and was done again."""
    if not base.exists():
        assert apart(prepare, base) == 0
    for moment in moments or [0]:
        folder = copies / str(moment)
        shutil.copytree(base, folder)
        died = apart(traced, folder, moment or NEVER) == -signal.SIGKILL
        if moment:
            assert died, f"nothing was killed at moment {moment}"
            assert apart(work, folder) == 0, f"doing it again after moment {moment} failed"
    sys.stdout.write((copies / "0" / "moments").read_text())


if __name__ == "__main__":
    assert AT
    main(Path(sys.argv[1]), Path(sys.argv[2]), [int(n) for n in sys.argv[3:]])
