"""Released rows become sentences, tables and charts; an empty frame becomes a plain sentence."""

from __future__ import annotations

import sys
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import RULE, WEEK, busy

from fi_workbench import display
from fi_workbench.briefs.wording import MOST_WORDS
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import Released, release
from fi_workbench.display import Section
from fi_workbench.display.number import Number
from fi_workbench.display.reading import sentences_of, words_of
from fi_workbench.errors import DisclosureError
from fi_workbench.measures.clocks import CLOCKS
from fi_workbench.measures.sources import NOUNS, Sources
from fi_workbench.measures.step_down import LABELS

CATALOGUE = all_contracts()
ROWS = busy("unit_tyne")
SUNDAY = WEEK.sunday
NO_LISTS = (
    "Use with care. There is no weekly list from the case management system. "
    "This brief rests on children in need census alone."
)


def released(table: str, rows: list[dict[str, Any]] | None = None) -> Released:
    contract = CATALOGUE.table(table)
    given = ROWS[table] if rows is None else rows
    frame = pl.DataFrame(given, schema=contract.polars_schema())
    return release(frame, contract, audience="unit", unit="unit_tyne", profile="local")


def source(name: str, state: str, kind: str = "partner", age: int | None = 3) -> dict[str, Any]:
    loaded = state != "absent"
    return {
        "source": name.lower().replace(" ", "_"), "name": name, "kind": kind, "loaded": loaded,
        "as_of": SUNDAY if loaded else None, "coverage_from": None, "coverage_to": None,
        "age_days": age if loaded else None, "cadence_days": 7, "state": state, "n_rows": 5, "n_quarantined": 2,
    }  # fmt: skip


def freshness(*rows: dict[str, Any]) -> Released:
    return released("source_freshness", list(rows))


def every_section(*, empty: bool) -> list[Section]:
    def table(name: str) -> Released:
        return released(name, [] if empty else None)

    sources = freshness() if empty else freshness(source("Visits", "fresh", "case_system"), source("Housing", "old"))
    return [
        display.trust(sources),
        display.actions(table("unit_actions")),
        display.changes(table("unit_changes"), table("unit_series")),
        display.needs(table("unit_needs")),
        display.journeys(table("unit_journeys")),
        display.clocks(table("unit_clocks")),
        display.insight(table("unit_insights"), sources),
        display.step_down(table("unit_step_down")),
        display.workload(table("unit_workload"), table("unit_overload")),
        display.good_news(table("unit_good_news")),
        display.limits(table("unit_limits")),
        display.sources(sources),
    ]


def words(section: Section) -> str:
    return section.model_dump_json()


@pytest.mark.parametrize("empty", [True, False])
def test_every_section_speaks_whatever_the_week(empty: bool) -> None:
    for section in every_section(empty=empty):
        said = bool(section.lead or section.findings or section.tables or section.charts)
        assert said or section.key == "limits"
        assert section.audience == "unit"


@pytest.mark.parametrize("empty", [True, False])
def test_a_section_survives_its_journey(empty: bool) -> None:
    for section in every_section(empty=empty):
        before = section.model_copy()
        bundle = section.without_pictures()._repr_mimebundle_()
        assert Section.model_validate_json(bundle[display.MIME]) == before
        assert "text/html" not in bundle


def test_a_bare_frame_is_refused() -> None:
    frame = pl.DataFrame(ROWS["unit_workload"], schema=CATALOGUE.table("unit_workload").polars_schema())
    with pytest.raises(DisclosureError, match="released for an audience"):
        display.workload(frame, released("unit_overload"))  # type: ignore[arg-type]


def test_another_table_is_refused() -> None:
    with pytest.raises(DisclosureError, match="was given where"):
        display.workload(released("unit_limits"), released("unit_overload"))


def test_tables_of_different_audiences_are_not_mixed() -> None:
    contract = CATALOGUE.table("unit_series")
    frame = pl.DataFrame(ROWS["unit_series"], schema=contract.polars_schema())
    other = release(frame, contract, audience="manager", unit="unit_tyne", profile="local")
    with pytest.raises(DisclosureError, match="cannot be shown together"):
        display.changes(released("unit_changes"), other)


