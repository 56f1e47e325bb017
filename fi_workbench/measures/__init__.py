"""What a unit may do this week, what changed, how dates were kept, and what cannot be told: counted, never scored.

Every clock is defined once, in `clocks`. A record that is absent is never a "no": without the visit list nobody says
that a visit was missed, and a count is followed by what is not recorded. Nothing here ranks units, workers or
families.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import polars as pl

from fi_workbench.measures.actions import unit_actions
from fi_workbench.measures.changes import unheld_past, unit_changes
from fi_workbench.measures.clock import Clock
from fi_workbench.measures.clocks import CLOCKS, clocks_in_force
from fi_workbench.measures.due import obligations
from fi_workbench.measures.flow import held_from, unit_series, weekly_counts
from fi_workbench.measures.forecast import unit_forecast
from fi_workbench.measures.frames import READS, chosen
from fi_workbench.measures.going_home import returns_home
from fi_workbench.measures.good_news import unit_good_news
from fi_workbench.measures.holders import holders
from fi_workbench.measures.insight import unit_insights
from fi_workbench.measures.journey import unit_journeys
from fi_workbench.measures.limits import unit_limits
from fi_workbench.measures.manager_items import manager_items
from fi_workbench.measures.manager_staff import manager_staff
from fi_workbench.measures.overload import unit_overload
from fi_workbench.measures.partner_news import new_partner_information
from fi_workbench.measures.profile import unit_needs, unit_segments
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.standing import standing, supervision_standing
from fi_workbench.measures.step_down import family_step_down, step_down_items, unit_step_down
from fi_workbench.measures.step_down_after import steps_down, unit_step_down_follow_up, unit_step_down_help
from fi_workbench.measures.timeliness import unit_clocks
from fi_workbench.measures.worklist import worklist_items
from fi_workbench.measures.workload import unit_workload
from fi_workbench.measures.year_measures import year_measures
from fi_workbench.settings import Settings

__all__ = ["CLOCKS", "READS", "WRITES", "Clock", "Measures", "clocks_in_force", "measure"]


@dataclass(frozen=True)
class Measures:
    """A week's measures: each field is the table of its contract, one row per key, sorted by key."""

    unit_series: pl.DataFrame
    unit_changes: pl.DataFrame
    unit_clocks: pl.DataFrame
    unit_actions: pl.DataFrame
    worklist_items: pl.DataFrame
    new_partner_information: pl.DataFrame
    manager_items: pl.DataFrame
    manager_staff: pl.DataFrame
    unit_step_down: pl.DataFrame
    family_step_down: pl.DataFrame
    step_down_items: pl.DataFrame
    unit_step_down_follow_up: pl.DataFrame
    unit_step_down_help: pl.DataFrame
    unit_workload: pl.DataFrame
    unit_forecast: pl.DataFrame
    unit_overload: pl.DataFrame
    unit_insights: pl.DataFrame
    unit_good_news: pl.DataFrame
    unit_limits: pl.DataFrame
    unit_needs: pl.DataFrame
    unit_journeys: pl.DataFrame
    returns_home: pl.DataFrame
    unit_segments: pl.DataFrame
    year_measures: pl.DataFrame


WRITES: tuple[str, ...] = tuple(field.name for field in fields(Measures))


