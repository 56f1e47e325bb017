"""How families come into being: their needs, parents, children and history when they first come to notice."""

from __future__ import annotations

from math import exp

from fi_workbench.demo.changes import take_partner
from fi_workbench.demo.draws import Draws, Weights
from fi_workbench.demo.making import new_person
from fi_workbench.demo.names import HERITAGES, forename
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Membership, Person
from fi_workbench.demo.rates import RATES
from fi_workbench.demo.world import DEPENDENT_PAIRS, NEED_INDEX, NEEDS, Archetype

_SIZES: Weights[int] = Weights({1: 0.35, 2: 0.31, 3: 0.19, 4: 0.09, 5: 0.04, 6: 0.02})
_AGE_BANDS = ((-0.45, -0.1), (0.0, 1.0), (1.0, 5.0), (5.0, 10.0), (10.0, 16.0), (16.0, 17.6))
_DISABILITIES: Weights[str] = Weights(
    {
        "AUT": 0.31,
        "BEH": 0.17,
        "COMM": 0.12,
        "LD": 0.24,
        "MOB": 0.09,
        "INC": 0.08,
        "PC": 0.06,
        "HEAR": 0.03,
        "VIS": 0.04,
        "CON": 0.03,
        "DDA": 0.26,
        "HAND": 0.01,
    }
)
_ASYLUM_CODES: Weights[str] = Weights({"BAFR": 0.4, "OOTH": 0.4, "AOTH": 0.2})
_YEAR = 365.25


def draw_needs(draws: Draws, kind: Archetype, day: int, *, dependent: bool) -> list[list[tuple[int, int]]]:
    """The spells of each need of a family of a kind that comes to notice on a day.

    Given the kind, needs are independent, unless the world breaks local independence: then the second need of each
    dependent pair follows the first more often than not.
    """
    present = [draws.chance(p) for p in kind.profile]
    if dependent:
        for first, second in DEPENDENT_PAIRS:
            if draws.chance(0.6):
                present[NEED_INDEX[second]] = present[NEED_INDEX[first]]
    spells: list[list[tuple[int, int]]] = []
    for need, now in zip(NEEDS, present, strict=True):
        lasting = need in {"child_disability", "parental_disability"}
        mine: list[tuple[int, int]] = []
        if now:
            since = day - 30 - draws.days(500)
            until = 0 if lasting else day + 120 + draws.days(1100)
            mine.append((since, until))
            if until and draws.chance(0.35):
                again = until + 60 + draws.days(600)
                mine.append((again, again + draws.days(700)))
        elif not lasting and draws.chance(0.05):
            since = day + draws.days(700)
            mine.append((since, since + 90 + draws.days(700)))
        spells.append(mine)
    return spells


def new_child(patch: Patch, family: Family, born: int, *, father: Person | None = None) -> Person:
    """A child of the family's mother, with a pupil number for when it goes to school."""
    draws = patch.draws
    mother = family.mother
    surname = family.children[0].surname if family.children else (mother.surname if mother else "")
    if father and draws.chance(0.08):
        surname = father.surname
    child = new_person(
        patch, family, sex="M" if draws.chance(0.545) else "F", born=born, is_child=True, surname=surname
    )
    if family.children:
        child.ethnicity = family.children[0].ethnicity
    while any(other.forename == child.forename for other in family.children):
        child.forename = forename(draws, family.heritage, child.sex)
    child.mother = mother
    child.father = father
    child.pupil_number = patch.new_pupil_number(born)
    child.numbers_recorded = (draws.chance(0.9), draws.chance(0.75))
    home = mother.address_at(born) if mother else patch.new_address()
    child.addresses.append((born, home))
    if family.has("child_disability", max(born, family.first_referral)) and draws.chance(0.79):
        first = draws.weighted(_DISABILITIES)
        extra = {draws.weighted(_DISABILITIES) for _ in range(draws.between(0, 2))}
        child.disabilities = tuple(sorted({first, *extra}))
    family.children.append(child)
    return child


def new_family(
    patch: Patch, segment: int, day: int, *, mother: Person | None = None, only_child: bool = False
) -> Family:
    """A family that comes to notice on a day, with its history so far.

    Args:
        patch: where it lives.
        segment: the index of its true kind.
        day: when it comes to notice.
        mother: a young woman already known (a care leaver) whose baby makes a family of her own.
        only_child: leave out brothers and sisters.
    """
    draws = patch.draws
    kind = patch.world.archetypes[segment]
    heritage = mother.heritage if mother else draws.weighted(HERITAGES)
    family = Family(
        number=f"F{patch.index:03d}{patch.new_number('family'):06d}",
        segment=segment,
        heritage=heritage,
        unmeasured=draws.normal(),
        need_spells=draw_needs(draws, kind, day, dependent=patch.world.local_dependence),
        first_referral=day,
    )
    patch.families.append(family)
    ages = _ages(draws, kind, only_child=only_child or mother is not None)
    if mother:
        ages = [-0.2 - 0.2 * draws.uniform()]
    oldest = int(max(ages) * _YEAR)
    _parents(patch, family, day, oldest, mother)
    for age in sorted(ages, reverse=True):
        new_child(patch, family, day - int(age * _YEAR), father=family.father)
    if draws.chance(0.03) and len(family.children) > 1 and not mother:  # twins
        family.children[-1].born = family.children[-2].born
    _join(family, day)
    return family


