"""The weekly lists of the case management system, written from a patch's records."""

from __future__ import annotations

from dataclasses import replace

from fi_workbench.demo.days import iso
from fi_workbench.demo.followup import Followup
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.process import Process
from fi_workbench.demo.spelling import misspell
from fi_workbench.demo.tables import FullTable, IncrementTable
from fi_workbench.demo.world import UNIT_CODES

_YEAR = 365.25
_MIGRATION = 200
"""Days into the horizon on which the case management system was changed for another."""

HEADERS: dict[str, str] = {
    "case_people": "person_id,forename,surname,date_of_birth,expected_date_of_birth,date_of_death,sex,ethnicity,"
    "address,postcode,upn,nhs_number,mother_person_id,is_adult",
    "case_relationships": "person_id,related_person_id,relationship,start_date,end_date",
    "case_referrals": "referral_id,child_id,referral_date,referral_source,decision_date,no_further_action",
    "visits": "child_id,visit_rule,due_date,visit_date,recorded_on,seen,seen_alone,worker_id",
    "allocations": "child_id,worker_id,role,start_date,end_date,change_reason",
    "meetings": "child_id,meeting_type,due_date,held_date,recorded_on",
    "supervision": "worker_id,due_date,held_date",
    "restricted": "person_id,reason,start_date,end_date",
    "roster": "worker_id,unit,role,fte,start_date,end_date,surname",
    "intervention_referrals": "referral_id,child_id,intervention_id,referred_on,start_date,end_date,sessions_planned,"
    "sessions_attended,completion",
}
INCREMENTS = ("visits",)

_TRUE, _FALSE = "true", "false"


def truth_of(value: bool) -> str:
    """Write yes or no as the system does."""
    return _TRUE if value else _FALSE


