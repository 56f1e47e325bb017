"""From a delivery's rows of text to what the lake stores: accepted rows with their row ids, refused rows, counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from fi_workbench.contracts import Checked, Contract, Table, check
from fi_workbench.loaders.raw import Note, RawExtract, RawTable
from fi_workbench.loaders.receipts import TableReceipt

_BETWEEN_CELLS = r"[,;|\t\"\r]"


def check_tables(tables: Iterable[RawTable], contract: Contract, as_of: date) -> dict[str, Checked]:
    """Check every table of a delivery or of a part of one, parents before the rows that point to them."""
    delivered = {table.table: table for table in tables}
    checked: dict[str, Checked] = {}
    for table in contract.in_order():
        if table.name in delivered:
            raw = delivered[table.name]
            checked[table.name] = check(raw.rows, table, as_of=as_of, others=checked, text_of=raw.text_of)
    return {name: checked[name] for name in contract.tables if name in checked}


def table_receipt(table: RawTable, checked: Checked) -> TableReceipt:
    """How every record of a table was accounted for."""
    return TableReceipt(
        table=table.table,
        n_read=table.rows.height + sum(table.non_records.values()),
        n_accepted=checked.accepted.height,
        n_quarantined=checked.quarantined.height,
        n_duplicates=checked.duplicates.height,
        non_records=table.non_records,
        by_rule=checked.by_rule,
        flags=checked.flags,
    )


def row_prefix(sha256: str, table: str) -> str:
    """What the `row_id` of every record of a file begins with, before a hyphen and the record's number."""
    return hashlib.sha256(f"{sha256}/{table}".encode()).hexdigest()[:16]


def accepted_rows(checked: Checked, table: str, extract: RawExtract) -> pl.DataFrame:
    """Accepted rows with `row_id`: a hash of file and table, and the record's number in them."""
    row_id = _row_id(checked.accepted, table, extract)
    return checked.accepted.with_columns(row_id.alias("row_id")).drop("_file", "_line", "_record")


def _row_id(rows: pl.DataFrame, table: str, extract: RawExtract) -> pl.Expr:
    prefixes = {file.name: row_prefix(file.sha256, table) for file in extract.files}
    files = rows["_file"].unique().to_list()
    alone = files[0] if len(files) == 1 else None
    prefix = pl.lit(prefixes[alone]) if alone else pl.col("_file").replace_strict(prefixes, return_dtype=pl.String)
    return pl.concat_str(prefix, pl.col("_record").cast(pl.String), separator="-")


def held_back_keys(checked: Mapping[str, Checked], extract: RawExtract, contract: Contract) -> dict[str, pl.DataFrame]:
    """What can be read of the keys of refused rows, of the tables in which such a row is not as good as absent.

    Returns:
        By table the columns of the key and `row_id`; a part that could not be read, or that breaks a rule, is null.
        Where the fields of a record cannot be told apart, each cell may be what is meant by the first column: if a
        former row is to stand, each that there is; if a person counts, each that is written as accepted ones are.
        GRAIN: one row per refused record, and of those one per cell.
    """
    return {
        name: _keys_of(one, contract.tables[name], extract)
        for name, one in checked.items()
        if contract.tables[name].held_back
    }


def _keys_of(checked: Checked, table: Table, extract: RawExtract) -> pl.DataFrame:
    rows, broken = checked.quarantined, pl.col("columns").list
    # The name of a defect's column is empty: where fields cannot be told apart none of them is known.
    read = [pl.when(~broken.contains(name) & ~broken.contains("")).then(pl.col(name)).alias(name) for name in table.key]
    keys = rows.select(*read, _row_id(rows, table.name, extract).alias("row_id"), "_raw")
    first, *others = table.key
    if table.columns[first].dtype == pl.String:
        unread = keys.filter(pl.col(first).is_null())
        cells = unread.with_columns(pl.col("_raw").str.replace_all(_BETWEEN_CELLS, "\n").str.split("\n").alias(first))
        guessed = cells.explode(first, empty_as_null=True).with_columns(
            pl.col(first).str.strip_chars(), *(pl.lit(None, dtype=keys.schema[name]).alias(name) for name in others)
        )
        if table.held_back == "person_counts":
            like = checked.accepted.select(_written(pl.col(first))).to_series().unique().implode()
            apart = rows.filter(broken.contains("")).select(_row_id(rows, table.name, extract).alias("row_id"))
            guessed = guessed.join(apart, on="row_id", how="semi").filter(_written(pl.col(first)).is_in(like))
        # A record of which no cell is meant keeps its row, without a number.
        keys = pl.concat([keys.join(guessed, on="row_id", how="anti"), guessed])
    return keys.drop("_raw")


def _written(number: pl.Expr) -> pl.Expr:
    """How a number is written: which places are letters and which are digits."""
    return number.str.replace_all(r"[0-9]", "9").str.replace_all(r"[A-Za-z]", "A")


def quarantined_rows(checked: Mapping[str, Checked], extract: RawExtract, contract: Contract) -> pl.DataFrame:
    """The refused rows of all tables of a delivery. GRAIN: one row per refused record."""
    return pl.concat(
        one.quarantined.select(
            pl.lit(extract.source).alias("source"),
            pl.lit(name).alias("table"),
            pl.col("_file").alias("file"),
            pl.col("_line").alias("line"),
            pl.col("_record").alias("record"),
            "rules",
            "reasons",
            pl.col("_raw").alias("raw"),
            pl.lit(contract.version).alias("contract_version"),
            pl.lit(extract.as_of, dtype=pl.Date).alias("as_of"),
        )
        for name, one in checked.items()
    )


def findings(checked: Mapping[str, Checked]) -> list[Note]:
    """What was read leniently, as notes of the receipt."""
    return [
        Note(finding.what, f"{name}: {finding.where}", finding.how_many)
        for name, one in checked.items()
        for finding in one.findings
    ]
