"""What is to be built, checked whole before any of it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from fi_workbench.briefs.guarding import Guard, make_guard
from fi_workbench.briefs.parameters import check_parameters, declared_parameters, read_notebook
from fi_workbench.briefs.week import units_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import Catalogue, contracts_of
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.resources import shipped
from fi_workbench.settings import Settings
from fi_workbench.store import Lake, Run

NOTEBOOK = Path("briefs") / "unit_brief.ipynb"


@dataclass(frozen=True)
class Plan:
    """Briefs to build: everything in it has been checked.

    Attributes:
        week: the reporting week.
        run: what was pinned for it.
        units: whose briefs, in order.
        notebook: the notebook's file.
        workspace: the workspace's folder.
        settings: those of the run.
    """

    lake: Lake = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    week: ReportingWeek
    run: Run = field(repr=False)
    units: tuple[str, ...]
    notebook: Path
    workspace: Path
    settings: Settings = field(repr=False)

    def only(self, units: Sequence[str]) -> Plan:
        """The same for some of its units."""
        return replace(self, units=tuple(unit for unit in self.units if unit in set(units)))

    def parameters(self, unit: str) -> dict[str, str]:
        """What a unit's notebook is given."""
        return {"unit": unit, "week": str(self.week)}


def guard_of(made: Plan) -> Callable[[], Guard]:
    """What looks for people in the files of a plan: made when it is first asked for, then kept."""
    return cache(lambda: make_guard(made.lake, made.catalogue, made.run.pin, made.settings))


def plan(
    *,
    lake: Lake,
    week: ReportingWeek,
    settings: Settings,
    workspace: Path,
    run: Run | None = None,
    units: Sequence[str] | None = None,
    notebook: Path | None = None,
    catalogue: Catalogue | None = None,
) -> Plan:
    """Plan the briefs of a week.

    Args:
        lake: the workspace's lake.
        week: the reporting week; its measures must be there.
        settings: those of the run.
        workspace: the workspace's folder.
        run: what was pinned; otherwise the week's current run.
        units: only these; None is all in which the roster has somebody, or the whole authority without a roster.
        notebook: another notebook than the shipped one.
        catalogue: the contracts; otherwise the shipped ones and the workspace's own.

    Raises:
        WrongUseError: a unit that does not exist; a notebook without its tag, or whose parameters do not fit.
        BriefError: the week has not been made.
        StoreError: its measures have not been done.
    """
    found = run or lake.current_run(str(week))
    if found is None:
        raise BriefError(
            "This week has not been made.", where=str(week), next_step=f"Run `fi-workbench weekly --week {week}` first."
        )
    path = notebook or shipped("notebooks") / NOTEBOOK
    read = read_notebook(path)
    declared_parameters(read, path.name)
    known = units_of(lake, week, found)
    unknown = sorted(set(units or ()) - set(known))
    if unknown:
        raise WrongUseError(
            "There is no such unit in this week.", where=", ".join(unknown), next_step="Units: " + ", ".join(known)
        )
    chosen = tuple(unit for unit in known if units is None or unit in set(units))
    contracts = catalogue or contracts_of(workspace)
    made = Plan(lake, contracts, week, found, chosen, path, workspace.resolve(), settings)
    for unit in chosen:
        check_parameters(read, made.parameters(unit), path.name)
    return made
