"""Children in need census files, each in the shape of its year.

An annual return holds what was true up to 31 March of its year. An extract within the year holds what the system knew
on the day that its header says. Children are written in the order of the patches, each as one block of text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from fi_workbench.demo.days import iso
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Episode


@dataclass(frozen=True, slots=True)
class Census:
    """One census file to write.

    Attributes:
        year: collection year, the year of its 31 March.
        up_to: last day whose events are in it.
        known: last day on which the system's knowledge counts.
        made: date and time of the header.
    """

    year: int
    up_to: int
    known: int
    made: str

    @property
    def begins(self) -> int:
        """1 April before."""
        return date(self.year - 1, 4, 1).toordinal()

    @property
    def name(self) -> str:
        """The file's name."""
        return f"CIN_Census_{self.year}_{self.made[:10]}.xml"


def annual(year: int) -> Census:
    """The return of a complete year, made in the June after it."""
    made = date(year, 6, 26).toordinal()
    return Census(year, date(year, 3, 31).toordinal(), made, f"{year}-06-26T10:30:00")


def in_year(day: int) -> Census:
    """An extract on a day within the collection year that runs."""
    when = date.fromordinal(day)
    year = when.year + ((when.month, when.day) >= (4, 1))
    return Census(year, day, day, f"{iso(day)}T23:30:00")


def header(census: Census, authority: str) -> str:
    """Everything before the first child."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n  <Header>\n    <CollectionDetails>\n'
        f"      <Collection>CIN</Collection>\n      <Year>{census.year}</Year>\n"
        f"      <ReferenceDate>{census.year}-03-31</ReferenceDate>\n    </CollectionDetails>\n    <Source>\n"
        f"      <SourceLevel>L</SourceLevel>\n      <LEA>{authority}</LEA>\n"
        "      <SoftwareCode>SYNTHETIC</SoftwareCode>\n      <Release>1.0</Release>\n      <SerialNo>001</SerialNo>\n"
        f"      <DateTime>{census.made}</DateTime>\n    </Source>\n  </Header>\n  <Children>\n"
    )


FOOTER = "  </Children>\n</Message>\n"


def open_files(folder: Path, censuses: list[Census], authority: str) -> list[IO[str]]:
    """Open each census file and write its header; the caller closes them."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[IO[str]] = []
    for census in censuses:
        file = (folder / census.name).open("w", encoding="utf-8", newline="")
        file.write(header(census, authority))
        files.append(file)
    return files


def write_patch(patch: Patch, censuses: list[Census], files: list[IO[str]]) -> list[int]:
    """Write a patch's children into each file; returns how many children each got."""
    by_child: dict[Person, list[Episode]] = {}
    for case in patch.cases:
        for episode in case.episodes:
            by_child.setdefault(episode.child, []).append(episode)
    written = [0] * len(censuses)
    for child, episodes in by_child.items():
        episodes.sort(key=lambda episode: episode.referral)
        cache: tuple[int, str] | None = None
        last_change = _last_change(child, episodes)
        for number, census in enumerate(censuses):
            if cache is not None and cache[0] == census.year and last_change <= censuses[number - 1].known:
                block = cache[1]
            else:
                block = child_block(child, episodes, census)
            cache = (census.year, block)
            if block:
                files[number].write(block)
                written[number] += 1
    return written


def _last_change(child: Person, episodes: list[Episode]) -> int:
    latest = max(child.born + 3, child.born + 1827)
    if latest > date(2031, 1, 1).toordinal():
        latest = child.born + 3
    for e in episodes:
        latest = max(latest, e.known, e.need_known, e.closed_known, e.referral)
        for a in e.assessments:
            latest = max(latest, a.known, a.start, a.done_known, a.done, a.review)
        for p in e.plans:
            latest = max(latest, p.known, p.start, p.end_known, p.end)
        for q in e.enquiries:
            latest = max(latest, q.known, q.start, q.conference_known, q.conference, q.decided_known)
        for c in e.protections:
            latest = max(latest, c.known, c.start, c.end_known, c.end, c.latest_since + 5)
            latest = max([latest, *(known for _, _, known in c.reviews), *(held for _, held, _ in c.reviews)])
        for s in e.proceedings:
            latest = max(latest, s.known, s.decision_known, s.decision, s.court, s.meeting)
    return latest


