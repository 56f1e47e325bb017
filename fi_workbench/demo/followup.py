"""Visits, meetings and supervision: what follows from plans, and how far the team keeps to the dates.

Whether a date is kept is caused: the pressure on the team in that week, a worker of one's own, and how full the
record is. A visit that is held late, or written up late, leaves exactly the traces that a real one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fi_workbench.demo import days
from fi_workbench.demo.draws import Draws
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person
from fi_workbench.demo.process import Process
from fi_workbench.demo.records import Allocation, Care, Case, Episode


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit held."""

    child: Person
    rule: str
    due: int
    held: int
    recorded: int
    seen: bool
    alone: bool | None
    worker: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting due, and perhaps held; `planned` is the day from which the due date was on the system."""

    child: Person
    kind: str
    due: int
    planned: int
    held: int
    recorded: int


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    first: int
    interval: int
    working: bool
    kept: float


_CHILD_PROTECTION = _Rule("child_protection", 5, 10, working=True, kept=0.80)
_CHILD_IN_NEED = _Rule("child_in_need", 15, 20, working=True, kept=0.72)
_LOOKED_AFTER = _Rule("looked_after", 7, 42, working=False, kept=0.88)


class Followup:
    """Everything that follows from a patch's plans."""

    def __init__(self, process: Process) -> None:
        self.patch: Patch = process.patch
        self.draws = Draws(self.patch.seed, 2, self.patch.index)
        self.pressures = process.team.pressures
        self.workers = process.team.workers
        self.span = self.patch.span

    def _pressure(self, day: int) -> float:
        return self.pressures.get(days.sunday(day), 0.9)

    def visits(self) -> Iterator[Visit]:
        """Every visit held in the horizon."""
        for case in self.patch.cases:
            for episode in case.episodes:
                leads = [a for a in case.allocations if a.child is episode.child and a.role == "lead_practitioner"]
                for protection in episode.protections:
                    yield from self._visits(episode.child, leads, _CHILD_PROTECTION, protection.start, protection.end)
                for plan in episode.plans:
                    yield from self._visits(episode.child, leads, _CHILD_IN_NEED, plan.start, plan.end)
                for care in episode.cares:
                    if not care.short_breaks:
                        yield from self._visits(episode.child, leads, _LOOKED_AFTER, care.start, care.end)
                yield from self._assessment_visits(episode, leads)

    def _visits(self, child: Person, leads: list[Allocation], rule: _Rule, start: int, end: int) -> Iterator[Visit]:
        draws = self.draws
        stop = min(end or self.span.end, self.span.end)
        if stop < self.span.start:
            return
        at = start
        step = rule.first
        if self.span.start - start > 200:  # long-standing: begin near the horizon
            at = self.span.start - draws.between(0, rule.interval)
            step = rule.interval
        while True:
            due = days.add_working_days(at, step) if rule.working else at + step
            step = rule.interval
            worker = _held_by(leads, due)
            pressure = self._pressure(due)
            kept = rule.kept - 0.35 * max(0.0, pressure - 0.9) - (0.45 if not worker else 0.0)
            if draws.uniform() < kept:
                held = due - min(draws.days(2.5), (due - at) // 2)
            else:
                held = due + 1 + draws.days(5.0 + 6.0 * pressure)
            held = days.working_day_before(held) if held <= due else days.working_day(held)
            if held > stop:
                return
            if held <= at:
                held = days.working_day(at + 1)
            if draws.uniform() < 0.97 and held >= self.span.start and held <= stop:
                yield self._visit(child, rule.name, due, held, worker, pressure)
            at = held

    def _visit(self, child: Person, rule: str, due: int, held: int, worker: str, pressure: float) -> Visit:
        draws = self.draws
        seen = draws.uniform() < 0.94
        alone = None
        if seen and child.age(held) >= 4:
            alone = draws.uniform() < 0.7
        lag = draws.days(2.0 + 2.5 * pressure)
        if draws.uniform() < 0.03:
            lag += 14 + draws.days(20.0)
        return Visit(child, rule, due, held, held + lag, seen and child.born <= held, alone, worker)

    def _assessment_visits(self, episode: Episode, leads: list[Allocation]) -> Iterator[Visit]:
        draws = self.draws
        for assessment in episode.assessments:
            if assessment.start < self.span.start:
                continue
            due = days.add_working_days(assessment.start, 5)
            held = days.working_day(assessment.start + draws.days(4.0 + 3.0 * self._pressure(due)))
            stop = assessment.done or self.span.end
            if held <= stop and episode.child.born <= held:
                yield self._visit(episode.child, "assessment", due, held, _held_by(leads, held), self._pressure(held))

    # Meetings --------------------------------------------------------------------------------------------------------

    def meetings(self) -> Iterator[Meeting]:
        """Every meeting due in the horizon, or soon after it."""
        for case in self.patch.cases:
            core = self._core_dates(case)
            for episode in case.episodes:
                yield from self._protection_meetings(episode, core)
                for plan in episode.plans:
                    yield from self._series(episode.child, "child_in_need_review", plan.start, plan.end, 42, 91, 0.8)
                for care in episode.cares:
                    yield from self._care_meetings(care)
                for proceedings in episode.proceedings:
                    if proceedings.offered == "Y" and proceedings.start >= self.span.start:
                        due = proceedings.start + 42
                        held = due - 5 + self.draws.days(14.0) if proceedings.facilitated == "Y" else 0
                        yield self._meeting(episode.child, "family_group_conference", due, proceedings.start, held)

    def _meeting(self, child: Person, kind: str, due: int, planned: int, held: int) -> Meeting:
        held = days.working_day(held) if held else 0
        if held > self.span.end:
            held = 0
        return Meeting(child, kind, due, planned, held, held + self.draws.days(4.0) if held else 0)

    def _core_dates(self, case: Case) -> dict[int, list[tuple[int, int, int]]]:
        """Core groups of the family, by the plan's start: (due, planned, held)."""
        draws = self.draws
        dates: dict[int, list[tuple[int, int, int]]] = {}
        for episode in case.episodes:
            for protection in episode.protections:
                stop = min(protection.end or self.span.end + 60, self.span.end + 60)
                if protection.start in dates or stop < self.span.start:
                    continue
                series: list[tuple[int, int, int]] = []
                planned, due = protection.start, days.add_working_days(protection.start, 10)
                while due <= stop:
                    kept = draws.uniform() < 0.84 - 0.2 * max(0.0, self._pressure(due) - 0.9)
                    held = due - draws.days(3.0) if kept else due + 1 + draws.days(12.0)
                    held = max(days.working_day_before(held), protection.start + 1)
                    if draws.uniform() < 0.04:
                        held = 0
                    series.append((due, planned, held))
                    planned = held or due
                    due = planned + 42
                dates[protection.start] = series
        return dates

    def _protection_meetings(self, episode: Episode, core: dict[int, list[tuple[int, int, int]]]) -> Iterator[Meeting]:
        start = self.span.start
        child = episode.child
        for enquiry in episode.enquiries:
            if enquiry.start >= start:
                yield Meeting(child, "strategy_discussion", enquiry.start, enquiry.start, enquiry.start, enquiry.known)
                if enquiry.conference:
                    yield Meeting(
                        child, "initial_child_protection_conference", enquiry.target, enquiry.start,
                        enquiry.conference if enquiry.conference <= self.span.end else 0,
                        enquiry.conference_known,
                    )  # fmt: skip
        for protection in episode.protections:
            stop = protection.end or self.span.end + 60
            for due, planned, held in core.get(protection.start, ()):
                if due >= start and due <= stop:
                    yield self._meeting(child, "core_group", due, planned, held if held <= stop else 0)
            planned = protection.start
            last = protection.start
            for due, held, known in protection.reviews:
                if due >= start:
                    yield Meeting(child, "child_protection_review", due, planned, held, known)
                planned = last = held
            if not protection.end:
                due = last + (182 if protection.reviews else 91)
                yield Meeting(child, "child_protection_review", due, planned, 0, 0)

    def _series(
        self, child: Person, kind: str, start: int, end: int, first: int, interval: int, kept: float
    ) -> Iterator[Meeting]:
        draws = self.draws
        stop = min(end or self.span.end + 60, self.span.end + 60)
        planned, due = start, start + first
        while due <= stop:
            late = draws.uniform() > kept - 0.2 * max(0.0, self._pressure(due) - 0.9)
            held = due + 1 + draws.days(15.0) if late else due - draws.days(5.0)
            held = max(days.working_day_before(held), start + 1)
            if draws.uniform() < 0.05 or held > stop:
                held = 0
            if due >= self.span.start:
                yield self._meeting(child, kind, due, planned, held)
            planned = held or due
            due = planned + interval

    def _care_meetings(self, care: Care) -> Iterator[Meeting]:
        draws = self.draws
        span = self.span
        if care.short_breaks:
            return
        stop = min(care.end, span.end + 60)
        planned, due = care.start, days.add_working_days(care.start, 20)
        interval = 91
        while due <= stop:
            late = draws.uniform() > 0.92 - 0.2 * max(0.0, self._pressure(due) - 0.9)
            held = due + 1 + draws.days(9.0) if late else due - draws.days(4.0)
            held = max(days.working_day_before(held), care.start + 1)
            if held > stop or held > span.end:
                held = 0
            if held:
                care.reviews.append((due, held))
            if due >= span.start:
                yield self._meeting(care.child, "looked_after_review", due, planned, held)
            planned = held or due
            due, interval = planned + interval, 182
        for placement in care.placements:
            if placement.legal == "C1" and placement.start >= span.start and placement.reason_new in {"S", "L", "B"}:
                due = placement.start + 84
                if due < stop:
                    yield self._meeting(care.child, "court_hearing", due, placement.start + 3, due)

    def supervision(self) -> Iterator[tuple[str, int, int, int]]:
        """Worker, due, held, known: every twenty working days, when the manager can."""
        draws = self.draws
        for worker in self.workers:
            if worker.role == "unit_manager" or (worker.end and worker.end < self.span.start):
                continue
            at = max(worker.start, self.span.start - draws.between(0, 25))
            stop = min(worker.end or self.span.end + 28, self.span.end + 28)
            while True:
                due = days.add_working_days(at, 20)
                if due > stop:
                    break
                held = days.working_day(due - 3 + draws.days(5.0)) if draws.uniform() < 0.9 else 0
                if held > min(stop, self.span.end):
                    held = 0
                if due >= self.span.start:
                    yield worker.reference, due, held, held + draws.days(4.0) if held else 0
                at = held or due


def _held_by(leads: list[Allocation], day: int) -> str:
    for allocation in leads:
        if allocation.start <= day and (not allocation.end or day <= allocation.end):
            return allocation.worker
    return ""
