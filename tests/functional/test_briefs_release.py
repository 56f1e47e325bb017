"""People release and recall; the night may only hold. Worklists are closed, and go when their days are over."""

from __future__ import annotations

import hashlib
import html
import io
import json
import os
import re
import shutil
import stat
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import AT, WEEK, Town, make_town

from fi_workbench import briefs
from fi_workbench.briefs import recalling
from fi_workbench.briefs.building import _keep_report, brief_files
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.folders import DATA, INDEX, PAGE, PAPER, TEXT, published
from fi_workbench.briefs.gate import paper_faults
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.model import Brief, Part
from fi_workbench.briefs.week import open_week
from fi_workbench.display import Section
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


def release(town: Town, by: str = PERSON, reason: str = "") -> Path:
    return briefs.release(workspace=town.folder, week=WEEK, by=by, at=AT, lake=town.lake, reason=reason)


def recall(town: Town, *units: str, reason: str = "the visits were of another week") -> dict[str, int]:
    return briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason=reason, at=AT, lake=town.lake, units=units)


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


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_what_waits_is_closed_to_other_accounts_and_what_is_released_is_not(town: Town) -> None:
    root, before = town.folder / "built", os.umask(0o022)
    try:
        assert mode(root) == 0o700
        root.chmod(0o755)  # as an earlier version left it
        target = release(town)
        assert mode(root) == 0o700
        readable = [town.folder / "briefs", target, *target.rglob("*"), town.folder / "briefs" / INDEX]
        assert {mode(path) & 0o055 for path in readable if path.is_dir()} == {0o055}
        assert {mode(path) & 0o044 for path in readable if path.is_file()} == {0o044}
        shutil.rmtree(root)
        briefs.hold(workspace=town.folder, week=WEEK.shift(1), reasons=["too old"], at=AT, lake=town.lake)
        assert mode(root) == 0o700
    finally:
        os.umask(before)


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


def test_a_recalled_week_is_released_again_unchanged_only_by_a_reason_that_readers_see(town: Town) -> None:
    target = release(town, reason="read twice")
    assert "released again" not in (target / INDEX).read_text()
    recall(town, reason="by mistake")
    with pytest.raises(BriefError, match="taken back, and nothing changed since") as caught:
        release(town, reason=" ")
    assert caught.value.where == f"{WEEK}: unit_tyne, unit_wear"
    assert "--reason" in caught.value.next_step
    assert not list(target.rglob(DATA))
    with pytest.raises(DisclosureError, match="A reason holds a full name"):
        release(town, reason="Aurelia Quillfeather was right")
    assert not list(target.rglob(DATA))
    assert b"Good to use." in (release(town, reason="it was right as it was") / "unit_tyne" / PAGE).read_bytes()
    assert "Why it is released again: It was right as it was." in (target / INDEX).read_text()
    assert town.lake.decisions("release")["reason"].to_list() == ["read twice", "it was right as it was"]
    assert release(town) == target
    assert town.lake.decisions("release").height == 2


def test_a_recall_of_one_unit_leaves_the_others_and_says_so_in_the_list_of_the_week(town: Town) -> None:
    target = release(town)
    other = {path.name: path.read_bytes() for path in (target / "unit_wear").iterdir()}
    assert recall(town, "unit_tyne") == {"briefs": 1}
    assert {path.name: path.read_bytes() for path in (target / "unit_wear").iterdir()} == other
    index = (target / INDEX).read_text()
    assert faults(index.encode()) == []
    assert index.count("Taken back. Do not use it.") == 1
    assert re.search(r">Tyne</a>.*Taken back\. Do not use it\.", index)
    assert f"Released by {PERSON} on 23 November 2026." in index
    assert "Some of it was taken back." in (target.parent / INDEX).read_text()
    mail = (briefs.built_folder(town.folder, WEEK, "") / "email.eml").read_text()
    assert "Some of the briefs for the week to 22 November 2026 were taken back" in mail
    assert "Tyne" not in mail
    with pytest.raises(BriefError, match="no released brief") as caught:
        recall(town, "unit_tyne")
    assert caught.value.next_step == "Units with a released brief: unit_wear"
    recall(town, reason="the rest is wrong, too")
    assert "These briefs were taken back" in (target / INDEX).read_text()
    assert "visits were of another week" in (target / "unit_tyne" / PAGE).read_text(), "its own reason stays"


