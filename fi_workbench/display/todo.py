"""What a unit may do this week: five things by a stated rule, everything else counted and folded."""

from __future__ import annotations

from collections.abc import Sequence

from fi_workbench.disclosure import Released
from fi_workbench.display.model import Finding, Heading, Section, Table
from fi_workbench.display.number import count_of
from fi_workbench.display.prose import NOT_KNOWN, counted, day, in_words, plural, sentence, short_day
from fi_workbench.display.released import Row, dates_of, rows_of, same_audience

LEAD = 5
"""So many things fit three minutes; their order is the table's own, and its rule is told beside them."""

RULE = (
    "Dates that law or guidance sets come first, the soonest at the top. Then comes what has waited longest. "
    "Nothing else decides the order."
)
GROUPS = {True: "Falls due", False: "Waits already"}


def actions(released: Released) -> Section:
    """What the unit may do this week: the first five things, and how many more there are.

    Args:
        released: `unit_actions`; each item comes with its place, its rule and the day its source goes up to.
    """
    rows = sorted(rows_of(released, "unit_actions"), key=lambda row: (row["place"], row["action"]))
    audience, unit = same_audience([released])
    if not rows:
        lead = "Nothing in the records we have calls for action this week."
        return Section(key="actions", audience=audience, unit=unit, lead=lead, dates=dates_of(released))
    first, rest = rows[:LEAD], rows[LEAD:]
    return Section(
        key="actions",
        audience=audience,
        unit=unit,
        findings=tuple(_finding(row) for row in sorted(first, key=lambda row: not row["ahead"])),
        rest=tuple(_finding(row) for row in sorted(rest, key=lambda row: not row["ahead"])),
        rest_words=_counted(rest),
        tables=(_rules(rows),),
        notes=(RULE,) if rest else (),
        dates=dates_of(released),
    )


def _finding(row: Row) -> Finding:
    n, families = row["n_children"], row["n_families"]
    return Finding(
        sentence=sentence(row["sentence"]),
        group=GROUPS[row["ahead"]],
        number=count_of(row["n"], row["noun"], row["n_of"]),
        whom=f"{counted(n, 'child')} in {counted(families, 'family')}" if families else "",
        to_do=sentence(row["to_do"]),
        by=row["by_date"] if row["ahead"] else None,
        source=row["rule_source"],
        as_of=f"Records up to {day(row['as_of'])}" if row["as_of"] else "",
        tone="do",
        key=row["action"],
    )


def _counted(rest: Sequence[Row]) -> str:
    """How many more there are: "3 more fall due by 4 December 2026, and 14 more wait already."."""
    ahead = [row["by_date"] for row in rest if row["ahead"] and row["by_date"]]
    waits = len(rest) - len(ahead)
    parts = []
    if ahead:
        verb = "falls" if len(ahead) == 1 else "fall"
        parts.append(
            f"{in_words(len(ahead))} more {plural(len(ahead), 'kind')} of date {verb} due by {day(max(ahead))}"
        )
    if waits:
        parts.append(f"{in_words(waits)} more {plural(waits, 'thing')} {'waits' if waits == 1 else 'wait'} already")
    return sentence(", and ".join(parts)) if parts else ""


def _rules(rows: Sequence[Row]) -> Table:
    return Table(
        caption="The rule and the records behind each",
        headings=tuple(Heading(label=name) for name in ("What", "Rule", "Who made it", "Records up to")),
        rows=tuple(
            (
                row["label"],
                sentence(row["rule"]),
                row["rule_source"],
                short_day(row["as_of"]) if row["as_of"] else NOT_KNOWN,
            )
            for row in rows
        ),
        folded=True,
    )
