"""How each outcome of a question card is read from episodes: its day, what competes with it, and how it ends.

Every function takes the decisions (`family_id`, `time_zero`) and gives them back with `outcome_on` and
`competing_on` (Date, null where it did not happen), or, for outcomes known only at the horizon, with `outcome`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from fi_workbench.matching.cards import QuestionCard
from fi_workbench.matching.cohort.decisions import PLANS

KEYS = ["family_id", "time_zero"]
REFERRALS = ("referral", "contact_nfa")
YEAR_DAYS = 365
LEFT = ("RC2", "RC5", "RC6")
"""Reasons for closure after which no referral can come: death, another authority, adult services."""
PLANNED, UNPLANNED = "E4A", "E4B"
LEAST_SESSIONS = 50
PERSISTENT = 0.10
"""Persistent absence: a tenth or more of the possible sessions missed (DfE)."""


@dataclass(frozen=True)
class Records:
    """What outcomes are read from.

    Attributes:
        held: as `decisions.family_episodes` makes it.
        attendance: GRAIN one row per child and week: `family_id`, `person_id`, `week_start`, `possible`, `missed`;
            empty where no school sends it.
    """

    held: pl.DataFrame = field(repr=False)
    attendance: pl.DataFrame = field(repr=False)


Reader = Callable[[pl.DataFrame, Records, QuestionCard], pl.DataFrame]


def with_outcome(decisions: pl.DataFrame, records: Records, card: QuestionCard) -> pl.DataFrame:
    """The decisions with the card's outcome.

    Returns:
        The decisions and `outcome_on`, `competing_on` (Date) or `outcome` (Float64, null where not known).
    """
    return READERS[card.outcome.name](decisions, records, card)


def is_binary(card: QuestionCard) -> bool:
    """Whether the outcome is known only at the horizon, so that it has no day."""
    return card.outcome.name in {"plan_ended_not_repeated", "school_attendance", "in_care"}


def _first(decisions: pl.DataFrame, days: pl.DataFrame, name: str) -> pl.DataFrame:
    """The first of some days of the family after time zero."""
    after = (
        decisions.join(days, on="family_id")
        .filter(pl.col("day") > pl.col("time_zero"))
        .group_by(KEYS)
        .agg(pl.col("day").min().alias(name))
    )
    return decisions.join(after, on=KEYS, how="left", maintain_order="left")


def _left_on(held: pl.DataFrame) -> pl.DataFrame:
    """Days on which a family's last open case closed because it can have no further referral."""
    cases = held.filter(pl.col("kind") == "child_in_need")
    gone = cases.filter(pl.col("end_detail").is_in(LEFT)).select("family_id", day="end")
    still = gone.join(cases.select("family_id", "start", "end"), on="family_id").filter(
        pl.col("start") <= pl.col("day"), pl.col("end").is_null() | (pl.col("end") > pl.col("day"))
    )
    return gone.join(still.select("family_id", "day").unique(), on=["family_id", "day"], how="anti").unique()


def _re_referral_dfe(decisions: pl.DataFrame, records: Records, _card: QuestionCard) -> pl.DataFrame:
    referred = _referral_days(records.held)
    before = pl.col("day").shift(1).over("family_id", order_by="day")
    again = referred.filter((pl.col("day") - before).dt.total_days() <= YEAR_DAYS)
    return _first(_first(decisions, again, "outcome_on"), _left_on(records.held), "competing_on")


def _re_referral_strict(decisions: pl.DataFrame, records: Records, _card: QuestionCard) -> pl.DataFrame:
    cases = records.held.filter(pl.col("kind") == "child_in_need").select("family_id", "start", "end")
    referred = _referral_days(records.held)
    still = (
        referred.join(cases, on="family_id")
        .filter(pl.col("start") < pl.col("day"), pl.col("end").is_null() | (pl.col("end") >= pl.col("day")))
        .select("family_id", "day")
        .unique()
    )
    after_closure = referred.join(still, on=["family_id", "day"], how="anti")
    return _first(_first(decisions, after_closure, "outcome_on"), _left_on(records.held), "competing_on")


def _referral_days(held: pl.DataFrame) -> pl.DataFrame:
    return held.filter(pl.col("kind").is_in(REFERRALS)).select("family_id", day="start").unique()


def _reunification(reason: str) -> Reader:
    def read(decisions: pl.DataFrame, records: Records, _card: QuestionCard) -> pl.DataFrame:
        care = records.held.filter(pl.col("kind") == "looked_after")
        ends = decisions.join(care, left_on=KEYS, right_on=["family_id", "start"]).drop_nulls("end")
        so = pl.col("end_detail") == reason
        told = ends.group_by(KEYS).agg(
            outcome_on=pl.col("end").filter(so).min(), competing_on=pl.col("end").filter(~so | so.is_null()).min()
        )
        return decisions.join(told, on=KEYS, how="left", maintain_order="left")

    return read


