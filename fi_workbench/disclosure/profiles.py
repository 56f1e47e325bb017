"""Named profiles of small-number rules, for what is published outside a unit.

A profile is chosen by name in the settings, so that a page can say under which rule its numbers were made.

Source:
    DfE, Explore education statistics, characteristics of children in need: methodology (1 to 5 shown as c, secondary
    suppression, local authority figures unrounded); NHS Digital, Hospital Episode Statistics disclosure control
    (1 to 7 suppressed, the rest to the nearest 5); OpenSAFELY output checking rules (7 or fewer redacted, the rest
    to the nearest 5). `local` is the house rule of many councils: 1 to 4 hidden, the rest to the nearest 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fi_workbench.errors import DisclosureError
from fi_workbench.statistics.small_numbers import SmallNumberRule


@dataclass(frozen=True)
class Profile:
    """A rule for small numbers with its name, its symbol for a hidden number, and the sentence that explains it."""

    name: str
    rule: SmallNumberRule
    symbol: str
    sentence: str


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "dfe",
            SmallNumberRule(5),
            "c",
            "Counts of 1 to 5 are shown as c, and others where they would give one of these away.",
        ),
        Profile(
            "nhs",
            SmallNumberRule(7, base=5),
            "*",
            "Counts of 1 to 7 are shown as *; all others are rounded to the nearest 5.",
        ),
        Profile(
            "opensafely",
            SmallNumberRule(7, base=5, hide_zero=True),
            "[redacted]",
            "Counts of 7 or fewer are redacted; all others are rounded to the nearest 5.",
        ),
        Profile(
            "local",
            SmallNumberRule(4, base=5),
            "hidden",
            "Counts of 1 to 4 are hidden, and others where they would give one away; the rest are rounded to the "
            "nearest 5.",
        ),
    )
}


def profile_named(name: str) -> Profile:
    """Find a profile.

    Raises:
        DisclosureError: there is no profile of this name.

    Example:
        >>> profile_named("dfe").rule.threshold
        5
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise DisclosureError(
            f"There is no disclosure profile {name}.", next_step="Profiles: " + ", ".join(PROFILES)
        ) from None


EVERY_WEEK_BASE = 5


def every_week(profile: Profile) -> Profile:
    """A profile for what comes every week: counts that are shown are rounded, whether the profile rounds or not.

    Windows of 4 and 13 weeks overlap, so exact sums of neighbouring weeks place a hidden sum between them, or give a
    single week away. The Department's exact figures, which `dfe` mirrors, come once a year.

    Example:
        >>> every_week(profile_named("dfe")).rule.base, every_week(profile_named("nhs")) == profile_named("nhs")
        (5, True)
    """
    if profile.rule.base > 1:
        return profile
    words = f"Digests come every week, so all others are rounded to the nearest {EVERY_WEEK_BASE}."
    return replace(profile, rule=replace(profile.rule, base=EVERY_WEEK_BASE), sentence=f"{profile.sentence} {words}")
