"""The people of a family and how they belong to it over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fi_workbench.demo.names import Heritage
from fi_workbench.demo.world import NEED_INDEX, NEEDS

if TYPE_CHECKING:
    from fi_workbench.demo.records import Case

ADULT_AGE = 18


@dataclass(slots=True, eq=False)
class Address:
    """A place to live: a home, or one that unrelated families share.

    Attributes:
        shared: `refuge`, `hostel` or `childrens_home` where unrelated people live at the address; else empty.
    """

    line: str
    postcode: str
    uprn: str
    shared: str = ""


@dataclass(slots=True, eq=False)
class Person:
    """One person as they truly are.

    Attributes:
        reference: case number; the same in the returns.
        born: day of birth; in the future of a day for a child not yet born.
        expected: the day the birth was expected, for children known before birth; else 0.
        known: the day the case management system first had the person; 0 means never.
        addresses: (from, address) in order of time.
        same_as: the case number of the same person's other record, where there are two.
        maiden: another surname that services may still use.
        numbers_recorded: whether the case system holds the pupil number and the NHS number.
        closed: the day the child's last episode of need closed; 0 where none has.
        left: the day the person left the area or the family's life; 0 while they have not.
    """

    reference: str
    family: Family
    forename: str
    surname: str
    sex: str
    ethnicity: str
    heritage: Heritage
    born: int
    nhs_number: str
    is_child: bool
    expected: int = 0
    known: int = 0
    died: int = 0
    left: int = 0
    closed: int = 0
    mother: Person | None = None
    father: Person | None = None
    same_as: str = ""
    maiden: str = ""
    pupil_number: str = ""
    numbers_recorded: tuple[bool, bool] = (True, True)
    disabilities: tuple[str, ...] = ()
    addresses: list[tuple[int, Address]] = field(default_factory=list)
    asylum: bool = False
    habits: dict[str, float] = field(default_factory=dict)

    def age(self, day: int) -> int:
        """Whole years of age, near enough for simulation; negative before birth."""
        return int((day - self.born) // 365.25)

    def address_at(self, day: int) -> Address:
        """Where the person lived on a day; the first known address before that."""
        current = self.addresses[0][1]
        for since, address in self.addresses:
            if since > day:
                break
            current = address
        return current


@dataclass(slots=True, eq=False)
class Membership:
    """A person belonging to a family in a role, for a time."""

    person: Person
    role: str
    since: int
    until: int = 0


@dataclass(slots=True, eq=False)
class Family:
    """One true family: who belongs, what it needs, and its dealings with services.

    Attributes:
        segment: the index of its true kind.
        need_spells: for each need, the (from, to) spells in which it is truly present; 0 for no end.
        unmeasured: severity that nobody records: what confounds the offer of help.
        hazard: yearly rate of setbacks without any programme.
        children_at_home: set aside while looked after or gone.
        concerns: days of setbacks that services came to know of.
        habits: for each factor code, how readily it is written about this family: one assessment copies the last.
    """

    number: str
    segment: int
    heritage: Heritage
    unmeasured: float
    need_spells: list[list[tuple[int, int]]]
    members: list[Membership] = field(default_factory=list)
    children: list[Person] = field(default_factory=list)
    mother: Person | None = None
    father: Person | None = None
    partner: Person | None = None
    case: Case | None = None
    closed_cases: list[Case] = field(default_factory=list)
    clock: int = 0
    concerns: list[tuple[int, str]] = field(default_factory=list)
    early_help: list[int] = field(default_factory=list)
    arrears: list[int] = field(default_factory=list)
    gone: int = 0
    first_referral: int = 0
    hazard_factor: float = 1.0
    habits: dict[str, float] = field(default_factory=dict)
    adoptive: bool = False

    def has(self, need: str, day: int) -> bool:
        """Whether a need is truly present on a day."""
        return any(since <= day and (not until or day < until) for since, until in self.need_spells[NEED_INDEX[need]])

    def needs_at(self, day: int) -> list[bool]:
        """Which needs are truly present on a day, in the order of `NEEDS`."""
        return [
            any(since <= day and (not until or day < until) for since, until in spells) for spells in self.need_spells
        ]

    def adults(self, day: int) -> list[Person]:
        """The adults of the household on a day."""
        return [
            m.person
            for m in self.members
            if not m.person.is_child and m.since <= day and (not m.until or day < m.until)
        ]


SEVERITY_WEIGHTS = (0.8, 0.6, 0.7, 0.9, 0.6, 0.9, 0.8, 0.4, 0.7, 0.4, 0.0, 0.3, 0.3)
_SEVERITY_MEAN = 2.05
_SEVERITY_SPREAD = 1.15


def severity(family: Family, day: int) -> float:
    """How much harm the needs add up to, about 0 on average with a spread of 1; the unmeasured part is apart."""
    total = sum(weight for weight, present in zip(SEVERITY_WEIGHTS, family.needs_at(day), strict=True) if present)
    return (total - _SEVERITY_MEAN) / _SEVERITY_SPREAD


assert len(SEVERITY_WEIGHTS) == len(NEEDS)  # noqa: S101 - the two tables are read side by side
