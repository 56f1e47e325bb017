"""Partners write people down with their own errors, the same way each time, and more errors for unusual names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fi_workbench.demo.draws import Draws
from fi_workbench.demo.households import new_family
from fi_workbench.demo.names import BRITISH, ELSEWHERE
from fi_workbench.demo.patch import Patch, Span
from fi_workbench.demo.people import Person
from fi_workbench.demo.spelling import Speller, misspell, wrong_birth_date
from fi_workbench.demo.world import World

DAY = date(2026, 5, 4).toordinal()


def _patch(seed: int = 1, **dials: float) -> Patch:
    span = Span(DAY - 1000, DAY - 400, DAY, (DAY,))
    return Patch(index=0, unit=0, families=400, seed=seed, world=World(**dials), span=span)  # type: ignore[arg-type]


@dataclass
class _Counted:
    people: int
    different: int

    @property
    def share(self) -> float:
        return self.different / self.people


def _counted(patch: Patch, people: list[Person], source: str) -> _Counted:
    speller = Speller(source, patch, Draws(2))
    wrong = 0
    for person in people:
        written = speller.write(person, DAY)
        assert speller.write(person, DAY) is written
        same = written.forename.upper() == person.forename.upper() and written.surname.upper() == person.surname.upper()
        wrong += not (same and written.born == person.born)
    return _Counted(len(people), wrong)


@pytest.fixture(scope="module")
def patch() -> Patch:
    patch = _patch()
    for _ in range(500):
        new_family(patch, 0, DAY - 300)
    return patch


def test_police_get_more_wrong_than_schools(patch: Patch) -> None:
    police = _counted(patch, patch.people, "police_notifications")
    schools = _counted(patch, patch.people, "school_attendance")
    assert 0.15 < police.share < 0.5
    assert schools.share < police.share / 2


def test_errors_are_unequal_between_groups(patch: Patch) -> None:
    usual = [p for p in patch.people if p.heritage is BRITISH]
    unusual = [p for p in patch.people if p.heritage.error_rate > 1.8]
    assert ELSEWHERE.error_rate > BRITISH.error_rate
    assert _counted(patch, unusual, "early_help").share > 1.2 * _counted(patch, usual, "early_help").share


def test_a_world_without_link_error_has_hardly_any() -> None:
    patch = _patch(link_error=0.0)
    for _ in range(100):
        new_family(patch, 1, DAY - 300)
    assert _counted(patch, patch.people, "early_help").different == 0


@given(st.integers(0, 10_000), st.sampled_from(["Katherine", "Ali", "O'Brien", "Wei", "Al-Hassan"]))
def test_a_slip_changes_little(seed: int, name: str) -> None:
    assert abs(len(misspell(Draws(seed), name)) - len(name)) <= 1


@given(st.integers(0, 10_000), st.dates(date(1950, 1, 1), date(2026, 5, 1)))
def test_a_wrong_date_of_birth_is_a_date_and_never_in_the_future(seed: int, born: date) -> None:
    wrong = wrong_birth_date(Draws(seed), born.toordinal(), DAY)
    assert wrong < DAY
    assert abs(wrong - born.toordinal()) <= 366
