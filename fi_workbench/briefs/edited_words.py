"""What edited words may say: numbers that the finding holds, shares that can be, and nothing that looks like a name.

An index of the people whom the authority knows catches these; what is looked for here is anybody else, by the shape of
a name. Both refuse rather than guess: whoever edits says it in other words.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import day_name, month_abbr, month_name
from collections.abc import Container, Iterable, Iterator

from fi_workbench.briefs.wording import MOST_WORDS
from fi_workbench.disclosure.identifiers import ordinary_words
from fi_workbench.display.number import stands_in
from fi_workbench.errors import DisclosureError, WrongUseError

_SENTENCES = re.compile(r"(?<=[.!?])(?<!\b\w\.)\s+")
"""Between sentences; the point after an initial ends none."""
_STRETCHES = re.compile(r"[.!?:;|\n]\s*")
"""Between stretches of a page, each of which may begin with a capital."""

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: n for n, word in enumerate((*_UNITS, *_TEENS))} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_WORDS = re.compile(
    rf"\b(?:({'|'.join(_TENS)})[- ])?({'|'.join(_UNITS[1:])})\b|\b({'|'.join(_VALUES)})\b", re.IGNORECASE
)
_PARTS = re.compile(
    r"\b(?:half|twice|doubled?|dozens?|hundreds?|thousands?|millions?)\b"
    r"|\b(?:third|quarter|fifth|tenth)s?(?= of\b)",
    re.IGNORECASE,
)
"""Words that state a number without being one."""

_MONTH = "|".join((*month_name[1:], *month_abbr[1:]))
_DATE = re.compile(rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?({_MONTH})\b\.?(?: (\d{{4}})\b)?")
_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_SHARES = (
    re.compile(rf"({_FIGURE.pattern})(?: [a-z]+){{0,3}} out of (?:[a-z]+ )?({_FIGURE.pattern})", re.IGNORECASE),
    re.compile(
        rf"({_FIGURE.pattern}) of (?:(?:all|the|its|our|these|those|their) )*({_FIGURE.pattern})", re.IGNORECASE
    ),
    re.compile(rf"({_FIGURE.pattern}) ?/ ?({_FIGURE.pattern})"),
)
_WHOLE_FIRST = re.compile(rf"^Of (?:all |the )*({_FIGURE.pattern})\b[^,.;:]*, ({_FIGURE.pattern})\b", re.IGNORECASE)
"""As in "Of 34 families, 15 have both"."""

_NAME_PARTS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TITLED = re.compile(r"\b(?i:mr|mrs|ms|mx|dr|prof|rev)\b\.?\s*\w|\b(?:Miss|Sir|Dame|Lady|Lord)\s+[^\W\d_a-z]")
_POSSESSIVE = re.compile(r"['’]s$")
_NAMED_SO = ("April", "May", "June")
"""Months that people are called after; they pass within a date."""
_FIELD = ("I", "GP", "GPs", "NHS", "CAMHS", "MASH", "SEND", "SENCO", "LADO", "IRO", "Ofsted", "Cafcass")
_HOUSE = frozenset((*day_name, *month_name[1:], *_FIELD)) - frozenset(_NAMED_SO)
"""Words with a capital that everyone in the field uses of nobody."""
_SHORTENED = frozenset(("it", "let", "he", "she", "we", "who", "i"))
"""Short words that take an 's, or what sounds like it."""


def check_edit(
    before: str, after: str, *, told: Iterable[str], brief: str, names: Iterable[str], printed: str = ""
) -> None:
    """Let edited words pass, or refuse them.

    Args:
        before: the words as built.
        after: the words as edited.
        told: what the finding says besides; the numbers of these texts and of the words as built may be used.
        brief: the brief as built, whose words with capitals are no person's.
        names: of the authority and its units.
        printed: the finding's number as people read it, which its sentence says.

    Raises:
        WrongUseError: they are empty or unchanged, do not say the finding's number as it is, a sentence is too long, a
            number is not the finding's, or a share is larger than its whole.
        DisclosureError: something looks like a person's name.
    """
    if not after.strip() or after == before:
        raise WrongUseError("The words are not edited.", where="--to")
    longest = max(len(one.split()) for one in _SENTENCES.split(after))
    if longest > MOST_WORDS:
        raise WrongUseError(
            "A sentence is too long to be read on a phone.",
            where="--to",
            how_many=f"{longest} words; at most {MOST_WORDS}",
            next_step="Make two of it.",
        )
    _check_numbers(after, (before, *told))
    _check_names(after, _HOUSE | _capitals(brief, _STRETCHES) | {word for name in names for word in name.split()})
    if printed and not stands_in(printed, after):
        raise WrongUseError(
            "The edited words do not say what the finding counts.",
            where="--to",
            next_step=f"Keep {printed!r} in them. A finding that is wrong is dropped, or mended where it is counted.",
        )


