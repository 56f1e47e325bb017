"""Who belongs together? Small worlds by hand, one for each trap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.contracts import all_contracts, validate
from fi_workbench.identity import READS, WRITES, Linked, link
from fi_workbench.identity.components import components
from fi_workbench.identity.ties import COMMUNAL_FAMILIES, PLAUSIBLE_CHILDREN
from fi_workbench.pseudonyms import PseudonymKey

KEY = PseudonymKey("test", b"k" * 32)
SUNDAY = date(2026, 11, 22)
CATALOGUE = all_contracts()
DAY = timedelta(days=1)


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = CATALOGUE.table(table).polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    return pl.DataFrame([{"as_of": SUNDAY, "row_id": f"{table}-{n}", **r} for n, r in enumerate(rows)], schema=schema)


def linked(as_at: date = SUNDAY, **rows: list[dict[str, Any]]) -> Linked:
    assert set(rows) <= set(READS)
    result = link(
        **{name: frame(name, rows.get(name, [])) for name in READS}, key=KEY, as_at=as_at, decisions=pl.DataFrame()
    )
    for name in WRITES:
        validate(getattr(result, name), CATALOGUE.table(name))
    return result


def child(number: str, surname: str = "Moss", address: str = "1 High St", **more: Any) -> dict[str, Any]:
    return {"person_id": number, "forename": f"C{number}", "surname": surname, "date_of_birth": date(2016, 5, 1),
            "address": address, "postcode": "NE1 1AA", "is_adult": False, **more}  # fmt: skip


def adult(number: str, surname: str = "Moss", address: str = "1 High St", **more: Any) -> dict[str, Any]:
    return child(number, surname, address, is_adult=True, **{"date_of_birth": date(1990, 1, 1), **more})


def related(person: str, other: str, kind: str, start: date | None = None, end: date | None = None) -> dict[str, Any]:
    return {"person_id": person, "related_person_id": other, "relationship": kind, "start_date": start, "end_date": end}


def referral(number: str, *children: str, on: date = date(2026, 1, 5)) -> list[dict[str, Any]]:
    return [{"referral_id": number, "child_id": c, "referral_date": on, "referral_source": "6", "no_further_action": False}
            for c in children]  # fmt: skip


def now(result: Linked, as_at: date = SUNDAY) -> list[tuple[set[str], dict[str, str]]]:
    """Each family as its children and its other current members with their roles."""
    case = dict(result.people.select("person_id", "case_reference").iter_rows())
    members = result.family_members.filter(pl.col("valid_to").is_null() | (pl.col("valid_to") > as_at))
    found = []
    for _, rows in members.group_by("family_id"):
        children = {case[p] for p, role in rows.select("person_id", "role").iter_rows() if role == "child"}
        others = {case[p]: role for p, role in rows.select("person_id", "role").iter_rows() if role != "child"}
        found.append((children, others))
    return sorted(found, key=lambda family: sorted(family[0]))


def rules(result: Linked) -> dict[str, str]:
    case = dict(result.people.select("person_id", "case_reference").iter_rows())
    rows = result.family_members.filter(pl.col("role") == "child").select("person_id", "rule").iter_rows()
    return {case[p]: rule for p, rule in rows}


def test_a_child_tied_to_nobody_is_alone() -> None:
    result = linked(cin_children=[{"la_child_id": "1"}, {"la_child_id": "2"}], ssda903_header=[{"child": "3"}])
    assert now(result) == [({"1"}, {}), ({"2"}, {}), ({"3"}, {})]
    assert set(rules(result).values()) == {"alone"}


def test_children_of_one_mother_are_a_family_and_she_is_in_it() -> None:
    result = linked(
        case_people=[child("1", mother_person_id="9"), child("2", "Ali", "2 Low Rd", mother_person_id="9"), adult("9")]
    )
    assert now(result) == [({"1", "2"}, {"9": "mother"})]
    assert set(rules(result).values()) == {"mother_identifier"}


def test_twins_are_two_children_of_one_family() -> None:
    twins = [child("1", mother_person_id="9"), child("2", mother_person_id="9")]
    result = linked(case_people=[*twins, adult("9")])
    assert result.families.select("n_children", "n_adults").row(0) == (2, 1)


def test_a_shared_referral_joins_and_says_so() -> None:
    result = linked(case_people=[child("1"), child("2")], case_referrals=referral("r", "1", "2"))
    assert now(result) == [({"1", "2"}, {})]
    assert set(rules(result).values()) == {"shared_referral"}
    assert result.family_members["valid_from"].unique().to_list() == [date(2026, 1, 5)]
    assert now(linked(as_at=date(2026, 1, 4), case_people=[child("1"), child("2")], case_referrals=referral("r", "1", "2"))) == [
        ({"1"}, {}), ({"2"}, {})]  # fmt: skip


def test_an_address_alone_never_makes_a_family() -> None:
    result = linked(case_people=[child("1"), child("2"), adult("9")])
    assert now(result) == [({"1"}, {}), ({"2"}, {})]


def test_a_refuge_makes_no_family_even_when_its_children_are_referred_together() -> None:
    homes = [("Moss", "1", "91"), ("Ali", "2", "92"), ("Dee", "3", "93")]
    people = [child(c, name, "The Refuge", mother_person_id=m) for name, c, m in homes]
    people += [adult(m, name, "The Refuge") for name, _, m in homes]
    people.append(child("4", "Moss", "The Refuge", mother_person_id="91"))
    result = linked(case_people=people, case_referrals=referral("r", "1", "2", "3", "4"))
    assert now(result) == [({"1", "4"}, {"91": "mother"}), ({"2"}, {"92": "mother"}), ({"3"}, {"93": "mother"})]


def test_a_childrens_home_makes_no_family_of_namesakes() -> None:
    residents = [child(str(n), name, "The Elms") for n, name in enumerate(["Khan", "Khan", "Ali", "Dee"])]
    result = linked(case_people=residents, case_referrals=referral("r", "0", "1", "2", "3"))
    assert len(now(result)) == 4
    assert len({"Khan", "Ali", "Dee"}) == COMMUNAL_FAMILIES


def test_a_referral_of_strangers_makes_no_family() -> None:
    strangers = [child("1", "Moss", "1 High St"), child("2", "Ali", "2 Low Rd"), child("3", "Dee", "3 The Way")]
    assert len(now(linked(case_people=strangers, case_referrals=referral("r", "1", "2", "3")))) == 3


def test_namesakes_with_different_mothers_and_homes_are_strangers() -> None:
    two = [child("1", mother_person_id="8"), child("2", address="7 The Way", mother_person_id="9")]
    assert len(now(linked(case_people=two, case_referrals=referral("r", "1", "2")))) == 2


def test_a_referral_with_more_children_than_a_family_has_joins_only_one_surname_and_home() -> None:
    def world(n: int) -> Linked:
        kids = [child(str(i), address=f"{i} High St") for i in range(n)]
        return linked(case_people=kids, case_referrals=referral("r", *(str(i) for i in range(n))))

    assert len(now(world(PLAUSIBLE_CHILDREN))) == 1
    assert len(now(world(PLAUSIBLE_CHILDREN + 1))) == PLAUSIBLE_CHILDREN + 1
    nine = [child(str(i)) for i in range(9)]
    assert len(now(linked(case_people=nine, case_referrals=referral("r", *(str(i) for i in range(9)))))) == 1


def test_named_brothers_and_sisters_join_across_names_and_homes_until_it_ended() -> None:
    two = [child("1"), child("2", "Ali", "2 Low Rd")]
    assert now(linked(case_people=two, case_relationships=[related("1", "2", "sibling")])) == [({"1", "2"}, {})]
    ended = [related("1", "2", "sibling", date(2020, 1, 1), date(2026, 1, 1))]
    assert len(now(linked(case_people=two, case_relationships=ended))) == 2


def test_a_father_of_two_households_does_not_merge_them() -> None:
    people = [
        child("1", mother_person_id="8"),
        child("2", "Ali", "2 Low Rd", mother_person_id="9"),
        adult("7"),
        adult("8"),
        adult("9"),
    ]
    ties = [related("1", "7", "father"), related("2", "7", "father"), related("1", "2", "half_sibling")]
    assert now(linked(case_people=people, case_relationships=ties)) == [
        ({"1"}, {"7": "father", "8": "mother"}), ({"2"}, {"7": "father", "9": "mother"})]  # fmt: skip


def test_half_siblings_of_one_mother_or_one_home_are_a_family() -> None:
    same_home = [child("1", mother_person_id="8"), child("2", "Ali", mother_person_id="9")]
    tie = [related("1", "2", "half_sibling")]
    assert len(now(linked(case_people=same_home, case_relationships=tie))) == 1
    unknown = [child("1"), child("2", "Ali", "2 Low Rd")]
    assert len(now(linked(case_people=unknown, case_relationships=tie))) == 1


def test_a_partner_of_the_mother_is_another_adult_while_it_lasts() -> None:
    people = [child("1", mother_person_id="8"), adult("8"), adult("7", "Ali")]
    together = [related("8", "7", "partner", date(2024, 1, 1))]
    assert now(linked(case_people=people, case_relationships=together)) == [
        ({"1"}, {"8": "mother", "7": "other_adult"})
    ]
    over = [related("7", "8", "partner", date(2024, 1, 1), date(2026, 3, 1))]
    result = linked(case_people=people, case_relationships=over)
    assert now(result) == [({"1"}, {"8": "mother"})]
    assert result.family_members["valid_to"].drop_nulls().to_list() == [date(2026, 3, 1)]


def test_an_ex_partner_is_not_joined_again() -> None:
    people = [child("1", mother_person_id="8"), adult("8"), adult("7", "Ali")]
    parted = related("8", "7", "ex_partner", date(2026, 3, 1))
    for kind, who in (("partner", "8"), ("step_parent", "1"), ("father", "1")):
        before = linked(case_people=people, case_relationships=[related(who, "7", kind, date(2024, 1, 1)), parted])
        assert now(before) == [({"1"}, {"8": "mother"})], kind
        assert before.family_members["valid_to"].drop_nulls().to_list() == [date(2026, 3, 1)], kind
        undated = linked(
            case_people=people, case_relationships=[related(who, "7", kind), related("7", "8", "ex_partner")]
        )
        assert "7" not in now(undated)[0][1], kind
    baby = child("2", mother_person_id="8", date_of_birth=date(2026, 6, 1))
    born_after = [related("2", "7", "father", date(2026, 6, 1)), parted]
    assert now(linked(case_people=[*people, baby], case_relationships=born_after)) == [({"1", "2"}, {"8": "mother"})]


def test_days_of_a_former_couple_are_read_either_way() -> None:
    people = [child("1", mother_person_id="8"), adult("8"), adult("7", "Ali")]
    couple = related("8", "7", "ex_partner", date(2020, 1, 1), date(2026, 3, 1))  # began and ended as a couple
    result = linked(case_people=people, case_relationships=[related("1", "7", "father"), couple])
    assert now(result) == [({"1"}, {"8": "mother"})]
    assert result.family_members["valid_to"].drop_nulls().to_list() == [date(2026, 3, 1)]
    early = date(2026, 2, 1)
    before = linked(as_at=early, case_people=people, case_relationships=[related("1", "7", "father"), couple])
    assert now(before, early) == [({"1"}, {"7": "father", "8": "mother"})]


def test_a_couple_recorded_together_again_and_a_carer_stay() -> None:
    people = [child("1", mother_person_id="8"), adult("8"), adult("7", "Ali")]
    parted = related("8", "7", "ex_partner", date(2026, 3, 1))
    reconciled = [related("8", "7", "partner", date(2026, 6, 1)), parted, related("1", "7", "father")]
    assert now(linked(case_people=people, case_relationships=reconciled))[0][1]["7"] == "father"
    carer = [related("1", "7", "carer", date(2026, 6, 1)), parted]
    assert now(linked(case_people=people, case_relationships=carer))[0][1]["7"] == "other_adult"
    only_ex = linked(case_people=people, case_relationships=[parted])
    assert now(only_ex) == [({"1"}, {"8": "mother"})]


def test_the_baby_of_a_looked_after_mother() -> None:
    people = [
        child("1", mother_person_id="9", date_of_birth=date(2010, 1, 1)),
        child("2", mother_person_id="9"),
        child("3", mother_person_id="1", date_of_birth=date(2026, 6, 1)),
        adult("9"),
    ]
    result = linked(case_people=people, case_referrals=referral("r", "1", "2", "3"))
    assert now(result) == [({"1", "2"}, {"9": "mother"}), ({"3"}, {"1": "mother"})]


def test_ssda903_says_who_the_baby_is_where_only_one_fits() -> None:
    born = date(2026, 6, 1)
    mother = child("1", date_of_birth=date(2010, 1, 1), address="Mother and Baby Unit")
    header = [{"child": "1", "mother": True, "mc_dob": born}]
    baby = child("3", date_of_birth=born, address="Elsewhere")
    result = linked(case_people=[mother, baby], ssda903_header=header)
    assert now(result) == [({"1"}, {}), ({"3"}, {"1": "mother"})]
    assert rules(result)["3"] == "mother_identifier"
    other = child("4", date_of_birth=born, address="Far")
    assert now(linked(case_people=[mother, baby, other], ssda903_header=header)) == [
        ({"1"}, {}),
        ({"3"}, {}),
        ({"4"}, {}),
    ]
    stranger = child("3", "Ali", date_of_birth=born, address="Elsewhere")
    assert now(linked(case_people=[mother, stranger], ssda903_header=header)) == [({"1"}, {}), ({"3"}, {})]


def test_a_family_keeps_its_name_when_a_child_is_born() -> None:
    first = child("5", mother_person_id="9")
    unborn = child(
        "2", mother_person_id="9", forename="Unborn", date_of_birth=None, expected_date_of_birth=SUNDAY + 30 * DAY
    )
    before = linked(case_people=[first, adult("9")], case_referrals=referral("r", "5"))
    after = linked(
        case_people=[first, unborn, adult("9")], case_referrals=[*referral("r", "5"), *referral("s", "2", on=SUNDAY)]
    )
    assert before.families["family_id"].to_list() == after.families["family_id"].to_list()
    assert after.families["n_children"].to_list() == [2]
    born = {**unborn, "forename": "Mia", "date_of_birth": SUNDAY}
    later = linked(
        case_people=[first, born, adult("9")], case_referrals=[*referral("r", "5"), *referral("s", "2", on=SUNDAY)]
    )
    assert later.families["family_id"].to_list() == after.families["family_id"].to_list()
    assert later.family_members.height == after.family_members.height


def test_a_family_keeps_its_name_when_its_eldest_is_recorded_as_an_adult() -> None:
    world: dict[str, Any] = {"case_referrals": referral("r", "1", "2")}
    young = linked(case_people=[child("1"), child("2")], **world)
    grown = linked(case_people=[child("1", is_adult=True, date_of_birth=date(2008, 1, 1)), child("2")], **world)
    assert young.families["family_id"].to_list() == grown.families["family_id"].to_list()
    assert grown.families["n_children"].to_list() == [1]


def test_an_adopted_child_leaves_the_birth_family_that_day() -> None:
    people = [child(n, mother_person_id="9") for n in "123"] + [adult("9")]
    order = [
        {
            "la_child_id": "1",
            "cin_referral_date": date(2025, 1, 1),
            "cin_closure_date": SUNDAY,
            "reason_for_closure": "RC1",
        }
    ]
    assert now(linked(case_people=people, cin_episodes=order)) == [({"1"}, {}), ({"2", "3"}, {"9": "mother"})]
    assert len(now(linked(as_at=SUNDAY - DAY, case_people=people, cin_episodes=order), SUNDAY - DAY)) == 1


def test_an_adoptive_and_a_birth_family_do_not_meet_through_two_mothers() -> None:
    people = [
        child("1", mother_person_id="8"),
        child("2", mother_person_id="9"),
        child("3", mother_person_id="8"),
        adult("8"),
        adult("9"),
    ]
    second = [related("3", "9", "mother", date(2026, 1, 1))]
    result = now(linked(case_people=people, case_relationships=second))
    assert [family[0] for family in result] == [{"1", "3"}, {"2"}]
    assert result[0][1] == {"8": "mother", "9": "mother"}


def test_one_restricted_member_restricts_the_family_while_the_restriction_lasts() -> None:
    people = [child("1", mother_person_id="9"), child("2", mother_person_id="9"), adult("9"), child("5", "Ali", "Far")]
    flag = {"person_id": "9", "reason": "covert_address", "start_date": date(2026, 1, 1), "end_date": SUNDAY}
    result = linked(case_people=people, restricted=[flag])
    assert sorted(result.families["restricted"].to_list()) == [False, True]
    over = linked(case_people=people, restricted=[{**flag, "end_date": SUNDAY - DAY}])
    assert not over.families["restricted"].any()


def test_a_row_of_the_restricted_list_that_was_held_back_counts_by_its_case_number_alone() -> None:
    people = [child("a1", mother_person_id="9"), adult("9"), child("5", "Ali", "Far")]
    result = linked(case_people=people, restricted=[{"person_id": "A1 "}, {"person_id": None}])
    restricted = result.people.filter("restricted")["case_reference"].to_list()
    assert restricted == ["a1"], "however it is written; and a row that names nobody restricts nobody by itself"
    assert result.families.filter("restricted").height == 1


def test_a_membership_ends_with_a_death() -> None:
    result = linked(
        case_people=[child("1", date_of_death=date(2026, 10, 1)), child("2")], case_referrals=referral("r", "1", "2")
    )
    assert now(result) == [({"2"}, {})]
    assert result.families["n_children"].to_list() == [1]


def test_every_attribute_is_the_best_known() -> None:
    result = linked(
        case_people=[child("1", date_of_birth=None, sex="U", ethnicity="NOBT")],
        cin_children=[
            {
                "la_child_id": "1",
                "person_birth_date": date(2016, 1, 1),
                "sex": "F",
                "ethnicity": "NOBT",
                "as_of": date(2026, 3, 31),
            },
            {"la_child_id": "2", "sex": "M", "as_of": date(2026, 3, 31)},
        ],
        ssda903_header=[
            {"child": "1", "dob": date(2016, 1, 2), "sex": "F", "ethnic": "WBRI", "as_of": date(2025, 3, 31)}
        ],
    )
    rows = {r["case_reference"]: r for r in result.people.to_dicts()}
    assert rows["1"]["birth_date"] == date(2016, 1, 1)
    assert (rows["1"]["sex"], rows["1"]["ethnicity"]) == ("F", "WBRI")
    assert (rows["1"]["source"], rows["1"]["as_of"]) == ("case_people", SUNDAY)
    assert (rows["2"]["source"], rows["2"]["as_of"]) == ("cin_children", date(2026, 3, 31))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15))
@settings(max_examples=50, deadline=None)
def test_components_are_the_reachable_sets(pairs: list[tuple[int, int]]) -> None:
    ties = pl.DataFrame(
        [(str(a), str(b)) for a, b in pairs], schema={"first": pl.String, "second": pl.String}, orient="row"
    )
    found = components(pl.Series([str(n) for n in range(10)]), ties)
    label = dict(found.iter_rows())
    reach = {n: {n} for n in range(10)}
    for _ in range(10):
        for a, b in pairs:
            joined = reach[a] | reach[b]
            for n in joined:
                reach[n] = reach[n] | joined
    for a in range(10):
        for b in range(10):
            assert (label[str(a)] == label[str(b)]) == (b in reach[a])


relationships = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 11), st.sampled_from(["mother", "father", "sibling", "half_sibling", "partner", "ex_partner", "carer"])),
    max_size=14,
)  # fmt: skip
referred = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7)), max_size=12)


@given(relationships, referred)
@settings(max_examples=15, deadline=None)
def test_every_child_is_a_child_of_exactly_one_family_whatever_is_recorded(
    ties: list[tuple[int, int, str]], lists: list[tuple[int, int]]
) -> None:
    people = [child(str(n), f"S{n % 3}", f"{n % 4} High St") for n in range(8)] + [adult(str(n)) for n in range(8, 12)]
    rows = [related(str(a), str(b), kind) for a, b, kind in dict.fromkeys(ties)]
    listed = [r for n, c in dict.fromkeys(lists) for r in referral(f"r{n}", str(c))]
    result = linked(case_people=people, case_relationships=rows, case_referrals=listed)
    children = result.family_members.filter(pl.col("role") == "child")
    assert children.height == children["person_id"].n_unique() == 8
    assert set(result.families["family_id"]) == set(result.family_members["family_id"]) == set(children["family_id"])
    again = linked(case_people=people[::-1], case_relationships=rows[::-1], case_referrals=listed[::-1])
    assert again.family_members.equals(result.family_members)
