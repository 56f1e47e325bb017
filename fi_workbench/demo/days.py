"""Days as whole numbers, with the tables that make the simulation quick.

A day is its proleptic ordinal (`date.toordinal`). Working days agree with `calendar`, which is tested; the seasons of
referrals are Newcastle's, and school terms are those that most English councils keep.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from functools import cache

from fi_workbench.calendar import bank_holidays

FIRST = date(1996, 1, 1).toordinal()
LAST = date(2030, 12, 31).toordinal()
YEAR = 365.25

MONTH_REFERRALS = (221, 215, 250, 145, 248, 285, 243, 257, 289, 333, 293, 213)
"""Newcastle's referrals in January to December of the reporting year 2024 (table C6)."""

_MONTH_DAYS = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKDAY = (1.18, 1.17, 1.17, 1.17, 1.25, 0.58, 0.48)


@cache
def _texts() -> tuple[int, list[str], list[str]]:
    first = date(1930, 1, 1)
    days = [first + timedelta(days=n) for n in range(LAST - first.toordinal() + 40 * 366)]
    return first.toordinal(), [day.isoformat() for day in days], [day.strftime("%d/%m/%Y") for day in days]


_OFFSET, _ISO, _SLASHED = _texts()


def iso(day: int) -> str:
    """Write a day as 2026-11-22; no day (0) is empty."""
    return _ISO[day - _OFFSET] if day else ""


def slashed(day: int) -> str:
    """Write a day as 22/11/2026, as SSDA903 does; no day (0) is empty."""
    return _SLASHED[day - _OFFSET] if day else ""


def _working_table() -> tuple[list[int], list[int]]:
    holidays = {day.toordinal() for day in bank_holidays()}
    working: list[int] = []
    count: list[int] = []
    for day in range(FIRST, LAST + 1):
        if (day - 1) % 7 < 5 and day not in holidays:  # ordinal 1 was a Monday
            working.append(day)
        count.append(len(working))
    return working, count


_WORKING, _COUNT = _working_table()


def add_working_days(day: int, n: int) -> int:
    """The nth working day after a day (n of at least 1), as `calendar.add_working_days`."""
    return _WORKING[_COUNT[day - FIRST] + n - 1]


def working_days_between(start: int, end: int) -> int:
    """Working days after `start` up to and including `end`."""
    return _COUNT[end - FIRST] - _COUNT[start - FIRST]


def working_day(day: int) -> int:
    """The day itself if it is a working day, else the next one."""
    return _WORKING[bisect_left(_WORKING, day)]


def working_day_before(day: int) -> int:
    """The day itself if it is a working day, else the one before."""
    return _WORKING[_COUNT[day - FIRST] - 1]


def sunday(day: int) -> int:
    """The Sunday that ends the week of a day."""
    return day + (-day) % 7


def month_of(day: int) -> int:
    """The month, 1 to 12."""
    return int(_ISO[day - _OFFSET][5:7])


def census_year_of(day: int) -> int:
    """The collection year: the year in which the 31 March of its year from April falls."""
    text = _ISO[day - _OFFSET]
    return int(text[:4]) + (text[5:] >= "04-01")


def school_closed(day: int) -> bool:
    """Whether schools are on holiday in the week of a day."""
    text = _ISO[day - _OFFSET][5:]
    return (
        "07-22" <= text <= "09-02"
        or text >= "12-20"
        or text <= "01-03"
        or "04-01" <= text <= "04-14"
        or "10-24" <= text <= "10-31"
        or "02-12" <= text <= "02-19"
        or "05-25" <= text <= "06-01"
    )


def _season_table() -> list[float]:
    weights = [
        12 * share / sum(MONTH_REFERRALS) * (365.25 / 12) / days
        for share, days in zip(MONTH_REFERRALS, _MONTH_DAYS, strict=True)
    ]
    total = 0.0
    table = []
    for day in range(FIRST, LAST + 1):
        total += weights[month_of(day) - 1] * _WEEKDAY[(day - 1) % 7]
        table.append(total)
    return table


_SEASON = _season_table()


def season_between(start: int, end: int) -> float:
    """How many average days of demand lie after `start` up to `end`: more in October than in April."""
    return _SEASON[end - FIRST] - _SEASON[start - FIRST]


def after_demand(start: int, amount: float) -> int:
    """The day by which so many average days of demand have passed since `start`; far ahead when beyond the table."""
    at = bisect_left(_SEASON, _SEASON[start - FIRST] + amount)
    return FIRST + at if at < len(_SEASON) else LAST
