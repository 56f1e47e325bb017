"""How families change: partners who come and go, moves, kin who take children in, adoption, restricted records."""

from __future__ import annotations

from fi_workbench.demo.making import new_person
from fi_workbench.demo.names import HERITAGES
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Address, Family, Membership, Person
from fi_workbench.demo.world import NEEDS

_YEAR = 365.25


def take_partner(patch: Patch, family: Family, day: int) -> None:
    """The mother's new partner moves in: often a man who left another family of the patch."""
    draws = patch.draws
    mother = family.mother
    if mother is None or family.partner is not None:
        return
    partner: Person | None = None
    if patch.leavers and draws.chance(0.4):
        candidate = draws.pick(patch.leavers)
        if candidate.family is not family and not candidate.died:
            partner = candidate
            patch.leavers.remove(candidate)
    if partner is None:
        heritage = family.heritage
        partner = new_person(
            patch, family, sex="M", born=mother.born - draws.between(-2000, 3000), is_child=False,
            surname=draws.pick(heritage.surnames), heritage=heritage,
        )  # fmt: skip
        partner.addresses.append((day - 2000, patch.new_address()))
    partner.addresses.append((day, mother.address_at(day)))
    partner.known = partner.known or (day if draws.chance(0.6) else 0)
    family.members.append(Membership(partner, "step_parent", day))
    family.partner = partner


def part(patch: Patch, family: Family, day: int) -> None:
    """The couple parts: he leaves the household and may join another."""
    partner = family.partner
    if partner is None:
        return
    for membership in family.members:
        if membership.person is partner and not membership.until:
            membership.until = day
    partner.addresses.append((day, patch.new_address()))
    family.partner = None
    patch.leavers.append(partner)


def move(patch: Patch, family: Family, day: int) -> None:
    """The household moves: home, or to a refuge or hostel where other families live too."""
    draws = patch.draws
    mother = family.mother
    if mother is None:
        return
    if family.has("domestic_abuse", day) and draws.chance(0.35):
        address = draws.pick(patch.shared["refuge"])
    elif family.has("poverty", day) and draws.chance(0.25):
        address = draws.pick(patch.shared["hostel"])
    else:
        address = patch.new_address()
    for person in (*family.adults(day), *family.children):
        if not person.left and person.addresses[-1][0] <= day:
            person.addresses.append((day, address))


def restrict(patch: Patch, family: Family, day: int) -> None:
    """Now and then a record is restricted: staff's own family, a covert address, a sealed file."""
    draws = patch.draws
    people = [*family.adults(day), *family.children]
    if draws.chance(0.004):
        patch.restricted.extend((person, "staff_family", day, 0) for person in people)
    elif family.has("domestic_abuse", day) and draws.chance(0.015):
        until = day + 400 + draws.days(600) if draws.chance(0.3) else 0
        patch.restricted.extend((person, "covert_address", day, until) for person in people)
    elif draws.chance(0.001):
        patch.restricted.append((draws.pick(family.children), "sealed_record", day, 0))
    if not patch.restricted:  # every patch has somebody to keep off every page, however small it is
        patch.restricted.extend((person, "staff_family", day, 0) for person in people)


def kin_carer(patch: Patch, child: Person, day: int, address: Address) -> None:
    """A grandparent takes the child in."""
    draws = patch.draws
    mother = child.mother
    born = (mother.born if mother else child.born - 10_000) - draws.between(7000, 11_000)
    surname = mother.surname if mother else child.surname
    carer = new_person(patch, child.family, sex="F", born=born, is_child=False, surname=surname)
    carer.known = day
    carer.addresses.append((day - 3000, address))
    child.family.members.append(Membership(carer, "grandparent", day))


def adopted(patch: Patch, child: Person, day: int) -> None:
    """An adopted child gets a new identity: name, numbers and family; nothing in the extracts joins the two."""
    draws = patch.draws
    heritage = draws.weighted(HERITAGES)
    family = Family(
        number=f"F{patch.index:03d}{patch.new_number('family'):06d}",
        segment=child.family.segment,
        heritage=heritage,
        unmeasured=0.0,
        need_spells=[[] for _ in NEEDS],
        first_referral=day,
        adoptive=True,
    )
    patch.families.append(family)
    again = new_person(
        patch, family, sex=child.sex, born=child.born, is_child=True, surname=draws.pick(heritage.surnames)
    )
    again.ethnicity = child.ethnicity
    again.same_as = child.reference
    again.pupil_number = patch.new_pupil_number(child.born)
    again.known = day + 20 if draws.chance(0.3) else 0
    again.addresses.append((day, patch.new_address()))
    family.children.append(again)
    family.members.append(Membership(again, "child", day))
