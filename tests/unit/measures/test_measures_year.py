"""Measures of a year, each small enough to be counted by hand: the year to 22 November 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fi_workbench.measures.year_definitions import YEAR_MEASURES


def known(week: Any, person: str, born: date | None = date(2015, 1, 1)) -> None:
    """A child of the caseload, once."""
    if person not in {row["person_id"] for row in week.rows["people"]}:
        week.add("people", person_id=person, case_reference=f"C{person}", birth_date=born)


def happened(week: Any, person: str, kind: str, start: date, end: date | None = None, **more: Any) -> str:
    known(week, person)
    return str(week.episode(person, kind, start, end, **more))


def referred(week: Any, person: str, *days: date) -> None:
    for day in days:
        happened(week, person, "referral", day, day)


def lived(week: Any, person: str, *episodes: tuple[date, str, str, str], born: date | None = date(2015, 1, 1)) -> None:
    """Care since the first of these: day, reason for the new episode, legal status, place; the last one lasts."""
    known(week, person, born)
    week.episode(person, "looked_after", episodes[0][0])
    ends: list[date | None] = [episode[0] for episode in episodes[1:]]
    for (day, rne, legal, place), end in zip(episodes, [*ends, None], strict=True):
        week.add(
            "ssda903_episodes",
            child=f"C{person}",
            decom=day,
            rne=rne,
            ls=legal,
            place=place,
            place_provider="PR1",
            dec=end,
            rec="X1" if end else None,
        )


@pytest.fixture
def year(week: Any) -> Any:
    week.source("cin_census", "ssda903", begins=date(2022, 4, 1))
    return week


def found(week: Any, measure: str) -> tuple[int, int, int]:
    (row,) = [row for row in week.run().year_measures.to_dicts() if row["measure"] == measure]
    assert row["can_tell"], row["why_not"]
    return row["n"], row["n_of"], row["n_unknown"]


def test_a_re_referral_counts_from_the_referral_before(year: Any) -> None:
    referred(year, "twelve", date(2025, 12, 1), date(2026, 11, 22))  # within twelve months: both are of the year
    referred(year, "to_the_day", date(2025, 3, 2), date(2026, 3, 2))  # twelve months to the day is within
    referred(year, "a_day_more", date(2025, 3, 2), date(2026, 3, 3))
    referred(year, "outside", date(2025, 1, 10), date(2025, 11, 22))  # the second is on the day before the year
    referred(year, "three", date(2026, 1, 5), date(2026, 2, 5), date(2026, 6, 5))
    assert found(year, "re_referrals") == (1 + 1 + 2, 2 + 1 + 1 + 3, 0)
    assert found(year, "re_referred_children") == (3, 4, 0)


def test_what_became_of_a_referral_does_not_matter(year: Any) -> None:
    happened(year, "p1", "referral", date(2026, 2, 2), date(2026, 2, 2), end_detail="no_further_action")
    happened(year, "p1", "contact_nfa", date(2026, 2, 2), date(2026, 2, 2))
    happened(year, "p1", "referral", date(2026, 5, 5), date(2026, 5, 5))
    assert found(year, "re_referrals") == (1, 2, 0)


def test_a_return_counts_from_the_closure(year: Any) -> None:
    # Closures of the year to 22 November 2025, each followed for twelve months.
    for person, end, reason, again in (
        ("back", date(2025, 6, 2), "RC7", date(2026, 6, 2)),
        ("a_day_late", date(2025, 6, 2), "RC8", date(2026, 6, 3)),
        ("the_same_day", date(2025, 6, 2), "RC7", date(2025, 6, 2)),
        ("stayed_away", date(2025, 6, 2), "RC9", None),
        ("adopted", date(2025, 6, 2), "RC1", date(2026, 1, 1)),
        ("moved", date(2025, 6, 2), "RC5", date(2026, 1, 1)),
        ("not_recorded", date(2025, 6, 2), "absent_from_later_return", date(2026, 1, 1)),
        ("too_new", date(2025, 11, 23), "RC7", date(2026, 1, 1)),
    ):
        happened(year, person, "child_in_need", date(2024, 6, 1), end, end_detail=reason)
        referred(year, person, date(2024, 6, 1), *([again] if again else []))
    known(year, "grown", date(2008, 1, 1))  # 18 before the twelve months are over
    happened(year, "grown", "child_in_need", date(2024, 6, 1), date(2025, 6, 2), end_detail="RC7")
    assert found(year, "returns_after_closure") == (1, 4, 0)


def test_a_referral_while_open_is_a_re_referral_and_no_return(year: Any) -> None:
    happened(year, "p1", "child_in_need", date(2025, 1, 6), None)
    referred(year, "p1", date(2025, 12, 6), date(2026, 1, 6))
    assert found(year, "re_referrals") == (1, 2, 0)
    assert found(year, "returns_after_closure") == (0, 0, 0)


def test_a_later_plan_has_one_before_ever(year: Any) -> None:
    for person, before in (("first", 0), ("third", 2), ("nobody_knows", None)):
        row = happened(year, person, "child_protection_plan", date(2026, 3, 2))
        year.add("cin_protection_plans", row_id=row, number_of_previous_cpp=before)
    happened(year, "in_our_records", "child_protection_plan", date(2017, 3, 2), date(2018, 3, 2))
    row = happened(year, "in_our_records", "child_protection_plan", date(2026, 3, 2))
    year.add("cin_protection_plans", row_id=row, number_of_previous_cpp=None)
    happened(year, "last_year", "child_protection_plan", date(2025, 11, 22))
    assert found(year, "later_plans") == (2, 4, 1)


def test_plans_of_two_years_are_two_measures(year: Any) -> None:
    happened(year, "to_the_day", "child_protection_plan", date(2024, 11, 22))
    happened(year, "a_day_less", "child_protection_plan", date(2024, 11, 23))
    happened(year, "ended_long", "child_protection_plan", date(2024, 3, 2), date(2026, 3, 2))
    happened(year, "ended_short", "child_protection_plan", date(2024, 3, 2), date(2026, 3, 1))
    happened(
        year, "no_end", "child_protection_plan", date(2023, 3, 2), date(2026, 3, 31),
        end_detail="absent_from_later_return",
    )  # fmt: skip
    happened(year, "long_ago", "child_protection_plan", date(2022, 3, 2), date(2025, 11, 22))
    assert found(year, "plans_open_two_years") == (1, 2, 0)
    assert found(year, "plans_ended_two_years") == (1, 3, 1)


def test_a_child_who_moves_in_on_a_plan_has_a_conference_in_fifteen_working_days(year: Any) -> None:
    # Fifteen working days from 30 March 2026 lie over Easter: Good Friday is 3 April, Easter Monday 6 April.
    for person, held in (("in_time", date(2026, 4, 22)), ("late", date(2026, 4, 23))):
        row = happened(year, person, "referral", date(2026, 3, 30), date(2026, 3, 30))
        happened(year, person, "initial_conference", held, held, detail="transfer_in", row_id=row)
    happened(year, "own", "initial_conference", date(2026, 4, 22), date(2026, 4, 22), detail="section47")
    assert found(year, "transfer_conferences") == (1, 2, 0)


def test_three_placements_in_a_year(year: Any) -> None:
    start = date(2024, 1, 8)
    lived(
        year,
        "three",
        (start, "S", "C2", "U6"),
        (date(2026, 2, 2), "P", "C2", "K2"),
        (date(2026, 5, 5), "B", "C2", "U4"),
    )
    lived(year, "two", (start, "S", "C2", "U6"), (date(2026, 2, 2), "P", "C2", "U4"))
    # One move before the year began: the placement that it ended does not count.
    lived(
        year,
        "before",
        (start, "S", "C2", "U6"),
        (date(2025, 11, 22), "P", "C2", "K2"),
        (date(2026, 5, 5), "P", "C2", "U4"),
    )
    lived(
        year, "same_carer", (start, "S", "C1", "U6"), (date(2026, 2, 2), "L", "C2", "U6"),
        (date(2026, 3, 2), "T", "C2", "U4"), (date(2026, 4, 2), "U", "E1", "A3"),
    )  # fmt: skip
    lived(
        year, "hospital_and_back", (start, "S", "C2", "U6"), (date(2026, 2, 2), "P", "C2", "T1"),
        (date(2026, 2, 9), "P", "C2", "U6"), (date(2026, 6, 2), "P", "C2", "U4"),
    )  # fmt: skip
    lived(
        year, "hospital_and_on", (start, "S", "C2", "U6"), (date(2026, 2, 2), "P", "C2", "T1"),
        (date(2026, 2, 9), "P", "C2", "K2"), (date(2026, 6, 2), "P", "C2", "U4"),
    )  # fmt: skip
    known(year, "no_episode")
    year.episode("no_episode", "looked_after", start)
    known(year, "short_breaks")
    for month in (2, 3, 4):
        year.add("ssda903_episodes", child="Cshort_breaks", decom=date(2026, month, 2), rne="S", ls="V4", place="U6")
    assert found(year, "many_placements") == (2, 7, 1)


def test_a_placement_of_an_earlier_time_in_care_counts(year: Any) -> None:
    known(year, "p1")
    for start, end in (
        (date(2026, 1, 5), date(2026, 2, 5)),
        (date(2026, 3, 5), date(2026, 4, 5)),
        (date(2026, 6, 5), None),
    ):
        year.episode("p1", "looked_after", start, end)
        year.add(
            "ssda903_episodes", child="Cp1", decom=start, rne="S", ls="V2", place="U6", place_provider="PR1", dec=end,
            rec="E4A" if end else None,
        )  # fmt: skip
    assert found(year, "many_placements") == (1, 1, 0)


def test_the_same_carer_for_two_years(year: Any) -> None:
    start = date(2023, 1, 9)
    lived(year, "settled", (start, "S", "C2", "U6"), (date(2024, 11, 22), "P", "C2", "U4"))
    lived(year, "a_day_less", (start, "S", "C2", "U6"), (date(2024, 11, 23), "P", "C2", "U4"))
    lived(year, "sixteen", (start, "S", "C2", "U4"), born=date(2010, 11, 22))
    lived(year, "nearly", (start, "S", "C2", "U4"), born=date(2010, 11, 23))
    lived(year, "two_years_in_care", (date(2024, 6, 1), "S", "C2", "U4"))  # less than two and a half
    lived(year, "adopted", (start, "S", "C2", "U6"), (date(2026, 5, 5), "P", "E1", "A4"))
    lived(
        year, "adopted_after_a_move", (start, "S", "C2", "U6"), (date(2025, 1, 5), "P", "C2", "U4"),
        (date(2026, 5, 5), "P", "E1", "A4"),
    )  # fmt: skip
    lived(year, "no_birth_date", (start, "S", "C2", "U4"), born=None)
    assert found(year, "same_carer") == (3, 5, 0)


def test_proceedings_run_from_the_application(year: Any) -> None:
    # 26 weeks from 5 January 2026 is 6 July 2026.
    for person, applied, over in (
        ("in_time", date(2026, 1, 5), date(2026, 7, 6)),
        ("late", date(2026, 1, 5), date(2026, 7, 7)),
        ("nobody_knows", None, date(2026, 7, 6)),
    ):
        lived(year, person, (date(2026, 1, 12), "S", "C1", "U6"), (over, "L", "C2", "U6"))
        if applied:
            year.add("cin_pre_proceedings", la_child_id=f"C{person}", court_app_date=applied)
    lived(year, "open", (date(2026, 1, 12), "S", "C1", "U6"), (date(2026, 3, 2), "P", "C1", "U4"))
    lived(year, "by_agreement", (date(2026, 1, 12), "S", "V2", "U6"))
    assert found(year, "ended_proceedings") == (1, 3, 1)


def test_an_application_belongs_to_the_interim_order_after_it(year: Any) -> None:
    lived(
        year, "p1", (date(2024, 1, 8), "S", "C1", "U6"), (date(2024, 5, 6), "L", "V2", "U6"),
        (date(2026, 1, 12), "L", "C1", "U6"), (date(2026, 7, 6), "L", "C2", "U6"),
    )  # fmt: skip
    year.add("cin_pre_proceedings", la_child_id="Cp1", court_app_date=date(2024, 1, 2))
    assert found(year, "ended_proceedings") == (0, 1, 1)


def test_proceedings_open_for_26_weeks_need_a_decision(year: Any) -> None:
    for person, applied in (("waits", date(2026, 5, 24)), ("not_yet", date(2026, 5, 25))):
        year.child(person, status="looked_after")
        lived(year, person, (date(2026, 6, 8), "S", "C1", "U6"))
        year.add("cin_pre_proceedings", la_child_id=f"C{person}", court_app_date=applied)
    (row,) = [r for r in year.run().unit_actions.to_dicts() if r["action"].startswith("care_proceedings")]
    assert (row["n_children"], row["from_date"], row["authority"]) == (1, date(2026, 5, 24), "regulation")


def test_care_leavers_by_their_latest_birthday(year: Any) -> None:
    # Nineteen to twenty-one on 22 November 2026; the return must be from the birthday or later.
    for person, born, touch, as_of in (
        ("in_touch", date(2006, 5, 5), "YES", date(2026, 6, 30)),
        ("refuses", date(2006, 5, 5), "REFU", date(2026, 6, 30)),
        ("no_word", date(2006, 5, 5), None, date(2026, 6, 30)),
        ("died", date(2006, 5, 5), "DIED", date(2026, 6, 30)),
        ("back_home", date(2006, 5, 5), "RHOM", date(2026, 6, 30)),
        ("older_return", date(2006, 5, 5), "YES", date(2026, 3, 31)),
        ("twenty_two", date(2004, 11, 22), "YES", date(2026, 11, 22)),
        ("twenty_one", date(2004, 11, 23), "YES", date(2026, 6, 30)),
        ("eighteen", date(2007, 11, 23), "NO", date(2026, 6, 30)),
        ("seventeen", date(2009, 11, 22), "YES", date(2026, 11, 22)),
    ):
        known(year, person, born)
        year.episode(person, "looked_after", date(2020, 1, 6), date(2022, 1, 6))
        year.add("ssda903_oc3", child=f"C{person}", dob=born, in_touch=touch, as_of=as_of)
    assert found(year, "in_touch_19_21") == (2, 4, 1)
    assert found(year, "in_touch_17_18") == (1, 2, 0)


def test_dates_of_the_year_count_by_the_day_it_was_done(year: Any) -> None:
    # 45 working days from 2 March 2026 over Easter and early May: 7 May 2026.
    for person, start, end in (
        ("in_time", date(2026, 3, 2), date(2026, 5, 7)),
        ("late", date(2026, 3, 2), date(2026, 5, 8)),
        ("open", date(2026, 3, 2), None),
        ("before", date(2025, 11, 3), date(2025, 11, 22)),
    ):
        year.child(person, since=date(2025, 10, 1))
        year.assessment(person, date(2025, 10, 1), start, end)
    assert found(year, "assessments_in_time") == (1, 2, 0)
    for person, held in (("met", date(2026, 4, 22)), ("missed", date(2026, 4, 23))):
        year.child(person, since=date(2025, 10, 1))
        row = happened(year, person, "section47", date(2026, 3, 30), held)
        year.add(
            "cin_section47", la_child_id=f"C{person}", s47_actual_start_date=date(2026, 3, 30),
            date_of_initial_cpc=held, row_id=row,
        )  # fmt: skip
    assert found(year, "conferences_in_time") == (1, 2, 0)


def test_a_plan_is_reviewed_in_time_when_every_review_was(year: Any) -> None:
    start = date(2026, 2, 2)
    reviews = {
        "all": (date(2026, 5, 2), date(2026, 11, 2)),
        "second_late": (date(2026, 5, 2), date(2026, 11, 3)),
        "none": (),
        "two_months": (),
    }
    for person, held in reviews.items():
        year.child(person, since=start)
        happened(year, person, "child_protection_plan", start if person != "two_months" else date(2026, 9, 22))
        for day in held:
            year.add("cin_protection_plan_reviews", la_child_id=f"C{person}", cpp_review_date=day)
    assert found(year, "plans_reviewed_in_time") == (1, 3, 0)


def test_a_referral_is_decided_by_the_next_working_day(year: Any) -> None:
    # Thursday 2 April 2026 is followed by Good Friday and Easter Monday: the next working day is Tuesday the 7th.
    year.source("case_referrals", begins=date(2025, 1, 6))
    for person, decided in (
        ("the_day", date(2026, 4, 2)),
        ("next", date(2026, 4, 7)),
        ("late", date(2026, 4, 8)),
        ("none", None),
    ):
        happened(year, person, "referral", date(2026, 4, 2), date(2026, 4, 2))
        year.add("case_referrals", child_id=f"C{person}", referral_date=date(2026, 4, 2), decision_date=decided)
    happened(year, "friday", "referral", date(2026, 11, 20), date(2026, 11, 20))
    year.add("case_referrals", child_id="Cfriday", referral_date=date(2026, 11, 20))  # due on Monday
    assert found(year, "decided_in_time") == (2, 4, 1)


def test_a_referral_nobody_decided_waits_in_the_unit(year: Any) -> None:
    year.source("case_referrals", begins=date(2025, 1, 6))
    year.child("waits", since=date(2026, 11, 18), status="child_in_need")
    year.child("decided", since=date(2026, 11, 18), status="child_in_need")
    for person, decided in (("waits", None), ("decided", date(2026, 11, 18))):
        year.add("case_referrals", child_id=f"C{person}", referral_date=date(2026, 11, 18), decision_date=decided)
    result = year.run()
    (row,) = [r for r in result.unit_actions.to_dicts() if r["action"].startswith("referral_decision")]
    assert row["sentence"] == (
        "No decision is recorded on 1 referral: 1 child in 1 family. The earliest was due on 19 November 2026."
    )
    (kept,) = [r for r in result.unit_clocks.to_dicts() if r["clock"] == "referral_decision" and r["window_weeks"] == 4]
    assert (kept["n_due"], kept["n_kept"], kept["n_not_recorded"]) == (2, 1, 1)
    assert "referral_decision" not in result.worklist_items["clock"].to_list()


def test_interviews_of_children_who_were_missing_are_two_facts(year: Any) -> None:
    year.source("missing_episodes", begins=date(2025, 1, 6))
    back = date(2026, 3, 2)
    for person, offered, held in (
        ("in_time", True, date(2026, 3, 5)),  # the third day after
        ("late", True, date(2026, 3, 6)),
        ("refused", True, None),
        ("not_offered", False, None),
        ("no_word", None, None),
    ):
        happened(year, person, "referral", date(2026, 1, 5), date(2026, 1, 5))
        row = year.add(
            "missing_episodes", reported_on=date(2026, 3, 1), found_on=back, return_interview_offered=offered,
            return_interview_on=held,
        )  # fmt: skip
        year.add("partner_people", source="missing_episodes", row_id=row, person_id=person)
    year.add("missing_episodes", reported_on=date(2026, 3, 1), found_on=back, return_interview_offered=True)  # nobody's
    assert found(year, "return_interviews_offered") == (3, 5, 1)
    assert found(year, "return_interviews_in_time") == (1, 5, 3)


def test_health_of_children_a_year_in_care(year: Any) -> None:
    for person, since, born, told in (
        ("all_done", date(2025, 11, 22), date(2015, 1, 1), {"health_assessment": True, "teeth_check": True, "immunisations": True, "sdq_score": 12}),
        ("not_done", date(2024, 1, 8), date(2015, 1, 1), {"health_assessment": False, "teeth_check": False, "immunisations": True}),
        ("three", date(2024, 1, 8), date(2022, 11, 23), {"health_assessment": True, "teeth_check": True, "immunisations": None}),
        ("not_returned", date(2024, 1, 8), date(2010, 1, 1), None),
        ("too_new", date(2025, 11, 23), date(2015, 1, 1), {"health_assessment": True, "sdq_score": 3}),
    ):  # fmt: skip
        known(year, person, born)
        year.episode(person, "looked_after", since)
        if told is not None:
            year.add("ssda903_oc2", child=f"C{person}", as_of=date(2026, 3, 31), **told)
    assert found(year, "health_assessments") == (2, 4, 1)
    assert found(year, "dental_checks") == (2, 4, 1)
    assert found(year, "immunisations") == (2, 4, 2)
    assert found(year, "questionnaires") == (1, 3, 1)


def test_pathway_plans_are_reviewed_every_six_months(year: Any) -> None:
    year.source("annex_a", as_of=date(2026, 11, 20))
    for person, reviewed, listed in (
        ("to_the_day", date(2026, 5, 20), date(2026, 11, 20)),
        ("a_day_more", date(2026, 5, 19), date(2026, 11, 20)),
        ("no_date", None, date(2026, 11, 20)),
        ("of_an_older_list", date(2026, 8, 3), date(2026, 8, 14)),
    ):
        known(year, person, date(2006, 5, 5))
        year.episode(person, "looked_after", date(2020, 1, 6), date(2022, 1, 6))
        year.add("annex_a_care_leavers", child_unique_id=f"C{person}", pathway_plan_review_date=reviewed, as_of=listed)
    assert found(year, "pathway_reviews") == (1, 3, 1)


def test_a_plan_that_nobody_ended_is_no_child_s_after_18(year: Any) -> None:
    for person, born in (("grown", date(2008, 11, 22)), ("seventeen", date(2008, 11, 23))):
        known(year, person, born)
        happened(year, person, "child_protection_plan", date(2024, 3, 2))
    assert found(year, "plans_open_two_years") == (1, 1, 0)
    assert found(year, "plans_reviewed_in_time")[1] == 1


def test_whoever_is_18_by_now_counts_in_what_was_done_before(year: Any) -> None:
    happened(year, "grown", "referral", date(2025, 10, 1), date(2025, 10, 1))
    year.rows["people"][-1]["birth_date"] = date(2008, 1, 1)
    year.assessment("grown", date(2025, 10, 1), date(2025, 11, 3), date(2025, 12, 1))
    assert found(year, "assessments_in_time") == (1, 1, 0)


def test_what_the_sources_do_not_cover_is_not_counted(week: Any) -> None:
    week.source("cin_census", begins=date(2025, 4, 1))
    referred(week, "p1", date(2026, 1, 5), date(2026, 2, 5))
    told = {row["measure"]: row for row in week.run().year_measures.to_dicts()}
    assert set(told) == {measure.id for measure in YEAR_MEASURES}
    again = told["re_referrals"]
    assert (again["can_tell"], again["n"], again["n_of"]) == (False, None, None)
    assert again["why_not"] == (
        "The children in need census begins on 1 April 2025. It is needed from 22 November 2024 on."
    )
    assert told["later_plans"]["can_tell"]
    assert told["same_carer"]["why_not"].startswith("No looked after return")


def test_the_year_ends_where_the_source_does(week: Any) -> None:
    week.source("cin_census", as_of=date(2026, 3, 31), begins=date(2022, 4, 1))
    referred(week, "p1", date(2026, 1, 5), date(2026, 2, 5), date(2026, 6, 5))
    (row,) = [row for row in week.run().year_measures.to_dicts() if row["measure"] == "re_referrals"]
    assert (row["n"], row["n_of"], row["from_date"], row["to_date"]) == (1, 2, date(2025, 3, 31), date(2026, 3, 31))


def test_a_local_rule_says_who_approved_it(year: Any) -> None:
    year.settings["clocks"] = {"approved_by": "Head of practice, 1 May 2026"}
    told = {row["measure"]: row["rule_source"] for row in year.run().year_measures.to_dicts()}
    assert told["returns_after_closure"] == "As evaluations of programmes count (Head of practice, 1 May 2026)"
    assert told["re_referrals"] == "Department for Education, Children in need"
