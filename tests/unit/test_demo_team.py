"""A team holds what it can: families wait when everyone is full, and move when a worker leaves."""

from __future__ import annotations

from datetime import date

import pytest

from fi_workbench.demo.assessing import assessment_days, conference_days
from fi_workbench.demo.draws import Draws
from fi_workbench.demo.households import new_family
from fi_workbench.demo.patch import Patch, Span
from fi_workbench.demo.records import Case, Episode
from fi_workbench.demo.team import Team
from fi_workbench.demo.world import World

DAY = date(2026, 5, 4).toordinal()


@pytest.fixture
def team() -> Team:
    span = Span(DAY - 1000, DAY - 400, DAY + 100, (DAY,))
    return Team(Patch(index=0, unit=0, families=40, seed=1, world=World(), span=span))


def _case(team: Team) -> Case:
    family = new_family(team.patch, 0, DAY)
    case = Case(family, DAY, episodes=[Episode(child, DAY, DAY, "6") for child in family.children])
    family.case = case
    return case


def _fill(team: Team) -> list[Case]:
    cases = []
    while not team.waiting:
        case = _case(team)
        team.allocate(case, DAY)
        cases.append(case)
    return cases


def test_the_team_is_as_large_as_its_patch_needs(team: Team) -> None:
    assert sum(worker.cap for worker in team.workers) >= 40 * 1.7
    assert {worker.role for worker in team.workers} >= {"unit_manager", "family_support_worker", "social_worker"}
    assert team.pressure(DAY) == 0


def test_families_wait_when_everyone_is_full_and_get_the_next_place(team: Team) -> None:
    cases = _fill(team)
    assert team.pressure(DAY) > 0.95
    last = cases[-1]
    assert last.worker == -1
    for case in cases[:5]:
        for episode in case.open():
            episode.closed = DAY
            team.release(case, episode.child, DAY, "Case closed")
    assert team.allocate(last, DAY + 1)
    assert last not in team.waiting
    assert all(a.end == DAY for case in cases[:5] for a in case.allocations if a.start <= DAY)


def test_nobody_waits_for_a_second_allocation_meeting(team: Team) -> None:
    waiting = _fill(team)[-1]
    team.meet(DAY + 2)
    assert waiting in team.waiting
    team.meet(DAY + 9)
    assert waiting.worker >= 0
    assert not team.waiting


def test_an_allocation_ends_in_the_list_when_the_closure_is_entered(team: Team) -> None:
    case = _fill(team)[0]
    child = case.open()[0].child
    team.release(case, child, DAY, "Case closed", DAY + 6)
    assert {(a.end, a.end_known) for a in case.allocations if a.child is child and a.start <= DAY} == {(DAY, DAY + 6)}


def test_when_a_worker_leaves_every_family_is_handed_over_or_waits(team: Team) -> None:
    cases = _fill(team)[:-1]
    leaver = team.workers[cases[0].worker]
    theirs = list(leaver.cases)
    assert theirs
    team.leave(leaver, DAY + 30)
    assert leaver.load == 0
    assert leaver.end == DAY + 30
    for case in theirs:
        old = [a for a in case.allocations if a.worker == leaver.reference]
        assert all(a.end == DAY + 30 and a.reason == "Worker left" for a in old if a.role == "lead_practitioner")
        assert case.worker >= 0 or case in team.waiting


def test_more_pressure_means_more_late_work() -> None:
    def late(pressure: float) -> float:
        draws = Draws(1)
        return sum(assessment_days(draws, pressure, quick=False) > 45 for _ in range(2000)) / 2000

    def missed(pressure: float) -> float:
        draws = Draws(2)
        return sum(conference_days(draws, pressure) > 15 for _ in range(2000)) / 2000

    assert late(1.4) > late(0.9) + 0.05 > late(0.5) + 0.1
    assert missed(1.6) > missed(0.6)
