"""A cohort as the estimates need it: checked, coded and scaled, with what is not known marked as such.

Whatever cannot be estimated from is told here, with a count and what to do, before any work is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from fi_workbench.errors import MatchingError
from fi_workbench.statistics.competing_risks import pseudo_values

Reals = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Blocks = Mapping[str, Sequence[str]]

MUCH_MISSING = 0.4
"""A covariate that is not known for so many families adjusts for little; it is said."""
_WHERE = "cohort"


@dataclass(frozen=True)
class Coded:
    """Families as arrays, one place per family and decision.

    Attributes:
        arms: names of the arms, usual support first.
        segments: names of the segments.
        arm: place in `arms`.
        segment: place in `segments`.
        outcome: 0 or 1, a number, or a pseudo-value.
        is_binary: every outcome is 0 or 1.
        raw: covariates as they came, not known as NaN; by `names`.
        names: of the covariates.
        features: covariates scaled to spread 1, not known filled with the mean and marked by a column of its own.
        feature_of: for each column of `features`, the place in `names` that it came from.
        clusters: for each kind of cluster in which there are fewer clusters than families, its codes.
        rows: places in the cohort that was given; those without a known outcome are left out.
        is_share: the outcome is a share of families: 0 or 1, or a pseudo-value of such.
        notes: what was left out or is thin, in sentences.
    """

    arms: tuple[str, ...]
    segments: tuple[str, ...]
    arm: Codes
    segment: Codes
    outcome: Reals
    is_binary: bool
    raw: Reals
    names: tuple[str, ...]
    features: Reals
    feature_of: Codes
    clusters: tuple[Codes, ...]
    rows: Codes
    is_share: bool
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """How many families and decisions."""
        return len(self.arm)

    @property
    def arm_shares(self) -> Reals:
        """Share of all families in each arm."""
        return np.asarray(np.bincount(self.arm, minlength=len(self.arms)) / len(self))

    def without(self, left_out: Sequence[str]) -> Coded:
        """The same families with some covariates not adjusted for."""
        keep = np.array([self.names[place] not in left_out for place in self.feature_of], dtype=bool)
        return replace(self, features=self.features[:, keep], feature_of=self.feature_of[keep])

    def as_one_segment(self) -> Coded:
        """The same families as one segment."""
        return replace(self, segments=("all",), segment=np.zeros(len(self), dtype=np.int64))

    def with_outcome(self, outcome: Reals) -> Coded:
        """The same families with another outcome."""
        binary = _is_binary(outcome)
        return replace(self, outcome=outcome, is_binary=binary, is_share=binary)


def blocks_of(covariates: Blocks | Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Covariates by named block; without blocks each covariate is one of its own."""
    if isinstance(covariates, Mapping):
        return {block: tuple(columns) for block, columns in covariates.items()}
    return {column: (column,) for column in covariates}


def encode(
    cohort: pl.DataFrame, *, arms: Sequence[str], covariates: Blocks | Sequence[str], horizon_days: float | None
) -> Coded:
    """Check a cohort and code it.

    Args:
        cohort: one row per family and decision: `arm`, `segment`, `household`, `worker` (may be missing or null), and
            `outcome` or, with a horizon, `days` and `event` (0 not followed further, 1 outcome, 2 competing event).
        arms: names of the arms in the order wanted, usual support first.
        covariates: columns to adjust for, by named block; numbers or Booleans, null where not known.
        horizon_days: days from time zero within which the outcome counts, for `days` and `event`.

    Raises:
        MatchingError: a column is missing or of another type, an arm is unknown, fewer than two arms have families,
            or the outcome is the same for all.
    """
    columns = tuple(name for block in blocks_of(covariates).values() for name in block)
    _check_columns(cohort, columns, timed=horizon_days is not None)
    rows, notes = _with_outcome(cohort, timed=horizon_days is not None)
    kept = cohort[rows]
    arm = _codes(kept, "arm", arms)
    found = np.bincount(arm, minlength=len(arms))
    if len(arms) < 2 or found[0] == 0 or (found > 0).sum() < 2:
        raise MatchingError(
            "There is nothing to compare: usual support and at least one other arm need families with a known outcome.",
            where=f"{_WHERE}, arm",
            how_many=f"{int((found > 0).sum())} of {len(arms)} arms have families",
            next_step="Choose arms that families had, or wait until more have been followed up.",
        )
    segments = tuple(sorted(kept["segment"].unique().to_list()))
    outcome = _timed(kept, arm, horizon_days) if horizon_days is not None else _reals(kept["outcome"])
    if np.ptp(outcome) == 0:
        raise MatchingError(
            "Every family has the same outcome, so arms cannot differ.",
            where=f"{_WHERE}, outcome",
            how_many=f"{len(kept)} families",
            next_step="Check the outcome and its horizon; an outcome that nobody has says nothing of any arm.",
        )
    raw = np.column_stack([_reals(kept[name]) for name in columns]) if columns else np.empty((len(kept), 0))
    features, feature_of, thin = _features(raw, columns)
    return Coded(
        tuple(arms),
        segments,
        arm,
        _codes(kept, "segment", segments),
        outcome,
        _is_binary(outcome),
        raw,
        columns,
        features,
        feature_of,
        _clusters(kept),
        rows,
        horizon_days is not None or _is_binary(outcome),
        (*notes, *thin),
    )


