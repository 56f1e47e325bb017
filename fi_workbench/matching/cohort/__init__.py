"""From stored tables to the cohort of a question card: who is in it, in which arm, and what became of them.

GRAIN of a cohort: one row per family and decision. Families that cannot be compared leave, and every one that leaves
is counted with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.matching.cards import USUAL_SUPPORT, QuestionCard
from fi_workbench.matching.cohort.controls import CONTROL, Partners, with_control
from fi_workbench.matching.cohort.covariates import covariates
from fi_workbench.matching.cohort.decisions import OTHER, arms, family_episodes, time_zeros
from fi_workbench.matching.cohort.outcomes import KEYS, Records, is_binary, with_outcome
from fi_workbench.matching.cohort.timing import TIMED, check_timing

__all__ = ["READS", "Cohort", "build_cohort", "check_timing", "decided"]

READS: tuple[str, ...] = ("episodes", "family_members", "people", "need_profiles", "intervention_spells")
ALL = "all"
"""The segment of every family where nothing is grouped."""


@dataclass(frozen=True)
class Cohort:
    """Families that are compared, ready to be estimated from.

    Attributes:
        card: the question.
        rows: `decision` (a number), `arm`, `segment`, `household`, `worker`, then `outcome` (0 or 1) or `days` and
            `event` (0 censored, 1 outcome, 2 competing), `control` (0 or 1, null where not known), then the
            covariates. GRAIN one row per family and decision.
        timed: day of time zero, of the offer and of the outcome for each decision: stays in the identifiable zone.
        flow: `step`, `n`: how many families and decisions each step left, in order. GRAIN one row per step.
    """

    card: QuestionCard
    rows: pl.DataFrame = field(repr=False)
    timed: pl.DataFrame = field(repr=False)
    flow: pl.DataFrame

    @property
    def blocks(self) -> dict[str, tuple[str, ...]]:
        """The covariates by the names of the diagram, in the order of the card."""
        return {name: self.card.covariates[name] for name in self.card.adjust_for}

    @property
    def arms(self) -> tuple[str, ...]:
        """Arm 0 and the arms that somebody was offered, in the order of the card."""
        there = set(self.rows["arm"].to_list())
        return (USUAL_SUPPORT, *[arm for arm in self.card.arms if arm in there])

    @property
    def horizon_days(self) -> int | None:
        """The horizon where the outcome has a day, else None."""
        return None if is_binary(self.card) else self.card.outcome.horizon_days


def decided(card: QuestionCard, held: pl.DataFrame) -> pl.DataFrame:
    """Families and decisions before anybody leaves: `family_id`, `time_zero`. For segments at the decision date."""
    return time_zeros(card, held)


def build_cohort(
    card: QuestionCard,
    *,
    episodes: pl.DataFrame,
    family_members: pl.DataFrame,
    people: pl.DataFrame,
    need_profiles: pl.DataFrame,
    intervention_spells: pl.DataFrame,
    as_at: date,
    records_from: date,
    segments: pl.DataFrame | None = None,
    allocations: pl.DataFrame | None = None,
    attendance: pl.DataFrame | None = None,
    housing: pl.DataFrame | None = None,
) -> Cohort:
    """Make the cohort of a card.

    Families that have the outcome, or can no longer have it, within the grace window leave in every arm alike:
    until the window is over nobody's arm is settled.

    Args:
        card: the question.
        episodes: contract `episodes`.
        family_members: contract `family_members`.
        people: contract `people`.
        need_profiles: contract `need_profiles`, made with a look-back over the whole record.
        intervention_spells: contract `intervention_spells`, codes as in the catalogue.
        as_at: what is known up to this day counts.
        records_from: the first day on which the sources are whole; decisions before it are not taken.
        segments: `family_id`, `time_zero`, `segment` as at the decision; all in one segment when None.
        allocations: source table with `person_id` in place of the case number, for the lead practitioner.
        attendance: as `Records.attendance`; needed by the card on school attendance alone.
        housing: as `controls.Partners.housing`; without it no negative control of that kind is known.

    Raises:
        MatchingError: clocks that cannot be compared, as `check_timing` says.
    """
    held = family_episodes(episodes, family_members)
    flow: list[tuple[str, int]] = []

    def step(rows: pl.DataFrame, told: str, keep: pl.Expr | None = None) -> pl.DataFrame:
        kept = rows if keep is None else rows.filter(keep)
        flow.append((told, kept.height))
        return kept

    rows = step(time_zeros(card, held), "families come to the decision")
    followed = card.outcome.horizon_days if is_binary(card) else card.grace_days + 1
    last = pl.lit(as_at).dt.offset_by(f"-{followed}d")
    rows = step(rows, "within the days that records cover", pl.col("time_zero").is_between(pl.lit(records_from), last))
    known = covariates(
        rows, held=held, need_profiles=need_profiles, family_members=family_members, people=people
    ).with_columns(pl.col("ages").fill_null(pl.lit([], dtype=pl.List(pl.Int64))))
    rows = rows.join(known, on=KEYS, how="left", maintain_order="left")
    fits = pl.col("ages").list.eval(pl.element().is_between(*card.ages)).list.any()
    rows = step(rows, "a child of the card's ages", fits)
    offered = arms(card, rows.select(KEYS), offers=intervention_spells, family_members=family_members)
    rows = rows.join(offered, on=KEYS, how="left", maintain_order="left")
    rows = step(rows, "no intervention of before goes on", ~pl.col("already"))
    rows = step(rows, "offered an arm of the card or nothing", pl.col("arm") != OTHER)
    records = Records(held, attendance if attendance is not None else _NO_ATTENDANCE)
    rows = rows.join(with_outcome(rows.select(KEYS), records, card), on=KEYS, how="left", maintain_order="left")
    if is_binary(card):
        rows = step(rows, "outcome known", pl.col("outcome").is_not_null())
        rows = rows.with_columns(outcome_on=pl.lit(None, pl.Date))
    else:
        early = pl.min_horizontal("outcome_on", "competing_on") - pl.col("time_zero")
        rows = step(rows, "nothing settled within the grace window", _not_within(early, card.grace_days))
        rows = _time_to_event(rows, card, as_at)
    rows = rows.with_columns(clock=pl.lit(card.time_zero), household=pl.col("family_id"))
    timed = rows.select(*TIMED, "family_id")
    check_timing(timed, card)
    partners = Partners(records.attendance, housing if housing is not None else _NO_HOUSING, as_at)
    rows = rows.join(with_control(rows.select(KEYS), partners, card), on=KEYS, how="left", maintain_order="left")
    rows = _with_segment(rows, segments)
    rows = _with_worker(rows, allocations, family_members)
    kept = ["outcome"] if is_binary(card) else ["days", "event"]
    chosen = rows.with_row_index("decision").select(
        "decision", "arm", "segment", "household", "worker", *kept, CONTROL, *card.columns
    )
    return Cohort(card, chosen, timed, pl.DataFrame(flow, schema={"step": pl.String, "n": pl.Int64}, orient="row"))


_NO_ATTENDANCE = pl.DataFrame(
    schema={
        "family_id": pl.String,
        "person_id": pl.String,
        "week_start": pl.Date,
        "possible": pl.Int64,
        "missed": pl.Int64,
    }
)
_NO_HOUSING = pl.DataFrame(
    schema={"family_id": pl.String, "event": pl.String, "start_date": pl.Date, "end_date": pl.Date}
)


def _not_within(wait: pl.Expr, days: int) -> pl.Expr:
    return wait.is_null() | (wait.dt.total_days() > days)


def _time_to_event(rows: pl.DataFrame, card: QuestionCard, as_at: date) -> pl.DataFrame:
    """Days to whichever comes first: the outcome, what competes with it, the horizon, the end of the records."""
    day = {name: (pl.col(name) - pl.col("time_zero")).dt.total_days() for name in ("outcome_on", "competing_on")}
    until = pl.min_horizontal(
        (pl.lit(as_at) - pl.col("time_zero")).dt.total_days(), pl.lit(card.outcome.horizon_days, pl.Int64)
    )
    first = pl.min_horizontal(*day.values())
    happened = first.is_not_null() & (first <= until)
    is_outcome = happened & (day["outcome_on"] == first)
    return rows.with_columns(
        days=pl.when(happened).then(first).otherwise(until).cast(pl.Float64),
        event=pl.when(is_outcome.fill_null(value=False)).then(1).when(happened).then(2).otherwise(0).cast(pl.Int64),
    )


def _with_segment(rows: pl.DataFrame, segments: pl.DataFrame | None) -> pl.DataFrame:
    if segments is None:
        return rows.with_columns(segment=pl.lit(ALL))
    joined = rows.join(segments.select(*KEYS, "segment"), on=KEYS, how="left", maintain_order="left")
    return joined.with_columns(pl.col("segment").fill_null("not_grouped"))


def _with_worker(rows: pl.DataFrame, allocations: pl.DataFrame | None, family_members: pl.DataFrame) -> pl.DataFrame:
    if allocations is None:
        return rows.with_columns(worker=pl.lit(None, pl.String))
    members = family_members.filter(pl.col("role") == "child").select("person_id", "family_id").unique()
    at_time_zero = (pl.col("start_date") <= pl.col("time_zero")) & (
        pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("time_zero"))
    )
    workers = (
        rows.select(KEYS)
        .join(members, on="family_id")
        .join(allocations.filter(pl.col("role") == "lead_practitioner"), on="person_id")
        .filter(at_time_zero)
        .sort("start_date", "worker_id", descending=[True, False])
        .group_by(KEYS, maintain_order=True)
        .agg(worker=pl.col("worker_id").first())
    )
    return rows.join(workers, on=KEYS, how="left", maintain_order="left")
