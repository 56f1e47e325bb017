"""Working days of England and Wales, and reporting weeks.

Statutory clocks count working days: Monday to Friday without the bank holidays of England and Wales. The day of
the event is day 0 and the due date is the nth working day after it. Council shut-down days and school holidays
count as working days. A date outside the years covered is refused rather than guessed. Nothing here asks what
day it is today.

Source:
    Working Together to Safeguard Children (timescales in working days); the bank holidays of "england-and-wales",
    one-off holidays included, as kept by the `holidays` package.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from fi_workbench.errors import CalendarError, WrongUseError
from fi_workbench.keeping import kept

FIRST_YEAR = 1990
LAST_YEAR = 2030
ONE = timedelta(days=1)
SATURDAY = 5

_WEEK = re.compile(r"^([0-9]{4})-[Ww]([0-9]{2})$")


@cache
def bank_holidays() -> tuple[date, ...]:
    """Every bank holiday of England and Wales in the years covered, in date order."""
    of = f"holidays {version('holidays')}, {FIRST_YEAR} to {LAST_YEAR}"
    return tuple(date.fromisoformat(day) for day in kept(of, Path(__file__), _looked_up))


def _looked_up() -> list[str]:
    import holidays  # noqa: PLC0415 - imports those of every country, which takes longer than a brief

    table = holidays.country_holidays("GB", subdiv="ENG", years=range(FIRST_YEAR, LAST_YEAR + 1))
    return [day.isoformat() for day in sorted(table)]


@cache
def _weekday_holidays() -> tuple[int, ...]:
    """Bank holidays from Monday to Friday, as ordinal days: those that take a working day away."""
    return tuple(day.toordinal() for day in bank_holidays() if day.weekday() < SATURDAY)


def _working_days_up_to(day: date) -> int:
    """Working days from the first Monday there was up to and including a day."""
    # In plain Python: importing numpy for three sums takes longer than all else that a brief's notebook does.
    weeks, rest = divmod(day.toordinal(), 7)
    return 5 * weeks + min(rest, 5) - bisect_right(_weekday_holidays(), day.toordinal())


def covered(day: date) -> bool:
    """Say whether the bank holidays of this day's year are known."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _check(day: date) -> None:
    if not covered(day):
        raise CalendarError(
            "A date lies outside the years whose bank holidays are known.",
            where=f"calendar covers {FIRST_YEAR} to {LAST_YEAR}",
            next_step="Correct the date at its source, or update the `holidays` package and the covered years.",
        )


def is_working_day(day: date) -> bool:
    """Say whether a day is a working day in England and Wales.

    Raises:
        CalendarError: the day is outside the years covered.

    Example:
        >>> from datetime import date
        >>> is_working_day(date(2022, 9, 19))  # the Queen's funeral
        False
    """
    _check(day)
    return _working_days_up_to(day) > _working_days_up_to(day - ONE)


