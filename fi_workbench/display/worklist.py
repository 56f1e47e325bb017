"""A lead practitioner's own list: dates by statute, soonest first, every one of them, and what partners sent."""

from __future__ import annotations

from collections.abc import Mapping

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Table
from fi_workbench.display.prose import day, name_of, sentence
from fi_workbench.display.released import Row, rows_of

_SINCE = {
    "no_visit_recorded_since": "No visit recorded since",
    "no_record_of_meeting": "No record of it",
}


def due_list(items: Released) -> Table:
    """Every item by its date; nothing else decides the order.

    Args:
        items: `worklist_items` of one worker, released for `worker`.
    """
    rows = sorted(rows_of(items, "worklist_items"), key=lambda r: (r["due_date"], r["case_reference"], r["clock"]))
    return Table(
        caption="Dates, the earliest first",
        headings=tuple(Heading(label=name) for name in ("Date", "Case", "What", "State", "Rule", "Records up to")),
        rows=tuple(
            (
                day(row["due_date"]),
                row["case_reference"],
                row["label"],
                _state(row),
                sentence(row["rule"]),
                day(row["as_of"]) if row["as_of"] else "",
            )
            for row in rows
        ),
        notes=("No record means that none is in the extract that this list was made from. It may have happened.",),
    )


def _state(row: Row) -> str:
    said = _SINCE.get(row["state"])
    if said is None:
        return "Due"
    if row["state"] == "no_visit_recorded_since":
        return f"{said} {day(row['last_date'])}" if row["last_date"] else "No visit recorded yet"
    return said


def partner_news(news: Released, names: Mapping[str, str]) -> Table:
    """New information from partners since last Monday, with the day each source goes up to.

    Args:
        news: `new_partner_information` of one worker, released for `worker`.
        names: what the sources are called.
    """
    rows = sorted(rows_of(news, "new_partner_information"), key=lambda row: (row["case_reference"], row["source"]))
    return Table(
        caption="New from partners since last Monday",
        headings=(
            Heading(label="Case"),
            Heading(label="From"),
            Heading(label="New records", numeric=True),
            Heading(label="Latest on"),
            Heading(label="Records up to"),
        ),
        rows=tuple(
            (
                row["case_reference"],
                names.get(row["source"], name_of(row["source"])),
                f"{row['n']:,}",
                day(row["latest_event"]) if row["latest_event"] else "not known",
                day(row["as_of"]),
            )
            for row in rows
        ),
        notes=("Read it on the case management system. What a partner recorded is not by itself a reason to act.",),
    )
