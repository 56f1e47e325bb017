"""How easy a text is to read: words, sentences, syllables, and Flesch's reading ease.

The usual library for this fetches a pronouncing dictionary from the internet when it is first used, which an
authority's machine must not do; its earlier form counts hyphenation points, which are not syllables. So syllables are
counted here by spelling; how often that agrees with a pronouncing dictionary stands beside the study that measured it.

Source:
    Flesch, R. (1948), A new readability yardstick, Journal of Applied Psychology 32(3): 206.835 - 1.015 (words for a
    sentence) - 84.6 (syllables for a word).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?|\d[\d,.]*\d|\d")
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(]?[A-Z0-9])")
_VOWELS = re.compile(r"[aeiouy]+")
_APART = re.compile(
    r"ia(?!l\b|n\b|ge)|io(?!n|us)|eo(?!u|ple)|[aeiou]y?ing\b|uou|i(?:er|est)\b|ie(?=nce)|ea(?:te|ti)"
    r"|[^c]iet|ua(?:l\b|te|ti)|ism\b|iu"
)
_SILENT = re.compile(r"(?:[^aeiouyl]|[aeiouy]l)es?\b$|[^aeiouytd]ed$|[aeiouy]led$")
_SOUNDED = re.compile(r"(?:[sxz]|ch|sh|[cg])es$")
_JOINED = re.compile(r"^(?:some|every|house|fore|safe|note|case|home|there)[b-df-hj-np-tv-z].*[aeiouy]")
_INNER_E = re.compile(r"[^aeiouy]e(?:ly|ment|ments|less|ness|ful|fully|where)$")


def syllables(word: str) -> int:
    """Count the syllables of an English word by its spelling; a number counts as one.

    Example:
        >>> [syllables(word) for word in ("plan", "unit", "conference", "assessed", "missing", "7")]
        [1, 2, 3, 2, 2, 1]
    """
    text = re.sub(r"['’]s?$|['’]", "", word.lower())
    if not text or not text[0].isalpha():
        return 1
    n = len(_VOWELS.findall(text)) + len(_APART.findall(text))
    if len(text) > 2 and _SILENT.search(text) and not _SOUNDED.search(text):
        n -= 1
    # The e of "something" or "safely" is silent although it does not end the word.
    n -= bool(_JOINED.search(text) or _INNER_E.search(text))
    return max(1, n)


def words_of(text: str) -> list[str]:
    """The words of a text; a number is one word."""
    return _WORD.findall(text)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text: a full stop, question mark or exclamation mark ends one, a colon does not."""
    return [part.strip() for part in _END.split(text.strip()) if part.strip()]


@dataclass(frozen=True)
class Reading:
    """How some text reads.

    Attributes:
        n_words: words.
        n_sentences: sentences.
        n_syllables: syllables, the field's own terms counting one for each word.
        longest: the sentence of most words.
    """

    n_words: int
    n_sentences: int
    n_syllables: int
    longest: str

    @property
    def mean_sentence(self) -> float:
        """Words for a sentence."""
        return self.n_words / max(1, self.n_sentences)

    @property
    def ease(self) -> float:
        """Flesch's reading ease: about 100 for very easy, 60 for plain, 30 for hard."""
        if not self.n_words:
            return 100.0
        return 206.835 - 1.015 * self.mean_sentence - 84.6 * self.n_syllables / self.n_words


def reading(texts: Iterable[str], *, allowed: Collection[str] = ()) -> Reading:
    """Read texts one after another, each ending its own last sentence.

    Args:
        texts: paragraphs, titles, sentences.
        allowed: terms of the field, in lower case: each of their words counts as one syllable, since its readers know
            it as they know their own names. They still count as words.
    """
    sentences = [one for text in texts for one in sentences_of(text)]
    known = _term_pattern(frozenset(allowed))
    n_words = n_syllables = 0
    longest, most = "", 0
    for sentence in sentences:
        words, sounded = _counted(sentence, known)
        n_words += words
        n_syllables += sounded
        if words > most:
            longest, most = sentence, words
    return Reading(n_words, len(sentences), n_syllables, longest)


@lru_cache(maxsize=1 << 12)
def _counted(sentence: str, known: re.Pattern[str] | None) -> tuple[int, int]:
    """Words and syllables of a sentence; most stand in more than one place, and in the next unit's brief."""
    words = words_of(sentence)
    rest = words_of(known.sub(" ", sentence)) if known else words
    return len(words), sum(map(syllables, rest)) + len(words) - len(rest)


@lru_cache(maxsize=16)
def _term_pattern(allowed: frozenset[str]) -> re.Pattern[str] | None:
    if not allowed:
        return None
    longest_first = sorted(allowed, key=lambda term: (-len(term), term))
    return re.compile(r"\b(?:" + "|".join(re.escape(term) for term in longest_first) + r")(?:s|es)?\b", re.IGNORECASE)
