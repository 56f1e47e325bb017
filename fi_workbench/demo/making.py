"""Making one person."""

from __future__ import annotations

from fi_workbench.demo.names import Heritage, forename
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Person


def new_person(
    patch: Patch, family: Family, *, sex: str, born: int, is_child: bool, surname: str, heritage: Heritage | None = None
) -> Person:
    """A person with names and numbers, at no address yet."""
    draws = patch.draws
    heritage = heritage or family.heritage
    reference, nhs = patch.new_reference()
    person = Person(
        reference=reference,
        family=family,
        forename=forename(draws, heritage, sex),
        surname=surname,
        sex=sex,
        ethnicity=draws.weighted(heritage.codes),
        heritage=heritage,
        born=born,
        nhs_number=nhs,
        is_child=is_child,
    )
    patch.people.append(person)
    return person
