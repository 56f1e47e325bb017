"""One patch's weeks from the warm-up to the end: who arrives, who joins and leaves the team, families' own lives."""

from __future__ import annotations

from fi_workbench.demo import changes, days, households
from fi_workbench.demo.core import YEAR
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Membership
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Case
from fi_workbench.demo.referring import Referring


class Process(Referring):
    """The whole service process of one patch."""

    def __init__(self, patch: Patch) -> None:
        super().__init__(patch)
        self._demand = 0.0

    def run(self) -> None:
        """Live through all the weeks; the stock of long-standing cases is opened before (`beginnings`)."""
        span = self.patch.span
        self.at(days.sunday(span.warm), self._week)
        self._next_family(span.warm)
        self._next_asylum(span.warm)
        for index in range(len(self.team.workers)):
            self._plan_leaving(index, span.warm)
        self.live()

    def open_long(self, case: Case, day: int) -> None:
        """A case that is already open for long when the warm-up begins."""
        self.support(day, case)

    def _week(self, day: int) -> None:
        self.team.meet(day)
        self.team.pressures[day] = self.team.pressure(day)
        self.at(day + 7, self._week)

    def _plan_leaving(self, index: int, day: int) -> None:
        self.at(day + 60 + self.draws.days(6.1 * YEAR), self._worker_leaves, index)

    def _worker_leaves(self, day: int, index: int) -> None:
        worker = self.team.workers[index]
        self.at(day + 10 + self.draws.days(60), self._worker_joins, worker.role)
        self.team.leave(worker, day)

    def _worker_joins(self, day: int, role: str) -> None:
        self.team.hire(day, role)
        self._plan_leaving(len(self.team.workers) - 1, day)

    # Who arrives -----------------------------------------------------------------------------------------------------

    def _next_family(self, _day: int) -> None:
        self._demand += self.draws.exponential(YEAR / (RATES.new_families * self.patch.scale))
        self.at(days.after_demand(self.patch.span.warm, self._demand), self._arrive)

    def _arrive(self, day: int) -> None:
        family = households.new_family(self.patch, self.draws.weighted(self.mixture), day)
        self.settle(family, day)
        self.refer(day, family)
        self._next_family(day)

    def _next_asylum(self, day: int) -> None:
        self.at(day + 1 + self.draws.days(YEAR / (RATES.asylum * self.patch.scale)), self._asylum)

    def _asylum(self, day: int) -> None:
        family = households.asylum_seeker(self.patch, day)
        self.refer(day, family, self.draws.pick(("6", "7", "5A", "5C")), None, True)
        self._next_asylum(day)

    # Families' own lives ---------------------------------------------------------------------------------------------

    def settle(self, family: Family, day: int) -> None:
        """Plan what will happen in the family's own life."""
        draws = self.draws
        changes.restrict(self.patch, family, day)
        worse = 1.6 if family.has("domestic_abuse", day) else 1.0
        self.at(day + draws.days(YEAR / (0.22 * worse)), self._moves, family)
        if family.partner is not None:
            self.at(day + draws.days(YEAR / (0.16 * worse)), self._parts, family)
        else:
            self.at(day + draws.days(YEAR / 0.10), self._new_partner, family)
        mother = family.mother
        if mother is not None and 16 <= mother.age(day) < 41:
            self.at(day + 200 + draws.days(YEAR / 0.09), self._expects, family)
        if draws.chance(0.004):
            self.at(day + draws.days(500), self.expire, draws.pick(family.children))

    def _moves(self, day: int, family: Family) -> None:
        if not family.gone:
            changes.move(self.patch, family, day)
            self.at(day + 60 + self.draws.days(YEAR / 0.22), self._moves, family)

    def _parts(self, day: int, family: Family) -> None:
        changes.part(self.patch, family, day)
        self.at(day + 90 + self.draws.days(YEAR / 0.15), self._new_partner, family)

    def _new_partner(self, day: int, family: Family) -> None:
        changes.take_partner(self.patch, family, day)
        self.at(day + 120 + self.draws.days(YEAR / 0.2), self._parts, family)

    def _expects(self, day: int, family: Family) -> None:
        mother = family.mother
        if family.gone or mother is None or mother.age(day) > 42:
            return
        draws = self.draws
        born = day + draws.between(70, 130)
        child = households.new_child(self.patch, family, born, father=family.partner)
        child.expected = born + draws.between(-9, 9)
        family.members.append(Membership(child, "child", born))
        case = family.case
        if case is not None and case.track != "care" and draws.chance(0.85):
            self.refer(day, family, draws.pick(("3D", "5A", "3B")), [child])
        self.at(born + 300 + draws.days(YEAR / 0.12), self._expects, family)
