"""Feedback codes: a short name for one finding of one unit's brief of one week, that can be typed from paper.

A code is made of the unit, the week, the section and the finding's own key, and of nothing else: it holds nothing
about anybody, and the same finding has the same code however often the week is built again.
"""

from __future__ import annotations

import hashlib
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 symbols: no I, L, O or U, which are mistaken for others on paper or make words."""

LENGTH = 7
"""Symbols before the check symbol: 35 bits. Two of 1,000 codes meet in one of 70,000 cases; the later is meant."""

_READ_AS = str.maketrans("ILO", "110")
_FIGURES = re.compile(
    r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\b"
    r"|\d[\d,.]*"
)


def finding_code(*, unit: str, week: str, section: str, finding: str) -> str:
    """Make the code of a finding.

    Args:
        unit: the unit's code.
        week: as 2026-W47.
        section: which answer of the brief it stands in.
        finding: its key within the section, as `finding_key` makes it; empty for the section as a whole.

    Returns:
        Eight symbols in two groups; the last is a check symbol, so that one mistyped symbol is noticed.

    Example:
        >>> finding_code(unit="unit_north", week="2026-W47", section="actions", finding="visit_due")
        'SQDK-RJQQ'
    """
    digest = hashlib.sha256(f"{unit}\x1f{week}\x1f{section}\x1f{finding}".encode()).digest()
    number = int.from_bytes(digest[:8]) >> (64 - 5 * LENGTH)
    symbols = "".join(ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(LENGTH)))
    whole = symbols + _check_symbol(symbols)
    return f"{whole[:4]}-{whole[4:]}"


def finding_key(key: str, sentence: str) -> str:
    """What a finding is known by within its section: its own key, else its words without figures and dates."""
    return key or " ".join(_FIGURES.sub("#", sentence).casefold().split())


def read_code(text: str) -> str | None:
    """Read a code as people type it: in capitals or not, with or without its hyphen, I for 1 and O for 0.

    Returns:
        The code as it is printed, or None where this is no code or its check symbol does not fit.

    Example:
        >>> read_code("sqdk rjqq"), read_code("SQDK-RJQR")
        ('SQDK-RJQQ', None)
    """
    symbols = re.sub(r"[\s-]", "", text).upper().translate(_READ_AS)
    if len(symbols) != LENGTH + 1 or set(symbols) - set(ALPHABET):
        return None
    if _check_symbol(symbols[:-1]) != symbols[-1]:
        return None
    return f"{symbols[:4]}-{symbols[4:]}"


def _check_symbol(symbols: str) -> str:
    """The Luhn check symbol over 32 symbols: it notices every single wrong one, and nearly all exchanged neighbours."""
    total = 0
    for place, symbol in enumerate(reversed(symbols)):
        value = ALPHABET.index(symbol) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
