"""How many children each unit is likely to hold over the next 13 weeks, from its own past and the season.

Children who are open move on as often as children did before who had been in the same status for as long; new ones
come as often as is usual at that time of the year. Drawn as many futures, these give an expected number with two
intervals. It is a count of a unit: nothing is said, kept or passed on about any child or family.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from fi_workbench.measures.flow import CENSUS
from fi_workbench.measures.holders import SOCIAL_CARE, Holders, workers_on
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.stays import N_INTENSIVE, Stays, stays, weeks_covered
from fi_workbench.measures.workload import posts_and_places
from fi_workbench.settings import Settings
from fi_workbench.statistics.arrivals import YEAR, season, usual_arrivals
from fi_workbench.statistics.demand import Futures, Groups, draw_futures
from fi_workbench.statistics.moving_on import count_steps, moving_on

WEEKS_AHEAD = 13
LEAST_WEEKS = YEAR + 1
"""A year of weeks, each with the Sunday before it."""
OWN_NEWCOMERS = 30
"""With fewer groups of its own in the last year, a unit's newcomers are drawn from those of all units."""

UNIT_FORECAST = {
    "unit": pl.String(),
    "weeks_ahead": pl.Int64(),
    "week_start": pl.Date(),
    "expected": pl.Int64(),
    "low_80": pl.Int64(),
    "high_80": pl.Int64(),
    "low_95": pl.Int64(),
    "high_95": pl.Int64(),
    "arrivals": pl.Float64(),
    "departures": pl.Float64(),
    "stepped_down": pl.Float64(),
    "capacity_children": pl.Int64(),
    "chance_over": pl.Float64(),
    "chance_over_by": pl.Float64(),
}


@dataclass(frozen=True)
class Forecast:
    """What is forecast, and why not where nothing is.

    Attributes:
        unit_forecast: contract `unit_forecast`.
        held: children that each unit holds now, as the forecast begins.
        why_not: by unit, what would be needed.
    """

    unit_forecast: pl.DataFrame
    held: Mapping[str, int]
    why_not: Mapping[str, str]


def unit_forecast(
    holders: Holders,
    roster: pl.DataFrame,
    sources: Sources,
    settings: Settings,
    generator: np.random.Generator,
    *,
    as_at: date,
) -> Forecast:
    """Forecast each unit's open children week by week, beside what it can carry as the roster stands.

    Args:
        holders: units, and what they held when.
        roster: source table `roster`; posts that are known to end or begin change what can be carried.
        sources: whether the past is covered, and up to now.
        settings: `units`, `caseload`.
        generator: where chance comes from; the same state gives the same forecast.
        as_at: the week's Sunday.

    Returns:
        `unit_forecast`: GRAIN one row per unit and week ahead, sorted; no row for a unit whose past is too short, with
        the reason beside. Numbers in children; chances from 0 to 1.
    """
    mondays = weeks_covered(as_at, sources.latest(CENSUS).covers_from)
    why = sources.why_not([CENSUS]) or _too_short("The records cover", len(mondays))
    if why:
        return Forecast(pl.DataFrame(schema=UNIT_FORECAST), {}, dict.fromkeys(holders.units, why))
    past = stays(holders, mondays)
    counts = {unit: count_steps(each.steps, len(SOCIAL_CARE)) for unit, each in past.items()}
    everyone = sum(counts.values(), start=np.zeros_like(next(iter(counts.values())))) if counts else None
    ahead = [as_at + timedelta(days=1, weeks=week) for week in range(WEEKS_AHEAD)]
    seasons = season(ahead)
    newcomers = _together([each.newcomers for each in past.values()])
    rows: list[dict[str, object]] = []
    held: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for unit, chance in zip(holders.units, generator.spawn(len(holders.units)), strict=True):
        reason = _why_not(past.get(unit), len(newcomers))
        if reason or everyone is None:
            reasons[unit] = reason
            continue
        own = past[unit]
        futures = draw_futures(
            own.there,
            own.newcomers if len(own.newcomers) >= OWN_NEWCOMERS else newcomers,
            moving_on(counts[unit], everyone, len(SOCIAL_CARE)),
            usual_arrivals(own.came, [each.came for each in past.values()], mondays[1:]),
            seasons,
            chance,
            n_intensive=N_INTENSIVE,
        )
        held[unit] = int(own.there.size.sum())
        places = [_places(unit, holders, roster, settings, monday + timedelta(days=6)) for monday in ahead]
        rows += _rows(unit, ahead, futures, places)
    frame = pl.DataFrame(rows, schema=UNIT_FORECAST, orient="row").sort("unit", "weeks_ahead")
    return Forecast(frame, held, reasons)


def _too_short(subject: str, n_weeks: int) -> str:
    if n_weeks >= LEAST_WEEKS:
        return ""
    weeks = f"{n_weeks} week" if n_weeks == 1 else f"{n_weeks} weeks"
    return f"{subject} {weeks}; a forecast needs {LEAST_WEEKS}."


def _why_not(past: Stays | None, n_newcomers: int) -> str:
    if past is None:
        return f"The unit has held no child yet; a forecast needs {LEAST_WEEKS} weeks."
    if not n_newcomers:
        return "No child came in the last year, so arrivals cannot be forecast."
    return _too_short("The unit has held children for", past.n_weeks)


def _together(parts: list[Groups]) -> Groups:
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Groups(none, none, none)
    return Groups(
        np.concatenate([part.state for part in parts]),
        np.concatenate([part.weeks for part in parts]),
        np.concatenate([part.size for part in parts]),
    )


def _places(unit: str, holders: Holders, roster: pl.DataFrame, settings: Settings, day: date) -> int | None:
    return posts_and_places(unit, None if holders.whole else workers_on(roster, day), settings)[1]


def _rows(unit: str, ahead: list[date], futures: Futures, places: list[int | None]) -> list[dict[str, object]]:
    expected = np.rint(np.median(futures.held, axis=0)).astype(np.int64)
    low_80, high_80 = futures.interval(0.80)
    low_95, high_95 = futures.interval(0.95)
    known = [place or 0 for place in places]
    over, over_by = futures.chance_over(known), futures.chance_over_by(known)
    mean = {name: getattr(futures, name).mean(axis=0) for name in ("came", "left", "stepped_down")}
    return [
        {
            "unit": unit,
            "weeks_ahead": week + 1,
            "week_start": monday,
            "expected": int(expected[week]),
            "low_80": int(low_80[week]),
            "high_80": int(high_80[week]),
            "low_95": int(low_95[week]),
            "high_95": int(high_95[week]),
            "arrivals": round(float(mean["came"][week]), 1),
            "departures": round(float(mean["left"][week]), 1),
            "stepped_down": round(float(mean["stepped_down"][week]), 1),
            "capacity_children": places[week],
            "chance_over": None if None in places else round(float(over[week]), 3),
            "chance_over_by": None if None in places else round(float(over_by[week]), 3),
        }
        for week, monday in enumerate(ahead)
    ]
