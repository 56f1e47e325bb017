"""Planted identifiers are where the list says, and the loaders still take the rows."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fi_workbench.contracts import all_contracts
from fi_workbench.demo import Planted, make_authority, plant_identifiers
from fi_workbench.demo.planting import KINDS, VARIANTS
from fi_workbench.loaders import load_new
from fi_workbench.settings import read_settings
from fi_workbench.store import Lake


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planting")
    make_authority(
        folder / "w", folder / "t", families=40, seed=2, weeks=40, end=date(2026, 11, 22), weekly_deliveries=1
    )
    return folder / "w"


@pytest.fixture(scope="module")
def planted(workspace: Path) -> tuple[Planted, ...]:
    return plant_identifiers(workspace, 1000, seed=3)


def test_as_many_as_asked_of_every_kind_and_in_every_guise(planted: tuple[Planted, ...]) -> None:
    assert len(planted) == 1000
    assert len({one.value for one in planted}) == 1000
    assert {one.kind for one in planted} == set(KINDS)
    assert {one.variant for one in planted} == set(VARIANTS)
    assert {"reason", "school_urn", "change_reason", "offence_type", "surname", "address"} <= {
        p.column for p in planted
    }


def test_each_stands_in_its_column(workspace: Path, planted: tuple[Planted, ...]) -> None:
    cells: dict[tuple[str, str], set[str]] = {}
    for source in {one.source for one in planted}:
        for path in (workspace / "extracts" / source).glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    for column, text in row.items():
                        cells.setdefault((source, column), set()).add(text if isinstance(text, str) else "")
    for one in planted:
        assert str(one) in cells[one.source, one.column]


def test_the_rows_are_still_taken(workspace: Path, planted: tuple[Planted, ...]) -> None:
    assert planted
    catalogue = all_contracts()
    report = load_new(
        workspace=workspace,
        lake=Lake.open(workspace / "lake", catalogue),
        catalogue=catalogue,
        settings=read_settings(workspace),
        clock=lambda: datetime(2026, 11, 23, 6, tzinfo=UTC),
    )
    spoilt = sum(table.n_quarantined for receipt in report.receipts for table in receipt.tables)
    read = sum(table.n_read for receipt in report.receipts for table in receipt.tables)
    assert spoilt < 0.02 * read
