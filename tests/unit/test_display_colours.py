"""What a chart draws can be told from the page and from what stands beside it by contrast alone, in every chart.

Contrast is worked out from the finished specification, so a colour that somebody puts into a chart is measured too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import busy

from fi_workbench import display
from fi_workbench.contracts import all_contracts
from fi_workbench.disclosure import Released, release
from fi_workbench.display import Chart, Table, evidence, evidence_checks, grouping, theme
from fi_workbench.display.series import series_chart
from fi_workbench.display.share_series import share_chart
from fi_workbench.display.stacked import KEPT, MOVED, named_at

PAGE = "#FFFFFF"
TEXT, PARTS = 4.5, 3.0
"""Least contrast of letters and of parts of pictures: Web Content Accessibility Guidelines 2.2, 1.4.3 and 1.4.11."""

TABLE = Table(caption="All of it", headings=(), rows=())
CATALOGUE = all_contracts()
ROWS = busy("unit_tyne")


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, as the Web Content Accessibility Guidelines define it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def released(table: str) -> Released:
    contract = CATALOGUE.table(table)
    frame = pl.DataFrame(ROWS[table], schema=contract.polars_schema())
    return release(frame, contract, audience="unit", unit="unit_tyne", profile="local")


def _charts() -> dict[str, Chart]:
    level = [{**row, "n": 40 + row["n"]} for row in ROWS["unit_series"] if row["measure"] == "families_open"]
    judged = {**ROWS["unit_changes"][0], "measure": "families_open", "n": level[0]["n"], "usual_low": 38.0}
    deliveries = [(date(2026, 10, 4) + timedelta(weeks=n), 3 + n, 900) for n in range(6)]
    shares = share_chart("Visits", deliveries)
    assert shares is not None
    asked = {"title": "Are families referred again?", "outcome": "A new referral.", "n_families": 900}
    arms: list[dict[str, Any]] = [
        {
            "name": name,
            "pooled": middle,
            "pooled_low": middle - 0.05,
            "pooled_high": middle + 0.05,
            "word": word,
            "n_arm": 120,
            "n_usual": 640,
            "expected": 0.2,
            "usual": 0.3,
            "depends_on_model": False,
            "control_failed": False,
        }
        for name, middle, word in (("Course", -0.1, "evidence of fewer"), ("Visits", 0.01, "too close to call"))
    ]
    likeness: list[dict[str, Any]] = [{"covariate": "neglect", "of": "", "before": 0.4, "after": 0.05}]
    shares_of: list[dict[str, Any]] = [
        {"segment": "s1", "name": "Neglect", "n_families": 90, "share": 0.3, "label": label, "groups": True,
         "probability": share, "overall": 0.3, "lift": share / 0.3}
        for label, share in (("Neglect", 0.8), ("Housing", 0.6), ("Missing", 0.5))
    ]  # fmt: skip
    return {
        "events": next(iter(display.changes(released("unit_changes"), released("unit_series")).charts)),
        "level": series_chart(level, judged, "Families open", said_above=False),
        "needs": next(iter(display.needs(released("unit_needs")).charts)),
        "dates kept": next(iter(display.clocks(released("unit_clocks")).charts)),
        "journeys": next(iter(display.journeys(released("unit_journeys")).charts)),
        "quarantined": shares,
        "differences": evidence.picture(asked, arms, []),
        "likeness": evidence_checks._love_plot(asked, likeness),
        "segment": grouping._profile(shares_of),
    }


CHARTS = _charts()


def layers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every mark of a chart with what it encodes."""
    for one in spec.get("layer", []):
        yield from layers(one)
    if "mark" in spec:
        yield spec


def colours(given: Any) -> Iterator[str]:
    """Every colour written somewhere in a part of a specification."""
    if isinstance(given, dict):
        for inner in given.values():
            yield from colours(inner)
    elif isinstance(given, list):
        for inner in given:
            yield from colours(inner)
    elif isinstance(given, str) and given.startswith("#"):
        yield given


