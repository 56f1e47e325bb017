"""From a delivery's rows of text to what the lake stores: accepted rows with their row ids, refused rows, counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from fi_workbench.contracts import Checked, Contract, check
from fi_workbench.loaders.raw import Note, RawExtract, RawTable
from fi_workbench.loaders.receipts import TableReceipt


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
    prefixes = {file.name: row_prefix(file.sha256, table) for file in extract.files}
    files = checked.accepted["_file"].unique().to_list()
    alone = files[0] if len(files) == 1 else None
    prefix = pl.lit(prefixes[alone]) if alone else pl.col("_file").replace_strict(prefixes, return_dtype=pl.String)
    row_id = pl.concat_str(prefix, pl.col("_record").cast(pl.String), separator="-")
    return checked.accepted.with_columns(row_id.alias("row_id")).drop("_file", "_line", "_record")


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
