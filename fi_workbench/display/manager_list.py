"""Open families that a unit's manager has to place: those between two segments, and those that no segment fits."""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Section, Table
from fi_workbench.display.prose import NOT_KNOWN, counted
from fi_workbench.display.released import dates_of, rows_of, same_audience

TABLE = "does_not_fit"
BETWEEN = "two_equally"
UNLIKE = "no_segment"


def to_place(listed: Released) -> Section:
    """Families that a manager has to place, as two tables by case number, and what can be done about them.

    Args:
        listed: `does_not_fit` of one unit, released for `manager`.
    """
    between = _table(
        listed,
        BETWEEN,
        "Two segments fit equally",
        "Neither case is stronger than the other. What is recorded may not be what matters most to the family.",
    )
    unlike = _table(listed, UNLIKE, "No segment fits", "The reason can be a mistaken record.")
    tables = tuple(table for table in (between, unlike) if table.rows)
    audience, unit = same_audience([listed])
    lead = "Every open family fits one segment best."
    if tables:
        lead = (
            f"{counted(len(between.rows), 'family')} between two segments, {len(unlike.rows):,} that no segment fits."
        )
    return Section(
        key="to_place",
        audience=audience,
        unit=unit,
        lead=lead,
        tables=tables,
        notes=(_WHAT_TO_DO,) if tables else (),
        dates=dates_of(listed),
    )


_WHAT_TO_DO = (
    "A segment is a group of families with like needs. It is no placement, and nobody moves because of it. "
    "Read the case and ask its worker. Your analyst writes down which unit you name for a family. Doing nothing leaves "
    "it where it is."
)


def _table(listed: Released, kind: str, caption: str, note: str) -> Table:
    rows = sorted(
        (row for row in rows_of(listed, TABLE) if row["kind"] == kind),
        key=lambda row: (row["case_reference"] or "", row["case_for"]),
    )
    return Table(
        caption=f"{caption}: {counted(len(rows), 'family')}, by case number",
        folded=True,
        headings=(Heading(label="Case"), Heading(label="What speaks for which")),
        rows=tuple(
            (
                row["case_reference"] or NOT_KNOWN,
                ". ".join(text for text in (row["unlike"], row["case_for"], row["case_for_second"]) if text) + ".",
            )
            for row in rows
        ),
        notes=(note,) if rows else (),
    )
