"""Raw copies: every delivered file as it came, named by the hash of its bytes, readable by its owner alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import polars as pl

from fi_workbench.store import delta
from fi_workbench.store.place import Place, writing

OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700
_PART_BYTES = 64 << 20


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes; of a file that has not changed since it was asked last, as it was then."""
    seen = path.stat()
    return _sha256(path, (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns))


@lru_cache(maxsize=256)
def _sha256(path: Path, _seen: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(place: Place, path: Path) -> str:
    """Copy a file into the lake under its hash, once; return the hash.

    In a lake that is not a local folder the bytes are kept in the table `records/raw`.

    Raises:
        DiskFullError: no room; no half copy is left.
    """
    sha256 = sha256_of(path)
    if place.folder is None:
        _keep_far(place, path, sha256)
        return sha256
    target = raw_path(place.folder, sha256)
    if not target.exists():
        with writing(f"raw/{sha256[:12]}"):
            _copy_whole(path, target)
    return sha256


def raw_path(folder: Path, sha256: str) -> Path:
    """Where a raw copy is in a local lake."""
    return folder / "raw" / sha256


def read_raw(place: Place, sha256: str) -> bytes | None:
    """The bytes of a raw copy; None when there is none (any longer)."""
    if place.folder is not None:
        path = raw_path(place.folder, sha256)
        return path.read_bytes() if path.exists() else None
    uri = _far_uri(place)
    if not delta.exists(uri):
        return None
    parts = delta.scan(uri).filter(pl.col("sha256") == sha256).sort("part").collect()["content"].to_list()
    return b"".join(parts) if parts else None


def every(place: Place) -> list[str]:
    """The hashes of all raw copies."""
    if place.folder is not None:
        folder = place.folder / "raw"
        return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []
    uri = _far_uri(place)
    if not delta.exists(uri):
        return []
    return sorted(delta.scan(uri).select("sha256").unique().collect()["sha256"].to_list())


def remove_raw(place: Place, sha256: str) -> bool:
    """Delete a raw copy for good; say whether there was one."""
    if read_raw(place, sha256) is None:
        return False
    if place.folder is not None:
        raw_path(place.folder, sha256).unlink()
    else:
        delta.delete(_far_uri(place), where=f"sha256 = '{sha256}'")
        delta.vacuum(_far_uri(place), hours=0)
    return True


def put_raw(place: Place, content: bytes) -> str:
    """Keep bytes as a raw copy of their own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw"
        path.touch(OWNER_ONLY)
        path.write_bytes(content)
        return keep(place, path)


def _copy_whole(path: Path, target: Path) -> None:
    target.parent.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".copying-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            shutil.copyfile(path, name)
            os.fsync(out.fileno())
        Path(name).chmod(OWNER_ONLY)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _keep_far(place: Place, path: Path, sha256: str) -> None:
    uri = _far_uri(place)
    if read_raw(place, sha256) is not None:
        return
    parts = []
    with path.open("rb") as file:
        while piece := file.read(_PART_BYTES):
            parts.append(piece)
    frame = pl.DataFrame(
        {"sha256": [sha256] * len(parts), "part": range(len(parts)), "content": parts},
        schema={"sha256": pl.String, "part": pl.Int64, "content": pl.Binary},
    )
    delta.append(uri, frame, statistics=["sha256"])


def _far_uri(place: Place) -> str:
    return place.table("records", "raw")
