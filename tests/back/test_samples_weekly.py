"""Weeks made from nothing but files that other people made, each set in a workspace of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def run(*arguments: str) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "fi_workbench.cli", *arguments], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr)


def workspace(tmp_path: Path, code: str) -> Path:
    folder = tmp_path / "workspace"
    assert run("init", str(folder), "--name", "Sample Authority", "--code", code).code == 0
    return folder


CIN = [
    ("fake_CIN_data.xml", "2022-W29"),
]


@pytest.mark.parametrize(("name", "week"), CIN)
def test_a_week_from_one_census_file(samples: Path, tmp_path: Path, name: str, week: str) -> None:
    folder = workspace(tmp_path, "999")
    shutil.copy(samples / "cin_census" / name, folder / "extracts" / "cin_census")
    held = run("load", "--workspace", str(folder), "--json")
    (receipt,) = json.loads(held.out)["receipts"]
    assert (held.code, receipt["outcome"]) == (3, "held")
    assert "--accept" in held.out
    taken = run("load", "--workspace", str(folder), "--accept", "--json")
    (receipt,) = json.loads(taken.out)["receipts"]
    assert receipt["outcome"] == "loaded"
    brief = one_brief(folder, week)
    assert "visit" in brief
    assert "not been loaded" in brief or "No visit list" in brief


def one_brief(folder: Path, week: str) -> str:
    done = run("weekly", "--workspace", str(folder), "--json")
    assert done.code == 3, done.err + done.out
    facts = json.loads(done.out.strip().splitlines()[-1])
    assert facts["week"] == week
    assert facts["built"] == ["whole_authority"]
    assert run("release", "--workspace", str(folder), "--by", "An Analyst").code == 0
    (page,) = (folder / "briefs").rglob("unit_brief.html")
    return page.read_text(encoding="utf-8")


def test_a_week_from_ssda903_files_alone(samples: Path, tmp_path: Path) -> None:
    folder = workspace(tmp_path, "999")
    target = folder / "extracts" / "ssda903"
    for path in (samples / "ssda903").glob("*.csv"):
        shutil.copy(path, target)
    held = run("load", "--workspace", str(folder), "--json")
    assert held.code == 3
    assert "--as-of" in held.out
    taken = run("load", "--workspace", str(folder), "--as-of", "2018-03-31", "--accept", "--json")
    receipts = json.loads(taken.out)["receipts"]
    assert {receipt["outcome"] for receipt in receipts} == {"loaded"}
    brief = one_brief(folder, "2018-W13")
    assert "looked after" in brief