@pytest.mark.parametrize(
    ("sources", "lead", "level"),
    [
        ([], "Do not use. Nothing has been loaded for this week.", "stop"),
        ([source("Visits", "fresh", "case_system")], "Good to use.", "good"),
        (
            [source("Visits", "fresh", "case_system"), source("Housing", "old", age=9)],
            "Good to use. Housing: 9 days old.",
            "good",
        ),
        (  # within its threshold, but a weekly delivery has been missed
            [source("Visits", "fresh", "case_system"), source("Housing", "fresh", age=9)],
            "Good to use. Housing: 9 days old.",
            "good",
        ),
        (
            [source("Visits", "old", "case_system", age=20)],
            "Use with care. Check dates on the case management system first. Visits: 20 days old.",
            "care",
        ),
        (
            [source("Visits", "absent", "case_system"), source("Children in need census", "fresh", "statutory_return")],
            NO_LISTS,
            "care",
        ),
        (
            [source("Visits", "fresh", "case_system"), source("Housing", "absent"), source("Police", "absent")],
            "Good to use. Nothing has come from housing and police.",
            "good",
        ),
        (  # a list that never came is no better than an old one
            [
                source("People", "fresh", "case_system"),
                source("Visits", "absent", "case_system"),
                source("Housing", "absent"),
            ],
            "Use with care. Nothing has come from visits and housing.",
            "care",
        ),
        (
            [
                source("People", "fresh", "case_system"),
                *(source(name, "absent") for name in ("Housing", "Police", "Schools")),
                source("Visits", "absent", "case_system"),
            ],
            "Use with care. Nothing has come from visits. Three more sources are missing, named at the end.",
            "care",
        ),
        (  # a worker whose row is held back may be off every page, and all the worker's children
            [source("Visits", "fresh", "case_system"), source("Roster", "fresh", "roster")],
            "Use with care. Roster: 2 rows held back.",
            "care",
        ),
        (
            [
                source("Visits", "old", "case_system", age=20),
                *(source(name, "fresh", "case_system") for name in ("Allocations", "Restricted", "Case people")),
                source("Roster", "fresh", "roster"),
            ],
            (
                "Use with care. Check dates on the case management system first. Visits: 20 days old. "
                "Allocations: 2 rows held back. Case people: 2 rows held back. Two more lists have rows held back."
            ),
            "care",
        ),
    ],
)
def test_the_line_of_trust(sources: list[dict[str, Any]], lead: str, level: str) -> None:
    section = display.trust(freshness(*sources))
    assert (section.lead, section.level) == (lead, level)


def test_a_brief_whose_due_dates_are_withheld_is_not_called_good_to_use() -> None:
    sources = freshness(source("People", "fresh", "case_system"))
    assert display.trust(sources).level == "good"
    section = display.trust(sources, withheld=True)
    assert section.level == "care"
    assert section.lead == "Use with care. Check dates on the case management system first."


def test_actions_that_fall_due_come_first_and_carry_their_rule() -> None:
    section = display.actions(released("unit_actions"))
    assert [finding.group for finding in section.findings] == ["Falls due", "Waits already"]
    assert section.findings[0].sentence.startswith("Due by 27 November 2026")
    rules = section.tables[0]
    assert [row[0] for row in rules.rows] == ["Child protection visit due", "Child protection visit: no record"]
    assert all(all(cell for cell in row) for row in rules.rows)
    assert {row[3] for row in rules.rows} == {"22 Nov 2026"}
    assert "r1" not in words(section)


def test_families_to_talk_about_are_listed_by_case_number_with_what_was_asked() -> None:
    contract = CATALOGUE.table("step_down_items")
    rows = ROWS["step_down_items"]
    other = rows[0] | {"case_reference": "CMS-9", "family_number": 2}
    frame = pl.DataFrame([other, *rows], schema=contract.polars_schema())
    own = release(frame, contract, audience="worker", unit="unit_tyne", worker="W-017", profile="local")
    table = display.to_talk_about(own)
    assert table.rows == (
        ("CMS-204871, CMS-204872", "A child in need plan"),
        ("CMS-9", "A child in need plan"),
    )
    assert table.notes[0].startswith("Each meets all 2 criteria that records can answer.")
    assert display.talk_criteria(own).rows[0] == (
        "No police event recorded in 90 days.",
        "None found in the police list, up to 22 November 2026. 3 of 90 people on it could not be tied to anyone.",
    )
    with pytest.raises(DisclosureError, match="stands for a person"):
        release(frame, contract, audience="unit", unit="unit_tyne", profile="local")


