"""The needs of a family, and what counts as evidence of each.

A need is read from what a finished assessment named (assessment factors, by whose need it is), from the reason a
case or plan was opened for, and from what partners recorded. Each piece of evidence has its words here, so that a
family's profile can say where a need comes from. Codes that say who someone is, rather than what they need, are
never evidence: they are listed with the reason in `NOT_EVIDENCE`.

Source:
    Children in need census 2026 code lists (assessment factors, primary need, category of abuse); the need domains
    of Hood et al. 2023 (doi 10.1093/bjsw/bcad141), which are built from the same factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Subject = Literal["child", "parent", "other"]
About = Literal["child", "adult", "anyone"]
Absence = Literal["assessment", "tenancy", "attendance"]

PRESENT = "present"
ASSESSED_ABSENT = "assessed_absent"
UNKNOWN = "unknown"
STATES = (PRESENT, ASSESSED_ABSENT, UNKNOWN)

CIN_CENSUS = "cin_census"
"""The source (folder name) that assessment factors come from."""

AGE_BANDS = ("under_1", "1_to_4", "5_to_9", "10_to_15", "16_or_17")
"""Bands of the age of a family's youngest child; an unborn child is in the first."""
AGE_UNKNOWN = "unknown"
AGE_BAND_WORDS: Mapping[str, str] = {
    "under_1": "youngest under one",
    "1_to_4": "youngest under five",
    "5_to_9": "youngest aged five to nine",
    "10_to_15": "youngest aged 10 to 15",
    "16_or_17": "youngest aged 16 or 17",
}


@dataclass(frozen=True)
class Fact:
    """Rows of one table that are evidence of a need, other than assessment factors.

    Attributes:
        source: the source the table belongs to, as its contract names it.
        table: the source table.
        one: the words for one such row ("police notification").
        many: the words for several.
        start: the column with the day it happened or began.
        where: the values that columns must have.
        end: the column with the day it ended; with one, a row that has not ended still counts.
        begun: a column that must be filled for a row without an end to be still going on.
        about: whose record it must be.
        reference: the column with the case reference; None where partners' rows are tied by identity.
    """

    source: str
    table: str
    one: str
    many: str
    start: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    end: str | None = None
    begun: str | None = None
    about: About = "anyone"
    reference: str | None = None


@dataclass(frozen=True)
class Need:
    """One need of a family.

    Attributes:
        code: as in every table.
        label: as a heading.
        phrase: within a sentence.
        factors: assessment factor codes that name it, by whose need it is.
        facts: further evidence.
        absence: what alone may say that a family does not have it.
    """

    code: str
    label: str
    phrase: str
    factors: Mapping[Subject, tuple[str, ...]]
    facts: tuple[Fact, ...] = ()
    absence: Absence = "assessment"

    @property
    def factor_codes(self) -> tuple[str, ...]:
        """All factor codes that name it."""
        return tuple(sorted(code for codes in self.factors.values() for code in codes))


def _plan_category(code: str) -> Fact:
    return Fact(
        CIN_CENSUS,
        "cin_protection_plans",
        "child protection plan for it, begun",
        "child protection plans for it",
        "cpp_start_date",
        {"latest_category_of_abuse": (code,)},
        end="cpp_end_date",
        about="child",
        reference="la_child_id",
    )


def _primary_need(code: str) -> Fact:
    return Fact(
        CIN_CENSUS,
        "cin_episodes",
        "primary need of a referral",
        "referrals with it as primary need",
        "cin_referral_date",
        {"primary_need_code": (code,)},
        end="cin_closure_date",
        about="child",
        reference="la_child_id",
    )


def _police(kind: tuple[str, ...], roles: tuple[str, ...], about: About) -> Fact:
    return Fact(
        "police_notifications",
        "police_notifications",
        "police notification",
        "police notifications",
        "incident_date",
        {"incident_type": kind, "person_role": roles},
        about=about,
    )


def _adult_service(services: tuple[str, ...], one: str, many: str) -> Fact:
    return Fact(
        "adult_services",
        "adult_services",
        one,
        many,
        "referral_date",
        {"service": services},
        end="end_date",
        begun="start_date",
        about="adult",
    )