def add_working_days(day: date, n: int) -> date:
    """The nth working day after a day; the day itself is day 0 whether or not it is a working day.

    Raises:
        CalendarError: the start or the end is outside the years covered.

    Example:
        >>> from datetime import date
        >>> add_working_days(date(2026, 4, 2), 1)  # across Good Friday and Easter Monday
        datetime.date(2026, 4, 7)
    """
    _check(day)
    if n <= 0:  # backwards it is counted from the next working day, where the day is none
        while not is_working_day(day):
            day += ONE
    step, left = ONE if n > 0 else -ONE, abs(n)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; 0 when they are the same day, negative when reversed.

    Raises:
        CalendarError: a date is outside the years covered.

    Example:
        >>> from datetime import date
        >>> working_days_between(date(2026, 12, 24), date(2026, 12, 29))  # Christmas Day and Boxing Day substitute
        1
    """
    _check(start)
    _check(end)
    if end < start:
        return -working_days_between(end, start)
    return _working_days_up_to(end) - _working_days_up_to(start)


def add_working_days_expression(column: str | pl.Expr, n: int) -> pl.Expr:
    """The nth working day after each date of a column; null where the date is null or outside the years covered.

    Frames keep their rows: a date that the calendar refuses becomes a clock that "cannot be told", counted where
    it is used, not an error for all the others.
    """
    day = pl.col(column) if isinstance(column, str) else column
    inside = day.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    safe = pl.when(inside).then(day).otherwise(None)
    return safe.dt.add_business_days(n, holidays=list(bank_holidays()), roll="backward" if n > 0 else "forward")


def working_days_between_expression(start: str | pl.Expr, end: str | pl.Expr) -> pl.Expr:
    """Working days after `start` up to and including `end` for two columns; null where either cannot be told."""
    first = pl.col(start) if isinstance(start, str) else start
    last = pl.col(end) if isinstance(end, str) else end
    inside = first.dt.year().is_between(FIRST_YEAR, LAST_YEAR) & last.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    one = pl.duration(days=1)
    count = pl.business_day_count(first + one, last + one, holidays=list(bank_holidays()))
    return pl.when(inside).then(count).otherwise(None)


@dataclass(frozen=True, order=True)
class ReportingWeek:
    """An ISO week, Monday to Sunday, as reports name it: 2026-W47.

    A week's brief is read on the Monday after it and says what was known at the end of its Sunday.
    """

    year: int
    week: int

    @classmethod
    def parse(cls, text: str) -> ReportingWeek:
        """Read `2026-W47`.

        Raises:
            WrongUseError: the text is not a week.
        """
        match = _WEEK.match(text.strip())
        if match:
            year, week = int(match[1]), int(match[2])
            try:
                date.fromisocalendar(year, week, 1)
            except ValueError:
                pass
            else:
                return cls(year, week)
        raise WrongUseError(
            "This is not a reporting week.", where="--week", next_step="Write year and ISO week as 2026-W47."
        )

    @classmethod
    def of(cls, day: date) -> ReportingWeek:
        """The week that holds a day."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        """Its last day: what the week's brief is as at."""
        return date.fromisocalendar(self.year, self.week, 7)

    def shift(self, weeks: int) -> ReportingWeek:
        """The week so many weeks later (earlier when negative)."""
        return ReportingWeek.of(self.monday + timedelta(weeks=weeks))

    def __str__(self) -> str:
        """As in commands and folder names."""
        return f"{self.year:04d}-W{self.week:02d}"


def census_year(day: date) -> int:
    """The children in need and looked after collection year of a day: the year in which its 31 March falls.

    Example:
        >>> from datetime import date
        >>> census_year(date(2026, 3, 31)), census_year(date(2026, 4, 1))
        (2026, 2027)
    """
    return day.year + (1 if (day.month, day.day) >= (4, 1) else 0)


def age_in_years(birth: str | pl.Expr, at: date) -> pl.Expr:
    """Whole years of age at a date; -1 for a child not yet born, null where the birth date is unknown."""
    born = pl.col(birth) if isinstance(birth, str) else birth
    had_birthday = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) <= (at.month * 100 + at.day)
    years = at.year - born.dt.year() - (~had_birthday).cast(pl.Int32)
    age = pl.when(born > at).then(-1).otherwise(years).cast(pl.Int32)
    return age.alias(birth) if isinstance(birth, str) else age


def birthday(birth: str | pl.Expr, years: int | pl.Expr) -> pl.Expr:
    """The day on which a person comes to an age; null where the birth date is unknown. It agrees with `age_in_years`.

    Who was born on 29 February comes to it on 1 March of a year without that day.

    Args:
        birth: dates of birth.
        years: the age, in whole years.

    Source:
        Family Law Reform Act 1969, section 9: an age is attained at the commencement of the relevant anniversary of
        the date of birth; a year without 29 February reaches that anniversary with 1 March.

    Example:
        >>> born = pl.Series("born", [date(2008, 2, 29), date(2008, 3, 31)]).to_frame()
        >>> born.select(birthday("born", 18))["born"].to_list()
        [datetime.date(2026, 3, 1), datetime.date(2026, 3, 31)]
    """
    born = pl.col(birth) if isinstance(birth, str) else birth
    after = f"{years}y" if isinstance(years, int) else pl.format("{}y", years)
    day = born.dt.offset_by(after)
    # polars moves to 28 February where a year has no 29th: the day before the birthday.
    return pl.when(day.dt.day() != born.dt.day()).then(day + pl.duration(days=1)).otherwise(day)
