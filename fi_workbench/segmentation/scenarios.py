"""Scenarios as a person writes them: a small TOML file of capacities, units and families to come, checked whole."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import Field, TypeAdapter, ValidationError

from fi_workbench.errors import WrongUseError
from fi_workbench.segmentation.what_if import AS_NOW, Scenario
from fi_workbench.settings import Code, Section, Settings, Unit

EXAMPLE = """\
[[scenario]]
name = "North takes ten more"
capacity = { unit_north = 210 }      # children, by the unit's code

[[scenario]]
name = "A fifth unit"
everyone_may_move = true             # units drawn anew: families may move although their needs have not changed
unit = [{ code = "unit_fifth", name = "Fifth unit", segments = ["s2"], capacity_children = 80 }]

[[scenario]]
name = "West closes"
close = ["unit_west"]

[[scenario]]
name = "A busy week"
intake = [{ segment = "s2", families = 12, children = 2 }]   # children in each family
"""
"""A file that can be copied and changed."""
_NEXT = "Correct the file; `fi-workbench segment what-if --example` prints one that can be copied."


class Intake(Section):
    """Families that would come."""

    segment: Code
    families: int = Field(ge=1, le=10_000)
    children: int = Field(default=2, ge=1, le=20)


class Told(Section):
    """One scenario as written."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    capacity: dict[Code, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    unit: tuple[Unit, ...] = ()
    close: tuple[Code, ...] = ()
    intake: tuple[Intake, ...] = ()
    everyone_may_move: bool = False


class _File(Section):
    scenario: tuple[Told, ...] = Field(min_length=1)


def parse_scenarios(text: str, *, where: str) -> tuple[Told, ...]:
    """Read a file of scenarios.

    Args:
        text: TOML.
        where: what the file is called, for messages.

    Raises:
        WrongUseError: not TOML, or keys and values that cannot be; says which.
    """
    try:
        return TypeAdapter(_File).validate_python(tomllib.loads(text)).scenario
    except tomllib.TOMLDecodeError as error:
        raise WrongUseError(f"The scenarios are not readable as TOML: {error}.", where=where, next_step=_NEXT) from None
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise WrongUseError(
            "The scenarios cannot be used: " + "; ".join(problems) + ".",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step=_NEXT,
        ) from None


def read_scenarios(path: Path) -> tuple[Told, ...]:
    """Read a file of scenarios.

    Raises:
        WrongUseError: it is not there or not text, or as `parse_scenarios` says.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise WrongUseError("There is no readable file of scenarios here.", where=str(path), next_step=_NEXT) from None
    return parse_scenarios(text, where=path.name)


def of_capacities(changes: Collection[str]) -> tuple[Told, ...]:
    """One scenario of changed capacities, each written as unit=children; none where there are none.

    Raises:
        WrongUseError: a change is not written so.
    """
    if not changes:
        return ()
    parts = [change.partition("=") for change in changes]
    wrong = [change for change, (code, _, n) in zip(changes, parts, strict=True) if not code or not n.isdecimal()]
    if wrong:
        raise WrongUseError(
            "A capacity is written as a unit's code, =, and a number of children.",
            where=", ".join(wrong),
            next_step="Write --capacity unit_north=210.",
        )
    name = ", ".join(changes)
    try:
        return (Told(name=name[:60], capacity={code: int(n) for code, _, n in parts}),)
    except ValidationError:
        raise WrongUseError("A capacity is at least 1, for a unit's code.", where=name, next_step=_NEXT) from None


def scenarios(
    told: Collection[Told], settings: Settings, *, segments: Collection[str], as_at: date, where: str = "scenarios"
) -> Mapping[str, Scenario]:
    """Make what was written into scenarios, with how things are now before them.

    Args:
        told: as `parse_scenarios`.
        settings: as they are.
        segments: codes of the segments in use.
        as_at: the week's Sunday; families that come begin to wait on it.
        where: what the file is called, for messages.

    Raises:
        WrongUseError: a name twice, a unit or segment that does not exist, or a new unit whose code is taken.
    """
    problems = _problems(told, settings, segments)
    if problems:
        raise WrongUseError(
            "The scenarios cannot be tried: " + "; ".join(problems) + ".",
            where=where,
            how_many=f"{len(problems)} to mend",
            next_step=f"Units: {', '.join(unit.code for unit in settings.units)}. "
            f"Segments: {', '.join(sorted(segments)) or 'none are approved'}.",
        )
    return {AS_NOW: Scenario(settings)} | {each.name: _scenario(each, settings, as_at) for each in told}


def _problems(told: Collection[Told], settings: Settings, segments: Collection[str]) -> list[str]:
    found: list[str] = []
    names = [each.name for each in told]
    found += [f"{name!r} is the name of more than one" for name in sorted({n for n in names if names.count(n) > 1})]
    found += [f"{AS_NOW!r} is kept for how things are"] if AS_NOW in names else []
    known = {unit.code for unit in settings.units}
    for each in told:
        new = [unit.code for unit in each.unit]
        found += [
            f"{each.name}: there is a unit {code} already" for code in new if code in known or new.count(code) > 1
        ]
        found += [
            f"{each.name}: there is no unit {code}" for code in (*each.capacity, *each.close)
            if code not in known | set(new)
        ]  # fmt: skip
        asked = [
            *(intake.segment for intake in each.intake),
            *(s for unit in each.unit for s in {*unit.segments, *unit.takes}),
        ]
        found += [f"{each.name}: there is no segment {code}" for code in asked if code not in segments]
        found += [f"{each.name}: no unit is left"] if not (known | set(new)) - set(each.close) else []
        found += [
            f"{each.name}: a new unit needs capacity_children, {unit.code} has none"
            for unit in each.unit if unit.capacity_children is None and unit.code not in each.capacity
        ]  # fmt: skip
    return found


def _scenario(told: Told, settings: Settings, as_at: date) -> Scenario:
    units = [unit for unit in (*settings.units, *told.unit) if unit.code not in told.close]
    units = [unit.model_copy(update=_capacity(told.capacity.get(unit.code))) for unit in units]
    status, members = _intake(told.intake, as_at)
    return Scenario(
        settings=settings.model_copy(update={"units": tuple(units)}),
        intake=status,
        intake_memberships=members,
        everyone_may_move=told.everyone_may_move,
        closed=frozenset(told.close),
    )


def _capacity(children: int | None) -> dict[str, Any]:
    return {} if children is None else {"capacity_children": children}


def _intake(intake: tuple[Intake, ...], as_at: date) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    if not intake:
        return None, None
    segments = [(each.segment, each.children) for each in intake for _ in range(each.families)]
    names = [f"intake {number}" for number in range(1, len(segments) + 1)]
    status = pl.DataFrame(
        {
            "family_id": names,
            "status": ["open_assessment"] * len(names),
            "since": [as_at] * len(names),
            "n_children_open": [children for _, children in segments],
            "unit": pl.Series([None] * len(names), dtype=pl.String),
        }
    )
    members = pl.DataFrame(
        {
            "family_id": names,
            "segment": [segment for segment, _ in segments],
            "posterior": [1.0] * len(names),
            "second_segment": pl.Series([None] * len(names), dtype=pl.String),
            "second_posterior": pl.Series([None] * len(names), dtype=pl.Float64),
        }
    )
    return status, members
