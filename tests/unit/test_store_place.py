"""Where a lake may be, and how a full disk is told."""

from __future__ import annotations

import errno
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from deltalake.exceptions import CommitFailedError, DeltaError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from store_world import START, World

from fi_workbench.errors import DiskFullError, StoreError
from fi_workbench.store import Lake
from fi_workbench.store.place import is_full, place_of, writing

JAN = date(2026, 1, 31)


@pytest.mark.parametrize(
    "name",
    ["OneDrive", "OneDrive - Some Council", "Dropbox", "Google Drive", "iCloud Drive", "Nextcloud", "SharePoint - X"],
)
def test_a_folder_that_a_cloud_client_keeps_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="synchronises") as caught:
        place_of(tmp_path / name / "data" / "lake")
    assert "workbench.toml" in caught.value.next_step


@pytest.mark.parametrize("marker", [".dropbox.cache", ".849C9593-D756-4E56-8D6E-42412F2A707B"])
def test_so_is_one_under_a_marked_folder(tmp_path: Path, marker: str) -> None:
    (tmp_path / marker).mkdir()
    with pytest.raises(StoreError, match="synchronises"):
        place_of(tmp_path / "work" / "lake")


@pytest.mark.parametrize("name", ["a lake", "Zoë's", "a#b", "x=y", "100 pct", "week=2026-W01", "one-drive"])
def test_a_folder_with_spaces_and_accents_works(tmp_path: Path, name: str) -> None:
    world = World(tmp_path / name)
    world.deliver("visits", JAN, {"visits": [("a", JAN, True, None)]}, refused=["x"])
    world.lake.maintain()
    assert world.again().read("visits", world.lake.pin(JAN)).height == 1
    assert world.again().quarantine().height == 1


@pytest.mark.parametrize("name", ["100%", "a%20b", "a[b]"])
def test_a_folder_that_the_table_format_cannot_take_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot be in a folder with"):
        place_of(tmp_path / name)


def test_uris_are_left_alone() -> None:
    place = place_of("abfss://lake@council.dfs.core.windows.net/fi/")
    assert place.folder is None
    assert place.table("records", "ledger") == "abfss://lake@council.dfs.core.windows.net/fi/records/ledger"


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (DeltaError("Generic LocalFileSystem error: … No space left on device (os error 28)"), True),
        (DeltaError("There is not enough space on the disk. (os error 112)"), True),
        (OSError(errno.EACCES, "no"), False),
        (DeltaError("something else (os error 2)"), False),
    ],
)
def test_a_full_disk_is_known_however_it_is_wrapped(error: Exception, full: bool) -> None:
    assert is_full(error) is full


def test_failures_of_writing_are_told_in_our_words() -> None:
    with pytest.raises(DiskFullError, match="what stood before still stands"), writing("t"):
        raise OSError(errno.ENOSPC, "x")
    with pytest.raises(StoreError, match="CommitFailedError"), writing("t"):
        raise CommitFailedError("x")
    with pytest.raises(StoreError, match="does not let this be written") as caught, writing("t"):
        raise PermissionError(errno.EACCES, "not allowed")
    assert caught.value.where == "t"


@pytest.mark.parametrize("spoilt", ["removed", "overwritten"])
@pytest.mark.parametrize("folder", ["sources/register", "records/ledger", "weeks/who"])
def test_a_damaged_file_of_the_lake_is_told_without_its_values(tmp_path: Path, folder: str, spoilt: str) -> None:
    world = World(tmp_path)
    world.deliver("register", JAN, {"register": [("SECRET", None, "s", None)]})
    _make_week(world)
    for path in (tmp_path / folder).glob("*.parquet"):
        path.unlink() if spoilt == "removed" else path.write_bytes(b"SECRET")
    later = World(tmp_path).lake
    with pytest.raises(StoreError, match="missing or cannot be read") as caught:
        _read_all(later)
    assert "SECRET" not in str(caught.value)
    assert folder in caught.value.where


def _read_all(lake: Lake) -> None:
    lake.read("register", lake.pin(JAN))
    lake.read_week_table("2026-W05", "who")


def _make_week(world: World) -> None:
    run = world.lake.open_run(
        "2026-W05", pin=world.lake.pin(JAN), settings_fingerprint="f", settings_text="t", model_version=None,
        code_version="1", made_at=START,
    )  # fmt: skip
    who = pl.DataFrame({"person_id": ["p"], "case_reference": ["1"], "family_id": ["f"]})
    world.lake.write_week_table("2026-W05", run.run_id, "who", who)
    world.lake.record_stage("2026-W05", run.run_id, "link", "f", {"who": 1}, recorded_at=START)


def test_importing_the_room_stays_light() -> None:
    code = "import sys, fi_workbench.store; print([m for m in ('deltalake', 'pyarrow', 'pandas') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
