"""Bars with their names above them, so that the same chart reads on a phone: needs, and dates kept."""

from __future__ import annotations

from collections.abc import Sequence

from fi_workbench.display.drawing import data, finished
from fi_workbench.display.model import Chart, Table
from fi_workbench.display.prose import counted, of, window
from fi_workbench.display.released import Row
from fi_workbench.display.theme import FONT, GREY, INK, NAVY, ORANGE, TEAL

STEP = 46
"""Pixels for one bar with its name above it."""


def needs_chart(present: Sequence[tuple[str, Row]], title: str, table: Table) -> Chart:
    """Needs by how many families have them, with an upright line where each stood a quarter ago.

    Args:
        present: needs in words with their rows of `unit_needs`, most frequent first.
        title: what the chart shows.
        table: every need, in numbers.
    """
    import altair as alt  # noqa: PLC0415

    values = [
        {
            "place": place,
            "n": row["n_present"],
            "before": row["n_present_quarter_ago"],
            "label": f"{name}: {of(row['n_present'], int(row['n_assessed']) + int(row['n_unknown']))}",
        }
        for place, (name, row) in enumerate(present)
    ]
    top = max(row["n_assessed"] + row["n_unknown"] for _, row in present)
    base = alt.Chart(data(values))
    y = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    x = alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, top]))
    bars = base.mark_bar(size=14, yOffset=11, color=NAVY).encode(y=y, x=x)
    names = base.mark_text(align="left", dy=-8, font=FONT, fontSize=15, color=INK).encode(
        y=y, x=alt.value(0), text="label:N"
    )
    before = (
        base.transform_filter("isValid(datum.before)")
        .mark_tick(color=ORANGE, thickness=4, size=24, yOffset=11)
        .encode(y=y, x="before:Q")
    )
    shown = any(point["before"] is not None for point in values)
    measure = f"Families with each need, of {counted(top, 'family')}."
    if shown:
        measure += " The upright orange line is where it stood a quarter ago."
    listed = "; ".join(str(point["label"]) for point in values[:3])
    return Chart(
        title=title,
        measure=measure,
        alt=f"Bar chart of families by recorded need. {title} Most frequent: {listed}.",
        spec=finished(alt.layer(bars, before, names), STEP * len(values)),
        table=table,
    )


def clocks_chart(rows: Sequence[Row], weeks: int, table: Table) -> Chart:
    """Dates kept by clock: of those due, how many were kept, met after the date, or have no record.

    Args:
        rows: rows of `unit_clocks` of one window with dates due.
        weeks: the window.
        table: all clocks and windows, in numbers.
    """
    import altair as alt  # noqa: PLC0415

    parts = ("Kept", "After the date", "No record yet")
    colours = (NAVY, TEAL, GREY)
    values = []
    for place, row in enumerate(rows):
        after = max(0, row["n_due"] - row["n_kept"] - row["n_not_recorded"])
        start = 0.0
        for order, (part, n) in enumerate(zip(parts, (row["n_kept"], after, row["n_not_recorded"]), strict=True)):
            share = min(1.0 - start, n / row["n_due"])
            values.append({"place": place, "part": part, "order": order, "from": start, "to": start + share})
            start += share
    names = [
        {"place": place, "label": f"{_short(row['label'])}: {of(row['n_kept'], row['n_due'])}"}
        for place, row in enumerate(rows)
    ]
    y = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    bars = (
        alt.Chart(data(values))
        .mark_bar(size=14, yOffset=11, stroke="white", strokeWidth=1)
        .encode(
            y=y,
            x=alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, 1])),
            x2="to:Q",
            color=alt.Color(
                "part:N",
                sort=list(parts),
                scale=alt.Scale(domain=list(parts), range=list(colours)),
                legend=alt.Legend(
                    orient="top",
                    title=None,
                    direction="horizontal",
                    labelFont=FONT,
                    labelFontSize=14,
                    labelColor=INK,
                    symbolType="square",
                    symbolSize=140,
                    columnPadding=14,
                ),
            ),
        )
    )
    labels = (
        alt.Chart(data(names))
        .mark_text(align="left", dy=-8, font=FONT, fontSize=15, color=INK)
        .encode(y=y, x=alt.value(0), text="label:N")
    )
    most = max(rows, key=lambda row: row["n_due"])
    title = f"{most['label']}: {of(most['n_kept'], most['n_due'])} dates kept in the {window(weeks)}."
    said = ". ".join(f"{row['label']}: {of(row['n_kept'], row['n_due'])}" for row in rows)
    return Chart(
        title=title,
        measure=f"Of the dates that fell due in the {window(weeks)}: kept, met after the date, or with no record yet.",
        alt=f"Bar chart of dates kept by clock in the {window(weeks)}. {said}.",
        spec=finished(alt.layer(bars, labels), STEP * len(rows)),
        table=table,
    )


def _short(label: str, most: int = 40) -> str:
    if len(label) <= most:
        return label
    return f"{label[: most - 1].rsplit(' ', 1)[0]} …"
