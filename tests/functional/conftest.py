"""A small synthetic authority, made once: extracts, lake, and one week built."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fi_workbench.briefs import guarding
from fi_workbench.cli.rim import guarded
from fi_workbench.disclosure import IdentifierIndex, index_identifiers

WEEK = "2026-W47"
BESIDE = "pages_beside = []\n"
"""Belongs to `[briefs]`, with which the synthetic authority's settings end."""
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


@pytest.fixture(scope="session", autouse=True)
def every_day_is_a_birthday() -> Iterator[None]:
    """Among thousands of children nearly every day is somebody's birthday, and a page may show dates all the same.

    A small authority would let through a page that shows a date which nobody declared, until one Monday a child is
    born on it and no page is made at all. So here somebody was born on every day, in every test of this folder.
    """
    first, last = date(2000, 1, 1).toordinal(), date(2035, 1, 1).toordinal()
    every = frozenset(map(date.fromordinal, range(first, last)))

    def index(*given: Any) -> IdentifierIndex:
        return replace(index_identifiers(*given), birth_dates=every)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guarding, "index_identifiers", index)
        yield


Run = Callable[..., Outcome]


def command(arguments: Sequence[str]) -> Outcome:
    """Run `fi-workbench` as its entry point does, and keep what it prints."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = guarded(list(arguments))
    return Outcome(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def run() -> Run:
    """Run the command line."""
    return command


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A workspace with extracts and nothing loaded; never written to."""
    folder = tmp_path_factory.mktemp("authority") / "workspace"
    size = ["--families", str(FAMILIES), "--weeks", str(WEEKS), "--deliveries", "3"]
    made = run(["demo", str(folder), *size, "--seed", "5"])
    assert made.code == 0, made.err
    # Tests of the pages beside the briefs make them; every other week is quicker without.
    settings = folder / "workbench.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + BESIDE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, extracts: Path, run: Run) -> Path:
    """A workspace whose extracts have been loaded, and no week made; never written to."""
    folder = tmp_path_factory.mktemp("loaded") / "workspace"
    shutil.copytree(extracts, folder)
    done = run(["load", "--workspace", str(folder)])
    assert done.code in {0, 3}, done.err + done.out
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, loaded: Path, run: Run) -> Path:
    """A workspace whose week has been made, not released; never written to."""
    folder = tmp_path_factory.mktemp("made") / "workspace"
    shutil.copytree(loaded, folder)
    done = run(["weekly", "--workspace", str(folder), "--workers", "1"])
    assert done.code in {0, 3}, done.err + done.out
    return folder


@pytest.fixture
def fresh(tmp_path: Path, extracts: Path) -> Path:
    """A copy of the extracts to do anything with."""
    return Path(shutil.copytree(extracts, tmp_path / "workspace"))


@pytest.fixture
def week_loaded(tmp_path: Path, loaded: Path) -> Path:
    """A copy of the loaded workspace to do anything with."""
    return Path(shutil.copytree(loaded, tmp_path / "workspace"))


@pytest.fixture
def week_made(tmp_path: Path, made: Path) -> Path:
    """A copy of the made workspace to do anything with."""
    return Path(shutil.copytree(made, tmp_path / "workspace"))
