"""Bars of parts that make a whole, with their names above them: dates kept, and the journey of families.

Between parts is a gap and every part has an outline, so that they are told apart whatever their colours, and whichever
parts are missing between them: what did not happen, or what stayed as it was, is hollow. Each bar has its parts named
under it, with their numbers: nobody looks them up in a legend.

Source:
    Web Content Accessibility Guidelines 2.2, 1.4.1 and 1.4.11; Government Analysis Function, charts and colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fi_workbench.display.drawing import by_row, filled, made_once, names_above, rows_of
from fi_workbench.display.model import Chart, Table
from fi_workbench.display.prose import counted, of, window
from fi_workbench.display.released import Row
from fi_workbench.display.theme import DRAWN, FONT, HOLLOW, INK, NAVY, PLUM, QUIET, TEAL

STEP = 60
"""Pixels for one bar with its name above it and its parts named below."""

KEPT = (("kept", NAVY), ("after the date", TEAL), ("no record", HOLLOW))
MOVED = (("up", PLUM), ("the same", HOLLOW), ("down", TEAL), ("closed", NAVY))
CLOCKS = 10
"""So many clocks are drawn, those with most dates due: a longer chart is more than a screen and more than a page."""

_LONGEST = 37
_LETTER = 6.6
"""Pixels that a letter of a part's name takes at most on average, at its size."""
_MARK, _GAP = 16, 12
"""Pixels of the mark before a part's name, and between two of them."""


def clocks_chart(rows: Sequence[Row], weeks: int, table: Table) -> Chart:
    """Dates kept by clock: of those due, how many were kept, met after the date, or have no record.

    Args:
        rows: rows of `unit_clocks` of one window with dates due; where there are many, those with most due are drawn.
        weeks: the window.
        table: all clocks and windows, in numbers.
    """
    drawn = sorted(sorted(range(len(rows)), key=lambda place: -rows[place]["n_due"])[:CLOCKS])
    rows, left = [rows[place] for place in drawn], len(rows) - len(drawn)
    rest = (
        f" {counted(left, 'more clock')} with fewer dates {'is' if left == 1 else 'are'} in the numbers."
        if left
        else ""
    )
    bars = [
        (
            f"{_short(row['label'])}: {row['n_due']:,} due",
            (row["n_kept"], max(0, row["n_due"] - row["n_kept"] - row["n_not_recorded"]), row["n_not_recorded"]),
        )
        for row in rows
    ]
    most = max(rows, key=lambda row: row["n_due"])
    said = ". ".join(f"{row['label']}: {of(row['n_kept'], row['n_due'])}" for row in rows)
    return Chart(
        title=f"{most['label']}: {of(most['n_kept'], most['n_due'])} dates kept in the {window(weeks)}.",
        measure=f"Of the dates that fell due in the {window(weeks)}: kept, met after the date, or with no record yet."
        + rest,
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
            f"{name}: {counted(row['n_families'], 'family')}",
            tuple(row[part] for part in ("n_up", "n_same", "n_down", "n_closed")),
        )
        for name, row in rows
    ]
    total, same = sum(row["n_families"] for _, row in rows), sum(row["n_same"] for _, row in rows)
    said = ". ".join(
        f"{name}: of {counted(row['n_families'], 'family')}, {row['n_up']} stepped up, "
        f"{row['n_same']} stayed the same, {row['n_down']} stepped down and {row['n_closed']} closed"
        for name, row in rows
    )
    return Chart(
        title=f"{of(same, total)} families have the status that they had {counted(weeks, 'week')} ago.",
        measure=(
            f"Families by their status {counted(weeks, 'week')} ago: stepped up, the same, stepped down or closed. "
            f"{counted(n_new, 'family').capitalize()} came new."
        ),
        alt=f"Bar chart of what became of families by their status {counted(weeks, 'week')} ago. {said}.",
        spec=stacked(bars, MOVED),
        table=table,
    )


def stacked(bars: Sequence[tuple[str, Sequence[int]]], parts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Bars of one length, each cut into its parts, with every part named under its bar.

    Args:
        bars: the name above each bar, and how many each of its parts has, in the order of `parts`.
        parts: names and colours.
    """
    values = []
    for place, (_, numbers) in enumerate(bars):
        whole, start = sum(numbers), 0.0
        own: list[dict[str, Any]] = []
        for (part, colour), n in zip(parts, numbers, strict=True):
            end = min(1.0, start + (n / whole if whole else 0.0))
            if n:
                label = f"{n:,} {part}"
                own.append({"place": place, "label": label, "colour": colour, "from": start, "to": end})
            start = end
        begins = named_at([(one["from"], one["label"]) for one in own])
        values += [{**one, "at": at} for one, at in zip(own, begins, strict=True)]
    names = [{"place": place, "label": label} for place, (label, _) in enumerate(bars)]
    return filled(stacked_shape(), STEP * len(bars), parts=values, names=names)


@made_once
def stacked_shape() -> Any:
    """What every chart of this kind has in common."""
    import altair as alt  # noqa: PLC0415 - most of a second that only the making of charts needs

    y = by_row()
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(rows_of("parts"))
    fill = alt.Fill("colour:N", scale=None, legend=None)
    drawn = base.mark_bar(size=14, yOffset=-2, x2Offset=-3, stroke=QUIET, strokeWidth=1).encode(
        y=y, x=alt.X("from:Q", axis=None, scale=scale), x2=alt.X2("to:Q"), fill=fill
    )
    at = alt.X("at:Q", axis=None, scale=scale)
    marks = base.mark_point(
        shape="square", size=90, xOffset=5, yOffset=17, opacity=1, stroke=QUIET, strokeWidth=1
    ).encode(y=y, x=at, fill=fill)
    said = base.mark_text(align="left", baseline="middle", dx=_MARK, dy=17, font=FONT, fontSize=14, color=INK).encode(
        y=y, x=at, text=alt.Text("label:N")
    )
    labels = names_above(alt.Chart(rows_of("names")), up=18)
    return alt.layer(drawn, marks, said, labels)


def named_at(parts: Sequence[tuple[float, str]]) -> list[float]:
    """Where the names of a bar's parts begin: under their parts, or as near as others leave room on a phone.

    Args:
        parts: where each part begins, as a share of the bar, and its name.

    Returns:
        The same places as shares of the bar. What does not overlap on a phone does not on a wider screen.

    Example:
        >>> named_at([(0.0, "9 kept"), (0.9, "1 after the date")])
        [0.0, 0.6315]
    """
    widths = [_MARK + _LETTER * len(name) for _, name in parts]
    begins: list[float] = []
    for share, _ in parts:
        free = begins[-1] + widths[len(begins) - 1] + _GAP if begins else 0.0
        begins.append(max(share * DRAWN, free))
    edge = float(DRAWN)
    for place in reversed(range(len(begins))):
        begins[place] = max(0.0, min(begins[place], edge - widths[place]))
        edge = begins[place] - _GAP
    return [round(begin / DRAWN, 4) for begin in begins]


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1].rsplit(' ', 1)[0]} …"
