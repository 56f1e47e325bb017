"""Families like this one: what became of families like a described one, in each arm. Never a score, never a child.

A profile is described, not looked up. Families near it are counted per arm; below fifty in an arm only the pooled
figure is given. Two descriptions whose families differ by fewer than ten would give away those few, so the second is
refused.

Source:
    Gower, Biometrics 27 (1971), for the distance; Longhurst, Harrington and Shah, Health Affairs 33 (2014), for the
    practice of asking records of similar cases through an analyst, with a written answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from fi_workbench.errors import MatchingError
from fi_workbench.matching.cards import PROTECTED_COVARIATES, USUAL_SUPPORT
from fi_workbench.matching.catalogue import nearest
from fi_workbench.matching.cohort import Cohort
from fi_workbench.statistics.intervals import newcombe, wilson
from fi_workbench.statistics.small_numbers import SmallNumberRule

LEAST_SHOWN = 50
"""Families per arm below which no count of neighbours is shown."""
LEAST_DIFFERENCE = 10
CALIPER_QUANTILE = 0.95
RULE = SmallNumberRule(threshold=9, base=5, hide_zero=True)
_SAMPLE = 400
"""Families whose nearest neighbour is looked up for the caliper; all of them in a small authority."""

Profile = Mapping[str, bool | float]
Matrix = npt.NDArray[np.float64]
_SHOWN = {
    "arm": pl.String,
    "n": pl.Int64,
    "n_outcome": pl.Int64,
    "share": pl.Float64,
    "share_low": pl.Float64,
    "share_high": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "why_not": pl.String,
}


@dataclass(frozen=True)
class Exhibit:
    """What may be said of families like a described one.

    Attributes:
        arms: counts rounded to 5, and shares and intervals made from the rounded counts; null with `why_not` where
            nothing may be shown. GRAIN one row per arm.
        features: how far the neighbours of all arms are as described: `feature`, `alike` (share to the nearest
            tenth), `told` ("matched", "partly matched", "not matched"). Empty where no arm is shown. GRAIN one row
            per feature.
        caliper: how far from the description a family may be, 0 (the same) to 1.
        abstains: why no arm is shown; empty where one is.
    """

    arms: pl.DataFrame
    features: pl.DataFrame
    caliper: float
    abstains: str


def check_profile(profile: Profile, cohort: Cohort) -> dict[str, float]:
    """The profile as numbers.

    Raises:
        MatchingError: nothing is described, or a feature is not one of the card's, or is a protected characteristic.
    """
    known = [column for column in cohort.card.columns if column not in PROTECTED_COVARIATES]
    known = [column for column in known if column != "time_zero_day"]
    wrong = sorted(set(profile) - set(known))
    if wrong:
        protected = [name for name in wrong if name in PROTECTED_COVARIATES]
        raise MatchingError(
            "A family is not described by protected characteristics."
            if protected
            else "The description names what the question does not look at.",
            where=", ".join(wrong),
            next_step=nearest(wrong[0], known),
        )
    if not profile:
        raise MatchingError("Nothing is described.", where="profile", next_step=f"Features: {', '.join(known)}.")
    return {name: float(value) for name, value in sorted(profile.items())}


def like(profile: Profile, cohort: Cohort, *, former: Sequence[Profile] = (), least: int = LEAST_SHOWN) -> Exhibit:
    """Show what became of families like a described one.

    Args:
        profile: features of the card and their values; what is left out is not looked at.
        cohort: the families compared.
        former: profiles asked of the same question before, so that two answers cannot be subtracted.
        least: families per arm below which no count is shown; never below 50.

    Raises:
        MatchingError: a profile that cannot be meant, or one whose families differ from those of a former one by
            fewer than ten.
    """
    if least < LEAST_SHOWN:
        raise MatchingError(f"Counts of fewer than {LEAST_SHOWN} families are not shown.", where="least")
    described = check_profile(profile, cohort)
    rows = _followed(cohort)
    if rows.is_empty():
        return _nothing(cohort, "No family has been followed for the whole time yet.")
    found, caliper = _neighbours(described, rows, least)
    for before in former:
        _check_difference(found, _neighbours(check_profile(before, cohort), rows, least)[0])
    shown = _arms(cohort, rows, found, least)
    if shown["n"].null_count() == shown.height:
        why = f"Fewer than {least} families like this in every arm, or all with the same outcome."
        return Exhibit(shown, _FEATURES, caliper, f"{why} The pooled figure is all that is shown.")
    arms_shown = shown.filter(pl.col("n").is_not_null())["arm"].to_list()
    near = rows.filter(pl.Series(found) & rows["arm"].is_in(arms_shown))
    return Exhibit(shown, _features(described, near), caliper, "")


_FEATURES = pl.DataFrame(schema={"feature": pl.String, "alike": pl.Float64, "told": pl.String})


def _nothing(cohort: Cohort, why: str) -> Exhibit:
    rows = [(arm, *[None] * 8, why) for arm in cohort.arms]
    return Exhibit(pl.DataFrame(rows, schema=_SHOWN, orient="row"), _FEATURES, 0.0, why)


def _followed(cohort: Cohort) -> pl.DataFrame:
    """Families whose outcome within the horizon is known, with `had` (Boolean)."""
    if "outcome" in cohort.rows.columns:
        return cohort.rows.with_columns(had=pl.col("outcome") == 1.0)
    whole = (pl.col("event") != 0) | (pl.col("days") >= cohort.card.outcome.horizon_days)
    return cohort.rows.filter(whole).with_columns(had=pl.col("event") == 1)


def _neighbours(described: dict[str, float], rows: pl.DataFrame, least: int) -> tuple[npt.NDArray[np.bool_], float]:
    """Which families are near: per arm the nearest `least` within the caliper, and all as near as the last."""
    values = rows.select(pl.col(name).cast(pl.Float64) for name in described).to_numpy()
    scale = _scale(values)
    target = np.array(list(described.values()))
    caliper = _caliper(values, scale)
    distance = _distances(target, values, scale)
    near = np.zeros(rows.height, dtype=np.bool_)
    arms = rows["arm"].to_numpy()
    for arm in sorted(set(arms)):
        mine = np.flatnonzero(arms == arm)
        within = mine[distance[mine] <= caliper + 1e-12]
        if len(within) > least:
            within = within[distance[within] <= np.sort(distance[within])[least - 1] + 1e-12]
        near[within] = True
    return near, caliper


def _scale(values: Matrix) -> Matrix:
    # Gower's range, but of the middle nine tenths, so that one very large family does not make all others alike.
    known = [column[~np.isnan(column)] for column in values.T]
    spread = [np.quantile(c, 0.95) - np.quantile(c, 0.05) if c.size else 1.0 for c in known]
    return np.array([each if each > 0 else 1.0 for each in spread])


def _distances(target: Matrix, values: Matrix, scale: Matrix) -> Matrix:
    """Mean difference over the features known of a family; 1 where fewer than half are known."""
    apart = np.minimum(np.abs(values - target) / scale, 1.0)
    known = ~np.isnan(apart)
    n_known = known.sum(axis=1)
    n_compared = (known & ~np.isnan(target)).sum(axis=1)
    mean = np.where(known, apart, 0.0).sum(axis=1) / np.maximum(n_known, 1)
    return np.where(2 * n_compared >= len(target), mean, 1.0)


def _caliper(values: Matrix, scale: Matrix) -> float:
    """The 95th percentile of the distance to the nearest other family."""
    n = len(values)
    if n < 2:
        return 0.0
    looked = np.unique(np.linspace(0, n - 1, min(n, _SAMPLE)).astype(int))
    nearest_ones = []
    for one in looked:
        distance = _distances(values[one], values, scale)
        distance[one] = np.inf
        nearest_ones.append(distance.min())
    return float(np.quantile(nearest_ones, CALIPER_QUANTILE))


def _check_difference(found: npt.NDArray[np.bool_], before: npt.NDArray[np.bool_]) -> None:
    differ = int((found ^ before).sum())
    if 0 < differ < LEAST_DIFFERENCE:
        raise MatchingError(
            "These families differ from those of an earlier question by so few that the two answers together would "
            "tell about them.",
            where="profile",
            how_many=f"fewer than {LEAST_DIFFERENCE} families",
            next_step="Ask the earlier question again, or describe a clearly different family.",
        )


def _arms(cohort: Cohort, rows: pl.DataFrame, found: npt.NDArray[np.bool_], least: int) -> pl.DataFrame:
    counts = rows.filter(pl.Series(found)).group_by("arm").agg(n=pl.len(), k=pl.col("had").sum())
    by_arm = {arm: (int(n), int(k)) for arm, n, k in counts.iter_rows()}
    rounded: dict[str, tuple[int, int]] = {}
    why: dict[str, str] = {}
    for arm in cohort.arms:
        n, k = by_arm.get(arm, (0, 0))
        if n < least:
            why[arm] = f"fewer than {least} families like this"
        elif RULE.hides(np.array([k, n - k])).any():
            why[arm] = "nearly all had the same outcome"
        else:
            n_shown, k_shown = RULE.rounds(np.array([n, k])).tolist()
            rounded[arm] = (n_shown, k_shown)
    shown: list[tuple[object, ...]] = []
    for arm in cohort.arms:
        if arm in why:
            shown.append((arm, *[None] * 8, why[arm]))
            continue
        n, k = rounded[arm]
        share = wilson(k, n)
        apart: tuple[float | None, ...] = (None, None, None)
        if arm != USUAL_SUPPORT and USUAL_SUPPORT in rounded:
            n_usual, k_usual = rounded[USUAL_SUPPORT]
            difference = newcombe(k, n, k_usual, n_usual)
            apart = (difference.estimate, difference.low, difference.high)
        shown.append((arm, n, k, share.estimate, share.low, share.high, *apart, None))
    return pl.DataFrame(shown, schema=_SHOWN, orient="row")


def _features(described: dict[str, float], near: pl.DataFrame) -> pl.DataFrame:
    told = []
    for name, value in described.items():
        known = near[name].cast(pl.Float64).drop_nulls()
        apart = (known - value).abs()
        # Whole years and counts are alike within one; yes and no only when equal.
        within = 1.0 if near[name].dtype.is_float() else 0.0
        alike = int((apart <= within).sum()) / max(1, len(known))
        word = "matched" if alike >= 0.9 else "partly matched" if alike >= 0.5 else "not matched"
        told.append((name, round(alike, 1), word))
    return pl.DataFrame(told, schema=_FEATURES.schema, orient="row")
