"""What readers said comes back in the next brief: small tables, checked by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import all_contracts, validate
from fi_workbench.errors import WrongUseError
from fi_workbench.learning import KINDS, WRITES, Learning, learn
from fi_workbench.learning.asked import next_number, open_request
from fi_workbench.learning.notes import known_notes, read_note

WEEK = ReportingWeek(2026, 48)
UNITS = {"unit_tyne": "Tyne", "unit_wear": "Wear"}
SCHEMA = {
    "decision_id": pl.Int64(),
    "kind": pl.String(),
    "subject": pl.String(),
    "decision": pl.String(),
    "by": pl.String(),
    "reason": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}


class Said:
    """Decisions written by hand."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, kind: str, subject: str, on: date, **decision: Any) -> None:
        self.rows.append(
            {
                "decision_id": len(self.rows) + 1,
                "kind": kind,
                "subject": subject,
                "decision": json.dumps(decision, default=str),
                "by": "Marian Halcombe",
                "reason": "",
                "at": datetime(on.year, on.month, on.day, 9, tzinfo=UTC),
            }
        )

    def released(self, week: str, *codes: str, unit: str = "unit_tyne", section: str = "actions") -> None:
        told = {
            code: {"unit": unit, "section": section, "finding": code, "sentence": f"Finding {code}."} for code in codes
        }
        self.add("feedback_codes", week, ReportingWeek.parse(week).sunday, codes=told)

    def replied(self, on: date, *replies: tuple[str, str]) -> None:
        self.add("feedback", str(len(self.rows)), on, replies=[[code, answer, ""] for code, answer in replies])

    def of(self, kind: str) -> pl.DataFrame:
        return pl.DataFrame([row for row in self.rows if row["kind"] == kind], schema=SCHEMA, orient="row")

    def learnt(self, week: ReportingWeek = WEEK) -> Learning:
        made = learn({kind: self.of(kind) for kind in KINDS}, week=week, units=UNITS)
        for name in WRITES:
            validate(getattr(made, name), all_contracts().table(name))
        return made


@pytest.fixture
def said() -> Said:
    return Said()


def test_nothing_said_makes_empty_tables_that_keep_their_contracts(said: Said) -> None:
    made = said.learnt()
    assert all(getattr(made, name).is_empty() for name in WRITES)


def test_answers_are_counted_by_finding_with_what_changed(said: Said) -> None:
    said.released("2026-W47", "A", "B", "C")
    said.replied(date(2026, 11, 25), ("A", "useful"), ("A", "useful"), ("A", "acted_on"), ("B", "wrong"))
    said.add("feedback_response", "B", date(2026, 11, 26), changed="We now leave out short breaks.")
    rows = said.learnt().unit_feedback.rows_by_key("code", named=True)
    assert {code: (row[0]["n_useful"], row[0]["n_wrong"], row[0]["n_acted_on"]) for code, row in rows.items()} == {
        "A": (2, 0, 1),
        "B": (0, 1, 0),
        "C": (0, 0, 0),
    }
    assert rows["B"][0]["changed"] == "We now leave out short breaks."
    assert rows["B"][0]["changed_on"] == date(2026, 11, 26)


def test_only_earlier_weeks_count_and_only_four_back(said: Said) -> None:
    for week in ("2026-W43", "2026-W44", "2026-W47", "2026-W48"):
        said.released(week, week)
    assert sorted(said.learnt().unit_feedback["code"]) == ["2026-W44", "2026-W47"]


def test_a_request_is_open_overdue_or_answered(said: Said) -> None:
    asked = {"action": "asked", "unit": "unit_tyne", "asked_on": "2026-11-02"}
    said.add("request", "R-1", date(2026, 11, 2), **asked, question="Why so many?", promised_on="2026-11-29")
    said.add("request", "R-2", date(2026, 11, 2), **asked, question="Who waits?", promised_on="2026-11-30")
    said.add("request", "R-3", date(2026, 11, 2), **asked, question="What helps?", promised_on="2026-11-16")
    said.add("request", "R-3", date(2026, 11, 20), action="answered", answered_on="2026-11-20", answer="Early visits.")
    said.add("request", "R-4", date(2026, 11, 2), **asked, question="A mistake", promised_on="2026-11-16")
    said.add("request", "R-4", date(2026, 11, 3), action="withdrawn")
    rows = said.learnt().unit_requests.select("request", "state", "answer").rows()
    assert rows == [("R-1", "overdue", None), ("R-2", "open", None), ("R-3", "answered", "Early visits.")]
    assert said.learnt(WEEK.shift(3)).unit_requests["request"].to_list() == ["R-1", "R-2"]
    assert next_number(said.of("request"), "R") == "R-5"
    with pytest.raises(WrongUseError, match="no such request"):
        open_request(said.of("request"), "R-4")


