"""Make a week from extracts and release it, as the weekly job does, with a clock that stands still.

Run as a script: `weekly_killed.py WORKSPACE MOMENT`; it dies right after that rename, flush or table write, or, with
moment 0, ends and says how many there were. With moment -1 it stands still after each until it is told to go on.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from traced import NEVER, Traced

from fi_workbench.weekly import choose_week, locked, open_workspace, release, run_week

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def main(folder: Path, moment: int) -> None:
    """Load, make the week, release it."""
    traced = Traced(moment or NEVER)
    with locked(folder, "weekly", host="h", pid=1_000_000_000, at=NOW):
        opened = open_workspace(folder)
        run_week(opened, clock=lambda: NOW, workers=2)
        release(opened, choose_week(opened, None, at=NOW), by="A Person", at=NOW)
    sys.stdout.write(str(traced.moments))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
