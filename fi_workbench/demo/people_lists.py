"""The lists of people on the case management system and of how they are related."""

from __future__ import annotations

from dataclasses import replace

from fi_workbench.demo.days import iso
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.process import Process
from fi_workbench.demo.spelling import misspell, wrong_birth_date
from fi_workbench.demo.tables import FullTable

_YEAR = 365.25
MIGRATION_DAYS = 200
"""Days into the history on which the case system was replaced: second records date from then."""
"""Days into the horizon on which the case management system was changed for another."""

_MISTYPED = 0.006
"""Share of people whose date of birth was first entered wrongly and put right later."""


def truth_of(value: bool) -> str:
    """Write yes or no as the system does."""
    return "true" if value else "false"


class PeopleLists:
    """Writes one patch's people and relationships.

    Args:
        process: the patch after its weeks.
        full: the tables delivered whole.
        listed: the families that are on the lists.
    """

    def __init__(self, process: Process, full: dict[str, FullTable], listed: set[Family]) -> None:
        self.process = process
        self.patch: Patch = process.patch
        self.full = full
        self.listed = listed

    def write(self) -> None:
        """Both lists."""
        self._people()
        self._relationships()

    def _people(self) -> None:
        table = self.full["case_people"]
        first, last = table.table.cut_offs[0], table.table.cut_offs[-1]
        for person in self.patch.people:
            if not person.known or person.known > last or person.family not in self.listed:
                continue
            self._duplicate(person, table)
            changes = {person.known}
            birthday = person.born + int(18 * _YEAR) + 1
            for day in (person.born + 3, birthday, person.died, *(since + 9 for since, _ in person.addresses)):
                if person.known < day <= last:
                    changes.add(day)
            ordered = sorted(changes)
            if person.known >= person.born and self.process.draws.uniform() < _MISTYPED:
                self._mistyped(person, ordered, table)
            elif ordered[-1] <= first:
                table.add(person.known, self._person_line(person, last))
            else:
                table.add_versions([(day, self._person_line(person, day)) for day in ordered])

    def _mistyped(self, person: Person, changes: list[int], table: FullTable) -> None:
        """A date of birth that was wrong until somebody put it right, perhaps between two deliveries."""
        draws = self.process.draws
        last = self.patch.span.end
        wrong = replace(person, born=wrong_birth_date(draws, person.born, person.known), expected=0)
        corrected = draws.between(person.known, last) if draws.chance(0.5) else last - draws.between(0, 45)
        corrected = max(corrected, person.known + 1)
        days = sorted({*changes, corrected})
        table.add_versions([(day, self._person_line(person if day >= corrected else wrong, day)) for day in days])

    def _duplicate(self, person: Person, table: FullTable) -> None:
        """One adult in sixty, and a child in six hundred, has a second record since the system was changed."""
        draws = self.process.draws
        if draws.uniform() >= (0.0016 if person.is_child else 0.016):
            return
        number, _ = self.patch.new_reference()
        surname = person.maiden or misspell(draws, person.surname)
        twin = replace_reference(person, number, surname)
        self.patch.duplicates.append((number, person.reference))
        known = max(person.known, self.patch.span.start + MIGRATION_DAYS)
        if known <= self.patch.span.end:
            table.add(known, self._person_line(twin, self.patch.span.end))

    def _person_line(self, person: Person, day: int) -> str:
        born = person.born + 3 <= day or (person.born <= day and not person.expected)
        mother = person.mother
        upn, nhs = person.numbers_recorded
        age = person.age(day)
        address = person.address_at(day - 9)
        return ",".join(
            (
                person.reference,
                person.forename if born else "",
                person.surname,
                iso(person.born) if born else "",
                "" if born else iso(person.expected or person.born),
                iso(person.died) if person.died and person.died <= day else "",
                person.sex if born else "U",
                person.ethnicity if born else "",
                address.line,
                address.postcode,
                person.pupil_number if upn and age >= 5 and person.pupil_number else "",
                person.nhs_number if nhs and born else "",
                mother.reference if mother and mother.known and mother.known <= day else "",
                truth_of(not person.is_child or age >= 18),
            )
        )

    def _relationships(self) -> None:
        table = self.full["case_relationships"]
        last = table.table.cut_offs[-1]
        draws = self.process.draws
        for family in self.patch.families:
            if family not in self.listed:
                continue
            children = [child for child in family.children if child.known and child.known <= last]
            self._siblings(children)
            for membership in family.members:
                adult = membership.person
                if adult.is_child and membership.role == "child":
                    continue
                if not adult.known or adult.known > last:
                    continue
                for child in children:
                    kind = self._kind(child, adult, membership.role)
                    if kind == "step_parent" and draws.chance(0.8):
                        self._relate(child, adult, kind, membership.since, self._noticed(membership.until))
                    elif kind and kind != "step_parent":
                        self._relate(child, adult, kind, child.born, 0)
                mother = family.mother
                if mother is not None and mother.known and membership.role in {"father", "step_parent"}:
                    end = self._noticed(membership.until)
                    self._relate(mother, adult, "partner" if not end else "ex_partner", membership.since, end)

        self._half_siblings()

    def _siblings(self, children: list[Person]) -> None:
        for child in children[1:]:
            first = children[0]
            kind = "sibling" if child.father is first.father else "half_sibling"
            self._relate(child, first, kind, max(child.born, first.born), 0)

    def _half_siblings(self) -> None:
        """Children of one father in two households, where the system knows of it."""
        by_father: dict[Person, list[Person]] = {}
        last = self.patch.span.end
        for family in self.patch.families:
            for child in family.children:
                if child.father is not None and child.father.known and child.known and child.known <= last:
                    by_father.setdefault(child.father, []).append(child)
        for children in by_father.values():
            first = children[0]
            for child in children[1:]:
                apart = child.family is not first.family and {child.family, first.family} <= self.listed
                if apart and self.process.draws.chance(0.5):
                    self._relate(child, first, "half_sibling", child.born, 0)

    @staticmethod
    def _kind(child: Person, adult: Person, role: str) -> str:
        if adult is child.mother:
            return "mother"
        if adult is child.father:
            return "father"
        return role if role in {"step_parent", "grandparent"} else ""

    def _noticed(self, until: int) -> int:
        """An end that the system knows of: couples part without telling in four cases of ten."""
        return until if until and until <= self.patch.span.end and self.process.draws.chance(0.6) else 0

    def _relate(self, person: Person, other: Person, kind: str, since: int, until: int) -> None:
        known = max(person.known, other.known)
        line = f"{person.reference},{other.reference},{kind},"
        since_text = iso(since) if kind in {"partner", "ex_partner", "step_parent"} and since > 0 else ""
        table = self.full["case_relationships"]
        if until and until > known:
            table.add_versions(
                ((known, f"{line}{since_text},"), (until + 5, f"{line}{since_text},{iso(until)}"))
                if kind != "ex_partner"
                else (
                    (known, f"{person.reference},{other.reference},partner,{since_text},"),
                    (until + 5, f"{line}{since_text},{iso(until)}"),
                )
            )
        else:
            table.add(max(known, until), f"{line}{since_text},{iso(until)}")


def replace_reference(person: Person, reference: str, surname: str) -> Person:
    """A second record of the same person: another number, another spelling, nothing but a date of birth in common."""
    return replace(
        person, reference=reference, surname=surname, numbers_recorded=(False, False), mother=None, known=person.known
    )
