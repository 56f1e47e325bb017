"""What was repaired in episodes of care: which kinds there are, why each is needed, and the rows that say so."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

REASONS: dict[str, str] = {
    "replaced": "It was running at the date of its return. A later return does not list it, and lists one that started "
    "earlier and lasted into it: the later return has put it right.",
    "end_missing": "No end is recorded and a next episode follows: it ended when that one started.",
    "overlap": "It ended after the next episode started: it is cut short to that start.",
    "gap": "Another episode should follow at once, and the next starts later: it lasts until that start.",
    "reason_missing": "No reason for its end is recorded and a next episode goes on: the child stayed looked after.",
    "reason_contradicted": "It ceased for a reason other than X1 while a next episode that is no start of care goes on "
    "in its time: the child stayed looked after.",
    "end_before_new_start": "No end is recorded and the child started to be looked after again: it ended at the date "
    "of its return, or at that start if earlier.",
    "x1_before_new_start": "X1 says that another episode follows at once, and the next is a new start: what ended it "
    "is not known.",
    "not_followed": "X1 says that another episode follows, and none does: the child is taken as still looked after.",
    "reason_without_end": "A reason is recorded and no end: the episode is taken as running.",
    "begins_without_start": "The period begins with an episode that is no start of care: an earlier one is not known, "
    "or its reason for ending is wrong. Nothing was changed.",
    "start_inside_period": "It is a start of care although the child was looked after until then: it goes on with the "
    "period. Nothing was changed.",
    "absent_from_later_return": "A later return does not list the child: the period ended at the date of the last "
    "return that did.",
    "case_closed": "The children in need census has closed the case since, and none is open: the period ended on that "
    "day.",
    "died": "The child died: nothing lasts past that day.",
    "moved_away": "Another authority took the child over: nothing lasts past that day.",
}
"""Every kind of repair with its plain reason, in the order in which repairs are made."""

REPAIRS = pl.Schema(
    {
        "kind": pl.String(),
        "case_reference": pl.String(),
        "decom": pl.Date(),
        "row_id": pl.String(),
        "other_row_id": pl.String(),
        "column": pl.String(),
        "before": pl.String(),
        "after": pl.String(),
        "changes_period": pl.Boolean(),
        "as_of": pl.Date(),
    }
)
"""One row per repaired value, before its reason is put beside it (contract `care_repairs`)."""

KEY = ("case_reference", "decom", "column", "kind")


def repair(
    episodes: pl.DataFrame,
    when: pl.Expr,
    *,
    kind: str | pl.Expr,
    column: str,
    before: pl.Expr,
    after: pl.Expr,
    changes_period: bool | pl.Expr,
    other_row_id: str | None = None,
) -> pl.DataFrame:
    """Say of some episodes what was repaired.

    Args:
        episodes: with `case_reference`, `decom`, `row_id`, `as_of`.
        when: which of them.
        kind: of `REASONS`.
        column: of `ssda903_episodes`, whose value was repaired.
        before: the value as recorded, or as a former repair left it; a date or text.
        after: the value that was used.
        changes_period: whether the first day, end or reason of a period is another for it.
        other_row_id: the column that holds the other episode that made it necessary.

    Returns:
        One row per repaired value, in the shape of `REPAIRS`.
    """

    def text(value: pl.Expr) -> pl.Expr:
        return value.dt.to_string("iso") if column in {"decom", "dec"} else value.cast(pl.String)

    return episodes.filter(when.fill_null(value=False)).select(
        kind=pl.lit(kind) if isinstance(kind, str) else kind,
        case_reference="case_reference",
        decom="decom",
        row_id="row_id",
        other_row_id=pl.lit(None, dtype=pl.String) if other_row_id is None else pl.col(other_row_id),
        column=pl.lit(column),
        before=text(before),
        after=text(after),
        changes_period=pl.lit(changes_period) if isinstance(changes_period, bool) else changes_period,
        as_of="as_of",
    )


def ends_moved(before: pl.DataFrame, after: pl.DataFrame, kind: str | pl.Expr) -> pl.DataFrame:
    """Say where an end that was inferred for whole periods is another than before.

    Args:
        before: periods in the shape of `spells.SPELL`, with the `decom` of each one's last episode.
        after: the same periods in the same order, some with another `end` and `end_detail`.
        kind: of `REASONS`; an expression over the periods after.

    Returns:
        One row per repaired value, in the shape of `REPAIRS`: `dec` and, where it is another, `rec`.
    """
    both = after.with_columns(before.select(_end="end", _how="end_detail"))
    moved = pl.col("end").ne_missing(pl.col("_end"))
    renamed = moved & pl.col("end_detail").ne_missing(pl.col("_how"))
    return pl.concat(
        [
            repair(
                both, moved, kind=kind, column="dec", before=pl.col("_end"), after=pl.col("end"), changes_period=True
            ),
            repair(
                both, renamed, kind=kind, column="rec", before=pl.col("_how"), after=pl.col("end_detail"),
                changes_period=True,
            ),
        ]
    )  # fmt: skip


def together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All repairs with their reasons, sorted by child, start, column and kind (contract `care_repairs`)."""
    rows = pl.concat([pl.DataFrame(schema=REPAIRS), *parts])
    reason = pl.col("kind").replace_strict(REASONS, return_dtype=pl.String)
    return rows.with_columns(reason=reason).select(*list(REPAIRS)[:-1], "reason", "as_of").sort(KEY)