def child_block(child: Person, episodes: list[Episode], census: Census) -> str:
    """One child's block, or nothing where the child is not in this census."""
    inside = [
        e
        for e in episodes
        if e.referral <= census.up_to and e.known <= census.known and (not e.closed or e.closed >= census.begins)
        if not e.nfa or e.referral >= census.begins
    ]
    if not inside:
        return ""
    lines = ["    <Child>\n", _identifiers(child, inside, census)]
    disabilities = child.disabilities or ("NONE",)
    lines.append(
        f"      <ChildCharacteristics>\n        <Ethnicity>{child.ethnicity}</Ethnicity>\n        <Disabilities>\n"
        + "".join(f"          <Disability>{code}</Disability>\n" for code in disabilities)
        + "        </Disabilities>\n      </ChildCharacteristics>\n"
    )
    for episode in inside:
        lines.extend(_episode(episode, census))
    lines.append("    </Child>\n")
    return "".join(lines)


def _identifiers(child: Person, episodes: list[Episode], census: Census) -> str:
    born = child.born + (3 if child.expected else 0) <= census.known and child.born <= census.up_to
    age = child.age(census.up_to)
    text = f"      <ChildIdentifiers>\n        <LAchildID>{child.reference}</LAchildID>\n"
    if child.numbers_recorded[0] and age >= 5 and child.pupil_number:
        text += f"        <UPN>{child.pupil_number}</UPN>\n"
    elif born:
        reason = "UN7" if all(e.nfa for e in episodes) else "UN1" if age < 5 else "UN4"
        text += f"        <UPNunknown>{reason}</UPNunknown>\n"
    if born:
        text += f"        <PersonBirthDate>{iso(child.born)}</PersonBirthDate>\n"
    else:
        text += f"        <ExpectedPersonBirthDate>{iso(child.expected or child.born)}</ExpectedPersonBirthDate>\n"
    sex = child.sex if born else "U"
    if census.year < 2025:
        code = {"M": "1", "F": "2", "U": "0"}[sex]
        text += f"        <GenderCurrent>{code}</GenderCurrent>\n"
    else:
        text += f"        <Sex>{sex}</Sex>\n"
    if child.died and child.died <= census.up_to:
        text += f"        <PersonDeathDate>{iso(child.died)}</PersonDeathDate>\n"
    return text + "      </ChildIdentifiers>\n"


def _tag(name: str, day: int, indent: str = "          ") -> str:
    return f"{indent}<{name}>{iso(day)}</{name}>\n"


def _episode(e: Episode, census: Census) -> Iterator[str]:
    """One episode of need, its blocks in the order of the schema."""
    up_to, known = census.up_to, census.known
    closed = e.closed if e.closed and e.closed <= up_to and e.closed_known <= known else 0
    yield "      <CINdetails>\n"
    yield f"        <CINreferralDate>{iso(e.referral)}</CINreferralDate>\n"
    source = "8" if e.source == "5D" and census.year < 2023 else e.source
    yield f"        <ReferralSource>{source}</ReferralSource>\n"
    if not e.nfa:
        need = e.need if e.need_known <= known else "N0"
        yield f"        <PrimaryNeedCode>{need}</PrimaryNeedCode>\n"
    if closed:
        reason = "RC8" if e.reason == "RC9" and census.year < 2023 else e.reason
        yield f"        <CINclosureDate>{iso(closed)}</CINclosureDate>\n"
        yield f"        <ReasonForClosure>{reason}</ReasonForClosure>\n"
    yield from _assessments(e, census)
    if census.year >= 2022:
        for plan in e.plans:
            if plan.start <= up_to and plan.known <= known and (not plan.end or plan.end >= census.begins):
                yield "        <CINPlanDates>\n" + _tag("CINPlanStartDate", plan.start)
                if plan.end and plan.end <= up_to and plan.end_known <= known:
                    yield _tag("CINPlanEndDate", plan.end)
                yield "        </CINPlanDates>\n"
    yield from _enquiries(e, census)
    yield f"        <ReferralNFA>{'true' if e.nfa else 'false'}</ReferralNFA>\n"
    yield from _protections(e, census)
    if census.year >= 2026:
        yield from _proceedings(e, census)
    yield "      </CINdetails>\n"


