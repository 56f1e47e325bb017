"""The number of a finding as data: how many, of how many, and between what it may well lie or usually lies."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import model_validator

from fi_workbench.display.piece import Piece
from fi_workbench.display.prose import NOT_KNOWN, of, plural, usual

USUAL_LEVEL, ESTIMATE_LEVEL, FORECAST_LEVEL = 99.7, 95, 80
"""In how many of 100 cases a usual range, an interval of an estimate and one of a forecast hold."""


class Interval(Piece):
    """Between what a number may well lie, or usually lies.

    Attributes:
        kind: `usual`: where a count lies when nothing but chance changed it, its control limits; `share`: where the
            share may well lie in families like these; `difference`: by how many of `of` it may well differ from what
            it is compared with; `forecast`: where it may well lie in weeks to come.
        low: the lowest.
        high: the highest.
        of: out of how many, of a share or a difference.
        level: in how many of 100 cases such an interval holds.
        words: it as a sentence of its own, without its full stop; empty where the finding's sentence, or a table
            beside it, says it.
    """

    kind: Literal["usual", "share", "difference", "forecast"]
    low: int | float
    high: int | float
    of: int | None = None
    level: int | float
    words: str = ""


class Number(Piece):
    """The number of a finding.

    Attributes:
        kind: `count`: all that there is in the records, so that an interval would make no sense; `judged`: a count
            that is held against its control limits; `estimate`: it says something of more than was counted.
        n: how many; none of an estimate of which only the interval is told.
        of: out of how many; none where it is no part of anything that is told.
        noun: what one of them is called; empty where the sentence alone says so.
    """

    kind: Literal["count", "judged", "estimate"]
    n: int | None
    of: int | None = None
    noun: str = ""

    @model_validator(mode="after")
    def _counted(self) -> Number:
        """Only of an estimate may the interval alone be told."""
        if self.n is None and self.kind != "estimate":
            raise ValueError("what was counted has a number")
        return self

    def printed(self, interval: Interval | None = None) -> str:
        """As people read it.

        Example:
            >>> Number(kind="count", n=7, of=12, noun="visit").printed()
            '7 of 12 visits'
            >>> Number(kind="count", n=1, noun="child").printed()
            '1 child'
        """
        if self.n is None:
            told, last = (usual(interval.low, interval.high) if interval else NOT_KNOWN), 0
        elif self.of is None:
            told, last = f"{self.n:,}", self.n
        else:
            told, last = of(self.n, self.of), self.of
        return f"{told} {plural(last, self.noun)}" if self.noun else told


def count_of(n: int | None, noun: str, total: int | None = None) -> Number | None:
    """A plain count; none where nothing was counted.

    Args:
        n: how many; None for no number.
        noun: what one of them is called.
        total: out of how many.
    """
    return None if n is None else Number(kind="count", n=n, of=total, noun=noun)


def stands_in(printed: str, sentence: str) -> bool:
    """Whether a sentence says a number as printed, and not as a part of a longer one.

    Example:
        >>> stands_in("1 child", "For 1 child."), stands_in("1 child", "For 21 children.")
        (True, False)
    """
    return re.search(rf"(?<![\d,.]){re.escape(printed)}(?!\w|,\d)", sentence) is not None
