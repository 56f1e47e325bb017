"""Clocks against the Department for Education's published durations (children in need, year ending 31 March 2024)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.calendar import add_working_days, working_days_between, working_days_between_expression
from fi_workbench.measures.bands import ASSESSMENT_BANDS, CONFERENCE_BANDS, assessment_band, conference_band
from fi_workbench.measures.clocks import clocks_in_force
from fi_workbench.settings import Clocks

CLOCKS = clocks_in_force(Clocks())
START = date(2023, 11, 20)  # so that Christmas lies in every long duration

LONGEST = {
    "Same_day": 0, "1-10_days": 10, "11-20_days": 20, "21-30_days": 30, "31-40_days": 40, "41-45_days": 45,
    "46-50_days": 50, "51-60_days": 60, "61+_days": 90,
    "Duration_0-10_days": 10, "Duration_11-15_days": 15, "Duration_16-20_days": 20, "Duration_21+_days": 40,
}  # fmt: skip
SHORTEST = {
    "Same_day": 0, "1-10_days": 1, "11-20_days": 11, "21-30_days": 21, "31-40_days": 31, "41-45_days": 41,
    "46-50_days": 46, "51-60_days": 51, "61+_days": 61,
    "Duration_0-10_days": 0, "Duration_11-15_days": 11, "Duration_16-20_days": 16, "Duration_21+_days": 21,
}  # fmt: skip


def cases(counts: dict[str, int]) -> pl.DataFrame:
    """One case for each that was published, half at each end of its band."""
    parts = [
        pl.DataFrame({"start": [START] * n, "done": [add_working_days(START, days)] * n})
        for band, total in counts.items()
        for days, n in ((SHORTEST[band], total // 2), (LONGEST[band], total - total // 2))
    ]
    return pl.concat(parts)


def kept(frame: pl.DataFrame, clock: str) -> int:
    due = CLOCKS[clock].due(pl.col("start"), pl.lit(0))
    return int(frame.select((pl.col("done") <= due).sum()).item())


def published(samples: Path, table: str, columns: tuple[str, ...]) -> dict[str, dict[str, int]]:
    (path,) = (samples / "dfe_statistics").glob(f"{table}_*.csv")
    frame = pl.read_csv(path, infer_schema=False).filter(pl.col("time_period") == "2024")
    wanted = frame.filter((pl.col("geographic_level") == "National") | (pl.col("la_name") == "Newcastle upon Tyne"))
    return {
        row["la_name"] or "England": {column: int(row[column]) for column in columns}
        for row in wanted.iter_rows(named=True)
    }


def bands(frame: pl.DataFrame, expression: pl.Expr) -> dict[str, int]:
    return dict(frame.select(band=expression).group_by("band").len().iter_rows())


def test_the_bands_and_the_clock_agree_with_table_c2(samples: Path) -> None:
    days = working_days_between_expression("start", "done")
    for area, counts in published(samples, "c2", ASSESSMENT_BANDS).items():
        frame = cases(counts)
        assert bands(frame, assessment_band(days)) == {band: n for band, n in counts.items() if n}, area
        within_45 = sum(n for band, n in counts.items() if LONGEST[band] <= 45)
        assert kept(frame, "assessment_from_start") == within_45, area
        if area == "England":
            # The statistical release gives 84.5 in 100 assessments completed within 45 working days.
            assert round(100 * within_45 / frame.height, 1) == pytest.approx(84.5)


def test_the_bands_and_the_clock_agree_with_table_c4(samples: Path) -> None:
    days = working_days_between_expression("start", "done")
    for area, counts in published(samples, "c4", CONFERENCE_BANDS).items():
        frame = cases(counts)
        assert bands(frame, conference_band(days)) == counts, area
        within_15 = sum(n for band, n in counts.items() if LONGEST[band] <= 15)
        assert kept(frame, "section47_to_conference") == within_15, area


@pytest.mark.parametrize(
    ("start", "done", "days", "band"),
    [
        (date(2023, 12, 1), date(2023, 12, 1), 0, "Same_day"),
        (date(2023, 12, 1), date(2023, 12, 3), 0, "Same_day"),  # Friday to Sunday: no working day after day 0
        (date(2023, 12, 1), date(2023, 12, 15), 10, "1-10_days"),
        (date(2023, 12, 15), date(2024, 1, 3), 10, "1-10_days"),  # 25 and 26 December and 1 January do not count
        (date(2023, 12, 15), date(2024, 1, 4), 11, "11-20_days"),
        (date(2024, 3, 27), date(2024, 4, 12), 10, "1-10_days"),  # Good Friday 29 March, Easter Monday 1 April
        (date(2023, 9, 1), date(2023, 11, 3), 45, "41-45_days"),
        (date(2023, 9, 1), date(2023, 11, 6), 46, "46-50_days"),
        (date(2023, 9, 1), date(2023, 11, 24), 60, "51-60_days"),
        (date(2023, 9, 1), date(2023, 11, 27), 61, "61+_days"),
    ],
)
def test_bands_on_a_table_made_by_hand(start: date, done: date, days: int, band: str) -> None:
    assert working_days_between(start, done) == days
    frame = pl.DataFrame({"start": [start], "done": [done]})
    counted = working_days_between_expression("start", "done")
    assert frame.select(counted).item() == days
    assert frame.select(assessment_band(counted)).item() == band
