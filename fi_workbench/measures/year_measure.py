"""What a measure of a year is: of whom, how many, over which days, who says so, and what it is never read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.measures.clock import Authority

Period = Literal["year", "day", "followed"]
ADULT = 18
NO_END_RECORDED = "absent_from_later_return"
"""How an episode ended that no later return lists and no return ended: the day is not known."""


@dataclass(frozen=True)
class Published:
    """A national figure made by the same definition.

    Attributes:
        n: how many, in England.
        of: of how many.
        in_100: as published; counts are published rounded, so it can differ from `n` by `of` in the last digit.
        year: the year to 31 March.
        source: where it is published.
    """

    n: int
    of: int
    in_100: float
    year: int
    source: str

    def __str__(self) -> str:
        """As in a list of definitions.

        Example:
            >>> str(Published(139080, 621880, 22.4, 2024, "Children in need"))
            '22.4 of 100 (139,080 of 621,880, year to March 2024)'
        """
        return f"{self.in_100:g} of 100 ({self.n:,} of {self.of:,}, year to March {self.year})"

    @property
    def short(self) -> str:
        """As in a cell.

        Example:
            >>> Published(1270, 49900, 2.6, 2024, "Children in need").short
            '2.6 of 100'
        """
        return f"{self.in_100:g} of 100"


@dataclass(frozen=True)
class YearMeasure:
    """One measure: of so many, so many.

    Attributes:
        id: as in `year_measures`.
        label: for people.
        whom: of whom it is a part, in the plural.
        rule: what is counted, as a sentence.
        period: events of a year, what stands on its last day, or events of the year before it, each followed.
        authority: regulation, guidance or local.
        source: where it is written.
        feeds: sources it cannot do without; of each group, one is enough.
        looks_back: months before the last day that every source must cover.
        in_force_from: since when the rule is as it is.
        in_force_to: until when; empty while it lasts.
        never_from: what must not stand in for it.
        note: what a reader has to know, as a sentence.
        england: the national figure by the same definition, where one is published.
    """

    id: str
    label: str
    whom: str
    rule: str
    period: Period
    authority: Authority
    source: str
    feeds: tuple[tuple[str, ...], ...]
    looks_back: int
    in_force_from: date
    in_force_to: date | None = None
    never_from: str = ""
    note: str = ""
    england: Published | None = None


@dataclass(frozen=True)
class Days:
    """The days of a measure: after `first`, up to and with `last`, the last one that its sources cover."""

    first: date
    last: date

    def within(self, column: str) -> pl.Expr:
        """Whether a date lies in these days."""
        return (pl.col(column) > self.first) & (pl.col(column) <= self.last)

    def open(self, start: str = "start", end: str = "end") -> pl.Expr:
        """Whether a spell lasts at the end of the last day."""
        return (pl.col(start) <= self.last) & (pl.col(end).is_null() | (pl.col(end) > self.last))


@dataclass(frozen=True)
class Count:
    """Of so many, so many, and of how many nobody knows; the unknown are among the many."""

    of: int
    n: int
    n_unknown: int = 0


def count_of(rows: pl.DataFrame, holds: pl.Expr) -> Count:
    """Count rows for which something holds, and those for which it is not known.

    Args:
        rows: one row per event or child that the measure is about.
        holds: yes, no, or null where the record does not say.

    Example:
        >>> count_of(pl.DataFrame({"late": [True, False, None]}), pl.col("late"))
        Count(of=3, n=1, n_unknown=1)
    """
    n, unknown = rows.select(holds.sum().alias("n"), holds.is_null().sum().alias("unknown")).row(0)
    return Count(of=rows.height, n=int(n or 0), n_unknown=int(unknown))


def months_before(day: date, months: int) -> date:
    """The day so many months before, or the last of that month where it has no such day.

    Example:
        >>> months_before(date(2026, 8, 31), 6)
        datetime.date(2026, 2, 28)
    """
    found = pl.select(pl.lit(day).dt.offset_by(f"-{months}mo")).item()
    assert isinstance(found, date)  # noqa: S101 - polars says so
    return found


def counted_people(people: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Everyone with an episode, by case reference: restricted people and families have none.

    Whoever is 18 by now still counts in what happened before; `holders` knows the children of the last weeks alone.

    Args:
        people: `person_id`, `case_reference`.
        episodes: contract `episodes`.

    Returns:
        One row per person: `person_id`, `case_reference`.
    """
    return people.select("person_id", "case_reference").join(episodes, on="person_id", how="semi").drop_nulls()


def children_on(people: pl.DataFrame, episodes: pl.DataFrame, day: date) -> pl.DataFrame:
    """The episodes of whoever was not yet 18 on a day: a plan or care that nobody ended is no longer a child's.

    Args:
        people: `person_id`, `birth_date`; without a date of birth somebody stays.
        episodes: contract `episodes`.
        day: the day.
    """
    grown = people.filter(birthday("birth_date", ADULT) <= day).select("person_id")
    return episodes.join(grown, on="person_id", how="anti")
