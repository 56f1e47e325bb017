"""The authority's own identifiers, in the form in which a page is searched for them.

An identifier is kept without spaces, hyphens, accents or capitals, with its kind. A page is cut into words, and every
run of neighbouring words is looked up once, so a search costs by the length of the page and not by the number of
people the authority knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cache, cached_property
from pathlib import Path

import polars as pl

from fi_workbench.contracts import Catalogue, Table
from fi_workbench.disclosure.own_words import NOBODY, own_phrases, own_words

LONGEST = 80
"""Longer identifiers (an address with everything in it) are searched for by their first so many characters."""
BEGINNING = 6
"""No run of words is followed that no identifier begins with: told by its first so many characters."""

_GIVEN = re.compile(r"(^|_)(forename|given|first_name)")
_FAMILY = re.compile(r"(^|_)(surname|family_name|last_name)")


class Match(Enum):
    """How freely an identifier may be spread over neighbouring words and still count as found."""

    LOOSE = "with anything short between its words"
    CLOSE = "with no more between its words than between those of a name: no full stop, no bracket"
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
        found = shorter = {form[:BEGINNING] for form in self.forms}
        for n in range(BEGINNING - 1, 0, -1):
            shorter = {one[:n] for one in shorter}
            found = found | shorter
        return frozenset(found)

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
    dates: set[date] = set()
    kinds: list[Known] = []
    texts: list[pl.DataFrame] = []
    names: list[pl.DataFrame] = []
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
                texts.append(values.to_frame("text").with_columns(place=pl.lit(len(kinds)), is_surname=surname))
                kinds.append(Known(kind, Match.WORD, column.classification == "case_reference" and not surname))
        given = [c.name for c in columns if c.classification == "personal" and _GIVEN.search(c.name)]
        family = [c.name for c in columns if c.classification == "personal" and _FAMILY.search(c.name)]
        if given and family:
            names.append(frame.select(given=given[0], family=family[0]).drop_nulls())
    forms = _of_values(pl.concat(texts), kinds) if texts else {}
    if names:
        for match, found in _of_names(pl.concat(names).unique()).items():
            forms |= dict.fromkeys(found, Known("a full name", match))
    return IdentifierIndex(forms, frozenset(dates), max(map(len, forms), default=0))


def _of_names(pairs: pl.DataFrame) -> dict[Match, list[str]]:
    """Full names in either order, with all forenames and with the first alone, by how freely each is matched.

    A name of two ordinary words ("Chance Field") is met by chance where one sentence ends and the next begins.
    """
    plain = pl.all_horizontal(pl.all().str.contains(_PLAIN))
    first = pl.col("given").str.extract("([^ ]+)").fill_null("")
    quick = pairs.filter(plain).select(
        _squeezed(pl.col("given")), first=_squeezed(first), last=_squeezed(pl.col("family"))
    )
    others = [
        (squeeze(given), squeeze(next(iter(given.split()), "")), squeeze(family))
        for given, family in pairs.filter(~plain).iter_rows()
    ]
    squeezed = pl.concat([quick, pl.DataFrame(others, schema=quick.schema, orient="row")])
    said = pl.concat([squeezed.select("last", forename=name) for name in ("given", "first")])
    long_enough = said.filter(pl.all_horizontal(pl.all().str.len_chars() >= 2))
    orders = [pl.concat_str(order) for order in (("forename", "last"), ("last", "forename"))]
    of_nobody = pl.any_horizontal(form.is_in(own_phrases().implode()) for form in orders)
    somebody = long_enough.filter(~pl.all_horizontal(pl.all().str.contains(_NOBODY)), ~of_nobody)
    ordinary = sorted(ordinary_words() | own_words())
    plain = pl.all_horizontal(pl.all().is_in(ordinary) | (pl.all().str.len_chars() == 2))
    parted = somebody.select(
        plain.alias("plain"), *(form.str.head(LONGEST).alias(str(n)) for n, form in enumerate(orders))
    )
    return {
        match: pl.concat([rows["0"], rows["1"]]).unique().to_list()
        for match, rows in (
            (Match.CLOSE, parted.filter("plain")),
            (Match.LOOSE, parted.filter(~pl.col("plain"))),
        )
    }


def _of_values(texts: pl.DataFrame, kinds: Sequence[Known]) -> dict[str, Known]:
    """Values that stand for themselves, by their forms.

    What several columns hold is of the kind of the first; of spellings in one that come to the same form, the one that
    is found most freely counts.

    Args:
        texts: GRAIN one row per column and value: `text`, `place` of its column among the kinds, `is_surname`.
        kinds: what a value of each column is.
    """
    form, is_surname = pl.col("form"), pl.col("is_surname")
    size, is_number = form.str.len_chars(), form.str.contains("^[0-9]+$")
    is_ordinary = form.is_in(sorted(ordinary_words() | own_words()))
    is_name = is_surname & (size >= 3) & ~is_number & ~is_ordinary
    is_other = ~is_surname & pl.when(is_number).then(size >= 5).otherwise((size >= 4) & ~is_ordinary)
    is_loose = (
        pl.when(is_surname)
        .then(pl.col("is_several") & pl.col("is_spaced"))
        .otherwise(~is_number & (form.str.contains("[0-9]") | (pl.col("is_spaced") & (size >= 8))))
    )
    match = pl.when(is_loose).then(0).when(is_number & (size >= 9)).then(1).otherwise(2)
    found = (
        _said(texts)
        .filter(is_name | is_other, ~(is_loose & form.is_in(own_phrases().implode())))
        .select("form", which=pl.col("place") * len(_FREELY) + match)
        .group_by("form")
        .agg(pl.col("which").min())
    )
    known = [replace(kind, match=match) for kind in kinds for match in _FREELY]
    return dict(zip(found["form"].to_list(), map(known.__getitem__, found["which"].to_list()), strict=True))


_NOBODY = f"^(?:{'|'.join(NOBODY)})+$"
"""Of a squeezed name: nothing but words that are typed where nobody knows it."""

_FREELY = (Match.LOOSE, Match.DIGITS, Match.WORD)


def _said(texts: pl.DataFrame) -> pl.DataFrame:
    """How each value is searched for: its form, whether there is a space inside it, and whether it is several words."""
    text, plain = pl.col("text"), pl.col("text").str.contains(_PLAIN)
    quick = texts.filter(plain).select(
        "place",
        "is_surname",
        form=_squeezed(text).str.head(LONGEST),
        is_spaced=text.str.strip_chars(" ").str.contains(" ", literal=True),
        is_several=text.str.count_matches("[A-Za-z]+") > 1,
    )
    others = [
        (place, is_surname, squeeze(value)[:LONGEST], " " in value.strip(), len(_LETTERS.findall(value)) > 1)
        for value, place, is_surname in texts.filter(~plain).iter_rows()
    ]
    return pl.concat([quick, pl.DataFrame(others, schema=quick.schema, orient="row")])


_PLAIN = "^[ -~]*$"
"""Letters, digits and marks of a plain keyboard: nearly every value. These are squeezed all at once."""
_LETTERS = re.compile(r"[^\W\d_]+")


def _squeezed(plain: pl.Expr) -> pl.Expr:
    """What `squeeze` gives, of text that is plain."""
    return plain.str.to_lowercase().str.replace_all("[^a-z0-9]+", "")