NEEDS: tuple[Need, ...] = (
    Need(
        "domestic_abuse",
        "Domestic abuse",
        "domestic abuse",
        {"child": ("3A",), "parent": ("3B",), "other": ("3C",)},
        (_police(("domestic_abuse",), ("victim", "suspect", "child_present"), "anyone"),),
    ),
    Need(
        "parental_mental_health",
        "A parent's mental health",
        "a parent's mental health",
        {"parent": ("4B",), "other": ("4C",)},
        (
            _adult_service(
                ("mental_health",),
                "referral to adult mental health services",
                "referrals to adult mental health services",
            ),
        ),
    ),
    Need(
        "parental_substance_misuse",
        "A parent's alcohol or drug use",
        "a parent's alcohol or drug use",
        {"parent": ("1B", "2B"), "other": ("1C", "2C")},
        (
            _adult_service(
                ("substance_misuse",),
                "referral to adult substance misuse services",
                "referrals to adult substance misuse services",
            ),
        ),
    ),
    Need(
        "parental_disability_or_illness",
        "A parent's disability or illness",
        "a parent's disability or illness",
        {"parent": ("5B", "6B"), "other": ("5C", "6C")},
        (
            _primary_need("N3"),
            _adult_service(
                ("learning_disability", "physical_disability"),
                "referral to adult disability services",
                "referrals to adult disability services",
            ),
        ),
    ),
    Need(
        "child_mental_health",
        "A child's mental health",
        "a child's mental health",
        {"child": ("4A", "15A")},
    ),
    Need(
        "child_substance_misuse",
        "A child's alcohol or drug use",
        "a child's alcohol or drug use",
        {"child": ("1A", "2A")},
    ),
    Need(
        "child_disability_support",
        "Support for a child's disability",
        "support for a child's disability",
        {"child": ("5A", "6A")},
        (_primary_need("N2"),),
    ),
    Need("neglect", "Neglect", "neglect", {"child": ("16A",)}, (_plan_category("NEG"),)),
    Need("emotional_abuse", "Emotional abuse", "emotional abuse", {"child": ("17A",)}, (_plan_category("EMO"),)),
    Need(
        "physical_abuse",
        "Physical abuse",
        "physical abuse",
        {"child": ("18A", "18B", "18C")},
        (_plan_category("PHY"),),
    ),
    Need(
        "sexual_abuse",
        "Sexual abuse",
        "sexual abuse",
        {"child": ("19A", "19B", "19C")},
        (_plan_category("SAB"),),
    ),
    Need(
        "exploitation_outside_home",
        "Exploitation outside the home",
        "exploitation outside the home",
        {"child": ("11A", "12A", "13A", "24A")},
        (_police(("exploitation",), ("victim", "child_present"), "child"),),
    ),
    Need(
        "missing",
        "Going missing",
        "going missing",
        {"child": ("10A",)},
        (
            _police(("missing",), ("victim", "child_present"), "child"),
            Fact(
                "ssda903",
                "ssda903_missing",
                "missing from care",
                "times missing from care",
                "mis_start",
                {"missing": ("M",)},
                end="mis_end",
                about="child",
                reference="child",
            ),
        ),
    ),
    Need(
        "harmful_behaviour",
        "Socially unacceptable behaviour",
        "socially unacceptable behaviour",
        {"child": ("14A",)},
        (
            _primary_need("N6"),
            _police(("violence", "anti_social_behaviour"), ("suspect",), "child"),
            Fact(
                "youth_justice",
                "youth_justice",
                "youth justice outcome",
                "youth justice outcomes",
                "outcome_date",
                about="child",
            ),
        ),
    ),
    Need("young_carer", "A young carer", "a young carer", {"child": ("7A",)}),
    Need(
        "housing_instability",
        "Unstable housing",
        "unstable housing",
        {},
        (
            Fact(
                "housing",
                "housing",
                "notice to leave or eviction",
                "notices to leave or evictions",
                "start_date",
                {"event": ("notice_seeking_possession", "eviction")},
            ),
            Fact(
                "housing",
                "housing",
                "homelessness duty or temporary accommodation",
                "homelessness duties or times in temporary accommodation",
                "start_date",
                {"event": ("homelessness_duty", "temporary_accommodation")},
                end="end_date",
            ),
        ),
        absence="tenancy",
    ),
    Need(
        "school_absence",
        "School absence or exclusion",
        "school absence or exclusion",
        {},
        (
            Fact(
                "school_exclusions",
                "school_exclusions",
                "suspension or exclusion from school",
                "suspensions or exclusions from school",
                "start_date",
                about="child",
            ),
        ),
        absence="attendance",
    ),
)
"""Every need, in the order in which profiles and models list them."""

NEED_CODES: tuple[str, ...] = tuple(need.code for need in NEEDS)

NOT_EVIDENCE: Mapping[str, str] = {
    **dict.fromkeys(("8B", "8C", "8D", "8E", "8F"), "private fostering is an arrangement, not a need"),
    "9A": "being an unaccompanied asylum-seeking child says where someone comes from",
    "20": "'other' does not say which need",
    "21": "no factors identified: counts as an assessment that named none",
    "22A": "follows ethnicity and religion too closely to group families by",
    "23A": "follows ethnicity and religion too closely to group families by",
}
"""Assessment factors that are evidence of no need here, each with the reason."""


def need(code: str) -> Need:
    """Find a need by its code.

    Example:
        >>> need("domestic_abuse").factors["parent"]
        ('3B',)
    """
    return _BY_CODE[code]


_BY_CODE = {each.code: each for each in NEEDS}
