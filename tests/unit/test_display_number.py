"""A number is one value: in its sentence, beside it, and with its interval; what does not agree is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import brief_of

from fi_workbench import display
from fi_workbench.briefs.model import Brief
from fi_workbench.briefs.plain import brief_text
from fi_workbench.briefs.wording import faults_of_words
from fi_workbench.display import Finding, Section
from fi_workbench.display.number import (
    ESTIMATE_LEVEL,
    FORECAST_LEVEL,
    USUAL_LEVEL,
    Interval,
    Number,
    count_of,
    stands_in,
)
from fi_workbench.measures.changes import COVERAGE
from fi_workbench.measures.insight import LEVEL
from tests.unit.test_display_sections import ROWS, released

SHARE = Interval(kind="share", low=6, high=16, of=21, level=95)


def test_numbers_are_printed_as_people_read_them() -> None:
    assert Number(kind="count", n=1200, noun="family").printed() == "1,200 families"
    assert Number(kind="count", n=7, of=12).printed() == "7 of 12"
    assert Number(kind="count", n=26).printed() == "26"
    ahead = Interval(kind="forecast", low=64, high=75, level=80)
    assert Number(kind="estimate", n=None, noun="child").printed(ahead) == "64 to 75 children"
    assert count_of(None, "child") is None


@pytest.mark.parametrize(
    ("printed", "sentence", "there"),
    [
        ("1 child", "No worker is recorded for 1 child.", True),
        ("1 child", "No worker is recorded for 21 children.", False),
        ("1 child", "No worker is recorded for 1 children.", False),
        ("63 people", "1,063 people could not be tied.", False),
        ("7 of 12", "7 of 121 children.", False),
        ("7 of 12", "7 of 12,000 children.", False),
        ("7 of 12", "All 7 of 12.", True),
    ],
)
def test_a_number_stands_in_a_sentence_whole_or_not_at_all(printed: str, sentence: str, there: bool) -> None:
    assert stands_in(printed, sentence) is there


@pytest.mark.parametrize(
    "parts",
    [
        {"number": Number(kind="count", n=11, of=21), "interval": SHARE},  # a count is not uncertain
        {"number": Number(kind="estimate", n=11, of=21)},  # an estimate always is
        {"interval": SHARE},  # of nothing
        {"stands_out": True},
    ],
)
def test_sentence_number_and_interval_that_do_not_agree_are_refused(parts: dict) -> None:
    with pytest.raises(ValidationError):
        Finding(sentence="11 of 21 families.", **parts)


@pytest.mark.parametrize("kind", ["count", "judged"])
def test_what_was_counted_has_a_number(kind: str) -> None:
    with pytest.raises(ValidationError):
        Number.model_validate({"kind": kind, "n": None})


def test_a_brief_whose_sentence_says_another_number_is_held_whoever_put_it_so() -> None:
    number = Number(kind="count", n=11, of=21, noun="family")
    said = Finding(sentence="We see 11 of 21 families.", number=number, key="seen")
    wrong = Finding(sentence="We see 12 of 21 families.", number=number, key="seen")
    fault = 'a sentence without the number that it is about (What can we do?: "We see 12 of 21 families.")'
    assert faults_of_words(brief_of(Section(key="x", audience="unit", findings=(said,)))) == []
    assert faults_of_words(brief_of(Section(key="x", audience="unit", findings=(said,), rest=(wrong,)))) == [fault]
    edited = wrong.model_copy(update={"edited": True})
    assert faults_of_words(brief_of(Section(key="x", audience="unit", findings=(edited,)))) == [fault]


def test_levels_are_those_that_intervals_were_made_with() -> None:
    assert pytest.approx(100 * COVERAGE) == USUAL_LEVEL
    assert pytest.approx(100 * LEVEL) == ESTIMATE_LEVEL
    assert FORECAST_LEVEL == 80  # as the columns low_80 and high_80 of the forecast say


def test_what_lies_ahead_is_told_with_its_range_and_what_is_held_without() -> None:
    (ahead,) = display.workload(released("unit_workload"), released("unit_overload")).findings
    assert ahead.interval == Interval(kind="forecast", low=64, high=75, level=80)
    assert ahead.printed == "64 to 75 children"
    words = "The unit holds more than it can carry: 104 children against 100 places."
    over = {**ROWS["unit_overload"][0], "state": "over", "n": 104, "n_low": None, "n_high": None, "sentence": words}
    (held,) = display.workload(released("unit_workload"), released("unit_overload", [over])).findings
    assert (held.number, held.interval) == (Number(kind="count", n=104, noun="child"), None)


def test_a_brief_of_a_former_version_can_still_be_read_and_shown() -> None:
    section = Section(key="insight", audience="unit", findings=(Finding(sentence="Of 21 families, 11 do."),))
    facts = brief_of(section).model_dump(mode="json")
    finding = facts["parts"][0]["sections"][0]["findings"][0]
    for name in ("title", "stands_out"):
        del finding[name]
    finding |= {"number": "11 of 21 families", "interval": "It may well be 6 to 16 of 21", "usual": ""}
    brief = Brief.model_validate(facts)
    (read,) = brief.parts[0].sections[0].findings
    assert (read.top, read.usual, read.number) == ("11 of 21 families", "It may well be 6 to 16 of 21", None)
    assert b"Of 21 families, 11 do." in brief_text(brief)
