"""Keyed pseudonyms."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import polars as pl
import pytest

from fi_workbench.errors import SettingsError
from fi_workbench.pseudonyms import PseudonymKey, read_key, write_key


def test_a_key_is_written_once_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    key = write_key(path)
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_key(path)


def test_the_secret_never_shows() -> None:
    key = write_key_in_memory()
    assert key.secret.hex() not in repr(key)


def write_key_in_memory() -> PseudonymKey:
    return PseudonymKey("k", bytes(range(32)))


def test_names_differ_by_purpose_and_key_and_keep_nulls() -> None:
    one, two = PseudonymKey("k", b"1" * 32), PseudonymKey("l", b"2" * 32)
    values = pl.Series(["a", None, "b", "a"])
    names = one.pseudonyms("person", values)
    assert names.to_list() == [one.pseudonym("person", "a"), None, one.pseudonym("person", "b"), names[0]]
    assert one.pseudonym("person", "a") != two.pseudonym("person", "a")
    assert one.pseudonym("person", "a")[1:] != one.pseudonym("link", "a")[1:]
    assert one.pseudonyms("person", pl.Series([None], dtype=pl.String)).to_list() == [None]


def test_a_missing_or_damaged_key_fails_closed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no pseudonym key"):
        read_key(tmp_path / "none")
    (tmp_path / "bad").write_text("id:zz")
    with pytest.raises(SettingsError, match="damaged"):
        read_key(tmp_path / "bad")


def test_many_names_do_not_meet() -> None:
    key = write_key_in_memory()
    names = key.pseudonyms("person", pl.Series([str(n) for n in range(20_000)]))
    assert names.n_unique() == 20_000


def test_a_name_keeps_all_128_bits() -> None:
    name = write_key_in_memory().pseudonym("person", "123")
    assert len(base64.b32decode(name[1:].upper() + "=" * 6)) == 16
