"""Time zero and arm of every family and decision: from episodes and offers, the same clock for every arm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from fi_workbench.matching.cards import USUAL_SUPPORT, QuestionCard

PLANS = ("child_in_need_plan", "child_protection_plan")
EVENT_KINDS: Mapping[str, tuple[str, ...]] = {
    "plan_start": PLANS,
    "protection_plan_start": ("child_protection_plan",),
    "looked_after_start": ("looked_after",),
}
_FAR = date(9999, 1, 1)


def family_episodes(episodes: pl.DataFrame, family_members: pl.DataFrame) -> pl.DataFrame:
    """Each child's episodes with the family that the child belonged to when they began.

    Args:
        episodes: contract `episodes`.
        family_members: contract `family_members`; children count.

    Returns:
        GRAIN one row per episode: `family_id`, `person_id`, `kind`, `start`, `end`, `end_detail`.
    """
    children = family_members.filter(pl.col("role") == "child").select(
        "person_id", "family_id", "valid_from", "valid_to"
    )
    # Before its first recorded day a child is counted with the family it is first known in.
    earliest = pl.col("valid_from") == pl.col("valid_from").min().over("person_id")
    children = children.with_columns(
        valid_from=pl.when(earliest).then(pl.lit(date.min)).otherwise(pl.col("valid_from"))
    )
    return (
        episodes.select("person_id", "kind", "start", "end", "end_detail")
        .join(children, on="person_id")
        .filter(
            pl.col("valid_from") <= pl.col("start"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("start")),
        )
        .unique(["person_id", "kind", "start"], keep="first", maintain_order=True)
        .select("family_id", "person_id", "kind", "start", "end", "end_detail")
        .sort("family_id", "start", "kind", "person_id")
    )


def time_zeros(card: QuestionCard, held: pl.DataFrame) -> pl.DataFrame:
    """The days on which families come to the card's decision.

    A decision is the start of an episode of the card's kind while the family has no other of that kind open: a
    brother's plan that joins his sister's is not decided anew.

    Args:
        card: the question.
        held: as `family_episodes` makes it.

    Returns:
        GRAIN one row per family and decision: `family_id`, `time_zero`, sorted.
    """
    wanted = held.filter(pl.col("kind").is_in(EVENT_KINDS[card.time_zero]))
    until = pl.col("end").fill_null(_FAR).cum_max().shift(1).over("family_id", "kind")
    return (
        wanted.sort("family_id", "kind", "start")
        .with_columns(open_until=until)
        .filter(pl.col("open_until").is_null() | (pl.col("open_until") < pl.col("start")))
        .select("family_id", time_zero="start")
        .unique()
        .sort("family_id", "time_zero")
    )


def arms(
    card: QuestionCard, decisions: pl.DataFrame, *, offers: pl.DataFrame, family_members: pl.DataFrame
) -> pl.DataFrame:
    """What each family was offered within the grace window: the first offer counts, whatever came of it.

    Args:
        card: the question.
        decisions: as `time_zeros` makes them.
        offers: contract `intervention_spells` (`person_id`, `intervention_id`, `referred_on`, `end`).
        family_members: contract `family_members`.

    Returns:
        The decisions with `arm`, `assigned_on`, `n_offers` in the window, and `already`: an intervention of before
        time zero goes on. An offer of what the card does not compare has the arm `other`.
    """
    members = family_members.filter(pl.col("role") == "child").select("person_id", "family_id").unique()
    made = offers.join(members, on="person_id").join(decisions, on="family_id")
    wait = (pl.col("referred_on") - pl.col("time_zero")).dt.total_days()
    compared = pl.col("intervention_id").is_in(card.arms)
    first = (
        made.filter(wait.is_between(0, card.grace_days))
        .sort("family_id", "time_zero", "referred_on", "intervention_id")
        .group_by("family_id", "time_zero", maintain_order=True)
        .agg(
            arm=pl.when(compared.first()).then(pl.col("intervention_id").first()).otherwise(pl.lit(OTHER)),
            assigned_on=pl.col("referred_on").first(),
            n_offers=pl.len().cast(pl.Int64),
        )
    )
    ongoing = (
        made.filter(wait < 0, pl.col("start").is_not_null())
        .filter(pl.col("end").is_null() | (pl.col("end") >= pl.col("time_zero")))
        .select("family_id", "time_zero", already=pl.lit(value=True))
        .unique()
    )
    keys = ["family_id", "time_zero"]
    return (
        decisions.join(first, on=keys, how="left", maintain_order="left")
        .join(ongoing, on=keys, how="left", maintain_order="left")
        .with_columns(
            pl.col("arm").fill_null(USUAL_SUPPORT),
            pl.col("n_offers").fill_null(0),
            pl.col("already").fill_null(value=False),
        )
    )


OTHER = "other"
