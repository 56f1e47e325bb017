"""Everyone with a case number, with the best known attributes; and the ways in which each can be recognised."""

from __future__ import annotations

from datetime import date

import polars as pl

from fi_workbench.identity.names import forename_key, nhs_number_key, place_key, surname_key, upn_key
from fi_workbench.pseudonyms import PseudonymKey

PERSON_PURPOSE = "person"


def all_people(
    *,
    case_people: pl.DataFrame,
    cin_children: pl.DataFrame,
    ssda903_header: pl.DataFrame,
    restricted: pl.DataFrame,
    key: PseudonymKey,
    as_at: date,
) -> pl.DataFrame:
    """List everyone with a case number, once.

    The case management system is asked first, then the statutory returns from the latest to the oldest; an attribute
    that one of them does not have is taken from the next, so that a birth or a death recorded anywhere is known.

    Args:
        case_people: contract `case_people`.
        cin_children: contract `cin_children`.
        ssda903_header: contract `ssda903_header`.
        restricted: contract `restricted`; a restriction counts from its first day to its last, and one of which
            neither is known, since its row was held back, at any time.
        key: names the people.
        as_at: the day for which restrictions are asked.

    Returns:
        Contract `people`: one row per person, sorted by `person_id`.
    """
    stacked = pl.concat(
        [
            case_people.select(
                pl.col("person_id").alias("case_reference"),
                "is_adult",
                pl.col("date_of_birth").alias("birth_date"),
                pl.col("expected_date_of_birth").alias("expected_birth_date"),
                pl.col("date_of_death").alias("death_date"),
                "sex",
                "ethnicity",
                pl.lit("case_people").alias("source"),
                pl.lit(0).alias("turn"),
                "as_of",
            ),
            cin_children.select(
                pl.col("la_child_id").alias("case_reference"),
                pl.lit(value=False).alias("is_adult"),
                pl.col("person_birth_date").alias("birth_date"),
                pl.col("expected_person_birth_date").alias("expected_birth_date"),
                pl.col("person_death_date").alias("death_date"),
                "sex",
                "ethnicity",
                pl.lit("cin_children").alias("source"),
                pl.lit(1).alias("turn"),
                "as_of",
            ),
            ssda903_header.select(
                pl.col("child").alias("case_reference"),
                pl.lit(value=False).alias("is_adult"),
                pl.col("dob").alias("birth_date"),
                pl.lit(None, dtype=pl.Date).alias("expected_birth_date"),
                pl.lit(None, dtype=pl.Date).alias("death_date"),
                "sex",
                pl.col("ethnic").alias("ethnicity"),
                pl.lit("ssda903_header").alias("source"),
                pl.lit(1).alias("turn"),
                "as_of",
            ),
        ]
    ).sort(["case_reference", "turn", "as_of", "source"], descending=[False, False, True, False])
    people = stacked.group_by("case_reference", maintain_order=True).agg(
        pl.col("is_adult").first(),
        _first("birth_date"),
        _first("expected_birth_date"),
        pl.col("death_date").min(),
        _first("sex", but="U"),
        _first("ethnicity", but="NOBT"),
        pl.col("source").first(),
        pl.col("as_of").first(),
    )
    hidden = restricted_on(restricted, as_at)
    return people.with_columns(
        person_id=key.pseudonyms(PERSON_PURPOSE, people["case_reference"]),
        restricted=_plain(pl.col("case_reference")).is_in(hidden.implode()),
    ).select(
        "person_id", "case_reference", "is_adult", "birth_date", "expected_birth_date", "death_date", "sex",
        "ethnicity", "restricted", "source", "as_of",
    ).sort("person_id")  # fmt: skip


def restricted_on(restricted: pl.DataFrame, day: date) -> pl.Series:
    """Case numbers that are restricted on a day, in capitals: how a list writes them must not decide."""
    current = restricted.filter(
        pl.col("start_date").is_null() | (pl.col("start_date") <= day),
        pl.col("end_date").is_null() | (pl.col("end_date") >= day),
    )
    return current.select(_plain(pl.col("person_id")))["person_id"].drop_nulls().unique().sort()


def _plain(reference: pl.Expr) -> pl.Expr:
    return reference.str.strip_chars().str.to_uppercase()


def _first(column: str, *, but: str | None = None) -> pl.Expr:
    """The first value that says something; `but` is the code for not knowing, taken only where nothing else is."""
    told = pl.col(column).drop_nulls()
    if but is None:
        return told.first()
    return pl.coalesce(told.filter(told != but).first(), told.first()).alias(column)


def names_of(case_people: pl.DataFrame) -> pl.DataFrame:
    """Write names, dates of birth and places of the case system in comparable form.

    Only the case management system has names: the returns carry none.

    Returns:
        One row per case number: `case_reference`, `forename`, `initial`, `surname`, `birth_date`, `postcode`,
        `address` (lines and postcode; null unless both are known).
    """
    forename = forename_key(pl.col("forename"))
    return case_people.select(
        pl.col("person_id").alias("case_reference"),
        forename.alias("forename"),
        forename.str.slice(0, 1).alias("initial"),
        surname_key(pl.col("surname")).alias("surname"),
        pl.col("date_of_birth").alias("birth_date"),
        place_key(pl.col("postcode")).alias("postcode"),
        pl.concat_str(place_key(pl.col("address")), place_key(pl.col("postcode")), separator="|").alias("address"),
    )


def numbers_of(
    *, case_people: pl.DataFrame, cin_children: pl.DataFrame, ssda903_header: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """List the pupil and NHS numbers by which people are known, former ones included.

    Returns:
        Two frames, one row per case number and number: `case_reference` with `upn`, and with `nhs_number`.
    """
    written = pl.concat(
        [
            case_people.select(pl.col("person_id").alias("case_reference"), "upn"),
            cin_children.select(pl.col("la_child_id").alias("case_reference"), "upn"),
            cin_children.select(pl.col("la_child_id").alias("case_reference"), pl.col("former_upn").alias("upn")),
            ssda903_header.select(pl.col("child").alias("case_reference"), "upn"),
        ]
    )
    upns = written.drop_nulls("upn").unique().with_columns(upn_key(pl.col("upn")))
    numbered = case_people.drop_nulls("nhs_number").select(
        pl.col("person_id").alias("case_reference"), nhs_number_key(pl.col("nhs_number")).alias("nhs_number")
    )
    return (
        upns.drop_nulls("upn").unique().sort("case_reference", "upn"),
        numbered.drop_nulls("nhs_number").unique().sort("case_reference", "nhs_number"),
    )
