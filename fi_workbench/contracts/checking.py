"""The promise to whoever delivers: every row is accepted, quarantined with all its reasons, or a counted duplicate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from fi_workbench.contracts.judging import judge
from fi_workbench.contracts.outcome import PLACE, RAW, Checked
from fi_workbench.contracts.parting import TextOf, part
from fi_workbench.contracts.table import Table
from fi_workbench.errors import ContractError


def check(
    raw: pl.DataFrame,
    table: Table,
    *,
    as_of: date,
    others: Mapping[str, Checked] | None = None,
    text_of: TextOf | None = None,
) -> Checked:
    """Part the text rows of a source table into accepted, quarantined and duplicate rows.

    Exact duplicates: of accepted rows that agree in every column of the contract the first is kept. Conflicting
    duplicates: rows that share the key and differ are all quarantined, since nothing says which is true.

    Args:
        raw: every contract column as String, and `_file`, `_line`, `_record`, `_raw`; optionally `_defect`.
        table: the contract's table.
        as_of: what the extract covers up to.
        others: what became of the tables of the same delivery that foreign keys point to. A foreign key to a table
            that was not delivered is not tried, and that is said.
        text_of: where `raw` has no `_raw`: the text of rows of it, asked only for rows that are not accepted.

    Returns:
        The three parts; `Checked.n_read` equals the rows of `raw`.

    Raises:
        ContractError: `raw` lacks a column or holds other than text.
    """
    _check_shape(raw, table, [*PLACE] if text_of else [*PLACE, RAW])
    return part(raw, judge(raw, table, as_of=as_of, others=others or {}), table, text_of)


def _check_shape(raw: pl.DataFrame, table: Table, beside: list[str]) -> None:
    needed = [*table.columns, *beside]
    missing = [name for name in needed if name not in raw.columns]
    not_text = [name for name in table.columns if name in raw.columns and raw.schema[name] != pl.String]
    if missing or not_text:
        raise ContractError(
            "The rows handed over for checking do not have the shape of raw rows.",
            where=f"table {table.name}",
            how_many=f"{len(missing)} columns missing ({', '.join(missing)}), {len(not_text)} not text",
            next_step="This is a fault of the reader, not of the file: report it.",
        )