def _ages(draws: Draws, kind: Archetype, *, only_child: bool) -> list[float]:
    band = draws.weighted(Weights(dict(enumerate(kind.ages))))
    low, high = _AGE_BANDS[band]
    index = low + (high - low) * draws.uniform()
    size = 1 if only_child else draws.weighted(_SIZES)
    if kind.large > 1 and draws.chance((kind.large - 1) * 1.2):
        size += 1
    if draws.chance(0.001):
        size = 9
    ages = [index]
    older = younger = index
    for _ in range(size - 1):
        gap = 0.95 + 2.4 * draws.uniform()
        if (draws.chance(0.5) and younger - gap > 0.0) or older + gap > 17.5:
            younger -= gap
            if younger < 0.0:
                break
            ages.append(younger)
        else:
            older += gap
            ages.append(older)
    return ages


def _parents(patch: Patch, family: Family, day: int, oldest: int, mother: Person | None) -> None:
    draws = patch.draws
    heritage = family.heritage
    surname = draws.pick(heritage.surnames)
    if mother is None:
        born = day - oldest - int((17 + 15 * draws.uniform() + 3 * abs(draws.normal())) * _YEAR)
        mother = new_person(patch, family, sex="F", born=born, is_child=False, surname=surname)
        mother.addresses.append((day - 2000, patch.new_address()))
        if draws.chance(0.25):
            mother.maiden = draws.pick(heritage.surnames)
        mother.known = day if draws.chance(0.97) else 0
    family.mother = mother
    family.members.append(Membership(mother, "mother", day - 4000))
    home = mother.address_at(day)
    if draws.chance(0.2):
        previous = patch.new_address()
        mother.addresses.insert(0, (mother.addresses[0][0] - 700, previous))
    if not draws.chance(0.88):
        return
    together = draws.chance(0.5)
    father = new_person(
        patch,
        family,
        sex="M",
        born=mother.born - int(3.0 * draws.normal() * _YEAR) - 500,
        is_child=False,
        surname=surname if draws.chance(0.55) else draws.pick(heritage.surnames),
    )
    father.known = day if draws.chance(0.78 if together else 0.45) else 0
    family.father = father
    if together:
        father.addresses.append((day - 2000, home))
        family.members.append(Membership(father, "father", day - 4000))
        family.partner = father
        return
    father.addresses.append((day - 2000, patch.new_address()))
    left = day - 100 - min(draws.days(900), 3000)
    family.members.append(Membership(father, "father", day - 4000, left))
    patch.leavers.append(father)
    if draws.chance(0.3):
        take_partner(patch, family, day - draws.between(30, 400))


def _join(family: Family, day: int) -> None:
    for child in family.children:
        family.members.append(Membership(child, "child", child.born))
        if child.born > day:
            child.expected = child.born


def asylum_seeker(patch: Patch, day: int) -> Family:
    """A young person who arrives alone: a family of one."""
    draws = patch.draws
    heritage = HERITAGES.values[-1] if draws.chance(0.65) else HERITAGES.values[2]
    kind = min(2, len(patch.world.archetypes) - 1)
    family = Family(
        number=f"F{patch.index:03d}{patch.new_number('family'):06d}",
        segment=kind,
        heritage=heritage,
        unmeasured=draws.normal(),
        need_spells=[[] for _ in NEEDS],
        first_referral=day,
    )
    patch.families.append(family)
    age = 14.5 + 3.2 * draws.uniform() ** 0.5
    child = new_person(
        patch, family, sex="M" if draws.chance(0.93) else "F", born=day - int(age * _YEAR), is_child=True,
        surname=draws.pick(heritage.surnames),
    )  # fmt: skip
    child.ethnicity = draws.weighted(_ASYLUM_CODES)
    child.asylum = True
    child.addresses.append((day, draws.pick(patch.shared["hostel"])))
    child.pupil_number = patch.new_pupil_number(child.born)
    family.children.append(child)
    family.members.append(Membership(child, "child", day))
    family.hazard_factor = 0.05
    return family


def hazard(family: Family, severity: float) -> float:
    """The family's yearly rate of setbacks just after a referral, without any programme."""
    return (
        RATES.setback
        * family.hazard_factor
        * exp(RATES.setback_by_severity * severity + RATES.setback_by_unmeasured * family.unmeasured - 0.1)
    )
