"""Where the families of a quarter ago are now: no arrows, no scores, one bar for each status that they had."""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.released import Row, dates_of, label, rows_of, same_audience
from fi_workbench.display.stacked import journeys_chart

WEEKS = 13
_NEW = "new"
_ORDER = ("looked_after", "child_protection_plan", "child_in_need_plan", "open_assessment", "child_in_need")


def journeys(released: Released) -> Section:
    """What became of families, by the status that they had a quarter ago.

    Args:
        released: `unit_journeys`.
    """
    rows = {row["before"]: row for row in rows_of(released, "unit_journeys")}
    audience, unit = same_audience([released])
    held = [(label(released, "before", status), rows[status]) for status in _ORDER if status in rows]
    dates = dates_of(released)
    if not held:
        lead = "Where families were a quarter ago is not known, so their journey cannot be shown."
        return Section(key="journeys", audience=audience, unit=unit, lead=lead, dates=dates)
    n_new = rows[_NEW]["n_families"] if _NEW in rows else 0
    table = Table(
        caption="Families by their status a quarter ago",
        folded=True,
        headings=(
            Heading(label="Status then"),
            *(
                Heading(label=name, numeric=True)
                for name in ("Families", "Stepped up", "The same", "Stepped down", "Closed")
            ),
        ),
        rows=tuple((name, *_numbers(row)) for name, row in held),
        notes=(
            "A family stands where its most intensive child stands. Stepped down includes early help.",
            "It says what became of families, and nothing about why.",
        ),
    )
    chart = journeys_chart(held, WEEKS, n_new, table)
    return Section(key="journeys", audience=audience, unit=unit, charts=(chart,), dates=dates)


def _numbers(row: Row) -> tuple[str, ...]:
    return tuple(f"{row[part]:,}" for part in ("n_families", "n_up", "n_same", "n_down", "n_closed"))
