"""The digest may be published and ranks nobody; the data note says what was held back, tied, hidden and compared."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import AT, WEEK, Town, busy, make_town

from fi_workbench import briefs
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.whole import open_digest
from fi_workbench.briefs.wording import MOST_WORDS
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import PROFILES, Released, profile_named, release
from fi_workbench.display import data_note, digest, year
from fi_workbench.display.reading import sentences_of, words_of
from fi_workbench.errors import BriefError, DisclosureError, WrongUseError
from fi_workbench.measures.year_definitions import YEAR_MEASURES
from fi_workbench.store import Lake

CATALOGUE = all_contracts()
NAMES = {"unit_wear": "Wear", "unit_tyne": "Tyne"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = make_town(tmp_path_factory.mktemp("whole town"))
    plan = briefs.plan(lake=made.lake, week=WEEK, settings=made.settings, workspace=made.folder, run=made.run)
    report = briefs.build_whole_pages(plan)
    assert report.failed == {}
    assert set(report.built) == {"digest", "data_note"}
    return made


def published(table: str, rows: list[dict[str, object]], profile: str = "local") -> Released:
    contract = CATALOGUE.table(table)
    return release(
        pl.DataFrame(rows, schema=contract.polars_schema()),
        contract,
        audience="published",
        profile=profile_named(profile),
    )


def test_the_digest_says_its_rule_first_and_holds_no_small_count(town: Town) -> None:
    page = (town.folder / "digests" / str(WEEK) / "digest.html").read_bytes()
    assert faults(page) == []
    text = page.decode()
    assert text.index("Counts of 1 to 4 are hidden") < text.index("Who came to us?")
    assert "CMS-" not in text
    assert re.search(r"Home, not planned</th><td>12 months</td><td class=\"n\">hidden</td>", text)
    assert ">6<" not in text.split("Who went home")[1]


def test_the_data_note_is_closed_and_tells_what_numbers_were_made_from(town: Town) -> None:
    path = town.folder / "data_notes" / str(WEEK) / "data_note.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for root in ("digests", "data_notes"):  # a digest waits there to be released
        assert stat.S_IMODE((town.folder / root).stat().st_mode) == 0o700
    text = path.read_text(encoding="utf-8")
    for said in ("31 of 50", "The rule is local.", "Counts were not compared", "No grouping has been approved", ">3<"):
        assert said in text, said


def test_the_year_stands_beside_englands_and_hides_small_counts(town: Town) -> None:
    text = (
        (town.folder / "digests" / str(WEEK) / "digest.html")
        .read_text(encoding="utf-8")
        .split("What does a year say?")[1]
    )
    assert re.search(
        r"Referred again within 12 months of a referral</th><td[^>]*>725 of 3,205 \(23 of 100\)</td><td[^>]*>22.4 of 100<",
        text,
    )
    assert re.search(r"open two years or more</th><td[^>]*>hidden<", text)  # three plans
    assert re.search(r"ended within 26 weeks</th><td[^>]*>too few of 65 recorded<", text)
    assert re.search(
        r"moved in on a plan</th><td[^>]*>5 of 10</td><td[^>]*>none given<", text
    )  # too few for a hundred, and rounded
    assert "Referred again within 12 months of a referral. Whatever became of it." in text
    assert re.search(
        r"With the same carer for two years</th><td[^>]*>No looked after return has been loaded\.<",
        text.split("1 measure not counted</caption>")[1],
    )


def test_what_is_mostly_not_recorded_is_said_to_be_and_a_few_gaps_hide_nothing() -> None:
    rows = [row for row in busy("unit_tyne")["year_measures"] if row["n_of"] == 63]
    few = [{**row, "n": 9, "n_other": 54, "n_unknown": 48} for row in rows]
    (table,) = year.of_a_year(published("year_measures", few)).tables
    assert table.rows[0][1] == "too few of 65 recorded"
    most = [{**row, "n": 55, "n_other": 8, "n_unknown": 2, "recorded": True} for row in rows]
    released = published("year_measures", most)
    (table,) = year.of_a_year(released).tables
    assert table.rows[0][1] == "55 of 65 (85 of 100)"
    assert "n_unknown" not in released.frame.columns, "a small number of gaps is the analyst's"


def test_a_year_of_which_nothing_is_known_says_why() -> None:
    rows = [row for row in busy("unit_tyne")["year_measures"] if row["n"] is None]
    measures = sorted(CATALOGUE.table("year_measures").columns["measure"].enum)
    section = year.of_a_year(published("year_measures", [{**rows[0], "measure": measure} for measure in measures]))
    (table,) = section.tables
    assert table.caption == f"{len(measures)} measures not counted"
    assert len(table.rows) == len(measures)
    assert {why for _, why in table.rows} == {"No looked after return has been loaded."}
    assert section.notes == (), "a list of them all is no sentence that anybody reads"


def test_every_measure_of_a_year_has_a_place_on_the_page() -> None:
    placed = [name for names in year.GROUPS.values() for name in names]
    assert sorted(placed) == sorted(CATALOGUE.table("year_measures").columns["measure"].enum)


def test_a_year_of_which_everything_is_known_reads_plainly() -> None:
    base = {**busy("unit_tyne")["year_measures"][0], "n": 725, "n_other": 2480, "n_of": 3205, "can_tell": True}
    rows = [{**base, "measure": one.id, "label": one.label, "note": one.note} for one in YEAR_MEASURES]
    section = year.of_a_year(published("year_measures", rows))
    notes = [*section.notes, *(note for table in section.tables for note in table.notes)]
    for one in YEAR_MEASURES:
        assert any(one.note in note for note in notes), one.id
    for text in (one for note in notes for one in sentences_of(note)):
        assert len(words_of(text)) <= MOST_WORDS, text


def test_units_stand_in_order_of_name_whatever_their_counts() -> None:
    base = {**busy("unit_tyne")["unit_changes"][1], "measure": "referrals", "window_weeks": 13}
    rows = [{**base, "unit": unit, "n": n} for unit, n in (("unit_wear", 90), ("unit_tyne", 20))]
    (table,) = digest.demand(published("unit_changes", rows), NAMES).tables
    assert [heading.label for heading in table.headings] == ["What", "Tyne", "Wear"]
    assert table.rows == (("Referrals", "20", "90"),)


def test_a_small_count_of_one_unit_hides_others_so_that_nobody_can_work_it_out() -> None:
    base = {**busy("unit_tyne")["unit_changes"][1], "measure": "referrals", "window_weeks": 13}
    rows = [{**base, "unit": unit, "n": n} for unit, n in (("unit_wear", 90), ("unit_tyne", 3), ("unit_tees", 31))]
    section = digest.demand(published("unit_changes", rows, "dfe"), NAMES)
    (row,) = section.tables[0].rows
    assert row.count("c") == 3  # a unit that is hidden beside it knows its own count, and has the other from the total
    assert "3" not in row
    assert "hidden by the rule for small counts" in section.notes[0]


def test_what_comes_every_week_is_rounded_under_every_profile(town: Town) -> None:
    """Exact sums of overlapping weeks would place a hidden one between them."""
    for name in PROFILES:
        chosen = town.settings.disclosure.model_copy(update={"profile": name})
        week = open_digest(str(WEEK), workspace=town.folder)
        week = replace(week, settings=town.settings.model_copy(update={"disclosure": chosen}))
        assert week.profile.rule.base == 5
        assert week.profile.rule.threshold == profile_named(name).rule.threshold
        said = week.rule().lead
        assert said.endswith("rounded to the nearest 5.")
        assert all(len(words_of(one)) <= MOST_WORDS for one in sentences_of(said))


def test_a_follow_up_that_is_hidden_as_a_whole_is_said_once_and_not_shown_as_rows() -> None:
    ways = ("home_planned", "home_not_planned")
    rows = [
        {"way": way, "follow_up_months": months, "n": n, "n_back": back, "from_date": WEEK.sunday, "to_date": WEEK.sunday, "as_of": WEEK.sunday}
        for months, counts in ((6, ((41, 6), (23, 8))), (12, ((3, 1), (2, 1))))
        for way, (n, back) in zip(ways, counts, strict=True)
    ]  # fmt: skip
    section = digest.going_home(published("returns_home", rows))
    assert [row[:2] for row in section.tables[0].rows] == [
        ("Home as planned", "6 months"),
        ("Home, not planned", "6 months"),
    ]
    assert section.notes == ("What came after 12 months is hidden as a whole by the rule for small counts.",)
    assert digest.going_home(published("returns_home", rows[2:])).tables == ()


def test_the_house_rule_says_what_it_does() -> None:
    base = {**busy("unit_tyne")["unit_changes"][1], "measure": "referrals", "window_weeks": 13}
    shown = published("unit_changes", [{**base, "unit": f"unit_{n}", "n": n} for n in (0, 1, 4, 5, 30, 31)]).frame
    hidden = dict(zip(shown["unit"], shown["suppressed"], strict=True))
    assert "Counts of 1 to 4 are hidden" in profile_named("local").sentence
    assert [hidden[f"unit_{n}"] for n in (0, 1, 4, 5)] == [False, True, True, False]


def test_offers_of_help_are_shown_by_group_and_small_groups_are_hidden() -> None:
    table = CATALOGUE.table("evidence_offers")
    empty = dict.fromkeys(table.polars_schema())
    rows = [
        {
            **empty,
            "question": "q1",
            "characteristic": "ethnic_group",
            "group": group,
            "n_families": n,
            "n_offered": offered,
            "whom": "Families in which a child protection plan begins.",
            "first_year": 2024,
            "last_year": 2026,
        }
        for group, n, offered in (("a", 120, 60), ("b", 95, 45), ("c", None, None), ("d", None, 0))
    ]
    section = digest.equity(published("evidence_offers", rows))
    shown = section.tables[0].rows
    assert shown[0] == ("Ethnic group", "A", "120", "60")
    assert shown[2][2:] == shown[3][2:] == ("hidden", "hidden")
    caption = "Families in which a child protection plan begins, 2024 to 2026: who was offered help, by group"
    assert section.tables[0].caption == caption
    assert section.tables[0].notes[-1].endswith("Its age is that of the youngest child then.")
    assert "not worked out" in digest.equity(None).lead


def drift_rows(**changed: object) -> Released:
    contract = CATALOGUE.table("segment_drift")
    base = {
        "weeks": 13,
        "compared_with": "newcomers",
        "n_families": 212,
        "p": 0.4,
        "verdict": "as_expected",
        "model_version": "m",
    }
    rows = [
        {**base, "measure": "likelihood", "segment": "all", "k": None, "value": -0.2, "expected": -0.3, "low": None, "high": None},
        {**base, "measure": "share", "segment": "s1", "k": 83, "value": 0.39, "expected": 0.41, "low": 0.25, "high": 0.54},
    ]  # fmt: skip
    frame = pl.DataFrame([{**row, **changed} for row in rows], schema=contract.polars_schema())
    return release(frame, contract, audience="analyst", profile="local")


def test_drift_says_who_is_held_against_whom_and_never_too_few_beside_as_expected() -> None:
    section = data_note.drifted(drift_rows())
    assert section.lead == (
        "212 families came in the last 13 weeks. They are held against those who came before the grouping was made."
    )
    assert [row[2:] for row in section.tables[0].rows] == [
        ("-0.200", "about -0.300", "As expected"),
        ("0.390", "0.250 to 0.540", "As expected"),
    ]


def test_where_nobody_came_since_the_fit_no_drift_can_be_told() -> None:
    none = {"weeks": 0, "n_families": 0, "k": 0, "value": None, "p": None, "low": None, "high": None}
    section = data_note.drifted(drift_rows(**none, verdict="too_few"))
    assert section.lead == "Nobody has come since the grouping was made, so nothing can be told yet."
    assert {row[-1] for row in section.tables[0].rows} == {"Too few to tell"}
    assert "little can be told" in data_note.drifted(drift_rows(**none, compared_with="nothing")).lead


def test_ages_stand_from_the_youngest_and_what_is_not_recorded_last() -> None:
    groups = ["Under 1, or not yet born", "1 to 4", "5 to 9", "10 to 15", "asian", "white", "not recorded"]
    empty = dict.fromkeys(CATALOGUE.table("evidence_offers").polars_schema())
    kinds = ["age_band"] * 4 + ["ethnicity"] * 3
    rows = [
        {**empty, "question": "q1", "characteristic": kind, "group": group, "n_families": 120, "n_offered": 60}
        for kind, group in zip(kinds, groups, strict=True)
    ]
    shown = digest.equity(published("evidence_offers", rows[::-1])).tables[0].rows
    assert [row[1].lower() for row in shown] == [group.lower() for group in groups]


def test_counts_beside_the_councils_own_come_with_difference_and_reason() -> None:
    contract = CATALOGUE.table("count_reconciliation")
    rows = [
        {"unit": "unit_tyne", "measure": "children_open", "ours": 61, "theirs": 63, "difference": -2, "reason": "restricted", "state": "explained"},
        {"unit": "unit_wear", "measure": "children_open", "ours": 9, "theirs": 9, "difference": 0, "reason": None, "state": "agrees"},
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=contract.polars_schema())
    section = data_note.reconciled(release(frame, contract, audience="analyst", profile="local"), NAMES)
    assert section.lead == "1 of 2 counts agree."
    assert section.tables[0].rows[0][2:] == ("61", "63", "-2", "restricted")
    assert section.tables[0].rows[1][-1] == "none needed"
    assert "not compared" in data_note.reconciled(None, NAMES).lead


NAME = "Marian Halcombe"


@pytest.fixture(scope="module")
def own_once(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town with two notes passed on, one of them with a figure, and its digest made."""
    notes = (
        ("N-1", "Grandparents", "We ask grandparents to the first meeting."),
        ("N-2", "Fathers", "In 3 families the father came when we asked him himself."),
    )
    said = [
        ("practice_note", number, {"action": "passed_on", "unit": "unit_tyne", "title": title, "text": text})
        for number, title, text in notes
    ]
    made = make_town(tmp_path_factory.mktemp("own") / "town", said=said)
    plan = briefs.plan(lake=made.lake, week=WEEK, settings=made.settings, workspace=made.folder, run=made.run)
    assert briefs.build_whole_pages(plan).failed == {}
    return made


