"""The service process: contact, referral, assessment, enquiry, conference, plans, care, closure, and round again.

One patch is simulated event by event in order of time. Each event may plan later ones; an event planned for a state
that has passed lapses, because the case's version has moved on. Risks compete: whichever comes first happens.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import exp
from typing import Any

from fi_workbench.demo import assessing, days, households, offers
from fi_workbench.demo.care import start_care
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Person, severity
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Assessment, Case, Enquiry, Episode, Plan, Proceedings, Protection, Referral
from fi_workbench.demo.team import Team

_YEAR = 365.25


def odds(value: float) -> float:
    """The probability of a log odds."""
    return 1.0 / (1.0 + exp(-value))


class Process:
    """One patch's weeks, from the warm-up to the end."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.draws = patch.draws
        self.team = Team(patch)
        self._heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._sequence = 0

    def at(self, day: int, action: Callable[..., None], *arguments: Any) -> None:
        """Plan an event; beyond the horizon it is not needed."""
        if day <= self.patch.span.end:
            self._sequence += 1
            heappush(self._heap, (day, self._sequence, action, arguments))

    def run(self) -> None:
        """Live through all the weeks."""
        from fi_workbench.demo import beginnings  # noqa: PLC0415

        beginnings.stock(self)
        span = self.patch.span
        self.at(days.sunday(span.warm), self._week)
        self._next_family(span.warm)
        self._next_asylum(span.warm)
        for worker in list(self.team.workers):
            self._plan_leaving(self.team.workers.index(worker), span.warm)
        heap = self._heap
        while heap:
            day, _, action, arguments = heappop(heap)
            action(day, *arguments)

    # Weeks and workers -----------------------------------------------------------------------------------------------

    def _week(self, day: int) -> None:
        for case in list(self.team.waiting):
            self.team.allocate(case, day)
        self.team.pressures[day] = self.team.pressure(day)
        self.at(day + 7, self._week)

    def _plan_leaving(self, index: int, day: int) -> None:
        self.at(day + 60 + self.draws.days(6.1 * _YEAR), self._worker_leaves, index)

    def _worker_leaves(self, day: int, index: int) -> None:
        worker = self.team.workers[index]
        self.at(day + 10 + self.draws.days(60), self._worker_joins, worker.role)
        self.team.leave(worker, day)

    def _worker_joins(self, day: int, role: str) -> None:
        worker = self.team.hire(day, role)
        self._plan_leaving(self.team.workers.index(worker), day)

    # Arrivals --------------------------------------------------------------------------------------------------------

    def _next_family(self, day: int) -> None:
        gap = self.draws.exponential(_YEAR / (RATES.new_families * self.patch.scale))
        self._demand = getattr(self, "_demand", 0.0) + gap
        start = self.patch.span.warm
        self.at(days.after_demand(start, self._demand), self._arrive)

    def _arrive(self, day: int) -> None:
        draws = self.draws
        mixture = self.patch.world.mixture(self.patch.unit)
        segment = draws.weighted(offers.weights(mixture))
        family = households.new_family(self.patch, segment, day)
        self.settle(family, day)
        self.refer(day, family)
        self._next_family(day)

    def _next_asylum(self, day: int) -> None:
        self.at(day + 1 + self.draws.days(_YEAR / (RATES.asylum * self.patch.scale)), self._asylum)

    def _asylum(self, day: int) -> None:
        family = households.asylum_seeker(self.patch, day)
        self.refer(day, family, source=self.draws.pick(("6", "7", "5A", "5C")), care=True)
        self._next_asylum(day)

    def settle(self, family: Family, day: int) -> None:
        """Plan what will happen in the family's own life."""
        draws = self.draws
        worse = 1.6 if family.has("domestic_abuse", day) else 1.0
        self.at(day + draws.days(_YEAR / (0.22 * worse)), self._moves, family)
        if family.partner is not None:
            self.at(day + draws.days(_YEAR / (0.16 * worse)), self._parts, family)
        else:
            self.at(day + draws.days(_YEAR / 0.10), self._new_partner, family)
        mother = family.mother
        if mother is not None and 16 <= mother.age(day) < 41:
            self.at(day + 200 + draws.days(_YEAR / 0.09), self._expects, family)

    def _moves(self, day: int, family: Family) -> None:
        if not family.gone:
            households.move(self.patch, family, day)
            self.at(day + 60 + self.draws.days(_YEAR / 0.22), self._moves, family)

    def _parts(self, day: int, family: Family) -> None:
        households.part(self.patch, family, day)
        self.at(day + 90 + self.draws.days(_YEAR / 0.15), self._new_partner, family)

    def _new_partner(self, day: int, family: Family) -> None:
        households.take_partner(self.patch, family, day)
        self.at(day + 120 + self.draws.days(_YEAR / 0.2), self._parts, family)

    def _expects(self, day: int, family: Family) -> None:
        mother = family.mother
        if family.gone or mother is None or mother.died or mother.age(day) > 42:
            return
        born = day + self.draws.between(70, 130)
        child = households.new_child(self.patch, family, born)
        child.expected = born + self.draws.between(-9, 9)
        family.members.append(households.Membership(child, "child", born))
        case = family.case
        if case is not None and case.track != "care" and self.draws.chance(0.85):
            self.refer(day, family, source=self.draws.pick(("3D", "5A", "3B")), only=[child])
        self.at(born + 300 + self.draws.days(_YEAR / 0.12), self._expects, family)

    # Referral --------------------------------------------------------------------------------------------------------

    def refer(
        self, day: int, family: Family, *, source: str = "", only: list[Person] | None = None, care: bool = False
    ) -> None:
        """A referral of the family's children who are not open."""
        draws, patch = self.draws, self.patch
        open_children = {e.child for e in family.case.open()} if family.case else set()
        able = [
            child
            for child in only or family.children
            if child not in open_children
            and not child.left
            and not child.died
            and child.age(day) < 18
            and (child.born <= day or child.born - day < 230)
        ]
        if not able:
            return
        if not only and len(able) > 1:
            index = draws.pick(able)
            able = [child for child in able if child is index or draws.chance(0.80)]
        source = source or assessing.referral_source(draws, family, day)
        nfa = draws.chance(RATES.no_further_action)
        decided = day if draws.chance(0.55) else days.add_working_days(day, 1)
        if draws.chance(0.03 + 0.06 * max(0.0, self.team.pressure(day) - 0.9)):
            decided = days.add_working_days(day, draws.between(2, 6))
        known = day + draws.days(0.6)
        number = f"R{patch.index:03d}{patch.new_number('event'):06d}"
        patch.referrals.append(Referral(number, day, source, decided, decided + draws.days(0.8), nfa, known, able))
        for child in able:
            self._record(child, day)
        case = family.case
        if case is None:
            case = Case(family, day)
            if not nfa:
                family.case = case
                patch.cases.append(case)
        episodes = []
        for child in able:
            episode = Episode(child, day, known, source, nfa=nfa)
            episode.need = assessing.primary_need(draws, family, child, day)
            episode.need_known = decided + draws.days(6)
            episodes.append(episode)
        if nfa:
            closed = Case(family, day, episodes=episodes, track="nfa")
            patch.cases.append(closed)
            return
        fresh = not case.episodes
        case.episodes.extend(episodes)
        if case.worker >= 0:
            self.team.join(case, [episode.child for episode in episodes], day)
        elif case not in self.team.waiting:
            self.team.allocate(case, decided)
        if fresh:
            self._draw_clock(family, day)
        if care:
            self._asylum_care(day, case, episodes[0])
            return
        if case.track == "care":
            case.track = "assessing"
        self._assess(decided, case, episodes)
        harm = severity(family, day) + 0.5 * family.unmeasured
        if draws.chance(odds(RATES.enquiry + RATES.enquiry_by_severity * harm)):
            self._enquire(decided + draws.between(0, 2), case, episodes)

    def _record(self, child: Person, day: int) -> None:
        if not child.known:
            child.known = day
        family = child.family
        for adult in family.adults(day):
            if not adult.known and self.draws.chance(0.25):
                adult.known = day

    def _draw_clock(self, family: Family, day: int, ratio: float = 1.0) -> None:
        family.clock += 1
        amount = self.draws.exponential(1.0)
        when = offers.setback_day(family, day, amount, ratio)
        if when:
            self.at(when, self._setback, family, family.clock)

    def plan_setback(self, day: int, family: Family) -> None:
        """Plan a setback that was drawn elsewhere; the family's clock was raised for it."""
        self.at(day, self._setback, family, family.clock)

    def _setback(self, day: int, family: Family, clock: int) -> None:
        if clock != family.clock or family.gone:
            return
        source = assessing.referral_source(self.draws, family, day)
        family.concerns.append((day, source))
        case = family.case
        if case is not None and case.at_home():
            self._concern(day, case)
            self._draw_clock(family, day)
        elif any(not c.left and c.age(day) < 18 for c in family.children):
            if family.case is None:
                self.refer(day, family, source=source)
            elif any(c not in {e.child for e in family.case.open()} for c in family.children):
                self.refer(day, family, source=source)
                self._draw_clock(family, day)
            else:
                self._draw_clock(family, day)

    def _concern(self, day: int, case: Case) -> None:
        """A new worry about children who are already open."""
        family = case.family
        harm = severity(family, day) + 0.5 * family.unmeasured
        episodes = case.at_home()
        enquire = self.draws.chance(odds(RATES.enquiry + RATES.enquiry_when_open + RATES.enquiry_by_severity * harm))
        if enquire and not case.conference_pending and case.track != "protection":
            self._enquire(days.working_day(day), case, episodes)
        if case.assessing_until < day and self.draws.chance(0.5):
            self._assess(days.working_day(day + self.draws.between(0, 5)), case, episodes)

    # Assessment ------------------------------------------------------------------------------------------------------

    def _assess(self, day: int, case: Case, episodes: list[Episode]) -> None:
        draws = self.draws
        quick = (
            draws.chance(odds(0.42 - 0.35 * severity(case.family, day)))
            if case.track == "assessing"
            else draws.chance(0.35)
        )
        length = assessing.assessment_days(draws, self.team.pressure(day), quick=quick)
        done = days.add_working_days(day, length) if length else day
        if case.worker < 0:
            done = days.add_working_days(done, 4)
        for episode in episodes:
            known = day + draws.days(1.5)
            assessment = Assessment(day, known)
            if length > 15 and draws.chance(0.4):
                assessment.review = days.add_working_days(day, 10)
            episode.assessments.append(assessment)
        case.assessing_until = max(case.assessing_until, done)
        self.at(done, self._assessed, case, episodes, day)

    def _assessed(self, day: int, case: Case, episodes: list[Episode], started: int) -> None:
        draws = self.draws
        going = [e for e in episodes if not e.closed]
        if not going:
            return
        if case.worker < 0 and day - started < 120:
            later = days.add_working_days(day, 3)
            case.assessing_until = max(case.assessing_until, later)
            self.at(later, self._assessed, case, episodes, started)
            return
        codes = assessing.factors(draws, case.family, [e.child for e in going], day)
        for episode, found in zip(going, codes, strict=True):
            for assessment in episode.assessments:
                if assessment.start == started and not assessment.done:
                    assessment.done, assessment.codes = day, found
                    assessment.done_known = day + draws.days(2.5)
        if case.conference_pending:
            return
        home = [e for e in going if e.care is None and not e.leaver_since]
        if case.track in {"assessing", "support"} and home:
            self._decide(day, case, home)

    def _decide(self, day: int, case: Case, episodes: list[Episode]) -> None:
        """What follows an assessment."""
        draws = self.draws
        family = case.family
        harm = severity(family, day) + 0.6 * family.unmeasured
        tilt = exp(RATES.outcome_by_severity * harm)
        disabled = any(e.child.disabilities for e in episodes)
        enquired = any(e.enquiries for e in episodes)
        weights = {
            "not_in_need": RATES.not_in_need / tilt * (0.3 if enquired or disabled else 1.15),
            "closes": RATES.closes / tilt**0.4,
            "plan": RATES.plan * tilt * (1.5 if enquired else 1.0),
            "support": RATES.support * (exp(RATES.support_by_disability) if disabled else 1.0),
            "care": RATES.into_care * tilt,
        }
        if case.track == "support":
            weights = {"stay": 0.6, "plan": 0.35, "care": 0.02}
        outcome = draws.weighted(offers.weights(weights))
        if outcome == "not_in_need":
            self._close(day + draws.between(0, 4), case, case.version, "RC8")
        elif outcome == "closes":
            case.version += 1
            case.track = "closing"
            wait = draws.days(7.0) if draws.chance(0.95) else 60 + draws.days(70.0)
            self.at(day + wait, self._close, case, case.version, "")
        elif outcome == "plan":
            self._start_plan(day, case)
        elif outcome == "support":
            self._support(day, case)
        elif outcome == "care":
            self._into_care(day, case, urgent=False)
            if case.at_home():
                self._start_plan(day, case)

    def open_long(self, case: Case, day: int) -> None:
        """A case that is already open for long when the warm-up begins."""
        self._support(day, case)

    def _support(self, day: int, case: Case) -> None:
        case.version += 1
        case.track = "support"
        offers.offer(self, case, day)
        self.at(day + 120 + self.draws.days(RATES.support_days), self._close, case, case.version, "")
        self._plan_review_assessment(day, case)

    def _plan_review_assessment(self, day: int, case: Case) -> None:
        self.at(
            day + 120 + self.draws.days(_YEAR / RATES.review_assessment), self._review_assessment, case, case.version
        )

    def _review_assessment(self, day: int, case: Case, version: int) -> None:
        if version != case.version or not case.at_home():
            return
        if case.assessing_until < day:
            self._assess(days.working_day(day), case, case.at_home())
        self._plan_review_assessment(day, case)

    # Plans -----------------------------------------------------------------------------------------------------------

    def _start_plan(self, day: int, case: Case) -> None:
        """A child in need plan for the children at home."""
        was = case.track
        case.version += 1
        case.track = "plan"
        start = days.working_day(day + self.draws.between(0, 6))
        for episode in case.at_home():
            if not episode.plans or episode.plans[-1].end:
                episode.plans.append(Plan(start, start + self.draws.days(4)))
        offers.offer(self, case, start)
        brief = was in {"assessing", "closing"} and self.draws.chance(0.42)
        length = 14 + self.draws.days(24.0) if brief else 40 + self.draws.days(RATES.plan_days - 40)
        self.at(start + length, self._end_plan, case, case.version)
        self._plan_review_assessment(day, case)

    def _stop_plans(self, day: int, case: Case, only: Episode | None = None) -> None:
        for episode in [only] if only else case.open():
            for plan in episode.plans:
                if not plan.end:
                    plan.end = max(day, plan.start)
                    plan.end_known = plan.end + self.draws.days(5)

    def _end_plan(self, day: int, case: Case, version: int) -> None:
        if version != case.version or case.conference_pending:
            if version == case.version:
                self.at(day + 25, self._end_plan, case, version)
            return
        day = days.working_day(day)
        self._stop_plans(day, case)
        case.version += 1
        if self.draws.chance(0.14):
            self._support(day, case)
            return
        case.track = "closing"
        self.at(day + self.draws.days(16.0), self._close, case, case.version, "")

    # Enquiries and protection ----------------------------------------------------------------------------------------

    def _enquire(self, day: int, case: Case, episodes: list[Episode]) -> None:
        draws = self.draws
        day = days.working_day(day) if draws.chance(0.93) else day
        family = case.family
        subjects = [e for e in episodes if draws.chance(0.92)] or episodes[:1]
        subjects = [e for e in subjects if not e.closed and not any(not p.end for p in e.protections)]
        if not subjects:
            return
        harm = severity(family, day) + 0.6 * family.unmeasured
        needed = draws.chance(odds(RATES.conference + RATES.conference_by_severity * harm))
        target = days.add_working_days(day, 15)
        if draws.chance(RATES.care_at_enquiry):
            self.at(day + draws.between(0, 3), self._emergency, case)
        when = days.add_working_days(day, assessing.conference_days(draws, self.team.pressure(day)))
        if needed:
            case.conference_pending = True
            self.at(when, self._conference, case, subjects)
        for episode in subjects:
            enquiry = Enquiry(day, day + draws.days(1.5), target, not_required=not needed)
            enquiry.decided_known = days.add_working_days(day, draws.between(4, 14)) + draws.days(2)
            if needed:
                enquiry.conference = when
                enquiry.conference_known = when + draws.days(2.5)
            episode.enquiries.append(enquiry)

    def _emergency(self, day: int, case: Case) -> None:
        if case.at_home():
            self._into_care(day, case, urgent=True)

    def _conference(self, day: int, case: Case, subjects: list[Episode]) -> None:
        draws = self.draws
        case.conference_pending = False
        going = [e for e in subjects if not e.closed and e.care is None]
        for episode in subjects:
            if episode not in going:  # taken into care, moved or closed before the conference: it was not held for them
                for enquiry in episode.enquiries:
                    if enquiry.conference == day:
                        enquiry.conference = enquiry.conference_known = 0
                        enquiry.not_required = True
        if not going:
            return
        protected = [e for e in going if draws.chance(0.97)] if draws.chance(RATES.protected) else []
        if not protected:
            if case.track != "plan":
                self._start_plan(day, case)
            return
        category = assessing.category_of_abuse(draws, case.family, day)
        for episode in protected:
            mine = category if draws.chance(0.94) else assessing.category_of_abuse(draws, case.family, day)
            previous = self._previous_plans(episode.child, day)
            self._stop_plans(day, case, episode)
            episode.protections.append(Protection(day, day + draws.days(2.5), mine, mine, previous))
        case.version += 1
        case.track = "protection"
        offers.offer(self, case, day)
        due = day + 91
        held = days.working_day_before(due - draws.days(6.0))
        if draws.chance(0.015 + 0.03 * max(0.0, self.team.pressure(day) - 0.7)):
            held = days.working_day(due + 2 + draws.days(9.0))
        self.at(held, self._review, case, case.version, due, 0)

    def _previous_plans(self, child: Person, day: int) -> int:
        earlier = sum(
            1
            for case in (*child.family.closed_cases, *([child.family.case] if child.family.case else []))
            for episode in case.episodes
            if episode.child is child
            for protection in episode.protections
            if protection.start < day
        )
        if earlier or child.age(day) < 1:
            return earlier
        base = 0.032 * min(child.age(day), 13)
        return 1 + int(self.draws.chance(0.2)) if self.draws.chance(base) else 0

    def _review(self, day: int, case: Case, version: int, due: int, number: int) -> None:
        if version != case.version:
            return
        draws = self.draws
        protected = [(e, p) for e in case.open() for p in e.protections if not p.end]
        if not protected:
            return
        for _, protection in protected:
            protection.reviews.append((due, day, day + draws.days(3.0)))
            if draws.chance(0.05):
                change = assessing.category_of_abuse(draws, case.family, day)
                protection.latest, protection.latest_since = change, day
        ends = RATES.review_ends[min(number, len(RATES.review_ends) - 1)]
        if draws.chance(RATES.care_at_review):
            self._proceedings(day, case, court=True)
            self.at(days.working_day(day + draws.between(5, 60)), self._care_after_review, case)
        elif draws.chance(0.12):
            self._proceedings(day, case, court=False)
        elif draws.chance(ends):
            self._end_protection(day, case)
            return
        due = day + 182
        held = days.working_day_before(day + int((55 if number == 0 else 95) + 85 * draws.uniform()))
        if draws.chance(0.015 + 0.03 * max(0.0, self.team.pressure(day) - 0.7)):
            held = days.working_day(due + 2 + draws.days(12.0))
        self.at(held, self._review, case, case.version, due, number + 1)

    def _end_protection(self, day: int, case: Case) -> None:
        for episode in case.open():
            for protection in episode.protections:
                if not protection.end:
                    protection.end = max(day, protection.start + 1)
                    protection.end_known = protection.end + self.draws.days(4)
        if self.draws.chance(RATES.step_down):
            self._start_plan(day, case)
        else:
            case.version += 1
            case.track = "closing"
            self.at(day + 5 + self.draws.days(25.0), self._close, case, case.version, "")

    def _proceedings(self, day: int, case: Case, *, court: bool) -> None:
        draws = self.draws
        start = days.working_day(day + draws.between(0, 14))
        if any(p.start + 200 > start for e in case.open() for p in e.proceedings):
            return
        offered = draws.chance(0.8)
        decision = days.working_day(start + draws.between(60, 130))
        for episode in case.open():
            if any(not p.end for p in episode.protections):
                episode.proceedings.append(
                    Proceedings(
                        start,
                        start + draws.days(4),
                        days.working_day(start + draws.between(1, 10)),
                        "Y" if offered else "N",
                        "Y" if offered and draws.chance(0.6) else "N",
                        days.working_day(start + draws.between(10, 24)),
                        draws.between(0, 3),
                        decision,
                        decision + draws.days(5),
                        "court" if court else "stepped_down",
                        days.working_day(decision + draws.between(2, 12)) if court else 0,
                    )  # fmt: skip
                )

    # Care ------------------------------------------------------------------------------------------------------------

    def _care_after_review(self, day: int, case: Case) -> None:
        self._into_care(day, case, urgent=False)

    def _into_care(self, day: int, case: Case, *, urgent: bool) -> None:
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
        need = episode.need if episode.need in {"N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8"} else "N1"
        if need == "N4" and draws.chance(0.4):
            need = "N1"
        care = start_care(
            draws, child, day, need, patch=self.patch.index, home=child.address_at(day).postcode, elapsed=elapsed,
            urgent=urgent,
        )  # fmt: skip
        episode.care = care
        episode.cares.append(care)
        self.patch.cares.append(care)
        for protection in episode.protections:
            if not protection.end and (draws.chance(0.85) or care.end - day > 100):
                protection.end = max(day + draws.between(0, 25), protection.start + 1)
                protection.end_known = protection.end + draws.days(4)
        self._stop_plans(day, case, episode)
        if not case.at_home():
            case.version += 1
            case.track = "care"
        self.at(care.end, self._leave_care, case, episode)
        self.at(day + 150 + draws.days(700), self._care_assessment, case, episode)

    def _care_assessment(self, day: int, case: Case, episode: Episode) -> None:
        if episode.care is None or episode.closed:
            return
        if self.draws.chance(0.2):
            self._assess(days.working_day(day), case, [episode])
        self.at(day + 300 + self.draws.days(900), self._care_assessment, case, episode)

    def _asylum_care(self, day: int, case: Case, episode: Episode) -> None:
        self.take(day, case, episode, urgent=False)
        self._assess(days.working_day(day), case, [episode])

    def _leave_care(self, day: int, case: Case, episode: Episode) -> None:
        care = episode.care
        if care is None or episode.closed:
            return
        draws = self.draws
        episode.care = None
        reason = care.reason
        child = episode.child
        for protection in episode.protections:
            if not protection.end:
                protection.end = day
                protection.end_known = day + draws.days(4)
        if reason in {"E4A", "E4B", "E41", "E13"} and child.age(day) < 18:
            if case.track in {"care", "closing"}:
                self._start_plan(day, case)
            elif case.track == "plan":
                start = days.working_day(day)
                episode.plans.append(Plan(start, start + draws.days(4)))
            return
        if child.age(day) >= 17:
            episode.leaver_since = day
            stay = 200 + int(draws.gamma(2, RATES.leaver_days))
            self.at(day + stay, self.close_one, case, episode, "RC6" if draws.chance(0.25) else "RC7")
            if child.sex == "F" and draws.chance(0.3):
                self.at(day + 100 + draws.days(600), self._leaver_baby, child)
            return
        codes = {"E11": "RC1", "E12": "RC1", "E45": "RC4", "E46": "RC4", "E2": "RC2"}
        if reason in {"E11", "E12"}:
            child.left = day + 30
            self.patch.restricted.append((child, "pre_adoption", day, 0))
        code = codes.get(reason, "RC7")
        if code == "RC4":
            code = "RC7"  # Newcastle records none of these
        self.at(day + draws.between(1, 40), self.close_one, case, episode, code)

    def _leaver_baby(self, day: int, mother: Person) -> None:
        mixture = self.patch.world.mixture(self.patch.unit)
        segment = self.draws.weighted(offers.weights(mixture))
        family = households.new_family(self.patch, segment, day, mother=mother)
        self.refer(day, family, source="5A")

    # Closing ---------------------------------------------------------------------------------------------------------

    def close_one(self, day: int, case: Case, episode: Episode, reason: str) -> None:
        if episode.closed:
            return
        day = max(days.working_day_before(day), episode.referral)
        self._stop_plans(day, case, episode)
        for assessment in episode.assessments:
            if not assessment.done:
                assessment.done = max(day, assessment.start)
                assessment.done_known = assessment.done + self.draws.days(3)
                assessment.codes = ("21",)
        for protection in episode.protections:
            if not protection.end:
                protection.end = max(day, protection.start + 1)
                protection.end_known = protection.end
        episode.closed, episode.reason = day, reason
        episode.closed_known = day + self.draws.days(5)
        self.team.release(case, episode.child, day, "Case closed")
        if not case.open():
            self._shut(case)
        elif not case.at_home():
            case.version += 1
            case.track = "care"

    def _shut(self, case: Case) -> None:
        family = case.family
        family.case = None
        case.version += 1
        family.closed_cases.append(case)

    def _close(self, day: int, case: Case, version: int, reason: str) -> None:
        """Close the children at home."""
        if version != case.version:
            return
        if case.conference_pending or case.assessing_until > day:
            self.at(max(day + 8, case.assessing_until + 1), self._close, case, version, reason)
            return
        draws = self.draws
        if not reason and draws.chance(RATES.transfer):
            reason = "RC5"
            case.family.gone = day
        early_help = not reason and draws.chance(0.22)
        home = case.at_home()
        for episode in home:
            mine = reason or ("RC9" if early_help and not episode.plans else "RC7")
            self.close_one(day, case, episode, mine)
        if early_help:
            case.family.early_help.append((day + draws.between(3, 30), 0, "step_down"))
        if reason == "RC5":
            for child in case.family.children:
                child.left = child.left or day
