"""A candidate grouping as its review notebook sees it: one named call for each answer, released for the analyst.

`open_review` is the rim of that notebook, as `open_week` is that of a brief. Nothing here has a row for a family.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from fi_workbench import display, identity, needs
from fi_workbench.briefs.week import RUN_VARIABLE, WORKSPACE_VARIABLE, open_lake, settings_of
from fi_workbench.calendar import ReportingWeek
from fi_workbench.contracts import Catalogue, contracts_of
from fi_workbench.disclosure import Audience, Released, release
from fi_workbench.display import Finding, Head, MadeFrom, Section
from fi_workbench.display.prose import day
from fi_workbench.errors import BriefError
from fi_workbench.segmentation.approvals import MODEL_FILE, ApprovedModel, read_candidate, read_for_comparison
from fi_workbench.segmentation.checks import DEPRIVATION, DEPRIVATION_READS
from fi_workbench.segmentation.continuity import continuity
from fi_workbench.segmentation.grouping import Families, Grouping
from fi_workbench.segmentation.indicators import answers
from fi_workbench.segmentation.review import REVIEW_READS, Review, lay_out
from fi_workbench.settings import WHOLE_AUTHORITY, Settings, read_settings
from fi_workbench.store import Lake, Run

AUDIENCE: Audience = "analyst"
MODELS = Path("models") / "segmentation"
SOURCES = frozenset({"roster", "cin_disabilities", *DEPRIVATION_READS})
DRIFT = "segment_drift"
PARTNERS = ("police_notifications", "adult_services", "youth_justice")
"""Partners' tables that tell of needs by which families are grouped."""


