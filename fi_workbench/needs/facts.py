"""Rows other than assessment factors that are evidence of a need: plans, primary needs, partners' records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from fi_workbench.vocabulary.needs import Fact

UNTIED = ("unlinked", "ambiguous")
"""Rules of identity that tie a partner's row to nobody."""

FOUND = pl.Schema(
    {
        "family_id": pl.String(),
        "n": pl.Int64(),
        "first": pl.Date(),
        "last": pl.Date(),
        "as_of": pl.Date(),
        "until": pl.Date(),
        "going_on": pl.Boolean(),
    }
)


def tied_rows(table: pl.DataFrame, source: str, *, partner_people: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Bring a partner's rows to the families of the people they were tied to.

    Args:
        table: a partner's source table with `row_id`.
        source: the partner's source name.
        partner_people: contract `partner_people` (`source`, `row_id`, `person_id`, `rule`).
        members: as `members.current_members`.

    Returns:
        The partner's rows, once for each family of the person, with `family_id`, `person_id`, `is_child`, `age`.
    """
    tied = partner_people.filter(
        pl.col("source") == source, pl.col("person_id").is_not_null(), ~pl.col("rule").is_in(UNTIED)
    ).select("row_id", "person_id")
    return table.join(tied, on="row_id").join(
        members.select("family_id", "person_id", "is_child", "age"), on="person_id"
    )


def found(
    fact: Fact,
    frames: Mapping[str, pl.DataFrame],
    *,
    partner_people: pl.DataFrame,
    members: pl.DataFrame,
    since: date,
    as_at: date,
) -> pl.DataFrame:
    """Find one kind of evidence for every family.

    A dated event counts within the look-back, and so does whatever began within it. Something that had begun
    before counts where it ended within the look-back, or is still going on and was listed by a delivery within it.

    Returns:
        One row per family with such evidence: `family_id`, `n`, `first`, `last` (when it happened or began), `as_of`,
        `until` (the last day of which it tells: when it happened or ended, or was last listed), `going_on` (whether
        any of it has not ended).
    """
    table = frames[fact.table]
    rows = table.filter(
        *[pl.col(column).is_in(codes) for column, codes in fact.where.items()],
        pl.col(fact.start) <= as_at,
        _within(fact, since),
    )
    if fact.reference is None:
        rows = tied_rows(rows, fact.source, partner_people=partner_people, members=members)
    else:
        by_reference = members.drop_nulls("case_reference")
        rows = rows.join(by_reference, left_on=fact.reference, right_on="case_reference")
    if fact.about != "anyone":
        rows = rows.filter(pl.col("is_child") == (fact.about == "child"))
    return (
        rows.unique(subset=["family_id", "row_id"])
        .group_by("family_id")
        .agg(
            n=pl.len().cast(pl.Int64),
            first=pl.col(fact.start).min(),
            last=pl.col(fact.start).max(),
            as_of=pl.col("as_of").max(),
            until=_until(fact, as_at).max(),
            going_on=_open(fact).any(),
        )
        .select(FOUND.names())
        .cast(FOUND)
    )


def _open(fact: Fact) -> pl.Expr:
    """Whether something that has an end has begun and not ended."""
    if fact.end is None:
        return pl.lit(value=False)
    is_open = pl.col(fact.end).is_null()
    return is_open if fact.begun is None else is_open & pl.col(fact.begun).is_not_null()


def _until(fact: Fact, as_at: date) -> pl.Expr:
    """The last day of which a row tells."""
    start = pl.col(fact.start)
    if fact.end is None:
        return start
    ended = pl.min_horizontal(pl.col(fact.end), pl.lit(as_at))
    listed = pl.when(_open(fact)).then(pl.max_horizontal("as_of", start)).otherwise(start)
    return pl.when(pl.col(fact.end).is_null()).then(listed).otherwise(ended)


def _within(fact: Fact, since: date) -> pl.Expr:
    began = pl.col(fact.start) > since
    if fact.end is None:
        return began
    ended = pl.col(fact.end)
    going_on = _open(fact) & (pl.col("as_of") > since)
    return began | (ended > since).fill_null(value=False) | going_on
