"""A period of care is a chain that SSDA903 would accept."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from fi_workbench.demo.care import start_care
from fi_workbench.demo.draws import Draws
from fi_workbench.demo.households import asylum_seeker, new_family
from fi_workbench.demo.patch import Patch, Span
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Care
from fi_workbench.demo.world import World

DAY = date(2025, 6, 2).toordinal()
SPAN = Span(DAY - 2000, DAY - 400, DAY + 500, (DAY,))


@pytest.fixture(scope="module")
def patch() -> Patch:
    return Patch(index=0, unit=0, families=400, seed=1, world=World(), span=SPAN)


@pytest.fixture(scope="module")
def cares(patch: Patch) -> list[Care]:
    draws = Draws(4)
    found: list[Care] = []
    for n in range(250):
        family = new_family(patch, n % 4, DAY)
        children = [c for c in family.children if c.born <= DAY and c.age(DAY + 30) < 18]
        found += [start_care(draws, child, DAY, "N1", patch=0, home="ZZ1 1AA", urgent=n % 5 == 0) for child in children]
    return found


def test_episodes_follow_each_other_without_gap_or_overlap(cares: list[Care]) -> None:
    assert len(cares) > 300
    for care in cares:
        steps = care.placements
        assert steps[0].reason_new == "S"
        assert all(step.reason_new in {"L", "P", "B"} for step in steps[1:])
        for step, following in itertools.pairwise(steps):
            assert step.end == following.start > step.start
            assert step.reason_ceased == "X1"
        assert steps[-1].end == care.end > steps[-1].start
        on_remand = {step.legal for step in steps} <= {"J1", "J2"}
        assert steps[-1].reason_ceased == ("E14" if on_remand else care.reason) not in {"", "X1"}


def test_a_change_of_status_alone_keeps_the_place(cares: list[Care]) -> None:
    changes = [pair for care in cares for pair in zip(care.placements, care.placements[1:], strict=False)]
    alone = [(a, b) for a, b in changes if b.reason_new == "L"]
    assert alone
    assert all(a.place == b.place and a.legal != b.legal for a, b in alone)
    assert all(a.legal == b.legal for a, b in changes if b.reason_new == "P")


def test_nobody_is_looked_after_past_eighteen(cares: list[Care]) -> None:
    assert all(care.end <= care.child.born + 18 * 365.25 + 1 for care in cares)
    grown = [care for care in cares if care.child.age(care.end + 2) >= 18]
    assert grown
    assert all(care.reason in {"E5", "E6", "E17", "E8", "E7", "E9"} for care in grown)


def test_adoption_comes_after_an_adoptive_placement(cares: list[Care]) -> None:
    adopted = [care for care in cares if care.reason in {"E11", "E12"}]
    assert adopted
    for care in adopted:
        assert care.placements[-1].place in {"A4", "A5"}
        assert care.adoption_decision < care.placed_for_adoption < care.end
        assert any(step.legal == "E1" for step in care.placements)


def test_unaccompanied_young_people_are_accommodated_and_stay_until_grown(patch: Patch) -> None:
    draws = Draws(6)
    young: list[Person] = [asylum_seeker(patch, DAY).children[0] for _ in range(40)]
    for child in young:
        care = start_care(draws, child, DAY, "N8", patch=0, home="ZZ1 1AA")
        assert {step.legal for step in care.placements} == {"V2"}
        assert {step.place for step in care.placements} <= {"K3", "U6"}
        assert care.child.age(care.end + 2) == 18
