"""A feed that nobody wrote code for: drafted from a sample, settled by a person, loaded by its contract alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copy

import pytest

from fi_workbench.cli.rim import guarded
from fi_workbench.contracts import all_contracts
from fi_workbench.errors import EXIT_WAITS, RefusedFileError
from fi_workbench.loaders.proposing import propose
from fi_workbench.store import Lake

pytestmark = pytest.mark.functional

SAMPLES = Path(os.environ.get("FI_SAMPLES", Path(__file__).parents[3] / "shared" / "samples")) / "partner_feeds"
FEEDS = {
    # Records and refused rows, counted in the files by hand: the last row of api_datasources has a field less than its
    # header. The other feeds are walked in tests/back/test_sample_files.py.
    "csc": (500, 0), "education": (500, 0), "api_datasources": (4, 1),
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    assert guarded(["init", str(tmp_path / "w"), "--name", "Test", "--code", "999"]) == 0
    return tmp_path / "w"


def facts(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    capsys.readouterr()
    guarded([*arguments, "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not here (FI_SAMPLES)")
def test_feeds_of_others_are_drafted_and_loaded_without_code(workspace, capsys):
    for name in FEEDS:
        sample = SAMPLES / f"{name}.csv"
        assert facts(capsys, "contract", "draft", str(sample), "-w", str(workspace))["todo"]
        copy(sample, workspace / "extracts" / name / f"{name}_2022-10-15.csv")
        path = workspace / "data_contracts" / f"{name}.odcs.yaml"
        assert guarded(["contract", "check", str(path)]) == EXIT_WAITS, "what is to settle waits for a person"
    guarded(["load", "-w", str(workspace)])
    catalogue = all_contracts(extra=[workspace / "data_contracts"])
    ledger = Lake.open(workspace / "lake", catalogue).ledger()
    loaded = {source: (n + q, q) for source, n, q in ledger.select("source", "n_rows", "n_quarantined").iter_rows()}
    assert loaded == FEEDS


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not here (FI_SAMPLES)")
def test_no_value_of_a_person_stands_in_a_draft(workspace, capsys):
    import polars as pl

    facts(capsys, "contract", "draft", str(SAMPLES / "csc.csv"), "-w", str(workspace))
    text = (workspace / "data_contracts" / "csc.odcs.yaml").read_text()
    sample = pl.read_csv(SAMPLES / "csc.csv", infer_schema=False)
    for column in ("Cms Id", "First Name", "Last Name", "Date Of Birth", "Address", "Contact Name", "Contact Email"):
        assert not [value for value in sample[column].drop_nulls() if f'"{value}"' in text], column
    assert '"Historic"' in text, "codes of a column that names nobody are listed"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not here (FI_SAMPLES)")
def test_what_is_no_table_is_refused_for_that_reason():
    with pytest.raises(RefusedFileError, match="XML"):
        propose(SAMPLES / "social_work_workforce_2022.xml")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_types_are_what_the_sample_shows(tmp_path):
    rows = [
        f"{i:05},{'AB'[i % 2]},{i % 28 + 1:02}/03/2026,{i},{i}.5,{'yes' if i % 3 else 'no'},{'rare' if i == 7 else 'often'}"
        for i in range(40)
    ]
    found = propose(
        write(tmp_path / "x.csv", "Case Ref,Kind,Seen On,Visits,Hours,Kept,Outcome\n" + "\n".join(rows) + "\n")
    )
    types = {c.name: (c.logical_type, c.date_format, c.codes) for c in found.columns}
    assert types == {
        "case_ref": ("string", "", ()), "kind": ("string", "", ("A", "B")), "seen_on": ("date", "dd/MM/yyyy", ()),
        "visits": ("integer", "", ()), "hours": ("number", "", ()), "kept": ("boolean", "", ()),
        "outcome": ("string", "", ()),
    }  # fmt: skip
    assert found.key == ("case_ref",)
    assert any("fewer than" in line for line in found.columns[-1].todo)


def test_an_order_of_day_and_month_is_never_guessed(tmp_path):
    rows = "".join(f"{i},0{i % 9 + 1}/0{i % 7 + 1}/2026\n" for i in range(30))
    found = propose(write(tmp_path / "x.csv", "id,seen\n" + rows))
    assert found.columns[1].logical_type == "string"
    assert "order" in found.columns[1].todo[0]


@pytest.mark.parametrize("text", ["", "1,2\n3,4\n", "a,b\n", "only\none\n", "PK\x03\x04", '{"a": 1}', "a,a\n1,2\n"])
def test_what_cannot_be_drafted_is_refused(tmp_path, text):
    with pytest.raises(RefusedFileError):
        propose(write(tmp_path / "x.csv", text))


def test_a_contract_is_never_overwritten(workspace, tmp_path, capsys):
    sample = write(tmp_path / "boats_2026-11-22.csv", "licence no,name\n1,a\n2,b\n")
    assert guarded(["contract", "draft", str(sample), "-w", str(workspace)]) == 0
    path = workspace / "data_contracts" / "boats.odcs.yaml"
    path.write_text(path.read_text() + "# a person's work\n")
    before = path.read_bytes()
    assert guarded(["contract", "draft", str(sample), "-w", str(workspace)]) != 0
    assert path.read_bytes() == before
    assert guarded(["contract", "draft", str(sample), "--source", "visits", "-w", str(workspace)]) != 0
    assert "already" in capsys.readouterr().err
