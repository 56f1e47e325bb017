"""Referrals that look typed twice: one without a decision beside one of the same child, day and source with one.

Where a referral is put in again under another number and decided there, the first number stays undecided for ever. It
waits for nobody, so it is counted where gaps in the records are told and stands on no list.
"""

from __future__ import annotations

import polars as pl

SAME = ("child_id", "referral_date", "referral_source")
"""Brothers and sisters referred together are children of their own, so they are never taken for one another."""


def typed_twice(case_referrals: pl.DataFrame) -> pl.DataFrame:
    """Keep the referrals without a decision of which another one, of the same child, day and source, has one.

    Args:
        case_referrals: contract `case_referrals`: the columns of `SAME`, and `decision_date`.
    """
    decided = case_referrals.drop_nulls("decision_date")
    return case_referrals.filter(pl.col("decision_date").is_null()).join(
        decided, on=SAME, how="semi", maintain_order="left"
    )


def once(case_referrals: pl.DataFrame) -> pl.DataFrame:
    """Leave out what `typed_twice` keeps; the order stays."""
    return case_referrals.join(typed_twice(case_referrals), on="row_id", how="anti", maintain_order="left")
