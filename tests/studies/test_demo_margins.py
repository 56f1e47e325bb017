"""The synthetic authority beside published figures: tolerances were written before the generator (see `margins`)."""

from __future__ import annotations

import csv
import shutil
import sys
from datetime import date
from pathlib import Path
from statistics import fmean

import pytest

from fi_workbench.demo import make_authority, margins_table
from fi_workbench.demo.margins import MARGINS, NOT_REACHED, Compared, as_text

FAMILIES = 1600
SEEDS = (1, 2, 3)


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Compared, ...]]:
    """The margins of three authorities of Newcastle's size, which differ by chance alone."""
    made = []
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp("margins")
        make_authority(
            folder / "w", folder / "t", families=FAMILIES, seed=seed, end=date(2026, 11, 22), weekly_deliveries=1
        )
        made.append(margins_table(folder / "w" / "extracts", families=FAMILIES))
        shutil.rmtree(folder)
    return made


@pytest.fixture(scope="session")
def table(tables: list[tuple[Compared, ...]]) -> tuple[Compared, ...]:
    """Each margin's mean over the three: one authority of this size moves several margins by chance."""
    return tuple(Compared(rows[0].margin, fmean(row.measured for row in rows)) for rows in zip(*tables, strict=True))


def test_every_margin_that_may_be_tuned_is_met(table: tuple[Compared, ...]) -> None:
    tuned = tuple(row for row in table if not row.margin.held_out)
    sys.stdout.write(as_text(tuned) + "\n")
    missed = {row.margin.name for row in tuned if not row.passes}
    assert missed <= set(NOT_REACHED), as_text(tuple(r for r in tuned if r.margin.name in missed))


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_one_authority_misses_few_margins_and_none_by_far(tables: list[tuple[Compared, ...]], number: int) -> None:
    tuned = [row for row in tables[number] if not row.margin.held_out]
    missed = [row for row in tuned if not row.passes]
    assert len(missed) <= 0.05 * len(tuned), as_text(tuple(missed))
    assert all(abs(row.measured - row.margin.published) < 2 * row.margin.tolerance for row in tuned)


def test_margins_that_were_never_tuned_on(table: tuple[Compared, ...]) -> None:
    held_out = tuple(row for row in table if row.margin.held_out)
    sys.stdout.write(as_text(held_out) + "\n")
    assert len(held_out) >= 5
    missed = {row.margin.name for row in held_out if not row.passes}
    assert missed <= set(NOT_REACHED), as_text(tuple(r for r in held_out if r.margin.name in missed))
    assert sum(row.passes for row in held_out) / len(held_out) >= 0.75


def test_what_is_said_not_to_be_reached_is_a_margin_with_a_reason() -> None:
    names = [margin.name for margin in MARGINS]
    assert len(names) == len(set(names))
    assert set(NOT_REACHED) <= set(names)
    assert all(len(reason) > 40 for reason in NOT_REACHED.values())
    assert len(NOT_REACHED) <= 6


PUBLISHED = {
    "referrals": ("c1_*", "Referrals_rate"),
    "re-referrals within 12 months": ("c1_*", "Re_referrals_percent"),
    "referrals assessed as not in need": ("c1_*", "Not_in_Need_percent"),
    "children in need at 31 March": ("b1_*", "At31_episodes_rate"),
    "episodes started": ("b1_*", "Started_episodes_rate"),
    "episodes ended": ("b1_*", "Ended_episodes_rate"),
    "episodes at any point": ("b1_*", "Anypoint_episodes_rate"),
    "assessments completed": ("c2_*", "Assessments_completed_rate"),
    "assessment median": ("c2_*", "Median_days"),
    "section 47 enquiries": ("c4_*", "Section47_rate"),
    "initial conferences": ("c4_*", "ICPC_rate"),
    "child protection plans started": ("d1_*", "CPP_start_rate"),
    "child protection plans at 31 March": ("d1_*", "CPP_At31_rate"),
    "child in need plans started": ("b7_*", "CINPlan_start_rate"),
    "child in need plans at 31 March": ("b7_*", "CINPlan_At31_rate"),
    "second or later plan": ("d3_*", "CPP_subsequent_percent"),
    "plans reviewed within timescales": ("d6_*", "Reviewed_within_timescales_percent"),
    "disability recorded": ("b2_*", "At31_episodes_disability_recorded_percent"),
}


def _newcastle(folder: Path, pattern: str) -> dict[str, str]:
    (path,) = folder.glob(f"{pattern}.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = [
            row
            for row in csv.DictReader(file)
            if row["time_period"] == "2024" and row["la_name"] == "Newcastle upon Tyne"
        ]
    return row


def test_published_values_are_the_departments(samples: Path) -> None:
    folder = samples / "dfe_statistics"
    margins = {margin.name: margin for margin in MARGINS}
    for name, (pattern, column) in PUBLISHED.items():
        assert margins[name].published == pytest.approx(float(_newcastle(folder, pattern)[column]), abs=0.06), name


def test_factors_months_and_sources_are_the_departments(samples: Path) -> None:
    folder = samples / "dfe_statistics"
    months = _newcastle(folder, "c6_*")
    sources = _newcastle(folder, "c5_*")
    factors = _newcastle(folder, "c3_*")
    margins = {margin.name: margin.published for margin in MARGINS}
    total = float(months["Referrals"])
    assert margins["referral month: October"] == pytest.approx(100 * float(months["October"]) / total, abs=0.06)
    assert margins["referral month: April"] == pytest.approx(100 * float(months["April"]) / total, abs=0.06)
    assert margins["referral source: police"] == pytest.approx(100 * float(sources["Police"]) / total, abs=0.06)
    whole = float(factors["Episodes_with_assessment_factor"])
    for code, column in {
        "3B": "Domestic_Abuse_parent",
        "4B": "Mental_Health_parent",
        "16A": "Neglect",
        "20": "Other",
        "13A": "Gangs",
    }.items():
        assert margins[f"factor: {code}"] == pytest.approx(100 * float(factors[column]) / whole, abs=0.06)
