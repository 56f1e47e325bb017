"""What services write down about a family: episodes and all that hangs on them.

Every record knows the day it happened and the day it became known to the system, so that each week's extract can show
what was known then. A day of 0 means not yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fi_workbench.demo.people import Family, Person


@dataclass(slots=True, eq=False)
class Assessment:
    """A child and family assessment; `codes` are the factors found when it ended."""

    start: int
    known: int
    done: int = 0
    done_known: int = 0
    review: int = 0
    codes: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Enquiry:
    """A section 47 enquiry; `conference` is the day of the initial conference it led to."""

    start: int
    known: int
    target: int
    conference: int = 0
    conference_known: int = 0
    not_required: bool = False
    decided_known: int = 0


@dataclass(slots=True, eq=False)
class Plan:
    """A child in need plan."""

    start: int
    known: int
    end: int = 0
    end_known: int = 0


@dataclass(slots=True, eq=False)
class Protection:
    """A child protection plan, with its review conferences as (due, held, known)."""

    start: int
    known: int
    initial: str
    latest: str
    previous: int
    latest_since: int = 0
    end: int = 0
    end_known: int = 0
    reviews: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Proceedings:
    """Pre-proceedings and what became of them."""

    start: int
    known: int
    letter: int
    offered: str
    facilitated: str
    meeting: int
    reviews: int
    decision: int
    decision_known: int
    outcome: str
    court: int = 0


@dataclass(slots=True, eq=False)
class Placement:
    """One SSDA903 episode."""

    start: int
    reason_new: str
    legal: str
    place: str
    provider: str
    end: int = 0
    reason_ceased: str = ""
    reason_change: str = ""
    home_postcode: str = ""
    placed_postcode: str = ""
    urn: str = ""


@dataclass(slots=True, eq=False)
class Care:
    """One period of being looked after, with all its SSDA903 episodes in order; planned to its end when it starts."""

    child: Person
    need: str
    placements: list[Placement]
    end: int = 0
    reason: str = ""
    short_breaks: bool = False
    reviews: list[tuple[int, int]] = field(default_factory=list)
    missing: list[tuple[int, int, str]] = field(default_factory=list)
    placed_for_adoption: int = 0
    adoption_decision: int = 0

    @property
    def start(self) -> int:
        """The day the child became looked after."""
        return self.placements[0].start


@dataclass(slots=True, eq=False)
class Episode:
    """One child's episode of need, from referral to closure."""

    child: Person
    referral: int
    known: int
    source: str
    need: str = ""
    need_known: int = 0
    nfa: bool = False
    closed: int = 0
    closed_known: int = 0
    reason: str = ""
    assessments: list[Assessment] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    protections: list[Protection] = field(default_factory=list)
    proceedings: list[Proceedings] = field(default_factory=list)
    cares: list[Care] = field(default_factory=list)
    care: Care | None = None
    leaver_since: int = 0


@dataclass(slots=True, eq=False)
class Allocation:
    """A worker holding a child for a time."""

    child: Person
    worker: str
    role: str
    start: int
    known: int
    end: int = 0
    end_known: int = 0
    reason: str = ""


@dataclass(slots=True, eq=False)
class Case:
    """A family's current involvement: its open episodes and where it stands.

    Attributes:
        track: `assessing`, `support`, `plan`, `protection`, or `care` when only looked after children remain open.
        version: raised whenever the track changes, so that events planned for an earlier state lapse.
    """

    family: Family
    opened: int
    episodes: list[Episode] = field(default_factory=list)
    track: str = "assessing"
    version: int = 0
    worker: int = -1
    waiting_since: int = 0
    conference_pending: bool = False
    assessing_until: int = 0
    previous_plans: int = 0
    allocations: list[Allocation] = field(default_factory=list)
    moving: bool = False

    def at_home(self) -> list[Episode]:
        """Open episodes of children who are neither looked after nor care leavers."""
        return [e for e in self.episodes if not e.closed and e.care is None and not e.leaver_since]

    def open(self) -> list[Episode]:
        """All open episodes."""
        return [e for e in self.episodes if not e.closed]


@dataclass(slots=True, eq=False)
class Referral:
    """A referral of several children of a family together."""

    number: str
    day: int
    source: str
    decided: int
    decided_known: int
    nfa: bool
    known: int
    children: list[Person]


@dataclass(slots=True, eq=False)
class ProgrammeReferral:
    """A child referred to a programme, with what was received."""

    number: str
    child: Person
    programme: str
    referred: int
    known: int
    start: int
    end: int
    planned: int
    attended: int
    completion: str
