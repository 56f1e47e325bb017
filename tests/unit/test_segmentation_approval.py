"""Candidate, review, approval: what is approved is what is used, and nothing is approved by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from fi_workbench import segmentation
from fi_workbench.errors import ContractError, SegmentationError
from fi_workbench.segmentation.indicators import NEEDS_USED, SHOWN_ONLY, TABLES
from fi_workbench.settings import Authority, Segmentation, Settings
from fi_workbench.vocabulary.field_use import check_indicators, read_field_use
from fi_workbench.vocabulary.needs import AGE_BANDS, NEED_CODES

MADE_ON = date(2026, 11, 22)
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SETTINGS = Settings(
    authority=Authority(name="Testshire", code="000", synthetic=True),
    segmentation=Segmentation(n_classes=2, n_starts=6, most_classes=6, n_refits=20),
)
CHANCES = {
    "domestic_abuse": (0.9, 0.1),
    "parental_mental_health": (0.7, 0.2),
    "child_disability_support": (0.05, 0.8),
    "neglect": (0.4, 0.1),
}


def profiles(n: int = 240, *, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two kinds of family: harm between adults with young children, and disabled older children."""
    generator = np.random.default_rng(seed)
    kind = generator.integers(0, 2, n)
    families = [f"F{i:04d}" for i in range(n)]
    needs = []
    for code in NEED_CODES:
        present = generator.random(n) < np.array(CHANCES.get(code, (0.1, 0.1)))[kind]
        unknown = generator.random(n) < 0.1
        states = np.where(unknown, "unknown", np.where(present, "present", "assessed_absent")).tolist()
        if code == "physical_abuse":
            states = ["present" if state == "present" else "unknown" for state in states]
        needs.append(pl.DataFrame({"family_id": families, "need": code, "state": states, "as_of": MADE_ON}))
    bands = [AGE_BANDS[generator.integers(0, 3) + 2 * k] for k in kind]
    family_profiles = pl.DataFrame({"family_id": families, "youngest_age_band": bands, "n_children": 2})
    return pl.concat(needs).sort("family_id", "need"), family_profiles


@pytest.fixture(scope="module")
def candidate() -> segmentation.Candidate:
    return segmentation.fit_candidate(*profiles(), SETTINGS, made_on=MADE_ON)


def n_with_needs(needs: pl.DataFrame) -> int:
    """Families with two needs present, the three outside the home counted as one; of each most needs are known."""
    outside = pl.col("need").is_in(["child_substance_misuse", "exploitation_outside_home", "missing"])
    one = pl.when(outside).then(pl.lit("outside_home")).otherwise("need")
    present = (
        needs.filter(pl.col("need").is_in(NEEDS_USED), state="present").group_by("family_id").agg(n=one.n_unique())
    )
    return present.filter(pl.col("n") >= 2).height


def test_a_candidate_says_how_it_was_found(candidate: segmentation.Candidate) -> None:
    assert candidate.fitted_as_of == MADE_ON
    fitted = n_with_needs(profiles()[0])
    assert fitted < 240
    assert (candidate.families.fitted, candidate.families.placed_only, candidate.families.set_aside) == (
        fitted, 240 - fitted, 0,
    )  # fmt: skip
    assert candidate.prior_families == 10
    table = segmentation.fit_table(candidate)
    assert table["n_classes"].to_list() == [1, 2, 3, 4, 5, 6]
    assert table.filter(n_classes=2)["bic"].item() == table["bic"].min()
    assert candidate.fit.n_classes == 2
    assert candidate.fit.replicated
    assert candidate.fit.least_mean_posterior is not None
    assert candidate.fit.least_mean_posterior > 0.8
    assert [(one.code, one.band) for one in candidate.stability] == [("s1", "highly stable"), ("s2", "highly stable")]
    assert len(candidate.missed_pairs) == 5
    assert candidate.missed_pairs[0].residual >= candidate.missed_pairs[-1].residual


def test_a_need_that_nobody_is_known_not_to_have_is_left_out_and_named(candidate: segmentation.Candidate) -> None:
    assert set(candidate.left_out) == {"physical_abuse"}
    assert "present" in candidate.left_out["physical_abuse"]
    assert "physical_abuse" not in candidate.probabilities


def test_segments_are_named_after_what_is_more_common_in_them(candidate: segmentation.Candidate) -> None:
    names = {segment.name for segment in candidate.segments}
    assert names == {"Domestic abuse and a parent's mental health", "Support for a child's disability"}
    assert not any("risk" in name.lower() for name in names)
    assert [segment.code for segment in candidate.segments] == ["s1", "s2"]


