"""Futures against what can be worked out by hand: survival, arrivals, seasons, pooling."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from fi_workbench.errors import WorkbenchError
from fi_workbench.statistics.arrivals import MONTH_SHARES, Arrivals, season, usual_arrivals
from fi_workbench.statistics.demand import Groups, draw_futures, interval_score
from fi_workbench.statistics.moving_on import BANDS, MovingOn, Steps, band_of, count_steps, moving_on

MONDAY = date(2025, 6, 2)
NOBODY = Arrivals(weekly=1e-12, clumping=1.0, drift=0.0)


def groups(n: int, *, state: int = 0, weeks: int = 0, size: int = 1) -> Groups:
    return Groups(*(np.full(n, value, dtype=np.int64) for value in (state, weeks, size)))


def constant(*rows: tuple[float, ...]) -> MovingOn:
    """Chances that hang on the state alone and are as good as known."""
    return MovingOn(np.repeat(np.array(rows), len(BANDS), axis=0) * 1e9 + 1e-3, len(rows))


def weeks(n: int) -> list[date]:
    return [MONDAY + timedelta(weeks=week) for week in range(n)]


def test_without_newcomers_children_leave_as_a_geometric_survival() -> None:
    made = draw_futures(
        groups(400, size=2), groups(1), constant((0.95, 0.05)), NOBODY, np.ones(13), np.random.default_rng(1)
    )
    ahead = np.arange(1, 14)
    alive = 0.95**ahead
    assert made.held.mean(axis=0) == pytest.approx(800 * alive, rel=0.01)
    # Brothers and sisters move together: the spread is that of 400 groups of two, not of 800 children.
    assert made.held.std(axis=0) == pytest.approx(2 * np.sqrt(400 * alive * (1 - alive)), rel=0.12)
    low, high = made.interval(0.8)
    assert ((made.held >= low) & (made.held <= high)).mean(axis=0) == pytest.approx(0.8, abs=0.05)


def test_every_child_is_accounted_for_from_week_to_week() -> None:
    moves = constant((0.90, 0.05, 0.05), (0.0, 0.9, 0.1))
    usual = Arrivals(weekly=6.0, clumping=2.0, drift=0.01)
    made = draw_futures(
        groups(50, size=2), groups(9, size=3), moves, usual, np.ones(13), np.random.default_rng(2), n_intensive=1
    )
    before = np.concatenate([np.full((len(made.held), 1), 100), made.held[:, :-1]], axis=1)
    assert (before + made.came - made.left == made.held).all()
    assert (made.stepped_down <= before).all()
    assert made.stepped_down[:, 0].mean() == pytest.approx(100 * 0.05, rel=0.1)


def test_demand_settles_where_as_many_come_as_leave() -> None:
    made = draw_futures(
        groups(100), groups(1), constant((0.9, 0.1)), Arrivals(10.0, 1.0, 0.0), np.ones(40), np.random.default_rng(3)
    )
    # The number of customers in a queue without waiting: Poisson with mean arrivals times stay (Little's law).
    assert made.held[:, -1].mean() == pytest.approx(10 / 0.1, rel=0.02)
    assert made.held[:, -1].var() == pytest.approx(100, rel=0.15)


def test_the_same_chance_gives_the_same_futures_and_another_gives_others() -> None:
    def drawn(seed: int) -> np.ndarray:
        usual = Arrivals(3.0, 1.5, 0.02)
        start = groups(20)
        return draw_futures(
            start, start, constant((0.9, 0.1)), usual, np.ones(5), np.random.default_rng(seed), n_draws=50
        ).held

    assert (drawn(1) == drawn(1)).all()
    assert (drawn(1) != drawn(2)).any()


def test_many_groups_are_drawn_in_parts() -> None:
    made = draw_futures(
        groups(30_000), groups(1), constant((0.9, 0.1)), NOBODY, np.ones(2), np.random.default_rng(1), n_draws=100
    )
    assert made.held.shape == (100, 2)
    assert made.held[:, 1].mean() == pytest.approx(30_000 * 0.81, rel=0.01)


def test_arrivals_have_the_variance_of_their_two_mixtures() -> None:
    drawn = Arrivals(weekly=8.0, clumping=2.5, drift=0.04).draw(np.random.default_rng(4), 40_000, np.ones(13))
    assert drawn.mean() == pytest.approx(8.0, rel=0.01)
    assert drawn[:, 0].var() == pytest.approx(8 * 2.5 + 0.04 * 64, rel=0.05)
    assert drawn.sum(axis=1).var() == pytest.approx(13 * 8 * 2.5 + 0.04 * 104**2, rel=0.05)


def test_the_season_is_the_published_one_and_averages_to_one() -> None:
    factors = season(weeks(52))
    assert factors.mean() == pytest.approx(1, abs=0.005)
    by_month = {month: MONTH_SHARES[month - 1] for month in (6, 8)}
    june, august = season([date(2026, 6, 8), date(2026, 8, 10)])
    assert june / august == pytest.approx(by_month[6] / 30 / (by_month[8] / 31))


def test_usual_arrivals_find_again_what_made_the_counts() -> None:
    generator = np.random.default_rng(5)
    mondays, true = weeks(77), Arrivals(weekly=9.0, clumping=2.0, drift=0.0)
    counts = true.draw(generator, 40, season(mondays))
    found = [usual_arrivals(row, counts.tolist(), mondays) for row in counts.tolist()]
    assert np.mean([each.weekly for each in found]) == pytest.approx(9.0, rel=0.05)
    assert found[0].clumping == pytest.approx(2.0, rel=0.1)
    # What is left of drift is how little one year says: the variance of a mean of 52 weeks.
    assert found[0].drift == pytest.approx(2.0 / (found[0].weekly * 52), abs=0.003)


def test_quarters_that_differ_more_than_chance_are_told() -> None:
    mondays = weeks(78)
    generator = np.random.default_rng(6)
    level = np.repeat(generator.gamma(25, 1 / 25, size=(40, 6)), 13, axis=1)
    counts = generator.poisson(20 * level * season(mondays)).tolist()
    assert usual_arrivals(counts[0], counts, mondays).drift == pytest.approx(0.04, abs=0.02)


def test_a_unit_to_which_nobody_came_may_still_get_a_family() -> None:
    found = usual_arrivals([0] * 60, [[0] * 60], weeks(60))
    assert 0 < found.weekly < 0.02
    assert found.clumping == 1.0


def test_less_than_a_year_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="a year of weeks"):
        usual_arrivals([1] * 51, [[1] * 51], weeks(51))


def test_a_large_unit_speaks_for_itself_and_a_small_one_with_all() -> None:
    n_cells = 2 * len(BANDS)
    pooled = np.zeros((n_cells, 3))
    pooled[0] = [900, 50, 50]
    small, large = np.zeros((n_cells, 3)), np.zeros((n_cells, 3))
    small[0], large[0] = [0, 0, 2], [8000, 0, 2000]
    assert moving_on(small, pooled, 2).chances[0] == pytest.approx([0.882, 0.049, 0.069], abs=0.002)
    assert moving_on(large, pooled, 2).chances[0, 2] == pytest.approx(0.2, abs=0.002)
    # A band that nobody was ever in takes what its state does as a whole; an unknown state stays as it is.
    assert moving_on(small, pooled, 2).chances[5] == pytest.approx([0.9, 0.05, 0.05], abs=0.001)
    assert moving_on(small, pooled, 2).chances[len(BANDS) + 2] == pytest.approx([0, 1, 0], abs=0.001)


def test_steps_are_counted_by_state_and_time_in_it() -> None:
    steps = Steps(
        state=np.array([0, 0, 1]), weeks=np.array([0, 5, 200]), to=np.array([0, 2, 1]), weight=np.array([1.0, 0.5, 1.0])
    )
    counts = count_steps(steps, 2)
    assert counts[0].tolist() == [1, 0, 0]
    assert counts[band_of(5)].tolist() == [0, 0, 0.5]
    assert counts[len(BANDS) + len(BANDS) - 1].tolist() == [0, 1, 0]
    assert counts.sum() == 2.5


def test_the_interval_score_of_a_worked_example() -> None:
    # Width 10 alone where the truth is inside; 2 / 0.2 for each child outside.
    assert interval_score([10, 10, 10], [20, 20, 20], [15, 22, 9], 0.8).tolist() == pytest.approx([10, 30, 20])


def test_nobody_who_ever_came_cannot_be_drawn_from() -> None:
    with pytest.raises(WorkbenchError, match="Nobody ever came"):
        draw_futures(groups(1), groups(0), constant((0.9, 0.1)), NOBODY, np.ones(1), np.random.default_rng(1))


def test_a_unit_that_holds_nobody_fills_up() -> None:
    made = draw_futures(
        groups(0), groups(1), constant((1.0, 0.0)), Arrivals(2.0, 1.0, 0.0), np.ones(3), np.random.default_rng(1)
    )
    assert made.held.mean(axis=0) == pytest.approx([2, 4, 6], rel=0.1)
