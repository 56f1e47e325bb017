"""Bars with their names above them, so that the same chart reads on a phone: needs, now and a quarter ago."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fi_workbench.display.drawing import by_row, filled, made_once, names_above, part, rows_of
from fi_workbench.display.model import Chart, Table
from fi_workbench.display.prose import counted, of
from fi_workbench.display.released import Row
from fi_workbench.display.theme import NAVY, ORANGE

STEP = 42
"""Pixels for one bar with its name above it."""


def needs_chart(present: Sequence[tuple[str, Row]], title: str, table: Table) -> Chart:
    """Needs by how many families have them, with an upright line where each stood a quarter ago.

    Args:
        present: needs in words with their rows of `unit_needs`, most frequent first.
        title: what the chart shows.
        table: every need, in numbers.
    """
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
    shown = any(point["before"] is not None for point in values)
    measure = f"Families with each need, of {counted(top, 'family')}."
    if shown:
        then = max(row["n_families_quarter_ago"] or 0 for _, row in present)
        measure += f" The upright orange line is where it stood a quarter ago, of {counted(then, 'family')}."
    listed = ". ".join(str(point["label"]) for point in values[:3])
    return Chart(
        title=title,
        measure=measure,
        alt=f"Bar chart of families by recorded need. {title} Most frequent: {listed}.",
        spec=filled(needs_shape(), STEP * len(values), needs=values, domain=[0, top]),
        table=table,
    )


@made_once
def needs_shape() -> Any:
    """What every chart of this kind has in common."""
    import altair as alt  # noqa: PLC0415

    base = alt.Chart(rows_of("needs"))
    y = by_row()
    x = alt.X("n:Q", axis=None, scale=alt.Scale(domain=part("domain")))
    bars = base.mark_bar(size=14, yOffset=11, color=NAVY).encode(y=y, x=x)
    names = names_above(base)
    before = (
        base.transform_filter("isValid(datum.before)")
        .mark_tick(color=ORANGE, opacity=1, thickness=4, size=18, yOffset=11)
        .encode(y=y, x=alt.X("before:Q"))
    )
    return alt.layer(bars, before, names)