def measure(*, settings: Settings, as_at: date, **frames: pl.DataFrame) -> Measures:
    """Work out a week's measures for each unit of the roster, or for the whole authority where there is none.

    What is drawn for the forecast begins from the week's own number, so the same week always says the same.

    Restricted people and families are not in the caseload's tables, and nobody who is not in those is counted.

    Args:
        settings: `clocks`, `decision_points`, `caseload`, `thresholds`, `units`.
        as_at: the week's Sunday.
        **frames: every table of `READS` under its own name; an empty one is a source that was never loaded.

    Returns:
        The tables of `WRITES`.

    Raises:
        ContractError: a table or a column is missing, or one is given that is not read.
    """
    taken = chosen(frames)
    sources = Sources(taken["source_freshness"], as_at=as_at, stale_days=settings.thresholds.stale_days)
    clocks = clocks_in_force(settings.clocks)
    held = holders(taken, as_at=as_at)
    due = obligations(taken, clocks, held, sources)
    open_steps = standing(due, clocks, held, sources, as_at=as_at)
    supervision = supervision_standing(due, clocks, held, sources, as_at=as_at)
    counts = weekly_counts(taken["episodes"], held, as_at=as_at)
    begins = held_from(taken, held, sources)
    series = unit_series(counts, held, sources, as_at=as_at, begins=begins)
    unheld = unheld_past(counts, series)
    by_clock = unit_clocks(due, clocks, held, sources, as_at=as_at)
    # Without the list of restricted records nobody knows whom a worklist must leave out, so there is none.
    listed = open_steps if sources["restricted"].loaded else open_steps.clear()
    meetings = taken["meetings"] if sources["restricted"].loaded else taken["meetings"].clear()
    news = new_partner_information(taken, held, sources, as_at=as_at)
    criteria = family_step_down(taken, due, held, sources, as_at=as_at)
    steps = steps_down(held.history, taken["episodes"])
    workload = unit_workload(held, supervision, sources, settings, as_at=as_at)
    chance = np.random.default_rng(as_at.toordinal())
    forecast = unit_forecast(held, taken["roster"], sources, settings, chance, as_at=as_at)
    places = dict(workload.select("unit", "capacity_children").iter_rows())
    return Measures(
        unit_series=series,
        unit_changes=unit_changes(series, held, sources, settings, as_at=as_at, unheld=unheld),
        unit_clocks=by_clock,
        unit_actions=unit_actions(
            frames=taken,
            open_steps=open_steps,
            supervision=supervision,
            clocks=clocks,
            holders=held,
            sources=sources,
            points=settings.decision_points,
            as_at=as_at,
        ),
        worklist_items=worklist_items(listed, meetings, clocks, held, sources, as_at=as_at),
        new_partner_information=news if sources["restricted"].loaded else news.clear(),
        manager_items=manager_items(
            {**taken, "meetings": meetings}, listed, clocks, held, sources, settings.decision_points, as_at=as_at
        ).filter(pl.lit(sources["restricted"].loaded)),
        manager_staff=manager_staff(
            taken["roster"], taken["worker_leave"], supervision, held, sources, settings.caseload, as_at=as_at
        ),
        unit_step_down=unit_step_down(criteria, held),
        family_step_down=criteria,
        step_down_items=step_down_items(criteria, held).filter(pl.lit(sources["restricted"].loaded)),
        unit_step_down_follow_up=unit_step_down_follow_up(steps, held, sources, as_at=as_at),
        unit_step_down_help=unit_step_down_help(steps, taken, held, sources, as_at=as_at),
        unit_workload=workload,
        unit_forecast=forecast.unit_forecast,
        unit_overload=unit_overload(forecast, held, places),
        unit_insights=unit_insights(taken["need_profiles"], held, settings),
        unit_good_news=unit_good_news(taken, by_clock, held, sources, as_at=as_at),
        unit_limits=unit_limits(
            frames=taken,
            due=due,
            clocks=clocks,
            holders=held,
            sources=sources,
            settings=settings,
            as_at=as_at,
            begins=begins,
            unheld=unheld,
        ),
        unit_needs=unit_needs(taken["need_profiles"], taken["needs_quarter_ago"], held, sources, as_at=as_at),
        unit_journeys=unit_journeys(held, sources, as_at=as_at),
        returns_home=returns_home(taken, sources, as_at=as_at),
        unit_segments=unit_segments(taken["segment_memberships"], held),
        year_measures=year_measures(taken, due, clocks, sources, approved_by=settings.clocks.approved_by, as_at=as_at),
    )
