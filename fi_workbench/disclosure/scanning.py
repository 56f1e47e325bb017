"""The last step before a file may leave: look in it for anybody the authority knows.

What was found is told by its kind and its file, never by its value, so that the message may be read anywhere.

Source:
    Department for Education, UPN guide (check letter); NHS Data Dictionary, NHS NUMBER (modulus 11).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from fi_workbench.contracts.identifiers import CHECK_LETTERS, nhs_number_check_digit, upn_check_letter
from fi_workbench.disclosure.identifiers import BEGINNING, IdentifierIndex, Known, Match, squeeze
from fi_workbench.disclosure.own_words import LOOSE
from fi_workbench.disclosure.views import views
from fi_workbench.errors import DisclosureError

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_SPACE = "[ \u00a0]"
# Numbers on lines of their own (the labels of an axis) are no date, so only spaces may stand around the marks.
_YMD = re.compile(rf"(?<!\d)(\d{{4}})({_SPACE}?[-/.]{_SPACE}?|{_SPACE})(\d{{1,2}})\2(\d{{1,2}})(?!\d)")
_DMY = re.compile(rf"(?<!\d)(\d{{1,2}})({_SPACE}?[-/.]{_SPACE}?|{_SPACE})(\d{{1,2}})\2(\d{{4}}|\d{{2}})(?!\d)")
_EIGHT = re.compile(r"(?<![\w.])(\d{8})(?!\w)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?:{_SPACE}|-)*({_MONTH})\.?,?(?:{_SPACE}|-)*(\d{{4}})(?!\d)"
)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.?(?:{_SPACE}|-)*(\d{{1,2}})(?:st|nd|rd|th)?,?(?:{_SPACE}|-)+(\d{{4}})(?!\d)")
_CLOSE = re.compile(r"[\s,'’‐‑–-]*")
"""What stands between the words of a name."""
_APART = re.compile(rf"[^a-z0-9]{{{LOOSE + 1},}}")
_WORTH_READING = re.compile(r"[\d/\\]")
_REMEMBERED = 400
"""Longer lines and stretches are seldom met again."""
_WORD = re.compile(r"\d+\.\d+|[a-z0-9]+")
_UPN = re.compile(r"(?<![a-z0-9])([a-z](?:[ -]?\d){11}[ -]?[0-9a-z])(?![a-z0-9])")
_NHS = re.compile(r"(?<![\w.-])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?![\w-])")
_PATH = re.compile(
    r"(?<![\w.:/-])/(?:home|users|root|tmp|work|var|mnt|opt|srv|private|usr|etc|media|volumes|data)/[\w.-]+"
    r"|(?<!\w)[a-z]:\\[\w.-]|\\\\[\w.-]+\\[\w.-]|file://"
)


WHERE_FROM = (
    "It was not written. Find where the words came from: a column is classified in its contract; what a person wrote "
    "(a note, a reason, an edited finding) is said anew without anybody."
)
"""What to do where a file holds somebody, and it may be data or a person's words."""


def found_in(
    text: str,
    index: IdentifierIndex,
    *,
    declared_dates: Collection[date] = (),
    allowed_words: Collection[str] = (),
    references: bool = True,
    paths: bool = True,
) -> dict[str, int]:
    """Count what a text holds that it must not, by kind.

    Args:
        text: the text of a file.
        index: the authority's identifiers.
        declared_dates: dates that the page may show, because they are dates of weeks or sources.
        allowed_words: names of the authority, units and interventions, which may also be somebody's surname.
        references: whether case references count; a worklist may hold them.
        paths: whether absolute paths count.
    """
    found: Counter[str] = Counter()
    spared = {squeeze(part) for word in allowed_words for part in (word, *word.split())}
    declared = frozenset(declared_dates)
    for view in dict.fromkeys(views(text)):
        seen: Counter[str] = Counter()
        plain = _plain(view)
        for form, known in _known(plain, index):
            if form not in spared and (references or not known.reference):
                seen[known.kind] += 1
        for line, times in Counter(_lines(plain)).items():
            told = _told_once(line) if len(line) <= _REMEMBERED else _told(line)
            if told is _NOTHING:
                continue
            born = sum(1 for day in told.dates if day in index.birth_dates and day not in declared)
            seen["a date of birth"] += times * born
            seen["a pupil number"] += times * told.pupil_numbers
            seen["a patient number"] += times * told.patient_numbers
            seen["a path of a computer"] += times * told.paths if paths else 0
        found |= seen  # the same place is seen in several views: the most in any of them counts
    return {kind: n for kind, n in sorted(found.items()) if n}


def scan(
    name: str,
    content: bytes | str,
    index: IdentifierIndex,
    *,
    declared_dates: Collection[date] = (),
    allowed_words: Collection[str] = (),
    references: bool = True,
    next_step: str = WHERE_FROM,
) -> None:
    """Let a file pass, or refuse it.

    Args:
        name: the file's name within its product, which is searched too.
        content: the whole file.
        index: the authority's identifiers.
        declared_dates: dates that the page may show.
        allowed_words: names that may also be somebody's surname.
        references: whether case references count.
        next_step: what to do where it holds somebody.

    Raises:
        DisclosureError: it holds an identifier; the message says which file and what kind, never the value.
    """
    text = content.decode("utf-8", errors="replace") if isinstance(content, bytes) else content
    options = {"declared_dates": declared_dates, "allowed_words": allowed_words, "references": references}
    in_name = found_in(name.replace("/", "\n"), index, paths=False, **options)  # type: ignore[arg-type]
    if in_name:
        raise DisclosureError(
            f"The name of a file holds {_listed(in_name)}.",
            where=f"a {Path(name).suffix or 'nameless'} file",
            next_step="Nothing was written. Tell the workbench's maintainers: names of files are made of codes.",
        )
    inside = found_in(text, index, **options)  # type: ignore[arg-type]
    if inside:
        raise DisclosureError(
            f"A page holds {_listed(inside)}.",
            where=name,
            how_many=f"{sum(inside.values())} places",
            next_step=next_step,
        )


