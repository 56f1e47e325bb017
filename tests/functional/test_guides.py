"""The guide notebooks: they keep the rules of notebooks, run whole, and show what they say."""

from __future__ import annotations

import csv
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

from fi_workbench import segmentation
from fi_workbench.briefs.notebook_lint import problems
from fi_workbench.contracts import all_contracts
from fi_workbench.demo import make_authority
from fi_workbench.errors import ContractError, SegmentationError, WrongUseError
from fi_workbench.resources import shipped
from fi_workbench.weekly.first_grouping import synthetic_families
from fi_workbench.weekly.new_partner import new_partner
from fi_workbench.weekly.what_if_guide import what_if_guide

GUIDES = sorted((shipped("notebooks") / "guides").glob("*.ipynb"))
FEED = shipped("notebooks") / "guides" / "fire_service"
PLANTED = {
    8: "dob_is_a_date",  # the 31st of February
    12: "concern_code_known",  # ZZ9
    15: "visit_date_not_after_extract",  # a year ahead
    20: "person_no_present",
    24: "fields_complete",  # eight of twelve fields
}
"""Line of the delivery, counted in the file, and what was put there."""


def partner(**other):
    files = {"sample": "sample.csv", "settled": "fire_service.odcs.yaml", "delivery": "fire_service_2026-11-22.csv"}
    return new_partner(source="fire_service", at=datetime(2026, 11, 23, 9, tzinfo=UTC), **(files | other))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_guide_keeps_the_rules_of_notebooks(path: Path) -> None:
    """But that its parameters name files."""
    assert [found for found in problems(path) if not found.startswith("cell 2: a path")] == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_guide_runs_whole_and_shows_an_answer_in_each_cell_that_asks(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=240).execute()
    asks = [cell for cell in notebook.cells if cell.cell_type == "code"][2:]
    assert all(len(cell.outputs) == 1 and "text/markdown" in cell.outputs[0].data for cell in asks)


def test_a_feed_of_an_unknown_kind_is_taken_by_a_contract_file_alone() -> None:
    assert "fire_service" not in all_contracts().sources
    package = Path(new_partner.__code__.co_filename).parents[1]
    named = subprocess.run(
        ["grep", "-rilE", "referral ref|children in home|alarm fitted", str(package), "--include=*.py"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert named.stdout == "", "no code knows this feed"

    one = partner()
    drafted = one.draft().frame
    with (FEED / "sample.csv").open(encoding="utf-8", newline="") as file:
        assert drafted["heading"].to_list() == next(csv.reader(file))
    assert one.to_settle().frame.height == 11
    assert "partner_person" in one.settle().text
    assert one.to_settle().frame.is_empty()
    assert {"visit_not_before_referral", *PLANTED.values()} - {"fields_complete"} <= set(one.promises().frame["rule"])

    counts = dict(one.load().frame.iter_rows())
    lines = (FEED / "fire_service_2026-11-22.csv").read_text(encoding="cp1252").splitlines()
    assert counts["read"] == len(lines)
    assert dict(one.refused().frame.select("line", "rule").iter_rows()) == PLANTED
    twice = len(lines) - len(set(lines))
    assert counts["exact duplicates"] == twice == 1
    assert counts["accepted"] == len(lines) - len(PLANTED) - twice - 3
    accepted = one.accepted().frame
    assert accepted.height == counts["accepted"]
    assert set(accepted.columns) & {"first_name", "surname", "dob", "post_code", "person_no"} == set()


def test_the_guide_on_groupings_says_what_its_model_says() -> None:
    town = synthetic_families(make_authority, families=300, weeks=104, seed=5, n_classes=3)
    assert town.rows.filter(pl.all_horizontal(pl.all().is_null())).is_empty()
    known = town.known().frame
    n_families = town.family_profiles.height
    assert (known["present"] + known["assessed_absent"] + known["unknown"] == n_families).all()
    candidate = segmentation.fit_candidate(
        town.need_profiles, town.family_profiles, town.settings, made_on=town.as_at, newcomers=town.newcomers
    )
    assert candidate.newcomers is not None
    assert candidate.newcomers.families == len(set(town.newcomers) & set(town.family_profiles["family_id"]))
    with pytest.raises(SegmentationError, match="No grouping has been approved"):
        town.in_use()
    town.keep(candidate)
    segmentation.approve(town.models, candidate.version, "A. Person", "Three groups", town.at)
    assert town.in_use().grouping == candidate
    assert town.stability(candidate).frame["code"].to_list() == [one.code for one in candidate.segments]
    points = town.card(candidate).frame
    assert points["answer"][0] == "Start with"
    assert points.width == 4
    unplaced = town.unplaced(town.in_use()).frame
    assert set(unplaced["kind"]) <= {"no_segment", "two_equally"}
    assert unplaced["case_for"].null_count() == 0


def test_what_is_not_there_or_not_settled_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no such file"):
        partner(sample="nobody.csv")
    broken = tmp_path / "fire_service.odcs.yaml"
    broken.write_text((FEED / "fire_service.odcs.yaml").read_text(encoding="utf-8").replace("required:", "requird:"))
    one = partner(settled=str(broken))
    one.draft()
    with pytest.raises(ContractError, match="requird"):
        one.settle()
    assert one.to_settle().frame.height == 11, "the draft stands as it was"


def test_the_guide_of_scenarios_counts_what_it_says() -> None:
    one = what_if_guide(
        make_authority, families=120, seed=5, scenarios="scenarios.toml", at=datetime(2026, 11, 23, 9, tzinfo=UTC)
    )
    side = {row["scenario"]: row for row in one.side_by_side().frame.iter_rows(named=True)}
    refused = dict(one.cannot_be_done().frame.iter_rows())
    named = {"as now", "North takes 15 more", "A fifth unit", "Drawn anew", "A busy week", "South closes"}
    assert set(side) | set(refused) == named
    now = one.now().frame
    assert now["come"].sum() == now["leave"].sum() == side["as now"]["families that move"]
    assert (now["places"] - now["load"] == now["room"]).all()
    assert side["A busy week"]["families"] == side["as now"]["families"] + 8
    assert one.units_of("A fifth unit").frame["unit"].to_list()[-1] == "Fifth unit"
    reasons = one.reasons().frame
    assert (reasons["families"].sum(), reasons["move"].sum()) == (
        side["as now"]["families"], side["as now"]["families that move"],
    )  # fmt: skip
    with pytest.raises(WrongUseError, match="Choose of: as now"):
        one.units_of("Nothing")
    with pytest.raises(WrongUseError, match="no file of scenarios"):
        what_if_guide(
            make_authority, families=60, seed=5, scenarios="none.toml", at=datetime(2026, 11, 23, 9, tzinfo=UTC)
        )
