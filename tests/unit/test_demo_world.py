"""The dials of a world mean what they say, and sealed worlds are as hard as promised."""

from __future__ import annotations

import pytest

from fi_workbench.demo.draws import Draws
from fi_workbench.demo.households import draw_needs
from fi_workbench.demo.world import DEPENDENT_PAIRS, NEED_INDEX, PROGRAMMES, SEALED_WORLDS, World
from fi_workbench.errors import WrongUseError

DAY = 738_000


def test_half_of_the_sealed_worlds_break_local_independence_and_have_another_number_of_kinds() -> None:
    hard = [world for world in SEALED_WORLDS if world.local_dependence and world.n_segments in {3, 6, 9}]
    assert 2 * len(hard) >= len(SEALED_WORLDS)
    assert {world.n_segments for world in hard} == {3, 6, 9}


@pytest.mark.parametrize("n", [3, 4, 6, 9])
def test_units_share_all_families_and_lean_to_kinds(n: int) -> None:
    world = World(n_segments=n)
    shares = world.unit_shares()
    assert sum(shares) == pytest.approx(1)
    assert min(shares) > 0.1
    for unit in range(len(shares)):
        mixture = world.mixture(unit)
        assert sum(mixture.values()) == pytest.approx(1)
        own = sum(share for kind, share in mixture.items() if kind % 4 == unit)
        everyone = sum(k.weight for i, k in enumerate(world.archetypes) if i % 4 == unit)
        assert own >= everyone / sum(k.weight for k in world.archetypes)


def test_a_world_has_kinds_from_the_list_only() -> None:
    with pytest.raises(WrongUseError, match="3, 4, 6 or 9"):
        World(n_segments=5)


@pytest.mark.parametrize("dial", [{"link_error": -1.0}, {"overlap": 0.0}, {"overlap": 1.5}, {"confounding": -0.1}])
def test_dials_out_of_range_are_refused(dial: dict[str, float]) -> None:
    with pytest.raises(WrongUseError, match="out of range"):
        World(**dial)  # type: ignore[arg-type]


def test_some_programmes_help_some_do_nothing_and_some_harm() -> None:
    world = World()
    ratios = {name: [world.hazard_ratio(name, kind) for kind in range(4)] for name in PROGRAMMES}
    assert any(min(values) < 0.8 for values in ratios.values())
    assert any(set(values) == {1.0} for values in ratios.values())
    assert any(max(values) > 1.0 for values in ratios.values())
    without = World(effect=0.0)
    assert {without.hazard_ratio(name, kind) for name in PROGRAMMES for kind in range(4)} == {1.0}


def _together(dependent: bool) -> float:
    """How much more often the second need of a pair goes with the first, within one kind of family."""
    kind = World().archetypes[0]
    draws = Draws(3)
    both = [[0, 0], [0, 0]]
    first, second = DEPENDENT_PAIRS[0]
    for _ in range(4000):
        spells = draw_needs(draws, kind, DAY, dependent=dependent)
        present = [
            any(a <= DAY and (not b or b > DAY) for a, b in spells[NEED_INDEX[name]]) for name in (first, second)
        ]
        both[present[0]][present[1]] += 1
    given = [row[1] / sum(row) for row in both]
    return given[1] - given[0]


def test_needs_are_independent_within_a_kind_unless_the_world_says_otherwise() -> None:
    assert abs(_together(dependent=False)) < 0.08
    assert _together(dependent=True) > 0.4
