"""The share of records quarantined, delivery by delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fi_workbench.display.drawing import data, finished
from fi_workbench.display.model import Chart, Heading, Table
from fi_workbench.display.prose import counted, short_day
from fi_workbench.display.theme import FONT, MUTED, NAVY

HEIGHT = 150
FEWEST = 3
"""Fewer deliveries show no course."""


def share(n: int, of: int) -> str:
    """A share as people read it; never 0 for what is there.

    Example:
        >>> share(0, 10), share(1, 8), share(3, 100_000), share(0, 0)
        ('0%', '12.5%', 'under 0.1%', 'none')
    """
    if not of:
        return "none"
    value = 100 * n / of
    return "under 0.1%" if 0 < value < 0.1 else f"{value:.1f}%".replace(".0%", "%")


def share_chart(name: str, points: Sequence[tuple[date, int, int]]) -> Chart | None:
    """Bars of the share of records quarantined in each delivery, the last one dark.

    Args:
        name: whose they are, in words.
        points: as-of date, records quarantined and records checked, oldest first.

    Returns:
        None where there are too few deliveries to show a course.
    """
    import altair as alt  # noqa: PLC0415

    shown = [point for point in points if point[2]]
    if len(shown) < FEWEST:
        return None
    last = len(shown) - 1
    values = [
        {
            "place": place,
            "share": n / of,
            "label": share(n, of),
            "last": place == last,
        }
        for place, (_, n, of) in enumerate(shown)
    ]
    labels = {place: short_day(shown[place][0]) for place in sorted({0, last})}
    words = " : ".join(f"datum.value == {place} ? '{label}'" for place, label in labels.items())
    x_axis = alt.Axis(
        values=list(labels), labelExpr=f"{words} : ''", labelAngle=0, grid=False, ticks=False, labelFlush=True,
        labelPadding=9, labelBound=True,
    )  # fmt: skip
    top = max(0.01, *(n / of for _, n, of in shown))
    y_axis = alt.Axis(format=".0%" if top >= 0.05 else ".1%", domain=False, ticks=False, tickCount=4)
    base = alt.Chart(data(values))
    x = alt.X("place:O", axis=x_axis, title=None)
    y = alt.Y("share:Q", axis=y_axis, title=None, scale=alt.Scale(domain=[0, top]))
    bars = base.mark_bar(width={"band": 0.7}).encode(
        x=x, y=y, color=alt.ColorValue(MUTED, condition={"test": "datum.last", "value": NAVY})
    )
    numbers = (
        base.transform_filter("datum.last")
        .mark_text(dy=-9, fontWeight="bold", font=FONT, fontSize=14)
        .encode(x=x, y=y, text=alt.Text("label:N"))
    )
    day, n, of = shown[-1]
    before = "; before, " + _range([n / of for _, n, of in shown[:-1]])
    said = f"{name}: {share(n, of)} of records quarantined up to {short_day(day)}"
    return Chart(
        title=said + before + ".",
        measure=f"Share of records quarantined in each of {counted(len(shown), 'delivery')}.",
        alt=f"Bar chart of the share of records quarantined, delivery by delivery. {said}{before}.",
        spec=finished(alt.layer(bars, numbers), HEIGHT),
        table=Table(
            caption=f"{name}: records quarantined by delivery",
            folded=True,
            headings=(
                Heading(label="Up to", fixed=True),
                Heading(label="Checked", numeric=True),
                Heading(label="Quarantined", numeric=True),
                Heading(label="Share", numeric=True),
            ),
            rows=tuple((short_day(day), f"{of:,}", f"{n:,}", share(n, of)) for day, n, of in shown),
        ),
    )


def _range(shares: Sequence[float]) -> str:
    least, most = (f"{100 * pick(shares):.1f}%".replace(".0%", "%") for pick in (min, max))
    return f"{least} each time" if least == most else f"{least} to {most}"
