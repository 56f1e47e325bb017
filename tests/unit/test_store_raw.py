"""Raw copies, and raw files without the people who were erased."""

from __future__ import annotations

import errno
import hashlib
import stat
import sys
from pathlib import Path

import pytest

from fi_workbench.errors import DiskFullError
from fi_workbench.store import raw_files
from fi_workbench.store.place import Place, place_of
from fi_workbench.store.redaction import without


@pytest.fixture(params=["local", "far"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A local lake, and one treated as if it were on object storage."""
    local = place_of(tmp_path / "lake")
    return local if request.param == "local" else Place(local.root, None)


def test_a_raw_copy_is_kept_once_under_the_hash_of_its_bytes(place: Place, tmp_path: Path) -> None:
    content = b"child_id\r\n1\r\n\x00\xff" * 1000
    for name in ("one.csv", "the_same.csv"):
        (tmp_path / name).write_bytes(content)
        assert raw_files.keep(place, tmp_path / name) == hashlib.sha256(content).hexdigest()
    assert raw_files.every(place) == [hashlib.sha256(content).hexdigest()]
    assert raw_files.read_raw(place, raw_files.every(place)[0]) == content
    assert raw_files.remove_raw(place, raw_files.every(place)[0])
    assert raw_files.every(place) == []
    assert raw_files.read_raw(place, "0" * 64) is None
    assert not raw_files.remove_raw(place, "0" * 64)


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    place = place_of(tmp_path / "lake")
    assert raw_files.read_raw(place, raw_files.keep(place, tmp_path / "empty.csv")) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions in another way")
def test_only_the_owner_reads_raw_copies(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    place = place_of(tmp_path / "lake")
    sha256 = raw_files.keep(place, tmp_path / "a.csv")
    path = tmp_path / "lake" / "raw" / sha256
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_full_disk_leaves_no_half_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("x" * 100)
    place = place_of(tmp_path / "lake")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(raw_files.os, "fsync", full)
    with pytest.raises(DiskFullError):
        raw_files.keep(place, tmp_path / "a.csv")
    assert list((tmp_path / "lake" / "raw").iterdir()) == []
    monkeypatch.undo()
    assert raw_files.read_raw(place, raw_files.keep(place, tmp_path / "a.csv")) == b"x" * 100


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"id,a\n1,x\n2,y\n11,z\n", b"id,a\n2,y\n11,z\n"),
        (b'id,a\n"1","x\ny"\n"2","1 of"\n', b"id,a\n"),  # a token anywhere in the record counts
        (b'id,a\n2,"x\n1\ny"\n3,z\n', b"id,a\n3,z\n"),  # a quoted line break belongs to its record
        (b"id;a\r\n1;x\r\n2;y\r\n", b"id;a\r\n2;y\r\n"),
        (b"\xef\xbb\xbfid\n1\n2\n", b"\xef\xbb\xbfid\n2\n"),
        (
            b"id\n2\n12\n1a\n01\n2021-1-1\n",
            b"id\n2\n12\n1a\n01\n2021-1-1\n",
        ),  # parts of other numbers and dates are not it
        ("id\n1\n2\n".encode("utf-16"), "id\n2\n".encode("utf-16")),
        (b"PK\x00\x01\n1\n", None),  # not text: cannot be rewritten surely
        (
            b"<?xml?>\n<M><Child>\n<I>1</I><D>d</D></Child>\n<Child><I>2</I></Child></M>",
            b"<?xml?>\n<M>\n<Child><I>2</I></Child></M>",
        ),
        (b"<M><Head>1</Head><Child><I>2</I></Child></M>", None),  # named outside a child: cannot be rewritten surely
    ],
)
def test_a_raw_file_loses_the_records_that_name_the_person(content: bytes, left: bytes | None) -> None:
    assert without(content, {"1"}) == left


def test_references_with_signs_of_the_pattern_language_are_plain_text() -> None:
    assert without(b"a.c\nabc\n", {"a.c"}) == b"abc\n"
