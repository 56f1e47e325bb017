"""What is true of the synthetic authority: needs, kinds of family, programmes and what they really do.

The true segment of a family is drawn first; its needs follow from it; what services record is a noisy measurement of
the needs. Nothing here is ever written where a loader reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fi_workbench.errors import WrongUseError

NEEDS: tuple[str, ...] = (
    "domestic_abuse",
    "parental_mental_health",
    "parental_substance_misuse",
    "neglect",
    "emotional_harm",
    "physical_harm",
    "sexual_harm",
    "child_mental_health",
    "exploitation",
    "behaviour",
    "child_disability",
    "parental_disability",
    "poverty",
)
"""The latent needs of a family, in the order of every profile below."""

NEED_INDEX: Mapping[str, int] = {need: index for index, need in enumerate(NEEDS)}

DEPENDENT_PAIRS: tuple[tuple[str, str], ...] = (
    ("domestic_abuse", "parental_substance_misuse"),
    ("child_mental_health", "behaviour"),
    ("neglect", "poverty"),
    ("exploitation", "behaviour"),
)
"""Needs that go together within a segment in worlds that break local independence."""


@dataclass(frozen=True)
class Archetype:
    """One true kind of family.

    Attributes:
        name: the segment's name in the truth.
        weight: its relative share among families that are referred.
        profile: the chance of each need, in the order of `NEEDS`.
        ages: relative weights of the referred child being unborn, under 1, 1-4, 5-9, 10-15, 16-17.
        large: how much larger its families are than the usual (1 is usual).
    """

    name: str
    weight: float
    profile: tuple[float, ...]
    ages: tuple[float, float, float, float, float, float]
    large: float = 1.0


ARCHETYPES: tuple[Archetype, ...] = (
    Archetype(
        "harm_between_adults",
        0.34,
        (0.88, 0.58, 0.40, 0.12, 0.62, 0.20, 0.04, 0.12, 0.02, 0.06, 0.05, 0.06, 0.30),
        (13, 13, 29, 20, 21, 4),
    ),
    Archetype(
        "neglect_and_hardship",
        0.30,
        (0.28, 0.46, 0.36, 0.86, 0.44, 0.36, 0.10, 0.14, 0.04, 0.14, 0.09, 0.20, 0.76),
        (14, 13, 27, 20, 22, 4),
        1.35,
    ),
    Archetype(
        "harm_outside_the_home",
        0.22,
        (0.20, 0.24, 0.10, 0.10, 0.24, 0.20, 0.20, 0.72, 0.66, 0.56, 0.06, 0.05, 0.26),
        (0, 0, 0, 3, 64, 33),
        0.9,
    ),
    Archetype(
        "disability_and_care",
        0.14,
        (0.08, 0.22, 0.04, 0.10, 0.08, 0.14, 0.04, 0.36, 0.03, 0.34, 0.95, 0.14, 0.24),
        (1, 3, 16, 24, 42, 14),
        0.85,
    ),
    Archetype(
        "physical_chastisement",
        0.13,
        (0.18, 0.18, 0.06, 0.10, 0.36, 0.92, 0.06, 0.14, 0.03, 0.30, 0.08, 0.05, 0.28),
        (1, 4, 20, 38, 34, 3),
    ),
    Archetype(
        "new_parents",
        0.10,
        (0.48, 0.66, 0.42, 0.38, 0.22, 0.10, 0.06, 0.02, 0.02, 0.02, 0.04, 0.34, 0.66),
        (40, 34, 22, 3, 1, 0),
        0.7,
    ),
    Archetype(
        "parental_illness",
        0.12,
        (0.10, 0.96, 0.16, 0.22, 0.56, 0.08, 0.03, 0.44, 0.03, 0.10, 0.08, 0.30, 0.36),
        (3, 6, 20, 30, 36, 5),
    ),
    Archetype(
        "sexual_harm",
        0.07,
        (0.16, 0.22, 0.10, 0.16, 0.22, 0.12, 0.92, 0.42, 0.22, 0.16, 0.10, 0.06, 0.24),
        (0, 1, 14, 32, 46, 7),
    ),
    Archetype(
        "hardship_alone",
        0.10,
        (0.08, 0.14, 0.06, 0.12, 0.08, 0.05, 0.02, 0.08, 0.02, 0.06, 0.06, 0.10, 0.96),
        (3, 8, 30, 32, 24, 3),
        1.2,
    ),
)
"""The nine kinds of family; a world of K kinds uses the first K."""

UNIT_CODES: tuple[str, ...] = ("unit_north", "unit_east", "unit_south", "unit_west")
"""The four illustrative units, as in the workspace settings."""

RULE_LEAN = 0.6
"""How far units hold the families of the segments they lean to; the rest are spread."""


@dataclass(frozen=True)
class Programme:
    """One intervention of the catalogue and its true effect.

    Attributes:
        needs: families with one of these needs are offered it.
        ages: youngest and oldest age of the child it is for.
        hazard_ratio: by the first four kinds of family, what starting it does to the rate of setbacks; 1 is nothing,
            below 1 helps, above 1 harms. Later kinds get the last value.
        sessions: planned sessions.
        days: how long it takes.
        cost: pounds for one family.
        when: the plan that must be in place: `plan`, `protection`, `court` or `any`.
    """

    needs: tuple[str, ...]
    ages: tuple[int, int]
    hazard_ratio: tuple[float, float, float, float]
    sessions: int
    days: int
    cost: int
    when: str = "plan"


PROGRAMMES: Mapping[str, Programme] = {
    "functional_family_therapy": Programme(
        ("behaviour", "exploitation"), (10, 17), (1.0, 1.0, 0.72, 1.0), 14, 120, 2600
    ),
    "multisystemic_therapy": Programme(("behaviour", "exploitation"), (11, 17), (1.0, 1.0, 1.0, 1.0), 36, 130, 9500),
    "incredible_years_preschool": Programme(
        ("behaviour", "neglect", "child_disability"), (2, 8), (1.0, 0.78, 1.0, 0.85), 18, 140, 1600
    ),
    "triple_p": Programme(("behaviour", "emotional_harm"), (2, 12), (0.95, 0.9, 1.0, 0.95), 9, 80, 700),
    "parent_child_interaction_therapy": Programme(("physical_harm",), (2, 7), (0.8, 0.68, 1.0, 0.9), 16, 130, 2100),
    "family_nurse_partnership": Programme(
        ("poverty", "parental_mental_health"), (-1, 1), (1.0, 1.0, 1.0, 1.0), 50, 600, 5200
    ),
    "family_group_conference": Programme(
        ("neglect", "emotional_harm", "physical_harm"), (-1, 17), (0.8, 0.8, 0.9, 1.0), 2, 45, 1300, "protection"
    ),
    "family_drug_and_alcohol_court": Programme(
        ("parental_substance_misuse",), (-1, 17), (0.65, 0.75, 1.0, 1.0), 20, 240, 15000, "court"
    ),
    "family_safeguarding": Programme(
        ("domestic_abuse", "parental_mental_health", "parental_substance_misuse"),
        (-1, 17),
        (0.66, 0.88, 1.0, 1.0),
        16,
        180,
        4300,
    ),
    "non_violent_resistance": Programme(("behaviour",), (8, 17), (1.2, 1.0, 0.8, 0.9), 10, 80, 900),
    "safe_families": Programme(
        ("poverty", "parental_mental_health"), (0, 10), (1.0, 1.0, 1.0, 1.0), 20, 240, 1200, "any"
    ),
    "supporting_families_keyworker": Programme(
        ("poverty", "neglect", "behaviour"), (0, 17), (0.95, 0.7, 0.85, 1.0), 24, 250, 3800, "any"
    ),
    "systemic_family_practice": Programme(
        ("emotional_harm", "child_mental_health", "behaviour"), (4, 17), (1.0, 1.0, 1.0, 1.2), 8, 100, 1900
    ),
}
"""Programmes with effects that help, do nothing, or harm."""


@dataclass(frozen=True)
class World:
    """Which truth the authority has: the dials of a sealed world.

    Attributes:
        n_segments: how many kinds of family there are: 3, 4, 6 or 9.
        local_dependence: whether pairs of needs go together within a segment.
        link_error: how often partners get an identifier or a name wrong, against the usual (1).
        overlap: how mixed the treated and the untreated are: 1 is usual, towards 0 hardly any.
        confounding: how strongly unrecorded severity decides who is offered help: 0 is not at all.
        effect: multiplies every true effect on the log scale: 0 makes all programmes do nothing.
    """

    n_segments: int = 4
    local_dependence: bool = False
    link_error: float = 1.0
    overlap: float = 1.0
    confounding: float = 1.0
    effect: float = 1.0
    archetypes: tuple[Archetype, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse dials that mean nothing, and choose the kinds of family."""
        if self.n_segments not in {3, 4, 6, 9}:
            raise WrongUseError(
                "A world has 3, 4, 6 or 9 kinds of family.", where="n_segments", next_step="Choose one of these."
            )
        if self.link_error < 0 or not 0 < self.overlap <= 1 or self.confounding < 0:
            raise WrongUseError(
                "A dial of the world is out of range.",
                where="link_error, overlap, confounding",
                next_step="link_error and confounding are 0 or more; overlap is above 0 and at most 1.",
            )
        object.__setattr__(self, "archetypes", ARCHETYPES[: self.n_segments])

    def unit_shares(self) -> tuple[float, ...]:
        """The share of families that each unit holds: the weight of the kinds it leans to, and never under 15%."""
        total = sum(kind.weight for kind in self.archetypes)
        shares = [0.0] * len(UNIT_CODES)
        for index, kind in enumerate(self.archetypes):
            shares[index % len(UNIT_CODES)] += kind.weight / total
        shares = [max(share, 0.15) for share in shares]
        return tuple(share / sum(shares) for share in shares)

    def mixture(self, unit: int) -> dict[int, float]:
        """The share of each kind among the families of a unit."""
        total = sum(kind.weight for kind in self.archetypes)
        own = {i: kind.weight for i, kind in enumerate(self.archetypes) if i % len(UNIT_CODES) == unit}
        everyone = {i: kind.weight / total for i, kind in enumerate(self.archetypes)}
        if not own:
            return everyone
        return {
            i: RULE_LEAN * own.get(i, 0.0) / sum(own.values()) + (1 - RULE_LEAN) * share
            for i, share in everyone.items()
        }

    def hazard_ratio(self, programme: str, segment: int) -> float:
        """What starting a programme really does to the rate of setbacks of a family of this kind."""
        ratios = PROGRAMMES[programme].hazard_ratio
        return float(ratios[min(segment, len(ratios) - 1)] ** self.effect)


SEALED_WORLDS: tuple[World, ...] = (
    World(),
    World(n_segments=3, local_dependence=True),
    World(n_segments=6, local_dependence=True),
    World(n_segments=9, local_dependence=True),
    World(n_segments=6, local_dependence=True, link_error=2.0),
    World(confounding=2.0, overlap=0.6),
    World(effect=0.0, confounding=2.0),
    World(n_segments=3, local_dependence=True, confounding=0.0, link_error=0.5),
)
"""Worlds for tests of methods: half of them break local independence and have 3, 6 or 9 kinds of family, so that no
method passes only because the world was made in its own image."""