def test_a_notice_stands_in_every_form_that_the_brief_had(town: Town) -> None:
    target = release(town)
    recall(town, "unit_tyne")
    said = f"This brief was taken back on 23 November 2026 by {PERSON}."
    assert sorted(path.name for path in (target / "unit_tyne").iterdir()) == sorted([PAGE, PAPER, TEXT])
    assert faults((target / "unit_tyne" / PAGE).read_bytes()) == []
    paper = (target / "unit_tyne" / PAPER).read_bytes()
    assert paper_faults(paper) == []
    drawn = " ".join(word for one in PdfReader(io.BytesIO(paper)).pages for word in one.extract_text().split())
    for told in (
        (target / "unit_tyne" / PAGE).read_text(),
        drawn,
        (target / "unit_tyne" / TEXT).read_text(encoding="utf-8"),
    ):
        assert said in told
        assert "Why: The visits were of another week." in told
        assert "No record by the due date" not in told


def test_a_recall_takes_the_worklists_and_the_managers_page_of_the_unit_with_it(town: Town) -> None:
    release(town)
    plan = planned(town)
    briefs.build_worklists(plan)
    assert briefs.build_manager_pages(plan, workers=1).failed == {}
    lists, managers = briefs.worklists_folder(town.folder, WEEK), town.folder / "managers" / str(WEEK)
    other = (managers / "unit_wear" / "manager_page.html").read_bytes()
    facts = (lists / "worklists.json").read_bytes()
    assert recall(town, "unit_tyne") == {"worklists": 2, "managers": 1, "briefs": 1}
    for path in (*(lists / "unit_tyne").iterdir(), managers / "unit_tyne" / "manager_page.html"):
        text = path.read_text()
        assert "taken back on 23 November 2026" in text
        assert "CMS-" not in text
        assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    assert (managers / "unit_wear" / "manager_page.html").read_bytes() == other
    assert (lists / "worklists.json").read_bytes() == facts, "they still go when their days are over"
    assert (lists / "unit_wear").is_dir()


def test_notices_stay_where_pages_of_other_units_are_made_again(town: Town) -> None:
    release(town)
    plan = planned(town)
    briefs.build_worklists(plan)
    briefs.build_manager_pages(plan, workers=1)
    recall(town, "unit_tyne")
    assert briefs.recalled_units(town.lake, WEEK, town.run.run_id) == {"unit_tyne"}
    assert briefs.recalled_units(town.lake, WEEK, "another") == set()
    briefs.build_worklists(plan.only(["unit_wear"]))
    briefs.build_manager_pages(plan.only(["unit_wear"]), workers=1)
    worklist = briefs.worklists_folder(town.folder, WEEK) / "unit_tyne" / "W-017.html"
    manager = town.folder / "managers" / str(WEEK)
    for path in (worklist, manager / "unit_tyne" / "manager_page.html"):
        assert "This page was taken back" in path.read_text() or "This worklist was taken back" in path.read_text()
    assert json.loads((manager / "worklists.json").read_text())["units"] == ["unit_tyne", "unit_wear"]
    release(town, reason="it was right")
    assert briefs.recalled_units(town.lake, WEEK, town.run.run_id) == set()


def test_the_digest_of_the_same_run_goes_with_the_briefs_and_does_not_repeat_the_reason(town: Town) -> None:
    release(town)
    assert briefs.build_whole_pages(planned(town), only=("digest",)).failed == {}
    page = briefs.release_digest(workspace=town.folder, week=WEEK, by=PERSON, at=AT, lake=town.lake)
    assert recall(town, "unit_tyne") == {"briefs": 1, "published": 1}
    text = page.read_text()
    assert "This digest was taken back on 23 November 2026." in text
    assert "The briefs that it was made with were taken back." in text
    assert "visits were of another week" not in text
    assert PERSON not in text
    assert not briefs.digest_stands(town.lake, WEEK)


def test_a_digest_of_a_run_whose_briefs_were_taken_back_needs_a_reason(town: Town) -> None:
    release(town)
    assert briefs.build_whole_pages(planned(town), only=("digest",)).failed == {}
    recall(town)
    with pytest.raises(BriefError, match="nothing changed since"):
        briefs.release_digest(workspace=town.folder, week=WEEK, by=PERSON, at=AT, lake=town.lake)
    assert not (town.folder / "published").exists()
    briefs.release_digest(workspace=town.folder, week=WEEK, by=PERSON, at=AT, lake=town.lake, reason="it counts others")
    assert briefs.digest_stands(town.lake, WEEK)


