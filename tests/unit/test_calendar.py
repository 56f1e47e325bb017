"""Working days checked against published bank holidays and hand-counted weeks."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    ReportingWeek,
    add_working_days,
    add_working_days_expression,
    age_in_years,
    bank_holidays,
    birthday,
    census_year,
    is_working_day,
    working_days_between,
    working_days_between_expression,
)
from fi_workbench.errors import CalendarError, WrongUseError

days = st.dates(date(FIRST_YEAR + 1, 1, 1), date(LAST_YEAR - 1, 12, 31))

# gov.uk, division england-and-wales, as published for these years, one-off holidays included.
PUBLISHED = {
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_bank_holidays_are_those_published(year: int) -> None:
    published = {date.fromisoformat(f"{year}-{day}") for day in PUBLISHED[year].split()}
    weekdays = {day for day in bank_holidays() if day.year == year and day.weekday() < 5}
    assert weekdays == published


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # Maundy Thursday to the Tuesday after Easter
        (date(2026, 4, 4), 1, date(2026, 4, 7)),  # from a Saturday inside it
        (date(2025, 12, 24), 1, date(2025, 12, 29)),  # Christmas Eve, over a weekend
        (date(2022, 5, 31), 3, date(2022, 6, 7)),  # the jubilee's two days
        (date(2026, 11, 16), 45, date(2027, 1, 21)),  # a section 17 assessment across Christmas
        (date(2026, 1, 5), 0, date(2026, 1, 5)),
    ],
)
def test_due_dates_by_hand(start: date, n: int, due: date) -> None:
    assert add_working_days(start, n) == due


def test_the_council_shut_down_counts() -> None:
    assert is_working_day(date(2025, 12, 30))


@given(day=days, n=st.integers(1, 120))
@settings(max_examples=60)
def test_the_nth_working_day_is_n_working_days_away(day: date, n: int) -> None:
    due = add_working_days(day, n)
    assert is_working_day(due)
    assert working_days_between(day, due) == n
    # Counted the slow way, one day at a time.
    count = sum(is_working_day(day + timedelta(days=i)) for i in range(1, (due - day).days + 1))
    assert count == n


@given(day=days, n=st.integers(1, 60))
@settings(max_examples=40)
def test_frames_and_dates_agree(day: date, n: int) -> None:
    frame = pl.DataFrame({"day": [day, None]}).with_columns(due=add_working_days_expression("day", n))
    assert frame["due"].to_list() == [add_working_days(day, n), None]
    back = frame.select(n=working_days_between_expression("day", "due"))
    assert back["n"].to_list() == [n, None]


@pytest.mark.parametrize("n", [-61, -7, -1, 0, 1, 10, 35, 45, 130])
def test_every_day_is_as_numpy_counts_it(n: int) -> None:
    """The peer: the same rules of rolling and the same holidays, by other code."""
    holidays = np.array(bank_holidays(), dtype="datetime64[D]")
    days = [date(1991, 1, 1) + timedelta(days=place) for place in range(39 * 365)]
    at = np.array(days, dtype="datetime64[D]")
    assert [is_working_day(day) for day in days] == np.is_busday(at, holidays=holidays).tolist()
    due = np.busday_offset(at, n, roll="backward" if n > 0 else "forward", holidays=holidays)
    assert [add_working_days(day, n) for day in days[:: abs(n) + 1]] == due[:: abs(n) + 1].tolist()
    counted = np.busday_count(at + min(n, 0) + 1, at + max(n, 0) + 1, holidays=holidays) * (1 if n > 0 else -1)
    assert [working_days_between(day, day + timedelta(days=n)) for day in days] == counted.tolist()


def test_uncovered_dates_are_refused_or_cannot_be_told() -> None:
    with pytest.raises(CalendarError, match="outside the years"):
        add_working_days(date(1066, 10, 14), 10)
    frame = pl.DataFrame({"day": [date(1066, 10, 14), date(2026, 1, 5)]})
    assert frame.select(add_working_days_expression("day", 1))["day"].to_list() == [None, date(2026, 1, 6)]


def test_reporting_weeks() -> None:
    week = ReportingWeek.parse("2026-W47")
    assert (week.monday, week.sunday) == (date(2026, 11, 16), date(2026, 11, 22))
    assert ReportingWeek.of(date(2026, 11, 22)) == week
    assert str(week.shift(7)) == "2027-W01"
    assert str(ReportingWeek.of(date(2027, 1, 1))) == "2026-W53"
    assert ReportingWeek.parse(" 2026-w47 ") == week
    for wrong in ("2026-W54", "2026W47", "W47", "2026-W00", "", "٢٠٢٦-W47", "2026-W４７"):
        with pytest.raises(WrongUseError):
            ReportingWeek.parse(wrong)


def test_ages_and_census_years() -> None:
    at = date(2026, 3, 31)
    born = pl.DataFrame({"born": [date(2010, 3, 31), date(2010, 4, 1), date(2026, 6, 1), None]})
    assert born.select(age_in_years("born", at))["born"].to_list() == [16, 15, -1, None]
    assert (census_year(at), census_year(date(2026, 4, 1))) == (2026, 2027)


@given(born=st.dates(date(1990, 1, 1), date(2012, 12, 31)), years=st.integers(1, 21), off=st.integers(-2, 2))
@settings(max_examples=60)
def test_a_birthday_is_the_first_day_of_an_age(born: date, years: int, off: int) -> None:
    frame = pl.DataFrame({"born": [born], "years": [years]})
    (day,) = frame.select(birthday("born", years))["born"].to_list()
    assert frame.select(birthday("born", pl.col("years")))["born"].to_list() == [day]
    at = day + timedelta(days=off)
    assert (frame.select(age_in_years("born", at))["born"][0] >= years) == (at >= day)


def test_who_was_born_on_29_february_comes_of_age_on_1_march() -> None:
    born = pl.DataFrame({"born": [date(2008, 2, 29), date(2008, 2, 29), None]})
    assert born.select(birthday("born", 18))["born"].to_list() == [date(2026, 3, 1), date(2026, 3, 1), None]
    assert born.select(birthday("born", 20))["born"].to_list() == [date(2028, 2, 29), date(2028, 2, 29), None]
    assert born.select(age_in_years("born", date(2026, 2, 28)))["born"].to_list() == [17, 17, None]
