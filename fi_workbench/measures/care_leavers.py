"""Care leavers: with whom the authority is in touch around their birthday, and whose pathway plan was looked at.

Source:
    Children looked after return, OC3; Department for Education, Children looked after in England: those who died and
    those back with someone with parental responsibility are left out of the figure; ages 17 to 18 and 19 to 21 are
    two figures. Care Leavers (England) Regulations 2010, regulation 7: a pathway plan is reviewed every six months at
    least.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.measures.year_measure import Count, Days, count_of

LEFT_OUT = ("DIED", "RHOM")
IN_TOUCH = "YES"
YOUNGER, OLDER = (17, 18), (19, 21)
REVIEWED_EVERY = "6mo"


def in_touch(care_leavers: pl.DataFrame, ages: tuple[int, int], days: Days) -> Count:
    """Care leavers of an age, as the return tells of their latest birthday, and those the authority was in touch with.

    A young person who refuses contact or no longer needs it is counted among all, as nationally.

    Args:
        care_leavers: `ssda903_oc3` of the people who are counted: `person_id`, `dob`, `in_touch`, `as_of` (the last
            day of the return). A row from before the latest birthday tells of an earlier one, and is left out.
        ages: the youngest and oldest age on the last day.
        days: the year.
    """
    last, born = pl.lit(days.last), pl.col("dob")
    age = last.dt.year() - born.dt.year()
    age -= (birthday(born, age) > last).cast(pl.Int32)
    aged = care_leavers.with_columns(age=age).with_columns(birthday=birthday(born, pl.col("age")))
    known = (
        aged.filter(pl.col("age").is_between(*ages), pl.col("as_of") >= pl.col("birthday"), pl.col("as_of") <= last)
        .filter(~pl.col("in_touch").is_in(LEFT_OUT).fill_null(value=False))
        .sort("person_id", "as_of")
        .unique("person_id", keep="last", maintain_order=True)
    )
    return count_of(known, pl.col("in_touch") == IN_TOUCH)


def pathway_reviews(care_leavers: pl.DataFrame, days: Days) -> Count:
    """Care leavers of the latest list, and those whose pathway plan was reviewed in the six months before it.

    Args:
        care_leavers: `annex_a_care_leavers` of the people who are counted: `pathway_plan_review_date`, `as_of`.
        days: the year; a list from before it tells nothing.
    """
    listed = care_leavers.filter(days.within("as_of"), pl.col("as_of") == pl.col("as_of").max())
    return count_of(listed, pl.col("pathway_plan_review_date").dt.offset_by(REVIEWED_EVERY) >= pl.col("as_of"))
