"""Half a year of weeks: families stay where they are unless their needs change, whatever is refitted behind them.

A town of four kinds of family, four fifths of whose answers never change, is scored every week with frozen
parameters. The grouping is refitted twice; before the second refit a need that was never recorded begins to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from fi_workbench.segmentation import Grouping, fit_candidate
from fi_workbench.segmentation.alignment import moves
from fi_workbench.segmentation.indicators import answers, anything_known
from fi_workbench.segmentation.keeping import place_families
from fi_workbench.segmentation.particulars import AGE
from fi_workbench.settings import Authority, Segmentation, Settings
from fi_workbench.vocabulary.needs import AGE_BANDS, NEED_CODES

BEGINS = date(2026, 5, 31)
N_WEEKS, REFITS, CHANGES = 26, (9, 18), 15
N_FAMILIES, N_NEW, SHARE_CHANGING = 1200, 15, 0.004
LATE = "physical_abuse"
KINDS: tuple[dict[str, float], ...] = (
    {"domestic_abuse": 0.95, "parental_mental_health": 0.8, "emotional_abuse": 0.85},
    {"neglect": 0.95, "housing_instability": 0.8, "parental_substance_misuse": 0.75},
    {"exploitation_outside_home": 0.9, "missing": 0.85, "harmful_behaviour": 0.85},
    {"child_disability_support": 0.97, "child_mental_health": 0.7, "school_absence": 0.75},
)
SETTINGS = Settings(
    authority=Authority(name="Testshire", code="000", synthetic=True),
    segmentation=Segmentation(n_classes=4, n_starts=6, most_classes=4, n_refits=5),
)


class Town:
    """Families with their true kinds, and what is recorded of their needs as the weeks go by."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.kinds = np.zeros(0, dtype=np.int64)
        self.needs = np.zeros((0, len(NEED_CODES)), dtype=np.bool_)
        self.ages = np.zeros(0, dtype=np.int64)
        self.join(N_FAMILIES)

    def join(self, n: int) -> None:
        kinds = self.random.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
        chances = np.array([[kind.get(need, 0.06) for need in NEED_CODES] for kind in KINDS])
        self.kinds = np.concatenate([self.kinds, kinds])
        self.needs = np.concatenate([self.needs, self.random.random((n, len(NEED_CODES))) < chances[kinds]])
        self.ages = np.concatenate([self.ages, self.random.integers(0, len(AGE_BANDS), n)])

    def change(self) -> None:
        """Some families' needs become those of another kind."""
        chances = np.array([[kind.get(need, 0.06) for need in NEED_CODES] for kind in KINDS])
        for family in np.flatnonzero(self.random.random(len(self.kinds)) < SHARE_CHANGING):
            self.kinds[family] = self.random.integers(0, 4)
            self.needs[family] = self.random.random(len(NEED_CODES)) < chances[self.kinds[family]]

    def profiles(self, *, late_known: bool, on: date) -> tuple[pl.DataFrame, pl.DataFrame]:
        families = [f"F{i:05d}" for i in range(len(self.kinds))]
        parts = []
        for column, need in enumerate(NEED_CODES):
            states = np.where(self.needs[:, column], "present", "assessed_absent").tolist()
            known = late_known or need != LATE
            parts.append(
                pl.DataFrame(
                    {"family_id": families, "need": need, "state": states if known else "unknown", "as_of": on}
                )
            )
        bands = pl.DataFrame({"family_id": families, AGE: [AGE_BANDS[age] for age in self.ages], "n_children": 1})
        return pl.concat(parts), bands


@dataclass(frozen=True)
class Weeks:
    """What was proposed in each week, and the groupings behind it."""

    scored: tuple[pl.DataFrame, ...]
    unchanged_model: dict[int, pl.DataFrame]
    groupings: tuple[Grouping, ...]
    kinds: np.ndarray


