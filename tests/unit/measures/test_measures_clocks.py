"""Each clock against dates reckoned by hand, across Easter and Christmas."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.calendar import add_working_days
from fi_workbench.measures.clocks import CLOCKS, clocks_in_force
from fi_workbench.measures.obligations import chain
from fi_workbench.settings import Clocks

IN_FORCE = clocks_in_force(Clocks())


def due_of(clock: str, start: date, step: int = 0) -> date:
    frame = pl.DataFrame({"start": [start], "step": [step]})
    found = frame.select(IN_FORCE[clock].due(pl.col("start"), pl.col("step"))).item()
    assert isinstance(found, date)
    return found


@pytest.mark.parametrize(
    ("clock", "start", "step", "due"),
    [
        # 45 working days from Monday 2 March 2026; Good Friday 3 April, Easter Monday 6 April and 4 May do not count.
        ("assessment_from_referral", date(2026, 3, 2), 0, date(2026, 5, 7)),
        ("assessment_from_start", date(2026, 3, 2), 0, date(2026, 5, 7)),
        # No bank holiday between: nine weeks to the day.
        ("assessment_from_referral", date(2026, 9, 7), 0, date(2026, 11, 9)),
        # 15 working days from Friday 11 December 2026: 25 and 28 December and 1 January do not count.
        ("section47_to_conference", date(2026, 12, 11), 0, date(2027, 1, 6)),
        # Begun on a Saturday: the day of the event is day 0 whatever day it is.
        ("section47_to_conference", date(2026, 9, 5), 0, date(2026, 9, 25)),
        ("child_protection_review", date(2026, 11, 30), 0, date(2027, 2, 28)),
        ("child_protection_review", date(2026, 2, 28), 1, date(2026, 8, 28)),
        ("child_protection_review", date(2026, 2, 28), 5, date(2026, 8, 28)),
        # 10 working days across Easter, then six weeks.
        ("core_group", date(2026, 3, 27), 0, date(2026, 4, 14)),
        ("core_group", date(2026, 4, 14), 1, date(2026, 5, 26)),
        ("child_protection_visit", date(2026, 12, 18), 0, date(2027, 1, 6)),
        ("child_in_need_visit", date(2026, 12, 1), 0, date(2026, 12, 31)),
        ("child_in_need_review", date(2026, 1, 1), 3, date(2026, 4, 2)),
        ("looked_after_visit", date(2026, 12, 24), 0, date(2026, 12, 31)),
        ("looked_after_visit", date(2026, 12, 24), 1, date(2027, 2, 4)),
        ("looked_after_review", date(2026, 3, 20), 0, date(2026, 4, 21)),
        ("looked_after_review", date(2026, 4, 21), 1, date(2026, 7, 21)),
        ("looked_after_review", date(2026, 8, 31), 2, date(2027, 2, 28)),
        # Adoption placements: weekly visits, reviews at 4 weeks, then 3, then 6 months; at home under interim order.
        ("adoption_visit", date(2026, 12, 24), 0, date(2026, 12, 31)),
        ("adoption_visit", date(2026, 12, 31), 4, date(2027, 1, 7)),
        ("adoption_review", date(2026, 12, 24), 0, date(2027, 1, 21)),
        ("adoption_review", date(2027, 1, 21), 1, date(2027, 4, 21)),
        ("adoption_review", date(2027, 4, 21), 2, date(2027, 10, 21)),
        ("interim_order_home_visit", date(2026, 4, 1), 3, date(2026, 4, 8)),
        ("interim_order_home_later_visit", date(2026, 4, 1), 0, date(2026, 4, 29)),
        ("supervision", date(2026, 12, 1), 0, date(2026, 12, 31)),
        # The day of national mourning in 2022.
        ("child_protection_visit", date(2022, 9, 9), 0, date(2022, 9, 26)),
    ],
)
def test_due_dates_reckoned_by_hand(clock: str, start: date, step: int, due: date) -> None:
    assert due_of(clock, start, step) == due


def test_every_clock_says_who_says_so_and_what_it_is_never_read_from() -> None:
    assert len({clock.id for clock in CLOCKS}) == len(CLOCKS)
    for clock in IN_FORCE.values():
        assert clock.source
        assert clock.feeds
        assert clock.rule.endswith(".")
        assert (clock.in_force_from is None) == (clock.authority == "local")
        assert bool(clock.approved_by) == (clock.authority == "local")
        if clock.kind == "visit":
            assert "case notes" in clock.never_from
            assert ("visits",) in clock.feeds


def test_local_intervals_are_those_of_the_workspace() -> None:
    chosen = clocks_in_force(Clocks(child_protection_visit_working_days=15, approved_by="A. Manager, 1 May 2026"))
    assert chosen["child_protection_visit"].rule == (
        "Every 15 working days from the start of the plan or the last visit."
    )
    assert chosen["child_protection_visit"].rule_source == "Local procedure (A. Manager, 1 May 2026)"
    assert chosen["looked_after_review"].rule == (
        "Within 20 working days from the day the child became looked after, then within 3 months, then within 6 months."
    )


def test_the_section_47_clock_says_that_its_start_is_a_proxy() -> None:
    assert "stands in for the strategy discussion" in IN_FORCE["section47_to_conference"].note


SPELL = {"person_id": pl.String, "start": pl.Date, "ended": pl.Date, "row_id": pl.String}
EVENT = {"person_id": pl.String, "held": pl.Date, "recorded_on": pl.Date, "row_id": pl.String}


def steps(spells: list[tuple[Any, ...]], events: list[tuple[Any, ...]], clock: str, begins: date | None) -> list[Any]:
    made = chain(
        pl.DataFrame(spells, schema=SPELL, orient="row"),
        pl.DataFrame(events, schema=EVENT, orient="row"),
        IN_FORCE[clock],
        begins=begins,
    )
    return made.select("step", "start", "due", "done", "list_begins").rows()


def test_a_chain_of_reviews() -> None:
    events = [("p", date(2026, 3, 20), None, "a"), ("p", date(2026, 9, 30), None, "b")]
    assert steps([("p", date(2026, 1, 5), None, "s")], events, "child_protection_review", None) == [
        (0, date(2026, 1, 5), date(2026, 4, 5), date(2026, 3, 20), False),
        (1, date(2026, 3, 20), date(2026, 9, 20), date(2026, 9, 30), False),
        (2, date(2026, 9, 30), date(2027, 3, 30), None, False),
    ]


def test_a_plan_that_ends_before_the_review_was_due_asks_for_none() -> None:
    assert steps([("p", date(2026, 1, 5), date(2026, 4, 5), "s")], [], "child_protection_review", None) == []
    after = steps([("p", date(2026, 1, 5), date(2026, 4, 6), "s")], [], "child_protection_review", None)
    assert after == [(0, date(2026, 1, 5), date(2026, 4, 5), None, False)]


def test_events_of_another_spell_or_on_its_first_day_do_not_count() -> None:
    spells = [("p", date(2026, 1, 5), date(2026, 3, 1), "s"), ("p", date(2026, 6, 1), None, "t")]
    events = [
        ("p", date(2026, 6, 1), None, "a"),
        ("p", date(2026, 5, 1), None, "b"),
        ("q", date(2026, 7, 1), None, "c"),
    ]
    assert steps(spells, events, "child_protection_review", None) == [
        (0, date(2026, 6, 1), date(2026, 9, 1), None, False)
    ]


def test_a_spell_older_than_the_list_starts_at_its_first_known_event() -> None:
    spell = [("p", date(2024, 1, 8), None, "s")]
    begins = date(2026, 1, 1)
    events = [("p", date(2025, 12, 1), None, "old"), ("p", date(2026, 2, 2), None, "a")]
    assert steps(spell, events, "child_protection_review", begins) == [
        (1, date(2026, 2, 2), date(2026, 8, 2), None, False)
    ]
    # Without any known event, the day the list begins stands in, and says so.
    assert steps(spell, events[:1], "child_protection_review", begins) == [
        (1, date(2026, 1, 1), date(2026, 7, 1), None, True)
    ]


def test_two_records_of_one_meeting_are_one_meeting() -> None:
    events = [("p", date(2026, 3, 20), None, "a"), ("p", date(2026, 3, 20), date(2026, 3, 25), "b")]
    assert len(steps([("p", date(2026, 1, 5), None, "s")], events, "child_protection_review", None)) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 600), max_size=12, unique=True), st.integers(1, 700))
def test_each_step_begins_where_the_last_was_done(days: list[int], length: int) -> None:
    start = date(2024, 3, 1)
    events = [("p", date.fromordinal(start.toordinal() + day), None, f"e{day}") for day in days]
    ended = date.fromordinal(start.toordinal() + length)
    made = steps([("p", start, ended, "s")], events, "child_protection_visit", None)
    inside = sorted(held for _, held, _, _ in events if held <= ended)
    assert [done for *_, done, _ in made if done] == inside
    assert [begun for _, begun, *_ in made][1:] == inside[: len(made) - 1]
    assert all(due == add_working_days(begun, 10) for _, begun, due, _, _ in made)
