"""Becoming looked after, leaving care, and what follows: home, adoption, growing up."""

from __future__ import annotations

from fi_workbench.demo import changes, days, households
from fi_workbench.demo.care import start_care
from fi_workbench.demo.people import Address, Person
from fi_workbench.demo.protecting import Protecting
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Care, Case, Episode

_NEEDS = {"N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8"}
_HOME = {"E4A", "E4B", "E41", "E13"}


class Caring(Protecting):
    """Work with children looked after and care leavers."""

    def into_care(self, day: int, case: Case, urgent: bool = False) -> None:
        """One child of a family becomes looked after, and often others too."""
        draws = self.draws
        home = [e for e in case.at_home() if e.child.born <= day and e.child.age(day + 30) < 18]
        if not home:
            return
        first = draws.pick(home)
        for episode in home:
            if episode is first or draws.chance(0.55):
                self.take(day, case, episode, urgent=urgent)

    def take(self, day: int, case: Case, episode: Episode, *, urgent: bool, elapsed: int = 0) -> None:
        """A child becomes looked after; plans for the child at home end."""
        draws = self.draws
        child = episode.child
        need = episode.need if episode.need in _NEEDS else "N1"
        if need == "N4" and draws.chance(0.4):
            need = "N1"
        home = child.address_at(day)
        care = start_care(
            draws, child, day, need, patch=self.patch.index, home=home.postcode, elapsed=elapsed, urgent=urgent
        )
        episode.care = care
        episode.cares.append(care)
        self.patch.cares.append(care)
        self._live_elsewhere(care, home)
        if any(not p.end for p in episode.protections) and (draws.chance(0.85) or care.end - day > 100):
            self.stop_protection(day + draws.between(0, 25), episode)
        self.stop_plans(day, case, episode)
        if not case.at_home():
            case.version += 1
            case.track = "care"
        self.at(care.end, self._leave_care, case, episode)
        self.at(day + 150 + draws.days(700), self._care_assessment, case, episode)

    def _live_elsewhere(self, care: Care, home: Address) -> None:
        """The child's address is where the child is placed: children's homes are shared by unrelated children."""
        draws, child = self.draws, care.child
        for placement in care.placements:
            if placement.start > self.patch.span.end or placement.reason_new == "L":
                continue
            if placement.place == "P1":
                address = home
            elif placement.place == "K2":
                address = draws.pick(self.patch.shared["childrens_home"])
            else:
                address = self.patch.new_address()
            child.addresses.append((placement.start, address))
            if placement.place in {"U1", "U3"} and placement.reason_new in {"S", "P"} and draws.chance(0.6):
                changes.kin_carer(self.patch, child, placement.start, address)
        if care.reason in _HOME:
            child.addresses.append((care.end, home))
        child.addresses.sort(key=lambda step: step[0])

    def _care_assessment(self, day: int, case: Case, episode: Episode) -> None:
        if episode.care is None or episode.closed:
            return
        if self.draws.chance(0.2):
            self.assess(days.working_day(day), case, [episode])
        self.at(day + 300 + self.draws.days(900), self._care_assessment, case, episode)

    def _leave_care(self, day: int, case: Case, episode: Episode) -> None:
        care = episode.care
        if care is None or episode.closed:
            return
        draws = self.draws
        episode.care = None
        child = episode.child
        self.stop_protection(day, episode)
        if care.reason in _HOME and child.age(day) < 18:
            if case.track in {"care", "closing"}:
                self.start_plan(day, case)
            elif case.track == "plan":
                self.plan_for(days.working_day(day), episode)
            return
        if child.age(day) >= 17:
            self._grow_up(day, case, episode)
            return
        reason = "RC7"
        if care.reason in {"E11", "E12"}:
            reason = "RC1"
            child.left = day + 30
            self.patch.restricted.append((child, "pre_adoption", day, 0))
            changes.adopted(self.patch, child, day)
        self.at(day + draws.between(1, 40), self.close_one, case, episode, reason)

    def _grow_up(self, day: int, case: Case, episode: Episode) -> None:
        """A care leaver stays open for years; some have babies, who make families of their own."""
        draws = self.draws
        child = episode.child
        episode.leaver_since = day
        stay = min(200 + int(draws.gamma(2, RATES.leaver_days)), 2550)  # until 25
        self.at(day + stay, self.close_one, case, episode, "RC6" if draws.chance(0.25) else "RC7")
        if child.sex == "F" and draws.chance(0.3):
            self.at(day + 100 + draws.days(600), self._leaver_baby, child)

    def _leaver_baby(self, day: int, mother: Person) -> None:
        family = households.new_family(self.patch, self.draws.weighted(self.mixture), day, mother=mother)
        self.refer(day, family, "5A")

    def expire(self, day: int, child: Person) -> None:
        """A child dies: every list must lose the child the same day."""
        if child.died or child.left or child.born > day:
            return
        child.died = child.left = day
        case = child.family.case
        for episode in case.open() if case else []:
            if episode.child is child and case:
                if episode.care is not None:
                    self._end_care_by_death(day, episode.care)
                    episode.care = None
                self.close_one(day, case, episode, "RC2")

    def _end_care_by_death(self, day: int, care: Care) -> None:
        care.placements[:] = [p for p in care.placements if p.start <= day]
        last = care.placements[-1]
        last.end, last.reason_ceased, last.reason_change = day, "E2", ""
        care.end, care.reason = day, "E2"
