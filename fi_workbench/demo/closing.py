"""Closing: one child, all children at home, or the whole case."""

from __future__ import annotations

from fi_workbench.demo import days
from fi_workbench.demo.core import Core
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Case, Episode


class Closing(Core):
    """How involvement ends."""

    def stop_plans(self, day: int, case: Case, only: Episode | None = None) -> None:
        """Child in need plans end: of one child, or of all."""
        for episode in [only] if only else case.open():
            episode.plans[:] = [plan for plan in episode.plans if plan.end or plan.start <= day]  # one never began
            for plan in episode.plans:
                if not plan.end:
                    plan.end = day
                    plan.end_known = day + self.draws.days(5)

    def stop_protection(self, day: int, episode: Episode) -> None:
        """A child's protection plan ends; never on the day it began."""
        for protection in episode.protections:
            if not protection.end:
                protection.end = max(day, protection.start + 1)
                protection.end_known = protection.end + self.draws.days(4)

    def close_one(self, day: int, case: Case, episode: Episode, reason: str) -> None:
        """One child's episode of need closes, with everything that hangs on it."""
        if episode.closed:
            return
        day = max(days.working_day_before(day), episode.referral)
        self.stop_plans(day, case, episode)
        self.stop_protection(day, episode)
        for assessment in episode.assessments:
            if not assessment.done:
                assessment.done = max(day, assessment.start)
                assessment.done_known = assessment.done + self.draws.days(3)
                assessment.codes = ("21",)
        latest = max((plan.end for plan in episode.plans), default=0)
        latest = max([latest, *(protection.end for protection in episode.protections)])
        latest = max([latest, *(assessment.done for assessment in episode.assessments)])
        latest = max([latest, *(enquiry.start for enquiry in episode.enquiries)])
        episode.closed, episode.reason = max(day, latest), reason
        episode.child.closed = episode.closed
        episode.closed_known = episode.closed + self.draws.days(5)
        for care in episode.cares:
            care.end = min(care.end, max(day, care.start + 1)) if care.short_breaks else care.end
        self.team.release(case, episode.child, episode.closed, "Case closed", episode.closed_known)
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

    def close(self, day: int, case: Case, version: int, reason: str) -> None:
        """Close the children at home, unless something is still going on."""
        if version != case.version:
            return
        if case.conference_pending or case.assessing_until > day:
            self.at(max(day + 8, case.assessing_until + 1), self.close, case, version, reason)
            return
        draws = self.draws
        if not reason and draws.chance(RATES.transfer):
            reason = "RC5"
            case.family.gone = day
        early_help = not reason and draws.chance(0.22)
        for episode in case.at_home():
            mine = reason or ("RC9" if early_help and not episode.plans else "RC7")
            self.close_one(day, case, episode, mine)
        if early_help:
            case.family.early_help.append(day + draws.between(3, 30))
        if reason == "RC5":
            for child in case.family.children:
                child.left = child.left or day
