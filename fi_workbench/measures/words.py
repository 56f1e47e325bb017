"""Numbers and dates as they are written in sentences: counts of counts, never a bare percentage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

PLURALS = {"child": "children", "family": "families", "person": "people", "enquiry": "enquiries"}


def day(value: date) -> str:
    """A date as people write it.

    Example:
        >>> day(date(2026, 11, 3))
        '3 November 2026'
    """
    return f"{value.day} {value:%B %Y}"


def count(n: int, noun: str) -> str:
    """A number with its noun in the right number.

    Example:
        >>> count(1, "child"), count(4, "child plan"), count(2, "family")
        ('1 child', '4 child plans', '2 families')
    """
    if n == 1:
        return f"1 {noun}"
    first, _, last = noun.rpartition(" ")
    plural = PLURALS.get(last, f"{last}s")
    return f"{n:,} {first} {plural}" if first else f"{n:,} {plural}"


def span(first: date, last: date) -> str:
    """When the first and the last of several fall, as briefly as it stays clear.

    Example:
        >>> span(date(2026, 11, 24), date(2026, 11, 24)), span(date(2026, 11, 24), date(2026, 12, 2))
        ('on 24 November 2026', 'from 24 November to 2 December 2026')
        >>> span(date(2026, 11, 24), date(2026, 11, 26)), span(date(2026, 12, 30), date(2027, 1, 2))
        ('from 24 to 26 November 2026', 'from 30 December 2026 to 2 January 2027')
    """
    if first == last:
        return f"on {day(last)}"
    if first.year != last.year:
        return f"from {day(first)} to {day(last)}"
    return f"from {first.day}{'' if first.month == last.month else f' {first:%B}'} to {day(last)}"


def among(n: int, total: int, noun: str) -> str:
    """Some of all, both numbers shown.

    Example:
        >>> among(7, 12, "visit")
        '7 of 12 visits'
    """
    return f"{n:,} of {count(total, noun)}"


def listed(parts: Sequence[str]) -> str:
    """Parts as a list in a sentence.

    Example:
        >>> listed(["visits", "meetings", "supervision"])
        'visits, meetings and supervision'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def whole(value: float) -> str:
    """A number without decimals it does not have.

    Example:
        >>> whole(5.0), whole(17.25)
        ('5', '17.2')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
