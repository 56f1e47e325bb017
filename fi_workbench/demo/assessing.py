"""What workers write down about needs: sources, primary need codes, factors, and how long the work takes.

A factor is a noisy measurement: it may be missed where the need is there, and written where it is not. Newcastle
writes "other" (20) for two thirds of its assessments and never 3A or 24A, and so does this authority.
"""

from __future__ import annotations

from dataclasses import dataclass

from fi_workbench.demo import days
from fi_workbench.demo.draws import Draws, Weights
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.world import NEED_INDEX


@dataclass(frozen=True, slots=True)
class Factor:
    """How one factor code measures a need.

    Attributes:
        need: the need it measures.
        found: chance that it is written where the need is present.
        mistaken: chance that it is written where the need is absent.
        youngest: the youngest age of the child it is written for.
        of_child: written for each child by itself rather than for the family.
    """

    need: str
    found: float
    mistaken: float
    youngest: int = -1
    of_child: bool = False


FACTORS: dict[str, Factor] = {
    "1A": Factor("exploitation", 0.17, 0.012, 10, of_child=True),
    "1B": Factor("parental_substance_misuse", 0.42, 0.06),
    "1C": Factor("parental_substance_misuse", 0.19, 0.035),
    "2A": Factor("exploitation", 0.42, 0.02, 10, of_child=True),
    "2B": Factor("parental_substance_misuse", 0.42, 0.05),
    "2C": Factor("parental_substance_misuse", 0.20, 0.04),
    "3B": Factor("domestic_abuse", 0.86, 0.10),
    "3C": Factor("domestic_abuse", 0.19, 0.045),
    "4A": Factor("child_mental_health", 0.95, 0.06, 4, of_child=True),
    "4B": Factor("parental_mental_health", 0.82, 0.07),
    "4C": Factor("parental_mental_health", 0.19, 0.07),
    "5A": Factor("child_disability", 0.62, 0.02, 2, of_child=True),
    "5B": Factor("parental_disability", 0.20, 0.01),
    "5C": Factor("parental_disability", 0.05, 0.015),
    "6A": Factor("child_disability", 0.30, 0.01, of_child=True),
    "6B": Factor("parental_disability", 0.40, 0.045),
    "6C": Factor("parental_disability", 0.05, 0.012),
    "7A": Factor("parental_disability", 0.20, 0.05, 7, of_child=True),
    "10A": Factor("exploitation", 0.45, 0.02, 9, of_child=True),
    "11A": Factor("exploitation", 0.30, 0.02, 9, of_child=True),
    "12A": Factor("exploitation", 0.10, 0.008, 9, of_child=True),
    "13A": Factor("exploitation", 0.60, 0.025, 9, of_child=True),
    "14A": Factor("behaviour", 0.62, 0.05, 5, of_child=True),
    "15A": Factor("child_mental_health", 0.36, 0.02, 8, of_child=True),
    "16A": Factor("neglect", 0.88, 0.06),
    "17A": Factor("emotional_harm", 0.84, 0.14),
    "18B": Factor("physical_harm", 0.10, 0.03, of_child=True),
    "18C": Factor("physical_harm", 0.76, 0.06, of_child=True),
    "19B": Factor("sexual_harm", 0.22, 0.016, of_child=True),
    "19C": Factor("sexual_harm", 0.52, 0.03, of_child=True),
    "20": Factor("poverty", 0.72, 0.66),
    "22A": Factor("physical_harm", 0.01, 0.006),
    "23A": Factor("emotional_harm", 0.03, 0.011),
}
"""Codes that this authority writes; the shares it leads to are margins."""

_SOURCES: dict[str, float] = {
    "1A": 4.0, "1B": 1.3, "1C": 1.3, "1D": 1.2, "2A": 19.9, "2B": 1.8, "3A": 2.2, "3B": 3.4, "3C": 1.2, "3D": 3.6,
    "3E": 3.4, "3F": 1.5, "4": 2.3, "5A": 3.0, "5B": 2.6, "5C": 1.6, "5D": 1.6, "6": 24.0, "7": 3.1, "8": 3.9,
    "9": 3.1, "10": 3.0,
}  # fmt: skip
_TERM: Weights[str] = Weights({**_SOURCES, "2A": 36.0})
_HOLIDAY: Weights[str] = Weights({**_SOURCES, "2A": 4.0, "6": 36.0, "1A": 6.0, "8": 5.0})
_WEEKEND: Weights[str] = Weights({**_SOURCES, "2A": 1.0, "2B": 0.2, "6": 62.0, "3E": 8.0})
_HARM_SOURCES: Weights[str] = Weights({"6": 0.78, "3E": 0.06, "4": 0.03, "1A": 0.06, "7": 0.07})


