"""One patch of the authority: a locality with its team, its chance and everything that has happened in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fi_workbench.demo.draws import Draws
from fi_workbench.demo.identifiers import case_number, nhs_number, postcode, pupil_number
from fi_workbench.demo.names import STREET_KINDS, STREETS
from fi_workbench.demo.people import Address, Family, Person
from fi_workbench.demo.records import Allocation, Care, Case, ProgrammeReferral, Referral
from fi_workbench.demo.world import World


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a run: the simulation warms up before `start`, and files cover `start` to `end`."""

    warm: int
    start: int
    end: int
    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """Potential outcomes of one family for one programme at its time zero: part of the truth."""

    family: str
    programme: str
    day: int
    eligible: bool
    propensity: float
    offered: bool
    started: bool
    hazard: float
    hazard_ratio: float
    setback_without: bool
    setback_with: bool
    arrears: int


class Patch:
    """The state of one patch while it is simulated, and its records afterwards.

    Args:
        index: number of the patch; it parts all identifiers and chance from other patches'.
        unit: index of the unit whose team holds the patch.
        families: families that are open at a point in time, about.
        seed: the authority's seed.
        world: what is true.
        span: the days of the run.
    """

    def __init__(self, *, index: int, unit: int, families: int, seed: int, world: World, span: Span) -> None:
        self.index = index
        self.unit = unit
        self.scale = families / 1600
        self.size = families
        self.seed = seed
        self.world = world
        self.span = span
        self.draws = Draws(seed, 1, index)
        self.families: list[Family] = []
        self.people: list[Person] = []
        self.cases: list[Case] = []
        self.cares: list[Care] = []
        self.referrals: list[Referral] = []
        self.allocations: list[Allocation] = []
        self.programmes: list[ProgrammeReferral] = []
        self.trials: list[Trial] = []
        self.relationships: list[tuple[Person, Person, str, int, int, int, int]] = []
        self.restricted: list[tuple[Person, str, int, int]] = []
        self.duplicates: list[tuple[str, str]] = []
        self.leavers: list[Person] = []
        self.shared: dict[str, list[Address]] = {
            "refuge": [self.new_address("refuge") for _ in range(max(1, families // 300))],
            "hostel": [self.new_address("hostel") for _ in range(max(1, families // 300))],
            "childrens_home": [self.new_address("childrens_home") for _ in range(max(1, families // 130))],
        }
        self._numbers = {"person": 0, "family": 0, "event": 0}

    def new_number(self, kind: str) -> int:
        """The next whole number of a kind in this patch."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def new_reference(self) -> tuple[str, str]:
        """A new case number and NHS number."""
        n = self.new_number("person")
        return case_number(self.index, n), nhs_number(self.index, n)

    def new_pupil_number(self, born: int) -> str:
        """The pupil number that a child born on a day gets on starting school."""
        return pupil_number(self.index, self.new_number("person"), int((born + 4.6 * 365.25) // 365.25) + 1)

    def new_address(self, shared: str = "") -> Address:
        """A home in the patch: some fifteen homes share a postcode, as in life."""
        draws = self.draws
        line = f"{draws.between(1, 180)} {draws.pick(STREETS)} {draws.pick(STREET_KINDS)}"
        return Address(line, postcode(self.index, draws.between(0, 800)), f"{draws.between(10**10, 10**11)}", shared)


@dataclass(slots=True)
class Tally:
    """Counts of a patch for the report."""

    families: int = 0
    people: int = 0
    rows: dict[str, int] = field(default_factory=dict)
