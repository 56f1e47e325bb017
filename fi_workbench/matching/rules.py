"""How a criterion is answered from what is known about a family: a small closed set of rules.

Each rule makes two polars expressions over one row per family: its state (met, not met, unknown) and a sentence
that says why. What is not recorded is unknown; no rule turns silence into an answer.
"""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fi_workbench.vocabulary.needs import ASSESSED_ABSENT, NEED_CODES, PRESENT, need

MET = "met"
NOT_MET = "not_met"
UNKNOWN = "unknown"

OPEN_STATUSES = (
    "looked_after",
    "child_protection_plan",
    "child_in_need_plan",
    "open_assessment",
    "child_in_need",
    "early_help",
)
STATUS_WORDS = {
    "looked_after": "looked after",
    "child_protection_plan": "on a child protection plan",
    "child_in_need_plan": "on a child in need plan",
    "open_assessment": "in an open assessment",
    "child_in_need": "open as a child in need",
    "early_help": "with early help",
}

Status = Literal[
    "looked_after", "child_protection_plan", "child_in_need_plan", "open_assessment", "child_in_need", "early_help"
]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _choose(met: pl.Expr, not_met: pl.Expr) -> pl.Expr:
    return pl.when(met).then(pl.lit(MET)).when(not_met).then(pl.lit(NOT_MET)).otherwise(pl.lit(UNKNOWN)).cast(pl.String)


def _say(state: pl.Expr, met: str, not_met: str, unknown: str) -> pl.Expr:
    return (
        pl.when(state == MET)
        .then(pl.lit(met))
        .when(state == NOT_MET)
        .then(pl.lit(not_met))
        .otherwise(pl.lit(unknown))
        .cast(pl.String)
    )


class ChildAged(_Rule):
    """A child of the family is of an age, in whole years; -1 is a child not yet born."""

    kind: Literal["child_aged"]
    from_age: int = Field(ge=-1, le=17)
    to_age: int = Field(ge=-1, le=17)

    @model_validator(mode="after")
    def _in_order(self) -> ChildAged:
        if self.to_age < self.from_age:
            message = "to_age is below from_age"
            raise ValueError(message)
        return self

    def _words(self) -> str:
        if self.to_age == -1:
            return "not yet born"
        if self.from_age == -1:
            return f"unborn or up to {self.to_age}"
        return f"aged {self.from_age} to {self.to_age}"

    def state(self) -> pl.Expr:
        """Met by one such child; not met when every child's age is known and none fits."""
        fits = pl.col("ages").list.eval(pl.element().is_between(self.from_age, self.to_age)).list.any()
        return _choose(fits, (pl.col("n_ages_unknown") == 0) & (pl.col("ages").list.len() > 0))

    def reason(self) -> pl.Expr:
        """The same in words."""
        words = self._words()
        return _say(
            self.state(),
            f"A child of the family is {words}.",
            f"No child of the family is {words}.",
            f"A child's birth date is not recorded, so whether one is {words} cannot be told.",
        )


class NeedRecorded(_Rule):
    """One of some needs is recorded for the family."""

    kind: Literal["need_recorded"]
    any_of: tuple[str, ...] = Field(min_length=1)

    @field_validator("any_of")
    @classmethod
    def _known(cls, needs: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(needs) - set(NEED_CODES))
        if unknown:
            message = f"{', '.join(unknown)} are not needs; valid: {', '.join(NEED_CODES)}"
            raise ValueError(message)
        return needs

    def state(self) -> pl.Expr:
        """Met by one present; not met only when each was assessed and not found."""
        columns = [pl.col(f"need_{code}") for code in self.any_of]
        present = pl.any_horizontal([column == PRESENT for column in columns])
        absent = pl.all_horizontal([column == ASSESSED_ABSENT for column in columns])
        return _choose(present, absent)

    def reason(self) -> pl.Expr:
        """The same in words, naming the needs that are recorded."""
        phrases = {code: need(code).phrase for code in self.any_of}
        recorded = pl.concat_list(
            [
                pl.when(pl.col(f"need_{code}") == PRESENT).then(pl.lit(phrase)).otherwise(pl.lit(None, pl.String))
                for code, phrase in phrases.items()
            ]
        ).list.drop_nulls()
        names = " or ".join(phrases.values())
        state = self.state()
        return (
            pl.when(state == MET)
            .then(pl.format("Recorded: {}.", recorded.list.join(", ")))
            .otherwise(_say(state, "", f"Looked for and not found: {names}.", f"Not recorded either way: {names}."))
            .cast(pl.String)
        )


class HasStatus(_Rule):
    """The family's status, the highest of its children, is one of some."""

    kind: Literal["status"]
    one_of: tuple[Status, ...] = Field(min_length=1)

    def state(self) -> pl.Expr:
        """Met or not met: a family's status is always known."""
        return _choose(pl.col("status").is_in(list(self.one_of)), pl.col("status").is_not_null())

    def reason(self) -> pl.Expr:
        """The same in words."""
        words = " or ".join(STATUS_WORDS[status] for status in self.one_of)
        now = pl.col("status").replace_strict(STATUS_WORDS, default="not open", return_dtype=pl.String)
        return (
            pl.when(self.state() == MET)
            .then(pl.format("A child is {}.", now))
            .otherwise(pl.format("No child is {}.", pl.lit(words)))
        )


class OnlyChild(_Rule):
    """It may be a parent's first child: more than one child recorded says no, one alone does not say yes."""

    kind: Literal["only_child"]

    def state(self) -> pl.Expr:
        """Not met with more than one child; otherwise unknown."""
        return _choose(pl.lit(value=False), pl.col("n_children") > 1)

    def reason(self) -> pl.Expr:
        """The same in words."""
        return _say(
            self.state(),
            "",
            "The family has more than one recorded child.",
            "One child is recorded; earlier children may not be. Ask whether it is the first.",
        )


class AskPeople(_Rule):
    """Nothing that is loaded records it: only people can say."""

    kind: Literal["ask"]
    question: str

    def state(self) -> pl.Expr:
        """Always unknown."""
        return pl.lit(UNKNOWN)

    def reason(self) -> pl.Expr:
        """The question."""
        return pl.lit(f"No source records this. Ask: {self.question}")


Rule = Annotated[ChildAged | NeedRecorded | HasStatus | OnlyChild | AskPeople, Field(discriminator="kind")]
