"""One item of what a unit may do: its rows, its rule, its date and its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.measures.words import count

UNIT_ACTIONS = {
    "unit": pl.String(),
    "action": pl.String(),
    "label": pl.String(),
    "n": pl.Int64(),
    "n_of": pl.Int64(),
    "noun": pl.String(),
    "n_children": pl.Int64(),
    "n_families": pl.Int64(),
    "from_date": pl.Date(),
    "by_date": pl.Date(),
    "rule": pl.String(),
    "rule_source": pl.String(),
    "authority": pl.String(),
    "ahead": pl.Boolean(),
    "place": pl.Int64(),
    "sentence": pl.String(),
    "to_do": pl.String(),
    "trace": pl.List(pl.String()),
    "as_of": pl.Date(),
}


CHILD = "child"


@dataclass(frozen=True)
class Group:
    """The rows of one action in one unit.

    Attributes:
        n: rows.
        n_children: children among them.
        n_families: their families.
        first: the earliest date.
        last: the latest date.
        total: of how many the unit has, where that is told.
    """

    n: int
    n_children: int
    n_families: int
    first: date
    last: date
    total: int

    @property
    def whom(self) -> str:
        """Children and families in a sentence."""
        return f"{count(self.n_children, CHILD)} in {count(self.n_families, 'family')}"


@dataclass(frozen=True)
class Action:
    """One kind of item.

    Attributes:
        authority: regulation, guidance or local: who asks for it.
        ahead: whether its dates are still to come; otherwise it waits already.
        rows: `unit`, `person_id`, `family_id`, `on` (its date), `row_id`.
        say: the sentence for one unit's rows.
        to_do: what somebody may do about it, as a sentence.
        totals: how many each unit has, for "5 of 21".
        noun: what its sentence counts: children, or rows by their name.
    """

    id: str
    label: str
    rule: str
    rule_source: str
    as_of: date | None
    rows: pl.DataFrame
    say: Callable[[Group], str]
    to_do: str
    authority: str
    ahead: bool = False
    totals: Mapping[str, int] = field(default_factory=dict)
    noun: str = CHILD


ROW = ("unit", "person_id", "family_id", "on", "row_id")
"""Columns of an action's rows."""


def action_rows(action: Action) -> list[dict[str, object]]:
    """Make one row of `unit_actions` for each unit that has rows of the action."""
    rows = []
    held = action.rows.drop_nulls("unit").sort("unit", "on", "row_id")
    for (unit,), group in held.group_by("unit", maintain_order=True):
        on = group["on"].drop_nulls().to_list()
        found = Group(
            n=group.height,
            n_children=group["person_id"].n_unique() if group["family_id"].drop_nulls().len() else 0,
            n_families=group["family_id"].drop_nulls().n_unique(),
            first=min(on, default=date.min),
            last=max(on, default=date.min),
            total=action.totals.get(str(unit), 0),
        )
        rows.append(
            {
                "unit": unit,
                "action": action.id,
                "label": action.label,
                "n": found.n_children if action.noun == CHILD else found.n,
                "n_of": action.totals.get(str(unit)),
                "noun": action.noun,
                "n_children": found.n_children,
                "n_families": found.n_families,
                "from_date": min(on, default=None),
                "by_date": max(on, default=None),
                "rule": action.rule,
                "rule_source": action.rule_source,
                "authority": action.authority,
                "ahead": action.ahead,
                "place": 0,
                "sentence": action.say(found),
                "to_do": action.to_do,
                "trace": group["row_id"].drop_nulls().unique().sort().to_list(),
                "as_of": action.as_of,
            }
        )
    return rows
