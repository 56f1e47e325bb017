"""What each source covers, and whether that is enough to tell something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.measures.words import day

NOUNS = {
    "cin_census": "children in need census",
    "ssda903": "looked after return (SSDA903)",
    "visits": "visit list",
    "meetings": "meeting list",
    "supervision": "supervision list",
    "roster": "roster",
    "worker_leave": "leave list",
    "allocations": "allocation list",
    "restricted": "list of restricted records",
    "annex_a": "Annex A list",
    "missing_episodes": "list of missing children",
    "case_people": "list of people",
    "case_relationships": "list of relationships",
    "case_referrals": "referral list",
    "intervention_referrals": "list of intervention referrals",
    "police_notifications": "police list",
    "school_attendance": "school attendance list",
    "school_exclusions": "school exclusion list",
    "housing": "housing list",
    "health_visiting": "health visiting list",
    "adult_services": "adult services list",
    "early_help": "early help list",
    "youth_justice": "youth justice list",
}
"""What people call each source in a sentence."""

TELLS = {
    "cin_census": "referrals, assessments and plans",
    "ssda903": "looked after children's dates",
    "visits": "visits",
    "meetings": "core groups and reviews",
    "supervision": "supervision",
    "roster": "units and their workers",
    "worker_leave": "who is on leave",
    "allocations": "who holds each child",
    "case_referrals": "this week's referrals",
    "intervention_referrals": "help offered and taken up",
    "police_notifications": "police events",
    "school_attendance": "school attendance",
    "school_exclusions": "school exclusions",
    "housing": "housing events",
    "health_visiting": "health visits",
    "adult_services": "adult services' involvement",
    "early_help": "early help",
    "youth_justice": "youth justice",
    "missing_episodes": "interviews after a return",
}
"""What cannot be told without each source."""


@dataclass(frozen=True)
class Coverage:
    """One source at the week's pin.

    Attributes:
        held_back: rows of the deliveries in force that broke a rule and wait for a person.
    """

    source: str
    loaded: bool
    as_of: date | None = None
    covers_from: date | None = None
    covers_to: date | None = None
    state: str = "absent"
    held_back: int = 0

    @property
    def noun(self) -> str:
        """What people call it."""
        return NOUNS.get(self.source, self.source.replace("_", " "))


class Sources:
    """The week's sources, asked by the measures whether they can tell.

    Args:
        freshness: contract `source_freshness`.
        as_at: the week's Sunday.
        stale_days: a source older than this cannot say what is due now, however seldom it is delivered.
    """

    def __init__(self, freshness: pl.DataFrame, *, as_at: date, stale_days: int) -> None:
        self._as_at = as_at
        self._stale = timedelta(days=stale_days)
        self._rows = {row["source"]: _coverage(row) for row in freshness.iter_rows(named=True)}

    def __getitem__(self, source: str) -> Coverage:
        """One source; one that nobody knows of counts as never loaded."""
        return self._rows.get(source) or Coverage(source, loaded=False)

    def known(self) -> tuple[Coverage, ...]:
        """Every source that a contract knows, by name."""
        return tuple(self._rows[name] for name in sorted(self._rows))

    def latest(self, alternatives: Iterable[str]) -> Coverage:
        """Of sources that can stand in for each other, the one that reaches furthest."""
        found = [self[source] for source in alternatives]
        return max(found, key=lambda each: (each.loaded, each.covers_to or date.min))

    def reach(self, groups: Iterable[Iterable[str]]) -> date | None:
        """The last day that every group of alternatives covers; None when one was never loaded."""
        reached = [self.latest(group).covers_to for group in groups]
        known = [each for each in reached if each is not None]
        return min(known) if known and len(known) == len(reached) else None

    def current(self, source: str) -> bool:
        """Whether a source is recent enough to say what is due now."""
        covers_to = self[source].covers_to
        return covers_to is not None and covers_to >= self._as_at - self._stale

    def why_not(self, groups: Iterable[Iterable[str]], *, since: date | None = None) -> str | None:
        """Say why something cannot be told, or None when it can.

        Args:
            groups: sources it needs; of each group one is enough.
            since: the first day that must be covered by the end of the sources; unset, they must be current.
        """
        for group in groups:
            best = self.latest(group)
            if not best.loaded or best.covers_to is None:
                tells = TELLS.get(best.source, "this")
                return f"No {best.noun} has been loaded, so {tells} cannot be told."
            if best.covers_to < (since or self._as_at - self._stale):
                return f"The {best.noun} ends on {day(best.covers_to)}: too early to tell."
        return None

    def covers(self, source: str, *, since: date) -> bool:
        """Whether a source covers every day from `since` until it may be called current."""
        covers_from = self[source].covers_from
        return self.current(source) and covers_from is not None and covers_from <= since

    def begins(self, source: str, earliest: date | None) -> date | None:
        """The first day a source covers; where it does not say, the earliest day it has a row for."""
        return self[source].covers_from or earliest


def _coverage(row: dict[str, object]) -> Coverage:
    as_of, covers_to = row["as_of"], row["coverage_to"]
    known = [value for value in (as_of, covers_to) if isinstance(value, date)]
    covers_from = row["coverage_from"]
    return Coverage(
        source=str(row["source"]),
        loaded=bool(row["loaded"]),
        as_of=as_of if isinstance(as_of, date) else None,
        covers_from=covers_from if isinstance(covers_from, date) else None,
        # A source covers no day after the day it was drawn.
        covers_to=min(known) if known and row["loaded"] else None,
        state=str(row["state"]),
        held_back=n if isinstance(n := row.get("n_quarantined"), int) else 0,
    )