def _assessments(e: Episode, census: Census) -> Iterator[str]:
    for a in e.assessments:
        if a.start > census.up_to or a.known > census.known or (a.done and a.done < census.begins):
            continue
        yield "        <Assessments>\n" + _tag("AssessmentActualStartDate", a.start)
        if a.review and a.review <= census.up_to and (not a.done or a.review <= a.done):
            yield _tag("AssessmentInternalReviewDate", a.review)
        if a.done and a.done <= census.up_to and a.done_known <= census.known:
            yield _tag("AssessmentAuthorisationDate", a.done)
            if a.codes:
                codes = "".join(f"            <AssessmentFactors>{code}</AssessmentFactors>\n" for code in a.codes)
                yield f"          <FactorsIdentifiedAtAssessment>\n{codes}          </FactorsIdentifiedAtAssessment>\n"
        yield "        </Assessments>\n"


def _enquiries(e: Episode, census: Census) -> Iterator[str]:
    for q in e.enquiries:
        if q.start > census.up_to or q.known > census.known or max(q.start, q.conference) < census.begins:
            continue
        yield "        <Section47>\n" + _tag("S47ActualStartDate", q.start)
        decided = q.decided_known <= census.known
        if not (q.not_required and decided):
            yield _tag("InitialCPCtarget", q.target)
        if q.conference and q.conference <= census.up_to and q.conference_known <= census.known:
            yield _tag("DateOfInitialCPC", q.conference)
        yield f"          <ICPCnotRequired>{'true' if q.not_required and decided else 'false'}</ICPCnotRequired>\n"
        yield "        </Section47>\n"


def _protections(e: Episode, census: Census) -> Iterator[str]:
    up_to, known = census.up_to, census.known
    for p in e.protections:
        if p.start > up_to or p.known > known or (p.end and p.end < census.begins):
            continue
        yield "        <ChildProtectionPlans>\n" + _tag("CPPstartDate", p.start)
        ended = p.end and p.end <= up_to and p.end_known <= known
        if ended:
            yield _tag("CPPendDate", p.end)
        latest = p.latest if p.latest_since <= up_to else p.initial
        yield f"          <InitialCategoryOfAbuse>{p.initial}</InitialCategoryOfAbuse>\n"
        yield f"          <LatestCategoryOfAbuse>{latest}</LatestCategoryOfAbuse>\n"
        yield f"          <NumberOfPreviousCPP>{p.previous}</NumberOfPreviousCPP>\n"
        held = [day for _, day, recorded in p.reviews if day <= up_to and recorded <= known and day > p.start]
        if held:
            dates = "".join(f"            <CPPreviewDate>{iso(day)}</CPPreviewDate>\n" for day in held)
            yield f"          <Reviews>\n{dates}          </Reviews>\n"
        yield "        </ChildProtectionPlans>\n"


def _proceedings(e: Episode, census: Census) -> Iterator[str]:
    up_to, known = census.up_to, census.known
    for s in e.proceedings:
        if s.start > up_to or s.known > known or s.decision < census.begins:
            continue
        yield "        <PreProceedingsandFGDM>\n" + _tag("PPStartDate", s.start)
        if s.letter <= up_to:
            yield _tag("LBPSentDate", s.letter)
        yield f"          <FGDMMeetingOffer>{s.offered}</FGDMMeetingOffer>\n"
        yield f"          <FGDMMeetingFac>{s.facilitated}</FGDMMeetingFac>\n"
        if s.meeting <= up_to:
            yield _tag("InitialPPMeetingDate", s.meeting)
        decided = s.decision <= up_to and s.decision_known <= known
        yield f"          <ReviewMeetingsCount>{s.reviews if decided else 0}</ReviewMeetingsCount>\n"
        if decided:
            yield _tag("StepDecisionDate", s.decision)
            yield f"          <PPOutcome>{s.outcome}</PPOutcome>\n"
            if s.court and s.court <= up_to:
                yield _tag("CourtAppDate", s.court)
                yield _tag("LetterInitCPDate", s.court)
        yield "        </PreProceedingsandFGDM>\n"
