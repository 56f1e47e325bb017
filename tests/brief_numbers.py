"""What every finding of a brief must hold of the number that its sentence says: read from the file for machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fi_workbench.briefs.model import Brief
from fi_workbench.display import Finding, Section
from fi_workbench.display.number import stands_in
from fi_workbench.display.prose import number as printed_number

REPEATS = "learning"
"""It repeats what people wrote and what earlier briefs said: such words have no row of this week behind them."""

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_NO_COUNT = re.compile(
    rf"(?:from )?\d{{1,2}} to \d{{1,2}} {_MONTH} \d{{4}}|\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{4}}"
    r"|(?:\d+ to )?\d+ (?:working )?(?:day|week|month)s?\b|working day \d+|[Ss]ection \d+|SSDA903|[Ss]ince \d{4}"
)
"""Dates, lengths of time, and names that hold a figure."""

BESIDE = {"changes": "{number}, usually {low} to {high}: ", "step_down_after": "{number} | {low} to {high}"}
"""How the table of a section tells the number and the limits of its findings."""

COUNTING = frozenset({"actions", "changes", "insight", "evidence", "good_news"})
"""Sections whose every finding says a number."""


def findings_in(facts: dict[str, Any]) -> Iterator[tuple[Section, Finding]]:
    """Every finding of a brief's file, with its section; what only repeats is left out."""
    brief = Brief.model_validate(facts["brief"])
    for part in brief.parts:
        for section in part.sections:
            if section.key != REPEATS:
                yield from ((section, finding) for finding in (*section.findings, *section.rest))


def faults_of(section: Section, finding: Finding) -> list[str]:
    """What a finding lacks of its number."""
    said = finding.sentence
    if finding.number is None:
        left = _NO_COUNT.sub("", said)
        return [f"no number: {said}"] if re.search(r"\d", left) or section.key in COUNTING else []
    faults = []
    if not stands_in(finding.printed, said):
        faults.append(f"{finding.printed} does not stand in: {said}")
    if (finding.number.kind == "count") != (finding.interval is None):
        faults.append(f"a {finding.number.kind} with the interval {finding.interval}: {said}")
    if section.key in {"insight", "evidence", "step_down_after"} and finding.number.kind != "estimate":
        faults.append(f"evidence as a {finding.number.kind}: {said}")
    if finding.interval is not None and section.key in BESIDE:
        faults += _not_in_table(section, finding, BESIDE[section.key])
    return faults


def _not_in_table(section: Section, finding: Finding, cells: str) -> list[str]:
    """A number that a table tells too stands there with the same limits."""
    number, interval = finding.number, finding.interval
    assert number is not None
    assert interval is not None
    told = number.model_copy(update={"noun": ""}).printed(interval)
    wanted = cells.format(number=told, low=printed_number(interval.low), high=printed_number(interval.high))
    rows = [" | ".join(row[1:]) for table in section.tables for row in table.rows]
    return [] if any(wanted in row for row in rows) else [f"not in the table: {wanted}"]
