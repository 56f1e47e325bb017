"""A brief as data: pages on a phone, on paper and in a file for machines are renderings of this one object."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from fi_workbench.display.model import Chart, Head, MadeFrom, Section
from fi_workbench.display.piece import Piece

PRODUCT = "unit_brief"


class Part(Piece):
    """One question of the brief with its answer.

    Attributes:
        title: the question, as the notebook asks it.
        reading: the notebook's own words on how to read the answer.
        sections: the answers, in the notebook's order.
        folded: opened on a screen only when asked for.
        printed: whether it is set on paper.
    """

    title: str = Field(min_length=1)
    reading: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    folded: bool = False
    printed: bool = True


class Brief(Piece):
    """A unit's brief for a week.

    Attributes:
        head: for whom, and which week.
        trust: the one line that comes first.
        parts: the questions in the notebook's order.
        made_from: enough to make it again.
    """

    head: Head
    trust: Section
    parts: tuple[Part, ...] = Field(min_length=1)
    made_from: MadeFrom

    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in the order of the brief."""
        return tuple(chart for part in self.parts for section in part.sections for chart in section.charts)

    def dates(self) -> frozenset[date]:
        """Every date that the brief may show."""
        found = set(self.head.dates) | set(self.made_from.dates) | set(self.trust.dates)
        for part in self.parts:
            for section in part.sections:
                found.update(section.dates)
        return frozenset(found)
