"""Every known case of dirt, written by the synthetic authority and taken by the loaders: what must follow follows.

The cases and what must become of them were written down before they were loaded. Whatever happens, the records add
up, and no value of a spoilt row is in a message.
"""

from __future__ import annotations

import itertools
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fi_workbench.contracts import Catalogue, all_contracts
from fi_workbench.demo.dirt_cases import CASES, ELSEWHERE, write_dirty_files
from fi_workbench.demo.dirt_table import ROWS, Case, Clean, Files, clean_extracts
from fi_workbench.loaders import LoadReport, Receipt, load_new
from fi_workbench.settings import Authority, Returns, Settings
from fi_workbench.store import Lake

CODE = "000"
WHOLE_LISTS = {"case_people", "visits", "supervision", "school_attendance"}
"""Lists of which a case always holds every clean row."""
SETTINGS = Settings(
    authority=Authority(name="Synthetic Borough", code=CODE, synthetic=True), returns=Returns(cin_census_years=(2027,))
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return all_contracts()


@pytest.fixture(scope="module")
def clean(extracts: Path) -> Clean:
    return clean_extracts(extracts / "extracts", CODE)


def put(workspace: Path, files: Files) -> None:
    for name, data in files.items():
        path = workspace / "extracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def load(workspace: Path, catalogue: Catalogue) -> LoadReport:
    ticks = itertools.count()
    start = datetime(2026, 11, 23, tzinfo=UTC)
    return load_new(
        workspace=workspace,
        lake=Lake.open(workspace / "lake", catalogue),
        catalogue=catalogue,
        settings=SETTINGS,
        clock=lambda: start + timedelta(seconds=next(ticks)),
    )


def told(receipt: Receipt) -> str:
    words = [receipt.message, *(f"{note.what} {note.where}" for note in receipt.notes)]
    for table in receipt.tables:
        words += [*table.by_rule, *table.flags]
    return " | ".join(words)


def follows(case: Case, receipt: Receipt) -> str:
    """What is not as the case says; empty where all is."""
    rules = {rule: n for table in receipt.tables for rule, n in table.by_rule.items()}
    kinds = {kind: n for table in receipt.tables for kind, n in table.non_records.items()}
    good = {
        "accepted": receipt.outcome == "loaded" and not receipt.n_quarantined,
        "noted": receipt.outcome == "loaded" and not receipt.n_quarantined and case.says in told(receipt),
        "quarantined": receipt.outcome == "loaded"
        and case.says in rules
        and (receipt.n_quarantined >= 1 if case.n < 0 else receipt.n_quarantined == case.n),
        "duplicate": receipt.outcome == "loaded" and receipt.n_duplicates == case.n and not receipt.n_quarantined,
        "non_record": receipt.outcome == "loaded" and not receipt.n_quarantined and kinds.get(case.says) == case.n,
        "held": receipt.outcome == "held" and case.says in receipt.message,
        "refused": receipt.outcome == "refused" and case.says in receipt.message,
        "nothing_new": receipt.outcome == "nothing_new" and case.says in receipt.message,
    }
    if good[case.outcome]:
        return ""
    return f"wanted {case.outcome} ({case.says}); came {receipt.outcome}, quarantined {rules}, {told(receipt)[:400]}"


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number}-{case.title}" for case in CASES])
def test_what_must_follow_follows(case: Case, clean: Clean, catalogue: Catalogue, tmp_path: Path) -> None:
    if case.before:
        put(tmp_path, case.before(clean))
        assert load(tmp_path, catalogue).n_loaded == 1
        if case.outcome != "nothing_new":
            shutil.rmtree(tmp_path / "extracts")
    put(tmp_path, case.make(clean))
    (receipt,) = load(tmp_path, catalogue).receipts
    for table in receipt.tables:
        table.assert_balanced(case.title)
    assert follows(case, receipt) == ""
    if receipt.outcome == "loaded" and receipt.source in WHOLE_LISTS:
        assert receipt.n_accepted >= ROWS - receipt.n_quarantined
    values = {value for row in clean["case_people"].rows for value in row[1:4] if len(value) > 6}
    assert not [value for value in values if value in told(receipt)]


def test_the_clean_rows_are_clean(clean: Clean, catalogue: Catalogue, tmp_path: Path) -> None:
    put(tmp_path, clean.census_file(str))
    for one in clean.lists.values():
        put(tmp_path, one.file())
    receipts = load(tmp_path, catalogue).receipts
    assert {receipt.outcome for receipt in receipts} == {"loaded"}
    assert sum(receipt.n_quarantined + receipt.n_duplicates for receipt in receipts) == 0


def test_every_number_of_the_list_has_its_case() -> None:
    numbers = {"".join(filter(str.isdigit, case.number)) for case in CASES if not case.number.startswith("A")}
    assert numbers | set(ELSEWHERE) == {str(number) for number in range(1, 136)}
    assert len(CASES) == len({case.number for case in CASES}) >= 150
    assert all(case.differs.endswith(".") for case in CASES if case.differs)


def test_the_manifest_says_what_each_folder_holds(extracts: Path, tmp_path: Path) -> None:
    import json

    assert write_dirty_files(extracts / "extracts", tmp_path / "dirty", code=CODE) == len(CASES)
    manifest = json.loads((tmp_path / "dirty" / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest:
        for name in entry["files"]:
            assert (tmp_path / "dirty" / entry["case"] / "extracts" / name).is_file()
    again = tmp_path / "again"
    write_dirty_files(extracts / "extracts", again, code=CODE)
    for path in (tmp_path / "dirty").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(tmp_path / "dirty")).read_bytes()
