"""What a brief and its page say of interventions: one firm figure at most, with its card, and words that fit limits."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench import display
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import Released, release
from fi_workbench.display.evidence import limits_in_words
from fi_workbench.matching.effects import overlap

CATALOGUE = all_contracts()
QUESTION = {
    "question": "q1", "title": "Are families referred again?", "outcome": "A new referral.", "direction": "fewer",
    "horizon_days": 365, "answered": True, "n_families": 900, "flow": "families come to the decision: 900",
    "card": "### Are families referred again?\n- **Who:** Families with a plan.", "muted": False,
}  # fmt: skip
CELL = {
    "question": "q1", "segment": "all", "whole": True, "segment_name": "all families", "state": "shown", "n": 500,
    "n_arm": 60, "n_usual": 440, "expected": 0.2, "usual": 0.3, "pooled": -0.1, "pooled_low": -0.18,
    "pooled_high": -0.02, "own_share": 0.5, "word": "evidence of fewer", "depends_on_model": False,
}  # fmt: skip
MONDAY = date(2026, 11, 22)


def released(name: str, *given: dict[str, Any], audience: Any = "unit") -> Released:
    table = CATALOGUE.table(name)
    schema = table.polars_schema()
    rows = pl.DataFrame([dict.fromkeys(schema) | row for row in given], schema=schema)
    return release(rows, table, audience=audience, unit="unit_tyne", profile="local")


def finding(*cells: dict[str, Any], segments: tuple[str, ...] = ()) -> display.Section:
    given = (released("evidence_questions", QUESTION), released("evidence_cells", *cells))
    arms = released("evidence_arms", {"question": "q1", "arm": "a", "name": "Course", "rating": "3"})
    return display.evidence_finding(*given, arms, segments, as_at=MONDAY)


def test_the_card_of_a_firm_figure_holds_numbers_interval_families_source_and_date() -> None:
    (told,) = finding(CELL | {"arm": "a", "name": "Course"}).findings
    assert told.printed == told.top == "20 of 100 families"
    assert told.usual == "30 of 100 with usual support"
    assert told.sentence == (
        "Are families referred again? With Course: yes in about 20 of 100 families. With usual support: 30 of 100."
    )
    assert told.interval is not None
    assert (told.interval.kind, told.interval.low, told.interval.high, told.interval.of) == ("difference", -18, -2, 100)
    assert told.between == (
        "It may well be between 2 and 18 fewer in 100 such families. Followed were 60 families with it and 440 without"
    )
    assert told.whom == "60 families with it and 440 without, all families"
    assert "Published rating: 3" in told.source
    assert told.as_of == "Records up to 22 November 2026"
    assert "best" not in told.model_dump_json()


@pytest.mark.parametrize("word", ["no clear difference", "leans towards fewer", "too few to say"])
def test_nothing_less_than_evidence_reaches_a_brief(word: str) -> None:
    assert finding(CELL | {"arm": "a", "name": "Course", "word": word}).findings == ()


def test_one_figure_at_most_and_that_of_the_units_own_segment_first() -> None:
    whole = CELL | {"arm": "a", "name": "Course", "n_arm": 300}
    own = CELL | {"arm": "b", "name": "Own", "whole": False, "segment": "s2", "segment_name": "Young families"}
    other = CELL | {"arm": "c", "name": "Other", "whole": False, "segment": "s9", "segment_name": "Elsewhere"}
    (told,) = finding(whole, own, other, segments=("s1", "s2")).findings
    assert "With Own:" in told.sentence
    (told,) = finding(whole, other, segments=("s1", "s2")).findings
    assert "With Course:" in told.sentence


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.15, -0.03, "between 3 and 15 fewer"),
        (-0.05, 0.12, "between 5 fewer and 12 more"),
        (0.02, 0.3, "between 2 and 30 more"),
    ],
)
def test_limits_are_said_in_whole_families_of_a_hundred(low: float, high: float, said: str) -> None:
    assert limits_in_words(low, high) == said


def test_the_page_shows_silence_with_its_reason_and_the_families_it_would_take() -> None:
    silent = CELL | {
        "arm": "a", "name": "Course", "state": "too few to say", "word": "too few to say",
        "reason": "fewer than 20 families in an arm", "families_needed": 392,
    }  # fmt: skip
    unanswered = QUESTION | {"question": "q2", "answered": False, "reason": "Nobody has the outcome."}
    shown = display.not_answered(
        released("evidence_questions", QUESTION, unanswered), released("evidence_cells", silent)
    )
    (table,) = shown.tables
    assert table.rows[0][0] == "Course"
    assert table.rows[0][3] == "392"
    assert [one.sentence for one in shown.findings] == ["Are families referred again? Nobody has the outcome."]


def test_a_cost_is_shown_with_its_limits_and_silence_with_its_reason() -> None:
    told = {
        "question": "q1", "arm": "a", "name": "Course", "unit_cost": 1500.0, "cost_per_outcome": 15000.0,
        "cost_low": 10776.0, "cost_high": 24669.0,
    }  # fmt: skip
    unknown = {"question": "q1", "arm": "b", "name": "Other", "cost_reason": "unit costs are not known"}
    unclear = {"question": "q1", "arm": "c", "name": "Third", "cost_reason": "the difference may be none"}
    shown = display.cost(released("evidence_questions", QUESTION), released("evidence_arms", told, unknown, unclear))
    assert shown.tables[0].rows == (
        ("Course: Are families referred again?", "£1,500", "£15,000", "£10,776 and £24,669"),
    )
    assert "For 1 figure nobody wrote down" in shown.lead
    assert "For 1 figure the difference may be none" in shown.lead


def test_a_control_that_fails_is_said_beside_the_word_and_counted() -> None:
    failed = CELL | {"arm": "a", "name": "Course", "word": "leans towards fewer", "control_failed": True}
    passed = CELL | {"arm": "b", "name": "Other", "word": "leans towards fewer", "control_failed": False}
    given = (released("evidence_questions", QUESTION), released("evidence_cells", failed, passed))
    (chart,) = display.answers(*given, released("evidence_expected")).charts
    words = [row[1] for row in chart.table.rows]
    assert words == ["leans towards fewer, negative control failed", "leans towards fewer"]
    question = QUESTION | {"control": "Rent arrears that begin later."}
    one = {
        "question": "q1", "arm": "a", "name": "Course", "control_n": 312, "control_difference": 0.12,
        "control_low": 0.03, "control_high": 0.21, "control_passed": False, "control_said": "They differ.",
    }  # fmt: skip
    other = {"question": "q1", "arm": "b", "name": "Other", "control_said": "Too few to check."}
    shown = display.negative_controls(released("evidence_questions", question), released("evidence_arms", one, other))
    assert shown.lead.startswith("1 figure could be checked")
    assert "1 failed" in shown.lead
    assert [finding.sentence for finding in shown.findings] == ["Rent arrears that begin later."]
    assert shown.tables[0].rows == (
        ("Course: Are families referred again?", "+12 (+3 to +21)", "312", "They differ."),
        ("Other: Are families referred again?", "–", "–", "Too few to check."),
    )


def page_rows(*cells: dict[str, Any]) -> tuple[Released, Released]:
    questions = released("evidence_questions", QUESTION, QUESTION | {"question": "q2", "title": "Do plans end?"})
    return questions, released("evidence_cells", *cells)


def test_who_could_have_had_what_is_one_line_for_a_question_in_plain_names() -> None:
    every = overlap.NEARLY_EVERY  # as the evidence says it, by which the page knows it
    some = (
        "35 of 100 families could hardly have had it. It is 80 of 100 of those with a decision after 1 November 2024."
    )
    arms = released(
        "evidence_arms",
        *(
            {"question": question, "arm": arm, "name": name, "lacks_sentence": said}
            for question, arm, name, said in (
                ("q1", "family_group_conference", "Family group conference", every),
                ("q1", "triple_p", "Triple P", some),
                ("q1", "usual_support", "Usual support", every),
                ("q2", "family_group_conference", "Family group conference", every),
            )
        ),
    )
    section = display.overlap(page_rows()[0], arms)
    assert [one.sentence for one in section.findings] == [
        f"Are families referred again? Nearly every family could have had 1 of 2 kinds of help. Triple P: {some}",
        "Do plans end? Nearly every family could have had 1 of 1 kinds of help.",
    ]
    assert date(2024, 11, 1) in section.dates


def test_where_nothing_can_be_answered_no_line_is_explained_and_nothing_is_called_equal() -> None:
    questions, cells = page_rows()
    lead = display.evidence_lead(questions, cells).lead
    assert "None of them can be answered yet, so nothing is known of any difference." in lead
    empty = display.answers(questions, cells, released("evidence_expected"))
    assert (empty.lead, empty.notes) == ("No question has a figure to show yet.", ())
