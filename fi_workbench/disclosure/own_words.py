"""What the workbench says by itself, about nobody: words and phrases for which no page is refused.

Every page says in which `lang` it is, and what is "not known". Among thousands of families somebody is called Lang, and
in every case management system somebody is called Not Known. Were a page refused for such a name, no page would ever be
made, and none of these words has named anybody. `own_texts` writes the file that this reads.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polars as pl

FILE = Path(__file__).with_name("own_words.txt")
LOOSE = 4
"""Words of an identifier, and of a phrase, stand no further apart."""
LONGEST = 4
"""Words of a phrase: few people and teams have names of more."""

NOBODY = (
    "unknown", "not", "known", "none", "name", "noname", "unnamed", "surname", "forename", "given", "stated",
    "recorded", "provided", "disclosed", "supplied", "available", "applicable", "withheld", "restricted", "redacted",
    "confidential", "anonymous", "unborn", "baby", "child", "infant", "twin", "triplet", "mother", "father", "parent",
    "sibling", "partner", "carer", "male", "female", "boy", "girl", "adult", "person", "test", "testing", "dummy",
    "duplicate", "record", "error", "tbc", "tba", "xxx",
)  # fmt: skip
"""What is typed where somebody's name is asked for and nobody knows it. A name of such words alone is no name."""

_WORD_OR_END = re.compile(rf"[A-Za-z0-9]+|[^A-Za-z0-9\n]{{{LOOSE + 1},}}|\n")
"""A word, or what parts two phrases."""
_SMALL = re.compile(r"(?<![A-Za-z0-9])(?:[a-z]{3,}|[a-z]+(?:[A-Z][a-z]+)+)(?![A-Za-z0-9])")
"""Words in small letters, and names of things in charts, such as `labelAngle`."""


@cache
def own_words() -> frozenset[str]:
    """Words that the workbench says in small letters: what it says with a capital may be somebody's name."""
    return frozenset(word.lower() for word in _SMALL.findall(_text()))


@cache
def own_phrases() -> pl.Series:
    """Phrases that the workbench says, squeezed as names are, each at least once.

    A phrase goes on in small letters after its first word, so that nobody who is named in the workbench's own sources
    is spared.
    """
    word = pl.col("word")
    begun = pl.when(word.str.contains("^[A-Za-z0-9]+$")).then(word.str.to_lowercase())
    going_on = pl.when(word.str.contains("^[a-z0-9]*[a-z][a-z0-9]*$")).then(word)
    said = [
        pl.concat_str(begun, *(going_on.shift(-further) for further in range(1, words))).alias(str(words))
        for words in range(2, LONGEST + 1)
    ]
    found = pl.DataFrame({"word": _WORD_OR_END.findall(_text())}).select(said)
    return pl.concat([found[words].alias("phrase") for words in found.columns]).drop_nulls()


@cache
def _text() -> str:
    return FILE.read_text(encoding="utf-8")
