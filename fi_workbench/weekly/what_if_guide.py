"""Scenarios step by step, on a synthetic authority that is thrown away: what the guide notebook calls and shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from fi_workbench.calendar import ReportingWeek
from fi_workbench.errors import WrongUseError
from fi_workbench.resources import shipped
from fi_workbench.segmentation.scenarios import of_capacities, read_scenarios
from fi_workbench.weekly.allocating import WhatIf, what_if
from fi_workbench.weekly.answer import Answer
from fi_workbench.weekly.choosing import choose_week
from fi_workbench.weekly.pinning import pinned_run
from fi_workbench.weekly.run import run_stages
from fi_workbench.weekly.week import load
from fi_workbench.weekly.workspace import Workspace, open_workspace

_GUIDE = ("guides", "what_if")
_WEEKS = 60


@dataclass(frozen=True)
class Text:
    """A file as a notebook shows it."""

    text: str

    def _repr_markdown_(self) -> str:
        return f"```toml\n{self.text.strip()}\n```"


@dataclass
class WhatIfGuide:
    """A synthetic authority's week, and scenarios tried on it. Nothing is kept when the notebook is closed.

    Attributes:
        workspace: the authority's workspace, its week made up to the proposal.
        week: the reporting week.
        file: scenarios as a person wrote them.
    """

    workspace: Workspace
    week: ReportingWeek
    file: Path
    _kept: TemporaryDirectory[str] = field(repr=False)

    @cached_property
    def _tried(self) -> WhatIf:
        return what_if(self.workspace, self.week, read_scenarios(self.file), where=self.file.name)

    def now(self) -> Answer:
        """What each unit would hold by the week's proposal. GRAIN: one row per unit."""
        return self.units_of(str(self._tried.comparison.scenarios["scenario"][0]))

    def reasons(self) -> Answer:
        """Why families stay or move by the week's proposal. GRAIN: one row per reason, the commonest first."""
        proposals = self.workspace.lake.read_week_table(str(self.week), "unit_proposals")
        counted = proposals.group_by("reason").agg(families=pl.len(), move=pl.col("moves").sum())
        return Answer(counted.sort(["families", "reason"], descending=[True, False]))

    def scenarios(self) -> Text:
        """The file of scenarios."""
        return Text(self.file.read_text(encoding="utf-8"))

    def side_by_side(self) -> Answer:
        """The scenarios that can be done, beside how things are. GRAIN: one row per scenario."""
        return Answer(_side(self._tried))

    def units_of(self, scenario: str) -> Answer:
        """What each unit would hold in a scenario. GRAIN: one row per unit.

        Raises:
            WrongUseError: no scenario of this name can be done.
        """
        rows = self._tried.comparison.units.filter(pl.col("scenario") == scenario)
        if rows.is_empty():
            known = self._tried.comparison.units["scenario"].unique(maintain_order=True).to_list()
            raise WrongUseError(
                "No scenario of this name can be done.", where=scenario, next_step=f"Choose of: {', '.join(known)}."
            )
        named = rows.with_columns(pl.col("unit").replace(self._tried.names))
        # Children are whole; points may not be.
        whole = bool((named["load"] % 1 == 0).all())
        load, room = (pl.col(name).cast(pl.Int64) if whole else pl.col(name) for name in ("load", "room"))
        return Answer(named.select("unit", load, room, places="capacity", come="come", leave="leave"))

    def cannot_be_done(self) -> Answer:
        """Why a scenario cannot be done. GRAIN: one row per scenario that cannot."""
        told = self._tried.comparison.scenarios.filter(~pl.col("possible"))
        return Answer(told.select("scenario", why="why_not"))

    def one_more_place(self) -> Answer:
        """What one more place in each unit would change. GRAIN: one row per unit."""
        return Answer(pl.DataFrame({"one more place": self._tried.one_more}))

    def try_capacity(self, *changes: str) -> Answer:
        """Try one change of capacities, each written as unit_west=60. GRAIN: one row per scenario."""
        return Answer(_side(what_if(self.workspace, self.week, of_capacities(changes), where="the change tried")))


def _side(tried: WhatIf) -> pl.DataFrame:
    return tried.comparison.scenarios.filter("possible").select(
        "scenario",
        "families",
        pl.col("move").alias("families that move"),
        pl.col("children_move").alias("children in them"),
        pl.col("no_room").alias("no room where it fits best"),
        pl.col("unlike_now").alias("unlike now"),
    )


def what_if_guide(
    make_authority: Callable[..., object], *, families: int, seed: int, scenarios: str, at: datetime
) -> WhatIfGuide:
    """Make a small synthetic authority and its week up to the proposal, in a folder that is thrown away.

    Args:
        make_authority: `demo.make_authority`, handed down by whoever may know that this is no real authority.
        families: families open at a time.
        seed: same seed, same authority.
        scenarios: a TOML file; a bare name is looked up among the files of the guide.
        at: when things are made.

    Raises:
        WrongUseError: there is no such file.
    """
    named = Path(scenarios)
    file = shipped("notebooks").joinpath(*_GUIDE) / scenarios if named.name == scenarios else named
    if not file.is_file():
        raise WrongUseError("There is no file of scenarios here.", where=str(file), next_step="Name one that is there.")
    kept = TemporaryDirectory(prefix="fi-what-if-")
    folder = Path(kept.name) / "workspace"
    size = {"families": families, "weeks": _WEEKS, "weekly_deliveries": 1}
    make_authority(folder, Path(kept.name) / "truth", seed=seed, **size)
    workspace = open_workspace(folder)
    load(workspace, clock=lambda: at)
    week = choose_week(workspace, None, at=at)
    run = pinned_run(workspace, week, clock=lambda: at)
    stages = ("link", "caseload", "needs", "segments", "allocation")
    run_stages(workspace, week, run, clock=lambda: at, only=stages)
    workspace.lake.close_run(str(week), run.run_id, at=at)
    return WhatIfGuide(workspace, week, file, kept)