def _step_down(decisions: pl.DataFrame, records: Records, _card: QuestionCard) -> pl.DataFrame:
    plans = records.held.filter(pl.col("kind") == "child_protection_plan")
    care = records.held.filter(pl.col("kind") == "looked_after").select("family_id", day="start")
    ends = (
        decisions.join(plans, left_on=KEYS, right_on=["family_id", "start"])
        .group_by(KEYS)
        .agg(outcome_on=pl.when(pl.col("end").null_count() == 0).then(pl.col("end").max()))
    )
    told = decisions.join(ends, on=KEYS, how="left", maintain_order="left")
    return _first(told, care, "competing_on")


def _plan_ended_not_repeated(decisions: pl.DataFrame, records: Records, card: QuestionCard) -> pl.DataFrame:
    horizon = pl.col("time_zero").dt.offset_by(f"{card.outcome.horizon_days}d")
    later = decisions.join(
        records.held.filter(pl.col("kind").is_in([*PLANS, "looked_after"])), on="family_id"
    ).with_columns(horizon=horizon)
    is_plan = pl.col("kind").is_in(PLANS)
    mine = is_plan & (pl.col("start") == pl.col("time_zero"))
    still = (pl.col("start") <= pl.col("horizon")) & (pl.col("end").is_null() | (pl.col("end") > pl.col("horizon")))
    first_end = pl.col("end").filter(mine).max()
    again = is_plan & (pl.col("start") > pl.col("time_zero")) & (pl.col("start") <= pl.col("horizon"))
    told = later.group_by(KEYS).agg(
        open_then=still.any(), repeated=(again & (pl.col("start") > first_end)).fill_null(value=False).any()
    )
    return decisions.join(
        told.select(*KEYS, outcome=(~pl.col("open_then") & ~pl.col("repeated")).cast(pl.Float64)),
        on=KEYS,
        how="left",
        maintain_order="left",
    )


def _in_care(decisions: pl.DataFrame, records: Records, card: QuestionCard) -> pl.DataFrame:
    """Whether a child is looked after on the last day; not known of a family that left the records before it."""
    until = pl.col("time_zero").dt.offset_by(f"{card.outcome.horizon_days}d")
    care = records.held.filter(pl.col("kind") == "looked_after").select("family_id", "start", "end")
    there = (pl.col("start") <= until) & (pl.col("end").is_null() | (pl.col("end") > until))
    held = decisions.join(care, on="family_id").group_by(KEYS).agg(cared_for=there.any())
    left = _first(decisions, _left_on(records.held), "left_on").select(*KEYS, gone=pl.col("left_on") <= until)
    told = left.join(held, on=KEYS, how="left").with_columns(pl.col("cared_for", "gone").fill_null(value=False))
    outcome = pl.when(pl.col("cared_for") | ~pl.col("gone")).then(pl.col("cared_for").cast(pl.Float64))
    return decisions.join(told.select(*KEYS, outcome=outcome), on=KEYS, how="left", maintain_order="left")


def _school_attendance(decisions: pl.DataFrame, records: Records, card: QuestionCard) -> pl.DataFrame:
    return persistently_absent(decisions, records.attendance, (1, card.outcome.horizon_days), "outcome")


def persistently_absent(
    decisions: pl.DataFrame, attendance: pl.DataFrame, days: tuple[int, int], name: str
) -> pl.DataFrame:
    """Whether a child of the family was persistently absent in some days, counted from time zero.

    Args:
        decisions: `family_id`, `time_zero`.
        attendance: as `Records.attendance`.
        days: the first and the last.
        name: of the column.

    Returns:
        The decisions with that column (Float64, 0 or 1; null where no child had enough possible sessions).
    """
    day = (pl.col("week_start") - pl.col("time_zero")).dt.total_days()
    told = (
        decisions.join(attendance, on="family_id")
        .filter(day.is_between(*days))
        .group_by(*KEYS, "person_id")
        .agg(pl.col("possible").sum(), pl.col("missed").sum())
        .filter(pl.col("possible") >= LEAST_SESSIONS)
        .group_by(KEYS)
        .agg((pl.col("missed") >= PERSISTENT * pl.col("possible")).any().cast(pl.Float64).alias(name))
    )
    return decisions.join(told, on=KEYS, how="left", maintain_order="left")


READERS: Mapping[str, Reader] = {
    "re_referral_dfe": _re_referral_dfe,
    "re_referral_strict": _re_referral_strict,
    "reunification_planned": _reunification(PLANNED),
    "reunification_unplanned": _reunification(UNPLANNED),
    "step_down": _step_down,
    "plan_ended_not_repeated": _plan_ended_not_repeated,
    "school_attendance": _school_attendance,
    "in_care": _in_care,
}
