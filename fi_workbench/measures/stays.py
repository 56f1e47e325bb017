"""What each unit held on every Sunday, as groups of brothers and sisters: who came, who moved on, who is there.

A group is the children of one family in one unit whose status began on the same day. Groups are counted and
forgotten: what leaves this module tells of no family.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from fi_workbench.measures.flow import PLANS, WEEKS, by_week
from fi_workbench.measures.holders import SOCIAL_CARE, Holders
from fi_workbench.statistics.arrivals import YEAR
from fi_workbench.statistics.demand import Groups
from fi_workbench.statistics.moving_on import Codes, Steps

N_INTENSIVE = len(PLANS)
"""The first statuses of `SOCIAL_CARE` are the plans and care, from which a child steps down."""
_GROUP = ("unit", "family_id", "state", "since", "week_start")


@dataclass(frozen=True)
class Stays:
    """The past of one unit.

    Attributes:
        there: groups that it holds at the end of the last week.
        newcomers: groups that came in the last year, as they stood on their first Sunday.
        came: groups that came in each week but the first, oldest first.
        steps: where groups went from each Sunday to the next.
        n_weeks: weeks since it first held a child, at most the weeks looked at.
    """

    there: Groups
    newcomers: Groups
    came: tuple[int, ...]
    steps: Steps
    n_weeks: int


def weeks_covered(as_at: date, covers_from: date | None) -> list[date]:
    """Mondays of the weeks that can be looked back on: at most those of the history, none before it is covered."""
    mondays = [as_at - timedelta(days=6, weeks=weeks) for weeks in reversed(range(WEEKS))]
    return [monday for monday in mondays if covers_from is None or monday >= covers_from]


def stays(holders: Holders, mondays: list[date]) -> Mapping[str, Stays]:
    """Follow every unit's groups through the weeks.

    Args:
        holders: units, and what they held when.
        mondays: the weeks looked at, without a gap, the last one the reporting week; at least two.

    Returns:
        The past of each unit of today's roster that holds or held anyone, by unit.
    """
    seen = _seen(holders, mondays)
    last = mondays[-1]
    following = seen.select("person_id", "unit", pl.col("week_start") - timedelta(weeks=1), to="state")
    ahead = seen.filter(pl.col("week_start") < last).join(following, on=["person_id", "unit", "week_start"], how="left")
    before = seen.select("person_id", "unit", pl.col("week_start") + timedelta(weeks=1))
    new = seen.filter(pl.col("week_start") > mondays[0]).join(
        before, on=["person_id", "unit", "week_start"], how="anti"
    )
    arrived = _grouped(new)
    counts = {(unit, week): n for unit, week, n in arrived.group_by("unit", "week_start").len().iter_rows()}
    first = dict(seen.group_by("unit").agg(pl.col("week_start").min()).iter_rows())
    recent = arrived.filter(pl.col("week_start") > last - timedelta(weeks=YEAR))
    now = _grouped(seen.filter(pl.col("week_start") == last))
    return {
        unit: Stays(
            there=_groups(now.filter(pl.col("unit") == unit)),
            newcomers=_groups(recent.filter(pl.col("unit") == unit)),
            came=tuple(counts.get((unit, monday), 0) for monday in mondays[1:]),
            steps=_steps(ahead.filter(pl.col("unit") == unit)),
            n_weeks=(last - first[unit]).days // 7 + 1,
        )
        for unit in holders.units
        if unit in first
    }


def _seen(holders: Holders, mondays: list[date]) -> pl.DataFrame:
    """One row per open child, unit and Sunday on which the unit held it: status, since when, and size of its group."""
    ordered = holders.history.sort("person_id", "from_date")
    same = (pl.col("status") == pl.col("status").shift(1).over("person_id")) & (
        pl.col("from_date") == pl.col("to_date").shift(1).over("person_id")
    )
    spells = ordered.with_columns(
        since=pl.when(same.fill_null(value=False)).then(None).otherwise("from_date")
    ).with_columns(pl.col("since").forward_fill().over("person_id"))
    open_spells = spells.filter(pl.col("status").is_in(SOCIAL_CARE), pl.col("unit").is_not_null()).select(
        "person_id",
        "unit",
        "since",
        pl.coalesce("family_id", "person_id").alias("family_id"),
        state=pl.col("status").replace_strict(list(SOCIAL_CARE), list(range(len(SOCIAL_CARE))), return_dtype=pl.Int64),
        start="from_date",
        end="to_date",
    )
    first = mondays[-1] - timedelta(weeks=WEEKS - 1)
    return (
        by_week(open_spells, first)
        .filter(pl.col("week_start") >= mondays[0])
        .sort("person_id", "week_start")
        .with_columns(
            weeks=(pl.col("week_start") + timedelta(days=6) - pl.col("since")).dt.total_days() // 7,
            size=pl.len().over(_GROUP).cast(pl.Int64),
        )
    )


def _grouped(children: pl.DataFrame) -> pl.DataFrame:
    return children.group_by(_GROUP).agg(pl.col("weeks").first(), size=pl.len().cast(pl.Int64)).sort(_GROUP)


def _groups(frame: pl.DataFrame) -> Groups:
    return Groups(_codes(frame, "state"), _codes(frame, "weeks"), _codes(frame, "size"))


def _steps(ahead: pl.DataFrame) -> Steps:
    to = ahead["to"].fill_null(len(SOCIAL_CARE)).to_numpy().astype(np.int64)
    return Steps(_codes(ahead, "state"), _codes(ahead, "weeks"), to, 1 / _codes(ahead, "size"))


def _codes(frame: pl.DataFrame, column: str) -> Codes:
    return frame[column].to_numpy().astype(np.int64)
