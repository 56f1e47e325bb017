"""Families of a small synthetic authority, ready to be grouped: what the guide notebook on groupings begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from fi_workbench import segmentation
from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.checks import newcomers
from fi_workbench.segmentation.does_not_fit import does_not_fit
from fi_workbench.segmentation.indicators import answers, anything_known
from fi_workbench.segmentation.person_fit import patterns_of
from fi_workbench.segmentation.points_card import points_card
from fi_workbench.segmentation.review import label_of
from fi_workbench.settings import Settings
from fi_workbench.vocabulary.needs import NEED_CODES, need
from fi_workbench.weekly.answer import Answer
from fi_workbench.weekly.choosing import choose_week
from fi_workbench.weekly.pinning import pinned_run
from fi_workbench.weekly.run import run_stages
from fi_workbench.weekly.week import load
from fi_workbench.weekly.workspace import Workspace, open_workspace

LAST = date(2026, 11, 22)
SOURCES = ("case_people", "case_relationships", "case_referrals", "cin_census", "allocations", "roster", "restricted")
"""What the stages up to the needs read of the case management system and the returns; partners' feeds are left out."""


@dataclass
class SyntheticFamilies:
    """Families with what is known of their needs. Nothing is kept when the notebook is closed.

    Attributes:
        need_profiles: contract `need_profiles`.
        family_profiles: contract `family_profiles`.
        family_status: contract `family_status`.
        rows: one row per family of whom anything is known, one column per indicator that can tell families apart.
        newcomers: families that came in the last thirteen weeks.
        settings: of the authority, with fewer fits and draws than in earnest, so that a guide is quick.
        models: an empty folder for groupings.
        as_at: the week's Sunday.
        at: the moment at which a person decides.
    """

    need_profiles: pl.DataFrame
    family_profiles: pl.DataFrame
    family_status: pl.DataFrame
    rows: pl.DataFrame
    newcomers: list[str]
    settings: Settings
    models: Path
    as_at: date
    at: datetime
    _kept: TemporaryDirectory[str] = field(repr=False)

    def known(self) -> Answer:
        """What is known of each need. GRAIN: one row per need."""
        counts = self.need_profiles.group_by("need", maintain_order=True).agg(
            [(pl.col("state") == state).sum().alias(state) for state in ("present", "assessed_absent", "unknown")]
        )
        told = counts.with_columns(pl.col("need").replace_strict({code: need(code).phrase for code in NEED_CODES}))
        return Answer(told.sort("present", descending=True))

    def card(self, candidate: segmentation.Grouping) -> Answer:
        """A grouping as whole points to add up. GRAIN: one row per answer that gives any."""
        known = answers(self.need_profiles, self.family_profiles).filter(anything_known())
        card = points_card(candidate, patterns_of(known, candidate))
        codes = [segment.code for segment in candidate.segments]
        told = card.points.filter(pl.any_horizontal(pl.col(codes) != 0), pl.col("answer") != "absent")
        labels = [label_of(one, answer) for one, answer in told.select("indicator", "answer").iter_rows()]
        return Answer(told.select(pl.Series("answer", labels), *codes))

    def stability(self, candidate: segmentation.Grouping) -> Answer:
        """Whether each segment comes out again when families are drawn anew. GRAIN: one row per segment."""
        return Answer(pl.DataFrame([one.model_dump() for one in candidate.stability]))

    def keep(self, candidate: segmentation.Grouping) -> Path:
        """Write a candidate into its own folder, where it waits for a person.

        Raises:
            SegmentationError: another model with this version is there.
        """
        return segmentation.write_candidate(self.models, candidate)

    def in_use(self) -> segmentation.ApprovedModel:
        """The grouping that a person approved last.

        Raises:
            SegmentationError: none was approved.
        """
        model = segmentation.read_approved(self.models)
        if model is None:
            raise SegmentationError(
                "No grouping has been approved.", next_step="Approve one by name: `segmentation.approve`."
            )
        return model

    def unplaced(self, model: segmentation.ApprovedModel) -> Answer:
        """The families that a person has to place, with both cases made. GRAIN: one row per family, none named."""
        nobody = pl.DataFrame(schema={"family_id": pl.String, "case_reference": pl.String})
        found = does_not_fit(
            answers=answers(self.need_profiles, self.family_profiles),
            family_status=self.family_status,
            children=nobody,
            model=model,
            names=dict(self.settings.segment_names),
        )
        return Answer(found.select("kind", "case_for", "case_for_second", "unlike").head(5))


def synthetic_families(
    make_authority: Callable[..., object], *, families: int, weeks: int, seed: int, n_classes: int
) -> SyntheticFamilies:
    """Make a small authority in a folder that is thrown away, load it, and work out its families' needs.

    Args:
        make_authority: `demo.make_authority`, handed down by whoever may know that this is no real authority.
        families: open at a time.
        weeks: of history.
        seed: the same seed makes the same families.
        n_classes: how many segments a grouping has.
    """
    kept = TemporaryDirectory(prefix="first-grouping-")
    folder = Path(kept.name) / "workspace"
    size = {"families": families, "weeks": weeks, "weekly_deliveries": 1}
    make_authority(folder, Path(kept.name) / "truth", seed=seed, end=LAST, **size)
    at = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=9)
    workspace = open_workspace(folder)
    load(workspace, clock=lambda: at, sources=SOURCES)
    made = _needs(workspace, at)
    wide = answers(made["need_profiles"], made["family_profiles"])
    known = wide.filter(anything_known()).drop("family_id")
    quick = workspace.settings.segmentation.model_copy(
        update={"n_classes": n_classes, "most_classes": 5, "n_refits": 30}
    )
    models = folder / "models" / "guide"
    models.mkdir(parents=True)
    return SyntheticFamilies(
        need_profiles=made["need_profiles"],
        family_profiles=made["family_profiles"],
        family_status=made["family_status"],
        rows=known.select(column for column in known if column.drop_nulls().n_unique() > 1),
        newcomers=newcomers(made["families"], LAST),
        settings=workspace.settings.model_copy(update={"segmentation": quick}),
        models=models,
        as_at=LAST,
        at=at,
        _kept=kept,
    )


def _needs(workspace: Workspace, at: datetime) -> dict[str, pl.DataFrame]:
    week = choose_week(workspace, None, at=at)
    run = pinned_run(workspace, week, clock=lambda: at)
    run_stages(workspace, week, run, clock=lambda: at, only=["link", "caseload", "needs"])
    wanted = ("need_profiles", "family_profiles", "family_status", "families")
    return {name: workspace.lake.read_week_table(str(week), name, run.run_id).drop("week") for name in wanted}