def _is_binary(outcome: Reals) -> bool:
    return bool(np.isin(outcome, (0.0, 1.0)).all())


def _check_columns(cohort: pl.DataFrame, covariates: Sequence[str], *, timed: bool) -> None:
    needed = ("arm", "segment", "household", *(("days", "event") if timed else ("outcome",)), *covariates)
    missing = [name for name in needed if name not in cohort.columns]
    if missing:
        raise MatchingError(
            "The cohort lacks columns that the question needs.",
            where=f"{_WHERE}: {', '.join(missing)}",
            next_step="Make the cohort from its question card.",
        )
    twice = sorted({name for name in covariates if covariates.count(name) > 1})
    wrong = [name for name in covariates if not (cohort[name].dtype.is_numeric() or cohort[name].dtype == pl.Boolean)]
    if twice or wrong:
        raise MatchingError(
            "Covariates are numbers or Booleans, each named once.",
            where=f"{_WHERE}: {', '.join([*twice, *wrong])}",
            next_step="Write a code as one Boolean column for each of its values.",
        )
    endless = [name for name in covariates if np.isinf(_reals(cohort[name])).any()]
    if endless:
        raise MatchingError("A covariate is infinite.", where=f"{_WHERE}: {', '.join(endless)}")
    for name in ("arm", "segment"):
        if n := cohort[name].null_count():
            raise MatchingError(
                f"Every family of a cohort has its {name}.",
                where=f"{_WHERE}, {name}",
                how_many=f"{n} of {len(cohort)} families have none",
                next_step="Leave those families out by a rule of the question card, so that it is printed.",
            )


def _with_outcome(cohort: pl.DataFrame, *, timed: bool) -> tuple[Codes, tuple[str, ...]]:
    known = pl.col("days").is_not_null() & pl.col("event").is_not_null() if timed else pl.col("outcome").is_not_null()
    rows = np.flatnonzero(cohort.select(known).to_series().to_numpy()).astype(np.int64)
    left_out = len(cohort) - len(rows)
    return rows, (f"{left_out} of {len(cohort)} families have no known outcome and were left out.",) * (left_out > 0)


def _codes(kept: pl.DataFrame, column: str, names: Sequence[str]) -> Codes:
    unknown = sorted(set(kept[column].unique().to_list()) - set(names))
    if unknown:
        raise MatchingError(
            f"The cohort has {column}s that were not asked for.",
            where=f"{_WHERE}, {column}: {', '.join(unknown)}",
            how_many=f"{kept.filter(pl.col(column).is_in(unknown)).height} of {len(kept)} families",
            next_step=f"Valid: {', '.join(names)}. An intervention that was renamed needs one name for both times.",
        )
    return kept[column].replace_strict(list(names), range(len(names)), return_dtype=pl.Int64).to_numpy()


def _reals(column: pl.Series) -> Reals:
    return np.asarray(column.cast(pl.Float64).to_numpy(), dtype=np.float64)


def _timed(kept: pl.DataFrame, arm: Codes, horizon_days: float) -> Reals:
    """Pseudo-values within each arm, so that arms may be followed up for different times."""
    days, event = _reals(kept["days"]), kept["event"].cast(pl.Int64).to_numpy()
    outcome = np.zeros(len(kept))
    for each in np.unique(arm):
        own = arm == each
        outcome[own] = pseudo_values(days[own], event[own], horizon_days)
    # Pseudo-values of families followed to the end are 0 and 1 but for the last bits.
    near = np.round(outcome, 9)
    return np.asarray(np.where(np.isin(near, (0.0, 1.0)), near, outcome))


def _features(raw: Reals, names: Sequence[str]) -> tuple[Reals, Codes, tuple[str, ...]]:
    columns: list[Reals] = []
    origin: list[int] = []
    notes: list[str] = []
    for place, name in enumerate(names):
        known = ~np.isnan(raw[:, place])
        spread = float(raw[known, place].std()) if known.any() else 0.0
        share = 1 - float(known.mean())
        if spread > 0:
            columns.append(np.where(known, (raw[:, place] - raw[known, place].mean()) / spread, 0.0))
            origin.append(place)
        else:
            notes.append(f"{name} is the same for every family for whom it is known: nothing to adjust for.")
        if 0 < share < 1:
            columns.append((~known - share) / np.sqrt(share * (1 - share)))
            origin.append(place)
        if share > MUCH_MISSING:
            notes.append(f"{name} is not known for {share:.0%} of families: it adjusts for little.")
    features = np.column_stack(columns) if columns else np.empty((len(raw), 0))
    return features, np.array(origin, dtype=np.int64), tuple(notes)


def _clusters(kept: pl.DataFrame) -> tuple[Codes, ...]:
    made = []
    for name in ("household", "worker"):
        if name not in kept.columns:
            continue
        # Nobody knows who stands behind a null: each is a cluster of its own.
        own = kept[name].cast(pl.String).rank("dense").cast(pl.Int64)
        alone = -pl.int_range(1, len(kept) + 1, eager=True)
        codes = own.fill_null(alone).rank("dense").cast(pl.Int64).to_numpy() - 1
        if codes.max() + 1 < len(kept):
            made.append(codes)
    return tuple(made)
