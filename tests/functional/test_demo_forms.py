"""The same simulated lives in every form that an authority has them: the forms agree with each other and all load."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import Checked, all_contracts
from fi_workbench.demo.care import _on_remand
from fi_workbench.demo.identifiers import case_number, number_of, one_in
from fi_workbench.demo.records import Care, Placement
from fi_workbench.loaders import annex_a, ssda903, table_folder
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.settings import Authority, Settings

SETTINGS = Settings(authority=Authority(name="Synthetic Borough", code="000", synthetic=True))
END = date(2026, 11, 22)


@pytest.fixture(scope="module")
def forms(extracts: Path) -> dict[str, dict[str, Checked]]:
    """Annex A, the standard dataset and SSDA903 as read and checked."""
    folder = extracts / "extracts"
    catalogue = all_contracts()
    read = {
        "annex_a": annex_a.read([folder / "annex_a" / f"annex_a_{END}.xlsx"], catalogue.source("annex_a"), SETTINGS),
        "ssd": table_folder.read(sorted((folder / "ssd" / str(END)).iterdir()), catalogue.source("ssd"), SETTINGS),
        "ssda903": ssda903.read(
            sorted((folder / "ssda903" / str(END)).iterdir()), catalogue.source("ssda903"), SETTINGS
        ),
    }
    for extract in read.values():
        assert extract.as_of == END
        assert not extract.holds
    return {name: check_tables(extract.tables, catalogue.source(name), END) for name, extract in read.items()}


def test_every_row_of_every_form_is_accepted(forms: dict[str, dict[str, Checked]]) -> None:
    for source, tables in forms.items():
        for name, checked in tables.items():
            assert checked.by_rule == {}, (source, name)
    assert len(forms["annex_a"]) == 11
    assert sum(one.accepted.height for one in forms["annex_a"].values()) > 100


def test_children_on_a_protection_plan_are_the_same_in_both(forms: dict[str, dict[str, Checked]]) -> None:
    listed = forms["annex_a"]["annex_a_child_protection"].accepted.filter(
        pl.col("child_protection_plan_end_date").is_null()
    )
    plans = forms["ssd"]["ssd_cp_plans"].accepted.filter(pl.col("cppl_cp_plan_end_date").is_null())
    assert set(listed["child_unique_id"]) == set(plans["cppl_person_id"])
    assert listed.height > 3


def test_looked_after_children_are_the_same_in_annex_a_and_ssda903(forms: dict[str, dict[str, Checked]]) -> None:
    listed = forms["annex_a"]["annex_a_looked_after"].accepted.filter(pl.col("looked_after_end_date").is_null())
    episodes = forms["ssda903"]["ssda903_episodes"].accepted.filter(
        pl.col("dec").is_null() & ~pl.col("ls").is_in(["V3", "V4"])
    )
    assert set(listed["child_unique_id"]) == set(episodes["child"])


def test_the_truth_knows_when_programmes_came_and_the_system_was_replaced(extracts: Path) -> None:
    import json

    truth = next(path for path in extracts.parent.iterdir() if path.name.endswith("-truth"))
    world = json.loads((truth / "world.json").read_text(encoding="utf-8"))
    assert date.fromisoformat(world["case_system_replaced"]) < END
    came = pl.read_parquet(truth / "roll_out" / "*.parquet")
    assert came["programme"].n_unique() == len(world["programmes"])
    if came["patch"].n_unique() > 1:
        assert came.group_by("programme").agg(pl.col("from").n_unique())["from"].max() > 1


class Child:
    """What a remand asks of a child."""

    asylum = False

    def __init__(self, reference: str) -> None:
        self.reference = reference


def test_some_short_periods_of_older_children_are_remands_and_nothing_else_changes() -> None:
    changed = 0
    for n in range(300):
        placements = [Placement(100, "S", "V2", "U6", "PR1", 130, "E4A")]
        care = Care(Child(case_number(1, n)), "N6", placements, 130, "E4A")  # type: ignore[arg-type]
        _on_remand(care, 15.0)
        changed += placements[0].legal == "J1"
        assert (placements[0].legal == "J1") == (placements[0].reason_ceased == "E14")
        assert care.reason == "E4A"
        younger = Care(care.child, "N6", [Placement(100, "S", "V2", "U6", "PR1", 130, "E4A")], 130, "E4A")
        _on_remand(younger, 8.0)
        assert younger.placements[0].legal == "V2"
    assert 70 <= changed <= 130


def test_chance_by_number_is_the_same_for_ever_and_even() -> None:
    assert number_of("SYN0000001", "remand") == number_of("SYN0000001", "remand")
    hits = sum(one_in(case_number(2, n), "anything", 10) for n in range(2000))
    assert 150 <= hits <= 250


def test_permanence_before_has_its_authority_and_its_day(extracts: Path) -> None:
    with (extracts / "extracts" / "ssda903" / str(END) / "previous_permanence.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert (row["PREV_PERM"] in {"Z1", "P4"}) == (row["DATE_PERM"] == "")