@pytest.mark.parametrize(
    ("decided", "review", "week", "why"),
    [
        (date(2026, 11, 2), "2026-11-30", "2026-W48", "after_4_weeks"),
        (date(2026, 11, 2), "2026-11-30", "2026-W47", None),
        (date(2026, 11, 2), "2026-11-30", "2026-W49", None),
        (date(2026, 8, 31), "2026-09-28", "2026-W48", "after_13_weeks"),
        (date(2026, 11, 16), "2026-12-06", "2026-W48", "review_day"),
        (date(2026, 11, 16), "2026-12-07", "2026-W48", None),
    ],
)
def test_a_decision_comes_back_in_the_week_it_was_promised_for(
    said: Said, decided: date, review: str, week: str, why: str | None
) -> None:
    said.released("2026-W35", "A")
    for later in range(36, 46):
        said.released(f"2026-W{later}", f"of week {later}")
    said.add("finding_decision", "A", decided, decision="Ring first", role="unit manager", review_on=review)
    rows = said.learnt(ReportingWeek.parse(week)).unit_finding_decisions
    assert rows["why_now"].to_list() == ([why] if why else [])
    if why:
        assert rows["decided_by"].to_list() == ["Marian Halcombe"]


def test_findings_of_years_ago_are_not_read(said: Said) -> None:
    """What is kept of every week grows for ever; a week's briefs speak of the last six released, and what comes back."""
    for week in ("2024-W10", "2026-W30", "2026-W31", "2026-W32", "2026-W33", "2026-W40", "2026-W46", "2026-W47"):
        said.released(week, week)
    said.add("finding_decision", "2024-W10", date(2026, 11, 2), decision="Ring", role="manager", review_on="2026-11-30")
    whole = said.learnt()
    assert whole.unit_finding_decisions["code"].to_list() == ["2024-W10"]
    assert whole.section_use["n_weeks_shown"].to_list() == [6]
    for row in said.rows:
        if row["subject"] == "2026-W30":
            row["decision"] = "not to be read"
    assert whole.unit_feedback.equals(said.learnt().unit_feedback)
    assert whole.section_use.equals(said.learnt().section_use)
    for row in said.rows:
        if row["subject"] == "2026-W31":
            row["decision"] = "not to be read"
    with pytest.raises(json.JSONDecodeError):
        said.learnt()


def test_notes_travel_for_four_weeks_and_can_be_taken_back(said: Said) -> None:
    note = {"action": "passed_on", "unit": "unit_tyne", "title": "Ring first", "text": "It works."}
    said.add("practice_note", "N-1", date(2026, 11, 1), **note)
    said.add("practice_note", "N-2", date(2026, 11, 2), **note)
    said.add("practice_note", "N-3", date(2026, 11, 25), **note)
    said.add("practice_note", "N-4", date(2026, 11, 25), **note)
    said.add("practice_note", "N-4", date(2026, 11, 26), action="withdrawn")
    notes = said.learnt().practice_notes
    assert notes["note"].to_list() == ["N-3", "N-2"]
    assert notes["from_name"].unique().to_list() == ["Tyne"]
    assert list(known_notes(said.of("practice_note"))) == ["N-1", "N-2", "N-3"]


def test_a_note_is_a_title_and_a_text_short_enough_for_a_phone(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("# Ring first\n\nWe ring the day before.\nFewer doors stay shut.\n", encoding="utf-8")
    assert read_note(path) == ("Ring first", "We ring the day before. Fewer doors stay shut.")
    for text in ("", "Only a title", "Title\n" + "x" * 601):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(WrongUseError):
            read_note(path)


def six_weeks(said: Said, first: int = 42) -> None:
    for number in range(first, 48):
        said.released(f"2026-W{number}", f"a{number}", section="actions")
        said.released(f"2026-W{number}", f"i{number}", section="insight")


def test_a_section_nobody_answered_for_six_weeks_is_proposed_where_others_were(said: Said) -> None:
    six_weeks(said)
    said.replied(date(2026, 10, 30), ("a43", "wrong"))
    rows = {row["section"]: row for row in said.learnt().section_use.iter_rows(named=True)}
    assert (rows["actions"]["state"], rows["actions"]["n_replies"]) == ("used", 1)
    assert (rows["insight"]["state"], rows["insight"]["n_weeks_shown"]) == ("unused", 6)


def test_silence_about_everything_or_five_weeks_tell_nothing(said: Said) -> None:
    six_weeks(said)
    assert said.learnt().section_use["state"].unique().to_list() == ["cannot_tell"]
    fewer = Said()
    six_weeks(fewer, first=43)
    fewer.replied(date(2026, 10, 30), ("a43", "wrong"))
    assert dict(fewer.learnt().section_use.select("section", "state").iter_rows()) == {
        "actions": "used",
        "insight": "cannot_tell",
    }
