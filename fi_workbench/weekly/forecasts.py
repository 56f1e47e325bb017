"""How many children each unit is likely to hold after a week, as the week's measures have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from fi_workbench.briefs.week import settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WrongUseError
from fi_workbench.settings import WHOLE_AUTHORITY
from fi_workbench.weekly.workspace import Workspace

TABLES = ("unit_forecast", "unit_overload")


@dataclass(frozen=True)
class DemandAhead:
    """What lies ahead of units, for managers and analysts.

    Attributes:
        week: the reporting week.
        weeks: `unit_forecast` with the unit's `name`: GRAIN one row per unit and week ahead.
        overload: `unit_overload` with the unit's `name`: GRAIN one row per unit.
    """

    week: ReportingWeek
    weeks: pl.DataFrame = field(repr=False)
    overload: pl.DataFrame = field(repr=False)

    @property
    def sentences(self) -> Mapping[str, str]:
        """What a person reads, by the unit's name."""
        return dict(self.overload.select("name", "sentence").iter_rows())

    def facts(self) -> dict[str, Any]:
        """For machines."""
        weeks = self.weeks.with_columns(pl.col("week_start").cast(pl.String))
        return {"week": str(self.week), TABLES[0]: weeks.to_dicts(), TABLES[1]: self.overload.to_dicts()}


def demand_ahead(workspace: Workspace, week: ReportingWeek, *, units: Collection[str] = ()) -> DemandAhead:
    """Look up the forecast that was made with a week.

    Args:
        workspace: an open workspace.
        week: the reporting week, whose measures have been made.
        units: only these codes; all when empty.

    Raises:
        WrongUseError: there is no such unit in the week.
        StoreError: the week's measures have not been made.
    """
    lake, run = workspace.lake, workspace.lake.current_run(str(week))
    settings = workspace.settings if run is None else settings_of(run)
    names = {unit.code: unit.name for unit in settings.units} | {WHOLE_AUTHORITY: settings.authority.name}
    name = pl.col("unit").replace(names).alias("name")
    weeks, overload = (lake.read_week_table(str(week), table).with_columns(name) for table in TABLES)
    known = overload["unit"].to_list()
    unknown = sorted(set(units) - set(known))
    if unknown:
        raise WrongUseError(
            "There is no such unit in this week.", where=", ".join(unknown), next_step=f"Units: {', '.join(known)}."
        )
    chosen = pl.col("unit").is_in(list(units or known))
    return DemandAhead(week, weeks.filter(chosen), overload.filter(chosen))
