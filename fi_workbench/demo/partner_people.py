"""Feeds of partners who meet people at incidents, in court, or in services for adults and families."""

from __future__ import annotations

from collections.abc import Iterator

from fi_workbench.demo.days import iso
from fi_workbench.demo.draws import Draws, Weights
from fi_workbench.demo.partner_base import Partner
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.spelling import Written

_YEAR = 365.25
_GRADES: Weights[str] = Weights({"standard": 0.52, "medium": 0.34, "high": 0.14})
_REASONS: Weights[str] = Weights(
    {
        "Parenting support": 0.3,
        "Child's behaviour": 0.18,
        "School attendance": 0.14,
        "Parental mental health": 0.12,
        "Family relationships": 0.12,
        "Housing or money": 0.14,
    }
)
_END_REASONS: Weights[str] = Weights(
    {"Outcomes met": 0.5, "Family withdrew": 0.25, "Moved to universal services": 0.17, "Stepped up": 0.08}
)
_LEADS: Weights[tuple[str, str]] = Weights(
    {
        ("Family hub", "Family support worker"): 0.45,
        ("School", "Pastoral lead"): 0.25,
        ("Health visiting", "Health visitor"): 0.15,
        ("Voluntary organisation", "Project worker"): 0.15,
    }
)
_OFFENCES = (
    "Violence against the person",
    "Theft and handling",
    "Criminal damage",
    "Public order",
    "Drugs",
    "Motoring",
)
_OUTCOMES: Weights[tuple[str, int]] = Weights(
    {
        ("Community resolution", 0): 0.4,
        ("Youth caution", 0): 0.2,
        ("Referral order", 240): 0.25,
        ("Youth rehabilitation order", 365): 0.12,
        ("Detention and training order", 180): 0.03,
    }
)


class Police(Partner):
    """Notifications of incidents."""

    source = "police_notifications"
    header = (
        "incident_id,police_person_id,person_role,forename,surname,date_of_birth,postcode,incident_date,incident_type,"
        "grade,child_present"
    )

    def write(self) -> None:
        """Incidents of families that services know, and of others."""
        for family in self.families:
            for day, kind in self._incidents(family):
                self._incident(family, day, kind)
        for _ in range(self.draws.poisson(min(1.6 * len(self.families), 600.0))):
            self._stranger()

    def _incidents(self, family: Family) -> Iterator[tuple[int, str]]:
        draws, start, end = self.draws, self.start, self.end
        for need, kind, rate in (
            ("domestic_abuse", "domestic_abuse", 0.75),
            ("exploitation", "missing", 0.8),
            ("exploitation", "exploitation", 0.3),
            ("behaviour", "anti_social_behaviour", 0.25),
            ("physical_harm", "violence", 0.1),
            ("parental_substance_misuse", "substance", 0.15),
        ):
            for since, until in self.spells(family, need, start, end):
                for _ in range(draws.poisson(rate * (until - since) / _YEAR)):
                    yield since + int(draws.uniform() * (until - since)), kind
        for day, source in family.concerns:
            if source == "6" and start <= day <= end:
                kind = "domestic_abuse" if family.has("domestic_abuse", day) else "violence"
                yield max(start, day - draws.between(0, 2)), kind

    def _incident(self, family: Family, day: int, kind: str) -> None:
        draws = self.draws
        incident = f"PI{self.patch.index:03d}{self.number():06d}"
        lag = draws.days(3.0) + (25 + draws.days(20.0) if draws.chance(0.03) else 0)
        children = [c for c in family.children if c.born < day and not c.left and c.age(day) < 18]
        grade = draws.weighted(_GRADES) if kind == "domestic_abuse" else ""
        rows: list[tuple[Person, str]] = []
        if kind in {"domestic_abuse", "violence", "substance"}:
            if family.mother:
                rows.append((family.mother, "victim" if kind != "substance" else "suspect"))
            other = family.partner or family.father
            if other and draws.chance(0.85):
                rows.append((other, "suspect"))
            rows.extend((child, "child_present") for child in children if draws.chance(0.45))
        else:
            old = [c for c in children if c.age(day) >= 10]
            if not old:
                return
            rows.append((draws.pick(old), "victim" if kind in {"missing", "exploitation"} else "suspect"))
        present = "true" if any(role == "child_present" for _, role in rows) or kind == "missing" else "false"
        seen: set[tuple[str, str]] = set()
        for person, role in rows:
            own = self.own_number(person, "PP", draws.chance(self.speller.channel.split))
            if (own, role) not in seen:
                seen.add((own, role))
                self._row(incident, own, role, self.speller.write(person, day), day, kind, grade, present, lag)

    def _row(
        self, incident: str, own: str, role: str, who: Written, day: int, kind: str, grade: str, present: str, lag: int
    ) -> None:
        self.table.add(
            day + lag,
            f"{incident},{own},{role},{who.forename},{who.surname},{iso(who.born)},{who.postcode},{iso(day)},{kind},"
            f"{grade},{present}",
        )

    def _stranger(self) -> None:
        draws = self.draws
        day = draws.between(self.start, self.end)
        incident = f"PI{self.patch.index:03d}{self.number():06d}"
        for role, youngest, oldest in (("victim", 18, 60), ("suspect", 18, 60)):
            who = self.speller.stranger(youngest, oldest, day)
            own = self.stranger_number("PP")
            lag = draws.days(3.0)
            self._row(incident, own, role, who, day, "domestic_abuse", draws.weighted(_GRADES), "true", lag)


