"""Whose record is it? Small worlds by hand, one for each trap."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts, validate
from fi_workbench.identity import PARTNERS, READS, WRITES, Linked, link
from fi_workbench.identity.decisions import decided_links
from fi_workbench.pseudonyms import PseudonymKey

KEY = PseudonymKey("test", b"k" * 32)
SUNDAY = date(2026, 11, 22)
CATALOGUE = all_contracts()


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = CATALOGUE.table(table).polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    filled = [{"as_of": SUNDAY, "row_id": f"{table}-{n}", **row} for n, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=schema)


def linked(as_at: date = SUNDAY, decisions: pl.DataFrame | None = None, **rows: list[dict[str, Any]]) -> Linked:
    frames = {name: frame(name, rows.get(name, [])) for name in READS}
    assert set(rows) <= set(READS)
    result = link(**frames, key=KEY, as_at=as_at, decisions=pl.DataFrame() if decisions is None else decisions)
    for name in WRITES:
        validate(getattr(result, name), CATALOGUE.table(name))
    return result


def person(
    number: str, forename: str, surname: str, born: date | None, postcode: str = "NE1 1AA", **more: Any
) -> dict[str, Any]:
    return {
        "person_id": number, "forename": forename, "surname": surname, "date_of_birth": born, "postcode": postcode,
        "is_adult": False, **more,
    }  # fmt: skip


def police(
    own: str, forename: str, surname: str, born: date | None, postcode: str | None = "NE1 1AA"
) -> dict[str, Any]:
    return {"incident_id": f"i{own}", "police_person_id": own, "person_role": "victim", "forename": forename,
            "surname": surname, "date_of_birth": born, "postcode": postcode, "incident_date": date(2026, 11, 1),
            "incident_type": "missing", "child_present": False}  # fmt: skip


def school(upn: str, forename: str, surname: str, born: date, postcode: str = "NE1 1AA") -> dict[str, Any]:
    return {"upn": upn, "week_start": date(2026, 11, 9), "forename": forename, "surname": surname,
            "date_of_birth": born, "postcode": postcode, "school_urn": "1", "sessions_possible": 10,
            "sessions_authorised_absence": 0, "sessions_unauthorised_absence": 0}  # fmt: skip


def whose(result: Linked, source: str, own: str) -> tuple[str | None, str]:
    name = KEY.pseudonym("link", f"{source}:{own}")
    row = result.person_links.filter(pl.col("source") == source, pl.col("partner_person") == name)
    known = dict(result.people.select("person_id", "case_reference").iter_rows())
    return known.get(row["person_id"].item()), row["rule"].item()


BORN = date(2015, 3, 14)


def test_reads_and_writes_are_contracted_tables() -> None:
    assert set(READS) | set(WRITES) <= set(CATALOGUE.tables)
    assert {name for name, table in CATALOGUE.tables.items() if table.source in PARTNERS} == set(PARTNERS)


def test_a_pupil_number_ties_before_names_do() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN, upn="B801200005001"), person("2", "Ada", "Moor", BORN)],
        school_attendance=[school("B801200005001", "Ada", "Moor", BORN)],
    )
    assert whose(result, "school_attendance", "B801200005001") == ("1", "upn")


def test_a_former_pupil_number_of_a_return_ties_too() -> None:
    result = linked(
        cin_children=[{"la_child_id": "7", "former_upn": "B801200005001"}],
        school_attendance=[school("B801200005001", "Ada", "Moss", BORN)],
    )
    assert whose(result, "school_attendance", "B801200005001") == ("7", "upn")


def test_a_number_that_two_people_have_is_ambiguous() -> None:
    result = linked(
        case_people=[
            person("1", "Ada", "Moss", BORN, upn="B801200005001"),
            person("2", "Ada", "Moss", BORN, upn="B801200005001"),
        ],
        school_attendance=[school("B801200005001", "Ada", "Moss", BORN)],
    )
    assert whose(result, "school_attendance", "B801200005001") == (None, "ambiguous")
    assert result.person_links["n_candidates"].to_list() == [2]


def test_a_number_ties_nobody_whose_name_and_birth_date_both_say_otherwise() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN, upn="B801200005001")],
        school_attendance=[school("B801200005001", "Ken", "Ali", date(2012, 1, 1))],
    )
    assert whose(result, "school_attendance", "B801200005001") == (None, "unlinked")


def test_a_number_still_ties_after_a_change_of_name() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN, upn="B801200005001")],
        school_attendance=[school("B801200005001", "Adela", "Ali", BORN, "NE9 9ZZ")],
    )
    assert whose(result, "school_attendance", "B801200005001") == ("1", "upn")


def test_an_nhs_number_ties_health_visiting_and_adult_services() -> None:
    result = linked(
        case_people=[person("1", "Baby", "Moss", BORN, nhs_number="9434765870")],
        health_visiting=[{"nhs_number": "9434765870", "contact_type": "new_birth", "forename": "Zoe", "surname": "Moss",
                          "date_of_birth": BORN, "postcode": "NE1 1AA", "due_date": BORN, "level": "universal"}],
        adult_services=[{"client_id": "c", "service": "mental_health", "referral_date": BORN, "forename": "Z",
                         "surname": "M", "postcode": "NE1", "nhs_number": "943 476 5870"}],
    )  # fmt: skip
    assert whose(result, "health_visiting", "9434765870") == ("1", "nhs_number")
    assert whose(result, "adult_services", "c") == ("1", "nhs_number")


def test_names_tie_across_case_accents_and_hyphens() -> None:
    result = linked(
        case_people=[person("1", "Zoë", "O'Brien-Nuñez", BORN)],
        police_notifications=[police("p", "ZOE", "OBRIEN NUNEZ", BORN, "ne11aa")],
    )
    assert whose(result, "police_notifications", "p") == ("1", "name_birth_date_postcode")


def test_same_name_and_birth_date_two_people() -> None:
    two = [person("1", "Ada", "Moss", BORN, "NE1 1AA"), person("2", "Ada", "Moss", BORN, "NE2 2BB")]
    result = linked(
        case_people=two,
        police_notifications=[
            police("there", "Ada", "Moss", BORN, "NE2 2BB"),
            police("elsewhere", "Ada", "Moss", BORN, "NE3 3CC"),
            police("nowhere", "Ada", "Moss", BORN, None),
        ],
    )
    assert whose(result, "police_notifications", "there") == ("2", "name_birth_date_postcode")
    assert whose(result, "police_notifications", "elsewhere") == (None, "ambiguous")
    assert whose(result, "police_notifications", "nowhere") == (None, "ambiguous")
    alone = linked(case_people=two[:1], police_notifications=[police("moved", "Ada", "Moss", BORN, "NE3 3CC")])
    assert whose(alone, "police_notifications", "moved") == ("1", "name_birth_date")


def test_a_missing_birth_date_never_ties_by_name() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", None), person("2", "Ken", "Ali", BORN)],
        police_notifications=[police("p", "Ada", "Moss", None), police("q", "Ken", "Ali", None)],
    )
    assert (
        whose(result, "police_notifications", "p") == whose(result, "police_notifications", "q") == (None, "unlinked")
    )


def test_twins_are_kept_apart() -> None:
    jack = person("1", "Jack", "Moss", BORN)
    james = person("2", "James", "Moss", BORN)
    both = linked(case_people=[jack, james], police_notifications=[police("p", "Jak", "Moss", BORN)])
    assert whose(both, "police_notifications", "p") == (None, "ambiguous")
    one_known = linked(
        case_people=[jack],
        police_notifications=[police("p", "Jack", "Moss", BORN), police("q", "James", "Moss", BORN)],
    )
    assert whose(one_known, "police_notifications", "p") == ("1", "name_birth_date_postcode")
    assert whose(one_known, "police_notifications", "q") == (None, "ambiguous")


def test_a_nickname_with_the_same_initial_ties_at_the_same_postcode_only() -> None:
    result = linked(
        case_people=[person("1", "Kathryn", "Moss", BORN)],
        police_notifications=[police("p", "Kate", "Moss", BORN), police("q", "Kate", "Moss", BORN, "NE9 9ZZ"),
                              police("r", "Tina", "Moss", BORN)],
    )  # fmt: skip
    assert whose(result, "police_notifications", "p") == ("1", "surname_initial_birth_date_postcode")
    assert whose(result, "police_notifications", "q") == (None, "unlinked")
    assert whose(result, "police_notifications", "r") == (None, "unlinked")


def test_unborn_then_born() -> None:
    seen = [police("p", "Olivia", "Moss", date(2026, 10, 2))]
    unborn = person("1", "Unborn", "Moss", None, expected_date_of_birth=date(2026, 10, 10))
    born = person("1", "Baby", "Moss", date(2026, 10, 2))
    twins = [born, person("2", "Baby", "Moss", date(2026, 10, 2))]
    assert whose(linked(case_people=[unborn], police_notifications=seen), "police_notifications", "p")[0] is None
    after = linked(case_people=[born], police_notifications=seen)
    assert whose(after, "police_notifications", "p") == ("1", "surname_initial_birth_date_postcode")
    assert whose(linked(case_people=twins, police_notifications=seen), "police_notifications", "p")[1] == "ambiguous"


def test_one_own_id_written_in_several_ways_is_one_link() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN)],
        police_notifications=[
            police("p", "Ada", "Moss", None),
            police("p", "Ada", "Moss", BORN) | {"incident_id": "later"},
        ],
    )
    assert whose(result, "police_notifications", "p") == ("1", "name_birth_date_postcode")
    assert result.partner_people["person_id"].null_count() == 0
    assert result.partner_people.height == 2


def test_an_own_id_used_for_two_people_is_ambiguous() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN), person("2", "Ken", "Ali", BORN)],
        police_notifications=[police("p", "Ada", "Moss", BORN), police("p", "Ken", "Ali", BORN) | {"incident_id": "x"}],
    )
    assert whose(result, "police_notifications", "p") == (None, "ambiguous")


def test_the_summary_counts_everybody_once() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN), person("2", "Eve", "Dee", BORN), person("3", "Eve", "Dee", BORN)],
        police_notifications=[police("a", "Ada", "Moss", BORN), police("b", "Eve", "Dee", BORN), police("c", "No", "One", BORN)],
    )  # fmt: skip
    row = result.link_summary.filter(pl.col("source") == "police_notifications").row(0, named=True)
    assert row == {"source": "police_notifications", "n_people": 3, "n_linked": 1, "n_ambiguous": 1, "n_unlinked": 1}
    # Sources that every authority is thought to have are named without a row; one that nobody sends is not missed.
    assert result.link_summary["source"].to_list() == sorted(s for s in PARTNERS if CATALOGUE.source(s).expected)


def decide(*decisions: tuple[str, str, str | None, str]) -> pl.DataFrame:
    rows = [
        {"subject": f"police_notifications:{KEY.pseudonym('link', f'police_notifications:{own}')}",
         "decision": json.dumps({"action": action, "person_id": who, "from": day, "source": "police_notifications"})}
        for own, action, who, day in decisions
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={"subject": pl.String, "decision": pl.String})


def test_decisions_hold_from_their_day_on_and_not_before() -> None:
    other = KEY.pseudonym("person", "2")
    world: dict[str, Any] = {
        "case_people": [person("1", "Ada", "Moss", BORN), person("2", "Ken", "Ali", BORN)],
        "police_notifications": [police("p", "Ada", "Moss", BORN)],
    }
    unlink = decide(("p", "unlink", None, "2026-11-20"))
    assert whose(linked(decisions=unlink, **world), "police_notifications", "p") == (None, "unlinked")
    before = linked(as_at=date(2026, 11, 15), decisions=unlink, **world)
    assert whose(before, "police_notifications", "p") == ("1", "name_birth_date_postcode")

    both = decide(("p", "unlink", None, "2026-11-18"), ("p", "link", other, "2026-11-20"))
    after = linked(decisions=both, **world)
    assert whose(after, "police_notifications", "p") == ("2", "decision")
    assert after.partner_people["person_id"].to_list() == [other]
    again = linked(decisions=decide(("p", "link", other, "2026-11-18"), ("p", "unlink", None, "2026-11-19")), **world)
    assert whose(again, "police_notifications", "p") == (None, "unlinked")


def test_an_unlink_of_one_person_leaves_a_link_to_another() -> None:
    world: dict[str, Any] = {
        "case_people": [person("1", "Ada", "Moss", BORN)], "police_notifications": [police("p", "Ada", "Moss", BORN)]
    }  # fmt: skip
    elsewhere = decide(("p", "unlink", KEY.pseudonym("person", "2"), "2026-11-18"))
    assert whose(linked(decisions=elsewhere, **world), "police_notifications", "p")[0] == "1"


def test_a_link_to_somebody_no_longer_known_ties_nobody() -> None:
    gone = decide(("p", "link", KEY.pseudonym("person", "99"), "2026-11-18"))
    result = linked(
        decisions=gone, case_people=[person("1", "Ada", "Moss", BORN)], police_notifications=[police("p", "Ada", "Moss", BORN)]
    )  # fmt: skip
    assert whose(result, "police_notifications", "p") == (None, "unlinked")


def test_nothing_at_all_gives_typed_empty_tables() -> None:
    result = linked()
    assert result.people.is_empty()
    assert result.families.is_empty()
    assert result.link_summary["n_people"].sum() == 0


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_does_not_matter(order: int) -> None:
    people = [person(str(n), f"Name{n}", "Moss", BORN) for n in range(6)][::order]
    records = [police(f"p{n}", f"Name{n}", "Moss", BORN) for n in range(6)][::order]
    result = linked(case_people=people, police_notifications=records)
    assert result.person_links.equals(linked(case_people=people[::-1], police_notifications=records[::-1]).person_links)


def test_names_and_birth_dates_leave_in_no_table_but_people() -> None:
    result = linked(
        case_people=[person("1", "Ada", "Moss", BORN)], police_notifications=[police("p", "Ada", "Moss", BORN)]
    )
    for name in set(WRITES) - {"people"}:
        levels = {column.classification for column in CATALOGUE.table(name).columns.values()}
        assert not levels & {"personal", "special", "case_reference"}
        text = str(getattr(result, name).to_dicts())
        assert "Moss" not in text
        assert "2015" not in text or name in ("families", "family_members")
    assert "Moss" not in repr(result)


def test_an_erased_decision_ties_nobody_and_stops_nothing() -> None:
    kept = json.dumps({"action": "unlink", "person_id": None, "from": "2026-11-01"})
    decisions = pl.DataFrame({"subject": ["(erased)", "police_notifications:p1"], "decision": ["(erased)", kept]})
    assert decided_links(decisions, as_at=SUNDAY)["partner_person"].to_list() == ["p1"]
