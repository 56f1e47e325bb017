"""The clock of one patch: events in order of time, and what every step of the service process may use.

One patch is simulated event by event. Each event may plan later ones; an event planned for a state that has passed
lapses, because the case's version has moved on. Risks compete: whichever comes first happens.

The steps are layers: closing, plans, protection, care, assessment, referral, arrivals. A layer calls those below it
by name, and those above it through the three doors that are abstract here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from heapq import heappop, heappush
from math import exp
from typing import Any

from fi_workbench.demo.draws import Draws, Weights
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.records import Case, Episode
from fi_workbench.demo.team import Team

YEAR = 365.25


def odds(value: float) -> float:
    """The probability of a log odds."""
    return 1.0 / (1.0 + exp(-value))


class Core(ABC):
    """Time, chance and the team of one patch."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.draws: Draws = patch.draws
        self.team = Team(patch)
        self.mixture: Weights[int] = Weights(patch.world.mixture(patch.unit))
        self._heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._sequence = 0

    def at(self, day: int, action: Callable[..., None], *arguments: Any) -> None:
        """Plan an event; beyond the horizon it is not needed."""
        if day <= self.patch.span.end:
            self._sequence += 1
            heappush(self._heap, (day, self._sequence, action, arguments))

    def live(self) -> None:
        """Let every event happen in its turn."""
        heap = self._heap
        while heap:
            day, _, action, arguments = heappop(heap)
            action(day, *arguments)

    def plan_setback(self, day: int, family: Family) -> None:
        """Plan a setback that was drawn elsewhere; the family's clock was raised for it."""
        self.at(day, self.setback, family, family.clock)

    @abstractmethod
    def assess(self, day: int, case: Case, episodes: list[Episode]) -> None:
        """Begin an assessment of some children of a case."""

    @abstractmethod
    def into_care(self, day: int, case: Case, urgent: bool = False) -> None:
        """Some children of a case become looked after."""

    @abstractmethod
    def refer(
        self,
        day: int,
        family: Family,
        source: str = "",
        only: list[Person] | None = None,
        care: bool = False,
    ) -> None:
        """A family is referred."""

    @abstractmethod
    def setback(self, day: int, family: Family, clock: int) -> None:
        """Something goes wrong for a family."""
