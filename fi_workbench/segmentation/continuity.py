"""Which families may be proposed another unit: those whose needs have changed, and those a person says.

A family stays with the unit that holds it unless a need was newly recorded, or ended, since that unit took it, within
the time that a review reaches back, or somebody decided so by name. Room is no reason: a unit that is too full is for
a manager to solve, and the proposal says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from fi_workbench.settings import Settings

ACTIONS = ("may_move", "stay", "place", "none")
"""What a person may decide of a family; `none` takes an earlier decision back."""
_DECISION = pl.Struct({"action": pl.String, "unit": pl.String, "from": pl.String})


@dataclass(frozen=True)
class Continuity:
    """Who may move, and what people decided.

    Attributes:
        may_move: families that may be proposed another unit; None is everyone, as when units are drawn anew.
        stay: families that a person wants to stay, whatever fits better.
        placed: the unit that a person named for a family.
    """

    may_move: frozenset[str] | None = None
    stay: frozenset[str] = frozenset()
    placed: Mapping[str, str] = field(default_factory=dict)

    def without_limits(self) -> Continuity:
        """Everyone may move but those about whom a person decided."""
        return Continuity(None, self.stay, self.placed)


EVERYONE = Continuity()


def continuity(
    *,
    need_profiles: pl.DataFrame,
    child_status: pl.DataFrame,
    family_status: pl.DataFrame,
    decisions: pl.DataFrame,
    settings: Settings,
    as_at: date,
) -> Continuity:
    """Work out who may move.

    Args:
        need_profiles: contract `need_profiles`; a need counts from the day of its first record, and its end from
            `ended_on`.
        child_status: contract `child_status`, for the day from which the unit has held each child.
        family_status: contract `family_status`.
        decisions: decisions of kind `allocation` in the order taken: `subject` (the family), `decision` (JSON with
            `action`, `unit` and `from`, the first day on which it holds).
        settings: how far back a review reaches.
        as_at: the week's Sunday; a decision that begins later is not seen.
    """
    decided = decided_families(decisions, as_at=as_at)
    since = (
        child_status.filter(pl.col("status") != "closed")
        .join(family_status.select("family_id", family_unit="unit"), on="family_id")
        .filter(pl.col("unit") == pl.col("family_unit"))
        .group_by("family_id")
        .agg(held_since=pl.col("allocated_since").min())
    )
    reach = as_at - timedelta(weeks=settings.segmentation.review_weeks)
    begun = pl.when(pl.col("state") == "present").then(pl.col("first_date"))
    changed = (
        need_profiles.select("family_id", changed_on=pl.max_horizontal(begun, "ended_on"))
        .filter(pl.col("changed_on") > reach)
        .join(since, on="family_id", how="left")
        .filter(pl.col("held_since").is_null() | (pl.col("changed_on") > pl.col("held_since")))
    )
    of = {action: decided.filter(pl.col("action") == action) for action in ACTIONS}
    return Continuity(
        may_move=frozenset(changed["family_id"].to_list()) | frozenset(of["may_move"]["family_id"].to_list()),
        stay=frozenset(of["stay"]["family_id"].to_list()),
        placed=dict(of["place"].select("family_id", "unit").iter_rows()),
    )


def decided_families(decisions: pl.DataFrame, *, as_at: date) -> pl.DataFrame:
    """Read the decisions that hold on a day: for each family the latest.

    Returns:
        One row per family with a decision, sorted: `family_id`, `action`, `unit` (null but for `place`).
    """
    shape = {"family_id": pl.String, "action": pl.String, "unit": pl.String}
    if decisions.is_empty():
        return pl.DataFrame(schema=shape)
    return (
        decisions.with_row_index("turn")
        .filter(pl.col("decision").str.starts_with("{"))  # an erased one is no JSON any more
        .select("turn", pl.col("subject").alias("family_id"), pl.col("decision").str.json_decode(_DECISION))
        .unnest("decision")
        .with_columns(pl.col("from").str.slice(0, 10).str.to_date("%Y-%m-%d"))
        .filter(pl.col("from") <= as_at)
        .sort("from", "turn")
        .unique(subset=["family_id"], keep="last", maintain_order=True)
        .select(*shape)
        .sort("family_id")
    )