def test_the_review_table_has_every_answer_with_lift_and_number(candidate: segmentation.Candidate) -> None:
    table = segmentation.review_table(candidate)
    assert table.columns == [
        "segment", "name", "share", "indicator", "answer", "probability", "lift", "n_families",
    ]  # fmt: skip
    assert table.height == 2 * (len(segmentation.INDICATORS) - 1)
    disability = table.filter(indicator="child_disability_support")
    assert disability.filter(pl.col("lift") > 1.5)["name"].to_list() == ["Support for a child's disability"]
    assert disability.filter(pl.col("lift") < 1).height == 1


def test_the_same_families_in_another_order_give_the_same_file(candidate: segmentation.Candidate) -> None:
    needs, families = profiles()
    again = segmentation.fit_candidate(
        needs.sample(fraction=1.0, shuffle=True, seed=3), families.reverse(), SETTINGS, made_on=MADE_ON
    )
    assert again == candidate


def test_written_and_read_it_is_the_same(tmp_path: Path, candidate: segmentation.Candidate) -> None:
    path = segmentation.write_candidate(tmp_path, candidate)
    assert segmentation.read_candidate(tmp_path, candidate.version) == candidate
    assert segmentation.write_candidate(tmp_path, candidate) == path
    text = path.read_text(encoding="utf-8")
    assert "domestic_abuse" in text
    assert max(map(len, text.splitlines())) < 150, "a person can read it"


def test_a_candidate_never_overwrites_another(tmp_path: Path, candidate: segmentation.Candidate) -> None:
    segmentation.write_candidate(tmp_path, candidate)
    with pytest.raises(SegmentationError, match="nothing is overwritten"):
        segmentation.write_candidate(tmp_path, candidate.model_copy(update={"note": "changed"}))
    assert segmentation.read_candidate(tmp_path, candidate.version) == candidate


def test_nothing_is_used_before_a_person_approves(tmp_path: Path, candidate: segmentation.Candidate) -> None:
    assert segmentation.read_approved(tmp_path / "none") is None
    segmentation.write_candidate(tmp_path, candidate)
    assert segmentation.read_approved(tmp_path) is None
    with pytest.raises(SegmentationError, match="not approved"):
        segmentation.read_approved(tmp_path, candidate.version)
    segmentation.approve(tmp_path, candidate.version, "A. Person", "Two groups that workers know", AT)
    model = segmentation.read_approved(tmp_path)
    assert model is not None
    assert model.grouping == candidate
    assert (model.approval.by, model.approval.at, model.synthetic) == ("A. Person", AT, False)
    assert segmentation.read_approved(tmp_path, candidate.version) == model


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("A. Person", "  ")])
def test_an_approval_needs_a_name_and_a_reason(
    tmp_path: Path, candidate: segmentation.Candidate, by: str, reason: str
) -> None:
    segmentation.write_candidate(tmp_path, candidate)
    with pytest.raises(SegmentationError, match="name of a person and a reason"):
        segmentation.approve(tmp_path, candidate.version, by, reason, AT)
    assert segmentation.read_approved(tmp_path) is None


def test_an_approval_is_given_once(tmp_path: Path, candidate: segmentation.Candidate) -> None:
    segmentation.write_candidate(tmp_path, candidate)
    segmentation.approve(tmp_path, candidate.version, "A. Person", "First", AT)
    with pytest.raises(SegmentationError, match="approved before"):
        segmentation.approve(tmp_path, candidate.version, "B. Person", "Second", AT)
    model = segmentation.read_approved(tmp_path)
    assert model is not None
    assert model.approval.by == "A. Person"


def test_a_solution_found_once_cannot_be_approved(tmp_path: Path) -> None:
    once = SETTINGS.model_copy(update={"segmentation": Segmentation(n_classes=2, n_starts=1)})
    candidate = segmentation.fit_candidate(*profiles(), once, made_on=MADE_ON)
    segmentation.write_candidate(tmp_path, candidate)
    with pytest.raises(SegmentationError, match="Only one start"):
        segmentation.approve(tmp_path, candidate.version, "A. Person", "Looks right", AT)
    assert segmentation.read_approved(tmp_path) is None


