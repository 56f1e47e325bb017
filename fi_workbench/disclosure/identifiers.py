"""The authority's own identifiers, in the form in which a page is searched for them.

An identifier is kept without spaces, hyphens, accents or capitals, with its kind. A page is cut into words, and every
run of neighbouring words is looked up once, so a search costs by the length of the page and not by the number of
people the authority knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache, cached_property
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Catalogue, Table

LONGEST = 80
"""Longer identifiers (an address with everything in it) are searched for by their first so many characters."""
BEGINNING = 6
"""No run of words is followed that no identifier begins with: told by its first so many characters."""

_DIGIT = re.compile("[0-9]")
_GIVEN = re.compile(r"(^|_)(forename|given|first_name)")
_FAMILY = re.compile(r"(^|_)(surname|family_name|last_name)")


class Match(Enum):
    """How freely an identifier may be spread over neighbouring words and still count as found."""

    LOOSE = "with anything short between its words"
    WORD = "as one word, or joined by hyphens"
    DIGITS = "as digits with single spaces or hyphens between"


@dataclass(frozen=True)
class Known:
    """What a squeezed form is: its kind, and how freely it is matched."""

    kind: str
    match: Match
    reference: bool = False
    """A case reference, which a worklist may hold and a brief may not."""


@dataclass(frozen=True)
class IdentifierIndex:
    """Every identifier to be kept off a page. Its representation shows counts only.

    Attributes:
        forms: squeezed form to what it is.
        birth_dates: dates of birth.
        longest: the length of the longest form.
    """

    forms: Mapping[str, Known]
    birth_dates: frozenset[date]
    longest: int

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The first characters of every form, one, two and so on up to `BEGINNING`."""
        return frozenset(form[:n] for form in self.forms for n in range(1, min(len(form), BEGINNING) + 1))

    @cached_property
    def looked_up(self) -> dict[str, tuple[tuple[str, Known], ...]]:
        """What was found in stretches of text before: the pages of a week say much the same."""
        return {}

    def __repr__(self) -> str:
        """Say how many, never which."""
        return f"IdentifierIndex({len(self.forms)} forms, {len(self.birth_dates)} dates)"


def squeeze(text: str) -> str:
    """Drop accents, capitals and everything that is neither letter nor digit.

    Example:
        >>> squeeze("O’Bríain-Smith")
        'obriainsmith'
    """
    if text.isascii():  # nearly every value; the same, without looking at each character
        return text.lower().translate(_NEITHER)
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isascii() and character.isalnum())


_NEITHER = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())
"""ASCII characters that are neither letter nor digit."""


@cache
def ordinary_words() -> frozenset[str]:
    """English words that a page may use although somebody is called so."""
    path = Path(__file__).with_name("ordinary_words.txt")
    return frozenset(path.read_text(encoding="utf-8").split())


def is_personal(table: Table) -> bool:
    """Whether a table has columns that an index is made of."""
    return any(column.classification in {"personal", "case_reference"} for column in table.columns.values())


def index_identifiers(frames: Mapping[str, pl.DataFrame], catalogue: Catalogue) -> IdentifierIndex:
    """Make the index from the personal columns of the source tables.

    Full names are searched for in either order, surnames alone unless they are ordinary words, and dates of birth,
    postcodes, addresses, pupil and patient numbers and case references as they are. Forenames alone are not: they
    name nobody. References of fewer than five digits, or four characters, cannot be told from other numbers.

    Args:
        frames: source tables by their contract's name; columns that no contract knows are left alone.
        catalogue: the contracts.
    """
    forms: dict[str, Known] = {}
    dates: set[date] = set()
    for name in sorted(frames):
        table, frame = catalogue.table(name), frames[name]
        columns = [c for c in table.columns.values() if c.name in frame.columns]
        for column in columns:
            if column.classification not in {"personal", "case_reference"}:
                continue
            values = frame[column.name].drop_nulls().unique()
            if values.dtype == pl.Date:
                dates.update(values.to_list())
            elif values.dtype == pl.String and not _GIVEN.search(column.name):
                surname = bool(_FAMILY.search(column.name))
                kind = "a surname" if surname else f"the {column.business_name.lower()} of somebody"
                reference = column.classification == "case_reference"
                _add_values(forms, values.to_list(), kind, surname=surname, reference=reference)
        given = [c.name for c in columns if c.classification == "personal" and _GIVEN.search(c.name)]
        family = [c.name for c in columns if c.classification == "personal" and _FAMILY.search(c.name)]
        if given and family:
            _add_names(forms, frame.select(given[0], family[0]).drop_nulls().unique().iter_rows())
    return IdentifierIndex(forms, frozenset(dates), max(map(len, forms), default=0))


def _add_names(forms: dict[str, Known], pairs: Iterable[tuple[str, str]]) -> None:
    known = Known("a full name", Match.LOOSE)
    for given, family in pairs:
        last = squeeze(family)
        firsts = {squeeze(given), squeeze(given.split()[0]) if given.split() else ""}
        for first in firsts:
            if len(first) >= 2 and len(last) >= 2:
                forms[(first + last)[:LONGEST]] = known
                forms[(last + first)[:LONGEST]] = known


def _add_values(forms: dict[str, Known], values: Iterable[str], kind: str, *, surname: bool, reference: bool) -> None:
    ordinary = ordinary_words()
    for value in values:
        form = squeeze(value)[:LONGEST]
        if form in forms:
            continue
        if surname:
            several = len(re.findall(r"[^\W\d_]+", value)) > 1 and " " in value.strip()
            if len(form) >= 3 and not form.isdigit() and form not in ordinary:
                forms.setdefault(form, Known(kind, Match.LOOSE if several else Match.WORD))
        elif form.isdigit():
            if len(form) >= 5:
                forms.setdefault(form, Known(kind, Match.DIGITS if len(form) >= 9 else Match.WORD, reference))
        elif len(form) >= 4 and form not in ordinary:
            loose = _DIGIT.search(form) is not None or (" " in value.strip() and len(form) >= 8)
            forms.setdefault(form, Known(kind, Match.LOOSE if loose else Match.WORD, reference))
