"""Child in need plans, and long support without a plan."""

from __future__ import annotations

from fi_workbench.demo import days, offers
from fi_workbench.demo.closing import Closing
from fi_workbench.demo.core import YEAR
from fi_workbench.demo.draws import Weights
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Care, Case, Episode, Placement, Plan

_BREAK_PLACES: Weights[str] = Weights({"U6": 0.6, "K2": 0.3, "R1": 0.1})


class Planning(Closing):
    """Work with children at home."""

    def support(self, day: int, case: Case) -> None:
        """Support for long without a plan: mostly for disabled children, and cases that nobody closes."""
        case.version += 1
        case.track = "support"
        offers.offer(self, case, day)
        for episode in case.at_home():
            if episode.child.disabilities and not episode.cares and self.draws.chance(0.12):
                self._short_breaks(day, episode)
        self.at(day + 120 + self.draws.days(RATES.support_days), self.close, case, case.version, "")
        self._plan_review_assessment(day, case)

    def _short_breaks(self, day: int, episode: Episode) -> None:
        """A series of short breaks under one agreement: in SSDA903, but outside every clock of care."""
        draws = self.draws
        child = episode.child
        home = child.address_at(day).postcode
        placement = Placement(
            day + 30, "S", "V4", draws.weighted(_BREAK_PLACES), "PR1", home_postcode=home,
            placed_postcode=self.patch.new_address().postcode,
        )  # fmt: skip
        end = min(day + 200 + draws.days(900), child.born + int(18 * YEAR))
        if end < day + 60:
            return
        placement.end, placement.reason_ceased = end, "E8"
        care = Care(child, "N2", [placement], end, "E8", short_breaks=True)
        episode.cares.append(care)
        self.patch.cares.append(care)

    def _plan_review_assessment(self, day: int, case: Case) -> None:
        wait = 120 + self.draws.days(YEAR / RATES.review_assessment)
        self.at(day + wait, self._review_assessment, case, case.version)

    def _review_assessment(self, day: int, case: Case, version: int) -> None:
        if version != case.version or not case.at_home():
            return
        if case.assessing_until < day:
            self.assess(days.working_day(day), case, case.at_home())
        self._plan_review_assessment(day, case)

    def start_plan(self, day: int, case: Case) -> None:
        """A child in need plan for the children at home."""
        was = case.track
        case.version += 1
        case.track = "plan"
        start = days.working_day(day + self.draws.between(0, 6))
        for episode in case.at_home():
            self.plan_for(start, episode)
        offers.offer(self, case, start)
        brief = was in {"assessing", "closing"} and self.draws.chance(0.42)
        length = 14 + self.draws.days(24.0) if brief else 40 + self.draws.days(RATES.plan_days - 40)
        self.at(start + length, self._end_plan, case, case.version)
        self._plan_review_assessment(day, case)

    def plan_for(self, start: int, episode: Episode) -> None:
        """One child's plan, where the child is not already under one."""
        protected = any(not p.end or p.end > start for p in episode.protections)
        if not protected and (not episode.plans or episode.plans[-1].end):
            episode.plans.append(Plan(start, start + self.draws.days(4)))

    def _end_plan(self, day: int, case: Case, version: int) -> None:
        if version != case.version:
            return
        if case.conference_pending:
            self.at(day + 25, self._end_plan, case, version)
            return
        day = days.working_day(day)
        self.stop_plans(day, case)
        case.version += 1
        if self.draws.chance(0.14):
            self.support(day, case)
            return
        case.track = "closing"
        self.at(day + self.draws.days(16.0), self.close, case, case.version, "")
