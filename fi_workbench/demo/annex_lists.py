"""The lists of Annex A as at the last day, in one workbook: the same lives, told as an inspection asks for them.

Adopters are not simulated, so the last list has its headings and no row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO

from fi_workbench.contracts import Contract
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Episode
from fi_workbench.demo.spreadsheet import Cell, write_workbook
from fi_workbench.demo.world import UNIT_CODES

HALF_YEAR = 183
YEAR = 365
_GENDER = {"M": "a) Male", "F": "b) Female"}
_DAY = "day:"


class AnnexA:
    """Gathers a patch's rows into a file for each list, and writes the workbook from them at the end.

    Args:
        stack: closes the files.
        scratch: a folder for what is gathered.
        contract: of the lists, which says their headings.
        last: the day that they cover up to.
    """

    def __init__(self, stack: ExitStack, scratch: Path, contract: Contract, last: int) -> None:
        self.last = last
        self._tables = contract.tables
        self._paths = {name: scratch / f"{name}.jsonl" for name in contract.tables}
        self._files: dict[str, IO[str]] = {
            name: stack.enter_context(path.open("w", encoding="utf-8")) for name, path in self._paths.items()
        }

    def write(self, patch: Patch) -> None:
        """A patch's rows."""
        held = _workers(patch, self.last)
        self._front_door(patch, held)
        for case in patch.cases:
            for episode in case.episodes:
                if episode.referral <= self.last and episode.known <= self.last:
                    self._episode(patch, episode, held)

    def finish(self, path: Path) -> None:
        """Write the workbook, and take away what was gathered."""
        for file in self._files.values():
            file.close()
        titles = [table.physical_name for table in self._tables.values()]
        sheets = ((table.physical_name, self._sheet(name)) for name, table in self._tables.items())
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(path, sheets, titles)
        for gathered in self._paths.values():
            gathered.unlink()

    def _sheet(self, name: str) -> Iterator[Sequence[Cell]]:
        columns = self._tables[name].columns
        yield [column.physical_name for column in columns.values()]
        with self._paths[name].open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                yield [_cell(row.get(column)) for column in columns]

    def _add(self, name: str, child: Person, **values: object) -> None:
        row: dict[str, object] = {
            "child_unique_id": child.reference,
            "gender": _GENDER.get(child.sex, "c) Not stated/recorded"),
            "ethnicity": child.ethnicity,
            "date_of_birth": _day(child.born),
            "age": child.age(self.last) if child.born <= self.last else -1,
            "disability": _answer(bool(child.disabilities)),
        }
        row |= {key: value for key, value in values.items() if value not in {None, ""}}
        self._files[f"annex_a_{name}"].write(json.dumps(row, ensure_ascii=False) + "\n")

    def _since(self, day: int, days: int = HALF_YEAR) -> bool:
        return self.last - days <= day <= self.last

    def _front_door(self, patch: Patch, held: dict[Person, str]) -> None:
        by_child: dict[Person, list[int]] = {}
        for referral in patch.referrals:
            for child in referral.children:
                by_child.setdefault(child, []).append(referral.day)
        seen: set[tuple[Person, int]] = set()
        for referral in patch.referrals:
            if not self._since(referral.day) or referral.known > self.last:
                continue
            for child in referral.children:
                if (child, referral.day) in seen:
                    continue
                seen.add((child, referral.day))
                self._add("contacts", child, date_of_contact=_day(referral.day), contact_source=referral.source)
                self._add(
                    "referrals",
                    child,
                    date_of_referral=_day(referral.day),
                    referral_source=referral.source,
                    referral_nfa=_answer(referral.nfa),
                    referrals_in_12_months=sum(self._since(day, YEAR) for day in set(by_child[child])),
                    **_team(patch, held, child),
                )
        for family in patch.families:
            for began in sorted({day for day in family.early_help if self._since(day)}):
                for child in family.children:
                    if child.born <= self.last and not child.left and not child.died:
                        self._add("early_help", child, assessment_start_date=_day(began), organisation="Family hub")

    def _episode(self, patch: Patch, episode: Episode, held: dict[Person, str]) -> None:
        child, last = episode.child, self.last
        team = _team(patch, held, child)
        closed = episode.closed if episode.closed and episode.closed <= last else 0
        for start, done in sorted({(a.start, a.done) for a in episode.assessments}):
            ended = done if done and done <= last else 0
            if start <= last and (not ended or self._since(start)):
                self._add(
                    "assessments", child, assessment_start_date=_day(start), child_seen=_answer(answer=True),
                    assessment_authorisation_date=_day(ended), support_required=_answer(not closed), **team,
                )  # fmt: skip
        starts = {enquiry.start for enquiry in episode.enquiries}
        for enquiry in episode.enquiries:
            if self._since(enquiry.start):
                held_on = enquiry.conference if enquiry.conference and enquiry.conference <= last else 0
                planned = any(plan.start == enquiry.conference for plan in episode.protections)
                self._add(
                    "section47", child, strategy_discussion_date=_day(enquiry.start),
                    conference_unnecessary=_answer(enquiry.not_required), initial_conference_date=_day(held_on),
                    conference_led_to_plan=_answer(planned) if held_on else "",
                    section47_in_12_months=sum(self._since(day, YEAR) for day in starts), **team,
                )  # fmt: skip
        if not closed or self._since(closed):
            self._add(
                "children_in_need", child, cin_start_date=_day(episode.referral), primary_need_code=episode.need,
                cin_closure_date=_day(closed), reason_for_closure=episode.reason if closed else "",
                case_status=_status(episode, last, closed), **team,
            )  # fmt: skip
        self._plans(episode, team)
        self._care(episode, team)

    def _plans(self, episode: Episode, team: dict[str, object]) -> None:
        for plan in episode.protections:
            ended = plan.end if plan.end and plan.end <= self.last else 0
            if plan.start <= self.last and (not ended or self._since(ended)):
                reviews = [held for _, held, _ in plan.reviews if held and held <= self.last]
                self._add(
                    "child_protection", episode.child, child_protection_plan_start_date=_day(plan.start),
                    initial_category_of_abuse=plan.initial, latest_category_of_abuse=plan.latest,
                    latest_review_conference_date=_day(max(reviews, default=0)),
                    child_protection_plan_end_date=_day(ended), previous_child_protection_plans=plan.previous, **team,
                )  # fmt: skip

    def _care(self, episode: Episode, team: dict[str, object]) -> None:
        last, child = self.last, episode.child
        for care in episode.cares:
            ended = care.end if care.end and care.end <= last else 0
            if care.short_breaks or care.start > last or (ended and not self._since(ended)):
                continue
            now = [p for p in care.placements if p.start <= last][-1]
            reviews = [held for _, held in care.reviews if held <= last]
            self._add(
                "looked_after", child, looked_after_start_date=_day(care.start), category_of_need=care.need,
                legal_status=now.legal, legal_status_start_date=_day(now.start),
                latest_statutory_review_date=_day(max(reviews, default=0)),
                unaccompanied_asylum_seeking=_answer(child.asylum), looked_after_end_date=_day(ended),
                reason_ceased=care.placements[-1].reason_ceased if ended else "", placement_start_date=_day(now.start),
                placement_type=now.place, placement_provider=now.provider, placement_postcode=now.placed_postcode,
                placement_urn=now.urn, **team,
            )  # fmt: skip
            if care.adoption_decision and self._since(care.adoption_decision, YEAR):
                placed = care.placed_for_adoption if care.placed_for_adoption <= last else 0
                self._add(
                    "adoption", child, entered_care_date=_day(care.start), placed_for_adoption_date=_day(placed),
                    adoption_decision_date=_day(care.adoption_decision),
                )  # fmt: skip
        if episode.leaver_since and episode.leaver_since <= last and not (episode.closed and episode.closed <= last):
            reviewed = _pathway_review(child, episode.leaver_since, last)
            self._add(
                "care_leavers", child, eligibility_category="b) Former relevant", in_touch="a) Yes",
                pathway_plan_review_date=_day(reviewed), **team,
            )  # fmt: skip


