"""Feeds of services that families use: schools, health visiting and housing."""

from __future__ import annotations

from datetime import date

from fi_workbench.demo import days
from fi_workbench.demo.days import iso
from fi_workbench.demo.partner_base import Partner
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.spelling import Written

_YEAR = 365.25


def attendance_from(start: int, end: int) -> int:
    """The attendance feed began with the school year before the last one."""
    when = date.fromordinal(end)
    year = when.year - (1 if when.month >= 9 else 2)
    return max(start, date(year, 9, 1).toordinal())


def pupil(child: Person) -> bool:
    """Whether the child goes to a state-funded school of the area: most do; the number decides who does not."""
    return int(child.reference[-2:]) >= 4


def school_of(child: Person, day: int) -> str:
    """The school's number; brothers and sisters of an age go to the same school."""
    phase = 0 if child.age(day) < 11 else 1
    base = int(child.family.number[1:]) % (7, 3)[phase]
    return f"{990_000 + int(child.family.number[1:4]) * 20 + phase * 10 + base}"


class Attendance(Partner):
    """Weekly sessions of pupils of families that are open or were so in the last half year."""

    source = "school_attendance"
    header = (
        "upn,week_start,forename,surname,date_of_birth,postcode,school_urn,sessions_possible,"
        "sessions_authorised_absence,sessions_unauthorised_absence"
    )

    def write(self) -> None:
        """Every school week of every such pupil."""
        first = attendance_from(self.start, self.end)
        monday = first + (-(first - 1)) % 7
        weeks = [day for day in range(monday, self.end - 5, 7) if not days.school_closed(day)]
        for family in self.families:
            spans = open_spells(family, 182)
            children = [c for c in family.children if c.pupil_number and pupil(c)]
            for child in children:
                since, until = child.born + int(4.8 * _YEAR), child.born + int(16.3 * _YEAR)
                mine = [w for w in weeks if since <= w <= until and any(a <= w <= b for a, b in spans)]
                if mine and not (child.left and child.left < mine[0]):
                    self._pupil(family, child, mine)

    def _pupil(self, family: Family, child: Person, weeks: list[int]) -> None:
        draws, table = self.draws, self.table
        who = self.speller.write(child, weeks[-1])
        self.link(child.pupil_number, child)
        missing = 0.035 + 0.04 * draws.uniform()
        school = school_of(child, weeks[0])
        troubled = (
            0.05 * family.has("neglect", weeks[-1])
            + 0.10 * family.has("exploitation", weeks[-1])
            + 0.05 * family.has("child_mental_health", weeks[-1])
            + 0.04 * family.has("behaviour", weeks[-1])
        )
        unauthorised = 0.015 + troubled * (0.4 + 1.2 * draws.uniform())
        stem = f"{who.forename},{who.surname},{iso(who.born)},{who.postcode},{school},10,"
        for week in weeks:
            if child.left and week >= child.left:
                break
            ill = draws.poisson(10 * missing) if draws.uniform() < 0.5 else 0
            away = min(draws.poisson(10 * unauthorised), 10)
            ill = min(ill, 10 - away)
            arrives = week + 6 + (draws.between(7, 24) if draws.uniform() < 0.02 else 0)
            table.add(arrives, f"{child.pupil_number},{iso(week)},{stem}{ill},{away}")


class Exclusions(Partner):
    """Suspensions and permanent exclusions."""

    source = "school_exclusions"
    header = "upn,start_date,category,forename,surname,date_of_birth,reason,sessions"
    _REASONS = ("DB", "PP", "VA", "PA", "DM", "DA", "SM", "VP")

    def write(self) -> None:
        """Pupils of families that services know."""
        for family in self.families:
            for child in family.children:
                since = max(self.start, child.born + int(6.5 * _YEAR))
                until = min(self.end, child.born + int(16.2 * _YEAR))
                if until <= since or not child.pupil_number or not pupil(child) or child.left:
                    continue
                troubled = family.has("behaviour", (since + until) // 2) or family.has(
                    "exploitation", (since + until) // 2
                )
                for day in self.days(since, until, 0.75 if troubled else 0.03):
                    if days.school_closed(day) or (day - 1) % 7 > 4:
                        continue
                    self._row(child, self.speller.write(child, day), day)

    def _row(self, child: Person, who: Written, day: int) -> None:
        draws = self.draws
        self.link(child.pupil_number, child)
        permanent = draws.chance(0.03)
        sessions = "" if permanent else str(draws.pick((1, 2, 2, 2, 3, 4, 6, 10)))
        self.table.add(
            day + draws.days(5.0),
            f"{child.pupil_number},{iso(day)},{'PERM' if permanent else 'SUSP'},{who.forename},{who.surname},"
            f"{iso(who.born)},{draws.pick(self._REASONS)},{sessions}",
        )


