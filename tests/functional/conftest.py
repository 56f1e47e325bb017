"""A small synthetic authority, made once: extracts, lake, and one week built."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

WEEK = "2026-W47"
FAMILIES = 60
WEEKS = 60


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, object]:
        """What `--json` printed last."""
        result: dict[str, object] = json.loads(self.out.strip().splitlines()[-1])
        return result


Run = Callable[..., Outcome]


def command(
    arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Outcome:
    """Run `fi-workbench` as a person would, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fi_workbench.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        timeout=570,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def run() -> Run:
    """Run the command line."""
    return command


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A workspace with extracts and nothing loaded; never written to."""
    folder = tmp_path_factory.mktemp("authority") / "workspace"
    made = run(["demo", str(folder), "--families", str(FAMILIES), "--weeks", str(WEEKS), "--seed", "5"])
    assert made.code == 0, made.err
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, extracts: Path, run: Run) -> Path:
    """A workspace whose week has been made, not released; never written to."""
    folder = tmp_path_factory.mktemp("made") / "workspace"
    shutil.copytree(extracts, folder)
    done = run(["weekly", "--workspace", str(folder), "--workers", "1"])
    assert done.code in {0, 3}, done.err + done.out
    return folder


@pytest.fixture
def fresh(tmp_path: Path, extracts: Path) -> Path:
    """A copy of the extracts to do anything with."""
    return Path(shutil.copytree(extracts, tmp_path / "workspace"))


@pytest.fixture
def week_made(tmp_path: Path, made: Path) -> Path:
    """A copy of the made workspace to do anything with."""
    return Path(shutil.copytree(made, tmp_path / "workspace"))
