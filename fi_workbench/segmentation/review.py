"""All that the person who approves a grouping reads, as tables: what it is, whether it holds, and what it would do.

Every frame counts or estimates; none has a row for a family. Contracts `review_*`, and `segment_fairness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fi_workbench.progress import SILENT, Reporter
from fi_workbench.segmentation.alignment import moves
from fi_workbench.segmentation.approvals import Approval, ApprovedModel
from fi_workbench.segmentation.beside import shown_beside
from fi_workbench.segmentation.candidates import Candidate, fit_table, review_table
from fi_workbench.segmentation.checks import fairness_table
from fi_workbench.segmentation.continuity import Continuity
from fi_workbench.segmentation.does_not_fit import does_not_fit
from fi_workbench.segmentation.elsewhere import agrees_elsewhere
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import ENOUGH_KNOWN, INDICATORS, answers, anything_known, phrase_of
from fi_workbench.segmentation.membership import Segments, assign
from fi_workbench.segmentation.particulars import AGE
from fi_workbench.segmentation.person_fit import NO_SEGMENT, TWO_EQUALLY, patterns_of
from fi_workbench.segmentation.points_card import points_card
from fi_workbench.segmentation.proposal import CLOSED, NOT_POSSIBLE, propose
from fi_workbench.settings import Settings
from fi_workbench.vocabulary.needs import AGE_BAND_WORDS

NONE = "none"
START = "start"
REVIEW_READS: tuple[str, ...] = (
    "need_profiles",
    "family_profiles",
    "families",
    "family_members",
    "family_status",
    "child_status",
    "people",
    "person_links",
    "cin_disabilities",
    "roster",
)


@dataclass(frozen=True)
class Review:
    """A candidate laid out, as frames of the contracts of the same names.

    Attributes:
        no_allocation: why no allocation could be proposed with the candidate; empty where one could.
    """

    review_fits: pl.DataFrame = field(repr=False)
    review_profiles: pl.DataFrame = field(repr=False)
    review_holds: pl.DataFrame = field(repr=False)
    review_pairs: pl.DataFrame = field(repr=False)
    review_agreement: pl.DataFrame = field(repr=False)
    review_points: pl.DataFrame = field(repr=False)
    review_moves: pl.DataFrame = field(repr=False)
    review_units: pl.DataFrame = field(repr=False)
    review_unplaced: pl.DataFrame = field(repr=False)
    segment_fairness: pl.DataFrame = field(repr=False)
    no_allocation: str = ""


def lay_out(
    candidate: Candidate,
    frames: Mapping[str, pl.DataFrame],
    *,
    used: ApprovedModel | None,
    before: pl.DataFrame | None,
    continuity: Continuity,
    settings: Settings,
    as_at: date,
    without: Mapping[str, pl.DataFrame] | None = None,
    reporter: Reporter = SILENT,
) -> Review:
    """Lay a candidate out on a week's families.

    Args:
        candidate: approved or not.
        frames: the tables of `REVIEW_READS`, and of `checks.DEPRIVATION_READS` where an authority has them.
        used: the grouping in use, if there is one.
        before: `segment_memberships` of the first week made with the grouping in use, to tell moves by needs from
            moves by the refit; None compares with today alone.
        continuity: who may be proposed another unit, and what people decided.
        settings: names, units and thresholds.
        as_at: the week's Sunday.
        without: by partner, families' answers as they would be without its records.
        reporter: told of each part that is fitted by itself.

    Raises:
        SegmentationError: the profiles hold answers that a grouping has not seen, or nothing is known of any family.
    """
    model = _as_if_approved(candidate, used)
    names = dict(settings.segment_names)
    told = answers(frames["need_profiles"], frames["family_profiles"])
    made = _made(frames, model, settings)
    now = made.segment_memberships
    today = _made(frames, used, settings).segment_memberships if used else None
    proposed = _proposed(frames, now, candidate, continuity, settings, as_at)
    in_use = None
    if used is not None and today is not None:
        in_use = _proposed(frames, today, used.grouping, continuity, settings, as_at)
    impossible = proposed.height > 0 and proposed["reason"].str.starts_with(NOT_POSSIBLE).all()
    return Review(
        review_fits=fit_table(candidate).with_columns(chosen=pl.col("n_classes") == len(candidate.segments)),
        review_profiles=_profiles(candidate, made, frames["family_profiles"], names),
        review_holds=_holds(candidate, names),
        review_pairs=_pairs(candidate),
        review_agreement=agrees_elsewhere(
            candidate,
            told,
            families=frames["families"],
            family_status=frames["family_status"],
            without=without or {},
            reporter=reporter,
        ),
        review_points=_points(candidate, told),
        review_moves=_moves(now, today, before),
        review_units=_units(frames["family_status"], None if impossible else proposed, in_use),
        review_unplaced=_unplaced(frames, told, model, names),
        segment_fairness=fairness_table(
            {**frames, "segment_memberships": now} | ({} if impossible else {"unit_proposals": proposed}),
            as_at,
            candidate.version,
        ),
        no_allocation=str(proposed["reason"][0]) if impossible else "",
    )


def _as_if_approved(candidate: Grouping, used: ApprovedModel | None) -> ApprovedModel:
    """A candidate may be tried on families, but never stored as if it were approved."""
    told = Approval.model_validate(
        {
            "version": candidate.version,
            "by": "nobody: a review",
            "at": "1970-01-01T00:00:00Z",
            "reason": "a review",
            "synthetic": False,
            "model_sha256": "",
        }
    )
    former: tuple[Grouping, ...] = ()
    if used is not None and used.version in {candidate.version, candidate.carried_from}:
        former = used.former if used.version == candidate.version else (*used.former, used.grouping)
    return ApprovedModel(candidate, told, former)


def _made(frames: Mapping[str, pl.DataFrame], model: ApprovedModel, settings: Settings) -> Segments:
    return assign(
        need_profiles=frames["need_profiles"],
        family_profiles=frames["family_profiles"],
        model=model,
        settings=settings,
    )


def _proposed(
    frames: Mapping[str, pl.DataFrame],
    memberships: pl.DataFrame,
    grouping: Grouping,
    continuity: Continuity,
    settings: Settings,
    as_at: date,
) -> pl.DataFrame:
    return propose(
        segment_memberships=memberships,
        family_status=frames["family_status"],
        roster=frames["roster"],
        settings=settings,
        as_at=as_at,
        continuity=continuity,
        child_status=frames["child_status"],
        known_segments=[segment.code for segment in grouping.segments],
    ).unit_proposals


def label_of(indicator: str, answer: str) -> str:
    """An answer in words, for a table of answers.

    Example:
        >>> label_of("neglect", "present"), label_of("youngest_age_band", "1_to_4"), label_of("neglect", "absent")
        ('Neglect', 'Youngest under five', 'Neglect: assessed and not found')
    """
    if indicator == START:
        return "Start with"
    words = AGE_BAND_WORDS[answer] if indicator == AGE else phrase_of(indicator)
    words = words[:1].upper() + words[1:]
    return f"{words}: assessed and not found" if answer == "absent" else words


def _profiles(
    candidate: Grouping, made: Segments, family_profiles: pl.DataFrame, names: dict[str, str]
) -> pl.DataFrame:
    told = review_table(candidate)
    shares = pl.col("share") / pl.col("share").sum().over("indicator", "answer")
    grouping = told.with_columns(
        overall=(shares * pl.col("probability")).sum().over("indicator", "answer").clip(0, 1).round(4),
        groups=pl.lit(value=True),
    )
    beside = shown_beside(made.segment_memberships, made.segment_profiles, family_profiles).join(
        told.select("segment", "share", "n_families").unique(), on="segment"
    )
    places = {segment.code: place for place, segment in enumerate(candidate.segments)}
    every = pl.concat(
        [grouping.drop("name"), beside.with_columns(groups=pl.lit(value=False))], how="diagonal_relaxed"
    ).sort(pl.col("segment").replace_strict(places, return_dtype=pl.Int64), maintain_order=True)
    labels = [label_of(one, answer) for one, answer in every.select("indicator", "answer").iter_rows()]
    return every.with_columns(
        name=pl.col("segment").replace_strict(_named(candidate, names)), label=pl.Series(labels, dtype=pl.String)
    ).select(
        "segment", "name", "share", "n_families", "indicator", "answer", "label", "probability", "overall", "lift",
        "groups",
    )  # fmt: skip


def _named(candidate: Grouping, names: dict[str, str]) -> dict[str, str]:
    return {segment.code: candidate.name_of(segment.code, names) for segment in candidate.segments}


def _holds(candidate: Grouping, names: dict[str, str]) -> pl.DataFrame:
    holds = {one.code: one for one in candidate.stability}
    carried = {one.code: one for one in candidate.carried}
    rows = []
    for segment in candidate.segments:
        held, former = holds.get(segment.code), carried.get(segment.code)
        rows.append(
            {
                "segment": segment.code,
                "name": candidate.name_of(segment.code, names),
                "share": segment.share,
                "jaccard": held.jaccard if held else None,
                "band": held.band if held else None,
                "former_code": former.former_code if former else None,
                "distance": former.distance if former else None,
            }
        )
    kinds = {"jaccard": pl.Float64, "band": pl.String, "former_code": pl.String, "distance": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=kinds)


def _pairs(candidate: Grouping) -> pl.DataFrame:
    rows = [(phrase_of(pair.one), phrase_of(pair.other), pair.residual) for pair in candidate.missed_pairs]
    schema = {"one": pl.String, "other": pl.String, "residual": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _points(candidate: Grouping, told: pl.DataFrame) -> pl.DataFrame:
    card = points_card(candidate, patterns_of(told.filter(anything_known()), candidate))
    codes = [segment.code for segment in candidate.segments]
    rows = card.points.with_columns(
        answer=pl.when(pl.col("indicator") == START).then(pl.lit(START)).otherwise("answer")
    )
    labels = [label_of(one, answer) for one, answer in rows.select("indicator", "answer").iter_rows()]
    return (
        rows.with_columns(label=pl.Series(labels, dtype=pl.String), place=pl.int_range(pl.len()))
        .unpivot(codes, index=["place", "indicator", "answer", "label"], variable_name="segment", value_name="points")
        .sort("place", pl.col("segment").replace_strict({code: place for place, code in enumerate(codes)}))
        .select("indicator", "answer", "label", "segment", pl.col("points").cast(pl.Int64))
        .with_columns(fidelity=pl.lit(card.fidelity), n_families=pl.lit(card.n_families, pl.Int64))
    )


def _moves(now: pl.DataFrame, today: pl.DataFrame | None, before: pl.DataFrame | None) -> pl.DataFrame:
    if today is None:
        told = now.select("family_id", from_segment=pl.lit(None, pl.String), to_segment="segment", cause=pl.lit("new"))
    else:
        told = moves({"before": today if before is None else before, "same_model": today, "now": now})
        close = pl.col("posterior") < pl.col("second_posterior")
        kept = now.filter(close)["family_id"].implode()
        stays = (pl.col("cause") == "none") & pl.col("family_id").is_in(kept)
        told = told.with_columns(cause=pl.when(stays).then(pl.lit("kept")).otherwise("cause"))
    return (
        told.with_columns(pl.col("from_segment", "to_segment").fill_null(NONE))
        .group_by("from_segment", "to_segment", "cause")
        .agg(n_families=pl.len().cast(pl.Int64))
        .sort("from_segment", "to_segment", "cause")
    )


def _units(status: pl.DataFrame, proposed: pl.DataFrame | None, in_use: pl.DataFrame | None) -> pl.DataFrame:
    held = _open(status).group_by(unit=pl.col("unit").fill_null(NONE)).agg(held=pl.len().cast(pl.Int64))

    def counted(frame: pl.DataFrame | None, suffix: str) -> pl.DataFrame:
        schema = {"unit": pl.String, f"proposed_{suffix}": pl.Int64, f"move_{suffix}": pl.Int64}
        if frame is None:
            return pl.DataFrame(schema=schema)
        to = frame.group_by(unit=pl.col("proposed_unit").fill_null(NONE)).agg(pl.len().alias(f"proposed_{suffix}"))
        out = frame.group_by(unit=pl.col("current_unit").fill_null(NONE)).agg(
            pl.col("moves").sum().alias(f"move_{suffix}")
        )
        return to.join(out, on="unit", how="full", coalesce=True).cast(schema)  # type: ignore[arg-type]

    joined = held
    for frame, suffix in ((in_use, "in_use"), (proposed, "candidate")):
        joined = joined.join(counted(frame, suffix), on="unit", how="full", coalesce=True)
        if frame is not None and frame.height:
            joined = joined.with_columns(pl.col(f"proposed_{suffix}", f"move_{suffix}").fill_null(0))
    return joined.select(
        "unit",
        pl.col("held").fill_null(0),
        "proposed_in_use",
        "proposed_candidate",
        "move_in_use",
        "move_candidate",
    ).sort("unit")


def _open(status: pl.DataFrame) -> pl.DataFrame:
    return status.filter(pl.col("status") != CLOSED, pl.col("n_children_open") > 0)


def _unplaced(
    frames: Mapping[str, pl.DataFrame], told: pl.DataFrame, model: ApprovedModel, names: dict[str, str]
) -> pl.DataFrame:
    nobody = pl.DataFrame(schema={"family_id": pl.String, "case_reference": pl.String})
    listed = does_not_fit(
        answers=told, family_status=frames["family_status"], children=nobody, model=model, names=names
    )
    held = told.join(_open(frames["family_status"]), on="family_id", how="semi")
    n_known = pl.sum_horizontal(pl.col(item.name).is_not_null() for item in INDICATORS)
    nothing = held.filter(n_known == 0).height
    little = held.filter(n_known > 0, n_known < ENOUGH_KNOWN * len(INDICATORS)).height
    counts = {
        NO_SEGMENT: listed.filter(kind=NO_SEGMENT).height,
        TWO_EQUALLY: listed.filter(kind=TWO_EQUALLY).height,
        "little_known": little,
        "nothing_known": nothing,
    }
    return pl.DataFrame(
        {"kind": list(counts), "n_families": list(counts.values()), "n_open": [held.height] * len(counts)}
    )
