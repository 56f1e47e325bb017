"""The truth of a synthetic authority, in a folder that no loader reads: what tests and studies compare with.

One Parquet part for each patch and table, so that memory does not grow with the authority; read a table whole with
`polars.read_parquet(folder / "links" / "*.parquet")`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fi_workbench.demo.offers import available_from
from fi_workbench.demo.partner_base import Link
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people_lists import MIGRATION_DAYS
from fi_workbench.demo.world import NEEDS, PROGRAMMES, UNIT_CODES, World

SCHEMAS: dict[str, dict[str, Any]] = {
    "people": {
        "reference": pl.String,
        "family": pl.String,
        "is_child": pl.Boolean,
        "known": pl.Boolean,
        "sex": pl.String,
        "ethnicity": pl.String,
        "heritage_error_rate": pl.Float64,
        "born": pl.Date,
        "forename": pl.String,
        "surname": pl.String,
        "same_as": pl.String,
    },
    "families": {
        "family": pl.String,
        "patch": pl.Int64,
        "unit": pl.String,
        "segment": pl.Int64,
        "segment_name": pl.String,
        "unmeasured": pl.Float64,
        "first_referral": pl.Date,
    },
    "family_needs": {"family": pl.String, "need": pl.String, "since": pl.Date, "until": pl.Date},
    "family_members": {
        "family": pl.String,
        "reference": pl.String,
        "role": pl.String,
        "since": pl.Date,
        "until": pl.Date,
    },
    "roll_out": {"programme": pl.String, "patch": pl.Int64, "unit": pl.String, "from": pl.Date},
    "links": {"source": pl.String, "partner_person": pl.String, "reference": pl.String, "family": pl.String},
    "trials": {
        "family": pl.String,
        "programme": pl.String,
        "day": pl.Date,
        "propensity": pl.Float64,
        "offered": pl.Boolean,
        "started": pl.Boolean,
        "hazard": pl.Float64,
        "hazard_ratio": pl.Float64,
        "setback_without": pl.Boolean,
        "setback_with": pl.Boolean,
        "arrears": pl.Int64,
    },
}
"""The tables and their columns. `trials` holds one row for each family, programme it was eligible for, and time zero:
both potential outcomes (a setback within a year) and the negative control (new rent arrears, which no programme moves).
"""


def _day(ordinal: int) -> date | None:
    return date.fromordinal(ordinal) if ordinal > 0 else None


class Truth:
    """Writes the truth as the patches go by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in SCHEMAS:
            (folder / name).mkdir(parents=True, exist_ok=True)

    def write(self, patch: Patch, links: list[Link]) -> None:
        """One patch's part of every table."""
        kinds = patch.world.archetypes
        people = {p.reference: p for p in patch.people}
        rows: dict[str, list[tuple[Any, ...]]] = {
            "people": [
                (
                    p.reference,
                    p.family.number,
                    p.is_child,
                    bool(p.known),
                    p.sex,
                    p.ethnicity,
                    p.heritage.error_rate,
                    _day(p.born),
                    p.forename,
                    p.surname,
                    p.same_as,
                )
                for p in patch.people
            ],
            "families": [
                (
                    f.number,
                    patch.index,
                    UNIT_CODES[patch.unit],
                    f.segment,
                    kinds[f.segment].name,
                    f.unmeasured,
                    _day(f.first_referral),
                )
                for f in patch.families
            ],
            "family_needs": [
                (f.number, need, _day(since), _day(until))
                for f in patch.families
                for need, spells in zip(NEEDS, f.need_spells, strict=True)
                for since, until in spells
            ],
            "family_members": [
                (f.number, m.person.reference, m.role, _day(m.since), _day(m.until))
                for f in patch.families
                for m in f.members
            ],
            "roll_out": [
                (name, patch.index, UNIT_CODES[patch.unit], _day(available_from(patch, name))) for name in PROGRAMMES
            ],
            "links": [tuple(link) for link in links],
            "trials": [
                (
                    t.family,
                    t.programme,
                    _day(t.day),
                    t.propensity,
                    t.offered,
                    t.started,
                    t.hazard,
                    t.hazard_ratio,
                    t.setback_without,
                    t.setback_with,
                    t.arrears,
                )
                for t in patch.trials
            ],
        }
        for number, reference in patch.duplicates:
            twin = people[reference]
            rows["people"].append(
                (
                    number,
                    twin.family.number,
                    twin.is_child,
                    True,
                    twin.sex,
                    twin.ethnicity,
                    twin.heritage.error_rate,
                    _day(twin.born),
                    twin.forename,
                    twin.surname,
                    reference,
                )
            )
        for name, schema in SCHEMAS.items():
            frame = pl.DataFrame(rows[name], schema=schema, orient="row")
            frame.write_parquet(self.folder / name / f"patch_{patch.index:03d}.parquet", statistics=False)

    def finish(self, world: World, *, seed: int, families: int, weeks: int, end: date) -> None:
        """The dials, the kinds of family and the programmes of this world."""
        first = end.toordinal() - 7 * weeks + 1
        description = {
            "seed": seed,
            "case_system_replaced": date.fromordinal(first + MIGRATION_DAYS).isoformat(),
            "families": families,
            "weeks": weeks,
            "end": end.isoformat(),
            "needs": list(NEEDS),
            "world": asdict(world),
            "programmes": {name: asdict(programme) for name, programme in PROGRAMMES.items()},
        }
        text = json.dumps(description, indent=1, sort_keys=True, ensure_ascii=False)
        (self.folder / "world.json").write_text(text + "\n", encoding="utf-8", newline="\n")
