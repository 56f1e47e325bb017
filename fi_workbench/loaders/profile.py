"""What a delivery looked like in numbers: rows, filled cells and codes of each column, kept to see a source change.

Counts alone, which add up over the batches of a large delivery. A code that the contract does not know is kept as
written only where it has the shape of a code and stands in a column of codes: never free text, never a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from fi_workbench.contracts import Checked, Column, Table
from fi_workbench.contracts.parsing import BLANKS

CODE_SHAPE = r"^(?:[A-Za-z]{0,3}[0-9]{1,3}[A-Za-z]{0,2}|[A-Z]{1,4})$"
"""A short code: up to three letters, one to three digits and up to two letters, or up to four capitals."""

FEWEST_SEEN = 3
"""A value that only one or two rows have may be somebody's: it is counted and not shown."""

_MOST_SHOWN = 30
_NOT_CODED = frozenset({"personal", "case_reference"})


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a delivered table.

    Attributes:
        filled: accepted rows that have a value.
        codes: accepted rows by code, for a column of codes.
        unknown: rows by a value that is no code of the contract; those that do not look like a code stand together
            under the empty text.
    """

    filled: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: ColumnProfile) -> ColumnProfile:
        """The same column of two batches."""
        return ColumnProfile(
            self.filled + other.filled,
            dict(Counter(self.codes) + Counter(other.codes)),
            dict(Counter(self.unknown) + Counter(other.unknown)),
        )


@dataclass(frozen=True)
class TableProfile:
    """One delivered table: rows accepted, all rows that were checked, rows quarantined (also by rule), its columns."""

    rows: int = 0
    checked: int = 0
    quarantined: int = 0
    by_rule: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)

    def __add__(self, other: TableProfile) -> TableProfile:
        """The same table of two batches."""
        names = list(dict.fromkeys([*self.columns, *other.columns]))
        nothing = ColumnProfile()
        return TableProfile(
            self.rows + other.rows,
            self.checked + other.checked,
            self.quarantined + other.quarantined,
            dict(Counter(self.by_rule) + Counter(other.by_rule)),
            {name: self.columns.get(name, nothing) + other.columns.get(name, nothing) for name in names},
        )

    def facts(self) -> dict[str, Any]:
        """Plain values for the ledger. Values that are no code of the contract are there only where they may be."""
        columns: dict[str, dict[str, Any]] = {}
        for name, column in self.columns.items():
            columns[name] = {"filled": column.filled}
            if column.codes:
                columns[name]["codes"] = dict(column.codes)
            if column.unknown:
                shown = shown_values(column.unknown)
                columns[name]["unknown"] = shown
                columns[name]["unknown_not_shown"] = sum(column.unknown.values()) - sum(shown.values())
        return {"rows": self.rows, "checked": self.checked, "quarantined": self.quarantined, "columns": columns}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> TableProfile:
        """As the ledger kept it, without the unknown values."""
        columns = {
            name: ColumnProfile(one["filled"], one.get("codes", {})) for name, one in facts.get("columns", {}).items()
        }
        return cls(facts["rows"], facts["checked"], facts["quarantined"], {}, columns)


def shown_values(unknown: Mapping[str, int]) -> dict[str, int]:
    """The values that may be shown: of a code's shape, in several rows, the most frequent first.

    Example:
        >>> shown_values({"N9": 4, "ZZ": 2, "Smith": 9})
        {'N9': 4}
    """
    values = pl.Series(list(unknown), dtype=pl.String)
    coded = values.filter(values.str.contains(CODE_SHAPE)).to_list()
    several = sorted((value for value in coded if unknown[value] >= FEWEST_SEEN), key=lambda one: (-unknown[one], one))
    return {value: unknown[value] for value in several[:_MOST_SHOWN]}


def profile(raw: pl.DataFrame, checked: Checked, table: Table) -> TableProfile:
    """Count the rows of one table of a delivery, or of one batch of it.

    Args:
        raw: its rows as text, as the reader handed them over.
        checked: what became of them.
        table: its contract.

    Returns:
        The counts; those of batches add up with `+`.
    """
    accepted = checked.accepted
    columns = {}
    for name, column in table.columns.items():
        filled = accepted.height - accepted[name].null_count()
        codes = _codes(accepted[name]) if column.enum and filled else {}
        columns[name] = ColumnProfile(filled, codes, _unknown(raw, checked, column))
    return TableProfile(accepted.height, checked.n_read, checked.quarantined.height, checked.by_rule, columns)


def _codes(values: pl.Series) -> dict[str, int]:
    counted = values.drop_nulls().value_counts(name="_n")
    return {str(code): n for code, n in sorted(counted.iter_rows())}


def _unknown(raw: pl.DataFrame, checked: Checked, column: Column) -> dict[str, int]:
    """Values that are no code of the contract, from the text of the rows that were refused for them."""
    rule = f"{column.name}_code_known"
    if rule not in checked.by_rule or column.classification in _NOT_CODED:
        return {}
    places = ["_file", "_record"]
    refused = checked.quarantined.filter(pl.col("rules").list.contains(rule)).select(places)
    values = raw.join(refused, on=places, how="semi")[column.name].str.strip_chars(BLANKS)
    coded = (
        values.drop_nulls()
        .to_frame("value")
        .select(
            pl.when(pl.col("value").str.contains(CODE_SHAPE)).then(pl.col("value")).otherwise(pl.lit("")).alias("value")
        )
    )
    return dict(coded["value"].value_counts(name="_n").iter_rows())
