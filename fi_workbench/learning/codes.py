"""Feedback codes: a short name for one finding of one unit's brief of one week, that can be typed from paper.

A code is made of the unit, the week, the section and the finding's own key, and of nothing else: it holds nothing
about anybody, and the same finding has the same code however often the week is built again.
"""

from __future__ import annotations

import hashlib
import re

ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXZ"
"""Digits and consonants without L: no code is somebody's name, and nothing is taken for 0 or 1."""

LENGTH = 7
"""Symbols before the check symbol: 34 bits. Two of 1,000 codes meet in one of 34,000 cases; the later is meant."""

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
        Eight symbols without a gap, so that a search of the page for people takes it for one word; the last is a check
        symbol, so that one mistyped symbol, or two exchanged neighbours, are noticed.

    Example:
        >>> finding_code(unit="unit_north", week="2026-W47", section="actions", finding="visit_due")
        'Q74HF0V3'
    """
    digest = hashlib.sha256(f"{unit}\x1f{week}\x1f{section}\x1f{finding}".encode()).digest()
    number = int.from_bytes(digest)
    symbols = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        symbols += ALPHABET[place]
    return symbols + _check_symbol(symbols)


def finding_key(key: str, sentence: str) -> str:
    """What a finding is known by within its section: its own key, else its words without figures and dates."""
    return key or " ".join(_FIGURES.sub("#", sentence).casefold().split())


def read_code(text: str) -> str | None:
    """Read a code as people type it: in capitals or not, with gaps or hyphens, I or L for 1, O for 0.

    Returns:
        The code as it is printed, or None where this is no code or its check symbol does not fit.

    Example:
        >>> read_code("q74h fov3"), read_code("Q74HF0V4")
        ('Q74HF0V3', None)
    """
    symbols = re.sub(r"[\s-]", "", text).upper().translate(_READ_AS)
    if len(symbols) != LENGTH + 1 or set(symbols) - set(ALPHABET):
        return None
    return symbols if _check_symbol(symbols[:-1]) == symbols[-1] else None


def _check_symbol(symbols: str) -> str:
    """A weighted sum over the prime number of symbols: weights differ, so one wrong or two exchanged are noticed."""
    total = sum(weight * ALPHABET.index(symbol) for weight, symbol in enumerate(symbols, start=2))
    return ALPHABET[-total % len(ALPHABET)]