@pytest.fixture
def own(own_once: Town, tmp_path: Path) -> Town:
    """A copy of it, to be released."""
    folder = Path(shutil.copytree(own_once.folder, tmp_path / "town"))
    lake = Lake.open(folder / "lake", own_once.catalogue)
    return Town(folder, lake, own_once.catalogue, own_once.settings, own_once.run)


def released(town: Town, by: str = NAME, reason: str = "") -> Path:
    return briefs.release_digest(workspace=town.folder, week=WEEK, by=by, at=AT, lake=town.lake, reason=reason)


def test_a_digest_is_released_by_name_shows_notes_and_is_taken_back(own: Town) -> None:
    with pytest.raises(WrongUseError, match="a person's name"):
        released(own, by=" ")
    page = released(own)
    assert page == own.folder / "published" / str(WEEK) / "digest.html"
    text = page.read_text(encoding="utf-8")
    assert "We ask grandparents to the first meeting." in text
    assert "the father came" not in text, "a note with a figure is protected by no rule"
    assert "1 note holds figures and stays in the briefs." in text
    assert own.lake.decisions("digest_release")["by"].to_list() == [NAME]
    assert own.lake.decisions("release").is_empty(), "the briefs are another matter"
    assert released(own, by="Walter Hartright") == page
    assert own.lake.decisions("digest_release").height == 1, "nothing changed, so nothing is written down"
    with pytest.raises(WrongUseError, match="reason"):
        take_back(own, "")
    take_back(own, "a count was made from the wrong list")
    notice = page.read_text(encoding="utf-8")
    assert "taken back on 23 November 2026" in notice
    assert "A count was made from the wrong list." in notice
    assert "grandparents" not in notice
    with pytest.raises(BriefError, match="not released"):
        take_back(own, "again")
    with pytest.raises(BriefError, match="nothing changed since") as caught:
        released(own)
    assert caught.value.where == f"{WEEK}: the digest"
    assert "note withdraw" in caught.value.next_step, "a digest has no findings to edit"
    assert "grandparents" in released(own, reason="the list was right").read_text(encoding="utf-8")
    assert own.lake.decisions("digest_release")["reason"].to_list()[-1] == "the list was right"


