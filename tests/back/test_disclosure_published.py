"""The `dfe` profile against a table that the Department for Education published with its own suppression.

Child protection plans at 31 March 2024 by initial category of abuse, for every authority: the Department shows 1 to 5
as "c" and hides a second category of the row where one alone could be had from the total.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fi_workbench.disclosure import profile_named
from fi_workbench.statistics.small_number_audit import exposed
from fi_workbench.statistics.small_numbers import protect

FILE = "d4_cpps_at31march_by_category_of_abuse_2013_to_2024.csv"
CATEGORIES = ["Neglect_Initial", "Physical_Initial", "Sexual_Initial", "Emotional_Initial", "Multiple_Initial"]
DFE = profile_named("dfe")


@pytest.fixture(scope="module")
def table(samples: Path) -> pl.DataFrame:
    frame = pl.read_csv(samples / "dfe_statistics" / FILE, infer_schema=False)
    return frame.filter(pl.col("geographic_level") == "Local authority", pl.col("time_period") == "2024")


def test_the_department_shows_no_count_that_our_profile_hides(table: pl.DataFrame) -> None:
    shown = table.select(CATEGORIES).unpivot()["value"].cast(pl.Int64, strict=False).drop_nulls().to_numpy()
    assert len(shown) > 500
    assert not DFE.rule.hides(shown).any()
    assert (shown == 0).any(), "a zero is a real zero"
    assert DFE.symbol in set(table.select(CATEGORIES).unpivot()["value"])


def reconstructed(table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """A table that could be the true one: what is hidden in a row is spread over its hidden cells, small ones first."""
    rows, hidden = [], []
    for row in table.iter_rows(named=True):
        if not row["CPP_At31"].isdigit():
            continue
        places = [place for place, name in enumerate(CATEGORIES) if row[name] == "c"]
        counts = [int(row[name]) if row[name].isdigit() else 0 for name in CATEGORIES]
        left = int(row["CPP_At31"]) - sum(counts)
        for place in places[:-1]:
            counts[place] = min(2, left)
            left -= counts[place]
        if places:
            counts[places[-1]] = left
        rows.append(counts)
        hidden.append([place in places for place in range(len(CATEGORIES))])
    return np.array(rows), np.array(hidden)


def test_we_hide_about_as_much_as_the_department_and_nothing_can_be_worked_out(table: pl.DataFrame) -> None:
    counts, theirs = reconstructed(table)
    ours = protect(counts, DFE.rule, column_totals=False)
    assert exposed(ours, DFE.rule) == 0
    inside = ours.inside
    # Measured: 147 of 755 cells by us, 144 by the Department.
    assert inside.sum() <= 1.35 * theirs.sum()
    assert (inside | ~DFE.rule.hides(counts)).all()