def test_five_things_lead_and_the_rest_are_counted_and_folded() -> None:
    def row(place: int, *, ahead: bool) -> dict[str, Any]:
        by = date(2026, 12, place) if ahead else date(2026, 11, place)
        base = ROWS["unit_actions"][0]
        return {**base, "action": f"a{place}", "place": place, "ahead": ahead, "from_date": by, "by_date": by}

    rows = [row(place, ahead=place < 8) for place in range(1, 13)]
    section = display.actions(released("unit_actions", rows))
    assert len(section.findings) == display.todo.LEAD
    assert section.rest_words == (
        "Two more kinds of date fall due by 7 December 2026, and five more things wait already."
    )
    assert len(section.rest) == 7
    first = section.findings[0]
    assert (first.whom, first.to_do, first.by) == (
        "3 children in 2 families", "Check that the day is set.", date(2026, 12, 1)
    )  # fmt: skip
    assert first.source
    assert first.as_of == "Records up to 22 November 2026"


def test_nothing_is_invented_for_a_quiet_week() -> None:
    section = display.actions(released("unit_actions", []))
    assert section.findings == ()
    assert section.lead == "Nothing in the records we have calls for action this week."


def test_only_what_left_its_usual_range_is_called_a_change() -> None:
    section = display.changes(released("unit_changes"), released("unit_series"))
    assert [finding.tone for finding in section.findings] == ["more"]
    assert section.findings[0].usual == "usually 12 to 24"
    steady = [{**row, "verdict": "within_usual"} for row in ROWS["unit_changes"]]
    calm = display.changes(released("unit_changes", steady), released("unit_series"))
    assert calm.findings == ()
    assert calm.lead == "Nothing changed by more than chance."
    few = [{**row, "verdict": "too_few"} for row in ROWS["unit_changes"]]
    assert "too few to tell" in display.changes(released("unit_changes", few), released("unit_series")).lead


MORE = "{} too few to tell, or cannot be told, over 4 weeks, 13 weeks or both."


@pytest.mark.parametrize(
    ("verdicts", "lead"),
    [
        (
            {"a": "mm", "b": "mw", "c": "ww", "d": "wt", "e": "cc"},
            "2 counts are outside the usual range, one of them over both 4 and 13 weeks. 1 more shows no more than chance. "
            + MORE.format("2 more are"),
        ),
        ({"a": "mw"}, "1 count is outside the usual range."),
        (
            {"a": "mw", "b": "cc"},
            "1 count is outside the usual range. " + MORE.format("1 more is"),
        ),
        (
            {"a": "ww", "b": "ww", "c": "tt"},
            "2 counts show no more than chance. " + MORE.format("1 more is"),
        ),
        ({"a": "ww"}, "Nothing changed by more than chance."),
        ({"a": "wt"}, "No count stands outside its usual range, and none can be told in full."),
        ({"a": "cc"}, "We cannot tell whether anything changed."),
        ({"a": "tt"}, "There were too few to tell whether anything changed."),
        ({"a": "tc"}, "There were too few to tell whether anything changed, or too little is known."),
    ],
)
def test_chance_is_said_only_of_what_was_held_against_it(verdicts: dict[str, str], lead: str) -> None:
    codes = {"m": "more_than_usual", "w": "within_usual", "t": "too_few", "c": "cannot_tell"}
    rows = [
        {**ROWS["unit_changes"][0], "measure": measure, "window_weeks": weeks, "verdict": codes[one]}
        for measure, both in verdicts.items()
        for weeks, one in zip((4, 13), both, strict=True)
    ]
    assert display.changes(released("unit_changes", rows), released("unit_series")).lead == lead


def test_how_often_chance_alone_shows_a_change_is_said_for_the_brief() -> None:
    notes = display.changes(released("unit_changes"), released("unit_series")).tables[0].notes
    assert "Where nothing changed, about one brief in 20 still shows a change by chance alone." in notes


def test_one_number_stands_in_sentence_chart_and_table() -> None:
    section = display.changes(released("unit_changes"), released("unit_series"))
    chart = section.charts[0]
    assert section.findings[0].printed == chart.table.rows[-1][1]
    assert chart.spec["layer"]


def test_up_to_when_counts_go_is_said_under_their_table() -> None:
    def note(*days: date) -> str:
        rows = [
            {**row, "measure": f"m{n}", "up_to": one} for row in ROWS["unit_changes"][:1] for n, one in enumerate(days)
        ]
        return " ".join(display.changes(released("unit_changes", rows), released("unit_series")).tables[0].notes[2:])

    assert note(SUNDAY, SUNDAY) == "Every count goes up to 22 November 2026."
    assert note(SUNDAY, date(2026, 11, 15), SUNDAY) == (
        "2 counts: up to 22 November 2026. 1 count: up to 15 November 2026."
    )


