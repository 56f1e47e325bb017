"""The manager's page is made by its own notebook, names cases and nobody, and is closed to others and gone in time."""

from __future__ import annotations

import re
import stat
import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, Town, make_town

from fi_workbench import briefs
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.manager_pages import LARGEST_BYTES, PAGE

ORDER = [
    "Which referrals wait for a decision?", "Which children have no lead practitioner?", "Who leaves, and what is there to hand over?", "How much room is there?",
    "What comes in four weeks, and what has no record?", "Which assessments need a look?", "Which plans need a decision?",
    "Where did the worker change?", "Which families fit no segment clearly?", "Who is due for supervision?", "What can this not tell us?",
]  # fmt: skip


def planned(town: Town) -> briefs.Plan:
    return briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = make_town(tmp_path_factory.mktemp("managers town"))
    report = briefs.build_manager_pages(planned(made))
    assert report.built == ("unit_tyne", "unit_wear"), report
    return made


def folder(town: Town) -> Path:
    return town.folder / "managers" / str(WEEK)


def test_a_manager_reads_what_waits_and_who_holds_how_much(town: Town) -> None:
    page = (folder(town) / "unit_tyne" / PAGE).read_bytes()
    assert faults(page, largest=LARGEST_BYTES) == []
    text = page.decode()
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", text) == ORDER
    for said in (
        "No lead practitioner recorded: 1 child, by date", "Without since", "Rule: ", "CMS-204874", "nobody yet", "61 of 68 places", "10.2",
        "1 worker leaves or left. They hold 14 children to hand over.", "1 worker is away or will be. They hold 9 children to hand over.", "Working day 25 reached, no end recorded: 1 child, by date",
        "1 meeting that fell due has no record.", "Use until 29 November 2026", "No list says who is on leave",
    ):  # fmt: skip
        assert said in text, said
    assert text.index("W-018") < text.index("W-017", text.index("What each worker holds"))
    assert "Quillfeather" not in text


def test_a_unit_with_nothing_reads_so(town: Town) -> None:
    text = (folder(town) / "unit_wear" / PAGE).read_text(encoding="utf-8")
    assert "Every open child of this unit has a lead practitioner on record." in text
    assert "CMS-" not in text
    assert "None" not in text


def test_a_manager_reads_both_cases_of_families_to_place_and_no_name(town: Town) -> None:
    text = (folder(town) / "unit_tyne" / PAGE).read_text(encoding="utf-8")
    part = text[text.index("Which families fit no segment clearly?") : text.index("Who is due for supervision?")]
    assert "1 family between two segments, 1 that no segment fits." in part
    assert "Neglect: neglect recorded. Health: a child&#39;s mental health recorded." in part
    assert "Rare in every segment: a young carer recorded. Health: a young carer recorded." in part
    assert part.index("CMS-204872") < part.index("CMS-204871"), "between two first, then unlike all"
    assert "f" * 16 not in text, "no pseudonym either"
    assert "risk" not in text.lower()
    quiet = (folder(town) / "unit_wear" / PAGE).read_text(encoding="utf-8")
    assert "Every open family fits one segment best." in quiet
    assert not list(town.folder.glob("worklists/*/*/manager.html")), "a manager has one page"


def test_it_is_closed_to_others_and_goes_when_its_days_are_over(town: Town, tmp_path: Path) -> None:
    own = folder(town) / "unit_tyne"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert stat.S_IMODE((own / PAGE).stat().st_mode) == 0o600
    assert briefs.expire_worklists(town.folder, date(2026, 11, 29)) == ()
    assert folder(town).is_dir()
    assert briefs.expire_worklists(town.folder, date(2026, 11, 30)) == (str(WEEK),)
    assert not folder(town).exists()


def test_without_the_list_of_restricted_records_there_is_none(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town", sources={"case_people": WEEK.sunday, "roster": WEEK.sunday})
    report = briefs.build_manager_pages(planned(town))
    assert report.built == ()
    assert "restricted" in report.why_not
    assert not folder(town).exists()


def test_a_page_that_names_somebody_who_is_restricted_since_is_not_made(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    report = briefs.build_manager_pages(planned(town), hidden=briefs.Hidden(frozenset({"cms-204874"})))
    assert report.built == ("unit_wear",)
    assert "restricted, or died, since the week was made" in report.failed["unit_tyne"]
    assert not (folder(town) / "unit_tyne").exists()
    nobody = briefs.build_manager_pages(planned(town), hidden=briefs.Hidden(everyone=True))
    assert "cannot be read" in nobody.why_not
    assert not folder(town).exists()