class HealthVisiting(Partner):
    """The five mandated contacts."""

    source = "health_visiting"
    header = "nhs_number,contact_type,forename,surname,date_of_birth,postcode,due_date,contact_date,level"
    _CONTACTS = (
        ("new_birth", 14, 0.93),
        ("six_to_eight_week", 56, 0.88),
        ("one_year", 365, 0.84),
        ("two_to_two_and_a_half_year", 912, 0.78),
    )

    def write(self) -> None:
        """Infants of families that services know, and others."""
        for family in self.families:
            needs = sum(family.needs_at(self.end))
            level = "specialist" if needs >= 6 else "targeted" if needs >= 3 else "universal"
            for child in family.children:
                if child.born > self.end or child.born < self.start - 900 or child.left:
                    continue
                self._antenatal(child, level)
                self._infant(child, level)
        for _ in range(self.draws.poisson(len(self.families) * 0.15)):
            born = self.draws.between(self.start, self.end - 20)
            who = self.speller.stranger(0, 1, born + 10)
            number = self.patch.new_reference()[1]
            self.link(number, None)
            known = Written(who.forename, who.surname, born, who.postcode)
            self._row(number, "new_birth", known, born + 14, born + 12, "universal")

    def _antenatal(self, child: Person, level: str) -> None:
        mother = child.mother
        due = child.born - 70
        if mother is None or due < self.start or due > self.end:
            return
        self.link(mother.nhs_number, mother)
        held = due - self.draws.days(8.0) if self.draws.chance(0.7) else 0
        self._row(mother.nhs_number, "antenatal", self.speller.write(mother, due), due, held, level)

    def _infant(self, child: Person, level: str) -> None:
        draws = self.draws
        who = self.speller.write(child, child.born + 10)
        missed = 0.10 if child.family.has("neglect", child.born + 60) else 0.0
        for contact, after, kept in self._CONTACTS:
            due = child.born + after
            if due < self.start or due > self.end + 30:
                continue
            self.link(child.nhs_number, child)
            held = due - 4 + draws.days(9.0) if draws.chance(kept - missed) else 0
            self._row(child.nhs_number, contact, who, due, held if held <= self.end else 0, level)

    def _row(self, number: str, contact: str, who: Written, due: int, held: int, level: str) -> None:
        key = (number, contact)
        if key in self._rows:
            return
        self._rows.add(key)
        arrives = (held or due + 45) + self.draws.days(6.0)
        self.table.add(
            arrives,
            f"{number},{contact},{who.forename},{who.surname},{iso(who.born)},{who.postcode},{iso(due)},{iso(held)},{level}",
        )

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._rows: set[tuple[str, str]] = set()


class Housing(Partner):
    """Tenancies, arrears, notices, homelessness."""

    source = "housing"
    header = "tenancy_ref,event,start_date,end_date,forename,surname,date_of_birth,postcode,uprn"

    def write(self) -> None:
        """Tenants and applicants of families that services know, and others."""
        draws = self.draws
        for family in self.families:
            tenant = family.mother or family.father
            if tenant is None:
                continue
            poor = family.has("poverty", self.end)
            if family.arrears or draws.chance(0.55 if poor else 0.28):
                self._tenancy(family, tenant)
            for since, address in tenant.addresses:
                if address.shared in {"refuge", "hostel"} and self.start <= since <= self.end:
                    self._homeless(tenant, since)
        for _ in range(draws.poisson(len(self.families) * 0.3)):
            day = draws.between(self.start, self.end)
            who = self.speller.stranger(18, 65, day)
            own = self.stranger_number("TN")
            self._event(own, "tenancy", day, 0, who, str(draws.between(10**10, 10**11)))
            if draws.chance(0.5):
                self._event(own, "rent_arrears", min(day + 100, self.end), 0, who, "")

    def _tenancy(self, family: Family, tenant: Person) -> None:
        draws = self.draws
        own = self.own_number(tenant, "TN")
        begun = family.first_referral - 200 - draws.days(1200.0)
        who = self.speller.write(tenant, self.end)
        uprn = tenant.address_at(self.end).uprn
        self._event(own, "tenancy", begun, 0, who, uprn)
        hardship = [
            day
            for since, until in self.spells(family, "poverty", self.start, self.end)
            for day in self.days(since, until, 0.6)
        ]
        for day in sorted({*family.arrears, *hardship}):
            if day > self.end or day < self.start:
                continue
            cleared = day + 60 + draws.days(150.0)
            self._event(own, "rent_arrears", day, cleared, who, uprn)
            if draws.chance(0.3):
                self._event(own, "notice_seeking_possession", day + 60, 0, who, uprn)
                if draws.chance(0.1):
                    self._event(own, "eviction", day + 150, 0, who, uprn)
        if family.has("behaviour", self.end) and draws.chance(0.15):
            self._event(own, "anti_social_behaviour", self.end - draws.between(20, 400), 0, who, uprn)

    def _homeless(self, tenant: Person, since: int) -> None:
        draws = self.draws
        own = self.own_number(tenant, "TN")
        who = self.speller.write(tenant, since)
        self._event(own, "homelessness_duty", since, since + 56, who, "")
        self._event(own, "temporary_accommodation", since + 1, since + 40 + draws.days(120.0), who, "")

    def _event(self, own: str, event: str, since: int, until: int, who: Written, uprn: str) -> None:
        key = (own, event, since)
        if since > self.end or key in self._rows:
            return
        self._rows.add(key)
        tail = f"{who.forename},{who.surname},{iso(who.born)},{who.postcode},{uprn}"
        known = since + self.draws.days(6.0)
        versions = [(known, f"{own},{event},{iso(since)},,{tail}")]
        if until:
            versions.append((max(known, until), f"{own},{event},{iso(since)},{iso(until)},{tail}"))
        self.full.add_versions(versions)

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._rows: set[tuple[str, str, int]] = set()


def open_spells(family: Family, after: int) -> list[tuple[int, int]]:
    """When the family was open to services, each with so many days after it."""
    spells = []
    for case in (*family.closed_cases, *([family.case] if family.case else [])):
        ends = [e.closed for e in case.episodes]
        last = 10**7 if any(not end for end in ends) else max(ends, default=case.opened)
        spells.append((case.opened, last + after))
    return spells
