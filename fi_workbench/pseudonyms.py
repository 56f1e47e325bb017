"""Keyed pseudonyms: the same reference always gets the same name, and nobody without the key can go back.

An unkeyed hash of a six-digit case number is undone by trying them all, so there is no default key. Different
kinds of thing (a person, a family, a row) are kept apart by their purpose, so that equal inputs never meet.

Source:
    ICO guidance on pseudonymisation (keyed hashing, key kept apart); BLAKE2 (RFC 7693), keyed mode.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from fi_workbench.errors import SettingsError

_BYTES = 16


@dataclass(frozen=True)
class PseudonymKey:
    """A secret key and its public identity. The secret never shows in a representation."""

    key_id: str
    secret: bytes = field(repr=False)

    def pseudonym(self, purpose: str, value: str) -> str:
        """Name a value for a purpose: 128 bits as 26 characters after the purpose's first letter.

        Example:
            >>> key = PseudonymKey("k1", b"0" * 32)
            >>> key.pseudonym("person", "123") == key.pseudonym("person", "123")
            True
            >>> key.pseudonym("person", "123")[1:] == key.pseudonym("family", "123")[1:]
            False
        """
        digest = hashlib.blake2b(
            value.encode(), digest_size=_BYTES, key=self.secret, person=purpose.encode()[:16]
        ).digest()
        return purpose[0].upper() + base64.b32encode(digest).decode().rstrip("=").lower()

    def pseudonyms(self, purpose: str, values: pl.Series) -> pl.Series:
        """Name every distinct value of a text column once; null stays null."""
        distinct = values.drop_nulls().unique()
        names = pl.Series([self.pseudonym(purpose, v) for v in distinct.to_list()], dtype=pl.String)
        return values.replace_strict(distinct, names, default=None, return_dtype=pl.String)


def read_key(path: Path) -> PseudonymKey:
    """Read a workspace's key file.

    Raises:
        SettingsError: the file is missing or is not a key.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise SettingsError(
            "This workspace has no pseudonym key.",
            where=path.name,
            next_step="Restore it from your backup; a new key would make new names that cannot be joined with the old.",
        ) from None
    key_id, _, secret = text.partition(":")
    try:
        raw = bytes.fromhex(secret)
    except ValueError:
        raw = b""
    if len(raw) != 32 or not key_id:
        raise SettingsError("The pseudonym key file is damaged.", where=path.name, next_step="Restore your backup.")
    return PseudonymKey(key_id, raw)


def write_key(path: Path, *, seed: str | None = None) -> PseudonymKey:
    """Make a workspace's key once, readable by its owner alone; `seed` makes a synthetic authority's key repeatable."""
    raw = hashlib.blake2b(seed.encode(), digest_size=32).digest() if seed is not None else secrets.token_bytes(32)
    key_id = hashlib.blake2b(raw, digest_size=4, person=b"key id").hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        path.chmod(0o600)
        file.write(f"{key_id}:{raw.hex()}\n")
    return PseudonymKey(key_id, raw)
