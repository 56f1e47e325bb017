"""The team of a patch: who holds which families, and what happens when there are too many.

Timeliness is caused here: a family waits some days while everyone is full, then somebody takes it on although full;
work slows as loads rise, and a worker who leaves hands families over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from fi_workbench.demo.names import BRITISH, HERITAGES
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Allocation, Case
from fi_workbench.demo.world import UNIT_CODES

CHILDREN_PER_FTE = 17.0
_PLANNED_LOAD = 0.90
_FULL = 1.12
"""A worker at this share of the cap gets no new family, unless one has waited too long."""

_LONGEST_WAIT = 3
"""Days after which the weekly allocation meeting gives a family to whoever has most room, full or not."""

_CHILDREN_PER_FAMILY = 1.78


@dataclass(slots=True, eq=False)
class Worker:
    """One worker and the children held."""

    reference: str
    role: str
    fte: float
    start: int
    surname: str
    end: int = 0
    load: int = 0
    cases: list[Case] = field(default_factory=list)

    @property
    def cap(self) -> float:
        """Children the worker can hold; less for the newly qualified, none for managers and support workers."""
        share = {"newly_qualified": 0.6, "social_worker": 1.0, "senior_social_worker": 0.9}.get(self.role, 0.0)
        return CHILDREN_PER_FTE * self.fte * share


class Team:
    """The workers of a patch, by when they joined."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.unit = UNIT_CODES[patch.unit]
        self.workers: list[Worker] = []
        self.waiting: list[Case] = []
        self.pressures: dict[int, float] = {}
        needed = patch.size * _CHILDREN_PER_FAMILY / _PLANNED_LOAD
        while sum(worker.cap for worker in self.workers) < needed:
            self.hire(patch.span.warm - patch.draws.days(900), self._role())
        for n in range(max(1, len(self.workers) // 8)):
            self.hire(patch.span.warm - 400 - 10 * n, "unit_manager")
        for _ in range(max(1, len(self.workers) // 9)):
            self.hire(patch.span.warm - patch.draws.days(900), "family_support_worker")

    def _role(self) -> str:
        chance = self.patch.draws.uniform()
        if chance < 0.16:
            return "newly_qualified"
        return "senior_social_worker" if chance > 0.82 else "social_worker"

    def hire(self, day: int, role: str) -> Worker:
        """Someone joins the team."""
        draws = self.patch.draws
        heritage = BRITISH if draws.chance(0.6) else draws.weighted(HERITAGES)
        fte = 1.0 if draws.chance(0.78) else draws.pick((0.5, 0.6, 0.8))
        reference = f"W{self.patch.index:03d}{len(self.workers) + 1:03d}"
        worker = Worker(reference, role, fte, day, draws.pick(heritage.surnames))
        self.workers.append(worker)
        return worker

    def pressure(self, day: int) -> float:
        """Children held and waiting, against what the team can hold on a day."""
        cap = sum(w.cap for w in self.workers if w.start <= day and not w.end)
        load = sum(w.load for w in self.workers) + sum(len(case.open()) for case in self.waiting)
        return load / cap if cap else 2.0

    def meet(self, day: int) -> None:
        """The weekly allocation meeting: who waits is given a worker, and nobody waits for a second meeting."""
        for case in list(self.waiting):
            self.allocate(case, day, although_full=day - case.waiting_since >= _LONGEST_WAIT)

    def allocate(self, case: Case, day: int, *, although_full: bool = False) -> bool:
        """Give a family to the worker with the most room; it waits when there is none."""
        children = len(case.open())
        best: Worker | None = None
        best_share = inf if although_full else _FULL
        for worker in self.workers:
            cap = worker.cap
            if cap and not worker.end and worker.start <= day:
                share = (worker.load + children / 2) / cap
                if share < best_share:
                    best, best_share = worker, share
        if best is None:
            if case not in self.waiting:
                case.waiting_since = day
                self.waiting.append(case)
            return False
        if case in self.waiting:
            self.waiting.remove(case)
        self._give(case, best, day)
        return True

    def _give(self, case: Case, worker: Worker, day: int) -> None:
        draws = self.patch.draws
        case.worker = self.workers.index(worker)
        worker.cases.append(case)
        for episode in case.open():
            worker.load += 1
            self._write(case, episode.child, worker, "lead_practitioner", day)
        if draws.chance(0.2):
            support = [w for w in self.workers if w.role == "family_support_worker" and not w.end]
            if support:
                self._write(case, case.open()[0].child, draws.pick(support), "family_support", day + 7)

    def _write(self, case: Case, child: Person, worker: Worker, role: str, day: int) -> None:
        allocation = Allocation(child, worker.reference, role, day, day + self.patch.draws.days(1.5))
        case.allocations.append(allocation)
        self.patch.allocations.append(allocation)

    def join(self, case: Case, children: list[Person], day: int) -> None:
        """More children of a family that is already held."""
        if case.worker < 0:
            return
        worker = self.workers[case.worker]
        for child in children:
            worker.load += 1
            self._write(case, child, worker, "lead_practitioner", day)

    def release(self, case: Case, child: Person, day: int, reason: str, known: int = 0) -> None:
        """A child is no longer open; the system ends the allocation when the closure is entered, on the day `known`."""
        held = False
        for allocation in case.allocations:
            if allocation.child is child and not allocation.end:
                allocation.end = max(day, allocation.start)
                allocation.end_known = max(known, allocation.end)
                allocation.reason = reason
                held = held or allocation.role == "lead_practitioner"
        if held and case.worker >= 0:
            self.workers[case.worker].load -= 1
        if not case.open():
            if case.worker >= 0 and case in self.workers[case.worker].cases:
                self.workers[case.worker].cases.remove(case)
            if case in self.waiting:
                self.waiting.remove(case)
            case.worker = -1

    def leave(self, worker: Worker, day: int) -> None:
        """A worker leaves; each family goes to a colleague, or waits."""
        worker.end = day
        for case in list(worker.cases):
            begins = day
            for allocation in [a for a in case.allocations if a.worker == worker.reference and not a.end]:
                if allocation.start > day:  # it never began
                    begins = max(begins, allocation.start)
                    case.allocations.remove(allocation)
                    self.patch.allocations.remove(allocation)
                    continue
                allocation.end = allocation.end_known = day
                allocation.reason = "Worker left"
            case.worker = -1
            self.allocate(case, begins)
        worker.cases.clear()
        worker.load = 0
