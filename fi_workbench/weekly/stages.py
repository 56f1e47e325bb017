"""The stages of a week in their order: what each reads, writes and depends on. No rule of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench import caseload, identity, matching, measures, needs, segmentation
from fi_workbench.contracts import Catalogue
from fi_workbench.progress import Reporter
from fi_workbench.pseudonyms import PseudonymKey
from fi_workbench.settings import Settings
from fi_workbench.weekly.evidence_tables import READS as EVIDENCE_READS
from fi_workbench.weekly.evidence_tables import WRITES as EVIDENCE_WRITES


@dataclass(frozen=True)
class StageContext:
    """What a stage is given beside its frames."""

    as_at: date
    """The week's Sunday: what was known at the end of it is what counts."""
    settings: Settings
    catalogue: Catalogue
    key: PseudonymKey
    decisions: Callable[[str], pl.DataFrame]
    """People's decisions of a kind, as known at the run's pin."""
    folder: Path
    """The workspace: its own question cards are asked, too."""
    models: Path
    model_version: str | None
    reporter: Reporter


Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Stage:
    """One stage of the week.

    Attributes:
        name: as on the command line.
        label: what the person watching reads.
        reads: tables it is given, source tables and earlier stages' alike.
        writes: tables it makes.
        sections: settings that change its answer.
        call: makes the tables from the frames.
        monthly: a weekly run does it only where it has not been done for about a month.
    """

    name: str
    label: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    sections: tuple[str, ...]
    call: Callable[[Frames, StageContext], dict[str, pl.DataFrame]]
    monthly: bool = False

    def fingerprint(self, *, pin: str, settings: Settings, code_version: str, upstream: Mapping[str, str]) -> str:
        """What its answer hangs on: the pin, the code, its settings and the stages before it."""
        basis = {
            "pin": pin,
            "code": code_version,
            "settings": settings.fingerprint(*self.sections) if self.sections else "",
            "upstream": dict(sorted(upstream.items())),
            "reads": self.reads,
            "writes": self.writes,
        }
        return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()[:16]


def as_tables(result: Any) -> dict[str, pl.DataFrame]:
    """A room's result, by table name."""
    return {field.name: getattr(result, field.name) for field in fields(result)}


def _chosen(frames: Frames, names: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    return {name: frames[name] for name in names}


def _link(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    partners = identity.partners_of(context.catalogue)
    chosen = _chosen(frames, identity.reads(partners))
    decisions = context.decisions("link")
    linked = identity.link(**chosen, key=context.key, as_at=context.as_at, decisions=decisions, partners=partners)
    return as_tables(linked)


def _caseload(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    return as_tables(caseload.build(**_chosen(frames, caseload.READS), as_at=context.as_at))


def _needs(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    lookback = context.settings.segmentation.factor_lookback_days
    chosen = _chosen(frames, needs.READS)
    return {
        **as_tables(needs.profile(**chosen, as_at=context.as_at, lookback_days=lookback)),
        needs.QUARTER_AGO: needs.a_quarter_ago(**chosen, as_at=context.as_at, lookback_days=lookback),
    }


def _segments(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    model = segmentation.read_approved(context.models, version=context.model_version)
    chosen = _chosen(frames, segmentation.ASSIGN_READS)
    return as_tables(segmentation.assign(**chosen, model=model, settings=context.settings))


def _allocation(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    settings, as_at = context.settings, context.as_at
    rule = segmentation.continuity(
        need_profiles=frames["need_profiles"],
        child_status=frames["child_status"],
        family_status=frames["family_status"],
        decisions=context.decisions("allocation"),
        settings=settings,
        as_at=as_at,
    )
    model = segmentation.read_approved(context.models, version=context.model_version)
    proposal = segmentation.propose(
        segment_memberships=frames["segment_memberships"],
        family_status=frames["family_status"],
        roster=frames["roster"],
        settings=settings,
        as_at=as_at,
        continuity=rule,
        child_status=frames["child_status"],
        known_segments=[segment.code for segment in model.grouping.segments] if model else None,
    )
    return as_tables(proposal)


def _checks(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    model = segmentation.read_approved(context.models, version=context.model_version)
    return as_tables(segmentation.check(frames, model=model, settings=context.settings, as_at=context.as_at))


def _match(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    catalogue = matching.read_catalogue()
    return as_tables(matching.match(**_chosen(frames, matching.READS), catalogue=catalogue, as_at=context.as_at))


def _evidence(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    # Half a second of scikit-learn that only this stage pays.
    from fi_workbench.weekly.cohorts import cards_in  # noqa: PLC0415
    from fi_workbench.weekly.evidence import work_out  # noqa: PLC0415

    return work_out(
        frames,
        catalogue=matching.read_catalogue(),
        model=segmentation.read_approved(context.models, version=context.model_version),
        settings=context.settings,
        as_at=context.as_at,
        cards=cards_in(context.folder),
        reporter=context.reporter,
    )


def _measures(frames: Frames, context: StageContext) -> dict[str, pl.DataFrame]:
    chosen = _chosen(frames, measures.READS)
    return as_tables(measures.measure(**chosen, settings=context.settings, as_at=context.as_at))


def stages(catalogue: Catalogue | None = None) -> tuple[Stage, ...]:
    """The analytic stages, each reading only what stands before it.

    Args:
        catalogue: whose partners are linked; the shipped contracts when none is given.
    """
    linking = identity.reads(identity.partners_of(catalogue)) if catalogue else identity.READS
    grouping = ("segmentation", "segment_names", "authority")
    deprived = catalogue is not None and segmentation.DEPRIVATION in catalogue.tables
    places_of = segmentation.DEPRIVATION_READS if deprived else ()
    checking, helping = (*segmentation.CHECK_READS, *places_of), tuple(dict.fromkeys((*EVIDENCE_READS, *places_of)))
    places = ("segmentation", "units", "caseload")
    telling = ("units", "caseload", "clocks", "decision_points", "thresholds", "authority", "segment_names")
    return (
        Stage("link", "Who is who", linking, identity.WRITES, (), _link),
        Stage("caseload", "Caseload", caseload.READS, caseload.WRITES, (), _caseload),
        Stage("needs", "Needs", needs.READS, (*needs.WRITES, needs.QUARTER_AGO), ("segmentation",), _needs),
        Stage("segments", "Segments", segmentation.ASSIGN_READS, segmentation.ASSIGN_WRITES, grouping, _segments),
        Stage(
            "allocation",
            "Proposed allocation",
            segmentation.PROPOSE_READS,
            segmentation.PROPOSE_WRITES,
            places,
            _allocation,
        ),
        Stage("checks", "Whether the grouping holds", checking, segmentation.CHECK_WRITES, grouping, _checks),
        Stage("match", "Interventions", matching.READS, matching.WRITES, (), _match),
        Stage("evidence", "What seems to help", helping, EVIDENCE_WRITES, grouping, _evidence, monthly=True),
        Stage("measures", "Measures", measures.READS, measures.WRITES, telling, _measures),
    )
