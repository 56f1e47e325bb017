"""Tables of the Standard Safeguarding Dataset as at the last day: the same lives as views on a database tell them."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO

from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Episode
from fi_workbench.demo.world import UNIT_CODES

TABLES: dict[str, str] = {
    "ssd_person": "pers_person_id,pers_forename,pers_surname,pers_sex,pers_ethnicity,pers_dob,pers_common_child_id,"
    "pers_expected_dob,pers_death_date",
    "ssd_cin_episodes": "cine_referral_id,cine_person_id,cine_referral_date,cine_cin_primary_need_code,"
    "cine_referral_source_code,cine_referral_nfa,cine_close_reason,cine_close_date,cine_referral_team",
    "ssd_cin_assessments": "cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,"
    "cina_assessment_auth_date",
    "ssd_cin_plans": "cinp_cin_plan_id,cinp_referral_id,cinp_person_id,cinp_cin_plan_start_date,cinp_cin_plan_end_date",
    "ssd_s47_enquiry": "s47e_s47_enquiry_id,s47e_referral_id,s47e_person_id,s47e_s47_start_date",
    "ssd_cp_plans": "cppl_cp_plan_id,cppl_referral_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date,"
    "cppl_cp_plan_initial_category,cppl_cp_plan_latest_category",
    "ssd_cla_episodes": "clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,"
    "clae_cla_primary_need_code,clae_cla_episode_ceased_date,clae_cla_episode_ceased_reason",
    "ssd_involvements": "invo_involvements_id,invo_person_id,invo_professional_id,invo_professional_role_id,"
    "invo_involvement_start_date,invo_involvement_end_date",
}


class StandardDataset:
    """Writes patches into one CSV file for each table.

    Args:
        stack: closes the files.
        folder: `extracts/ssd/<day>`.
        last: the day that the tables cover up to.
    """

    def __init__(self, stack: ExitStack, folder: Path, last: int) -> None:
        self.last = last
        folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[str, IO[str]] = {}
        for name, head in TABLES.items():
            file = stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            file.write(head + "\n")
            self._files[name] = file

    def write(self, patch: Patch) -> None:
        """A patch's rows."""
        people: set[Person] = set()
        for case in patch.cases:
            for episode in case.episodes:
                if episode.referral <= self.last and episode.known <= self.last:
                    self._person(episode.child, people)
                    self._episode(patch, episode)
        spells: set[str] = set()
        for a in patch.allocations:
            number = f"{a.child.reference}-{a.worker}-{a.start}"
            if a.child in people and a.start <= self.last and a.role == "lead_practitioner" and number not in spells:
                spells.add(number)
                self._row(
                    "ssd_involvements", number, a.child.reference, a.worker, "lead", self._on(a.start), self._on(a.end)
                )

    def _row(self, table: str, *cells: object) -> None:
        self._files[table].write(",".join(map(str, cells)) + "\n")

    def _on(self, day: int) -> str:
        return date.fromordinal(day).isoformat() if day and day <= self.last else ""

    def _person(self, child: Person, people: set[Person]) -> None:
        if child in people:
            return
        people.add(child)
        expected = date.fromordinal(child.born).isoformat() if child.born > self.last else ""
        self._row(
            "ssd_person", child.reference, child.forename if not expected else "", child.surname, child.sex,
            child.ethnicity, self._on(child.born), child.nhs_number, expected, self._on(child.died),
        )  # fmt: skip

    def _episode(self, patch: Patch, episode: Episode) -> None:
        child = episode.child.reference
        referral = f"{child}-{episode.referral}"
        closed = self._on(episode.closed)
        self._row(
            "ssd_cin_episodes", referral, child, self._on(episode.referral), episode.need, episode.source,
            "Y" if episode.nfa else "N", episode.reason if closed else "", closed, UNIT_CODES[patch.unit],
        )  # fmt: skip
        for a in {a.start: a for a in episode.assessments if a.start <= self.last}.values():
            number = f"{referral}-A{a.start}"
            self._row("ssd_cin_assessments", number, child, referral, self._on(a.start), self._on(a.done))
        for plan in {p.start: p for p in episode.plans if p.start <= self.last}.values():
            number = f"{referral}-N{plan.start}"
            self._row("ssd_cin_plans", number, referral, child, self._on(plan.start), self._on(plan.end))
        for e in {e.start: e for e in episode.enquiries if e.start <= self.last}.values():
            self._row("ssd_s47_enquiry", f"{referral}-S{e.start}", referral, child, self._on(e.start))
        for c in {c.start: c for c in episode.protections if c.start <= self.last}.values():
            self._row(
                "ssd_cp_plans", f"{referral}-P{c.start}", referral, child, self._on(c.start), self._on(c.end),
                c.initial, c.latest,
            )  # fmt: skip
        self._care(episode)

    def _care(self, episode: Episode) -> None:
        child = episode.child.reference
        cares = [care for care in episode.cares if not care.short_breaks]
        placements = ((care, p) for care in cares for p in care.placements if p.start <= self.last)
        for care, p in {p.start: (care, p) for care, p in placements}.values():
            ended = self._on(p.end)
            self._row(
                "ssd_cla_episodes", f"{child}-L{p.start}", child, self._on(p.start), p.reason_new, care.need, ended,
                p.reason_ceased if ended else "",
            )  # fmt: skip
