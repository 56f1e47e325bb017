"""Section 47 enquiries, conferences, child protection plans and pre-proceedings."""

from __future__ import annotations

from fi_workbench.demo import assessing, days, offers
from fi_workbench.demo.core import odds
from fi_workbench.demo.people import Person, severity
from fi_workbench.demo.planning import Planning
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Case, Enquiry, Episode, Proceedings, Protection


class Protecting(Planning):
    """Work where harm is likely."""

    def enquire(self, day: int, case: Case, episodes: list[Episode]) -> None:
        """A strategy discussion starts an enquiry; a conference may follow."""
        draws = self.draws
        day = days.working_day(day) if draws.chance(0.93) else day
        subjects = [e for e in episodes if draws.chance(0.92)] or episodes[:1]
        subjects = [e for e in subjects if not e.closed and not any(not p.end for p in e.protections)]
        subjects = [e for e in subjects if not any(q.start == day for q in e.enquiries)]
        if not subjects:
            return
        harm = severity(case.family, day) + 0.6 * case.family.unmeasured
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
            self.into_care(day, case, True)

    def _conference(self, day: int, case: Case, subjects: list[Episode]) -> None:
        draws = self.draws
        case.conference_pending = False
        going = [e for e in subjects if not e.closed and e.care is None]
        for episode in subjects:
            if episode not in going:  # taken into care, moved or closed first: no conference was held for them
                for enquiry in episode.enquiries:
                    if enquiry.conference == day:
                        enquiry.conference = enquiry.conference_known = 0
                        enquiry.not_required = True
        if not going:
            return
        protected = [e for e in going if draws.chance(0.97)] if draws.chance(RATES.protected) else []
        if not protected:
            if case.track != "plan":
                self.start_plan(day, case)
            return
        category = assessing.category_of_abuse(draws, case.family, day)
        for episode in protected:
            mine = category if draws.chance(0.94) else assessing.category_of_abuse(draws, case.family, day)
            previous = self._previous_plans(episode.child, day)
            self.stop_plans(day, case, episode)
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
        cases = (*child.family.closed_cases, *([child.family.case] if child.family.case else []))
        earlier = sum(
            protection.start < day
            for case in cases
            for episode in case.episodes
            if episode.child is child
            for protection in episode.protections
        )
        if earlier or child.age(day) < 1:
            return earlier
        before_the_records = 0.029 * min(child.age(day), 13)
        return 1 + int(self.draws.chance(0.2)) if self.draws.chance(before_the_records) else 0

    def _review(self, day: int, case: Case, version: int, due: int, number: int) -> None:
        if version != case.version:
            return
        draws = self.draws
        protected = [p for e in case.open() for p in e.protections if not p.end]
        if not protected:
            return
        for protection in protected:
            protection.reviews.append((due, day, day + draws.days(3.0)))
            if draws.chance(0.05):
                protection.latest = assessing.category_of_abuse(draws, case.family, day)
                protection.latest_since = day
        ends = RATES.review_ends[min(number, len(RATES.review_ends) - 1)]
        if draws.chance(RATES.care_at_review):
            self._proceedings(day, case, court=True)
            self.at(days.working_day(day + draws.between(5, 60)), self.into_care, case)
        elif draws.chance(0.12):
            self._proceedings(day, case, court=False)
        elif draws.chance(ends):
            self._end_protection(day, case)
            return
        due = day + 182
        held = days.working_day_before(day + int((64 if number == 0 else 95) + 85 * draws.uniform()))
        if draws.chance(0.015 + 0.03 * max(0.0, self.team.pressure(day) - 0.7)):
            held = days.working_day(due + 2 + draws.days(12.0))
        self.at(held, self._review, case, case.version, due, number + 1)

    def _end_protection(self, day: int, case: Case) -> None:
        for episode in case.open():
            self.stop_protection(day, episode)
        if self.draws.chance(RATES.step_down):
            self.start_plan(day, case)
        else:
            case.version += 1
            case.track = "closing"
            self.at(day + 5 + self.draws.days(25.0), self.close, case, case.version, "")

    def _proceedings(self, day: int, case: Case, *, court: bool) -> None:
        draws = self.draws
        start = days.working_day(day + draws.between(0, 14))
        if any(p.start + 200 > start for e in case.open() for p in e.proceedings):
            return
        offered = draws.chance(0.8)
        facilitated = "Y" if offered and draws.chance(0.6) else "N"
        decision = days.working_day(start + draws.between(60, 130))
        letter = days.working_day(start + draws.between(1, 10))
        meeting = days.working_day(start + draws.between(10, 24))
        applied = days.working_day(decision + draws.between(2, 12)) if court else 0
        for episode in case.open():
            if any(not p.end for p in episode.protections):
                episode.proceedings.append(
                    Proceedings(
                        start=start,
                        known=start + draws.days(4),
                        letter=letter,
                        offered="Y" if offered else "N",
                        facilitated=facilitated,
                        meeting=meeting,
                        reviews=draws.between(0, 3),
                        decision=decision,
                        decision_known=decision + draws.days(5),
                        outcome="court" if court else "stepped_down",
                        court=applied,
                    )
                )
