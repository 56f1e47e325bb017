"""The indicators of the grouping: which they are, and how a family's profile becomes answers.

A need is answered "present" or "absent" (assessed and not found); unknown is missing, never absent. Four kinds of
recorded fact are shown beside the grouping and do not group:

- needs that no assessment names (`SHOWN_ONLY`). A partner can say that a family has one, and of too few families that
  it has not, so that what is missing is not missing at random.
- that a child is a young carer (`FOLLOWS_ANOTHER`). A child cares because a parent is ill or disabled, so that it
  would count that need twice.
- the age of the youngest child. Several factors have a youngest age, so that classes would follow ages.
- which of the needs outside the home it is (`TOGETHER`). They are often one thing written under several codes, which
  a model of independent answers would take for a class of its own; so they answer together.

A grouping is fitted on the families that can tell it what goes together (`tells_kinds`), and then places everyone of
whom anything is known. Of a family that nobody assessed only what a partner tells is known, and a partner tells only
what is there: such answers are not missing at random. And a family with one need, or none, tells of no needs together;
many of them are short assessments, which would make a class of little recorded rather than of a kind of family.

What each choice gains is measured in `tests/studies/test_segmentation_authority.md`.

Source:
    Hood et al. 2023 (doi 10.1093/bjsw/bcad141) leave assessments without a factor out: of 4.2 million in England,
    classes are fitted on 3.6 million.
    Hagenaars 1988 (Sociological Methods and Research 16, 379 to 405) on indicators that depend on each other within a
    class; joining them into one is the plainest remedy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import polars as pl

from fi_workbench.segmentation.patterns import Item
from fi_workbench.vocabulary.needs import ASSESSED_ABSENT, NEED_CODES, NEEDS, PRESENT, need

TABLES: tuple[str, ...] = ("need_profiles", "family_profiles")
"""Contracts that indicators, and what is shown beside them, come from."""
OUTSIDE_HOME = "outside_home"
TOGETHER: Mapping[str, tuple[str, ...]] = {
    OUTSIDE_HOME: ("child_substance_misuse", "exploitation_outside_home", "missing"),
}
"""Indicators made of several needs: present when one of them is, absent when each was assessed and not found."""
_PHRASES: Mapping[str, str] = {OUTSIDE_HOME: "needs outside the home"}
FOLLOWS_ANOTHER: tuple[str, ...] = ("young_carer",)
"""Needs that an assessment names because of another need."""
SHOWN_ONLY: tuple[str, ...] = tuple(
    each.code for each in NEEDS if each.absence != "assessment" or each.code in FOLLOWS_ANOTHER
)
"""Needs that are shown of segments and families, and group nobody."""
_JOINED: Mapping[str, str] = {code: name for name, codes in TOGETHER.items() for code in codes}

ENOUGH_KNOWN = 0.5
"""With fewer of the needs known than this share, there is too little to make a case of."""
LEAST_NEEDS = 2
"""Needs present from which a family tells what goes together."""

INDICATORS: tuple[Item, ...] = tuple(
    Item(name, ("absent", "present"))
    for name in dict.fromkeys(_JOINED.get(code, code) for code in NEED_CODES if code not in SHOWN_ONLY)
)
"""Every indicator, with its answers in order."""
NEEDS_USED: tuple[str, ...] = tuple(code for code in NEED_CODES if code not in SHOWN_ONLY)
"""The needs that indicators are made of."""


def phrase_of(indicator: str) -> str:
    """An indicator within a sentence.

    Example:
        >>> phrase_of("neglect"), phrase_of("outside_home")
        ('neglect', 'needs outside the home')
    """
    return _PHRASES.get(indicator) or need(indicator).phrase


def indicator_hash(items: tuple[Item, ...] = INDICATORS) -> str:
    """Name a list of indicators: changed names, answers, order or needs behind them give another hash."""
    plain = [[item.name, list(item.categories), *TOGETHER.get(item.name, ())] for item in items]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def answers(need_profiles: pl.DataFrame, family_profiles: pl.DataFrame) -> pl.DataFrame:
    """Lay each family's profile out as one row of answers.

    Args:
        need_profiles: contract `need_profiles` (`family_id`, `need`, `state`).
        family_profiles: contract `family_profiles` (`family_id`).

    Returns:
        One row per family, sorted by `family_id`, then a column per indicator in the order of `INDICATORS`, null
        where it is not known.
    """
    by_need = [pl.col("answer").filter(pl.col("need") == code).first().alias(code) for code in NEEDS_USED]
    wide = (
        need_profiles.select(
            "family_id",
            "need",
            answer=pl.col("state").replace_strict(
                {PRESENT: "present", ASSESSED_ABSENT: "absent"}, default=None, return_dtype=pl.String
            ),
        )
        .group_by("family_id")
        .agg(by_need)
        .with_columns(_together(codes).alias(name) for name, codes in TOGETHER.items())
    )
    return (
        family_profiles.select("family_id")
        .join(wide, on="family_id", how="left")
        .select("family_id", *[item.name for item in INDICATORS])
        .sort("family_id")
    )


def _together(codes: tuple[str, ...]) -> pl.Expr:
    return (
        pl.when(pl.any_horizontal((pl.col(code) == "present").fill_null(value=False) for code in codes))
        .then(pl.lit("present"))
        .when(pl.all_horizontal((pl.col(code) == "absent").fill_null(value=False) for code in codes))
        .then(pl.lit("absent"))
    )


def anything_known() -> pl.Expr:
    """Whether any indicator of a family is known either way, in a row of `answers`."""
    return pl.any_horizontal(pl.col(item.name).is_not_null() for item in INDICATORS)


def tells_kinds() -> pl.Expr:
    """Whether a grouping is fitted on a family, in a row of `answers`: known well, with needs that go together."""
    known = pl.mean_horizontal(pl.col(item.name).is_not_null() for item in INDICATORS)
    present = pl.sum_horizontal((pl.col(item.name) == "present").fill_null(value=False) for item in INDICATORS)
    return (known >= ENOUGH_KNOWN) & (present >= LEAST_NEEDS)
