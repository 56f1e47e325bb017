"""Make a workspace with a busy week of so many units: `briefs_weeks FOLDER N`.

A program of its own, so that whoever measures memory has none of its libraries open: what two processes have open is
counted half to each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.harness import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from briefs_town import busy, make_town, merged


def main(folder: str, n_units: str) -> None:
    """Make it."""
    rows = merged(*(busy(f"unit_{n:03d}", 3 + n) for n in range(int(n_units))))
    for place, row in enumerate(rows["unit_series"]):  # no two units have the same picture
        row["n"] += int(row["unit"][-3:]) * 7 % 31 + place % 3
    for row in rows["unit_needs"]:
        row["n_present"] += int(row["unit"][-3:])
    for row in rows["unit_clocks"]:
        row["n_due"] += int(row["unit"][-3:])
    make_town(Path(folder), rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
