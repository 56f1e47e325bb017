"""The stock of long-standing cases when the warm-up begins.

Short work fills up by itself during the warm-up; what lasts for years (care, care leavers, long support) must already
be there, with histories of the length that such cases have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fi_workbench.demo import assessing, households
from fi_workbench.demo.people import Family
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.records import Assessment, Case, Episode

if TYPE_CHECKING:
    from fi_workbench.demo.process import Process

_YEAR = 365.25


def stock(process: Process) -> None:
    """Open the cases that last for years."""
    scale = process.patch.scale
    cared = 0
    while cared < RATES.care_children * scale:
        cared += _care_family(process)
    for _ in range(round(RATES.care_leavers * scale)):
        _leaver(process)
    for _ in range(round(RATES.long_families * scale)):
        _long_family(process)


def _family(process: Process, day: int, *, only_child: bool = False) -> Family:
    patch = process.patch
    segment = patch.draws.weighted(process.mixture)
    family = households.new_family(patch, segment, day, only_child=only_child)
    process.settle(family, patch.span.warm)
    return family


def _open(process: Process, family: Family, day: int) -> Case:
    draws = process.draws
    case = Case(family, day)
    family.case = case
    process.patch.cases.append(case)
    for child in family.children:
        if child.age(process.patch.span.warm) >= 18 or child.born > day:
            continue
        child.known = day
        episode = Episode(child, day, day, "6" if draws.chance(0.3) else draws.pick(("2A", "3B", "5A", "1A")))
        episode.need = assessing.primary_need(draws, family, child, day)
        episode.need_known = day
        done = day + draws.between(10, 60)
        episode.assessments.append(Assessment(day, day, done, done, 0, ()))
        case.episodes.append(episode)
    return case


def _care_family(process: Process) -> int:
    draws, warm = process.draws, process.patch.span.warm
    if draws.chance(0.045):
        day = warm - draws.days(400)
        family = households.asylum_seeker(process.patch, day)
        if family.children[0].age(warm) >= 18:
            return 0
        case = _open(process, family, day)
        process.take(day, case, case.episodes[0], urgent=False, elapsed=warm - day)
    else:
        elapsed = 20 + int(draws.gamma(1, 1250.0))
        day = warm - elapsed
        family = _family(process, day)
        case = _open(process, family, day)
        for episode in list(case.episodes):
            if draws.chance(0.8):
                process.take(day, case, episode, urgent=False, elapsed=elapsed)
    cared = sum(1 for e in case.episodes if e.care is not None)
    for episode in case.at_home():
        case.episodes.remove(episode)
    if not case.episodes:
        family.case = None
        process.patch.cases.remove(case)
        return 0
    case.track = "care"
    process.team.allocate(case, warm)
    return cared


def _leaver(process: Process) -> None:
    draws, warm = process.draws, process.patch.span.warm
    day = warm - draws.between(1200, 3500)
    family = _family(process, day, only_child=True)
    child = family.children[0]
    since = warm - min(draws.days(RATES.leaver_days * 0.6), 2000)
    child.born = since - int(18 * _YEAR)
    case = Case(family, day)
    family.case = case
    process.patch.cases.append(case)
    child.known = day
    episode = Episode(child, day, day, "6", need="N1", need_known=day, leaver_since=since)
    case.episodes.append(episode)
    case.track = "care"
    process.team.allocate(case, warm)
    process.at(warm + 100 + int(draws.gamma(2, RATES.leaver_days) * 0.7), process.close_one, case, episode, "RC7")


def _long_family(process: Process) -> None:
    draws, warm = process.draws, process.patch.span.warm
    day = warm - 150 - draws.days(1100)
    family = _family(process, day)
    case = _open(process, family, day)
    if not case.episodes:
        family.case = None
        process.patch.cases.remove(case)
        return
    process.team.allocate(case, warm)
    process.open_long(case, warm)
