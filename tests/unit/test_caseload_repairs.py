"""Repairs of care episodes: each kind by hand, and laws of any chain that the contract lets through."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.caseload.care import Care, departures, periods_of_care
from fi_workbench.caseload.chains import chain_up
from fi_workbench.caseload.repairs import KEY, REASONS
from fi_workbench.caseload.returns import cases
from fi_workbench.contracts import all_contracts, check, validate
from tests.care_chains import applied, kind_of, read_literally, read_slowly

CATALOGUE = all_contracts()
OLD, NEW = date(2025, 3, 31), date(2026, 3, 31)


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = CATALOGUE.table(table).polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    return pl.DataFrame([{"as_of": NEW, "row_id": f"r{n}", **row} for n, row in enumerate(rows)], schema=schema)


def episode(start: date, rne: str | None, end: date | None, rec: str | None, **more: Any) -> dict[str, Any]:
    return {"child": "1", "decom": start, "rne": rne, "ls": "C2", "dec": end, "rec": rec, **more}


def made(
    episodes: pl.DataFrame, closed: list[dict[str, Any]] | None = None, deaths: list[dict[str, Any]] | None = None
) -> Care:
    known = cases(frame("cin_episodes", closed or []))
    people = pl.DataFrame(deaths or [], schema={"case_reference": pl.String, "death_date": pl.Date})
    care = periods_of_care(episodes, known, departures(known, episodes.clear(), people))
    validate(care.repairs, CATALOGUE.table("care_repairs"))
    return care


def shown(care: Care) -> list[tuple[Any, ...]]:
    chosen = care.repairs.sort("row_id", "column", "kind")
    return list(
        chosen.select("kind", "row_id", "other_row_id", "column", "before", "after", "changes_period").iter_rows()
    )


def periods(care: Care) -> list[tuple[Any, ...]]:
    return sorted(care.periods.select("case_reference", "kind", "start", "end", "end_detail").iter_rows(), key=str)


MAY, JUNE, JULY, SEPTEMBER = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1), date(2025, 9, 1)
GOES_ON = episode(JULY, "P", SEPTEMBER, "E8")
AGAIN = episode(JULY, "S", SEPTEMBER, "E8")
WHOLE = [(MAY, SEPTEMBER, "E8")]
START_UNKNOWN = ("begins_without_start", "r1", "r0", "rne", "P", "P", False)


@pytest.mark.parametrize(
    ("chain", "repairs", "expected"),
    [
        pytest.param(
            [episode(MAY, "S", None, "X1"), GOES_ON],
            [("end_missing", "r0", "r1", "dec", None, "2025-07-01", False)], WHOLE, id="an end is missing",
        ),
        pytest.param(
            [episode(MAY, "S", None, None), GOES_ON],
            [("end_missing", "r0", "r1", "dec", None, "2025-07-01", False),
             ("reason_missing", "r0", "r1", "rec", None, "X1", True)], WHOLE, id="end and reason are missing",
        ),
        pytest.param(
            [episode(MAY, "S", None, "E4A"), GOES_ON],
            [("end_missing", "r0", "r1", "dec", None, "2025-07-01", False),
             ("reason_contradicted", "r0", "r1", "rec", "E4A", "X1", True)], WHOLE, id="a reason and no end",
        ),
        pytest.param(
            [episode(MAY, "S", date(2025, 8, 1), "X1"), GOES_ON],
            [("overlap", "r0", "r1", "dec", "2025-08-01", "2025-07-01", False)], WHOLE, id="an overlap",
        ),
        pytest.param(
            [episode(MAY, "S", date(2025, 8, 1), "E4A"), GOES_ON],
            [("overlap", "r0", "r1", "dec", "2025-08-01", "2025-07-01", False),
             ("reason_contradicted", "r0", "r1", "rec", "E4A", "X1", True)], WHOLE,
            id="left care, and moved placement before",
        ),
        pytest.param(
            [episode(MAY, "S", date(2025, 8, 1), "E4A"), AGAIN],
            [("overlap", "r0", "r1", "dec", "2025-08-01", "2025-07-01", True)],
            [(MAY, JULY, "E4A"), (JULY, SEPTEMBER, "E8")], id="left care, and started again before",
        ),
        pytest.param(
            [episode(MAY, "S", JUNE, "X1"), GOES_ON],
            [("gap", "r0", "r1", "dec", "2025-06-01", "2025-07-01", False)], WHOLE, id="a gap",
        ),
        pytest.param(
            [episode(MAY, "S", JUNE, "X1"), AGAIN],
            [("x1_before_new_start", "r0", "r1", "rec", "X1", "started_again", True)],
            [(MAY, JUNE, "started_again"), (JULY, SEPTEMBER, "E8")], id="a gap, and a new start",
        ),
        pytest.param(
            [episode(MAY, "S", JULY - timedelta(days=1), "X1"), AGAIN],
            [("gap", "r0", "r1", "dec", "2025-06-30", "2025-07-01", False),
             ("start_inside_period", "r1", "r0", "rne", "S", "S", False)], WHOLE, id="a gap of a day, and a start",
        ),
        pytest.param(
            [episode(MAY, "S", JULY - timedelta(days=2), "X1"), AGAIN],
            [("x1_before_new_start", "r0", "r1", "rec", "X1", "started_again", True)],
            [(MAY, JULY - timedelta(days=2), "started_again"), (JULY, SEPTEMBER, "E8")], id="a gap of two days, and a start",
        ),
        pytest.param(
            [episode(MAY, "S", None, "X1"), AGAIN],
            [("end_before_new_start", "r0", "r1", "dec", None, "2025-07-01", True),
             ("x1_before_new_start", "r0", "r1", "rec", "X1", "started_again", True)],
            [(MAY, JULY, "started_again"), (JULY, SEPTEMBER, "E8")], id="no end, X1, and a new start",
        ),
        pytest.param(
            [episode(date(2024, 5, 1), "S", None, None, as_of=OLD), AGAIN],
            [("end_before_new_start", "r0", "r1", "dec", None, "2025-03-31", True),
             ("end_before_new_start", "r0", "r1", "rec", None, "started_again", True)],
            [(date(2024, 5, 1), OLD, "started_again"), (JULY, SEPTEMBER, "E8")], id="open in one return, new in the next",
        ),
        pytest.param(
            [episode(MAY, "S", None, "E4B"), AGAIN],
            [("end_before_new_start", "r0", "r1", "dec", None, "2025-07-01", True)],
            [(MAY, JULY, "E4B"), (JULY, SEPTEMBER, "E8")], id="a reason, no end, and a new start",
        ),
        pytest.param(
            [episode(MAY, "S", JULY, None), GOES_ON],
            [("reason_missing", "r0", "r1", "rec", None, "X1", True)], WHOLE, id="a reason is missing",
        ),
        pytest.param(
            [episode(MAY, "S", JULY, None), AGAIN], [],
            [(MAY, JULY, None), (JULY, SEPTEMBER, "E8")], id="no reason, and a new start: as it stands",
        ),
        pytest.param(
            [episode(MAY, "S", JUNE, "E4A"), GOES_ON], [START_UNKNOWN],
            [(MAY, JUNE, "E4A"), (JULY, SEPTEMBER, "E8")], id="a period that begins with no start",
        ),
        pytest.param(
            [episode(MAY, "S", JUNE, "X1")],
            [("not_followed", "r0", None, "dec", "2025-06-01", None, True),
             ("not_followed", "r0", None, "rec", "X1", None, True)], [(MAY, None, None)], id="X1, and nothing after it",
        ),
        pytest.param(
            [episode(MAY, "S", None, "X1")],
            [("not_followed", "r0", None, "rec", "X1", None, False)], [(MAY, None, None)], id="X1 and no end",
        ),
        pytest.param(
            [episode(MAY, "S", None, "E8")],
            [("reason_without_end", "r0", None, "rec", "E8", None, False)], [(MAY, None, None)],
            id="a reason and no end, last of all",
        ),
        pytest.param(
            [episode(date(2024, 5, 2), "S", None, None, as_of=OLD), episode(date(2024, 5, 1), "S", SEPTEMBER, "E8")],
            [("replaced", "r0", "r1", "decom", "2024-05-02", None, True)],
            [(date(2024, 5, 1), SEPTEMBER, "E8")], id="a start that a later return put right",
        ),
        pytest.param(
            [episode(date(2024, 5, 2), "S", date(2024, 9, 2), "E8"), episode(date(2024, 9, 2), "S", None, None, as_of=OLD)],
            [("absent_from_later_return", "r1", None, "dec", None, "2025-03-31", True),
             ("absent_from_later_return", "r1", None, "rec", None, "absent_from_later_return", True)],
            [(date(2024, 5, 2), date(2024, 9, 2), "E8"), (date(2024, 9, 2), OLD, "absent_from_later_return")],
            id="a later return lists only what was over before",
        ),
        pytest.param(
            [episode(date(2024, 5, 1), "S", date(2024, 6, 1), "X1"), episode(date(2024, 6, 1), "P", date(2024, 8, 1), "X1", as_of=OLD)],
            [("not_followed", "r1", None, "dec", "2024-08-01", None, True),
             ("not_followed", "r1", None, "rec", "X1", None, True)],
            [(date(2024, 5, 1), None, None)], id="a later return lists the child, though not this episode",
        ),
    ],
)  # fmt: skip
def test_each_kind(
    chain: list[dict[str, Any]], repairs: list[tuple[Any, ...]], expected: list[tuple[date, date | None, str | None]]
) -> None:
    care = made(frame("ssda903_episodes", chain))
    assert shown(care) == repairs
    assert periods(care) == [("1", "looked_after", *one) for one in expected]


def test_short_breaks_and_care_are_one_chain_and_two_periods() -> None:
    chain = [episode(MAY, "S", None, None, ls="V4"), episode(JULY, "L", SEPTEMBER, "X1"), episode(SEPTEMBER, "L", None, None, ls="V4")]  # fmt: skip
    care = made(frame("ssda903_episodes", chain))
    assert periods(care) == [
        ("1", "looked_after", JULY, SEPTEMBER, "X1"),
        ("1", "short_break", MAY, JULY, "X1"),
        ("1", "short_break", SEPTEMBER, None, None),
    ]
    assert shown(care) == [
        ("end_missing", "r0", "r1", "dec", None, "2025-07-01", True),
        ("reason_missing", "r0", "r1", "rec", None, "X1", True),
    ]


def test_care_that_starts_where_a_short_break_went_over_into_it_is_no_start_inside_a_period() -> None:
    care = made(frame("ssda903_episodes", [episode(MAY, "S", JULY, "X1", ls="V4"), episode(JULY, "S", None, None)]))
    assert care.repairs.is_empty()
    assert periods(care) == [("1", "looked_after", JULY, None, None), ("1", "short_break", MAY, JULY, "X1")]


def test_ends_that_no_return_says() -> None:
    chain = [
        episode(date(2024, 5, 1), "S", None, None, as_of=OLD),
        episode(MAY, "S", None, None, child="2"),
        episode(MAY, "S", None, None, child="3"),
        episode(MAY, "S", date(2026, 2, 1), "E8", child="4"),
        episode(MAY, "S", None, None, child="5"),
    ]
    closed = [
        {"la_child_id": number, "cin_referral_date": MAY, "cin_closure_date": date(2026, 8, 3), "reason_for_closure": why}
        for number, why in (("2", "RC7"), ("3", "RC5"))
    ]  # fmt: skip
    deaths = [{"case_reference": "4", "death_date": date(2026, 1, 1)}]
    care = made(frame("ssda903_episodes", chain), closed, deaths)
    assert shown(care) == [
        ("absent_from_later_return", "r0", None, "dec", None, "2025-03-31", True),
        ("absent_from_later_return", "r0", None, "rec", None, "absent_from_later_return", True),
        ("case_closed", "r1", None, "dec", None, "2026-08-03", True),
        ("case_closed", "r1", None, "rec", None, "case_closed", True),
        ("case_closed", "r2", None, "dec", None, "2026-08-03", True),
        ("case_closed", "r2", None, "rec", None, "case_closed", True),
        ("died", "r3", None, "dec", "2026-02-01", "2026-01-01", True),
        ("died", "r3", None, "rec", "E8", "died", True),
    ]
    assert [one[3] for one in periods(care)] == [OLD, date(2026, 8, 3), date(2026, 8, 3), date(2026, 1, 1), None]


def test_a_move_to_another_authority_ends_a_later_end() -> None:
    moved = [{"la_child_id": "1", "cin_referral_date": MAY, "cin_closure_date": JULY, "reason_for_closure": "RC5"}]
    care = made(frame("ssda903_episodes", [episode(MAY, "S", SEPTEMBER, "E8")]), moved)
    assert shown(care) == [
        ("moved_away", "r0", None, "dec", "2025-09-01", "2025-07-01", True),
        ("moved_away", "r0", None, "rec", "E8", "moved_away", True),
    ]


def test_the_kinds_are_those_of_the_contract() -> None:
    column = CATALOGUE.table("care_repairs").columns["kind"]
    assert list(column.enum) == list(REASONS)
    assert CATALOGUE.table("care_repairs").key == KEY


def test_the_contract_lets_no_end_before_a_start_and_no_start_twice_through() -> None:
    table = CATALOGUE.table("ssda903_episodes")
    texts = [("1", "01/05/2025", "30/04/2025"), ("2", "01/05/2025", "01/06/2025"), ("2", "01/05/2025", "02/06/2025")]
    rows = pl.DataFrame(
        [{"child": c, "decom": a, "dec": b, "rec": "E8", "rne": "S", "_file": "f", "_line": n, "_record": n, "_raw": ""}
         for n, (c, a, b) in enumerate(texts, start=1)],
        schema={name: pl.String() for name in table.columns}
        | {"_file": pl.String(), "_line": pl.Int64(), "_record": pl.Int64(), "_raw": pl.String()},
    )  # fmt: skip
    header = check(
        pl.DataFrame(
            [{"child": c, "_file": "h", "_line": n, "_record": n, "_raw": ""} for n, c in enumerate("12", start=1)],
            schema={name: pl.String() for name in CATALOGUE.table("ssda903_header").columns}
            | {"_file": pl.String(), "_line": pl.Int64(), "_record": pl.Int64(), "_raw": pl.String()},
        ),
        CATALOGUE.table("ssda903_header"),
        as_of=NEW,
    )
    checked = check(rows, table, as_of=NEW, others={"ssda903_header": header})
    assert checked.accepted.is_empty()
    assert checked.by_rule["end_not_before_start"] == 1
    assert checked.quarantined.height == 3


# Laws of any chain

SPAN = 60
DAY_0 = date(2025, 3, 1)


def day(n: int) -> date:
    return DAY_0 + timedelta(days=n)


@st.composite
def any_chains(draw: st.DrawFn) -> pl.DataFrame:
    """Episodes of two children from two returns, as dirty as the contract lets through; most ends lie near a start."""
    starts = draw(st.lists(st.tuples(st.sampled_from("12"), st.integers(0, SPAN)), min_size=1, max_size=9, unique=True))
    rows = []
    for child, start in starts:
        seen = draw(st.sampled_from([SPAN] if start > SPAN // 2 else [SPAN // 2, SPAN]))
        following = min((other for number, other in starts if number == child and other > start), default=seen)
        near = draw(st.none() | st.integers(following - 3, following + 2) | st.integers(start, start + 12))
        end = None if near is None else min(max(near, start), seen + 1)
        rows.append(
            episode(
                day(start), draw(st.sampled_from(["S", "S", "P", "L", None])), None if end is None else day(end),
                draw(st.sampled_from(["X1", "X1", "E4A", "E3", None])), child=child, as_of=day(seen),
                ls=draw(st.sampled_from(["C2", "C2", "V4", None])),
            )
        )  # fmt: skip
    return frame("ssda903_episodes", rows)


@st.composite
def clean_chains(draw: st.DrawFn) -> pl.DataFrame:
    """Episodes without a fault: each period from a start, joined by X1, and only its last open."""
    rows = []
    for child in "12":
        at = 0
        for _ in range(draw(st.integers(0, 3))):
            lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
            for place, length in enumerate(lengths):
                rec = "X1" if place + 1 < len(lengths) else draw(st.sampled_from(["E4A", "E13"]))
                rne = "S" if place == 0 else draw(st.sampled_from(["P", "L", "B"]))
                rows.append(episode(day(at), rne, day(at + length), rec, child=child))
                at += length
            at += draw(st.integers(0, 5))
        if draw(st.booleans()):
            rows.append(episode(day(at), "S", None, None, child=child))
    return frame("ssda903_episodes", rows)


@given(any_chains())
@settings(max_examples=150)
def test_a_slow_reading_finds_the_same_periods_and_repairs(episodes: pl.DataFrame) -> None:
    care = made(episodes)
    slow_periods, slow_repairs = read_slowly(episodes)
    chosen = care.repairs.select("kind", "case_reference", "row_id", "other_row_id", "column", "before", "after")
    assert sorted(chosen.iter_rows(), key=str) == slow_repairs
    assert periods(care) == slow_periods


@given(any_chains())
@settings(max_examples=150)
def test_the_episodes_as_repaired_are_whole_chains_and_the_same_periods(episodes: pl.DataFrame) -> None:
    care = made(episodes)
    rows = applied(episodes, care.repairs.to_dicts())
    assert read_literally(rows) == periods(care)
    for row, following in pairwise(rows):
        if row["child"] != following["child"]:
            continue
        assert row["dec"] <= following["decom"]
        if row["rec"] == "X1":
            assert row["dec"] == following["decom"]
        elif kind_of(row) == kind_of(following):
            starts = {one[2] for one in periods(care) if one[0] == row["child"]}
            assert following["decom"] in starts
    last_of = {row["child"]: row for row in rows}
    assert all(row["rec"] != "X1" for row in last_of.values())


@given(any_chains())
@settings(max_examples=150)
def test_only_what_is_said_to_change_a_period_changes_one(episodes: pl.DataFrame) -> None:
    care = made(episodes)
    changing = care.repairs.filter("changes_period")
    assert read_literally(applied(episodes, changing.to_dicts())) == periods(care)
    if changing.is_empty():
        assert read_literally(applied(episodes, [])) == periods(care)


@given(clean_chains())
def test_a_clean_chain_is_not_touched(episodes: pl.DataFrame) -> None:
    care = made(episodes)
    assert care.repairs.is_empty()
    if episodes.height:
        assert periods(care) == read_literally(applied(episodes, []))


@given(any_chains(), st.integers(0, 1000))
@settings(max_examples=60)
def test_every_episode_is_in_one_period_and_the_order_of_rows_does_not_matter(
    episodes: pl.DataFrame, seed: int
) -> None:
    chained = chain_up(episodes)
    assert sorted(chained["row_id"]) == sorted(episodes["row_id"])
    assert (chained["period"] >= 1).all()
    care = made(episodes)
    assert chained.select("child", "period").unique().height == care.periods.height
    assert chained.group_by("child", "period").agg(pl.col("kind").filter(pl.col("replaced_by").is_null()).n_unique())[
        "kind"
    ].unique().to_list() == [1]
    again = made(episodes.sample(fraction=1.0, shuffle=True, seed=seed))
    assert again.repairs.equals(care.repairs)
    assert periods(again) == periods(care)
