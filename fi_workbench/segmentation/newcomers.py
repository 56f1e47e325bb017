"""Whether families that come now are like those that came before the grouping was made.

What is known of a family grows with time, so newcomers are less often clear than families known for years, and may
be of other kinds. They are therefore compared with newcomers: those of the thirteen weeks before the fit, counted then
and kept in the model file. Limits grow narrower with the number of families now and then.

Source:
    Agresti 2013, chapter 3 (likelihood ratio test of two samples); Aitchison and Dunsmore 1975 (prediction limits of
    a count, here with Jeffreys' prior); Welch 1947.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl
import scipy  # its parts open on first use

from fi_workbench.segmentation.drift import ALARM_BELOW, LEAST_FAMILIES, likelihood_drift
from fi_workbench.segmentation.grouping import Grouping, Newcomers
from fi_workbench.segmentation.indicators import anything_known
from fi_workbench.segmentation.patterns import Reals
from fi_workbench.segmentation.person_fit import NO_SEGMENT, kinds, patterns_of, person_fit

WEEKS = 13
"""How many weeks of newcomers are counted, before the fit and before each week; fewer since a younger fit."""
ALL = "all"
_DRAWS = 2000
_LEAST_EXPECTED = 5

RATES: dict[str, str] = {
    "unclear": "Fits no one segment clearly",
    "no_segment": "Fits no segment",
    "not_grouped": "Nothing known to group by",
}
"""Rates of newcomers that are watched, in words."""

DRIFT = pl.Schema(
    {
        "measure": pl.String(),
        "segment": pl.String(),
        "weeks": pl.Int64(),
        "compared_with": pl.String(),
        "n_families": pl.Int64(),
        "k": pl.Int64(),
        "value": pl.Float64(),
        "expected": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "p": pl.Float64(),
        "verdict": pl.String(),
        "model_version": pl.String(),
    }
)


def newcomers_of(
    grouping: Grouping, answers: pl.DataFrame, families: Collection[str], *, unclear_below: float
) -> Newcomers:
    """Count newcomers as a grouping sees them.

    Args:
        grouping: candidate or approved.
        answers: one row per family, as `indicators.answers`.
        families: who came in the last thirteen weeks.
        unclear_below: a family whose probability is below this fits no one segment clearly.
    """
    came = answers.filter(pl.col("family_id").is_in(list(families)))
    known = came.filter(anything_known()).sort("family_id")
    counts = np.zeros(len(grouping.segments), dtype=np.int64)
    unclear = none = 0
    mean = deviation = 0.0
    if known.height:
        patterns = patterns_of(known, grouping)
        posterior = grouping.posterior(patterns)
        fit = person_fit(grouping, patterns.codes)
        counts = np.bincount(
            posterior.argmax(axis=1), weights=patterns.counts, minlength=len(counts)
        ).round().astype(np.int64)  # fmt: skip
        unclear = round(float(patterns.counts @ (posterior.max(axis=1) < unclear_below)))
        none = round(float(patterns.counts @ (kinds(patterns, posterior, fit) == NO_SEGMENT)))
        mean = float(patterns.counts @ fit.standardised / patterns.total)
        deviation = float(np.sqrt(patterns.counts @ (fit.standardised - mean) ** 2 / max(patterns.total - 1, 1)))
    return Newcomers(
        weeks=WEEKS,
        families=came.height,
        by_segment=tuple(int(count) for count in counts),
        unclear=unclear,
        unclear_below=unclear_below,
        no_segment=none,
        fit_mean=round(mean, 6),
        fit_deviation=round(deviation, 6),
    )


def drift_table(
    grouping: Grouping,
    answers: pl.DataFrame,
    families: Collection[str],
    *,
    unclear_below: float,
    weeks: int = WEEKS,
    random_state: int = 0,
) -> pl.DataFrame:
    """Compare the newcomers of the last thirteen weeks, or of fewer since the fit, with those before it.

    A model file older than this count has no newcomers to compare with. Then only their likelihood is looked at,
    against families that the grouping would draw itself.

    Args:
        grouping: the approved grouping.
        answers: one row per family, as `indicators.answers`.
        families: who came in these weeks, and none who came before the fit.
        unclear_below: used where the model file does not say what it used.
        weeks: how many these are.
        random_state: seed of the draws used where few families are expected.

    Returns:
        Contract `segment_drift`. GRAIN one row per measure, and for `share` per segment: `segments` (the statistic G
        of all segments together), `share` of each segment, `likelihood`, and the rates of `RATES`.
    """
    before = grouping.newcomers
    now = newcomers_of(grouping, answers, families, unclear_below=before.unclear_below if before else unclear_below)
    told, grouped = sum(now.by_segment), sum(before.by_segment) if before else 0
    rows: list[dict[str, object]] = []
    rows.append(_all_segments(now, before, random_state))
    for place, segment in enumerate(grouping.segments):
        was = (before.by_segment[place], grouped) if before else None
        level = ALARM_BELOW / len(grouping.segments)
        rows.append(_rate("share", segment.code, now.by_segment[place], told, was, level))
    rows.append(_likelihood(grouping, answers, families, now, before, random_state))
    for name in RATES:
        n = now.families if name == "not_grouped" else told
        was = (_count(before, name), before.families if name == "not_grouped" else grouped) if before else None
        rows.append(_rate(name, ALL, _count(now, name), n, was, ALARM_BELOW))
    return pl.DataFrame(rows, schema_overrides=DRIFT).with_columns(
        weeks=pl.lit(weeks), model_version=pl.lit(grouping.version)
    ).select(DRIFT.names()).cast(DRIFT)  # fmt: skip


def _count(told: Newcomers, name: str) -> int:
    return {"unclear": told.unclear, "no_segment": told.no_segment, "not_grouped": told.families - told.grouped}[name]


def _row(measure: str, segment: str, n: int, **others: object) -> dict[str, object]:
    empty = dict.fromkeys(("k", "value", "expected", "low", "high", "p"))
    return {"measure": measure, "segment": segment, "n_families": n, "compared_with": "newcomers", **empty, **others}


def _verdict(p: float | None, n: int, n_before: int | None, level: float = ALARM_BELOW) -> str:
    if n_before is None:
        return "nothing_to_compare"
    if p is None or min(n, n_before) < LEAST_FAMILIES:
        return "too_few"
    return "changed" if p < level else "as_expected"


def _all_segments(now: Newcomers, before: Newcomers | None, random_state: int) -> dict[str, object]:
    n = now.grouped
    if before is None:
        return _row("segments", ALL, n, compared_with="nothing", verdict=_verdict(None, n, None))
    table = np.array([now.by_segment, before.by_segment], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    freedom = max(table.shape[1] - 1, 0)
    if min(n, before.grouped) < LEAST_FAMILIES or not freedom:
        return _row("segments", ALL, n, expected=float(freedom), verdict="too_few")
    value = float(_two_samples(table[None])[0])
    least = (table.sum(axis=0) * table.sum(axis=1).min() / table.sum()).min()
    p = float(scipy.stats.chi2.sf(value, freedom)) if least >= _LEAST_EXPECTED else _drawn_p(table, value, random_state)
    return _row("segments", ALL, n, value=value, expected=float(freedom), p=p, verdict=_verdict(p, n, before.grouped))


def _drawn_p(table: Reals, value: float, random_state: int) -> float:
    """How often as much comes about when the same families are shared out between then and now by chance."""
    totals = table.sum(axis=0).astype(np.int64)
    random = np.random.default_rng(random_state)
    drawn = random.multivariate_hypergeometric(totals, int(table[0].sum()), size=_DRAWS).astype(np.float64)
    other = _two_samples(np.stack([drawn, totals - drawn], axis=1))
    return float(1 + (other >= value - 1e-9).sum()) / (_DRAWS + 1)


def _two_samples(tables: Reals) -> Reals:
    """The likelihood ratio statistic of each table of two samples by segment."""
    rows, columns = tables.sum(axis=2, keepdims=True), tables.sum(axis=1, keepdims=True)
    expected = rows * columns / tables.sum(axis=(1, 2), keepdims=True)
    told = tables * np.log(np.maximum(tables, 1e-300) / expected)
    return np.asarray(2 * np.where(tables > 0, told, 0.0).sum(axis=(1, 2)))


def _rate(
    measure: str, segment: str, k: int, n: int, before: tuple[int, int] | None, level: float
) -> dict[str, object]:
    """A share now, with the limits within which it stays when nothing has changed."""
    if before is None or min(n, before[1]) < LEAST_FAMILIES:
        known = before is not None and before[1] > 0
        return _row(
            measure,
            segment,
            n,
            k=k,
            value=k / n if n else None,
            expected=before[0] / before[1] if before and known else None,
            compared_with="newcomers" if before else "nothing",
            verdict=_verdict(None, n, before[1] if before else None),
        )
    chance = scipy.stats.betabinom(n, before[0] + 0.5, before[1] - before[0] + 0.5)
    p = min(1.0, 2 * min(float(chance.cdf(k)), float(chance.sf(k - 1))))
    return _row(
        measure,
        segment,
        n,
        k=k,
        value=k / n,
        expected=before[0] / before[1],
        low=float(chance.ppf(level / 2)) / n,
        high=float(chance.ppf(1 - level / 2)) / n,
        p=p,
        verdict=_verdict(p, n, before[1], level),
    )


def _likelihood(
    grouping: Grouping,
    answers: pl.DataFrame,
    families: Collection[str],
    now: Newcomers,
    before: Newcomers | None,
    random_state: int,
) -> dict[str, object]:
    """Whether newcomers are less likely under the grouping than newcomers were: one-sided."""
    n = now.grouped
    if before is None:
        came = answers.filter(pl.col("family_id").is_in(list(families))).filter(anything_known()).sort("family_id")
        if came.height < LEAST_FAMILIES:
            return _row("likelihood", ALL, n, compared_with="grouping", verdict="too_few")
        look = likelihood_drift(grouping, patterns_of(came, grouping), random_state=random_state)
        verdict = "changed" if look.verdict == "changed" else "as_expected"
        return _row(
            "likelihood",
            ALL,
            n,
            value=look.value,
            expected=look.expected,
            p=look.p,
            compared_with="grouping",
            verdict=verdict,
        )
    p = None
    if min(n, before.grouped) >= LEAST_FAMILIES and (now.fit_deviation > 0 or before.fit_deviation > 0):
        told = scipy.stats.ttest_ind_from_stats(
            now.fit_mean, now.fit_deviation, n, before.fit_mean, before.fit_deviation, before.grouped,
            equal_var=False, alternative="less",
        )  # fmt: skip
        p = float(told.pvalue)
    return _row(
        "likelihood",
        ALL,
        n,
        value=now.fit_mean if n else None,
        expected=before.fit_mean if before.grouped else None,
        p=p,
        verdict=_verdict(p, n, before.grouped),
    )
