"""Our counts beside the council's own, by unit: ours, theirs, the difference and its reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WrongUseError

RECONCILIATION = "reconciliation"
"""Kind of decision: counts were put beside the council's own. Subject: the week."""

COUNTS = {
    "children_open": "Children open",
    "child_protection_plans": "Child protection plans",
    "looked_after": "Looked after children",
}
"""What is reconciled. Measures of the table `unit_series` by their own names."""

COLUMNS = ("unit", "measure", "theirs", "reason")

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
        path: a CSV file with the columns unit, measure, theirs and reason (which may be empty).
        units: the units that there are.

    Returns:
        By unit and measure: the count and the reason for a difference.

    Raises:
        WrongUseError: no such file, other columns, or lines that cannot be; each line is named.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except FileNotFoundError:
        raise WrongUseError("There is no such file of counts.", where=path.name) from None
    except UnicodeDecodeError:
        raise WrongUseError("The file of counts is not UTF-8 text.", where=path.name) from None
    heading = {name for row in rows[:1] for name in row}
    if not rows or not set(COLUMNS) - {"reason"} <= heading:
        raise WrongUseError(
            "The file of counts needs the columns unit, measure, theirs and reason.",
            where=path.name,
            next_step="Measures: " + ", ".join(COUNTS),
        )
    found: dict[tuple[str, str], tuple[int, str]] = {}
    wrong = []
    for line, row in enumerate(rows, start=2):
        key = ((row["unit"] or "").strip(), (row["measure"] or "").strip())
        number = (row["theirs"] or "").strip().replace(",", "")
        if key[0] not in units or key[1] not in COUNTS or not (number.isascii() and number.isdigit()) or key in found:
            wrong.append(str(line))
            continue
        found[key] = (int(number), " ".join((row.get("reason") or "").split()))
    if wrong:
        raise WrongUseError(
            "Some lines have a unit or measure that does not exist, no whole number, or come twice.",
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
