"""What-if and decisions about families, by command: compared before anybody moves, kept by name, never naming a family."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fi_workbench.errors import EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USE
from fi_workbench.weekly import decide_family, open_workspace
from tests.functional.conftest import WEEK, Run

SCENARIOS = """
[[scenario]]
name = "Twice the places"
capacity = { unit_north = 200, unit_east = 200, unit_south = 200, unit_west = 200 }

[[scenario]]
name = "Drawn anew"
everyone_may_move = true
unit = [{ code = "unit_fifth", name = "Fifth unit", segments = ["s2"], capacity_children = 40 }]

[[scenario]]
name = "Too little"
capacity = { unit_north = 1, unit_east = 1, unit_south = 1, unit_west = 1 }
everyone_may_move = true
"""


def test_scenarios_are_compared_and_nobody_is_moved(made: Path, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text(SCENARIOS)
    before = open_workspace(made).lake.read_week_table(WEEK, "unit_proposals")
    told = run(["segment", "what-if", str(file), "-w", str(made), "--json"])
    assert told.code == EXIT_DONE, told.err
    rows = {row["scenario"]: row for row in told.facts["scenarios"]}
    assert list(rows) == ["as now", "Twice the places", "Drawn anew", "Too little"]
    assert rows["as now"]["families"] == before.height
    assert rows["as now"]["move"] == before["moves"].sum()
    assert rows["Drawn anew"]["move"] > rows["as now"]["move"]
    assert rows["Twice the places"]["no_room"] == 0
    assert not rows["Too little"]["possible"]
    assert "There are more children than the units together can hold. The least" in rows["Too little"]["why_not"]
    assert len(told.facts["one_more_place"]) == 4
    assert open_workspace(made).lake.read_week_table(WEEK, "unit_proposals").equals(before)
    shown = run(["segment", "what-if", str(file), "-w", str(made)])
    plain = " ".join(shown.out.split())
    assert "Too little: cannot be done." in plain
    assert "Fifth unit" in plain
    assert not [family for family in before["family_id"] if family in told.out + shown.out]


def test_errors_say_what_is_wrong(made: Path, extracts: Path, tmp_path: Path, run: Run) -> None:
    assert run(["segment", "what-if", str(tmp_path / "none.toml"), "-w", str(made)]).code == EXIT_WRONG_USE
    wrong = run(["segment", "what-if", "--capacity", "unit_moon=3", "-w", str(made)])
    assert wrong.code == EXIT_WRONG_USE
    assert "there is no unit unit_moon" in wrong.err
    assert run(["segment", "what-if", "-w", str(extracts)]).code == EXIT_FAILED
    example = run(["segment", "what-if", "--example"])
    assert example.code == EXIT_DONE
    assert "[[scenario]]" in example.out


def test_a_decision_by_name_holds_for_the_week_made_from_then_on(week_made: Path, run: Run) -> None:
    workspace = open_workspace(week_made)
    proposals = workspace.lake.read_week_table(WEEK, "unit_proposals")
    kept = proposals.filter(~proposals["moves"], proposals["current_unit"] == "unit_north").row(0, named=True)
    family = kept["family_id"]
    by = ["--by", "A Manager", "--reason", "agreed with the family", "-w", str(week_made)]
    for wrong in (
        ["segment", "decide", "nobody", "stay", *by],
        ["segment", "decide", family, "vanish", *by],
        ["segment", "decide", family, "place", *by],
        ["segment", "decide", family, "stay", "--unit", "unit_west", *by],
        ["segment", "decide", family, "place", "--unit", "unit_moon", *by],
        ["segment", "decide", family, "stay", "--by", " ", "--reason", "x", "-w", str(week_made)],
    ):
        refused = run(wrong)
        assert refused.code == EXIT_WRONG_USE, refused.out
        assert family not in refused.err
    assert open_workspace(week_made).lake.decisions("allocation").is_empty()
    done = run(["segment", "decide", family, "place", "--unit", "unit_west", *by, "--json"])
    assert done.code == EXIT_DONE, done.err
    (row,) = open_workspace(week_made).lake.decisions("allocation").iter_rows(named=True)
    assert (row["by"], row["reason"], row["subject"]) == ("A Manager", "agreed with the family", family)
    # A decision holds from its day on: one of the week's Friday is seen by the week, a later one is not.
    friday, later = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (20, 24))
    opened = open_workspace(week_made)
    other = proposals.filter(~proposals["moves"], proposals["current_unit"] == "unit_south")["family_id"][0]
    decide = {"by": "A Manager", "reason": "agreed"}
    decide_family(opened, other, "place", unit="unit_east", at=friday, **decide)
    decide_family(opened, other, "none", unit=None, at=later, **decide)
    again = run(["weekly", "-w", str(week_made), "--workers", "1", "--repin", "--week", WEEK])
    assert again.code in {0, 3}, again.err
    told = open_workspace(week_made).lake.read_week_table(WEEK, "unit_proposals").filter(family_id=other)
    assert told.select("proposed_unit", "moves", "reason").row(0) == (
        "unit_east", True, "A person named another unit for it",
    )  # fmt: skip
