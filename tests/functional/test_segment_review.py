"""The page that the person who approves a grouping reads: made by its notebook, complete, closed, and of nobody."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from fi_workbench.briefs import open_review
from fi_workbench.briefs.checks import faults
from fi_workbench.briefs.notebook_lint import problems
from fi_workbench.resources import shipped
from fi_workbench.segmentation import read_approved
from fi_workbench.weekly import open_workspace
from tests.functional.conftest import WEEK, Run

NOTEBOOK = shipped("notebooks") / "briefs" / "segmentation_review.ipynb"


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, made: Path, run: Run) -> tuple[Path, dict[str, Any]]:
    """The page of a review of the grouping in use, and what the command printed for machines."""
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("reviewed") / "workspace"))
    version = read_approved(folder / "models" / "segmentation").version  # type: ignore[union-attr]
    told = run(["segment", "review", version, "--workspace", str(folder), "--json"])
    assert told.code == 0, told.err + told.out
    return Path(str(told.facts["page"])), cast("dict[str, Any]", told.facts)


def test_the_notebook_keeps_the_rules_of_brief_notebooks() -> None:
    assert problems(NOTEBOOK) == []


def test_the_page_answers_every_question_of_the_notebook_and_may_be_read_offline(reviewed) -> None:
    path, _ = reviewed
    page = path.read_bytes()
    assert faults(page, largest=900_000) == []
    text = page.decode()
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    asked = [line[3:] for cell in cells for line in "".join(cell["source"]).splitlines() if line.startswith("## ")]
    assert re.findall(r'<h2 id="part-\d+">(.*?)</h2>', text) == asked
    assert text.count("<figure>") == 4
    assert "risk" not in text.lower()


def test_the_page_is_closed_to_others_and_not_among_the_briefs(reviewed) -> None:
    path, _ = reviewed
    workspace = path.parents[2]
    assert path.parent.parent == workspace / "reviews"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not list((workspace / "built").rglob("segmentation_review*"))
    assert not (workspace / "briefs").exists()


def test_its_numbers_are_those_of_the_week(made: Path) -> None:
    workspace = open_workspace(made)
    used = read_approved(workspace.models)
    assert used is not None
    review = open_review(used.version, WEEK, workspace=made)
    members = workspace.lake.read_week_table(WEEK, "segment_memberships")
    counts = review.told.review_moves
    assert set(counts["cause"]) == {"none"}, "the grouping in use moves nobody"
    expected = dict(members.group_by(pl.col("segment").fill_null("none")).len().iter_rows())
    assert dict(counts.select("from_segment", "n_families").iter_rows()) == expected
    stored = workspace.lake.read_week_table(WEEK, "does_not_fit")
    kinds = dict(stored.group_by("kind").len().iter_rows())
    told = dict(review.told.review_unplaced.select("kind", "n_families").iter_rows())
    assert {kind: told[kind] for kind in ("no_segment", "two_equally")} == {
        kind: kinds.get(kind, 0) for kind in ("no_segment", "two_equally")
    }
    fair = workspace.lake.read_week_table(WEEK, "segment_fairness").drop("week")
    key = ["characteristic", "group", "measure", "segment"]
    assert review.told.segment_fairness.sort(key).equals(fair.select(review.told.segment_fairness.columns).sort(key))
    held = workspace.lake.read_week_table(WEEK, "unit_proposals")
    assert review.told.review_units["proposed_candidate"].sum() == held.height
    assert review.told.review_units["move_candidate"].sum() == held["moves"].sum()


def test_a_page_that_would_hold_somebody_is_not_written(week_made: Path, run: Run) -> None:
    """A name of a segment that is somebody's surname is refused at the last look."""
    workspace = open_workspace(week_made)
    people = workspace.lake.read("case_people", workspace.lake.pin(workspace.lake.latest_as_of()))
    surname = next(name for name in people["surname"].drop_nulls().unique().sort() if len(name) > 6)
    settings = week_made / "workbench.toml"
    text = settings.read_text()
    assert "[segment_names]" not in text
    settings.write_text(f'{text}\n[segment_names]\ns1 = "{surname}"\n')
    # Pages of the week that would hold it are refused, too.
    assert run(["weekly", "--workspace", str(week_made), "--repin", "--workers", "1"]).code in {0, 1, 3}
    version = read_approved(workspace.models).version  # type: ignore[union-attr]
    refused = run(["segment", "review", version, "--workspace", str(week_made)])
    assert refused.code == 1
    assert "surname" in refused.err
    assert surname not in refused.err
    assert not (week_made / "reviews").exists()


def test_a_week_that_was_not_made_is_said(week_loaded: Path, run: Run) -> None:
    version = read_approved(week_loaded / "models" / "segmentation").version  # type: ignore[union-attr]
    refused = run(["segment", "review", version, "--workspace", str(week_loaded)])
    assert refused.code == 1
    assert "fi-workbench weekly" in refused.err
    assert "Traceback" not in refused.err
    none = run(["segment", "review", "nothing", "--workspace", str(week_loaded)])
    assert "no such model" in none.err