def _check_numbers(after: str, told: Iterable[str]) -> None:
    new = _numbers(after) - {number for text in told for number in _numbers(text)}
    if new:
        raise WrongUseError(
            "The edited words have a figure that the finding does not have.",
            where="--to",
            how_many=f"{len(new)} figures; numbers in words and days count, too",
            next_step="Edit words only. A figure that is wrong is dropped, or mended where it is counted.",
        )
    n_wrong = sum(part > whole for part, whole in _shares(after))
    if n_wrong:
        raise WrongUseError(
            "The edited words have a part that is larger than its whole.",
            where="--to",
            how_many=f"{n_wrong} shares",
            next_step="See which number is the part, and put it first: as in 3 of 12.",
        )


def _check_names(after: str, familiar: Container[str]) -> None:
    rest, n_titles = _TITLED.subn("", after)
    n_names = n_titles + sum(word not in familiar for word in _capitals(rest, _SENTENCES))
    if n_names:
        raise DisclosureError(
            "An edited sentence holds what looks like the name of a person.",
            where="--to",
            how_many=f"{n_names} places: a title, or a capital that the brief as built does not have",
            next_step="Say it without any person. Write a service or place that is meant in small letters.",
        )


def _numbers(text: str) -> set[str]:
    """Every number that a text states; the day of a date is not a count, so a date stands for itself."""
    found: set[str] = set()

    def keep_date(match: re.Match[str]) -> str:
        day, month, year = match.groups()
        found.update({f"{int(day)} {month[:3]}"} if day else ())
        found.update({f"{month[:3]} {year}"} if year else ())
        return month

    left = _in_digits(_DATE.sub(keep_date, _one_form(text)))
    found.update(figure.replace(",", "") for figure in _FIGURE.findall(left))
    found.update(word.lower().removesuffix("s") for word in _PARTS.findall(left))
    return found


def _shares(text: str) -> Iterator[tuple[float, float]]:
    """Every share that a text states: its part and its whole."""
    for one in _SENTENCES.split(_in_digits(_one_form(text))):
        for pattern in _SHARES:
            yield from ((_value(part), _value(whole)) for part, whole in pattern.findall(one))
        yield from ((_value(part), _value(whole)) for whole, part in _WHOLE_FIRST.findall(one))


def _value(figure: str) -> float:
    return float(figure.replace(",", ""))


def _one_form(text: str) -> str:
    """A text whose digits, fractions and spaces are written one way."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _in_digits(text: str) -> str:
    """A text with its small numbers in digits."""

    def digits(match: re.Match[str]) -> str:
        tens, unit, alone = (word and word.lower() for word in match.groups())
        return str(_VALUES[alone] if alone else _VALUES.get(tens, 0) + _VALUES[unit])

    return _WORDS.sub(digits, text)


def _small_date(match: re.Match[str]) -> str:
    day, _, year = match.groups()
    return match.group().lower() if day or year else match.group()


def _capitals(text: str, between: re.Pattern[str]) -> set[str]:
    """Words with a capital that is not only that of a beginning; somebody to whom something belongs may begin, too."""
    found: set[str] = set()
    for stretch in between.split(_DATE.sub(_small_date, text)):
        for place, said in enumerate(_NAME_PARTS.findall(stretch)):
            word = _POSSESSIVE.sub("", said)
            plain = word == said or word.lower() in ordinary_words() | _SHORTENED
            begins = place == 0 and plain and word[1:] == word[1:].lower()
            if word != word.lower() and not begins:
                found.add(word)
    return found
