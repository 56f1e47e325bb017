"""The shape that all events and spells share, and how an end is inferred where none was recorded."""

from __future__ import annotations

from datetime import date

import polars as pl

SPELL = ("case_reference", "kind", "start", "end", "detail", "end_detail", "source_table", "row_id", "as_of")
"""One row per event or spell of a child, before the child is named."""

CASE_CLOSED = "case_closed"
ABSENT = "absent_from_later_return"
STARTED_AGAIN = "started_again"
DIED = "died"
MOVED_AWAY = "moved_away"

EVENTS = ("referral", "contact_nfa", "initial_conference")
"""Kinds that have no length: their end is their own day."""


def spell(
    frame: pl.DataFrame,
    *,
    kind: str | pl.Expr,
    child: str,
    start: str,
    source_table: str,
    end: str | pl.Expr | None = None,
    detail: str | pl.Expr | None = None,
    end_detail: str | pl.Expr | None = None,
) -> pl.DataFrame:
    """Bring rows of a source table into the shape of `SPELL`."""

    def text(value: str | pl.Expr | None) -> pl.Expr:
        if value is None:
            return pl.lit(None, dtype=pl.String)
        return pl.col(value) if isinstance(value, str) else value

    ended = pl.lit(None, dtype=pl.Date) if end is None else pl.col(end) if isinstance(end, str) else end
    return frame.select(
        pl.col(child).alias("case_reference"),
        (pl.lit(kind) if isinstance(kind, str) else kind).alias("kind"),
        pl.col(start).alias("start"),
        ended.alias("end"),
        text(detail).alias("detail"),
        text(end_detail).alias("end_detail"),
        pl.lit(source_table).alias("source_table"),
        "row_id",
        "as_of",
    )


def end_by(spells: pl.DataFrame, day: str | pl.Expr, how: str | pl.Expr) -> pl.DataFrame:
    """End every spell that is still open on a day then, and say how that is known.

    A spell that began after the day ends where it began, so that no end is invented before a start.

    Args:
        spells: with `start`, `end`, `end_detail`.
        day: the day for each spell; null leaves it as it is.
        how: what `end_detail` says of it.
    """
    given = pl.col(day) if isinstance(day, str) else day
    limit = pl.max_horizontal(given, "start")
    later = given.is_not_null() & (pl.col("end").is_null() | (pl.col("end") > limit))
    return spells.with_columns(
        end=pl.when(later).then(limit).otherwise("end"),
        end_detail=pl.when(later).then(pl.lit(how) if isinstance(how, str) else how).otherwise("end_detail"),
    )


def as_known_on(spells: pl.DataFrame, as_at: date) -> pl.DataFrame:
    """Only what had begun by a day, with ends that had come by then."""
    ended = pl.col("end") <= as_at
    return spells.filter(pl.col("start") <= as_at).with_columns(
        end=pl.when(ended).then("end"), end_detail=pl.when(ended).then("end_detail")
    )
