"""When evidence on interventions may speak in an authority of Newcastle's size: cells after 1, 2 and 3 years.

Newcastle received 2,992 referrals of children in the year to March 2024 (DfE, Children in need, 2024). How many
decisions about families that makes, how often anything is offered, and how many are referred again, are taken from a
synthetic authority whose rates are Newcastle's. Kinds of families are four, in the shares of its segments.

Run with `pytest -m study tests/studies/test_matching_speaking.py -s`; the last run is in test_matching_speaking.md.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from fi_workbench.contracts import all_contracts
from fi_workbench.demo import make_authority
from fi_workbench.loaders import load_new
from fi_workbench.matching.speaking import when_it_may_speak
from fi_workbench.settings import read_settings
from fi_workbench.store import Lake
from fi_workbench.weekly.consulting import rates_of
from tests.studies.test_matching_truth import SUNDAY, cohort_from

NEWCASTLE_REFERRALS = 2992
SEGMENTS = {"s1": 0.35, "s2": 0.30, "s3": 0.20, "s4": 0.15}


def test_how_many_cells_may_speak_at_newcastles_size(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    make_authority(workspace, tmp_path / "truth", families=700, seed=21, weeks=156, weekly_deliveries=1, end=SUNDAY)
    catalogue = all_contracts()
    lake = Lake.open(workspace / "lake", catalogue)
    load_new(
        workspace=workspace,
        lake=lake,
        catalogue=catalogue,
        settings=read_settings(workspace),
        clock=lambda: datetime(2026, 11, 23, 6, tzinfo=UTC),
    )
    cohort, _ = cohort_from(lake, workspace)
    year = pl.col("time_zero") > SUNDAY - timedelta(days=393)
    decisions = cohort.timed.filter(year).height
    referrals = lake.read("case_referrals", lake.pin(SUNDAY))
    day = next(name for name, dtype in referrals.schema.items() if dtype == pl.Date and "refer" in name)
    last = referrals.filter(pl.col(day).is_between(SUNDAY - timedelta(days=393), SUNDAY - timedelta(days=29))).height
    a_year = decisions / last * NEWCASTLE_REFERRALS
    rates = rates_of(cohort) | {"decisions_a_year": a_year}
    told = when_it_may_speak(**rates, segment_shares=SEGMENTS, years=(1, 2, 3, 5))
    shares = ", ".join(f"{arm} {share:.1%}" for arm, share in sorted(rates["arm_shares"].items()))
    with pl.Config(tbl_cols=-1, tbl_width_chars=250, fmt_str_lengths=80):
        sys.stdout.write(
            f"\n{decisions} decisions of families to {last} referrals of children; {a_year:.0f} a year at "
            f"Newcastle's size; referred again under usual support {rates['outcome_share']:.1%}; {shares}\n{told}\n"
        )
    assert told["n_followed"].to_list()[0] == 0
    assert told["cells_that_may_speak"].is_sorted()
