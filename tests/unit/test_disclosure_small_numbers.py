"""Small counts are hidden, and cannot be worked out again."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fi_workbench.errors import WorkbenchError
from fi_workbench.statistics.small_number_audit import bounds, exposed, exposed_to_rows
from fi_workbench.statistics.small_numbers import Protected, SmallNumberRule, protect, spread, with_totals

TABLES = arrays(
    np.int64,
    st.tuples(st.integers(2, 5), st.integers(2, 5)),
    elements=st.one_of(st.integers(0, 8), st.integers(0, 60)),
)


@pytest.mark.parametrize(("count", "hidden"), [(0, False), (1, True), (5, True), (6, False)])
def test_the_threshold_is_inclusive_and_zero_is_a_real_zero(count: int, hidden: bool) -> None:
    assert bool(SmallNumberRule(5).hides(np.array([count]))[0]) is hidden


def test_zero_is_hidden_where_the_rule_says_so() -> None:
    assert SmallNumberRule(7, hide_zero=True).hides(np.array([0]))[0]


@pytest.mark.parametrize(("count", "shown"), [(7, 5), (8, 10), (12, 10), (13, 15), (0, 0)])
def test_rounding_to_five(count: int, shown: int) -> None:
    assert SmallNumberRule(4, base=5).rounds(np.array([count]))[0] == shown


def test_one_small_count_alone_is_given_company() -> None:
    table = protect(np.array([[3, 40], [50, 60]]), SmallNumberRule(5))
    assert table.inside.sum() == 4
    assert exposed(table, SmallNumberRule(5)) == 0


def test_hiding_only_the_small_count_is_caught_by_the_audit() -> None:
    full = with_totals(np.array([[3, 40], [50, 60]]))
    rule = SmallNumberRule(5)
    primary = rule.hides(full)
    assert exposed(Protected(full, primary, primary), rule) == 1


def test_company_of_zeros_does_not_protect() -> None:
    # With zeros beside it the only free total pins the count, so the rectangle must be made of other cells.
    counts = np.array([[3, 0, 20], [0, 0, 30], [25, 40, 50]])
    assert exposed(protect(counts, SmallNumberRule(5)), SmallNumberRule(5)) == 0


def test_a_table_of_one_row_is_protected_without_column_totals() -> None:
    rule = SmallNumberRule(5)
    table = protect(np.array([[2, 30, 40]]), rule, column_totals=False)
    assert table.inside.tolist() == [[True, True, False]]
    assert exposed(table, rule) == 0


def test_a_single_small_count_hides_its_total() -> None:
    table = protect(np.array([[3]]), SmallNumberRule(5), column_totals=False)
    assert table.hidden.all()


def test_negative_counts_are_refused() -> None:
    with pytest.raises(WorkbenchError):
        protect(np.array([[-1, 2]]), SmallNumberRule(5))


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_no_small_count_can_be_worked_out(counts: np.ndarray) -> None:
    rule = SmallNumberRule(5)
    assert exposed(protect(counts, rule), rule) == 0


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_nor_from_rounded_counts(counts: np.ndarray) -> None:
    rule = SmallNumberRule(7, base=5)
    assert exposed(protect(counts, rule), rule) == 0


@settings(max_examples=25, deadline=None)
@given(arrays(np.int64, (2, 3), elements=st.integers(0, 6)))
def test_the_audit_agrees_with_trying_every_table(counts: np.ndarray) -> None:
    """Every table of whole numbers that fits what is shown, by brute force: the audit is never narrower."""
    rule = SmallNumberRule(2)
    table = protect(counts, rule)
    inside = [tuple(map(int, cell)) for cell in np.argwhere(table.inside)]
    highest = 14
    seen: dict[tuple[int, ...], set[int]] = {cell: set() for cell in inside}
    if len(inside) > 4:
        inside_values = product(range(0, highest, 2), repeat=len(inside)) if len(inside) == 5 else ()
    else:
        inside_values = product(range(highest), repeat=len(inside))
    shown = ~table.hidden
    for values in inside_values:
        trial = counts.copy()
        for cell, value in zip(inside, values, strict=True):
            trial[cell] = value
        full = with_totals(trial)
        if (full[shown] == table.counts[shown]).all():
            for cell, value in zip(inside, values, strict=True):
                seen[cell].add(value)
    for cell, (low, high) in zip(inside, bounds(table.counts, table.hidden, cells=inside), strict=True):  # type: ignore[arg-type]
        if seen[cell]:
            assert low - 1e-6 <= min(seen[cell])
            assert max(seen[cell]) <= high + 1e-6


def test_a_wide_table_stays_cheap_to_protect() -> None:
    random = np.random.default_rng(7)
    counts = random.poisson(9, size=(30, 10)).astype(np.int64)
    rule = SmallNumberRule(5)
    table = protect(counts, rule)
    assert table.inside.sum() < 2.2 * table.primary[:-1, :-1].sum()


def test_company_of_one_unit_does_not_protect_from_that_unit() -> None:
    """Three units and one count each: 90, 3 and 31. Whoever knows the 31 has the 3 from the total."""
    rule, counts = SmallNumberRule(5), np.array([[90, 40], [3, 35], [31, 50]])
    outside = protect(counts, rule)
    assert outside.inside.tolist() == [[False, False], [True, True], [True, True]]
    assert (exposed(outside, rule), exposed_to_rows(outside, rule)) == (0, 1)
    inside = protect(counts, rule, rows_know_themselves=True)
    assert inside.inside.all()
    assert (exposed(inside, rule), exposed_to_rows(inside, rule)) == (0, 0)


def test_where_there_are_two_units_only_a_total_protects_the_one_from_the_other() -> None:
    rule = SmallNumberRule(5)
    table = protect(np.array([[3, 40], [50, 60]]), rule, rows_know_themselves=True)
    assert table.hidden[-1, :-1].all()
    assert exposed_to_rows(table, rule) == 0


def test_a_unit_whose_own_count_is_small_needs_no_protection_from_itself() -> None:
    rule = SmallNumberRule(5)
    full = with_totals(np.array([[3, 40], [50, 60], [70, 80]]))
    hidden = np.zeros(full.shape, dtype=bool)
    hidden[:, :-1] = True
    table = Protected(full, hidden, rule.hides(full))
    assert exposed_to_rows(table, rule) == 0
    hidden[-1, :-1] = hidden[2, :-1] = False
    assert exposed_to_rows(table, rule) == 1


RULES = st.sampled_from(
    [SmallNumberRule(5), SmallNumberRule(4, base=5), SmallNumberRule(5, base=5), SmallNumberRule(7, 5, hide_zero=True)]
)


@settings(max_examples=60, deadline=None)
@given(TABLES, RULES)
def test_no_unit_can_work_out_a_small_count_of_another(counts: np.ndarray, rule: SmallNumberRule) -> None:
    """Told by linear programming with the unit's own row known, which shares nothing with how counts are hidden."""
    table = protect(counts, rule, rows_know_themselves=True)
    assert exposed(table, rule) == 0
    for viewer in range(len(counts)):
        known = np.zeros(table.counts.shape, dtype=bool)
        known[viewer] = True
        asked = table.primary & ~known
        # Of a total, which holds its own counts, a unit may know what they leave: noughts, or many.
        asked[-1] &= rule.hides(table.counts[-1] - table.counts[viewer])
        cells = [(int(row), int(column)) for row, column in np.argwhere(asked)]
        for low, high in bounds(table.counts, table.hidden, base=rule.base, cells=cells, known=known):
            assert high - low >= rule.threshold - 1e-6


