"""Which characters a paper can show, and what stands there for those that it cannot.

Typst sets no paper for everyone (PDF/UA) with a letter that its fonts lack, and a paper with a character that cannot
be seen cannot be looked through for people. A page has no such limits: it keeps what was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from fi_workbench.errors import WrongUseError

PRINTED = (
    "\t\n\r -~\xa0-\xac\xae-\u0107\u010a-\u0113\u0116-\u011b\u011e-\u0123\u0126\u0127\u012a\u012b\u012e\u012f"
    "\u0131-\u0133\u0136-\u0138\u013b-\u014b\u0150-\u0155\u0158-\u015b\u015e-\u0167\u016a\u016b\u016e-\u0173"
    "\u0178-\u017f\u0218-\u021b\u02b9-\u02bf\u0386\u0388-\u038a\u038c\u038e\u0390-\u03a1\u03a3-\u03ce\u0400-\u045f"
    "\u2010-\u2027\u202f-\u203a\u2044\u2070\u2074-\u2079\u2080-\u2089\u20ac\u2116\u2122\u2190-\u2193\u2212\u221a\u221e"
    "\u2248\u2260\u2264\u2265\u25a0\u25a1\u25b2\u25bc\u25cb\u25cf\u2611\u2612\u2713\u2714\u2717"
)
"""Ranges of characters that the letters of a paper have, and that can be read out of it again; a test sets them all."""

NOT_SHOWN = "\u25a1"
"""Stands on paper for what cannot be set."""

_OTHER = re.compile(f"[^{PRINTED}]")
_STEERING = re.compile(r"\\(?:[bf]|u00)")
"""How JSON writes characters that steer machines; a backslash before a letter b looks the same, and stays as it is."""
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Mc", "Me"})
"""Categories of characters that only change how others look, or steer a machine: they are left out."""


def on_paper(text: str) -> str:
    """A text as a paper can show it: a letter without a mark that is lacking, a square for what is not known."""
    if not _OTHER.search(text):
        return text
    return _OTHER.sub(_instead, unicodedata.normalize("NFC", text))


def facts_on_paper(facts: Any) -> Any:
    """Facts that are written as JSON, with every text as a paper can show it."""
    if isinstance(facts, str):
        return on_paper(facts)
    if isinstance(facts, Mapping):
        return {key: facts_on_paper(value) for key, value in facts.items()}
    return [facts_on_paper(value) for value in facts] if isinstance(facts, (list, tuple)) else facts


def all_printed(written: str) -> bool:
    """Whether facts that were written as JSON need no change."""
    return not _OTHER.search(written) and not _STEERING.search(written)


def check_printable(text: str, where: str) -> None:
    """See that words which a person wrote can stand on paper as they are, but for marks on letters.

    Raises:
        WrongUseError: a character cannot be printed; it is named, and nothing else of the words.
    """
    for place, character in enumerate(text, start=1):
        if _OTHER.match(character) and not character.isspace() and not _has_form(character):
            raise WrongUseError(
                f"A character cannot be printed: {unicodedata.name(character, f'U+{ord(character):04X}')}.",
                where=where,
                how_many=f"place {place} of {len(text)}",
                next_step="Leave it out; nothing was kept.",
            )


def _has_form(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or on_paper(character) not in {"", NOT_SHOWN}


def _instead(match: re.Match[str]) -> str:
    """The letters beneath a character where it has any, nothing for what is not seen, else a square."""
    character = match.group()
    if character.isspace():
        return " "
    beneath = _OTHER.sub("", unicodedata.normalize("NFKD", character))
    if beneath:
        return beneath
    return "" if unicodedata.category(character) in _UNSEEN else NOT_SHOWN
