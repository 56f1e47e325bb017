"""What a clock is: what starts it, its limits, what stops it, who says so, and what it is never read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from fi_workbench.calendar import add_working_days_expression

Unit = Literal["working days", "weeks", "months"]
Authority = Literal["regulation", "guidance", "local"]
Kind = Literal["decision", "visit", "meeting", "assessment", "supervision"]


@dataclass(frozen=True)
class Limit:
    """How long a step of a clock may take.

    Attributes:
        n: the number of units; for a local interval the value is put in from the settings.
        setting: the name of the local setting, empty where statute or guidance decides.
    """

    n: int
    unit: Unit
    setting: str = ""

    def due(self, start: pl.Expr) -> pl.Expr:
        """The due date for each start; null where a start is null or the calendar of working days lacks it."""
        if self.unit == "working days":
            return add_working_days_expression(start, self.n)
        return start.dt.offset_by(f"{self.n}{'w' if self.unit == 'weeks' else 'mo'}")

    def __str__(self) -> str:
        """As in a sentence."""
        return f"{self.n} {self.unit if self.n != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True)
class Clock:
    """One clock.

    Attributes:
        id: as in `unit_clocks`.
        label: for people.
        item: what is due, within a sentence.
        kind: what would stop it: a decision, a visit, a meeting, an end of an assessment, supervision.
        starts_on: what day 0 is.
        limits: of the first step, the second, and so on; the last one repeats.
        stops_on: what is looked for.
        authority: regulation, guidance or local.
        source: where it is written.
        feeds: sources it cannot do without; of each group, one is enough.
        in_force_from: the rule is known to have been in force from this day at the latest; None for a local setting.
        in_force_to: the last day it was in force, None while it is.
        never_from: what must never stand in for the event.
        note: what a reader has to know, as a sentence.
        approved_by: who approved a local interval.
    """

    id: str
    label: str
    item: str
    kind: Kind
    starts_on: str
    limits: tuple[Limit, ...]
    stops_on: str
    authority: Authority
    source: str
    feeds: tuple[tuple[str, ...], ...]
    in_force_from: date | None
    in_force_to: date | None = None
    never_from: str = ""
    note: str = ""
    approved_by: str = ""
    repeats: bool = field(default=False)

    @property
    def rule(self) -> str:
        """The limit as a sentence."""
        first, *later = self.limits
        if not later:
            return f"{'Every' if self.repeats else 'Within'} {first} from {self.starts_on}."
        steps = "".join(f", then within {limit}" for limit in later)
        return f"Within {first} from {self.starts_on}{steps}."

    @property
    def rule_source(self) -> str:
        """Who says so, with who approved a local interval."""
        return f"{self.source} ({self.approved_by})" if self.approved_by else self.source

    def due(self, start: pl.Expr, step: pl.Expr) -> pl.Expr:
        """The due date of a step, counted from 0; later steps than the clock has take its last limit."""
        last = len(self.limits) - 1
        due = self.limits[last].due(start)
        for n, limit in reversed(list(enumerate(self.limits[:-1]))):
            due = pl.when(step == n).then(limit.due(start)).otherwise(due)
        return due
