"""A lead practitioner's own list: dates by statute, soonest first, every one of them, and what partners sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Heading, Table
from fi_workbench.display.prose import NOT_KNOWN, name_of, sentence, short_day
from fi_workbench.display.released import Row, label, rows_of


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
    kinds = dict.fromkeys((label(items, "clock", row["clock"]), sentence(row["rule"]), row["as_of"]) for row in rows)
    return Table(
        caption="The rule and the records behind each date",
        headings=(Heading(label="What"), Heading(label="Rule"), Heading(label="Records up to", fixed=True)),
        rows=tuple((what, rule, short_day(as_of) if as_of else NOT_KNOWN) for what, rule, as_of in kinds),
        folded=True,
    )


def to_talk_about(families: Released) -> Table:
    """Families who meet every step-down criterion that records can answer, by case number.

    Args:
        families: `step_down_items` of one worker, released for `worker`.
    """
    rows = sorted(rows_of(families, "step_down_items"), key=lambda row: (row["family_number"], row["case_reference"]))
    together = [list(of_family) for _, of_family in groupby(rows, key=lambda row: row["family_number"])]
    met = f"Each meets all {len(_criteria(rows))} criteria that records can answer. " if rows else ""
    return Table(
        caption="Families to talk about in supervision",
        headings=(Heading(label="Cases"), Heading(label="Now on")),
        rows=tuple(
            (", ".join(row["case_reference"] for row in family), f"A {name_of(family[0]['status']).lower()}")
            for family in together
        ),
        notes=(
            f"{met}Only the family and you can say whether goals are met and who would take it on.",
            "It is a reason to talk and nothing more. Who is not here may be ready too.",
        ),
    )


def talk_criteria(families: Released) -> Table:
    """What records say of every family that is listed for a talk.

    Args:
        families: `step_down_items` of one worker, released for `worker`.
    """
    rows = rows_of(families, "step_down_items")
    answers: dict[str, dict[str, None]] = {}
    for row in rows:
        for criterion, answer in zip(_parts(row["criteria"]), _parts(row["answers"]), strict=True):
            answers.setdefault(criterion, {})[answer] = None
    return Table(
        caption="What records say of each of these families",
        headings=(Heading(label="Criterion"), Heading(label="Answer")),
        rows=tuple((sentence(criterion), " ".join(map(sentence, said))) for criterion, said in answers.items()),
        notes=("The numbers of weeks and days are examples until your authority agrees its own.",),
        folded=True,
    )


def _criteria(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(met for row in rows for met in _parts(row["criteria"])))


def _parts(text: str) -> list[str]:
    return text.split("; ")


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
