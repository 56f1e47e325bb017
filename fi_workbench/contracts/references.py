"""Which rows point to a row that is there: foreign keys, answered by a hash of the key and then by the key itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from fi_workbench.contracts.rules import Rule

_HASH = "_hash"


@dataclass(frozen=True)
class Keys:
    """The keys of rows that may be pointed to.

    Attributes:
        frame: a column for each part of the key, numbered.
        hashed: the same with a hash of each, or None where two keys have one hash.
    """

    frame: pl.DataFrame
    hashed: pl.DataFrame | None

    @classmethod
    def of(cls, rows: pl.DataFrame, columns: Sequence[str]) -> Keys:
        """The keys of rows, made ready once for all tables that point to them."""
        frame = _numbered(rows, columns)
        hashes = frame.hash_rows().alias(_HASH)
        alone = hashes.n_unique() == frame.height
        return cls(frame, frame.rename(lambda name: f"_{name}").with_columns(hashes) if alone else None)

    def have_all(self, references: pl.DataFrame) -> bool:
        """Whether every reference is among the keys; parts are numbered as the keys' are."""
        asked = _without_runs(references.drop_nulls())
        if self.hashed is not None:
            found = asked.with_columns(asked.hash_rows().alias(_HASH)).join(self.hashed, on=_HASH, how="inner")
            equal = pl.all_horizontal(pl.col(name) == pl.col(f"_{name}") for name in asked.columns)
            if found.height == asked.height and found.select(equal.fill_null(value=False).all()).item():
                return True
        # Two keys of one hash, or a reference that is none of them.
        return asked.join(self.frame, on=asked.columns, how="anti").is_empty()


def orphans_of(
    typed: pl.DataFrame, rule: Rule, accepted: Keys, refused: pl.DataFrame
) -> tuple[pl.Series, pl.Series] | None:
    """Rows whose parent is nowhere, and rows whose parent was refused; an empty reference is neither.

    Args:
        typed: the rows that point, in the columns of `rule.columns` and others.
        rule: the foreign key.
        accepted: the keys of the rows that may be pointed to.
        refused: rows that were quarantined, with the columns of `rule.others`.

    Returns:
        None where every row's parent was accepted, as in nearly every file.
    """
    references = _numbered(typed, rule.columns)
    if accepted.have_all(references):
        return None

    def known_in(keys: pl.DataFrame) -> pl.Series:
        known = keys.unique().with_columns(pl.lit(value=True).alias("_known"))
        joined = references.join(known, on=references.columns, how="left", maintain_order="left")
        return joined["_known"].fill_null(value=False)

    refers = references.select(pl.all_horizontal(pl.all().is_not_null()).alias("_refers"))["_refers"]
    lost = refers & ~known_in(accepted.frame)
    cascade = lost & known_in(_numbered(refused, rule.others))
    return lost & ~cascade, cascade


def _numbered(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return rows.select(pl.col(name).alias(str(at)) for at, name in enumerate(columns))


def _without_runs(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without those that repeat the one above: what belongs to one child mostly stands together."""
    again = pl.all_horizontal(pl.all() == pl.all().shift(1)).fill_null(value=False)
    return rows.filter(~again)
