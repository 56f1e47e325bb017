"""What the fuzzers share: the one law, the only errors that may come out, and mutation inside a zip archive.

A reader may do two things with any bytes: hand over rows of text, or refuse with a house error. The rows must then
pass through the checks of the contract and add up. Anything else is a crash, and the fuzzer keeps its input.
"""

from __future__ import annotations

import io
import random
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Contract
from fi_workbench.errors import ContractError, RefusedFileError
from fi_workbench.loaders.drafting import check_tables
from fi_workbench.loaders.raw import RawExtract
from fi_workbench.settings import Settings, parse_settings

AS_OF = date(2026, 3, 31)
SETTINGS: Settings = parse_settings({"authority": {"name": "Somewhere", "code": "201"}})
ALLOWED = (RefusedFileError, ContractError)
CHECKED_OF = 16
"""One input in so many goes through the contract too: checking takes a hundred times as long as reading."""

TOLD_EACH = 15.0
"""Seconds between two lines that say what became of the inputs so far; the fuzzer ends without asking us."""

outcomes = {"read": 0, "checked": 0, "refused": 0}
_told = time.monotonic()


def law(read: Callable[[], RawExtract], contract: Contract, data: bytes) -> dict[str, int] | None:
    """Read; check now and then; every row must be accounted for once. The records of each table, None if refused."""
    _tell()
    try:
        extract = read()
        parts = list(extract.parts())
    except ALLOWED:
        outcomes["refused"] += 1
        return None
    outcomes["read"] += 1
    records: Counter[str] = Counter()
    for tables in parts:
        records.update({table.table: table.rows.height for table in tables})
        if zlib.crc32(data) % CHECKED_OF == 0:
            checked = check_tables(tables, contract, extract.as_of or AS_OF)
            outcomes["checked"] += 1
            for table in tables:
                one = checked[table.table]
                parted = pl.concat([one.accepted["_record"], one.quarantined["_record"], one.duplicates["_record"]])
                assert parted.sort().equals(table.rows["_record"].sort()), table.table
    return dict(records)


def _tell() -> None:
    global _told  # noqa: PLW0603 - one clock for one process
    if time.monotonic() - _told >= TOLD_EACH:
        _told = time.monotonic()
        sys.stdout.write(f"{outcomes}\n")
        sys.stdout.flush()


def in_archive(data: bytes, size: int, seed: int, mutate: Callable[[bytes, int], bytes]) -> bytes:
    """Change one part of an archive, so that the change is not lost on its checksum; sometimes the bytes as they are."""
    chance = random.Random(seed)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - no archive any more: it is bytes like any others
        parts = {}
    if not parts or chance.random() < 0.15:
        return mutate(data, size)
    chosen = chance.choice(sorted(parts))
    parts[chosen] = mutate(parts[chosen], max(len(parts[chosen]) * 2, 64))
    if chance.random() < 0.02:
        del parts[chosen]
    return zipped(parts.items())


def zipped(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of the parts; always the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def corpus(folder: str, seeds: Iterable[bytes]) -> Path:
    """A folder that holds the seeds; the fuzzer adds what reaches new code."""
    path = Path(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(seeds):
        (path / f"seed{at}").write_bytes(seed)
    return path