@dataclass
class GroupingReview:
    """One candidate on one week's families. Each call gives one answer, ready to be shown.

    Attributes:
        candidate: the grouping that waits for a person.
        used: the grouping in use, if there is one that these families can be grouped by.
        week: on whose families it is tried.
        since: the first week made with the grouping in use, before this one; empty where there is none.
    """

    lake: Lake = field(repr=False)
    run: Run = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    settings: Settings = field(repr=False)
    week: ReportingWeek
    candidate: Grouping = field(repr=False)
    used: ApprovedModel | None = field(repr=False)
    told: Review = field(repr=False)
    model_sha256: str
    since: str = ""
    partners: dict[str, str] = field(default_factory=dict, repr=False)
    unattended: bool = False
    rows: dict[str, int] = field(default_factory=dict, repr=False)

    def heading(self) -> Head:
        """Which candidate, on which week, and for whom."""
        note = f" {self.candidate.note}" if self.candidate.note else ""
        return Head(
            title="Review of a grouping",
            unit=WHOLE_AUTHORITY,
            unit_name=self.settings.unit_name(WHOLE_AUTHORITY),
            authority=self.settings.authority.name,
            week=str(self.week),
            week_words=(
                f"Candidate {self.candidate.version}, fitted on {day(self.candidate.made_on)}, tried on the week "
                f"to {day(self.week.sunday)}"
            ),
            audience=AUDIENCE,
            audience_words=(
                "For the person who approves it, and for analysts. It counts families and names nobody. It is not for "
                f"publication.{note}"
            ),
            synthetic=self.settings.authority.synthetic,
            contact=self.settings.briefs.contact,
            dates=self._dates(),
        )

    def trust(self) -> Section:
        """May it be approved, and what to look at first."""
        given = (self._of("review_fits"), self._of("review_holds"), self._of("review_points"))
        return self._shown(display.verdict(*given, self.candidate.changes))

    def profiles(self) -> Section:
        """What each segment is about, as a picture with shares, numbers and lift."""
        return self._shown(display.profiles(self._of("review_profiles")))

    def fits(self) -> Section:
        """How well each number of segments fits."""
        return self._shown(display.fits(self._of("review_fits")))

    def holds(self) -> Section:
        """Whether each segment would come out again."""
        return self._shown(display.holds(self._of("review_holds"), self._of("review_pairs")))

    def agrees(self) -> Section:
        """Whether the segments come out again in each half-year and unit, and without each partner."""
        names = {unit.code: unit.name for unit in self.settings.units} | self.partners
        return self._shown(display.agrees(self._of("review_agreement"), names))

    def changes(self) -> Section:
        """What goes on from the grouping in use, and what cannot."""
        return self._shown(
            display.changes_told(self._of("review_holds"), self.candidate.changes, self.candidate.carried_from)
        )

    def moves(self) -> Section:
        """Who would move, by what moves them, in counts."""
        names = {unit.code: unit.name for unit in self.settings.units}
        given = (self._of("review_moves"), self._of("review_units"))
        return self._shown(display.moves(*given, names, since=self.since, no_allocation=self.told.no_allocation))

    def unplaced(self) -> Section:
        """Whom it does not settle, in counts."""
        return self._shown(display.unplaced(self._of("review_unplaced")))

    def fairness(self) -> Section:
        """How groups of people fare under it."""
        names = {one.code: one.code for one in self.candidate.segments}
        return self._shown(display.fairness(self._of("segment_fairness"), names))

    def points(self) -> Section:
        """The card by which a person can check it."""
        return self._shown(display.points(self._of("review_points")))

    def drift(self) -> Section:
        """Whether the grouping in use has grown old."""
        frame = self.lake.read_week_table(str(self.week), DRIFT, self.run.run_id).drop("week")
        return self._shown(display.drift(self._gate(frame, DRIFT)))

    def decision(self) -> Section:
        """How a person decides, and how a decision is taken back."""
        version = self.candidate.version
        said = (
            f'To approve it: fi-workbench segment approve {version} --by NAME --reason "..."',
            "To refuse it: do nothing. It is not used until somebody approves it by name.",
            'To take an approval back: fi-workbench segment roll-back --by NAME --reason "..."',
        )
        return self._shown(
            Section(
                key="decision",
                audience=AUDIENCE,
                lead="You decide, by name and with your reasons.",
                findings=tuple(Finding(sentence=one) for one in said),
            )
        )

    def made_from(self) -> MadeFrom:
        """What this review was made from, so that it can be made again."""
        pin = self.run.pin
        return MadeFrom.of(
            {
                "Candidate": self.candidate.version,
                "Model file": f"SHA-256 {self.model_sha256}",
                "In use": self.used.version if self.used else "no grouping that these families can be grouped by",
                "Families": _families(self.candidate.families),
                "Week": str(self.week),
                "Known up to": day(pin.as_of),
                "Pin": f"delivery {pin.load_id}, decision {pin.decision_id}",
                "Run": self.run.run_id,
                "Code": f"fi_workbench {self.run.code_version}",
            },
            self.rows,
            self._dates(),
        )

    def _dates(self) -> tuple[date, ...]:
        told = {self.candidate.made_on, self.candidate.fitted_as_of, self.run.pin.as_of, self.week.sunday}
        return tuple(sorted(one for one in told if one is not None))

    def _of(self, table: str) -> Released:
        return self._gate(getattr(self.told, table), table)

    def _gate(self, frame: pl.DataFrame, table: str) -> Released:
        self.rows[table] = frame.height
        profile = self.settings.disclosure.profile
        return release(frame, self.catalogue.table(table), audience=AUDIENCE, profile=profile)

    def _shown(self, section: Section) -> Section:
        return section.without_pictures() if self.unattended else section


