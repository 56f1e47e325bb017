"""What is asked of the evidence, before any family is looked at; and how interventions were taken up."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.errors import MatchingError
from fi_workbench.matching import read_catalogue
from fi_workbench.matching.cards import USUAL_SUPPORT, read_cards
from fi_workbench.matching.cohort import Cohort
from fi_workbench.matching.described import EXAMPLE, read_described
from fi_workbench.matching.uptake import uptake
from fi_workbench.vocabulary.field_use import read_field_use
from fi_workbench.weekly.consulting import parse_profile, rates_of
from fi_workbench.weekly.offer_groups import CHARACTERISTICS, groups_of, recorded

ZERO = date(2025, 3, 3)


def test_features_are_read_as_they_are_written() -> None:
    assert parse_profile(["neglect=yes", "sexual_abuse = no", "n_children=3"]) == {
        "neglect": True,
        "sexual_abuse": False,
        "n_children": 3.0,
    }


@pytest.mark.parametrize("wrong", [["neglect"], ["neglect=maybe"], ["=yes"], ["neglect=yes", "neglect=no"]])
def test_features_that_cannot_be_meant_are_refused(wrong: list[str]) -> None:
    with pytest.raises(MatchingError, match="each once"):
        parse_profile(wrong)


def test_a_description_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "family.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    assert read_described(file).ages == (4, 12)
    file.write_text("ages = [", encoding="utf-8")
    with pytest.raises(MatchingError, match="not readable as TOML"):
        read_described(file)
    with pytest.raises(MatchingError, match="no readable description"):
        read_described(tmp_path / "other.toml")


def of_families(*zeros: tuple[str, date]) -> Cohort:
    """A cohort of families and decisions, and of nothing else."""
    timed = pl.DataFrame(zeros, schema={"family_id": pl.String, "time_zero": pl.Date}, orient="row")
    return Cohort(read_cards()["step_down"], pl.DataFrame({"decision": range(len(zeros))}), timed, pl.DataFrame())


def test_a_familys_groups_are_those_of_its_children_as_at_the_decision() -> None:
    born = date(2012, 6, 1)
    frames = {
        "family_members": pl.DataFrame(
            {"family_id": ["a", "a", "b", "b", "c", "d"], "person_id": list("vwxyzu"), "role": ["child"] * 6}
        ),
        "people": pl.DataFrame(
            {
                "person_id": list("vwxyzu"),
                "case_reference": list("VWXYZU"),
                "ethnicity": ["WBRI", "WOTH", "MWBC", None, None, "BCRB"],
                "sex": ["F", "M", "F", "F", "U", "M"],
                "birth_date": [born, date(2015, 6, 1), born, None, None, date(2026, 5, 1)],
                "expected_birth_date": [None, None, None, date(2025, 8, 1), None, None],
                "death_date": pl.Series([None] * 6, dtype=pl.Date),
            }
        ),
        "cin_disabilities": pl.DataFrame({"la_child_id": ["V", "W", "W", "X"], "disability": ["NONE", "NONE", "LD", "NONE"]}),
        "postcode_deprivation": pl.DataFrame({"postcode": ["NE1 1AA", "NE2 2BB"], "decile": [2, 9]}),
        "case_people": pl.DataFrame({"person_id": ["V", "W", "X"], "postcode": ["ne11aa", "NE2 2BB", "NE2 2BB"]}),
    }  # fmt: skip
    zeros = (("a", date(2022, 1, 1)), ("a", ZERO), ("b", ZERO), ("c", ZERO), ("d", ZERO))
    groups = groups_of(of_families(*zeros), frames)
    assert groups.drop("decision").rows() == [
        ("white", "several", "5 to 9", "a disabled child", "Most deprived fifth"),
        ("white", "several", "5 to 9", "a disabled child", "Most deprived fifth"),
        ("mixed", "girls", "Under 1, or not yet born", "no disabled child", "Least deprived fifth"),
        (None, None, None, None, None),
        # A child born more than nine months after the decision played no part in it.
        (None, None, None, None, None),
    ]
    later = groups_of(of_families(("a", date(2030, 7, 1)), ("a", date(2025, 7, 1))), frames)
    assert later["age_band"].to_list() == ["10 to 15", "10 to 15"]
    assert later["sex"].to_list() == ["boys", "several"]
    none = {name: frame for name, frame in frames.items() if name != "postcode_deprivation"}
    assert recorded(groups_of(of_families(*zeros), none)) == ("ethnicity", "sex", "age_band", "disability")
    assert recorded(groups) == tuple(CHARACTERISTICS)


def test_every_characteristic_may_be_audited() -> None:
    uses = read_field_use()
    assert all(field in uses.allowed("audit", [table]) for table, field in CHARACTERISTICS.values())


def test_rates_count_only_families_followed_to_the_end() -> None:
    rows = pl.DataFrame(
        {
            "arm": [USUAL_SUPPORT] * 4 + ["triple_p"],
            "days": [365.0, 100.0, 50.0, 365.0, 365.0],
            "event": [0, 1, 0, 2, 0],
        }
    )
    timed = pl.DataFrame({"time_zero": [ZERO, *[ZERO + timedelta(days=365)] * 4]})
    rates = rates_of(Cohort(read_cards()["re_referral_dfe"], rows, timed, pl.DataFrame()))
    assert rates["outcome_share"] == pytest.approx(1 / 3)
    assert rates["arm_shares"] == {USUAL_SUPPORT: 0.8, "triple_p": 0.2}
    assert rates["decisions_a_year"] == pytest.approx(5, rel=0.01)


def test_uptake_counts_every_referral_and_tells_a_wait_of_ten_or_more() -> None:
    n = 12
    spells = pl.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(n)],
            "intervention_id": ["triple_p"] * (n - 1) + ["safe_families"],
            "referred_on": [ZERO] * n,
            "start": [None, *[ZERO + timedelta(days=10 + i) for i in range(n - 1)]],
            "completion": ["declined", "dropped_out", *["completed"] * 9, "ongoing"],
        }
    )
    told = {row["intervention_id"]: row for row in uptake(spells, read_catalogue()).iter_rows(named=True)}
    assert set(told) == {each.id for each in read_catalogue().interventions}
    triple = told["triple_p"]
    assert (triple["n_referred"], triple["n_started"], triple["n_completed"], triple["n_declined"]) == (11, 10, 9, 1)
    assert triple["median_wait_days"] == 14.5
    assert told["safe_families"]["median_wait_days"] is None
    assert told["pause"]["n_referred"] == 0
