"""Sentences made from results: numbers as "7 of 12", dates as people write them, and plain words for what is missing.

Source:
    GOV.UK style guide (dates, numbers); Analysis Function guidance on communicating uncertainty and change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

TOO_FEW = "too few to tell"
NOT_KNOWN = "not known"

_PLURALS = {
    "child": "children",
    "family": "families",
    "enquiry": "enquiries",
    "person": "people",
    "is": "are",
    "has": "have",
    "was": "were",
    "delivery": "deliveries",
}
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def day(value: date) -> str:
    """A date as people write it.

    Example:
        >>> day(date(2026, 11, 3))
        '3 November 2026'
    """
    return f"{value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """A date in a table.

    Example:
        >>> short_day(date(2026, 11, 3))
        '3 Nov 2026'
    """
    return f"{value.day} {value:%b %Y}"


def plural(n: int, noun: str) -> str:
    """A noun in the number that fits.

    Example:
        >>> plural(1, "child"), plural(2, "child"), plural(0, "visit")
        ('child', 'children', 'visits')
    """
    if n == 1:
        return noun
    first, _, last = noun.rpartition(" ")
    return f"{first} {_PLURALS.get(last, last + 's')}".strip()


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "family"), counted(1200, "child")
        ('1 family', '1,200 children')
    """
    return f"{n:,} {plural(n, noun)}"


def of(n: int, total: int) -> str:
    """Some of all, both numbers shown; never a bare percentage.

    Example:
        >>> of(7, 12)
        '7 of 12'
    """
    return f"{n:,} of {total:,}"


def of_range(low: int, high: int, total: int) -> str:
    """Between how many of all a share may well lie.

    Example:
        >>> of_range(8, 15, 17), of_range(3, 3, 9)
        ('8 to 15 of 17', '3 of 9')
    """
    return of(low, total) if low == high else f"{low:,} to {high:,} of {total:,}"


def number(value: float | None) -> str:
    """A number with one decimal where it has one, and words where there is none.

    Example:
        >>> number(17.0), number(4.25), number(None)
        ('17', '4.2', 'not known')
    """
    if value is None:
        return NOT_KNOWN
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def usual(low: float | None, high: float | None) -> str:
    """A usual range.

    Example:
        >>> usual(3.0, 12.0), usual(None, None)
        ('3 to 12', 'too few to tell')
    """
    return TOO_FEW if low is None or high is None else f"{number(low)} to {number(high)}"


def joined(parts: Sequence[str]) -> str:
    """Parts as a list in a sentence.

    Example:
        >>> joined(["housing", "police", "health visiting"])
        'housing, police and health visiting'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def in_words(n: int) -> str:
    """A small number in words, for the beginning of a sentence.

    Example:
        >>> in_words(3), in_words(12)
        ('three', '12')
    """
    return _SMALL[n] if 0 <= n < len(_SMALL) else f"{n:,}"


def sentence(text: str) -> str:
    """A text that begins with a capital and ends with a full stop.

    Example:
        >>> sentence("nothing is due")
        'Nothing is due.'
    """
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def name_of(code: str) -> str:
    """A code as words, where no contract gives it a label.

    Example:
        >>> name_of("child_protection_plans")
        'Child protection plans'
    """
    return code.replace("_", " ").strip().capitalize()


def window(weeks: int) -> str:
    """A rolling window in words.

    Example:
        >>> window(4), window(13)
        ('last 4 weeks', 'last 13 weeks')
    """
    return f"last {counted(weeks, 'week')}"
