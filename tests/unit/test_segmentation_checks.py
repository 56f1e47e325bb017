"""The weekly look at the grouping: families that fit nowhere, newcomers, and groups of people."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.stats import power_divergence

from fi_workbench.contracts import all_contracts, validate
from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.approvals import Approval, ApprovedModel
from fi_workbench.segmentation.characteristics import characteristics
from fi_workbench.segmentation.checks import fairness_table, since_when
from fi_workbench.segmentation.checks import newcomers as newcomers_since
from fi_workbench.segmentation.does_not_fit import does_not_fit
from fi_workbench.segmentation.fairness import fairness
from fi_workbench.segmentation.indicators import INDICATORS
from fi_workbench.segmentation.newcomers import drift_table, newcomers_of
from fi_workbench.segmentation.patterns import MISSING
from fi_workbench.segmentation.person_fit import LEAST_CHANCE, patterns_of, person_fit
from tests.unit.segmentation_models import drawn_from, grouping_of

GROUPING = grouping_of(
    (0.5, 0.5),
    {
        "domestic_abuse": (0.95, 0.05),
        "parental_mental_health": (0.9, 0.1),
        "neglect": (0.9, 0.1),
        "child_disability_support": (0.05, 0.95),
        "child_mental_health": (0.1, 0.9),
        "physical_abuse": (0.02, 0.02),
        "outside_home": (0.02, 0.02),
        "sexual_abuse": (0.03, 0.03),
    },
)
AS_AT = date(2026, 11, 22)


def model() -> ApprovedModel:
    return ApprovedModel(
        GROUPING,
        Approval.model_validate(
            {"version": GROUPING.version, "by": "A. Person", "at": "2026-11-23T09:00:00Z", "reason": "clear",
             "synthetic": False, "model_sha256": "0"}
        ),
    )  # fmt: skip


def families(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    """Answers of families F0, F1 and so on; needs that are not said are unknown."""
    names = [item.name for item in INDICATORS]
    told = [{"family_id": f"F{place}", **dict.fromkeys(names), **row} for place, row in enumerate(rows)]
    return pl.DataFrame(told, schema={"family_id": pl.String, **dict.fromkeys(names, pl.String)})


def family(present: set[str], *, known: int = 8) -> dict[str, str | None]:
    return {name: "present" if name in present else "absent" for name in list(GROUPING.probabilities)[:known]}


HARM = {"domestic_abuse", "parental_mental_health", "neglect"}
NEITHER = {"physical_abuse", "outside_home", "sexual_abuse"}


def test_the_chance_of_a_pattern_is_that_of_counting_every_pattern_there_is() -> None:
    grouping = grouping_of((0.6, 0.4), {"domestic_abuse": (0.9, 0.2), "neglect": (0.7, 0.4), "missing": (0.2, 0.6)})
    codes = np.array(list(product([0, 1], repeat=3)))
    told = person_fit(grouping, codes).chance
    for segment in range(2):
        tables = [table[segment] for table in grouping.tables]
        chance = np.array([np.prod([table[code] for table, code in zip(tables, row, strict=True)]) for row in codes])
        exact = np.array([chance[chance <= own + 1e-12].sum() for own in chance])
        np.testing.assert_allclose(told[:, segment], exact, atol=0.04)


def test_a_family_of_the_grouping_is_rarely_said_to_fit_nowhere_whatever_is_missing() -> None:
    rows = drawn_from(GROUPING, 4000, seed=3)
    random = np.random.default_rng(3)
    holes = rows.select(
        pl.when(pl.Series(random.random(len(rows)) < 0.3)).then(None).otherwise(pl.col(name)).alias(name)
        for name in rows.columns
    )
    for answers in (rows, holes):
        patterns = patterns_of(answers, GROUPING)
        fit = person_fit(GROUPING, patterns.codes)
        assert patterns.counts @ fit.fits_none / patterns.total <= LEAST_CHANCE
        mean = patterns.counts @ fit.standardised / patterns.total
        assert abs(mean) < 0.06


def test_a_family_of_whom_nothing_is_known_is_not_said_to_fit_nowhere() -> None:
    fit = person_fit(GROUPING, np.full((1, len(GROUPING.items)), MISSING))
    assert not fit.fits_none[0]
    assert fit.standardised[0] == 0


def listed(rows: list[dict[str, str | None]], status: str = "child_in_need") -> pl.DataFrame:
    answers = families(rows)
    ids = answers["family_id"]
    held = pl.DataFrame({"family_id": ids, "status": status, "n_children_open": 1, "unit": "north"})
    children = pl.DataFrame({"family_id": [*ids, *ids], "case_reference": [f"C{i}" for i in range(2 * len(ids))]})
    found = does_not_fit(answers=answers, family_status=held, children=children, model=model(), names={"s2": "Health"})
    return validate(found, all_contracts().table("does_not_fit"))


def test_both_cases_are_made_for_a_family_that_two_segments_fit_equally() -> None:
    between = family({"domestic_abuse", "child_disability_support", "parental_mental_health", "child_mental_health"})
    between["neglect"] = None
    (row,) = listed([family(HARM), between]).to_dicts()
    assert (row["family_id"], row["kind"], row["unit"], row["case_reference"]) == ("F1", "two_equally", "north", "C1")
    cases = sorted([row["case_for"], row["case_for_second"]])
    assert cases == [
        "Health: support for a child's disability and a child's mental health recorded",
        "Segment 1: domestic abuse and a parent's mental health recorded",
    ]
    assert row["unlike"] is None


def test_a_family_unlike_every_segment_is_listed_with_what_is_rare() -> None:
    (row,) = listed([family(HARM), family(NEITHER | {"domestic_abuse", "child_disability_support"})]).to_dicts()
    assert row["kind"] == "no_segment"
    assert row["unlike"] == "Rare in every segment: physical abuse, needs outside the home and sexual abuse recorded"
    assert "neglect" in row["case_for"] + row["case_for_second"]


def test_the_list_has_no_number_no_order_but_the_pseudonyms_and_no_word_of_risk() -> None:
    odd = family(NEITHER | {"domestic_abuse", "child_disability_support"})
    found = listed([odd] * 12)
    assert all(dtype == pl.String for dtype in found.schema.values())
    assert found["family_id"].to_list() == sorted(found["family_id"].to_list())
    text = " ".join(found.select(pl.concat_str(pl.col("case_for", "case_for_second", "unlike"))).to_series())
    assert "risk" not in text.lower()
    assert not any(sign.isdigit() for sign in text.replace("Segment 1", ""))


def test_closed_families_and_those_too_little_known_are_not_listed() -> None:
    odd = family(NEITHER | {"domestic_abuse", "child_disability_support"})
    assert listed([odd], status="closed").is_empty()
    little = {**dict.fromkeys(odd), "domestic_abuse": "present", "child_disability_support": "present"}
    assert listed([little]).is_empty()
    assert listed([dict.fromkeys(odd)]).is_empty()


def newcomers(n: int, seed: int, grouping=GROUPING) -> pl.DataFrame:
    rows = drawn_from(grouping, n, seed=seed)
    return families(rows.to_dicts())


def with_reference(n: int, seed: int):
    answers = newcomers(n, seed)
    counted = newcomers_of(GROUPING, answers, answers["family_id"].to_list(), unclear_below=0.6)
    return GROUPING.model_copy(update={"newcomers": counted})


def looks(grouping, answers: pl.DataFrame) -> pl.DataFrame:
    found = drift_table(grouping, answers, answers["family_id"].to_list(), unclear_below=0.6)
    return validate(found, all_contracts().table("segment_drift"))


def test_newcomers_are_counted_once_each() -> None:
    answers = pl.concat([newcomers(50, 1), families([dict.fromkeys(GROUPING.probabilities)]).with_columns(
        family_id=pl.lit("unknown"))])  # fmt: skip
    counted = newcomers_of(GROUPING, answers, [*answers["family_id"], "not there"], unclear_below=0.6)
    assert counted.families == 51
    assert counted.grouped == 50
    assert newcomers_of(GROUPING, answers, [], unclear_below=0.6).families == 0


def test_the_statistic_of_two_samples_is_that_of_scipy() -> None:
    before, now = with_reference(200, 1), newcomers(150, 2)
    found = looks(before, now).filter(measure="segments").row(0, named=True)
    counts = newcomers_of(GROUPING, now, now["family_id"].to_list(), unclear_below=0.6).by_segment
    table = np.array([counts, before.newcomers.by_segment])
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / table.sum()
    told = power_divergence(table, expected, lambda_="log-likelihood", axis=None)
    assert found["value"] == pytest.approx(told.statistic)


def test_few_quiet_looks_are_alarms_and_a_real_change_is_seen() -> None:
    quiet = pl.concat([looks(with_reference(120, seed), newcomers(60, 1000 + seed)) for seed in range(60)])
    rates = quiet.group_by("measure").agg((pl.col("verdict") == "changed").mean().alias("rate"))
    assert rates["rate"].max() <= 0.05, rates
    others = grouping_of((0.9, 0.1), {name: tuple(t["present"]) for name, t in GROUPING.probabilities.items()})
    seen = looks(with_reference(120, 1), newcomers(60, 2, others))
    assert set(seen.filter(measure="segments")["verdict"]) == {"changed"}
    assert set(seen.filter(measure="share")["verdict"]) == {"changed"}
    strange = families([family(NEITHER | {"domestic_abuse", "child_disability_support"})] * 40)
    odd = looks(with_reference(120, 1), strange)
    assert set(odd.filter(pl.col("measure").is_in(["likelihood", "no_segment"]))["verdict"]) == {"changed"}


def test_limits_grow_narrower_with_families_and_hold_the_verdict() -> None:
    wide, narrow = looks(with_reference(400, 1), newcomers(30, 2)), looks(with_reference(400, 1), newcomers(300, 2))
    apart = [
        frame.filter(measure="share").select((pl.col("high") - pl.col("low")).mean()).item() for frame in (wide, narrow)
    ]
    assert apart[0] > 2 * apart[1]
    for row in narrow.drop_nulls("low").iter_rows(named=True):
        assert (row["verdict"] == "changed") == (not row["low"] - 1e-9 <= row["value"] <= row["high"] + 1e-9)


def test_an_older_model_file_has_nothing_to_compare_with_but_the_grouping_itself() -> None:
    found = looks(GROUPING, newcomers(60, 4))
    assert set(found.filter(pl.col("measure") != "likelihood")["verdict"]) == {"nothing_to_compare"}
    likelihood = found.filter(measure="likelihood").row(0, named=True)
    assert (likelihood["compared_with"], likelihood["verdict"]) == ("grouping", "as_expected")
    few = looks(with_reference(100, 1), newcomers(5, 2))
    assert set(few["verdict"]) == {"too_few"}


def people() -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        ("F1", "P1", "child", "C1", date(2020, 5, 1), None, None, "F", "WBRI"),
        ("F1", "P2", "child", "C2", None, date(2027, 1, 1), None, "U", "NOBT"),
        ("F1", "P3", "mother", "C3", date(1990, 1, 1), None, None, "F", "BCRB"),
        ("F2", "P4", "child", "C4", date(2008, 11, 23), None, None, "M", "REFU"),
        ("F2", "P5", "child", "C5", date(2008, 11, 22), None, None, "F", "AIND"),  # 18 on the day
        ("F2", "P6", "child", "C6", date(2015, 1, 1), None, date(2020, 1, 1), "F", "AIND"),  # has died
    ]
    members = pl.DataFrame([row[:3] for row in rows], schema=["family_id", "person_id", "role"], orient="row")
    told = pl.DataFrame(
        [(row[1], *row[3:]) for row in rows],
        schema=["person_id", "case_reference", "birth_date", "expected_birth_date", "death_date", "sex", "ethnicity"],
        orient="row",
    )
    return members.with_columns(valid_to=pl.lit(None, pl.Date)), told


def test_groups_are_those_of_living_children_and_silence_is_said_only_where_nobody_spoke() -> None:
    members, told = people()
    disabilities = pl.DataFrame({"la_child_id": ["C1", "C1", "C4"], "disability": ["AUT", "NONE", "NONE"]})
    area = pl.DataFrame({"case_reference": ["C1"], "decile": [1]})
    found = characteristics(
        family_members=members, people=told, cin_disabilities=disabilities, as_at=AS_AT, deprivation=area
    )
    groups = {
        (row["family_id"], row["characteristic"]): sorted(str(one) for one in row["group"])
        for row in found.group_by("family_id", "characteristic").agg("group").iter_rows(named=True)
    }
    assert groups["F1", "ethnicity_group"] == ["White"]
    assert groups["F1", "sex"] == ["Female"]
    assert groups["F1", "age_band"] == ["5 to 9", "Under 1, or not yet born"]
    assert groups["F1", "disability"] == ["Disabled"]
    assert groups["F1", "deprivation"] == ["Most deprived fifth"]
    assert groups["F2", "ethnicity_group"] == ["None"]
    assert groups["F2", "age_band"] == ["16 or 17"]
    assert groups["F2", "disability"] == ["Not disabled"]
    assert groups["F2", "deprivation"] == ["None"]


def test_fairness_counts_missing_data_and_links_and_takes_a_place_of_an_own_source() -> None:
    ids = [f"F{i}" for i in range(24)]
    members = pl.DataFrame(
        {"family_id": ids, "person_id": [f"P{i}" for i in range(24)], "role": "child", "valid_to": None},
        schema_overrides={"valid_to": pl.Date},
    )
    told = pl.DataFrame(
        {"person_id": members["person_id"], "case_reference": [f"C{i}" for i in range(24)],
         "birth_date": date(2018, 1, 1), "expected_birth_date": None, "death_date": None,
         "sex": ["F"] * 15 + ["M"] * 9, "ethnicity": "WBRI"},
        schema_overrides={"expected_birth_date": pl.Date, "death_date": pl.Date},
    )  # fmt: skip
    frames = {
        "segment_memberships": pl.DataFrame({"family_id": ids, "segment": "s1", "clear": True}),
        "unit_proposals": pl.DataFrame({"family_id": ids, "moves": False, "reason": "Stays"}),
        "family_members": members,
        "people": told,
        "person_links": pl.DataFrame({"person_id": [f"P{i}" for i in range(6)] + [None]}),
        "family_profiles": pl.DataFrame({"family_id": ids, "n_needs_unknown": [9] * 3 + [8] * 21}),
        "cin_disabilities": pl.DataFrame(schema={"la_child_id": pl.String, "disability": pl.String}),
        "postcode_deprivation": pl.DataFrame({"postcode": ["AB1 2CD"], "decile": [9]}),
        "case_people": pl.DataFrame({"person_id": [f"C{i}" for i in range(12)], "postcode": "ab12cd"}),
    }
    found = validate(fairness_table(frames, AS_AT, "v"), all_contracts().table("segment_fairness"))

    def count(characteristic: str, group: str, measure: str) -> tuple[int, int]:
        row = found.filter(characteristic=characteristic, group=group, measure=measure).row(0, named=True)
        return row["k"], row["n"]

    assert count("sex", "Female", "unlinked") == (9, 15)
    assert count("sex", "Female", "little_known") == (3, 15)
    assert count("sex", "Male", "unlinked") == (None, None), "nine families: nothing is said of them"
    assert count("deprivation", "Least deprived fifth", "in_segment") == (12, 12)
    assert count("disability", "not recorded", "unclear") == (0, 24)
    lost = pl.DataFrame({"family_id": ["F9"], "characteristic": "sex", "group": "Male"})
    with pytest.raises(SegmentationError, match="no place in the grouping"):
        fairness(frames["segment_memberships"].head(3), lost)


def test_newcomers_are_never_held_against_themselves() -> None:
    """In the weeks after a fit only families that came since count; those before it are what they are held against."""
    fit = date(2026, 11, 1)
    grouping = with_reference(200, 1).model_copy(update={"fitted_as_of": fit})
    seen = pl.DataFrame(
        {
            "family_id": ["before", "on the day", "after"],
            "first_seen": [fit - timedelta(days=9), fit, fit + timedelta(days=9)],
        }
    )
    as_at = date(2026, 11, 22)
    since = since_when(grouping, as_at)
    assert newcomers_since(seen, as_at, since=since) == ["after"]
    assert newcomers_since(seen, fit, since=since_when(grouping, fit)) == []
    assert since_when(grouping, fit + timedelta(weeks=30)) == fit + timedelta(weeks=17)
    came = newcomers(150, 2)
    found = drift_table(grouping, came, [], unclear_below=0.6, weeks=0)
    assert set(validate(found, all_contracts().table("segment_drift"))["verdict"]) == {"too_few"}
