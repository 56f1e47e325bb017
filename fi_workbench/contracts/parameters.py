"""What a rule may be given, before it says what it means: one column, two, several. Strict about unknown names."""

from __future__ import annotations

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

Value = bool | int | float | str


class Parameters(BaseModel):
    """What one rule needs; a parameter it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def names(self) -> tuple[str, ...]:
        """Columns of this table that the rule reads."""
        raise AssertionError  # pragma: no cover - each rule says its own

    def fails(self) -> pl.Expr | None:
        """An expression that is true where a row breaks the rule; None when another table is needed."""
        raise AssertionError  # pragma: no cover - each rule says its own


class OfColumn(Parameters):
    """A rule of one column."""

    column: str

    def names(self) -> tuple[str, ...]:
        """Columns of this table that the rule reads."""
        return (self.column,)


class OfTwoColumns(OfColumn):
    """A rule of a column and another."""

    other: str
    days: int = 0

    def names(self) -> tuple[str, ...]:
        """Columns of this table that the rule reads."""
        return (self.column, self.other)


class OfColumns(Parameters):
    """A rule of several columns alike."""

    columns: tuple[str, ...] = Field(min_length=1)

    def names(self) -> tuple[str, ...]:
        """Columns of this table that the rule reads."""
        return self.columns
