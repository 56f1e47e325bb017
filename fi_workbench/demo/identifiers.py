"""Identifiers that look right and can belong to nobody: every one is a watermark.

Case numbers begin with SYN; NHS numbers lie in the 999 range kept for tests; pupil numbers carry an establishment
number from 9000, which no school has; postcodes lie in ZZ, an area that does not exist; telephone numbers are not
written at all. Check digits are right, so that what is tested is the data and not the arithmetic.
"""

from __future__ import annotations

import zlib

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_BLOCK = 99_991
_STEP = 60_013


def shuffled(patch: int, n: int) -> int:
    """The nth number of a patch's block, in an order that does not tell who was recorded after whom."""
    return patch * 100_000 + (n * _STEP + 7) % _BLOCK


def case_number(patch: int, n: int) -> str:
    """A case management number, the same in the returns and the lists.

    Example:
        >>> case_number(3, 1)
        'SYN0360020'
    """
    return f"SYN{shuffled(patch, n):07d}"


def nhs_number(patch: int, n: int) -> str:
    """An NHS number of the test range with a right check digit.

    Example:
        >>> nhs_number(0, 0)
        '9990000018'
    """
    stem, choice = divmod((patch * 12_000 + n) % 900_000, 9)
    base = sum(weight * int(digit) for weight, digit in zip(range(10, 2, -1), f"999{stem:05d}", strict=True))
    valid = [(digit, check) for digit in range(10) if (check := (11 - (base + 2 * digit) % 11) % 11) < 10]
    digit, check = valid[choice]  # at most one of the ten digits leaves no check digit
    return f"999{stem:05d}{digit}{check}"


def pupil_number(patch: int, n: int, entry_year: int) -> str:
    """A unique pupil number with a right check letter and the number of a school that does not exist.

    Example:
        >>> pupil_number(0, 1, 2019)
        'M201900019901'
    """
    serial = patch * 12_000 + n
    number = f"201{9000 + serial // 100 % 1000:04d}{entry_year % 100:02d}{900 + serial % 100:03d}"
    total = sum(weight * int(digit) for weight, digit in enumerate(number, start=2))
    return CHECK_LETTERS[total % 23] + number


def postcode(patch: int, n: int) -> str:
    """A postcode of an area that does not exist.

    Example:
        >>> postcode(4, 1234)
        'ZZ5 4HE'
    """
    sector, letters = n % 10, n // 10
    return f"ZZ{1 + patch % 89} {sector}{_POSTCODE_LETTERS[letters // 20 % 20]}{_POSTCODE_LETTERS[letters % 20]}"


def number_of(reference: str, what: str) -> int:
    """A whole number from 0 that belongs to a case number and a purpose: chance that no other draw feels."""
    return zlib.crc32(f"{what} {reference}".encode())


def one_in(reference: str, what: str, n: int) -> bool:
    """Whether a case number is one of those, one in `n`, that something happens to."""
    return number_of(reference, what) % n == 0
