"""Laws of the service process, by the numbers of the Department's validation rules where it has one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from fi_workbench.demo import beginnings, days
from fi_workbench.demo.patch import Patch, Span
from fi_workbench.demo.process import Process
from fi_workbench.demo.records import Case, Episode
from fi_workbench.demo.world import World

END = date(2026, 11, 22).toordinal()
SPAN = Span(END - 156 * 7 - 730, END - 156 * 7 + 1, END, (END,))
FAR = 10**7


@pytest.fixture(scope="module")
def process() -> Process:
    patch = Patch(index=0, unit=1, families=300, seed=8, world=World(), span=SPAN)
    process = Process(patch)
    beginnings.stock(process)
    process.run()
    return process


@pytest.fixture(scope="module")
def cases(process: Process) -> list[Case]:
    return process.patch.cases


def episodes(cases: list[Case]) -> Iterator[Episode]:
    for case in cases:
        yield from case.episodes


def by_child(cases: list[Case]) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = {}
    for episode in episodes(cases):
        if not episode.nfa:
            found.setdefault(episode.child.reference, []).append(episode)
    return found


def test_much_happens(cases: list[Case], process: Process) -> None:
    assert len(cases) > 800
    assert sum(bool(e.protections) for e in episodes(cases)) > 100
    assert sum(bool(e.cares) for e in episodes(cases)) > 60
    assert len(process.patch.trials) > 300
    assert {case.track for case in cases} >= {"assessing", "plan", "protection", "care", "support"}
    refused = sum(referral.nfa for referral in process.patch.referrals)  # 2 in 1,000
    assert refused == sum(case.track == "nfa" for case in cases) <= 12


def test_a_child_has_one_episode_at_a_time(cases: list[Case]) -> None:  # 8815, 8816, 8820
    for mine in by_child(cases).values():
        ordered = sorted(mine, key=lambda e: e.referral)
        for first, second in pairwise(ordered):
            assert first.closed
            assert first.closed <= second.referral


def test_nothing_happens_after_closure(cases: list[Case]) -> None:  # 8565
    for e in episodes(cases):
        closed = e.closed or FAR
        assert all(a.start <= a.done <= closed for a in e.assessments if a.done)
        assert all(p.start <= p.end <= closed for p in e.plans if p.end)
        assert all(p.start < p.end <= max(closed, p.start + 1) for p in e.protections if p.end)  # 8840
        assert all(q.start <= closed for q in e.enquiries)
        if e.closed:
            assert all(a.done for a in e.assessments)
            assert all(p.end for p in (*e.plans, *e.protections))
            assert e.reason  # 8805, 8810


def test_a_referral_with_no_further_action_has_none(cases: list[Case]) -> None:  # 8831, 8832
    for e in episodes(cases):
        if e.nfa:
            assert not any((e.assessments, e.plans, e.enquiries, e.protections, e.cares))


def test_conferences_are_on_working_days_and_plans_start_with_them(cases: list[Case]) -> None:  # 8875, 2885
    for e in episodes(cases):
        held = {q.conference for q in e.enquiries if q.conference}
        assert all(days.working_day(day) == day for day in held)
        assert all(p.start in held for p in e.protections)
        assert not any(q.conference and q.not_required for q in e.enquiries)


def test_plans_do_not_overlap(cases: list[Case]) -> None:  # 4001, 4014, 8940
    for e in episodes(cases):
        spells = sorted((p.start, p.end or FAR) for p in (*e.plans, *e.protections))
        assert all(first[1] <= second[0] for first, second in pairwise(spells))


def test_assessments_do_not_overlap(cases: list[Case]) -> None:  # 8863Q, 8896
    for e in episodes(cases):
        spells = sorted((a.start, a.done or FAR) for a in e.assessments)
        assert all(first[1] <= second[0] for first, second in pairwise(spells))
        assert all(a.start >= e.referral for a in e.assessments)


def test_factors_only_on_finished_assessments_and_none_stands_alone(cases: list[Case]) -> None:  # 8614, 8869, 8898
    for e in episodes(cases):
        for a in e.assessments:
            assert not a.codes or a.done
            assert len(set(a.codes)) == len(a.codes)
            assert "21" not in a.codes or len(a.codes) == 1


def test_reviews_come_after_the_plan_starts(cases: list[Case]) -> None:  # 8841
    for e in episodes(cases):
        for p in e.protections:
            held = [day for _, day, _ in p.reviews]
            assert held == sorted(held)
            assert all(p.start < day <= (p.end or FAR) for day in held)


def test_nothing_is_known_before_it_happens(cases: list[Case]) -> None:
    for e in episodes(cases):
        assert e.known >= e.referral
        assert all(a.known >= a.start and (not a.done or a.done_known >= a.done) for a in e.assessments)
        assert all(q.known >= q.start for q in e.enquiries)
        assert all(p.known >= p.start and (not p.end or p.end_known >= p.end) for p in (*e.plans, *e.protections))


def test_workers_hold_what_is_open(process: Process, cases: list[Case]) -> None:
    held = {id(w): 0 for w in process.team.workers}
    for case in cases:
        if case.worker >= 0:
            held[id(process.team.workers[case.worker])] += len(case.open())
    assert sum(w.load for w in process.team.workers) == sum(held.values())
    assert all(w.load == held[id(w)] for w in process.team.workers)
    assert all(w.load == 0 for w in process.team.workers if w.role in {"unit_manager", "family_support_worker"})


def test_a_child_is_held_by_one_lead_at_a_time(process: Process) -> None:
    spells: dict[str, list[tuple[int, int]]] = {}
    for a in process.patch.allocations:
        if a.role == "lead_practitioner":
            spells.setdefault(a.child.reference, []).append((a.start, a.end or FAR))
    for mine in spells.values():
        assert all(first[1] <= second[0] for first, second in pairwise(sorted(mine)))
