"""What a command writes where: facts for machines also when it was used wrongly, and no traceback where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.conftest import Run

FULL = Path("/dev/full")


def command(*arguments: str, out: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, whose streams are real ones."""
    told = [sys.executable, "-m", "fi_workbench.cli", *arguments]
    surroundings = {**os.environ, **environment}
    if not out:
        return subprocess.run(told, capture_output=True, text=True, check=False, env=surroundings)
    with Path(out).open("w", encoding="utf-8") as stream:
        return subprocess.run(told, stdout=stream, stderr=subprocess.PIPE, text=True, check=False, env=surroundings)


@pytest.mark.parametrize("wrong", [["status", "--nope"], ["nope"], ["recall", "--by", "A. Person"]])
def test_wrong_use_is_told_to_machines_too(run: Run, wrong: list[str]) -> None:
    done = run([*wrong, "--json"])
    assert done.code == 2
    assert done.facts["error"] == "WrongUseError"
    assert "--help" in str(done.facts["next_step"])
    said = run(wrong)
    assert (said.code, said.out) == (2, "")
    assert str(done.facts["what"]) in said.err


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["doctor", "--json"], ["status", "--nope", "--json"]])
def test_output_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    done = command(*arguments, "--workspace", str(tmp_path), out=str(FULL))
    assert done.returncode in {1, 2}
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_character_that_a_screen_lacks_stops_nothing(tmp_path: Path) -> None:
    done = command("doctor", "--workspace", str(tmp_path / "Ł→"), PYTHONIOENCODING="cp1252")
    assert done.returncode == 1
    assert "  -> " in done.stdout
    assert "Traceback" not in done.stderr
