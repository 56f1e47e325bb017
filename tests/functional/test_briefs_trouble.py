"""A full disk, a damaged table, a person who stops it: what is said, and what stands afterwards."""

from __future__ import annotations

import errno
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from briefs_town import WEEK, Town, make_town

from fi_workbench import briefs
from fi_workbench.briefs.folders import published
from fi_workbench.briefs.guarding import write_files
from fi_workbench.briefs.shared_processes import processes
from fi_workbench.briefs.started import Processes
from fi_workbench.errors import DiskFullError
from fi_workbench.progress import Silent


def planned(town: Town) -> briefs.Plan:
    return briefs.plan(lake=town.lake, week=WEEK, settings=town.settings, workspace=town.folder, run=town.run)


@pytest.fixture(scope="module")
def server() -> Iterator[Processes]:
    started = processes()
    yield started
    started.close()


@pytest.mark.parametrize("failing", range(3))
def test_a_disk_that_runs_full_while_a_folder_is_filled_leaves_the_former(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    target = tmp_path / "2026-W47"
    files = {"a/x.html": b"old", "a/x.pdf": b"old", "index.html": b"old"}
    with published(target) as staging:
        write_files(staging, files)
    write, calls = Path.write_bytes, iter(range(10))

    def full(self: Path, content: bytes) -> int:
        if next(calls) == failing:
            raise OSError(errno.ENOSPC, "full")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFullError, match="what stood before still stands"), published(target) as staging:
        write_files(staging, dict.fromkeys(files, b"new"))
    assert {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*.*")} == files
    assert [path.name for path in tmp_path.iterdir()] == ["2026-W47"]


def test_a_damaged_table_is_told_by_its_name_and_leaves_no_brief(tmp_path: Path, server: Processes) -> None:
    town = make_town(tmp_path / "town")
    (spoilt,) = (town.folder / "lake" / "weeks" / "unit_needs").glob("*.parquet")
    content = bytearray(spoilt.read_bytes())
    content[:200] = b"\0" * 200
    content[-200:] = b"\0" * 200
    spoilt.write_bytes(content)
    report = briefs.build(planned(town), workers=2, started=server)
    assert report.built == ()
    for told in report.failed.values():
        assert re.match(r"cell \d+: StoreError\. ", told)
        assert "unit_needs" in told
        assert str(town.folder) not in told
    assert [path.name for path in briefs.built_folder(town.folder, WEEK, "").iterdir()] == ["report.json"]


class Stops(Silent):
    """A person who presses Ctrl-C at the first brief."""

    def ended(self, name: str, problem: str = "") -> None:
        raise KeyboardInterrupt


def test_a_person_who_stops_it_need_not_wait_and_nothing_half_made_is_left(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        briefs.build(planned(town), workers=1, reporter=Stops())
    assert time.monotonic() - began < 60
    built = briefs.built_folder(town.folder, WEEK, "")
    assert all(path.name in {"unit_tyne", "unit_wear"} for path in built.iterdir())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPool")]
