"""What must hold of any week, however it is made up."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from fi_workbench import contracts
from fi_workbench.display.number import count_of, stands_in
from fi_workbench.measures import WRITES, measure
from fi_workbench.resources import shipped

STATUSES = ("child_protection_plan", "child_in_need_plan", "looked_after", "open_assessment", "child_in_need", "closed")
EVENTS = ("core_group", "child_protection_review", "child_in_need_review", "looked_after_review", "court_hearing")


def made_up(week: Any, seed: int) -> Any:
    """Fill a week with children, spells and events that need not make sense together."""
    draw = random.Random(seed)

    def day(back: int = 600, ahead: int = 0) -> date:
        return date.fromordinal(week.as_at.toordinal() - draw.randint(-ahead, back))

    week.source(
        "cin_census", "ssda903", "visits", "meetings", "supervision", "roster", "allocations", "restricted",
        "police_notifications", "school_exclusions", "intervention_referrals",
    )  # fmt: skip
    units = ("north", "south")
    for n in range(6):
        week.worker(f"w{n}", units[n % 2], role=draw.choice(["social_worker", "newly_qualified", "unit_manager"]))
        held = day(100)
        week.add("supervision", worker_id=f"w{n}", due_date=held, held_date=draw.choice([held, None]))
    for n in range(25):
        person, status = f"p{n}", draw.choice(STATUSES)
        held = None if status == "closed" else draw.choice([*range(6), None])
        week.child(
            person,
            family=f"f{n // 2}",
            status=status,
            since=day(),
            age=draw.choice([None, -1, 3, 12, 17]),
            unit=None if held is None else units[held % 2],
            worker=None if held is None else f"w{held}",
        )
        for kind in ("child_protection_plan", "child_in_need_plan", "looked_after", "pre_proceedings", "referral"):
            if draw.random() < 0.6:
                start = day()
                week.episode(person, kind, start, draw.choice([None, start + timedelta(days=draw.randint(1, 300))]))
        start = day(150)
        week.assessment(person, start, start, draw.choice([None, start + timedelta(days=draw.randint(0, 90))]))
        start = day(150)
        row = week.episode(person, "section47", start)
        week.add(
            "cin_section47",
            la_child_id=f"C{person}",
            s47_actual_start_date=start,
            date_of_initial_cpc=draw.choice([None, start + timedelta(days=draw.randint(0, 40))]),
            icpc_not_required=draw.choice([None, True, False]),
            row_id=row,
        )
        week.add(
            "ssda903_episodes",
            child=f"C{person}",
            decom=day(),
            rne=draw.choice(["S", "P", "L"]),
            ls=draw.choice(["C1", "C2", "V2", "V4"]),
            place=draw.choice(["U4", "P1", "A4"]),
        )
        for _ in range(draw.randint(0, 8)):
            week.visit(person, day(120), rule=draw.choice(["child_protection", "child_in_need", "looked_after"]))
            due = day(200, 40)
            week.add(
                "meetings",
                child_id=f"C{person}",
                meeting_type=draw.choice(EVENTS),
                due_date=due,
                held_date=due if due < week.as_at and draw.random() < 0.8 else None,
                recorded_on=due,
            )
    for _ in range(10):
        row = week.add(
            "police_notifications", incident_date=day(60), incident_type=draw.choice(["missing", "violence"])
        )
        week.add("partner_people", source="police_notifications", row_id=row, person_id=f"p{draw.randint(0, 24)}")
    return week


@pytest.fixture(params=range(5))
def filled(week: Any, request: pytest.FixtureRequest) -> Any:
    return made_up(week, request.param)


def test_tables_keep_their_contracts_and_their_order(filled: Any) -> None:
    result = filled.run()
    contract = contracts.load_contract(shipped("data_contracts") / "derived" / "measures.odcs.yaml")
    for name in WRITES:
        frame = getattr(result, name)
        checked = contracts.validate(frame, contract.table(name))
        assert checked.equals(frame.select(checked.columns)), name


def test_the_order_of_rows_does_not_matter(filled: Any) -> None:
    first = filled.run()
    shuffled = {name: frame.sample(fraction=1.0, shuffle=True, seed=7) for name, frame in filled.frames().items()}
    second = measure(**shuffled, settings=filled.parsed(), as_at=filled.as_at)
    for name in WRITES:
        assert getattr(first, name).equals(getattr(second, name)), name


def test_parts_never_exceed_their_whole(filled: Any) -> None:
    result = filled.run()
    clocks = result.unit_clocks
    assert clocks["n_due"].sum() > 0
    assert (clocks["n_kept"] + clocks["n_not_recorded"] <= clocks["n_due"]).all()
    by_window = clocks.pivot(on="window_weeks", index=["unit", "clock"], values="n_due")
    assert (by_window["4"] <= by_window["13"]).all()
    down = result.unit_step_down
    assert (down["n_met"] + down["n_not_met"] + down["n_unknown"] == down["n_considered"]).all()
    considered = result.family_step_down.group_by("unit").agg(n=pl.col("family_id").n_unique())
    assert dict(considered.iter_rows()) == dict(down.select("unit", "n_considered").unique().iter_rows())


def test_every_action_and_item_traces_to_rows_of_the_week(filled: Any) -> None:
    result = filled.run()
    known = {row["row_id"] for rows in filled.rows.values() for row in rows if row.get("row_id")}
    actions = result.unit_actions
    assert actions.height
    assert set(actions["trace"].explode().drop_nulls()) <= known
    assert set(result.worklist_items["trace"]) <= known
    traced = actions.filter(pl.col("action") != "children_without_lead_practitioner")
    assert (traced["trace"].list.len() > 0).all()
    of_children = actions.filter(~pl.col("action").str.starts_with("supervision"))
    assert (of_children["n_children"] > 0).all()
    assert (of_children["n_families"] <= of_children["n_children"]).all()


def test_the_last_level_is_the_workload(filled: Any) -> None:
    result = filled.run()
    last = result.unit_series.filter(
        pl.col("week_start") == pl.col("week_start").max(), pl.col("measure") == "children_open"
    )
    assert dict(last.select("unit", "n").iter_rows()) == dict(
        result.unit_workload.select("unit", "n_children").iter_rows()
    )


def test_every_number_of_a_sentence_stands_beside_it(filled: Any) -> None:
    result = filled.run()
    for name in ("unit_actions", "unit_good_news", "unit_limits"):
        for row in getattr(result, name).iter_rows(named=True):
            number = count_of(row["n"], row["noun"] or "", row["n_of"])
            assert number is None or stands_in(number.printed(), row["sentence"]), row["sentence"]
            assert number is not None or name == "unit_limits"
    assert result.unit_actions["n_of"].drop_nulls().len()
    for row in result.unit_insights.iter_rows(named=True):
        assert stands_in(f"{row['n_families']} of {row['n_of']} families", row["finding"])
