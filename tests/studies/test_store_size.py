"""How much room half a year of weekly full deliveries takes, and how long they take to store and to read.

Result (2 cores, shared): 26 deliveries of 100,000 rows x 11 columns and a row id, 1 % changed, 150 gone and 300 come
each week: 8.0 MB in the lake, 0.25 s to store and 0.2 s to read one as of any week. The same deliveries kept whole
are 114 MB (76 MB with row ids that compress well), which is why each row is stored once.
"""

from __future__ import annotations

import hashlib
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import File, column, contract, table

from fi_workbench.contracts.catalogue import make_catalogue
from fi_workbench.store import Lake, LoadDraft

pytestmark = pytest.mark.study

N, WEEKS = 100_000, 26
TEXTS = ("forename", "surname", "sex", "ethnicity", "address", "postcode", "nhs_number", "mother_person_id")


def people(generator: np.random.Generator, n: int, first: int) -> pl.DataFrame:
    """Invented people: as many different values in each column as a council's list would have."""
    kinds = dict(zip(TEXTS, (500, 5_000, 3, 18, 60_000, 20_000, 10**9, n), strict=True))
    texts = {name: [f"{name[:2]}{v}" for v in generator.integers(0, kind, n)] for name, kind in kinds.items()}
    born = np.datetime64("1960-01-01") + generator.integers(0, 23_000, n)
    return pl.DataFrame({"person_id": [f"{first + i:07d}" for i in range(n)], **texts}).with_columns(
        date_of_birth=pl.Series(born.astype("datetime64[D]")).cast(pl.Date),
        is_adult=pl.Series(generator.random(n) < 0.4),
    )


def test_half_a_year_of_a_large_list(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    columns = [
        column("person_id", "string", "case_reference", key=1),
        *(column(name, "string", "personal") for name in TEXTS),
        column("date_of_birth", "date", "personal"),
        column("is_adult", "boolean"),
    ]
    catalogue = make_catalogue([contract("big", "full", table("big", *columns, source="big", delivery="full"))])
    lake = Lake.open(tmp_path, catalogue)
    frame = people(generator, N, 0)
    written, kept = [], {}
    for week in range(WEEKS):
        moved = pl.Series(generator.choice(frame.height, N // 100, replace=False))
        address = pl.when(pl.int_range(pl.len()).is_in(moved.implode())).then(pl.lit(f"moved in week {week}"))
        frame = frame.with_columns(address=address.otherwise("address"))
        frame = pl.concat([frame.slice(150), people(generator, 300, N + week * 300)])
        sha256 = hashlib.sha256(str(week).encode()).hexdigest()
        ids = [hashlib.sha256(f"{sha256}/{i}".encode()).hexdigest()[:26] for i in range(frame.height)]
        as_of = date(2026, 1, 4) + timedelta(weeks=week)
        draft = LoadDraft(
            "big", as_of, None, None, "", "full", [File("big.csv", sha256)], {},
            {"big": frame.with_columns(row_id=pl.Series(ids))}, pl.DataFrame(), datetime(2026, 1, 5, tzinfo=UTC),
        )  # fmt: skip
        started = time.perf_counter()
        lake.append_load(draft)
        written.append(time.perf_counter() - started)
        if week in {0, 9, WEEKS - 1}:
            kept[week] = (lake.pin(as_of), frame)
    megabytes = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) / 1e6
    read = []
    for pin, frame_then in kept.values():
        started = time.perf_counter()
        known = lake.read("big", pin)
        read.append(time.perf_counter() - started)
        assert known.select(list(catalogue.table("big").columns)).equals(
            frame_then.sort("person_id").select(list(catalogue.table("big").columns))
        )
    print(f"{megabytes:.1f} MB; {np.mean(written):.2f} s to store; {np.mean(read):.2f} s to read")  # noqa: T201
    assert megabytes < 20
