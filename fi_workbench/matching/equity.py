"""Who was offered what, by group of people, adjusted for what families needed. An audit of offers, not of families.

Protected characteristics are used here and nowhere else in matching, as `field_use.yaml` allows for an audit. A group
with too few families is not told about, and small counts are hidden so that nobody can work them out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtri
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fi_workbench.errors import MatchingError
from fi_workbench.matching.cards import PROTECTED_COVARIATES, USUAL_SUPPORT
from fi_workbench.matching.cohort import Cohort
from fi_workbench.statistics.small_numbers import SmallNumberRule, protect

LEAST_FAMILIES = 20
"""Families of a group, and of all others, below which nothing is told."""
LEAST_OFFERS = 10
MADE_OF: Mapping[str, tuple[str, ...]] = {"age_band": ("youngest_age",), "disability": ("child_disability_support",)}
"""Covariates that say what a characteristic says: adjusting for them would hide what is looked for."""
RULE = SmallNumberRule(threshold=9, base=5)
NOT_RECORDED = "not recorded"

_OFFERS = {
    "characteristic": pl.String,
    "group": pl.String,
    "n_families": pl.Int64,
    "n_offered": pl.Int64,
    "offered_share": pl.Float64,
    "expected_share": pl.Float64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "told": pl.String,
}


@dataclass(frozen=True)
class Offers:
    """Whether groups were offered something as often as families with the same needs.

    Attributes:
        groups: `difference` is the share offered less what families with such needs are offered, group against all
            others; null where there are too few. Counts are rounded to 5; they and shares are null where hidden. GRAIN
            one row per characteristic and group.
    """

    groups: pl.DataFrame = field(repr=False)


def equity_of_offer(cohort: Cohort, characteristics: pl.DataFrame, *, arm: str | None = None) -> Offers:
    """Compare how often groups were offered an intervention, at the same recorded need.

    What a family with such needs is offered is learnt from the other families (five-fold, households kept together)
    by a ridge logistic regression without any characteristic, nor what says the same as the one looked at (`MADE_OF`).
    A difference is the group's mean of offered less expected, against that of all others; its interval counts
    households, not decisions.

    Args:
        cohort: the families, with the needs recorded by time zero.
        characteristics: `decision` or `household`, and one String column per characteristic; null is not recorded.
            GRAIN one row per decision, or per household.
        arm: one intervention; any of the card's when None.

    Raises:
        MatchingError: no characteristic, no family, or an arm that nobody was offered.
    """
    if cohort.rows.is_empty():
        raise MatchingError("No family can be compared yet.", where=cohort.card.id)
    key = "decision" if "decision" in characteristics.columns else "household"
    names = [name for name in characteristics.columns if name != key]
    if not names:
        raise MatchingError("There is no characteristic to look at.", where="characteristics")
    if arm is not None and arm not in cohort.arms:
        raise MatchingError(
            "Nobody was offered this intervention.", where=arm, next_step=f"Offered: {', '.join(cohort.arms[1:])}."
        )
    rows = cohort.rows.join(characteristics, on=key, how="left", maintain_order="left")
    offered = ((pl.col("arm") == arm) if arm else (pl.col("arm") != USUAL_SUPPORT)).cast(pl.Float64)
    made = rows.select(offered.alias("offered"))["offered"].to_numpy()
    without = {name: MADE_OF.get(name, ()) for name in names}
    expected = {left_out: _expected(cohort, rows, made, left_out) for left_out in set(without.values())}
    told = [row for name in names for row in _characteristic(name, rows, made, expected[without[name]])]
    return Offers(pl.DataFrame(told, schema=_OFFERS, orient="row"))


def _expected(
    cohort: Cohort, rows: pl.DataFrame, made: npt.NDArray[np.float64], without: Sequence[str]
) -> npt.NDArray[np.float64] | None:
    """What each family would be offered by its needs; None where there are too few offers to learn it from."""
    households = rows["household"].to_numpy()
    if min(made.sum(), (1 - made).sum()) < LEAST_OFFERS or len(set(households)) < 2 * LEAST_FAMILIES:
        return None
    columns = [name for name in cohort.card.columns if name not in {*PROTECTED_COVARIATES, *without}]
    values = rows.select(pl.col(name).cast(pl.Float64) for name in columns).to_numpy()
    missing = np.isnan(values)
    means = np.nanmean(np.where(missing.all(axis=0), 0.0, values), axis=0)
    filled = np.where(missing, means, values)
    spread = filled.std(axis=0)
    design = np.hstack([(filled - means) / np.where(spread > 0, spread, 1.0), missing.astype(float)])
    model = LogisticRegression(C=1.0, solver="newton-cholesky")  # type: ignore[no-untyped-call]
    folds = GroupKFold(5)  # type: ignore[no-untyped-call]
    # On small matrices threads wait for each other longer than they work.
    with threadpool_limits(1):
        chance = cross_val_predict(model, design, made.astype(int), groups=households, cv=folds, method="predict_proba")
    return np.asarray(chance[:, 1], dtype=np.float64)


def _characteristic(
    name: str, rows: pl.DataFrame, made: npt.NDArray[np.float64], expected: npt.NDArray[np.float64] | None
) -> list[tuple[object, ...]]:
    group_of = rows[name].fill_null(NOT_RECORDED).to_numpy()
    households = rows["household"].to_numpy()
    groups = sorted(set(group_of))
    counts = np.array([[int(made[group_of == g].sum()), int((1 - made[group_of == g]).sum())] for g in groups])
    table = protect(counts, RULE)
    told: list[tuple[object, ...]] = []
    for position, group in enumerate(groups):
        mine = group_of == group
        n, n_offered = int(mine.sum()), int(made[mine].sum())
        hidden = bool(table.inside[position, 0])
        total_hidden = bool(table.hidden[position, -1])
        shown_n, shown_k = RULE.rounds(np.array([n, n_offered])).tolist()
        # Of a hidden group nothing is shown: that none of it was offered anything would be told of a handful.
        first = (name, group, None if total_hidden else shown_n, None if hidden or total_hidden else shown_k)
        few = len(set(households[mine])) < LEAST_FAMILIES or len(set(households[~mine])) < LEAST_FAMILIES
        small = any(0 < count <= RULE.threshold for count in (n_offered, n - n_offered))
        if few or small or expected is None or expected[mine].sum() < LEAST_OFFERS / 2:
            told.append((*first, None, None, None, None, None, "too few to say"))
            continue
        difference, se = _difference(made - expected, mine, households)
        half = float(ndtri(0.975)) * se
        word = "no clear difference"
        if difference + half < 0:
            word = "offered less often than families with such needs"
        elif difference - half > 0:
            word = "offered more often than families with such needs"
        # Counts that are hidden to guard another group's stay hidden; a difference of means gives none of them away.
        guarded = hidden or total_hidden
        share = (None, None) if guarded else (shown_k / shown_n, float(expected[mine].mean()))
        told.append((*first, *share, difference, difference - half, difference + half, word))
    return told


def _difference(
    residual: npt.NDArray[np.float64], mine: npt.NDArray[np.bool_], households: npt.NDArray[np.object_]
) -> tuple[float, float]:
    """The group's mean residual less the others', and its standard error over households."""
    difference = float(residual[mine].mean() - residual[~mine].mean())
    influence = np.where(
        mine, (residual - residual[mine].mean()) / mine.sum(), -(residual - residual[~mine].mean()) / (~mine).sum()
    )
    by_household = np.zeros(len(set(households)))
    _, place = np.unique(households, return_inverse=True)
    np.add.at(by_household, place, influence)
    n = len(by_household)
    return difference, float(np.sqrt((by_household**2).sum() * n / max(1, n - 1)))
