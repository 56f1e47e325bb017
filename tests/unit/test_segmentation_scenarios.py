"""Scenario files: what can be written, what is refused, and what becomes of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fi_workbench.errors import WrongUseError
from fi_workbench.segmentation.scenarios import EXAMPLE, of_capacities, parse_scenarios, read_scenarios, scenarios
from fi_workbench.segmentation.what_if import AS_NOW, Scenario, compare
from fi_workbench.settings import parse_settings
from tests.unit.test_segmentation_what_if import ROSTER, frames

AS_AT = date(2026, 11, 22)
SETTINGS = parse_settings(
    {
        "authority": {"name": "T", "code": "000"},
        "units": [
            {"code": "unit_north", "name": "North", "segments": ["s1"], "capacity_children": 3},
            {"code": "unit_west", "name": "West", "segments": ["s2"], "capacity_children": 30},
        ],
    }
)


def made(text: str) -> dict[str, Scenario]:
    return dict(scenarios(parse_scenarios(text, where="f"), SETTINGS, segments=["s1", "s2"], as_at=AS_AT))


def test_the_example_can_be_read_and_says_what_it_seems_to() -> None:
    told = made(EXAMPLE)
    assert list(told) == [AS_NOW, "North takes ten more", "A fifth unit", "West closes", "A busy week"]
    assert told["North takes ten more"].settings.units[0].capacity_children == 210
    assert [unit.code for unit in told["A fifth unit"].settings.units] == ["unit_north", "unit_west", "unit_fifth"]
    assert told["A fifth unit"].everyone_may_move
    assert [unit.code for unit in told["West closes"].settings.units] == ["unit_north"]
    intake = told["A busy week"].intake
    assert intake is not None
    assert (intake.height, intake["n_children_open"].sum()) == (12, 24)
    assert SETTINGS.units[0].capacity_children == 3


def test_scenarios_are_counted_side_by_side() -> None:
    text = """
        [[scenario]]
        name = "room"
        capacity = { unit_north = 5 }
        [[scenario]]
        name = "closes"
        close = ["unit_north"]
        [[scenario]]
        name = "busy"
        intake = [{ segment = "s1", families = 2, children = 1 }]
    """
    tables = frames(5)
    held = tables["family_status"].with_columns(unit=tables["family_status"]["family_id"].replace({"f0": "unit_north"}))
    held = held.with_columns(unit=held["unit"].replace({f"f{n}": None for n in range(1, 5)}))
    told = compare(
        made(text), family_status=held, segment_memberships=tables["segment_memberships"], roster=ROSTER, as_at=AS_AT
    )
    rows = {row["scenario"]: row for row in told.scenarios.iter_rows(named=True)}
    assert [
        (name, row["families"], row["move"], row["children_move"], row["no_room"]) for name, row in rows.items()
    ] == [
        (AS_NOW, 5, 0, 0, 2),
        ("room", 5, 0, 0, 0),
        ("closes", 5, 1, 1, 0),  # the one family that the closed unit holds
        ("busy", 7, 0, 0, 4),
    ]
    units = {(row["scenario"], row["unit"]): row for row in told.units.iter_rows(named=True)}
    assert units["closes", "unit_west"]["come"] == 1
    assert (units["room", "unit_north"]["load"], units["room", "unit_north"]["room"]) == (5.0, 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[scenario", "not readable as TOML"),
        ("", "scenario: Field required"),
        ("[[scenario]]\nname = 'a'\ncapicity = {}", "scenario.0.capicity: Extra inputs are not permitted"),
        ("[[scenario]]\nname = 'a'\ncapacity = { unit_north = 0 }", "greater than or equal to 1"),
        ("[[scenario]]\nname = 'a'\nintake = [{ segment = 's1', families = 0 }]", "greater than or equal to 1"),
    ],
)
def test_what_is_written_wrongly_is_refused(text: str, said: str) -> None:
    with pytest.raises(WrongUseError, match="--example") as told:
        parse_scenarios(text, where="f.toml")
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 'a'\ncapacity = { unit_moon = 3 }", "a: there is no unit unit_moon"),
        ("name = 'a'\nclose = ['unit_moon']", "a: there is no unit unit_moon"),
        ("name = 'a'\nclose = ['unit_north', 'unit_west']", "a: no unit is left"),
        ("name = 'a'\nintake = [{ segment = 's9', families = 1 }]", "a: there is no segment s9"),
        (
            "name = 'a'\nunit = [{ code = 'fifth', name = 'W', takes = ['s8'], capacity_children = 3 }]",
            "a: there is no segment s8",
        ),
        ("name = 'as now'", "'as now' is kept for how things are"),
        ("name = 'a'\n[[scenario]]\nname = 'a'", "'a' is the name of more than one"),
        ("name = 'a'\nunit = [{ code = 'unit_west', name = 'W' }]", "there is a unit unit_west already"),
        ("name = 'a'\nunit = [{ code = 'fifth', name = 'W' }]", "a new unit needs capacity_children, fifth has none"),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(text: str, said: str) -> None:
    with pytest.raises(WrongUseError, match="Units: unit_north, unit_west. Segments: s1, s2") as told:  # noqa: RUF043
        made(f"[[scenario]]\n{text}")
    assert said in str(told.value)


def test_changes_on_the_command_line_make_one_scenario() -> None:
    (one,) = of_capacities(["unit_north=5", "unit_west=6"])
    assert one.capacity == {"unit_north": 5, "unit_west": 6}
    assert of_capacities([]) == ()
    for wrong in ("unit_north", "=5", "unit_north=many", "unit_north=0", "Unit=3"):
        with pytest.raises(WrongUseError):
            of_capacities([wrong])


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no readable file"):
        read_scenarios(tmp_path / "none.toml")
