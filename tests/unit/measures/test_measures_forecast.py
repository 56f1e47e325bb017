"""The forecast of a unit's children: what it rests on, what it says, and when it says nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from fi_workbench.measures.forecast import UNIT_FORECAST, Forecast, unit_forecast
from fi_workbench.measures.holders import holders
from fi_workbench.measures.overload import unit_overload
from fi_workbench.measures.sources import Sources
from fi_workbench.measures.stays import stays, weeks_covered

AS_AT = date(2026, 11, 22)
HELD = "The unit holds more than it can carry: 104 children against 100 places. "
STAY = 20
SIZE = 2


def steady(
    week: Any, *, unit: str = "north", families: int = 2, first: int = 100, stay: int = STAY, tag: str = ""
) -> None:
    """Each Monday since `first` weeks ago some families of two come, and stay for so many weeks."""
    for ago in range(first, 0, -1):
        start = AS_AT - timedelta(days=6, weeks=ago - 1)
        end = start + timedelta(weeks=stay)
        for n in range(families):
            for child in range(SIZE):
                person = f"{tag}{unit}{ago}_{n}_{child}"
                family = f"f{tag}{unit}{ago}_{n}"
                if end > AS_AT:
                    week.child(
                        person, family=family, unit=unit, worker=f"w{unit}", since=start, status="child_in_need_plan"
                    )
                    continue
                row = {"person_id": person, "family_id": family}
                week.add("status_history", **row, from_date=start, to_date=end, status="child_in_need_plan", unit=unit)
                week.add("status_history", **row, from_date=end, status="closed", unit=None)


def loaded(week: Any, units: tuple[str, ...] = ("north",)) -> None:
    week.source("cin_census", "roster", "allocations")
    for unit in units:
        week.worker(f"w{unit}", unit)


def overload(week: Any, unit: str = "north") -> dict[str, Any]:
    return week.run().unit_overload.filter(pl.col("unit") == unit).row(0, named=True)


def capacity(week: Any, **places: int) -> None:
    week.settings["units"] = [
        {"code": unit, "name": unit.title(), "capacity_children": n} for unit, n in places.items()
    ]


def test_a_unit_that_neither_grows_nor_shrinks_is_forecast_so(week: Any) -> None:
    loaded(week)
    steady(week)
    result = week.run()
    held = result.unit_workload["n_children"].item()
    assert held == STAY * 2 * SIZE
    forecast = result.unit_forecast
    assert forecast["weeks_ahead"].to_list() == list(range(1, 14))
    assert forecast["week_start"].to_list() == [AS_AT + timedelta(days=1, weeks=n) for n in range(13)]
    rows = forecast.row(12, named=True)
    assert rows["low_80"] < held < rows["high_80"]
    assert rows["low_95"] <= rows["low_80"] <= rows["expected"] <= rows["high_80"] <= rows["high_95"]
    # Four children come and four leave in an average week; autumn and winter are not the average.
    assert forecast["arrivals"].mean() == pytest.approx(4, abs=0.6)
    assert forecast["departures"].mean() == pytest.approx(4, abs=0.6)


def test_the_forecast_begins_at_the_workload_and_follows_who_came_and_left(week: Any) -> None:
    loaded(week, ("north", "south"))
    steady(week)
    steady(week, unit="south", families=1)
    frames = week.frames()
    held = holders(frames, as_at=AS_AT)
    past = stays(held, weeks_covered(AS_AT, None))
    workload = dict(week.run().unit_workload.select("unit", "n_children").iter_rows())
    for unit, families in (("north", 2), ("south", 1)):
        own = past[unit]
        assert own.there.size.sum() == workload[unit] == STAY * families * SIZE
        assert set(own.there.size.tolist()) == {SIZE}
        assert own.came == (families,) * 77
        assert len(own.newcomers) == 52 * families
        # Of every Sunday but the last; in a steady state as many groups leave each week as come.
        gone = own.steps.to == 5
        assert own.steps.weight.sum() == pytest.approx(77 * STAY * families)
        assert own.steps.weight[gone].sum() == pytest.approx(77 * families)
        assert set(own.steps.weeks[gone].tolist()) == {STAY - 1}


def test_the_alarm_comes_before_the_overload(week: Any) -> None:
    loaded(week)
    steady(week, stay=200)  # nobody leaves
    capacity(week, north=425)
    told = overload(week)
    now = week.run().unit_workload["n_children"].item()
    assert now == 100 * 2 * SIZE
    assert told["state"] == "likely_over"
    assert told["alarm"]
    row = week.run().unit_forecast.row(told["weeks_ahead"] - 1, named=True)
    assert row["chance_over_by"] >= 0.5
    assert told["sentence"] == (
        f"In about {told['weeks_ahead']} weeks the unit is likely to hold more than it can carry: "
        f"{row['low_80']} to {row['high_80']} children against 425 places."
    )


def test_within_its_places_nothing_rings(week: Any) -> None:
    loaded(week)
    steady(week)
    capacity(week, north=140)
    told = overload(week)
    assert (told["state"], told["alarm"], told["weeks_ahead"]) == ("within", False, None)
    assert told["sentence"].startswith("The unit is likely to stay within what it can carry: in 13 weeks ")
    assert told["sentence"].endswith(" against 140 places.")


def test_a_post_that_ends_takes_its_places_away(week: Any) -> None:
    loaded(week)
    for number, end in (("w2", None), ("w3", None), ("w4", AS_AT + timedelta(weeks=4)), ("w5", AS_AT)):
        week.add(
            "roster", worker_id=number, unit="north", role="social_worker", fte=1.0, start_date=date(2024, 1, 1),
            end_date=end,
        )  # fmt: skip
    steady(week)
    result = week.run()
    assert result.unit_workload["capacity_children"].item() == 5 * 17
    places = result.unit_forecast["capacity_children"].to_list()
    assert places == [4 * 17] * 4 + [3 * 17] * 9
    told = result.unit_overload.row(0, named=True)
    assert (told["state"], told["weeks_ahead"]) == ("likely_over", 1)


def test_the_same_week_says_the_same_whatever_the_order_of_rows(week: Any) -> None:
    loaded(week, ("north", "south"))
    steady(week)
    steady(week, unit="south", families=1)
    once = week.run()
    for table, rows in week.rows.items():
        week.rows[table] = rows[::-1]
    again = week.run()
    assert once.unit_forecast.equals(again.unit_forecast)
    assert once.unit_overload.equals(again.unit_overload)


def test_no_row_tells_of_a_child_or_family() -> None:
    assert {"person_id", "family_id", "worker_id", "case_reference"} & set(UNIT_FORECAST) == set()


def test_a_short_past_says_what_is_needed(week: Any) -> None:
    loaded(week)
    week.rows["source_freshness"] = []
    week.source("cin_census", "roster", "allocations", begins=AS_AT - timedelta(weeks=30))
    steady(week)
    told = overload(week)
    assert (told["state"], told["alarm"]) == ("cannot_tell", False)
    assert told["sentence"] == ("What lies ahead cannot be told. The records cover 30 weeks; a forecast needs 53.")
    assert week.run().unit_forecast.is_empty()


def test_a_new_unit_waits_while_the_others_are_forecast(week: Any) -> None:
    loaded(week, ("north", "fifth", "empty"))
    steady(week)
    steady(week, unit="fifth", first=20)
    result = week.run()
    assert result.unit_forecast["unit"].unique().to_list() == ["north"]
    told = dict(result.unit_overload.select("unit", "sentence").iter_rows())
    assert told["fifth"].endswith("The unit has held children for 20 weeks; a forecast needs 53.")
    assert told["empty"].endswith("The unit has held no child yet; a forecast needs 53 weeks.")


def test_an_old_census_or_none_cannot_tell(week: Any) -> None:
    steady(week)
    assert "No children in need census has been loaded" in overload(week, "whole_authority")["sentence"]
    week.source("cin_census", as_of=date(2026, 3, 31))
    assert "ends on 31 March 2026: too early to tell" in overload(week, "whole_authority")["sentence"]


def test_a_year_without_newcomers_cannot_be_forecast(week: Any) -> None:
    loaded(week)
    week.child("p1", unit="north", worker="wnorth", since=date(2024, 6, 1))
    assert overload(week)["sentence"].endswith("No child came in the last year, so arrivals cannot be forecast.")


def test_without_a_roster_the_service_has_no_known_places(week: Any) -> None:
    week.source("cin_census")
    steady(week)
    told = overload(week, "whole_authority")
    assert told["state"] == "no_capacity"
    assert told["sentence"].startswith("In 13 weeks the service is likely to hold ")


def ahead(*chances: float, held: int) -> tuple[Forecast, Any]:
    """A forecast with given chances of an overload, against 100 places."""
    rows = [
        {"unit": "north", "weeks_ahead": n, "week_start": AS_AT + timedelta(days=1, weeks=n - 1), "expected": 100,
         "low_80": 95, "high_80": 108, "low_95": 90, "high_95": 115, "arrivals": 1.0, "departures": 1.0,
         "stepped_down": 0.0, "capacity_children": 100, "chance_over": chance, "chance_over_by": chance}
        for n, chance in enumerate(chances, start=1)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=UNIT_FORECAST, orient="row")
    units: Any = type("Units", (), {"units": ("north",), "whole": False})()
    return Forecast(frame, {"north": held}, {}), units


@pytest.mark.parametrize(
    ("chances", "held", "state", "weeks", "sentence"),
    [
        (
            (0.1, 0.2, 0.5), 97, "likely_over", 3,
            "In about 3 weeks the unit is likely to hold more than it can carry: 95 to 108 children against 100 places.",
        ),
        (
            (0.9, 0.8, 0.7), 104, "over", None,
            HELD + "In 13 weeks it is likely "
            "to hold 95 to 108 children against 100 places.",
        ),
        (
            (0.9, 0.4, 0.3), 104, "over", 2,
            HELD + "It is likely to be back within "
            "its places in about 2 weeks.",
        ),
    ],
)  # fmt: skip
def test_what_a_person_reads(
    chances: tuple[float, ...], held: int, state: str, weeks: int | None, sentence: str
) -> None:
    forecast, units = ahead(*chances, held=held)
    told = unit_overload(forecast, units, {"north": 100}).row(0, named=True)
    assert (told["state"], told["weeks_ahead"], told["sentence"]) == (state, weeks, sentence)
    assert told["alarm"]
    said = (104, None, None) if state == "over" else (None, 95, 108)
    assert (told["n"], told["n_low"], told["n_high"]) == said


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0.19, ""), (0.2, "about 1 chance in 5"), (0.26, "about 1 chance in 4"), (0.49, "about 2 chances in 5")],
)
def test_an_overload_that_may_come_is_told_before_it_is_likely(chance: float, words: str) -> None:
    forecast, units = ahead(0.05, chance, held=90)
    told = unit_overload(forecast, units, {"north": 100}).row(0, named=True)
    assert (told["alarm"], told["weeks_ahead"]) == (False, None)
    if not words:
        assert told["state"] == "within"
        return
    assert told["state"] == "may_be_over"
    assert told["sentence"] == (
        f"Within 13 weeks the unit may come to hold more than it can carry: {words}. "
        "It is likely to hold 95 to 108 children by then, against 100 places."
    )


def test_on_a_made_up_past_the_intervals_hold_and_beat_the_last_value() -> None:
    """Forty units with a season, whose families stay by a hazard: what happened next is known."""
    generator = np.random.default_rng(11)
    origin, last = AS_AT - timedelta(weeks=13), AS_AT
    first = last - timedelta(weeks=190)
    units = [f"u{n:02d}" for n in range(40)]
    rows = []
    for unit in units:
        for n in range(190):
            monday = first + timedelta(days=1, weeks=n)
            busy = 0.75 if monday.month in {8, 9} else 1.05
            for _ in range(generator.poisson(3 * busy)):
                end = monday + timedelta(weeks=int(generator.geometric(1 / 25)))
                rows.append((f"p{len(rows)}", f"f{len(rows)}", monday, end, unit))
    spells = pl.DataFrame(rows, schema=["person_id", "family_id", "from_date", "to_date", "unit"], orient="row")

    def held_on(day: date) -> dict[str, int]:
        there = spells.filter(pl.col("from_date") <= day, pl.col("to_date") > day)
        return dict(there.group_by("unit").len().iter_rows())

    known = spells.filter(pl.col("from_date") <= origin, pl.col("to_date") > origin - timedelta(weeks=78))
    history = pl.concat(
        [
            known.with_columns(
                to_date=pl.when(pl.col("to_date") <= origin).then("to_date"), status=pl.lit("child_in_need_plan")
            ),
            known.filter(pl.col("to_date") <= origin).select(
                "person_id", "family_id", from_date="to_date", to_date=pl.lit(None, pl.Date),
                unit=pl.lit(None, pl.String), status=pl.lit("closed"),
            ).select("person_id", "family_id", "from_date", "to_date", "unit", "status"),
        ]
    )  # fmt: skip
    roster = pl.DataFrame(
        [(f"w{unit}", unit, "social_worker", 1.0, date(2020, 1, 1), None) for unit in units],
        schema={"worker_id": pl.String, "unit": pl.String, "role": pl.String, "fte": pl.Float64,
                "start_date": pl.Date, "end_date": pl.Date},
        orient="row",
    )  # fmt: skip
    open_now = history.filter(pl.col("to_date").is_null(), pl.col("status") != "closed")
    frames = {
        "roster": roster,
        "child_status": open_now,
        "family_status": open_now.select("family_id", "status", "unit"),
        "status_history": history,
        "people": pl.DataFrame(schema={"person_id": pl.String, "case_reference": pl.String}),
    }
    freshness = pl.DataFrame(
        {"source": ["cin_census"], "loaded": [True], "as_of": [origin], "coverage_from": [first],
         "coverage_to": [origin], "state": ["fresh"]}
    )  # fmt: skip
    from fi_workbench.settings import parse_settings

    told = unit_forecast(
        holders(frames, as_at=origin),
        roster,
        Sources(freshness, as_at=origin, stale_days=14),
        parse_settings({"authority": {"name": "Testshire", "code": "999"}}),
        np.random.default_rng(1),
        as_at=origin,
    )
    assert not told.why_not
    before, after = held_on(origin), held_on(last)
    assert dict(told.held) == before
    at_end = told.unit_forecast.filter(pl.col("weeks_ahead") == 13)
    truth = np.array([after[unit] for unit in at_end["unit"]])
    for level, least, most in ((80, 0.65, 0.95), (95, 0.85, 1.0)):
        inside = (at_end[f"low_{level}"].to_numpy() <= truth) & (truth <= at_end[f"high_{level}"].to_numpy())
        assert least <= inside.mean() <= most
    error = np.abs(at_end["expected"].to_numpy() - truth).mean()
    assert error < np.abs(np.array([before[unit] for unit in at_end["unit"]]) - truth).mean()
