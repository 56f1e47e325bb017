"""Need profiles: what counts as present, as assessed and not found, and what stays unknown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from fi_workbench import needs
from fi_workbench.contracts import all_contracts, validate
from fi_workbench.vocabulary.needs import NEED_CODES, NEEDS

AS_AT = date(2026, 11, 22)
LOOKBACK = 730

COLUMNS: dict[str, dict[str, Any]] = {
    "families": {"family_id": pl.String, "restricted": pl.Boolean},
    "family_members": {
        "family_id": pl.String,
        "person_id": pl.String,
        "role": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    },
    "people": {
        "person_id": pl.String,
        "case_reference": pl.String,
        "birth_date": pl.Date,
        "expected_birth_date": pl.Date,
        "death_date": pl.Date,
        "restricted": pl.Boolean,
    },
    "partner_people": {"source": pl.String, "row_id": pl.String, "person_id": pl.String, "rule": pl.String},
    "source_freshness": {
        "source": pl.String,
        "name": pl.String,
        "loaded": pl.Boolean,
        "as_of": pl.Date,
        "coverage_from": pl.Date,
        "coverage_to": pl.Date,
    },
    "cin_assessments": {
        "la_child_id": pl.String,
        "cin_referral_date": pl.Date,
        "assessment_actual_start_date": pl.Date,
        "assessment_authorisation_date": pl.Date,
    },
    "cin_assessment_factors": {
        "la_child_id": pl.String,
        "cin_referral_date": pl.Date,
        "assessment_actual_start_date": pl.Date,
        "factor": pl.String,
    },
    "cin_episodes": {
        "la_child_id": pl.String,
        "cin_referral_date": pl.Date,
        "primary_need_code": pl.String,
        "cin_closure_date": pl.Date,
    },
    "cin_protection_plans": {
        "la_child_id": pl.String,
        "cpp_start_date": pl.Date,
        "cpp_end_date": pl.Date,
        "latest_category_of_abuse": pl.String,
    },
    "ssda903_missing": {"child": pl.String, "missing": pl.String, "mis_start": pl.Date, "mis_end": pl.Date},
    "police_notifications": {"incident_type": pl.String, "person_role": pl.String, "incident_date": pl.Date},
    "school_attendance": {
        "week_start": pl.Date,
        "sessions_possible": pl.Int64,
        "sessions_authorised_absence": pl.Int64,
        "sessions_unauthorised_absence": pl.Int64,
    },
    "school_exclusions": {"start_date": pl.Date, "category": pl.String},
    "housing": {"event": pl.String, "start_date": pl.Date, "end_date": pl.Date},
    "adult_services": {"service": pl.String, "referral_date": pl.Date, "start_date": pl.Date, "end_date": pl.Date},
    "youth_justice": {"outcome_date": pl.Date},
}
CLOCKS = {"as_of": pl.Date, "row_id": pl.String}
DERIVED = {"families", "family_members", "people", "partner_people", "source_freshness"}
FRESH = [
    {"source": s, "name": n, "loaded": True, "as_of": AS_AT, "coverage_from": date(2023, 11, 27)}
    for s, n in (
        ("cin_census", "Children in need census"),
        ("police_notifications", "Police notifications"),
        ("housing", "Council housing"),
        ("school_attendance", "School attendance"),
    )
]


class World:
    """A family of two children and their mother, to which tests add records."""

    def __init__(self, *, age: int = 8) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
        self.rows["source_freshness"] = [dict(row) for row in FRESH]
        self.rows["families"] = [{"family_id": "F1", "restricted": False}]
        self.person("child1", "child", case="100", born=AS_AT - timedelta(days=365 * age + 100))
        self.person("child2", "child", case="101", born=AS_AT - timedelta(days=365 * (age + 2) + 100))
        self.person("mother", "mother", case="102", born=date(1990, 1, 1))

    def person(self, person: str, role: str, *, case: str | None, born: date | None, family: str = "F1") -> None:
        self.rows["people"].append(
            {"person_id": person, "case_reference": case, "birth_date": born, "restricted": False}
        )
        self.rows["family_members"].append(
            {"family_id": family, "person_id": person, "role": role, "valid_from": date(2020, 1, 1)}
        )

    def assessment(self, case: str, finished: date | None, *factors: str) -> None:
        start = (finished or AS_AT) - timedelta(days=40)
        key = {
            "la_child_id": case,
            "cin_referral_date": start - timedelta(days=5),
            "assessment_actual_start_date": start,
        }
        self.rows["cin_assessments"].append({**key, "assessment_authorisation_date": finished})
        self.rows["cin_assessment_factors"] += [{**key, "factor": factor} for factor in factors]

    def tied(self, source: str, person: str, **row: Any) -> None:
        row_id = f"{source}-{len(self.rows[source])}"
        self.rows[source].append({**row, "row_id": row_id})
        self.rows["partner_people"].append(
            {"source": source, "row_id": row_id, "person_id": person, "rule": "name_birth_date"}
        )

    def weeks(self, person: str, *, missed: int, n: int = 20) -> None:
        for week in range(n):
            self.tied(
                "school_attendance",
                person,
                week_start=AS_AT - timedelta(days=6 + 7 * week),
                sessions_possible=10,
                sessions_authorised_absence=0,
                sessions_unauthorised_absence=missed,
            )

    def profile(self) -> needs.Needs:
        frames: dict[str, pl.DataFrame] = {}
        for name, columns in COLUMNS.items():
            schema = columns if name in DERIVED else {**columns, **CLOCKS}
            rows = [
                {**dict.fromkeys(schema), "as_of": AS_AT, "row_id": f"{name}{i}", **row}
                for i, row in enumerate(self.rows[name])
            ]
            frames[name] = pl.DataFrame([{c: row[c] for c in schema} for row in rows], schema=schema)
        return needs.profile(**frames, as_at=AS_AT, lookback_days=LOOKBACK)

    def need(self, code: str) -> dict[str, Any]:
        return self.profile().need_profiles.filter(need=code).row(0, named=True)


def test_it_reads_the_tables_it_says() -> None:
    assert set(needs.READS) == set(COLUMNS)


def test_every_family_has_every_need_once_and_obeys_the_contract() -> None:
    world = World()
    world.assessment("100", date(2026, 3, 5), "3B", "4B")
    made = world.profile()
    assert made.need_profiles.height == len(NEEDS)
    assert sorted(made.need_profiles["need"]) == sorted(NEED_CODES)
    catalogue = all_contracts()
    validate(made.need_profiles, catalogue.table("need_profiles"))
    validate(made.family_profiles, catalogue.table("family_profiles"))


def test_a_named_factor_is_present_with_its_words() -> None:
    world = World()
    world.assessment("100", date(2026, 3, 5), "3B")
    world.tied(
        "police_notifications",
        "mother",
        incident_type="domestic_abuse",
        person_role="victim",
        incident_date=date(2026, 6, 9),
    )
    row = world.need("domestic_abuse")
    assert row["state"] == "present"
    assert row["evidence"] == "Recorded at an assessment finished in March 2026; police notification in June 2026"
    assert row["sources"] == ["cin_census", "police_notifications"]
    assert (row["n_evidence"], row["first_date"], row["last_date"]) == (2, date(2026, 3, 5), date(2026, 6, 9))
    assert (row["as_of"], row["coverage_from"], row["coverage_to"]) == (AS_AT, date(2023, 11, 27), AS_AT)


def test_what_a_finished_assessment_did_not_name_was_assessed_and_not_found() -> None:
    world = World()
    world.assessment("100", date(2026, 3, 5), "3B")
    row = world.need("neglect")
    assert row["state"] == "assessed_absent"
    assert row["evidence"] == "Not named at the assessment finished in March 2026 (1 of 2 children assessed)"


def test_no_factors_identified_counts_as_an_assessment_that_named_none() -> None:
    world = World()
    world.assessment("100", date(2026, 3, 5), "21")
    assert world.need("domestic_abuse")["state"] == "assessed_absent"


@pytest.mark.parametrize(
    ("finished", "factors"),
    [
        (date(2026, 3, 5), ()),
        (None, ("3B",)),
        (AS_AT - timedelta(days=LOOKBACK), ("3B",)),
        (AS_AT + timedelta(days=1), ("3B",)),
    ],
    ids=["no factors recorded", "not finished", "before the look-back", "after the date"],
)
def test_an_assessment_that_cannot_speak_leaves_the_need_unknown(
    finished: date | None, factors: tuple[str, ...]
) -> None:
    world = World()
    world.assessment("100", finished, *factors)
    row = world.need("domestic_abuse")
    assert row["state"] == "unknown"
    assert row["n_evidence"] == 0
    assert row["evidence"] == (
        "Not known: no assessment with recorded factors finished since November 2024; "
        "no record found in Police notifications since November 2024"
    )


def test_the_first_day_of_the_lookback_counts() -> None:
    world = World()
    world.assessment("100", AS_AT - timedelta(days=LOOKBACK - 1), "3B")
    assert world.need("domestic_abuse")["state"] == "present"


def test_evidence_beats_an_assessment_that_did_not_name_it() -> None:
    world = World()
    world.assessment("100", date(2026, 8, 5), "21")
    world.tied(
        "police_notifications",
        "child1",
        incident_type="domestic_abuse",
        person_role="child_present",
        incident_date=date(2026, 9, 9),
    )
    assert world.need("domestic_abuse")["state"] == "present"


def days_ago(days: int) -> date:
    return AS_AT - timedelta(days=days)


@pytest.mark.parametrize(
    ("assessments", "state", "ended_on"),
    [
        ({300: "3B", 50: "4B"}, "present", days_ago(50)),
        ({300: "3B", 200: "21", 50: "21"}, "present", days_ago(200)),
        ({300: "4B", 50: "3B"}, "present", None),
        ({LOOKBACK + 10: "3B"}, "unknown", days_ago(10)),
        ({LOOKBACK: "3B"}, "unknown", AS_AT),
        ({LOOKBACK - 1: "3B"}, "present", None),
        ({LOOKBACK + 10: "3B", 400: "4B"}, "assessed_absent", days_ago(400)),
        ({LOOKBACK + 400: "3B", 50: "4B"}, "assessed_absent", None),
        ({50: "4B"}, "assessed_absent", None),
    ],
    ids=[
        "not named again", "not named twice", "named again", "too long ago", "too long ago today", "still counts",
        "not named, then too long ago", "long forgotten", "never recorded",
    ],
)  # fmt: skip
def test_a_need_ends_when_an_assessment_does_not_name_it_or_its_evidence_is_too_old(
    assessments: dict[int, str], state: str, ended_on: date | None
) -> None:
    world = World()
    for days, factor in assessments.items():
        world.assessment("100", days_ago(days), factor)
    row = world.need("domestic_abuse")
    assert (row["state"], row["ended_on"]) == (state, ended_on)
    validate(world.profile().need_profiles, all_contracts().table("need_profiles"))


@pytest.mark.parametrize(
    ("ended", "assessed", "ended_on"),
    [(None, 50, None), (60, 50, days_ago(50)), (40, 50, None), (LOOKBACK + 5, 900, days_ago(5))],
    ids=["still going on", "ended, then not found", "assessed while it went on", "ended too long ago"],
)
def test_a_plan_is_evidence_until_it_ends(ended: int | None, assessed: int, ended_on: date | None) -> None:
    world = World()
    world.rows["cin_protection_plans"].append(
        {"la_child_id": "100", "cpp_start_date": days_ago(1000), "latest_category_of_abuse": "NEG",
         "cpp_end_date": None if ended is None else days_ago(ended)}
    )  # fmt: skip
    world.assessment("100", days_ago(assessed), "3B")
    assert world.need("neglect")["ended_on"] == ended_on


def test_what_only_partners_tell_ends_by_time_alone_and_what_is_listed_no_more_when_its_list_is_too_old() -> None:
    world = World()
    world.tied("housing", "mother", event="eviction", start_date=days_ago(100))
    world.tied("adult_services", "mother", service="mental_health", referral_date=days_ago(1500),
               start_date=days_ago(1400), as_of=days_ago(LOOKBACK + 20))  # fmt: skip
    world.assessment("100", days_ago(50), "3B")
    assert world.need("housing_instability")["ended_on"] is None
    world.rows["housing"][0]["start_date"] = days_ago(LOOKBACK + 3)
    assert world.need("housing_instability")["ended_on"] == days_ago(3)
    assert world.need("parental_mental_health")["ended_on"] == days_ago(50)
    world.rows["cin_assessments"][0]["assessment_authorisation_date"] = None
    assert world.need("parental_mental_health")["ended_on"] == days_ago(20)


def test_a_record_after_the_assessment_is_a_need_that_has_not_ended() -> None:
    world = World()
    world.assessment("100", days_ago(300), "3B")
    world.assessment("100", days_ago(100), "21")
    assert world.need("domestic_abuse")["ended_on"] == days_ago(100)
    world.tied(
        "police_notifications", "child1", incident_type="domestic_abuse", person_role="child_present",
        incident_date=days_ago(20),
    )  # fmt: skip
    assert world.need("domestic_abuse")["ended_on"] is None


def test_a_witness_and_an_adult_suspect_are_not_evidence_about_the_child() -> None:
    world = World()
    for person, role in (("child1", "witness"), ("mother", "suspect")):
        world.tied(
            "police_notifications", person, incident_type="violence", person_role=role, incident_date=date(2026, 9, 9)
        )
    assert world.need("harmful_behaviour")["state"] == "unknown"


def test_a_row_tied_to_nobody_counts_for_nobody() -> None:
    world = World()
    world.tied(
        "police_notifications", "child1", incident_type="missing", person_role="victim", incident_date=date(2026, 9, 9)
    )
    world.rows["partner_people"][-1]["rule"] = "ambiguous"
    assert world.need("missing")["state"] == "unknown"


def test_what_has_not_ended_counts_however_long_ago_it_began() -> None:
    world = World()
    world.rows["cin_protection_plans"].append(
        {"la_child_id": "100", "cpp_start_date": date(2023, 5, 1), "latest_category_of_abuse": "NEG"}
    )
    row = world.need("neglect")
    assert (row["state"], row["evidence"]) == ("present", "Child protection plan for it, begun in May 2023")
    world.rows["cin_protection_plans"][0]["cpp_end_date"] = date(2023, 11, 1)
    assert world.need("neglect")["state"] == "unknown"
    world.rows["cin_protection_plans"][0] |= {"cpp_end_date": None, "as_of": date(2024, 3, 31)}
    assert world.need("neglect")["state"] == "unknown", "no delivery within the look-back still lists it"


def test_an_old_referral_to_adult_services_counts_only_if_the_service_began_and_goes_on() -> None:
    for begun, ended, state in (
        (None, None, "unknown"),
        (date(2022, 6, 1), None, "present"),
        (date(2022, 6, 1), date(2023, 6, 1), "unknown"),
        (date(2022, 6, 1), date(2025, 6, 1), "present"),
    ):
        world = World()
        world.tied(
            "adult_services",
            "mother",
            service="mental_health",
            referral_date=date(2022, 5, 1),
            start_date=begun,
            end_date=ended,
        )
        assert world.need("parental_mental_health")["state"] == state


def test_a_recent_referral_counts_even_before_the_service_began() -> None:
    world = World()
    world.tied("adult_services", "mother", service="substance_misuse", referral_date=date(2026, 5, 1))
    row = world.need("parental_substance_misuse")
    assert (row["state"], row["evidence"]) == (
        "present",
        "Referral to adult substance misuse services in May 2026",
    )


def test_an_eviction_years_ago_without_an_end_does_not_go_on() -> None:
    world = World()
    world.tied("housing", "mother", event="eviction", start_date=date(2022, 4, 1), end_date=None)
    assert world.need("housing_instability")["state"] == "unknown"
    world.tied("housing", "mother", event="temporary_accommodation", start_date=date(2022, 4, 1), end_date=None)
    assert world.need("housing_instability")["state"] == "present"


def test_not_being_on_the_housing_list_is_never_a_no() -> None:
    world = World()
    row = world.need("housing_instability")
    assert row["state"] == "unknown"
    assert row["evidence"] == "Not known: no record found in Council housing since November 2024"


@pytest.mark.parametrize(
    ("coverage_from", "coverage_to", "state"),
    [
        (date(2023, 11, 27), None, "assessed_absent"),
        (AS_AT - timedelta(days=LOOKBACK), None, "assessed_absent"),
        (AS_AT - timedelta(days=LOOKBACK - 1), None, "unknown"),
        (None, None, "unknown"),
        (date(2023, 11, 27), AS_AT - timedelta(days=31), "assessed_absent"),
        (date(2023, 11, 27), AS_AT - timedelta(days=32), "unknown"),
    ],
)
def test_a_tenancy_without_events_is_a_no_only_where_the_list_covers_the_period(
    coverage_from: date | None, coverage_to: date | None, state: str
) -> None:
    world = World()
    world.tied("housing", "mother", event="tenancy", start_date=date(2021, 4, 1), end_date=None)
    housing = next(row for row in world.rows["source_freshness"] if row["source"] == "housing")
    housing |= {"coverage_from": coverage_from, "coverage_to": coverage_to}
    assert world.need("housing_instability")["state"] == state


def test_an_eviction_is_unstable_housing() -> None:
    world = World()
    world.tied("housing", "mother", event="tenancy", start_date=date(2021, 4, 1), end_date=None)
    world.tied("housing", "mother", event="eviction", start_date=date(2026, 4, 1), end_date=date(2026, 4, 1))
    assert world.need("housing_instability")["state"] == "present"


def test_attendance_of_every_child_of_school_age_is_needed_for_a_no() -> None:
    world = World()
    world.weeks("child1", missed=0)
    row = world.need("school_absence")
    assert row["state"] == "unknown"
    assert row["evidence"] == "Not known: enough school attendance linked for 1 of 2 children of school age"
    world.weeks("child2", missed=0)
    row = world.need("school_absence")
    assert row["state"] == "assessed_absent"
    assert row["evidence"] == "Attended more than nine tenths of school sessions in the 26 weeks to November 2026"


@pytest.mark.parametrize(("missed", "state"), [(0, "assessed_absent"), (1, "present"), (2, "present")])
def test_a_tenth_of_sessions_missed_is_absence(missed: int, state: str) -> None:
    world = World()
    world.weeks("child1", missed=missed)
    world.weeks("child2", missed=0)
    assert world.need("school_absence")["state"] == state


def test_too_few_sessions_cannot_tell() -> None:
    world = World()
    for child in ("child1", "child2"):
        world.weeks(child, missed=5, n=5)
    assert world.need("school_absence")["state"] == "unknown"


def test_a_family_without_children_of_school_age_cannot_be_told() -> None:
    row = World(age=1).need("school_absence")
    assert (row["state"], row["evidence"]) == ("unknown", "Not known: no child of school age")


def test_nothing_loaded_is_said() -> None:
    world = World()
    for row in world.rows["source_freshness"]:
        row["loaded"] = False
    profiles = world.profile().need_profiles
    assert profiles["evidence"].unique().to_list() == ["Not known: no source that could tell has been loaded"]
    assert profiles["as_of"].null_count() == profiles.height
    validate(profiles, all_contracts().table("need_profiles"))


def test_restricted_families_and_families_of_restricted_people_never_appear() -> None:
    for table in ("families", "people"):
        world = World()
        world.rows[table][0]["restricted"] = True
        made = world.profile()
        assert made.need_profiles.height == 0
        assert made.family_profiles.height == 0


def test_former_members_and_children_who_died_or_grew_up_do_not_count() -> None:
    world = World()
    world.assessment("100", date(2026, 3, 5), "3B")
    member = next(row for row in world.rows["family_members"] if row["person_id"] == "child1")
    member["valid_to"] = AS_AT
    assert world.need("domestic_abuse")["state"] == "unknown"
    member["valid_to"] = None
    person = next(row for row in world.rows["people"] if row["person_id"] == "child1")
    person["death_date"] = AS_AT
    assert world.need("domestic_abuse")["state"] == "unknown"
    assert World(age=18).profile().family_profiles.height == 0


def test_family_profile_counts_and_bands() -> None:
    world = World(age=1)
    world.assessment("100", date(2026, 3, 5), "3B", "16A")
    world.person("unborn", "child", case="103", born=AS_AT + timedelta(days=60))
    row = world.profile().family_profiles.row(0, named=True)
    assert row == {
        "family_id": "F1",
        "youngest_age_band": "under_1",
        "n_children": 3,
        "n_needs_present": 2,
        "n_needs_unknown": 2,
    }


def test_the_order_of_rows_does_not_matter() -> None:
    worlds = [World(), World()]
    for world in worlds:
        world.assessment("100", date(2026, 3, 5), "3B", "16A")
        world.assessment("101", date(2025, 3, 5), "3B", "4A")
        world.weeks("child1", missed=2)
    for rows in worlds[1].rows.values():
        for i, row in enumerate(rows):
            row.setdefault("row_id", f"fixed{i}")
        rows.reverse()
    first, second = (world.profile() for world in worlds)
    assert first.need_profiles.equals(second.need_profiles)
    assert first.family_profiles.equals(second.family_profiles)
