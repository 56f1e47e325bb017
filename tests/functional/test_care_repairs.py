"""Repairs of episodes of care as an analyst sees them: counts by kind, and each with the record it is about."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from fi_workbench.errors import EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USE
from fi_workbench.weekly import open_workspace
from tests.functional.conftest import WEEK, Run

HEAD = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
SURNAME, CASE = "Quillfeather", "CASE777"
EPISODES = {
    "2025": [
        f"{CASE},01/05/2024,S,C1,N1,U4,PR1,,,,,,",
        "2,01/06/2024,S,V2,N1,U4,PR1,,,,,,",
    ],
    "2026": [
        f"{CASE},01/05/2024,S,C1,N1,U4,PR1,,,,,,",
        "",
        f"{CASE},01/07/2025,P,C1,N1,U4,PR1,01/02/2026,X1,CHILD,,,",
        f"{CASE},01/12/2025,P,C1,N1,U4,PR1,,,,,,",
        "3,01/06/2025,S,V2,N1,U4,PR1,01/07/2025,E4A,,,,",
    ],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """Two returns of three children, loaded, and nothing made."""
    folder = tmp_path_factory.mktemp("repairs") / "w"
    assert run(["init", str(folder), "--name", "Test", "--code", "999"]).code == 0
    for year, rows in EPISODES.items():
        place = folder / "extracts" / "ssda903" / year
        place.mkdir(parents=True)
        children = sorted({row.split(",")[0] for row in rows if row})
        header = ["CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB", *(f"{child},F,01/02/2015,WBRI,,," for child in children)]
        (place / "header.csv").write_text("\n".join(header) + "\n")
        (place / "episodes.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    people = folder / "extracts" / "case_people"
    people.mkdir(parents=True, exist_ok=True)
    head = "person_id,is_adult,forename,surname,date_of_birth,sex"
    lines = [f"{c},false,Ann,{SURNAME},2015-02-0{n},F" for n, c in enumerate((CASE, "2", "3"), start=1)]
    (people / "case_people_2026-11-22.csv").write_text("\n".join([head, *lines]) + "\n")
    loaded = run(["load", "-w", str(folder), "--json"])
    assert {r["outcome"] for r in loaded.facts["receipts"]} == {"loaded"}, loaded.out
    return folder


@pytest.fixture(scope="module")
def repaired(workspace: Path, run: Run) -> Path:
    assert run(["link", "-w", str(workspace), "--week", WEEK]).code == EXIT_DONE
    return workspace


def test_the_stage_counts_what_it_repaired(repaired: Path, run: Run) -> None:
    made = run(["caseload", "-w", str(repaired), "--week", WEEK])
    assert made.code == EXIT_DONE
    # Child 1: two missing or wrong ends inside one period; child 2 is not in the later return.
    assert "  end_missing: 1, 0  (End missing before a next episode)" in made.out
    assert "  reason_missing: 1, 1  (Reason missing before a next episode)" in made.out
    assert "  overlap: 1, 0  (Overlap, cut to the next start)" in made.out
    assert "  absent_from_later_return: 1, 1  (Not in a later return)" in made.out
    assert CASE not in made.out
    facts = run(["caseload", "-w", str(repaired), "--week", WEEK, "--json"]).facts["care_repairs"]
    assert sorted(facts, key=lambda row: row["kind"]) == [
        {"kind": "absent_from_later_return", "values": 2, "episodes": 1, "changing": 1},
        {"kind": "end_missing", "values": 1, "episodes": 1, "changing": 0},
        {"kind": "overlap", "values": 1, "episodes": 1, "changing": 0},
        {"kind": "reason_missing", "values": 1, "episodes": 1, "changing": 1},
    ]


def test_each_repair_leads_to_its_record(repaired: Path, run: Run) -> None:
    assert run(["caseload", "-w", str(repaired), "--week", WEEK]).code == EXIT_DONE
    shown = run(["repairs", "-w", str(repaired), "--week", WEEK, "--rows"])
    assert shown.code == EXIT_DONE
    assert CASE not in shown.out
    assert SURNAME not in shown.out
    rows = list(csv.DictReader(StringIO(shown.out)))
    found = [(r["kind"], r["file"], r["file_as_of"], r["record"], r["column"], r["before"], r["after"]) for r in rows]
    first = ("episodes.csv", "2025-03-31", "1")
    assert found == [
        ("end_missing", *first, "dec", "", "2025-07-01"),
        ("overlap", "episodes.csv", "2026-03-31", "2", "dec", "2026-02-01", "2025-12-01"),
        ("reason_missing", *first, "rec", "", "X1"),
        ("absent_from_later_return", "episodes.csv", "2025-03-31", "2", "dec", "", "2025-03-31"),
        ("absent_from_later_return", "episodes.csv", "2025-03-31", "2", "rec", "", "absent_from_later_return"),
    ]
    for row in rows:
        # The record, looked up as a person would: the nth line that is no heading and not blank.
        year = row["file_as_of"][:4]
        lines = [line for line in EPISODES[year] if line]
        cells = lines[int(row["record"]) - 1].split(",")
        was = cells[HEAD.split(",").index(row["column"].upper())]
        assert was == (date.fromisoformat(row["before"]).strftime("%d/%m/%Y") if row["before"] else "")


def test_only_the_kinds_asked_for(repaired: Path, run: Run) -> None:
    assert run(["caseload", "-w", str(repaired), "--week", WEEK]).code == EXIT_DONE
    one = run(["repairs", "-w", str(repaired), "--week", WEEK, "--kind", "overlap", "--rows", "--json"])
    assert [row["kind"] for row in one.facts["rows"]] == ["overlap"]
    assert "rows" not in run(["repairs", "-w", str(repaired), "--week", WEEK, "--json"]).facts
    none = run(["repairs", "-w", str(repaired), "--week", WEEK, "--kind", "died"])
    assert none.code == EXIT_DONE
    assert "nothing to repair" in none.out
    wrong = run(["repairs", "-w", str(repaired), "--week", WEEK, "--kind", "nonsense"])
    assert wrong.code == EXIT_WRONG_USE
    assert "overlap" in wrong.err


def test_a_week_that_was_not_made_says_so(fresh_workspace: Path, run: Run) -> None:
    told = run(["repairs", "-w", str(fresh_workspace), "--week", WEEK])
    assert told.code == EXIT_FAILED
    assert "has not been made" in told.err


@pytest.fixture
def fresh_workspace(tmp_path: Path, workspace: Path, run: Run) -> Path:
    """The same extracts, loaded anew, so that no other test has made the week."""
    folder = tmp_path / "w"
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("lake"))
    assert run(["load", "-w", str(folder)]).code == EXIT_DONE
    return folder


def test_an_erased_child_leaves_the_repairs_too(fresh_workspace: Path, run: Run) -> None:
    for stage in ("link", "caseload"):
        assert run([stage, "-w", str(fresh_workspace), "--week", WEEK]).code == EXIT_DONE
    before = open_workspace(fresh_workspace).lake.read_week_table(WEEK, "care_repairs")
    assert Counter(before["case_reference"]) == {CASE: 3, "2": 2}
    gone = run(["erase", CASE, "--by", "A person", "--reason", "asked", "--yes", "-w", str(fresh_workspace)])
    assert gone.code == EXIT_DONE, gone.err
    left = open_workspace(fresh_workspace).lake.read_week_table(WEEK, "care_repairs")
    assert Counter(left["case_reference"]) == {"2": 2}


def test_the_view_of_the_synthetic_authority_counts_every_row(made: Path, run: Run) -> None:
    facts = run(["repairs", "-w", str(made), "--week", WEEK, "--json"]).facts["care_repairs"]
    rows = open_workspace(made).lake.read_week_table(WEEK, "care_repairs")
    assert {row["kind"]: row["values"] for row in facts} == Counter(rows["kind"])
    assert rows.height
