"""A small synthetic authority, made once: extracts, lake, and one week built."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from birthdays import every_day_a_birthday

from fi_workbench.cli import rim
from fi_workbench.cli.rim import guarded

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
def birthdays() -> Iterator[None]:
    """In every test of this folder somebody was born on every day."""
    with every_day_a_birthday():
        yield


Run = Callable[..., Outcome]
SetClock = Callable[[str], None]


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


def set_clock(patched: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """Let the command line have another clock."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # told in UTC alone
            return now()

    patched.setattr(rim, "datetime", Clock)


@pytest.fixture(scope="session", autouse=True)
def no_earlier_clock() -> Iterator[None]:
    """The lists of these tests have come, also on a machine whose clock is behind them."""
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    behind = max(monday - datetime.now(UTC), timedelta(0))
    with pytest.MonkeyPatch.context() as patched:
        if behind:
            set_clock(patched, lambda: datetime.now(UTC) + behind)
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let it be half past five in the morning of a day for the command line."""

    def set_to(day: str) -> None:
        moment = datetime.fromisoformat(f"{day}T05:30").replace(tzinfo=UTC)
        set_clock(monkeypatch, lambda: moment)

    return set_to
