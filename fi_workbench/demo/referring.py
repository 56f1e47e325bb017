"""Referrals, and the setbacks that lead to them: the family's own clock."""

from __future__ import annotations

from fi_workbench.demo import assessing, days, offers
from fi_workbench.demo.core import odds
from fi_workbench.demo.deciding import Deciding
from fi_workbench.demo.people import Family, Person, severity
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Case, Episode, Referral


class Referring(Deciding):
    """The front door."""

    def refer(
        self,
        day: int,
        family: Family,
        source: str = "",
        only: list[Person] | None = None,
        care: bool = False,
    ) -> None:
        """A referral of the family's children who are not open."""
        draws = self.draws
        able = self._referable(day, family, only)
        if not able:
            return
        source = source or assessing.referral_source(draws, family, day)
        referral = self._receive(day, family, able, source)
        episodes = []
        for child in able:
            episode = Episode(child, day, referral.known, source, nfa=referral.nfa)
            episode.need = assessing.primary_need(draws, family, child, day)
            episode.need_known = referral.decided + draws.days(6)
            episodes.append(episode)
        if referral.nfa:
            self.patch.cases.append(Case(family, day, episodes=episodes, track="nfa"))
            return
        case = family.case
        if case is None:
            case = family.case = Case(family, day)
            self.patch.cases.append(case)
        fresh = not case.episodes
        case.episodes.extend(episodes)
        if case.worker >= 0:
            self.team.join(case, able, day)
        elif case not in self.team.waiting:
            self.team.allocate(case, referral.decided)
        if fresh:
            self.draw_clock(family, day)
        if care:
            self.take(day, case, episodes[0], urgent=False)
            self.assess(days.working_day(day), case, [episodes[0]])
            return
        if case.track == "care":
            case.track = "assessing"
        self.assess(referral.decided, case, episodes)
        harm = severity(family, day) + 0.5 * family.unmeasured
        if draws.chance(odds(RATES.enquiry + RATES.enquiry_by_severity * harm)):
            self.enquire(referral.decided + draws.between(0, 2), case, episodes)

    def _referable(self, day: int, family: Family, only: list[Person] | None) -> list[Person]:
        open_children = {e.child for e in family.case.open()} if family.case else set()
        able = [
            child
            for child in only or family.children
            if child not in open_children
            and not child.left
            and child.closed <= day
            and child.age(day) < 18
            and (child.born <= day or child.born - day < 230)
        ]
        if only or len(able) < 2:
            return able
        index = self.draws.pick(able)
        return [child for child in able if child is index or self.draws.chance(0.80)]

    def _receive(self, day: int, family: Family, children: list[Person], source: str) -> Referral:
        draws, patch = self.draws, self.patch
        decided = day if draws.chance(0.55) else days.add_working_days(day, 1)
        if draws.chance(0.03 + 0.06 * max(0.0, self.team.pressure(day) - 0.9)):
            decided = days.add_working_days(day, draws.between(2, 6))
        nfa = draws.chance(RATES.no_further_action)
        known = day + draws.days(0.6)
        number = f"R{patch.index:03d}{patch.new_number('event'):06d}"
        referral = Referral(number, day, source, decided, decided + draws.days(0.8), nfa, known, children)
        patch.referrals.append(referral)
        for child in children:
            child.known = child.known or day
        for adult in family.adults(day):
            if not adult.known and draws.chance(0.25):
                adult.known = day
        return referral

    def draw_clock(self, family: Family, day: int) -> None:
        """Draw when the family's next setback comes."""
        family.clock += 1
        when = offers.setback_day(family, day, self.draws.exponential(1.0), 1.0)
        if when:
            self.plan_setback(when, family)

    def setback(self, day: int, family: Family, clock: int) -> None:
        """Something goes wrong: a new worry about an open case, or a referral."""
        if clock != family.clock or family.gone:
            return
        source = assessing.referral_source(self.draws, family, day)
        family.concerns.append((day, source))
        case = family.case
        if case is not None and case.at_home():
            self._concern(day, case)
            self.draw_clock(family, day)
        elif any(not c.left and c.age(day) < 18 for c in family.children):
            if case is not None:
                self.draw_clock(family, day)
            self.refer(day, family, source)

    def _concern(self, day: int, case: Case) -> None:
        draws = self.draws
        family = case.family
        harm = severity(family, day) + 0.5 * family.unmeasured
        episodes = case.at_home()
        enquire = draws.chance(odds(RATES.enquiry + RATES.enquiry_when_open + RATES.enquiry_by_severity * harm))
        if enquire and not case.conference_pending and case.track != "protection":
            self.enquire(days.working_day(day), case, episodes)
        if case.assessing_until < day and draws.chance(0.5):
            self.assess(days.working_day(day + draws.between(0, 5)), case, episodes)