def drawn_in(chart: Chart, mark: dict[str, Any], channels: tuple[str, ...]) -> set[str]:
    """The colours that a mark may take by some channels: of its own, by condition, or from the data."""
    encoding = {name: mark.get("encoding", {})[name] for name in channels if name in mark.get("encoding", {})}
    own = {name: mark["mark"][name] for name in channels if name in mark["mark"]}
    by_data = any(isinstance(one, dict) and "field" in one for one in encoding.values())
    found = {*colours(own), *colours(encoding)}
    return found | (
        set(colours(chart.spec.get("datasets", {}))) | set(colours(mark.get("data", {}))) if by_data else set()
    )


@pytest.mark.parametrize("name", CHARTS)
def test_every_part_can_be_told_from_the_page(name: str) -> None:
    chart = CHARTS[name]
    seen = 0
    edges = [mark for mark in layers(chart.spec) if mark["mark"]["type"] == "rule"]
    for mark in layers(chart.spec):
        inside = drawn_in(chart, mark, ("color", "fill"))
        outline = drawn_in(chart, mark, ("stroke",))
        least = TEXT if mark["mark"]["type"] == "text" else PARTS
        if mark["mark"]["type"] == "rect":  # a shaded band is read by its limits
            outline |= set().union(*(drawn_in(chart, edge, ("color",)) for edge in edges))
        assert inside or outline or mark["mark"]["type"] == "text", mark["mark"]
        seen += len(inside | outline)
        outlined = bool(outline) and all(contrast(colour, PAGE) >= PARTS for colour in outline)
        pale = {colour for colour in inside if contrast(colour, PAGE) < least}
        assert not pale or outlined, (name, mark["mark"], pale)
    assert seen


@pytest.mark.parametrize("name", CHARTS)
def test_parts_are_named_where_they_stand_and_not_in_a_legend(name: str) -> None:
    for mark in layers(CHARTS[name].spec):
        for channel in ("color", "fill", "stroke", "shape"):
            encoded = mark.get("encoding", {}).get(channel)
            assert not (isinstance(encoded, dict) and "field" in encoded) or encoded["legend"] is None


@pytest.mark.parametrize("name", CHARTS)
def test_letters_beside_a_chart_can_be_read(name: str) -> None:
    config = CHARTS[name].spec["config"]
    for colour in (config["axis"]["labelColor"], config["axis"]["titleColor"], config["text"]["color"]):
        assert contrast(colour, PAGE) >= TEXT
    for colour in (config["axis"]["domainColor"], config["axis"]["tickColor"]):
        assert contrast(colour, PAGE) >= PARTS


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("parts", [KEPT, MOVED])
def test_neighbours_in_a_bar_differ_by_three_to_one(parts: tuple[tuple[str, str], ...]) -> None:
    for (_, one), (_, other) in pairwise(parts):
        assert contrast(one, other) >= PARTS
    assert len(parts) <= 4


@pytest.mark.parametrize(
    ("on", "behind"),
    [
        (theme.MUTED, theme.NAVY),
        (theme.MUTED, theme.BAND),
        (theme.NAVY, theme.BAND),
        (theme.ORANGE, theme.NAVY),
        (theme.QUIET, theme.BAND),
    ],
)
def test_what_lies_on_something_differs_from_it_by_three_to_one(on: str, behind: str) -> None:
    assert contrast(on, behind) >= PARTS


def test_names_of_parts_never_overlap_and_stay_on_a_phone() -> None:
    numbers = (1, 34, 120)
    for parts in (KEPT, MOVED):
        for first, second in combinations(numbers, 2):
            counts = [first if place % 2 else second for place in range(len(parts))]
            starts = [sum(counts[:place]) / sum(counts) for place in range(len(parts))]
            names = [f"{n} {part}" for n, (part, _) in zip(counts, parts, strict=True)]
            begins = [share * theme.DRAWN for share in named_at(list(zip(starts, names, strict=True)))]
            ends = [begin + 16 + 6.6 * len(name) for begin, name in zip(begins, names, strict=True)]
            assert all(end < after for end, after in zip(ends, begins[1:], strict=False))
            assert begins[0] >= 0
            assert ends[-1] <= theme.DRAWN + 1


def test_what_is_hollow_has_an_outline_that_shows() -> None:
    assert theme.HOLLOW == PAGE
    assert contrast(theme.QUIET, PAGE) >= PARTS
