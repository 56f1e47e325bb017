"""Each child's episodes of care as one chain: which goes on with the one before, and what is repaired for it.

Rules, in the order in which they are tried. N is the next episode of the child by its start, whatever its legal status:
a child is in one episode at a time.

1. An episode that was running at the date of its return is *replaced* when a later return does not list it, and lists
   an episode of the child that started earlier and lasted into it: a full return lists every episode of its year. It
   takes no part in the chain.
2. N goes on with an episode that ceased as X1, has no reason, has no end, or ends after N starts. A start of care (RNE
   S) goes on only with an X1 that ends no earlier than the day before: X1 then has the better of the two codes.
3. An episode that N goes on with lasts until N starts, and ceased as X1: a missing end is filled, an overlap cut, a gap
   closed.
4. Where N does not go on, an overlap is cut to N's start. A missing end is the date of the episode's own return, or N's
   start if earlier. X1, or no reason beside a missing end, becomes `started_again`; any other reason stays.
5. The last episode is open when it has no end, and when it ceased as X1 with nothing after it.

The first four follow a clean-up that authorities in London share, but for five things. Its repairs wait for a later
year's return; here they are made within one as well. It deletes what is replaced and what is there twice; here
everything is kept. An end that a later start contradicts is here that start, from which the former episode no longer
counts, and not the day before. A reason such as E4A stays in it although the next episode, a change of placement, began
before; here it becomes X1, for both episodes say that the child was looked after. It closes every gap after an X1; here
an X1 that both a gap of more than a day and a new start contradict ends on its own day.

What cannot come through: two episodes of a child with the same start, and an end before the start. The contract
`ssda903_episodes` quarantines both, and of a start known from two returns the later one is read.

Sources:
    Department for Education, guide to the SSDA903 collection: X1, RNE, periods of being looked after.
    London Innovation and Improvement Alliance, liia-tools-pipeline, `docs/fix_episodes.md` (rules 1 to 5).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.caseload.repairs import repair
from fi_workbench.caseload.spells import STARTED_AGAIN

SHORT_BREAK_STATUSES = ("V3", "V4")
CONTINUES = "X1"
"""Reason episode ceased: another episode follows at once."""
START = "S"
"""Reason for new episode: the child started to be looked after."""

_ENDED = pl.col("dec").is_not_null()
_IS_X1 = pl.col("rec").eq_missing(pl.lit(CONTINUES))
_HAS_REASON = pl.col("rec").is_not_null()
_FOLLOWED = pl.col("next_decom").is_not_null()
_OVERLAPS = (pl.col("dec") > pl.col("next_decom")).fill_null(value=False)


def chain_up(ssda903_episodes: pl.DataFrame) -> pl.DataFrame:
    """Put each child's episodes in order, repair their ends, and number the periods that they make.

    Args:
        ssda903_episodes: contract `ssda903_episodes`: one row per child and start, the latest known version of each.

    Returns:
        GRAIN one row per episode, by child and start: the contract's columns, and
        `case_reference`;
        `kind`, looked_after or short_break (V3 and V4, which are no period of care);
        `replaced_by`, the row of the later return's episode that took its place, which leaves it out of the chain;
        `next_decom` and `next_row_id` of the episode after it, `former_row_id` of the one before;
        `goes_on`, whether the next goes on with it, and `went_on`, whether it goes on with the one before;
        `begins`, whether it begins a period, which a change of `kind` does too, and `is_last` of its period;
        `period`, the number of the period of the child, and `end` and `how`, the repaired DEC and REC.
    """
    ordered = ssda903_episodes.sort("child", "decom", "dec", "row_id", nulls_last=True).with_columns(
        case_reference="child",
        kind=pl.when(pl.col("ls").is_in(SHORT_BREAK_STATUSES))
        .then(pl.lit("short_break"))
        .otherwise(pl.lit("looked_after")),
        replaced_by=_replaced_by(),
    )
    stays = pl.col("replaced_by").is_null()
    kept = ordered.filter(stays)
    kept = kept.with_columns(
        next_decom=pl.col("decom").shift(-1).over("child"),
        next_row_id=pl.col("row_id").shift(-1).over("child"),
        next_rne=pl.col("rne").shift(-1).over("child"),
        former_row_id=pl.col("row_id").shift(1).over("child"),
    ).with_columns(goes_on=_goes_on())
    kept = kept.with_columns(
        went_on=pl.col("goes_on").shift(1).over("child").fill_null(value=False),
        end=_end(),
        how=_how(),
        changed_kind=(pl.col("kind") != pl.col("kind").shift(1).over("child")).fill_null(value=True),
    ).with_columns(begins=~pl.col("went_on") | pl.col("changed_kind"))
    kept = kept.with_columns(is_last=pl.col("begins").shift(-1).over("child").fill_null(value=True))
    made = [name for name in kept.columns if name not in ordered.columns and name not in {"next_rne", "changed_kind"}]
    whole = ordered.join(kept.select("row_id", *made), on="row_id", how="left", maintain_order="left")
    return whole.with_columns(period=pl.col("begins").fill_null(value=False).cum_sum().over("child"))


def _replaced_by() -> pl.Expr:
    """The row that a later return has in the place of an episode that it does not list any more."""
    latest_before = pl.col("as_of").cum_max().over("child")
    of_latest = pl.col("as_of") == latest_before
    bearer = pl.when(of_latest).then("row_id").forward_fill().over("child")
    # An end that is missing lasts into whatever comes.
    bearer_end = pl.when(of_latest).then(pl.col("dec").fill_null(date.max)).forward_fill().over("child")
    return pl.when(~_ENDED & ~of_latest & (bearer_end > pl.col("decom"))).then(bearer)


def _goes_on() -> pl.Expr:
    at_once = _IS_X1 & (pl.col("dec") >= pl.col("next_decom") - pl.duration(days=1)).fill_null(value=False)
    otherwise = _IS_X1 | ~_HAS_REASON | ~_ENDED | _OVERLAPS
    is_start = pl.col("next_rne").eq_missing(pl.lit(START))
    return _FOLLOWED & pl.when(is_start).then(at_once).otherwise(otherwise)


def _end() -> pl.Expr:
    before_start = pl.max_horizontal(pl.min_horizontal("as_of", "next_decom"), "decom")
    return (
        pl.when(pl.col("goes_on") | _OVERLAPS)
        .then("next_decom")
        .when(_FOLLOWED & ~_ENDED)
        .then(before_start)
        .when(_FOLLOWED | ~_IS_X1)
        .then("dec")
    )


def _how() -> pl.Expr:
    unknown = _IS_X1 | (~_HAS_REASON & ~_ENDED)
    return (
        pl.when("goes_on")
        .then(pl.lit(CONTINUES))
        .when(_FOLLOWED & unknown)
        .then(pl.lit(STARTED_AGAIN))
        .when(_FOLLOWED | (_ENDED & ~_IS_X1))
        .then("rec")
    )


def chain_repairs(chained: pl.DataFrame) -> list[pl.DataFrame]:
    """Say what the chain has that the return does not say, value by value.

    Every value of `end` and `how` that differs from DEC and REC is in it, and so is everything about RNE that did not
    fit. A repair inside a period changes nothing of the period but where it makes it one.

    Args:
        chained: as `chain_up` returns it.

    Returns:
        Rows in the shape of `repairs.REPAIRS`.
    """
    gone = pl.col("replaced_by").is_not_null()
    kept = chained.filter(~gone)
    goes_on, ended_here = pl.col("goes_on"), pl.col("is_last")
    end_kind = (
        pl.when(~_FOLLOWED)
        .then(pl.lit("not_followed"))
        .when(_OVERLAPS)
        .then(pl.lit("overlap"))
        .when(~goes_on)
        .then(pl.lit("end_before_new_start"))
        .when(_ENDED)
        .then(pl.lit("gap"))
        .otherwise(pl.lit("end_missing"))
    )
    reason_kind = (
        pl.when(~_FOLLOWED & _IS_X1)
        .then(pl.lit("not_followed"))
        .when(~_FOLLOWED)
        .then(pl.lit("reason_without_end"))
        .when(goes_on & _HAS_REASON)
        .then(pl.lit("reason_contradicted"))
        .when(goes_on)
        .then(pl.lit("reason_missing"))
        .when(_HAS_REASON)
        .then(pl.lit("x1_before_new_start"))
        .otherwise(pl.lit("end_before_new_start"))
    )
    same_kind = ~pl.col("begins")
    other = "next_row_id"
    return [
        repair(
            chained, gone, kind="replaced", column="decom", before=pl.col("decom"), after=pl.lit(None, dtype=pl.Date),
            changes_period=True, other_row_id="replaced_by",
        ),
        repair(
            kept, pl.col("end").ne_missing(pl.col("dec")), kind=end_kind, column="dec", before=pl.col("dec"),
            after=pl.col("end"), changes_period=ended_here, other_row_id=other,
        ),
        repair(
            kept, pl.col("how").ne_missing(pl.col("rec")), kind=reason_kind, column="rec", before=pl.col("rec"),
            after=pl.col("how"), changes_period=_FOLLOWED | _ENDED, other_row_id=other,
        ),
        repair(
            kept, ~pl.col("went_on") & pl.col("rne").ne_missing(pl.lit(START)), kind="begins_without_start",
            column="rne", before=pl.col("rne"), after=pl.col("rne"), changes_period=False,
            other_row_id="former_row_id",
        ),
        repair(
            kept, pl.col("went_on") & same_kind & (pl.col("rne") == START), kind="start_inside_period",
            column="rne", before=pl.col("rne"), after=pl.col("rne"), changes_period=False,
            other_row_id="former_row_id",
        ),
    ]  # fmt: skip
