"""A disk that runs full: told plainly, and what stood before still stands."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from deltalake.exceptions import DeltaError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import World

import fi_workbench.store.lake
from fi_workbench.errors import DiskFullError
from fi_workbench.store import delta

JAN, FEB = date(2026, 1, 31), date(2026, 2, 28)


@pytest.mark.parametrize("failing", range(4))
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), DeltaError("x (os error 28)")], ids=["os", "delta"])
def test_whatever_write_fails_the_lake_reads_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: Exception
) -> None:
    import polars as pl

    world = World(tmp_path)
    world.deliver("census", JAN, {"children": [("a", None, 1)], "plans": []}, scope="2026")
    write, calls = pl.DataFrame.write_delta, iter(range(100))

    def full(*args: object, **kwargs: object) -> object:
        if next(calls) == failing:
            raise error
        return write(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(pl.DataFrame, "write_delta", full)
    tables = {"children": [("b", None, 1)], "plans": [("b", JAN, None)]}
    draft = world.draft("census", FEB, tables, scope="2026", refused=["x"])
    with pytest.raises(DiskFullError, match="what stood before still stands") as caught:
        world.lake.append_load(draft)
    assert caught.value.exit_code == 1
    monkeypatch.undo()
    later = World(tmp_path)
    assert later.known("children", FEB) == [("a", None, 1)]
    later.lake.append_load(draft)
    assert later.known("children", FEB) == [("b", None, 1)]
    assert later.known("plans", FEB) == [("b", JAN, None)]


def test_on_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A lake on a file system of 1 MB, in a name space of its own."""
    unshare = shutil.which("unshare")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f"mount -t tmpfs -o size=1m tmpfs {disk}"
    if unshare is None or subprocess.run([unshare, "-rm", "sh", "-c", mounted], check=False).returncode:
        pytest.skip("no small file system can be mounted here without rights")
    script = f"""
import sys
from datetime import date
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
import secrets
from store_world import World
from fi_workbench.errors import DiskFullError
world = World(Path({str(disk)!r}) / "lake")
rows = lambda n: [(str(i), None, secrets.token_hex(20), None) for i in range(n)]
world.deliver("register", date(2026, 1, 31), {{"register": rows(100)}})
try:
    world.deliver("register", date(2026, 2, 28), {{"register": rows(50_000)}})
except DiskFullError as error:
    print("full:", error.what)
later = World(Path({str(disk)!r}) / "lake")
print(len(later.known("register", date(2026, 2, 28))), later.lake.ledger().height)
"""
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", f'{mounted} && exec "$0" -c "$1"', sys.executable, script],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "full: There is no room left to write. Nothing was lost: what stood before still stands.",
        "100 1",
    ], done.stderr
    assert "Traceback" not in done.stderr


def test_the_lock_says_that_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from fi_workbench.store import locks, workspace_lock

    def full(*args: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(locks.os, "open", full)
    with (
        pytest.raises(DiskFullError),
        workspace_lock(tmp_path, "x", host="h", pid=1, at=datetime(2026, 1, 1, tzinfo=UTC)),
    ):
        pass


def test_a_week_table_that_does_not_fit_leaves_the_former(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars as pl

    from fi_workbench.store import Pin

    world = World(tmp_path)
    from store_world import START

    run = world.lake.open_run(
        "2026-W05", pin=Pin(JAN, 0, 0), settings_fingerprint="f", settings_text="t", model_version=None,
        code_version="1", made_at=START,
    )  # fmt: skip
    who = pl.DataFrame({"person_id": ["p"], "case_reference": ["1"], "family_id": ["f"]})
    world.lake.write_week_table("2026-W05", run.run_id, "who", who)
    world.lake.record_stage("2026-W05", run.run_id, "link", "f", {"who": 1}, recorded_at=START)

    def full(*args: object, **kwargs: object) -> None:
        raise DeltaError("No space left on device (os error 28)")

    monkeypatch.setattr(pl.DataFrame, "write_delta", full)
    with pytest.raises(DiskFullError):
        world.lake.write_week_table("2026-W05", run.run_id, "who", who.with_columns(person_id=pl.lit("q")))
    assert world.lake.read_week_table("2026-W05", "who")["person_id"].to_list() == ["p"]


def test_the_modules_that_are_spoiled_here_are_those_that_the_lake_uses() -> None:
    assert fi_workbench.store.lake.source_tables.delta is delta