def test_the_latest_approval_counts(tmp_path: Path, candidate: segmentation.Candidate) -> None:
    other = segmentation.fit_candidate(*profiles(seed=2), SETTINGS, made_on=date(2026, 8, 2))
    for each, day in ((candidate, 1), (other, 2)):
        segmentation.write_candidate(tmp_path, each)
        segmentation.approve(tmp_path, each.version, "A. Person", "Why", AT.replace(month=12, day=day))
    latest = segmentation.read_approved(tmp_path)
    assert latest is not None
    assert latest.version == other.version
    first = segmentation.read_approved(tmp_path, candidate.version)
    assert first is not None
    assert first.version == candidate.version


def test_a_model_changed_after_approval_is_refused(tmp_path: Path, candidate: segmentation.Candidate) -> None:
    path = segmentation.write_candidate(tmp_path, candidate)
    segmentation.approve(tmp_path, candidate.version, "A. Person", "Why", AT)
    path.write_text(path.read_text(encoding="utf-8").replace("n_starts: 6", "n_starts: 9"), encoding="utf-8")
    with pytest.raises(SegmentationError, match="changed after its approval"):
        segmentation.read_approved(tmp_path)


def test_a_model_with_other_indicators_than_the_codes_is_refused(
    tmp_path: Path, candidate: segmentation.Candidate
) -> None:
    changes = (
        {"indicator_list": "0" * 16, "version": "other-list"},
        {"probabilities": {"poverty": {"present": (0.1, 0.2)}}, "version": "other-indicator"},
    )
    for change in changes:
        old = candidate.model_copy(update=change)
        segmentation.write_candidate(tmp_path, old)
        with pytest.raises(SegmentationError, match="another list of indicators"):
            segmentation.approve(tmp_path, old.version, "A. Person", "Why", AT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data | {"surprise": 1}, "surprise"),
        (lambda data: {k: v for k, v in data.items() if k != "segments"}, "segments"),
        (lambda data: data | {"probabilities": {"neglect": {"present": [0.5]}}}, "one probability per segment"),
        (lambda data: data | {"probabilities": {"neglect": {"absent": [0.5, 0.5]}}}, "answers of neglect"),
        (lambda data: data | {"version": "other"}, "another version"),
    ],
)
def test_a_damaged_model_file_is_refused_with_what_is_wrong(
    tmp_path: Path, candidate: segmentation.Candidate, change: object, message: str
) -> None:
    path = segmentation.write_candidate(tmp_path, candidate)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(change(data)), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(SegmentationError, match=message):
        segmentation.read_candidate(tmp_path, candidate.version)


def test_a_file_that_is_not_yaml_and_a_model_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "model.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(SegmentationError, match="not readable as YAML"):
        segmentation.read_candidate(tmp_path, "v1")
    with pytest.raises(SegmentationError, match="no such model") as missing:
        segmentation.read_candidate(tmp_path, "v2")
    assert "v1" in str(missing.value)


def test_families_of_whom_nothing_is_known_are_set_aside() -> None:
    needs, families = profiles()
    silent = needs.with_columns(
        state=pl.when(pl.col("family_id") == "F0000").then(pl.lit("unknown")).otherwise(pl.col("state"))
    )
    candidate = segmentation.fit_candidate(silent, families, SETTINGS, made_on=MADE_ON)
    assert (candidate.families.fitted, candidate.families.set_aside) == (n_with_needs(silent), 1)
    with pytest.raises(SegmentationError, match="Nothing is known"):
        segmentation.fit_candidate(needs.with_columns(state=pl.lit("unknown")), families, SETTINGS, made_on=MADE_ON)


def test_families_known_from_a_partner_alone_are_placed_and_nothing_is_learnt_from_them() -> None:
    needs, families = profiles()
    told = segmentation.fit_candidate(needs, families, SETTINGS, made_on=MADE_ON)
    others = [f"P{i:02d}" for i in range(60)]
    by_partner = pl.DataFrame({"family_id": others}).join(pl.DataFrame({"need": NEED_CODES}), how="cross").select(
        "family_id",
        "need",
        state=pl.when(pl.col("need") == "domestic_abuse").then(pl.lit("present")).otherwise(pl.lit("unknown")),
        as_of=pl.lit(MADE_ON),
    )  # fmt: skip
    more = pl.DataFrame({"family_id": others, "youngest_age_band": AGE_BANDS[0], "n_children": [2] * 60})
    every = (pl.concat([needs, by_partner]), pl.concat([families, more], how="vertical_relaxed"))
    again = segmentation.fit_candidate(*every, SETTINGS, made_on=MADE_ON)
    assert again.probabilities == told.probabilities
    assert again.families.placed_only == (told.families.placed_only or 0) + 60
    placed = segmentation.assign(
        need_profiles=every[0],
        family_profiles=every[1],
        model=segmentation.ApprovedModel(again, approval_of(again)),
        settings=SETTINGS,
    ).segment_memberships.filter(pl.col("family_id").is_in(others))
    assert placed["segment"].null_count() == 0
    only = by_partner.filter(pl.col("family_id") != others[0])
    with pytest.raises(SegmentationError, match="known well enough to fit") as refused:
        segmentation.fit_candidate(only, more[1:], SETTINGS, made_on=MADE_ON)
    assert "59 families" in str(refused.value)


