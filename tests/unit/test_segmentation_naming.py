"""Names suggested for segments: what is more common first, else what is common, and never the same twice."""

from __future__ import annotations

import numpy as np

from fi_workbench.segmentation.naming import joined, suggested_names

CODES = ["domestic_abuse", "neglect", "missing"]


def names(*rows: tuple[float, float, float]) -> list[str]:
    return suggested_names(CODES, np.array(rows), np.full(len(rows), 1 / len(rows)))


def test_a_segment_is_named_after_needs_that_are_common_and_more_common_in_it() -> None:
    assert names((0.9, 0.1, 0.0), (0.1, 0.8, 0.6)) == ["Domestic abuse", "Neglect and going missing"]


def test_a_rare_need_does_not_name_a_segment_however_much_more_common() -> None:
    assert names((0.6, 0.5, 0.2), (0.6, 0.5, 0.0))[0] == "Domestic abuse and neglect (1)"


def test_a_segment_in_which_little_is_recorded_says_so() -> None:
    assert names((0.1, 0.1, 0.1), (0.9, 0.8, 0.7))[0] == "Few needs recorded"


def test_equal_names_are_told_apart() -> None:
    assert names((0.5, 0.1, 0.1), (0.5, 0.1, 0.1)) == ["Domestic abuse (1)", "Domestic abuse (2)"]


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
