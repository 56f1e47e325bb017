"""A count over a year with its usual range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fi_workbench.display.drawing import filled, inside, made_once, part, rows_of
from fi_workbench.display.model import Chart, Heading, Table
from fi_workbench.display.prose import counted, day, in_words, sentence, usual
from fi_workbench.display.released import Row
from fi_workbench.display.theme import BAND, FONT, MUTED, NAVY, QUIET

FEW = 6
"""Up to so many, every whole number has its own place on the axis."""

LEVELS = frozenset({"families_open", "children_open", "child_protection_plans", "looked_after"})
"""Measures of how things stand at the end of a week; all others count what happened in it."""

HEIGHT = 190
_YEAR = 52


def series_chart(points: Sequence[Row], judged: Row, name: str, *, said_above: bool) -> Chart:
    """A count over a year with its usual range.

    Events are shown as totals of so many weeks as they are judged over, a level (families open) as it stood each week.

    Args:
        points: rows of `unit_series` of one measure, released.
        judged: a row of `unit_changes` of the same measure.
        name: the measure in words.
        said_above: whether a finding above it says the same, so that its title must not.
    """
    ordered = sorted(points, key=lambda row: row["week_start"])[-_YEAR:]
    chart = _level if judged["measure"] in LEVELS else _events
    return chart(ordered, judged, name, said_above=said_above)


def _events(ordered: Sequence[Row], judged: Row, name: str, *, said_above: bool) -> Chart:
    together = judged["window_weeks"]
    weeks = f"{in_words(together)} weeks"
    spare = len(ordered) % together
    blocks = [ordered[start : start + together] for start in range(spare, len(ordered), together)]
    low, high = judged["usual_low"], judged["usual_high"]
    points_shown = [
        {
            "place": place,
            "n": sum(row["n"] for row in block),
            "label": f"{block[0]['week_start']:%b %Y}",
            "last": place == len(blocks) - 1,
        }
        for place, block in enumerate(blocks)
    ]
    top = max([float(high or 0), *(float(point["n"]) for point in points_shown)])
    spec = filled(
        events_shape(banded=low is not None and high is not None),
        HEIGHT,
        points=points_shown,
        places=_few_labels([point["label"] for point in points_shown]),
        counts=_counts(0, top),
        usual=[{"low": low, "high": high}],
    )
    table = Table(
        caption=f"{name}, {weeks} at a time",
        folded=True,
        headings=(Heading(label=sentence(f"{weeks} from").rstrip(".")), Heading(label=name, numeric=True)),
        rows=tuple((day(block[0]["week_start"]), f"{sum(row['n'] for row in block):,}") for block in blocks),
    )
    measure = f"{name}: totals of {weeks} over {counted(len(blocks) * together, 'week')}."
    shaded = f" The shaded band is the usual range, {usual(low, high)}." if low is not None and high is not None else ""
    said = sentence(judged["sentence"])
    return Chart(
        title=f"{name} over a year" if said_above else said,
        measure=measure + shaded,
        alt=f"Bar chart of {inside(name)} in each {weeks} of the last year. {said}{shaded}",
        spec=spec,
        table=table,
    )


def _level(ordered: Sequence[Row], judged: Row, name: str, *, said_above: bool) -> Chart:
    low, high = judged["usual_low"], judged["usual_high"]
    last = len(ordered) - 1
    points_shown = [
        {
            "place": place,
            "n": row["n"],
            "label": f"{row['week_start']:%b %Y}",
            "last": place == last,
        }
        for place, row in enumerate(ordered)
    ]
    shown = [float(one) for one in (low, high, *(point["n"] for point in points_shown)) if one is not None]
    reach = _reach(min(shown), max(shown))
    spec = filled(
        level_shape(banded=low is not None and high is not None),
        HEIGHT,
        points=points_shown,
        places=_few_labels([str(point["label"]) for point in points_shown]),
        counts=_counts(*reach),
        reach=reach,
        room=[0, last * 1.08],  # for the number after the last point
        usual=[{"from": max(0, last - judged["window_weeks"]), "to": last, "low": low, "high": high}],
    )
    table = Table(
        caption=f"{name} at the end of each week",
        folded=True,
        headings=(Heading(label="Week from"), Heading(label=name, numeric=True)),
        rows=tuple((day(row["week_start"]), f"{row['n']:,}") for row in ordered),
    )
    shaded = (
        f" The shaded box is where it usually goes in {in_words(judged['window_weeks'])} weeks, {usual(low, high)}."
        if low is not None and high is not None
        else ""
    )
    said = sentence(judged["sentence"])
    begins = " The scale does not begin at 0." if reach[0] else ""
    return Chart(
        title=f"{name} over a year" if said_above else said,
        measure=f"{name} at the end of each of {counted(len(ordered), 'week')}.{begins}{shaded}",
        alt=f"Line chart of {inside(name)} week by week over the last year. {said}{shaded}",
        spec=spec,
        table=table,
    )


@made_once
def events_shape(*, banded: bool) -> Any:
    """What every chart of this kind has in common."""
    import altair as alt  # noqa: PLC0415

    base = alt.Chart(rows_of("points"))
    x = alt.X("place:O", axis=part("places"), title=None)
    y = alt.Y("n:Q", title=None, axis=part("counts"))
    bars = base.mark_bar(width={"band": 0.7}).encode(
        x=x,
        y=y,
        color=alt.ColorValue(MUTED, condition={"test": "datum.last", "value": NAVY}),
    )
    numbers = (
        base.transform_filter("datum.last")
        .mark_text(dy=-9, fontWeight="bold", font=FONT, fontSize=14)
        .encode(x=x, y=y, text=alt.Text("n:Q", format="d"))
    )
    return alt.layer(_band(), bars, numbers) if banded else alt.layer(bars, numbers)


@made_once
def level_shape(*, banded: bool) -> Any:
    """What every chart of this kind has in common."""
    import altair as alt  # noqa: PLC0415

    base = alt.Chart(rows_of("points"))
    scale = alt.Scale(domain=part("reach"), nice=False)
    x = alt.X("place:Q", scale=alt.Scale(domain=part("room"), nice=False), axis=part("places"), title=None)
    y = alt.Y("n:Q", title=None, scale=scale, axis=part("counts"))
    line = base.mark_line(color=NAVY, strokeWidth=2.5).encode(x=x, y=y)
    end = base.transform_filter("datum.last")
    point = end.mark_point(color=NAVY, filled=True, size=70).encode(x=x, y=y)
    text = end.mark_text(dx=8, align="left", fontWeight="bold", font=FONT, fontSize=14).encode(
        x=x, y=y, text=alt.Text("n:Q", format="d")
    )
    if not banded:
        return alt.layer(line, point, text)
    band = (
        alt.Chart(rows_of("usual"))
        .mark_rect(color=BAND, stroke=QUIET, strokeDash=[4, 3])
        .encode(x=alt.X("from:Q"), x2=alt.X2("to:Q"), y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"))
    )
    return alt.layer(band, line, point, text)


def _reach(low: float, high: float) -> list[int]:
    """From where to where the axis of a level goes: from 0, unless that would leave more than half of it empty.

    Example:
        >>> _reach(3, 40), _reach(402, 431)
        ([0, 40], [400, 440])
    """
    if low < high - low:
        return [0, max(1, math.ceil(high))]
    step = 10 ** math.floor(math.log10(max(1.0, high - low)))
    return [math.floor(low / step) * step, math.ceil(high / step) * step]


def _counts(low: float, high: float) -> dict[str, Any]:
    """An axis of counts."""
    return {"format": "d", "domain": False, "ticks": False, **_whole(low, high)}


def _whole(low: float, high: float) -> dict[str, Any]:
    """Where an axis of counts has its numbers: left to itself, one of few gets halves, which read as a number twice."""
    if high - low <= FEW:
        return {"values": list(range(math.floor(low), math.ceil(high) + 1))}
    return {"tickCount": 4, "tickMinStep": 1}


def _band() -> Any:
    import altair as alt  # noqa: PLC0415

    base = alt.Chart(rows_of("usual"))
    band = base.mark_rect(color=BAND).encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"))
    # The band alone is too pale to be told from the page; its limits are lines.
    limits = [base.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y=alt.Y(f"{side}:Q")) for side in ("low", "high")]
    return alt.layer(band, *limits)


def _few_labels(labels: Sequence[str]) -> dict[str, Any]:
    last = len(labels) - 1
    places = sorted({0, last // 2, last})
    chosen = " : ".join(f"datum.value == {place} ? '{labels[place]}'" for place in places)
    return {
        "values": places,
        "labelExpr": f"{chosen} : ''",
        "labelAngle": 0,
        "grid": False,
        "ticks": False,
        "labelFlush": True,
        "labelPadding": 9,
        "labelBound": 40,
    }
