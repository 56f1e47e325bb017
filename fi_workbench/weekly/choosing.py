"""Which week is made when nobody names one: the latest that is over by the clock and that extracts tell of.

The clock has a say because dates of deliveries alone do not make a week end: a partner's small file of a Tuesday would
begin the week that ends on Sunday, and a mistyped year in a name would begin one of another century. A week that a
person names may be made before it is over, as on a Friday evening with that day's extracts; it is provisional then, and
is pinned again once it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.display.prose import day
from fi_workbench.errors import WorkbenchError
from fi_workbench.store import Lake
from fi_workbench.weekly.workspace import Workspace


@dataclass(frozen=True)
class Uncovered:
    """Days that are over and that no extract covers.

    Attributes:
        newest: the last day that an extract covers.
        expected: whether nobody has to look into it: a synthetic authority has no later extracts.
    """

    first: date
    last: date
    newest: date
    expected: bool

    def __str__(self) -> str:
        """What is missing, and what to do."""
        told = f"No extract covers {day(self.first)} to {day(self.last)}. The newest ends on {day(self.newest)}"
        if self.expected:
            return f"{told}, as the synthetic authority was made up to then."
        return (
            f"{told}: see whether extracts still lie where they come from, and whether they are refused or held "
            "(`fi-workbench load`)."
        )


def last_over(today: date) -> ReportingWeek:
    """The latest week whose Sunday is past."""
    return ReportingWeek.of(today).shift(-1)


def is_over(week: ReportingWeek, today: date) -> bool:
    """Whether a week's Sunday is past."""
    return today > week.sunday


def choose_week(workspace: Workspace, week: str | None, *, at: datetime) -> ReportingWeek:
    """The week asked for, or the latest that is over and that an as-of date of a source lies in (never an event date).

    Args:
        workspace: an open workspace.
        week: as 2026-W47; None where nobody names one.
        at: now.

    Raises:
        WorkbenchError: nothing is loaded, nothing covers the week asked for, or no week that is over.
        WrongUseError: the text is not a week.
    """
    asked = ReportingWeek.parse(week) if week else None
    days = workspace.lake.ledger()["as_of"]
    if days.is_empty():
        raise WorkbenchError(
            "Nothing has been loaded yet, so there is no week to make.",
            where=str(asked) if asked else "the lake",
            next_step="Put extracts into extracts/<source>/ and run `fi-workbench load`.",
        )
    over = last_over(workspace.today(at))
    newest = _latest(days, asked.sunday if asked else over.sunday)
    if newest is not None:
        return asked or ReportingWeek.of(newest)
    first = ReportingWeek.of(min(days.to_list()))
    if asked:
        latest = _latest(days, over.sunday)
        told = f" (the latest is {ReportingWeek.of(latest)})" if latest else ""
        raise WorkbenchError(
            "No extract tells anything about this week: all were made for later dates.",
            where=str(asked),
            next_step=f"Choose a later week{told}, or load older extracts.",
        )
    raise WorkbenchError(
        f"No extract covers a week that is over: the first is for {first}, which ends on {day(first.sunday)}.",
        where="the lake",
        next_step=f"Wait until then. `--week {first}` makes it before; it is pinned again once it is over.",
    )


def newest_day(lake: Lake, today: date) -> date | None:
    """The last day that an extract covers; a day that has not come, as by a mistyped year, is no such day."""
    return _latest(lake.ledger()["as_of"], today)


def uncovered(workspace: Workspace, at: datetime) -> Uncovered | None:
    """The weeks up to the last one over that no extract covers, as when a feed stopped; None where there is none."""
    today = workspace.today(at)
    over, newest = last_over(today), newest_day(workspace.lake, today)
    if newest is None or ReportingWeek.of(newest) >= over:
        return None
    authority = workspace.settings.authority
    # A synthetic authority sends nothing after the day that it was made up to: no person waits for its extracts.
    expected = authority.synthetic and authority.synthetic_until is not None and newest >= authority.synthetic_until
    return Uncovered(ReportingWeek.of(newest).sunday + timedelta(days=1), over.sunday, newest, expected)


def _latest(days: pl.Series, until: date) -> date | None:
    latest = days.filter(days <= until).max()
    return latest if isinstance(latest, date) else None
