"""Measures of a year against the Department for Education's published tables (year ending 31 March 2024)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.measures.protection_plans import long_ended_plans, long_open_plans
from fi_workbench.measures.year_definitions import YEAR_MEASURES
from fi_workbench.measures.year_measure import Days

LAST = date(2024, 3, 31)
YEAR = Days(date(2023, 3, 31), LAST)
PUBLISHED = {
    "re_referrals": ("c1", ("Re_referrals",), "Referrals"),
    "re_referred_children": ("c1", ("Re_referrals_child",), "Referrals_child"),
    "assessments_in_time": (
        "c2",
        ("Same_day", "1-10_days", "11-20_days", "21-30_days", "31-40_days", "41-45_days"),
        "Assessments_completed",
    ),
    "conferences_in_time": ("c4", ("Duration_0-10_days", "Duration_11-15_days"), "ICPC"),
    "later_plans": ("d3", ("CPP_subsequent",), "CPP_start"),
    "plans_open_two_years": ("d5", ("2_years_or_more",), "CPP_At31"),
    "plans_reviewed_in_time": ("d6", ("Reviewed_within_timescales",), "CPP_At31_3Months"),
    "plans_ended_two_years": ("d7", ("2_years_or_more",), "CPP_End"),
}
"""Measure: the table, the columns that are counted, the column of which they are a part."""
SPANS = {
    "3_months_or_less": ("0mo", "3mo"),
    "more_than_3_months_6_months": ("4mo", "6mo"),
    "more_than_6_months_less_than_1_year": ("7mo", "11mo"),
    "1_year_less_than_2_years": ("12mo", "24mo"),
    "2_years_or_more": ("24mo", "60mo"),
}
"""How long the shortest and the longest of each published band lasted; the longest below two years lacks a day."""


def row(samples: Path, table: str, area: str) -> dict[str, str]:
    (path,) = (samples / "dfe_statistics").glob(f"{table}_*.csv")
    frame = pl.read_csv(path, infer_schema=False).filter(pl.col("time_period") == "2024")
    england = pl.col("geographic_level") == "National"
    (found,) = frame.filter(england if area == "England" else pl.col("la_name") == area).to_dicts()
    return found


@pytest.mark.parametrize("measure", PUBLISHED)
def test_the_figure_beside_ours_is_the_published_one(samples: Path, measure: str) -> None:
    (defined,) = [each for each in YEAR_MEASURES if each.id == measure]
    assert defined.england is not None
    table, counted, whole = PUBLISHED[measure]
    published = row(samples, table, "England")
    assert (defined.england.n, defined.england.of) == (
        sum(int(published[name]) for name in counted),
        int(published[whole]),
    )
    assert defined.england.year == 2024
    assert defined.england.in_100 == pytest.approx(100 * defined.england.n / defined.england.of, abs=0.06)
    percents = [float(published[f"{name}_percent"]) for name in counted if f"{name}_percent" in published]
    assert percents in ([], [defined.england.in_100])


def test_each_figure_beside_ours_is_compared_or_of_another_publication() -> None:
    beside = {measure.id for measure in YEAR_MEASURES if measure.england}
    assert beside - set(PUBLISHED) == {"same_carer"}


def plans(counts: dict[str, int], *, ended: bool) -> pl.DataFrame:
    """One plan for each that was published, half at each end of its band, ended on the last day or still open."""
    until = LAST if ended else None
    rows = []
    for band, n in counts.items():
        short, long = SPANS[band]
        starts = pl.select(short=pl.lit(LAST).dt.offset_by(f"-{short}"), long=pl.lit(LAST).dt.offset_by(f"-{long}"))
        first, last = starts.row(0)
        if band == "1_year_less_than_2_years":
            last += timedelta(days=1)
        rows += [(first, until)] * (n // 2) + [(last, until)] * (n - n // 2)
    return pl.DataFrame(rows, schema={"start": pl.Date, "end": pl.Date}, orient="row").with_columns(
        person_id=pl.int_range(pl.len()).cast(pl.String),
        kind=pl.lit("child_protection_plan"),
        end_detail=pl.lit(None, pl.String),
    )


@pytest.mark.parametrize("area", ["England", "Newcastle upon Tyne"])
@pytest.mark.parametrize(("table", "ended"), [("d5", False), ("d7", True)])
def test_two_years_are_where_the_published_bands_part(samples: Path, area: str, table: str, ended: bool) -> None:
    published = row(samples, table, area)
    counts = {band: int(published[band]) for band in SPANS}
    frame = plans(counts, ended=ended)
    found = long_ended_plans(frame, YEAR) if ended else long_open_plans(frame, YEAR)
    assert (found.n, found.of, found.n_unknown) == (counts["2_years_or_more"], sum(counts.values()), 0)
