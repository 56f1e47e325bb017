"""How a brief reads, checked while it is made: short sentences, common words, whole numbers, and no loose "rose".

A brief that fails is held, and the sentence is named by the words it begins with.

Source:
    Government Digital Service and Analysis Function on plain English: sentences of at most 25 words, 15 to 20 on
    average; Flesch's reading ease of 60 or more, which is a reading age of about 13 and plain for everyone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fi_workbench.briefs.model import Brief
from fi_workbench.display import Finding, Section
from fi_workbench.display.number import stands_in
from fi_workbench.display.reading import reading, sentences_of, words_of
from fi_workbench.errors import BriefError
from fi_workbench.vocabulary.field_terms import field_terms

LEAST_EASE, LEAST_EASE_OF_FINDINGS = 60.0, 70.0
MOST_WORDS, MOST_WORDS_ON_AVERAGE = 25, 15.0
FEWEST_WORDS = 12
"""The reading ease of fewer words says little: one long one decides it."""
NAMED = 5
"""So many faults are named in a message; whoever mends these finds the others on the next run."""
NAMED_BY = 6
"""So many words name a sentence in a message; all of it may hold numbers that belong on the page alone."""

_PER_CENT = re.compile(r"\d\s?%|\bper ?cent\b", re.IGNORECASE)
_CHANGED = re.compile(
    r"\b(?:rose|risen|rising|fell(?! due)|fallen|falling|increas\w+|decreas\w+|grew|grown|dropp\w+|climb\w+|declin\w+"
    r"|(?:has|have) changed|went (?:up|down)|up from|down from)\b",
    re.IGNORECASE,
)

REPEATS = frozenset({"learning"})
"""Sections that repeat what earlier briefs and people said; people's words were read when they came in."""

Text = tuple[str, str]
"""Where a text stands, and the text."""


def findings_of(brief: Brief) -> list[tuple[str, Finding]]:
    """Every finding with the question it answers; what only repeats is not among them."""
    return [
        (part.title, finding)
        for part in brief.parts
        for section in part.sections
        if section.key not in REPEATS
        for finding in (*section.findings, *section.rest)
    ]


def texts_of(brief: Brief) -> list[Text]:
    """Every text of a brief that is read as prose, with where it stands; cells of tables and names are not prose."""
    found: list[Text] = [("the line of trust", brief.trust.lead), ("for whom it is", brief.head.audience_words)]
    for part in brief.parts:
        found += [(part.title, text) for text in (part.title, *part.reading)]
        for section in part.sections:
            found += [(part.title, text) for text in _of_section(section)]
    return [(where, text) for where, text in found if text]


def _of_section(section: Section) -> Iterator[str]:
    yield section.lead
    yield section.rest_words
    yield section.question
    yield from section.notes
    for finding in (*section.findings, *section.rest):
        yield from _of_finding(finding)
    for chart in section.charts:
        yield from (chart.title, chart.measure, chart.alt, *chart.table.notes)
    for table in section.tables:
        yield from table.notes


def _of_finding(finding: Finding) -> tuple[str, str, str]:
    return finding.sentence, finding.between, finding.to_do


def faults_of_words(brief: Brief) -> list[str]:
    """List what in a brief's words is too long, too hard, a bare share, or a change that chance could have made."""
    texts = texts_of(brief)
    terms = field_terms()
    said = [text for _, finding in findings_of(brief) for text in _of_finding(finding) if text]
    whole, found = reading((text for _, text in texts), allowed=terms), reading(said, allowed=terms)
    faults = [
        f"a sentence of {n} words, at most {MOST_WORDS} ({where}: {_named(sentence)})"
        for where, text in texts
        for sentence in sentences_of(text)
        if (n := len(words_of(sentence))) > MOST_WORDS
    ]
    if whole.mean_sentence > MOST_WORDS_ON_AVERAGE:
        faults.append(
            f"{whole.mean_sentence:.1f} words for a sentence, at most {MOST_WORDS_ON_AVERAGE:.0f} "
            f"(the longest: {_named(whole.longest)})"
        )
    if whole.ease < LEAST_EASE:
        faults.append(f"a reading ease of {whole.ease:.0f}, at least {LEAST_EASE:.0f} ({_hardest(texts)})")
    if said and found.ease < LEAST_EASE_OF_FINDINGS:
        hardest = _hardest([(where, finding.sentence) for where, finding in findings_of(brief)])
        faults.append(
            f"findings with a reading ease of {found.ease:.0f}, at least {LEAST_EASE_OF_FINDINGS:.0f} ({hardest})"
        )
    faults += [
        f"a share as a bare percentage ({where}: {_named(text)})" for where, text in texts if _PER_CENT.search(text)
    ]
    faults += [f"a change that may be chance ({where}: {_named(text)})" for where, text in _loose(brief)]
    faults += [
        f"a sentence without the number that it is about ({where}: {_named(finding.sentence)})"
        for where, finding in findings_of(brief)
        if finding.number and not stands_in(finding.printed, finding.sentence)
    ]
    return faults


def _loose(brief: Brief) -> Iterable[Text]:
    """Texts that speak of a change without standing outside control limits."""
    sure = {f.sentence for _, f in findings_of(brief) if f.is_change}
    told = {t for part in brief.parts for s in part.sections if s.key in REPEATS for t in _of_section(s)}
    return [(w, text) for w, text in texts_of(brief) if text not in sure | told and _CHANGED.search(text)]


def faults_of_text(text: str) -> list[str]:
    """List what in a person's words would keep a brief that shows them from being made."""
    faults = [
        f"a sentence of {n} words, at most {MOST_WORDS}"
        for one in sentences_of(text)
        if (n := len(words_of(one))) > MOST_WORDS
    ]
    told = reading([text], allowed=field_terms())
    if told.n_words >= FEWEST_WORDS and told.ease < LEAST_EASE:
        faults.append(f"a reading ease of {told.ease:.0f}, at least {LEAST_EASE:.0f}")
    return faults + (["a share as a bare percentage"] if _PER_CENT.search(text) else [])


def _hardest(texts: Iterable[Text]) -> str:
    terms = field_terms()
    where, text = min(
        ((where, one) for where, text in texts for one in sentences_of(text)),
        key=lambda each: (reading([each[1]], allowed=terms).ease, each[1]),
    )
    return f"the hardest, {where}: {_named(text)}"


def _named(sentence: str) -> str:
    words = sentence.split()
    return f'"{" ".join(words[:NAMED_BY])}{" …" if len(words) > NAMED_BY else ""}"'


def check_words(brief: Brief) -> None:
    """Let a brief pass, or hold it.

    Raises:
        BriefError: a sentence is too long, the words are too hard, or something is said that the figures do not bear.
    """
    faults = faults_of_words(brief)
    if faults:
        raise BriefError(
            "The words of the brief are not plain enough: " + "; ".join(faults[:NAMED]) + ".",
            where=brief.head.unit,
            how_many=f"{len(faults)} to mend" + (f", the first {NAMED} named" if len(faults) > NAMED else ""),
            next_step="Shorten the sentence or use a plainer word, in the notebook or where the sentence is made.",
        )
