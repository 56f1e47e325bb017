"""Bars of parts that make a whole, with their names above them: dates kept, and the journey of families.

Parts that stand side by side differ by 3 to 1 in contrast, and every part has an outline: what did not happen, or what
stayed as it was, is hollow.

Source:
    Web Content Accessibility Guidelines 2.2, 1.4.1 and 1.4.11; Government Analysis Function, charts and colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fi_workbench.display.drawing import data, finished, leftmost
from fi_workbench.display.model import Chart, Table
from fi_workbench.display.prose import counted, of, window
from fi_workbench.display.released import Row
from fi_workbench.display.theme import FONT, HOLLOW, INK, NAVY, PLUM, QUIET, TEAL

STEP = 42
"""Pixels for one bar with its name above it."""

KEPT = (("Kept", NAVY), ("After the date", TEAL), ("No record yet", HOLLOW))
MOVED = (("Stepped up", PLUM), ("The same", HOLLOW), ("Stepped down", TEAL), ("Closed", NAVY))
_LONGEST = 37


def clocks_chart(rows: Sequence[Row], weeks: int, table: Table) -> Chart:
    """Dates kept by clock: of those due, how many were kept, met after the date, or have no record.

    Args:
        rows: rows of `unit_clocks` of one window with dates due.
        weeks: the window.
        table: all clocks and windows, in numbers.
    """
    bars = [
        (
            f"{_short(row['label'])}: {of(row['n_kept'], row['n_due'])}",
            (row["n_kept"], max(0, row["n_due"] - row["n_kept"] - row["n_not_recorded"]), row["n_not_recorded"]),
        )
        for row in rows
    ]
    most = max(rows, key=lambda row: row["n_due"])
    said = ". ".join(f"{row['label']}: {of(row['n_kept'], row['n_due'])}" for row in rows)
    return Chart(
        title=f"{most['label']}: {of(most['n_kept'], most['n_due'])} dates kept in the {window(weeks)}.",
        measure=f"Of the dates that fell due in the {window(weeks)}: kept, met after the date, or with no record yet.",
        alt=f"Bar chart of dates kept by clock in the {window(weeks)}. {said}.",
        spec=stacked(bars, KEPT),
        table=table,
    )


def journeys_chart(rows: Sequence[tuple[str, Row]], weeks: int, n_new: int, table: Table) -> Chart:
    """The journey of families: by the status that they had, what became of them.

    Args:
        rows: statuses in words with their rows of `unit_journeys`, the most intensive first.
        weeks: how long ago the status was.
        n_new: families that are new since.
        table: the same in numbers.
    """
    bars = [
        (
            f"{name}: {of(row['n_same'], row['n_families'])} the same",
            tuple(row[part] for part in ("n_up", "n_same", "n_down", "n_closed")),
        )
        for name, row in rows
    ]
    total, same = sum(row["n_families"] for _, row in rows), sum(row["n_same"] for _, row in rows)
    said = ". ".join(
        f"{name}: of {counted(row['n_families'], 'family')}, {row['n_up']} stepped up, {row['n_same']} are the same, "
        f"{row['n_down']} stepped down and {row['n_closed']} closed"
        for name, row in rows
    )
    return Chart(
        title=f"{of(same, total)} families have the status that they had {counted(weeks, 'week')} ago.",
        measure=(
            f"Families by their status {counted(weeks, 'week')} ago, and what became of them. "
            f"{counted(n_new, 'family').capitalize()} came new."
        ),
        alt=f"Bar chart of what became of families by their status {counted(weeks, 'week')} ago. {said}.",
        spec=stacked(bars, MOVED),
        table=table,
    )


def stacked(bars: Sequence[tuple[str, Sequence[int]]], parts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Bars of one length, each cut into its parts.

    Args:
        bars: the name above each bar, and how many each of its parts has, in the order of `parts`.
        parts: names and colours.
    """
    import altair as alt  # noqa: PLC0415 - most of a second that only the making of charts needs

    values = []
    for place, (_, numbers) in enumerate(bars):
        whole, start = sum(numbers), 0.0
        for (part, _), n in zip(parts, numbers, strict=True):
            end = min(1.0, start + (n / whole if whole else 0.0))
            if n:
                values.append({"place": place, "part": part, "from": start, "to": end})
            start = end
    names = [{"place": place, "label": label} for place, (label, _) in enumerate(bars)]
    y = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    legend = alt.Legend(
        orient="top",
        title=None,
        direction="horizontal",
        columns=2,
        labelFont=FONT,
        labelFontSize=14,
        labelColor=INK,
        symbolType="square",
        symbolSize=140,
        symbolStrokeColor=QUIET,
        symbolStrokeWidth=1,
        columnPadding=14,
    )
    scale = alt.Scale(domain=[part for part, _ in parts], range=[colour for _, colour in parts])
    drawn = (
        alt.Chart(data(values))
        .mark_bar(size=14, yOffset=10, stroke=QUIET, strokeWidth=1)
        .encode(
            y=y,
            x=alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, 1])),
            x2=alt.X2("to:Q"),
            fill=alt.Fill("part:N", sort=[part for part, _ in parts], scale=scale, legend=legend),
        )
    )
    labels = (
        alt.Chart(data(names))
        .mark_text(align="left", dy=-8, font=FONT, fontSize=15, color=INK)
        .encode(y=y, x=leftmost(), text=alt.Text("label:N"))
    )
    return finished(alt.layer(drawn, labels), STEP * len(bars))


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1].rsplit(' ', 1)[0]} …"
