"""Fit a candidate grouping, and lay it out for the person who decides on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from fi_workbench.errors import SegmentationError
from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation.alignment import carried_on
from fi_workbench.segmentation.choosing import bivariate_residuals
from fi_workbench.segmentation.comparing import compare
from fi_workbench.segmentation.grouping import PLACES, Families, Fit, Grouping, Holds, MissedPair, Segment
from fi_workbench.segmentation.indicators import (
    NEEDS_USED,
    TABLES,
    answers,
    anything_known,
    indicator_hash,
    tells_kinds,
)
from fi_workbench.segmentation.naming import suggested_names
from fi_workbench.segmentation.newcomers import newcomers_of
from fi_workbench.segmentation.patterns import Reals
from fi_workbench.segmentation.stability import bootstrap_stability
from fi_workbench.settings import Settings
from fi_workbench.vocabulary.field_use import check_indicators, read_field_use

if TYPE_CHECKING:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter

PAIRS_NAMED = 5
"""Pairs of indicators that a candidate's review names as explained least."""

Candidate = Grouping
"""A grouping that nobody has approved yet."""


def fit_candidate(
    need_profiles: pl.DataFrame,
    family_profiles: pl.DataFrame,
    settings: Settings,
    *,
    made_on: date,
    note: str = "",
    former: Grouping | None = None,
    newcomers: Collection[str] = (),
    reporter: Reporter = SILENT,
) -> Candidate:
    """Fit a grouping of families by need, with fits of one to twelve classes for comparison, and try whether it holds.

    It is fitted on families known well, with two needs present (`indicators.tells_kinds`), and places everyone of whom
    anything is known. Families of whose needs nothing is known are set aside and counted. Indicators with one answer
    everywhere (such as a need that no source can say is absent), or answered as another is for every family, are left
    out and named.

    Args:
        need_profiles: contract `need_profiles`.
        family_profiles: contract `family_profiles`.
        settings: number of classes and starts, the prior, and the seed.
        made_on: the day of the fit.
        note: anything that a reader must know first.
        former: the grouping in use, whose codes and names go on where a segment is alike.
        newcomers: families that came in the last thirteen weeks, with whom later newcomers are compared.
        reporter: told of each fit and each draw.

    Raises:
        SegmentationError: an indicator is not allowed, nobody's needs are known well enough, or there are more
            classes than families can tell apart.
    """
    check_indicators(NEEDS_USED, TABLES, read_field_use())
    wide = answers(need_profiles, family_profiles)
    known = wide.filter(anything_known())
    if known.is_empty():
        raise SegmentationError(
            "Nothing is known of any family's needs, so families cannot be grouped.",
            where="need_profiles",
            how_many=f"{wide.height} families",
            next_step="Load children in need census returns with assessment factors, then run the needs stage.",
        )
    well_known = known.filter(tells_kinds())
    if well_known.is_empty():
        raise SegmentationError(
            "No family is known well enough to fit a grouping on: it takes half of the needs known, and two present.",
            where="need_profiles",
            how_many=f"{known.height} {'family' if known.height == 1 else 'families'} with a known need",
            next_step="Load children in need census returns with assessment factors, then run the needs stage.",
        )
    rows, left_out = _usable(well_known.drop("family_id"))
    wanted = settings.segmentation.n_classes
    chosen = settings.segmentation
    compared = compare(
        rows,
        n_classes={*range(1, chosen.most_classes + 1), wanted},
        n_starts=chosen.n_starts,
        random_state=chosen.random_state,
        prior_families=chosen.prior_families,
        reporter=reporter,
    )
    model = compared.models.get(wanted) or _fit(wanted, rows, settings)
    content = Grouping(
        version="",
        made_on=made_on,
        fitted_as_of=_latest(need_profiles),
        note=note,
        families=Families(
            fitted=rows.height,
            set_aside=wide.height - known.height,
            patterns=model.n_patterns_,
            placed_only=known.height - rows.height,
        ),
        n_starts=chosen.n_starts,
        prior_families=chosen.prior_families,
        random_state=chosen.random_state,
        indicator_list=indicator_hash(),
        left_out=left_out,
        fits=tuple(_described(row) for row in compared.table.iter_rows(named=True)),
        segments=_segments(model),
        probabilities=_probabilities(model),
        stability=_stability(model, rows, settings, reporter),
        missed_pairs=_missed_pairs(model, rows),
    )
    if former is not None:
        content = carried_on(former, content)
    if newcomers:
        counted = newcomers_of(content, wide, newcomers, unclear_below=settings.segmentation.unclear_below)
        content = content.model_copy(update={"newcomers": counted})
    return content.model_copy(update={"version": _version(content)})


