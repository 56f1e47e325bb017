"""Make a workspace with a busy week of so many units, and what was released in a year before: `briefs_weeks FOLDER N`.

A program of its own, so that whoever measures memory has none of its libraries open: what two processes have open is
counted half to each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT
from fi_workbench.learning.told import CODES, FEEDBACK

sys.path.insert(0, str(ROOT / "tests"))
from briefs_town import WEEK, busy, make_town, merged

QUESTIONS, ARMS = 8, tuple(f"kind of help {n}" for n in range(11))
SEGMENTS = ("all", "s1", "s2", "s3")
WEEKS, FINDINGS = 52, 11
"""Of how many weeks briefs were released before, and how many findings each has: as many as the brief that is made."""


def main(folder: str, n_units: str) -> None:
    """Make it."""
    rows = merged(*(busy(f"unit_{n:03d}", 3 + n) for n in range(int(n_units))))
    for place, row in enumerate(rows["unit_series"]):  # no two units have the same picture
        row["n"] += int(row["unit"][-3:]) * 7 % 31 + place % 3
    for row in rows["unit_needs"]:
        row["n_present"] += int(row["unit"][-3:])
    for row in rows["unit_clocks"]:
        row["n_due"] += int(row["unit"][-3:])
    make_town(Path(folder), rows, said=a_year_of_briefs(int(n_units)), evidence=evidence(int(n_units)))


def evidence(n_units: int) -> dict[str, list[dict[str, Any]]]:
    """What interventions seem to do, as large as the synthetic authority's: it is the same for every unit."""
    asked = [f"question {n}" for n in range(QUESTIONS)]
    cells = [
        {
            "question": question, "arm": arm, "segment": segment, "whole": segment == "all", "name": arm.capitalize(),
            "segment_name": segment, "state": "shown" if place % 2 else "too few to say",
            "word": "no clear difference" if place % 3 else "leans towards fewer", "n": 140, "n_arm": 40 + place,
            "n_usual": 70, "expected": 0.2, "usual": 0.25, "pooled": place / 100 - 0.05,
            "pooled_low": place / 100 - 0.15, "pooled_high": place / 100 + 0.05, "own_share": 0.8,
        }
        for question in asked
        for segment in SEGMENTS
        for place, arm in enumerate(ARMS)
    ]  # fmt: skip
    usual = {"arm": "usual_support", "name": "Usual support", "n": 140, "n_arm": 70, "expected": 0.25}
    places = [(question, segment) for question in asked for segment in SEGMENTS]
    by_arm = [{name: cell[name] for name in ("question", "arm", "segment", "whole", "name")} for cell in cells]
    return {
        "evidence_questions": [
            {
                "question": one, "title": f"Do more plans end after {one}?", "outcome": "Plans that ended.",
                "n_families": 240, "horizon_days": 365,
            }
            for one in asked
        ],
        "evidence_cells": cells,
        "evidence_expected": [
            *by_arm,
            *({"question": one, "segment": segment, "whole": segment == "all", **usual} for one, segment in places),
        ],
        "evidence_arms": [{"question": one, "arm": arm, "name": arm.capitalize()} for one in asked for arm in ARMS],
        "evidence_units": [
            {"unit": f"unit_{n:03d}", "segment": segment, "n_families": 30}
            for n in range(n_units)
            for segment in SEGMENTS
        ],
    }  # fmt: skip


def a_year_of_briefs(n_units: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The findings of a year's released briefs, and an answer to every fourth of them, as they are kept."""
    for ago in range(WEEKS, 0, -1):
        week = WEEK.shift(-ago)
        codes = {
            f"{ago:02d}{n:03d}{place:02d}X": {
                "unit": f"unit_{n:03d}",
                "section": "changes",
                "finding": f"finding {place}",
                "sentence": f"Families with a plan: {n + place} this week, and {n + place + 3} thirteen weeks before.",
            }
            for n in range(n_units)
            for place in range(FINDINGS)
        }
        yield CODES, str(week), {"codes": codes}
        yield FEEDBACK, f"replies of {week}", {"replies": [(code, "useful", "") for code in list(codes)[::4]]}


if __name__ == "__main__":
    main(*sys.argv[1:])
