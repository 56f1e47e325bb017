"""Which segment a family fits best, how clearly, and the sentence that says why."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from fi_workbench import segmentation
from fi_workbench.contracts import all_contracts, validate
from fi_workbench.segmentation.approvals import Approval, ApprovedModel
from fi_workbench.segmentation.grouping import Families, Fit, Grouping, Segment
from fi_workbench.settings import Authority, Settings
from fi_workbench.vocabulary.needs import AGE_BANDS, NEED_CODES

SETTINGS = Settings(authority=Authority(name="Testshire", code="000"), segment_names={"s2": "Older and disabled"})
PRESENT = {
    "domestic_abuse": (0.9, 0.1, 0.2),
    "parental_mental_health": (0.8, 0.2, 0.2),
    "child_disability_support": (0.05, 0.8, 0.1),
    "harmful_behaviour": (0.02, 0.02, 0.8),
}
SHARES = (0.5, 0.3, 0.2)


def model(*, synthetic: bool = False) -> ApprovedModel:
    fit = Fit(
        n_classes=3,
        log_likelihood=-1.0,
        n_parameters=1,
        bic=1.0,
        aic=1.0,
        relative_entropy=0.8,
        smallest_share=0.2,
        hit_rate=1.0,
        replicated=True,
    )
    grouping = Grouping(
        version="2026-11-22-abcdef01",
        made_on=date(2026, 11, 22),
        fitted_as_of=date(2026, 11, 22),
        note="",
        families=Families(fitted=100, set_aside=0, patterns=60),
        n_starts=20,
        random_state=0,
        indicator_list=segmentation.indicator_hash(),
        left_out={},
        fits=(fit,),
        segments=tuple(
            Segment(code=f"s{i + 1}", name=name, share=share)
            for i, (name, share) in enumerate(
                zip(("Domestic abuse and a parent's mental health", "Disability", "Exploitation"), SHARES, strict=True)
            )
        ),
        probabilities={code: {"present": chances} for code, chances in PRESENT.items()},
    )
    at = datetime(2026, 11, 23, tzinfo=UTC)
    approval = Approval(
        version=grouping.version, by="A. Person", at=at, reason="Why", synthetic=synthetic, model_sha256="0"
    )
    return ApprovedModel(grouping, approval)


def assign(
    families: dict[str, dict[str, str]],
    bands: dict[str, str] | None = None,
    settings: Settings = SETTINGS,
    *,
    chosen: ApprovedModel | None = None,
    n_children: int = 1,
) -> segmentation.Segments:
    """Families as {family: {need: state}}; needs that are not named are unknown."""
    rows = [(family, code, states.get(code, "unknown")) for family, states in families.items() for code in NEED_CODES]
    needs = pl.DataFrame(rows, schema={"family_id": pl.String, "need": pl.String, "state": pl.String}, orient="row")
    profiles = pl.DataFrame(
        {
            "family_id": list(families),
            "youngest_age_band": [(bands or {}).get(f, "unknown") for f in families],
            "n_children": n_children,
        },
        schema={"family_id": pl.String, "youngest_age_band": pl.String, "n_children": pl.Int64},
    )
    return segmentation.assign(
        need_profiles=needs, family_profiles=profiles, model=chosen or model(), settings=settings
    )


def by_hand(states: dict[str, str]) -> np.ndarray:
    chance = np.array(SHARES)
    for code, state in states.items():
        present = np.array(PRESENT[code])
        chance = chance * (present if state == "present" else 1 - present)
    return np.asarray(chance / chance.sum())


def test_the_posterior_is_bayes_rule_over_what_is_known() -> None:
    states = {"domestic_abuse": "present", "child_disability_support": "assessed_absent"}
    row = assign({"F1": states}, {"F1": "1_to_4"}).segment_memberships.row(0, named=True)
    expected = by_hand(states)
    assert row["segment"] == "s1"
    assert row["posterior"] == pytest.approx(expected[0], abs=2e-3)
    assert row["second_segment"] == "s3"
    assert row["second_posterior"] == pytest.approx(expected[2], abs=2e-3)
    assert row["model_version"] == "2026-11-22-abcdef01"


def test_unknown_is_not_absent() -> None:
    known = assign({"F1": {"domestic_abuse": "present"}}).segment_memberships.row(0, named=True)
    absent = assign(
        {"F1": {"domestic_abuse": "present", "parental_mental_health": "assessed_absent"}}
    ).segment_memberships.row(0, named=True)
    assert known["posterior"] == pytest.approx(by_hand({"domestic_abuse": "present"})[0], abs=2e-3)
    assert absent["posterior"] < known["posterior"]


def test_the_reason_names_what_speaks_most_for_the_segment() -> None:
    both = {"domestic_abuse": "present", "parental_mental_health": "present"}
    both |= dict.fromkeys(("child_disability_support", "harmful_behaviour"), "assessed_absent")
    made = assign({"F1": both}, {"F1": "1_to_4"}).segment_memberships
    assert made["reason"].item() == (
        "Domestic abuse and a parent's mental health recorded, youngest under five; second nearest: Exploitation"
    )


def test_a_family_of_whom_little_is_known_never_fits_clearly() -> None:
    row = assign({"F1": {"harmful_behaviour": "present"}}, {"F1": "16_or_17"}).segment_memberships.row(0, named=True)
    assert row["posterior"] > 0.9
    assert row["clear"] is False
    assert row["reason"].endswith(
        "recorded, youngest aged 16 or 17; second nearest: Domestic abuse and a parent's mental health; "
        "few of its needs are known"
    )


def test_a_close_second_and_what_was_not_found_are_said() -> None:
    states = {"domestic_abuse": "assessed_absent", "parental_mental_health": "present"}
    made = assign({"F1": states}, {"F1": "10_to_15"}, n_children=3).segment_memberships
    row = made.row(0, named=True)
    assert row["clear"] is False
    assert row["reason"] == (
        "Domestic abuse assessed and not found, three children, youngest aged 10 to 15; "
        "second nearest: Domestic abuse and a parent's mental health, close"
    )
    needs_absent = assign({"F1": {"domestic_abuse": "assessed_absent"}}).segment_memberships["reason"].item()
    assert needs_absent.startswith("Domestic abuse assessed and not found; second nearest: ")


def test_clear_follows_the_threshold_of_the_settings() -> None:
    family = {"F1": {"domestic_abuse": "present", "child_disability_support": "assessed_absent"}}
    posterior = assign(family).segment_memberships["posterior"].item()
    for below, clear in ((posterior - 0.01, True), (posterior + 0.01, False)):
        settings = SETTINGS.model_copy(
            update={"segmentation": SETTINGS.segmentation.model_copy(update={"unclear_below": below})}
        )
        assert assign(family, settings=settings).segment_memberships["clear"].item() is clear


def test_a_family_of_whom_only_the_age_is_known_is_not_grouped() -> None:
    row = assign({"F1": {}}, {"F1": "16_or_17"}).segment_memberships.row(0, named=True)
    assert row["segment"] is None
    assert row["posterior"] is None
    assert row["clear"] is False
    assert row["reason"] == "No need that families are grouped by is recorded or assessed yet"


def test_without_an_approved_model_nothing_is_grouped() -> None:
    needs = pl.DataFrame(schema={"family_id": pl.String, "need": pl.String, "state": pl.String})
    families = pl.DataFrame({"family_id": ["F2", "F1"], "youngest_age_band": ["1_to_4", "unknown"], "n_children": 1})
    made = segmentation.assign(need_profiles=needs, family_profiles=families, model=None, settings=SETTINGS)
    assert made.segment_memberships["family_id"].to_list() == ["F1", "F2"]
    assert made.segment_memberships["segment"].null_count() == 2
    assert set(made.segment_memberships["reason"]) == {"No approved grouping of families yet"}
    assert made.segment_profiles.is_empty()
    validate(made.segment_memberships, all_contracts().table("segment_memberships"))
    validate(made.segment_profiles, all_contracts().table("segment_profiles"))


def test_a_synthetic_model_is_used_in_a_synthetic_authority_only() -> None:
    family = {"F1": {"domestic_abuse": "present"}}
    real = assign(family, chosen=model(synthetic=True)).segment_memberships
    assert real["segment"].item() is None
    assert "synthetic families" in real["reason"].item()
    demo = SETTINGS.model_copy(update={"authority": Authority(name="Demo", code="000", synthetic=True)})
    assert assign(family, settings=demo, chosen=model(synthetic=True)).segment_memberships["segment"].item() == "s1"


OTHER_FACTS = {"housing_instability": "present", "school_absence": "present"}


@pytest.mark.parametrize("band", [*AGE_BANDS, "unknown"])
def test_ages_children_and_needs_that_only_partners_tell_are_said_and_move_nobody(band: str) -> None:
    needs = {"domestic_abuse": "present", "child_disability_support": "assessed_absent"}
    alone = assign({"F1": needs}).segment_memberships.row(0, named=True)
    made = assign({"F1": needs | OTHER_FACTS}, {"F1": band}, n_children=3).segment_memberships.row(0, named=True)
    assert {**made, "reason": ""} == {**alone, "reason": ""}
    assert "Domestic abuse recorded, three children" in made["reason"]
    assert made["reason"].endswith("; also recorded: unstable housing and school absence or exclusion")
    assert "also recorded" not in alone["reason"]


def outside_home_model() -> ApprovedModel:
    used = model()
    probabilities = {"outside_home" if name == "harmful_behaviour" else name: row for name, row in PRESENT.items()}
    told = {name: {"present": row} for name, row in probabilities.items()}
    return ApprovedModel(used.grouping.model_copy(update={"probabilities": told}), used.approval)


def test_needs_outside_the_home_answer_together_and_are_named_one_by_one() -> None:
    absent = dict.fromkeys(("child_substance_misuse", "exploitation_outside_home", "missing"), "assessed_absent")
    cases = {
        "one": {"missing": "present"},
        "two": {"missing": "present", "exploitation_outside_home": "present"},
        "none": absent,
        "not_known": {"missing": "assessed_absent", "domestic_abuse": "unknown", "neglect": "present"},
    }
    made = assign(cases, chosen=outside_home_model()).segment_memberships
    told = {row["family_id"]: row for row in made.iter_rows(named=True)}
    assert told["one"]["posterior"] == told["two"]["posterior"] == pytest.approx(
        by_hand({"harmful_behaviour": "present"}).max(), abs=2e-3
    )  # fmt: skip
    assert told["none"]["posterior"] == pytest.approx(by_hand({"harmful_behaviour": "assessed_absent"})[0], abs=2e-3)
    assert told["not_known"]["posterior"] == pytest.approx(SHARES[0], abs=1e-3), "two of the three are not known"
    assert told["one"]["reason"].startswith("Needs outside the home (going missing) recorded;")
    assert told["two"]["reason"].startswith(
        "Needs outside the home (exploitation outside the home and going missing) recorded;"
    )
    assert "(" not in told["none"]["reason"]


def test_states_outside_the_contract_are_not_guessed() -> None:
    made = assign({"F1": {"domestic_abuse": "perhaps", "neglect": "unknown"}})
    assert made.segment_memberships["segment"].item() is None


def test_profiles_count_families_known_either_way() -> None:
    families = {f"F{i}": {"domestic_abuse": "present"} for i in range(6)}
    families |= {
        f"F{i}": {"child_disability_support": "present", "domestic_abuse": "assessed_absent"} for i in (6, 7, 8)
    }
    families["F9"] = {"child_disability_support": "present"}
    profiles = assign(families).segment_profiles
    validate(profiles, all_contracts().table("segment_profiles"))
    assert profiles.height == 3 * len(NEED_CODES)
    harm = profiles.filter(segment="s1", need="domestic_abuse").row(0, named=True)
    assert (harm["prevalence"], harm["n_families"]) == (1.0, 6)
    assert harm["lift"] == pytest.approx(1.0 / (6 / 9))
    other = profiles.filter(segment="s2", need="domestic_abuse").row(0, named=True)
    assert (other["prevalence"], other["n_families"]) == (0.0, 3)
    never_absent = profiles.filter(segment="s2", need="child_disability_support").row(0, named=True)
    assert never_absent["prevalence"] is None, "known only where present, so a share would say nothing"
    empty = profiles.filter(segment="s3", need="neglect").row(0, named=True)
    assert (empty["prevalence"], empty["n_families"]) == (None, 0)


def test_memberships_obey_the_contract_and_never_speak_of_risk() -> None:
    families = {
        f"F{i}": {
            code: ("present", "assessed_absent", "unknown")[(i + j) % 3 if i % 2 else (i * j) % 3]
            for j, code in enumerate(PRESENT)
        }
        for i in range(30)
    }
    made = assign(families, {f"F{i}": AGE_BANDS[i % 5] for i in range(30)}).segment_memberships
    validate(made, all_contracts().table("segment_memberships"))
    assert made["family_id"].is_sorted()
    assert not made["reason"].str.to_lowercase().str.contains("risk").any()