def test_clocks_count_and_never_say_late() -> None:
    section = display.clocks(released("unit_clocks"))
    row = section.charts[0].table.rows[0]
    assert row == ("Child protection visit", "7 of 12", "34 of 41", "4", "2")
    assert "late" not in words(section).lower().split()
    assert any("Supervision: we cannot tell." in note for note in section.notes)


def test_without_visits_the_brief_says_that_it_cannot_tell() -> None:
    rows = [{**row, "can_tell": False, "why_not": "no visit list", "n_due": 0} for row in ROWS["unit_clocks"]]
    section = display.clocks(released("unit_clocks", rows))
    assert section.lead.startswith("We cannot tell how dates were kept")
    assert section.charts == ()


def test_unknown_is_counted_apart_and_never_a_no() -> None:
    section = display.needs(released("unit_needs"))
    table = section.charts[0].table
    assert [heading.label for heading in table.headings][-1] == "Not known"
    assert table.rows[0][1] == "21 of 34"
    step = display.step_down(released("unit_step_down"))
    assert step.tables[0].rows[0] == ("On a plan for six months or more", "6 of 14", "5", "3")


def longest_of(*sections: Section) -> int:
    """Words of the longest sentence that a brief would be held for."""
    texts = [text for one in sections for text in (one.lead, *one.notes, *(chart.title for chart in one.charts))]
    return max(len(words_of(sentence)) for text in texts for sentence in sentences_of(text))


def reasons() -> list[str]:
    """Every reason why something cannot be told that a source can be."""
    nothing = dict.fromkeys(CATALOGUE.table("source_freshness").polars_schema())
    made = ["The start of a plan is not recorded.", "A criterion cannot be told from the records."]
    for name in NOUNS:
        for row in (
            {**nothing, "source": name, "loaded": False, "state": "absent"},
            {**nothing, "source": name, "loaded": True, "state": "old", "as_of": date(2026, 9, 30)},
        ):
            told = Sources(pl.DataFrame([row]), as_at=SUNDAY, stale_days=14)
            made.append(told.why_not([[name]]) or "")
            made.append(f"The {told[name].noun} is not known to reach back 90 days.")
    return made


def test_a_criterion_and_why_it_is_unknown_are_two_sentences_short_enough_for_a_brief() -> None:
    labels = [*LABELS.values(), "Every criterion that records can answer"]
    rows = [
        {"unit": "unit_tyne", "criterion": f"c{n}", "label": label, "n_considered": 1200, "n_met": 0,
         "n_not_met": 0, "n_unknown": 1200, "why_unknown": reason}
        for n, (label, reason) in enumerate(product(labels, reasons()))
    ]  # fmt: skip
    section = display.step_down(released("unit_step_down", rows))
    assert len(section.notes) > 100
    assert longest_of(section) <= MOST_WORDS
    assert f"{LABELS['records_current']}: not known for 1,200 families." in section.notes[0]


def test_nothing_found_is_told_with_where_it_was_looked_for() -> None:
    said = "None found in the police list, up to 22 November 2026."
    rows = [{**row, "none_found": said} for row in ROWS["unit_step_down"]]
    assert display.step_down(released("unit_step_down", rows)).tables[0].notes == (
        "None recorded is not the same as none.",
        said,
    )
    assert display.step_down(released("unit_step_down")).tables[0].notes == ()


def test_clocks_with_long_names_are_counted_not_named() -> None:
    long = sorted((clock.label for clock in CLOCKS), key=lambda label: -len(words_of(label)))[:3]
    one = ROWS["unit_clocks"][0]
    for told, reason in ((True, None), *((False, reason) for reason in reasons())):
        rows = [
            {**one, "clock": f"c{n}", "label": label, "can_tell": told, "why_not": reason, "n_due": 0}
            for n, label in enumerate(long)
        ]
        assert longest_of(display.clocks(released("unit_clocks", rows))) <= MOST_WORDS


def test_a_brief_without_case_lists_names_few_sources_and_counts_many() -> None:
    here = [source(one.name, "fresh") for one in CATALOGUE.contracts if one.name]
    for few in (2, 3, len(here)):
        longest = sorted(here, key=lambda row: -len(words_of(row["name"])))[:few]
        section = display.trust(freshness(source("Visits", "absent", "case_system"), *longest))
        assert longest_of(section) <= MOST_WORDS
        assert ("named at the end" in section.lead) == (few > 2)