class YouthJustice(Partner):
    """Outcomes for offences."""

    source = "youth_justice"
    header = "youth_justice_id,outcome_date,forename,surname,date_of_birth,postcode,offence_type,outcome,order_end"

    def write(self) -> None:
        """Young people of families that services know, and others."""
        draws = self.draws
        for family in self.families:
            troubled = family.has("exploitation", self.end) or family.has("behaviour", self.end)
            for child in family.children:
                since = max(self.start, child.born + int(10.5 * _YEAR))
                until = min(self.end, child.born + int(17.9 * _YEAR))
                if until <= since or child.left:
                    continue
                rate = 0.22 if troubled else 0.012
                for day in self.days(since, until, rate):
                    self._row(self.own_number(child, "YJ"), self.speller.write(child, day), day)
        for _ in range(draws.poisson(len(self.families) * 0.05)):
            day = draws.between(self.start, self.end)
            self._row(self.stranger_number("YJ"), self.speller.stranger(11, 17, day), day)

    def _row(self, own: str, who: Written, day: int) -> None:
        draws = self.draws
        outcome, length = draws.weighted(_OUTCOMES)
        end = iso(day + length) if length else ""
        self.full.add(
            day + draws.days(8.0),
            f"{own},{iso(day)},{who.forename},{who.surname},{iso(who.born)},{who.postcode},{draws.pick(_OFFENCES)},"
            f"{outcome},{end}",
        )


