"""The partner sources: which of their columns say who a row is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from fi_workbench.identity.names import forename_key, nhs_number_key, place_key, surname_key, upn_key
from fi_workbench.pseudonyms import PseudonymKey

LINK_PURPOSE = "link"


@dataclass(frozen=True)
class Partner:
    """Where a partner's table says who a row is about.

    Attributes:
        own_id: the partner's own number of the person, unique within the source.
        upn: the column with a unique pupil number, where there is one.
        nhs_number: the column with an NHS number, where there is one.
    """

    own_id: str
    postcode: str | None = "postcode"
    upn: str | None = None
    nhs_number: str | None = None


PARTNERS: Mapping[str, Partner] = {
    "adult_services": Partner(own_id="client_id", nhs_number="nhs_number"),
    "early_help": Partner(own_id="case_ref"),
    "health_visiting": Partner(own_id="nhs_number", nhs_number="nhs_number"),
    "housing": Partner(own_id="tenancy_ref"),
    "police_notifications": Partner(own_id="police_person_id"),
    "school_attendance": Partner(own_id="upn", upn="upn"),
    "school_exclusions": Partner(own_id="upn", postcode=None, upn="upn"),
    "youth_justice": Partner(own_id="youth_justice_id"),
}
"""Source name (also its table's name) to columns; all of them name `forename`, `surname` and `date_of_birth`."""


def partner_rows(frames: Mapping[str, pl.DataFrame], key: PseudonymKey) -> pl.DataFrame:
    """Say for each row of every partner source which of the partner's people it is about.

    Args:
        frames: every table of `PARTNERS` by name, with `row_id`.
        key: makes `partner_person` of a source and its own number.

    Returns:
        One row per partner row: `source`, `row_id`, `own_id`, `partner_person`.
    """
    stacked = pl.concat(
        [
            frames[source].select(pl.lit(source).alias("source"), "row_id", pl.col(partner.own_id).alias("own_id"))
            for source, partner in PARTNERS.items()
        ]
    )
    people = stacked.select("source", "own_id").unique().sort("source", "own_id")
    named = key.pseudonyms(LINK_PURPOSE, people.select(pl.concat_str("source", "own_id", separator=":"))["source"])
    return stacked.join(people.with_columns(partner_person=named), on=["source", "own_id"], maintain_order="left")


def partner_entries(frames: Mapping[str, pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """List the ways in which each partner writes each of its people, as comparable keys.

    A partner repeats itself week after week, so each way of writing is made comparable once.

    Args:
        frames: every table of `PARTNERS` by name, with `as_of`.
        rows: as `partner_rows`.

    Returns:
        One row per way of writing: `source`, `partner_person`, `forename`, `initial`, `surname`, `birth_date`,
        `postcode`, `upn`, `nhs_number`, `first_as_of`, `as_of`.
    """
    parts = []
    for source, partner in PARTNERS.items():
        written = ("forename", "surname", "date_of_birth", partner.postcode, partner.upn, partner.nhs_number)
        columns = dict.fromkeys((partner.own_id, *filter(None, written)))
        distinct = frames[source].group_by(*columns).agg(first_as_of=pl.col("as_of").min(), as_of=pl.col("as_of").max())
        forename = forename_key(pl.col("forename"))
        parts.append(
            distinct.select(
                pl.lit(source).alias("source"),
                pl.col(partner.own_id).alias("own_id"),
                forename.alias("forename"),
                forename.str.slice(0, 1).alias("initial"),
                surname_key(pl.col("surname")).alias("surname"),
                pl.col("date_of_birth").alias("birth_date"),
                (place_key(pl.col(partner.postcode)) if partner.postcode else _nothing()).alias("postcode"),
                (upn_key(pl.col(partner.upn)) if partner.upn else _nothing()).alias("upn"),
                (nhs_number_key(pl.col(partner.nhs_number)) if partner.nhs_number else _nothing()).alias("nhs_number"),
                "first_as_of",
                "as_of",
            )
        )
    names = rows.select("source", "own_id", "partner_person").unique()
    return pl.concat(parts).join(names, on=["source", "own_id"]).drop("own_id")


def _nothing() -> pl.Expr:
    return pl.lit(None, dtype=pl.String)
