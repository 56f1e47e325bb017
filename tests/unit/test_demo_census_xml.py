"""A census file holds what was true and known by its day, in the shape of its year."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import etree

from fi_workbench.demo.census_xml import Census, annual, child_block, in_year
from fi_workbench.demo.households import new_family
from fi_workbench.demo.patch import Patch, Span
from fi_workbench.demo.people import Person
from fi_workbench.demo.records import Assessment, Enquiry, Episode, Plan, Proceedings, Protection
from fi_workbench.demo.world import World


def _at(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal()


@pytest.fixture
def child() -> Person:
    day = _at(2025, 5, 6)
    patch = Patch(
        index=0, unit=0, families=400, seed=1, world=World(), span=Span(day - 999, day - 400, day + 600, (day,))
    )
    family = new_family(patch, 1, day)
    person = family.children[0]
    person.born, person.expected = _at(2015, 3, 1), 0
    return person


@pytest.fixture
def episode(child: Person) -> Episode:
    start = _at(2025, 5, 6)
    e = Episode(child, start, start, "5D", need="N1", need_known=start + 10)
    e.assessments.append(Assessment(start, start + 2, start + 30, start + 40, start + 14, ("3B", "16A")))
    e.enquiries.append(Enquiry(start, start + 1, start + 21, start + 20, start + 25, False, start + 9))
    e.protections.append(
        Protection(
            start + 20, start + 25, "NEG", "EMO", 1, start + 110, 0, 0, [(start + 111, start + 110, start + 113)]
        )
    )
    e.proceedings.append(
        Proceedings(
            start + 200, start + 203, start + 205, "Y", "N", start + 215, 2, start + 290, start + 295, "court", 0
        )
    )
    return e


def _block(child: Person, episode: Episode, census: Census) -> etree._Element | None:
    text = child_block(child, [episode], census)
    return etree.fromstring(text) if text else None


def test_what_is_not_known_yet_is_not_there(child: Person, episode: Episode) -> None:
    start = episode.referral
    assert _block(child, episode, in_year(start - 1)) is None
    first = _block(child, episode, in_year(start))
    assert first is not None
    assert first.findtext("CINdetails/PrimaryNeedCode") == "N0"
    assert first.find("CINdetails/Assessments") is None
    later = _block(child, episode, in_year(start + 24))
    assert later is not None
    assert later.find("CINdetails/Assessments/AssessmentAuthorisationDate") is None
    assert later.find("CINdetails/Section47/DateOfInitialCPC") is None
    assert later.find("CINdetails/ChildProtectionPlans") is None
    whole = _block(child, episode, in_year(start + 120))
    assert whole is not None
    assert whole.findtext("CINdetails/Assessments/AssessmentAuthorisationDate") == "2025-06-05"
    codes = [node.text for node in whole.iter("AssessmentFactors")]
    assert codes == ["3B", "16A"]
    assert whole.findtext("CINdetails/ChildProtectionPlans/LatestCategoryOfAbuse") == "EMO"
    assert whole.findtext("CINdetails/ChildProtectionPlans/Reviews/CPPreviewDate") == "2025-08-24"


def test_a_return_of_another_year_leaves_the_episode_out(child: Person, episode: Episode) -> None:
    episode.closed = episode.closed_known = _at(2025, 12, 1)
    episode.reason = "RC9"
    assert _block(child, episode, annual(2025)) is None
    assert _block(child, episode, annual(2026)) is not None
    assert _block(child, episode, annual(2027)) is None


def test_each_year_has_its_shape(child: Person, episode: Episode) -> None:
    episode.closed = episode.closed_known = _at(2026, 3, 20)
    episode.reason = "RC9"
    episode.plans.append(Plan(episode.referral + 2, episode.referral + 3, episode.referral + 9, episode.referral + 9))

    def shaped(year: int) -> etree._Element:
        census = Census(year, _at(2026, 3, 31), _at(2026, 6, 1), "2026-06-01T00:00:00")
        node = _block(child, episode, census)
        assert node is not None
        return node

    assert shaped(2021).find("CINdetails/CINPlanDates") is None
    assert shaped(2022).find("CINdetails/CINPlanDates") is not None
    assert shaped(2022).findtext("CINdetails/ReasonForClosure") == "RC8"
    assert shaped(2022).findtext("CINdetails/ReferralSource") == "8"
    assert shaped(2023).findtext("CINdetails/ReasonForClosure") == "RC9"
    assert shaped(2023).findtext("CINdetails/ReferralSource") == "5D"
    assert shaped(2024).findtext("ChildIdentifiers/GenderCurrent") in {"1", "2"}
    assert shaped(2025).findtext("ChildIdentifiers/Sex") in {"M", "F"}
    assert shaped(2025).find("CINdetails/PreProceedingsandFGDM") is None
    assert shaped(2026).findtext("CINdetails/PreProceedingsandFGDM/PPOutcome") == "court"


def test_a_child_not_yet_born_has_an_expected_date_and_no_sex(child: Person, episode: Episode) -> None:
    child.born = child.expected = episode.referral + 60
    before = _block(child, episode, in_year(episode.referral + 30))
    after = _block(child, episode, in_year(episode.referral + 70))
    assert before is not None
    assert after is not None
    assert before.find("ChildIdentifiers/PersonBirthDate") is None
    assert before.findtext("ChildIdentifiers/ExpectedPersonBirthDate") == "2025-07-05"
    assert before.findtext("ChildIdentifiers/Sex") == "U"
    assert after.findtext("ChildIdentifiers/PersonBirthDate") == "2025-07-05"
    assert after.findtext("ChildIdentifiers/UPNunknown") == "UN1"
