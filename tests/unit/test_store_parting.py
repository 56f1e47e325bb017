"""Which rows are about a person, which only mention one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import catalogue, column, table

from fi_workbench.store.parting import part

TABLES = catalogue().tables


def test_a_key_that_names_the_person_takes_the_row_and_another_column_is_emptied() -> None:
    rows = pl.DataFrame(
        {
            "person_id": ["1", "2", "3", "4"],
            "mother_person_id": ["9", "1", None, "9"],
            "surname": ["1", "a", "b", "c"],
            "nhs_number": [None, None, None, None],
            "row_id": ["r1", "r2", "r3", "r4"],
        },
        schema_overrides={"nhs_number": pl.String},
    )
    parted = part(rows, TABLES["register"], {"1", "r4"})
    assert parted.removed["row_id"].to_list() == ["r1", "r4"]
    assert parted.blanked.rows() == [("2", None, "a", None, "r2")]
    assert parted.kept["row_id"].to_list() == ["r3"]


def test_a_list_loses_the_name_and_keeps_the_others() -> None:
    rows = pl.DataFrame({"unit": ["a", "b", "c"], "n": [1, 2, 3], "trace": [["x", "y"], ["z"], None]})
    parted = part(rows, TABLES["actions"], {"x"})
    assert parted.removed.is_empty()
    assert parted.blanked.rows() == [("a", 1, ["y"])]
    assert parted.kept["unit"].to_list() == ["b", "c"]


def test_codes_and_the_numbers_of_staff_name_nobody() -> None:
    rows = pl.DataFrame({"child_id": ["2"], "visit_date": [None], "seen": [True], "worker_id": ["1"], "row_id": ["r"]})
    assert not part(rows, TABLES["visits"], {"1"}).is_touched
    actions = pl.DataFrame({"unit": ["1"], "n": [1], "trace": [[]]}, schema_overrides={"trace": pl.List(pl.String)})
    assert not part(actions, TABLES["actions"], {"1"}).is_touched


def test_a_column_that_says_whose_row_it_is_takes_the_row_though_it_may_be_empty() -> None:
    own = replace(column("person_id", "string", "case_reference"), whose=True)
    plans = table(
        "plans", column("plan_id", "string", key=1), own, column("note", "string"), source="s", delivery="full"
    )
    rows = pl.DataFrame(
        {
            "plan_id": ["SYN0004883-1", "p2", "p3", "SYN00048834-1", "p5"],
            "person_id": [None, "SYN0004883", "x", "y", None],
            "note": [None, None, "with SYN0004883.", "SYN00048834", "SYN0004883x"],
            "row_id": ["r1", "r2", "r3", "r4", "SYN0004883-5"],
        }
    )
    parted = part(rows, plans, {"SYN0004883"}, {"SYN0004883"})
    assert parted.removed["row_id"].to_list() == ["r1", "r2"]
    assert parted.blanked.rows() == [("p3", "x", None, "r3")]
    assert parted.kept["row_id"].to_list() == ["r4", "SYN0004883-5"]


def test_a_number_alone_that_another_thing_bears_names_nobody() -> None:
    plans = table("plans", column("plan_id", "string", key=1), column("person_id", "string", "case_reference"))
    rows = pl.DataFrame({"plan_id": ["204871", "204871-2", "1-1"], "person_id": [None, None, "7"]})
    assert part(rows, plans, {"204871"}, {"204871"}).removed["plan_id"].to_list() == ["204871-2"]
    assert not part(rows.tail(1), plans, {"1"}, {"1"}).is_touched, "short numbers are looked for as whole values"
