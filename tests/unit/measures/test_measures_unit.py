"""Workload, good news, needs, segments and the insight of a unit."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.statistics.intervals import newcombe


def test_workload_against_the_agreed_number(week: Any) -> None:
    week.source("cin_census", "roster", "allocations", "supervision")
    week.worker("w1", "north", fte=1.0)
    week.worker("w2", "north", role="newly_qualified", fte=1.0)
    week.worker("w3", "north", role="family_support_worker", fte=1.0)
    week.worker("w4", "north", role="unit_manager", fte=1.0)
    week.child("p1", family="f", unit="north", worker="w1", status="child_in_need")
    week.child("p2", family="f", unit="north", worker=None, status="child_in_need")
    week.child("p3", unit="north", worker="w1", status="early_help")
    row = week.run().unit_workload.row(0, named=True)
    # One full post and a newly qualified one at 0.6: floor(1.6 * 17) = 27.
    assert (row["n_children"], row["n_families"], row["fte"], row["capacity_children"]) == (2, 1, 2.0, 27)
    assert (row["children_per_fte"], row["n_unallocated"]) == (1.0, 1)
    # No supervision is recorded since January 2024: three workers' is overdue on the record.
    assert row["supervision_due"] == 3
    assert row["sentence"] == (
        "2 children in 1 family, with 2 full-time posts that hold cases. The agreed number is 27 children. "
        "No lead practitioner is recorded for 1 child."
    )


def test_a_unit_of_its_own_agreed_number_and_an_empty_unit(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.worker("w2", "south", role="unit_manager")
    week.settings["units"] = [{"code": "north", "name": "North", "capacity_children": 12}]
    rows = {row["unit"]: row for row in week.run().unit_workload.iter_rows(named=True)}
    assert rows["north"]["capacity_children"] == 12
    assert rows["south"]["capacity_children"] == 0
    assert rows["south"]["children_per_fte"] is None
    assert rows["south"]["supervision_due"] is None


def good_news(week: Any) -> dict[str, str]:
    return dict(week.run().unit_good_news.select("item", "sentence").iter_rows())


def test_plans_that_ended_with_a_step_down(week: Any) -> None:
    week.source("cin_census")
    for person, status in (("p1", "child_in_need_plan"), ("p2", "looked_after"), ("p3", "closed")):
        week.child(person, status=status, since=date(2026, 11, 10))
        week.episode(person, "child_protection_plan", date(2026, 1, 5), date(2026, 11, 10))
    week.child("p4", status="child_in_need_plan", since=date(2026, 10, 1))
    week.episode("p4", "child_protection_plan", date(2026, 1, 5), date(2026, 10, 1))  # before the window
    assert good_news(week) == {
        "plans_ended_with_a_step_down": (
            "1 child came off a child protection plan and stayed at home with support in the last 4 weeks."
        )
    }


def test_returns_home_programmes_and_dates_all_kept(week: Any) -> None:
    week.source("cin_census", "ssda903", "intervention_referrals")
    week.child("p1", status="child_in_need", since=date(2026, 11, 10))
    week.episode("p1", "looked_after", date(2026, 1, 5), date(2026, 11, 10), end_detail="E4A")
    week.child("p2", status="child_in_need", since=date(2026, 11, 10))
    week.episode("p2", "looked_after", date(2026, 1, 5), date(2026, 11, 10), end_detail="E4B")
    for person, completion in (("p1", "completed"), ("p2", "dropped_out")):
        week.add(
            "intervention_spells",
            person_id=person,
            intervention_id="triple_p",
            end=date(2026, 11, 5),
            completion=completion,
        )
    for n in range(5):
        week.child(f"a{n}", status="child_in_need")
        week.assessment(f"a{n}", date(2026, 8, 24), date(2026, 8, 25), date(2026, 9, 30))
    assert good_news(week) == {
        "all_kept_assessment_from_referral": (
            "Assessment, counted from the referral: all 5 of 5 in 13 weeks were on time."
        ),
        "programmes_completed": "1 programme completed by children the unit works with in the last 4 weeks.",
        "returned_home_as_planned": "1 child returned home from care as planned in the last 4 weeks.",
    }


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (date(2026, 11, 22), "in the last 4 weeks."),
        (date(2026, 11, 15), "from 26 October to 15 November 2026, as far as records go."),
        (date(2026, 11, 8), "from 26 October to 8 November 2026, as far as records go."),
        (date(2026, 11, 7), None),  # thirteen of 28 days
    ],
)
def test_good_news_says_which_days_its_records_cover(week: Any, ends: date, words: str | None) -> None:
    week.source("cin_census", as_of=ends)
    week.settings["thresholds"] = {"stale_days": 20}
    week.child("p1", status="child_in_need_plan", since=date(2026, 11, 2))
    week.episode("p1", "child_protection_plan", date(2026, 1, 5), date(2026, 11, 2))
    told = week.run().unit_good_news.to_dicts()
    assert [row["sentence"] for row in told] == (
        [f"1 child came off a child protection plan and stayed at home with support {words}"] if words else []
    )
    assert [(row["n"], row["n_of"], row["noun"]) for row in told] == ([(1, None, "child")] if words else [])


def families_with_needs(week: Any, both: int, first: int, second: int, neither: int, unknown: int = 0) -> None:
    kinds = (
        [("present", "present")] * both
        + [("present", "assessed_absent")] * first
        + [("assessed_absent", "present")] * second
        + [("assessed_absent", "assessed_absent")] * neither
        + [("present", "unknown")] * unknown
    )
    for n, (one, other) in enumerate(kinds):
        week.child(f"p{n}", status="child_in_need")
        for need, state in (("domestic_abuse", one), ("parental_mental_health", other)):
            week.add(
                "need_profiles",
                family_id=f"f_p{n}",
                need=need,
                state=state,
                sources=["cin_census"],
                as_of=date(2026, 11, 22),
            )


def test_an_insight_on_needs_recorded_together(week: Any) -> None:
    week.source("cin_census")
    families_with_needs(week, both=16, first=4, second=5, neither=25, unknown=7)
    row = week.run().unit_insights.row(0, named=True)
    assert row["n_families"] == 16
    # Of the two ways round, the one whose interval stays further from nothing is told.
    one = newcombe(16, 20, 5, 30, level=0.975)
    other = newcombe(16, 21, 4, 29, level=0.975)
    told_first = one.low >= other.low
    assert row["finding"].startswith(
        "16 of 20 families with domestic abuse recorded also have a parent's mental health recorded. "
        "So do 5 of 30 families without it. "
        if told_first
        else "16 of 21 families with a parent's mental health recorded also have domestic abuse recorded. "
        "So do 4 of 29 families without it. "
    )
    assert row["n_unknown"] == 7
    assert "For 7 more, one of the two is not known." in row["finding"]
    assert row["finding"].endswith("It says nothing about causes.")
    assert row["question"].endswith("?")
    assert row["sources"] == "cin_census"


@pytest.mark.parametrize(
    ("both", "first", "second", "neither"),
    [
        (9, 1, 2, 40),  # nine families: below ten, however clear
        (16, 4, 5, 4),  # too few without the first to compare with
        (12, 12, 13, 13),  # no more than chance
        (0, 0, 0, 0),
    ],
)
def test_otherwise_nothing_is_said(week: Any, both: int, first: int, second: int, neither: int) -> None:
    week.source("cin_census")
    families_with_needs(week, both, first, second, neither)
    assert week.run().unit_insights.is_empty()


def test_needs_and_segments_of_open_families(week: Any) -> None:
    week.source("cin_census")
    families_with_needs(week, both=1, first=1, second=0, neither=1, unknown=1)
    week.child("gone", status="closed")
    week.add("need_profiles", family_id="f_gone", need="domestic_abuse", state="present", sources=[], as_of=None)
    for family, segment, clear in (("f_p0", "a", True), ("f_p1", "a", False), ("f_gone", "a", True)):
        week.add("segment_memberships", family_id=family, segment=segment, clear=clear)
    result = week.run()
    assert result.unit_needs.rows() == [
        # The same families were open a quarter ago, and nothing of them was recorded by then.
        ("whole_authority", "domestic_abuse", 3, 4, 0, 0, 4),
        ("whole_authority", "parental_mental_health", 1, 3, 1, 0, 4),
    ]
    assert result.unit_segments.rows() == [("whole_authority", "a", 1), ("whole_authority", "no_clear_segment", 1)]
    assert "no_segments" not in result.unit_limits["limit"].to_list()


def test_unlinked_people_are_said(week: Any) -> None:
    week.source("cin_census", "police_notifications")
    week.add("link_summary", source="police_notifications", n_people=240, n_linked=209, n_ambiguous=4, n_unlinked=27)
    week.add("link_summary", source="housing", n_people=10, n_linked=10, n_ambiguous=0, n_unlinked=0)
    limits = dict(week.run().unit_limits.select("limit", "sentence").iter_rows())
    assert limits["unlinked_police_notifications"] == (
        "31 of 240 people in the police list could not be tied to anyone; their records are not used."
    )
    assert "unlinked_housing" not in limits


def test_every_unit_has_the_limits(week: Any) -> None:
    week.source("cin_census", "roster")
    week.worker("w1", "north")
    week.worker("w2", "south")
    limits = week.run().unit_limits
    assert limits.group_by("unit").agg(pl.len())["len"].n_unique() == 1
    assert set(limits["unit"]) == {"north", "south"}
    approved = limits.filter(pl.col("limit") == "local_intervals")["sentence"].to_list()
    assert approved == ["Local intervals for visits, core groups and supervision are not yet approved here."] * 2


def test_without_an_approved_model_there_are_no_segments(week: Any) -> None:
    week.source("cin_census")
    week.child("p1", status="child_in_need")
    week.add("segment_memberships", family_id="f_p1", segment=None, clear=False)
    result = week.run()
    assert result.unit_segments.is_empty()
    assert "no_segments" in result.unit_limits["limit"].to_list()
