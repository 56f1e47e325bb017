"""Parts that stand side by side can be told apart by contrast alone, and so can every part from the page."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fi_workbench.display import theme
from fi_workbench.display.stacked import KEPT, MOVED

PAGE = "#FFFFFF"


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, as the Web Content Accessibility Guidelines define it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("parts", [KEPT, MOVED])
def test_neighbours_in_a_bar_differ_by_three_to_one(parts: tuple[tuple[str, str], ...]) -> None:
    for (_, one), (_, other) in pairwise(parts):
        assert contrast(one, other) >= 3
    assert len(parts) <= 4


@pytest.mark.parametrize("colour", [theme.NAVY, theme.TEAL, theme.PLUM, theme.ORANGE, theme.MUTED, theme.QUIET])
def test_marks_differ_from_the_page_by_three_to_one(colour: str) -> None:
    assert contrast(colour, PAGE) >= 3


@pytest.mark.parametrize("colour", [theme.INK, theme.QUIET])
def test_letters_differ_from_the_page_by_four_and_a_half_to_one(colour: str) -> None:
    assert contrast(colour, PAGE) >= 4.5


def test_what_is_hollow_has_an_outline_that_shows() -> None:
    assert theme.HOLLOW == PAGE
    assert contrast(theme.QUIET, PAGE) >= 3
