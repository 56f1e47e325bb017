"""Whether a unit is likely to hold more than it can carry, and from when: the alarm that comes before the overload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fi_workbench.measures.forecast import WEEKS_AHEAD, Forecast
from fi_workbench.measures.holders import Holders
from fi_workbench.measures.words import count

LIKELY = 0.5
"""The alarm is on where an overload at some time in the weeks ahead is likelier than not. What it catches, and how
often it rings in vain, is measured in `tests/studies/test_forecast.md`."""
POSSIBLE = 0.2
"""From this chance on an overload is told as possible. Places for a tenth more than a unit holds are seldom filled
within a quarter, so that no such overload is likelier than not until it is near: this is what comes before it."""

UNIT_OVERLOAD = {
    "unit": pl.String(),
    "state": pl.String(),
    "alarm": pl.Boolean(),
    "weeks_ahead": pl.Int64(),
    "n": pl.Int64(),
    "n_low": pl.Int64(),
    "n_high": pl.Int64(),
    "sentence": pl.String(),
}


def unit_overload(forecast: Forecast, holders: Holders, places: Mapping[str, int | None]) -> pl.DataFrame:
    """Say of each unit whether and when it is likely to hold more than it can carry.

    Args:
        forecast: of the next weeks.
        holders: the units.
        places: children that each unit can hold today, None where it is not known.

    Returns:
        Contract `unit_overload`: GRAIN one row per unit, sorted. `weeks_ahead` is the first week by which an overload
        is likelier than not to have begun; for a unit over its places now, the first in which it is likelier to be
        within them. Empty where there is none. `n` is what a unit that is over holds; of any other, `n_low` to
        `n_high` is what its sentence says that it is likely to hold.
    """
    weeks: dict[str, list[dict[str, Any]]] = {}
    for row in forecast.unit_forecast.iter_rows(named=True):
        weeks.setdefault(row["unit"], []).append(row)
    who = "the service" if holders.whole else "the unit"
    rows = [
        _cannot(unit, forecast.why_not[unit])
        if unit in forecast.why_not
        else _row(unit, weeks[unit], forecast.held[unit], places[unit], who)
        for unit in holders.units
    ]
    return pl.DataFrame(rows, schema=UNIT_OVERLOAD, orient="row").sort("unit")


def _cannot(unit: str, why: str) -> dict[str, object]:
    sentence = f"What lies ahead cannot be told. {why}"
    return {"unit": unit, "state": "cannot_tell", "alarm": False, "sentence": sentence}


def _row(unit: str, weeks: Sequence[dict[str, Any]], held: int, places: int | None, who: str) -> dict[str, object]:
    last = told = weeks[-1]
    state, alarm, when = "no_capacity", False, None
    if any(week["chance_over"] is None for week in weeks) or places is None:
        sentence = (
            f"In {WEEKS_AHEAD} weeks {who} is likely to hold {_range(last)}. What it can carry is not known, so "
            "no overload can be told."
        )
    elif held > places:
        back = next((week for week in weeks if week["chance_over"] < LIKELY), None)
        state, alarm, when = "over", True, None if back is None else back["weeks_ahead"]
        ahead = (
            f"In {WEEKS_AHEAD} weeks it is likely to hold {_range(last)} against {_places(last)}."
            if back is None
            else f"It is likely to be back within its places in about {count(back['weeks_ahead'], 'week')}."
        )
        sentence = f"{who.capitalize()} holds more than it can carry: {count(held, 'child')} against {places:,} places."
        sentence = f"{sentence} {ahead}"
    else:
        over = next((week for week in weeks if week["chance_over_by"] >= LIKELY), None)
        if over is None and last["chance_over_by"] >= POSSIBLE:
            state = "may_be_over"
            sentence = (
                f"Within {WEEKS_AHEAD} weeks {who} may come to hold more than it can carry: {_chance(last)}. "
                f"It is likely to hold {_range(last)} by then, against {_places(last)}."
            )
        elif over is None:
            state = "within"
            sentence = (
                f"{who.capitalize()} is likely to stay within what it can carry: in {WEEKS_AHEAD} weeks "
                f"{_range(last)} against {_places(last)}."
            )
        else:
            told = over
            state, alarm, when = "likely_over", True, over["weeks_ahead"]
            sentence = (
                f"In about {count(over['weeks_ahead'], 'week')} {who} is likely to hold more than it can carry: "
                f"{_range(over)} against {_places(over)}."
            )
    said = {"n": held} if state == "over" else {"n_low": told["low_80"], "n_high": told["high_80"]}
    return {"unit": unit, "state": state, "alarm": alarm, "weeks_ahead": when, **said, "sentence": sentence}


def _chance(week: Mapping[str, Any]) -> str:
    """A chance below one half in a few words."""
    n, of = min(((1, 5), (1, 4), (1, 3), (2, 5)), key=lambda share: abs(share[0] / share[1] - week["chance_over_by"]))
    return f"about {n} {'chance' if n == 1 else 'chances'} in {of}"


def _range(week: Mapping[str, Any]) -> str:
    return f"{week['low_80']:,} to {week['high_80']:,} children"


def _places(week: Mapping[str, Any]) -> str:
    return f"{week['capacity_children']:,} places"