def open_review(version: str, week: str, *, workspace: Path | str | None = None) -> GroupingReview:
    """Open a candidate for review, on a week's families.

    Args:
        version: the candidate.
        week: as 2026-W47; its stages must have been done.
        workspace: the workspace's folder; otherwise that of FI_WORKSPACE, otherwise ./workspace.

    Raises:
        BriefError: the week has not been made.
        SegmentationError: there is no such candidate, or it does not know the answers of these families.
        StoreError: the week's stages have not been done.
    """
    folder = Path(workspace or os.environ.get(WORKSPACE_VARIABLE) or "workspace")
    chosen = ReportingWeek.parse(week)
    settings = read_settings(folder)
    catalogue = contracts_of(folder)
    lake = open_lake(folder, settings, catalogue)
    models = folder / MODELS
    candidate = read_candidate(models, version)
    wanted = os.environ.get(RUN_VARIABLE, "")
    runs = [run for run in lake.runs(str(chosen)) if run.run_id == wanted] if wanted else []
    run = runs[0] if runs else lake.current_run(str(chosen))
    if run is None:
        raise BriefError(
            "This week has not been made.", where=week, next_step=f"Run `fi-workbench weekly --week {chosen}` first."
        )
    settings = settings_of(run)
    used = read_for_comparison(models, synthetic=settings.authority.synthetic)
    frames = {table: _read(lake, chosen, run, table) for table in _tables(catalogue)}
    since = _since(lake, chosen, used) if used else None
    told = lay_out(
        candidate,
        frames,
        used=used,
        before=_memberships(lake, since) if since else None,
        continuity=continuity(
            need_profiles=frames["need_profiles"],
            child_status=frames["child_status"],
            family_status=frames["family_status"],
            decisions=lake.decisions("allocation", run.pin),
            settings=settings,
            as_at=chosen.sunday,
        ),
        settings=settings,
        as_at=chosen.sunday,
        without=_without_partners(lake, chosen, run, settings),
    )
    digest = hashlib.sha256((models / version / MODEL_FILE).read_bytes()).hexdigest()
    return GroupingReview(
        lake,
        run,
        catalogue,
        settings,
        chosen,
        candidate,
        used,
        told,
        digest,
        since=since.week if since else "",
        partners={table: table.replace("_", " ") for table in PARTNERS},
        unattended=bool(wanted),
    )


def _families(counts: Families) -> str:
    placed = f", {counts.placed_only:,} more placed" if counts.placed_only is not None else ""
    return f"{counts.fitted:,} fitted on{placed}, {counts.set_aside:,} set aside"


def _tables(catalogue: Catalogue) -> tuple[str, ...]:
    return (*REVIEW_READS, *(DEPRIVATION_READS if DEPRIVATION in catalogue.tables else ()))


def _read(lake: Lake, week: ReportingWeek, run: Run, table: str) -> pl.DataFrame:
    if table in SOURCES:
        return lake.read(table, run.pin)
    return lake.read_week_table(str(week), table, run.run_id).drop("week")


def _without_partners(lake: Lake, week: ReportingWeek, run: Run, settings: Settings) -> dict[str, pl.DataFrame]:
    """Families' answers as they would be if one partner had sent nothing, by partner."""
    made = {*identity.WRITES, "families", "family_members", "people"}
    frames = {}
    for table in needs.READS:
        if table == "source_freshness":
            frames[table] = lake.source_freshness(run.pin, stale_days=settings.thresholds.stale_days)
        else:
            frames[table] = (
                lake.read_week_table(str(week), table, run.run_id).drop("week")
                if table in made
                else lake.read(table, run.pin)
            )
    told = {}
    for partner in PARTNERS:
        if frames[partner].is_empty():
            continue
        profile = needs.profile(
            **{**frames, partner: frames[partner].clear()},
            as_at=week.sunday,
            lookback_days=settings.segmentation.factor_lookback_days,
        )
        told[partner] = answers(profile.need_profiles, profile.family_profiles)
    return told


def _since(lake: Lake, week: ReportingWeek, used: ApprovedModel) -> Run | None:
    """The run of the first week before this one that was made with the grouping in use."""
    for name in sorted({run.week for run in lake.runs() if run.week < str(week)}):
        run = lake.current_run(name)
        if run is not None and run.model_version == used.version and run.is_closed:
            return run
    return None


def _memberships(lake: Lake, run: Run) -> pl.DataFrame:
    return lake.read_week_table(run.week, "segment_memberships", run.run_id).drop("week")
