"""Placements of looked after children, each with the clock of its visits: elsewhere, at home, to 18, or for adoption.

Source:
    Care Planning, Placement and Case Review (England) Regulations 2010, regulation 28; Adoption Agencies Regulations
    2005, regulation 36. Short breaks (V3, V4) are outside every clock here.
"""

from __future__ import annotations

import polars as pl

ADOPTION_PLACEMENTS = ("A3", "A4", "A5", "A6")
SHORT_BREAKS = ("V3", "V4")
AT_HOME = "P1"
INTERIM_CARE_ORDER = "C1"
NEW_PLACEMENT = ("S", "P", "B")
"""Reasons for a new episode that are a change of placement and carer."""

LONG_TERM_FOSTERING = ("U1", "U4")
"""Foster placements meant to last until the child is 18."""
FIRST_YEAR = "12mo"

ADOPTION, INTERIM_HOME, LONG_TERM, OTHER = "adoption", "interim_home", "long_term", "other"


def placements_of(episodes: pl.DataFrame, care: pl.DataFrame) -> pl.DataFrame:
    """Find placements to visit: runs of episodes with one carer and one clock, inside the child's period of care.

    With the same carer a new clock begins on the day a child is placed for adoption, and on the day an interim order
    at home gives way: under a care order at home the first visit is due within a week of the order.

    Args:
        episodes: `ssda903_episodes` with `person_id`.
        care: periods of care: `person_id`, `start`, `ended`.

    Returns:
        One row per placement: `person_id`, `start`, `row_id`, `ended`, `kind` (adoption, interim_home, long_term or
        other), `care_start`, `care_end` of its period, sorted. One is long-term as its last episode says.
    """
    ordered = episodes.filter(~pl.col("ls").is_in(SHORT_BREAKS).fill_null(value=False)).sort("person_id", "decom")
    kind = (
        pl.when(pl.col("place").is_in(ADOPTION_PLACEMENTS))
        .then(pl.lit(ADOPTION))
        .when((pl.col("place") == AT_HOME) & (pl.col("ls") == INTERIM_CARE_ORDER))
        .then(pl.lit(INTERIM_HOME))
        .otherwise(pl.lit(OTHER))
    )
    moved = pl.col("rne").is_in(NEW_PLACEMENT).fill_null(value=True)
    runs = (
        ordered.with_columns(kind=kind)
        .with_columns(
            begins=moved | (pl.col("kind") != pl.col("kind").shift(1).over("person_id")).fill_null(value=True)
        )
        .with_columns(run=pl.col("begins").cum_sum().over("person_id"))
        .group_by("person_id", "run", maintain_order=True)
        .agg(
            start=pl.col("decom").first(),
            row_id=pl.col("row_id").last(),
            kind=pl.when((pl.col("kind").last() == OTHER) & pl.col("place").last().is_in(LONG_TERM_FOSTERING))
            .then(pl.lit(LONG_TERM))
            .otherwise(pl.col("kind").last()),
        )
        .with_columns(next_start=pl.col("start").shift(-1).over("person_id"))
    )
    return (
        runs.join(care.select("person_id", care_start="start", care_end="ended"), on="person_id")
        .filter(
            pl.col("start") >= pl.col("care_start"),
            pl.col("care_end").is_null() | (pl.col("start") < pl.col("care_end")),
        )
        .with_columns(ended=pl.min_horizontal("next_start", "care_end"))
        .select("person_id", "start", "row_id", "kind", "ended", "care_start", "care_end")
        .sort("person_id", "start")
    )


def visits_asked(placements: pl.DataFrame, reviews: pl.DataFrame, visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Part placements by the clock of their visits.

    Weekly visits of an adoption placement, and of one at home under an interim order, last until the first review
    after it began; at home they are four weeks apart from then on. A placement meant to last to 18 has the ordinary
    clock for a year. From the last visit of that year on, another three months are allowed each time.

    Args:
        placements: as `placements_of`.
        reviews: one row per review: `person_id`, `held`.
        visits: one row per visit at which the child was seen: `person_id`, `held`.

    Returns:
        By clock, the spells that ask for visits: `person_id`, `start`, `row_id`, `ended`.
    """
    held = reviews.select("person_id", "held").drop_nulls().unique().sort("held")
    first = (
        placements.sort("start")
        .join_asof(
            held,
            left_on="start",
            right_on="held",
            by="person_id",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .with_columns(first_review=pl.when(pl.col("ended").is_null() | (pl.col("held") < pl.col("ended"))).then("held"))
        .sort("person_id", "start")
    )
    until = first.with_columns(ended=pl.coalesce("first_review", "ended"))
    after = first.drop_nulls("first_review").with_columns(start="first_review")
    long_term = _after_a_year(placements.filter(pl.col("kind") == LONG_TERM), visits)
    columns = ("person_id", "start", "row_id", "ended")

    def of(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
        return frame.filter(pl.col("kind") == kind).select(columns)

    return {
        "looked_after_visit": pl.concat([of(placements, OTHER), long_term["first"].select(columns)]),
        "long_term_visit": long_term["later"].select(columns),
        "adoption_visit": of(until, ADOPTION),
        "interim_order_home_visit": of(until, INTERIM_HOME),
        "interim_order_home_later_visit": of(after, INTERIM_HOME),
    }


def after_breakdown(placements: pl.DataFrame) -> pl.DataFrame:
    """Find what follows an adoption placement that ended while the child stayed in care.

    Args:
        placements: as `placements_of`.

    Returns:
        One row per return from an adoption placement, until the next one or the end of care: `person_id`, `start`,
        `row_id`, `ended`, sorted.
    """
    period = ("person_id", "care_start")
    adopted = pl.col("kind") == ADOPTION
    ordered = placements.sort(*period, "start").with_columns(
        returned=adopted.shift(1).over(period).fill_null(value=False) & ~adopted,
        until=pl.when(adopted).then("start").backward_fill().over(period),
    )
    return ordered.filter("returned").select("person_id", "start", "row_id", ended=pl.coalesce("until", "care_end"))


def _after_a_year(placements: pl.DataFrame, visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The first year of long-term placements, and the time after it from the last visit of that year."""
    year = placements.with_columns(year=pl.col("start").dt.offset_by(FIRST_YEAR)).with_columns(
        lasted=pl.col("ended").is_null() | (pl.col("ended") > pl.col("year"))
    )
    seen = visits.select("person_id", "held").drop_nulls().unique().sort("held")
    later = (
        year.filter("lasted")
        .sort("year")
        .join_asof(seen, left_on="year", right_on="held", by="person_id", strategy="backward", check_sortedness=False)
        .with_columns(start=pl.when(pl.col("held") > pl.col("start")).then("held").otherwise("year"))
        .sort("person_id", "start")
    )
    first = year.with_columns(ended=pl.when("lasted").then("year").otherwise("ended"))
    return {"first": first, "later": later}