def test_the_data_note_says_what_was_taken_back_and_keeps_the_rest(town: Town) -> None:
    def trust() -> Section:
        return briefs.open_data_note(str(WEEK), workspace=town.folder).trust()

    release(town)
    before = trust()
    recall(town, "unit_tyne")
    after = trust()
    assert after.level == "stop"
    assert after.lead == (f"Taken back on 23 November 2026: Tyne. Why: The visits were of another week. {before.lead}")
    assert AT.date() in after.dates
    assert briefs.build_whole_pages(planned(town), only=("data_note",)).failed == {}
    note = (town.folder / "data_notes" / str(WEEK) / "data_note.html").read_text()
    assert "Taken back on 23 November 2026: Tyne." in note
    assert "31 of 50" in note
    release(town, reason="it was right")
    assert trust() == before


def test_a_recall_that_was_stopped_before_the_briefs_can_be_asked_for_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = release(town)
    briefs.build_worklists(planned(town))
    with monkeypatch.context() as patch:
        patch.setattr(recalling, "digest_stands", stop)
        with pytest.raises(KeyboardInterrupt):
            recall(town)
    assert town.lake.decisions("recall").is_empty()
    assert (target / "unit_tyne" / DATA).is_file()
    assert recall(town) == {"worklists": 2, "briefs": 3}
    assert town.lake.decisions("recall").height == 1