def approval_of(candidate: segmentation.Candidate) -> segmentation.Approval:
    said = {"version": candidate.version, "by": "A. Person", "at": AT, "reason": "clear", "synthetic": False}
    return segmentation.Approval.model_validate({**said, "model_sha256": "0"})


def test_the_synthetic_model_is_marked(tmp_path: Path) -> None:
    shipped = segmentation.ship_synthetic_model(*profiles(), tmp_path, MADE_ON, settings=SETTINGS)
    read = segmentation.read_approved(tmp_path)
    assert read == shipped
    assert read is not None
    assert read.synthetic
    assert read.approval.by == "Synthetic analyst (not a person)"
    assert "nobody's families" in read.grouping.note


def test_every_indicator_is_allowed_and_no_protected_field_decides_anything() -> None:
    uses = read_field_use()
    check_indicators(NEEDS_USED, TABLES, uses)
    assert uses.allowed("indicator", TABLES) == set(NEEDS_USED)
    assert set(NEEDS_USED) | set(SHOWN_ONLY) == set(NEED_CODES)
    assert SHOWN_ONLY == ("young_carer", "housing_instability", "school_absence")
    protected = {f"{each.table}.{each.field}" for each in uses.fields if each.protected}
    assert {"people.ethnicity", "people.sex", "cin_disabilities.disability"} <= protected
    for field in ("ethnicity", "sex", "n_children", "youngest_age_band", "housing_instability"):
        with pytest.raises(SegmentationError, match="must not be used to group"):
            check_indicators([field], [*TABLES, "people"], uses)


def test_a_list_that_lets_a_protected_field_decide_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "field_use.yaml"
    field = {"table": "people", "field": "ethnicity", "may_be": ["indicator"], "protected": True}
    path.write_text(yaml.safe_dump({"version": "1.0.0", "uses": {}, "fields": [field]}), encoding="utf-8")
    with pytest.raises(ContractError, match=r"people\.ethnicity is protected"):
        read_field_use(path)


def test_the_list_of_indicators_has_a_name_that_changes_with_it() -> None:
    items = segmentation.INDICATORS
    assert segmentation.indicator_hash() == segmentation.indicator_hash(items)
    assert segmentation.indicator_hash(items[1:]) != segmentation.indicator_hash()
    assert segmentation.indicator_hash(items[::-1]) != segmentation.indicator_hash()


def test_taking_an_approval_back_brings_the_former_one_back_and_removes_nothing(tmp_path: Path) -> None:
    needs, families = profiles()
    versions = []
    for day in (1, 2):
        candidate = segmentation.fit_candidate(needs, families, SETTINGS, made_on=date(2026, 9, day))
        segmentation.write_candidate(tmp_path, candidate)
        at = datetime(2026, 9, day, 9, tzinfo=UTC)
        segmentation.approve(tmp_path, candidate.version, "A. Person", "It fits", at)
        versions.append(candidate.version)
    later = datetime(2026, 9, 3, 9, tzinfo=UTC)
    assert segmentation.roll_back(tmp_path, "B. Person", "The names mislead", later) == (versions[1], versions[0])
    used = segmentation.read_approved(tmp_path)
    assert used is not None
    assert used.version == versions[0]
    assert segmentation.read_approved(tmp_path, versions[1]) is not None
    assert segmentation.roll_back(tmp_path, "B. Person", "So does this one", later) == (versions[0], None)
    with pytest.raises(SegmentationError, match="nothing to take back"):
        segmentation.roll_back(tmp_path, "B. Person", "Again", later)
    with pytest.raises(SegmentationError, match="name of a person"):
        segmentation.roll_back(tmp_path, " ", "", later)
