"""The health of children who have been in care for a year, as the yearly return tells it.

Source:
    Children looked after return, OC2; Department for Education, Outcomes for children looked after: children looked
    after for at least twelve months. The strengths and difficulties questionnaire is for those aged 4 to 16.
"""

from __future__ import annotations

import polars as pl

from fi_workbench.calendar import birthday
from fi_workbench.measures.year_measure import Count, Days, count_of

IN_CARE = "12mo"
ASKED_AGES = (4, 16)


def in_time(episodes: pl.DataFrame, outcomes: pl.DataFrame, what: str, days: Days) -> Count:
    """Children looked after for a year at the end of the last day, and those for whom the return says yes.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        outcomes: `ssda903_oc2` with `person_id`.
        what: the column: `health_assessment`, `teeth_check` or `immunisations`.
        days: the year; a return of an earlier one tells nothing.
    """
    return count_of(_with_outcomes(_long_in_care(episodes, days), outcomes, days), pl.col(what))


def questionnaires(episodes: pl.DataFrame, outcomes: pl.DataFrame, people: pl.DataFrame, days: Days) -> Count:
    """Children aged 4 to 16 looked after for a year, and those with a score of strengths and difficulties.

    Args:
        episodes: contract `episodes`, of the people who are counted.
        outcomes: `ssda903_oc2` with `person_id`.
        people: `person_id`, `birth_date`; without a date of birth a child is left out.
        days: the year; a return of an earlier one tells nothing.
    """
    youngest, oldest = ASKED_AGES
    asked = (
        _long_in_care(episodes, days)
        .join(people.select("person_id", "birth_date"), on="person_id", how="left")
        .filter(
            birthday("birth_date", youngest) <= days.last,
            birthday("birth_date", oldest + 1) > days.last,
        )
    )
    told = _with_outcomes(asked, outcomes, days)
    return count_of(told, pl.when("returned").then(pl.col("sdq_score").is_not_null()))


def _long_in_care(episodes: pl.DataFrame, days: Days) -> pl.DataFrame:
    return (
        episodes.filter(pl.col("kind") == "looked_after", days.open())
        .filter(pl.col("start").dt.offset_by(IN_CARE) <= days.last)
        .select("person_id")
        .unique()
    )


def _with_outcomes(children: pl.DataFrame, outcomes: pl.DataFrame, days: Days) -> pl.DataFrame:
    latest = (
        outcomes.filter(days.within("as_of"))
        .sort("person_id", "as_of")
        .unique("person_id", keep="last", maintain_order=True)
        .select("person_id", "health_assessment", "teeth_check", "immunisations", "sdq_score", returned=True)
    )
    return children.join(latest, on="person_id", how="left")
