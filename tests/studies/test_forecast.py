"""How well the forecast of each unit's children did on synthetic authorities, beside carrying the last value forward.

Every synthetic authority is made and loaded as an authority would be. For each origin the caseload is worked out as
at that day and forecast from; what the units held afterwards is read from the last day. The lake's last knowledge
is used throughout, so late recording is not part of the trial. Run with `pytest -m study tests/studies/test_forecast.py
-s`; the tables of the last run are in test_forecast.md beside this file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fi_workbench import caseload, demo, identity, weekly
from fi_workbench.measures.flow import unit_series, weekly_counts
from fi_workbench.measures.forecast import WEEKS_AHEAD, unit_forecast
from fi_workbench.measures.holders import Holders, holders
from fi_workbench.measures.overload import unit_overload
from fi_workbench.measures.sources import Sources
from fi_workbench.settings import Unit
from fi_workbench.statistics.demand import interval_score

END = date(2026, 11, 22)
SEEDS = (5, 6, 7, 8)
"""The threshold of the alarm was settled on authorities 1 to 4."""
FAMILIES = {1600: "whole", 400: "a quarter as large"}
BACK = (78, 65, 52, 39, 26, 13)
"""Weeks from each origin to the end: the futures of two origins do not overlap."""
ROOM = (1.00, 1.02, 1.04, 1.06, 1.10)
"""Places that a unit is given, as a multiple of what it holds at the origin, for the trial of the alarm."""


@dataclass(frozen=True)
class Trial:
    """One unit at one origin."""

    name: str
    now: int
    truth: np.ndarray
    past: np.ndarray
    forecast: pl.DataFrame
    told: dict[float, str]
    """What was said of an overload, by the room that the unit was given."""


def authority(folder: Path, *, seed: int, families: int) -> weekly.Workspace:
    demo.make_authority(folder / "w", folder / "truth", families=families, seed=seed, end=END)
    workspace = weekly.open_workspace(folder / "w")
    weekly.load(workspace, clock=lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
    return workspace


def known_on(workspace: weekly.Workspace, as_at: date) -> tuple[Holders, pl.DataFrame, pl.DataFrame]:
    """Holders, roster and episodes as at a day."""
    lake = workspace.lake
    pin = lake.pin(END)
    partners = identity.partners_of(workspace.catalogue)
    source = {name: lake.read(name, pin) for name in identity.reads(partners)}
    linked = identity.link(
        **source, key=workspace.key(), as_at=as_at, decisions=lake.decisions("link", pin), partners=partners
    )
    made = {name: getattr(linked, name) for name in identity.WRITES}
    frames = {name: made[name] if name in made else lake.read(name, pin) for name in caseload.READS}
    built = caseload.build(**frames, as_at=as_at)
    chosen = {name: getattr(built, name) for name in ("child_status", "family_status", "status_history")}
    held = holders({**chosen, "roster": frames["roster"], "people": frames["people"]}, as_at=as_at)
    return held, frames["roster"], built.episodes


def levels(episodes: pl.DataFrame, held: Holders, sources: Sources, as_at: date) -> dict[str, np.ndarray]:
    """Children open at the end of each week, by unit."""
    counts = weekly_counts(episodes, held, as_at=as_at)
    series = unit_series(counts, held, sources, as_at=as_at).filter(pl.col("measure") == "children_open")
    return {unit: series.filter(pl.col("unit") == unit)["n"].to_numpy() for unit in held.units}


def trials(folder: Path, *, seed: int, families: int) -> list[Trial]:
    workspace = authority(folder, seed=seed, families=families)
    freshness = workspace.lake.source_freshness(workspace.lake.pin(END)).with_columns(
        coverage_from=pl.lit(date(2023, 11, 27))
    )
    seen: dict[date, tuple[Holders, pl.DataFrame, dict[str, np.ndarray]]] = {}
    for back in (*BACK, 0):
        as_at = END - timedelta(weeks=back)
        held, roster, episodes = known_on(workspace, as_at)
        sources = Sources(freshness, as_at=as_at, stale_days=14)
        seen[as_at] = (held, roster, levels(episodes, held, sources, as_at))
    made = []
    for back in BACK:
        as_at = END - timedelta(weeks=back)
        held, roster, past = seen[as_at]
        after = seen[as_at + timedelta(weeks=WEEKS_AHEAD)][2]
        sources = Sources(freshness, as_at=as_at, stale_days=14)
        said: dict[float, dict[str, str]] = {}
        for room in ROOM:
            units = tuple(
                Unit(code=unit, name=unit, capacity_children=places(int(past[unit][-1]), room)) for unit in held.units
            )
            settings = workspace.settings.model_copy(update={"units": units})
            chance = np.random.default_rng(as_at.toordinal())
            told = unit_forecast(held, roster, sources, settings, chance, as_at=as_at)
            assert not told.why_not
            overload = unit_overload(told, held, {unit.code: unit.capacity_children for unit in units})
            said[room] = dict(overload.select("unit", "state").iter_rows())
        for unit in held.units:
            forecast = told.unit_forecast.filter(pl.col("unit") == unit)
            assert past[unit][-1] == told.held[unit]
            truth = after[unit][-WEEKS_AHEAD:]
            answers = {room: by_unit[unit] for room, by_unit in said.items()}
            made.append(Trial(f"{seed} {unit} {as_at}", told.held[unit], truth, past[unit], forecast, answers))
    return made


Interval = Callable[[Trial, int, int], tuple[float, float]]


def of_forecast(trial: Trial, ahead: int, level: int) -> tuple[float, float]:
    row = trial.forecast.row(ahead - 1, named=True)
    return row[f"low_{level}"], row[f"high_{level}"]


def carried_forward(trial: Trial, ahead: int, level: int) -> tuple[float, float]:
    """The last value, and the quantiles of what changes over as many weeks there were before."""
    changes = trial.past[ahead:].astype(float) - trial.past[:-ahead]
    tail = (1 - level / 100) / 2
    low, high = np.quantile(changes, [tail, 1 - tail])
    return trial.now + low, trial.now + high


def row(made: list[Trial], name: str, interval: Interval, middle: Callable[[Trial, int], float], ahead: int) -> str:
    cells = [name, str(ahead)]
    error = np.mean([abs(middle(trial, ahead) - trial.truth[ahead - 1]) for trial in made])
    cells.append(f"{error:.1f}")
    for level in (80, 95):
        ends = np.array([interval(trial, ahead, level) for trial in made])
        truth = np.array([trial.truth[ahead - 1] for trial in made])
        inside = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
        score = interval_score(ends[:, 0], ends[:, 1], truth, level / 100).mean()
        cells += [f"{inside:.2f}", f"{score:.0f}"]
    return "| " + " | ".join(cells) + " |"


LIKELY = frozenset({"likely_over", "over"})
TOLD = {"the alarm": LIKELY, "told as possible, or the alarm": LIKELY | {"may_be_over"}}


def alarms(made: list[Trial], room: float, states: frozenset[str]) -> dict[str, float]:
    """What the alarm did with places for so much more than each unit held at its origin."""
    hits, missed, vain, quiet, early = 0, 0, 0, 0, []
    for trial in made:
        over = np.flatnonzero(trial.truth > places(trial.now, room))
        rang = trial.told[room] in states
        hits += bool(over.size) and rang
        missed += bool(over.size) and not rang
        vain += rang and not over.size
        quiet += not rang and not over.size
        early += [int(over[0]) + 1] if over.size and rang else []
    lead = float(np.median(early)) if early else float("nan")
    return {"hits": hits, "missed": missed, "in vain": vain, "quiet": quiet, "lead": lead}


def places(now: int, room: float) -> int:
    return int(np.ceil(now * room))


@pytest.mark.parametrize("families", FAMILIES, ids=FAMILIES.values())
def test_the_forecast_beats_the_last_value_and_its_intervals_hold(families: int, tmp_path: Path) -> None:
    made = [trial for seed in SEEDS for trial in trials(tmp_path / str(seed), seed=seed, families=families)]
    held = [trial.now for trial in made]
    print(  # noqa: T201 - the table of results is what the study is run for
        f"\n{len(made)} units at an origin, {min(held)} to {max(held)} children each ({families} families)\n"
        "| forecast | weeks ahead | mean absolute error | inside 80 % | interval score | inside 95 % | interval score |\n"
        "|---|---|---|---|---|---|---|"
    )
    for ahead in (4, 8, 13):
        print(row(made, "forecast", of_forecast, lambda t, n: t.forecast["expected"][n - 1], ahead))  # noqa: T201
        print(row(made, "last value", carried_forward, lambda t, n: float(t.now), ahead))  # noqa: T201
    print("| said | places | before an overload | overload without | in vain | neither | median lead |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    for said, states in TOLD.items():
        for room in ROOM:
            told = alarms(made, room, states)
            print("| " + " | ".join([said, f"{room:.2f}", *(f"{value:g}" for value in told.values())]) + " |")  # noqa: T201
    for level in (80, 95):
        ends = np.array([of_forecast(trial, 13, level) for trial in made])
        truth = np.array([trial.truth[-1] for trial in made])
        inside = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
        assert inside >= level / 100 - 0.12
    score = {
        name: np.mean([interval_score(*interval(t, 13, 80), t.truth[-1], 0.8) for t in made])
        for name, interval in (("forecast", of_forecast), ("last value", carried_forward))
    }
    assert score["forecast"] < score["last value"]