def _usable(known: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    left_out = {}
    kept: list[str] = []
    for name in known.columns:
        found = known[name].drop_nulls().unique().to_list()
        twin = next((one for one in kept if known[one].equals(known[name])), None)
        if not found:
            left_out[name] = "not known for any family"
        elif len(found) == 1:
            left_out[name] = f"known only as {found[0]!r}, so it cannot tell families apart"
        elif twin:
            left_out[name] = f"answered as {twin} for every family, so it would count the same thing twice"
        else:
            kept.append(name)
    if not kept:
        raise SegmentationError(
            "No indicator tells these families apart: each has one answer, or none.",
            where="need_profiles",
            how_many=f"{known.height} {'family' if known.height == 1 else 'families'} with a known need",
            next_step="Bring more families, or more sources of what is known of their needs.",
        )
    usable = known.select(kept)
    return usable.filter(pl.any_horizontal(pl.all().is_not_null())), left_out


def _fit(n_classes: int, rows: pl.DataFrame, settings: Settings) -> LatentClassSegmenter:
    from fi_workbench.segmentation.latent_class import LatentClassSegmenter  # noqa: PLC0415 - loads scikit-learn

    chosen = settings.segmentation
    model = LatentClassSegmenter(n_classes, chosen.n_starts, chosen.random_state, prior_families=chosen.prior_families)
    return model.fit(rows)


def _described(row: Mapping[str, Any]) -> Fit:
    """A row of `comparing.COMPARISON` as a model file keeps it."""
    posteriors = [one for one in row["mean_posteriors"] if one is not None]
    return Fit(
        n_classes=row["n_classes"],
        log_likelihood=round(row["log_likelihood"], 3),
        n_parameters=row["n_parameters"],
        bic=round(row["bic"], 1),
        aic=round(row["aic"], 1),
        relative_entropy=round(row["relative_entropy"], 3),
        smallest_share=round(row["smallest_share"], PLACES),
        hit_rate=round(row["hit_rate"], 3),
        replicated=row["replicated"],
        sample_size_adjusted_bic=round(row["sample_size_adjusted_bic"], 1),
        least_mean_posterior=round(min(posteriors), 3) if posteriors else None,
        n_pairs_missed=row["n_pairs_missed"],
        worst_residual=None if row["worst_residual"] is None else round(row["worst_residual"], 1),
    )


def _stability(
    model: LatentClassSegmenter, rows: pl.DataFrame, settings: Settings, reporter: Reporter
) -> tuple[Holds, ...]:
    chosen = settings.segmentation
    told = bootstrap_stability(
        model, rows, n_refits=chosen.n_refits, random_state=chosen.random_state, reporter=reporter
    )
    return tuple(
        Holds(code=f"s{row['class'] + 1}", jaccard=round(row["jaccard"], 3), band=row["band"])
        for row in told.classes.iter_rows(named=True)
    )


def _missed_pairs(model: LatentClassSegmenter, rows: pl.DataFrame) -> tuple[MissedPair, ...]:
    worst = bivariate_residuals(model, rows).head(PAIRS_NAMED)
    return tuple(
        MissedPair(one=row["one"], other=row["other"], residual=round(row["residual"], 2))
        for row in worst.iter_rows(named=True)
    )


def _segments(model: LatentClassSegmenter) -> tuple[Segment, ...]:
    present = {
        item.name: table[:, item.categories.index("present")]
        for item, table in zip(model.items_, model.probabilities_, strict=True)
    }
    matrix: Reals = np.column_stack(list(present.values())) if present else np.zeros((model.n_classes, 0))
    names = suggested_names(list(present), matrix, model.shares_)
    return tuple(
        Segment(code=f"s{i}", name=name, share=round(float(share), PLACES))
        for i, (name, share) in enumerate(zip(names, model.shares_, strict=True), start=1)
    )


def _probabilities(model: LatentClassSegmenter) -> dict[str, dict[str, tuple[float, ...]]]:
    return {
        item.name: {"present": tuple(round(float(p), PLACES) for p in table[:, item.categories.index("present")])}
        for item, table in zip(model.items_, model.probabilities_, strict=True)
    }


def _latest(need_profiles: pl.DataFrame) -> date | None:
    latest = need_profiles["as_of"].max()
    return latest if isinstance(latest, date) else None


def _version(content: Grouping) -> str:
    text = json.dumps(content.model_dump(mode="json", exclude={"version"}), sort_keys=True)
    return f"{content.made_on:%Y-%m-%d}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def review_table(candidate: Candidate) -> pl.DataFrame:
    """Lay out a grouping: how common each answer is in each segment, beside all families.

    Returns:
        One row per segment, indicator and answer, in the grouping's order: `segment`, `name`, `share`, `indicator`,
        `answer`, `probability`, `lift` (against all families), `n_families` (expected in the segment).
    """
    shares = np.array([segment.share for segment in candidate.segments])
    rows = []
    for number, segment in enumerate(candidate.segments):
        for indicator, table in candidate.probabilities.items():
            for answer, probabilities in table.items():
                overall = float(shares @ np.array(probabilities) / shares.sum())
                rows.append(
                    {
                        "segment": segment.code,
                        "name": segment.name,
                        "share": segment.share,
                        "indicator": indicator,
                        "answer": answer,
                        "probability": probabilities[number],
                        "lift": round(probabilities[number] / overall, 2) if overall > 0 else None,
                        "n_families": round(segment.share * candidate.families.fitted),
                    }
                )
    return pl.DataFrame(rows, schema_overrides={"lift": pl.Float64, "n_families": pl.Int64})


def carried_table(candidate: Candidate) -> pl.DataFrame:
    """What each segment carries on from the grouping in use: one row per segment; no rows for a first grouping."""
    return pl.DataFrame(
        [one.model_dump() for one in candidate.carried],
        schema={"code": pl.String, "former_code": pl.String, "distance": pl.Float64},
    )


def fit_table(candidate: Candidate) -> pl.DataFrame:
    """Compare numbers of classes: one row per number, ascending, with the fields of `grouping.Fit`."""
    return pl.DataFrame([fit.model_dump() for fit in candidate.fits])
