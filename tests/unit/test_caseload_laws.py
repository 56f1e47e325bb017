"""Laws of the status ladder, tried on made-up spells against a slow day-by-day reading."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fi_workbench.caseload import READS, Caseload, build
from fi_workbench.caseload.ladder import LADDER, OUT, STATUSES, status_timeline
from fi_workbench.contracts import all_contracts

CATALOGUE = all_contracts()
DAY_0 = date(2026, 1, 1)
SPAN = 60
KINDS = tuple(LADDER.values())

days = st.integers(0, SPAN)
spell_lists = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(KINDS), days, st.one_of(st.none(), days)), min_size=1, max_size=10
)


def day(n: int) -> date:
    return DAY_0 + timedelta(days=n)


def frame_of(spells: list[tuple[int, str, int, int | None]]) -> pl.DataFrame:
    rows = [(f"P{p}", kind, day(a), None if b is None else day(b)) for p, kind, a, b in spells]
    return pl.DataFrame(
        rows, schema={"person_id": pl.String, "kind": pl.String, "start": pl.Date, "end": pl.Date}, orient="row"
    )


def limits(adult: int | None = None, died: int | None = None) -> pl.DataFrame:
    rows = [(f"P{p}", None if adult is None else day(adult), None if died is None else day(died)) for p in (1, 2, 3)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "adult_from": pl.Date, "died_on": pl.Date}, orient="row")


def slow_status(spells: list[tuple[int, str, int, int | None]], person: int, n: int) -> str:
    """The same question asked the slow way: what is open on this day, and which of it comes first?"""
    kinds = {kind for p, kind, a, b in spells if p == person and a <= n and (b is None or b > n)}
    return next((status for status, kind in LADDER.items() if kind in kinds), "closed")


def on(timeline: pl.DataFrame, person: int, n: int) -> str | None:
    rows = timeline.filter(pl.col("person_id") == f"P{person}", pl.col("from_date") <= day(n))
    return rows["status"].last() if rows.height else None


@given(spell_lists)
@settings(max_examples=60, deadline=None)
def test_the_timeline_agrees_with_reading_day_by_day(spells: list[tuple[int, str, int, int | None]]) -> None:
    timeline = status_timeline(frame_of(spells), limits())
    for person in (1, 2, 3):
        starts = [a for p, _, a, b in spells if p == person and (b is None or b > a)]
        for n in range(0, SPAN + 2, 3):
            expected = slow_status(spells, person, n) if starts and n >= min(starts) else None
            assert on(timeline, person, n) == expected


@given(spell_lists, days, days)
@settings(max_examples=40, deadline=None)
def test_nobody_is_a_child_after_death_or_at_18_unless_looked_after(
    spells: list[tuple[int, str, int, int | None]], adult: int, died: int
) -> None:
    timeline = status_timeline(frame_of(spells), limits(adult, died))
    for person in (1, 2, 3):
        for n in range(SPAN + 1):
            found = on(timeline, person, n)
            if found is None:
                continue
            if n >= died:
                assert found == OUT
            elif n >= adult:
                assert found in (OUT, "looked_after")


@given(spell_lists)
@settings(max_examples=30, deadline=None)
def test_adding_a_spell_never_lowers_a_status(spells: list[tuple[int, str, int, int | None]]) -> None:
    order = {status: n for n, status in enumerate(STATUSES)}
    fewer, more = status_timeline(frame_of(spells[:-1]), limits()), status_timeline(frame_of(spells), limits())
    for person in (1, 2, 3):
        for n in range(0, SPAN + 2, 5):
            before = on(fewer, person, n)
            if before is not None:
                after = on(more, person, n)
                assert after is not None
                assert order[after] <= order[before]


def source(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = CATALOGUE.table(table).polars_schema() | {"as_of": pl.Date(), "row_id": pl.String()}
    return pl.DataFrame(
        [{"as_of": day(SPAN), "row_id": f"{table}-{n}", **r} for n, r in enumerate(rows)], schema=schema
    )


cases = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, SPAN), st.one_of(st.none(), st.integers(0, 40)), st.sampled_from(["RC7", "RC2", "RC5", "RC1"])),
    max_size=8, unique_by=lambda c: (c[0], c[1]),
)  # fmt: skip
plans = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30))), max_size=6)
care = st.lists(
    st.tuples(st.integers(1, 4), days, st.one_of(st.none(), st.integers(1, 20)), st.sampled_from(["X1", "E4A", "E3", "E8"]),
              st.sampled_from(["C2", "V2", "V4"])),
    max_size=6, unique_by=lambda c: (c[0], c[1]),
)  # fmt: skip


def world(
    some_cases: list[tuple[int, int, int | None, str]],
    some_plans: list[tuple[int, int, int | None]],
    some_care: list[tuple[int, int, int | None, str, str]],
    as_at: date,
) -> Caseload:
    opened = [
        {"la_child_id": str(c), "cin_referral_date": day(a), "cin_closure_date": None if b is None else day(a + b),
         "reason_for_closure": None if b is None else why} for c, a, b, why in some_cases
    ]  # fmt: skip
    protection = [
        {"la_child_id": opened[n % len(opened)]["la_child_id"], "cin_referral_date": opened[n % len(opened)]["cin_referral_date"],
         "cpp_start_date": opened[n % len(opened)]["cin_referral_date"] + timedelta(days=a),
         "cpp_end_date": None if b is None else opened[n % len(opened)]["cin_referral_date"] + timedelta(days=a + b)}
        for n, a, b in some_plans if opened
    ]  # fmt: skip
    looked_after = [
        {"child": str(c), "decom": day(a), "rne": "S", "ls": ls, "dec": None if b is None else day(a + b),
         "rec": None if b is None else rec} for c, a, b, rec, ls in some_care
    ]  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "people": [{"person_id": f"P{n}", "case_reference": str(n), "is_adult": False, "birth_date": date(2015, 1, n),
                    "restricted": False, "source": "case_people"} for n in range(1, 5)],
        "families": [{"family_id": f, "restricted": False} for f in "FG"],
        "family_members": [{"family_id": "F" if n < 3 else "G", "person_id": f"P{n}", "role": "child"} for n in range(1, 5)],
        "cin_episodes": opened,
        "cin_protection_plans": protection,
        "ssda903_episodes": looked_after,
    }  # fmt: skip
    return build(**{name: source(name, rows.get(name, [])) for name in READS}, as_at=as_at)


@given(cases, plans, care, st.integers(5, SPAN))
@settings(max_examples=30, deadline=None)
def test_one_status_one_family_and_an_earlier_day_is_not_rewritten(
    some_cases: list[Any], some_plans: list[Any], some_care: list[Any], earlier: int
) -> None:
    late = world(some_cases, some_plans, some_care, day(SPAN))
    early = world(some_cases, some_plans, some_care, day(earlier))
    for made in (late, early):
        assert made.child_status["person_id"].is_unique().all()
        assert made.family_status["n_children_open"].sum() == (made.child_status["status"] != "closed").sum()
        spans = made.status_history
        assert spans.filter(pl.col("to_date") <= pl.col("from_date")).is_empty()
        following = spans.with_columns(following=pl.col("from_date").shift(-1).over("person_id")).drop_nulls(
            "following"
        )
        assert (following["to_date"] <= following["following"]).all()
        order = pl.Enum(STATUSES)
        children = made.child_status.with_columns(pl.col("status").cast(order).to_physical().alias("rank"))
        families = made.family_status.with_columns(pl.col("status").cast(order).to_physical().alias("top"))
        joined = children.join(families.select("family_id", "top"), on="family_id")
        assert (joined["top"] <= joined["rank"]).all()
        current = spans.filter(pl.col("to_date").is_null()).select("person_id", now="status")
        agreed = made.child_status.join(current, on="person_id")
        assert (agreed["now"] == agreed["status"]).all()
    then = day(earlier)
    known = late.status_history.filter(
        pl.col("from_date") <= then, pl.col("to_date").is_null() | (pl.col("to_date") > then)
    ).select("person_id", then="status")
    replayed = early.child_status.join(known, on="person_id")
    assert (replayed["then"] == replayed["status"]).all()
    open_then = early.child_status.filter(pl.col("status") != "closed")["person_id"]
    assert set(open_then) <= set(known["person_id"])
