"""From which row breaks which rule to the three parts: accepted, quarantined, duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import polars as pl

from fi_workbench.contracts.judging import Broken, Judged
from fi_workbench.contracts.outcome import DEFECT, PLACE, RAW, Checked
from fi_workbench.contracts.promises import KEY_REASON
from fi_workbench.contracts.table import Table

TextOf = Callable[[pl.DataFrame], pl.Series]
"""The text of raw rows, where it was not taken along for every row."""


def part(raw: pl.DataFrame, judged: Judged, table: Table, text_of: TextOf | None = None) -> Checked:
    """Put each row in exactly one of accepted, quarantined and duplicates."""
    names = list(table.columns)
    bad = judged.bad
    numbered = judged.typed.select(names).with_columns(raw[name] for name in PLACE).with_row_index("_row")
    kept = numbered.filter(~bad) if bad.any() else numbered
    shared = _sharing_a_key(kept, list(table.key))
    again = shared.filter(~pl.struct(names).is_first_distinct())["_row"]
    once = shared.filter(~pl.col("_row").is_in(again.implode()))
    conflict = once.filter(pl.struct(table.key).is_duplicated())["_row"]
    row = numbered["_row"]
    is_again, is_conflict = row.is_in(again.implode()), row.is_in(conflict.implode())
    broken = [*judged.broken, Broken("key_unique", ", ".join(table.key), KEY_REASON, is_conflict)]
    bad = bad | is_conflict
    accepted = ~bad & ~is_again
    quarantined = _quarantined(_with_text(raw.filter(bad), text_of), numbered.drop("_row").filter(bad), broken, bad)
    counts = Counter(quarantined["rules"].list.unique().explode().drop_nulls().to_list())
    return Checked(
        accepted=numbered.drop("_row") if accepted.all() else numbered.drop("_row").filter(accepted),
        quarantined=quarantined,
        duplicates=_with_text(raw.filter(is_again), text_of).select(*PLACE, RAW),
        by_rule=dict(sorted(counts.items())),
        flags={name: n for name, failing in judged.flags.items() if (n := int((failing & accepted).sum()))},
        findings=tuple(judged.findings),
    )


def _sharing_a_key(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The rows whose key others have too, mostly none. Where no two hashes are equal no two keys are."""
    hashes = rows.select(key).hash_rows()
    if hashes.n_unique() == rows.height:
        return rows.clear()
    return rows.filter(hashes.is_duplicated()).filter(pl.struct(key).is_duplicated())


def _with_text(raw: pl.DataFrame, text_of: TextOf | None) -> pl.DataFrame:
    if text_of is None:
        return raw
    text = text_of(raw) if raw.height else pl.Series([], dtype=pl.String)
    return raw.with_columns(text.alias(RAW))


def _quarantined(raw: pl.DataFrame, numbered: pl.DataFrame, broken: list[Broken], bad: pl.Series) -> pl.DataFrame:
    """The refused rows with every rule they break, in the contract's order."""
    rows = numbered.with_columns(raw[RAW])
    defect = raw[DEFECT] if DEFECT in raw.columns else pl.Series([None] * rows.height, dtype=pl.String)
    told = defect.to_frame("defect").with_columns(
        pl.col("defect").str.split_exact(": ", 1).struct.field("field_0").alias("rule"),
        pl.col("defect").str.replace(r"^[a-z0-9_]+: ", "").alias("reason"),
        pl.when(pl.col("defect").is_not_null()).then(pl.lit("")).alias("column"),
    )
    failing = pl.DataFrame([one.rows.filter(bad).alias(str(i)) for i, one in enumerate(broken)])
    table = pl.concat([told, failing], how="horizontal")

    def listed(first: str, words: list[str]) -> pl.Expr:
        each = [pl.when(pl.col(str(i))).then(pl.lit(word)) for i, word in enumerate(words)]
        return pl.concat_list(pl.col(first), *each).list.drop_nulls()

    return rows.with_columns(
        table.select(
            listed("rule", [one.rule for one in broken]).alias("rules"),
            listed("column", [one.column for one in broken]).alias("columns"),
            listed("reason", [one.reason for one in broken]).alias("reasons"),
        )
    )
