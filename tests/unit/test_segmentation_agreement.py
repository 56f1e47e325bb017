"""A grouping compared across half-years, localities and partners left out, and models of many sizes side by side."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation import LatentClassSegmenter
from fi_workbench.segmentation.agreement import AGREEMENT, agreement_across, agreement_without, half_year
from fi_workbench.segmentation.comparing import COMPARISON, compare
from tests.unit.segmentation_models import drawn_from, grouping_of

TWO = grouping_of(
    (0.6, 0.4),
    {
        "domestic_abuse": (0.9, 0.1),
        "parental_mental_health": (0.8, 0.2),
        "child_disability_support": (0.1, 0.8),
        "neglect": (0.7, 0.2),
        "exploitation_outside_home": (0.1, 0.6),
    },
)


def fitted(rows: pl.DataFrame) -> LatentClassSegmenter:
    return LatentClassSegmenter(2, n_starts=6).fit(rows)


def test_parts_of_one_population_agree() -> None:
    rows = drawn_from(TWO, 1200, seed=1)
    days = pl.Series("day", [date(2025, 1 + i % 12, 1) for i in range(1200)])
    told = agreement_across(fitted(rows), rows, half_year(days))
    assert told.schema == AGREEMENT
    assert told["part"].unique(maintain_order=True).to_list() == ["2025-1", "2025-2"]
    assert told.group_by("part").agg(pl.col("n_class").sum() == pl.col("n").first())["n_class"].all()
    assert told["jaccard"].min() > 0.85
    assert told["adjusted_rand"].min() > 0.8
    assert told["replicated"].all()


def test_a_part_with_another_make_up_disagrees() -> None:
    """In one locality needs no longer go together as in the other: its own classes are others."""
    rows = drawn_from(TWO, 800, seed=2)
    random = np.random.default_rng(3)
    alone = rows.select(pl.Series(name, random.permutation(rows[name].to_numpy())) for name in rows.columns)
    both = pl.concat([rows, alone])
    localities = pl.Series("locality", ["north"] * 800 + ["south"] * 800)
    told = agreement_across(fitted(rows), both, localities)
    rand = dict(told.select("part", "adjusted_rand").iter_rows())
    assert rand["north"] > 0.8
    assert rand["south"] < 0.5


def test_rows_without_a_part_are_left_out_and_a_part_too_small_says_so() -> None:
    rows = drawn_from(TWO, 300, seed=4)
    parts = pl.Series("locality", ["north"] * 200 + [None] * 99 + ["south"])
    told = agreement_across(fitted(rows), rows, parts)
    assert told.filter(part="north")["n"].to_list() == [200, 200]
    south = told.filter(part="south")
    assert south["n"].to_list() == [1, 1]
    assert south["jaccard"].null_count() == 2
    with pytest.raises(SegmentationError, match="must have its part"):
        agreement_across(fitted(rows), rows, parts.head(3))


def test_a_partner_left_out_that_says_little_changes_little() -> None:
    rows = drawn_from(TWO, 1000, seed=5)
    random = np.random.default_rng(6)
    gone = pl.Series(random.random(1000) < 0.1)
    little = rows.with_columns(neglect=pl.when(gone).then(None).otherwise("neglect"))
    wholly = rows.with_columns(exploitation_outside_home=pl.lit(None, pl.String))
    told = agreement_without(fitted(rows), rows, {"little": little, "same": rows, "wholly": wholly})
    rand = dict(told.select("part", "adjusted_rand").iter_rows())
    assert rand["same"] == 1.0
    assert rand["wholly"] < rand["little"] < 1.0
    assert told.filter(part="wholly")["left_out"].to_list() == ["exploitation_outside_home"] * 2
    assert told.filter(part="same")["left_out"].null_count() == 2
    with pytest.raises(SegmentationError, match="same families"):
        agreement_without(fitted(rows), rows, {"other": rows.head(3)})


def test_models_of_one_to_twelve_classes_stand_side_by_side() -> None:
    rows = drawn_from(TWO, 500, seed=7)
    made = compare(rows, n_starts=4)
    assert made.table.schema == COMPARISON
    assert made.table["n_classes"].to_list() == list(range(1, 13))
    assert made.table["bic"].arg_min() == 1
    one, two = made.table.row(0, named=True), made.table.row(1, named=True)
    assert one["n_pairs_missed"] == 10
    assert two["n_pairs_missed"] == 0
    assert one["worst_residual"] > two["worst_residual"]
    assert (made.table["sample_size_adjusted_bic"] < made.table["bic"]).all()
    assert [len(each) for each in made.table["mean_posteriors"]] == list(range(1, 13))
    assert min(two["mean_posteriors"]) > 0.9
    assert made.table["bootstrap_p"].null_count() == 12
    assert made.models[2].bic() == two["bic"]


def test_the_test_of_one_class_more_and_classes_that_cannot_be_told_apart() -> None:
    rows = drawn_from(TWO, 400, seed=8).select("domestic_abuse", "child_disability_support", "neglect")
    made = compare(rows, n_classes=[1, 2, 9], n_starts=6, n_replicates=19)
    assert made.table["bootstrap_p"].to_list()[0] is None
    assert made.table["bootstrap_p"].to_list()[1] == pytest.approx(1 / 20)
    assert set(made.not_fitted) == {9}
    with pytest.raises(SegmentationError, match="nothing to group"):
        compare(rows.head(0))
