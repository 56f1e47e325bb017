"""Programmes: who is offered which, by rule and by unrecorded severity, and what they truly do.

At a family's time zero (a plan begins, or long support) one unit of chance is drawn for its next setback. What would
happen with and without each programme follows from the same draw, so both potential outcomes are known to the truth.
"""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

from fi_workbench.demo import days, households
from fi_workbench.demo.patch import Patch, Trial
from fi_workbench.demo.people import Family, Person, severity
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Case, ProgrammeReferral
from fi_workbench.demo.world import PROGRAMMES, Programme

if TYPE_CHECKING:
    from fi_workbench.demo.core import Core

OUTCOME_DAYS = 365
_YEAR = 365.25


def setback_day(family: Family, day: int, amount: float, ratio: float) -> int:
    """The day on which a family's next setback comes, or 0 where its rate fades before.

    The rate starts at the family's hazard and fades; `amount` is a draw from a unit exponential.
    """
    rate = households.hazard(family, severity(family, day)) * ratio / _YEAR
    share = amount / (rate * RATES.setback_fades) if rate else 2.0
    if share >= 1.0:
        return 0
    return days.after_demand(day, -RATES.setback_fades * log(1.0 - share) + 3)


def offer(process: Core, case: Case, day: int) -> bool:
    """Time zero of a family: perhaps a programme is offered, and the next setback is drawn."""
    draws, patch, family = process.draws, process.patch, case.family
    home = case.at_home()
    if not home:
        return False
    children = [episode.child for episode in home]
    family.clock += 1
    amount = draws.exponential(1.0)
    rate = households.hazard(family, severity(family, day))
    chosen: str | None = None
    trials: list[tuple[str, bool, float]] = []
    for name, programme in PROGRAMMES.items():
        eligible = is_eligible(programme, family, children, day, case.track) and day >= available_from(patch, name)
        chance = _propensity(process, programme, family, day) if eligible else 0.0
        trials.append((name, eligible, chance))
        if eligible and chosen is None and draws.chance(chance):
            chosen = name
    started, referral = _take_up(process, chosen, children, day) if chosen else (False, None)
    ratio = patch.world.hazard_ratio(chosen, family.segment) if chosen and started else 1.0
    if referral is not None:
        patch.programmes.append(referral)
    arrears = draws.poisson(exp(-1.2 + 0.5 * family.unmeasured))
    family.arrears.extend(day + 1 + int(draws.uniform() * (OUTCOME_DAYS - 2)) for _ in range(arrears))
    without = setback_day(family, day, amount, 1.0)
    for name, eligible, chance in trials:
        if eligible:
            true_ratio = patch.world.hazard_ratio(name, family.segment)
            with_it = setback_day(family, day, amount, true_ratio)
            patch.trials.append(
                Trial(
                    family.number,
                    name,
                    day,
                    eligible,
                    round(chance, 6),
                    name == chosen,
                    name == chosen and started,
                    round(rate, 6),
                    true_ratio,
                    _within(without, day),
                    _within(with_it, day),
                    arrears,
                )
            )
    when = setback_day(family, day, amount, ratio)
    if when:
        process.plan_setback(when, family)
    return started


def _within(when: int, day: int) -> bool:
    return bool(when) and when <= day + OUTCOME_DAYS


def is_eligible(programme: Programme, family: Family, children: list[Person], day: int, track: str) -> bool:
    """Whether the rule of a programme takes the family: a need, an age, and the plan in place."""
    if programme.when in {"protection", "court"} and track != "protection":
        return False
    if programme.when == "plan" and track not in {"plan", "protection"}:
        return False
    low, high = programme.ages
    if not any(low <= child.age(day) <= high for child in children):
        return False
    return any(family.has(need, day) for need in programme.needs)


def available_from(patch: Patch, name: str) -> int:
    """The day on which a programme reaches a patch: one locality after another, in another order for each."""
    order = (list(PROGRAMMES).index(name) * 3 + patch.index * 5) % 8
    return patch.span.warm + 120 * order


def _propensity(process: Core, programme: Programme, family: Family, day: int) -> float:
    world = process.patch.world
    pull = world.confounding * (0.75 * family.unmeasured + 0.45 * severity(family, day))
    rare = -1.1 if programme.cost > 5000 else 0.0
    return 1.0 / (1.0 + exp(-((-2.35 + rare + pull) / world.overlap)))


def _take_up(process: Core, name: str, children: list[Person], day: int) -> tuple[bool, ProgrammeReferral | None]:
    draws = process.draws
    programme = PROGRAMMES[name]
    low, high = programme.ages
    child = draws.pick([c for c in children if low <= c.age(day) <= high])
    referred = day + draws.between(2, 25)
    number = f"P{process.patch.index:03d}{process.patch.new_number('event'):06d}"
    known = referred + draws.days(5)
    roll = draws.uniform()
    if roll < 0.12:
        return False, ProgrammeReferral(number, child, name, referred, known, 0, 0, programme.sessions, 0, "declined")
    start = referred + 10 + draws.days(45.0)
    end = start + int(programme.days * (0.8 + 0.4 * draws.uniform()))
    attended = max(1, int(programme.sessions * (0.7 + 0.3 * draws.uniform())))
    completion = "completed"
    if roll > 0.78:
        completion = "dropped_out"
        end = start + int((end - start) * (0.1 + 0.5 * draws.uniform()))
        attended = max(1, int(programme.sessions * 0.4 * draws.uniform()))
    return True, ProgrammeReferral(
        number, child, name, referred, known, start, end, programme.sessions, attended, completion
    )
