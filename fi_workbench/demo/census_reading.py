"""An independent reading of the annual children in need returns, for measuring what was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from lxml import etree


@dataclass(slots=True)
class Need:
    """One episode of need as the census has it."""

    child: str
    referral: date
    source: str
    need: str
    closed: date | None
    reason: str
    nfa: bool
    assessments: list[tuple[date, date | None, tuple[str, ...]]] = field(default_factory=list)
    plans: list[tuple[date, date | None]] = field(default_factory=list)
    enquiries: list[tuple[date, date | None]] = field(default_factory=list)
    protections: list[tuple[date, date | None, str, int, tuple[date, ...]]] = field(default_factory=list)


@dataclass(slots=True)
class CensusChild:
    """One child as the census has it."""

    born: date | None
    sex: str
    disabled: bool
    episodes: list[Need]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _known_day(text: str | None) -> date:
    return datetime.strptime(text or "", "%Y-%m-%d").date()  # noqa: DTZ007 - a date without a time


def read_census(path: Path) -> list[CensusChild]:
    """Every child of an annual return."""
    children = []
    for _, node in etree.iterparse(str(path), tag="Child"):
        sex = node.findtext("ChildIdentifiers/Sex") or {"1": "M", "2": "F"}.get(
            node.findtext("ChildIdentifiers/GenderCurrent") or "", "U"
        )
        codes = [one.text for one in node.findall("ChildCharacteristics/Disabilities/Disability")]
        reference = node.findtext("ChildIdentifiers/LAchildID") or ""
        child = CensusChild(
            _day(node.findtext("ChildIdentifiers/PersonBirthDate")),
            sex,
            any(code not in {None, "NONE"} for code in codes),
            [_need(reference, one) for one in node.findall("CINdetails")],
        )
        children.append(child)
        node.clear()
    return children


def _need(child: str, node: etree._Element) -> Need:
    need = Need(
        child,
        _known_day(node.findtext("CINreferralDate")),
        node.findtext("ReferralSource") or "",
        node.findtext("PrimaryNeedCode") or "",
        _day(node.findtext("CINclosureDate")),
        node.findtext("ReasonForClosure") or "",
        node.findtext("ReferralNFA") == "true",
    )
    for one in node.findall("Assessments"):
        codes = tuple(code.text or "" for code in one.findall("FactorsIdentifiedAtAssessment/AssessmentFactors"))
        done = _day(one.findtext("AssessmentAuthorisationDate"))
        need.assessments.append((_known_day(one.findtext("AssessmentActualStartDate")), done, codes))
    for one in node.findall("CINPlanDates"):
        need.plans.append((_known_day(one.findtext("CINPlanStartDate")), _day(one.findtext("CINPlanEndDate"))))
    for one in node.findall("Section47"):
        need.enquiries.append((_known_day(one.findtext("S47ActualStartDate")), _day(one.findtext("DateOfInitialCPC"))))
    for one in node.findall("ChildProtectionPlans"):
        need.protections.append(
            (
                _known_day(one.findtext("CPPstartDate")),
                _day(one.findtext("CPPendDate")),
                one.findtext("InitialCategoryOfAbuse") or "",
                int(one.findtext("NumberOfPreviousCPP") or 0),
                tuple(_known_day(held.text) for held in one.findall("Reviews/CPPreviewDate")),
            )
        )
    return need
