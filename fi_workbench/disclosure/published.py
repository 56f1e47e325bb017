"""Small-number rules for tables that leave the units: whole rows of numbers are hidden together."""

from __future__ import annotations

import polars as pl

from fi_workbench.contracts import Table
from fi_workbench.disclosure.profiles import Profile
from fi_workbench.errors import DisclosureError
from fi_workbench.statistics.small_number_audit import exposed, exposed_to_rows
from fi_workbench.statistics.small_numbers import Protected, protect

SUPPRESSED = "suppressed"
"""Column that says of each row whether its numbers are hidden."""

_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)


def suppress(rows: pl.DataFrame, table: Table, profile: Profile) -> tuple[pl.DataFrame, int, tuple[str, ...]]:
    """Hide small counts, and as many others as keep them hidden; then audit; then round.

    All counts of a row are hidden together, because they are often parts of one another. The rows are taken as a
    table of units against everything else in the key, whose totals are known to somebody; each unit knows its own
    counts, and must not work out those of another. Free text is left out, since it may hold the numbers as they were,
    and so are other numbers where counts are rounded.

    Args:
        rows: rows of counts; key columns say what each row is about.
        table: the table's contract; key columns, and codes from lists, stay as they are.
        profile: the rule.

    Returns:
        The rows with a column `suppressed`, the number of rows hidden, and the names of the columns left out.

    Raises:
        DisclosureError: a count is missing or negative; the audit found a small count that can be worked out.
    """
    key = [name for name in table.key if name in rows.columns]
    counts = [n for n, t in rows.schema.items() if n not in key and t in _INTEGERS and table.columns[n].unit != "code"]
    others = [n for n, t in rows.schema.items() if n not in key and t in (pl.Float32, pl.Float64)]
    text = [
        name
        for name, dtype in rows.schema.items()
        if name not in key and dtype in (pl.String, pl.List(pl.String)) and not _is_code(name, table)
    ]
    lost = (*text, *(others if profile.rule.base > 1 else ()))
    if rows.height and any(rows[name].min() is not None and int(rows[name].min()) < 0 for name in counts):  # type: ignore[arg-type]
        raise DisclosureError("A count is negative.", where=f"table {table.name}")
    hidden = _hidden_rows(rows, key, counts, profile, table.name) if rows.height and counts else [False] * rows.height
    flag = pl.Series(SUPPRESSED, hidden, dtype=pl.Boolean)
    base = profile.rule.base
    shown = rows.drop(lost).with_columns(flag)
    rounded = [(pl.col(n) + base // 2) // base * base for n in counts] if base > 1 else [pl.col(n) for n in counts]
    kept_others = [pl.col(n) for n in others if n not in lost]
    visible = [pl.when(~pl.col(SUPPRESSED)).then(e).alias(e.meta.output_name()) for e in (*rounded, *kept_others)]
    return shown.with_columns(visible), int(flag.sum()), lost


def _is_code(name: str, table: Table) -> bool:
    column = table.columns.get(name)
    return column is None or bool(column.enum) or column.classification == "public"


def _hidden_rows(rows: pl.DataFrame, key: list[str], counts: list[str], profile: Profile, name: str) -> list[bool]:
    import numpy as np  # noqa: PLC0415 - it starts threads, and a process must have none before it is forked

    across = "unit" if "unit" in key else ""
    down = [column for column in key if column != across]
    line, place = _joined(rows, [across] if across else []), _joined(rows, down)
    lines, places = sorted(set(line)), sorted(set(place))
    at = [(lines.index(a), places.index(b)) for a, b in zip(line, place, strict=True)]
    if len(set(at)) < rows.height:
        raise DisclosureError("Two rows have the same key, so totals cannot be checked.", where=f"table {name}")
    shape = (len(lines), len(places))
    tables = []
    for column in counts:
        grid = np.zeros(shape, dtype=np.int64)
        for cell, value in zip(at, rows[column].fill_null(0), strict=True):
            grid[cell] = value
        tables.append(grid)
    mask = np.zeros(shape, dtype=bool)
    while True:
        protected = [
            protect(
                g, profile.rule, already_hidden=mask, column_totals=len(lines) > 1, rows_know_themselves=len(lines) > 1
            )
            for g in tables
        ]
        grown = mask.copy()
        for table in protected:
            grown |= table.inside
        if (grown == mask).all():
            break
        mask = grown
    _audit(protected, profile, name, of_units=len(lines) > 1)
    return [bool(mask[cell]) for cell in at]


def _joined(rows: pl.DataFrame, columns: list[str]) -> list[str]:
    texts = [pl.col(column).cast(pl.String).fill_null("") for column in columns]
    return rows.select(pl.concat_str(texts, separator="\x1f")).to_series().to_list() if texts else [""] * rows.height


def _audit(protected: list[Protected], profile: Profile, name: str, *, of_units: bool) -> None:
    n = sum(exposed(table, profile.rule) for table in protected)
    if of_units:
        n += sum(exposed_to_rows(table, profile.rule) for table in protected)
    if n:
        raise DisclosureError(
            "Small counts could be worked out from the numbers around them.",
            where=f"table {name}, profile {profile.name}",
            how_many=f"{n} counts",
            next_step="Merge rows into broader groups before publishing.",
        )
