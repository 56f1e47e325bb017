"""The segment that each family fits best by the approved grouping, the second nearest, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from fi_workbench.segmentation.approvals import ApprovedModel
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import ENOUGH_KNOWN, answers, anything_known
from fi_workbench.segmentation.keeping import place_families
from fi_workbench.segmentation.particulars import particulars, sentence
from fi_workbench.segmentation.patterns import MISSING, Patterns
from fi_workbench.segmentation.person_fit import person_fit
from fi_workbench.segmentation.reasons import NO_MODEL, NOTHING_KNOWN, SYNTHETIC_MODEL, Reasons
from fi_workbench.settings import Settings
from fi_workbench.vocabulary.needs import NEED_CODES, PRESENT, UNKNOWN

NO_VERSION = "none"
PLACES = 6

MEMBERSHIPS = pl.Schema(
    {
        "family_id": pl.String(),
        "segment": pl.String(),
        "posterior": pl.Float64(),
        "second_segment": pl.String(),
        "second_posterior": pl.Float64(),
        "clear": pl.Boolean(),
        "reason": pl.String(),
        "model_version": pl.String(),
    }
)
PROFILES = pl.Schema(
    {
        "segment": pl.String(),
        "need": pl.String(),
        "prevalence": pl.Float64(),
        "lift": pl.Float64(),
        "n_families": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Segments:
    """Families by segment.

    Attributes:
        segment_memberships: contract `segment_memberships`, one row per family.
        segment_profiles: contract `segment_profiles`, one row per segment and need.
    """

    segment_memberships: pl.DataFrame = field(repr=False)
    segment_profiles: pl.DataFrame = field(repr=False)


def assign(
    *, need_profiles: pl.DataFrame, family_profiles: pl.DataFrame, model: ApprovedModel | None, settings: Settings
) -> Segments:
    """Assign every family to the segment it fits best, with frozen parameters.

    Nothing is grouped without an approved model, or by a synthetic model outside a synthetic authority. A family
    of whose indicators nothing is known either way is not grouped.

    Args:
        need_profiles: contract `need_profiles`.
        family_profiles: contract `family_profiles`.
        model: the approved model, or None.
        settings: names that a person confirmed, and below which probability a fit is not clear. Nor is it where
            fewer than half of the needs are known either way, or where a family's answers fit no segment at all.

    Returns:
        Memberships sorted by family, and profiles sorted by segment and need (no rows where nothing is grouped).

    Raises:
        SegmentationError: profiles hold answers that the model has not seen.
    """
    families = family_profiles.select("family_id").sort("family_id")
    if model is None:
        return Segments(_ungrouped(families, NO_MODEL, NO_VERSION), PROFILES.to_frame())
    if model.synthetic and not settings.authority.synthetic:
        return Segments(_ungrouped(families, SYNTHETIC_MODEL, NO_VERSION), PROFILES.to_frame())
    wide = answers(need_profiles, family_profiles)
    known = wide.filter(anything_known())
    unknown = wide.filter(~anything_known())
    grouped = _grouped(known, particulars(need_profiles, family_profiles), model, settings)
    memberships = pl.concat([grouped, _ungrouped(unknown, NOTHING_KNOWN, model.version)]).sort("family_id")
    return Segments(memberships, _profiles(memberships, need_profiles, model.grouping))


def _ungrouped(families: pl.DataFrame, reason: str, version: str) -> pl.DataFrame:
    values = dict.fromkeys(MEMBERSHIPS) | {"clear": False, "reason": reason, "model_version": version}
    return families.select(
        "family_id",
        *[pl.lit(values[name], dtype).alias(name) for name, dtype in MEMBERSHIPS.items() if name != "family_id"],
    )


def _grouped(known: pl.DataFrame, besides: pl.DataFrame, model: ApprovedModel, settings: Settings) -> pl.DataFrame:
    if known.is_empty():
        return MEMBERSHIPS.to_frame()
    by_pattern, patterns = _by_pattern(known, model, settings)
    return (
        known.select("family_id")
        .with_columns(pattern=pl.Series(patterns.of_row))
        .join(by_pattern, on="pattern", how="left")
        .join(besides, on="family_id", how="left")
        .with_columns(model_version=pl.lit(model.version), reason=sentence())
        .select(MEMBERSHIPS.names())
        .cast(MEMBERSHIPS)
    )


def _by_pattern(known: pl.DataFrame, model: ApprovedModel, settings: Settings) -> tuple[pl.DataFrame, Patterns]:
    """Work out segment and reason once for each pattern of answers: one row per pattern."""
    grouping = model.grouping
    placed = place_families(known, grouping, model.former, keep_odds=settings.segmentation.keep_odds)
    posterior = placed.posterior
    order = np.argsort(-posterior, axis=1, kind="stable")
    codes = [segment.code for segment in grouping.segments]
    write = Reasons(grouping, [grouping.name_of(code, dict(settings.segment_names)) for code in codes])
    fits_none = person_fit(grouping, placed.codes).fits_none
    rows = []
    for number, (answered, given, ranked) in enumerate(zip(placed.codes, posterior, order, strict=True)):
        nearest = int(placed.place[number])
        second = next((int(one) for one in ranked if one != nearest), None)
        enough = bool((answered != MISSING).mean() >= ENOUGH_KNOWN)
        sure = bool(given[nearest] >= settings.segmentation.unclear_below)
        clear = enough and sure and not fits_none[number]
        why, then = write(
            answered,
            given,
            nearest,
            second,
            sure=sure,
            enough=enough,
            unlike_all=bool(fits_none[number]),
            kept=bool(placed.kept[number]),
        )
        rows.append(
            {
                "pattern": number,
                "segment": codes[nearest],
                "posterior": round(float(given[nearest]), PLACES),
                "second_segment": codes[second] if second is not None else None,
                "second_posterior": round(float(given[second]), PLACES) if second is not None else None,
                "clear": clear,
                "why": why,
                "then": then or None,
            }
        )
    kept = {name: kind for name, kind in MEMBERSHIPS.items() if name not in {"family_id", "reason", "model_version"}}
    schema = {"pattern": pl.Int64(), **kept, "why": pl.String(), "then": pl.String()}
    return pl.DataFrame(rows, schema=schema), placed.patterns


def _profiles(memberships: pl.DataFrame, need_profiles: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    """How common each need is in each segment among families for whom it is known either way."""
    known = need_profiles.filter(pl.col("state") != UNKNOWN).select(
        "family_id", "need", present=pl.col("state") == PRESENT
    )
    grouped = known.join(
        memberships.filter(pl.col("segment").is_not_null()).select("family_id", "segment"), on="family_id"
    )
    overall = grouped.group_by("need").agg(overall=pl.col("present").mean(), told=(~pl.col("present")).any())
    counts = grouped.group_by("segment", "need").agg(
        prevalence=pl.col("present").mean(), n_families=pl.len().cast(pl.Int64)
    )
    codes = pl.DataFrame({"segment": [segment.code for segment in grouping.segments]}, schema={"segment": pl.String})
    every = codes.join(pl.DataFrame({"need": NEED_CODES}), how="cross")
    prevalence = pl.when("told").then("prevalence")
    return (
        every.join(counts, on=["segment", "need"], how="left")
        .join(overall, on="need", how="left")
        .select(
            "segment",
            "need",
            prevalence=prevalence.round(PLACES),
            lift=pl.when(pl.col("overall") > 0).then(prevalence / pl.col("overall")).round(PLACES),
            n_families=pl.col("n_families").fill_null(0),
        )
        .cast(PROFILES)
        .sort("segment", "need")
    )
