"""The closed vocabulary of rules that a contract may use, and what each means to polars.

A rule is data, never code: a partner's contract can be read without trusting its author. Under `quality` of a table:

| rule | parameters | a row breaks it when |
|---|---|---|
| `not_before` | column, other, days=0 | `column` is earlier (less) than `other` plus `days` |
| `not_after` | column, other, days=0 | `column` is later (more) than `other` plus `days` |
| `not_after_as_of` | column, days=0 | `column` is later than the extract's as-of date plus `days` (sources only) |
| `between` | column, low, high | the value lies outside low to high, both included |
| `not_between` | column, low, high | the value lies inside low to high, both included |
| `requires` | when, column, one_of / present / absent | the condition holds and the column is not as required |
| `at_least_one` | columns | all the columns are empty |
| `at_most_one` | columns | two or more of the columns hold a value |
| `exclusive` | column, values, within | a value that must stand alone stands beside another in its group |
| `pattern` | column, pattern | the text does not match the whole pattern |
| `upn_check` | column | the UPN has another shape or check letter |
| `nhs_number_check` | column | the NHS number has another shape or check digit |
| `unique` | columns | another row has the same values (both rows break it) |
| `not_before_parent` | column, table, other, by, days=0 | `column` is before `other` + `days` of `table`, same `by` |
| `foreign_key` | column, table, other | no accepted row of `table` has the value in `other` (or lists of columns) |

An empty value breaks no rule but `requires` and `at_least_one`: say `required: true` of the column as well.
Beside these, each column's own facts are rules with fixed names: `<column>_present`, `<column>_is_a_date`,
`<column>_is_a_whole_number`, `<column>_is_a_number`, `<column>_is_yes_or_no`, `<column>_is_a_time`,
`<column>_code_known`, `<column>_in_range`, `<column>_length`, `<column>_pattern`; and of each table `key_unique`
(rows that share a key and differ) and `parent_quarantined` (the row that this one points to was itself refused).
`severity: error` quarantines the row; `severity: warning` accepts it and counts a flag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field, model_validator

from fi_workbench.contracts.comparisons import Between, NotAfter, NotAfterAsOf, NotBefore, NotBetween
from fi_workbench.contracts.identifiers import nhs_number_is_valid, upn_is_valid
from fi_workbench.contracts.parameters import OfColumn, OfColumns, Parameters, Value


class When(Parameters):
    """A condition on one column."""

    column: str
    equals: tuple[Value, ...] = ()
    present: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> When:
        if bool(self.equals) == (self.present is not None):
            message = "`when` takes either `equals: [...]` or `present: true|false`"
            raise ValueError(message)
        return self

    def holds(self) -> pl.Expr:
        """True where the condition holds."""
        if self.present is not None:
            return pl.col(self.column).is_not_null() == self.present
        return pl.col(self.column).is_in(list(self.equals)).fill_null(value=False)


class Requires(OfColumn):
    """What one column's value asks of another."""

    rule: Literal["requires"]
    when: When
    one_of: tuple[Value, ...] = ()
    present: Literal[True] | None = None
    absent: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_demand(self) -> Requires:
        if sum([bool(self.one_of), bool(self.present), bool(self.absent)]) != 1:
            message = "`requires` takes exactly one of `one_of: [...]`, `present: true` and `absent: true`"
            raise ValueError(message)
        return self

    def names(self) -> tuple[str, ...]:
        """See the module's table."""
        return (self.column, self.when.column)

    def fails(self) -> pl.Expr:
        """See the module's table."""
        column = pl.col(self.column)
        if self.one_of:
            broken = ~column.is_in(list(self.one_of)).fill_null(value=False)
        else:
            broken = column.is_null() if self.present else column.is_not_null()
        return self.when.holds() & broken


