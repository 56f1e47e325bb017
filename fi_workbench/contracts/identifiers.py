"""Check characters of the pupil and patient numbers, as polars expressions over text.

Source:
    Department for Education, Unique Pupil Numbers guide (a letter, the originating authority's three digits, the
    school's four, the year's two and a serial number whose last character is a letter while the UPN is temporary);
    NHS Data Dictionary, NHS NUMBER (modulus 11).
"""

from __future__ import annotations

import polars as pl

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The 23 letters of UPNs: no I, O or S, which read as digits."""

_UPN_SHAPE = rf"^[{CHECK_LETTERS}][0-9]{{11}}[0-9{CHECK_LETTERS}]$"
_UPN_VALUES = {letter: value for value, letter in enumerate(CHECK_LETTERS)} | {str(n): n for n in range(10)}


def upn_check_letter(number: str) -> str:
    """The check letter of the twelve characters after it.

    Example:
        >>> upn_check_letter("801200005001")
        'B'
    """
    total = sum(weight * _UPN_VALUES[character] for weight, character in enumerate(number, start=2))
    return CHECK_LETTERS[total % 23]


def upn_is_valid(column: pl.Expr) -> pl.Expr:
    """Whether a UPN has the right shape and check letter; null where there is none.

    The authority's number is not looked up: new authorities appear faster than lists of them are kept.
    """
    shaped = column.str.contains(_UPN_SHAPE)
    safe = pl.when(shaped).then(column)
    total = pl.sum_horizontal(
        safe.str.slice(position, 1).replace_strict(_UPN_VALUES, default=None, return_dtype=pl.Int32) * (position + 1)
        for position in range(1, 13)
    )
    letter = safe.str.slice(0, 1).replace_strict(_UPN_VALUES, default=None, return_dtype=pl.Int32)
    return pl.when(column.is_null()).then(None).otherwise(shaped & (total % 23 == letter).fill_null(value=False))


def nhs_number_check_digit(number: str) -> int | None:
    """The tenth digit that the first nine call for; None where they can belong to no NHS number.

    Example:
        >>> nhs_number_check_digit("943476587")
        0
    """
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), number, strict=True))
    check = (11 - total % 11) % 11
    return None if check == 10 else check


def nhs_number_is_valid(column: pl.Expr) -> pl.Expr:
    """Whether an NHS number has ten digits and the right check digit; null where there is none.

    A single digit repeated ten times satisfies the sum and is refused all the same: it is what systems type when
    there is no number.
    """
    digits = column.str.contains(r"^[0-9]{10}$")
    safe = pl.when(digits).then(column)
    total = pl.sum_horizontal(safe.str.slice(i, 1).cast(pl.Int32) * (10 - i) for i in range(9))
    check = (11 - total % 11) % 11
    repeated = pl.any_horizontal(column == str(digit) * 10 for digit in range(10))
    last = safe.str.slice(9, 1).cast(pl.Int32)
    return pl.when(column.is_null()).then(None).otherwise(digits & (check == last).fill_null(value=False) & ~repeated)
