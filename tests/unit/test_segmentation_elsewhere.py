"""The same grouping in each half-year and unit, and without a partner, for the page of whoever approves."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fi_workbench import segmentation
from fi_workbench.contracts import all_contracts, validate
from fi_workbench.segmentation.elsewhere import FEW_STARTS, agrees_elsewhere, model_of
from fi_workbench.segmentation.indicators import answers, tells_kinds
from fi_workbench.settings import Segmentation
from tests.unit.test_segmentation_approval import MADE_ON, SETTINGS, profiles


def test_parts_are_compared_and_a_partner_that_tells_nothing_changes_nothing() -> None:
    needs, families = profiles(480)
    quick = SETTINGS.model_copy(
        update={"segmentation": Segmentation(n_classes=2, n_starts=6, most_classes=2, n_refits=2)}
    )
    candidate = segmentation.fit_candidate(needs, families, quick, made_on=MADE_ON)
    told = answers(needs, families)
    ids = told["family_id"]
    seen = [date(2026, 1, 1) + timedelta(days=i % 360) for i in range(len(ids))]
    units = ["north" if i % 2 else "small" if i < 60 else None for i in range(len(ids))]
    found = agrees_elsewhere(
        candidate,
        told,
        families=pl.DataFrame({"family_id": ids, "first_seen": seen}),
        family_status=pl.DataFrame({"family_id": ids, "unit": units}),
        without={"nothing": told, "harm": told.with_columns(domestic_abuse=pl.lit(None, pl.String))},
    )
    validate(found, all_contracts().table("review_agreement"))
    parts = {(row["about"], row["part"]): row for row in found.iter_rows(named=True)}
    assert list(parts) == [
        ("half_year", "2026-1"), ("half_year", "2026-2"), ("unit", "north"), ("without", "nothing"), ("without", "harm"),
    ]  # fmt: skip
    assert parts["without", "nothing"]["adjusted_rand"] > 0.99
    assert parts["without", "nothing"]["n_families"] == candidate.families.fitted < 480
    assert 0.3 < parts["without", "harm"]["adjusted_rand"] < 0.99
    assert parts["unit", "north"]["n_families"] == told.filter(tells_kinds(), pl.Series(units) == "north").height
    assert all(row["adjusted_rand"] > 0.6 for (about, _), row in parts.items() if about != "without")


def test_the_estimator_made_from_a_grouping_places_families_as_the_grouping_does() -> None:
    needs, families = profiles(200)
    candidate = segmentation.fit_candidate(needs, families, SETTINGS, made_on=MADE_ON)
    rows = answers(needs, families)
    model = model_of(candidate, FEW_STARTS)
    made = segmentation.assign(
        need_profiles=needs,
        family_profiles=families,
        model=segmentation.ApprovedModel(
            candidate,
            segmentation.Approval.model_validate(
                {"version": "v", "by": "A", "at": "2026-11-23T09:00:00Z", "reason": "R", "synthetic": False,
                 "model_sha256": ""}
            ),
        ),
        settings=SETTINGS,
    ).segment_memberships  # fmt: skip
    told = model.predict(rows.select(item.name for item in candidate.items))
    codes = [candidate.segments[label].code for label in told]
    assert codes == made["segment"].to_list()