def test_a_digest_that_was_taken_back_does_not_come_back_over_one_that_changed_it(own: Town) -> None:
    built = own.folder / "digests" / str(WEEK) / "digest.html"
    facts = built.with_suffix(".json")
    was = {path: path.read_bytes() for path in (built, facts)}
    released(own)
    take_back(own, "a count was made from the wrong list")
    built.write_bytes(was[built].replace(b"We ask grandparents", b"We invite grandparents"))
    now, before = (hashlib.sha256(page).hexdigest() for page in (built.read_bytes(), was[built]))
    facts.write_text(was[facts].decode().replace(before, now))
    assert b"We invite grandparents" in released(own).read_bytes()
    for path, content in was.items():
        path.write_bytes(content)
    with pytest.raises(BriefError, match="nothing changed since"):
        released(own)
    assert b"We invite grandparents" in (own.folder / "published" / str(WEEK) / "digest.html").read_bytes()
    assert b"We ask grandparents" in released(own, reason="the list was right").read_bytes()


def take_back(town: Town, reason: str) -> None:
    briefs.recall_digest(workspace=town.folder, week=WEEK, by=NAME, reason=reason, at=AT, lake=town.lake)


def test_a_digest_that_was_touched_or_holds_somebody_is_not_released(own: Town) -> None:
    built = own.folder / "digests" / str(WEEK) / "digest.html"
    facts = built.with_suffix(".json")
    before, told = built.read_bytes(), facts.read_text()
    built.write_bytes(before.replace(b"We ask grandparents", b"We ask Aurelia Quillfeather"))
    with pytest.raises(BriefError, match="changed after it was made"):
        released(own)
    facts.write_text(told.replace(hashlib.sha256(before).hexdigest(), hashlib.sha256(built.read_bytes()).hexdigest()))
    with pytest.raises(DisclosureError, match="holds a full name"):
        released(own)
    assert not (own.folder / "published").exists()
    assert own.lake.decisions("digest_release").is_empty()
    facts.unlink()
    with pytest.raises(BriefError, match="no digest of this week"):
        released(own)
    briefs.hold(workspace=own.folder, week=WEEK, reasons=["a check failed"], at=AT, lake=own.lake)
    with pytest.raises(BriefError, match="held"):
        released(own)
