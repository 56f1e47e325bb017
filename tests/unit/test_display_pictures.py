"""Charts are drawn the same every time, and hold nothing that runs or asks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polars as pl
import pytest
import vl_convert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import busy

from fi_workbench import display
from fi_workbench.chart_engine import VEGA_LITE
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import release
from fi_workbench.display import Chart, Table
from fi_workbench.display.bars import needs_chart
from fi_workbench.display.pictures import normalised
from fi_workbench.display.reading import sentences_of, words_of
from fi_workbench.display.series import LEVELS, series_chart
from fi_workbench.display.theme import BAND, DRAWN, INK, LINE, MUTED, NAVY, ORANGE, QUIET, TEAL
from fi_workbench.measures.flow import MEASURES
from fi_workbench.vocabulary.needs import NEED_CODES, need

CATALOGUE = all_contracts()
ROWS = busy("unit_tyne")


def released(table: str):
    contract = CATALOGUE.table(table)
    frame = pl.DataFrame(ROWS[table], schema=contract.polars_schema())
    return release(frame, contract, audience="unit", unit="unit_tyne", profile="local")


@pytest.fixture(scope="module")
def charts() -> list[Chart]:
    level = [{**row, "n": 40 + row["n"]} for row in ROWS["unit_series"] if row["measure"] == "families_open"]
    judged = {**ROWS["unit_changes"][0], "measure": "families_open", "n": level[0]["n"], "usual_low": 38.0}
    found = [
        *display.changes(released("unit_changes"), released("unit_series")).charts,
        *display.needs(released("unit_needs")).charts,
        *display.clocks(released("unit_clocks")).charts,
    ]
    return [*found, series_chart(level, judged, "Families open", said_above=False)]


def test_there_are_charts_of_every_kind(charts: list[Chart]) -> None:
    assert len(charts) == 4
    assert charts[3].measure.startswith("Families open at the end of each of 52 weeks. The scale does not begin at 0.")


def test_a_level_that_comes_near_0_is_drawn_from_0_and_says_no_other() -> None:
    rows = [row for row in ROWS["unit_series"] if row["measure"] == "families_open"]
    level = [{**row, "measure": "looked_after", "n": 1 + place % 9} for place, row in enumerate(rows)]
    judged = {**ROWS["unit_changes"][0], "measure": "looked_after", "n": level[-1]["n"], "usual_low": 2.0}
    chart = series_chart(level, judged, "Children looked after", said_above=False)
    assert "does not begin at 0" not in chart.measure
    assert ">0</text>" in display.draw(chart.spec)


def test_what_happened_in_weeks_is_never_called_how_things_stood_at_their_end() -> None:
    """Also where nothing can be judged, so that the count of the window is 0."""
    rows = [row for row in ROWS["unit_series"] if row["measure"] == "referrals"]
    judged = {**ROWS["unit_changes"][0], "verdict": "cannot_tell", "n": 0, "usual_low": None, "usual_high": None}
    chart = series_chart(rows, judged, "Referrals", said_above=False)
    assert "end of each" not in chart.measure + chart.table.caption
    assert chart.table.caption == "Referrals, four weeks at a time"


@pytest.mark.parametrize("measure", ["referrals", "families_open"])
def test_a_picture_is_of_the_weeks_in_which_its_count_stands_out(measure: str) -> None:
    """A count is out of its usual range over 13 weeks and not over 4: its picture must not say that nothing changed."""
    rows = [row for row in ROWS["unit_series"] if row["measure"] == "referrals"]
    quarter = sum(row["n"] for row in sorted(rows, key=lambda row: row["week_start"])[-13:])
    base = {**ROWS["unit_changes"][0], "measure": measure, "usual_low": 1.0, "usual_high": 9.0}
    told = {"verdict": "more_than_usual", "window_weeks": 13, "n": quarter, "sentence": f"{quarter}: more than usual."}
    judged = [base | {"verdict": "within_usual", "window_weeks": 4}, base | told]
    given = {"unit_changes": judged, "unit_series": [{**row, "measure": measure} for row in rows]}
    frames = []
    for table, some in given.items():
        contract = CATALOGUE.table(table)
        frame = pl.DataFrame(some, schema=contract.polars_schema())
        frames.append(release(frame, contract, audience="unit", unit="unit_tyne", profile="local"))
    section = display.changes(*frames)
    chart = section.charts[0]
    assert f"{quarter}: more than usual." in chart.alt
    assert "13 weeks" in chart.measure
    if measure == "referrals":
        assert chart.table.rows[-1][1] == str(quarter)
        assert chart.table.caption == "Referrals, 13 weeks at a time"


@pytest.mark.parametrize(
    ("outside", "said"),
    [
        ([("referrals", 13)], "1 count is outside the usual range."),
        ([("referrals", 4), ("referrals", 13)], "1 count is outside the usual range, over both 4 and 13 weeks."),
        (
            [("referrals", 4), ("referrals", 13), ("closed", 4)],
            "2 counts are outside the usual range, one of them over both 4 and 13 weeks.",
        ),
    ],
)
def test_as_many_counts_are_told_as_are_listed(outside: list[tuple[str, int]], said: str) -> None:
    rows = [
        {**ROWS["unit_changes"][0], "measure": measure, "window_weeks": weeks, "verdict": "more_than_usual"}
        for measure, weeks in outside
    ]
    contract = CATALOGUE.table("unit_changes")
    frame = pl.DataFrame(rows, schema=contract.polars_schema())
    changed = release(frame, contract, audience="unit", unit="unit_tyne", profile="local")
    section = display.changes(changed, released("unit_series"))
    assert section.lead == said
    assert len(section.findings) == len(outside)


def test_levels_are_those_of_the_measures() -> None:
    assert {name for name, measure in MEASURES.items() if measure.level} == LEVELS


def test_an_axis_of_few_counts_shows_each_whole_number_once() -> None:
    rows = [row for row in ROWS["unit_series"] if row["measure"] == "families_open"]
    level = [{**row, "n": 6 + place % 3} for place, row in enumerate(sorted(rows, key=lambda row: row["week_start"]))]
    judged = {**ROWS["unit_changes"][0], "measure": "families_open", "n": 8, "usual_low": None, "usual_high": None}
    drawn = display.draw(series_chart(level, judged, "Families open", said_above=False).spec)
    numbers = [text for text in re.findall(r">(\d+)</text>", drawn) if text != str(judged["n"])]
    assert numbers == ["6", "7"]
    assert len(re.findall(r">8</text>", drawn)) == 2  # on the axis, and at the end of the line


def test_a_drawing_is_the_same_every_time_and_names_nothing_by_chance(charts: list[Chart]) -> None:
    for chart in charts:
        first = display.draw(chart.spec)
        assert normalised(first) == first
        assert first == display.draw({**chart.spec})
        assert "<script" not in first
        assert "http" not in first.replace("http://www.w3.org/", "")
        assert "aria-" not in first


def test_a_chart_compiled_without_its_rows_is_drawn_as_the_library_draws_it_whole(charts: list[Chart]) -> None:
    for chart in charts:
        drawn = display.draw(chart.spec)
        whole = vl_convert.vegalite_to_svg({**chart.spec, "width": DRAWN}, vl_version=VEGA_LITE)
        assert drawn == normalised(whole)
        assert "Arial" in drawn


def test_colours_are_those_of_the_palette(charts: list[Chart]) -> None:
    import re

    allowed = {c.lower() for c in (BAND, INK, LINE, MUTED, NAVY, ORANGE, QUIET, TEAL, "#ffffff", "#fff")}
    for chart in charts:
        used = {colour.lower() for colour in re.findall(r'"(#[0-9A-Fa-f]{3,6})"', display.draw(chart.spec))}
        assert used <= allowed


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    lit = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (NAVY, "#FFFFFF", 4.5),
        (QUIET, "#FFFFFF", 4.5),
        (INK, BAND, 4.5),
        (NAVY, BAND, 3.0),
        (NAVY, TEAL, 3.0),
        (NAVY, MUTED, 3.0),
    ],
)
def test_contrast_is_enough_for_readers_with_low_vision(one: str, other: str, least: float) -> None:
    """Web Content Accessibility Guidelines 2.2: 1.4.3 for text, 1.4.11 for parts of pictures."""
    assert contrast(one, other) >= least


def test_ids_are_numbered_in_order() -> None:
    assert (
        normalised('<g id="z9"><a href="#z9"/><b fill="url(#z9)"/></g>')
        == '<g id="i1"><a href="#i1"/><b fill="url(#i1)"/></g>'
    )


def test_coordinates_are_no_finer_than_a_tenth_of_a_pixel_and_words_stay() -> None:
    assert normalised('<path d="M1.2345,67.891"/><text x="3.14159">0.0512</text>') == (
        '<path d="M1.2,67.8"/><text x="3.1">0.0512</text>'
    )


def test_the_words_of_the_picture_of_needs_are_short_however_long_the_needs_are_called() -> None:
    longest = sorted((need(code).label for code in NEED_CODES), key=len)[-5:]
    row = {
        "n_present": 1_204, "n_present_quarter_ago": 1_190, "n_families_quarter_ago": 2_300, "n_assessed": 2_000,
        "n_unknown": 345,
    }  # fmt: skip
    chart = needs_chart([(name, row) for name in longest], "A title.", Table(caption="", headings=(), rows=()))
    assert max(len(words_of(one)) for one in sentences_of(chart.alt)) <= 25