def referral_source(draws: Draws, family: Family, day: int) -> str:
    """Who refers: police where adults harm each other, schools in term time, hardly anyone else at weekends."""
    weekend = (day - 1) % 7 > 4
    if family.has("domestic_abuse", day) and draws.chance(0.08 + 0.15 * weekend):
        return draws.weighted(_HARM_SOURCES)
    if weekend:
        return draws.weighted(_WEEKEND)
    source = draws.weighted(_HOLIDAY if days.school_closed(day) else _TERM)
    if source in {"2A", "2B"} and all(child.age(day) < 3 for child in family.children):
        return draws.pick(("3B", "3D", "8", "5A"))
    return source


def primary_need(draws: Draws, family: Family, child: Person, day: int) -> str:
    """The one code that the return asks for; not stated for one in nine, as in Newcastle."""
    if child.asylum:
        return "N8"
    if draws.chance(0.115):
        return "N0"
    needs = family.needs_at(day)

    def has(need: str) -> bool:
        return needs[NEED_INDEX[need]]

    harmed = has("neglect") or has("physical_harm") or has("sexual_harm") or has("emotional_harm")
    for code, applies, chance in (
        ("N2", bool(child.disabilities), 0.72),
        ("N1", harmed, 0.62),
        ("N3", has("parental_disability"), 0.16),
        ("N6", has("behaviour") and child.age(day) >= 10, 0.25),
        ("N7", has("poverty"), 0.04),
    ):
        if applies and draws.chance(chance):
            return code
    return draws.weighted(_OTHER_NEEDS)


_OTHER_NEEDS: Weights[str] = Weights({"N1": 0.22, "N4": 0.39, "N5": 0.33, "N8": 0.05, "N3": 0.01})


_COPIED = 0.8
"""Share of what an assessment says of a factor that is copied from the one before it."""


def factors(draws: Draws, family: Family, children: list[Person], day: int) -> list[tuple[str, ...]]:
    """The factors that an assessment ends with, for each child; 21 alone where nothing was found.

    Errors persist: what was missed or mistaken once is copied into the next assessment more often than not, so
    that many assessments do not add up to every factor.
    """
    needs = family.needs_at(day)
    shared = {
        code
        for code, factor in FACTORS.items()
        if not factor.of_child
        and _readiness(draws, family.habits, code)
        < (factor.found if needs[NEED_INDEX[factor.need]] else factor.mistaken)
    }
    found: list[tuple[str, ...]] = []
    for child in children:
        if child.asylum:
            found.append(("9A",))
            continue
        age = child.age(day)
        codes = set(shared)
        for code, factor in _OF_CHILD:
            if age >= factor.youngest:
                disabled = bool(child.disabilities)
                present = disabled if factor.need == "child_disability" else needs[NEED_INDEX[factor.need]]
                if _readiness(draws, child.habits, code) < (factor.found if present else factor.mistaken):
                    codes.add(code)
        found.append(tuple(sorted(codes, key=_order)) or ("21",))
    return found


def _readiness(draws: Draws, habits: dict[str, float], code: str) -> float:
    if code not in habits:
        habits[code] = draws.uniform()
    elif draws.uniform() >= _COPIED:
        return draws.uniform()
    return habits[code]


_OF_CHILD = tuple((code, factor) for code, factor in FACTORS.items() if factor.of_child)


def _order(code: str) -> tuple[int, str]:
    return int(code.rstrip("ABCDEFGH")), code


_CATEGORIES: dict[str, str] = {
    "neglect": "NEG", "emotional_harm": "EMO", "domestic_abuse": "EMO", "physical_harm": "PHY", "sexual_harm": "SAB",
}  # fmt: skip
_CATEGORY_WEIGHTS = {
    "neglect": 2.0, "emotional_harm": 0.8, "domestic_abuse": 0.7, "physical_harm": 0.36, "sexual_harm": 0.2,
}  # fmt: skip


def category_of_abuse(draws: Draws, family: Family, day: int) -> str:
    """The category under which a plan is made."""
    weights = {"EMO": 0.1, "NEG": 0.06, "MUL": 0.012}
    for need, category in _CATEGORIES.items():
        if family.has(need, day):
            weights[category] = weights.get(category, 0.0) + _CATEGORY_WEIGHTS[need]
    return draws.weighted(Weights(weights))


def assessment_days(draws: Draws, pressure: float, *, quick: bool) -> int:
    """Working days of work from start to authorisation: little found, little time; else towards the limit of 45.

    The limit pulls work to just before it, and a team with too many children slips past it.
    """
    if quick:
        if draws.chance(0.006):
            return 0
        return min(1 + int(draws.gamma(6, 13.5 * (0.75 + 0.25 * pressure))), 44)
    planned = 20 + int(26 * draws.uniform() ** 0.72)
    slips = 0.29 + 0.25 * max(0.0, pressure - 0.5)
    if draws.chance(slips):
        return 45 + 1 + draws.days(8.0)
    return min(planned, 45)


def conference_days(draws: Draws, pressure: float) -> int:
    """Working days from the enquiry to the initial conference: booked for the fifteenth, sometimes missed."""
    if draws.chance(0.147 + 0.06 * pressure):
        return 16 + draws.days(7.5)
    if draws.chance(0.13):
        return draws.between(4, 10)
    return 15 - min(draws.days(1.6), 4)
