"""The answers as frames, one row per arm and segment and one per arm over all families."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from fi_workbench.matching.catalogue import RATING_TO_BE_CHECKED
from fi_workbench.matching.effects.analysis import Analysis
from fi_workbench.matching.effects.cells import together, usual_of
from fi_workbench.matching.effects.encoding import Coded, Reals
from fi_workbench.matching.effects.judging import Judged, joined, poolable
from fi_workbench.matching.effects.pooling import CONFLICT, Z95, Published, combine, conflict, pool
from fi_workbench.matching.effects.speaking import LEAST_SHOWN, NOT_SHOWN, speak
from fi_workbench.statistics.power import families_needed

WORTH_SEEING = 0.10
"""The difference for which the number of families needed is given, in shares of families."""
_COUNTS = ("n", "n_arm", "n_usual")


def cell_table(
    analysis: Analysis,
    judged: Judged,
    beside: pl.DataFrame,
    published: Mapping[str, Published],
    *,
    spread: float,
    muted: bool,
) -> pl.DataFrame:
    """Set out the cells.

    Args:
        analysis: of the cohort.
        judged: the same cells.
        beside: as `published_table`.
        published: evidence by arm.
        spread: scale of the prior on heterogeneity.
        muted: nothing may be called evidence.

    Returns:
        One row per arm (usual support left out) and segment, then per arm over all families (`whole`, no `segment`).
        `difference` and `variance` are the cell's own, with `low` and `high`; `pooled` with its limits is what words
        are made from; `own_share` is how much of it is this group's own families; `with_published` is there where
        published evidence was combined; `about` says whom the answer is about; `families_needed` in each arm, for a
        difference of ten in a hundred to be seen four times in five. Cells that are not shown hold their reason only.
    """
    coded = analysis.coded
    pooled = judged.pooled
    word = speak(below=pooled.below, shown=judged.shown, holds=judged.holds, muted=muted)
    cells = {
        name: joined(getattr(analysis.segments, name), getattr(analysis.whole, name))
        for name in ("n", "n_arm", "n_usual", "expected", "usual", "difference", "variance", "effective")
    }
    cells |= {
        name: joined(getattr(analysis.segments, name), getattr(analysis.whole, name))
        for name in ("largest", "outside", "answered")
    }
    half = Z95 * np.sqrt(cells["variance"])
    columns: dict[str, np.ndarray] = {
        **cells,
        "low": cells["difference"] - half,
        "high": cells["difference"] + half,
        "pooled": pooled.mean,
        "pooled_low": pooled.low,
        "pooled_high": pooled.high,
        "own_share": pooled.own,
        "chance_fewer": pooled.below,
        "balance_worst": judged.worst,
        "e_value": judged.e_value,
        "e_value_limit": np.where(np.isfinite(judged.e_limit), judged.e_limit, np.nan),
        **_with_published(analysis, beside, published, spread),
    }
    frame = _keys(coded).with_columns(
        pl.Series("state", judged.state.ravel()),
        pl.Series("reason", judged.reason.ravel()),
        pl.Series("word", word.ravel()),
        pl.Series("overlap", judged.overlap.ravel()),
        pl.Series("depends_on_model", joined(analysis.segments_depend, analysis.whole_depend).ravel()),
        pl.Series("discovered", judged.discovered.ravel()),
        pl.Series("control_failed", ~judged.controlled.ravel()),
        pl.Series("about", [_about(share) for share in cells["answered"].ravel().tolist()]),
        pl.Series("families_needed", _needed(analysis, cells["usual"]), dtype=pl.Int64),
        *(pl.Series(name, values.ravel(), nan_to_null=True) for name, values in columns.items()),
    )
    frame = frame.with_columns(pl.col(_COUNTS).round().cast(pl.Int64))
    hidden = pl.col("state") == NOT_SHOWN
    kept = ("arm", "segment", "whole", "state", "reason", "word", "families_needed")
    return frame.with_columns(pl.when(~hidden).then(pl.exclude(kept))).sort(
        "whole", _order("arm", coded.arms), "segment", maintain_order=True
    )


def _order(column: str, names: tuple[str, ...]) -> pl.Expr:
    return pl.col(column).replace_strict(list(names), range(len(names)), return_dtype=pl.Int64)


def _keys(coded: Coded, *, first: int = 1) -> pl.DataFrame:
    arms = coded.arms[first:]
    n_segments = len(coded.segments)
    return pl.DataFrame(
        {
            "arm": [arm for arm in arms for _ in range(n_segments + 1)],
            "segment": [*coded.segments, None] * len(arms),
            "whole": [*[False] * n_segments, True] * len(arms),
        },
        schema={"arm": pl.String, "segment": pl.String, "whole": pl.Boolean},
    )


def _about(answered: float) -> str:
    if not answered < 1:
        return "all families of the group"
    return f"the {answered:.0%} of families who could have had either"


def _needed(analysis: Analysis, usual: Reals) -> list[int | None]:
    """Families needed in each arm for a difference worth seeing, by the usual outcome of the group or of all."""
    if not analysis.coded.is_share:
        return [None] * usual.size
    everyone = float(np.clip(np.nan_to_num(usual[:, -1], nan=0.2), 0.01, 0.99).mean())
    made: list[int | None] = []
    for share in np.nan_to_num(usual, nan=everyone).ravel().tolist():
        risk = min(max(share, 0.01), 0.99)
        made.append(families_needed(risk, risk - WORTH_SEEING if risk > WORTH_SEEING else risk / 2))
    return made


def _with_published(
    analysis: Analysis, beside: pl.DataFrame, published: Mapping[str, Published], spread: float
) -> dict[str, np.ndarray]:
    """Pooled again with the published evidence as a prior, for arms where the two were combined."""
    coded, cells = analysis.coded, analysis.segments
    shape = len(coded.arms) - 1, len(coded.segments) + 1
    made = {name: np.full(shape, np.nan) for name in ("with_published", "with_published_low", "with_published_high")}
    for row in beside.filter(pl.col("combined").is_not_null()).iter_rows(named=True):
        at = coded.arms.index(row["arm"]) - 1
        prior = published[row["arm"]].prior()
        both = pool(poolable(cells)[at], cells.variance[at], prior=prior, prior_spread=spread)
        made["with_published"][at] = [*both.mean, row["combined"]]
        made["with_published_low"][at] = [*both.low, row["combined_low"]]
        made["with_published_high"][at] = [*both.high, row["combined_high"]]
    return made


def published_table(analysis: Analysis, published: Mapping[str, Published]) -> pl.DataFrame:
    """Set local and published evidence side by side.

    Returns:
        One row per arm with published evidence: `arm`, `rating`, `local`, `local_low`, `local_high`, `published`,
        `published_low`, `published_high` (widened by its rating), `conflict` (standard errors apart), `combined` with
        its limits (none where the two conflict or the rating carries no weight), and `said` in a sentence.
    """
    rows = []
    for arm, evidence in published.items():
        at = analysis.coded.arms.index(arm) - 1
        local, variance = float(analysis.whole.difference[at, 0]), float(analysis.whole.variance[at, 0])
        if min(analysis.whole.n_arm[at, 0], analysis.whole.n_usual[at, 0]) < LEAST_SHOWN:
            local = variance = float("nan")
        rows.append((arm, evidence.rating, *_beside(local, variance, evidence)))
    names = [f"{name}{end}" for name in ("local", "published", "combined") for end in ("", "_low", "_high")]
    names.insert(6, "conflict")
    schema = {"arm": pl.String, "rating": pl.String} | dict.fromkeys(names, pl.Float64) | {"said": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(names).fill_nan(None))


def _beside(local: float, variance: float, evidence: Published) -> tuple[float | str | None, ...]:
    ours = _limits(local, variance)
    prior = evidence.prior()
    if prior is None:
        theirs = _limits(evidence.difference, evidence.standard_error**2)
        said = "Nobody has looked up its rating" if evidence.rating == RATING_TO_BE_CHECKED else "A rating of NL2"
        return *ours, *theirs, None, None, None, None, f"{said}: it carries no weight, and local evidence stands alone."
    theirs = _limits(*prior)
    if not np.isfinite(local):
        return (
            *ours,
            *theirs,
            None,
            None,
            None,
            None,
            f"Fewer than {LEAST_SHOWN} families here had it: only published evidence is there.",
        )
    apart = conflict(local, variance, prior)
    if abs(apart) > CONFLICT:
        said = f"Local and published evidence lie {abs(apart):.1f} standard errors apart and are not combined."
        return *ours, *theirs, apart, None, None, None, said
    return *ours, *theirs, apart, *_limits(*combine(local, variance, prior)), "Local and published evidence agree."


def _limits(centre: float, variance: float) -> tuple[float, float, float]:
    half = Z95 * float(np.sqrt(variance))
    return centre, centre - half, centre + half


def expected_table(analysis: Analysis) -> pl.DataFrame:
    """Set out the expected outcome of each arm, usual support too.

    Returns:
        One row per arm and segment, and per arm over all families (`whole`): `n`, `n_arm`, `expected`, `low`, `high`.
        With fewer than ten families in the arm only the keys are there.
    """
    coded, scores = analysis.coded, analysis.scores
    usual = usual_of(coded, scores, analysis.grouping), usual_of(coded, scores, together(coded))
    others = analysis.segments, analysis.whole

    def laid(name: str) -> Reals:
        first = np.concatenate([getattr(each, name) for each in usual])[None, :]
        return np.concatenate([first, joined(*(getattr(each, name) for each in others))])

    level, half = laid("expected"), Z95 * np.sqrt(laid("expected_variance"))
    low, high = level - half, level + half
    if coded.is_share:
        level, low, high = (np.clip(each, 0.0, 1.0) for each in (level, low, high))
    frame = _keys(coded, first=0).with_columns(
        pl.Series("n", laid("n").ravel().astype(np.int64)),
        pl.Series("n_arm", laid("n_arm").ravel().astype(np.int64)),
        pl.Series("expected", level.ravel(), nan_to_null=True),
        pl.Series("low", low.ravel(), nan_to_null=True),
        pl.Series("high", high.ravel(), nan_to_null=True),
    )
    enough = pl.col("n_arm") >= LEAST_SHOWN
    frame = frame.with_columns(pl.when(enough).then(pl.exclude("arm", "segment", "whole")))
    return frame.sort("whole", _order("arm", coded.arms), "segment", maintain_order=True)
