"""Open families that a unit's manager has to place: those between two segments, and those that no segment fits."""

from __future__ import annotations

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Table
from fi_workbench.display.prose import NOT_KNOWN
from fi_workbench.display.released import rows_of

TABLE = "does_not_fit"
BETWEEN = "two_equally"
UNLIKE = "no_segment"


def between_segments(listed: Released) -> Table:
    """Families that two segments fit equally, each with both cases, by case number.

    Args:
        listed: `does_not_fit` of one unit, released for `manager`.
    """
    return _table(
        listed,
        BETWEEN,
        "Both cases, from what is recorded",
        "Neither case is stronger than the other. What is recorded may not be what matters most to the family.",
    )


def unlike_all(listed: Released) -> Table:
    """Families that no segment fits, with what is rare and the case for each of the two nearest, by case number.

    Args:
        listed: `does_not_fit` of one unit, released for `manager`.
    """
    return _table(
        listed,
        UNLIKE,
        "What is unlike every segment, and the two nearest",
        "The reason can be a mistaken record.",
    )


def _table(listed: Released, kind: str, caption: str, note: str) -> Table:
    rows = sorted(
        (row for row in rows_of(listed, TABLE) if row["kind"] == kind),
        key=lambda row: (row["case_reference"] or "", row["case_for"]),
    )
    return Table(
        caption=caption,
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
