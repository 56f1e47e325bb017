"""What is open, which one status counts, and who holds the child: small worlds by hand, one for each trap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from fi_workbench.caseload import READS, WRITES, Caseload, build
from fi_workbench.contracts import all_contracts, validate

SUNDAY = date(2026, 11, 22)
DAY = timedelta(days=1)
MARCH = date(2026, 3, 31)
CATALOGUE = all_contracts()


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = CATALOGUE.table(table).polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    return pl.DataFrame([{"as_of": SUNDAY, "row_id": f"{table}-{n}", **r} for n, r in enumerate(rows)], schema=schema)


def person(number: str, **more: Any) -> dict[str, Any]:
    return {"person_id": f"P{number}", "case_reference": number, "is_adult": False, "birth_date": date(2016, 5, 1),
            "restricted": False, "source": "case_people", "as_of": SUNDAY, **more}  # fmt: skip


def member(family: str, number: str, role: str = "child", valid_to: date | None = None) -> dict[str, Any]:
    return {"family_id": family, "person_id": f"P{number}", "role": role, "rule": "alone", "source": "case_people",
            "valid_to": valid_to, "as_of": SUNDAY}  # fmt: skip


def built(as_at: date = SUNDAY, **rows: list[dict[str, Any]]) -> Caseload:
    """Build the caseload; without people given, child 1 of family F is all there is."""
    rows = {"people": [person("1")], "family_members": [member("F", "1")], **rows}
    if "families" not in rows:
        names = sorted({m["family_id"] for m in rows["family_members"]})
        rows["families"] = [{"family_id": f, "restricted": False} for f in names]
    assert set(rows) <= set(READS)
    result = build(**{name: frame(name, rows.get(name, [])) for name in READS}, as_at=as_at)
    for name in WRITES:
        validate(getattr(result, name), CATALOGUE.table(name))
    return result


def case(
    opened: date, closed: date | None = None, why: str | None = None, child: str = "1", **more: Any
) -> dict[str, Any]:
    return {"la_child_id": child, "cin_referral_date": opened, "referral_source": "6", "primary_need_code": "N1",
            "cin_closure_date": closed, "reason_for_closure": why, **more}  # fmt: skip


def part(opened: date, **more: Any) -> dict[str, Any]:
    return {"la_child_id": "1", "cin_referral_date": opened, **more}


def care(
    start: date, rne: str = "S", end: date | None = None, rec: str | None = None, ls: str = "C2", **more: Any
) -> dict[str, Any]:
    return {"child": "1", "decom": start, "rne": rne, "ls": ls, "cin": "N1", "place": "U6", "dec": end, "rec": rec,
            "as_of": MARCH, **more}  # fmt: skip


def status(result: Caseload, number: str = "1") -> tuple[str, date | None]:
    row = result.child_status.filter(pl.col("case_reference") == number).row(0, named=True)
    return row["status"], row["since"]


def spells(result: Caseload, kind: str) -> list[tuple[date, date | None, str | None, str | None]]:
    return list(
        result.episodes.filter(pl.col("kind") == kind).select("start", "end", "detail", "end_detail").iter_rows()
    )


OPENED = date(2026, 1, 5)


def test_reads_and_writes_are_contracted_tables() -> None:
    assert set(READS) | set(WRITES) <= set(CATALOGUE.tables)


def test_the_highest_open_status_counts() -> None:
    everything: dict[str, list[dict[str, Any]]] = {
        "partner_people": [{"source": "early_help", "row_id": "early_help-0", "person_id": "P1", "rule": "name_birth_date"}],
        "early_help": [{"case_ref": "e", "start_date": date(2026, 2, 1), "reason": "Parenting"}],
        "cin_episodes": [case(OPENED)],
        "cin_assessments": [part(OPENED, assessment_actual_start_date=date(2026, 2, 2))],
        "cin_plans": [part(OPENED, cin_plan_start_date=date(2026, 2, 3))],
        "cin_protection_plans": [part(OPENED, cpp_start_date=date(2026, 2, 4), initial_category_of_abuse="NEG")],
        "ssda903_episodes": [care(date(2026, 2, 5))],
    }  # fmt: skip
    ladder = [
        "early_help",
        "child_in_need",
        "open_assessment",
        "child_in_need_plan",
        "child_protection_plan",
        "looked_after",
    ]
    tables = list(everything)
    for n, expected in enumerate(ladder, start=1):
        result = built(**{name: everything[name] for name in tables[: n + 1]})
        assert status(result)[0] == expected
    assert status(built())[0] == "closed"
    assert status(built())[1] is None


def test_a_plan_ending_hands_over_to_what_is_still_open() -> None:
    result = built(
        cin_episodes=[case(OPENED)],
        cin_protection_plans=[part(OPENED, cpp_start_date=date(2026, 2, 1), cpp_end_date=date(2026, 6, 1))],
    )
    assert status(result) == ("child_in_need", date(2026, 6, 1))
    history = list(result.status_history.select("from_date", "to_date", "status").iter_rows())
    assert history == [
        (OPENED, date(2026, 2, 1), "child_in_need"),
        (date(2026, 2, 1), date(2026, 6, 1), "child_protection_plan"),
        (date(2026, 6, 1), None, "child_in_need"),
    ]


def test_a_case_closed_late_is_one_episode() -> None:
    opened = date(2025, 1, 10)
    result = built(cin_episodes=[case(opened, date(2026, 9, 1), "RC7")])
    assert spells(result, "child_in_need") == [(opened, date(2026, 9, 1), "N1", "RC7")]
    assert status(result) == ("closed", date(2026, 9, 1))
    assert (
        status(built(as_at=date(2026, 8, 31), cin_episodes=[case(opened, date(2026, 9, 1), "RC7")]))[0]
        == "child_in_need"
    )


def test_an_open_case_that_a_later_census_does_not_list_is_closed_and_says_why() -> None:
    world = {
        "people": [person("1"), person("2")],
        "family_members": [member("F", "1"), member("G", "2")],
        "cin_episodes": [case(OPENED, as_of=MARCH), case(date(2026, 5, 1), child="2")],
        "cin_protection_plans": [part(OPENED, cpp_start_date=date(2026, 2, 1), as_of=MARCH)],
    }
    result = built(**world)
    assert status(result, "1") == ("closed", MARCH)
    assert status(result, "2")[0] == "child_in_need"
    assert ("absent_from_later_return") in [row[3] for row in spells(result, "child_in_need")]


def test_nothing_outlives_its_case() -> None:
    result = built(
        cin_episodes=[case(OPENED, date(2026, 6, 1), "RC7")],
        cin_protection_plans=[part(OPENED, cpp_start_date=date(2026, 2, 1), initial_category_of_abuse="NEG")],
        cin_assessments=[part(OPENED, assessment_actual_start_date=date(2026, 1, 6))],
    )
    assert spells(result, "child_protection_plan") == [(date(2026, 2, 1), date(2026, 6, 1), "NEG", "case_closed")]
    assert spells(result, "assessment")[0][1] == date(2026, 6, 1)
    assert status(result) == ("closed", date(2026, 6, 1))


def test_a_referral_without_further_action_opens_nothing_and_is_counted() -> None:
    result = built(cin_episodes=[case(OPENED, OPENED, "RC8", referral_nfa=True)])
    assert spells(result, "referral") == [(OPENED, OPENED, "6", "no_further_action")]
    assert spells(result, "contact_nfa") == [(OPENED, OPENED, "6", None)]
    assert spells(result, "child_in_need") == []
    assert status(result)[0] == "closed"


def test_a_referral_in_both_systems_is_one_and_one_newer_than_the_census_is_open() -> None:
    def received(day: date, nfa: bool = False) -> dict[str, Any]:
        return {
            "referral_id": f"r{day}",
            "child_id": "1",
            "referral_date": day,
            "referral_source": "2A",
            "no_further_action": nfa,
        }

    census = [case(OPENED, date(2026, 2, 1), "RC7", as_of=MARCH)]
    both = built(
        cin_episodes=census,
        case_referrals=[received(OPENED), received(date(2026, 5, 1)), received(date(2026, 5, 3), True)],
    )
    assert [row[0] for row in spells(both, "referral")] == [OPENED, date(2026, 5, 1), date(2026, 5, 3)]
    assert [row[0] for row in spells(both, "contact_nfa")] == [date(2026, 5, 3)]
    assert status(both) == ("child_in_need", date(2026, 5, 1))
    assert both.child_status["source_table"].to_list() == ["case_referrals"]
    alone = built(case_referrals=[received(OPENED)])
    assert status(alone)[0] == "closed"  # without a census nothing says that a referral is still open


def test_a_section_47_enquiry_and_conferences() -> None:
    result = built(
        cin_episodes=[case(OPENED, date_of_initial_cpc=date(2026, 1, 9))],
        cin_section47=[
            part(OPENED, s47_actual_start_date=date(2026, 2, 2), date_of_initial_cpc=date(2026, 2, 20)),
            part(OPENED, s47_actual_start_date=date(2026, 4, 1), icpc_not_required=True),
        ],
    )
    assert spells(result, "section47") == [
        (date(2026, 2, 2), date(2026, 2, 20), None, "initial_conference"), (date(2026, 4, 1), None, None, None)]  # fmt: skip
    assert [(row[0], row[2]) for row in spells(result, "initial_conference")] == [
        (date(2026, 1, 9), "transfer_in"), (date(2026, 2, 20), "section47")]  # fmt: skip


def test_episodes_joined_by_x1_are_one_period_of_care() -> None:
    chain = [
        care(date(2025, 5, 1), "S", date(2025, 7, 1), "X1", "V2"),
        care(date(2025, 7, 1), "L", date(2025, 9, 1), "X1", "C1"),
        care(date(2025, 9, 1), "P", date(2025, 12, 1), "E4A", "C2"),
        care(date(2026, 2, 1), "S", None, None, "C1"),
    ]
    result = built(ssda903_episodes=chain)
    assert spells(result, "looked_after") == [
        (date(2025, 5, 1), date(2025, 12, 1), "C2", "E4A"),
        (date(2026, 2, 1), None, "C1", None),
    ]
    assert status(result) == ("looked_after", date(2026, 2, 1))
    assert result.child_status["as_of"].to_list() == [MARCH]


def test_short_breaks_are_not_care() -> None:
    result = built(
        ssda903_episodes=[
            care(date(2026, 1, 1), ls="V4"),
            care(date(2026, 2, 1), ls="V3", end=date(2026, 2, 3), rec="X1"),
        ]
    )
    assert spells(result, "looked_after") == []
    assert len(spells(result, "short_break")) >= 1
    assert status(result)[0] == "closed"


@pytest.mark.parametrize(
    "chain",
    [
        [
            care(date(2025, 5, 1), "S", None, None),
            care(date(2025, 7, 1), "P", date(2025, 9, 1), "E8"),
        ],  # an end is missing
        [
            care(date(2025, 5, 1), "S", date(2025, 8, 1), "X1"),
            care(date(2025, 7, 1), "P", date(2025, 9, 1), "E8"),
        ],  # overlap
        [
            care(date(2025, 5, 1), "S", date(2025, 6, 1), "X1"),
            care(date(2025, 7, 1), "P", date(2025, 9, 1), "E8"),
        ],  # gap
    ],
)
def test_dirty_chains_make_one_period(chain: list[dict[str, Any]]) -> None:
    assert [row[:2] for row in spells(built(ssda903_episodes=chain), "looked_after")] == [
        (date(2025, 5, 1), date(2025, 9, 1))
    ]


def test_care_open_in_an_older_return_but_not_in_the_latest_has_ended() -> None:
    old = care(date(2024, 5, 1), as_of=date(2025, 3, 31))
    other = care(date(2026, 1, 1), child="2")
    result = built(ssda903_episodes=[old, other])
    assert spells(result, "looked_after") == [(date(2024, 5, 1), date(2025, 3, 31), "C2", "absent_from_later_return")]


def test_care_open_at_31_march_lasts_until_the_census_says_the_case_closed() -> None:
    start = date(2025, 5, 1)
    still = built(ssda903_episodes=[care(start)], cin_episodes=[case(start)])
    assert status(still) == ("looked_after", start)
    closed = built(ssda903_episodes=[care(start)], cin_episodes=[case(start, date(2026, 8, 3), "RC4")])
    assert status(closed) == ("closed", date(2026, 8, 3))
    assert spells(closed, "looked_after")[0][3] == "case_closed"
    earlier = built(ssda903_episodes=[care(start)], cin_episodes=[case(start, date(2025, 8, 3), "RC7")])
    assert status(earlier)[0] == "looked_after"


@pytest.mark.parametrize(("why", "how"), [("RC2", "died"), ("RC5", "moved_away")])
def test_a_child_who_died_or_moved_leaves_every_list_the_same_day(why: str, how: str) -> None:
    gone = date(2026, 11, 20)
    world: dict[str, Any] = {
        "people": [person("1", death_date=gone if why == "RC2" else None)],
        "cin_episodes": [case(OPENED, gone, why)],
        "cin_protection_plans": [part(OPENED, cpp_start_date=date(2026, 2, 1))],
        "ssda903_episodes": [care(date(2026, 2, 1))],
        "partner_people": [
            {"source": "early_help", "row_id": "early_help-0", "person_id": "P1", "rule": "name_birth_date"}
        ],
        "early_help": [{"case_ref": "e", "start_date": date(2026, 2, 1), "reason": "Parenting"}],
    }
    result = built(as_at=gone, **world)
    assert result.episodes.filter(pl.col("end").is_null()).is_empty()
    assert {row[3] for kind in ("early_help", "looked_after") for row in spells(result, kind)} <= {
        how,
        "case_closed",
    }
    if why == "RC2":
        assert result.child_status.is_empty()
        assert result.family_status.is_empty()
        assert result.status_history["to_date"].max() == gone
        assert result.status_history["to_date"].null_count() == 0
    else:
        assert status(result) == ("closed", gone)
    assert status(built(as_at=gone - DAY, **world))[0] == "looked_after"


def test_a_death_recorded_only_in_the_case_system_ends_everything() -> None:
    result = built(people=[person("1", death_date=date(2026, 11, 1))], cin_episodes=[case(OPENED)])
    assert result.child_status.is_empty()
    assert spells(result, "child_in_need") == [(OPENED, date(2026, 11, 1), "N1", "died")]


def test_a_child_who_moved_away_and_came_back_is_open_again() -> None:
    result = built(cin_episodes=[case(OPENED, date(2026, 3, 1), "RC5"), case(date(2026, 5, 1))])
    assert status(result) == ("child_in_need", date(2026, 5, 1))


def test_at_18_a_child_leaves_unless_looked_after() -> None:
    turned = person("1", birth_date=date(2008, 11, 1))
    world: dict[str, Any] = {"people": [turned], "cin_episodes": [case(OPENED)]}
    result = built(**world)
    assert result.child_status.is_empty()
    assert result.status_history["to_date"].to_list() == [date(2026, 11, 1)]
    assert status(built(as_at=date(2026, 10, 31), **world))[0] == "child_in_need"
    assert status(built(ssda903_episodes=[care(date(2026, 2, 1))], **world))[0] == "looked_after"


def test_ages_unborn_overdue_and_unknown() -> None:
    people = [
        person("1", birth_date=None, expected_birth_date=SUNDAY + 60 * DAY),
        person("2", birth_date=None, expected_birth_date=SUNDAY - 20 * DAY),
        person("3", birth_date=None, expected_birth_date=date(2020, 1, 1)),
        person("4", birth_date=None),
        person("5", birth_date=SUNDAY),
    ]
    result = built(people=people, family_members=[member("F", str(n)) for n in range(1, 6)])
    assert result.child_status["age"].to_list() == [-1, -1, None, None, 0]
    assert result.family_status["youngest_age"].to_list() == [-1]


def allocation(
    worker: str, start: date, end: date | None = None, child: str = "1", role: str = "lead_practitioner"
) -> dict[str, Any]:
    return {"child_id": child, "worker_id": worker, "role": role, "start_date": start, "end_date": end}


def post(
    worker: str, unit: str, start: date = date(2020, 1, 1), end: date | None = None, fte: float = 1.0
) -> dict[str, Any]:
    return {
        "worker_id": worker,
        "unit": unit,
        "role": "social_worker",
        "fte": fte,
        "start_date": start,
        "end_date": end,
    }


def held(result: Caseload, number: str = "1") -> tuple[str | None, str | None, date | None]:
    row = result.child_status.filter(pl.col("case_reference") == number).row(0, named=True)
    return row["unit"], row["worker_id"], row["allocated_since"]


def test_the_holder_is_the_lead_practitioner_on_a_roster_that_sunday() -> None:
    roster = [post("w1", "north"), post("w2", "south"), post("w3", "east")]
    given = [
        allocation("w1", OPENED, date(2026, 5, 1)),
        allocation("w2", date(2026, 5, 1)),
        allocation("w3", date(2026, 6, 1), role="family_support"),
    ]
    result = built(cin_episodes=[case(OPENED)], allocations=given, roster=roster)
    assert held(result) == ("south", "w2", date(2026, 5, 1))
    units = list(result.status_history.select("from_date", "to_date", "unit").iter_rows())
    assert units == [(OPENED, date(2026, 5, 1), "north"), (date(2026, 5, 1), None, "south")]


def test_the_last_day_of_an_allocation_still_counts() -> None:
    given = [allocation("w1", OPENED, SUNDAY)]
    world: dict[str, Any] = {"cin_episodes": [case(OPENED)], "allocations": given, "roster": [post("w1", "north")]}
    assert held(built(**world))[0] == "north"
    assert held(built(as_at=SUNDAY + DAY, **world)) == (None, None, None)


def test_a_worker_who_left_the_roster_holds_for_no_unit() -> None:
    result = built(
        cin_episodes=[case(OPENED)],
        allocations=[allocation("w1", OPENED)],
        roster=[post("w1", "north", end=date(2026, 6, 1))],
    )
    assert held(result) == (None, "w1", OPENED)
    assert result.status_history["unit"].to_list() == ["north", None]
    moved = [post("w1", "north", end=date(2026, 6, 1)), post("w1", "south", date(2026, 6, 2))]
    after = built(cin_episodes=[case(OPENED)], allocations=[allocation("w1", OPENED)], roster=moved)
    assert held(after)[0] == "south"


def test_no_roster_and_no_allocations_leave_units_empty() -> None:
    result = built(cin_episodes=[case(OPENED)])
    assert held(result) == (None, None, None)
    assert result.family_status["unit"].to_list() == [None]


def test_a_family_is_held_by_the_unit_of_most_of_its_open_children() -> None:
    numbers = ["1", "2", "3", "4"]
    world: dict[str, Any] = {
        "people": [person(n, birth_date=date(2010 + int(n), 1, 1)) for n in numbers],
        "family_members": [member("F", n) for n in numbers],
        "roster": [post("w1", "north"), post("w2", "south")],
    }

    def family(cases: str, given: list[dict[str, Any]]) -> dict[str, Any]:
        result = built(cin_episodes=[case(OPENED, child=n) for n in cases], allocations=given, **world)
        return result.family_status.row(0, named=True)

    most = family(
        "123", [allocation("w1", OPENED, child="1"), *(allocation("w2", date(2026, 3, 1), child=n) for n in "23")]
    )
    assert (most["unit"], most["worker_id"], most["n_children_open"], most["n_children"]) == ("south", "w2", 3, 4)
    assert most["youngest_age"] == 12
    tie = family("12", [allocation("w2", date(2026, 2, 1), child="1"), allocation("w1", date(2026, 3, 1), child="2")])
    assert tie["unit"] == "south"
    some = family("123", [allocation("w1", OPENED, child="1")])
    assert some["unit"] == "north"
    closed_do_not_count = family(
        "1", [allocation("w1", OPENED, child="1"), *(allocation("w2", OPENED, child=n) for n in "234")]
    )
    assert closed_do_not_count["unit"] == "north"
    none_open = family("", [allocation("w2", OPENED, child="4")])
    assert (none_open["unit"], none_open["status"], none_open["n_children_open"]) == ("south", "closed", 0)


def test_family_status_is_the_highest_and_since_its_first_child() -> None:
    result = built(
        people=[person("1"), person("2"), person("3")],
        family_members=[member("F", n) for n in "123"],
        cin_episodes=[case(OPENED, child=n) for n in "123"],
        cin_plans=[
            {"la_child_id": "1", "cin_referral_date": OPENED, "cin_plan_start_date": date(2026, 4, 1)},
            {"la_child_id": "2", "cin_referral_date": OPENED, "cin_plan_start_date": date(2026, 3, 1)},
        ],
    )
    assert result.family_status.select("status", "since").row(0) == ("child_in_need_plan", date(2026, 3, 1))


def test_restricted_people_and_their_whole_families_are_only_counted() -> None:
    result = built(
        people=[
            person("1"),
            person("2"),
            person("3", restricted=True, is_adult=True),
            person("4"),
            person("5", is_adult=True),
        ],
        family_members=[
            member("F", "1"),
            member("F", "2"),
            member("F", "3", "mother"),
            member("G", "4"),
            member("F", "5", "father", MARCH),
        ],
        families=[{"family_id": "F", "restricted": True}, {"family_id": "G", "restricted": False}],
        cin_episodes=[case(OPENED, child=n) for n in "124"],
        ssda903_episodes=[care(OPENED, end=OPENED + DAY, rec="X1", child=n) for n in "1249"],
    )
    assert result.child_status["case_reference"].to_list() == ["4"]
    assert result.care_repairs["case_reference"].unique().to_list() == ["4"]
    assert result.episodes["person_id"].unique().to_list() == ["P4"]
    assert result.status_history["person_id"].unique().to_list() == ["P4"]
    assert result.family_status["family_id"].to_list() == ["G"]
    assert result.caseload_withheld.row(0) == ("restricted", 2, 1)


def test_early_help_counts_only_where_the_record_could_be_tied() -> None:
    world: dict[str, Any] = {"early_help": [{"case_ref": "e", "start_date": date(2026, 2, 1), "reason": "Parenting"}]}
    tied = {"source": "early_help", "row_id": "early_help-0", "person_id": "P1", "rule": "name_birth_date"}
    assert status(built(partner_people=[tied], **world)) == ("early_help", date(2026, 2, 1))
    assert status(built(partner_people=[{**tied, "person_id": None, "rule": "ambiguous"}], **world))[0] == "closed"
    other = {**tied, "source": "housing"}
    assert status(built(partner_people=[other], **world))[0] == "closed"


def test_impossible_dates_survive() -> None:
    result = built(
        cin_episodes=[case(OPENED, date(2025, 1, 1), "RC7")],
        cin_plans=[part(OPENED, cin_plan_start_date=date(2026, 5, 1), cin_plan_end_date=date(2026, 4, 1))],
        cin_protection_plans=[part(OPENED, cpp_start_date=date(2026, 5, 1), cpp_end_date=date(2026, 5, 1))],
        ssda903_episodes=[care(date(2026, 3, 1), end=date(2026, 2, 1), rec="E8")],
        allocations=[allocation("w1", date(2026, 5, 1), date(2026, 4, 1))],
        roster=[post("w1", "north", date(2026, 5, 1), date(2026, 4, 1))],
    )
    assert status(result)[0] == "closed"


def test_the_window_keeps_spells_that_reach_into_it_whole() -> None:
    long_ago = date(2024, 1, 1)
    result = built(
        cin_episodes=[case(long_ago)],
        cin_assessments=[
            part(long_ago, assessment_actual_start_date=long_ago, assessment_authorisation_date=date(2024, 2, 1))
        ],
    )
    assert list(result.status_history.select("from_date", "to_date").iter_rows()) == [(date(2024, 2, 1), None)]


def test_nothing_at_all_gives_typed_empty_tables() -> None:
    result = built(people=[], family_members=[], families=[])
    assert result.child_status.is_empty()
    assert result.family_status.is_empty()
    assert result.caseload_withheld.row(0) == ("restricted", 0, 0)


def test_what_comes_later_is_not_seen_and_what_ends_later_is_open() -> None:
    world: dict[str, Any] = {
        "cin_episodes": [case(OPENED, date(2026, 9, 1), "RC7"), case(date(2026, 10, 1))],
        "cin_section47": [part(date(2026, 10, 1), s47_actual_start_date=date(2026, 10, 5))],
    }
    early = built(as_at=date(2026, 6, 1), **world)
    assert spells(early, "child_in_need") == [(OPENED, None, "N1", None)]
    assert spells(early, "section47") == []
    assert len(spells(built(**world), "child_in_need")) == 2


def test_a_referral_on_the_day_of_the_census_that_the_census_does_not_list_opens_nothing() -> None:
    received = {
        "referral_id": "r",
        "child_id": "1",
        "referral_date": MARCH,
        "referral_source": "2A",
        "no_further_action": False,
    }
    result = built(cin_episodes=[case(OPENED, date(2026, 2, 1), "RC7", as_of=MARCH)], case_referrals=[received])
    assert status(result)[0] == "closed"


@pytest.mark.parametrize(("as_at", "listed"), [(date(2026, 2, 28), True), (date(2026, 3, 1), False)])
def test_who_was_born_on_29_february_stays_on_the_list_until_1_march(as_at: date, listed: bool) -> None:
    people = [person("1", birth_date=date(2008, 2, 29))]
    open_case = [case(date(2026, 1, 5), as_of=as_at)]
    result = built(as_at=as_at, people=people, cin_episodes=open_case)
    assert (result.child_status.height == 1) == listed
