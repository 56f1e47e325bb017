"""An analyst reads, edits, drops, reconciles and releases; readers answer; the next brief says what came of it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import AT, TOML, WEEK, Town, make_town

from fi_workbench import briefs, weekly
from fi_workbench.briefs.building import _keep_report, brief_files
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.folders import DATA, INDEX, PAGE, PAPER, TEXT, published
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.model import Brief, Part
from fi_workbench.briefs.reviewing import as_built
from fi_workbench.briefs.week import UnitWeek, open_week
from fi_workbench.briefs.wording import faults_of_words
from fi_workbench.errors import BriefError, DisclosureError, WrongUseError
from fi_workbench.store import Lake
from fi_workbench.weekly import Workspace, open_workspace

PERSON = "Marian Halcombe"
MAILBOX = 'feedback_address = "briefs@town.example"\nplace = "The intranet, Monday briefs"\n'


def build(town: Town) -> None:
    """Build the briefs without a kernel: the same pieces put together by hand."""
    plan = briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run)
    for unit in plan.units:
        week = open_week(str(WEEK), unit, workspace=town.folder)
        parts = (
            Part(title="What can we do this week?", sections=(week.actions(),)),
            Part(title="How do we keep our dates?", sections=(week.dates_kept(),)),
        )
        brief = Brief(head=week.heading(), trust=week.trust(), parts=parts, made_from=week.made_from())
        with published(briefs.built_folder(town.folder, WEEK, unit)) as staging:
            write_files(staging, brief_files(brief, plan, "{}"))
    _keep_report(plan, list(plan.units), {})


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Town:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("briefs_town.TOML", TOML.replace("[[units]]", f"[briefs]\n{MAILBOX}[[units]]", 1))
        made = make_town(tmp_path_factory.mktemp("review") / "town")
    build(made)
    return made


@pytest.fixture
def town(built_once: Town, tmp_path: Path) -> Town:
    """A copy of the town, to be released and answered."""
    folder = tmp_path / "town"
    shutil.copytree(built_once.folder, folder)
    lake = Lake.open(folder / "lake", built_once.catalogue)
    return Town(folder, lake, built_once.catalogue, built_once.settings, built_once.run)


@pytest.fixture
def opened(town: Town) -> Workspace:
    return open_workspace(town.folder)


def release(town: Town, by: str = PERSON, at: datetime = AT) -> Path:
    return briefs.release(workspace=town.folder, week=WEEK, by=by, at=at, lake=town.lake)


def code_of(opened: Workspace, words: str, unit: str = "unit_tyne") -> str:
    found = weekly.findings_to_review(opened, WEEK)
    (code,) = found.filter(pl.col("unit") == unit, pl.col("words").str.contains(words, literal=True))["code"]
    return str(code)


def test_every_finding_has_a_code_three_taps_and_three_boxes(town: Town, opened: Workspace) -> None:
    page = briefs.built_folder(town.folder, WEEK, "unit_tyne") / PAGE
    text = page.read_text()
    assert faults(page.read_bytes()) == []
    for code in weekly.findings_to_review(opened, WEEK).filter(pl.col("unit") == "unit_tyne")["code"]:
        for answer in ("useful", "wrong", "acted%20on"):
            assert f'href="mailto:briefs@town.example?subject=Brief%20feedback%20{code}%20{answer}"' in text
        assert text.count(f'<span class="code">{code}</span>') == 1
    assert "<script" not in text


def test_codes_stay_when_numbers_change(town: Town, opened: Workspace) -> None:
    before = code_of(opened, "Due by 27 November")
    week = open_week(str(WEEK), "unit_tyne", workspace=town.folder)
    (finding,) = [one for one in week.actions().findings if one.key == "visit_due"]
    assert finding.code == before
    clocks = weekly.findings_to_review(opened, WEEK).filter(pl.col("section") == "clocks")
    assert clocks["code"].n_unique() == clocks.height == 2


def test_an_edit_is_kept_with_who_and_when_and_the_former_words_stay_with_the_decision(
    town: Town, opened: Workspace
) -> None:
    code = code_of(opened, "Due by 27 November")
    before = open_week(str(WEEK), "unit_tyne", workspace=town.folder).actions().findings[0].sentence
    after = "By 27 November 2026, please visit 3 children in 2 families."
    weekly.review_finding(opened, WEEK, code, "edit", by=PERSON, at=AT, after=after)
    built = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    assert after in (built / PAGE).read_text()
    assert before not in (built / PAGE).read_text()
    target = release(town)
    facts = json.loads((target / "unit_tyne" / DATA).read_text())
    assert facts["manifest"]["review"]["edited"] == [{"code": code, "by": PERSON, "at": "2026-11-23T05:30:00+00:00"}]
    assert not [path for path in target.rglob("*.*") if before.encode() in path.read_bytes()]
    kept = json.loads(town.lake.decisions("finding_review")["decision"][0])
    assert (kept["before"], kept["after"]) == (before, after)
    assert facts["manifest"]["review"]["not_looked_at"] == 2
    assert sorted(path.name for path in (target / "unit_tyne").iterdir()) == sorted([PAGE, PAPER, TEXT, DATA])
    page = (target / "unit_tyne" / PAGE).read_text()
    assert re.search(rf"{re.escape(after)} <span[^>]*>An analyst changed this sentence\.</span>", page)
    assert page.count("An analyst changed this sentence.") == 1
    assert f"{after} (An analyst changed this sentence.)" in (target / "unit_tyne" / TEXT).read_text(encoding="utf-8")
    paper = " ".join(
        words for one in PdfReader(target / "unit_tyne" / PAPER).pages for words in one.extract_text().split()
    )
    assert f"{after} An analyst changed this sentence." in paper
    assert "An analyst changed" not in (target / "unit_wear" / PAGE).read_text()
    other = json.loads((target / "unit_wear" / DATA).read_text())
    assert "review" not in other["manifest"]


def test_an_edit_that_is_taken_back_leaves_the_brief_as_it_was_built(town: Town, opened: Workspace) -> None:
    built = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    before = {name: (built / name).read_bytes() for name in (PAGE, PAPER, DATA)}
    code = code_of(opened, "Due by 27 November")
    weekly.review_finding(opened, WEEK, code, "edit", by=PERSON, at=AT, after="Please visit 3 children.")
    weekly.review_finding(opened, WEEK, code, "undo", by=PERSON, at=AT)
    assert {name: (built / name).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("Visit Aurelia Quillfeather by 27 November 2026.", "holds"),
        ("Visit 4 children.", "a figure that the finding does not have"),
        ("Visit four children.", "a figure that the finding does not have"),
        ("Visit 3 of 2 children.", "larger than its whole"),
        ("No children have to be visited.", "do not say what the finding counts"),
        ("Visit the children by 27 November 2026.", "do not say what the finding counts"),
        ("Visit 3 children, and ask Mrs Catherick.", "looks like the name of a person"),
        ("word " * 26, "too long"),
        (" ", "not edited"),
    ],
)
def test_an_edit_that_may_not_be_changes_nothing(town: Town, opened: Workspace, after: str, words: str) -> None:
    page = briefs.built_folder(town.folder, WEEK, "unit_tyne") / PAGE
    before = page.read_bytes()
    code = code_of(opened, "Due by 27 November")
    with pytest.raises((DisclosureError, WrongUseError), match=words) as caught:
        weekly.review_finding(opened, WEEK, code, "edit", by=PERSON, at=AT, after=after)
    assert "quillfeather" not in str(caught.value).lower()
    assert "contract" not in str(caught.value), "no column is to be classified: it is a person's sentence"
    assert page.read_bytes() == before
    assert town.lake.decisions("finding_review").is_empty()


def test_a_brief_that_is_built_again_shows_what_was_done_with_it(town: Town, opened: Workspace) -> None:
    built = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    plan = briefs.plan(lake=town.lake, week=WEEK, settings=opened.settings, workspace=town.folder).only(["unit_tyne"])
    assert briefs.build(plan).failed == {}
    code = code_of(opened, "Due by 27 November")
    weekly.review_finding(opened, WEEK, code, "edit", by=PERSON, at=AT, after="Please visit 3 children.")
    reviewed = {name: (built / name).read_bytes() for name in (PAGE, PAPER, DATA)}
    assert b"Please visit 3 children." in reviewed[PAGE]
    assert briefs.build(plan).failed == {}
    assert {name: (built / name).read_bytes() for name in reviewed} == reviewed
    weekly.review_finding(opened, WEEK, code, "undo", by=PERSON, at=AT)
    assert "Please visit" not in (built / PAGE).read_text()


def test_a_reason_with_somebody_in_it_is_refused_by_what_it_is(town: Town, opened: Workspace) -> None:
    code = code_of(opened, "Due by 27 November")
    with pytest.raises(DisclosureError, match="A reason holds a full name") as caught:
        weekly.review_finding(opened, WEEK, code, "drop", by=PERSON, at=AT, reason="Aurelia Quillfeather was seen")
    assert "What to do next: Say it without any person; nothing was kept." in str(caught.value)
    assert town.lake.decisions("finding_review").is_empty()


def test_a_number_that_stands_beside_the_sentence_may_be_used(town: Town, opened: Workspace) -> None:
    code = code_of(opened, "No record by the due date")
    finding = next(
        one for one in open_week(str(WEEK), "unit_tyne", workspace=town.folder).actions().findings if one.code == code
    )
    after = "There was no record for 3 of 12 children on 22 November 2026."
    assert "22 November 2026" in finding.as_of
    assert "22 November 2026" not in finding.sentence
    weekly.review_finding(opened, WEEK, code, "edit", by=PERSON, at=AT, after=after)
    assert after in (briefs.built_folder(town.folder, WEEK, "unit_tyne") / PAGE).read_text()


def test_a_dropped_finding_is_in_no_released_file(town: Town, opened: Workspace) -> None:
    code = code_of(opened, "No record by the due date")
    with pytest.raises(WrongUseError, match="why"):
        weekly.review_finding(opened, WEEK, code, "drop", by=PERSON, at=AT)
    weekly.review_finding(opened, WEEK, code, "drop", by=PERSON, at=AT, reason="the list came late")
    weekly.review_finding(opened, WEEK, code_of(opened, "Due by"), "accept", by=PERSON, at=AT)
    target = release(town)
    for name in (PAGE, TEXT, DATA):
        words = (target / "unit_tyne" / name).read_text(encoding="utf-8")
        assert "No record by the due date" not in words
        assert "the list came late" not in words
    review = json.loads((target / "unit_tyne" / DATA).read_text())["manifest"]["review"]
    assert [one["code"] for one in review["dropped"]] == [code]
    assert town.lake.decisions("finding_review")["reason"][0] == "the list came late"
    assert len(review["accepted"]) == 1
    registered = json.loads(town.lake.decisions("feedback_codes")["decision"][0])["codes"]
    assert code not in registered


def test_a_week_built_again_is_edited_again_unless_its_words_changed(town: Town, opened: Workspace) -> None:
    code = code_of(opened, "Due by 27 November")
    weekly.review_finding(opened, WEEK, code, "edit", by=PERSON, at=AT, after="Please visit 3 children.")
    build(town)
    assert "Please visit 3 children." in (release(town) / "unit_tyne" / PAGE).read_text()
    built = briefs.built_folder(town.folder, WEEK, "unit_tyne")
    facts = json.loads((built / DATA).read_text().replace("visits for 3 children", "visits for 5 children"))
    (built / DATA).write_text(json.dumps(facts))
    with pytest.raises(BriefError, match="other words than when it was edited") as caught:
        release(town)
    assert code in caught.value.where


def counts(folder: Path, *lines: str) -> Path:
    path = folder / "counts.csv"
    path.write_text("\n".join(["unit,measure,theirs,reason", *lines]) + "\n")
    return path


def test_a_difference_without_a_reason_keeps_a_week_back(town: Town, opened: Workspace, tmp_path: Path) -> None:
    ours = town.lake.read_week_table(str(WEEK), "unit_series", town.run.run_id)
    mine = ours.filter(
        pl.col("unit") == "unit_tyne", pl.col("measure") == "children_open", pl.col("week_start") == WEEK.monday
    )["n"][0]
    path = counts(tmp_path, f"unit_tyne,children_open,{mine + 2},", "unit_wear,looked_after,4,")
    rows = weekly.reconcile_counts(opened, WEEK, path, by=PERSON, at=AT)
    told = rows.rows_by_key(("unit", "measure"), named=True)
    row = told["unit_tyne", "children_open"][0]
    assert (row["ours"], row["theirs"], row["difference"], row["state"]) == (mine, mine + 2, -2, "no_reason")
    assert told["unit_wear", "looked_after"][0]["state"] == "not_known"
    assert rows.height == 6
    with pytest.raises(BriefError, match="nobody said why"):
        release(town)
    path = counts(tmp_path, f'unit_tyne,children_open,{mine + 2},"2 moved in on Sunday"', "unit_wear,looked_after,4,")
    weekly.reconcile_counts(opened, WEEK, path, by=PERSON, at=AT)
    note = briefs.open_data_note(str(WEEK), workspace=town.folder)
    assert "not compared" not in note.reconciled().lead
    place = town.folder / "data_notes" / str(WEEK)
    assert not place.exists()
    assert weekly.retell_data_note(opened, WEEK) == ""  # there is none, and none is asked for
    assert not place.exists()
    place.mkdir(parents=True)
    digest = town.folder / "digests" / str(WEEK)
    assert weekly.retell_data_note(opened, WEEK) == ""
    assert "2 moved in on Sunday" in (place / "data_note.html").read_text(encoding="utf-8")
    assert not digest.exists()  # it may be released, and says nothing of these counts
    assert "Nobody" not in note.sections_used().lead
    index = (release(town) / INDEX).read_text()
    assert "Of 1 counts compared with the council&#39;s own, 0 agree and 1 differs for a known reason." in index
    assert "5 could not be compared." in index


def test_a_file_of_counts_is_refused_with_its_lines_and_no_values(
    town: Town, opened: Workspace, tmp_path: Path
) -> None:
    path = counts(tmp_path, "unit_tees,children_open,3,", "unit_tyne,children_open,about 3,", "unit_tyne,visits,1,")
    with pytest.raises(WrongUseError) as caught:
        weekly.reconcile_counts(opened, WEEK, path, by=PERSON, at=AT)
    assert caught.value.where == "counts.csv, lines 2, 3, 4"
    with pytest.raises(DisclosureError):
        weekly.reconcile_counts(
            opened, WEEK, counts(tmp_path, "unit_tyne,children_open,1,Quillfeather moved"), by=PERSON, at=AT
        )
    assert town.lake.decisions("reconciliation").is_empty()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("unit,measure,theirs,reason\nunit_tyne,children_open,99999999999999999999,\n", "counts.csv, lines 2"),
        ("unit,measure,theirs,reason\n\nunit_tyne,children_open,3,2 came, 1 left\n", "counts.csv, lines 3"),
        ('unit,measure,theirs,reason\n\nunit_tyne,children_open,3,"2 came\nunit_wear,looked_after,1,\n', "counts.csv, line 3"),
        ('unit,measure,theirs,reason\nunit_tyne,children_open,3,"' + "x" * 140_000, "counts.csv, line 2"),
        ("unit,measure,theirs,reason\n", "counts.csv"),
        ("unit,measure,reason\nunit_tyne,children_open,x\n", "counts.csv"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_told_by_their_line(opened: Workspace, tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(text)
    with pytest.raises(WrongUseError) as caught:
        weekly.reconcile_counts(opened, WEEK, path, by=PERSON, at=AT)
    assert caught.value.where == where
    assert ("no count" in str(caught.value)) == text.endswith("reason\n")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_counts_are_read_as_excel_saves_them(opened: Workspace, tmp_path: Path, separator: str) -> None:
    path = tmp_path / "counts.csv"
    lines = [["Unit", "MEASURE", "Theirs ", "reason"], ["unit_tyne", "children_open", "7", "late"], ["", "", "", ""]]
    path.write_text("\ufeff" + "\r\n".join(separator.join(line) for line in lines), encoding="utf-8", newline="")
    rows = weekly.reconcile_counts(opened, WEEK, path, by=PERSON, at=AT)
    assert rows.filter(pl.col("theirs") == 7)["reason"].to_list() == ["late"]


def test_a_second_release_of_an_unchanged_week_writes_nothing(town: Town) -> None:
    target = release(town)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    last = town.lake.pin(WEEK.sunday).decision_id
    audit = (town.folder / "logs" / "audit.jsonl").read_bytes()
    assert release(town, by="Walter Hartright", at=AT + timedelta(days=1)) == target
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before
    assert town.lake.pin(WEEK.sunday).decision_id == last
    assert (town.folder / "logs" / "audit.jsonl").read_bytes() == audit
    briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason="by mistake", at=AT, lake=town.lake)
    briefs.release(workspace=town.folder, week=WEEK, by=PERSON, at=AT, lake=town.lake, reason="it was right")
    assert town.lake.decisions("release").height == 2
    assert town.lake.decisions("feedback_codes").height == 1


def test_a_finding_that_was_dropped_since_a_recall_lets_its_unit_out_again(town: Town, opened: Workspace) -> None:
    release(town)
    briefs.recall(
        workspace=town.folder, week=WEEK, by=PERSON, reason="a count is wrong", at=AT, lake=town.lake, units=["unit_tyne"]
    )  # fmt: skip
    assert weekly.is_released(opened, WEEK), "the other unit's brief is with its readers"
    waits = f"Briefs of week {WEEK} were taken back and are not released again: unit_tyne."
    assert waits in weekly.status(opened, at=datetime.now(UTC)).waits
    weekly.review_finding(opened, WEEK, code_of(opened, "Due by"), "accept", by=PERSON, at=AT)
    with pytest.raises(BriefError, match="nothing changed since"):
        release(town)
    code = code_of(opened, "No record by the due date")
    weekly.review_finding(opened, WEEK, code, "drop", by=PERSON, at=AT, reason="the list came late")
    assert "No record by the due date" not in (release(town) / "unit_tyne" / PAGE).read_text()
    assert waits not in weekly.status(opened, at=datetime.now(UTC)).waits
    briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason="by mistake", at=AT, lake=town.lake)
    assert not weekly.is_released(opened, WEEK)


def test_a_held_week_is_not_called_built(town: Town, opened: Workspace) -> None:
    def told() -> tuple[str, list[str]]:
        state = weekly.status(opened, at=datetime.now(UTC))
        return state.weeks[-1]["built"], [one for one in state.waits if f"Week {WEEK}" in one]

    ready = f"Week {WEEK} is built and not released (`fi-workbench release --week {WEEK} --by NAME`)."
    assert told() == ("yes", [ready])
    briefs.hold(workspace=town.folder, week=WEEK, reasons=["rows were lost"], at=AT, lake=town.lake)
    held = f"Week {WEEK} is held: rows were lost. Mend what failed and build the briefs again."
    assert told() == ("held", [held])
    folder = briefs.built_folder(town.folder, WEEK, "")
    shutil.rmtree(folder)
    folder.mkdir()
    assert told() == ("no", [])


def test_the_front_page_leads_to_the_week_and_says_when_it_was_taken_back(town: Town) -> None:
    target = release(town)
    front = target.parent / INDEX
    assert faults(front.read_bytes()) == []
    assert f'href="{WEEK}/{INDEX}"' in front.read_text()
    assert "Taken back." not in front.read_text()
    briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason="by mistake", at=AT, lake=town.lake)
    assert "Taken back." in front.read_text()


def test_the_mail_says_where_to_look_and_nothing_else(town: Town) -> None:
    release(town)
    path = briefs.built_folder(town.folder, WEEK, "") / "email.eml"
    mail = message_from_bytes(path.read_bytes())
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    body = payload.decode()
    assert mail["Subject"] == "Monday briefs: week to 22 November 2026"
    assert "The intranet, Monday briefs" in body
    for content in ("Tyne", "Wear", "families", "visit", PERSON):
        assert content not in body
    briefs.recall(workspace=town.folder, week=WEEK, by=PERSON, reason="by mistake", at=AT, lake=town.lake)
    assert "taken back" in path.read_text()


def next_week(town: Town, unit: str) -> UnitWeek:
    later = WEEK.shift(1)
    run = town.lake.open_run(
        str(later), pin=town.lake.pin(later.sunday), settings_fingerprint="f", settings_text="", model_version=None,
        code_version="0", made_at=AT,
    )  # fmt: skip
    return UnitWeek(town.lake, run, town.catalogue, open_workspace(town.folder).settings, later, unit)


def test_what_readers_said_opens_the_next_brief(town: Town, opened: Workspace, tmp_path: Path) -> None:
    release(town)
    useful, wrong = code_of(opened, "Due by 27 November"), code_of(opened, "No record by the due date")
    path = tmp_path / "replies.csv"
    path.write_text(
        f"reply,code,answer,words\n1,{useful},useful,\n2,{useful.lower()},acted on,\n2,{useful},acted on,\n"
        f"3,{wrong},wrong,\n4,{wrong},wrong,Aurelia Quillfeather was seen\n5,00000000,useful,\n"
        f"6,{wrong},wrong,born 3 April 2015\n"
    )
    wednesday = datetime(2026, 11, 25, 9, tzinfo=UTC)
    found = weekly.import_feedback(opened, path, by=PERSON, at=wednesday)
    assert (len(found.judged.accepted), found.judged.duplicates, len(found.judged.unknown)) == (3, 1, 1)
    assert found.judged.kept_apart == {
        5: ("it says more than a code and an answer", "it holds a full name", "it holds a surname"),
        7: ("it says more than a code and an answer", "it holds a date of birth"),
    }
    assert found.judged.n == 7
    kept = town.folder / "feedback" / "kept_apart" / found.kept_as
    assert "Quillfeather" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == kept.parent.stat().st_mode & 0o077 == 0
    assert any("Replies kept apart: 1 files" in one for one in weekly.status(opened, at=datetime.now(UTC)).waits)
    _, facts = weekly.erase(opened, ["CMS-204871"], by=PERSON, reason="the family asked", at=wednesday)
    assert facts["replies_kept_apart"] == [found.kept_as]
    assert "uillfeather" not in "".join(town.lake.decisions("feedback")["decision"])
    again = weekly.import_feedback(opened, path, by=PERSON, at=wednesday)
    assert again.again
    assert (len(again.judged.accepted), again.judged.duplicates) == (0, 4)
    assert town.lake.decisions("feedback").height == 1

    assert weekly.status(opened, at=datetime.now(UTC)).waits[-1].startswith("Findings called wrong: 1.")
    weekly.respond(opened, wrong, "We now wait three days for late records.", by=PERSON, at=wednesday)
    assert not any("called wrong" in one for one in weekly.status(opened, at=datetime.now(UTC)).waits)
    number = weekly.add_request(
        opened, "unit_tyne", "Who waits longest?", promised=WEEK.sunday + timedelta(days=12), by=PERSON, at=wednesday
    )
    assert number == "R-1"
    note = tmp_path / "note.txt"
    note.write_text("Ring first\nWe ring the day before. Fewer doors stay shut.\n")
    weekly.pass_on_note(opened, "unit_wear", note, by=PERSON, at=wednesday)
    weekly.decide_finding(
        opened, useful, "Ring the day before.", role="unit manager", review_on=None, by=PERSON, at=AT - timedelta(days=20)
    )  # fmt: skip
    section = next_week(town, "unit_tyne").learning()
    assert section.lead == (
        "3 answers came to the brief for the week to 22 November 2026: 1 useful, 1 wrong and 1 acted on."
    )
    said = {one.group: one.sentence for one in section.findings}
    assert said["What changed because of it"].endswith("was wrong. We now wait three days for late records.")
    assert said["You asked, we looked"] == (
        "Who waits longest? You asked this on 25 November 2026. You will have an answer by 4 December 2026."
    )
    assert said["Decided before, to look at again"].startswith(
        "Ring the day before. The unit manager decided this four weeks ago, on 3 November 2026."
    )
    assert said["From other units"] == "We ring the day before. Fewer doors stay shut."
    assert PERSON not in section.model_dump_json()
    whole = as_built(briefs.built_folder(town.folder, WEEK, "unit_tyne"))
    opened_with = whole.model_copy(update={"parts": (Part(title="What?", sections=(section,)), *whole.parts)})
    assert faults_of_words(opened_with) == []
    other = next_week(town, "unit_wear").learning()
    assert other.lead == "Nobody answered the brief for the week to 22 November 2026."
    assert other.findings == ()


def test_a_change_that_no_answer_led_to_is_not_told_as_one(town: Town, opened: Workspace, tmp_path: Path) -> None:
    release(town)
    answered, unanswered = code_of(opened, "No record by the due date"), code_of(opened, "Due by 27 November")
    weekly.respond(opened, unanswered, "We now leave out visits that were moved.", by=PERSON, at=AT)
    section = next_week(town, "unit_tyne").learning()
    assert section.lead == "Nobody answered the brief for the week to 22 November 2026."
    (only,) = section.findings
    assert only.group == "What else changed"
    assert only.sentence.endswith("Nobody answered this, and we looked at it. We now leave out visits that were moved.")
    path = tmp_path / "replies.csv"
    path.write_text(f"reply,code,answer,words\n1,{answered},useful,\n")
    weekly.import_feedback(opened, path, by=PERSON, at=AT)
    weekly.respond(opened, answered, "We now wait three days for late records.", by=PERSON, at=AT)
    findings = next_week(town, "unit_tyne").learning().findings
    assert [one.group for one in findings] == ["What changed because of it", "What else changed"]
    assert "Somebody answered this." in findings[0].sentence


def test_a_request_is_found_as_people_type_its_number(opened: Workspace) -> None:
    weekly.add_request(opened, "unit_tyne", "How many?", promised=AT.date(), by=PERSON, at=AT)
    assert weekly.answer_request(opened, " r-1", "Seven.", by=PERSON, at=AT) == "R-1"
    assert weekly.list_requests(opened, unit="unit_wear").is_empty()
    assert weekly.list_requests(opened, unit="unit_tyne")["answer"].to_list() == ["Seven."]
    with pytest.raises(WrongUseError, match="no such unit"):
        weekly.list_requests(opened, unit="nowhere")
    assert weekly.withdraw_request(opened, "r-1", by=PERSON, at=AT) == "R-1"
    assert weekly.list_requests(opened).is_empty()


def evening(day: date) -> datetime:
    return datetime.combine(day, time(22), UTC)


def test_a_promise_is_broken_once_its_day_is_over(opened: Workspace) -> None:
    promised = WEEK.sunday + timedelta(days=6)
    weekly.add_request(opened, "unit_tyne", "How many?", promised=promised, by=PERSON, at=AT)
    late = "R-1 was promised an answer that has not come (`fi-workbench request list`)."
    assert late not in weekly.status(opened, at=evening(promised)).waits
    assert late in weekly.status(opened, at=evening(promised + timedelta(days=1))).waits
    weekly.answer_request(opened, "R-1", "Seven.", by=PERSON, at=AT)
    assert late not in weekly.status(opened, at=evening(promised + timedelta(days=1))).waits


def test_nobody_is_promised_an_answer_that_no_page_would_show(opened: Workspace) -> None:
    with pytest.raises(WrongUseError, match="as a whole has no brief") as refused:
        weekly.add_request(opened, "whole_authority", "How many?", promised=WEEK.sunday, by=PERSON, at=AT)
    assert refused.value.next_step == "Write it down for each unit that asked: unit_tyne, unit_wear"


@pytest.mark.parametrize("character", ["\U0001f600", "\ufdd0", "\u202e", "\u200b"])
def test_words_that_no_paper_can_show_are_refused_where_they_come_in(
    town: Town, opened: Workspace, tmp_path: Path, character: str
) -> None:
    release(town)
    code = code_of(opened, "Due by 27 November")
    note, words = tmp_path / "note.txt", f"Good news {character}."
    note.write_text(f"Ring first\n{words}\n", encoding="utf-8")
    reasons = counts(tmp_path, f"unit_tyne,children_open,99,{words}")
    weekly.add_request(opened, "unit_tyne", "How many?", promised=AT.date(), by=PERSON, at=AT)
    before = town.lake.pin(WEEK.sunday).decision_id
    by = f"{PERSON} {character}"
    for act in (
        lambda: weekly.respond(opened, code, words, by=PERSON, at=AT),
        lambda: weekly.add_request(opened, "unit_tyne", words, promised=AT.date(), by=PERSON, at=AT),
        lambda: weekly.answer_request(opened, "R-1", words, by=PERSON, at=AT),
        lambda: weekly.pass_on_note(opened, "unit_tyne", note, by=PERSON, at=AT),
        lambda: weekly.decide_finding(opened, code, words, role="manager", review_on=None, by=PERSON, at=AT),
        lambda: weekly.decide_finding(opened, code, "Ring.", role=words, review_on=None, by=PERSON, at=AT),
        lambda: weekly.review_finding(opened, WEEK, code, "edit", after=words, by=PERSON, at=AT),
        lambda: weekly.review_finding(opened, WEEK, code, "drop", reason=words, by=PERSON, at=AT),
        lambda: weekly.review_finding(opened, WEEK, code, "accept", by=by, at=AT),
        lambda: weekly.reconcile_counts(opened, WEEK, reasons, by=PERSON, at=AT),
        lambda: weekly.recall(opened, WEEK, by=PERSON, reason=words, at=AT),
        lambda: weekly.recall(opened, WEEK, by=by, reason="A count was wrong.", at=AT),
        lambda: weekly.release(opened, WEEK, by=PERSON, reason=words, at=AT),
        lambda: weekly.release(opened, WEEK, by=by, at=AT),
    ):
        with pytest.raises(WrongUseError, match=r"cannot be printed: [A-Z]") as caught:
            act()
        assert "news" not in str(caught.value)
    assert town.lake.pin(WEEK.sunday).decision_id == before


def test_a_name_is_no_longer_than_a_name(opened: Workspace) -> None:
    for act in (
        lambda: weekly.add_request(opened, "unit_tyne", "How many?", promised=AT.date(), by="x" * 3000, at=AT),
        lambda: weekly.release(opened, WEEK, by="x" * 3000, at=AT),
    ):
        with pytest.raises(WrongUseError, match="too long for a person's name"):
            act()


def test_no_text_with_a_person_in_it_is_kept(town: Town, opened: Workspace, tmp_path: Path) -> None:
    release(town)
    code = code_of(opened, "Due by 27 November")
    note = tmp_path / "note.txt"
    note.write_text("Ring first\nIt worked for the Quillfeather family.\n")
    before = town.lake.pin(WEEK.sunday).decision_id
    name = "ask Aurelia Quillfeather"
    for act in (
        lambda: weekly.respond(opened, code, name, by=PERSON, at=AT),
        lambda: weekly.add_request(opened, "unit_tyne", name, promised=AT.date(), by=PERSON, at=AT),
        lambda: weekly.pass_on_note(opened, "unit_tyne", note, by=PERSON, at=AT),
        lambda: weekly.decide_finding(opened, code, name, role="manager", review_on=None, by=PERSON, at=AT),
    ):
        with pytest.raises(DisclosureError) as caught:
            act()
        assert "quillfeather" not in str(caught.value).lower()
    for words in ("word " * 26, "About 12% of them.", "Organisational prioritisation necessitates. " * 4):
        with pytest.raises(WrongUseError, match="not plain enough"):
            weekly.respond(opened, code, words, by=PERSON, at=AT)
    assert town.lake.pin(WEEK.sunday).decision_id == before
