"""Whatever is wrong with what a grouping is made of: a clear message, and nothing that stood is overwritten."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
import pytest

from fi_workbench import segmentation
from fi_workbench.errors import SegmentationError
from fi_workbench.settings import Authority, Caseload, Settings, Unit
from tests.unit.test_segmentation_approval import MADE_ON, SETTINGS, profiles

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def fit(needs: pl.DataFrame, families: pl.DataFrame, **other: int) -> segmentation.Candidate:
    chosen = SETTINGS.segmentation.model_copy(update={"most_classes": 2, "n_refits": 2, **other})
    settings = SETTINGS.model_copy(update={"segmentation": chosen})
    return segmentation.fit_candidate(needs, families, settings, made_on=MADE_ON)


def estimator(rows: pl.DataFrame, n_classes: int = 2) -> object:
    return segmentation.LatentClassSegmenter(n_classes, n_starts=3).fit(rows)


def one_family() -> object:
    needs, families = profiles(1)
    return fit(needs, families)


def all_missing() -> object:
    needs, families = profiles(30)
    return fit(needs.with_columns(state=pl.lit("unknown")), families)


def more_classes_than_patterns() -> object:
    needs, families = profiles(3)
    return fit(needs, families, n_classes=9)


def constant() -> object:
    return estimator(pl.DataFrame({"a": ["present"] * 20, "b": ["present", "absent"] * 10}))


def duplicated() -> object:
    column = ["present", "absent", "absent", "present"] * 8
    return estimator(pl.DataFrame({"a": column, "b": column, "c": ["present"] * 16 + ["absent"] * 16}))


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


CASES = (
    Case("a constant indicator", constant, r"same answer everywhere.*\ba\b", "Leave them out"),
    Case("a duplicated indicator", duplicated, r"(same|alike|copies).*\bb\b", ""),
    Case("one family", one_family, r"(famil|pattern|tell)", ""),
    Case("more classes than patterns", more_classes_than_patterns, r"(classes|segments).*pattern", "fewer"),
    Case("nothing known of any family", all_missing, r"Nothing is known of any family's needs", "Load children"),
    Case("capacities below the caseload", lambda: allocate([2] * 10, 5, 5), r"(capacit|room|fit).*", ""),
    Case("a household above every capacity", lambda: allocate([9, 1], 6, 6), r"(larger|household|capacit)", ""),
    Case("no capacity known", lambda: allocate([1], *()), r"unit", ""),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_told_in_words_with_what_to_do(case: Case) -> None:
    with pytest.raises(SegmentationError) as caught:
        case.do()
    said = str(caught.value)
    print(said)
    assert re.search(case.told, said, re.DOTALL | re.IGNORECASE), said
    assert case.next_step in said
    assert not re.search(r"\bF\d+\b", said), "no family is named"
