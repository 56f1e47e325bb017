"""What is looked at every week about the grouping itself: does it still hold, is it fair, and whom does it miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from fi_workbench.segmentation.approvals import ApprovedModel
from fi_workbench.segmentation.characteristics import characteristics, children_of
from fi_workbench.segmentation.does_not_fit import DOES_NOT_FIT, does_not_fit
from fi_workbench.segmentation.fairness import SCHEMA, fairness
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import ENOUGH_KNOWN, answers
from fi_workbench.segmentation.newcomers import ALL, DRIFT, WEEKS, drift_table
from fi_workbench.settings import Settings
from fi_workbench.vocabulary.needs import NEED_CODES

CHECK_READS: tuple[str, ...] = (
    "segment_memberships",
    "unit_proposals",
    "need_profiles",
    "family_profiles",
    "families",
    "family_members",
    "family_status",
    "people",
    "person_links",
    "cin_disabilities",
)
CHECK_WRITES: tuple[str, ...] = ("segment_drift", "segment_fairness", "does_not_fit")
DEPRIVATION = "postcode_deprivation"
"""A source table that an authority may add by a contract of its own: `postcode` and `decile`, 1 the most deprived."""
DEPRIVATION_READS: tuple[str, ...] = (DEPRIVATION, "case_people")

FAIRNESS = pl.Schema({**SCHEMA, "model_version": pl.String()})


@dataclass(frozen=True)
class Checks:
    """What was looked at.

    Attributes:
        segment_drift: contract `segment_drift`, one row per measure and segment.
        segment_fairness: contract `segment_fairness`, one row per characteristic, group, measure and segment.
        does_not_fit: contract `does_not_fit`, one row per family that a person has to place.
    """

    segment_drift: pl.DataFrame = field(repr=False)
    segment_fairness: pl.DataFrame = field(repr=False)
    does_not_fit: pl.DataFrame = field(repr=False)


def check(
    frames: Mapping[str, pl.DataFrame], *, model: ApprovedModel | None, settings: Settings, as_at: date
) -> Checks:
    """Look at the grouping of a week: newcomers against newcomers before, groups of people, families that do not fit.

    Args:
        frames: the tables of `CHECK_READS`, and of `DEPRIVATION_READS` where an authority has them.
        model: the approved grouping, or None.
        settings: names of segments, and below which probability a fit is not clear.
        as_at: the week's Sunday.

    Returns:
        Tables without rows where no grouping is approved for this authority.
    """
    if model is None or (model.synthetic and not settings.authority.synthetic):
        return Checks(DRIFT.to_frame(), FAIRNESS.to_frame(), DOES_NOT_FIT.to_frame())
    told = answers(frames["need_profiles"], frames["family_profiles"])
    since = since_when(model.grouping, as_at)
    children = children_of(frames["family_members"], frames["people"], as_at)
    return Checks(
        drift_table(
            model.grouping,
            told,
            newcomers(frames["families"], as_at, since=since),
            weeks=max(0, (as_at - since).days // 7),
            unclear_below=settings.segmentation.unclear_below,
            random_state=settings.segmentation.random_state,
        ),
        fairness_table(frames, as_at, model.version),
        does_not_fit(
            answers=told,
            family_status=frames["family_status"],
            children=children,
            model=model,
            names=dict(settings.segment_names),
        ),
    )


def since_when(grouping: Grouping, as_at: date) -> date:
    """The day after which families count as newcomers of a week.

    Those who came before the fit are what newcomers are compared with: in the first thirteen weeks of a grouping they
    would be compared with themselves.
    """
    earliest = as_at - timedelta(weeks=WEEKS)
    return max(earliest, grouping.fitted_as_of) if grouping.newcomers and grouping.fitted_as_of else earliest


def newcomers(families: pl.DataFrame, as_at: date, *, since: date | None = None) -> list[str]:
    """Families of whom a record first spoke after a day, thirteen weeks ago where none is named, and up to another."""
    since = since or as_at - timedelta(weeks=WEEKS)
    return families.filter(pl.col("first_seen") > since, pl.col("first_seen") <= as_at)["family_id"].to_list()


def fairness_table(frames: Mapping[str, pl.DataFrame], as_at: date, version: str) -> pl.DataFrame:
    """Contract `segment_fairness` of memberships, and of proposals where there are any, by groups of children."""
    memberships = frames["segment_memberships"]
    grouped = memberships.select("family_id")
    groups = characteristics(
        family_members=frames["family_members"],
        people=frames["people"],
        cin_disabilities=frames["cin_disabilities"],
        as_at=as_at,
        deprivation=deprivation_of(frames),
    ).join(grouped, on="family_id", how="semi")
    linked = (
        frames["person_links"]
        .filter(pl.col("person_id").is_not_null())
        .join(frames["family_members"], on="person_id")["family_id"]
        .unique()
    )
    few = frames["family_profiles"].filter(pl.col("n_needs_unknown") > (1 - ENOUGH_KNOWN) * len(NEED_CODES))
    told = fairness(
        memberships,
        groups,
        proposals=frames.get("unit_proposals"),
        linked_families=linked.to_list(),
        little_known=few["family_id"].to_list(),
    )
    return (
        told.with_columns(pl.col("segment").fill_null(ALL), model_version=pl.lit(version))
        .select(FAIRNESS.names())
        .cast(FAIRNESS)
    )


def deprivation_of(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
    """How deprived the place is in which each person of the case system lives; None where no authority's list is there.

    Args:
        frames: the tables of `DEPRIVATION_READS`, or without the first of them.

    Returns:
        GRAIN one row per person and postcode: `case_reference`, `decile` (1 the most deprived).
    """
    if DEPRIVATION not in frames:
        return None
    key = pl.col("postcode").str.replace_all(r"\s", "").str.to_uppercase()
    areas = frames[DEPRIVATION].select(key.alias("place"), "decile").unique("place", keep="any")
    return (
        frames["case_people"]
        .select(case_reference="person_id", place=key)
        .join(areas, on="place")
        .select("case_reference", pl.col("decile").cast(pl.Int64))
    )
