"""Names, postcodes and numbers written in one way, so that spelling habits do not keep people apart.

The forms made here are keys for comparing and never leave the room.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.contracts.identifiers import nhs_number_is_valid, upn_is_valid

_LETTERS_THAT_DO_NOT_DECOMPOSE = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i",
}  # fmt: skip
"""Unicode takes accents off letters, but these are letters of their own."""

_STAND_IN = r"^(baby|unborn|newborn|new born|infant|twin|triplet|unknown|not known|tbc)\b"
"""What is written where a child has no given name yet. "Bo" and "Na" are names and are not here."""


def _plain(text: pl.Expr) -> pl.Expr:
    return (
        text.str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_lowercase()
        .str.replace_many(_LETTERS_THAT_DO_NOT_DECOMPOSE)
    )


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.len_chars() > 0).then(text)


def surname_key(surname: pl.Expr) -> pl.Expr:
    """A surname without case, accents, spaces, hyphens, apostrophes or anything but letters; null when empty.

    Example:
        >>> pl.select(surname_key(pl.lit("O’Brien-Nuñez"))).item()
        'obriennunez'
    """
    return _filled(_plain(surname).str.replace_all(r"[^\p{L}]", ""))


def forename_key(forename: pl.Expr) -> pl.Expr:
    """A given name as `surname_key` writes it; null for "Baby", "Unborn" and the like, which say nothing of who it is.

    Example:
        >>> pl.select(a=forename_key(pl.lit("Anne-Marie")), b=forename_key(pl.lit("Baby Smith"))).row(0)
        ('annemarie', None)
    """
    plain = _plain(forename).str.strip_chars()
    return pl.when(~plain.str.contains(_STAND_IN)).then(_filled(plain.str.replace_all(r"[^\p{L}]", "")))


def place_key(text: pl.Expr) -> pl.Expr:
    """A postcode, or the lines of an address, as letters and digits alone; null when empty.

    Example:
        >>> pl.select(place_key(pl.lit("ne1 4xq "))).item()
        'NE14XQ'
    """
    return _filled(_plain(text).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", ""))


def upn_key(upn: pl.Expr) -> pl.Expr:
    """A unique pupil number whose check letter agrees with its digits; null otherwise.

    A mistyped number may be another child's, so it ties nobody.
    """
    text = upn.str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
    return pl.when(upn_is_valid(text)).then(text)


def nhs_number_key(number: pl.Expr) -> pl.Expr:
    """An NHS number whose check digit agrees with the other nine; null otherwise."""
    text = number.str.replace_all(r"[^0-9]", "")
    return pl.when(nhs_number_is_valid(text)).then(text)
