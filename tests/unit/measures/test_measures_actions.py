"""What the unit may do this week: each item traces to rows, a rule and a date, and nothing appears of itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.display.reading import sentences_of, words_of
from fi_workbench.measures.action import action_rows
from fi_workbench.measures.clock_actions import clock_actions, supervision_actions
from fi_workbench.measures.clocks import CLOCKS
from fi_workbench.measures.sources import NOUNS, Sources
from fi_workbench.measures.standing import state


def actions(result: Any) -> dict[str, dict[str, Any]]:
    return {row["action"]: row for row in result.unit_actions.iter_rows(named=True)}


def test_assessments_close_to_day_45_and_past_it(week: Any) -> None:
    week.source("cin_census")
    for person in ("p1", "p2", "p3", "p4"):
        week.child(person, family="f1" if person in {"p1", "p2"} else None)
    rows = [week.assessment(p, date(2026, 9, 28), date(2026, 10, 1)) for p in ("p1", "p2")]  # due 30 November
    week.assessment("p3", date(2026, 10, 12), date(2026, 10, 12))  # due 14 December: too far
    past = week.assessment("p4", date(2026, 8, 31), date(2026, 9, 14))  # due 2 November by referral
    found = actions(week.run())
    assert set(found) == {"assessments_reaching_day_45", "assessments_past_day_45"}
    close = found["assessments_reaching_day_45"]
    assert close["sentence"] == ("2 assessments reach working day 45 on 30 November 2026: 2 children in 1 family.")
    assert (close["n_children"], close["n_families"]) == (2, 1)
    assert (close["from_date"], close["by_date"]) == (date(2026, 11, 30), date(2026, 11, 30))
    assert close["trace"] == sorted(rows)
    assert close["rule"] == "Within 45 working days from the referral."
    assert close["rule_source"] == "Working Together to Safeguard Children"
    assert close["as_of"] == date(2026, 11, 22)
    assert found["assessments_past_day_45"]["trace"] == [past]
    assert found["assessments_past_day_45"]["sentence"] == (
        "1 assessment is past working day 45 with no end recorded: 1 child in 1 family."
    )


def test_meetings_due_and_meetings_without_a_record(week: Any) -> None:
    week.source("cin_census", "meetings")
    for person in ("p1", "p2", "p3"):
        week.child(person)
    week.episode("p1", "child_protection_plan", date(2026, 8, 30))  # review due on 30 November
    week.episode("p2", "child_protection_plan", date(2026, 8, 1))  # due on 1 November
    week.episode("p3", "child_protection_plan", date(2026, 11, 16))  # core group due on 30 November
    found = actions(week.run())
    assert found["child_protection_review_due"]["sentence"] == (
        "Due on 30 November 2026: child protection review for 1 child in 1 family."
    )
    assert found["child_protection_review_no_record"]["sentence"] == (
        "No record by the due date for 1 of 3 children: child protection review. "
        "The earliest was due on 1 November 2026."
    )
    assert found["core_group_due"]["n_children"] == 1
    assert found["core_group_no_record"]["n_children"] == 2


def test_children_with_no_visit_recorded(week: Any) -> None:
    week.source("cin_census", "visits")
    for person in ("p1", "p2", "p3"):
        week.child(person)
        week.episode(person, "child_protection_plan", date(2026, 9, 7))
    week.visit("p1", date(2026, 11, 16))
    week.visit("p2", date(2026, 10, 30))
    found = actions(week.run())
    assert set(found) == {"child_protection_visit_not_recorded"}
    item = found["child_protection_visit_not_recorded"]
    assert item["sentence"] == (
        "2 of 3 children have no child protection visit recorded in the last 10 working days. "
        "The longest gap began on 7 September 2026."
    )
    assert item["from_date"] == date(2026, 9, 7)
    assert "late" not in item["sentence"]


def test_a_first_visit_that_was_missed_is_told_by_its_own_limit(week: Any) -> None:
    """Placed ten days ago, visited never: within 1 week, not "in the last 6 weeks"."""
    week.source("ssda903", "visits")
    for person, placed in (("p1", date(2026, 11, 12)), ("p2", date(2026, 8, 3))):
        week.child(person, status="looked_after", since=placed)
        week.episode(person, "looked_after", placed)
        week.add("ssda903_episodes", child=f"C{person}", decom=placed, rne="S", ls="C2", place="U6")
    week.visit("p2", date(2026, 9, 21), rule="looked_after")
    found = actions(week.run())
    assert found["looked_after_visit_1_not_recorded"]["sentence"] == (
        "1 of 2 children has no looked after visit recorded within 1 week from the start of the placement. "
        "The gap began on 12 November 2026."
    )
    assert found["looked_after_visit_1_not_recorded"]["label"] == "First looked after visit: none recorded"
    assert found["looked_after_visit_not_recorded"]["sentence"] == (
        "1 of 2 children has no looked after visit recorded in the last 6 weeks. The gap began on 21 September 2026."
    )


def test_visits_of_a_list_that_ended_are_told_up_to_its_last_day(week: Any) -> None:
    week.source("ssda903")
    week.source("visits", as_of=date(2026, 11, 11))
    week.child("p1", status="looked_after", since=date(2026, 10, 1))
    week.episode("p1", "looked_after", date(2026, 10, 1))
    week.add("ssda903_episodes", child="Cp1", decom=date(2026, 10, 1), rne="S", ls="C1", place="P1")
    week.add("ssda903_reviews", child="Cp1", review=date(2026, 10, 12))
    found = actions(week.run())
    assert found["interim_order_home_later_visit_not_recorded"]["sentence"] == (
        "1 of 1 child has no later visit at home under an interim care order recorded in the 4 weeks to "
        "11 November 2026. The gap began on 12 October 2026."
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2026, 2, 23), None),
        (date(2026, 2, 22), "child_protection_plan_9_months"),
        (date(2025, 8, 23), "child_protection_plan_9_months"),
        (date(2025, 8, 22), "child_protection_plan_15_months"),
    ],
)
def test_plans_that_need_a_decision(week: Any, start: date, expected: str | None) -> None:
    week.source("cin_census")
    week.child("p1")
    row = week.episode("p1", "child_protection_plan", start)
    week.add("cin_protection_plan_reviews", la_child_id="Cp1", cpp_review_date=date(2026, 11, 1))
    found = actions(week.run())
    assert set(found) == ({expected} if expected else set())
    if expected:
        assert found[expected]["trace"] == [row]


def test_section_20_counts_from_the_status_not_from_care(week: Any) -> None:
    week.source("ssda903")
    for person, turned in (("p1", date(2026, 4, 1)), ("p2", date(2026, 7, 1))):
        week.child(person, status="looked_after", since=date(2025, 1, 6))
        week.episode(person, "looked_after", date(2025, 1, 6), detail="V2")
        for rne, start, legal in (("S", date(2025, 1, 6), "V2"), ("L", date(2025, 6, 1), "C1"), ("L", turned, "V2")):
            week.add("ssda903_episodes", child=f"C{person}", decom=start, rne=rne, ls=legal, place="U4")
        week.add("ssda903_reviews", child=f"C{person}", review=date(2026, 10, 1))
    found = actions(week.run())["section_20_6_months"]
    assert (found["n_children"], found["from_date"]) == (1, date(2026, 4, 1))


def test_long_child_in_need_plans_and_pre_proceedings(week: Any) -> None:
    week.source("cin_census")
    week.child("p1", status="child_in_need_plan")
    week.episode("p1", "child_in_need_plan", date(2025, 11, 22))
    week.child("p2", status="child_in_need_plan")
    week.episode("p2", "pre_proceedings", date(2026, 8, 2))
    week.episode("p2", "pre_proceedings", date(2026, 1, 2), date(2026, 5, 1))
    found = actions(week.run())
    assert set(found) == {"child_in_need_plan_12_months", "pre_proceedings_16_weeks"}
    assert found["pre_proceedings_16_weeks"]["sentence"] == (
        "In pre-proceedings for 16 weeks or longer: 1 child in 1 family. The longest began in August 2026."
    )


def test_unallocated_children_hearings_and_missing_factors(week: Any) -> None:
    week.source("cin_census", "meetings", "allocations", "roster", "supervision")
    week.worker("w1", "north")
    week.child("p1", unit="north", worker="w1", status="child_in_need")
    week.child("p2", family="f_p1", unit=None, worker=None, status="child_in_need")
    week.add("meetings", child_id="Cp1", meeting_type="court_hearing", due_date=date(2026, 12, 1))
    week.add("meetings", child_id="Cp1", meeting_type="court_hearing", due_date=date(2026, 12, 20))
    week.assessment("p1", date(2026, 9, 1), date(2026, 9, 1), date(2026, 10, 1))
    week.assessment("p2", date(2026, 9, 1), date(2026, 9, 1), date(2026, 10, 1))
    week.add(
        "cin_assessment_factors",
        la_child_id="Cp2",
        cin_referral_date=date(2026, 9, 1),
        assessment_actual_start_date=date(2026, 9, 1),
    )
    week.add("supervision", worker_id="w1", due_date=date(2026, 11, 5), held_date=date(2026, 11, 5))
    found = actions(week.run())
    assert set(found) == {
        "children_without_lead_practitioner",
        "court_hearings_ahead",
        "factors_missing",
        "supervision_due",
    }
    assert found["children_without_lead_practitioner"]["unit"] == "north"
    assert found["children_without_lead_practitioner"]["sentence"] == (
        "No lead practitioner is recorded for 1 child in 1 family."
    )
    assert found["court_hearings_ahead"]["sentence"] == "Court hearing on 1 December 2026: 1 child in 1 family."
    assert found["factors_missing"]["sentence"] == (
        "1 completed assessment without factors in 13 weeks: 1 child in 1 family."
    )
    assert found["supervision_due"]["n_children"] == 0
    assert found["supervision_due"]["sentence"] == "1 supervision meeting due on 3 December 2026."


def test_one_hearing_of_two_children_is_not_told_as_two(week: Any) -> None:
    week.source("meetings")
    for person, heard in (("p1", date(2026, 12, 1)), ("p2", date(2026, 12, 1)), ("p3", date(2026, 12, 4))):
        week.child(person, family="f" if person != "p3" else None, status="child_in_need")
        week.add("meetings", child_id=f"C{person}", meeting_type="court_hearing", due_date=heard)
    found = actions(week.run())["court_hearings_ahead"]
    assert found["sentence"] == "Court hearings from 1 to 4 December 2026: 3 children in 2 families."
    assert (found["n"], found["noun"]) == (3, "child")


def test_a_quiet_unit_with_every_source_has_no_action(week: Any) -> None:
    week.source("cin_census", "ssda903", "visits", "meetings", "allocations", "roster", "supervision", "restricted")
    week.worker("w1", "north")
    week.add("supervision", worker_id="w1", due_date=date(2026, 11, 19), held_date=date(2026, 11, 19))
    week.child("p1", unit="north", worker="w1", status="child_in_need", since=date(2026, 11, 2))
    week.assessment("p1", date(2026, 11, 2), date(2026, 11, 3))
    result = week.run()
    assert result.unit_actions.is_empty()
    assert result.unit_good_news.is_empty()
    assert result.unit_insights.is_empty()


def test_an_old_source_lists_nothing(week: Any) -> None:
    week.source("cin_census", as_of=date(2026, 11, 1))
    week.child("p1")
    week.assessment("p1", date(2026, 9, 28), date(2026, 10, 1))
    assert week.run().unit_actions.is_empty()


def test_what_fell_due_after_the_lists_end_is_never_told_as_without_a_record(week: Any) -> None:
    """The census ends on 9 November: nobody knows what was done by the dates of 17 and 18 November."""
    week.source("visits", "meetings", "case_referrals", "roster")
    week.source("cin_census", as_of=date(2026, 11, 9))
    for person in ("p1", "p2", "p3"):
        week.child(person, unit="north", worker="w1")
    week.worker("w1", "north")
    week.assessment("p1", date(2026, 9, 15), date(2026, 9, 15))  # working day 45: 17 November
    enquiry = week.episode("p2", "section47", date(2026, 10, 28))  # working day 15: 18 November
    week.add("cin_section47", la_child_id="Cp2", s47_actual_start_date=date(2026, 10, 28), row_id=enquiry)
    week.episode("p3", "child_protection_plan", date(2026, 10, 12))
    week.visit("p3", date(2026, 11, 5))  # the next by 19 November
    week.add("meetings", child_id="Cp3", meeting_type="core_group", held_date=date(2026, 10, 20))
    found = actions(week.run())
    assert not [action for action in found if "no_record" in action or "past" in action or "not_recorded" in action]
    end = "Our records end before that, on 9 November 2026."
    assert {action: found[action]["sentence"] for action in found if action.endswith("after_records")} == {
        "assessment_from_referral_after_records": (
            f"Working day 45 was on 17 November 2026 for 1 assessment: 1 child in 1 family. {end}"
        ),
        "section47_to_conference_after_records": (
            f"Due on 18 November 2026: initial child protection conference for 1 child in 1 family. {end}"
        ),
        "child_protection_visit_after_records": (
            f"Due on 19 November 2026: child protection visit for 1 child in 1 family. {end}"
        ),
    }
    assert found["assessment_from_referral_after_records"]["noun"] == "assessment"
    assert not found["section47_to_conference_after_records"]["ahead"]


def test_supervision_and_decisions_after_their_lists_end_are_not_missing(week: Any) -> None:
    week.source("cin_census", "roster")
    week.source("supervision", "case_referrals", as_of=date(2026, 11, 12))
    week.worker("w1", "north")
    week.child("p1", unit="north", worker="w1", status="child_in_need")
    week.add("supervision", worker_id="w1", due_date=date(2026, 10, 20), held_date=date(2026, 10, 20))
    week.add("case_referrals", child_id="Cp1", referral_date=date(2026, 11, 12))
    found = actions(week.run())
    assert set(found) == {"supervision_after_records", "referral_decision_after_records"}
    assert found["supervision_after_records"]["sentence"] == (
        "1 supervision meeting due on 17 November 2026. Our records end before that, on 12 November 2026."
    )
    assert found["referral_decision_after_records"]["sentence"] == (
        "Due on 13 November 2026: a decision on 1 referral for 1 child in 1 family. "
        "Our records end before that, on 12 November 2026."
    )


def test_a_section_47_enquiry_of_long_ago_is_said_not_listed(week: Any) -> None:
    week.source("cin_census")
    week.child("p1")
    row = week.episode("p1", "section47", date(2026, 1, 5))
    week.add("cin_section47", la_child_id="Cp1", s47_actual_start_date=date(2026, 1, 5), row_id=row)
    result = week.run()
    assert result.unit_actions.is_empty()
    limits = dict(result.unit_limits.select("limit", "sentence").iter_rows())
    assert limits["old_section47"].startswith("1 section 47 enquiry older than 26 weeks")


def test_people_outside_the_caseload_never_reappear(week: Any) -> None:
    """Restricted families, children who died and closed cases are not in child_status: no source row brings them back."""
    sources = ("cin_census", "ssda903", "visits", "meetings", "allocations", "restricted", "police_notifications")
    week.source(*sources)
    week.add("people", person_id="hidden", case_reference="CH", restricted=True)
    week.add("family_members", family_id="fh", person_id="hidden", role="child", valid_from=date(2024, 1, 1))
    week.assessment("H", date(2026, 9, 28), date(2026, 10, 1))
    week.episode("hidden", "child_protection_plan", date(2025, 1, 1))
    week.add("meetings", child_id="CH", meeting_type="court_hearing", due_date=date(2026, 12, 1))
    police = week.add("police_notifications", incident_date=date(2026, 11, 18), incident_type="missing")
    week.add("partner_people", source="police_notifications", row_id=police, person_id="hidden")
    result = week.run()
    for table in ("unit_actions", "worklist_items", "new_partner_information", "family_step_down"):
        assert getattr(result, table).is_empty(), table
    assert result.unit_series["n"].sum() == 0
    assert result.unit_clocks["n_due"].sum() == 0
    assert result.unit_workload["n_children"].to_list() == [0]


def test_sentences_are_short_and_plain(week: Any) -> None:
    week.source("cin_census", "visits", "meetings")
    for n in range(12):
        week.child(f"p{n}")
        week.episode(f"p{n}", "child_protection_plan", date(2025, 1, 6 + n))
        week.assessment(f"p{n}", date(2026, 9, 28), date(2026, 10, 1))
    result = week.run()
    said = [
        *result.unit_actions["sentence"],
        *result.unit_changes["sentence"],
        *result.unit_limits["sentence"],
        *result.unit_workload["sentence"],
        *result.family_step_down["reason"],
        *result.unit_clocks["why_not"].drop_nulls(),
    ]
    sentences = [part for text in said for part in text.removesuffix(".").split(". ")]
    words = pl.Series([len(sentence.split()) for sentence in sentences])
    assert words.max() <= 25
    assert words.mean() <= 20
    for sentence in sentences:
        assert "risk" not in sentence.lower()
        assert " late" not in sentence.lower()
        assert "%" not in sentence
        assert "_" not in sentence


@pytest.mark.parametrize("reach", [date(2027, 1, 1), date(2026, 12, 25)])
def test_every_clocks_sentences_keep_their_limit_whatever_they_count(reach: date) -> None:
    """Two years, thousands of children and the longest names: a page with a longer sentence would be held."""
    as_at = date(2027, 1, 3)
    days = [date(2026, 12, 20), date(2026, 12, 30), date(2027, 1, 2), date(2027, 1, 4), date(2027, 1, 10)]
    clocks = {clock.id: clock for clock in CLOCKS}
    freshness = [
        {
            "source": source,
            "loaded": True,
            "as_of": reach,
            "coverage_from": None,
            "coverage_to": reach,
            "state": "fresh",
        }
        for source in NOUNS
    ]
    sources = Sources(pl.DataFrame(freshness), as_at=as_at, stale_days=14)
    rows = [
        {"clock": clock, "step": step, "start": due, "due": due, "unit": "north", "person_id": f"{clock}{n}{step}{due}",
         "family_id": f"{n}{due}", "row_id": f"r{n}"}
        for clock in clocks for step in (0, 1, 2) for due in days for n in range(400)
    ]  # fmt: skip
    steps = pl.DataFrame(rows).with_columns(state=state(CLOCKS, sources, as_at=as_at))
    made = clock_actions(steps, clocks, sources, as_at, date(2027, 1, 17))
    supervised = steps.filter(pl.col("clock") == "supervision")
    made += supervision_actions(supervised, clocks["supervision"], sources, date(2027, 1, 17))
    said = [(row["sentence"], row["to_do"]) for action in made for row in action_rows(action)]
    assert len(said) > 40
    for text in (part for pair in said for part in pair):
        assert all(len(words_of(one)) <= 25 for one in sentences_of(text)), text
