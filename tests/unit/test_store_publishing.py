"""Publishing folders and keeping the audit log."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fi_workbench.errors import StoreError
from fi_workbench.store import AuditLog, publish_folder, publishing

AT = datetime(2026, 11, 23, tzinfo=UTC)


def staged(parent: Path, text: str, name: str = ".staging") -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "a.html").write_text(text)
    (folder / "b.html").write_text(text)
    return folder


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With and without a system that lets folders change places."""
    if request.param == "rename":
        monkeypatch.setattr(publishing, "_exchange", lambda staging, target: False)
    return str(request.param)


def test_a_folder_appears_whole_and_replaces_the_old_one_whole(tmp_path: Path, way: str) -> None:
    target = tmp_path / "2026-W47"
    publish_folder(staged(tmp_path, "one"), target)
    assert {p.read_text() for p in target.iterdir()} == {"one"}
    publish_folder(staged(tmp_path, "two"), target)
    assert {p.read_text() for p in target.iterdir()} == {"two"}
    assert [p.name for p in tmp_path.iterdir()] == ["2026-W47"]


def test_a_killed_publication_is_mended_by_the_next(tmp_path: Path, way: str) -> None:
    target = tmp_path / "2026-W47"
    staged(tmp_path, "old", ".replaced-2026-W47")  # died between the two renames
    publish_folder(staged(tmp_path, "new"), target)
    assert {p.read_text() for p in target.iterdir()} == {"new"}
    staged(tmp_path, "older", ".replaced-2026-W47")  # died while clearing away
    publish_folder(staged(tmp_path, "newer"), target)
    assert {p.read_text() for p in target.iterdir()} == {"newer"}
    assert [p.name for p in tmp_path.iterdir()] == ["2026-W47"]


def test_when_the_new_one_cannot_be_put_there_the_old_one_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "2026-W47"
    publish_folder(staged(tmp_path, "old"), target)
    staging = staged(tmp_path, "new")
    rename = Path.rename

    def busy(self: Path, other: Path) -> Path:
        if self == staging:
            raise PermissionError(13, "in use")
        return rename(self, other)

    monkeypatch.setattr(publishing, "_exchange", lambda staging, target: False)
    monkeypatch.setattr(Path, "rename", busy)
    with pytest.raises(StoreError, match="does not let this be written"):
        publish_folder(staging, target)
    assert {p.read_text() for p in target.iterdir()} == {"old"}


def test_staging_must_be_beside_its_target(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(StoreError, match="beside its target"):
        publish_folder(staged(tmp_path / "elsewhere", "x"), tmp_path / "t")
    with pytest.raises(StoreError, match="beside its target"):
        publish_folder(tmp_path / "nothing", tmp_path / "t")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked to let two folders change places")
def test_a_reader_never_finds_neither(tmp_path: Path) -> None:
    target = tmp_path / "week"
    publish_folder(staged(tmp_path, "0"), target)
    code = (
        "import sys, os; t = sys.argv[1]; n = 0; print('ready', flush=True)\n"
        "while not os.path.exists(t + '.stop'):\n"
        "    folder = os.open(t, os.O_RDONLY); names = sorted(os.listdir(folder)); os.close(folder); n += 1\n"
        "    assert names in ([], ['a.html', 'b.html'], ['a.html'], ['b.html']), names\n"
        "print(n)\n"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    reader.stdout.readline()
    for number in range(100):
        publish_folder(staged(tmp_path, str(number)), target)
    Path(f"{target}.stop").touch()
    out, _ = reader.communicate(timeout=20)
    assert reader.returncode == 0, "the target was missing for an instant"
    assert int(out) > 0


def test_the_audit_log_only_grows_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    assert log.lines() == []
    log.write("A. Analyst", "released a week", at=AT, about="2026-W47", facts={"pages": 4})
    log.write("nightly run", "built a week", at=AT)
    assert log.lines() == [
        {
            "at": "2026-11-23T00:00:00+00:00",
            "who": "A. Analyst",
            "what": "released a week",
            "about": "2026-W47",
            "pages": 4,
        },
        {"at": "2026-11-23T00:00:00+00:00", "who": "nightly run", "what": "built a week"},
    ]
    assert log.path == tmp_path / "logs" / "audit.jsonl"
    if sys.platform != "win32":
        assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
