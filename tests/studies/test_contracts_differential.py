"""The contracts pass another tool's lint, and the same files give the same counts per rule there and here.

Takes about ten minutes, nearly all of it in the other tool. What it found: `contracts_differential.md`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fi_workbench.resources import shipped
from tests.studies import contracts_differential as differential
from tests.studies import contracts_files as files
from tests.studies import contracts_peer as peer

PATHS = sorted(shipped("data_contracts").rglob("*.odcs.yaml"))
OURS_ALONE = ("upn_check", "nhs_number_check")
"""Check letters and digits: nothing in the standard says them."""
THEIRS_ALONE = {"annex_a": ["annex_a_contacts.contact_source_present"]}
"""A column of the key that may be empty: the other tool asks for it, we do not."""


@pytest.fixture(scope="module", autouse=True)
def _peer() -> None:
    peer.tool()


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.split(".")[0])
def test_a_contract_passes_the_lint(path: Path, tmp_path: Path) -> None:
    assert peer.lint(path, tmp_path) == peer.Lint(0, ())


def test_the_lint_finds_a_key_that_the_standard_does_not_have(tmp_path: Path) -> None:
    text = PATHS[0].read_text(encoding="utf-8")
    spoilt = tmp_path / "spoilt.odcs.yaml"
    spoilt.write_text(text.replace("classification:", "clasification:", 1), encoding="utf-8")
    assert "clasification" in " ".join(peer.lint(spoilt, tmp_path).complaints)


@pytest.mark.parametrize("source", differential.SOURCES)
def test_spoilt_files_give_the_same_counts(source: str, tmp_path: Path) -> None:
    """Every rule is broken by at least as many rows as were made to break it, and by as many here as there."""
    made = differential.spoilt(source, tmp_path)
    outcome = differential.compare(source, tmp_path, {table: one.planted for table, one in made.items()})
    assert outcome.differences == []
    assert [one for one in outcome.compared if one.ours < max(one.planted or 0, 1)] == []
    kinds = {
        f"{name}.{rule.name}": rule.kind
        for name, table in differential.CATALOGUE.source(source).tables.items()
        for rule in table.rules
    }
    assert {kinds[rule] for rule in outcome.ours_only} <= set(OURS_ALONE)
    assert outcome.theirs_only == THEIRS_ALONE.get(source, [])


@pytest.mark.parametrize("source", differential.SOURCES)
def test_the_files_of_a_synthetic_authority_give_the_same_counts(source: str, tmp_path: Path, extracts: Path) -> None:
    if not files.last_delivery(extracts, differential.CATALOGUE.source(source), tmp_path):
        pytest.skip(f"the synthetic authority has no CSV files of {source}")
    outcome = differential.compare(source, tmp_path)
    assert outcome.differences == []
    assert sum(one.ours for one in outcome.compared if one.rule == "rows")


def test_the_sample_school_census_gives_the_same_counts(samples: Path, tmp_path: Path) -> None:
    files.school_census(samples, differential.CATALOGUE.source("school_census"), tmp_path)
    outcome = differential.compare("school_census", tmp_path)
    assert outcome.differences == []
    found = {one.rule: one.ours for one in outcome.compared}
    assert found["end_date_not_before_start_date"] > 0


@pytest.mark.parametrize(
    ("sound", "spoilt", "rule"),
    [
        ("missing", "mising", "incident_type_code_known"),
        (",true\n", ",\n", "child_present_present"),
        ("2026-", "2027-", "incident_date_not_after_extract"),
    ],
)
def test_one_more_faulty_row_on_one_side_is_seen(sound: str, spoilt: str, rule: str, tmp_path: Path) -> None:
    """What is counted here is counted before one more row is spoilt, and what is counted there after."""
    source = "police_notifications"
    differential.spoilt(source, tmp_path)
    contract = differential.CATALOGUE.source(source)
    tables = list(contract.in_order())
    before = differential.ours(contract, tables, tmp_path, files.SAMPLE_AS_OF)[source]
    path = tmp_path / f"{source}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = "incident_date" if "date" in rule else ""
    at = next(at for at, line in enumerate(lines) if at > 150 and _changed(line, sound, spoilt, place) != line)
    lines[at] = _changed(lines[at], sound, spoilt, place)
    path.write_text("".join(lines), encoding="utf-8")
    after = peer.counts(contract, tables, tmp_path, files.SAMPLE_AS_OF)[source]
    assert {name: after[name] - n for name, n in before.items() if after[name] != n} == {rule: 1}


def _changed(line: str, sound: str, spoilt: str, place: str) -> str:
    """The line with one value spoilt; of the two dates of a row only the later column."""
    if place and line.count(sound) != 1:
        return line
    cells = line.split(",")
    if place and sound not in cells[7]:
        return line
    return line.replace(sound, spoilt, 1)


@pytest.mark.parametrize(("cell", "ours"), [("31/02/2026", 1), ("2026-02-31", 1)])
def test_one_date_that_is_none_is_one_row_here_and_the_whole_file_there(cell: str, ours: int, tmp_path: Path) -> None:
    """Why files for both hold no such cell: the other tool says nothing of the rest."""
    source = "police_notifications"
    made = differential.spoilt(source, tmp_path)[source].raw
    contract = differential.CATALOGUE.source(source)
    tables = list(contract.in_order())
    path = tmp_path / f"{source}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[150].split(",")
    lines[150] = ",".join([*cells[:7], cell, *cells[8:]])
    path.write_text("".join(lines), encoding="utf-8")
    counted = differential.ours(contract, tables, tmp_path, files.SAMPLE_AS_OF)[source]
    assert (counted["incident_date_is_a_date"], counted["rows"]) == (ours, made.height)
    with pytest.raises(peer.PeerError):
        peer.counts(contract, tables, tmp_path, files.SAMPLE_AS_OF)
