"""Whether the grouping treats groups of people alike, asked without any outcome.

A grouping can be unfair without being wrong about anybody: one group's needs may be recorded less, be placed with
less certainty, be moved more often because a unit is full, or be tied to partners' records less often. Protected
characteristics are never used to group; they are used here, to look.

Source:
    Equality Act 2010, section 149 (the public sector equality duty); Wilson 1927 for the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fi_workbench.errors import SegmentationError
from fi_workbench.segmentation.placing import NO_ROOM
from fi_workbench.statistics.intervals import wilson

LEAST_FAMILIES = 10
"""Groups of fewer families are counted together with nothing said of them."""
NOT_RECORDED = "not recorded"

MEASURES: dict[str, str] = {
    "in_segment": "families in the segment",
    "unclear": "families whose segment is not clear",
    "not_grouped": "families of whose needs nothing is known to group by",
    "little_known": "families of whose needs fewer than half are known",
    "moved": "families proposed to move to another unit",
    "moved_for_room": "families placed elsewhere because the unit that fits them better is full",
    "unlinked": "families none of whose members is tied to any partner's record",
}


def fairness(
    memberships: pl.DataFrame,
    characteristics: pl.DataFrame,
    *,
    proposals: pl.DataFrame | None = None,
    linked_families: Sequence[str] | None = None,
    little_known: Sequence[str] | None = None,
    least_families: int = LEAST_FAMILIES,
) -> pl.DataFrame:
    """Count, by characteristic and group, what the grouping and the allocation did.

    Args:
        memberships: contract `segment_memberships`.
        characteristics: `family_id`, `characteristic` (ethnicity group, age band, …), `group`; a family may be in
            several groups of one characteristic (children of different sex), and counts in each. A null group reads
            "not recorded".
        proposals: contract `unit_proposals`, where there is a proposal.
        linked_families: families with at least one member tied to a partner's record, where that is known.
        little_known: families of whose needs fewer than half are known, where that is counted.
        least_families: nothing is said of a group with fewer families.

    Returns:
        GRAIN one row per characteristic, group and measure (and segment, for `in_segment`): `characteristic`,
        `group`, `measure`, `segment` (null but for `in_segment`), `k` and `n` (null for a small group), `share`,
        `low`, `high` (95 % Wilson interval), `overall` (the share of all families of the characteristic), `differs`
        (whether the interval leaves that out; null for a small group).

    Raises:
        SegmentationError: a family is in a group and not in `memberships`.
    """
    marks = _marks(memberships, proposals, linked_families, little_known)
    groups = characteristics.unique().with_columns(pl.col("group").fill_null(NOT_RECORDED))
    lost = groups.join(marks.select("family_id").unique(), on="family_id", how="anti").height
    if lost:
        raise SegmentationError(
            "Some families have a characteristic and no place in the grouping.", how_many=f"{lost} rows"
        )
    rows = []
    for (characteristic,), members in groups.group_by("characteristic", maintain_order=True):
        joined = members.join(marks, on="family_id")
        everyone = _counted(joined.unique(["family_id", "measure", "segment"]).with_columns(group=pl.lit("")))
        overall = {(r["measure"], r["segment"]): r["k"] / r["n"] for r in everyone.iter_rows(named=True)}
        for told in _counted(joined).iter_rows(named=True):
            small = told["n"] < least_families
            interval = wilson(told["k"], told["n"])
            share = overall[told["measure"], told["segment"]]
            rows.append(
                {
                    "characteristic": characteristic,
                    "group": told["group"],
                    "measure": told["measure"],
                    "segment": told["segment"],
                    "k": None if small else told["k"],
                    "n": None if small else told["n"],
                    "share": None if small else told["k"] / told["n"],
                    "low": None if small else interval.low,
                    "high": None if small else interval.high,
                    "overall": share,
                    "differs": None if small else not interval.low <= share <= interval.high,
                }
            )
    return pl.DataFrame(rows, schema=SCHEMA).sort("characteristic", "measure", "segment", "group")


SCHEMA = pl.Schema(
    {
        "characteristic": pl.String(),
        "group": pl.String(),
        "measure": pl.String(),
        "segment": pl.String(),
        "k": pl.Int64(),
        "n": pl.Int64(),
        "share": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "overall": pl.Float64(),
        "differs": pl.Boolean(),
    }
)


def _marks(
    memberships: pl.DataFrame,
    proposals: pl.DataFrame | None,
    linked_families: Sequence[str] | None,
    little_known: Sequence[str] | None,
) -> pl.DataFrame:
    """One row per family, measure and segment, with whether it holds for the family."""
    grouped = memberships.filter(pl.col("segment").is_not_null())
    segments = grouped.select(segment="segment").unique()
    parts = [
        grouped.select("family_id", own="segment")
        .join(segments, how="cross")
        .select("family_id", measure=pl.lit("in_segment"), segment="segment", holds=pl.col("own") == pl.col("segment")),
        _mark(grouped, "unclear", ~pl.col("clear")),
        _mark(memberships, "not_grouped", pl.col("segment").is_null()),
    ]
    if proposals is not None:
        full = pl.col("reason").str.contains(NO_ROOM, literal=True)
        parts += [_mark(proposals, "moved", pl.col("moves")), _mark(proposals, "moved_for_room", full)]
    if linked_families is not None:
        unlinked = ~pl.col("family_id").is_in(list(linked_families))
        parts.append(_mark(memberships, "unlinked", unlinked))
    if little_known is not None:
        parts.append(_mark(memberships, "little_known", pl.col("family_id").is_in(list(little_known))))
    return pl.concat(parts)


def _mark(frame: pl.DataFrame, measure: str, holds: pl.Expr) -> pl.DataFrame:
    return frame.select(
        "family_id",
        measure=pl.lit(measure),
        segment=pl.lit(None, pl.String),
        holds=holds.fill_null(value=False),
    )


def _counted(joined: pl.DataFrame) -> pl.DataFrame:
    return joined.group_by("group", "measure", "segment").agg(k=pl.col("holds").sum().cast(pl.Int64), n=pl.len())
