"""How often the weekly look at newcomers raises an alarm in a year in which nothing changes.

Newcomers are drawn from one grouping before its fit and week after week for a year, with a third of what is known of
families missing. Each week looks back on thirteen weeks, so that neighbouring looks share most of their families. The
results stand in `test_segmentation_alarms.md`.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fi_workbench.resources import shipped
from fi_workbench.segmentation import read_approved
from fi_workbench.segmentation.indicators import INDICATORS
from fi_workbench.segmentation.newcomers import WEEKS, drift_table, newcomers_of
from fi_workbench.vocabulary.needs import NEED_CODES

YEARS = 40
MISSING = 0.33


def came(n: int, random: np.random.Generator) -> pl.DataFrame:
    """Families drawn from the shipped grouping. GRAIN: one row per family."""
    model = read_approved(shipped("templates") / "workspace" / "models" / "segmentation")
    assert model is not None
    grouping = model.grouping
    shares = np.array([segment.share for segment in grouping.segments])
    of_segment = random.choice(len(shares), size=n, p=shares / shares.sum())
    answers: dict[str, list[str | None]] = {}
    for item, table in zip(grouping.items, grouping.tables, strict=True):
        up_to = np.cumsum(table, axis=1)[of_segment]
        code = np.minimum((random.random(n)[:, None] > up_to).sum(axis=1), table.shape[1] - 1)
        hidden = (random.random(n) < MISSING) & (item.name in NEED_CODES)
        told = zip(code, hidden, strict=True)
        answers[item.name] = [None if hide else str(item.categories[place]) for place, hide in told]
    columns = {item.name: answers.get(item.name, [None] * n) for item in INDICATORS}
    kinds = dict.fromkeys(["family_id", *columns], pl.String)
    return pl.DataFrame({"family_id": [f"F{i}" for i in range(n)], **columns}, schema=kinds)


@pytest.mark.parametrize("a_week", [5, 20, 80])
def test_a_quiet_look_is_an_alarm_in_about_one_of_a_hundred(a_week: int) -> None:
    """Printed with `pytest -s`: per measure the share of looks, and of years with an alarm in any week."""
    model = read_approved(shipped("templates") / "workspace" / "models" / "segmentation")
    assert model is not None
    random = np.random.default_rng(a_week)
    every = []
    for year in range(YEARS):
        before = came(a_week * WEEKS, random)
        counted = newcomers_of(model.grouping, before, before["family_id"].to_list(), unclear_below=0.6)
        grouping = model.grouping.model_copy(update={"newcomers": counted})
        weeks = [came(a_week, random) for _ in range(WEEKS + 51)]
        for week in range(0, 52, 4):  # a look every fourth week: neighbours share nine of thirteen weeks
            rows = pl.concat(weeks[week : week + WEEKS]).with_columns(family_id=pl.int_range(pl.len()).cast(pl.String))
            found = drift_table(grouping, rows, rows["family_id"].to_list(), unclear_below=0.6)
            every.append(found.select("measure", "verdict", year=pl.lit(year), week=pl.lit(week)))
    looks = pl.concat(every).group_by("measure", "year", "week").agg((pl.col("verdict") == "changed").any())
    by_look = looks.group_by("measure").agg(pl.col("verdict").mean()).sort("measure")
    whole = looks.group_by("year", "week").agg(pl.col("verdict").any())["verdict"].mean()
    years = looks.group_by("year").agg(pl.col("verdict").any())["verdict"].mean()
    told = f"\n{a_week} a week: {dict(by_look.iter_rows())}; any measure {whole:.3f}; years with any {years:.3f}"
    print(told)  # noqa: T201 - the figures are what the study is run for
    assert by_look["verdict"].max() <= 0.04
    assert isinstance(whole, float)
    assert whole <= 0.10