def score(groupings: list[Grouping], profiles: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    """Families by the latest grouping, which carries on the others."""
    *former, grouping = groupings
    known = answers(*profiles).filter(anything_known())
    placed = place_families(known, grouping, former, keep_odds=SETTINGS.segmentation.keep_odds)
    codes = np.array([segment.code for segment in grouping.segments])
    labels = codes[placed.place[placed.patterns.of_row]]
    every = [item.name for item in grouping.items if item.name != LATE]
    return known.select("family_id", pl.Series("segment", labels), answers=pl.concat_str(every, separator="|"))


@pytest.fixture(scope="module")
def weeks() -> Weeks:
    town = Town(seed=4)
    grouping = fit_candidate(*town.profiles(late_known=False, on=BEGINS), SETTINGS, made_on=BEGINS)
    groupings, scored, before = [grouping], [], {}
    for week in range(N_WEEKS):
        on = BEGINS + timedelta(weeks=week)
        town.change()
        town.join(N_NEW)
        profiles = town.profiles(late_known=week >= CHANGES, on=on)
        if week in REFITS:
            before[week] = score(groupings, profiles)
            grouping = fit_candidate(*profiles, SETTINGS, made_on=on, former=grouping)
            groupings.append(grouping)
        scored.append(score(groupings, profiles))
    return Weeks(tuple(scored), before, tuple(groupings), town.kinds)


def test_the_second_refit_has_an_indicator_that_the_first_had_not(weeks: Weeks) -> None:
    first, second, third = weeks.groupings
    assert LATE in first.left_out
    assert LATE in second.left_out
    assert LATE in third.probabilities


def test_labels_keep_their_meaning_over_half_a_year(weeks: Weeks) -> None:
    """Each code stands for the same true kind from the first week to the last, and for no other."""
    meanings = []
    for scored in weeks.scored:
        kinds = pl.Series("kind", weeks.kinds[: scored.height])
        told = scored.with_columns(kinds).group_by("segment").agg(pl.col("kind").mode().first(), share=pl.len())
        meanings.append(dict(told.select("segment", "kind").iter_rows()))
    assert sorted(meanings[0].values()) == [0, 1, 2, 3]
    assert all(set(meaning) == {"s1", "s2", "s3", "s4"} for meaning in meanings)
    # A family that changed its kind on the way is counted by its last; codes stand for the same kind all the same.
    assert all(meaning == meanings[0] for meaning in meanings)
    for later in weeks.groupings[1:]:
        assert later.changes == ()
        assert {one.code: one.former_code for one in later.carried} == {f"s{i}": f"s{i}" for i in range(1, 5)}


def test_with_frozen_parameters_nobody_moves_without_a_change_of_needs(weeks: Weeks) -> None:
    for week in range(1, N_WEEKS):
        if week in REFITS:
            continue
        both = weeks.scored[week].join(weeks.scored[week - 1], on="family_id", suffix="_before")
        same = both.filter(pl.col("answers") == pl.col("answers_before"))
        assert (same["segment"] == same["segment_before"]).all()


@pytest.mark.parametrize("quarter", [(0, 12), (13, 25)])
def test_few_move_in_a_quarter_without_a_change_of_needs(weeks: Weeks, quarter: tuple[int, int]) -> None:
    first, last = quarter
    assert any(first < week <= last for week in REFITS)
    both = weeks.scored[last].join(weeks.scored[first], on="family_id", suffix="_before")
    same = both.filter(pl.col("answers") == pl.col("answers_before"))
    assert 0.9 < same.height / both.height < 1.0
    assert (same["segment"] != same["segment_before"]).mean() < 0.02


@pytest.mark.parametrize("week", REFITS)
def test_moves_by_a_refit_are_told_from_moves_by_needs(weeks: Weeks, week: int) -> None:
    frames = {"before": weeks.scored[week - 1], "same_model": weeks.unchanged_model[week], "now": weeks.scored[week]}
    told = moves({name: frame.select("family_id", "segment") for name, frame in frames.items()})
    changed = frames["before"].join(frames["same_model"], on="family_id", suffix="_now")
    unlike = set(changed.filter(pl.col("answers") != pl.col("answers_now"))["family_id"])
    assert told.filter(pl.col("cause").is_in(["needs", "both"]))["family_id"].is_in(list(unlike)).all()
    assert (told["cause"] == "refit").mean() < 0.02
