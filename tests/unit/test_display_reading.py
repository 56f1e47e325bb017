"""Reading ease is Flesch's, and syllables are those of a pronouncing dictionary."""

from __future__ import annotations

import pytest

from fi_workbench.display.reading import reading, sentences_of, syllables, words_of
from fi_workbench.vocabulary.field_terms import field_terms

# From the CMU Pronouncing Dictionary: one syllable for each vowel that carries a stress mark.
DICTIONARY = {
    1: "plan due held they kept days weeks child care health had told phone rule lives missed",
    2: "visit unit people nothing household caseload saying working needed cannot safely missing cases",
    3: "family conference recorded earlier earliest anything September completed referral assessment",
    4: "supervision authority secondary allocation interviewing",
}


@pytest.mark.parametrize(("n", "word"), [(n, word) for n, text in DICTIONARY.items() for word in text.split()])
def test_syllables_are_those_of_the_dictionary(n: int, word: str) -> None:
    assert syllables(word) == n


def test_flesch_is_the_published_formula() -> None:
    # 2 sentences, 11 words, 11 syllables by hand.
    found = reading(["The cat sat on the mat. It was a good day."])
    assert (found.n_words, found.n_sentences, found.n_syllables) == (11, 2, 11)
    assert found.ease == pytest.approx(206.835 - 1.015 * 5.5 - 84.6, abs=1e-9)


def test_sentences_end_at_stops_and_not_at_dots_in_numbers() -> None:
    text = "892 children, with 65.6 posts. The agreed number is 1,068. Why? Nobody knows: not yet."
    assert sentences_of(text) == [
        "892 children, with 65.6 posts.",
        "The agreed number is 1,068.",
        "Why?",
        "Nobody knows: not yet.",
    ]
    assert words_of("65.6 posts and 1,068") == ["65.6", "posts", "and", "1,068"]


def test_terms_count_one_syllable_for_each_word_and_stay_words() -> None:
    plain = reading(["An initial child protection conference is due."])
    known = reading(["An initial child protection conference is due."], allowed=field_terms())
    assert known.n_words == plain.n_words == 7
    assert known.n_syllables == 7
    assert plain.n_syllables > 7


def test_plurals_of_terms_are_terms() -> None:
    assert reading(["Assessments and core groups"], allowed={"assessment", "core group"}).n_syllables == 4


def test_no_words_are_easy() -> None:
    assert reading([]).ease == 100.0
