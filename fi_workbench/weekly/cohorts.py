"""The cohort of a question card, from what a week knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from fi_workbench import needs
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import OWN_CONTRACTS
from fi_workbench.errors import WorkbenchError
from fi_workbench.matching.cards import QuestionCard, read_cards
from fi_workbench.matching.cohort import READS as COHORT_READS
from fi_workbench.matching.cohort import Cohort, build_cohort
from fi_workbench.resources import shipped
from fi_workbench.store import Lake, Run
from fi_workbench.weekly.workspace import Workspace

OWN_QUESTIONS = "questions"
WHOLE_RECORD_DAYS = 36_500
_MADE = ("episodes", "family_members", "people", "families", "partner_people", "source_freshness")
_STRAY = 0.01
"""Records are whole from the day before which only so few of the assessments lie."""


def cards_of(workspace: Workspace) -> dict[str, QuestionCard]:
    """The shipped question cards and the workspace's own, by id; its own take the place of shipped ones.

    Raises:
        MatchingError: a card cannot be used.
    """
    return cards_in(workspace.folder)


def cards_in(folder: Path) -> dict[str, QuestionCard]:
    """The same for a workspace's folder."""
    own = folder / OWN_CONTRACTS / OWN_QUESTIONS
    cards = read_cards(shipped("data_contracts") / "questions")
    return cards | (read_cards(own) if own.is_dir() else {})


@dataclass(frozen=True)
class Records:
    """What every cohort of a week is made from. It holds families' rows and stays with the analyst.

    Attributes:
        frames: the week's tables.
        profiles: need profiles that look back over the whole record.
        as_at: what is known up to this day counts.
    """

    frames: Mapping[str, pl.DataFrame] = field(repr=False)
    profiles: pl.DataFrame = field(repr=False)
    as_at: date

    def cohort(self, card: QuestionCard, segments: pl.DataFrame | None = None) -> Cohort:
        """Make the cohort of a card.

        Args:
            card: the question.
            segments: of each family as at its decision; all in one where None.

        Raises:
            MatchingError: clocks that cannot be compared.
        """
        frames = self.frames
        own = frames["people"].select("person_id", child_id="case_reference")
        return build_cohort(
            card,
            **{name: frames[name] for name in COHORT_READS if name != "need_profiles"},
            need_profiles=self.profiles,
            as_at=self.as_at,
            records_from=_records_from(frames["episodes"], self.as_at),
            segments=segments,
            allocations=frames["allocations"].join(own, on="child_id", how="inner").drop("child_id"),
            attendance=_attendance(frames["school_attendance"], frames["partner_people"], frames["family_members"]),
            housing=_housing(frames["housing"], frames["partner_people"], frames["family_members"]),
        )


def records_of(frames: Mapping[str, pl.DataFrame], as_at: date) -> Records:
    """Ready a week's tables for cohorts.

    Args:
        frames: the tables of `matching.cohort.READS` and `needs.READS`, and `allocations`.
        as_at: the week's Sunday.
    """
    given = {name: frames[name] for name in needs.READS}
    made = needs.profile(**given, as_at=as_at, lookback_days=WHOLE_RECORD_DAYS)
    return Records(frames, made.need_profiles, as_at)


def cohort_of(workspace: Workspace, week: ReportingWeek, card: QuestionCard) -> Cohort:
    """Make the cohort of a card as a week knows it. It holds families' rows and stays with the analyst.

    Raises:
        WorkbenchError: the week has not been made.
        MatchingError: clocks that cannot be compared.
    """
    run = made_run(workspace.lake, week)
    frames = {name: _table(workspace.lake, week, run, name) for name in (*_MADE, "intervention_spells")}
    frames |= {name: workspace.lake.read(name, run.pin) for name in (*needs.READS, "allocations") if name not in frames}
    return records_of(frames, week.sunday).cohort(card)


def made_run(lake: Lake, week: ReportingWeek) -> Run:
    """The run of a week that has been made.

    Raises:
        WorkbenchError: there is none.
    """
    run = lake.current_run(str(week))
    if run is None:
        raise WorkbenchError(
            "This week has not been made, so there are no families to compare.",
            where=str(week),
            next_step=f"Run `fi-workbench weekly --week {week}` first.",
        )
    return run


def _table(lake: Lake, week: ReportingWeek, run: Run, name: str) -> pl.DataFrame:
    if name == "source_freshness":
        return lake.source_freshness(run.pin, at=week.sunday)
    return lake.read_week_table(str(week), name, run.run_id).drop("week")


def _records_from(episodes: pl.DataFrame, as_at: date) -> date:
    """From when assessments are on record: before, what a family needs could not be known."""
    started = episodes.filter(pl.col("kind") == "assessment")["start"].drop_nulls().sort()
    found = started[int(len(started) * _STRAY)] if len(started) else as_at
    return found if isinstance(found, date) else as_at


def _attendance(
    school_attendance: pl.DataFrame, partner_people: pl.DataFrame, family_members: pl.DataFrame
) -> pl.DataFrame:
    """GRAIN one row per child and week, tied to its family."""
    tied = partner_people.filter(pl.col("source") == "school_attendance").select("row_id", "person_id")
    members = family_members.filter(pl.col("role") == "child").select("person_id", "family_id").unique()
    missed = pl.sum_horizontal("sessions_authorised_absence", "sessions_unauthorised_absence")
    return (
        school_attendance.select(
            "row_id", "week_start", possible=pl.col("sessions_possible").cast(pl.Int64), missed=missed.cast(pl.Int64)
        )
        .join(tied, on="row_id")
        .join(members, on="person_id")
        .select("family_id", "person_id", "week_start", "possible", "missed")
    )


def _housing(housing: pl.DataFrame, partner_people: pl.DataFrame, family_members: pl.DataFrame) -> pl.DataFrame:
    """GRAIN one row per housing event and family that the person named belonged to when it began, or came to later."""
    tied = partner_people.filter(pl.col("source") == "housing").select("row_id", "person_id")
    members = family_members.select("person_id", "family_id", "valid_to")
    return (
        housing.select("row_id", "event", "start_date", "end_date")
        .join(tied, on="row_id")
        .join(members, on="person_id")
        .filter(pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("start_date")))
        .select("family_id", "event", "start_date", "end_date")
        .unique()
    )