class Lists:
    """Writes one patch's lists to the tables."""

    def __init__(self, process: Process, full: dict[str, FullTable], increments: dict[str, IncrementTable]) -> None:
        self.process = process
        self.patch: Patch = process.patch
        self.full = full
        self.increments = increments
        self.listed = listed_families(self.patch)

    def write(self) -> None:
        """All the lists."""
        followup = Followup(self.process)
        self._people()
        self._relationships()
        self._referrals()
        self._allocations()
        self._visits(followup)
        self._meetings(followup)
        self._supervision(followup)
        self._restricted()
        self._roster()
        self._programmes()

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
            if ordered[-1] <= first:
                table.add(person.known, self._person_line(person, last))
            else:
                table.add_versions([(day, self._person_line(person, day)) for day in ordered])

    def _duplicate(self, person: Person, table: FullTable) -> None:
        """One adult in sixty, and a child in six hundred, has a second record since the system was changed."""
        draws = self.process.draws
        if draws.uniform() >= (0.0016 if person.is_child else 0.016):
            return
        number, _ = self.patch.new_reference()
        surname = person.maiden or misspell(draws, person.surname)
        twin = replace_reference(person, number, surname)
        self.patch.duplicates.append((number, person.reference))
        known = max(person.known, self.patch.span.start + _MIGRATION)
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

    def _referrals(self) -> None:
        table = self.full["case_referrals"]
        for referral in self.patch.referrals:
            if not any(child.family in self.listed for child in referral.children):
                continue
            for child in referral.children:
                line = f"{referral.number},{child.reference},{iso(referral.day)},{referral.source},"
                nfa = truth_of(referral.nfa)
                decided = f"{line}{iso(referral.decided)},{nfa}"
                if referral.decided_known > referral.known:
                    table.add_versions(((referral.known, f"{line},{_FALSE}"), (referral.decided_known, decided)))
                else:
                    table.add(referral.known, decided)

    def _allocations(self) -> None:
        table = self.full["allocations"]
        start = self.patch.span.start
        for a in self.patch.allocations:
            if a.end and a.end < start:
                continue
            line = f"{a.child.reference},{a.worker},{a.role},{iso(a.start)},"
            if a.end:
                ended = f"{line}{iso(a.end)},{a.reason}"
                table.add_versions(((a.known, line + ","), (max(a.known, a.end_known), ended)))
            else:
                table.add(a.known, line + ",")

    def _visits(self, followup: Followup) -> None:
        table = self.increments["visits"]
        seen: set[tuple[str, str, int]] = set()
        for visit in followup.visits():
            key = (visit.child.reference, visit.rule, visit.held)
            if key in seen:
                continue
            seen.add(key)
            alone = "" if visit.alone is None or not visit.seen else truth_of(visit.alone)
            table.add(
                visit.recorded,
                f"{visit.child.reference},{visit.rule},{iso(visit.due)},{iso(visit.held)},{iso(visit.recorded)},"
                f"{truth_of(visit.seen)},{alone},{visit.worker}",
            )

    def _meetings(self, followup: Followup) -> None:
        table = self.full["meetings"]
        seen: set[tuple[str, str, int]] = set()
        for meeting in followup.meetings():
            key = (meeting.child.reference, meeting.kind, meeting.due)
            if key in seen:
                continue
            seen.add(key)
            line = f"{meeting.child.reference},{meeting.kind},{iso(meeting.due)},"
            known = meeting.planned + 2
            if meeting.held:
                recorded = max(meeting.recorded, known)
                table.add_versions(((known, line + ","), (recorded, f"{line}{iso(meeting.held)},{iso(recorded)}")))
            else:
                table.add(known, line + ",")

    def _supervision(self, followup: Followup) -> None:
        table = self.full["supervision"]
        for worker, due, held, known in followup.supervision():
            line = f"{worker},{iso(due)},"
            if held:
                table.add_versions(((due - 25, line), (known, f"{line}{iso(held)}")))
            else:
                table.add(due - 25, line)

    def _restricted(self) -> None:
        table = self.full["restricted"]
        for person, reason, since, until in self.patch.restricted:
            if person.known and person.family in self.listed and since <= self.patch.span.end:
                table.add(max(since, person.known), f"{person.reference},{reason},{iso(since)},{iso(until)}")

    def _roster(self) -> None:
        table = self.full["roster"]
        start = self.patch.span.start
        for worker in self.process.team.workers:
            if worker.end and worker.end < start:
                continue
            line = f"{worker.reference},{UNIT_CODES[self.patch.unit]},{worker.role},{worker.fte:g},{iso(worker.start)},"
            if worker.end:
                table.add_versions(
                    (
                        (worker.start, f"{line},{worker.surname}"),
                        (worker.end, f"{line}{iso(worker.end)},{worker.surname}"),
                    )
                )
            else:
                table.add(worker.start, f"{line},{worker.surname}")

    def _programmes(self) -> None:
        table = self.full["intervention_referrals"]
        for p in self.patch.programmes:
            if p.child.family not in self.listed:
                continue
            stem = f"{p.number},{p.child.reference},{p.programme},{iso(p.referred)},"
            if p.completion == "declined":
                table.add(p.known, f"{stem},,{p.planned},0,declined")
                continue
            half = max(1, p.attended // 2)
            table.add_versions(
                (
                    (p.known, f"{stem},,{p.planned},0,not_started"),
                    (max(p.known, p.start), f"{stem}{iso(p.start)},,{p.planned},{half},ongoing"),
                    (p.end + 6, f"{stem}{iso(p.start)},{iso(p.end)},{p.planned},{p.attended},{p.completion}"),
                )
            )


def replace_reference(person: Person, reference: str, surname: str) -> Person:
    """A second record of the same person: another number, another spelling, nothing but a date of birth in common."""
    return replace(
        person, reference=reference, surname=surname, numbers_recorded=(False, False), mother=None, known=person.known
    )


def listed_families(patch: Patch) -> set[Family]:
    """Families whom services dealt with inside the horizon: earlier ones have left the lists."""
    start = patch.span.start
    adoptive = {family for family in patch.families if family.adoptive}
    return adoptive | {
        case.family
        for case in patch.cases
        if case.opened >= start
        or (case.track != "nfa" and any(e.closed >= start or not e.closed for e in case.episodes))
    }
