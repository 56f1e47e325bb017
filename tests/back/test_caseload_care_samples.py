"""Periods of care on other people's SSDA903 files, against a slow child-by-child reading of the same rule."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fi_workbench.caseload.care import periods_of_care
from fi_workbench.caseload.returns import cases
from fi_workbench.contracts import all_contracts

CATALOGUE = all_contracts()


def episodes(path: Path, as_of: date) -> pl.DataFrame:
    raw = pl.read_csv(path, infer_schema=False).rename(str.lower)
    day = pl.col("decom", "dec").str.to_date("%d/%m/%Y", strict=False)
    return raw.with_columns(day).with_columns(
        as_of=pl.lit(as_of), row_id=pl.format("{}-{}", pl.lit(str(as_of)), pl.int_range(pl.len()))
    )


def no_cases() -> pl.DataFrame:
    schema = CATALOGUE.table("cin_episodes").polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    return cases(pl.DataFrame(schema=schema))


def read_slowly(rows: list[dict[str, Any]], latest: date) -> list[tuple[date, date | None]]:
    """Walk one child's episodes of one kind in order of their start."""
    periods: list[list[Any]] = []
    previous: dict[str, Any] | None = None
    for row in sorted(rows, key=lambda r: (r["decom"], r["dec"] or date.max)):
        gap = bool(previous and previous["dec"] and (row["decom"] - previous["dec"]).days > 1)
        if previous is None or (previous["rec"] not in (None, "X1")) or (gap and row["rne"] == "S"):
            if periods and periods[-1][1] is None:
                periods[-1][1] = max(row["decom"], periods[-1][0])
            periods.append([row["decom"], None, row["as_of"]])
        ended = row["dec"] is not None and row["rec"] != "X1"
        periods[-1][1] = row["dec"] if ended else None
        periods[-1][2] = max(periods[-1][2], row["as_of"])
        previous = row
    for index, period in enumerate(periods):
        following = periods[index + 1][0] if index + 1 < len(periods) else None
        if period[1] is None and following is None and period[2] < latest:
            period[1] = max(period[2], period[0])
    return [(p[0], p[1]) for p in periods]


def check(frame: pl.DataFrame) -> None:
    made = periods_of_care(frame, no_cases())
    latest = frame["as_of"].max()
    assert isinstance(latest, date)
    kind = pl.when(pl.col("ls").is_in(["V3", "V4"])).then(pl.lit("short_break")).otherwise(pl.lit("looked_after"))
    rows = frame.with_columns(kind=kind).sort("child", "kind").to_dicts()
    expected = [
        (child, kind_, *period)
        for (child, kind_), group in groupby(rows, key=lambda r: (r["child"], r["kind"]))
        for period in read_slowly(list(group), latest)
    ]
    found = list(made.select("case_reference", "kind", "start", "end").iter_rows())
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert found


def test_one_return(samples: Path) -> None:
    path = samples / "ssda903" / "episodes.csv"
    if not path.is_file():
        pytest.skip("the SSDA903 samples are not in the folder of sample files")
    check(episodes(path, date(2024, 3, 31)).unique(subset=["child", "decom"], keep="last", maintain_order=True))


def test_two_yearly_returns_of_the_same_children(samples: Path) -> None:
    folder = samples / "ssda903_years"
    if not folder.is_dir():
        pytest.skip("the yearly SSDA903 samples are not in the folder of sample files")
    both = pl.concat([episodes(folder / f"{y}-episodes.csv", date(y, 3, 31)) for y in (2017, 2018)], how="diagonal")
    check(both.sort("as_of").unique(subset=["child", "decom"], keep="last", maintain_order=True))