class AdultServices(Partner):
    """Parents known to services for adults."""

    source = "adult_services"
    header = "client_id,service,referral_date,forename,surname,date_of_birth,postcode,nhs_number,start_date,end_date"
    _SERVICES = (
        ("parental_mental_health", "mental_health", 0.42),
        ("parental_substance_misuse", "substance_misuse", 0.38),
        ("parental_disability", "learning_disability", 0.25),
        ("parental_disability", "physical_disability", 0.2),
    )

    def write(self) -> None:
        """Parents and partners of families that services know, and other adults."""
        draws = self.draws
        for family in self.families:
            adults = [a for a in (family.mother, family.partner, family.father) if a is not None]
            for need, service, chance in self._SERVICES:
                spells = self.spells(family, need, self.start - 400, self.end)
                if spells and adults and draws.chance(chance):
                    who = adults[0] if draws.chance(0.7) else draws.pick(adults)
                    since, until = spells[0]
                    self._row(who, service, since + draws.days(100.0), until)
        for _ in range(draws.poisson(len(self.families) * 0.22)):
            day = draws.between(self.start - 200, self.end)
            stranger = self.speller.stranger(20, 60, day)
            service = draws.pick(("mental_health", "substance_misuse", "adult_social_care"))
            self._line(self.stranger_number("AS"), service, day, stranger, "", 0, 0)

    def _row(self, person: Person, service: str, referred: int, until: int) -> None:
        draws = self.draws
        if referred > self.end or person.age(referred) < 18:
            return
        began = referred + 7 + draws.days(40.0) if draws.chance(0.85) else 0
        ended = began + 60 + draws.days(300.0) if began else 0
        ended = ended if ended and (ended < until or draws.chance(0.3)) else 0
        own = self.own_number(person, "AS", draws.chance(self.speller.channel.split))
        nhs = person.nhs_number if draws.chance(0.62) else ""
        self._line(own, service, referred, self.speller.write(person, referred), nhs, began, ended)

    def _line(self, own: str, service: str, referred: int, who: Written, nhs: str, began: int, ended: int) -> None:
        stem = f"{own},{service},{iso(referred)},{who.forename},{who.surname},{iso(who.born)},{who.postcode},{nhs},"
        versions = [(referred + self.draws.days(6.0), stem + ",")]
        if began:
            versions.append((max(versions[-1][0], began), f"{stem}{iso(began)},"))
        if ended:
            versions.append((max(versions[-1][0], ended), f"{stem}{iso(began)},{iso(ended)}"))
        self.full.add_versions(versions)


class EarlyHelp(Partner):
    """Early help before, instead of, and after social care."""

    source = "early_help"
    header = (
        "case_ref,forename,surname,date_of_birth,postcode,reason,start_date,end_date,end_reason,lead_organisation,"
        "lead_practitioner_role"
    )

    def write(self) -> None:
        """Families that services know, and others."""
        draws = self.draws
        for family in self.families:
            for since in family.early_help:
                if since <= self.end:
                    self._case(family, since)
            if draws.chance(0.3):
                before = family.first_referral - 30 - draws.days(250.0)
                if before > self.start - 300:
                    self._case(family, before)
        for _ in range(draws.poisson(len(self.families) * 0.35)):
            day = draws.between(self.start, self.end)
            reference = f"EH{self.patch.index:03d}{self.number():05d}"
            for n in range(draws.between(1, 2)):
                own = f"{reference}/{n + 1}"
                self.link(own, None)
                self._line(draws, own, self.speller.stranger(0, 16, day), day)

    def _case(self, family: Family, since: int) -> None:
        draws = self.draws
        reference = f"EH{self.patch.index:03d}{self.number():05d}"
        state = (draws.weighted(_REASONS), 60 + draws.days(130.0), draws.weighted(_END_REASONS), draws.weighted(_LEADS))
        children = [c for c in family.children if c.born < since and not c.left and c.age(since) < 18]
        for n, child in enumerate(children):
            own = f"{reference}/{n + 1}"
            self.link(own, child)
            self._line(draws, own, self.speller.write(child, since), since, state)

    def _line(
        self,
        draws: Draws,
        own: str,
        who: Written,
        since: int,
        state: tuple[str, int, str, tuple[str, str]] | None = None,
    ) -> None:
        reason, length, ending, (organisation, role) = state or (
            draws.weighted(_REASONS), 60 + draws.days(130.0), draws.weighted(_END_REASONS), draws.weighted(_LEADS),
        )  # fmt: skip
        end = since + length
        stem = f"{own},{who.forename},{who.surname},{iso(who.born)},{who.postcode},{reason},{iso(since)},"
        known = since + draws.days(5.0)
        self.full.add_versions(
            (
                (known, f"{stem},,{organisation},{role}"),
                (max(known, end + 3), f"{stem}{iso(end)},{ending},{organisation},{role}"),
            )
        )
