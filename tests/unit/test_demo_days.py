"""Days as numbers agree with the calendar that everything else uses."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench import calendar
from fi_workbench.demo import days

DATES = st.dates(date(2015, 1, 1), date(2029, 12, 31))


@settings(max_examples=200)
@given(DATES, st.integers(1, 60))
def test_the_nth_working_day_is_the_calendars(day: date, n: int) -> None:
    assert days.add_working_days(day.toordinal(), n) == calendar.add_working_days(day, n).toordinal()


@settings(max_examples=200)
@given(DATES, st.integers(0, 200))
def test_working_days_between_are_the_calendars(day: date, after: int) -> None:
    end = date.fromordinal(day.toordinal() + after)
    assert days.working_days_between(day.toordinal(), end.toordinal()) == calendar.working_days_between(day, end)


@given(DATES)
def test_a_day_writes_itself_as_the_returns_do(day: date) -> None:
    assert days.iso(day.toordinal()) == day.isoformat()
    assert days.slashed(day.toordinal()) == day.strftime("%d/%m/%Y")
    assert days.census_year_of(day.toordinal()) == calendar.census_year(day)


def test_no_day_is_empty() -> None:
    assert days.iso(0) == days.slashed(0) == ""


@given(DATES)
def test_a_working_day_stays_and_another_moves(day: date) -> None:
    number = day.toordinal()
    forward, back = days.working_day(number), days.working_day_before(number)
    assert back <= number <= forward
    assert (forward == back == number) is calendar.is_working_day(day)


def test_demand_passes_faster_in_october_than_in_april() -> None:
    october = days.season_between(date(2025, 10, 1).toordinal(), date(2025, 10, 31).toordinal())
    april = days.season_between(date(2025, 4, 1).toordinal(), date(2025, 4, 30).toordinal())
    assert october > 1.8 * april
    year = days.season_between(date(2024, 3, 31).toordinal(), date(2025, 3, 31).toordinal())
    assert 355 < year < 375


@given(DATES, st.floats(0.1, 400))
def test_demand_and_days_are_inverse(day: date, amount: float) -> None:
    start = day.toordinal()
    end = days.after_demand(start, amount)
    if end < days.LAST:
        assert days.season_between(start, end) >= amount - 1e-6
        assert days.season_between(start, end - 1) < amount + 1e-6
