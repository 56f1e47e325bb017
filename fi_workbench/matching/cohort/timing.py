"""What a cohort must be before anything is estimated: one clock for every arm, and nothing from after it started.

These are the mistakes that make an intervention look good or bad whatever it does. Each is refused with counts, and
none is repaired: a cohort that has one was made wrongly.

Source:
    Hernan, Sauer and others, Journal of Clinical Epidemiology 79 (2016): specifying time zero to avoid immortal time.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from fi_workbench.errors import MatchingError
from fi_workbench.matching.cards import TIME_ZERO_WORDS, USUAL_SUPPORT, QuestionCard

TIMED = {
    "arm": pl.String,
    "clock": pl.String,
    "time_zero": pl.Date,
    "assigned_on": pl.Date,
    "outcome_on": pl.Date,
}
"""What is checked. GRAIN one row per family and decision. `clock` is the event that time zero was taken from,
`assigned_on` the day on which the arm was settled (the offer; null for usual support)."""


def check_timing(timed: pl.DataFrame, card: QuestionCard, *, covariate_days: Collection[str] = ()) -> None:
    """Refuse a cohort whose clocks cannot be compared.

    Args:
        timed: columns `TIMED`, and a Date column for each covariate whose day of recording is known.
        card: the question, with its grace window.
        covariate_days: those further columns.

    Raises:
        MatchingError: arms with different clocks, an outcome before time zero, a covariate after it, an arm settled
            after the grace window (or, without a window, after time zero at all). Counts, never values.
    """
    _one_clock(timed, card)
    after_start = pl.col("outcome_on") < pl.col("time_zero")
    _refuse(
        timed,
        after_start,
        "Some outcomes lie before time zero, so they cannot have come of what was offered.",
        card,
        "Take only outcomes after time zero, or families that did not have it yet.",
    )
    for column in covariate_days:
        _refuse(
            timed,
            pl.col(column) > pl.col("time_zero"),
            f"The covariate {column.removesuffix('_on')} was recorded after time zero, so what was offered may have "
            "changed it.",
            card,
            "Take what was recorded on or before time zero.",
        )
    offered = pl.col("arm") != USUAL_SUPPORT
    _refuse(
        timed,
        offered & (pl.col("assigned_on").is_null() | (pl.col("assigned_on") < pl.col("time_zero"))),
        "Some arms were settled before time zero or on no known day.",
        card,
        "Take offers made on or after time zero, each with its day.",
    )
    waited = offered & (pl.col("assigned_on") > pl.col("time_zero"))
    if card.grace_days == 0:
        _refuse(
            timed,
            waited,
            "Families waited between time zero and what they were offered, and the card has no grace window. While "
            "they waited nothing could happen to them, or they would count as usual support (immortal time).",
            card,
            "Set grace_days on the card; offers after it then count as usual support in every arm alike.",
        )
    late = offered & ((pl.col("assigned_on") - pl.col("time_zero")).dt.total_days() > card.grace_days)
    _refuse(
        timed,
        late,
        "Families were put in an arm by what happened after the grace window, so they had to stay free of the "
        "outcome to get there (immortal time).",
        card,
        f"Settle arms by offers within {card.grace_days} days of time zero; never by having started or finished.",
    )


def _one_clock(timed: pl.DataFrame, card: QuestionCard) -> None:
    clocks = timed.group_by("clock").agg(arms=pl.col("arm").n_unique(), n=pl.len()).sort("clock")
    if clocks.height > 1 or (clocks.height == 1 and clocks["clock"][0] != card.time_zero):
        raise MatchingError(
            f"The arms have different clocks, or another than the card's ({TIME_ZERO_WORDS[card.time_zero]}).",
            where=f"{card.id}: clocks {', '.join(str(clock) for clock in clocks['clock'])}",
            how_many=f"{clocks.height} clocks over {timed.height} families and decisions",
            next_step="Start every arm's clock at the same event; an arm's own start is never time zero.",
        )


def _refuse(timed: pl.DataFrame, wrong: pl.Expr, what: str, card: QuestionCard, next_step: str) -> None:
    n = int(timed.select(wrong.fill_null(value=False).sum()).item())
    if n:
        raise MatchingError(
            what, where=card.id, how_many=f"{n} of {timed.height} families and decisions", next_step=next_step
        )
