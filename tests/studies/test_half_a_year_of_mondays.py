"""Half a year of Mondays in one workspace, each released: what one week leaves behind must not keep the next from it.

Extracts come once and grow old, as when a feed breaks, so that due lists are withheld and every page tells of it. In
this world somebody was born on every day. The result is recorded in `half_a_year_of_mondays.md`.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from birthdays import every_day_a_birthday

from fi_workbench.calendar import ReportingWeek
from fi_workbench.cli.rim import guarded

FIRST, WEEKS = ReportingWeek(2026, 47), 26
BY = ["--by", "Marian Halcombe"]


def run(*arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = guarded(list(arguments))
    return code, said.getvalue()


def lived(week: ReportingWeek, place: list[str]) -> float:
    """Make and release a week; gives the seconds of making it."""
    began = time.monotonic()
    code, said = run("weekly", *place, "--week", str(week))
    assert code in {0, 3}, said
    assert "holds a" not in said, said
    took = time.monotonic() - began
    for what in ([], ["--digest"]):
        code, released = run("release", *place, "--week", str(week), *what, *BY)
        assert code == 0, said + released
    return took


def test_each_of_26_weeks_is_made_and_released_and_none_takes_much_longer(tmp_path: Path) -> None:
    place = ["--workspace", str(tmp_path / "workspace")]
    size = ["--families", "120", "--weeks", "80", "--deliveries", "3", "--seed", "7"]
    with every_day_a_birthday():
        assert run("demo", str(tmp_path / "workspace"), *size)[0] == 0
        seconds = [lived(week, place) for week in (FIRST.shift(n) for n in range(WEEKS))]
    early, late = median(seconds[1:7]), median(seconds[-6:])
    sys.stdout.write(f"weeks {len(seconds)}, seconds of a week early {early:.1f} and late {late:.1f}\n")
    assert late < 1.5 * early
