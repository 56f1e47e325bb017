"""The evidence on interventions as its notebook sees it: one named call for each answer, released for the analyst.

`open_evidence` is the rim of that notebook, as `open_week` is that of a brief. Nothing here has a row for a family.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from fi_workbench import display
from fi_workbench.briefs.evidence_weeks import has_evidence
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE, open_lake, settings_of, units_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import Catalogue, contracts_of
from fi_workbench.disclosure import Audience, Released, release
from fi_workbench.display import Head, MadeFrom, Section
from fi_workbench.display.prose import day
from fi_workbench.errors import BriefError, WrongUseError
from fi_workbench.settings import Settings, read_settings
from fi_workbench.store import Lake, Run

AUDIENCE: Audience = "analyst"


@dataclass
class EvidenceWeek:
    """What interventions seem to do, as worked out for a week. Each call gives one answer, ready to be shown.

    Attributes:
        unit: the unit whose segments come first.
        week: the week that the evidence was worked out for.
    """

    lake: Lake = field(repr=False)
    run: Run = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    settings: Settings = field(repr=False)
    week: ReportingWeek
    unit: str
    unattended: bool = False
    rows: dict[str, int] = field(default_factory=dict, repr=False)

    def heading(self) -> Head:
        """For whom, as at which week, and how it may be used."""
        return Head(
            title="What seems to help",
            unit=self.unit,
            unit_name=self.settings.unit_name(self.unit),
            authority=self.settings.authority.name,
            week=str(self.week),
            week_words=f"{self.settings.unit_name(self.unit)}, records up to {day(self.week.sunday)}",
            audience=AUDIENCE,
            audience_words=(
                "For the analyst, who takes it to the unit. It is about groups of families, never one, and names no "
                "intervention as the one to use. Family and worker decide; the reason belongs in the case record."
            ),
            synthetic=self.settings.authority.synthetic,
            contact=self.settings.briefs.contact,
            dates=self._dates(),
        )

    def trust(self) -> Section:
        """How many questions say something, and whether chance alone would flag too often."""
        return self._shown(display.evidence_lead(self._of("evidence_questions"), self._of("evidence_cells")))

    def answers(self) -> Section:
        """Each question's answer, as a picture with intervals, the unit's own segments first in the tables."""
        given = (self._of("evidence_questions"), self._of("evidence_cells"), self._of("evidence_expected"))
        return self._shown(display.answers(*given, segments=self._segments()))

    def not_answered(self) -> Section:
        """What says nothing, why, and how many families it would take."""
        return self._shown(display.not_answered(self._of("evidence_questions"), self._of("evidence_cells")))

    def published(self) -> Section:
        """Local evidence beside what was published."""
        return self._shown(display.published(self._of("evidence_questions"), self._of("evidence_arms")))

    def overlap(self) -> Section:
        """Which families could hardly have had an intervention."""
        return self._shown(display.overlap(self._of("evidence_questions"), self._of("evidence_arms")))

    def balance(self) -> Section:
        """Whether families with each intervention are like the others in what was recorded."""
        return self._shown(display.balance(self._of("evidence_questions"), self._of("evidence_balance")))

    def explained_away(self) -> Section:
        """What it would take to explain the figures away."""
        names = ("evidence_questions", "evidence_cells", "evidence_arms", "evidence_observed")
        return self._shown(display.explained_away(*(self._of(name) for name in names)))

    def negative_controls(self) -> Section:
        """Whether interventions differ in what they cannot have changed."""
        return self._shown(display.negative_controls(self._of("evidence_questions"), self._of("evidence_arms")))

    def certificates(self) -> Section:
        """How often this would have flagged something by chance."""
        return self._shown(display.certificates(self._of("evidence_questions")))

    def cost(self) -> Section:
        """What one more good outcome costs, where costs are known."""
        return self._shown(display.cost(self._of("evidence_questions"), self._of("evidence_arms")))

    def offers(self) -> Section:
        """Whether groups of people were offered something as often as families with the same needs."""
        return self._shown(display.offers(self._of("evidence_questions"), self._of("evidence_offers")))

    def years(self) -> Section:
        """When the records will be able to say something."""
        return self._shown(display.years(self._of("evidence_questions"), self._of("evidence_years")))

    def who(self) -> Section:
        """Who is in each comparison."""
        return self._shown(display.who(self._of("evidence_questions")))

    def cards(self) -> Section:
        """The question cards, whole."""
        return self._shown(display.cards(self._of("evidence_questions")))

    def made_from(self) -> MadeFrom:
        """What this was made from, so that it can be made again."""
        pin = self.run.pin
        return MadeFrom.of(
            {
                "Week": str(self.week),
                "Known up to": day(pin.as_of),
                "Pin": f"delivery {pin.load_id}, decision {pin.decision_id}",
                "Run": self.run.run_id,
                "Model": self.run.model_version or "none approved",
                "Code": f"fi_workbench {self.run.code_version}",
            },
            self.rows,
            self._dates(),
        )

    def _segments(self) -> tuple[str, ...]:
        """The segments of the unit's families, most frequent first."""
        held = self._frame("evidence_units").filter(pl.col("unit") == self.unit)
        return tuple(held.sort("n_families", "segment", descending=[True, False])["segment"].to_list())

    def _dates(self) -> tuple[date, ...]:
        return tuple(sorted({self.run.pin.as_of, self.week.sunday}))

    def _frame(self, table: str) -> pl.DataFrame:
        return self.lake.read_week_table(str(self.week), table, self.run.run_id).drop("week")

    def _of(self, table: str) -> Released:
        frame = self._frame(table)
        self.rows[table] = frame.height
        profile = self.settings.disclosure.profile
        return release(frame, self.catalogue.table(table), audience=AUDIENCE, profile=profile)

    def _shown(self, section: Section) -> Section:
        return section.without_pictures() if self.unattended else section


def open_evidence(week: str, unit: str, *, workspace: Path | str | None = None) -> EvidenceWeek:
    """Open the evidence that was worked out for a week, for one unit.

    Args:
        week: as 2026-W47; its evidence must have been worked out.
        unit: the unit's code, or `whole_authority`.
        workspace: the workspace's folder; otherwise that of FI_WORKSPACE, otherwise ./workspace.

    Raises:
        WrongUseError: the week or the unit cannot be.
        BriefError: the week has not been made, or its evidence has not been worked out.
    """
    folder = Path(workspace or os.environ.get(WORKSPACE_VARIABLE) or "workspace")
    chosen = ReportingWeek.parse(week)
    settings = read_settings(folder)
    catalogue = contracts_of(folder)
    lake = open_lake(folder, settings, catalogue)
    wanted = os.environ.get(RUN_VARIABLE, "")
    runs = [run for run in lake.runs(str(chosen)) if run.run_id == wanted] if wanted else []
    run = runs[0] if runs else lake.current_run(str(chosen))
    if run is None or not has_evidence(lake, chosen, run):
        raise BriefError(
            "The evidence on interventions has not been worked out for this week.",
            where=week,
            next_step=f"Run `fi-workbench evidence --week {chosen}` after the week's other stages.",
        )
    settings = settings_of(run)
    known = units_of(lake, chosen, run)
    if unit not in known:
        raise WrongUseError("There is no such unit in this week.", where=unit, next_step="Units: " + ", ".join(known))
    return EvidenceWeek(lake, run, catalogue, settings, chosen, unit, unattended=bool(wanted))
