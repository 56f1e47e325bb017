"""The gate: each audience gets its columns and rows, and everything doubtful is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from fi_workbench.contracts import Column, Table
from fi_workbench.disclosure import SUPPRESSED, Released, profile_named, release
from fi_workbench.errors import DisclosureError

TEXT, COUNT, DAY = pl.String(), pl.Int64(), pl.Date()


def column(
    name: str, classification: str, dtype: Any = TEXT, key: int | None = None, enum: tuple[str, ...] = ()
) -> Column:
    kinds = {
        pl.String(): "string",
        pl.Int64(): "integer",
        pl.Date(): "date",
        pl.Float64(): "number",
        pl.Boolean(): "boolean",
    }
    return Column(name, name, name, "", kinds[dtype], dtype, False, classification, key, enum)  # type: ignore[arg-type]


def table(name: str, *columns: Column) -> Table:
    keys = tuple(c.name for c in columns if c.is_key)
    return Table(name, "", "one row per test", keys, {c.name: c for c in columns}, (), "test", "1")


ACTIONS = table(
    "unit_actions",
    column("unit", "public", key=1),
    column("action", "public", key=2),
    column("n_children", "aggregate", COUNT),
    column("by_date", "aggregate", DAY),
    column("trace", "pseudonym"),
)
WORKLIST = table(
    "worklist_items",
    column("unit", "public", key=1),
    column("worker_id", "case_reference", key=2),
    column("case_reference", "case_reference", key=3),
    column("surname", "personal"),
    column("ethnicity", "special"),
)
INSIGHTS = table(
    "unit_insights",
    column("unit", "public", key=1),
    column("insight", "public", key=2),
    column("n_families", "aggregate", COUNT),
    column("finding", "aggregate"),
)
NEEDS = table(
    "unit_needs",
    column("unit", "internal", key=1),
    column("need", "internal", key=2),
    column("n_present", "aggregate", COUNT),
    column("rate", "aggregate", pl.Float64()),
    column("sentence", "aggregate"),
)


def actions(**changes: Any) -> pl.DataFrame:
    data = {"unit": ["tyne"], "action": ["visit"], "n_children": [3], "by_date": [date(2026, 11, 20)], "trace": ["r1"]}
    return pl.DataFrame({**data, **changes})


def worklist(worker: str = "w1", unit: str = "tyne") -> pl.DataFrame:
    values = {"unit": unit, "worker_id": worker, "case_reference": "c1", "surname": "Q", "ethnicity": "WBRI"}
    return pl.DataFrame({key: [value] for key, value in values.items()})


def test_a_unit_gets_counts_and_dates_and_no_row_names() -> None:
    released = release(actions(), ACTIONS, audience="unit", unit="tyne", profile="local")
    assert released.frame.columns == ["unit", "action", "n_children", "by_date"]
    assert released.dropped == ("trace",)
    assert released.dates() == {date(2026, 11, 20)}


def test_its_representation_shows_no_value() -> None:
    released = release(actions(), ACTIONS, audience="unit", unit="tyne", profile="local")
    assert repr(released) == "Released(unit_actions, audience=unit, rows=1)"
    assert "tyne" not in f"{released}"


def test_nobody_else_can_make_released_rows() -> None:
    with pytest.raises(DisclosureError, match="released by the gate"):
        Released("unit_actions", "unit", "tyne", {}, (), actions())


def test_the_column_that_the_store_adds_is_left_out() -> None:
    frame = actions().with_columns(week=pl.lit("2026-W47"))
    assert "week" not in release(frame, ACTIONS, audience="unit", unit="tyne", profile="local").frame.columns


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(DisclosureError, match="does not describe") as caught:
        release(actions().with_columns(mood=pl.lit("secret")), ACTIONS, audience="unit", unit="tyne", profile="local")
    assert "mood" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_column_without_a_known_class_is_refused() -> None:
    odd = table("odd", column("unit", "public", key=1), column("n", "probably fine", COUNT))
    with pytest.raises(DisclosureError, match="class of sensitivity"):
        release(pl.DataFrame({"unit": ["a"], "n": [1]}), odd, audience="unit", unit="a", profile="local")


@pytest.mark.parametrize("owner", ["tees", None])
def test_rows_of_another_unit_are_refused(owner: str | None) -> None:
    with pytest.raises(DisclosureError):
        release(actions(), ACTIONS, audience="unit", unit=owner, profile="local")


def test_a_missing_unit_is_another_unit() -> None:
    with pytest.raises(DisclosureError, match="another unit"):
        release(actions(unit=[None]), ACTIONS, audience="unit", unit="tyne", profile="local")


def test_a_table_of_people_is_not_for_a_unit_nor_for_publishing() -> None:
    for audience in ("unit", "published"):
        with pytest.raises(DisclosureError, match="stands for a person"):
            release(worklist(), WORKLIST, audience=audience, unit="tyne", profile="local")  # type: ignore[arg-type]


def test_a_worker_gets_their_own_references_and_no_names() -> None:
    released = release(worklist(), WORKLIST, audience="worker", unit="tyne", worker="w1", profile="local")
    assert released.frame.columns == ["unit", "worker_id", "case_reference"]


@pytest.mark.parametrize(("worker", "unit"), [("w2", "tyne"), ("w1", "tees"), (None, "tyne")])
def test_a_worker_gets_nobody_elses_rows(worker: str | None, unit: str) -> None:
    with pytest.raises(DisclosureError):
        release(worklist(), WORKLIST, audience="worker", unit=unit, worker=worker, profile="local")


def test_a_manager_gets_the_unit() -> None:
    both = pl.concat([worklist("w1"), worklist("w2")])
    assert release(both, WORKLIST, audience="manager", unit="tyne", profile="local").frame.height == 2


def test_an_analyst_gets_everything() -> None:
    assert release(worklist(), WORKLIST, audience="analyst", profile="local").frame.columns == worklist().columns


def test_an_audience_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DisclosureError, match="no audience"):
        release(actions(), ACTIONS, audience="press", profile="local")  # type: ignore[arg-type]


def test_restricted_rows_never_leave() -> None:
    marked = table("marked", column("unit", "public", key=1), column("restricted", "internal", pl.Boolean()))
    for value in (True, None):
        frame = pl.DataFrame({"unit": ["a"], "restricted": [value]}, schema_overrides={"restricted": pl.Boolean()})
        with pytest.raises(DisclosureError, match="restricted"):
            release(frame, marked, audience="unit", unit="a", profile="local")


@pytest.mark.parametrize(("n", "passes"), [(9, False), (10, True), (None, False)])
def test_an_insight_is_about_ten_families_or_more(n: int | None, passes: bool) -> None:
    frame = pl.DataFrame(
        {"unit": ["a"], "insight": ["i"], "n_families": [n], "finding": ["f"]}, schema_overrides={"n_families": COUNT}
    )
    if passes:
        assert release(frame, INSIGHTS, audience="unit", unit="a", profile="local").frame.height == 1
    else:
        with pytest.raises(DisclosureError, match="fewer than 10"):
            release(frame, INSIGHTS, audience="unit", unit="a", profile="local")


def needs(counts: list[list[int]]) -> pl.DataFrame:
    rows = [
        {"unit": f"u{i}", "need": f"n{j}", "n_present": n, "rate": n / 7, "sentence": f"{n} of 60"}
        for i, line in enumerate(counts)
        for j, n in enumerate(line)
    ]
    return pl.DataFrame(rows)


def test_published_counts_are_hidden_with_company_and_without_text() -> None:
    released = release(needs([[3, 40, 20], [50, 60, 30]]), NEEDS, audience="published", profile="dfe")
    frame = released.frame
    assert frame.columns == ["unit", "need", "n_present", "rate", SUPPRESSED]
    hidden = frame.filter(pl.col(SUPPRESSED))
    assert hidden.height == 4
    assert hidden["n_present"].null_count() == 4
    assert hidden["rate"].null_count() == 4
    assert released.symbol == "c"
    assert released.n_hidden == 4


def test_published_counts_are_rounded_where_the_profile_rounds() -> None:
    released = release(needs([[13, 41], [52, 67]]), NEEDS, audience="published", profile="nhs")
    assert released.frame["n_present"].to_list() == [15, 40, 50, 65]
    assert "rate" in released.dropped
    assert "sentence" in released.dropped


def test_an_empty_table_is_published_empty() -> None:
    assert release(needs([[1]]).clear(), NEEDS, audience="published", profile="dfe").frame.height == 0


def test_profiles_have_names() -> None:
    with pytest.raises(DisclosureError, match="no disclosure profile"):
        profile_named("ons")
