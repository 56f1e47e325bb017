"""The sentence that says why a family was placed in a segment.

In a latent class model each known answer adds its own log odds between the nearest segment and the second nearest,
so the answers that speak most for the nearest are the reason, exactly.
"""

from __future__ import annotations

import numpy as np

from fi_workbench.segmentation.grouping import Grouping
from fi_workbench.segmentation.indicators import phrase_of
from fi_workbench.segmentation.naming import joined
from fi_workbench.segmentation.patterns import MISSING, Codes, Item, Reals

MOST_PRESENT = 3
MOST_ABSENT = 2
LEAST_LOG_ODDS = 0.1
"""Answers that favour the nearest segment by less than this are not named."""
RARE_LOG = 1.6
"""An answer that fewer than a fifth of every segment give is rare: minus the logarithm of a fifth, rounded."""
CLOSE_ABOVE = 0.25
"""A second nearest segment that is likelier than this is close."""

FEW_KNOWN = "few of its needs are known"
UNLIKE_ALL = "its needs together are unlike those of every segment"
NO_MODEL = "No approved grouping of families yet"
SYNTHETIC_MODEL = "The only approved grouping was fitted on synthetic families, so it is not used here"
NOTHING_KNOWN = "No need that families are grouped by is recorded or assessed yet"


class Reasons:
    """Writes the reason for each pattern of answers.

    Args:
        grouping: the approved grouping.
        names: the name for people of each segment, in the grouping's order.
    """

    def __init__(self, grouping: Grouping, names: list[str]) -> None:
        self._items = grouping.items
        self._logs = [np.log(table) for table in grouping.tables]
        self._names = names

    def __call__(
        self,
        codes: Codes,
        posterior: Reals,
        nearest: int,
        second: int | None,
        *,
        sure: bool,
        enough: bool,
        unlike_all: bool = False,
        kept: bool = False,
    ) -> tuple[str, str]:
        """The reason for one pattern: what speaks for its segment, and what must be said besides (may be empty).

        Args:
            codes: the pattern's answers.
            posterior: probability of each segment.
            nearest: the nearest segment.
            second: the second nearest, if there are two.
            sure: whether the nearest is probable enough.
            enough: whether enough of the family's needs are known.
            unlike_all: whether the answers fit no segment.
            kept: whether the segment was kept at a refit, and `second` now fits a little better.
        """
        parts = []
        if second is not None and kept:
            parts.append(f"kept where it was, although {self._names[second]} now fits a little better")
        elif second is not None:
            near = ", close" if (enough and not sure) or posterior[second] > CLOSE_ABOVE else ""
            parts.append(f"second nearest: {self._names[second]}{near}")
        if not enough:
            parts.append(FEW_KNOWN)
        if unlike_all:
            parts.append(UNLIKE_ALL)
        return self._why(codes, nearest, second), "; ".join(parts)

    def _why(self, codes: Codes, nearest: int, second: int | None) -> str:
        present: list[tuple[float, str]] = []
        absent: list[tuple[float, str]] = []
        for item, logs, code in zip(self._items, self._logs, codes, strict=True):
            if code == MISSING:
                continue
            against = logs[second, code] if second is not None else logs[:, code].mean()
            favour = float(logs[nearest, code] - against)
            answer = item.categories[code]
            if favour >= LEAST_LOG_ODDS:
                (present if answer == "present" else absent).append((favour, phrase_of(item.name)))
        parts = [f"{joined(_largest(present, MOST_PRESENT))} recorded"] if present else []
        if len(present) < MOST_ABSENT and absent:
            parts.append(f"{joined(_largest(absent, MOST_ABSENT))} assessed and not found")
        text = ", ".join(parts) or "nothing recorded sets it apart from the others"
        return text[:1].upper() + text[1:]


def _largest(named: list[tuple[float, str]], most: int) -> list[str]:
    return [phrase for _, phrase in sorted(named, key=lambda each: -each[0])[:most]]


class Cases:
    """Makes the case for each of two segments, and says what is unlike both.

    Args:
        grouping: the approved grouping.
        names: the name for people of each segment, in the grouping's order.
    """

    def __init__(self, grouping: Grouping, names: list[str]) -> None:
        self._items = grouping.items
        self._logs = [np.log(table) for table in grouping.tables]
        self._names = names

    def __call__(self, codes: Codes, nearest: int, second: int | None) -> tuple[str, str | None, str]:
        """The case for the nearest segment, for the second (None without one), and what is rare in every segment."""
        known = [
            (item, logs, int(code))
            for item, logs, code in zip(self._items, self._logs, codes, strict=True)
            if code != MISSING
        ]
        rare = [(-float(logs[:, code].max()), _answer(item, code)) for item, logs, code in known]
        unlike = _in_words([one for one in rare if one[0] > RARE_LOG])
        unlike = f"Rare in every segment: {unlike}" if unlike else "No one record is rare; together they are"
        if second is None:
            return self._case(known, nearest, None), None, unlike
        return self._case(known, nearest, second), self._case(known, second, nearest), unlike

    def _case(self, known: list[tuple[Item, Reals, int]], segment: int, other: int | None) -> str:
        told = []
        for item, logs, code in known:
            against = logs[:, code].mean() if other is None else logs[other, code]
            told.append((float(logs[segment, code] - against), _answer(item, code)))
        speaking = _in_words([one for one in told if one[0] >= LEAST_LOG_ODDS])
        return f"{self._names[segment]}: {speaking or 'nothing known speaks for it more than for the other'}"


def _answer(item: Item, code: int) -> tuple[str, str]:
    """A known answer as words and what is said of them: "recorded" or "assessed and not found"."""
    return phrase_of(item.name), "recorded" if item.categories[code] == "present" else "assessed and not found"


def _in_words(told: list[tuple[float, tuple[str, str]]]) -> str:
    """The answers that say most, those of which the same is said together."""
    chosen = [answer for _, answer in sorted(told, key=lambda each: -each[0])[:MOST_PRESENT]]
    said = dict.fromkeys(verb for _, verb in chosen)
    return ", ".join(f"{joined([words for words, verb in chosen if verb == one])} {one}" for one in said)
