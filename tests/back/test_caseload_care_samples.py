"""Periods of care and their repairs on other people's SSDA903 files, against a slow child-by-child reading."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.caseload.care import Care, departures, periods_of_care
from fi_workbench.caseload.returns import cases
from fi_workbench.contracts import all_contracts, validate
from tests.care_chains import applied, read_literally, read_slowly

CATALOGUE = all_contracts()


def episodes(path: Path, as_of: date) -> pl.DataFrame:
    raw = pl.read_csv(path, infer_schema=False).rename(str.lower)
    day = pl.col("decom", "dec").str.to_date("%d/%m/%Y", strict=False)
    return raw.with_columns(day).with_columns(
        as_of=pl.lit(as_of), row_id=pl.format("{}-{}", pl.lit(str(as_of)), pl.int_range(pl.len()))
    )


def periods(frame: pl.DataFrame) -> Care:
    """From the return alone: no case is known, and nobody is known to have died or moved."""
    schema = CATALOGUE.table("cin_episodes").polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    known = cases(pl.DataFrame(schema=schema))
    people = pl.DataFrame(schema={"case_reference": pl.String, "death_date": pl.Date})
    return periods_of_care(frame, known, departures(known, frame.clear(), people))


def check(frame: pl.DataFrame) -> Care:
    made = periods(frame)
    validate(made.repairs, CATALOGUE.table("care_repairs"))
    found = sorted(made.periods.select("case_reference", "kind", "start", "end", "end_detail").iter_rows(), key=str)
    columns = ("kind", "case_reference", "row_id", "other_row_id", "column", "before", "after")
    repaired = sorted(made.repairs.select(columns).iter_rows(), key=str)
    slow_periods, slow_repairs = read_slowly(frame)
    assert found == slow_periods
    assert repaired == slow_repairs
    assert found == read_literally(applied(frame, made.repairs.to_dicts()))
    assert found == read_literally(applied(frame, made.repairs.filter("changes_period").to_dicts()))
    return made


def test_one_return(samples: Path) -> None:
    path = samples / "ssda903" / "episodes.csv"
    if not path.is_file():
        pytest.skip("the SSDA903 samples are not in the folder of sample files")
    frame = episodes(path, date(2024, 3, 31)).unique(subset=["child", "decom"], keep="last", maintain_order=True)
    kinds = set(check(frame).repairs["kind"])
    assert {"end_missing", "overlap", "reason_contradicted", "end_before_new_start", "not_followed"} <= kinds
    assert "absent_from_later_return" not in kinds


def test_two_yearly_returns_of_the_same_children(samples: Path) -> None:
    folder = samples / "ssda903_years"
    if not folder.is_dir():
        pytest.skip("the yearly SSDA903 samples are not in the folder of sample files")
    # The files are named by the year in which their collection year began.
    years = [episodes(folder / f"{year}-episodes.csv", date(year + 1, 3, 31)) for year in (2017, 2018)]
    both = pl.concat(years, how="diagonal")
    made = check(both.sort("as_of").unique(subset=["child", "decom"], keep="last", maintain_order=True))
    assert "absent_from_later_return" in set(made.repairs["kind"])
