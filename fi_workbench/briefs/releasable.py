"""What every release asks first: a name, no hold, the week as it was made, who is known, and counts that agree."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from fi_workbench.briefs.folders import HELD, built_folder, read_json
from fi_workbench.briefs.guarding import Guard, make_guard
from fi_workbench.briefs.reconciling import RECONCILIATION, last_reconciliation
from fi_workbench.briefs.rendering import notice_page
from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import contracts_of
from fi_workbench.display.prose import day, sentence
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.settings import Settings
from fi_workbench.store import Lake


def check_named(by: str, act: str) -> None:
    """See that somebody answers for it.

    Raises:
        WrongUseError: no name.
    """
    if not by.strip():
        raise WrongUseError(f"A {act} needs a person's name.", where="--by")


def check_recalled(by: str, reason: str) -> None:
    """See that somebody takes it back, and says why.

    Raises:
        WrongUseError: no name or no reason.
    """
    check_named(by, "recall")
    if not reason.strip():
        raise WrongUseError("A recall needs a reason that readers will see.", where="--reason")


def taken_back(what: str, *, title: str, reason: str, at: datetime, settings: Settings, by: str = "") -> bytes:
    """The notice that stands where a page was.

    Args:
        what: what was taken back, in a word.
        title: of the notice.
        reason: why, in a sentence.
        at: when.
        settings: for the authority and whom to ask.
        by: who took it back; left out where anyone may read it.
    """
    name = f" by {by}" if by else ""
    return notice_page(
        title=title,
        authority=settings.authority.name,
        texts=[
            f"This {what} was taken back on {day(at.date())}{name}. Do not use it, and throw away printed copies.",
            f"Why: {sentence(reason)}",
            f"Ask {settings.briefs.contact} for a corrected one.",
        ],
    )


def check_not_held(workspace: Path, week: ReportingWeek) -> None:
    """See that the week did not fail its checks.

    Raises:
        BriefError: it did, and is held.
    """
    held = read_json(built_folder(workspace, week, "") / HELD)
    if held:
        raise BriefError(
            "This week failed its checks and is held: " + "; ".join(held["reasons"]) + ".",
            where=str(week),
            next_step="Mend what failed and build the briefs again.",
        )


def checked_counts(lake: Lake, week: ReportingWeek, run: str) -> pl.DataFrame | None:
    """Our counts beside the council's own, where somebody compared them; every difference has its reason.

    Returns:
        Contract `count_reconciliation`, or None where nobody compared.

    Raises:
        BriefError: a count differs and nobody said why.
    """
    counts = last_reconciliation(lake.decisions(RECONCILIATION), week=week, run=run)
    unexplained = 0 if counts is None else counts.filter(pl.col("state") == "no_reason").height
    if unexplained:
        raise BriefError(
            "Counts differ from the council's own, and nobody said why.",
            where=str(week),
            how_many=f"{unexplained} counts",
            next_step="Find the reasons and run `fi-workbench review reconcile` again.",
        )
    return counts


def settings_of_week(lake: Lake, week: ReportingWeek) -> Settings:
    """The settings that a week was made with.

    Raises:
        BriefError: it has not been made.
    """
    run = lake.current_run(str(week))
    if run is None:
        raise BriefError("This week has not been made.", where=str(week))
    return settings_of(run)


def guard_of_week(workspace: Path, lake: Lake, week: ReportingWeek, settings: Settings) -> Guard:
    """What looks for anybody who was known when a week was made.

    Raises:
        BriefError: it has not been made.
    """
    run = lake.current_run(str(week))
    if run is None:
        raise BriefError("This week has not been made.", where=str(week))
    return make_guard(lake, contracts_of(workspace), run.pin, settings)
