"""The numbers of the service process that were tuned against the margins, in one place.

Each is a yearly rate, a probability or a number of days; nothing here is a published figure. The margins that were
held out (`margins`) were not looked at while these were set.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Tuned rates, for an authority of 1,600 open families."""

    new_families: float = 830.0
    """Families referred for the first time, a year."""
    asylum: float = 24.0
    """Young people who arrive alone seeking asylum, a year."""
    long_families: int = 330
    """Families open for long without a plan when the warm-up begins."""
    care_children: int = 420
    """Children looked after when the warm-up begins."""
    care_leavers: int = 300
    """Care leavers with an open episode when the warm-up begins."""

    setback: float = 1.0
    """Yearly rate of setbacks of an average family just after a referral."""
    setback_by_severity: float = 0.30
    setback_by_unmeasured: float = 0.35
    setback_fades: float = 400.0
    """Demand days over which the rate of setbacks fades to a third."""

    no_further_action: float = 0.002
    enquiry: float = -0.57
    """Log odds of a section 47 enquiry at an average referral."""
    enquiry_by_severity: float = 0.75
    enquiry_when_open: float = 0.2
    """Added log odds for a setback of an open case."""
    conference: float = -0.95
    """Log odds that an enquiry leads to a conference."""
    conference_by_severity: float = 0.55
    protected: float = 0.92
    """Chance that a conference makes a plan for a child."""

    not_in_need: float = 0.45
    closes: float = 0.86
    plan: float = 0.285
    support: float = 0.055
    support_by_disability: float = 1.2
    into_care: float = 0.012
    outcome_by_severity: float = 0.45

    plan_days: float = 370.0
    support_days: float = 2050.0
    step_down: float = 0.76
    """Chance that a child protection plan that ends is followed by a child in need plan."""
    review_ends: tuple[float, ...] = (0.05, 0.41, 0.47, 0.60, 0.6, 0.6)
    """Chance that a plan ends at its first, second, ... review conference."""
    care_at_review: float = 0.045
    """Chance that a family's children become looked after around a review of a child protection plan."""
    care_at_enquiry: float = 0.035
    review_assessment: float = 0.2
    """Yearly rate of assessments that review an open case without a setback."""
    transfer: float = 0.016
    """Chance that a closing case goes to another authority."""
    leaver_days: float = 2600.0

    quick: float = 0.42
    """Log odds that a first assessment is short because little is found."""


RATES = Rates()
