"""Rules that compare a value with another or with bounds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import polars as pl
from pydantic import model_validator

from fi_workbench.contracts.parameters import OfColumn, OfTwoColumns

AS_OF = "_as_of"
"""The column that carries the extract's as-of date while rules are tried."""


def as_of_literal(as_of: date) -> pl.Expr:
    """The extract's as-of date as the column that rules compare with."""
    return pl.lit(as_of, dtype=pl.Date).alias(AS_OF)


def _shifted(column: str, days: int) -> pl.Expr:
    return pl.col(column) if days == 0 else pl.col(column) + timedelta(days=days)


class NotBefore(OfTwoColumns):
    """A date that cannot come before another."""

    rule: Literal["not_before"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return pl.col(self.column) < _shifted(self.other, self.days)


class NotAfter(OfTwoColumns):
    """A date that cannot come after another."""

    rule: Literal["not_after"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return pl.col(self.column) > _shifted(self.other, self.days)


class NotAfterAsOf(OfColumn):
    """A date that the extract cannot yet know."""

    rule: Literal["not_after_as_of"]
    days: int = 0

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return pl.col(self.column) > _shifted(AS_OF, self.days)


class OfRange(OfColumn):
    """Bounds, both included."""

    low: float
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> OfRange:
        if self.low > self.high:
            message = "low is above high"
            raise ValueError(message)
        return self


class Between(OfRange):
    """A number that must lie in a range."""

    rule: Literal["between"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return ~pl.col(self.column).is_between(self.low, self.high)


class NotBetween(OfRange):
    """A number that must lie outside a range."""

    rule: Literal["not_between"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return pl.col(self.column).is_between(self.low, self.high)