def _pathway_review(child: Person, since: int, last: int) -> int:
    """The latest review of a pathway plan: each young person has an interval, some above six months."""
    every = 120 + 10 * (int(child.reference[-2:]) % 9)
    return since + (last - since) // every * every if last - since >= every else 0


def _status(episode: Episode, last: int, closed: int) -> str:
    """The first that applies, as the guidance orders them."""

    def runs(start: int, end: int) -> bool:
        return start <= last and (not end or end > last)

    if any(runs(care.start, care.end) and not care.short_breaks for care in episode.cares):
        return "a) Looked after child"
    if any(runs(plan.start, plan.end) for plan in episode.protections):
        return "b) Child protection plan"
    if any(runs(plan.start, plan.end) for plan in episode.plans):
        return "c) Child in need plan"
    return "e) Closed episode" if closed else "d) Open assessment"


def _workers(patch: Patch, last: int) -> dict[Person, str]:
    leading = (a for a in patch.allocations if a.role == "lead_practitioner")
    return {a.child: a.worker for a in leading if a.start <= last and (not a.end or a.end > last)}


def _team(patch: Patch, held: dict[Person, str], child: Person) -> dict[str, object]:
    return {"allocated_team": UNIT_CODES[patch.unit], "allocated_worker": held.get(child, "")}


def _answer(answer: bool) -> str:
    return "a) Yes" if answer else "b) No"


def _day(day: int) -> str:
    return f"{_DAY}{date.fromordinal(day).isoformat()}" if day else ""


def _cell(value: object) -> Cell:
    if isinstance(value, str) and value.startswith(_DAY):
        return date.fromisoformat(value.removeprefix(_DAY))
    return value if isinstance(value, str | int) else None