class AtLeastOne(OfColumns):
    """Columns of which one must hold a value."""

    rule: Literal["at_least_one"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return pl.all_horizontal(pl.col(name).is_null() for name in self.columns)


class AtMostOne(OfColumns):
    """Columns of which only one may hold a value."""

    rule: Literal["at_most_one"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return pl.sum_horizontal(pl.col(name).is_not_null() for name in self.columns) > 1


class Unique(OfColumns):
    """Columns whose values no two rows may share."""

    rule: Literal["unique"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        present = pl.all_horizontal(pl.col(name).is_not_null() for name in self.columns)
        return present & pl.struct(self.columns).is_duplicated()


class Exclusive(OfColumn):
    """Codes that stand alone, such as "no factors identified"."""

    rule: Literal["exclusive"]
    values: tuple[Value, ...] = Field(min_length=1)
    within: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """See the module's table."""
        return (self.column, *self.within)

    def fails(self) -> pl.Expr:
        """See the module's table; the group is the key without the column, where `within` does not say."""
        alone = pl.col(self.column).is_in(list(self.values)).fill_null(value=False)
        crowded = alone.any() & (pl.col(self.column).n_unique() > 1)
        return crowded.over(self.within) if self.within else crowded


class Pattern(OfColumn):
    """Text of a known shape."""

    rule: Literal["pattern"]
    pattern: str

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return ~pl.col(self.column).str.contains(rf"^(?:{self.pattern})$")


class UpnCheck(OfColumn):
    """A Unique Pupil Number."""

    rule: Literal["upn_check"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return ~upn_is_valid(pl.col(self.column))


class NhsNumberCheck(OfColumn):
    """An NHS number."""

    rule: Literal["nhs_number_check"]

    def fails(self) -> pl.Expr:
        """See the module's table."""
        return ~nhs_number_is_valid(pl.col(self.column))


class ForeignKey(Parameters):
    """A row that points to a row of another table."""

    rule: Literal["foreign_key"]
    column: str | tuple[str, ...]
    table: str
    other: str | tuple[str, ...]

    @model_validator(mode="after")
    def _same_length(self) -> ForeignKey:
        if len(self.names()) != len(self.others()):
            message = "`column` and `other` name different numbers of columns"
            raise ValueError(message)
        return self

    def names(self) -> tuple[str, ...]:
        """Columns of this table."""
        return (self.column,) if isinstance(self.column, str) else self.column

    def others(self) -> tuple[str, ...]:
        """Columns of the table pointed to."""
        return (self.other,) if isinstance(self.other, str) else self.other

    def fails(self) -> None:
        """Another table is needed: see `checking`."""


class NotBeforeParent(OfColumn):
    """A date beside one of the row that this one hangs on, such as a referral beside the child's birth."""

    rule: Literal["not_before_parent"]
    table: str
    other: str
    by: str
    days: int = 0

    def names(self) -> tuple[str, ...]:
        """See the module's table."""
        return (self.column, self.by)

    def others(self) -> tuple[str, ...]:
        """Columns of the other table."""
        return (self.other, self.by)

    def fails(self) -> None:
        """Another table is needed: see `judging`."""


Implementation = Annotated[
    NotBefore
    | NotAfter
    | NotAfterAsOf
    | Between
    | NotBetween
    | Requires
    | AtLeastOne
    | AtMostOne
    | Exclusive
    | Pattern
    | UpnCheck
    | NhsNumberCheck
    | Unique
    | ForeignKey
    | NotBeforeParent,
    Field(discriminator="rule"),
]

VOCABULARY = (
    "at_least_one",
    "at_most_one",
    "between",
    "exclusive",
    "foreign_key",
    "nhs_number_check",
    "not_after",
    "not_after_as_of",
    "not_before",
    "not_before_parent",
    "not_between",
    "pattern",
    "requires",
    "unique",
    "upn_check",
)


@dataclass(frozen=True)
class Rule:
    """A named rule of a table.

    Attributes:
        name: as receipts and quarantined rows give it.
        reason: what a partner reads.
        severity: `error` quarantines the row, `warning` accepts and flags it.
    """

    name: str
    reason: str
    severity: Literal["error", "warning"]
    implementation: Any

    @property
    def kind(self) -> str:
        """Its name in the vocabulary."""
        return str(self.implementation.rule)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of this table that it reads; the first is the one complained of."""
        return tuple(self.implementation.names())

    @property
    def table(self) -> str:
        """The other table that the rule looks at; empty for rules of one table."""
        return self.implementation.table if isinstance(self.implementation, ForeignKey | NotBeforeParent) else ""

    @property
    def others(self) -> tuple[str, ...]:
        """The columns of the other table that those of this one are compared with, in their order."""
        return self.implementation.others() if isinstance(self.implementation, ForeignKey | NotBeforeParent) else ()

    def fails(self) -> pl.Expr | None:
        """True where a row breaks the rule, never null; None for a rule that looks at another table."""
        broken = self.implementation.fails()
        return None if broken is None else broken.fill_null(value=False)