def dates_in(text: str) -> frozenset[date]:
    """Every date of a text, in whichever way it is written: what a page of these words would be searched for.

    For words that the workbench or a contract says, whose dates are then declared; never for what somebody wrote.

    Example:
        >>> sorted(map(str, dates_in("from 2025-09-01 to 3 May 2026")))
        ['2025-09-01', '2026-05-03']
    """
    return frozenset(_dates(_plain(text)))


def words_of(text: str) -> frozenset[str]:
    """Every word that a text is searched by, in small letters and without accents, in whichever way it is written.

    Example:
        >>> sorted(words_of('<p lang="en">New &amp; old</p>'))
        ['en', 'lang', 'new', 'old', 'p']
    """
    return frozenset(word for view in views(text) for word in _WORD.findall(_plain(view)))


def _plain(text: str) -> str:
    """A text without capitals and accents."""
    if text.isascii():  # most are, and have no accents to look for
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    accents = [character for character in set(folded) if unicodedata.combining(character)]
    return folded.translate(dict.fromkeys(map(ord, accents))) if accents else folded


def _lines(plain: str) -> list[str]:
    """Stretches of a text over whose ends nothing goes on that is known by its shape: lines, and what is quoted."""
    return plain.replace('"', "\n").split("\n")


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(kinds)


@dataclass(frozen=True)
class _Told:
    """What a line holds that is known by its shape, whoever the authority knows."""

    dates: tuple[date, ...] = ()
    pupil_numbers: int = 0
    patient_numbers: int = 0
    paths: int = 0


_NOTHING = _Told()


def _told(line: str) -> _Told:
    if not _WORTH_READING.search(line):
        return _NOTHING
    told = _Told(
        tuple(_dates(line)),
        sum(1 for match in _UPN.finditer(line) if _is_upn(match[1])),
        sum(1 for match in _NHS.finditer(line) if _is_nhs("".join(match.groups()))),
        len(_PATH.findall(line)),
    )
    return told if told != _NOTHING else _NOTHING


_told_once = lru_cache(maxsize=1 << 16)(_told)
"""The same lines stand in the page, its data and the paper, and in the next unit's."""


def _known(plain: str, index: IdentifierIndex) -> Iterable[tuple[str, Known]]:
    """Identifiers of a text, stretch by stretch: no run of words goes on over so much that is no word."""
    for stretch in _APART.split(plain):
        if len(stretch) > _REMEMBERED:
            yield from _known_in(stretch, index)
        else:
            found = index.looked_up.get(stretch)
            if found is None:
                found = index.looked_up[stretch] = tuple(_known_in(stretch, index))
            yield from found


def _known_in(plain: str, index: IdentifierIndex) -> Iterable[tuple[str, Known]]:
    forms, beginnings = index.forms, index.beginnings
    if all(word[:BEGINNING] not in beginnings for word in _WORD.findall(plain)):
        return
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(plain)]
    for first in range(len(words)):
        if words[first][0][:BEGINNING] not in beginnings:
            continue
        form = ""
        loose = close = digits = joined = True
        end = words[first][1]
        for word, start, stop in words[first:]:
            if "." in word or len(form) + len(word) > index.longest:
                break
            if form:
                between = plain[end:start]
                digits = digits and len(between) == 1 and between in " -\u00a0"
                joined = joined and between in {"-", "'", "’", "‐", "‑", "–"}
                loose = loose and len(between) <= LOOSE
                close = close and _CLOSE.fullmatch(between) is not None
                if not loose:
                    break
            form += word
            end = stop
            if form[:BEGINNING] not in beginnings:
                break
            known = forms.get(form)
            if known is not None and _fits(known, close=close, joined=joined, digits=digits):
                yield form, known


def _fits(known: Known, *, close: bool, joined: bool, digits: bool) -> bool:
    if known.match in {Match.LOOSE, Match.CLOSE}:
        return close or known.match is Match.LOOSE
    return joined if known.match is Match.WORD else digits


def _dates(plain: str) -> Iterable[date]:
    for year, _, month, day in _YMD.findall(plain):
        yield from _day(year, month, day)
    for day, _, month, year in _DMY.findall(plain):
        for century in ("20", "19") if len(year) == 2 else ("",):
            yield from _day(century + year, month, day)
    for digits in _EIGHT.findall(plain):
        yield from _day(digits[:4], digits[4:6], digits[6:])
        yield from _day(digits[4:], digits[2:4], digits[:2])
    for day, month, year in _DAY_MONTH.findall(plain):
        yield from _day(year, str(_MONTHS[month]), day)
    for month, day, year in _MONTH_DAY.findall(plain):
        yield from _day(year, str(_MONTHS[month]), day)


def _day(year: str, month: str, day: str) -> Iterable[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return


def _is_upn(text: str) -> bool:
    upn = squeeze(text).upper()
    if set(upn) - set(CHECK_LETTERS) - set("0123456789"):
        return False
    return upn_check_letter(upn[1:]) == upn[0]


def _is_nhs(digits: str) -> bool:
    return len(set(digits)) > 1 and nhs_number_check_digit(digits[:9]) == int(digits[9])
