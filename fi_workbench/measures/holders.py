"""Which unit a child, a family or an event belongs to, and who is there to be counted at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from fi_workbench.settings import WHOLE_AUTHORITY

SOCIAL_CARE = ("looked_after", "child_protection_plan", "child_in_need_plan", "open_assessment", "child_in_need")
"""Statuses in which a child is open to children's social care; early help and closed are not."""

SETTLING_DAYS = 28
"""An event before a unit was named belongs to the unit that took the child within so many days."""

CASE_HOLDING = ("social_worker", "senior_social_worker", "newly_qualified")


@dataclass(frozen=True)
class Holders:
    """Units and what they hold.

    Attributes:
        units: unit codes in order; only `whole_authority` where there is no roster.
        children: open children with `unit`: one row per child, sorted.
        families: open families with `unit`: one row per family, sorted.
        workers: current workers of the roster with `unit`, `role`, `fte`: one row per worker.
        history: `status_history` with `unit` null where no unit of today's roster held the child.
        references: case reference of every person of the caseload.
        unheld: open children whom no unit holds.
    """

    units: tuple[str, ...]
    children: pl.DataFrame
    families: pl.DataFrame
    workers: pl.DataFrame
    history: pl.DataFrame
    references: pl.DataFrame
    unheld: int

    @property
    def whole(self) -> bool:
        """Whether everything is one unit for want of a roster."""
        return self.units == (WHOLE_AUTHORITY,)

    def on(self, events: pl.DataFrame, column: str, *, since: str | None = None) -> pl.DataFrame:
        """Add the unit that held each person on a day, or took the person soon after.

        Args:
            events: any frame with `person_id` and a date column without nulls.
            column: the date.
            since: a date column: where nobody held the person on the day, the last unit that did since then counts.

        Returns:
            The same rows in the same order with `unit`, null where no unit did.
        """
        if self.whole:
            return events.with_columns(unit=pl.lit(WHOLE_AUTHORITY))
        held = self.history.drop_nulls("unit").select("person_id", "from_date", "to_date", held_by="unit")
        numbered = events.with_row_index("event").sort(column)
        at = numbered.join_asof(
            held.sort("from_date"), left_on=column, right_on="from_date", by="person_id", check_sortedness=False
        )
        last_by = pl.when(pl.col("to_date") >= pl.col(since)).then("held_by") if since else pl.lit(None, pl.String)
        at = at.with_columns(
            held_by=pl.when(pl.col("to_date").is_null() | (pl.col("to_date") > pl.col(column))).then("held_by"),
            last_by=last_by,
        )
        soon = at.join_asof(
            held.select("person_id", "from_date", soon_by="held_by").sort("from_date"),
            left_on=column,
            right_on="from_date",
            by="person_id",
            strategy="forward",
            tolerance=timedelta(days=SETTLING_DAYS),
            check_sortedness=False,
        )
        return (
            soon.sort("event")
            .with_columns(unit=pl.coalesce("held_by", "last_by", "soon_by"))
            .select(*[name for name in events.columns if name != "unit"], "unit")
        )


def holders(frames: Mapping[str, pl.DataFrame], *, as_at: date) -> Holders:
    """Work out units and what they hold on a day.

    The unit is the holder of the roster. A child without a worker belongs to the unit that holds the family, where
    one does. Children of no unit are counted, and said.

    Args:
        frames: `child_status`, `family_status`, `status_history`, `roster`, `people`.
        as_at: the week's Sunday.

    Returns:
        Units, open children and families, workers, and the past.
    """
    workers = workers_on(frames["roster"], as_at)
    rostered = tuple(sorted(workers["unit"].unique().to_list()))
    units = rostered or (WHOLE_AUTHORITY,)
    families = frames["family_status"].filter(pl.col("status").is_in(SOCIAL_CARE))
    children = frames["child_status"].filter(pl.col("status").is_in(SOCIAL_CARE))
    history = frames["status_history"]
    if rostered:
        known = pl.when(pl.col("unit").is_in(units)).then("unit")
        families = families.with_columns(unit=known)
        held = families.select("family_id", family_unit="unit")
        children = (
            children.with_columns(unit=known)
            .join(held, on="family_id", how="left", maintain_order="left")
            .with_columns(unit=pl.coalesce("unit", "family_unit"))
            .drop("family_unit")
        )
        history = _taken(history.with_columns(unit=known), children)
    else:
        everyone = pl.lit(WHOLE_AUTHORITY)
        families, children = families.with_columns(unit=everyone), children.with_columns(unit=everyone)
        history = history.with_columns(unit=everyone)
    references = pl.concat(
        [frames["child_status"].select("person_id"), frames["status_history"].select("person_id")]
    ).unique()
    return Holders(
        units=units,
        children=children.sort("person_id"),
        families=families.sort("family_id"),
        workers=workers,
        history=history.sort("person_id", "from_date"),
        references=frames["people"]
        .select("person_id", "case_reference")
        .drop_nulls()
        .join(references, on="person_id", how="semi")
        .sort("person_id"),
        unheld=children.filter(pl.col("unit").is_null()).height,
    )


def workers_on(roster: pl.DataFrame, day: date) -> pl.DataFrame:
    """The workers in post on a day, each once: the later post of two."""
    return (
        roster.filter(pl.col("start_date") <= day, pl.col("end_date").is_null() | (pl.col("end_date") >= day))
        .sort("worker_id", "start_date")
        .unique("worker_id", keep="last", maintain_order=True)
    )


def _taken(history: pl.DataFrame, children: pl.DataFrame) -> pl.DataFrame:
    """Give weeks without a worker to the unit that took the child next, and those of now to the child's unit of now.

    Otherwise a series would fall whenever a child waits for a worker, and its last level would not be the workload.
    """
    waiting = pl.col("status").is_in(SOCIAL_CARE) & pl.col("unit").is_null()
    ordered = history.sort("person_id", "from_date").with_columns(
        spell=(~pl.col("status").is_in(SOCIAL_CARE)).cum_sum().over("person_id")
    )
    now = children.select("person_id", now="unit")
    return (
        ordered.with_columns(next_unit=pl.col("unit").fill_null(strategy="backward").over("person_id", "spell"))
        .join(now, on="person_id", how="left", maintain_order="left")
        .with_columns(now=pl.when(pl.col("to_date").is_null()).then("now"))
        .with_columns(unit=pl.when(waiting).then(pl.coalesce("next_unit", "now")).otherwise("unit"))
        .drop("spell", "next_unit", "now")
    )