def test_one_insight_with_its_question_and_named_sources() -> None:
    section = display.insight(released("unit_insights"), freshness(source("Housing", "fresh")))
    finding = section.findings[0]
    assert finding.number == Number(kind="estimate", n=15, of=18, noun="family")
    assert finding.printed == finding.top == "15 of 18 families"
    assert finding.interval is not None
    assert (finding.interval.low, finding.interval.high, finding.interval.of) == (10, 18, 18)
    assert finding.between == "In families like these it may well be 10 to 18 of 18"
    assert section.question
    assert "Housing" in section.findings[0].source


def test_long_lists_of_limits_are_folded_not_cut() -> None:
    rows = [{"unit": "unit_tyne", "limit": f"clock_{n}", "sentence": f"Limit {n}."} for n in range(9)]
    rows.append({"unit": "unit_tyne", "limit": "absent_visits", "sentence": "No visit list has been loaded."})
    section = display.limits(released("unit_limits", rows))
    assert section.findings[0].sentence == "No visit list has been loaded."
    assert (len(section.findings), len(section.rest)) == (3, 7)
    assert section.rest_words == "Seven more caveats."


def test_every_chart_says_its_message_in_words() -> None:
    for section in every_section(empty=False):
        for chart in section.charts:
            assert "chart" in chart.alt.lower()
            assert any(character.isdigit() for character in chart.alt)
            assert chart.title.endswith(".") or "year" in chart.title
            assert chart.table.rows


def test_a_worklist_is_ordered_by_date_alone() -> None:
    contract = CATALOGUE.table("worklist_items")
    rows = [row for row in ROWS["worklist_items"] if row["worker_id"] == "W-017"]
    frame = pl.DataFrame(rows, schema=contract.polars_schema())
    own = release(frame, contract, audience="worker", unit="unit_tyne", worker="W-017", profile="local")
    table = display.due_list(own)
    assert [row[0] for row in table.rows] == ["12 Nov 2026", "27 Nov 2026"]
    assert table.rows[0][2] == "No child protection visit recorded since 28 October 2026."
    assert display.due_rules(own).rows == (("Child protection visit", RULE, "22 Nov 2026"),)


def test_clocks_are_called_by_the_words_of_the_field() -> None:
    contract = CATALOGUE.table("worklist_items")
    rows = [{**ROWS["worklist_items"][0], "clock": "section47_to_conference"}]
    frame = pl.DataFrame(rows, schema=contract.polars_schema())
    own = release(frame, contract, audience="worker", unit="unit_tyne", worker="W-017", profile="local")
    assert display.due_rules(own).rows[0][0] == "Section 47 enquiry to initial child protection conference"


def test_dates_that_a_page_may_show_come_from_date_columns() -> None:
    section = display.actions(released("unit_actions"))
    assert set(section.dates) == {date(2026, 11, 27), date(2026, 11, 19), SUNDAY}


def test_what_lies_ahead_is_told_only_when_the_alarm_is_on() -> None:
    def told(alarm: bool) -> Section:
        row = {"unit": "unit_tyne", "state": "over" if alarm else "within", "alarm": alarm, "weeks_ahead": None,
               "sentence": "It holds more than it can carry."}  # fmt: skip
        return display.workload(released("unit_workload"), released("unit_overload", [row]))

    assert [finding.sentence for finding in told(True).findings] == ["It holds more than it can carry."]
    assert told(False).findings == ()
    assert told(False).model_copy(update={"findings": told(True).findings}) == told(True)


def test_of_many_clocks_those_with_most_dates_are_drawn_and_the_rest_counted() -> None:
    base = next(row for row in ROWS["unit_clocks"] if row["window_weeks"] == 13 and row["n_due"])
    many = [{**base, "clock": f"c{n}", "label": f"Clock {n}", "n_due": 20 + n, "n_kept": 20} for n in range(12)]
    (chart,) = display.clocks(released("unit_clocks", many)).charts
    assert "Clock 1:" not in chart.alt
    assert [f"Clock {n}:" in chart.alt for n in range(12)] == [False, False, *[True] * 10]
    assert chart.measure.endswith("2 more clocks with fewer dates are in the numbers.")
    assert len(chart.table.rows) == 12
