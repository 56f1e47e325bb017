"""What a contract makes of the rows of a source table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from fi_workbench.contracts.references import Keys

PLACE = ("_file", "_line", "_record")
RAW = "_raw"
DEFECT = "_defect"


@dataclass(frozen=True)
class Finding:
    """Something read leniently or flagged, with its count; never a value."""

    what: str
    where: str
    how_many: int


@dataclass(frozen=True)
class Checked:
    """What a contract makes of the rows of one table; each row read is in exactly one of the three frames.

    Attributes:
        accepted: the contract's columns, typed, then `_file`, `_line`, `_record`. GRAIN: one row per accepted record,
            in the order of the file.
        quarantined: the same columns (null where the text could not be read), `_raw`, and `rules`, `columns` and
            `reasons`, lists of equal length. GRAIN: one row per quarantined record.
        duplicates: `_file`, `_line`, `_record`, `_raw` of rows that repeat an accepted row in every column.
        by_rule: quarantined rows by the rules they break; a row that breaks two counts under both.
        flags: accepted rows by the rules of severity warning that they break.
        findings: what was read leniently.
    """

    accepted: pl.DataFrame
    quarantined: pl.DataFrame
    duplicates: pl.DataFrame
    by_rule: Mapping[str, int]
    flags: Mapping[str, int]
    findings: tuple[Finding, ...] = ()
    _keys: dict[tuple[str, ...], Keys] = field(default_factory=dict, init=False, repr=False, compare=False)

    def keys(self, columns: Sequence[str]) -> Keys:
        """The accepted rows' keys for whoever points to them, made ready once."""
        asked = tuple(columns)
        if asked not in self._keys:
            self._keys[asked] = Keys.of(self.accepted, asked)
        return self._keys[asked]

    @property
    def rows(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Accepted and quarantined rows, typed, in the columns that they share."""
        return self.accepted, self.quarantined.select(self.accepted.columns)

    @property
    def n_read(self) -> int:
        """Rows that came in."""
        return self.accepted.height + self.quarantined.height + self.duplicates.height
