"""Marks by folder, and where other people's files are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault of the code; in CI the same examples are tried each time, elsewhere new ones.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

HERE = Path(__file__).resolve().parent
KINDS = {"unit": "unit", "functional": "functional", "back": "back", "studies": "study"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test is of exactly one kind, and its folder says which."""
    for item in items:
        folder = Path(item.path).relative_to(HERE).parts[0]
        if folder not in KINDS:
            message = f"{item.nodeid}: put a test in one of {', '.join(sorted(KINDS))}"
            raise pytest.UsageError(message)
        item.add_marker(KINDS[folder])


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of files that other people made; the test is skipped, saying why, where it is absent."""
    folder = Path(os.environ.get("FI_SAMPLES", HERE.parent.parent / "shared" / "samples"))
    if not folder.is_dir():
        pytest.skip("the sample files of other people are not here: set FI_SAMPLES to their folder")
    return folder
