"""What every partner feed shares: whom it writes about, its own numbers, and the truth of who they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from fi_workbench.demo.draws import Draws
from fi_workbench.demo.patch import Patch
from fi_workbench.demo.people import Family, Person
from fi_workbench.demo.spelling import Speller
from fi_workbench.demo.tables import FullTable, IncrementTable
from fi_workbench.demo.world import NEED_INDEX

Link = tuple[str, str, str, str]
"""Source, the partner's own number, the person's case number (empty for a stranger), and the true family."""


class Partner(ABC):
    """One partner's feed about one patch.

    Args:
        patch: whose people it writes about.
        families: families that services dealt with in the horizon.
        table: where the rows go.
        links: where the truth about its numbers goes.
    """

    source: ClassVar[str]
    header: ClassVar[str]

    def __init__(
        self, patch: Patch, families: list[Family], table: FullTable | IncrementTable, links: list[Link], number: int
    ) -> None:
        self.patch = patch
        self.families = families
        self._table = table
        self._links = links
        self.draws = Draws(patch.seed, 4, patch.index, number)
        self.speller = Speller(self.source, patch, self.draws)
        self.start = patch.span.start
        self.end = patch.span.end
        self._count = 0
        self._own: dict[Person, str] = {}
        self._linked: set[str] = set()

    @property
    def table(self) -> IncrementTable:
        """The increments of the feed (full feeds use `full`)."""
        if not isinstance(self._table, IncrementTable):
            message = f"{self.source} is delivered in full"
            raise TypeError(message)
        return self._table

    @property
    def full(self) -> FullTable:
        """The full lists of the feed."""
        if not isinstance(self._table, FullTable):
            message = f"{self.source} is delivered as increments"
            raise TypeError(message)
        return self._table

    @abstractmethod
    def write(self) -> None:
        """Write the feed's rows about the patch."""

    def number(self) -> int:
        """The next number of this feed."""
        self._count += 1
        return self._count

    def own_number(self, person: Person, prefix: str, again: bool = False) -> str:
        """The partner's own number of a person; `again` makes a second one, as partners do by mistake."""
        own = self._own.get(person)
        if own is None or again:
            own = f"{prefix}{self.patch.index:03d}{self.number():06d}"
            self._own[person] = own
            self.link(own, person)
        return own

    def stranger_number(self, prefix: str) -> str:
        """The partner's own number of somebody whom children's services do not know."""
        own = f"{prefix}{self.patch.index:03d}{self.number():06d}"
        self.link(own, None)
        return own

    def link(self, own: str, person: Person | None) -> None:
        """Write down who a number truly is."""
        if own in self._linked:
            return
        self._linked.add(own)
        if person is None:
            self._links.append((self.source, own, "", ""))
        else:
            self._links.append((self.source, own, person.reference, person.family.number))

    def spells(self, family: Family, need: str, start: int, end: int) -> list[tuple[int, int]]:
        """When a need was present inside a span."""
        found = []
        for since, until in family.need_spells[NEED_INDEX[need]]:
            low, high = max(since, start), min(until or end, end)
            if low < high:
                found.append((low, high))
        return found

    def days(self, since: int, until: int, rate: float) -> Iterator[int]:
        """Distinct days of rare events at a yearly rate."""
        count = self.draws.poisson(rate * (until - since) / 365.25)
        yield from sorted({since + int(self.draws.uniform() * (until - since)) for _ in range(count)})
