"""The bands of working days in which the Department for Education publishes how long things took.

A clock says whether a date was kept; the bands let an authority lay its own counts beside the published ones.

Source:
    DfE, Children in need, tables C2 (duration of assessments) and C4 (section 47 enquiry to initial conference).
"""

from __future__ import annotations

import polars as pl

ASSESSMENT_BANDS = (
    "Same_day",
    "1-10_days",
    "11-20_days",
    "21-30_days",
    "31-40_days",
    "41-45_days",
    "46-50_days",
    "51-60_days",
    "61+_days",
)
CONFERENCE_BANDS = ("Duration_0-10_days", "Duration_11-15_days", "Duration_16-20_days", "Duration_21+_days")

_ASSESSMENT_ENDS = (0, 10, 20, 30, 40, 45, 50, 60)
_CONFERENCE_ENDS = (10, 15, 20)


def assessment_band(working_days: pl.Expr) -> pl.Expr:
    """The published band of each duration of an assessment, named as in table C2; null stays null.

    Args:
        working_days: working days from the start of the assessment to its authorisation.
    """
    return _band(working_days, _ASSESSMENT_ENDS, ASSESSMENT_BANDS)


def conference_band(working_days: pl.Expr) -> pl.Expr:
    """The published band of each duration from section 47 enquiry to conference, named as in table C4."""
    return _band(working_days, _CONFERENCE_ENDS, CONFERENCE_BANDS)


def _band(days: pl.Expr, ends: tuple[int, ...], names: tuple[str, ...]) -> pl.Expr:
    band: pl.Expr = pl.when(days.is_not_null()).then(pl.lit(names[-1]))
    for end, name in reversed(list(zip(ends, names[:-1], strict=True))):
        band = pl.when(days <= end).then(pl.lit(name)).otherwise(band)
    return band
