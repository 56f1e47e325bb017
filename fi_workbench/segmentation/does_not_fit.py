"""Families for a person to place: those whose answers fit no segment, and those who fit two equally well.

Both cases are made in words, from the answers that speak for one segment and against the other. It is a list for the
manager who places families, in no order of importance, and it holds no number that families could be ranked by.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from fi_workbench.segmentation.approvals import ApprovedModel
from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import anything_known
from fi_workbench.segmentation.patterns import Patterns
from fi_workbench.segmentation.person_fit import NO_SEGMENT, kinds, patterns_of, person_fit
from fi_workbench.segmentation.proposal import CLOSED
from fi_workbench.segmentation.reasons import Cases

DOES_NOT_FIT = pl.Schema(
    {
        "family_id": pl.String(),
        "unit": pl.String(),
        "case_reference": pl.String(),
        "kind": pl.String(),
        "segment": pl.String(),
        "second_segment": pl.String(),
        "case_for": pl.String(),
        "case_for_second": pl.String(),
        "unlike": pl.String(),
        "model_version": pl.String(),
    }
)


def does_not_fit(
    *,
    answers: pl.DataFrame,
    family_status: pl.DataFrame,
    children: pl.DataFrame,
    model: ApprovedModel,
    names: Mapping[str, str],
) -> pl.DataFrame:
    """List the open families that fit no segment, or two equally, with the case for each of the two nearest.

    Families of whose needs fewer than half are known are not listed: what is missing there is a record.

    Args:
        answers: one row per family, as `indicators.answers`.
        family_status: contract `family_status`.
        children: `family_id` and `case_reference` of children, by which a manager finds the family.
        model: the approved grouping.
        names: names that a person confirmed, by segment code.

    Returns:
        Contract `does_not_fit`, one row per family, sorted by family.
    """
    held = family_status.filter(pl.col("status") != CLOSED, pl.col("n_children_open") > 0)
    known = answers.filter(anything_known()).join(held.select("family_id", "unit"), on="family_id").sort("family_id")
    if known.is_empty():
        return DOES_NOT_FIT.to_frame()
    patterns = patterns_of(known, model.grouping)
    found = _by_pattern(model.grouping, patterns, dict(names))
    reference = children.group_by("family_id").agg(pl.col("case_reference").drop_nulls().min())
    return (
        known.select("family_id", "unit")
        .with_columns(pattern=pl.Series(patterns.of_row, dtype=pl.Int64))
        .join(found, on="pattern")
        .join(reference, on="family_id", how="left")
        .with_columns(model_version=pl.lit(model.version))
        .select(DOES_NOT_FIT.names())
        .cast(DOES_NOT_FIT)
        .sort("family_id")
    )


def _by_pattern(grouping: Grouping, patterns: Patterns, confirmed: dict[str, str]) -> pl.DataFrame:
    posterior = grouping.posterior(patterns)
    kind = kinds(patterns, posterior, person_fit(grouping, patterns.codes))
    order = np.argsort(-posterior, axis=1, kind="stable")
    codes = [segment.code for segment in grouping.segments]
    make = Cases(grouping, [grouping.name_of(code, confirmed) for code in codes])
    rows = []
    for number in np.flatnonzero(kind != ""):
        nearest = int(order[number, 0])
        second = int(order[number, 1]) if len(codes) > 1 else None
        case, other, unlike = make(patterns.codes[number], nearest, second)
        rows.append(
            {
                "pattern": int(number),
                "kind": kind[number],
                "segment": codes[nearest],
                "second_segment": None if second is None else codes[second],
                "case_for": case,
                "case_for_second": other,
                "unlike": unlike if kind[number] == NO_SEGMENT else None,
            }
        )
    taken = ("kind", "segment", "second_segment", "case_for", "case_for_second", "unlike")
    return pl.DataFrame(rows, schema={"pattern": pl.Int64(), **{name: DOES_NOT_FIT[name] for name in taken}})
