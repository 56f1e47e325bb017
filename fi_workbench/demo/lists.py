"""The weekly lists of the case management system, written from a patch's records."""

from __future__ import annotations

from fi_workbench.demo.days import iso
from fi_workbench.demo.followup import Followup
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family
from fi_workbench.demo.people_lists import PeopleLists, truth_of
from fi_workbench.demo.process import Process
from fi_workbench.demo.tables import FullTable, IncrementTable
from fi_workbench.demo.world import UNIT_CODES

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

_FALSE = "false"
_ENTERED_TWICE = 0.006
"""Share of referrals entered a second time by mistake, and taken out when somebody noticed."""


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
        PeopleLists(self.process, self.full, self.listed).write()
        self._referrals()
        self._allocations()
        self._visits(followup)
        self._meetings(followup)
        self._supervision(followup)
        self._restricted()
        self._roster()
        self._programmes()

    def _referrals(self) -> None:
        table = self.full["case_referrals"]
        draws = self.process.draws
        cut_offs = table.table.cut_offs
        for referral in self.patch.referrals:
            if draws.uniform() < _ENTERED_TWICE:
                removed = draws.between(cut_offs[0], cut_offs[-1] + 7)
                number = f"R{self.patch.index:03d}{self.patch.new_number('event'):06d}"
                line = f"{number},{referral.children[0].reference},{iso(referral.day)},{referral.source},,{_FALSE}"
                table.add_versions(((referral.known, line),), removed)
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
