"""Whatever is wrong with what a grouping is made of: a clear message, and nothing that stood is overwritten."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from fi_workbench import segmentation
from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.approvals import read_for_comparison
from fi_workbench.segmentation.latent_class import DuplicatedIndicatorWarning
from fi_workbench.settings import Authority, Caseload, Settings, Unit
from tests.functional.conftest import Run
from tests.unit.test_segmentation_approval import MADE_ON, SETTINGS, profiles


def fit(needs: pl.DataFrame, families: pl.DataFrame, **other: int) -> segmentation.Candidate:
    chosen = SETTINGS.segmentation.model_copy(update={"most_classes": 2, "n_refits": 2, **other})
    settings = SETTINGS.model_copy(update={"segmentation": chosen})
    return segmentation.fit_candidate(needs, families, settings, made_on=MADE_ON)


def estimator(rows: pl.DataFrame, n_classes: int = 2) -> object:
    return segmentation.LatentClassSegmenter(n_classes, n_starts=3).fit(rows)


def one_family() -> object:
    needs, families = profiles(1)
    return fit(needs, families)


def all_alike() -> object:
    needs, families = profiles(30)
    return fit(needs.with_columns(state=pl.lit("present")), families)


def all_missing() -> object:
    needs, families = profiles(30)
    return fit(needs.with_columns(state=pl.lit("unknown")), families)


def more_classes_than_patterns() -> object:
    needs, families = profiles(3)
    return fit(needs, families, n_classes=9)


def constant() -> object:
    return estimator(pl.DataFrame({"a": ["present"] * 20, "b": ["present", "absent"] * 10}))


def status(children: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "family_id": [f"F{i}" for i in range(len(children))],
            "status": "child_in_need",
            "since": date(2026, 1, 1),
            "n_children_open": children,
            "unit": "north",
        }
    )


def members(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "family_id": [f"F{i}" for i in range(n)],
            "segment": "s1",
            "posterior": 0.9,
            "second_segment": "s2",
            "second_posterior": 0.1,
        }
    )


def units(*capacities: int) -> Settings:
    told = tuple(
        Unit(code=code, name=f"{code.title()} unit", segments=("s1",), capacity_children=capacity)
        for code, capacity in zip(("north", "south"), capacities, strict=False)
    )
    return Settings(authority=Authority(name="Testshire", code="000"), units=told, caseload=Caseload())


ROSTER = pl.DataFrame(
    schema={
        "unit": pl.String, "role": pl.String, "fte": pl.Float64, "start_date": pl.Date, "end_date": pl.Date,
    }
)  # fmt: skip


def allocate(children: list[int], *capacities: int) -> object:
    return segmentation.propose_strictly(
        segment_memberships=members(len(children)),
        family_status=status(children),
        roster=ROSTER,
        settings=units(*capacities),
        as_at=MADE_ON,
    )


@dataclass(frozen=True)
class Case:
    """Something wrong, and what the person who did it must be told."""

    name: str
    do: Callable[[], object]
    told: str
    """A pattern that the message keeps."""
    next_step: str


def no_capacity() -> object:
    told = units(5).model_copy(update={"units": (Unit(code="north", name="North unit"),)})
    return segmentation.propose_strictly(
        segment_memberships=members(1), family_status=status([1]), roster=ROSTER, settings=told, as_at=MADE_ON
    )


def no_segment_for_a_unit() -> object:
    return segmentation.propose_strictly(
        segment_memberships=members(2),
        family_status=status([1, 1]),
        roster=ROSTER,
        settings=units(5, 5),
        as_at=MADE_ON,
        known_segments=["s2", "s4"],
    )


CASES = (
    Case("a constant indicator", constant, r"same answer everywhere.*\ba\b", "Leave them out"),
    Case("one family", one_family, r"No family is known well enough.*two present.*1 family", "Load children"),
    Case(
        "families all alike", all_alike, r"No indicator tells these families apart.*30 families", "Bring more families"
    ),
    Case("more classes than patterns", more_classes_than_patterns, r"more classes than distinct rows.*9", "fewer"),
    Case("nothing known of any family", all_missing, r"Nothing is known of any family's needs.*30", "Load children"),
    Case("capacities below the caseload", lambda: allocate([2] * 10, 5, 5), r"20 children.*10", "Raise"),
    Case("a household above every capacity", lambda: allocate([9, 1], 6, 6), r"1 household has more", "Raise"),
    Case("no capacity known", no_capacity, r"not known how many children.*North unit", "Set the capacity"),
    Case("a unit with no allowed class", no_segment_for_a_unit, r"North unit has s1; South.*2 of 2", "s2, s4"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_told_in_words_with_what_to_do(case: Case) -> None:
    with pytest.raises(SegmentationError) as caught:
        case.do()
    said = str(caught.value)
    assert re.search(case.told, said, re.DOTALL), said
    assert case.next_step in said
    assert not re.search(r"\bF\d+\b", said), "no family is named"


def test_the_estimator_says_which_columns_are_duplicated() -> None:
    rows = pl.DataFrame({"a": ["x", "y"] * 10, "b": ["p", "q"] * 10, "c": (["x"] * 3 + ["y"] * 2) * 4})
    with pytest.warns(DuplicatedIndicatorWarning, match="b as a.*Leave them out"):
        estimator(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator(rows.drop("b"))


def test_a_duplicated_and_a_constant_indicator_are_left_out_of_a_candidate_and_named() -> None:
    needs, families = profiles(80)
    harm = needs.filter(need="domestic_abuse").select("family_id", twin="state")
    state = (
        pl.when(pl.col("need") == "physical_abuse").then("twin")
        .when(pl.col("need") == "sexual_abuse").then(pl.lit("assessed_absent"))
        .otherwise("state")
    )  # fmt: skip
    twins = needs.join(harm, on="family_id").with_columns(state=state).drop("twin")
    candidate = fit(twins, families)
    assert "answered as domestic_abuse for every family" in candidate.left_out["physical_abuse"]
    assert "known only as 'absent'" in candidate.left_out["sexual_abuse"]
    assert not {"physical_abuse", "sexual_abuse"} & set(candidate.probabilities)
    assert {item.name for item in segmentation.INDICATORS} - set(candidate.left_out) == set(candidate.probabilities)


def test_an_allocation_that_cannot_be_made_is_said_on_every_row_of_a_weekly_run() -> None:
    found = segmentation.propose(
        segment_memberships=members(2),
        family_status=status([1, 1]),
        roster=ROSTER,
        settings=units(5, 5),
        as_at=MADE_ON,
        known_segments=["s2"],
    ).unit_proposals
    assert found["proposed_unit"].null_count() == 2
    assert found["reason"].str.contains("No segment that there is may go to North unit").all()


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_approved_model_whose_indicators_changed_is_refused_and_a_new_one_can_be_fitted(
    week_made: Path, run: Run
) -> None:
    models = week_made / "models" / "segmentation"
    (approved,) = models.iterdir()
    told = yaml.safe_load((approved / "model.yaml").read_text(encoding="utf-8"))
    told["indicator_list"] = "0" * 16
    (approved / "model.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    digest = hashlib.sha256((approved / "model.yaml").read_bytes()).hexdigest()
    approval = yaml.safe_load((approved / "approval.yaml").read_text(encoding="utf-8"))
    (approved / "approval.yaml").write_text(yaml.safe_dump({**approval, "model_sha256": digest}), encoding="utf-8")
    before = hashes(models)

    with pytest.raises(SegmentationError, match="another list of indicators"):
        segmentation.read_approved(models)
    refused = run(["segment", "assign", "--workspace", str(week_made)])
    assert refused.code == 1
    assert "segment fit" in refused.err
    assert read_for_comparison(models, synthetic=True) is None
    assert hashes(models) == before

    settings = week_made / "workbench.toml"
    settings.write_text(settings.read_text().replace("n_classes = 4", "n_classes = 2\nmost_classes = 2\nn_refits = 5"))
    fitted = run(["segment", "fit", "--workspace", str(week_made), "--json"])
    assert fitted.code == 3, fitted.err + fitted.out
    after = hashes(models)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1


def test_a_fit_that_fails_leaves_what_stood(week_made: Path, run: Run) -> None:
    settings = week_made / "workbench.toml"
    settings.write_text(settings.read_text().replace("n_classes = 4", "n_classes = 13"))
    before = hashes(week_made / "models")
    refused = run(["segment", "fit", "--workspace", str(week_made)])
    assert refused.code == 2
    assert "n_classes" in refused.err
    assert "Traceback" not in refused.err
    assert hashes(week_made / "models") == before
