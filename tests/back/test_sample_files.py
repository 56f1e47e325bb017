"""Every file of other people, each loaded in a workspace of its own: what becomes of it is what was found true."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.sample_files import EXTRACTS, OTHERS, deliveries, outcome

RECORDED = (Path(__file__).parent / "sample_files.md").read_text(encoding="utf-8").splitlines()
COLUMNS = 8


def compare(samples: Path, folders: tuple[str, ...]) -> None:
    """Load every file of the folders, and hold what became of it against what is recorded."""
    of_folders = tuple(f"| {folder}/" for folder in folders)
    expected = [line for line in RECORDED if line.startswith(of_folders) and line.count("|") == COLUMNS + 1]
    rows = [row for delivery in deliveries(samples, folders) for row in outcome(delivery)]
    assert [row.markdown() for row in rows] == expected
    assert all(row.adds_up for row in rows)
    here = {f"{folder}/{path.name}" for folder in folders for path in (samples / folder).iterdir()}
    assert {row.file for row in rows} == here
    for row in rows:
        path = samples / row.file
        if path.suffix == ".csv" and row.read:
            with path.open(encoding="utf-8-sig", newline="") as file:
                assert row.read == sum(1 for record in csv.reader(file) if record), row.file


def test_every_extract_of_others_is_accounted_for_as_recorded(samples: Path) -> None:
    compare(samples, EXTRACTS)


def test_the_record_holds_every_folder_that_has_tables(samples: Path) -> None:
    assert {path.name for path in samples.iterdir() if path.is_dir()} == {*EXTRACTS, *OTHERS}
    told = {line.removeprefix("| ").split("/")[0] for line in RECORDED if line.startswith("| ")}
    assert told >= {*EXTRACTS, *OTHERS}