def stop(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_pages_that_another_run_has_made_since_are_left_as_they_are(town: Town) -> None:
    release(town)
    briefs.build_worklists(planned(town))
    manifest = briefs.worklists_folder(town.folder, WEEK) / "worklists.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "run": "another"}))
    assert recall(town) == {"briefs": 3}
    assert "CMS-" in (manifest.parent / "unit_tyne" / "W-017.html").read_text()


def test_what_only_one_unit_changed_brings_no_other_back(town: Town) -> None:
    release(town)
    recall(town, "unit_tyne")
    recall(town, "unit_wear")
    folder = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    change_built(folder)
    with pytest.raises(BriefError, match="nothing changed since") as caught:
        release(town)
    assert caught.value.where == f"{WEEK}: unit_wear"
    change_built(briefs.built_folder(town.folder, WEEK, "unit_wear"))
    assert (release(town) / "unit_wear" / DATA).is_file()


def test_what_was_taken_back_does_not_come_back_over_a_release_that_changed_it(town: Town) -> None:
    folder = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    as_it_was = {path.name: path.read_bytes() for path in folder.iterdir()}
    release(town)
    recall(town, "unit_tyne")
    change_built(folder)
    release(town)
    write_files(folder, as_it_was)
    with pytest.raises(BriefError, match="nothing changed since") as caught:
        release(town)
    assert caught.value.where == f"{WEEK}: unit_tyne"
    target = release(town, reason="it was right as it was")
    assert "Why it is released again: It was right as it was." in (target / INDEX).read_text()
    change_built(folder)
    release(town)
    assert "released again" not in (target / INDEX).read_text()
    write_files(folder, as_it_was)
    release(town)  # somebody said that it was right


def test_the_reason_of_a_second_release_stays_in_the_list_of_the_week(town: Town) -> None:
    target = release(town)
    recall(town)
    release(town, reason="they were right after all")
    said = "Why it is released again: They were right after all."
    recall(town, "unit_tyne")
    assert said in (target / INDEX).read_text()
    assert "Taken back. Do not use it." in (target / INDEX).read_text()


def change_built(folder: Path) -> None:
    """Change a built brief as building it from other data would: its text and the hash of it."""
    text = folder / TEXT
    text.write_bytes(text.read_bytes() + b"Mended.\n")
    facts = json.loads((folder / DATA).read_text())
    facts["manifest"]["files_sha256"][TEXT] = hashlib.sha256(text.read_bytes()).hexdigest()
    (folder / DATA).write_text(json.dumps(facts))


def test_a_week_that_is_held_is_not_released_and_marks_the_last_one(town: Town) -> None:
    target = release(town)
    later = WEEK.shift(1)
    marked = briefs.hold(workspace=town.folder, week=later, reasons=["the visits are too old"], at=AT, lake=town.lake)
    assert marked == str(WEEK)
    page = (target / "unit_tyne" / PAGE).read_bytes()
    assert faults(page) == []
    text = page.decode()
    assert "do not use its dates" in text
    assert "week to 29 November 2026 failed its checks" in text
    with pytest.raises(BriefError, match="is held: the visits are too old"):
        briefs.release(workspace=town.folder, week=later, by=PERSON, at=AT, lake=town.lake)


HREF = re.compile(r'href="(?!mailto:|http)([^"#]+)')


def dead_links(town: Town) -> list[str]:
    """Links of the pages that readers have which lead nowhere."""
    pages = [page for folder in ("briefs", "published") for page in (town.folder / folder).rglob("*.html")]
    assert pages
    return [
        f"{page.relative_to(town.folder)}: {link}"
        for page in pages
        for link in HREF.findall(html.unescape(page.read_text(encoding="utf-8")))
        if not (page.parent / link).is_file()
    ]


def test_no_link_is_dead_whatever_was_done_with_a_week(town: Town) -> None:
    """Held, taken back for a unit or as a whole, released again: the list of the week leads to what is there."""
    target = release(town)
    assert len(HREF.findall((target / INDEX).read_text())) == 6
    assert dead_links(town) == []
    recall(town, "unit_wear")
    assert dead_links(town) == []
    briefs.hold(workspace=town.folder, week=WEEK.shift(1), reasons=["too old"], at=AT, lake=town.lake)
    assert dead_links(town) == []
    index = (target / INDEX).read_text()
    assert "unit_tyne/unit_brief.txt" in index
    assert "unit_tyne/unit_brief.pdf" not in index, "paper cannot be marked, so it is not there"
    assert "unit_wear/unit_brief.pdf" in index, "the notice is"
    assert f"Released by {PERSON} on 23 November 2026." in index
    assert "Taken back. Do not use it." in index
    recall(town)
    assert dead_links(town) == []
    release(town, reason="it was right")
    assert dead_links(town) == []
    briefs.hold(workspace=town.folder, week=WEEK.shift(1), reasons=["too old"], at=AT, lake=town.lake)
    assert "Why it is released again: It was right." in (target / INDEX).read_text()
    recall(town, "unit_tyne")
    assert dead_links(town) == []
    assert "Why it is released again: It was right." in (target / INDEX).read_text()


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
    assert recall(town, "unit_wear") == {"briefs": 2}, "its own page, and the one that showed it for want of another"
    assert "taken back on 23 November 2026" in (target / "unit_wear" / PAGE).read_text()
    assert b"There is no brief for Unit new" in (target / "unit_new" / PAGE).read_bytes()
    assert (target / "unit_tyne" / DATA).is_file()
    assert dead_links(town) == []


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
    assert briefs.hold(workspace=town.folder, week=WEEK, reasons=["too old"], at=AT, lake=town.lake) == ""
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


def test_a_list_is_made_without_whoever_was_restricted_since(town: Town) -> None:
    briefs.build_worklists(planned(town), hidden=briefs.Hidden(frozenset({"CMS-204871"})))
    text = (briefs.worklists_folder(town.folder, WEEK) / "unit_tyne" / "W-017.html").read_text()
    assert "CMS-204871" not in text
    assert "CMS-204872" in text


def test_lists_of_touched_weeks_go_with_an_erasure_and_of_others_those_that_name_the_person(town: Town) -> None:
    briefs.build_worklists(planned(town))
    briefs.build_manager_pages(planned(town).only(["unit_wear"]))
    lists = town.folder / "worklists"
    shutil.copytree(lists / str(WEEK), lists / "2026-W46")
    gone = briefs.withdraw_erased(town.folder, weeks=["2026-W46"], references=["CMS-204873"])
    assert gone == (
        "worklists/2026-W46/unit_tyne/W-017.html",
        "worklists/2026-W46/unit_tyne/W-018.html",
        f"worklists/{WEEK}/unit_tyne/W-018.html",
    )
    assert not (lists / "2026-W46").exists()
    assert json.loads((lists / str(WEEK) / "worklists.json").read_text())["worklists"]["unit_tyne"] == 1
    words = briefs.withdrawn_words(gone, "they were made from what is gone.")
    assert words.startswith("Withdrew 3 worklists of 2026-W46, 2026-W47: they were made from what is gone.")


def test_lists_of_a_run_that_does_not_say_who_its_people_are_go_whole(town: Town) -> None:
    briefs.build_worklists(planned(town))
    gone = briefs.withdraw_hidden(town.folder, town.lake, today=WEEK.sunday)
    assert len(gone) == 2
    assert not briefs.worklists_folder(town.folder, WEEK).exists()


def test_where_a_row_of_the_restricted_list_names_nobody_readable_no_page_names_cases(town: Town) -> None:
    briefs.build_worklists(planned(town))
    town.deliver("restricted", WEEK.sunday, {"restricted": [{"person_id": None}]})
    again = replace(planned(town), run=replace(town.run, pin=town.lake.pin(WEEK.sunday)))
    report = briefs.build_worklists(again)
    assert report.built == {}
    assert "a row whose case number cannot be read" in report.why_not
    assert not briefs.worklists_folder(town.folder, WEEK).exists()
    assert briefs.build_manager_pages(again).why_not == report.why_not
