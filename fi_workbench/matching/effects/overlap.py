"""Whether families could have had either arm, and in words who could not.

Source:
    Crump and others, Biometrika 96 (2009), for overlap; Wolfson and others, arXiv 2111.04033, for telling it by a tree.
"""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import polars as pl
from sklearn.tree import DecisionTreeClassifier

from fi_workbench.matching.cohort.covariates import EPOCH
from fi_workbench.matching.effects.encoding import Coded, Reals
from fi_workbench.matching.effects.scores import Scores

QUANTILES = (0.0, 0.05, 0.25, 0.50, 0.75, 0.95, 1.0)
LEAST_LEAF = 20
"""No sentence about fewer families."""
NEARLY_EVERY = "Nearly every family could have had it."
COUNTED = {
    "n_children": "children",
    "youngest_age": "age of the youngest child",
    "earlier_referrals": "earlier referrals",
    "earlier_plans": "earlier plans",
}
"""Covariates in whole numbers, in words."""
FEW = 0.02
"""Where fewer families lack overlap than this share, no sentence is needed."""
_GROWN_ON = 50_000


def overlap(coded: Coded, scores: Scores, propensity: Reals, floor: Reals) -> pl.DataFrame:
    """Set out how likely each arm was, for those who had it and for those who did not.

    Args:
        coded: the families.
        scores: of these.
        propensity: chances of arms, before any floor.
        floor: of each arm.

    Returns:
        One row per arm and group (`had it`, `did not`): number of families, quantiles of the chance of the arm
        (`lowest`, `q05`, `q25`, `median`, `q75`, `q95`, `highest`), `below_floor` (families), `floor`,
        `effective_families`, `largest_weight` (share of the arm's weight that one family carries).
    """
    rows = []
    for place, arm in enumerate(coded.arms):
        weight = scores.weight[:, place]
        effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
        largest = float(weight.max() / weight.sum()) if weight.any() else None
        for group, rows_of in (("had it", coded.arm == place), ("did not", coded.arm != place)):
            chance = propensity[rows_of, place]
            quantiles = np.quantile(chance, QUANTILES).tolist() if len(chance) else [None] * len(QUANTILES)
            below = int((chance < floor[place]).sum())
            rows.append((arm, group, len(chance), *quantiles, below, float(floor[place]), effective, largest))
    names = ("lowest", "q05", "q25", "median", "q75", "q95", "highest")
    schema: dict[str, type[pl.DataType]] = {"arm": pl.String, "group": pl.String, "families": pl.Int64}
    schema |= dict.fromkeys(names, pl.Float64)
    schema |= {"below_floor": pl.Int64, "floor": pl.Float64, "effective_families": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {"largest_weight": pl.Float64}, orient="row")


def who_lacks_overlap(coded: Coded, scores: Scores, random: np.random.Generator) -> pl.DataFrame:
    """Say in words which families could hardly have had an arm.

    Returns:
        One row per arm: `share` of families whose chance of the arm lies below its floor, and `sentence`.
    """
    rows = []
    for place, arm in enumerate(coded.arms):
        outside = scores.inside[:, place] == 0
        rows.append((arm, float(outside.mean()), _sentence(coded, outside, random)))
    return pl.DataFrame(rows, schema={"arm": pl.String, "share": pl.Float64, "sentence": pl.String}, orient="row")


def _sentence(coded: Coded, outside: np.ndarray, random: np.random.Generator) -> str:
    """Who could hardly have had it, in sentences that stand beside its name."""
    share = float(outside.mean())
    if share < FEW:
        return NEARLY_EVERY
    told = f"{_of_hundred(share)} families could hardly have had it"
    columns, names = _columns(coded)
    some = np.arange(len(coded))
    if len(some) > _GROWN_ON:
        some = np.sort(random.choice(len(coded), _GROWN_ON, replace=False))
    if outside[some].sum() < LEAST_LEAF or outside[some].all():
        return f"{told}. They are too few or too many to say who they are." if share < 1 else f"{told}: all of them."
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=LEAST_LEAF, random_state=0)
    tree.fit(columns[some], outside[some])
    leaf = tree.apply(columns[some])
    caught = {int(each): float(outside[some][leaf == each].sum()) for each in np.unique(leaf)}
    purity = {each: caught[each] / float((leaf == each).sum()) for each in caught}
    worst = max(caught, key=lambda each: (purity[each] >= max(0.5, share), caught[each]))
    path = _path(tree, worst)
    if not path or purity[worst] <= share:
        return f"{told}, of every kind."
    parts = [_part(names[column], threshold, low, columns[:, column]) for column, threshold, low in path]
    return f"{told}. It is {_of_hundred(purity[worst])} of those {' and '.join(dict.fromkeys(parts))}."


def _of_hundred(share: float) -> str:
    return f"{100 * share:.0f} of 100"


def _columns(coded: Coded) -> tuple[Reals, list[str]]:
    """What a sentence can be made of: covariates and segments. Not known stands at the mean, as in the models."""
    unknown = np.isnan(coded.raw)
    n_known = np.maximum((~unknown).sum(axis=0), 1)
    known = np.where(unknown, np.where(unknown, 0.0, coded.raw).sum(axis=0) / n_known, coded.raw)
    segments = coded.segment[:, None] == np.arange(len(coded.segments))[None, :]
    return np.hstack([known, segments]), [*coded.names, *(f"segment {name}" for name in coded.segments)]


def _path(tree: DecisionTreeClassifier, leaf: int) -> list[tuple[int, float, bool]]:
    """Splits from the root to a leaf: column, threshold, and whether the leaf lies at or below it."""
    grown = tree.tree_
    parent = {}
    for node in range(grown.node_count):
        if grown.children_left[node] >= 0:
            parent[int(grown.children_left[node])] = (node, True)
            parent[int(grown.children_right[node])] = (node, False)
    path = []
    while leaf in parent:
        leaf, low = parent[leaf]
        path.append((int(grown.feature[leaf]), float(grown.threshold[leaf]), low))
    return path[::-1]


def _part(name: str, threshold: float, low: bool, column: Reals) -> str:
    if name == "time_zero_day":
        day = EPOCH + timedelta(days=math.floor(threshold))
        return f"with a decision {'up to' if low else 'after'} {day.day} {day:%B %Y}"
    words = COUNTED.get(name, name.replace("_", " "))
    if np.isin(column, (0.0, 1.0)).all():
        return f"without {words}" if low else f"with {words}"
    if name in COUNTED:
        return (
            f"with {words}: {math.floor(threshold)} or fewer"
            if low
            else f"with {words}: {math.floor(threshold) + 1} or more"
        )
    return f"with {words} up to {threshold:,.2f}" if low else f"with {words} above {threshold:,.2f}"