def test_a_total_that_holds_nothing_but_a_units_own_counts_is_no_news_to_it() -> None:
    rule = SmallNumberRule(4, base=5)
    table = protect(np.array([[1, 4], [0, 0], [0, 0]]), rule, rows_know_themselves=True)
    assert exposed(table, rule) == exposed_to_rows(table, rule) == 0
    assert not table.hidden[1:3].any()


@settings(max_examples=60, deadline=None)
@given(TABLES, RULES, st.integers(0, 4), st.randoms(use_true_random=False))
def test_what_can_flow_around_a_count_is_what_linear_programming_finds(
    counts: np.ndarray, rule: SmallNumberRule, viewer: int, chance: random.Random
) -> None:
    """Whatever is hidden beside it, and whoever looks."""
    full = with_totals(counts)
    hidden = rule.hides(full) | np.array([[chance.random() < 0.4 for _ in line] for line in full])
    known = np.zeros(full.shape, dtype=bool)
    looking = viewer if viewer < len(counts) else None
    if looking is not None:
        known[looking] = True
    cells = [(int(row), int(column)) for row, column in np.argwhere(hidden & ~known)]
    ranges = bounds(full, hidden, base=rule.base, cells=cells, known=known)
    for cell, (low, high) in zip(cells, ranges, strict=True):
        gain = min(rule.threshold, round(high - full[cell])) if np.isfinite(high) else rule.threshold
        loss = min(rule.threshold, round(full[cell] - low))
        assert spread(full, hidden, rule, cell, viewer=looking) == min(rule.threshold, gain + loss)
