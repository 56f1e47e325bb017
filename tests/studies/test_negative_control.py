"""How many wrong words a negative control keeps back where severity is hidden, and what it costs where it is not.

Run with `pytest -m study tests/studies/test_negative_control.py -s`; the last run is in test_negative_control.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pytest

from fi_workbench.matching.effects import analyse, effects_of
from fi_workbench.matching.effects.controls import Control, failed_arms, negative_control
from fi_workbench.matching.effects.simulated import ARMS, BLOCKS, simulated_cohort
from fi_workbench.weekly.evidence_guide import rent_arrears

HIDDEN = {"household": BLOCKS["household"]}


@dataclass
class Counts:
    """Over all runs, of arms over all families: shown, called evidence, of these kept back, and controls failed."""

    shown: int = 0
    flagged: int = 0
    kept_back: int = 0
    checked: int = 0
    failed: int = 0


def counted(n: int, runs: int, *, different: float, blocks: dict[str, tuple[str, ...]]) -> Counts:
    counts = Counts()
    for run in range(runs):
        made = simulated_cohort(n, np.random.default_rng([run, n, 9]), different=different, n_segments=4)
        analysis = analyse(made.cohort, arms=ARMS, covariates=blocks, random_state=run)
        told = effects_of(analysis, blocks=blocks, published={}, random_state=run).cells.filter("whole")
        arrears = rent_arrears(made, np.random.default_rng([run, 3]))
        control = negative_control(analysis.coded, Control(arrears), np.random.default_rng(run))
        flagged = told["word"].str.starts_with("evidence").to_numpy()
        failed = failed_arms(control, ARMS)
        counts.shown += int((told["state"] == "shown").sum())
        counts.flagged += int(flagged.sum())
        counts.kept_back += int((flagged & failed).sum())
        counts.checked += int(control["passed"].is_not_null().sum())
        counts.failed += int(failed.sum())
    sys.stdout.write(f"{n} families, {runs} runs, different {different}, {'+'.join(blocks)}: {counts}\n")
    return counts


@pytest.mark.parametrize(("n", "runs"), [(600, 40), (900, 40), (2000, 10)])
def test_nothing_works_and_severity_is_hidden(n: int, runs: int) -> None:
    found = counted(n, runs, different=0.0, blocks=HIDDEN)
    # Intensive support goes to the severe: its control fails far oftener than by chance.
    assert found.failed / found.checked > 0.10


@pytest.mark.parametrize(("n", "runs"), [(600, 40), (900, 40)])
def test_where_severity_is_recorded_a_control_seldom_fails(n: int, runs: int) -> None:
    found = counted(n, runs, different=0.25, blocks=dict(BLOCKS))
    assert found.failed / found.checked <= 0.10
