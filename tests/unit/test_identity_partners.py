"""A partner is tied by what its contract says of its columns: a new one needs a contract and no code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.errors import ContractError
from fi_workbench.identity import PARTNERS, link, partners_of, reads
from fi_workbench.pseudonyms import PseudonymKey
from fi_workbench.weekly import stages

pytestmark = pytest.mark.unit

SUNDAY = date(2026, 11, 22)
KEY = PseudonymKey("test", b"k" * 32)
BOATS = """
apiVersion: v3.2.0
kind: DataContract
id: own.boats
name: Canal boat moorings
version: 1.0.0
status: active
description: {purpose: Know which families live on a boat.}
team: {name: Waterways}
slaProperties: [{property: frequency, value: 1, unit: m}]
customProperties:
  - {property: source, value: boats}
  - {property: format, value: delimited}
  - {property: delivery, value: full}
  - {property: asOf, value: fileName}
  - {property: kind, value: partner}
  - {property: expected, value: false}
schema:
  - name: boats
    description: Moorings.
    dataGranularityDescription: one row per mooring
    properties:
      - {name: licence, logicalType: integer, required: true, primaryKey: true, classification: personal, customProperties: [{property: person, value: partner_person}]}
      - {name: family_name, logicalType: string, required: true, classification: personal, customProperties: [{property: person, value: surname}]}
      - {name: first_name, logicalType: string, required: true, classification: personal, customProperties: [{property: person, value: forename}]}
      - {name: born, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}, classification: personal, customProperties: [{property: person, value: date_of_birth}]}
"""


def test_every_feed_of_the_catalogue_of_feeds_is_tied() -> None:
    """The partners that domain guidance lists: each has a contract by which its people can be tied."""
    assert {
        "police_notifications", "marac", "missing_episodes", "school_attendance", "school_exclusions", "sen2",
        "health_visiting", "camhs", "adult_services", "accident_and_emergency", "substance_misuse", "housing",
        "youth_justice", "probation", "benefits", "early_help",
    } <= set(PARTNERS)  # fmt: skip


def test_a_partner_may_have_no_names_at_all() -> None:
    assert PARTNERS["school_exclusions"].postcode is None
    assert all(partner.own_id for partner in PARTNERS.values())


def test_a_new_partner_is_tied_by_its_contract_alone(tmp_path: Path) -> None:
    (tmp_path / "boats.odcs.yaml").write_text(BOATS)
    catalogue = all_contracts(extra=[tmp_path])
    partners = partners_of(catalogue)
    clocks = {"as_of": pl.Date(), "row_id": pl.String()}
    frames = {name: pl.DataFrame(schema=catalogue.table(name).polars_schema() | clocks) for name in reads(partners)}
    who = {"person_id": "7", "forename": "Ada", "surname": "Moss", "date_of_birth": date(2015, 3, 14)}
    frames["case_people"] = pl.DataFrame([who | {"is_adult": False, "as_of": SUNDAY, "row_id": "p-1"}],
                                         schema=frames["case_people"].schema)  # fmt: skip
    boat = {"licence": 31, "family_name": "MOSS", "first_name": "Ada", "born": date(2015, 3, 14)}
    frames["boats"] = pl.DataFrame([boat | {"as_of": SUNDAY, "row_id": "b-1"}], schema=frames["boats"].schema)
    linked = link(**frames, key=KEY, as_at=SUNDAY, decisions=pl.DataFrame(), partners=partners)
    assert linked.partner_people.select("source", "row_id", "rule").rows() == [("boats", "b-1", "name_birth_date")]
    told = set(linked.link_summary["source"])
    assert "boats" in told
    assert "marac" not in told, "a partner that not every authority has is not missed when it sends nothing"
    assert "boats" in stages(catalogue)[0].reads


def test_a_meaning_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "boats.odcs.yaml").write_text(BOATS.replace("value: surname", "value: sirname"))
    with pytest.raises(ContractError, match="surname"):
        all_contracts(extra=[tmp_path])
