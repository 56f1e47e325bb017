"""Arms compared in an outcome that they cannot have changed: where they differ, something unrecorded parts them.

Estimated as the outcome itself is: the same covariates, the same kind of models, the same variances. An arm whose
95 % interval leaves no difference out has no evidence of anything: its words stop at "leans towards".

Source:
    Lipsitch, Tchetgen Tchetgen and Cohen, Epidemiology 21 (2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.matching.effects.analysis import TRIM_ABOVE
from fi_workbench.matching.effects.cells import Cells, cells_of, together
from fi_workbench.matching.effects.encoding import Coded, Mask, Reals
from fi_workbench.matching.effects.nuisances import fit_linear, subset, tune, with_held_out
from fi_workbench.matching.effects.pooling import Z95
from fi_workbench.matching.effects.scores import scores_of
from fi_workbench.matching.effects.speaking import LEAST_EFFECTIVE, LEAST_SAYING

PASSED = "The arms do not differ in what they cannot have changed."
FAILED = "The arms differ in what they cannot have changed: something that nobody recorded parts them."
TOO_FEW = "Too few families with a known control to check."
ACTED_ON = "The intervention may lower it, and families do not clearly have more of it: that says nothing."
_SCHEMA = {
    "arm": pl.String,
    "n": pl.Int64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "passed": pl.Boolean,
    "said": pl.String,
}


@dataclass(frozen=True)
class Control:
    """A negative-control outcome.

    Attributes:
        outcome: one number per family, NaN where it is not known.
        without: covariates that say what the control itself says; it is compared without them.
        acted_on_by: arms that may lower it: these fail by having more of it alone. A control is a bad thing to have.
    """

    outcome: Reals
    without: tuple[str, ...] = ()
    acted_on_by: tuple[str, ...] = ()


def negative_control(coded: Coded, control: Control | None, random: np.random.Generator) -> pl.DataFrame:
    """Compare arms in an outcome that they cannot have changed.

    Args:
        coded: the families of an analysis.
        control: what is compared; nothing is where None.
        random: how families are dealt into folds.

    Returns:
        One row per arm: `arm`, `n` (families with a known control that the answer is about), `difference`, `low`,
        `high`, `passed` (the interval holds 0; null where it could not be checked, and all numbers with it; null, too,
        where an arm that may lower it does not clearly have more of it), `said`.
    """
    if control is None:
        return pl.DataFrame(schema=_SCHEMA)
    known = _known(coded, control)
    cells = None if len(known) == 0 or np.ptp(known.outcome) == 0 else _cells(known, random)
    rows = [(arm, *_row(cells, at, acted_on=arm in control.acted_on_by)) for at, arm in enumerate(coded.arms[1:])]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def failed_arms(controlled: pl.DataFrame, arms: Sequence[str]) -> Mask:
    """Which arms (usual support left out) differ in what they cannot have changed.

    Args:
        controlled: as `negative_control`.
        arms: usual support first.
    """
    failed = set(controlled.filter(~pl.col("passed"))["arm"])
    return np.array([arm in failed for arm in arms[1:]], dtype=bool)


def _known(coded: Coded, control: Control) -> Coded:
    rows = np.flatnonzero(~np.isnan(control.outcome))
    some = replace(
        subset(coded.without(control.without), rows),
        clusters=tuple(codes[rows] for codes in coded.clusters),
        rows=coded.rows[rows],
    )
    return some.with_outcome(control.outcome[rows])


def _cells(coded: Coded, random: np.random.Generator) -> Cells | None:
    had = np.bincount(coded.arm, minlength=len(coded.arms))
    if had[0] < LEAST_SAYING or had[1:].max() < LEAST_SAYING:
        return None
    with threadpool_limits(1):
        penalties = tune(coded, random)
        made = with_held_out(coded, fit_linear(coded, coded, penalties), penalties, random)
        return cells_of(coded, scores_of(coded, made), together(coded), trim_above=TRIM_ABOVE)


def _row(cells: Cells | None, at: int, *, acted_on: bool) -> tuple[object, ...]:
    if cells is None or min(cells.n_arm[at, 0], cells.n_usual[at, 0]) < LEAST_SAYING:
        return None, None, None, None, None, TOO_FEW
    if not cells.effective[at, 0] >= LEAST_EFFECTIVE:
        return None, None, None, None, None, TOO_FEW
    difference, half = float(cells.difference[at, 0]), Z95 * float(np.sqrt(cells.variance[at, 0]))
    figures = int(cells.n[at, 0]), difference, difference - half, difference + half
    if acted_on and difference <= half:
        return *figures, None, ACTED_ON
    passed = abs(difference) <= half
    return *figures, passed, PASSED if passed else FAILED
