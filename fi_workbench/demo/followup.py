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
class _Call:
    """A visit to a family: the day it was due, held, and written up."""

    due: int
    held: int
    recorded: int


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    first: int
    interval: int
    working: bool
    kept: float


_POLICY_DAYS = 420
"""Days before the end on which local procedure began to ask for child protection visits every ten working days."""

_OLD_INTERVAL = 15
"""Working days between child protection visits before that."""

_CHILD_PROTECTION = _Rule("child_protection", 5, 10, working=True, kept=0.92)
_CHILD_IN_NEED = _Rule("child_in_need", 15, 20, working=True, kept=0.86)
_LOOKED_AFTER = _Rule("looked_after", 7, 42, working=False, kept=0.93)


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
        """Every visit held in the horizon: brothers and sisters under one plan are visited together."""
        for case in self.patch.cases:
            series: dict[tuple[str, int], list[_Call]] = {}
            for episode in case.episodes:
                child = episode.child
                leads = [a for a in case.allocations if a.child is child and a.role == "lead_practitioner"]
                for protection in episode.protections:
                    yield from self._visits(child, leads, _CHILD_PROTECTION, protection.start, protection.end, series)
                for plan in episode.plans:
                    yield from self._visits(child, leads, _CHILD_IN_NEED, plan.start, plan.end, series)
                for care in episode.cares:
                    if not care.short_breaks:
                        yield from self._visits(child, leads, _LOOKED_AFTER, care.start, care.end, {})
                yield from self._assessment_visits(episode, leads)

    def _visits(
        self,
        child: Person,
        leads: list[Allocation],
        rule: _Rule,
        start: int,
        end: int,
        series: dict[tuple[str, int], list[_Call]],
    ) -> Iterator[Visit]:
        stop = min(end or self.span.end, self.span.end)
        if stop < self.span.start:
            return
        key = (rule.name, start)
        if key not in series:
            series[key] = list(self._calls(leads, rule, start))
        for call in series[key]:
            if self.span.start <= call.held <= stop:
                yield self._visit(child, rule.name, call.due, call.held, _held_by(leads, call.held), call.recorded)

    def _calls(self, leads: list[Allocation], rule: _Rule, start: int) -> Iterator[_Call]:
        """The visits under one plan until the horizon ends, those that were written down."""
        draws = self.draws
        at = start
        step = rule.first
        if self.span.start - start > 200:  # long-standing: begin near the horizon
            at = self.span.start - draws.between(0, rule.interval)
            step = rule.interval
        while True:
            due = days.add_working_days(at, step) if rule.working else at + step
            pressure = self._pressure(due)
            kept = rule.kept - 0.35 * max(0.0, pressure - 0.9) - (0.0 if _held_by(leads, due) else 0.45)
            if draws.uniform() < kept:
                held = days.working_day_before(due - min(draws.days(3.5), (due - at) // 2))
            else:
                held = days.working_day(due + 1 + draws.days(2.0 + 4.0 * pressure))
            if held <= at:
                held = days.working_day(at + 1)
            if held > self.span.end:
                return
            if draws.uniform() < 0.985:
                yield _Call(due, held, held + self._lag(pressure))
            at = held
            step = rule.interval
            if rule is _CHILD_PROTECTION and at < self.span.end - _POLICY_DAYS:
                step = _OLD_INTERVAL

    def _lag(self, pressure: float) -> int:
        """Days until a visit is written up; a few are written up weeks later."""
        lag = self.draws.days(1.0 + 1.5 * pressure)
        return lag + 14 + self.draws.days(20.0) if self.draws.uniform() < 0.03 else lag

    def _visit(self, child: Person, rule: str, due: int, held: int, worker: str, recorded: int) -> Visit:
        draws = self.draws
        seen = draws.uniform() < 0.94 and child.born <= held
        alone = draws.uniform() < 0.7 if seen and child.age(held) >= 4 else None
        return Visit(child, rule, due, held, recorded, seen, alone, worker)

    def _assessment_visits(self, episode: Episode, leads: list[Allocation]) -> Iterator[Visit]:
        draws = self.draws
        for assessment in episode.assessments:
            if assessment.start < self.span.start:
                continue
            due = days.add_working_days(assessment.start, 5)
            held = days.working_day(assessment.start + draws.days(4.0 + 3.0 * self._pressure(due)))
            stop = assessment.done or self.span.end
            if held <= stop and episode.child.born <= held:
                recorded = held + self._lag(self._pressure(held))
                yield self._visit(episode.child, "assessment", due, held, _held_by(leads, held), recorded)

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
                late = 1 + draws.days(6.0) if draws.uniform() < 0.18 else -draws.between(0, 4)
                held = days.working_day(due + late) if draws.uniform() < 0.95 else 0
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
