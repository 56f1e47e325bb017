"""People release and recall; the night may only hold. Worklists are closed, and go when their days are over."""

from __future__ import annotations

import html
import json
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import AT, WEEK, Town, make_town

from fi_workbench import briefs
from fi_workbench.briefs.building import _keep_report, brief_files
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.folders import DATA, INDEX, PAGE, published
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.model import Brief, Part
from fi_workbench.briefs.week import open_week
from fi_workbench.errors import BriefError, DisclosureError, WrongUseError

PERSON = "Marian Halcombe"


def planned(town: Town) -> briefs.Plan:
    return briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town whose briefs are built without a kernel: the same pieces put together by hand."""
    made = make_town(tmp_path / "town")
    plan = planned(made)
    for unit in plan.units:
        week = open_week(str(WEEK), unit, workspace=made.folder)
        part = Part(title="What can we do this week?", sections=(week.actions(),))
        brief = Brief(head=week.heading(), trust=week.trust(), parts=(part,), made_from=week.made_from())
        with published(briefs.built_folder(made.folder, WEEK, unit)) as staging:
            write_files(staging, brief_files(brief, plan, "{}"))
    _keep_report(plan, list(plan.units), {})
    return made


def release(town: Town, by: str = PERSON) -> Path:
    return briefs.release(workspace=town.folder, week=WEEK, by=by, at=AT, lake=town.lake)


def test_a_release_shows_every_unit_and_who_released_it(town: Town) -> None:
    target = release(town)
    assert target == briefs.released_folder(town.folder, WEEK)
    assert sorted(p.relative_to(target).as_posix() for p in target.rglob("*.html")) == [
        INDEX,
        f"unit_tyne/{PAGE}",
        f"unit_wear/{PAGE}",
    ]
    index = (target / INDEX).read_bytes()
    assert faults(index) == []
    assert f"Released by {PERSON} on 23 November 2026." in index.decode()
    assert b'href="unit_tyne/unit_brief.html"' in index
    built = briefs.built_folder(town.folder, WEEK, "unit_tyne") / PAGE
    assert (target / "unit_tyne" / PAGE).read_bytes() == built.read_bytes()


def test_the_decision_and_the_audit_say_who_and_when(town: Town) -> None:
    release(town)
    decision = town.lake.decisions("release").to_dicts()[0]
    assert (decision["subject"], decision["by"]) == (str(WEEK), PERSON)
    line = json.loads((town.folder / "logs" / "audit.jsonl").read_text().splitlines()[-1])
    assert (line["who"], line["what"], line["about"]) == (PERSON, "released a week", str(WEEK))


def test_a_release_needs_a_name_and_something_built(town: Town, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError):
        release(town, by=" ")
    empty = make_town(tmp_path / "empty")
    with pytest.raises(BriefError, match="Nothing is built"):
        release(empty)


def test_a_brief_that_was_changed_is_not_released(town: Town) -> None:
    page = briefs.built_folder(town.folder, WEEK, "unit_tyne") / PAGE
    page.write_bytes(page.read_bytes() + b" ")
    with pytest.raises(BriefError, match="changed after it was built"):
        release(town)
    assert not briefs.released_folder(town.folder, WEEK).exists()


def test_briefs_of_different_runs_are_not_released_together(town: Town) -> None:
    report = briefs.built_folder(town.folder, WEEK, "") / "report.json"
    report.write_text(json.dumps({"run": "another"}))
    with pytest.raises(BriefError, match="different runs"):
        release(town)


def test_a_recall_leaves_a_notice_wherever_a_page_was(town: Town) -> None:
    target = release(town)
    briefs.recall(
        workspace=town.folder, week=WEEK, by=PERSON, reason="the visits were of another week", at=AT, lake=town.lake
    )
    for path in (target / INDEX, target / "unit_tyne" / PAGE, target / "unit_wear" / PAGE):
        text = path.read_text()
        assert f"taken back on 23 November 2026 by {PERSON}" in text
        assert "Why: The visits were of another week." in text
        assert faults(path.read_bytes()) == []
    assert not list(target.rglob(DATA))
    assert town.lake.decisions("recall").height == 1
    with pytest.raises(BriefError, match="not released"):
        briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason="again", at=AT, lake=town.lake)


def test_a_recall_does_not_tell_whom_it_was_about(town: Town) -> None:
    target = release(town)
    before = (target / INDEX).read_bytes()
    with pytest.raises(DisclosureError) as caught:
        briefs.recall(
            workspace=town.folder, week=WEEK, by=PERSON, reason="it named Aurelia Quillfeather", at=AT, lake=town.lake
        )
    assert "quillfeather" not in str(caught.value).lower()
    assert (target / INDEX).read_bytes() == before
    assert town.lake.decisions("recall").height == 0


def test_a_recalled_week_can_be_released_again(town: Town) -> None:
    release(town)
    briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason="by mistake", at=AT, lake=town.lake)
    assert b"Good to use." in (release(town) / "unit_tyne" / PAGE).read_bytes()


def test_a_week_that_is_held_is_not_released_and_marks_the_last_one(town: Town) -> None:
    target = release(town)
    later = WEEK.shift(1)
    marked = briefs.hold(workspace=town.folder, week=later, reasons=["the visits are too old"], at=AT)
    assert marked == str(WEEK)
    page = (target / "unit_tyne" / PAGE).read_bytes()
    assert faults(page) == []
    text = page.decode()
    assert "do not use its dates" in text
    assert "week to 29 November 2026 failed its checks" in text
    with pytest.raises(BriefError, match="is held: the visits are too old"):
        briefs.release(workspace=town.folder, week=later, by=PERSON, at=AT, lake=town.lake)


def test_where_a_units_brief_failed_its_last_good_one_stands_under_a_banner(town: Town) -> None:
    assert b"Good to use." in (release(town) / "unit_wear" / PAGE).read_bytes()
    later = WEEK.shift(1)
    run = town.lake.open_run(
        str(later), pin=town.run.pin, settings_fingerprint="f", settings_text=town.run.settings_text,
        model_version=None, code_version="0.1.0", made_at=AT,
    )  # fmt: skip
    run = town.lake.close_run(str(later), run.run_id, at=AT)
    built = briefs.built_folder(town.folder, later, "")
    for unit, failed in (
        ("unit_tyne", {}),
        ("", {"unit_wear": "cell 7: ValueError", "unit_new": "cell 7: ValueError"}),
    ):
        if unit:
            shutil.copytree(briefs.built_folder(town.folder, WEEK, unit), built / unit)
            facts = json.loads((built / unit / DATA).read_text())
            facts["manifest"]["run"] = run.run_id
            (built / unit / DATA).write_text(json.dumps(facts))
        (built / "report.json").write_text(json.dumps({"run": run.run_id, "failed": failed}))
    target = briefs.release(workspace=town.folder, week=later, by=PERSON, at=AT, lake=town.lake)
    wear = (target / "unit_wear" / PAGE).read_bytes()
    assert faults(wear) == []
    assert "Not this week's brief: do not use its dates." in html.unescape(wear.decode())
    assert b"Good to use." in wear
    assert not (target / "unit_wear" / DATA).exists()
    assert b"There is no brief for Unit new" in (target / "unit_new" / PAGE).read_bytes()


def test_an_old_extract_of_the_case_system_withholds_every_due_list(tmp_path: Path) -> None:
    old = WEEK.sunday - timedelta(days=5)
    days = {"roster": WEEK.sunday, "restricted": WEEK.sunday, "case_people": WEEK.sunday, "visits": old}
    town = make_town(tmp_path / "town", sources=days)
    report = briefs.build_worklists(planned(town))
    assert report.built == {}
    assert (
        "list of visits to children goes up to 17 November 2026, 4 working days before this is read" in report.why_not
    )
    shown = open_week(str(WEEK), "unit_tyne", workspace=town.folder).actions()
    assert shown.lead == report.why_not
    assert not shown.findings
    assert not shown.tables


def test_holding_the_first_week_marks_nothing(town: Town) -> None:
    assert briefs.hold(workspace=town.folder, week=WEEK, reasons=["too old"], at=AT) == ""
    with pytest.raises(BriefError, match="held"):
        release(town)


def test_worklists_are_closed_and_hold_references_but_no_names(town: Town) -> None:
    report = briefs.build_worklists(planned(town))
    assert report.built == {"unit_tyne": 2, "unit_wear": 0}
    assert report.why_not == ""
    folder = briefs.worklists_folder(town.folder, WEEK)
    page = folder / "unit_tyne" / "W-017.html"
    assert page.stat().st_mode & 0o077 == 0
    for place in (folder, folder / "unit_tyne", folder.parent):
        assert place.stat().st_mode & 0o077 == 0
    text = page.read_text()
    assert faults(page.read_bytes()) == []
    assert "CMS-204871" in text
    assert "CMS-204873" not in text
    assert "Quillfeather" not in text
    assert "No child protection visit recorded since 28 October 2026." in text
    assert text.index("12 Nov 2026") < text.index("27 Nov 2026")
    assert "Use until 29 November 2026, then it is deleted." in text
    assert "Police notifications" in text


def test_lists_made_for_one_unit_leave_the_others_alone(town: Town) -> None:
    briefs.build_worklists(planned(town))
    before = {path.name: path.read_bytes() for path in briefs.worklists_folder(town.folder, WEEK).glob("*/*.html")}
    briefs.build_worklists(planned(town).only(["unit_wear"]))
    folder = briefs.worklists_folder(town.folder, WEEK)
    assert {path.name: path.read_bytes() for path in folder.glob("*/*.html")} == before
    assert (folder / "unit_tyne").stat().st_mode & 0o077 == 0


def test_worklists_go_when_their_days_are_over(town: Town) -> None:
    briefs.build_worklists(planned(town))
    last = date(2026, 11, 29)
    assert briefs.expire_worklists(town.folder, last) == ()
    assert briefs.expire_worklists(town.folder, last + timedelta(days=1)) == (str(WEEK),)
    assert not briefs.worklists_folder(town.folder, WEEK).exists()


def test_worklists_that_do_not_say_when_they_end_go_at_once(town: Town) -> None:
    (town.folder / "worklists" / "2026-W01").mkdir(parents=True)
    assert briefs.expire_worklists(town.folder, date(2026, 1, 1)) == ("2026-W01",)


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"roster": WEEK.sunday}, "has not been loaded"),
        ({"roster": WEEK.sunday, "restricted": WEEK.sunday - timedelta(days=60)}, "too old"),
    ],
)
def test_without_the_list_of_restricted_records_there_are_no_worklists(
    tmp_path: Path, sources: dict[str, date], words: str
) -> None:
    town = make_town(tmp_path / "town", sources=sources)
    stale = briefs.worklists_folder(town.folder, WEEK)
    stale.mkdir(parents=True)
    report = briefs.build_worklists(planned(town))
    assert report.built == {}
    assert words in report.why_not
    assert not stale.exists()
