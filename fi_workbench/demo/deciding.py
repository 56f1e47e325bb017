"""Assessments, and what is decided when they end."""

from __future__ import annotations

from math import exp

from fi_workbench.demo import assessing, days
from fi_workbench.demo.caring import Caring
from fi_workbench.demo.core import odds
from fi_workbench.demo.draws import Weights
from fi_workbench.demo.people import severity
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Assessment, Case, Episode


class Deciding(Caring):
    """The assessment and its outcome."""

    def assess(self, day: int, case: Case, episodes: list[Episode]) -> None:
        """An assessment begins; how long it takes depends on what is found and on the team."""
        draws = self.draws
        episodes = [e for e in episodes if not any(a.start == day or not a.done for a in e.assessments)]
        if not episodes:
            return
        first = case.track == "assessing"
        quick = draws.chance(odds(RATES.quick - 0.35 * severity(case.family, day)) if first else 0.35)
        length = assessing.assessment_days(draws, self.team.pressure(day), quick=quick)
        done = days.add_working_days(day, length) if length else day
        if case.worker < 0:
            done = days.add_working_days(done, 4)
        for episode in episodes:
            assessment = Assessment(day, day + draws.days(1.5))
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
        draws = self.draws
        family = case.family
        harm = severity(family, day) + 0.6 * family.unmeasured
        tilt = exp(RATES.outcome_by_severity * harm)
        disabled = any(e.child.disabilities for e in episodes)
        enquired = any(e.enquiries for e in episodes)
        infant = any(e.child.age(day) < 1 for e in episodes)
        if case.track == "support":
            weights = {"stay": 0.6, "plan": 0.35, "care": 0.02}
        else:
            weights = {
                "not_in_need": RATES.not_in_need / tilt * (0.3 if enquired or disabled else 1.15),
                "closes": RATES.closes / tilt**0.4,
                "plan": RATES.plan * tilt * (1.5 if enquired else 1.0),
                "support": RATES.support * (exp(RATES.support_by_disability) if disabled else 1.0),
                "care": RATES.into_care * tilt * (3.0 if infant else 1.0),
            }
        self._follow(day, case, draws.weighted(Weights(weights)))

    def _follow(self, day: int, case: Case, outcome: str) -> None:
        draws = self.draws
        if outcome == "not_in_need":
            self.close(day + draws.between(0, 4), case, case.version, "RC8")
        elif outcome == "closes":
            case.version += 1
            case.track = "closing"
            wait = draws.days(7.0) if draws.chance(0.95) else 60 + draws.days(70.0)
            self.at(day + wait, self.close, case, case.version, "")
        elif outcome == "plan":
            self.start_plan(day, case)
        elif outcome == "support":
            self.support(day, case)
        elif outcome == "care":
            self.into_care(day, case)
            if case.at_home():
                self.start_plan(day, case)
