"""Our counts beside the council's own, by unit: ours, theirs, the difference and its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.briefs.characters import check_printable
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WrongUseError
from fi_workbench.learning.typed_lists import read_list

RECONCILIATION = "reconciliation"
"""Kind of decision: counts were put beside the council's own. Subject: the week."""

COUNTS = {
    "children_open": "Children open",
    "child_protection_plans": "Child protection plans",
    "looked_after": "Looked after children",
}
"""What is reconciled. Measures of the table `unit_series` by their own names."""

NEEDED, REASON = ("unit", "measure", "theirs"), "reason"
MOST_DIGITS = 9
"""No authority counts more children."""

COUNT_RECONCILIATION = {
    "unit": pl.String(),
    "measure": pl.String(),
    "ours": pl.Int64(),
    "theirs": pl.Int64(),
    "difference": pl.Int64(),
    "reason": pl.String(),
    "state": pl.String(),
}


def our_counts(series: pl.DataFrame, *, monday: date) -> dict[tuple[str, str], int]:
    """The counts of the week that the briefs show.

    Args:
        series: contract `unit_series`.
        monday: the week's first day.

    Returns:
        By unit and measure of `COUNTS`; a count whose source does not cover the week is not there.
    """
    rows = series.filter(pl.col("week_start") == monday, pl.col("measure").is_in(list(COUNTS)))
    return {(unit, measure): n for unit, measure, n in rows.select("unit", "measure", "n").iter_rows()}


def read_their_counts(path: Path, units: Sequence[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """Read the council's own counts.

    Args:
        path: a CSV file with the columns unit, measure, theirs and reason (which may be empty), named in any letters.
        units: the units that there are.

    Returns:
        By unit and measure: the count and the reason for a difference.

    Raises:
        WrongUseError: no such file, other columns, no count, or lines that cannot be; each line is named.
    """
    heading, rows = read_list(path, what="file of counts")
    once = all(heading.count(name) == 1 for name in NEEDED)
    if not once or heading.count(REASON) > 1:
        raise WrongUseError(
            "The file of counts needs the columns unit, measure, theirs and reason, each once.",
            where=path.name,
            next_step="Measures: " + ", ".join(COUNTS),
        )
    if not rows:
        raise WrongUseError(
            "The file of counts has a heading and no count.",
            where=path.name,
            next_step="Write a line for each unit and measure, as unit_north,children_open,41,",
        )
    found: dict[tuple[str, str], tuple[int, str]] = {}
    wrong = []
    for line, cells in rows:
        row = dict(zip(heading, cells, strict=False))
        key = (row.get("unit", ""), row.get("measure", ""))
        number = row.get("theirs", "").replace(",", "")
        is_count = number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
        if key[0] not in units or key[1] not in COUNTS or not is_count or key in found or any(cells[len(heading) :]):
            wrong.append(str(line))
            continue
        reason = " ".join(row.get(REASON, "").split())
        check_printable(reason, f"{path.name}, line {line}")
        found[key] = (int(number), reason)
    if wrong:
        raise WrongUseError(
            "Some lines have a unit or measure that does not exist, no whole number, a cell too many, or come twice.",
            where=f"{path.name}, lines {', '.join(wrong)}",
            how_many=f"{len(wrong)} of {len(rows)} lines",
            next_step=f"Units: {', '.join(units)}. Measures: {', '.join(COUNTS)}.",
        )
    return found


def reconcile(
    ours: Mapping[tuple[str, str], int], theirs: Mapping[tuple[str, str], tuple[int, str]], units: Sequence[str]
) -> pl.DataFrame:
    """Put the counts beside each other.

    Args:
        ours: as `our_counts`.
        theirs: as `read_their_counts`.
        units: the units, in order.

    Returns:
        Contract `count_reconciliation`: one row per unit and measure of `COUNTS`. `state` is `agrees`, `explained`
        (they differ and the reason is given), `no_reason`, or `not_known` where one of them is missing.
    """
    rows = []
    for unit in units:
        for measure in COUNTS:
            mine = ours.get((unit, measure))
            given, reason = theirs.get((unit, measure), (None, ""))
            difference = None if mine is None or given is None else mine - given
            if difference is None:
                state = "not_known"
            elif difference == 0:
                state = "agrees"
            else:
                state = "explained" if reason else "no_reason"
            rows.append(
                {
                    "unit": unit,
                    "measure": measure,
                    "ours": mine,
                    "theirs": given,
                    "difference": difference,
                    "reason": reason or None,
                    "state": state,
                }
            )
    return pl.DataFrame(rows, schema=COUNT_RECONCILIATION, orient="row")


def last_reconciliation(decisions: pl.DataFrame, *, week: ReportingWeek, run: str) -> pl.DataFrame | None:
    """The counts as they were last put beside each other for a run of a week; None where nobody did.

    Args:
        decisions: of kind `reconciliation`, oldest first.
        week: the week.
        run: the run whose counts they must be.
    """
    for text in reversed(decisions.filter(pl.col("subject") == str(week))["decision"].to_list()):
        told: dict[str, Any] = json.loads(text)
        if told["run"] == run:
            return pl.DataFrame(told["rows"], schema=COUNT_RECONCILIATION, orient="row")
    return None


def reconciled_words(rows: pl.DataFrame | None) -> str:
    """What the front page says of it."""
    if rows is None:
        return "Counts were not compared with the council's own."
    n = {state: rows.filter(pl.col("state") == state).height for state in ("agrees", "explained", "not_known")}
    compared = n["agrees"] + n["explained"]
    words = f"Of {compared} counts compared with the council's own, {n['agrees']} {_verb(n['agrees'], 'agree')}"
    explained = n["explained"]
    words += f" and {explained} {_verb(explained, 'differ')} for a known reason." if explained else "."
    return words + (f" {n['not_known']} could not be compared." if n["not_known"] else "")


def _verb(n: int, verb: str) -> str:
    return f"{verb}s" if n == 1 else verb
