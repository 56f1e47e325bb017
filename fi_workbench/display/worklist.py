"""A lead practitioner's own list: dates by statute, soonest first, every one of them, and what partners sent."""

from __future__ import annotations

from collections.abc import Mapping

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Table
from fi_workbench.display.prose import NOT_KNOWN, name_of, sentence, short_day
from fi_workbench.display.released import rows_of


def due_list(items: Released) -> Table:
    """Every item by its date; nothing else decides the order.

    Args:
        items: `worklist_items` of one worker, released for `worker`.
    """
    rows = sorted(rows_of(items, "worklist_items"), key=lambda r: (r["due_date"], r["case_reference"], r["clock"]))
    return Table(
        caption="Dates, the earliest first",
        headings=(Heading(label="Date", fixed=True), Heading(label="Case"), Heading(label="What")),
        rows=tuple((short_day(row["due_date"]), row["case_reference"], sentence(row["label"])) for row in rows),
        notes=("No record means that none is in the extract that this list was made from. It may have happened.",),
    )


def due_rules(items: Released) -> Table:
    """The rule behind each kind of date, and the day its records go up to.

    Args:
        items: `worklist_items` of one worker, released for `worker`.
    """
    rows = sorted(rows_of(items, "worklist_items"), key=lambda row: row["clock"])
    kinds = dict.fromkeys((name_of(row["clock"]), sentence(row["rule"]), row["as_of"]) for row in rows)
    return Table(
        caption="The rule and the records behind each date",
        headings=(Heading(label="What"), Heading(label="Rule"), Heading(label="Records up to", fixed=True)),
        rows=tuple((what, rule, short_day(as_of) if as_of else NOT_KNOWN) for what, rule, as_of in kinds),
        folded=True,
    )


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
            Heading(label="Latest on", fixed=True),
            Heading(label="Records up to", fixed=True),
        ),
        rows=tuple(
            (
                row["case_reference"],
                names.get(row["source"], name_of(row["source"])),
                f"{row['n']:,}",
                short_day(row["latest_event"]) if row["latest_event"] else NOT_KNOWN,
                short_day(row["as_of"]),
            )
            for row in rows
        ),
        notes=("Read it on the case management system. What a partner recorded is not by itself a reason to act.",),
    )
